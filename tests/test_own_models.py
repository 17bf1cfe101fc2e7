"""The book's own models know what their cards say, and can be loaded without a network or another package."""

from pathlib import Path

import pytest
import torch

import lmkit
from lmkit import generation, packing, pretrained, scoring, storyworld

MODELS = list(pretrained._OWN)


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return lmkit.load(request.param)


def card(name: str) -> dict:
    return packing.unpack(Path(pretrained.__file__).parent / "weights" / f"{name}.safetensors")[2]


def test_loading_says_what_the_model_read(capsys):
    lmkit.load("tiny")
    told = capsys.readouterr().out
    assert "million tokens of Storyworld, weights verified by SHA-256" in told


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "tiny.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(pretrained, "__file__", str(tmp_path / "pretrained.py"))
    with pytest.raises(ValueError, match="not the published file.*install lmkit again"):
        lmkit.load("tiny")


def test_a_text_begins_with_the_mark_of_a_story(model):
    ids = model.encode("Zoe has the kite.")
    assert "".join(model.words(ids)) == "<|story|>Zoe has the kite."


@pytest.mark.parametrize("kind", ["agreement", "antecedent", "possession"])
def test_the_model_knows_what_its_card_says(model, kind):
    pairs = storyworld.minimal_pairs(kind, 100, "test")
    measured = scoring.accuracy(model.model, model.encode, pairs)
    assert measured == pytest.approx(card(model.name)["pairs"][kind], abs=0.15)  # of 100 pairs in place of 400


def test_the_model_writes_sentences_of_its_world(model):
    prompt = model.encode("One day, Anna and Tom")[0]
    choose = generation.Sample(temperature=0.8, generator=torch.Generator().manual_seed(0))
    written = list(generation.stream(model.model, prompt, 60, choose, end_token=0))
    text = "".join(model.words(torch.tensor([*prompt[1:].tolist(), *written])))
    sentences = storyworld.split_sentences(text)[:-1]  # the last one may be cut
    assert len(sentences) >= 3
    assert sum(storyworld.parse(sentence) is not None for sentence in sentences) >= len(sentences) - 1


def test_a_trace_of_the_model_has_all_its_heads(model):
    trace = model.trace("Zoe has the kite.")
    config = model.model.config
    assert len(trace.attentions) == config.n_layers
    assert trace.attentions[0].shape[1] == config.n_heads
