"""The exercises of the chapter on fairness."""
