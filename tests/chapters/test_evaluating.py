"""What chapter 07 says of film review snippets is what its own cells compute."""

from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from lmkit.learning.evaluation import balanced_accuracy, mcnemar, paired_bootstrap, wilson
from lmkit.text import snippets

CHAPTER = Path(__file__).parents[2] / "chapters/07_evaluating.ipynb"
pytestmark = pytest.mark.skipif(not snippets.ARCHIVE.exists(), reason="needs the film review snippets")


@pytest.fixture(scope="module")
def names():
    """What the cells on snippets leave behind, run in their order."""
    cells = {cell.get("id"): cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells}
    found = {}
    order = "imports snippets guess-leaky leak more-labels guess-steps paired guess-lie choosing"
    for name in order.split():
        exec(cells[name], found)
    return found


def interval(is_right):
    return wilson(int(is_right.sum()), len(is_right))


def test_the_leaky_model_remembers_what_it_has_seen_and_is_no_better_on_the_rest(names):
    predict = {}
    for name, data in {"honest": names["some"], "leaky": names["leaky"]}.items():
        answers = torch.tensor(names["bag_of_words"](data).predict(names["film_test"].texts))
        predict[name] = answers == names["labels"]
    honest, leaky = predict.values()
    assert leaky[:200].all() and leaky.double().mean() - honest.double().mean() > 0.06
    assert abs(leaky[200:].double().mean() - honest[200:].double().mean()) < 0.03


def test_each_time_the_labels_are_doubled_the_intervals_overlap_and_the_paired_test_is_sure(names):
    assert len(names["right"]) == 4
    for few, many in pairwise(names["right"].values()):
        assert interval(few)[1] > interval(many)[0] and few.sum() < many.sum()
        assert mcnemar(few, many) < 0.01
        assert paired_bootstrap(many, few, torch.Generator().manual_seed(0), 2000)[0] > 0


def test_where_one_class_is_rare_the_lazy_model_wins_by_accuracy_and_loses_where_classes_count_alike(names):
    labels = names["labels"]
    mixed = torch.cat([torch.where(labels == 0)[0][:40], torch.where(labels == 1)[0][:360]])
    answers = torch.tensor(
        names["bag_of_words"](names["film_train"].take(range(400))).predict(names["film_test"].texts)
    )[mixed]
    assert (answers == labels[mixed]).double().mean() < 0.75 < 0.9
    assert balanced_accuracy(answers, labels[mixed]) > 0.6


def test_who_chooses_by_the_test_reports_too_much_and_an_interval_that_misses_the_truth_too_often(names):
    by_epoch, truth, draws = names["by_epoch"], names["truth"], np.random.default_rng(1)
    for n, least, often in [(50, 0.02, 0.0375), (400, 0.005, 0.05)]:
        lies, missed, honest = [], [], []
        for _ in range(2000):
            test, valid = draws.integers(0, len(truth), (2, n))
            best, by_valid = by_epoch[:, test].mean(axis=1).argmax(), by_epoch[:, valid].mean(axis=1).argmax()
            lies.append(by_epoch[best, test].mean() - by_epoch[best].mean())
            missed.append(by_epoch[best].mean() < wilson(int(by_epoch[best, test].sum()), n)[0])
            honest.append(by_epoch[by_valid, test].mean() - by_epoch[by_valid].mean())
        assert np.mean(lies) > least and np.mean(missed) > often
        assert abs(np.mean(honest)) < 0.01
