"""One exercise a file: the right answer, what must hold, and the mistakes that are known."""

CHAPTERS = (  # the folders, in the order of the book
    "tokens",
    "attention",
    "feedforward",
    "transformer",
    "pretraining",
    "finetuning",
    "evaluating",
    "bigger",
    "writing",
    "following",
    "tasks",
    "heads",
    "fairness",
    "security",
    "privacy",
)
