"""Labels are those of the story's world, held-out words are held out, and swapping changes no label."""

import re
from itertools import islice

import pytest

from lmkit.text.storyworld import HELD_OUT, answers, check, holders, intents, minimal_pairs, sentiment, stories, swap
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import BOYS, FEELINGS, GIRLS, GOOD_FEELINGS, THINGS
from lmkit.text.storyworld.parsing import parse, split_sentences


def words(text):
    return set(re.findall(r"\w+", text))


def test_a_label_is_how_the_story_ends():
    data = sentiment(100, "test")
    assert data.labels == [int(story.ends_well) for story in stories("test", 100)]
    assert data.texts[0] == " ".join(sentence.text for sentence in next(stories("test")).narrative)
    assert not any("?" in split_sentences(text)[-1] for text in data.texts)


def test_the_label_can_be_known_from_the_last_feeling():
    """Whoever reads the last feeling, and whether it is denied, knows the label."""
    data = sentiment(200)
    for text, label in zip(data.texts, data.labels, strict=True):
        last = [s for s in split_sentences(text) if words(s) & set(FEELINGS)][-1]
        feeling = [word for word in re.findall(r"\w+", last) if word in FEELINGS][-1]
        denied = bool(re.search(r"\bnot\b|n't|no longer|any more|stopped", last.split(" because ")[0]))
        assert ((feeling in GOOD_FEELINGS) != denied) == bool(label), text


def test_words_that_are_held_out_are_in_no_training_text_and_end_every_test_text():
    for text in sentiment(200, without=HELD_OUT).texts:
        assert not words(text) & set(HELD_OUT)
    for text in sentiment(100, "test", only=HELD_OUT).texts:
        last = [s for s in split_sentences(text) if words(s) & set(FEELINGS)][-1]
        assert words(last) & set(HELD_OUT)


def test_copies_come_with_the_label_and_the_feelings_of_their_story():
    data, plain = sentiment(50, copies=2), sentiment(50)
    assert data.texts[::3] == plain.texts and data.labels[::3] == data.labels[1::3] == data.labels[2::3] == plain.labels
    assert len(set(data.texts)) > 140  # now and then, nothing in a story can be swapped
    for original, copy in zip(data.texts[::3], data.texts[1::3], strict=True):
        assert [w for w in original.split() if w.strip(".") in FEELINGS] == [
            w for w in copy.split() if w.strip(".") in FEELINGS
        ]
    assert sentiment(50, copies=2, seed=1).texts != data.texts == sentiment(50, copies=2).texts


def test_a_swapped_story_holds_together_and_stays_in_its_split():
    dice = Dice(0)
    for split in ("train", "test"):
        for story in stories(split, 150):
            text = swap(story, dice)
            assert check(text) == []
            kinds = [parse(sentence).kind for sentence in split_sentences(text)]
            assert kinds == [parse(sentence.text).kind for sentence in story.narrative]


def test_a_swap_keeps_gender_and_made_up_names():
    dice = Dice(0)
    for story in stories("train", 100):
        text = swap(story, dice)
        original = " ".join(sentence.text for sentence in story.narrative)
        for person in story.people:
            if person.made_up and person.name in words(original):
                assert person.name in words(text)
        for known in (GIRLS, BOYS):
            assert len(words(original) & set(known)) == len(words(text) & set(known))


def test_most_names_and_things_of_a_copy_are_others():
    dice = Dice(0)
    kept = {"names": [], "things": []}
    for story in stories("train", 200):
        original, copy = words(" ".join(sentence.text for sentence in story.narrative)), words(swap(story, dice))
        kept["names"] += [person.name in copy for person in story.people if person.name in original]
        kept["things"] += [noun in copy for noun in THINGS if noun in original]
    assert all(0.2 < sum(each) / len(each) < 0.5 for each in kept.values())


def test_right_and_wrong_answers_come_in_turn_and_the_judge_agrees():
    data = answers(60, "test")
    assert data.labels == [1, 0] * 30 and data.classes == ["wrong", "right"]
    for text, label in zip(data.texts, data.labels, strict=True):
        assert (check(text) == []) == bool(label)
    assert len(set(data.texts)) == 60


def known_gender(name):
    return "girl" if name in GIRLS else "boy"


def test_the_gender_of_the_holder_is_the_label_and_the_judge_agrees():
    """Of all answers that name a person of the story, only one of this gender is right."""
    data = holders(60, "test")
    assert data.classes == ["girl", "boy"] and 15 < sum(data.labels) < 45
    judged = 0
    for text, label in zip(data.texts, data.labels, strict=True):
        assert re.search(r"Who has the \w+\?$", text)
        there = [name for name in (*GIRLS, *BOYS) if name in words(text)]
        right = [name for name in there if check(f"{text} {name} has it.") == []]
        assert {known_gender(name) for name in right} <= {data.classes[label]}
        judged += len(right)
    assert judged > 15  # made-up names are left out: their gender is told by the story


def test_things_that_changed_hands_are_asked_for_alone():
    everything, changed = holders(60, "test").texts, holders(20, "test", changed_hands=True).texts
    assert changed[:10] == [text for text in everything if text in set(changed)][:10]
    asked = {pair.context: pair for pair in minimal_pairs("possession", 600, "test")}
    assert all(asked[text].marks["wrong_had_it"] for text in changed)
    assert not all(asked[text].marks["wrong_had_it"] for text in everything)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (dict(split="exam"), "no split 'exam'"),
        (dict(only=["hapy"]), "'hapy' is no feeling of Storyworld; there are: happy"),
        (dict(without=list(FEELINGS)), "no feeling is left"),
        (dict(without=["calm"], only=["calm"]), "no feeling is left"),
    ],
)
def test_what_cannot_be_told_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        sentiment(1, **options)


def test_the_first_stories_are_the_same_however_many_are_asked_for():
    assert sentiment(5).texts == list(islice(sentiment(20).texts, 5))


def test_an_intent_is_that_of_the_sentence_in_which_somebody_speaks():
    data = intents(50, "test")
    spoken = [s for story in stories("test", 150) for s in story.narrative if s.intent][:50]
    assert data.texts == [s.text for s in spoken]
    assert [data.classes[label] for label in data.labels] == [s.intent for s in spoken]
    assert all('"' in text for text in data.texts)
    assert set(intents(300).labels) == set(range(len(data.classes)))
