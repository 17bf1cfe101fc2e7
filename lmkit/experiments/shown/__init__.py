"""What the recorded results say: as printed tables, and as pictures."""
