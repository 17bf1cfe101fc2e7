"""Exercise: how many parameters a block has, and where they are.

Check `count_ffn_parameters(d_model, d_hidden) -> (in_the_feed_forward, in_attention)`, biases included.

Attention has four projections of d_model by d_model. Neither has a gate.
"""

from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, hides, mistake, truth, twin


def count(
    d_model: int,
    d_hidden: int,
    *,
    hidden: Callable = lambda d_model, d_hidden: d_hidden,
    matrices: int = 2,
    read_bias: Callable = lambda d_model, d_hidden: d_hidden,
    write_bias: Callable = lambda d_model, d_hidden: d_model,
    projections: int = 4,
    attention_bias: int = 1,
) -> tuple[int, int]:
    """Parameters of the feed-forward network and of attention, biases included. The keywords are the switches."""
    neurons = hidden(d_model, d_hidden)
    biases = read_bias(d_model, neurons) + write_bias(d_model, neurons)
    feed_forward = matrices * d_model * neurons + biases
    attention = projections * d_model * d_model + attention_bias * projections * d_model
    return feed_forward, attention


def probes(seed: int) -> Probes:
    """Sizes where the usual factor of 4 holds, and others."""
    return (
        Probe("for 4 neurons a number", (32 + seed, 4 * (32 + seed))),
        Probe("for another number of neurons", (48, 100 + seed)),
    )


def _neurons_add_up(solve: Callable, probes: Probes) -> bool:
    """Each further neuron costs the same: a row, a column and a bias."""
    few, more, most = (solve(48, neurons) for neurons in (10, 11, 111))
    return float(most[0] - more[0]) == 100 * float(more[0] - few[0]) == 100 * (2 * 48 + 1)


MISCONCEPTIONS = (
    mistake("always-four-times", hidden=lambda d_model, d_hidden: 4 * d_model)
    .says("You took d_hidden for 4 · d_model, whatever it is.")
    .asks("Which of the two arguments does your count never use?"),
    mistake("hidden-is-d-model", hidden=lambda d_model, d_hidden: d_model)
    .says("You counted matrices of d_model by d_model in the feed-forward network.")
    .asks("How many numbers lie between the two matrices?"),
    mistake("one-matrix", matrices=1)
    .says("You counted one matrix of the feed-forward network.")
    .asks("A neuron has a key that it reads with. What does it write with?"),
    mistake("three-matrices", matrices=3)
    .says("You counted three matrices, as in a network with a gate.")
    .asks("Which of the three has no place in this formula?"),
    mistake("read-bias-forgotten", read_bias=lambda d_model, d_hidden: 0)
    .says("You left out the bias of the matrix that reads.")
    .asks("How many numbers does that matrix give, and is something added to each?"),
    mistake("write-bias-forgotten", write_bias=lambda d_model, d_hidden: 0)
    .says("You left out the bias of the matrix that writes.")
    .asks("What comes out of that matrix, and is anything added to it?"),
    mistake("write-bias-too-long", write_bias=lambda d_model, d_hidden: d_hidden)
    .says("You gave the matrix that writes a bias of d_hidden numbers.")
    .asks("A bias is added to what comes out. How long is what comes out?"),
    mistake("output-projection-forgotten", projections=3)
    .says("You counted three matrices in attention.")
    .asks("Queries, keys, values: and what mixes the heads again at the end?"),
    mistake("attention-biases-forgotten", attention_bias=0)
    .says("You left out the biases of attention.")
    .asks("How many numbers does each projection give, and is something added to each?"),
)

COUNT_FFN_PARAMETERS = Exercise(
    id="count_ffn_parameters",
    title="Where the parameters are",
    family=count,
    returns={"count for the feed-forward network": "", "count for attention": ""},
    probes=probes,
    examples=((3, 5),),
    properties=(
        truth("neurons-do-not-add-up", _neurons_add_up)
        .right("Each further neuron costs a row, a column and a bias.")
        .says("A further neuron does not cost a row, a column and a bias in your count.")
        .asks("Count for 10 neurons and for 11. What came with the eleventh?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "hidden-is-d-model",
            "write-bias-too-long",
            because="with as many neurons as numbers, the two biases are equally long",
        ),
        twin(
            "hidden-is-d-model write-bias-forgotten",
            seen_as="hidden-is-d-model read-bias-forgotten",
            because="with as many neurons as numbers, the two biases are equally long",
        ),
        twin(
            "read-bias-forgotten write-bias-too-long",
            seen_as="write-bias-forgotten",
            because="d_hidden numbers of bias are left, whichever matrix they belong to",
        ),
    ),
)
