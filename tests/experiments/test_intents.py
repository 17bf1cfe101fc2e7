"""What is recorded of intents: where a language model is not needed, and what it costs."""

import pytest

from lmkit.experiments import intents, recorded
from lmkit.learning.evaluation import wilson
from lmkit.shelf.pretrained import load
from lmkit.text.storyworld.patterns import INTENTS


@pytest.fixture(scope="module")
def found():
    return recorded("intents")["results"]


def mean(numbers):
    return sum(numbers) / len(numbers)


def test_there_is_a_rule_for_every_intent_and_it_is_mostly_right():
    assert sorted(name for name, _ in intents.RULES) == sorted(INTENTS)
    data = intents.INTENT.draw(200, 0)
    answers = intents.by_rules(load("book"), data, 0)(data)
    assert sum(guess == label for guess, label in zip(answers, data.labels, strict=True)) > 0.9 * len(data)


def test_with_a_thousand_labels_all_that_learn_are_right_in_99_of_100(found):
    for way in ("counts", "TF-IDF", "LoRA"):
        assert all(right >= 0.99 * found["tests"]["test"] for right in intents.rights(found["grid"], way, 1000))


def test_with_fifty_labels_counts_and_rules_part_from_the_language_model(found):
    n, grid = found["tests"]["test"], found["grid"]
    highest = wilson(round(mean(intents.rights(grid, "LoRA", 50))), n)[1]
    for way in ("rules", "counts", "TF-IDF"):
        assert wilson(round(mean(intents.rights(grid, way, 50))), n)[0] > highest


def test_the_language_model_takes_far_longer_to_train_and_to_answer(found):
    for what in ("training", "answering"):
        of_lora, of_counts = (
            sum(one[what] for one in found["grid"] if (one["way"], one["labels"]) == (way, 1000))
            for way in ("LoRA", "counts")
        )
        assert of_lora > 50 * of_counts
