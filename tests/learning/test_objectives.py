"""The objectives ask for the right tokens, and for nothing else."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.learning import objectives
from lmkit.learning.objectives import IGNORE

CLS, SEP, MASK = 0, 1, 2
VOCAB = 50


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def hide(tokens: torch.Tensor, seed: int = 0, **changes) -> tuple[torch.Tensor, torch.Tensor]:
    wanted = {"mask_id": MASK, "special_ids": [CLS, SEP], "vocab_size": VOCAB, "generator": seeded(seed)} | changes
    return objectives.hide_tokens(tokens, **wanted)


def text(rows: int = 40, length: int = 100) -> torch.Tensor:
    tokens = torch.randint(3, VOCAB, (rows, length), generator=seeded(1))
    tokens[:, 0], tokens[:, -1] = CLS, SEP
    return tokens


def test_each_position_is_asked_for_the_token_after_it():
    labels = objectives.next_token_labels(torch.tensor([[5, 6, 7, 8]]))
    assert labels.tolist() == [[6, 7, 8, IGNORE]]


def test_padding_is_never_asked_for():
    labels = objectives.next_token_labels(torch.tensor([[5, 6, 9, 9]]), torch.tensor([[True, True, False, False]]))
    assert labels.tolist() == [[6, IGNORE, IGNORE, IGNORE]]


def test_making_labels_leaves_the_tokens_as_they_are():
    tokens = torch.tensor([[5, 6, 7]])
    objectives.next_token_labels(tokens)
    hide(tokens)
    assert tokens.tolist() == [[5, 6, 7]]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_what_is_not_asked_for_is_not_touched_and_special_tokens_never_are(seed):
    tokens = text(4, 60)
    inputs, labels = hide(tokens, seed)
    asked = labels != IGNORE
    assert torch.equal(inputs[~asked], tokens[~asked])
    assert torch.equal(labels[asked], tokens[asked])
    assert not asked[:, [0, -1]].any()
    assert not torch.isin(inputs[asked], torch.tensor([CLS, SEP])).any()


def test_of_the_hidden_tokens_eight_in_ten_are_masked_one_is_random_and_one_stays():
    tokens = text(400, 100)
    inputs, labels = hide(tokens)
    asked = labels != IGNORE
    masked, same = inputs[asked] == MASK, inputs[asked] == tokens[asked]
    kept_by_chance = 0.1 / (VOCAB - 3)  # a random token may be the token itself
    assert asked.float().mean().item() == pytest.approx(0.15 * 98 / 100, abs=0.006)
    assert masked.float().mean().item() == pytest.approx(0.8, abs=0.02)
    assert same.float().mean().item() == pytest.approx(0.1 + kept_by_chance, abs=0.015)


def test_the_same_generator_state_hides_the_same_tokens():
    (first, _), (again, _), (other, _) = hide(text(), 3), hide(text(), 3), hide(text(), 4)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_loss_of_a_model_that_knows_nothing_is_ln_of_the_vocabulary():
    labels = objectives.next_token_labels(text())
    assert objectives.loss(torch.zeros(40, 100, VOCAB), labels).item() == pytest.approx(math.log(VOCAB))


def test_the_loss_counts_only_what_is_asked():
    logits = torch.randn(2, 3, VOCAB, generator=seeded(0))
    labels = torch.tensor([[4, IGNORE, IGNORE], [IGNORE, 7, IGNORE]])
    by_hand = -(logits[0, 0].log_softmax(-1)[4] + logits[1, 1].log_softmax(-1)[7]) / 2
    torch.testing.assert_close(objectives.loss(logits, labels), by_hand)


def test_nothing_asked_is_an_error_and_not_nan():
    with pytest.raises(ValueError, match="nothing is asked"):
        objectives.loss(torch.zeros(1, 2, VOCAB), torch.full((1, 2), IGNORE))


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_the_average_of_batches_is_the_loss_of_all_at_once(sizes):
    logits = torch.randn(1, sum(sizes), VOCAB, generator=seeded(0), dtype=torch.float64)
    labels = torch.randint(VOCAB, (1, sum(sizes)), generator=seeded(1))
    parts = zip(logits.split(sizes, dim=1), labels.split(sizes, dim=1), strict=True)
    losses = [F.cross_entropy(part[0], asked[0]).item() for part, asked in parts]
    whole = F.cross_entropy(logits[0], labels[0]).item()
    assert objectives.average(losses, sizes) == pytest.approx(whole)


def test_no_labels_have_no_average():
    with pytest.raises(ValueError, match="no average"):
        objectives.average([], [])


def test_a_model_torn_between_all_bytes_needs_eight_bits_for_each():
    nats = math.log(256)
    assert objectives.perplexity(nats) == pytest.approx(256)
    assert objectives.bits_per_byte(nats, n_labels=1000, n_bytes=1000) == pytest.approx(8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share": 0.0}, "share is 0.0"),
        ({"special_ids": [VOCAB]}, "vocabulary of 50"),
        ({"vocab_size": 3}, "all 3 tokens"),
    ],
)
def test_impossible_wishes_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        hide(torch.full((1, 4), CLS), **changes)


def test_every_ordinary_token_is_put_in_for_another_and_no_special_one():
    tokens = torch.full((100, 100), 5)
    inputs, _ = objectives.hide_tokens(
        tokens, mask_id=1, special_ids=(0,), vocab_size=8, share=0.5, generator=torch.Generator().manual_seed(0)
    )
    assert inputs.unique().tolist() == [1, 2, 3, 4, 5, 6, 7]
