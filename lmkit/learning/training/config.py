"""All the numbers of a training run. Two runs with the same numbers, model and data are the same run."""

from dataclasses import dataclass
from typing import Literal

from lmkit.ranges import check_number, check_whole


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
        warmup_steps: in how many steps it grows from nothing; 50 unless given, or half of a run shorter than 100.
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
        ValueError: a number that cannot be, a warm-up longer than the run, or a precision that is not known.
    """

    steps: int
    batch_size: int = 8
    row_length: int = 129
    start_token: int | None = None
    learning_rate: float = 4e-3
    final_share: float = 0.05
    warmup_steps: int | None = None
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
            if value is not None or name not in _OPTIONAL:
                check_whole(name, value, least)
        if self.warmup_steps is None:  # a frozen dataclass fills in its own defaults only like this
            object.__setattr__(self, "warmup_steps", min(50, self.steps // 2))
        if self.warmup_steps > self.steps:
            raise ValueError(
                f"warmup_steps is {self.warmup_steps}, but the run ends after steps={self.steps}: the learning rate "
                "would never be reached"
            )
        for name, (is_allowed, allowed) in _ALLOWED.items():
            check_number(name, getattr(self, name), is_allowed, allowed)
        if len(self.betas) != 2:
            raise ValueError(f"betas is {self.betas}, but must be two numbers, such as (0.9, 0.95)")
        for number, beta in enumerate(self.betas):
            check_number(f"betas[{number}]", beta, lambda x: 0 <= x < 1, "0 or more and below 1")
        if self.precision not in ("auto", "float32"):
            raise ValueError(f"precision is {self.precision!r}, but must be 'auto' or 'float32'")


_LEAST = {
    "steps": 1,
    "batch_size": 1,
    "row_length": 2,
    "start_token": 0,
    "warmup_steps": 0,
    "evaluate_every": 1,
    "patience": 1,
    "seed": 0,
}
_OPTIONAL = ("start_token", "warmup_steps", "patience")

_ALLOWED = {
    "learning_rate": (lambda x: x > 0, "above 0 and finite"),
    "clip": (lambda x: x > 0, "above 0 and finite"),
    "weight_decay": (lambda x: x >= 0, "0 or more and finite"),
    "final_share": (lambda x: 0 <= x <= 1, "a share of learning_rate: 0 to 1"),
}
