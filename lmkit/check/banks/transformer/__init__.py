"""The exercises of the chapter on the transformer."""
