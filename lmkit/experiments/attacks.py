"""Can swapped names turn a classifier's answer, though the truth stays? And what does training against it buy?

How a story ends, learned from 400 labelled stories, in four ways: a small model from scratch (2 layers of 32, as in the
chapter's figure), `tiny`'s shape from scratch (4 layers of 64), `tiny` with its pretrained weights, and a logistic
regression on counts of words. Each is asked about 400 test stories; those of the first 200 (of `tiny`'s shape: 100)
that it gets right are attacked. An attack swaps at most three words for others that leave the truth as it is
(`neutral`: names, things, adjectives, places, towns, traits; `wider`: feelings of the same sign, too), each time the
one that hurts most. Controls: as many swaps by lot, once; and by lot as often as the attack had asked, the worst of
all. Texts that turned one classifier are shown to others. Every attacked text is read again by Storyworld, which must
find nothing wrong with it, and the same ending.

Then the small one trains on, 150 steps, in three ways: on the same 400 stories; with 200 of them also swapped by lot;
or with the same 200 also as the attacker would have them. Each meets the texts that turned the model before, the same
attacker who now asks the new model, and the wider one.

Three seeds, each with other labels and other weights; the test stories are the same.

Expected before this ran, after a trial with one seed of another program, in which an attacker turned 46 % of what a
model from scratch had right, 5 % of a pretrained one, and after training against it 20 %: from scratch 45 %, pretrained
5 %, the bag of words 60 %; by lot once 10 %, by lot as often 35 %. Of the texts that turned one model, a third turn
another seed, none the pretrained one. After training against them a quarter of the old texts still turn it, the
attacker who asks anew turns 25 %, the wider one 45 %; with swaps by lot 35 %; with more steps alone as many as before.
Clean accuracy rises by 3 points, since attacked copies are more stories, too.

What was changed after a first seed: it had no small model, and the one from scratch of `tiny`'s shape, which was right
for 92 %, lost only 8 of 91 stories, too few to compare defences on. So these are compared on the small one.

About 9 minutes on one core.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lmkit.experiments.finetuning import FEELINGS, SENTIMENT, fit, prepare
from lmkit.learning import finetuning
from lmkit.learning.security.substitution import (
    MOST,
    NEUTRAL,
    WIDER,
    Ask,
    Attack,
    asking,
    attack,
    attacked,
    swap_at_random,
)
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.dice import Dice

SEEDS = (0, 1, 2)
LABELS, COPIES, TEST = 400, 200, 400
SMALL = {"n_layers": 2, "n_heads": 2, "d_model": 32}
STEPS, MORE = 150, 150
RATES = {"small": 2e-3, "tiny's shape": 2e-3, "pretrained": 1e-3}  # of learning, for each way to get a network
AFTER = 1e-3  # the rate at which training goes on
ATTACKED = {"small": 200, "tiny's shape": 100, "pretrained": 100, "bag of words": 200}  # test stories
ATTACKERS = {"neutral": NEUTRAL, "wider": WIDER}
DEFENCES = ("more steps", "swapped by lot", "attacked")

Asks = dict[str, Ask]


def run() -> dict:
    """Train with each seed, attack, and train against it."""
    torch.set_num_threads(1)
    tiny = load("tiny")
    test = SENTIMENT.draw(TEST, 0, "test", **FEELINGS)
    data = {seed: SENTIMENT.draw(LABELS, seed, **FEELINGS) for seed in SEEDS}
    small = {seed: train(tiny, "small", data[seed], seed) for seed in SEEDS}
    others = [_asking(tiny, small[seed]) for seed in (*SEEDS[1:], SEEDS[0])]
    runs = []
    for seed, other in zip(SEEDS, others, strict=True):
        asks = {"small": _asking(tiny, small[seed])}
        asks |= {way: _asking(tiny, train(tiny, way, data[seed], seed)) for way in RATES if way != "small"}
        asks["bag of words"] = bag_of_words(data[seed])
        victims, texts = attack_each(asks, test, seed)
        run = {"seed": seed, "victims": victims, "transfer": transfer(asks, other, texts, test)}
        run["after"] = {
            way: defend(tiny, small[seed], way, data[seed], test, texts["small"], seed) for way in DEFENCES
        }
        print(run, flush=True)
        runs.append(run)
    sizes = {"labels": LABELS, "copies": COPIES, "test": TEST, "attacked": ATTACKED, "steps": STEPS, "more": MORE}
    return {**sizes, "most": MOST, "runs": runs}


# --- The victims. ---


def train(tiny: Pretrained, way: str, data: Labelled, seed: int) -> finetuning.Classifier:
    """Train a classifier, from scratch or from pretrained weights."""
    if way == "small":
        generator = torch.Generator().manual_seed(seed)
        shape = replace(tiny.model.config, **SMALL, d_hidden=None, n_kv_heads=None, unembed=False)
        model = finetuning.Classifier(Transformer(shape, generator), n_classes=2, generator=generator)
    else:
        model = prepare(tiny, "full" if way == "pretrained" else "scratch", seed)
    rows = finetuning.rows(data, tiny.tokenizer, SENTIMENT.tokens)
    fit(model, rows, rows[:8], RATES[way], STEPS, seed)
    return model


def bag_of_words(data: Labelled) -> Ask:
    """Train a logistic regression on counts of words."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000)).fit(data.texts, data.labels)
    return lambda texts: torch.from_numpy(model.predict_proba(texts)).float()


