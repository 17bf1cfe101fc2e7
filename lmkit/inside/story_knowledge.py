"""Measures: what a model knows about Storyworld, asked by the truth that stories carry. Cards are made of these.

All of them read held-out stories, which share no ordered pair of leading characters with training, or what the model
writes itself.
"""

import math
import re
from collections.abc import Iterable
from functools import cache
from itertools import islice
from statistics import mean

import torch

from lmkit.inside.scoring import Encode, accuracy, costs_of_name, in_the_gap, left_only, whole_sentence
from lmkit.model import generation, sampling
from lmkit.model.transformer import Transformer
from lmkit.text import storyworld
from lmkit.text.storyworld.lexicon import BOYS, GENDER, GIRLS
from lmkit.text.storyworld.names import NEVER_TOLD
from lmkit.text.storyworld.story import Story
from lmkit.text.tokenizer import Tokenizer

KINDS = ("agreement", "attractor agreement", "antecedent", "possession")
KNOWN = dict.fromkeys((*tuple(GIRLS)[:6], *tuple(BOYS)[:6]))  # as many known names as never told ones


def encode_with(tokenizer: Tokenizer) -> Encode:
    """Make of a tokenizer what reads a text for one of the book's models: the mark of a story, then the text."""
    return lambda text: torch.tensor([[0, *tokenizer.encode(text)]])


# --- Minimal pairs. ---


@cache
def pairs_of(kind: str, n: int) -> tuple[storyworld.Pair, ...]:
    """Collect n held-out minimal pairs. Those of "attractor agreement" have a noun of the other number in between."""
    if kind != "attractor agreement":
        return tuple(storyworld.minimal_pairs(kind, n))
    some = storyworld.minimal_pairs("agreement", 4 * n)  # more than a quarter of them have an attractor
    return tuple(pair for pair in some if pair.marks["attractor"])[:n]


def knowledge(model: Transformer, encode: Encode, n: int, sees_all: bool = False) -> dict[str, float]:
    """Give the share of n minimal pairs of each kind in which a model prefers the right word.

    Args:
        sees_all: whether a causal model is shown the rest of the sentence too, as a masked one always is.
    """
    causal = whole_sentence if sees_all else left_only
    score = causal if model.config.causal else in_the_gap
    return {kind: round(accuracy(model, encode, pairs_of(kind, n), score), 3) for kind in KINDS}


# --- Names that a reader types. ---

TOLD_OF = (  # in the words of Storyworld
    "One day, a {child} called {name} met a boy called Paul in the park. {name} had a red kite. Paul liked it very "
    "much. {name} gave the kite to Paul. Paul was happy because {name} had given him the kite.",
    "There was once a {child} called {name}. {name} had a friend, a girl called Nina. One day, {name} and Nina were by "
    "the river. Nina had a book. Nina lost the book by the river. {name} found the book by the river. {name} gave it "
    "back to Nina.",
    "A girl named Yuki and a {child} named {name} were at the school. {name} had a drum. Yuki took it from {name}. "
    "{name} was angry because Yuki had taken the drum. Then {name} went home. Who has the drum? Yuki has it.",
)


def renamed(story: Story, name: str) -> str:
    """Tell a story of somebody else: its hero has another name."""
    return re.sub(rf"\b{story.hero}\b", name, story.text)


def heroes_to_rename(gender: str, n: int) -> list[Story]:
    """Collect n held-out stories of a hero with a made-up name. Such stories always tell the gender."""
    heroes = ((story, story.person(story.hero)) for story in storyworld.stories("test"))
    return list(islice((story for story, hero in heroes if hero.made_up and hero.gender == gender), n))


def cost_of_names(model: Transformer, encode: Encode, names: Iterable[str], n: int = 10) -> dict[str, float]:
    """Give the mean cost of the later mentions of names, in nats a mention: in fixed texts, and in n held-out stories.

    The stories are told with each name in the place of a made-up one.
    """
    costs: dict[str, list[float]] = {"texts": [], "stories": []}
    stories = {gender: heroes_to_rename(gender, n) for gender in ("girl", "boy")}
    for name in names:
        gender = (NEVER_TOLD | GENDER)[name]
        for text in TOLD_OF:
            costs["texts"] += costs_of_name(model, encode, text.format(name=name, child=gender), name)
        for story in stories[gender]:
            if name not in story.text:
                costs["stories"] += costs_of_name(model, encode, renamed(story, name), name)
    return {where: round(mean(values), 2) for where, values in costs.items()}


# --- What it writes. ---


def write_stories(model: Transformer, tokenizer: Tokenizer, n: int, temperature: float = 0.8) -> list[str]:
    """Have a model write n stories from nothing. What is not at its end after 250 tokens is cut after a sentence."""
    choose = sampling.Sample(temperature=temperature, generator=torch.Generator().manual_seed(0))
    rows = generation.generate(model, torch.zeros(n, 1, dtype=torch.long), 250, choose, end_token=0)
    texts = []
    for row in rows[:, 1:].tolist():
        text = tokenizer.decode(row[: row.index(0)] if 0 in row else row)
        texts.append(text if 0 in row else " ".join(storyworld.split_sentences(text)[:-1]))
    return texts


def go_on(model: Transformer, tokenizer: Tokenizer, beginning: str, n_tokens: int = 100) -> str:
    """Let a model go on with a story, by chance but always the same: the beginning and what follows, to its end."""
    choose = sampling.Sample(temperature=0.8, generator=torch.Generator().manual_seed(1))
    prompt = encode_with(tokenizer)(beginning)[0]
    new = generation.stream(model, prompt, n_tokens, choose, end_token=0)
    return tokenizer.decode(token for token in (*prompt.tolist(), *new) if token != 0)


def judged(stories: Iterable[str]) -> dict[str, float]:
    """Judge stories: the share of sentences in the grammar, of stories all in it, and of stories with nothing wrong."""
    stories = list(stories)
    parses = [[storyworld.parse(one) is not None for one in storyworld.split_sentences(text)] for text in stories]
    return {
        "sentences that parse": _share(ok for story in parses for ok in story),
        "stories that parse": _share(bool(story) and all(story) for story in parses),
        "stories without a mistake": _share(text != "" and not storyworld.check(text) for text in stories),
    }


def _share(results: Iterable[bool]) -> float:
    results = list(results)
    return round(sum(results) / len(results), 3)


# --- Loss. ---


def bits_per_character(nats: float, tokenizer: Tokenizer, n: int = 500) -> float:
    r"""Turn a loss a token into bits a character of held-out stories: $L\,n_{tokens} / (n_{characters} \ln 2)$."""
    texts = [story.text for story in storyworld.stories("validation", n)]
    n_tokens = sum(1 + len(tokenizer.encode(text)) for text in texts)  # the mark of a story is predicted too
    return nats * n_tokens / (sum(map(len, texts)) * math.log(2))
