"""What is recorded of summaries: most are right, the lazy ones are not, and ROUGE hardly sees what is false."""

import random
import re
from itertools import islice

import pytest

from lmkit.experiments import recorded, summarizing
from lmkit.learning.evaluation import wilson


@pytest.fixture(scope="module")
def found():
    return recorded("summarizing")["results"]


def test_every_training_writes_more_right_lines_than_seven_of_ten_by_its_interval(found):
    assert len(found["runs"]) == len(summarizing.SEEDS)
    for run in found["runs"]:
        assert wilson(run["exact"], run["n"])[0] > 0.70
        assert run["ending"] >= 0.9 * run["n"]


def test_lazy_lines_are_never_right(found):
    assert all(lazy["exact"] == 0 and lazy["rougeL"][0] < 0.25 for lazy in found["lazy"].values())


def test_rouge_gives_lines_that_are_all_false_nearly_what_the_models_get(found):
    turned = found["wrong on purpose"]["ending turned"]
    assert turned["ending"] == 0 and turned["deed"] == turned["n"]
    for run in found["runs"]:
        assert 0 < run["rougeL"][0] - turned["rougeL"][0] < 0.08
    assert found["wrong on purpose"]["words shuffled"]["rouge1"][0] == 1


def test_what_is_wrong_on_purpose_is_wrong_in_one_respect():
    dice = random.Random(0)
    for story in islice(summarizing.short("validation"), 20):
        turned, renamed, mixed = (spoil(story, dice) for spoil in summarizing.WRONG.values())
        assert turned != story.summary and turned.rpartition(",")[0] == story.summary.rpartition(",")[0]
        assert set(re.findall(r"\w+", renamed)) == set(re.findall(r"\w+", story.summary))
        assert sorted(mixed.split()) == sorted(story.summary.split())
