"""What holds for every test: annotations are checked while the code runs, and nothing is random or remote."""

import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported

import hypothesis
import pytest
import torch

from tests.loading import Finder

torch.set_num_threads(1)

# The same examples on every run, and no time limit for one of them: the machine may be busy.
hypothesis.settings.register_profile("book", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.load_profile("book")


def pytest_addoption(parser):
    parser.addoption("--cover", action="store_true", help="tell in the end which lines of lmkit no test ran")


def pytest_configure(config):
    """Before lmkit is imported: its annotations are checked."""
    assert "lmkit" not in sys.modules
    if config.getoption("cover"):
        from tests.probes import Probes  # SlipCover is not where only the chapters are tested

        config.pluginmanager.register(Probes("lmkit"))
    else:
        Finder("lmkit")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Draw the same random numbers in each test, whichever tests ran before it in the same process."""
    torch.manual_seed(0)
