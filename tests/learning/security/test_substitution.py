"""Swapped words leave the truth as it is; an attack takes the worst of them, and counts what it asks."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit import load
from lmkit.learning import finetuning
from lmkit.learning.security import substitution
from lmkit.learning.security.substitution import NEUTRAL, WIDER, Swap, attack, choices, put, swap_at_random
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import BAD_FEELINGS, GENDER, GOOD_FEELINGS

STORY = (
    "One day, a girl called Mia met a boy called Tom in the park. Mia had a red kite. The flowers near the tree were "
    "pretty. Mia felt happy."
)


def story_of(seed):
    return " ".join(sentence.text for sentence in storyworld.tell(seed, "validation").narrative)


@given(seed=st.integers(0, 5000), n=st.integers(1, 6))
def test_storyworld_finds_nothing_wrong_with_a_swapped_story_and_reads_the_same_ending(seed, n):
    text = story_of(seed)
    swapped = swap_at_random(text, n, Dice(seed), WIDER)
    assert storyworld.check(swapped) == []
    assert storyworld.ends_well(swapped) == storyworld.ends_well(text)


def test_every_single_swap_of_many_stories_keeps_the_truth():
    seen = set()
    for story in storyworld.stories("test", 60):
        text = " ".join(sentence.text for sentence in story.narrative)
        for word, others in choices(text, WIDER).items():
            swapped = put(text, Swap(word, others[len(seen) % len(others)]))
            seen.add(word)
            assert swapped != text and storyworld.check(swapped) == []
            assert storyworld.ends_well(swapped) == story.ends_well
    assert len(seen) > 60


@pytest.mark.parametrize("words", [NEUTRAL, WIDER])
def test_words_stand_for_each_other_only_where_they_are_of_one_kind(words):
    for word, others in words.items():
        assert word not in others
        assert {GENDER.get(word)} == {GENDER.get(other) for other in others} or not others
        for sign in (GOOD_FEELINGS, BAD_FEELINGS):
            assert all((other in sign) == (word in sign) for other in others)
    assert not set(NEUTRAL) & {*GOOD_FEELINGS, *BAD_FEELINGS}


def test_the_choices_come_in_the_order_of_the_text_and_bring_in_nothing_that_is_there():
    found = choices(STORY)
    assert list(found) == ["Mia", "Tom", "park", "red", "kite", "flower", "tree", "pretty"]
    assert "pretty" not in found["red"] and "tree" not in found["flower"]
    assert "happy" in choices(STORY, WIDER)


def test_a_word_is_put_wherever_the_other_stood_and_a_plural_for_a_plural():
    text = put(put(STORY, Swap("Mia", "Zoe")), Swap("flower", "bench"))
    assert "Mia" not in text and text.count("Zoe") == STORY.count("Mia") and "The benches near" in text
    assert put("Mia's kite. Miami.", Swap("Mia", "Zoe")) == "Zoe's kite. Miami."


def afraid_of(*words):
    """A classifier that answers by how many of some words are there: it says 1 for one or none."""

    def ask(texts):
        asked.extend(texts)
        p = torch.tensor([0.9 - 0.3 * sum(word in text for word in words) for text in texts])
        return torch.stack([1 - p, p], dim=1)

    asked = []
    ask.asked = asked
    return ask


def test_an_attack_takes_the_worst_swap_then_the_next_and_stops_when_the_answer_turns():
    ask = afraid_of("Zoe", "beach", "blue", "yellow")
    found = attack(STORY, 1, ask)
    assert found.flipped and len(found.swaps) == 2 and found.queries == len(ask.asked)
    assert {swap.other for swap in found.swaps} == {"Zoe", "yellow"}  # one is in a park: no beach; no blue
    assert found.text in ask.asked and storyworld.check(found.text) == []


def test_an_attack_gives_up_after_so_many_swaps_each_of_another_word():
    found = attack(STORY, 1, afraid_of("nothing of this"), most=4)
    assert not found.flipped and len({swap.word for swap in found.swaps}) == 4
    assert not {swap.word for swap in found.swaps} & {swap.other for swap in found.swaps}


def test_a_story_in_which_nothing_can_be_swapped_stays_as_it_is():
    found = attack("He was here.", 1, afraid_of("x"))
    assert found == ("He was here.", 1, (), 0, False)
    assert swap_at_random("He was here.", 3, Dice(0)) == "He was here."


@given(seed=st.integers(0, 500), n=st.integers(0, 4))
def test_by_lot_no_more_words_change_than_is_said(seed, n):
    text = story_of(seed)
    swapped = swap_at_random(text, n, Dice(seed))
    words = {word for word in choices(text) if word not in choices(swapped)}
    assert len(words) <= n
    assert (swapped == text) == (n == 0 or not choices(text))


def test_attacked_texts_keep_their_labels_and_a_classifier_is_surer_of_none():
    tiny = load("tiny")
    model = finetuning.Classifier(tiny.model, n_classes=2, generator=torch.Generator().manual_seed(0))
    ask = substitution.asking(model, tiny.tokenizer, 200)
    data = Labelled([story_of(1), story_of(2)], [0, 1], ["bad", "good"])
    harder = substitution.attacked(data, ask)
    assert (harder.labels, harder.classes) == (data.labels, data.classes)
    for before, after, label in zip(data.texts, harder.texts, data.labels, strict=True):
        p_before, p_after = ask([before, after])[:, label]
        assert p_after <= p_before
