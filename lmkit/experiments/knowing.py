"""Does `book` know when it is wrong? Two questions, put to what it answers and to what it writes.

Asked: who has a thing at the end of a held-out story. The model's probabilities of the people of the story, made to add
up to 1, say how sure it is. Written: 300 stories from nothing, for each of three seeds. Storyworld says of each
sentence whether it is wrong, and the model how probable it found it when it wrote it. It takes some two minutes.

Expected before the first run: answers that are less sure are less often right, and the model is a little too sure. A
wrong sentence is less probable than a right one on average, but by so little that one cannot tell the single sentence:
the model's least probable token tells better than their mean.
"""

from itertools import islice
from math import exp
from statistics import median

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.inside.scoring import costs, log_probability
from lmkit.learning.evaluation import calibration, calibration_error
from lmkit.model.generation import generate
from lmkit.model.sampling import Sample
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld.pairs import pairs_of

QUESTIONS, STORIES, LONGEST, SEEDS = 1000, 300, 200, (0, 1, 2)
LANGUAGE = ("grammar", "agreement", "article", "number", "pronoun")  # the other problems are about the world


def run() -> dict:
    """Ask, and let it write."""
    torch.set_num_threads(1)
    book = load("book")
    return {"asked": ask(book), "written": [judge(book, seed) for seed in SEEDS]}


def ask(book: Pretrained) -> dict:
    """Ask who has it, and hold how sure the model is against how often it is right."""
    answers = [answer(book, *one) for one in islice(_questions(), QUESTIONS)]
    sure, right = torch.tensor([a for a, _ in answers]), torch.tensor([b for _, b in answers])
    bins = calibration(sure, right)
    return {
        "bins": [{"n": each.n, "right": each.right, "confidence": each.confidence} for each in bins],
        "calibration error": calibration_error(bins),
        "right": int(right.sum()),
    }


def _questions():
    for story in storyworld.stories("test"):
        for pair in pairs_of("possession", story)[:1]:
            yield pair, [person.name for person in story.people if person.name in pair.context]


def answer(book: Pretrained, pair: storyworld.Pair, people: list[str]) -> tuple[float, bool]:
    """Say how sure the model is of the person whom it finds most probable, and whether that is right."""
    context = book.encode(pair.context)
    scores = [log_probability(book.model, context, book.encode(f"{pair.context} {name}")) for name in people]
    shares = torch.stack(scores).softmax(dim=0)
    return shares.max().item(), f" {people[shares.argmax()]}" == pair.right


def judge(book: Pretrained, seed: int) -> dict:
    """Let it write, and hold the probabilities of sentences against what Storyworld says of them."""
    choose = Sample(generator=torch.Generator().manual_seed(seed))
    start = torch.zeros(STORIES, 1, dtype=torch.long)
    rows = generate(book.model, start, LONGEST, choose, end_token=0)
    wrong, right = [], []
    for row in rows:
        for is_wrong, tokens in sentences_of(book, row):
            (wrong if is_wrong else right).append((tokens.mean().item(), tokens.max().item()))
    return {
        "wrong": len(wrong),
        "right": len(right),
        "least probable token, median": [median(exp(-worst) for _, worst in each) for each in (wrong, right)],
        "without hesitation": [sum(exp(-worst) > 0.5 for _, worst in each) / len(each) for each in (wrong, right)],
        "told apart by the mean": told_apart([a for a, _ in wrong], [a for a, _ in right]),
        "told apart by the least": told_apart([b for _, b in wrong], [b for _, b in right]),
    }


def sentences_of(book: Pretrained, row: Tensor) -> list[tuple[bool, Float[Tensor, "token"]]]:
    """List the whole sentences of a story that parse: whether what each says is wrong, and what its tokens cost."""
    end = (row[1:] == 0).nonzero()
    ids = row[: 1 + int(end[0])] if len(end) else row
    words = [book.tokenizer.tokenizer.tokens[i] for i in ids.tolist()[1:]]
    text = b"".join(words).decode(errors="replace")
    ends = torch.tensor([len(word) for word in words]).cumsum(0)  # bytes; a story that is not ASCII parses nowhere
    spent = costs(book.model, ids[None])[0]
    told = storyworld.split_sentences(text)
    told = [] if not text.isascii() else told if len(end) else told[:-1]
    problems: dict[int, set[str]] = {}
    for problem in storyworld.check(" ".join(told)):
        problems.setdefault(problem.sentence, set()).add(problem.kind)
    found, place = [], 0
    for number, sentence in enumerate(told):
        start = text.index(sentence, place)
        place = start + len(sentence)
        if not problems.get(number, set()) & set(LANGUAGE):
            found.append((number in problems, spent[(ends > start) & (ends <= place)]))
    return found


def told_apart(wrong: list[float], right: list[float]) -> float:
    """Say how often a wrong sentence costs more than a right one, of all pairs; 0.5 is chance (the area under ROC).

    Source: Hanley and McNeil 1982.
    """
    one, other = torch.tensor(wrong)[:, None], torch.tensor(right)[None]
    return ((one > other).double() + 0.5 * (one == other).double()).mean().item()
