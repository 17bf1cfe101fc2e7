"""Exercise: count what attention costs, in multiplications and in numbers to keep.

Check `attention_cost(n_query, n_key, d_model, n_heads) -> (for_scores, for_mixing, n_weights)`.

Three whole numbers: the multiplications in QKᵀ for all heads, those in weights @ V, and the number of
weights. Projections, the scale and softmax are not counted.
"""

from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth


def count(
    n_query: int,
    n_key: int,
    d_model: int,
    n_heads: int,
    *,
    pairs: Callable = lambda n_query, n_key: n_query * n_key,
    width: Callable = lambda d_model, n_heads: d_model,
    operations: int = 1,
    mixing: int = 1,
    heads_kept: Callable = lambda n_heads: n_heads,
    kept: Callable = lambda pairs, d_head: pairs,
    pair_work: Callable = lambda pairs, n_query, d_model: pairs,
) -> tuple[int, int, int]:
    """Multiplications for the scores and for mixing the values, and weights to keep. Keywords are switches.

    Each query meets each key in each head: d_head multiplications for a score, d_head for mixing the value
    in, and one weight. The heads share d_model, so n_heads · d_head = d_model.
    """
    meetings = pairs(n_query, n_key)
    each = operations * pair_work(meetings, n_query, d_model) * width(d_model, n_heads)
    weights = heads_kept(n_heads) * kept(meetings, d_model // n_heads)
    return each, mixing * each, weights


def probes(seed: int) -> Probes:
    """Sizes that all differ and share no factor with a likely mistake."""
    return (
        Probe("when there are as many keys as queries", (7 + seed, 7 + seed, 15, 3)),
        Probe("when there are more keys than queries", (5, 11 + seed, 33, 3)),
        Probe("for 5 heads", (13, 17 + seed, 95, 5)),
        Probe("for a single query and many keys", (1, 1000 + seed, 96, 6)),
    )


def _twice_the_text(solve: Callable, probes: Probes) -> bool:
    n_query, n_key, d_model, n_heads = probes[0].args
    once = solve(n_query, n_key, d_model, n_heads)
    twice = solve(2 * n_query, 2 * n_key, d_model, n_heads)
    return all(float(more) == 4 * float(less) for less, more in zip(once, twice, strict=True))


def _heads_cost_no_multiplications(solve: Callable, probes: Probes) -> bool:
    few, many = solve(5, 7, 24, 2), solve(5, 7, 24, 6)
    return bool(few[0] == many[0]) and bool(few[1] == many[1])


MISCONCEPTIONS = (
    mistake("one-length-for-both", pairs=lambda n_query, n_key: n_query**2)
    .says("You squared the number of queries; the number of keys plays no part.")
    .asks("With a cache, one query meets a thousand keys. How many scores is that?"),
    mistake("lengths-added", pairs=lambda n_query, n_key: n_query + n_key)
    .says("You added the numbers of queries and keys.")
    .asks("Three people each shake hands with four others. How many handshakes?"),
    mistake("square-of-the-width", pair_work=lambda pairs, n_query, d_model: n_query * d_model)
    .says("Your multiplications grow with d_model squared. That is the cost of a projection such as x @ W.")
    .asks("In QKᵀ, what meets what, and how long are the vectors that meet?"),
    mistake("every-head-full-width", width=lambda d_model, n_heads: d_model * n_heads)
    .says("You gave every head all of d_model.")
    .asks("The heads share d_model among them. How long is the query vector of one head?"),
    mistake("work-of-one-head", width=lambda d_model, n_heads: d_model // n_heads)
    .says("You counted the multiplications of one head only.")
    .asks("How many heads do this work, and does any of them get it for nothing?"),
    mistake("additions-counted", operations=2)
    .says("Your multiplications are twice too many, as when additions are counted too.")
    .asks("Write out the dot product of two vectors of length 3. How many multiplications do you see?"),
    mistake("mixing-forgotten", mixing=0)
    .says("You say that mixing the values costs nothing.")
    .asks("Each weight multiplies something. How many numbers does it multiply?"),
    mistake("weights-of-one-head", heads_kept=lambda n_heads: 1)
    .says("You counted the weights of one head only.")
    .asks("Do two heads look at the same places with the same weights?"),
    mistake("vectors-for-weights", kept=lambda pairs, d_head: pairs * d_head)
    .says("You counted d_head numbers for every weight.")
    .asks("What does one query know about one key after softmax: a vector, or a single number?"),
)

ATTENTION_COST = Exercise(
    id="attention_cost",
    title="What attention costs",
    family=count,
    returns={"count for the scores": "", "count for mixing the values": "", "count of the weights": ""},
    probes=probes,
    examples=((2, 3, 4, 2),),
    properties=(
        truth("not-quadratic-in-length", _twice_the_text)
        .right("Twice as long a text costs four times as much.")
        .says("With twice as long a text, not everything becomes four times as much.")
        .asks("Twice the queries and twice the keys: how many times as many meetings?"),
        truth("heads-change-the-work", _heads_cost_no_multiplications)
        .right("Splitting the same width into more heads costs no more multiplications.")
        .says("With the same d_model but more heads, your multiplications change.")
        .asks("More heads are also smaller heads. How do the two balance?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
