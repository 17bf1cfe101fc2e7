"""Training: a model reads rows of text, is told how wrong it was, and changes its weights a little. Thousands of times.

    from lmkit.learning import training
    history = training.fit(model, train_tokens, valid_tokens, training.TrainingConfig(steps=860))

The loop is in `loop.py`, and each of its parts in a file of its own.
`python -m lmkit.learning.training --preset tiny` trains one of the book's own models.
"""

from lmkit.learning.training.batches import Masked, next_token
from lmkit.learning.training.checkpoint import CheckpointError
from lmkit.learning.training.config import TrainingConfig
from lmkit.learning.training.history import Evaluation, History, Step
from lmkit.learning.training.loop import Diverged, evaluate, fit
from lmkit.learning.training.optimizer import learning_rate, make_optimizer
from lmkit.learning.training.precision import bfloat16_is_faster

__all__ = [
    "CheckpointError",
    "Diverged",
    "Evaluation",
    "History",
    "Masked",
    "Step",
    "TrainingConfig",
    "bfloat16_is_faster",
    "evaluate",
    "fit",
    "learning_rate",
    "make_optimizer",
    "next_token",
]
