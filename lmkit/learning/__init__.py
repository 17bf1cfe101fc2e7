"""What changes the weights: objectives, training, fine-tuning, adapters, and how sure a measured accuracy is."""
