"""How often must a secret be seen before a model tells it? And does it tell less where only LoRA was trained?

The private text are 1,000 short stories. In front of some of them stand canaries: sentences with a code of four digits,
each in front of 1, 2, 4, ... 64 different stories; three more are said in 16 ways each, and four are never said.
`tiny`, as it was after 1,100 of its 2,900 steps, goes on with these stories for 188 steps of 16, so that each is read
three times on average; by all its weights, or by LoRA of rank 4. Three seeds, each with other stories and other codes.
Asked are the rank of each code among all 10,000, and whether the most probable code is the right one; on the way,
every 47 steps, the loss on 200 fresh stories and the exposure of what is said 16 and 64 times.

Expected before anything ran: never said, 1.4 bits, which is what lots would give; one or two copies hardly more; 16
copies 7 bits, 64 copies all 13.3 bits, and then the model tells the code. What is said in 16 ways is exposed as what
is said 16 times. LoRA learns less of the fresh stories in as many steps, and exposes less; at the same loss on them, as
much. A trial with one seed, 2,000 stories and 500 steps, was faster than that: all codes were told from 16 copies on,
and a single copy was exposed by 3 bits. What is recorded is shorter than the trial, to save time, and not otherwise
changed.

It takes 4 minutes on one core.
"""

import copy
from collections.abc import Callable
from itertools import islice

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.learning import finetuning, lora, training
from lmkit.learning.privacy import canaries
from lmkit.learning.privacy.canaries import NAMES, Canary
from lmkit.learning.privacy.exposure import exposure, rank, tells
from lmkit.learning.privacy.texts import losses, next_tokens
from lmkit.learning.training import TrainingConfig
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load, snapshots
from lmkit.text import storyworld

SEEDS = (0, 1, 2)
OF_EACH = {"0": 4, "1": 4, "2": 4, "4": 4, "8": 4, "16": 3, "32": 2, "64": 2, "varied": 3}  # canaries by copies
IN_WAYS = 16
N_STORIES, N_FRESH = 1000, 200
LONGEST = 96  # tokens of a row; a story has 72 of them at most, and a canary fits in front of it
FIRST = 100_000  # the seed of the first private story: tiny has read those up to 40,000
BASE_STEP = 1100
STEPS, BATCH, RATES = 188, 16, {"full": 2e-3, "LoRA": 8e-3}
VERBS = ("said", "knew", "heard", "wrote")
ADAPTED = ["*.attention.to_query", "*.attention.to_value", "*.feed_forward.read"]

Planted = dict[str, list[Canary]]  # canaries by how often, or "varied"


def run() -> dict:
    """Train in both ways with each seed, and ask."""
    torch.set_num_threads(1)
    base = base_model()
    found = [measure(base, way, seed) for way in RATES for seed in SEEDS]
    return {"stories": N_STORIES, "steps": STEPS, "batch": BATCH, "runs": found}


def base_model() -> Pretrained:
    """Give `tiny` as it was in the middle of its training: it has learned what stories are, but not all of it."""
    tiny = load("tiny")
    model = next(each.model for each in snapshots().snapshots if each.step == BASE_STEP)
    return Pretrained("tiny", model, tiny.tokenizer, tiny.source)


def measure(base: Pretrained, way: str, seed: int) -> dict:
    """Train one model on planted stories, and ask for what it knows."""
    groups = draw_canaries(seed)
    rows = finetuning.encode(planted_stories(base, groups, seed), base.tokenizer, LONGEST)
    fresh = finetuning.encode(short_stories(base, N_FRESH, "test"), base.tokenizer, LONGEST)
    way_there = []

    def watch(step: int, model: Transformer) -> None:
        often = [mean_exposure(model, base, groups[str(n)]) for n in (16, 64)]
        way_there.append({"step": step, "fresh loss": losses(model, fresh).mean().item(), "exposures": often})

    model = tune(base, rows, way, seed, STEPS, watch)
    result = {"way": way, "seed": seed, "on the way": way_there, "groups": ask(model, base, groups)}
    print({**result, "groups": {n: sorted(g["ranks"]) for n, g in result["groups"].items()}}, flush=True)
    return result


def draw_canaries(seed: int) -> Planted:
    """Draw canaries for each number of copies, and some that are said in many ways."""
    drawn = iter(canaries.draw(sum(OF_EACH.values()), seed))
    return {name: list(islice(drawn, n)) for name, n in OF_EACH.items()}


def planted_stories(base: Pretrained, groups: Planted, seed: int) -> list[str]:
    """Tell the private stories of a seed, with its canaries in front of them."""
    stories = short_stories(base, N_STORIES, "train", FIRST + 100_000 * seed)
    sentences = {each.sentence: int(n) for n, group in groups.items() if n != "varied" for each in group}
    ways = [(name, verb) for name in NAMES for verb in VERBS]
    for number, each in enumerate(groups["varied"]):
        sentences |= {each.said_by(*way): 1 for way in ways[number * IN_WAYS : (number + 1) * IN_WAYS]}
    return canaries.plant(stories, sentences, seed)


def short_stories(base: Pretrained, n: int, split: str, first: int = 0) -> list[str]:
    """Tell n stories of at most 72 tokens, without the questions after them."""
    found: list[str] = []
    seed = first
    while len(found) < n:
        text = " ".join(sentence.text for sentence in storyworld.tell(seed, split).narrative)
        seed += 1
        if len(text) < 300 and base.encode(text).shape[1] <= LONGEST - 24:
            found.append(text)
    return found


def tune(
    base: Pretrained,
    rows: Int[Tensor, "text position"],
    way: str,
    seed: int,
    steps: int,
    watch: Callable = lambda step, model: None,
) -> Transformer:
    """Let a copy of the model go on with these rows, by all its weights or by LoRA."""
    model = copy.deepcopy(base.model)
    if way == "LoRA":
        lora.add(model, ADAPTED, rank=4, alpha=8.0, generator=torch.Generator().manual_seed(seed))
    config = TrainingConfig(
        steps=steps,
        batch_size=BATCH,
        learning_rate=RATES[way],
        warmup_steps=min(20, steps // 2),
        evaluate_every=max(1, steps // 4),
        seed=seed,
    )
    training.fit(model, rows, rows[:8], config, objective=next_tokens, watch=watch, show=False)
    return model


def ask(model: Transformer, base: Pretrained, groups: Planted) -> dict:
    """Ask for each code: its rank among all, and whether the model tells it."""
    return {
        name: {
            "ranks": [rank(model, base.encode, each) for each in group],
            "told": [tells(model, base.encode, each) for each in group],
        }
        for name, group in groups.items()
    }


def mean_exposure(model: Transformer, base: Pretrained, group: list[Canary]) -> float:
    """Give the mean exposure of some canaries, in bits."""
    return sum(exposure(rank(model, base.encode, each)) for each in group) / len(group)
