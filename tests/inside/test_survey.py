"""A survey of neurons keeps of a corpus what all activations, kept at once, would have said."""

from dataclasses import fields
from itertools import product

import pytest
import torch
from torch import Tensor

from lmkit.inside import neurons
from lmkit.inside.survey import AFTER, BEFORE, OUTSIDE, Survey, alike, survey
from tests.inside.test_neurons import LAYERS, NEURONS, VOCAB, make_model

PASSAGES = 3


@pytest.fixture(scope="module")
def model():
    """Sees both ways: equal first words would be equal peaks in a causal model, and either could be kept."""
    return make_model(causal=False)


@pytest.fixture(scope="module")
def texts() -> list[Tensor]:
    """More than two batches of texts of many lengths."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(4, 40, (2 * neurons.BATCH + 5,), generator=generator).tolist()
    return [torch.randint(VOCAB, (length,), generator=generator) for length in lengths]


@pytest.fixture(scope="module")
def seen(model, texts) -> Survey:
    return survey(model, texts, PASSAGES)


@pytest.fixture(scope="module")
def activations(model, texts) -> list[Tensor]:
    """Of each text, (layer, token, neuron)."""
    recording = neurons.record(model, texts)
    return list(recording.activations.split(recording.starts.diff().tolist(), dim=1))


def test_the_passages_are_around_the_highest_activations_of_the_corpus_each_in_another_text(seen, texts, activations):
    for layer, neuron in product(range(LAYERS), range(NEURONS)):
        heard = [text[layer, :, neuron] for text in activations]
        loudest = torch.stack([text.max() for text in heard]).topk(PASSAGES).indices.tolist()
        for i, text in enumerate(loudest):
            place = int(heard[text].argmax())
            tokens = around(texts[text], place, OUTSIDE)
            assert seen.passages[layer, neuron, i].tolist() == tokens.tolist()
            levels = around(heard[text], place, 0.0)
            torch.testing.assert_close(seen.levels[layer, neuron, i], levels, rtol=1e-4, atol=1e-5)


def around(values: Tensor, place: int, outside: float) -> Tensor:
    """The values around a place."""
    padded = torch.nn.functional.pad(values, (BEFORE, AFTER), value=outside)
    return padded[place : place + BEFORE + 1 + AFTER]


def test_the_peak_is_the_highest_activation_on_the_corpus(seen, activations):
    highest = torch.cat(activations, dim=1).amax(dim=1)
    torch.testing.assert_close(seen.peak, highest, rtol=1e-4, atol=1e-5)


def test_loudness_and_kurtosis_are_those_of_all_activations_together(seen, activations):
    together = torch.cat(activations, dim=1).double()
    torch.testing.assert_close(seen.loudness.double(), together.abs().mean(dim=1), rtol=1e-4, atol=1e-6)
    apart = together - together.mean(dim=1, keepdim=True)
    kurtosis = apart.pow(4).mean(dim=1) / apart.square().mean(dim=1).square()
    torch.testing.assert_close(seen.kurtosis.double(), kurtosis, rtol=1e-3, atol=1e-3)


def test_what_was_read_is_counted(seen, texts):
    assert (seen.n_texts, seen.n_tokens) == (len(texts), sum(len(text) for text in texts))


def test_a_longer_corpus_keeps_no_more(model, texts, seen):
    longer = survey(model, texts * 3, PASSAGES)
    for field in fields(Survey)[2:]:
        assert getattr(longer, field.name).shape == getattr(seen, field.name).shape
    torch.testing.assert_close(longer.kurtosis, seen.kurtosis, rtol=1e-3, atol=1e-3)


def test_texts_may_come_one_by_one_and_are_left_in_their_order(model, texts, seen):
    torch.testing.assert_close(survey(model, iter(texts), PASSAGES).peak, seen.peak)
    before = [len(text) for text in texts]
    survey(model, texts, PASSAGES)
    assert [len(text) for text in texts] == before


@pytest.mark.parametrize("show", [False, True])
def test_a_bar_is_shown_on_request_alone(model, texts, capfd, show):
    survey(model, texts, PASSAGES, show)
    assert ("reading: 100%" in capfd.readouterr().err) == show


def test_kurtosis_is_3_for_a_bell_curve_larger_for_a_rare_event_and_0_for_a_constant(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    bell = torch.randn(50_000, generator=generator)
    rare = torch.zeros(50_000)
    rare[7] = 1.0
    told = torch.stack([bell, 4 * bell + 1, rare, torch.full((50_000,), 0.3)], dim=1)[None]

    def recorded(_, texts):
        return neurons.Recording(torch.cat(texts), torch.tensor([0, 50_000]), told)

    monkeypatch.setattr("lmkit.inside.survey.record", recorded)
    found = survey(torch.nn.Identity(), [torch.zeros(50_000).long()], 1).kurtosis[0]
    torch.testing.assert_close(found[:2], torch.tensor([3.0, 3.0]), rtol=0.05, atol=0)
    assert found[2] > 10_000 and found[3] == 0


def test_passages_are_alike_if_they_end_in_the_same_tokens_at_the_place_where_the_neuron_fires(model, texts):
    seen = survey(model, texts, PASSAGES)
    ends = seen.passages[..., : BEFORE + 1].flatten(0, 1).tolist()  # (neuron, passage, to the place)
    for n in (1, 2, 4):
        same = [len({tuple(passage[-n:]) for passage in passages}) == 1 for passages in ends]
        assert alike(seen, n) == pytest.approx(sum(same) / len(same))
    assert alike(seen, 4) < alike(seen, 1)


@pytest.mark.parametrize(("n_passages", "n_texts"), [(3, 2), (1, 0), (0, 2)])
def test_more_passages_than_texts_or_none_are_refused(model, texts, n_passages, n_texts):
    message = f"n_passages is {n_passages}, but each text gives one, and there are {n_texts} texts"
    with pytest.raises(ValueError, match=message):
        survey(model, texts[:n_texts], n_passages)


def test_a_text_without_a_token_is_refused(model):
    with pytest.raises(ValueError, match="a text without a token"):
        survey(model, [torch.tensor([1]), torch.tensor([], dtype=torch.long)], 1)
