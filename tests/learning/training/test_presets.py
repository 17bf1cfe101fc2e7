"""The recipes and the command line that carries them out."""

import dataclasses
import json

import pytest

from lmkit.learning.training import __main__ as command
from lmkit.learning.training import presets
from lmkit.learning.training.batches import Masked, next_token, row_starts
from lmkit.text import storyworld, tokenizer


@pytest.fixture(scope="module")
def small_tokenizer():
    texts = [story.text for story in storyworld.stories("train", 200)]
    return tokenizer.train(texts, presets.VOCAB_SIZE, (presets.STORY, presets.MASK))


@pytest.fixture
def quick(monkeypatch, small_tokenizer):
    """The presets as they are, but for a few stories and steps."""

    def shorten(preset):
        training = dataclasses.replace(preset.training, steps=4, evaluate_every=2, batch_size=2, warmup_steps=1)
        model = dataclasses.replace(preset.model, n_layers=1, d_model=16, d_hidden=16)
        return presets.Preset(model, training, n_stories=30)

    monkeypatch.setattr(command, "PRESETS", {name: shorten(preset) for name, preset in presets.PRESETS.items()})
    monkeypatch.setattr(command, "VALIDATION_STORIES", 5)
    monkeypatch.setattr(command, "make_tokenizer", lambda: small_tokenizer)


def test_a_causal_model_predicts_and_the_other_fills_in():
    assert presets.PRESETS["book"].objective is next_token
    assert isinstance(presets.PRESETS["book-masked"].objective, Masked)


def test_the_two_books_differ_in_nothing_but_what_they_are_asked():
    book, masked = (dataclasses.asdict(presets.PRESETS[name]) for name in ("book", "book-masked"))
    differing = {(part, k) for part in ("model", "training") for k in book[part] if book[part][k] != masked[part][k]}
    assert differing == {("model", "causal"), ("training", "row_length")}
    assert book["training"]["row_length"] - 1 == masked["training"]["row_length"]  # so both read 160 tokens a row
    assert book["n_stories"] == masked["n_stories"]


def test_each_story_starts_with_its_mark_and_can_be_read_back(small_tokenizer):
    tokens = presets.tokens_of("train", 5, small_tokenizer)
    text = small_tokenizer.decode(tokens.tolist())
    assert text.split(presets.STORY)[1:] == [story.text for story in storyworld.stories("train", 5)]
    assert (tokens == 0).sum() == 5
    assert (tokens[row_starts(tokens, presets.PRESETS["tiny"].training)] == 0).all()


@pytest.mark.parametrize("name", presets.PRESETS)
def test_the_command_line_trains_and_resumes(quick, tmp_path, name, capsys):
    arguments = ["--preset", name, "--folder", str(tmp_path / "run")]
    assert command.main(arguments) == 0
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {"log.jsonl", "tokenizer.json"}
    log = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in log] == [0, 1, 2, 2, 3, 4, 4]
    assert command.main([*arguments, "--resume"]) == 0
    with pytest.raises(SystemExit, match="CheckpointError: .* holds a run already"):
        command.main(arguments)


def test_an_unknown_preset_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        command.main(["--preset", "huge"])
    assert "tiny" in capsys.readouterr().err
