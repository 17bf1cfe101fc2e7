"""Exercise: how many parameters a block has, and where they are."""

from collections.abc import Callable
from typing import Any

from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.judging import judge
from lmkit.check.properties import Probes
from lmkit.check.report import Report


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
    Misconception(
        code="always-four-times",
        says="You took d_hidden for 4 · d_model, whatever it is.",
        asks="Which of the two arguments does your count never use?",
        wrong={"hidden": lambda d_model, d_hidden: 4 * d_model},
    ),
    Misconception(
        code="hidden-is-d-model",
        says="You counted matrices of d_model by d_model in the feed-forward network.",
        asks="How many numbers lie between the two matrices?",
        wrong={"hidden": lambda d_model, d_hidden: d_model},
    ),
    Misconception(
        code="one-matrix",
        says="You counted one matrix of the feed-forward network.",
        asks="A neuron has a key that it reads with. What does it write with?",
        wrong={"matrices": 1},
    ),
    Misconception(
        code="three-matrices",
        says="You counted three matrices, as in a network with a gate.",
        asks="Which of the three has no place in this formula?",
        wrong={"matrices": 3},
    ),
    Misconception(
        code="read-bias-forgotten",
        says="You left out the bias of the matrix that reads.",
        asks="How many numbers does that matrix give, and is something added to each?",
        wrong={"read_bias": lambda d_model, d_hidden: 0},
    ),
    Misconception(
        code="write-bias-forgotten",
        says="You left out the bias of the matrix that writes.",
        asks="What comes out of that matrix, and is anything added to it?",
        wrong={"write_bias": lambda d_model, d_hidden: 0},
    ),
    Misconception(
        code="write-bias-too-long",
        says="You gave the matrix that writes a bias of d_hidden numbers.",
        asks="A bias is added to what comes out. How long is what comes out?",
        wrong={"write_bias": lambda d_model, d_hidden: d_hidden},
    ),
    Misconception(
        code="output-projection-forgotten",
        says="You counted three matrices in attention.",
        asks="Queries, keys, values: and what mixes the heads again at the end?",
        wrong={"projections": 3},
    ),
    Misconception(
        code="attention-biases-forgotten",
        says="You left out the biases of attention.",
        asks="How many numbers does each projection give, and is something added to each?",
        wrong={"attention_bias": 0},
    ),
)

TWINS = (
    Twin(
        pair=("hidden-is-d-model", "write-bias-too-long"),
        seen_as=("hidden-is-d-model",),
        because="with as many neurons as numbers, the two biases are equally long",
    ),
    Twin(
        pair=("hidden-is-d-model", "write-bias-forgotten"),
        seen_as=("hidden-is-d-model", "read-bias-forgotten"),
        because="with as many neurons as numbers, the two biases are equally long",
    ),
    Twin(
        pair=("read-bias-forgotten", "write-bias-too-long"),
        seen_as=("write-bias-forgotten",),
        because="d_hidden numbers of bias are left, whichever matrix they belong to",
    ),
)

COUNT_FFN_PARAMETERS = Exercise(
    id="count_ffn_parameters",
    title="Where the parameters are",
    family=count,
    returns={"count for the feed-forward network": "", "count for attention": ""},
    probes=probes,
    examples=((3, 5),),
    properties=(
        Property(
            code="neurons-do-not-add-up",
            right="Each further neuron costs a row, a column and a bias.",
            says="A further neuron does not cost a row, a column and a bias in your count.",
            asks="Count for 10 neurons and for 11. What came with the eleventh?",
            holds=_neurons_add_up,
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=TWINS,
)


def count_ffn_parameters(student: Any, seed: int = 0) -> Report:
    """Check `count_ffn_parameters(d_model, d_hidden) -> (in_the_feed_forward, in_attention)`, biases included.

    Attention has four projections of d_model by d_model. Neither has a gate.
    """
    return judge(COUNT_FFN_PARAMETERS, student, seed)
