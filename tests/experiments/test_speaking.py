"""Answers in words: only the answer is asked for, and the chapter says what was found."""

import pytest
import torch

from lmkit import load
from lmkit.experiments import recorded, speaking
from lmkit.learning.evaluation import wilson
from lmkit.learning.objectives import IGNORE
from lmkit.text.storyworld import minimal_pairs


@pytest.fixture(scope="module")
def book():
    return load("book")


def test_the_labels_are_the_answer_each_token_asked_for_at_the_one_before(book):
    pair = minimal_pairs("possession", 1, "test")[0]
    tokens, labels = speaking.answer(speaking.rows(book, [pair]), torch.Generator())
    assert tokens.shape == labels.shape == (1, speaking.LONGEST)
    asked = (labels[0] != IGNORE).nonzero().flatten()
    assert "".join(book.words(labels[0, asked])) == pair.right + pair.after
    assert torch.equal(labels[0, asked][:-1], tokens[0, asked + 1][:-1])
    assert book.words(tokens[0, asked[:1]]) == ["?"]


def test_the_questions_of_training_differ_from_draw_to_draw_and_are_not_those_of_the_test():
    first, second = (speaking.draw(200, seed) for seed in (0, 1))
    contexts = [{pair.context for pair in some} for some in (first, second)]
    assert not contexts[0] & contexts[1]
    assert not contexts[0] & {pair.context for pair in minimal_pairs("possession", 2000, "test")}


@pytest.mark.parametrize("said", [True, False])
def test_only_the_right_sentence_counts(book, said, monkeypatch):
    pair = minimal_pairs("possession", 1, "test")[0]
    answer = pair.right + pair.after if said else pair.wrong + pair.after
    monkeypatch.setattr(speaking, "says", lambda *_: answer)
    assert speaking.count(book.model, book, {"test": [pair]}) == {"test": int(said)}


def test_lora_changes_nothing_that_can_be_seen_and_full_fine_tuning_harms_with_few_answers():
    results = recorded("speaking")["results"]
    for name, n in results["tests"].items():
        low, high = wilson(results["before"][name], n)
        for labels in speaking.LABELS:
            for way in speaking.WAYS:
                found = [run[name] for run in results["grid"] if (run["way"], run["labels"]) == (way, labels)]
                assert len(found) == len(speaking.SEEDS)
                its_low, its_high = wilson(round(sum(found) / len(found)), n)
                harms = (name, way, labels) == ("test", "full", 200)
                assert (its_high < low) == harms and its_low <= high
