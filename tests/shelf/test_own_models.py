"""The book's own models know what their cards say, and can be loaded without a network or another package."""

import itertools
import json
import re
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import lmkit
from lmkit.inside import heads, interventions, scoring, story_knowledge
from lmkit.learning.training import checkpoint
from lmkit.learning.training.presets import PRESETS
from lmkit.model import generation, sampling
from lmkit.shelf import packing, pretrained
from lmkit.text import storyworld
from lmkit.text.storyworld.names import NEVER_TOLD

CAUSAL = [name for name, preset in PRESETS.items() if preset.model.causal]


@pytest.fixture(scope="module", params=PRESETS)
def model(request):
    return lmkit.load(request.param)


@pytest.fixture(scope="module", params=CAUSAL)
def causal(request):
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


@pytest.mark.parametrize("kind", story_knowledge.KINDS)
def test_the_model_knows_what_its_card_says(model, kind):
    score = scoring.left_only if model.model.config.causal else scoring.in_the_gap
    measured = scoring.accuracy(model.model, model.encode, story_knowledge.pairs_of(kind, 100), score)
    assert measured == pytest.approx(card(model.name)["pairs"][kind], abs=0.15)  # of 100 pairs in place of 400


def test_the_causal_models_write_sentences_of_their_world(causal):
    model = causal
    prompt = model.encode("One day, Anna and Tom")[0]
    choose = sampling.Sample(temperature=0.8, generator=torch.Generator().manual_seed(0))
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


def test_a_name_that_no_story_tells_is_copied_nearly_as_well_as_a_known_one(causal):
    """What a reader types first. A model of tidy made-up names alone paid 5 to 20 nats for some of these."""
    lists = (story_knowledge.KNOWN, NEVER_TOLD)
    known, typed = (story_knowledge.cost_of_names(causal.model, causal.encode, names, n=3) for names in lists)
    for where in ("texts", "stories"):
        assert typed[where] < known[where] + 1, where


def test_what_a_card_says_of_names_was_measured(causal):
    measured = story_knowledge.cost_of_names(causal.model, causal.encode, NEVER_TOLD, n=1)
    assert measured["texts"] == pytest.approx(card(causal.name)["names_typed"]["texts"], abs=0.05)


def test_a_card_says_what_was_trained(model):
    preset, facts = PRESETS[model.name], card(model.name)
    assert facts["preset"] == model.name and facts["stories"] == preset.n_stories
    assert facts["steps"] == preset.training.steps
    row = preset.training.row_length - preset.model.causal
    assert facts["tokens"] == facts["steps"] * preset.training.batch_size * row
    assert model.model.config == preset.model


# ---- what the heads of book do


class Reading:
    """Held-out stories, as `book` reads them, and where their names are."""

    def __init__(self, n: int):
        self.book = lmkit.load("book")
        stories = list(storyworld.stories("test", n))
        self.tokens = padded([self.book.encode(story.text)[0] for story in stories])
        self.pieces = padded(
            [
                scoring.pieces_of_names([person.name for person in story.people], story.text, self.book.encode)
                for story in stories
            ]
        )
        self.following = self.pieces.roll(-1, dims=1)  # after the last token there is padding, or the mark of a story
        self.trace = lmkit.trace(self.book.model, self.tokens)
        stood_before = (self.tokens[:, :, None] == self.tokens[:, None, :]).tril(-1).any(dim=-1)
        self.again = stood_before & (self.following > 1)  # a piece of a name, seen before, and the name goes on

    @torch.no_grad()
    def right(self, *without: tuple[int, int]) -> float:
        """The share of names' next pieces that are said right, without some heads."""
        with interventions.changed(self.book.model, off={"heads": without}):
            said = self.book.model(self.tokens).argmax(dim=-1)
        return (said == self.tokens.roll(-1, dims=1))[self.again].float().mean().item()

    @torch.no_grad()
    def losses(self, *without: tuple[int, int]) -> torch.Tensor:
        """What all first pieces of names cost together, all other pieces, and all other tokens, in nats."""
        with interventions.changed(self.book.model, off={"heads": without}):
            logits = self.book.model(self.tokens)[:, :-1].transpose(1, 2)
        nats = torch.nn.functional.cross_entropy(logits, self.tokens[:, 1:], reduction="none")
        pieces = self.pieces[:, 1:]
        kinds = (pieces == 1, pieces > 1, (pieces == 0) & (self.tokens[:, 1:] != 0))
        return torch.stack([nats[kind].sum() for kind in kinds])


