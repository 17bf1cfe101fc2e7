"""Instructions before and after: what counts as right, and what the chapter says of the recorded runs."""

import pytest

from lmkit import load
from lmkit.experiments import instructions, recorded
from lmkit.experiments.instructions import begins_right
from lmkit.learning.evaluation import wilson
from lmkit.text import storyworld
from lmkit.text.storyworld import Instruction

ABOUT = ("who", "where", "many", "ending", "everybody", "line")


@pytest.fixture(scope="module")
def found():
    return recorded("instructions")["results"]


def test_a_text_that_goes_on_counts_if_it_begins_with_the_right_answer():
    asked = Instruction("who", "Zoe has a kite. In one word: who has the kite?", "Zoe")
    assert begins_right(asked, " Zoe has it.") and not begins_right(asked, "Tom has it. Zoe has it.")


def test_the_shipped_model_is_the_first_of_the_recorded_ones_but_for_rounding(found):
    tuned = load("book-instruct")
    tests = {kind: storyworld.instructions(kind, 20, "test") for kind in ("where", "ending", "everybody")}
    right = instructions.count(tuned.model, instructions.chat_of(tuned), tests)
    for kind, n_right in right.items():
        low, high = wilson(n_right, 20)
        assert low <= found["runs"][0]["right"][kind] / found["tests"][kind] <= high


def test_tuning_makes_endings_names_and_lines_be_said_and_costs_some_of_the_stories(found):
    for kind in ("ending", "everybody", "line"):
        n = found["tests"][kind]
        for run in found["runs"]:
            assert wilson(run["right"][kind], n)[0] > wilson(found["before"][kind], n)[1]
    assert all(run["story_loss"] > found["story_loss_before"] + 0.1 for run in found["runs"])
