"""Can `book` be taught to tell a story in one line, and does ROUGE see whether the line is true?

Three draws of 1,000 stories, each with its summary, from each of which `book` learns by instruction tuning: the story
is what the user says, the line is the answer. Beside it stand what needs no model: the first sentence of a story, and
the last. Counted on 200 stories of the test split are lines that are right to the letter, lines whose deed is, and
lines whose ending is; and ROUGE-1, ROUGE-2 and ROUGE-L, by rapidrouge, which counts as rouge-score does.

The metric itself is tested as well, on lines that are wrong on purpose: each right summary with its ending turned
round, with its two names changed for each other, and with its words shuffled.

Expected, before it ran: four of ten lines right to the letter; the ending in nine of ten; the last sentence better
than the first. The turned endings get a ROUGE-L above .85, more than any model gets.

A minute and a half of one core.
"""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from statistics import mean, stdev

import torch

from lmkit.experiments.finetuning import SEEDS
from lmkit.experiments.instructions import chat_of
from lmkit.learning import instruct, training
from lmkit.learning.instruct import MARKS, Chat
from lmkit.learning.training import TrainingConfig
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld.instructing import told
from lmkit.text.storyworld.story import Story

N_TRAIN, N_TEST, STEPS, RATE = 1000, 200, 300, 1e-3
CHARACTERS = 350  # of a story: longer ones are left out, to save time
LONGEST = 40  # tokens of a line
KINDS = ("rouge1", "rouge2", "rougeL")


def run() -> dict:
    """Score what is lazy and what is wrong on purpose, then train on each draw, and score what it writes."""
    torch.set_num_threads(1)
    book, test = load("book"), list(islice(short("test"), N_TEST))
    lazy = {name: score([lines(story) for story in test], test) for name, lines in LAZY.items()}
    dice = random.Random(0)
    wrong = {name: score_wrong(test, lambda story, spoil=spoil: spoil(story, dice)) for name, spoil in WRONG.items()}
    runs = []
    for seed in SEEDS:
        model, chat = train(book, seed), chat_of(book)
        runs.append({"seed": seed, **score(write(model, chat, test), test)})
        print(runs[-1], flush=True)
    return {"stories": N_TEST, "lazy": lazy, "wrong on purpose": wrong, "runs": runs}


def short(split: str) -> Iterator[Story]:
    """Give the stories of a split that are not too long."""
    return (story for story in storyworld.stories(split) if len(told(story)) <= CHARACTERS)


def train(book: Pretrained, seed: int) -> Transformer:
    """Tune a grown copy of `book` on stories of its own draw."""
    stories = islice(short("train"), N_TRAIN * seed, N_TRAIN * (seed + 1))
    rows = instruct.rows(chat_of(book), [[told(story), story.summary] for story in stories])
    model = instruct.grow(book.model, len(MARKS))
    config = TrainingConfig(
        steps=STEPS, learning_rate=RATE, warmup_steps=20, evaluate_every=10 * STEPS, precision="auto", seed=seed
    )
    training.fit(model, rows, rows[:8], config, objective=instruct.answers, show=False)
    return model


def write(model: Transformer, chat: Chat, stories: Sequence[Story]) -> list[str]:
    """Let it tell each story in one line, the most probable token each time."""
    return instruct.reply(model, chat, [[told(story)] for story in stories], LONGEST)


# --- What needs no model, and what is wrong on purpose. ---

LAZY: dict[str, Callable[[Story], str]] = {
    "first sentence": lambda story: story.narrative[0].text,
    "last sentence": lambda story: story.narrative[-1].text,
}


def turn_ending(story: Story, dice: random.Random) -> str:
    """Say happy for sad, and sad for happy."""
    return re.sub(r"\b(happy|sad)\.$", lambda word: {"happy.": "sad.", "sad.": "happy."}[word[0]], story.summary)


def change_names(story: Story, dice: random.Random) -> str:
    """Put each of two people where the other was."""
    names = [person.name for person in story.people if person.name in story.summary]
    if len(names) != 2:
        return story.summary
    other = dict(zip(names, reversed(names), strict=True))
    return re.sub("|".join(names), lambda name: other[name[0]], story.summary)


def shuffle(story: Story, dice: random.Random) -> str:
    """Put the words in any order."""
    words = story.summary.split()
    dice.shuffle(words)
    return " ".join(words)


WRONG: dict[str, Callable[[Story, random.Random], str]] = {
    "ending turned": turn_ending,
    "names changed": change_names,
    "words shuffled": shuffle,
}


def score_wrong(stories: Iterable[Story], spoil: Callable[[Story], str]) -> dict:
    """Score lines that were spoiled, of the stories where that changes anything."""
    spoiled = [(spoil(story), story) for story in stories]
    changed = [(line, story) for line, story in spoiled if line != story.summary]
    return score(*map(list, zip(*changed, strict=True)))


# --- What a line is worth. ---


def score(lines: Sequence[str], stories: Sequence[Story]) -> dict:
    """Count what is right, and give the mean ROUGE of the lines, each with its standard error."""
    from rapidrouge.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(KINDS))
    found = [scorer.score(story.summary, line) for line, story in zip(lines, stories, strict=True)]
    rouge = {kind: [each[kind].fmeasure for each in found] for kind in KINDS}
    parts = [(_parts(line), _parts(story.summary)) for line, story in zip(lines, stories, strict=True)]
    return {
        "n": len(lines),
        "exact": sum(line == right for line, right in parts),
        "deed": sum(line[0] == right[0] for line, right in parts),
        "ending": sum(line[1] == right[1] for line, right in parts),
        **{kind: [round(mean(each), 4), round(stdev(each) / len(each) ** 0.5, 4)] for kind, each in rouge.items()},
    }


def _parts(line: str) -> tuple[str, str]:
    """Part a line into what was done, and how it ended."""
    deed, _, ending = line.rpartition(", and ")
    return deed, ending
