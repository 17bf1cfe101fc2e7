"""Rewards: what is measured, and what the chapter says of the recorded runs."""

import pytest
import torch

from lmkit.experiments import recorded, rewards
from lmkit.learning import instruct
from lmkit.learning.evaluation import wilson
from lmkit.learning.objectives import IGNORE


@pytest.fixture(scope="module")
def found():
    return recorded("rewards")["results"]


def runs(found, way):
    return [run for run in found["runs"] if run["way"] == way]


def test_the_bad_reward_counts_one_word_and_no_other():
    assert rewards.happy("She was happy. Was he happy? He was unhappy.") == 1.0
    assert rewards.happy("happy happy happy.") == 3.0


def test_batches_are_as_long_as_the_labels_of_their_longest_row():
    rows = torch.full((8, 20), IGNORE)
    rows[:, 10], rows[3, 16] = 5, 5
    assert 1 < rewards.length_of_batches(rows) < 7
    assert rewards.length_of_batches(rows[3:4]) == 7
    assert instruct.answers(rows, torch.Generator())[0].shape[1] == 7


def test_supervised_training_computed_as_much_as_grpo(found):
    for checked, supervised in zip(runs(found, "checked"), runs(found, "supervised"), strict=True):
        assert checked["seed"] == supervised["seed"]
        assert supervised["computed"] == pytest.approx(checked["computed"], rel=0.02)


def test_with_a_checked_reward_two_seeds_of_three_part_from_all_others_and_the_third_is_lost(found):
    n = found["wishes"]
    lost, *gained = sorted(run["fulfilled"] for run in runs(found, "checked"))
    others = [found["before"]["fulfilled"], *(run["fulfilled"] for run in runs(found, "supervised"))]
    assert len(gained) == 2 and len(others) == 4
    assert all(wilson(one, n)[0] > wilson(other, n)[1] for one in gained for other in others)
    assert wilson(lost, n)[1] < wilson(found["before"]["fulfilled"], n)[0]


def test_more_examples_are_not_shown_to_fulfil_more_wishes(found):
    n = found["wishes"]
    for run in runs(found, "supervised"):
        assert wilson(run["fulfilled"], n)[0] < wilson(found["before"]["fulfilled"], n)[1]


def test_what_grpo_gains_it_pays_for_with_other_answers_stories_and_words(found):
    before = found["before"]
    for run in runs(found, "checked"):
        assert run["questions"] < before["questions"] and run["story_loss"] > before["story_loss"] + 0.2
        assert run["words"] < before["words"]


def test_the_bad_reward_is_gained_and_no_story_is_left(found):
    for run in runs(found, "happy"):
        assert run["happy"] > 10 * found["before"]["happy"] and run["fulfilled"] == run["faultless"] == 0
        assert run["questions"] < 0.7 * found["before"]["questions"]
