"""Instructions before and after: what counts as right, and what the chapter says of the recorded runs."""

from statistics import mean

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


def test_more_practice_brings_80_for_75_parts_in_no_kind_and_is_paid_for_with_stories(found):
    practised = recorded("practising")["results"]
    assert practised["tests"] == found["tests"]

    def mean_right(results, kind):
        return mean(run["right"][kind] for run in results["runs"])

    before, after = (sum(mean_right(one, kind) for kind in ABOUT) / 300 for one in (found, practised))
    assert (round(before, 2), round(after, 2)) == (0.75, 0.80)
    for kind, n in found["tests"].items():
        less, more = (round(mean_right(one, kind)) for one in (found, practised))
        assert wilson(more, n)[0] < wilson(less, n)[1]
    gains = {kind: mean_right(practised, kind) - mean_right(found, kind) for kind in ABOUT}
    assert max(gains, key=gains.get) == "line"
    losses = [run["story_loss"] for run in practised["runs"]]
    assert 1.145 < min(losses) and max(losses) < 1.205


def test_most_practice_brings_85_on_every_draw_teaches_to_count_and_costs_twice_the_stories(found):
    practised = recorded("practising")["results"]
    right = [sum(run["right"][kind] for kind in ABOUT) for run in practised["most"]]
    assert all(n / 300 >= 0.85 for n in right)
    before = max(run["right"]["many"] for run in found["runs"])
    for run in practised["most"]:
        assert wilson(run["right"]["many"], 50)[0] > wilson(before, 50)[1]
        assert run["story_loss"] - found["story_loss_before"] > 0.6


def test_the_dialogues_of_book_instruct_ask_how_many_fewer_than_sixty_times():
    asked = [text for turns in storyworld.dialogues(instructions.N_DIALOGUES) for text in turns[::2]]
    assert 50 <= sum("how many" in text for text in asked) < 60
