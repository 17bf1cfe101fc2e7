"""Minimal pairs: the right word belongs, and the wrong one does not."""

import pytest

from lmkit.text import storyworld


@pytest.mark.parametrize("kind", ["agreement", "antecedent", "possession"])
def test_as_many_pairs_come_as_were_asked_for(kind):
    pairs = storyworld.minimal_pairs(kind, 20)
    assert len(pairs) == 20
    for pair in pairs:
        assert pair.right != pair.wrong
        assert pair.right.startswith(" ") and pair.wrong.startswith(" ")
        assert not pair.context.endswith(" ")


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no pairs of kind 'spelling'; choose one of agreement, antecedent"):
        storyworld.minimal_pairs("spelling", 1)


@pytest.fixture(scope="module")
def verbs():
    return storyworld.minimal_pairs("agreement", 80)


def test_the_verb_agrees_in_the_right_word_only(verbs):
    for pair in verbs:
        assert storyworld.check(f"{pair.context}{pair.right} old.") == []
        assert storyworld.check(f"{pair.context}{pair.wrong} old.")[0].kind == "agreement"


def test_many_verbs_have_an_attractor(verbs):
    assert 0.25 < sum(pair.marks["attractor"] for pair in verbs) / len(verbs) < 0.75


def test_only_the_right_person_has_it():
    for pair in storyworld.minimal_pairs("possession", 80):
        assert storyworld.check(f"{pair.context}{pair.right} has it.") == []
        assert storyworld.check(f"{pair.context}{pair.wrong} has it.")[0].kind == "owner"


def test_the_wrong_pronoun_can_mean_nobody():
    """Whatever comes after it: the sentence goes on as it does in the story, and the pronoun is refused."""
    stories = {story.text: story for story in storyworld.stories("test", 40)}
    for pair in storyworld.minimal_pairs("antecedent", 60):
        story = next(text for text in stories if text.startswith(pair.context))
        rest = story[len(pair.context) + len(pair.right) :]
        assert "pronoun" in {problem.kind for problem in storyworld.check(pair.context + pair.wrong + rest)}


@pytest.mark.parametrize("kind", ["agreement", "antecedent"])
def test_the_right_word_and_what_comes_after_it_are_the_story(kind):
    texts = [story.text for story in storyworld.stories("test", 200)]
    for pair in storyworld.minimal_pairs(kind, 40):
        assert pair.after.endswith((".", "?", '"', "!"))
        assert any(text.startswith(pair.context + pair.right + pair.after) for text in texts)
