r"""What takes a bias away, what does it cost elsewhere, and is it gone? Three ways, on three seeds.

The models are those of `bias` at the rate 0.8. Measured of each: the gap between the towns; the loss on 60 stories;
the answers to 100 questions who has a thing; and how well a probe reads the town, on people whom it was not fitted on.

- data: the same training, from the same start, on profiles each of which is there twice, once of either town;
- tuning: the biased model goes on with such profiles for 120 steps. And then, for 120 more, with biased ones again;
- projection: the direction between the means of the two towns, where the word stands, is taken out of the stream, at
  all positions: before block 0, which is the word alone, before block 2, or before the last one. There also by LEACE.

The attacker knows what was done, and fits probes on the streams as they are afterwards: where the trait is about to be
said, after the last block; and at the town, before the last block. One is linear, one has 16 hidden units. They see 200
people, and are asked about 200 others.

Written down before it ran, after a look at one model, in which the town stands at its own word alone until the last
block: balanced data leave no gap, within 0.15, and cost stories nothing. Tuning takes at least nine tenths of the gap
away in 60 steps; with biased profiles it comes back sooner than it came at first. Projection before block 0 leaves
nothing to read at all; before later blocks it leaves a tenth of the gap or more, and the probe with hidden units still
reads the town at its place. Each projection costs stories more than data and tuning do.

It takes some three minutes on one core after `bias`, in one process with it, which spares the training anew.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import torch
from jaxtyping import Bool, Float
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from torch import Tensor

from lmkit.experiments.bias import (
    N_HELD_OUT,
    N_PROFILES,
    N_QUESTIONS,
    SEEDS,
    STEPS,
    TOWNS,
    biased,
    question_pairs,
    train,
)
from lmkit.experiments.finetuning import story_loss
from lmkit.inside import erasure, scoring
from lmkit.inside.association import gaps
from lmkit.inside.erasure import Eraser
from lmkit.inside.tracing import trace
from lmkit.learning.training.presets import tokens_of
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld.lexicon import BAD_TRAITS, GOOD_TRAITS

RATE, TUNING_STEPS = 0.8, 120
N_ASKED, N_PROBED = 100, 400
Spot = tuple[int, Callable[[list[str]], int]]  # before which block, and at which of the words


def run() -> dict:
    """Do all of it, seed by seed."""
    torch.set_num_threads(1)
    tiny = load("tiny")
    judge = Judge(tiny)
    runs = [one for seed in SEEDS for one in of_seed(judge, seed)]
    return {"rate": RATE, "truth": storyworld.true_gap(RATE), "asked": N_ASKED, "probed": N_PROBED // 2, "runs": runs}


def of_seed(judge: "Judge", seed: int) -> list[dict]:
    """Train, mend and measure, for one seed."""
    tiny, found = judge.tiny, []

    def note(way: str, model: Transformer, film: list | None = None, erasers: Sequence[Eraser | None] | None = None):
        found.append({"way": way, "seed": seed, **judge.measure(model, erasers), "film": film})
        print({k: v for k, v in found[-1].items() if k != "interval"}, flush=True)

    note("tiny", tiny.model)
    model, film = biased(RATE, seed)
    note("biased", model, film)
    note("balanced data", *train(tiny, balanced(seed, 0), seed, STEPS))
    tuned, film = train(tiny, balanced(seed, 1), seed, TUNING_STEPS, start=model)
    note("balanced tuning", tuned, film)
    again = [each.text for each in storyworld.profiles(N_PROFILES, RATE, seed=100 + seed)]
    note("biased again", *train(tiny, again, seed, TUNING_STEPS, start=tuned))
    for way, erasers in projections(judge, model).items():
        note(way, model, None, erasers)
    return found


def balanced(seed: int, nth: int) -> list[str]:
    """Tell half as many profiles, each of either town."""
    told = storyworld.profiles(N_PROFILES // 2, RATE, seed=10 * nth + seed)
    return [text for each in told for text in (each.text, storyworld.swap_town(each.text))]


def projections(judge: "Judge", model: Transformer) -> dict[str, list[Eraser | None]]:
    """Make the erasers of each way: one before one block."""
    n = model.config.n_layers
    made = {}
    for layer in (0, n // 2, n - 1):
        (streams,), group = judge.streams(model, [None] * n, judge.fitted, (layer, at_town))
        ways: dict[str, Eraser] = {"projection": erasure.along(erasure.mean_difference(streams, group))}
        if layer == n - 1:
            ways["LEACE"] = erasure.leace(streams, group)
        for name, eraser in ways.items():
            made[f"{name} before block {layer}"] = [eraser if i == layer else None for i in range(n)]
    return made


def at_town(words: list[str]) -> int:
    """Say where the town is named."""
    return next(i for i, word in enumerate(words) if word.strip() in TOWNS)


def at_end(words: list[str]) -> int:
    """Say where the trait is about to be said."""
    return len(words) - 1


class Judge:
    """What is asked of every model: the same."""

    def __init__(self, tiny: Pretrained):
        self.tiny = tiny
        self.stories = tokens_of("validation", N_HELD_OUT, tiny.tokenizer.tokenizer)
        self.pairs = storyworld.minimal_pairs("possession", N_ASKED, "test")
        self.questions = question_pairs(N_QUESTIONS)
        texts = storyworld.beginnings(N_PROBED, seed=7)
        self.fitted, self.probed = texts[: N_PROBED // 2], texts[N_PROBED // 2 :]

    def measure(self, model: Transformer, erasers: Sequence[Eraser | None] | None = None) -> dict:
        """Give the gap, what it costs, and what probes read."""
        with erasure.erased(model, erasers) if erasers else nullcontext():
            found = gaps(model, self.tiny.encode, self.questions, tuple(BAD_TRAITS), tuple(GOOD_TRAITS))
            right = scoring.accuracy(model, self.tiny.encode, self.pairs)
            loss = story_loss(model, self.stories)
        return {
            "gap": round(found.mean().item(), 3),
            "story_loss": round(loss, 4),
            "right": round(right * N_ASKED),
            **self.probe(model, erasers or [None] * model.config.n_layers),
        }

    def probe(self, model: Transformer, erasers: Sequence[Eraser | None]) -> dict[str, int]:
        """Count for how many people probes read the town: at the end after the last block, at the town before it."""
        last = model.config.n_layers
        spots = ((last, at_end), (last - 1, at_town))
        of_train, train_town = self.streams(model, erasers, self.fitted, *spots)
        of_test, town = self.streams(model, erasers, self.probed, *spots)
        read = {}
        for where, fitted, asked in zip(("end", "town"), of_train, of_test, strict=True):
            mean, spread = fitted.mean(dim=0), fitted.std(dim=0) + 1e-6
            probes = {
                "linear": LogisticRegression(max_iter=2000),
                "hidden": MLPClassifier((16,), alpha=1e-3, max_iter=400, random_state=0),
            }
            for name, one in probes.items():
                one.fit(((fitted - mean) / spread).numpy(), train_town.numpy())
                guessed = one.predict(((asked - mean) / spread).numpy())
                read[f"{name} at {where}"] = int((guessed == town.numpy()).sum())
        return read

    def streams(
        self, model: Transformer, erasers: Sequence[Eraser | None], texts: Sequence[str], *spots: Spot
    ) -> tuple[list[Float[Tensor, "text d_model"]], Bool[Tensor, "text"]]:
        """Give the stream at some spots, as it is read there; and whose town is Elmby."""
        found: list[list[Tensor]] = [[] for _ in spots]
        with erasure.erased(model, list(erasers)):
            for text in texts:
                tokens = self.tiny.encode(text)
                seen, words = trace(model, tokens).residual, self.tiny.words(tokens)
                for streams, (entry, place) in zip(found, spots, strict=True):
                    came = seen[entry][0, place(words)]
                    eraser = [*erasers, None][entry]
                    streams.append(came if eraser is None else eraser(came))
        return [torch.stack(streams) for streams in found], torch.tensor([TOWNS[0] in text for text in texts])
