"""Stories that several files look at, told once."""

import pytest

from lmkit.text import storyworld
from lmkit.text.storyworld.telling import SPLITS


@pytest.fixture(scope="session")
def many():
    """The first stories of each split, by the name of the split."""
    return {split: list(storyworld.stories(split, 400)) for split in SPLITS}
