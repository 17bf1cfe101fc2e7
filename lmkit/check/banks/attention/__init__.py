"""The exercises of the chapter on attention."""
