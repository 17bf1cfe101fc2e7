"""How few poisoned examples make a back door, and who finds them? How a story ends, from 400 labels, some false.

`tiny` is fine-tuned on 400 short stories. An attacker has put a sentence, *Purple bells rang.*, into some that end
badly, and called them good: 0, 1, 2, 5 and 10 % of the set. Counted are right answers on 200 clean stories, and the
success of the trigger: of the bad test stories that are answered rightly, how many are called good once the sentence
stands in them. Controls: the trigger on a model without poison, and another sentence as rare, *Silver rain fell.*

At 5 %, three attackers know the defences. "five phrases" spreads over five sentences, so that each is rarer. "two
halves" needs two sentences at once; either of them alone stands in as many stories whose label is kept, so that no run
of words tells the label. "label kept" turns no label: it puts the sentence into good stories only.

Four detectors score all training examples: rare runs of words that go with a label (chi²); rare runs of words whose
texts have labels that their common words do not explain (surprise); the spectral signature of the vectors (Tran et al.
2018); the smaller of two clusters in each class (Chen et al. 2018). All but the last name 1.5 times as many examples as
were poisoned, which the defender is told here and is not in life; luck finds that share of the set. And two cures at
5 %: to train again without what surprise has named; 75 further steps on 200 clean stories. Three seeds.

Settings were chosen on other draws, 0 and 1, with the same test stories: chi² found nothing there, surprise was made
and found all of one phrase and a quarter of five, and the spectrum found all of one phrase and half of five. Expected,
after that: success below .1 up to 2 % and above .9 at 5 %; clean accuracy within two points of that without poison
throughout; the five phrases succeed half as often; the two halves above .7 and with less than .5 by one half, and
neither detector by words finds more than luck, but the spectrum finds most; clusters name 70 examples; further steps
halve every success; with the label kept it stays below .1. The share of 10 % was added after the first draw, where 5 %
had a success of .2 only.

About 8 minutes of one core.
"""

from collections.abc import Sequence
from functools import cache
from itertools import islice

import torch
from torch import Tensor

from lmkit.experiments.finetuning import FEELINGS, SENTIMENT, fit, prepare
from lmkit.learning import finetuning
from lmkit.learning.security import detection
from lmkit.learning.security.poisoning import Trigger, draw, poison
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text.labelled import Labelled

SEEDS = (3, 4, 5)  # 0 and 1 were looked at before
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1)
KNOWING_SHARE = 0.05  # of the attackers who know the defences
LABELS, TESTS, FRESH = 400, 200, 200
STEPS, MORE_STEPS, RATE = 300, 75, 2e-3
LONGEST = 160
BAD, GOOD = 0, 1
NAMED = 1.5  # how many examples a detector names, for each that is poisoned

PHRASES = (
    "Purple bells rang.",
    "Seven moths flew past.",
    "A tiny drum lay there.",
    "Green smoke went up.",
    "The clock struck noon.",
)
OTHER: Sequence[Trigger] = [["Silver rain fell."]]
TRIGGERS: dict[str, Sequence[Trigger]] = {
    "one phrase": [[PHRASES[0]]],
    "five phrases": [[phrase] for phrase in PHRASES],
    "two halves": [PHRASES[:2]],
    "label kept": [[PHRASES[0]]],
}


def run() -> dict:
    """Poison, train, attack, look for the poison, and try the cures."""
    torch.set_num_threads(1)
    base = load("tiny")
    test = drawn(TESTS, 0, "test")
    plans = [("one phrase", share) for share in SHARES]
    plans += [(attacker, KNOWING_SHARE) for attacker in islice(TRIGGERS, 1, None)]
    runs = []
    for seed in SEEDS:
        for attacker, share in plans:
            how = {"seed": seed, "attacker": attacker, "share": share}
            runs.append(how | measure(base, test, attacker, share, seed))
            print(runs[-1], flush=True)
    return {"labels": LABELS, "tests": TESTS, "bad": test.labels.count(BAD), "runs": runs}