def padded(rows):
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


@pytest.fixture(scope="module")
def reading():
    return Reading(24)


COPIERS = [(2, 0), (2, 1), (3, 2)]


def test_the_pieces_of_names_are_those_of_the_tokenizer():
    book = lmkit.load("book")
    for story in storyworld.stories("test", 15):
        names = {person.name for person in story.people}
        pieces = scoring.pieces_of_names(names, story.text, book.encode)
        words = book.words(book.encode(story.text))
        starts = (pieces == 1).nonzero().flatten().tolist()
        assert len(starts) == len(re.findall(rf"\b({'|'.join(names)})\b", story.text)) > 0
        for start in starts:
            end = next(i for i in range(start + 1, len(words) + 1) if i == len(words) or pieces[i] < 2)
            assert "".join(words[start:end]).strip() in names


def test_book_has_induction_heads_at_the_names_of_its_own_text(reading):
    """Chapter 04: three heads, one of them with nine tenths of its attention, where an even look gives 4 %."""
    scores = heads.induction(reading.trace, reading.again)
    best = sorted(itertools.product(range(4), range(4)), key=lambda place: -scores[place])
    assert sorted(best[:3]) == COPIERS
    assert scores[2, 0] > 0.85 and scores[2, 1] > 0.7 and scores[3, 2] > 0.5 and scores[best[3]] < 0.4
    visible = torch.ones(reading.tokens.shape[1], reading.tokens.shape[1]).tril()
    evenly = (visible / visible.sum(dim=-1, keepdim=True)).expand(len(reading.tokens), 4, -1, -1)
    assert heads.induction(replace(reading.trace, attentions=(evenly,)), reading.again).max() < 0.06


def test_random_tokens_do_not_show_the_induction_heads_of_book(reading):
    tokens = torch.randint(256, 768, (8, 30), generator=torch.Generator().manual_seed(0))
    twice = lmkit.trace(reading.book.model, torch.cat([tokens, tokens], dim=1))
    assert heads.induction(twice).max() < 0.1
    no_name = (reading.pieces == 0) & (reading.tokens != 0)
    assert heads.induction(reading.trace, no_name).max() < 0.12


def test_book_cannot_repeat_a_name_without_its_induction_heads_and_can_without_most_others(reading):
    others = [place for place in itertools.product(range(4), range(4)) if place not in (*COPIERS, (1, 3))]
    assert reading.right() > 0.95
    assert reading.right(*COPIERS[:1]) < 0.85
    assert reading.right(*COPIERS) < 0.25
    for _ in range(4):
        three = [others[i] for i in torch.randperm(len(others))[:3]]
        assert reading.right(*three) > 0.75, three
    assert 0.4 < reading.right((1, 3)) < 0.8  # the one other head that matters for it


def test_the_name_finder_costs_more_at_names_than_at_all_other_tokens_together(reading):
    whole = reading.losses()
    cost = {place: (reading.losses(place) - whole).tolist() for place in [(2, 0), (2, 1), (1, 3), (1, 2)]}
    first, rest, others = cost[2, 0]
    assert first > others and rest > others > 0
    assert max(cost, key=lambda place: cost[place][0]) == (2, 0)
    assert max(cost, key=lambda place: cost[place][1]) == (1, 3)


def test_all_files_together_are_small():
    files = Path(pretrained.__file__).parent.glob("weights/*")
    assert sum(file.stat().st_size for file in files) <= 6_300_000


# ---- snapshots


@pytest.fixture(scope="module")
def recording():
    return lmkit.snapshots()


def test_the_snapshots_go_from_the_first_step_to_the_last(recording):
    steps = [snapshot.step for snapshot in recording.snapshots]
    assert len(steps) >= 8 and steps == sorted(set(steps))
    assert steps[0] == 0 and steps[-1] == recording.curve["step"][-1] == PRESETS["tiny"].training.steps


