"""Tasks: labelled texts made of stories. The label is known, since the story's world knows it."""

from collections.abc import Collection, Iterator
from itertools import count, cycle, islice

from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import FEELINGS
from lmkit.text.storyworld.pairs import Pair, pairs_of
from lmkit.text.storyworld.patterns import INTENTS
from lmkit.text.storyworld.story import Story
from lmkit.text.storyworld.swapping import swap
from lmkit.text.storyworld.telling import tell

HELD_OUT = ("cheerful", "calm", "angry", "lonely")  # feelings to keep out of training, for a test on unseen words


def sentiment(
    n: int,
    split: str = "train",
    *,
    without: Collection[str] = (),
    only: Collection[str] = (),
    copies: int = 0,
    seed: int = 0,
) -> Labelled:
    """Label n stories by how they end: "bad" or "good". No question follows their ends.

    Args:
        without: feelings that no story may name.
        only: feelings of which each story must name one last; any unless given.
        copies: how often each story comes again, with other names and other things. Its label stays.
        seed: draws the copies.

    Raises:
        ValueError: there is no such split or feeling, or no feeling is left.
    """
    _check_feelings(without, only)
    dice = Dice(seed)
    texts, labels = [], []
    for story in islice(_told(split, without, only), n):
        versions = [_narrative(story), *(swap(story, dice) for _ in range(copies))]
        texts += versions
        labels += [int(story.ends_well)] * len(versions)
    return Labelled(texts, labels, ["bad", "good"])


def intents(n: int, split: str = "train") -> Labelled:
    """Label n sentences in which somebody speaks by what the speaker intends, such as "request".

    Raises:
        ValueError: there is no such split.
    """
    spoken = islice((s for seed in count() for s in tell(seed, split).narrative if s.intent), n)
    texts, labels = zip(*((sentence.text, INTENTS.index(sentence.intent)) for sentence in spoken), strict=True)
    return Labelled(list(texts), list(labels), list(INTENTS))


def answers(n: int, split: str = "train") -> Labelled:
    """Label n stories, each with a question and an answer, by whether the answer is "wrong" or "right": in turn.

    The question is who has a thing in the end. A wrong answer names somebody who had it before, or else somebody else
    of the story.

    Raises:
        ValueError: there is no such split.
    """
    texts, labels = [], []
    for (_, pair), label in zip(islice(_asked(split), n), cycle([1, 0]), strict=False):
        texts.append(f"{pair.context}{pair.right if label else pair.wrong} has it.")
        labels.append(label)
    return Labelled(texts, labels, ["wrong", "right"])


def holders(n: int, split: str = "train", *, changed_hands: bool = False) -> Labelled:
    """Label n stories, each with a question who has a thing in the end, by whether that is a "girl" or a "boy".

    Who else might be thought to have it is of the other gender: somebody who had it before, or else somebody else of
    the story. So the story must be read.

    Args:
        changed_hands: only things that a person of the other gender had before.

    Raises:
        ValueError: there is no such split.
    """
    genders = ["girl", "boy"]
    texts, labels = [], []
    for story, pair in _asked(split):
        holder, other = (story.person(name.strip()).gender for name in (pair.right, pair.wrong))
        if len(texts) == n:
            break
        if holder != other and (pair.marks["wrong_had_it"] or not changed_hands):
            texts.append(pair.context)
            labels.append(genders.index(holder))
    return Labelled(texts, labels, genders)


def _asked(split: str) -> Iterator[tuple[Story, Pair]]:
    """Ask of each story once who has a thing, if it leaves somebody with one, and somebody else without."""
    for seed in count():
        story = tell(seed, split)
        yield from ((story, pair) for pair in pairs_of("possession", story)[:1])


def _told(split: str, without: Collection[str], only: Collection[str]) -> Iterator[Story]:
    for seed in count():
        story = tell(seed, split)
        feelings = [s.event.roles["feeling"] for s in story.narrative if "feeling" in s.event.roles]
        if not set(feelings) & set(without) and (not only or feelings[-1] in only):
            yield story


def _narrative(story: Story) -> str:
    return " ".join(sentence.text for sentence in story.narrative)


def _check_feelings(without: Collection[str], only: Collection[str]) -> None:
    if unknown := sorted({*without, *only} - set(FEELINGS)):
        raise ValueError(f"{unknown[0]!r} is no feeling of Storyworld; there are: {', '.join(FEELINGS)}")
    if not set(only or FEELINGS) - set(without):
        raise ValueError("no feeling is left for a story to end with: take some out of without")
