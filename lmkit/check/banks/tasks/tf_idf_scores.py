"""Exercise: which text does a question belong to? The cosine of TF-IDF.

Check `tf_idf_scores(texts, query)`: one number a text, [text].

`texts` is [text word]: how often each word of the vocabulary occurs in each text; `query`, [word], how often in the
question. With N texts, of which df have a word, its weight is idf = ln((1 + N) / (1 + df)) + 1, as in scikit-learn. The
counts are multiplied by it, for the texts and for the question, and compared by their cosine.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, hides, mistake, truth, twin

Texts = Float[Tensor, "text word"]
Words = Float[Tensor, "word"]


def _direction(x: Tensor) -> Tensor:
    return F.normalize(x, dim=-1)


def scores(
    texts: Texts,
    query: Words,
    *,
    holds: Callable = lambda texts: (texts > 0).sum(dim=0),
    weigh: Callable = lambda n, df: ((1 + n) / (1 + df)).log() + 1,
    on_query: Callable = lambda query, idf: query * idf,
    on_texts: Callable = lambda texts, idf: texts * idf,
    of_texts: Callable = _direction,
    of_query: Callable = _direction,
) -> Float[Tensor, "text"]:
    """The cosine of the weighted counts. The keywords are the switches."""
    idf = weigh(len(texts), holds(texts))
    return of_texts(on_texts(texts, idf)) @ of_query(on_query(query, idf))


def probes(seed: int) -> Probes:
    """A word in all texts and rare ones; texts of unlike lengths; a question with a word twice; one text."""
    draws = Draws(seed)

    def of(says: str, n: int, vocab: int, most: int) -> Probe:
        texts = draws.whole(0, most, n, vocab).float()
        texts[:, 0] = most
        texts[:, 1] = 0
        texts[0, 1] = 1
        query = draws.whole(0, 2, vocab).float()
        query[:3] = torch.tensor([1.0, 1.0, 2.0])
        return Probe(says, (texts, query))

    long = of("for texts of unlike lengths", 5, 6, 3)
    texts, query = long.args
    return (
        of("for words that are common and rare", 6, 7, 3),
        Probe(long.says, (texts * torch.tensor([1.0, 9.0, 1.0, 4.0, 2.0])[:, None], query)),
        of("for many texts", 9, 5, 4),
    )


def _length_does_not_matter(solve: Callable, probes: Probes) -> bool:
    texts, query = probes[0].args
    (once,), (twice,) = solve(texts, query), solve(texts * 2, query * 3)
    return torch.allclose(once.double(), twice.double(), atol=1e-5)


def _a_text_is_most_like_itself(solve: Callable, probes: Probes) -> bool:
    texts, _ = probes[0].args
    return all(abs(float(solve(texts, texts[i])[0][i]) - 1) < 1e-4 for i in range(len(texts)))


def _lies_between_0_and_1(args: tuple, result: Tensor) -> bool:
    return bool(((result > -1e-6) & (result < 1 + 1e-4)).all())


MISCONCEPTIONS = (
    mistake("occurrences-counted", holds=lambda texts: texts.sum(dim=0))
    .says("You counted how often a word occurs, not in how many texts.")
    .asks("A word stands nine times in one text, and in no other. Does it tell that text from the others?"),
    mistake("not-weighed", weigh=lambda n, df: torch.ones_like(df, dtype=torch.float32))
    .says("All words weigh the same: there is no idf.")
    .asks("'The' stands in every text. What does it say about which one is meant?"),
    mistake("log-forgotten", weigh=lambda n, df: (1 + n) / (1 + df) + 1)
    .says("There is no logarithm.")
    .asks("How much more should a word weigh that stands in one text of a million than one in a text of a thousand?"),
    mistake("decimal-logarithm", weigh=lambda n, df: ((1 + n) / (1 + df)).log10() + 1)
    .says("You took the logarithm to base 10.")
    .asks("Which base has ln?"),
    mistake("one-not-added", weigh=lambda n, df: ((1 + n) / (1 + df)).log())
    .says("The 1 after the logarithm is missing: a word that is in all texts weighs nothing.")
    .asks("What is your idf where df = N, and what does the formula say?"),
    mistake("not-smoothed", weigh=lambda n, df: (n / df.clamp(min=1)).log() + 1)
    .says("You left out the 1 that is added to N and to df.")
    .asks("What is your idf for a word that no text has?"),
    mistake("upside-down", weigh=lambda n, df: ((1 + df) / (1 + n)).log() + 1)
    .says("You turned the fraction upside down: common words weigh most.")
    .asks("Which of the two should weigh more, 'the' or 'Zoe'?"),
    mistake("query-not-weighed", on_query=lambda query, idf: query)
    .says("The words of the question are not weighed.")
    .asks("The question has a 'the' and a 'Zoe'. Which of the two is it about?"),
    mistake("texts-not-weighed", on_texts=lambda texts, idf: texts)
    .says("The words of the texts are not weighed.")
    .asks("Must both sides of a cosine be measured in the same way?"),
    mistake("texts-not-normalized", of_texts=lambda texts: texts)
    .says("You did not divide by the length of the texts: long ones win.")
    .asks("A text is written twice, one copy after the other. Does it fit the question better now?"),
    mistake("query-not-normalized", of_query=lambda query: query)
    .says("You did not divide by the length of the question: this is no cosine.")
    .asks("What is the cosine of a vector and itself?"),
)

_THREE = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]])

TF_IDF_SCORES = Exercise(
    id="tf_idf_scores",
    title="Find the text",
    family=scores,
    returns={"score": "text"},
    probes=probes,
    examples=(
        (_THREE, torch.tensor([1.0, 1.0])),
        (_THREE * torch.tensor([[1.0], [3.0], [2.0]]), torch.tensor([1.0, 1.0])),
        (torch.tensor([[2.0, 1.0], [1.0, 0.0], [3.0, 0.0]]), torch.tensor([0.0, 2.0])),
        (torch.tensor([[1.0, 2.0], [2.0, 0.0]]), torch.tensor([2.0, 1.0])),
    ),
    properties=(
        FINITE,
        always("no-cosine", _lies_between_0_and_1)
        .right("Each score lies between 0 and 1.")
        .says("Some scores lie outside of 0 to 1, where a cosine of counts must lie.")
        .asks("By what do you divide, to get from a dot product to a cosine?"),
        truth("length-matters", _length_does_not_matter)
        .right("Twice as long a text with the same words, or a longer question, changes nothing.")
        .says("Your scores change when every text is written twice.")
        .asks("What does writing a text twice change: its direction, or its length?"),
        truth("not-most-like-itself", _a_text_is_most_like_itself)
        .right("A text that is asked for with its own words scores 1.")
        .says("A text that is asked for with its own words does not score 1.")
        .asks("Are both sides weighed and measured in the same way?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "not-weighed",
            "occurrences-counted query-not-weighed texts-not-weighed",
            because="Where all words weigh the same, it does not matter what was counted, nor what was weighed.",
        ),
        twin(
            "query-not-weighed texts-not-weighed",
            seen_as="not-weighed",
            because="Then nothing is weighed.",
        ),
    ),
)
