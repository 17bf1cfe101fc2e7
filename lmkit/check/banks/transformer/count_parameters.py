"""Exercise: count the parameters of a transformer without building it.

Check `count_parameters(vocab_size, n_layers, n_heads, d_model, d_hidden)`: four whole numbers.

In the embedding, in attention, in the feed-forward networks and in the norms, all layers together. All linear
layers have biases; the unembedding is tied to the embedding; positions are rotary; layer norms come first, with
one more after the last block.
"""

from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth, twin


def add_up(
    vocab_size: int,
    n_layers: int,
    n_heads: int,
    d_model: int,
    d_hidden: int,
    *,
    tables: int = 1,
    layers: Callable = lambda n_layers: n_layers,
    heads: Callable = lambda n_heads: 1,
    projections: int = 4,
    biases: int = 1,
    neurons: Callable = lambda d_hidden, d_model: d_hidden,
    writes: int = 1,
    norms: Callable = lambda n_layers, d_model: (2 * n_layers + 1) * 2 * d_model,
) -> tuple[int, int, int, int]:
    """Numbers in the embedding, in attention, in the feed-forward networks, in the norms. Keywords are switches.

    A linear layer from a to b numbers has a · b weights and b biases. The unembedding is the embedding again; the
    positions are rotary and have none; a norm has a gain and a bias.
    """
    n_layers, d_hidden = layers(n_layers), neurons(d_hidden, d_model)
    attention = heads(n_heads) * projections * (d_model**2 + biases * d_model)
    read = d_model * d_hidden + biases * d_hidden
    write = d_hidden * d_model + biases * d_model
    in_blocks = n_layers * attention, n_layers * (read + writes * write)
    return tables * vocab_size * d_model, *in_blocks, norms(n_layers, d_model)


def probes(seed: int) -> Probes:
    """Sizes that all differ; a hidden width that is four times the model's, and others that are not."""
    return (
        Probe("for one block", (31 + seed, 1, 3, 12, 48)),
        Probe("for three blocks", (50 + seed, 3, 5, 20, 80)),
        Probe("for another hidden width", (40, 6 + seed, 7, 14, 37)),
    )


def _twice_the_layers(solve: Callable, probes: Probes) -> bool:
    vocab_size, n_layers, *others = probes[1].args
    once, twice = solve(vocab_size, n_layers, *others), solve(vocab_size, 2 * n_layers, *others)
    return once[0] == twice[0] and all(float(twice[part]) == 2 * float(once[part]) for part in (1, 2))


def _heads_cost_nothing(solve: Callable, probes: Probes) -> bool:
    few, many = solve(50, 3, 2, 24, 96), solve(50, 3, 6, 24, 96)
    return all(float(one) == float(other) for one, other in zip(few, many, strict=True))


def _two_thirds(solve: Callable, probes: Probes) -> bool:
    """With d_hidden = 4 · d_model, and vectors so long that the biases hardly count."""
    _, attention, feed_forward, _ = map(float, solve(50, 3, 4, 400, 1600))
    return abs(feed_forward - 2 * attention) < 0.01 * attention


MISCONCEPTIONS = (
    mistake("unembedding-counted-again", tables=2)
    .says("You counted the unembedding as a second table, but it is tied: the same numbers, used twice.")
    .asks("If training changes a number of the embedding, does it change in the unembedding too?"),
    mistake("one-block-only", layers=lambda n_layers: 1)
    .says("You counted one block only.")
    .asks("Do two blocks share their weights, or has each its own?"),
    mistake("every-head-full-width", heads=lambda n_heads: n_heads)
    .says("You gave every head matrices of full width.")
    .asks("The heads share d_model among them. How wide is the query matrix of one head, and how wide are all?"),
    mistake("output-projection-forgotten", projections=3)
    .says("You counted three projections in attention.")
    .asks("Queries, keys and values are made from the stream. What happens to the mixed values after that?"),
    mistake("biases-forgotten", biases=0)
    .says("You counted no biases in the linear layers.")
    .asks("A linear layer computes x · W + b. How many numbers has b?"),
    mistake("four-times-assumed", neurons=lambda d_hidden, d_model: 4 * d_model)
    .says("You took 4 · d_model neurons, whatever d_hidden is.")
    .asks("Four times is a habit, not a law. Which argument says how many neurons there are?"),
    mistake("no-wider-inside", neurons=lambda d_hidden, d_model: d_model)
    .says("Your feed-forward networks are as narrow inside as outside: d_hidden plays no part.")
    .asks("What are the two sizes of the matrix that reads?"),
    mistake("reading-only", writes=0)
    .says("You counted the matrix that reads, not the one that writes.")
    .asks("The neurons have fired. How does what they say come back to the width of the stream?"),
    mistake("last-norm-forgotten", norms=lambda n_layers, d_model: 2 * n_layers * 2 * d_model)
    .says("You left out one norm, the one after the last block.")
    .asks("What stands between the last block and the unembedding?"),
    mistake("one-norm-a-block", norms=lambda n_layers, d_model: (n_layers + 1) * 2 * d_model)
    .says("You counted one norm in each block.")
    .asks("How many parts of a block read from the stream, and what stands before each?"),
    mistake("norms-without-bias", norms=lambda n_layers, d_model: (2 * n_layers + 1) * d_model)
    .says("Your norms have d_model numbers each.")
    .asks("A layer norm stretches and shifts. How many numbers does it need for the two?"),
)

COUNT_PARAMETERS = Exercise(
    id="count_parameters",
    title="Where the parameters are",
    family=add_up,
    returns={
        "count for the embedding": "",
        "count for attention": "",
        "count for the feed-forward networks": "",
        "count for the norms": "",
    },
    probes=probes,
    examples=((5, 2, 2, 4, 6),),
    properties=(
        truth("not-in-step-with-the-layers", _twice_the_layers)
        .right("With twice the layers, attention and feed-forward double, and the embedding stays.")
        .says("With twice the layers, not everything grows as it should.")
        .asks("Which parts are there once in a model, and which are there once in each block?"),
        truth("heads-change-the-count", _heads_cost_nothing)
        .right("More heads of the same width together need no more parameters.")
        .says("With the same d_model but more heads, your counts change.")
        .asks("More heads are also narrower heads. How do the two balance?"),
        truth("not-two-thirds", _two_thirds)
        .right("With d_hidden four times d_model, the feed-forward has twice what attention has.")
        .says("With d_hidden four times d_model, your feed-forward does not have twice what attention has.")
        .asks("Count in squares of d_model: how many such squares are in attention, and how many in a feed-forward?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "one-block-only one-norm-a-block",
            seen_as="one-block-only last-norm-forgotten",
            because="of the three norms of a single block's model, two are counted, and no count says which",
        ),
    ),
)
