"""Exercise: count the bytes that training takes, before it is started.

Check `training_memory(n_parameters, n_kept, batch, length)`: four whole numbers, in bytes.

For the weights, the gradients, the optimizer (AdamW), and the activations. Every number has 32 bits. `n_kept` is how
many numbers the forward pass keeps of each token; a step reads `batch` texts of `length` tokens.
"""

from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth


def add_up(
    n_parameters: int,
    n_kept: int,
    batch: int,
    length: int,
    *,
    size: int = 4,
    gradients: int = 1,
    averages: int = 2,
    tokens: Callable = lambda batch, length: batch * length,
    kept: Callable = lambda n_kept, n_parameters: n_kept,
) -> tuple[int, int, int, int]:
    """Four bytes a number: one a weight, one a slope, two averages a weight, and what is kept of each token."""
    weights = size * n_parameters
    activations = size * kept(n_kept, n_parameters) * tokens(batch, length)
    return weights, gradients * weights, averages * weights, activations


def probes(seed: int) -> Probes:
    """Sizes that share no factor with a likely mistake."""
    return (
        Probe("for a small model", (1001 + seed, 97, 3, 7)),
        Probe("for one text at a time", (5003 + seed, 211, 1, 19)),
        Probe("for many texts of one token", (333 + seed, 59, 23, 1)),
    )


def _twice_the_batch(solve: Callable, probes: Probes) -> bool:
    n_parameters, n_kept, batch, length = probes[0].args
    once, twice = solve(n_parameters, n_kept, batch, length), solve(n_parameters, n_kept, 2 * batch, length)
    return float(twice[3]) == 2 * float(once[3]) and all(float(twice[i]) == float(once[i]) for i in range(3))


def _four_numbers_a_parameter(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        weights, gradients, optimizer, _ = map(float, solve(*probe.args))
        if weights + gradients + optimizer != 16 * probe.args[0]:
            return False
    return True


MISCONCEPTIONS = (
    mistake("numbers-not-bytes", size=1)
    .says("You counted numbers. The question is about bytes.")
    .asks("How many bits has a number here, and how many bits has a byte?"),
    mistake("sixteen-bits", size=2)
    .says("You took two bytes a number, as if it had 16 bits.")
    .asks("How many bytes are 32 bits?"),
    mistake("bits-not-bytes", size=32)
    .says("You counted bits.")
    .asks("How many bits are one byte?"),
    mistake("no-gradients", gradients=0)
    .says("In your count gradients take no memory.")
    .asks("Where does `backward` put what it finds, and how long does it lie there?"),
    mistake("one-average", averages=1)
    .says("Your optimizer keeps one number for each weight.")
    .asks("AdamW moves a weight by an average over the root of another. Averages of what?"),
    mistake("no-averages", averages=0)
    .says("Your optimizer remembers nothing.")
    .asks("What does AdamW know at step 1,000 about the steps before?"),
    mistake("a-copy-of-the-weights-too", averages=3)
    .says("Your optimizer keeps three numbers for each weight.")
    .asks("Weights and gradients are counted already. What does AdamW keep beside them?"),
    mistake("one-text", tokens=lambda batch, length: length)
    .says("You counted the activations of one text.")
    .asks("When `backward` begins, of how many texts are the activations still there?"),
    mistake("one-token-a-text", tokens=lambda batch, length: batch)
    .says("You counted one token of each text.")
    .asks("Which tokens of a text does the backward pass come through?"),
    mistake("length-squared", tokens=lambda batch, length: batch * length**2)
    .says("Your activations grow with the square of the length.")
    .asks("`n_kept` is a count for each token. How many tokens does a step read?"),
    mistake("kept-for-each-parameter", kept=lambda n_kept, n_parameters: n_parameters)
    .says("You kept a number for each parameter and token.")
    .asks("A weight is the same for all tokens. What differs from token to token?"),
)

TRAINING_MEMORY = Exercise(
    id="training_memory",
    title="What training holds in memory",
    family=add_up,
    returns={
        "bytes of the weights": "",
        "bytes of the gradients": "",
        "bytes of the optimizer": "",
        "bytes of the activations": "",
    },
    probes=probes,
    examples=((3, 5, 2, 4),),
    properties=(
        truth("not-sixteen-a-parameter", _four_numbers_a_parameter)
        .right("Without activations, training takes 16 bytes a parameter.")
        .says("Weights, gradients and optimizer together are not four numbers a parameter.")
        .asks("Name the four numbers that training keeps for one weight. How many bytes is each?"),
        truth("batch-in-the-wrong-place", _twice_the_batch)
        .right("A batch twice as large doubles the activations and nothing else.")
        .says("With twice the batch, not exactly the activations double.")
        .asks("Which of the four knows how many texts are read at once?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
