"""All the numbers of a training run. Two runs with the same numbers, model and data are the same run."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How to train. The defaults suit the book's small models.

    Args:
        steps: how often the weights are changed.
        batch_size: rows a step, of all processes together.
        row_length: tokens a row. Of these, next-token prediction reads all but the last.
        start_token: rows begin where this token stands, so at the start of a document; anywhere unless given.
        learning_rate: how far the weights move in a step, at the most.
        final_share: the share of it that is left at the end.
        warmup_steps: in how many steps it grows from nothing.
        weight_decay: how strongly the weights of matrices are pulled towards 0.
        betas: how slowly AdamW forgets gradients, and squared gradients.
        clip: gradients longer than this are shortened to it.
        evaluate_every: after how many steps the model is evaluated and a checkpoint written.
        patience: after how many evaluations without a better one training stops, and the model goes back to its
            best one; never unless given.
        precision: "auto" multiplies matrices in bfloat16 where a short measurement shows that this is faster.
        sharded: whether several processes share out the weights (FSDP) instead of having a copy each (DDP).
        seed: where the choice of rows comes from.

    Raises:
        ValueError: a number that cannot be, or a precision that is not known.
    """

    steps: int
    batch_size: int = 8
    row_length: int = 129
    start_token: int | None = None
    learning_rate: float = 4e-3
    final_share: float = 0.05
    warmup_steps: int = 50
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0
    evaluate_every: int = 100
    patience: int | None = None
    precision: Literal["auto", "float32"] = "float32"
    sharded: bool = False
    seed: int = 0

    def __post_init__(self):
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} is {value}, but must be {least} or more")
        for name in ("learning_rate", "clip"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}, but must be above 0 and finite")
        if not 0 <= self.final_share <= 1:
            raise ValueError(f"final_share is {self.final_share}, but is a share of learning_rate: 0 to 1")
        if self.precision not in ("auto", "float32"):
            raise ValueError(f"precision is {self.precision!r}, but must be 'auto' or 'float32'")


_LEAST = {
    "steps": 1,
    "batch_size": 1,
    "row_length": 2,
    "start_token": 0,
    "warmup_steps": 0,
    "weight_decay": 0,
    "evaluate_every": 1,
    "patience": 1,
}
