"""The exercises of the chapter on reading heads."""
