"""The exercises of the chapter on evaluating."""
