"""The judge of generated text: is each sentence a sentence, and does the story agree with its own world?"""

from typing import NamedTuple

from lmkit.text.storyworld.parsing import parse, split_sentences
from lmkit.text.storyworld.reading import Reader
from lmkit.text.storyworld.rules import happen
from lmkit.text.storyworld.world import World

ASKED = ("ask_", "tell_")  # with these begin the kinds of questions, and of their answers


class Problem(NamedTuple):
    """Something wrong in a text.

    Attributes:
        sentence: the number of the sentence, from 0.
        kind: what sort of thing is wrong.
            Language: "grammar" (not a sentence of Storyworld), "agreement", "article", "number", "pronoun".
            World: "stranger" (a name that nobody introduced), "self", "owner", "thing", "place", "count",
            "broken", "feeling", "reason", "answer".
    """

    sentence: int
    kind: str
    message: str

    def __str__(self) -> str:
        return f"sentence {self.sentence}, {self.kind}: {self.message}"


def check(text: str) -> list[Problem]:
    """List everything that is wrong with an English text, as a story of this world. An empty list is perfect.

    Each event happens in a world that starts empty. A sentence that cannot be read or understood is reported
    and does not happen; the others are still held together.
    """
    return replay(text)[1]


def replay(text: str) -> tuple[World, list[Problem]]:
    """Let everything that an English text tells happen, and give the world after it, with what `check` lists."""
    world, problems, _ = _replay(text)
    return world, problems


def ends_well(text: str) -> bool | None:
    """Say how a story ends, from its words alone: whether what last happened to the one who felt last was good.

    Questions after its end, and their answers, are no part of it. None where nobody feels anything.
    """
    world, _, felt_last = _replay(text)
    return None if felt_last is None else world.is_well(felt_last)


def _replay(text: str) -> tuple[World, list[Problem], str | None]:
    """Give the world, the problems, and whose feeling was told last."""
    world, reader = World(), Reader()
    problems, felt_last = [], None
    for number, sentence in enumerate(split_sentences(text)):
        parsed = parse(sentence)
        if parsed is None:
            problems.append(Problem(number, "grammar", f"Storyworld cannot say: {sentence}"))
            continue
        event = reader.understand(parsed)
        wrong = reader.problems or happen(world, event)
        problems += [Problem(number, kind, message) for kind, message in wrong]
        if "feeling" in event.roles and not event.kind.startswith(ASKED):
            felt_last = event.roles["who"]
    return world, problems, felt_last
