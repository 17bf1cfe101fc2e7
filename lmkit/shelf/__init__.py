"""Models to take down: the book's own, those in packages and on the hub, and one written by hand."""
