"""What is a text worth? The same small model, as many steps, and seven collections of stories to read them from.

Eight thousand stories, of which no step reads one twice in this budget but by chance; a thousand, and a hundred, read
again and again; eight thousand of which every other one is one of the same twenty; eight thousand of which three in ten
have their words shuffled, and the same with those taken out again by the judge of Storyworld; and eight thousand among
which the test stories are hidden twenty times. Each is measured on 200 stories that nobody has read, the last on the
leaked ones too. It takes about 3 minutes of one core.

Written before it ran: a thousand stories, read twice, cost less than 0.05 nats, a hundred several tenths; copies
that crowd out half of the text cost more than noise that crowds out a third; the filter gives back most of what the
noise took; the leaked stories look better by some tenths, and the unread ones gain nothing.
"""

import random

import torch
from torch import Tensor

from lmkit.experiments.scaling import build, plan
from lmkit.learning.training import evaluate, fit
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld, tokenizer

D_MODEL, STEPS = 32, 200
SEEDS = (0, 1, 2)
N_STORIES, N_TEST = 8_000, 200
NOISY_SHARE, COPIES_OF_TEST = 0.3, 20


def shuffled(text: str, dice: random.Random) -> str:
    """Put the words of a story in any order: each word is right, and no sentence is."""
    words = text.split()
    dice.shuffle(words)
    return " ".join(words)


def collections(stories: list[str], test: list[str]) -> dict[str, list[str]]:
    """Make the seven collections."""
    dice = random.Random(0)
    noisy = [shuffled(text, dice) if dice.random() < NOISY_SHARE else text for text in stories]
    half_copies = [dice.choice(stories[:20]) if place % 2 else text for place, text in enumerate(stories)]
    leaked = [*stories, *test * COPIES_OF_TEST]
    dice.shuffle(leaked)
    return {
        "8,000 stories": stories,
        "1,000 stories": stories[:1000],
        "100 stories": stories[:100],
        "every other one of the same 20": half_copies,
        "3 in 10 shuffled": noisy,
        "the same, filtered": [text for text in noisy if passes(text)],
        "test stories leaked in": leaked,
    }


def passes(text: str) -> bool:
    """Keep a story of which every sentence can be read."""
    return all(problem.kind != "grammar" for problem in storyworld.check(text))


def tokens_of(texts: list[str], its_tokenizer: tokenizer.Tokenizer) -> Tensor:
    """Put texts one after the other, each after the token that starts a story."""
    fast = tokenizer.to_fast(its_tokenizer)
    return torch.tensor([i for encoded in fast.encode_batch(texts) for i in (0, *encoded.ids)])


def run() -> dict:
    """Train on each collection from each seed, and measure."""
    torch.set_num_threads(1)
    its_tokenizer = load("tiny").tokenizer.tokenizer
    stories = [story.text for story in storyworld.stories("train", N_STORIES)]
    held_out = [story.text for story in storyworld.stories("test", 2 * N_TEST)]
    leaked, unread = (tokens_of(texts, its_tokenizer) for texts in (held_out[:N_TEST], held_out[N_TEST:]))
    found = {}
    for name, texts in collections(stories, held_out[:N_TEST]).items():
        train = tokens_of(texts, its_tokenizer)
        runs = [_losses(train, leaked, unread, seed) for seed in SEEDS]
        found[name] = {"stories": len(texts), "tokens": len(train), "unread": [one for one, _ in runs]}
        found[name]["leaked"] = [other for _, other in runs]
        print(name, found[name], flush=True)
    return {"steps": STEPS, "tokens_a_step": 1024, "collections": found}


def _losses(train: Tensor, leaked: Tensor, unread: Tensor, seed: int) -> tuple[float, float]:
    model, config = build(D_MODEL, seed), plan(D_MODEL, STEPS, seed)
    fit(model, train, unread, config, show=False)
    return round(evaluate(model, unread, config), 4), round(evaluate(model, leaked, config), 4)