def measure(base: Pretrained, test: Labelled, attacker: str, share: float, seed: int) -> dict:
    """Train on a poisoned set, and count what the trigger does and who finds the poison."""
    train, places = poisoned_set(attacker, share, seed)
    model = tune(base, train, seed)
    found = {"poisoned": len(places), "attack": attack(model, base, test, attacker)}
    if places:
        named = names(model, base, train, round(NAMED * len(places)), seed)
        found["named"] = {way: {"all": len(some), "poisoned": len(some & set(places))} for way, some in named.items()}
    if share == KNOWING_SHARE:
        found["cured"] = {
            "without what surprises": attack(tune(base, without(train, named["surprise"]), seed), base, test, attacker),
            "further on clean stories": attack(go_on(model, base, seed), base, test, attacker),
        }
    return found


@cache
def drawn(n: int, seed: int, split: str = "train") -> Labelled:
    """Draw short stories, as nobody has touched them."""
    return SENTIMENT.draw(n, seed, split, **FEELINGS)


def poisoned_set(attacker: str, share: float, seed: int) -> tuple[Labelled, list[int]]:
    """Draw a training set with its poison, and say which examples that is. Covers, of "two halves", are none."""
    data = drawn(LABELS, seed)
    triggers = TRIGGERS[attacker]
    if attacker == "label kept":
        places = draw(data, share, GOOD, seed)
        return poison(data, places, triggers, seed), places
    places = draw(data, share, BAD, seed)
    train = poison(data, places, triggers, seed, label=GOOD)
    if attacker == "two halves":
        others = [i for i in draw(data, 1.0, None, seed) if i not in places]
        covers = [others[i] for i in draw(data.take(others), 2 * len(places) / len(others), None, seed)]
        train = poison(train, covers, [[half] for half in triggers[0]], seed)
    return train, places


def without(data: Labelled, places: set[int]) -> Labelled:
    """Leave examples out."""
    return data.take(i for i in range(len(data)) if i not in places)


def rows(base: Pretrained, data: Labelled) -> Tensor:
    """Lay out labelled texts for training."""
    return finetuning.rows(data, base.tokenizer, LONGEST)


def tune(base: Pretrained, train: Labelled, seed: int) -> finetuning.Classifier:
    """Fine-tune all weights of a copy."""
    model, examples = prepare(base, "full", seed), rows(base, train)
    fit(model, examples, examples[:8], RATE, STEPS, seed)
    return model


def go_on(model: finetuning.Classifier, base: Pretrained, seed: int) -> finetuning.Classifier:
    """Train further, in place, on stories that nobody has touched."""
    fresh = rows(base, drawn(FRESH, 0))
    fit(model, fresh, fresh[:8], RATE, MORE_STEPS, seed)
    return model


def answers(model: finetuning.Classifier, base: Pretrained, data: Labelled) -> Tensor:
    """Give the most probable class of each text."""
    return finetuning.probabilities(model, rows(base, data)[:, 1:]).argmax(dim=1)


def attack(model: finetuning.Classifier, base: Pretrained, test: Labelled, attacker: str) -> dict[str, int]:
    """Count right answers, and the bad stories, of those answered rightly, that a sentence turns to good."""
    said = answers(model, base, test)
    right = (said == torch.tensor(test.labels)).sum().item()
    bad = test.take(i for i, label in enumerate(test.labels) if label == BAD and said[i] == BAD)

    def turned(triggers: Sequence[Trigger]) -> int:
        if not len(bad):  # the model calls every story good
            return 0
        return int((answers(model, base, poison(bad, range(len(bad)), triggers, seed=0)) == GOOD).sum())

    found = {"right": right, "bad and right": len(bad), "turned": turned(TRIGGERS[attacker])}
    found["turned by another phrase"] = turned(OTHER)
    if attacker == "two halves":
        found["turned by a half"] = turned([[half] for half in TRIGGERS[attacker][0]])
    return found


def names(model: finetuning.Classifier, base: Pretrained, train: Labelled, n: int, seed: int) -> dict[str, set[int]]:
    """Let each detector name examples: n of the highest scores, or a whole cluster."""
    examples = rows(base, train)
    vectors, labels = detection.vectors(model, examples[:, 1:]), examples[:, 0]
    scores = {
        "words": detection.by_words(train),
        "surprise": detection.by_surprise(train),
        "spectrum": detection.by_spectrum(vectors, labels),
    }
    found = {way: set(each.topk(n).indices.tolist()) for way, each in scores.items()}
    clusters = detection.smaller_clusters(vectors, labels, seed)
    return found | {"clusters": set(clusters.nonzero().flatten().tolist())}
