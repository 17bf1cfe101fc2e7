"""Does DPO make better stories, and is it the worse ones that it learns from?

All begin with `book-instruct`. For each seed, other wishes of the training split get eight stories each, drawn at
temperature 1; wherever one fulfils its wish and another does not, the two are a pair. Beside "DPO" stand two controls,
on the same pairs with as many steps of as many pairs: "better only" is trained on the better stories, as on examples,
and "shuffled" is DPO with better and worse exchanged in every other pair, by lot, so that no preference is left.

Measured is what the experiment `rewards` measures: stories for 150 wishes of the test split, drawn at temperature 1,
answers to twenty instructions of each other kind, and the loss on 30 stories. Recorded is also how the log probability
of the better and the worse stories has changed, over the last ten steps.

The rate and the strength of DPO are those of the chapter's short run; nothing was chosen.

Written down before it ran: DPO fulfils twice as many wishes as the start, with intervals that part;
the better stories alone gain half of that; shuffled, nothing is gained. The better stories become less probable under
DPO. Other answers are kept but for one in twenty.

It takes 4 minutes on one core.
"""

import copy
from statistics import mean

import torch
from torch import Tensor

from lmkit.experiments import rewards
from lmkit.experiments.finetuning import SEEDS, fit
from lmkit.experiments.instructions import LONGEST
from lmkit.experiments.rewards import Judge
from lmkit.learning import instruct, preference
from lmkit.learning.preference import DPO
from lmkit.model.sampling import Sample
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld

WAYS = ("better only", "shuffled", "DPO")
N_WISHES, N_STORIES = 80, 8  # to make pairs of, and the stories for each
STEPS, BATCH, RATE, BETA = 60, 8, 1e-4, 0.1
LAST = 10  # steps, over which the changes are averaged


def run() -> dict:
    """Make pairs for each seed, train in all ways, and measure."""
    torch.set_num_threads(1)
    book = load("book-instruct")
    judge = Judge.of(book)
    before, found = judge.measure(book.model), []
    for seed in SEEDS:
        better, worse = pairs(book, judge.chat, seed)
        for way in WAYS:
            model, changed = train(book, better, worse, way, seed)
            found.append({"way": way, "seed": seed, "pairs": len(better), **changed, **judge.measure(model)})
            print(found[-1], flush=True)
    asked = sum(map(len, judge.questions.values()))
    return {"wishes": len(judge.wishes), "questions": asked, "before": before, "runs": found}


def pairs(book: Pretrained, chat: instruct.Chat, seed: int) -> tuple[Tensor, Tensor]:
    """Let `book-instruct` write, and lay out the stories that fulfil their wish beside some that do not."""
    wishes = rewards.wishes(chat, N_WISHES, "train", seed)
    chance = Sample(generator=torch.Generator().manual_seed(seed))
    said = instruct.reply(book.model, chat, [[one.text] for one in wishes for _ in range(N_STORIES)], LONGEST, chance)
    better, worse = [], []
    for number, wish in enumerate(wishes):
        its = said[N_STORIES * number :][:N_STORIES]
        fulfilled = [storyworld.follows(wish, story) for story in its]
        good, bad = (
            [story for story, is_so in zip(its, fulfilled, strict=True) if is_so == wanted] for wanted in (1, 0)
        )
        for one, other in zip(good, bad, strict=False):
            better.append([wish.text, one])
            worse.append([wish.text, other])
    return instruct.rows(chat, better + worse).chunk(2)


def train(book: Pretrained, better: Tensor, worse: Tensor, way: str, seed: int) -> tuple[Transformer, dict[str, float]]:
    """Train a copy on the pairs; say how probable both have become, where DPO watches it."""
    model = copy.deepcopy(book.model)
    if way == "better only":
        fit(model, better, better[:8], RATE, STEPS, seed, objective=instruct.answers)
        return model, {}
    if way == "shuffled":
        better, worse = exchanged(better, worse, torch.Generator().manual_seed(seed))
    config = DPO(steps=STEPS, batch_size=BATCH, learning_rate=RATE, beta=BETA, seed=seed)
    history = preference.train(model, better, worse, config)
    return model, {name: round(mean(step[name] for step in history[-LAST:]), 2) for name in ("better", "worse")}


def exchanged(better: Tensor, worse: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Exchange the two in half of the pairs, by lot."""
    swap = torch.randperm(len(better), generator=generator)[: len(better) // 2]
    first, second = better.clone(), worse.clone()
    first[swap], second[swap] = worse[swap], better[swap]
    return first, second
