"""One place for the answers of a whole module: to load torch takes seconds."""

import pytest


@pytest.fixture(scope="module")
def box():
    """A sandbox where there can be one, else practice mode."""
    from lmkit.classroom import sandbox  # not before the tests have lmkit checked

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLASS_SECRET", "a word")
        with sandbox.Sandbox(sandbox.kind()) as box:
            yield box
