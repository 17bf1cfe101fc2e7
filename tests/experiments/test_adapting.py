"""SmolLM2 trained beside its prompts: that its two halves are the whole, and what the chapter says of the record."""

from statistics import mean

import pytest
import torch

from lmkit.experiments import adapting, recorded
from lmkit.learning.evaluation import wilson
from lmkit.shelf.pretrained import load
from tests.shelf.test_smollm2 import needs_smollm2


def halves_of(smollm2, monkeypatch, in_16_bits=False):
    monkeypatch.setattr(adapting, "bfloat16_is_faster", lambda device: in_16_bits)
    return adapting.split(smollm2)


@needs_smollm2
@pytest.mark.parametrize(("in_16_bits", "alike"), [(False, 1 - 1e-6), (True, 0.99)])
def test_the_two_halves_say_what_the_whole_says_and_what_is_kept_is_not_read_again(monkeypatch, in_16_bits, alike):
    smollm2 = load("smollm2")
    halves = halves_of(smollm2, monkeypatch, in_16_bits)
    text = "Tom ran."  # short, since a processor without 16 bits imitates them
    ids = torch.tensor([smollm2.tokenizer(text)["input_ids"]])
    with torch.no_grad():
        whole = smollm2.model.base_model(input_ids=ids).last_hidden_state[0, -1]
    assert smollm2.model.dtype == torch.float32 and len(smollm2.model.base_model.layers) == 30
    assert halves.upper.dtype == (torch.bfloat16 if in_16_bits else torch.float32)
    found = halves.vector(text)
    assert torch.cosine_similarity(found, whole, dim=0) > alike
    before = halves.spared
    assert halves.read(text) is halves.read(text) and halves.spared > before


@needs_smollm2
def test_padding_changes_no_score_and_a_fresh_adapter_none_either(monkeypatch):
    halves = halves_of(load("smollm2"), monkeypatch)
    states = [halves.read(text) for text in ("Tom ran.", "Zoe gave the kite to Tom, and Tom was glad.")]
    top = adapting.Top(halves.upper, 3, states, seed=0)
    with torch.no_grad():
        together, alone = top(torch.tensor([[0], [1]])), torch.cat([top.score([state]) for state in states])
        last = halves.upper(inputs_embeds=states[1][None], use_cache=False).last_hidden_state[0, -1]
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(alone[1], top.head(last), atol=1e-4, rtol=1e-4)
    trained = {name for name, weight in top.named_parameters() if weight.requires_grad}
    assert trained and all(name.endswith((".up", ".down")) or name.startswith("head.") for name in trained)


@pytest.fixture(scope="module")
def found():
    return recorded("adapting")["results"]


def right(task, way, labels):
    return [run["right"] for run in task["runs"] if (run["way"], run["labels"]) == (way, labels)]


def test_every_draw_was_trained_in_every_way_and_asked_what_the_prompts_were_asked(found):
    prompted = recorded("prompting")["results"]
    for name, task in found.items():
        assert task["tests"] == prompted[name]["tests"] == 100
        for way in {run["way"] for run in task["runs"]}:
            assert [len(right(task, way, labels)) for labels in adapting.LABELS] == [3, 3]


def test_two_hundred_labels_part_from_every_prompt_and_fifty_do_not_on_endings(found):
    for name, task in found.items():
        prompted = recorded("prompting")["results"][name]["prompted"]
        best = max(
            mean(one[key] for one in prompted if one["examples"] == shown)
            for shown in (0, 1, 4)
            for key in ("right", "calibrated")
        )
        for way in ("SmolLM2, frozen", "SmolLM2, LoRA"):
            fifty, most = (round(mean(right(task, way, labels))) for labels in adapting.LABELS)
            assert wilson(most, 100)[0] > wilson(round(best), 100)[1]
            assert wilson(fifty, 100)[0] < wilson(round(best), 100)[1] or name == "intent"
            assert wilson(fifty, 100)[1] > wilson(round(best), 100)[0]


def test_frozen_is_not_shown_to_be_worse_than_lora(found):
    for task in found.values():
        for labels in adapting.LABELS:
            frozen, lora = (round(mean(right(task, f"SmolLM2, {way}", labels))) for way in ("frozen", "LoRA"))
            assert wilson(frozen, 100)[1] > wilson(lora, 100)[0]


def test_book_is_ahead_on_endings_from_fifty_labels_and_tfidf_on_intents(found):
    ending, intent = found["ending"], found["intent"]
    best = max(round(mean(right(ending, way, 50))) for way in ("SmolLM2, frozen", "SmolLM2, LoRA"))
    assert wilson(round(mean(right(ending, "book, LoRA", 50))), 100)[0] > wilson(best, 100)[1]
    counted = recorded("prompting")["results"]["intent"]["trained"]
    for labels in adapting.LABELS:
        tfidf = mean(one["right"] for one in counted if one["labels"] == labels)
        assert tfidf > max(mean(right(intent, run["way"], labels)) for run in intent["runs"])


def test_book_masked_is_far_behind_smollm2_on_endings(found):
    masked, frozen = (right(found["ending"], way, 200) for way in ("book-masked, LoRA", "SmolLM2, frozen"))
    assert wilson(max(masked), 100)[1] < wilson(min(frozen), 100)[0]


def test_an_answer_takes_a_tenth_to_a_third_of_a_second_prompted_or_trained(found):
    seconds = [run["seconds"] for task in found.values() for run in task["runs"] if run["way"].startswith("SmolLM2")]
    seconds += [one["seconds"] for task in recorded("prompting")["results"].values() for one in task["prompted"]]
    assert 0.08 < min(seconds) and max(seconds) < 0.36
