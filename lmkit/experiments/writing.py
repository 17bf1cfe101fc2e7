"""What does `book` write, when its tokens are chosen in one way or another?

Each way goes on with the same 100 openings of held-out stories, 12 tokens each, for at most 120 tokens. Beside them
stand the stories as they were told. Ways that draw are run with three seeds. It takes some three minutes.

Measured is how probable the model itself finds what was written (nats a token, at temperature 1), how varied it is (the
share of different ones among all runs of four words), how much is said twice (the share of sentences that stood in the
same text already), and what Storyworld says of it: sentences that parse, stories with nothing wrong.

Expected before the first run: greedy and beam search write what is most probable and least varied, and say more twice
than the stories do; temperature 1 comes nearest to the stories in how probable and how varied it is, and makes the most
mistakes; top-p and min-p lie between; a repetition penalty ruins the sentences, since names must come again; with the
grammar every sentence parses, and stories with nothing wrong stay far from all.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from statistics import mean

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.inside.scoring import costs
from lmkit.model.beam import beam_search
from lmkit.model.generation import generate
from lmkit.model.sampling import Adjust, Choose, Sample, allowed_only, greedy, penalized
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld

N, OPENING, LONGEST = 100, 12, 120
SEEDS = (0, 1, 2)
END = 0
DRAWN = {  # ways that draw, each once a seed
    "temperature 0.5": dict(temperature=0.5),
    "temperature 1": dict(),
    "temperature 1.5": dict(temperature=1.5),
    "top-k 10": dict(top_k=10),
    "top-p 0.9": dict(top_p=0.9),
    "min-p 0.1": dict(min_p=0.1),
    "temperature 1.5, min-p 0.1": dict(temperature=1.5, min_p=0.1),
}
BEAMS = (4,)
PENALTIES = (1.2,)


def run() -> dict:
    """Write in every way, and measure what was written."""
    torch.set_num_threads(1)
    book = load("book")
    stories = [book.encode(story.text)[0] for story in islice(storyworld.stories("test"), N)]
    openings = torch.stack([story[:OPENING] for story in stories])
    grammar = partial(allowed_only, allowed=storyworld.Grammar(book.tokenizer.tokenizer.tokens).allowed)
    found = {"the stories": [measure(book, openings, [story[OPENING:].tolist() for story in stories])]}
    found["greedy"] = [measure(book, openings, write(book, openings, greedy))]
    for penalty in PENALTIES:
        rule = partial(penalized, penalty=penalty)
        found[f"greedy, penalty {penalty}"] = [measure(book, openings, write(book, openings, greedy, rule))]
    for n_beams in BEAMS:
        found[f"{n_beams} beams"] = [measure(book, openings, search(book, openings, n_beams))]
    for name, options in DRAWN.items():
        found[name] = [measure(book, openings, write(book, openings, draw(seed, **options))) for seed in SEEDS]
        if "min-p 0.1" not in name and name.startswith("temperature 1"):
            texts = [write(book, openings, draw(seed, **options), grammar) for seed in SEEDS]
            found[f"{name}, grammar"] = [measure(book, openings, each) for each in texts]
    return {"openings": N, "ways": found}


def draw(seed: int, **options) -> Sample:
    """Make a way to draw, with its seed."""
    return Sample(generator=torch.Generator().manual_seed(seed), **options)


def write(
    book: Pretrained, openings: Int[Tensor, "text opening"], choose: Choose, adjust: Adjust | None = None
) -> list[list[int]]:
    """Go on with each opening: the new tokens up to the mark that ends a story."""
    rows = generate(book.model, openings, LONGEST, choose, adjust=adjust, end_token=END)[:, OPENING:].tolist()
    return [row[: row.index(END)] if END in row else row for row in rows]


def search(book: Pretrained, openings: Int[Tensor, "text opening"], n_beams: int) -> list[list[int]]:
    """Go on with each opening by beam search."""
    best = [beam_search(book.model, opening, LONGEST, n_beams, end_token=END)[0].tokens for opening in openings]
    return [tokens[:-1] if tokens[-1] == END else tokens for tokens in best]


def measure(book: Pretrained, openings: Int[Tensor, "text opening"], written: list[list[int]]) -> dict[str, float]:
    """Say of texts how probable, how varied and how right they are."""
    decode = book.tokenizer.tokenizer.decode
    texts = [decode(opening.tolist()[1:] + new) for opening, new in zip(openings, written, strict=True)]
    nats = [own_costs(book, opening, new) for opening, new in zip(openings, written, strict=True)]
    whole = [" ".join(storyworld.split_sentences(text)[:-1]) for text in texts]  # the last may be cut
    parsed = [[storyworld.parse(one) is not None for one in storyworld.split_sentences(text)] for text in whole]
    return {
        "tokens": sum(map(len, written)) / len(written),
        "nats a token": sum(map(sum, nats)) / sum(map(len, nats)),
        "different": different([decode(new).split() for new in written]),
        "said twice": said_twice(whole),
        "sentences that parse": mean(ok for story in parsed for ok in story),
        "stories without a mistake": mean(not storyworld.check(text) for text in whole),
    }


def own_costs(book: Pretrained, opening: Int[Tensor, "opening"], new: list[int]) -> list[float]:
    """Say what each new token costs the model."""
    whole = torch.cat([opening, torch.tensor(new, dtype=torch.long)])
    return costs(book.model, whole[None])[0, len(opening) - 1 :].tolist()


def different(texts: Iterable[list[str]], n: int = 4) -> float:
    """Give the share of different ones among all runs of n words.

    Source: Li et al. 2016, section 5 (distinct-n).
    """
    runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
    return len(set(runs)) / len(runs)


def said_twice(texts: Iterable[str], cut: Callable[[str], list[str]] = storyworld.split_sentences) -> float:
    """Give the share of sentences that stood in the same text already."""
    sentences = [cut(text) for text in texts]
    return 1 - sum(len(set(each)) for each in sentences) / sum(map(len, sentences))
