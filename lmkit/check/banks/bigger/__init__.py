"""The exercises of the chapter on bigger models and longer texts."""
