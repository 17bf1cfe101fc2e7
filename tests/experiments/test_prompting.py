"""What is recorded of prompts: where four examples are enough, what calibration does, and what an answer costs."""

import pytest

from lmkit.experiments import prompting, recorded
from lmkit.learning.evaluation import wilson
from lmkit.shelf.pretrained import load
from tests.shelf.test_smollm2 import needs_smollm2


@pytest.fixture(scope="module")
def found():
    return recorded("prompting")["results"]


def right(task, examples, key="right"):
    return [one[key] for one in task["prompted"] if one["examples"] == examples]


def learned(task, labels):
    return [one["right"] for one in task["trained"] if one["labels"] == labels]


def test_every_draw_was_asked_and_without_examples_there_is_one(found):
    for task in found.values():
        assert [len(right(task, shown)) for shown in prompting.SHOWN] == [1, 3, 3]


def test_four_examples_of_endings_part_from_chance_and_from_what_tfidf_makes_of_them(found):
    ending = found["ending"]
    n = ending["tests"]
    lowest = wilson(min(right(ending, 4)), n)[0]
    assert lowest > wilson(ending["commonest"], n)[1] and lowest > wilson(max(learned(ending, 4)), n)[1]
    assert wilson(right(ending, 0)[0], n)[0] < 0.5 < wilson(right(ending, 0)[0], n)[1]
    assert min(right(ending, 4)) > max(learned(ending, 200))


def test_which_example_is_shown_makes_twenty_points(found):
    calibrated = right(found["ending"], 1, "calibrated")
    assert max(calibrated) - min(calibrated) >= 20


def test_for_intents_every_draw_of_fifty_labels_is_above_every_prompt(found):
    intent = found["intent"]
    best = max(max(right(intent, shown, key)) for shown in prompting.SHOWN for key in ("right", "calibrated"))
    assert min(learned(intent, 50)) > best + 15
    assert right(intent, 0, "calibrated")[0] > right(intent, 0)[0] + 40


def test_a_prompt_costs_a_thousand_times_what_tfidf_does(found):
    for task in found.values():
        slowest = max(one["seconds"] for one in task["trained"])
        assert min(one["seconds"] for one in task["prompted"]) > 1000 * slowest


@needs_smollm2
def test_the_labels_of_each_prompt_begin_with_tokens_of_their_own_and_the_cache_changes_nothing():
    import torch

    smollm2 = load("smollm2")
    prompt = prompting.PROMPTS["ending"]
    for one in prompting.PROMPTS.values():
        assert len(set(prompting.first_tokens(smollm2.tokenizer, one.labels))) == len(one.labels)
    with pytest.raises(ValueError, match="same token"):
        prompting.first_tokens(smollm2.tokenizer, ("good", "good"))
    examples = prompt.task.draw(1, 0, **prompt.task.known)
    reader = prompting.Reader(smollm2, prompt, examples)
    reader.score("Zoe was sad.")  # leaves nothing behind
    found = reader.score("Tom was glad.")
    text = prompt.told + prompt.show(examples.texts[0], examples.labels[0]) + prompt.show("Tom was glad.")
    with torch.inference_mode():
        logits = smollm2.model(torch.tensor([smollm2.tokenizer(text)["input_ids"]])).logits[0, -1]
    torch.testing.assert_close(found, logits.log_softmax(dim=-1)[reader.labels], atol=1e-4, rtol=0)
