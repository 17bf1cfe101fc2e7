"""The exercises of the chapter on pretraining."""
