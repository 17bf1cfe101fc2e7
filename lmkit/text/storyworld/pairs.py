"""Minimal pairs: one beginning, a right and a wrong next word. A model that knows prefers the right one."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from lmkit.text.storyworld.discourse import PRONOUNS, Discourse
from lmkit.text.storyworld.english import PEOPLE, Mention
from lmkit.text.storyworld.story import Sentence, Story, say
from lmkit.text.storyworld.telling import stories
from lmkit.text.storyworld.world import Event, Thing


class Pair(NamedTuple):
    """One choice. Both words begin with the space that parts them from the context.

    Attributes:
        marks: what makes it hard.
            agreement: "attractor" (bool), "distance" (words between noun and verb).
            antecedent: "distance" (sentences back: 0 or 1), "made_up" (bool, the gender was told, not known).
            possession: "transfers" (how often the thing changed hands), "wrong_had_it" (bool).
        after: the rest of the sentence, for a model that sees both sides.
    """

    context: str
    right: str
    wrong: str
    marks: dict[str, int | bool]
    after: str = ""


def minimal_pairs(kind: str, n: int, split: str = "test") -> list[Pair]:
    """Collect n minimal pairs from the stories of a split.

    What splits keep apart is the ordered pair of leading characters, and with it the story: see `telling`.

    Args:
        kind: "agreement" (was or were), "antecedent" (she or he) or "possession" (who has it).

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in MAKERS:
        raise ValueError(f"there are no pairs of kind {kind!r}; choose one of {', '.join(MAKERS)}")
    return list(islice((pair for story in stories(split) for pair in pairs_of(kind, story)), n))


def pairs_of(kind: str, story: Story) -> list[Pair]:
    """List the minimal pairs of one story. The kinds are those of `minimal_pairs`."""
    return list(MAKERS[kind](story))


def _agreement(story: Story) -> Iterator[Pair]:
    for site in story.agreements:
        wrong = " was" if site.verb == "were" else " were"
        marks = {"attractor": site.attractor, "distance": site.distance}
        after = story.sentences[site.sentence].text[site.end :]
        yield Pair(_before(story, site.sentence, site.start), f" {site.verb}", wrong, marks, after)


def _antecedent(story: Story) -> Iterator[Pair]:
    """Take the pronouns where nobody of the other gender could be meant."""
    discourse = Discourse()
    discourse.gender.update(story.sentences[0].gender)
    for number, sentence in enumerate(story.sentences):
        for mention in sentence.mentions:
            if mention.role in PEOPLE and mention.manner == "pronoun" and mention.start > 0:
                yield from _pronoun_pair(story, number, mention, discourse)
            _notice(sentence, mention, discourse)
        discourse.end_sentence()


def _pronoun_pair(story: Story, number: int, mention: Mention, discourse: Discourse) -> Iterator[Pair]:
    person = story.person(story.sentences[number].event.roles[mention.role])
    other = "boy" if person.gender == "girl" else "girl"
    if discourse.candidates(other, mention.form):
        return
    marks = {"distance": 0 if discourse.seen(person.name) else 1, "made_up": person.made_up}
    wrong = PRONOUNS[other][mention.form]
    after = story.sentences[number].text[mention.end :]
    yield Pair(_before(story, number, mention.start), f" {mention.text}", f" {wrong}", marks, after)


def _notice(sentence: Sentence, mention: Mention, discourse: Discourse) -> None:
    roles = sentence.event.roles
    for role in ("who", "whom") if mention.role == "both" else (mention.role,):
        if role in PEOPLE:
            discourse.mention(roles[role], "" if mention.role == "both" else mention.form)


def _possession(story: Story) -> Iterator[Pair]:
    """Ask after the end who has a thing; the wrong answer is somebody who had it, or else somebody there."""
    told = story.narrative
    for noun, holder in story.world.holder.items():
        had = list(dict.fromkeys(s.holder[noun] for s in told if s.holder.get(noun)))
        others = [who for who in [*reversed(had), *story.world.people] if who != holder]
        if holder and others:
            question, _ = say(Event("ask_has", {"thing": Thing(noun)}), {})
            context = " ".join([*(s.text for s in told), question])
            changes = sum(
                a.holder.get(noun) != b.holder.get(noun) for a, b in zip(told, told[1:], strict=False)
            )
            marks = {"transfers": changes - 1, "wrong_had_it": others[0] in had}
            yield Pair(context, f" {holder}", f" {others[0]}", marks, " has it.")


def _before(story: Story, number: int, start: int) -> str:
    """Give the text before a place in a sentence, without the space before the word."""
    sentences = [sentence.text for sentence in story.sentences[:number]]
    return " ".join([*sentences, story.sentences[number].text[:start]]).rstrip(" ")


MAKERS: dict[str, Callable[[Story], Iterator[Pair]]] = {
    "agreement": _agreement,
    "antecedent": _antecedent,
    "possession": _possession,
}
