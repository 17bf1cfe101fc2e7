"""One place for the answers of a whole module, since to load torch takes seconds; and a class to be graded."""

import pytest


@pytest.fixture(scope="module")
def box():
    """A sandbox where there can be one, else practice mode."""
    from lmkit.classroom import sandbox  # not before the tests have lmkit checked

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLASS_SECRET", "a word")
        with sandbox.Sandbox(sandbox.kind()) as box:
            yield box


@pytest.fixture
def a_class(tmp_path):
    """A release, and nobody graded yet."""
    from tests.classroom.graded import Graded

    return Graded(tmp_path)
