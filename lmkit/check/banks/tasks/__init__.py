"""The exercises of the chapter on tasks."""
