"""What an answer may set for all of Python, and what therefore is set back after it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def set_back(seed: int) -> Iterator[None]:
    """Random numbers that begin at `seed`; afterwards they, the default dtype and autograd's mode are as before."""
    python, legacy, dtype = random.getstate(), np.random.get_state(), torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]), torch.set_grad_enabled(torch.is_grad_enabled()):
        random.seed(seed)
        np.random.seed(seed)
        torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)
            torch.set_default_dtype(dtype)
