"""The exercises of the chapter on security."""
