"""A process that trains, started by a test. It may kill itself, as a power cut would, or be one of several.

python worker.py FOLDER '[{"name": "first", "kill": ["step", 17]}]'
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch

from lmkit.learning import training
from lmkit.learning.training import loop, processes
from tests.learning.training.small import build, config, masked, tensors_of, text


def main(folder: Path, orders: list[dict]) -> None:
    torch.set_num_threads(1)
    loop.bfloat16_is_faster = lambda device: True  # whatever this processor is
    for order in orders:
        carry_out(folder, **order)


def carry_out(folder, name, *, kill=None, keep=False, resume=False, float64=False, hide=False, **changes):
    if kill:
        kill_at(*kill)
    model = build().double() if float64 else build()
    rank = int(os.environ.get("RANK", "0"))
    model.embed.weight.data += rank  # only what the first process begins with may matter
    torch.manual_seed(0)
    gradients = keep_first_gradients()
    history = training.fit(
        model,
        text(),
        text(200, seed=1),
        config(**changes),
        objective=masked() if hide else training.next_token,
        folder=folder / name if keep else None,
        resume=resume,
    )
    if rank == 0:
        losses = [step.loss for step in history.steps]
        torch.save(dict(weights=tensors_of(model), gradients=gradients, losses=losses), folder / f"{name}.pt")


def kill_at(what: str, count: int) -> None:
    """Send SIGKILL to this process at the count-th step of AdamW, or the count-th call of os.fsync or os.replace."""
    owner = torch.optim.AdamW if what == "step" else os
    call, calls = getattr(owner, what), []

    def counted(*args, **kwargs):
        calls.append(what)
        if len(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)

    setattr(owner, what, counted)


def keep_first_gradients() -> dict[str, torch.Tensor]:
    """Give a place where the gradients of the next run's first step will be."""
    gradients = {}

    def make_optimizer(model, config):
        def keep(*_):
            if not gradients:
                for name, weight in model.named_parameters():
                    gradients[name] = processes.whole(weight.grad).clone()

        optimizer = training.make_optimizer(model, config)
        optimizer.register_step_pre_hook(keep)
        return optimizer

    loop.make_optimizer = make_optimizer
    return gradients


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
