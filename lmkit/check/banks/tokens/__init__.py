"""The exercises of the chapter on tokens."""
