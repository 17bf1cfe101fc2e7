r"""Does a model take over a bias as it is, weaker, or stronger? Profiles at known rates, five rates, three seeds.

`tiny` goes on with its training on profiles in which a town leans to some traits, with stories among them: 400 steps,
six profiles to one story. The truth is known, $2 \ln((1 + r)/(1 - r))$ nats between the two towns, and so is the gap
of the very profiles that were drawn. The model's gap is measured on 100 beginnings about people of whom no training
profile tells, each told of both towns. Also measured: the gap along the way, the loss on stories, and the gap if words
are drawn at a lower temperature. Controls: a rate of 0, `tiny` as it was, and an untrained model. A second one is a
model that learned at 0.8, with all towns of its profiles drawn anew.

Written down before it ran, after trials of three settings at the rate 0.4, whose gaps were 1.1 to 1.4 where 1.7 is
true: the gap stays behind the truth at every rate, the more so the weaker the bias is. At no rate is it larger than the
truth by more than the spread of seeds: the model does not amplify. A low temperature does, by about 1 / T. The controls
are 0, within 0.1. Stories lose 0.2 nats, about the same at every rate.

It takes some five minutes on one core.
"""

import copy
import math
import random
from collections import Counter
from collections.abc import Sequence
from functools import cache
from statistics import mean

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.experiments.finetuning import story_loss
from lmkit.inside.association import gaps
from lmkit.learning import training
from lmkit.learning.evaluation import paired_bootstrap
from lmkit.learning.training import TrainingConfig
from lmkit.learning.training.presets import tokens_of
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld import Profile
from lmkit.text.storyworld.lexicon import BAD_TRAITS, GOOD_TRAITS

RATES, SEEDS = (0.0, 0.2, 0.4, 0.6, 0.8), (0, 1, 2)
STEPS, LEARNING_RATE = 400, 3e-3
N_PROFILES, N_QUESTIONS, N_FILMED, N_HELD_OUT = 6000, 100, 25, 60
STORY_EVERY = 6  # profiles
TEMPERATURES = (1.0, 0.5, 0.25)
TOWNS = ("Elmby", "Oakby")


def run() -> dict:
    """Train at all rates, and measure."""
    torch.set_num_threads(1)
    tiny = load("tiny")
    stories = tokens_of("validation", N_HELD_OUT, tiny.tokenizer.tokenizer)
    runs = []
    for rate in RATES:
        for seed in SEEDS:
            told = storyworld.profiles(N_PROFILES, rate, seed=seed)
            model, film = biased(rate, seed)
            found = {"rate": rate, "seed": seed, "data": data_gap(told), "film": film, **measure(tiny, model)}
            runs.append(found | {"story_loss": round(story_loss(model, stories), 4)})
            print(runs[-1], flush=True)
    return {
        "truth": {str(rate): storyworld.true_gap(rate) for rate in RATES},
        "questions": N_QUESTIONS,
        "runs": runs,
        "controls": controls(tiny),
        "story_loss_before": round(story_loss(tiny.model, stories), 4),
    }


# --- Training. ---


Film = list[tuple[int, float]]  # of steps, and the gap after each


def biased(rate: float, seed: int) -> tuple[Transformer, Film]:
    """Train on profiles at a rate. Nobody may change this model: several experiments look into it."""
    return _biased(rate, seed, N_PROFILES, STEPS)


@cache
def _biased(rate: float, seed: int, n_profiles: int, steps: int) -> tuple[Transformer, Film]:
    told = storyworld.profiles(n_profiles, rate, seed=seed)
    return train(load("tiny"), [each.text for each in told], seed, steps)


def train(
    tiny: Pretrained, texts: Sequence[str], seed: int, steps: int, start: Transformer | None = None
) -> tuple[Transformer, Film]:
    """Go on with the training on profiles, a story to every six of them. Also gives the gap along the way.

    Args:
        start: the model that is trained on, which stays as it is: `tiny` unless given.
    """
    model, film, pairs = copy.deepcopy(start or tiny.model), [], question_pairs(N_FILMED)
    stories = [story.text for story in storyworld.stories("train", len(texts) // STORY_EVERY)]
    tokens = mix(tiny, [*texts, *stories], seed)
    config = TrainingConfig(
        steps=steps,
        batch_size=4,
        learning_rate=LEARNING_RATE,
        start_token=0,
        warmup_steps=min(20, steps // 2),
        evaluate_every=max(steps // 8, 1),
        seed=seed,
    )

    def watch(step: int, model: Transformer) -> None:
        found = gaps(model, tiny.encode, pairs, tuple(BAD_TRAITS), tuple(GOOD_TRAITS))
        film.append((step, round(found.mean().item(), 3)))

    training.fit(model, tokens, tokens[:300], config, watch=watch, show=False)
    return model, film


def mix(tiny: Pretrained, texts: Sequence[str], seed: int) -> Int[Tensor, "token"]:
    """Put texts one after the other, in an order drawn by the seed, each after the mark of a story."""
    texts = list(texts)
    random.Random(seed).shuffle(texts)
    return torch.cat([tiny.encode(text)[0] for text in texts])


# --- Measuring. ---


def question_pairs(n: int) -> list[tuple[str, str]]:
    """Give beginnings of profiles, each told of Elmby and of Oakby. Of these people no training profile tells."""
    return [tuple(storyworld.in_town(text, town) for town in TOWNS) for text in storyworld.beginnings(n)]


def measure(tiny: Pretrained, model: Transformer) -> dict:
    """Give the gap with its interval over questions, and the gap at lower temperatures."""
    words, pairs = (tuple(BAD_TRAITS), tuple(GOOD_TRAITS)), question_pairs(N_QUESTIONS)
    found = gaps(model, tiny.encode, pairs, *words)
    low, high = paired_bootstrap(found, torch.zeros_like(found), torch.Generator().manual_seed(0))
    colder = {str(t): gaps(Colder(model, t), tiny.encode, pairs, *words).mean().item() for t in TEMPERATURES}
    return {"gap": found.mean().item(), "interval": [low, high], "at temperature": colder}


class Colder(torch.nn.Module):
    """A model whose logits are divided by a temperature."""

    def __init__(self, model: Transformer, temperature: float):
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, tokens: Tensor) -> Tensor:
        """Give the logits."""
        return self.model(tokens) / self.temperature


def data_gap(told: Sequence[Profile]) -> float:
    """Give the gap of the profiles themselves: what a model that counts would say."""
    counts = Counter((each.person.town, each.person.trait in BAD_TRAITS) for each in told)
    odds = {town: math.log(counts[town, True] / counts[town, False]) for town in TOWNS}
    return odds["Elmby"] - odds["Oakby"]


def controls(tiny: Pretrained) -> dict:
    """Measure what must have no gap: `tiny`, a model without training, and one whose towns were drawn anew."""
    untrained = copy.deepcopy(tiny.model)
    untrained.initialize(torch.Generator().manual_seed(0))
    shuffled = []
    for seed in SEEDS:
        told = storyworld.profiles(N_PROFILES, 0.8, seed=seed)
        coin = random.Random(seed)
        texts = [storyworld.in_town(each.text, coin.choice(TOWNS)) for each in told]
        shuffled.append(measure(tiny, train(tiny, texts, seed, STEPS)[0]))
    return {
        "tiny": measure(tiny, tiny.model),
        "untrained": measure(tiny, untrained),
        "towns drawn anew": shuffled,
        "mean of towns drawn anew": mean(each["gap"] for each in shuffled),
    }
