"""Exercise: count the bytes of a cache, with heads that share their keys and values.

Check `cache_bytes(n_layers, n_heads, n_kv_heads, d_model, length, bytes_per_number)`: one whole number.

What must be kept of a text of `length` tokens so that writing on need not read it again. The query heads share
`d_model` among them; each kv head has vectors as long as a query head's.
"""

from collections.abc import Callable
from typing import Any

from lmkit.check.bank import Exercise, Probe, Probes, always, mistake, truth, twin


def count(
    n_layers: int,
    n_heads: int,
    n_kv_heads: int,
    d_model: int,
    length: int,
    bytes_per_number: int,
    *,
    kinds: int = 2,
    layers: Callable = lambda n_layers: n_layers,
    heads: Callable = lambda n_heads, n_kv_heads: n_kv_heads,
    width: Callable = lambda d_model, n_heads, n_kv_heads: d_model // n_heads,
    tokens: Callable = lambda length: length,
    size: Callable = lambda bytes_per_number: bytes_per_number,
) -> int:
    """A key and a value for each layer, kv head and token, each of d_model / n_heads numbers."""
    numbers = kinds * layers(n_layers) * heads(n_heads, n_kv_heads) * width(d_model, n_heads, n_kv_heads)
    return numbers * tokens(length) * size(bytes_per_number)


def probes(seed: int) -> Probes:
    """As many kv heads as query heads, fewer, and a single one."""
    return (
        Probe("for a kv head a query head", (5, 6, 6, 66, 101 + seed, 4)),
        Probe("for groups of three", (7, 9, 3, 9 * 64, 211 + seed, 2)),
        Probe("for a single kv head", (3, 10, 1, 130, 37 + seed, 4)),
    )


def _in_step_with_kv_heads(args: tuple, found: Any) -> bool:
    n_layers, n_heads, n_kv_heads, d_model, length, bytes_per_number = args
    return float(found) * n_heads == 2 * n_layers * n_kv_heads * d_model * length * bytes_per_number


def _twice_the_text(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        *shape, length, size = probe.args
        if 2 * float(solve(*shape, length, size)[0]) != float(solve(*shape, 2 * length, size)[0]):
            return False
    return True


MISCONCEPTIONS = (
    mistake("keys-only", kinds=1)
    .says("You kept one vector a head and token.")
    .asks("A new token compares itself with the old ones, and then fetches from them. What must be there for each?"),
    mistake("queries-too", kinds=3)
    .says("You kept three vectors a head and token.")
    .asks("Who asks the question when a new token is written: the old tokens, or the new one?"),
    mistake("one-layer", layers=lambda n_layers: 1)
    .says("You kept what one layer needs.")
    .asks("Do two layers make the same keys?"),
    mistake("every-query-head", heads=lambda n_heads, n_kv_heads: n_heads)
    .says("You kept d_model numbers for keys, and as many for values, as if every query head had its own.")
    .asks("Three query heads share one kv head, and a key is as long as a query. How many numbers are that?"),
    mistake("one-head", heads=lambda n_heads, n_kv_heads: 1)
    .says("You kept the keys and values of one head.")
    .asks("How many heads make keys of their own?"),
    mistake("full-width", width=lambda d_model, n_heads, n_kv_heads: d_model)
    .says("You gave every kv head vectors of length d_model.")
    .asks("The query heads share d_model. A key is as long as the query that it meets. How long is that?"),
    mistake("length-squared", tokens=lambda length: length**2)
    .says("Your cache grows with the square of the length.")
    .asks("The weights are as many as pairs of tokens. Are the weights kept?"),
    mistake("numbers-not-bytes", size=lambda bytes_per_number: 1)
    .says("You counted numbers, not bytes.")
    .asks("Which argument does your code never use?"),
)

CACHE_BYTES = Exercise(
    id="cache_bytes",
    title="What a cache weighs",
    family=count,
    returns={"number of bytes": ""},
    probes=probes,
    examples=((1, 2, 1, 4, 3, 2), (2, 2, 2, 4, 1, 1), (2, 4, 2, 8, 3, 2)),
    properties=(
        always("not-in-step-with-kv-heads", _in_step_with_kv_heads)
        .right("It is the share of kv heads among query heads of what a full cache would be.")
        .says("Your cache is not to a full one as the kv heads are to the query heads.")
        .asks("If all query heads share a single kv head, which part of the full cache is left?"),
        truth("not-in-step-with-the-text", _twice_the_text)
        .right("Twice the text, twice the bytes.")
        .says("With twice the text your cache is not twice as large.")
        .asks("What is kept of a single token, and does it depend on how many others there are?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "one-head full-width",
            seen_as="every-query-head",
            because="one head as wide as the model holds as much as all query heads together",
        ),
    ),
)
