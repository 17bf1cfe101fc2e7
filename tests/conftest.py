"""What holds for every test: annotations are checked while the code runs, and nothing is random or remote."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported

import hypothesis
import pytest
import torch
from jaxtyping import install_import_hook

# Every shape and type that lmkit writes down is compared with what is passed. Before lmkit is imported.
install_import_hook("lmkit", "beartype.beartype")

torch.set_num_threads(1)

# The same examples on every run, and no time limit for one of them: the machine may be busy.
hypothesis.settings.register_profile("book", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.load_profile("book")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Draw the same random numbers in each test, whichever tests ran before it in the same process."""
    torch.manual_seed(0)
