"""One exercise a file: the right answer, what must hold, and the mistakes that are known."""
