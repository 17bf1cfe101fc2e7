"""Instructions: what a user may say to a model about a story, or to have one, and whether the answer does what it says.

Six kinds show a story and ask, in words that no story holds. The seventh, "write", shows none and wishes for one. What
is right is always known: by the story's world, or by playing back what was written. `dialogues` puts several into one.
"""

import re
from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import NamedTuple

from lmkit.text.storyworld.checking import replay
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.english import with_a
from lmkit.text.storyworld.lexicon import GENDER
from lmkit.text.storyworld.story import Story
from lmkit.text.storyworld.telling import tell

CHARACTERS = 260  # of a story: longer ones are left out, to save time
SEEDS_A_DIALOGUE = 16  # more than enough, since most stories are too long
TURNS = 5  # of a dialogue, at the most


class Wish(NamedTuple):
    """What a story shall have: somebody, a thing, and whether it ends well for that person."""

    name: str
    noun: str
    ends_well: bool


class Instruction(NamedTuple):
    """What a user says, and a right answer. Of `wish`, which only "write" has, every story is right that fulfils it."""

    kind: str
    text: str
    answer: str
    wish: Wish | None = None


def instructions(kind: str, n: int, split: str = "train") -> list[Instruction]:
    """Make n instructions of one kind, each from another story of a split: the first ones that allow it.

    Args:
        kind: "who", "where", "many" (each asks for one word), "ending" (yes or no), "everybody" (names), "line" (the
            story in one sentence) or "write" (a story that fulfils a wish).

    Raises:
        ValueError: there is no such kind or split.
    """
    if kind not in MAKERS:
        raise ValueError(f"there are no instructions of kind {kind!r}; choose one of {', '.join(MAKERS)}")
    made = ((story, MAKERS[kind](story, Dice(story.seed))) for story in _short(split))
    return list(islice((_shown(story, asked) for story, asked in made if asked), n))


def dialogues(n: int, split: str = "train", seed: int = 0) -> list[list[str]]:
    """Make n dialogues about n stories: what the user says and what is answered, in turn.

    One begins with a story and a question, the next with a wish for a story and the story itself. Up to four more
    questions follow.

    Args:
        seed: other seeds take other stories.

    Raises:
        ValueError: there is no such split.
    """
    stories = _short(split, SEEDS_A_DIALOGUE * n * seed)
    wished = (each for story in stories if (each := _dialogue(story, wishes=True)))
    asked = (_dialogue(story, wishes=False) for story in stories)
    return [next(wished if number % 2 else asked) for number in range(n)]


def follows(instruction: Instruction, answer: str) -> bool:
    """Say whether an answer does what the instruction says: to the letter, or, with a wish, as `fulfils` tells it."""
    if instruction.wish is not None:
        return fulfils(instruction.wish, answer)
    return answer.strip() == instruction.answer


def fulfils(wish: Wish, text: str) -> bool:
    """Say whether a text is a story without any error, has the person and the thing, and ends as wished.

    How it ends is how the person must feel by what last happened to them. To whom nothing happened, it did not end.
    """
    world, problems = replay(text)
    if problems or wish.name not in world.cause or not re.search(rf"\b{wish.noun}\b", text):
        return False
    return world.is_well(wish.name) == wish.ends_well


def told(story: Story) -> str:
    """Give the text of a story without the questions after its end."""
    return " ".join(sentence.text for sentence in story.narrative)


def _short(split: str, first: int = 0) -> Iterator[Story]:
    stories = (tell(seed, split) for seed in count(first))
    return (story for story in stories if len(told(story)) <= CHARACTERS)


def _shown(story: Story, asked: Instruction) -> Instruction:
    """Put the story before what is asked about it."""
    return asked if asked.wish else asked._replace(text=f"{told(story)} {asked.text}")


def _dialogue(story: Story, wishes: bool) -> list[str]:
    """Put questions after a story, or after the wish for it and the story: nothing where it cannot be wished for."""
    dice = Dice(story.seed)
    first = MAKERS["write"](story, dice) if wishes else None
    if wishes and first is None:
        return []
    asked = [MAKERS[kind](story, dice) for kind in dice.sample(ABOUT, len(ABOUT))]
    asked = [each for each in [first, *asked] if each][:TURNS]
    turns = [words for each in asked for words in (each.text, each.answer)]
    return turns if wishes else [f"{told(story)} {turns[0]}", *turns[1:]]


# --- How each kind asks; None where a story does not allow it. ---

Make = Callable[[Story, Dice], Instruction | None]


def _one_word(kind: str, of: str, place: int) -> Make:
    """Ask a question of Storyworld for a single word of its answer."""

    def make(story: Story, dice: Dice) -> Instruction | None:
        questions = [question for question in story.questions if question.kind == of]
        if not questions:
            return None
        question = dice.choose(questions)
        asked = question.text[0].lower() + question.text[1:]
        return Instruction(kind, f"In one word: {asked}", question.answer.split()[place].strip("."))

    return make


def _ending(story: Story, dice: Dice) -> Instruction:
    return Instruction("ending", "Does it end well?", "Yes" if story.ends_well else "No")


def _everybody(story: Story, dice: Dice) -> Instruction:
    places = {person.name: re.search(rf"\b{person.name}\b", told(story)) for person in story.people}
    named = sorted((found.start(), name) for name, found in places.items() if found)
    return Instruction("everybody", "Name everybody.", ", ".join(name for _, name in named))


def _line(story: Story, dice: Dice) -> Instruction:
    return Instruction("line", "Tell it in one line.", story.summary)


def _write(story: Story, dice: Dice) -> Instruction | None:
    """Wish for a hero whose name all know, so that requests are about equally long, and a thing that somebody had."""
    if story.hero not in GENDER or not story.world.holder:
        return None
    wish = Wish(story.hero, dice.choose(list(story.world.holder)), story.ends_well)
    return Instruction("write", ask_for(wish), told(story), wish) if fulfils(wish, told(story)) else None


def ask_for(wish: Wish) -> str:
    """Put a wish into words."""
    return f"Write a story with {wish.name} and {with_a(wish.noun)} that ends {'well' if wish.ends_well else 'badly'}."


MAKERS: dict[str, Make] = {
    "who": _one_word("who", "has", 0),
    "where": _one_word("where", "where", -1),
    "many": _one_word("many", "many", -1),
    "ending": _ending,
    "everybody": _everybody,
    "line": _line,
    "write": _write,
}
ABOUT = tuple(kind for kind in MAKERS if kind != "write")  # a story that is there
