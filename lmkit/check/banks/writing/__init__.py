"""The exercises of chapter 09, on writing."""
