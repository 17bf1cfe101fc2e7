"""Duplicates: sentences that a text holds more than once, letter by letter or nearly.

Short sentences come again by themselves ("Tom was happy."), so only those of some length are looked at.

Source: Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better", section 4.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from lmkit.text.storyworld.parsing import split_sentences

LEAST_WORDS = 8  # shorter sentences are left alone


def ngrams(sentence: str, n: int = 3) -> set[tuple[str, ...]]:
    """List all runs of n words of a sentence, in small letters and without marks."""
    words = re.findall(r"[\w']+", sentence.lower())
    return set(zip(*(words[start:] for start in range(n)), strict=False))


def jaccard(one: set, other: set) -> float:
    r"""Say how alike two sets are: $|A \cap B| \,/\, |A \cup B|$, from 0 to 1. Two empty sets are alike."""
    return len(one & other) / len(one | other) if one or other else 1.0


def without_repeated(texts: Sequence[str]) -> list[str]:
    """Leave out each long sentence that stood before, letter by letter, in any of the texts."""
    seen: set[str] = set()

    def is_new(sentence: str) -> bool:
        if sentence in seen:
            return False
        seen.add(sentence)
        return True

    return _keep(texts, is_new)


def without_nearly_repeated(texts: Sequence[str], alike: float = 0.5) -> list[str]:
    """Leave out each long sentence whose runs of three words are nearly those of one that was kept before.

    Args:
        alike: the Jaccard similarity from which on a sentence counts as a repetition.
    """
    kept: list[set] = []
    holders: dict[tuple, list[int]] = defaultdict(list)  # which kept sentences hold a run of words

    def is_new(sentence: str) -> bool:
        runs = ngrams(sentence)
        shared = Counter(number for run in runs for number in holders[run])
        if any(n / (len(runs) + len(kept[number]) - n) >= alike for number, n in shared.items()):
            return False
        for run in runs:
            holders[run].append(len(kept))
        kept.append(runs)
        return True

    return _keep(texts, is_new)


def _keep(texts: Sequence[str], is_new: Callable[[str], bool]) -> list[str]:
    found = []
    for text in texts:
        sentences = split_sentences(text)
        kept = [each for each in sentences if len(each.split()) < LEAST_WORDS or is_new(each)]
        found.append(" ".join(kept))
    return found
