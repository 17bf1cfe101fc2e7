"""TwoEndings: which words and shares the page gets, which head it shows, and what the introduction says of it."""

import io

import numpy as np
import pytest
from PIL import Image
from traitlets import TraitError

import lmkit
from lmkit.widgets.two_endings import TwoEndings
from tests.shelf.test_pretrained import needs_minilm
from tests.small_reader import SmallReader, weights

SENTENCE = "The cat didn't eat it, it was {}!"
WORDS = ["[CLS]", "The", "cat", "didn't", "eat", "it", ",", "it", "was", "unfresh", "!", "[SEP]"]
OWNER = [0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11]


def figure(**changes) -> TwoEndings:
    call = {"sentence": SENTENCE, "endings": ["unfresh", "unlucky"], "word": "it", "to": "cat", **changes}
    return TwoEndings(SmallReader(), call.pop("sentence"), call.pop("endings"), **call)


def test_words_are_those_of_the_sentence_with_the_marks_around_it():
    shown = figure()
    assert shown.words == WORDS
    assert [shown.words[i] for i in (shown.word, shown.to, shown.place)] == ["it", "cat", "unfresh"]
    assert shown.word == WORDS.index("it")  # the first of two


def test_a_word_gets_what_its_pieces_get_together():
    shown = figure()
    layer, head, n_heads = shown.head
    assert n_heads == 6
    for shares, seed in zip(shown.shares, (0, 1), strict=True):
        row = weights(seed)[layer, 0, head, 7].numpy()
        expected = [row[np.array(OWNER) == word].sum() for word in range(len(WORDS))]
        np.testing.assert_allclose(shares, expected, atol=1e-4)
        assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_a_word_of_several_pieces_looks_as_they_do_on_average():
    shown = figure(word="didn't")
    layer, head, _ = shown.head
    row = weights(0)[layer, 0, head, 3:6].mean(dim=0).numpy()
    assert shown.shares[0][2] == pytest.approx(row[2], abs=1e-4)


@pytest.mark.parametrize(("to", "at"), [("cat", 2), ("eat", 6), ("[SEP]", 14)])
def test_the_head_is_the_one_that_looks_most_to_the_word_that_is_named(to, at):
    layer, head, _ = figure(to=to).head
    looks = weights(0)[:, 0, :, 7, at]
    assert looks[layer, head] == looks.max()


def test_the_description_says_both_endings_in_numbers():
    shown = figure()
    said = shown.description
    for shares, ending in zip(shown.shares, shown.endings, strict=True):
        assert f"{100 * shares[shown.to]:.0f} % with “{ending}”" in said
    assert f"({100 * max(shown.shares[1]):.0f} %)" in said


def test_the_poster_is_a_small_picture_of_the_ending_that_is_shown():
    first, second = figure().poster(), figure(ending=1).poster()
    assert Image.open(io.BytesIO(first)).format == "PNG"
    assert first != second and max(len(first), len(second)) < 30_000


WRONG_CALLS = {
    "one ending": (r"must be two different words", {"endings": ["unfresh"]}),
    "the same ending twice": (r"must be two different words", {"endings": ["a", "a"]}),
    "an ending of two words": (r"must be two different words", {"endings": ["not fresh", "old"]}),
    "no place": (r"must have one place for the ending", {"sentence": "The cat slept."}),
    "no such word": (r"there is no word 'dog' among \['\[CLS\]', 'The'", {"word": "dog"}),
    "no word to look to": (r"there is no word 'dog'", {"to": "dog"}),
    "other tokens": (r"do not add up to the words", {"sentence": "Some other sentence ends {}!"}),
    "a third ending": (r"ending 2 does not exist: there are 2, from 0 to 1", {"ending": 2}),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_is_told_the_cause(name):
    message, changes = WRONG_CALLS[name]
    with pytest.raises(ValueError, match=message):
        figure(**changes)


def test_too_long_a_sentence_is_refused(monkeypatch):
    monkeypatch.setattr("lmkit.widgets.two_endings.MOST_WORDS", 11)
    with pytest.raises(ValueError, match="the sentence has 12 words; the figure takes 11"):
        figure()


def test_an_ending_that_does_not_exist_is_refused_later_too():
    shown = figure(ending=1)
    with pytest.raises(TraitError, match="ending 2 does not exist"):
        shown.ending = 2
    assert shown.ending == 1


@needs_minilm
def test_the_introduction_and_the_chapter_on_attention_tell_what_is_so():
    """Of a real BERT. The same head turns from the horse to the river, and not from the animal to the street."""
    bert = lmkit.load("minilm")
    animal = TwoEndings(
        bert, "The animal didn't cross the street because it was too {}.", ["tired", "wide"], word="it", to="animal"
    )
    horse = TwoEndings(
        bert, "The horse didn't cross the river because it was too {}.", ["tired", "deep"], word="it", to="horse"
    )
    assert animal.head == horse.head == [3, 1, 72]
    gives = [{word: round(100 * share) for word, share in zip(animal.words, row, strict=True)} for row in animal.shares]
    assert [max(row, key=row.get) for row in gives] == ["animal", "[CLS]"]
    assert [row["animal"] for row in gives] == [68, 28] and [row["street"] for row in gives] == [5, 12]
    words = [horse.words[int(np.argmax(row))] for row in horse.shares]
    assert words == ["horse", "river"]
