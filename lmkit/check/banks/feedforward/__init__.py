"""The exercises of the chapter on the feed-forward network."""
