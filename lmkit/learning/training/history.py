"""History: what happened at each step, in memory and as lines of JSON in the file log.jsonl."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import NamedTuple

from lmkit.learning.training.checkpoint import CheckpointError


class Step(NamedTuple):
    """One change of the weights: the loss before it, its learning rate, and the gradient's length before clipping."""

    step: int
    loss: float
    learning_rate: float
    gradient_norm: float


class Evaluation(NamedTuple):
    """The loss on the validation text after a step; tokens read and seconds passed until then."""

    step: int
    valid_loss: float
    tokens: int
    seconds: float


@dataclass
class History:
    """What a run did: its steps, its evaluations, and whether somebody interrupted it."""

    steps: list[Step] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    interrupted: bool = False

    @property
    def best(self) -> Evaluation:
        """The evaluation with the lowest loss, the first of them if there are several."""
        return min(self.evaluations, key=lambda evaluation: evaluation.valid_loss)

    @property
    def curve(self) -> dict[str, list[int] | list[float]]:
        """The losses as TrainingFilm draws them: "step", and "train" and "valid" of each, NaN where not measured."""
        train = {taken.step: taken.loss for taken in self.steps}
        valid = {evaluation.step: evaluation.valid_loss for evaluation in self.evaluations}
        steps = sorted(train | valid)
        losses = {"train": train, "valid": valid}
        return {"step": steps} | {name: [loss.get(step, nan) for step in steps] for name, loss in losses.items()}

    def add(self, record: Step | Evaluation) -> None:
        """Put a record where it belongs."""
        (self.steps if isinstance(record, Step) else self.evaluations).append(record)


class Log:
    """The file log.jsonl of a folder: one line a record, in order.

    Records wait in memory until a checkpoint is written, so that file and checkpoint tell of the same steps.
    """

    def __init__(self, folder: Path):
        self.path = folder / "log.jsonl"
        self.length = 0
        self.digest = hashlib.sha256()  # of that much of the file
        self.waiting: list[Step | Evaluation] = []

    def flush(self) -> None:
        """Write what waits, to the disk itself."""
        data = _to_lines(self.waiting)
        with self.path.open("ab") as file:
            file.truncate(self.length)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            self.length = file.tell()
        self.digest.update(data)
        self.waiting.clear()

    def read(self, length: int, sha256: str) -> History:
        """Tell what happened until a checkpoint, and go on from there. What came after will be cut off.

        Args:
            length, sha256: of the file when the checkpoint was written.

        Raises:
            CheckpointError: the file is not there, or lacks some of it, or is changed.
        """
        data = self.path.read_bytes()[:length] if self.path.exists() else b""
        self.length, self.digest = length, hashlib.sha256(data)
        if self.digest.hexdigest() != sha256:
            raise CheckpointError(
                f"{self.path} is missing, or its first {length} bytes are not those of the time when the checkpoint "
                "beside it was written: put the file back, or start anew in another folder"
            )
        history = History()
        for line in data.splitlines():
            record = json.loads(line)
            history.add((Evaluation if "valid_loss" in record else Step)(**record))
        return history


def _to_lines(records: Iterable[Step | Evaluation]) -> bytes:
    return "".join(json.dumps(record._asdict()) + "\n" for record in records).encode()
