"""The exercises of the chapter on fine-tuning."""
