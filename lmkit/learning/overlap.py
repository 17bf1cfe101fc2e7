"""How far does an answer agree with the one that is known to be right? By its words, and by its links.

Overlap sees words, not what they say: *happy* for *sad* costs one word. BLEU, chrF and ROUGE are in libraries that are
kept: sacrebleu, rapidrouge.
"""

import re
import string
from collections import Counter
from collections.abc import Collection

Link = tuple[int, int]  # a word of the source, and a word of the translation, by their places

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def words(text: str) -> list[str]:
    """Give the words of an English answer: in lower case, without punctuation, without a, an and the.

    Source: Rajpurkar et al. 2016, section 6.1.
    """
    return _ARTICLES.sub(" ", text.lower().translate(_WITHOUT_PUNCTUATION)).split()


def exact_match(answer: str, right: str) -> bool:
    """Say whether two answers have the same words in the same order.

    Source: Rajpurkar et al. 2016, section 6.1.
    """
    return words(answer) == words(right)


def token_f1(answer: str, right: str) -> float:
    r"""Give the harmonic mean of precision and recall, in words, each counted as often as both have it.

    $$F_1 = \frac{2 P R}{P + R} = \frac{2\,|A \cap B|}{|A| + |B|}$$

    with A and B the words of both answers. Of two answers without any word it is 1, of one without and one with, 0.

    Source: Rajpurkar et al. 2016, section 6.1.
    """
    ours, theirs = Counter(words(answer)), Counter(words(right))
    if not ours and not theirs:
        return 1.0
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def alignment_error_rate(found: Collection[Link], sure: Collection[Link], possible: Collection[Link]) -> float:
    r"""Say how wrong a word alignment is: 0 if it has all sure links and none that is not possible.

    $$\mathrm{AER} = 1 - \frac{|A \cap S| + |A \cap P|}{|A| + |S|}$$

    Args:
        found: the links A of the alignment.
        sure: the links S that it must have.
        possible: the links P that it may have. The sure ones are among them, named or not.

    Raises:
        ValueError: there is neither a link found nor a sure one.

    Source: Och and Ney 2003, section 3.3.
    """
    found, sure = set(found), set(sure)
    if not found and not sure:
        raise ValueError("there is no link, found or sure, so nothing can be wrong: give at least one")
    return 1 - (len(found & sure) + len(found & (sure | set(possible)))) / (len(found) + len(sure))
