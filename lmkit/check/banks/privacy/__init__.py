"""The exercises of the chapter on privacy."""
