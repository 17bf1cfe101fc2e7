"""The grammar: whatever it allows is a story that parses, and it allows every story that is told."""

import random

import jaxtyping
import pytest

from lmkit import load
from lmkit.text.storyworld import Grammar, parse, split_sentences, stories
from lmkit.text.storyworld.parsing import NO_NAMES


@pytest.fixture(scope="module")
def bpe():
    return load("book").tokenizer.tokenizer


@pytest.fixture(scope="module")
def grammar(bpe):
    return Grammar(bpe.tokens)


@pytest.fixture
def unchecked(monkeypatch):
    """Every character is a step, and the run-time check of annotations takes most of the time."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.usefixtures("unchecked")
def test_every_token_of_every_story_is_allowed(bpe, grammar):
    told = [story.text for story in stories("test", 12) if story.text.isascii()]
    assert len(told) > 8
    for text in told:
        ids = [0, *bpe.encode(text), 0]
        assert all(token in grammar.allowed(ids[:place]) for place, token in enumerate(ids) if place)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_drawn_of_what_is_allowed_parses(bpe, grammar, seed):
    """Names may go on for ever, and mostly do so by chance: so most stories are not at their end."""
    dice, sentences = random.Random(seed), 0
    for _ in range(8):
        ids = [0]
        while len(ids) < 80 and (len(ids) == 1 or ids[-1] != 0):
            ids.append(dice.choice(grammar.allowed(ids)))
        whole = split_sentences(bpe.decode(ids[1:-1] if ids[-1] == 0 else ids[1:]))
        whole = whole if ids[-1] == 0 else whole[:-1]
        assert [sentence for sentence in whole if parse(sentence) is None] == []
        sentences += len(whole)
    assert sentences > 8


def after(bpe, grammar, text):
    return {bpe.tokens[i].decode() for i in grammar.allowed([0, *bpe.encode(text)]) if i}


def test_a_story_may_end_after_a_sentence_and_nowhere_else(bpe, grammar):
    assert 0 in grammar.allowed([0, *bpe.encode("Anna was sad.")])
    assert 0 not in grammar.allowed([0, *bpe.encode("Anna was sad")])
    assert 0 not in grammar.allowed([0])


def test_it_knows_what_may_follow(bpe, grammar):
    assert after(bpe, grammar, "Anna gave the kite to") >= {" Tom", " her", " him"}
    assert not after(bpe, grammar, "Anna gave the kite to") & {" was", "."}
    assert after(bpe, grammar, "Anna was sad.") >= {" She", " Then", " The", " Nina"}


@pytest.mark.parametrize("word", sorted({*NO_NAMES, "Then", "Soon", "But"}))
def test_a_word_that_begins_a_sentence_is_nobodys_name(bpe, grammar, word):
    asked = "Now the kite belonged to"
    assert "." not in after(bpe, grammar, f"{asked} {word}")
    assert "." in after(bpe, grammar, f"{asked} {word}ka")


def test_what_begins_no_story_allows_nothing(bpe, grammar):
    assert grammar.allowed([0, *bpe.encode("Once more unto the breach")]) == []


def test_a_story_after_the_mark_begins_anew(bpe, grammar):
    assert grammar.allowed([0, *bpe.encode("Anna was sad."), 0]) == grammar.allowed([0])
