"""Precision: multiply matrices in 16 bits instead of 32, where the processor is faster at it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from lmkit.attention import Attend


def bfloat16_is_faster(device: torch.device) -> bool:
    """Time a matrix product in bfloat16 and in float32: no list of processors, and well under a second.

    A processor without instructions for bfloat16 imitates them and is slower, 8 to 50 times.
    """
    times = {torch.float32: [], torch.bfloat16: []}
    n = 512 if device.type == "cpu" else 4096  # what is smaller takes a GPU no longer than being asked
    matrices = {dtype: torch.ones(n, n, dtype=dtype, device=device) for dtype in times}
    for number in range(5):
        for dtype, matrix in matrices.items():
            times[dtype].append(_seconds(matrix))
        if number > 0 and min(times[torch.bfloat16]) > 4 * min(times[torch.float32]):
            break  # imitated: that is clear, and slow to look at. The first turn alone is no measure.
    return min(times[torch.bfloat16]) < 0.8 * min(times[torch.float32])


def _seconds(matrix: torch.Tensor) -> float:
    before = time.perf_counter()
    (matrix @ matrix)[0, 0].item()  # the number itself: an accelerator must have finished
    return time.perf_counter() - before


@contextmanager
def bfloat16(model: nn.Module, device: torch.device) -> Iterator[None]:
    """Within this context matrices are multiplied in bfloat16, and on a CPU attention goes its readable path.

    There the fused kernel of attention takes 5 times as long in bfloat16 as in float32, going backward. Weights,
    gradients, norms and the loss keep their 32 bits. Softmax does on a GPU; on a CPU PyTorch lets it read and give 16.

    Source: Micikevicius et al. 2018 (weights kept in 32 bits); Kalamkar et al. 2019 (bfloat16).
    """
    before = {module: module.explicit for module in model.modules() if isinstance(module, Attend)}
    for attend in before:
        attend.explicit = attend.explicit or device.type == "cpu"
    try:
        with torch.autocast(device.type, torch.bfloat16):
            yield
    finally:
        for attend, was_explicit in before.items():
            attend.explicit = was_explicit
