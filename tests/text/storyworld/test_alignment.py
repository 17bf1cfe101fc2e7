"""Links between a sentence and its translation: the words that they name stand where they say."""

from lmkit.text import storyworld
from lmkit.text.storyworld.alignment import links
from lmkit.text.storyworld.lexicon import FEELINGS, GENDER, NOUNS, PLACES
from lmkit.text.storyworld.names import in_chinese

TOLD = [sentence for story in storyworld.stories("test", 60) for sentence in story.narrative]


def words_of(sentence):
    """Each link as its kind and its two words."""
    return {
        (link.kind, sentence.text[slice(*link.english)], sentence.chinese[slice(*link.chinese)])
        for link in links(sentence)
    }


def test_both_ends_of_a_link_mean_the_same():
    noun_of = {form: noun for noun, its in NOUNS.items() for form in (noun, its.plural)}
    translate = {
        "name": lambda name: in_chinese(name, GENDER.get(name, "girl")),
        "thing": lambda word: NOUNS[noun_of[word]].chinese,
        "place": lambda word: PLACES[word].chinese,
        "feeling": FEELINGS.__getitem__,
    }
    seen = set()
    for sentence in TOLD:
        for kind, english, chinese in words_of(sentence):
            if kind in translate and (kind != "name" or english in GENDER):
                assert translate[kind](english) == chinese
                seen.add(kind)
    assert seen == set(translate)


def test_no_word_stands_twice_in_its_sentence():
    for sentence in TOLD:
        for _, english, chinese in words_of(sentence):
            assert sentence.chinese.count(chinese) == 1
            assert sentence.text.split().count(english) <= 1


def test_links_come_in_the_order_of_english_and_some_cross():
    orders = [[link.chinese for link in links(sentence)] for sentence in TOLD]
    assert all(a.english <= b.english for s in TOLD for a, b in zip(links(s), links(s)[1:], strict=False))
    assert any(order != sorted(order) for order in orders)


def test_a_made_up_name_is_linked_to_its_spelling():
    found = {english for s in TOLD for kind, english, _ in words_of(s) if kind == "name" and english not in GENDER}
    assert found
