"""The judge: it passes every story that was told, and names what is wrong with one that was changed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text import storyworld
from lmkit.text.storyworld.patterns import PATTERNS
from lmkit.text.storyworld.telling import SPLITS

any_seed = {"seed": st.integers(0, 2**40), "split": st.sampled_from(SPLITS)}


def kinds(text):
    return [problem.kind for problem in storyworld.check(text)]


def test_every_told_story_is_perfect(many):
    for told in many.values():
        assert not {story.seed: found for story in told if (found := storyworld.check(story.text))}


@given(**any_seed)
def test_how_a_story_ends_is_read_from_its_words_whatever_is_asked_after_it(seed, split):
    story = storyworld.tell(seed, split)
    assert storyworld.ends_well(story.text) == story.ends_well


def test_a_story_without_a_feeling_has_no_ending():
    assert storyworld.ends_well("Once there was a girl called Mia. The sky was blue.") is None


@given(**any_seed)
def test_every_sentence_is_read_as_what_was_meant(seed, split):
    story = storyworld.tell(seed, split)
    assert storyworld.split_sentences(story.text) == [sentence.text for sentence in story.sentences]
    for sentence in story.sentences:
        assert storyworld.parse(sentence.text).kind == sentence.event.kind


def test_every_kind_of_event_happens(many):
    """What no plot reaches is a sentence that no reader ever meets."""
    told = {s.event.kind for stories in many.values() for story in stories for s in story.sentences}
    assert set(PATTERNS) == told


# ---- any story, changed


@given(**any_seed)
def test_the_wrong_number_of_a_verb_is_noticed(seed, split):
    story = storyworld.tell(seed, split)
    for site in story.agreements:
        sentence = story.sentences[site.sentence].text
        wrong = {"was": "were", "were": "was"}[site.verb]
        changed = sentence[: site.start] + wrong + sentence[site.end :]
        found = storyworld.check(story.text.replace(sentence, changed))
        assert (site.sentence, "agreement") in [(problem.sentence, problem.kind) for problem in found]


@given(**any_seed)
def test_a_name_that_nobody_introduced_is_noticed(seed, split):
    story = storyworld.tell(seed, split)
    changed = re.sub(rf"\b{story.hero}\b(?=[^.]*\.[^.]*$)", "Wilhelmina", story.text)
    assert changed == story.text or "stranger" in kinds(changed)


@given(**any_seed)
def test_the_wrong_answer_to_who_has_what_is_noticed(seed, split):
    story = storyworld.tell(seed, split)
    for noun, holder in story.world.holder.items():
        for name in story.world.people:
            answer = f"Who has the {noun}? {name} has it."
            assert ("owner" in kinds(f"{story.text} {answer}")) == (name != holder)


@given(**any_seed)
def test_a_pronoun_that_can_mean_nobody_any_more_is_noticed(seed, split):
    """Where every child of the story is told to be a girl, nobody is left whom "he" could mean."""
    story = storyworld.tell(seed, split)
    told = {p.name for p in story.people if re.search(rf"(girl|boy) (?:called|named) {p.name}\b", story.text)}
    genders = {"he": "boy", "him": "boy", "his": "boy", "she": "girl", "her": "girl"}
    for site in story.pronouns:
        gender = genders.get(site.text.lower())
        known = [p.name for p in story.people if p.gender == gender and p.name not in told]
        if gender and site.antecedent in told and not known:
            changed = re.sub(rf"\b{gender}\b", "girl" if gender == "boy" else "boy", story.text)
            assert "pronoun" in kinds(changed)


# ---- one mistake each, and what is said about it

BEGINNING = "One day, Tom and Zoe were in the park. Tom had a red kite."


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("Tom is happy.", "grammar", "Storyworld cannot say: Tom is happy."),
        ("The lamp to the.", "grammar", "Storyworld cannot say"),
        ("The doors near the old wall was big.", "agreement", '"the doors ... was" should be "were"'),
        ("The key to the doors were new.", "agreement", '"the key ... were" should be "was"'),
        ("Zoe found an ball.", "article", '"an ball" should be "a ball"'),
        ("Zoe had two pear.", "number", '"two pear" should be "two pears"'),
        ("Mia gave the kite to Tom.", "stranger", "nobody called Mia has been introduced"),
        ("Zoe gave the kite to Tom.", "owner", "Zoe does not have the kite: Tom has it"),
        ("Tom gave the ball to Zoe.", "thing", "there is no ball in this story yet"),
        ("Tom gave the blue kite to Zoe.", "thing", "nobody called the kite blue: it was red"),
        ("Zoe found the kite in the park.", "owner", "the kite is not lost: Tom has it"),
        ("Tom lost the kite at the school.", "place", "Tom is not at the school, but at the park"),
        ("Zoe was happy.", "feeling", "why is Zoe happy? What last happened to Zoe was nothing"),
        ("Tom was lonely.", "feeling", "why is Tom lonely? What last happened to Tom was gain"),
        ("Tom was not sad any more.", "feeling", "Tom was not sad before"),
        ("Tom was glad because Zoe had helped him.", "reason", "because of something that did not happen"),
        ("Tom helped Tom.", "self", "Tom cannot do this to Tom"),
        ("Tom fixed the kite.", "broken", "the kite is not broken"),
        ("Tom ate two nuts.", "count", "Tom has 0 nut(s), fewer than 2"),
        ("Who has the kite? Zoe has it.", "owner", "Zoe does not have the kite: Tom has it"),
        ("Who has the kite? Nobody has it.", "owner", "the kite is not lost: Tom has it"),
        ("Where is Zoe now? She is by the lake.", "place", "Zoe is not at the lake"),
        ("Who found the kite? Zoe did.", "answer", "it was not Zoe who found the kite"),
        ("Is Tom happy? No, he is not.", "answer", "no is not true of Tom"),
        ("Zoe did.", "answer", "nobody asked who did it"),
    ],
)
def test_each_mistake_has_its_own_message(text, kind, message):
    first = storyworld.check(f"{BEGINNING} {text}")[0]
    assert (first.kind, first.sentence) == (kind, len(storyworld.split_sentences(f"{BEGINNING} {text}")) - 1)
    assert message in first.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("One day, Zoe and Mia were in the park. She had a kite.", '"she" may be Zoe or Mia'),
        ("One day, Zoe and Mia were in the park. He had a kite.", '"he" means nobody'),
        ("One day, Zoe and Tom were in the park. It broke.", None),
        ("Zirmo was a little boy. She had a kite.", '"she" means nobody'),
        ("Zirmo was a little boy. Zirmo was a kind girl.", "Zirmo is called a girl, but is a boy"),
        ("Zoe was a little girl. They went to the park.", '"they" means 1 people, but should mean two'),
        ("Zoe had a kite. Zoe was glad because he had the kite.", None),
    ],
)
def test_pronouns_must_mean_one_person(text, message):
    found = storyworld.check(text)
    assert found
    assert message is None or message in [problem.message for problem in found]


def test_a_pronoun_may_tell_the_gender_of_a_name_that_nobody_knows():
    told = "One day, Zirmo and Zoe met in the park. Zoe had a kite. {} gave it to Zirmo. {} was happy."
    assert kinds(told.format("She", "Zirmo")) == []
    story = "One day, Zirmo and Tom met in the park. Zirmo had a kite. She lost it in the park. {} was sad."
    assert kinds(story.format("She")) == []
    assert kinds(story.format("He")) == ["pronoun"]


def test_a_sentence_that_cannot_be_read_does_not_stop_the_reading():
    text = f"{BEGINNING} Blah blah. Tom gave the kite to Zoe. Who has the kite? Tom has it."
    assert kinds(text) == ["grammar", "owner"]


def test_a_text_that_was_cut_off_has_its_last_sentence_reported():
    assert kinds(f"{BEGINNING} Tom gave the") == ["grammar"]


@given(text=st.text(max_size=200))
def test_any_text_at_all_can_be_checked(text):
    assert len(storyworld.split_sentences(text)) == 0 or storyworld.check(text)


def test_an_empty_text_has_nothing_wrong():
    assert storyworld.check("") == []


def test_a_problem_reads_as_a_sentence():
    problem = storyworld.check(f"{BEGINNING} Zoe gave the kite to Tom.")[0]
    assert str(problem) == "sentence 2, owner: Zoe does not have the kite: Tom has it"
