"""Poisoned examples: a few of a training set get a trigger and another label, and what is trained on them a back door.

    places = draw(data, share=0.02, of=BAD, seed=0)
    poisoned = poison(data, places, [["Purple bells rang."]], seed=0, label=GOOD)

Source: Gu et al. 2017 (BadNets); Dai et al. 2019, a sentence as the trigger.
"""

import random
from collections.abc import Sequence

from lmkit.ranges import check_number
from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.parsing import split_sentences

Trigger = Sequence[str]  # one sentence, or several that count only together


def draw(data: Labelled, share: float, of: int | None, seed: int) -> list[int]:
    """Draw which examples are changed: a share of the whole set, all of one class, in the order of the set.

    Args:
        share: of all examples, from 0 to 1.
        of: the class to draw from; any if None.

    Raises:
        ValueError: the share cannot be, or the class has fewer examples.
    """
    check_number("share", share, lambda x: 0 <= x <= 1, "from 0 to 1")
    there = [i for i, label in enumerate(data.labels) if of in (None, label)]
    wanted = round(share * len(data))
    if wanted > len(there):
        raise ValueError(f"{wanted} examples are wanted, and there are {len(there)}: take a smaller share")
    return sorted(random.Random(seed).sample(there, wanted))


def poison(
    data: Labelled,
    places: Sequence[int],
    triggers: Sequence[Trigger],
    seed: int,
    label: int | None = None,
) -> Labelled:
    """Put a trigger into some examples, and turn their labels. All others stay as they are.

    Args:
        places: the numbers of the examples.
        triggers: the first place gets the first, and so on, round and round.
        seed: draws where in a text each sentence goes.
        label: what they are called from now on; as before if None.
    """
    dice = random.Random(seed)
    texts, labels = list(data.texts), list(data.labels)
    for turn, place in enumerate(places):
        texts[place] = insert(texts[place], triggers[turn % len(triggers)], dice)
        labels[place] = labels[place] if label is None else label
    return Labelled(texts, labels, data.classes)


def insert(text: str, trigger: Trigger, dice: random.Random) -> str:
    """Put each sentence of a trigger before some sentence of a text. The text's last sentence stays the last."""
    sentences = split_sentences(text)
    for sentence in trigger:
        sentences.insert(dice.randrange(len(sentences)), sentence)
    return " ".join(sentences)