def _asking(tiny: Pretrained, model: finetuning.Classifier) -> Ask:
    return asking(model, tiny.tokenizer, SENTIMENT.tokens)


# --- Attacks. ---


def attack_each(asks: Asks, test: Labelled, seed: int) -> tuple[dict, dict[str, dict[int, Attack]]]:
    """Attack each victim, and give the counts, and by story the texts that turned its answer."""
    victims, texts = {}, {}
    for name, ask in asks.items():
        victims[name], made = attack_all(ask, test, ATTACKED[name])
        victims[name]["by lot"] = by_lot(ask, test, made, seed)
        texts[name] = {number: found for number, found in made.items() if found.flipped}
    return victims, texts


def attack_all(ask: Ask, test: Labelled, n: int) -> tuple[dict, dict[int, Attack]]:
    """Count what is right, attack what is right among the first n, and give by story what the neutral attacker made."""
    right = _right(ask, test.texts, test.labels)
    victims = [i for i in range(n) if right[i]]
    made = {
        name: {i: attack(test.texts[i], test.labels[i], ask, words=words) for i in victims}
        for name, words in ATTACKERS.items()
    }
    robust = [i for i in victims if not any(by_story[i].flipped for by_story in made.values())]
    counts = {
        "right": int(right.sum()),
        "victims": len(victims),
        "attacks": {name: _counted(by_story) for name, by_story in made.items()},
        "right under both": len(robust),
    }
    return counts, made["neutral"]


def by_lot(ask: Ask, test: Labelled, made: Mapping[int, Attack], seed: int) -> dict[str, int]:
    """Count what swaps by lot turn: one trial with all swaps, and as many trials as the attack took to be done."""
    dice = Dice(seed)
    turned = {"once": 0, "as often": 0}
    for i, found in made.items():
        texts = [swap_at_random(test.texts[i], MOST, dice) for _ in range(max(1, found.queries))]
        wrong = ~_right(ask, texts, [found.label] * len(texts))
        turned["once"] += int(wrong[0])
        turned["as often"] += int(wrong.any())
    return turned


def transfer(asks: Asks, other: Ask, texts: dict[str, dict[int, Attack]], test: Labelled) -> list[dict]:
    """Show the texts that turned one classifier to the others: to those that had the story right before."""
    to = {**asks, "small, another seed": other}
    return [
        {"from": source, "to": target, **turned_by(ask, texts[source], test)}
        for source in asks
        for target, ask in to.items()
        if target != source
    ]


def turned_by(ask: Ask, made: Mapping[int, Attack], test: Labelled) -> dict[str, int]:
    """Count the attacked texts that turn a classifier, of those whose story it had right."""
    numbers = list(made)
    if not numbers:
        return {"known": 0, "turned": 0}
    before = _right(ask, [test.texts[i] for i in numbers], [test.labels[i] for i in numbers])
    after = _right(ask, [made[i].text for i in numbers], [test.labels[i] for i in numbers])
    return {"known": int(before.sum()), "turned": int((before & ~after).sum())}


def _right(ask: Ask, texts: Sequence[str], labels: Sequence[int]) -> Tensor:
    return ask(texts).argmax(dim=1) == torch.tensor(labels)


def _counted(made: Mapping[int, Attack]) -> dict:
    """Count by how many swaps answers turned, how often was asked, and which texts Storyworld reads as before."""
    turned = [len(found.swaps) for found in made.values() if found.flipped]
    return {
        "turned": len(turned),
        "by swaps": [turned.count(n + 1) for n in range(MOST)],
        "queries": sum(found.queries for found in made.values()),
        "true": sum(_is_true(found) for found in made.values()),
    }


def _is_true(found: Attack) -> bool:
    return not storyworld.check(found.text) and storyworld.ends_well(found.text) == bool(found.label)


# --- Training against it. ---


def defend(
    tiny: Pretrained,
    before: finetuning.Classifier,
    way: str,
    data: Labelled,
    test: Labelled,
    old: Mapping[int, Attack],
    seed: int,
) -> dict:
    """Train on in one way, and meet the old texts, the same attacker, and the wider one."""
    model = copy.deepcopy(before)
    rows = finetuning.rows(_with_copies(tiny, model, way, data, seed), tiny.tokenizer, SENTIMENT.tokens)
    fit(model, rows, rows[:8], AFTER, MORE, seed)
    ask = _asking(tiny, model)
    counts, _ = attack_all(ask, test, ATTACKED["small"])
    return {**counts, "old texts": turned_by(ask, old, test)}


def _with_copies(
    tiny: Pretrained, model: finetuning.Classifier, way: str, data: Labelled, seed: int
) -> Labelled:
    """Give the stories of training, and copies of the first of them, as this way makes them."""
    if way == "more steps":
        return data
    first = data.take(range(COPIES))
    if way == "swapped by lot":
        dice = Dice(seed)
        copies = [swap_at_random(text, MOST, dice) for text in first.texts]
    else:
        copies = attacked(first, _asking(tiny, model)).texts
    return Labelled(data.texts + copies, data.labels + first.labels, data.classes)
