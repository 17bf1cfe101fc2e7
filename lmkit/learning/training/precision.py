"""Precision: multiply matrices in 16 bits instead of 32, where the processor is faster at it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import nn

from lmkit.model.attention import Attend


@cache
def bfloat16_is_faster(device: torch.device) -> bool:
    """Count how many matrix products there are to a while in bfloat16 and in float32: no list of processors.

    On a CPU the clock is the time that its one thread has computed, not the time that has passed: what else runs on the
    machine changes nothing. It takes a third of a second, and is done once in a process. A processor without
    instructions for bfloat16 imitates them and is slower, 8 to 50 times.
    """
    is_cpu = device.type == "cpu"
    clock = time.thread_time if is_cpu else time.perf_counter
    n = 512 if is_cpu else 4096  # what is smaller takes a GPU no longer than being asked
    matrices = {dtype: torch.ones(n, n, dtype=dtype, device=device) for dtype in (torch.float32, torch.bfloat16)}
    counts = {dtype: [] for dtype in matrices}
    with _one_thread():
        for _ in range(4):  # in turns; the first of each is slow, and the best counts
            for dtype, matrix in matrices.items():
                counts[dtype].append(_products(matrix, clock))
    return max(counts[torch.bfloat16]) > 1.25 * max(counts[torch.float32])


def _products(matrix: torch.Tensor, clock: Callable[[], float]) -> int:
    """Count the products in 1/24 second. In some systems the clock goes on by 1/64 second at a time."""
    count, end = 0, clock() + 1 / 24
    while clock() < end:
        (matrix @ matrix)[0, 0].item()  # the number itself: an accelerator must have finished
        count += 1
    return count


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in one thread: several wait for each other, and waiting would be counted."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
