"""What an answer may set for all of Python, and what therefore is set back after it."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def _set_device(device: torch.device) -> None:
    """Without a default device torch is faster than with the CPU as one."""
    torch.set_default_device(None if device.type == "cpu" else device)


# How each setting is read, and how it is set.
SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, _set_device),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    (np.geterr, lambda errors: np.seterr(**errors)),
)


@contextmanager
def set_back() -> Iterator[None]:
    """Afterwards the settings of torch and numpy are as before."""
    before = [read() for read, _ in SETTINGS]
    try:
        yield
    finally:
        for (read, put), value in zip(SETTINGS, before, strict=True):
            if read() != value:
                put(value)


@contextmanager
def laboratory(seed: int) -> Iterator[None]:
    """Torch's own defaults whatever the notebook has set, and random numbers from `seed` on; then all as before."""
    python, legacy = random.getstate(), np.random.get_state()
    with set_back(), torch.random.fork_rng(devices=[]):
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        random.seed(seed)
        np.random.seed(seed)
        torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)