def test_the_last_snapshot_is_the_shipped_model(recording):
    shipped, last = lmkit.load("tiny").model.state_dict(), recording.snapshots[-1].model.state_dict()
    for name, tensor in shipped.items():
        torch.testing.assert_close(last[name], tensor, rtol=1e-6, atol=0)


def test_the_curve_falls_and_can_be_drawn(recording):
    curve = recording.curve
    assert len(curve["step"]) == len(curve["train"]) == len(curve["valid"]) <= 500
    valid = [loss for loss in curve["valid"] if loss == loss]
    assert valid[0] == pytest.approx(torch.log(torch.tensor(768.0)).item(), abs=0.3)
    assert valid[-1] == pytest.approx(card("tiny")["loss"], abs=1e-3)


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_snapshot_knows_what_its_measures_say(recording, number):
    snapshot, encode = recording.snapshots[number], lmkit.load("tiny").encode
    measured = scoring.accuracy(snapshot.model, encode, story_knowledge.pairs_of("agreement", 60))
    assert measured == pytest.approx(snapshot.measures["agreement"], abs=0.2)


@torch.no_grad()
def says_were(model, encode, pairs) -> float:
    scores = [[scoring.left_only(model, encode, pair, word) for word in (" were", " was")] for pair in pairs]
    return sum(bool(were > was) for were, was in scores) / len(pairs)


@pytest.fixture(scope="module")
def verbs():
    """Pairs with a noun between another noun and its verb, by whether the nearest one and the verb's own are plural."""
    cases = {(near, own): [] for near in (True, False) for own in (True, False)}
    for pair in story_knowledge.pairs_of("agreement", 160):
        own = pair.right == " were"
        if pair.marks["distance"] > 0:
            cases[own != pair.marks["attractor"], own].append(pair)
    return cases


@pytest.mark.parametrize(("number", "leans"), [(2, True), (5, False)])
def test_tiny_leans_to_the_nearest_noun_at_step_100_and_no_longer_at_step_700(recording, verbs, number, leans):
    """After a plural it tosses a coin, after a singular it says "was" three times in four, whatever the verb's noun."""
    snapshot, encode = recording.snapshots[number], lmkit.load("tiny").encode
    share = {case: says_were(snapshot.model, encode, pairs) for case, pairs in verbs.items()}
    if leans:
        assert all(0.35 < share[True, own] < 0.65 and 0.1 < share[False, own] < 0.35 for own in (True, False))
    else:
        assert min(share[near, True] for near in (True, False)) > 0.95
        assert max(share[near, False] for near in (True, False)) < 0.05


def test_changed_snapshots_are_refused(tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "tiny-snapshots.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(pretrained, "__file__", str(tmp_path / "pretrained.py"))
    with pytest.raises(ValueError, match="not the published file"):
        lmkit.snapshots()


# ---- the same again


def test_training_tiny_again_begins_as_its_recorded_curve_does(recording, tmp_path):
    """So the weights that are shipped are those of this recipe, this corpus and this tokenizer."""
    command = [sys.executable, "-m", "lmkit.learning.training", "--preset", "tiny", "--folder", str(tmp_path)]
    root = Path(lmkit.__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL) as training:
        while not checkpoint.path_of(tmp_path, 50).exists():
            assert training.poll() is None, "training has ended before step 50"
            time.sleep(0.2)
        training.kill()
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [record["loss"] for record in records if "loss" in record][:50]
    again = [statistics.mean(losses[start : start + 10]) for start in range(0, 50, 10)]
    assert again == pytest.approx(recording.curve["train"][1:6], abs=0.002)
    valid = [record["valid_loss"] for record in records if "valid_loss" in record][:2]
    assert valid == pytest.approx([recording.curve["valid"][0], recording.curve["valid"][5]], abs=0.002)


def test_the_card_of_a_model_is_the_one_that_was_packed_with_it():
    weights = Path(pretrained.__file__).parent / "weights" / "book.safetensors"
    assert pretrained.card("book") == packing.unpack(weights)[2]


def test_a_model_that_is_not_the_books_own_has_no_card():
    with pytest.raises(ValueError, match="no card goes with 'minilm'.*book-masked, book"):
        pretrained.card("minilm")
