"""What computes: attention, the feed-forward network, positions, the transformer, and how it writes."""
