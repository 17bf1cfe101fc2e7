"""Exercise: count the operations of training: the rule of six, and what it leaves out.

Check `training_flops(n_parameters, n_tokens, n_layers, d_model, length)`: two whole numbers.

First the operations of all matrices, forward and backward, over all `n_tokens` tokens, if each parameter is a number in
a matrix that is used once a token. Then those of attention itself (scores, and mixing the values), when the tokens come
in texts of `length`. A multiplication and the addition that goes with it are two operations.
"""

from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth, twin


def add_up(
    n_parameters: int,
    n_tokens: int,
    n_layers: int,
    d_model: int,
    length: int,
    *,
    operations: int = 2,
    backward: int = 2,
    products: int = 2,
    layers: Callable = lambda n_layers: n_layers,
    keys: Callable = lambda length, n_tokens: length,
    width: Callable = lambda d_model: d_model,
) -> tuple[int, int]:
    """2 forward and 4 backward for each parameter and token; in attention the same for each pair of tokens."""
    passes = 1 + backward
    matrices = operations * passes * n_parameters * n_tokens
    pairs = n_tokens * keys(length, n_tokens)
    return matrices, operations * passes * products * layers(n_layers) * pairs * width(d_model)


def probes(seed: int) -> Probes:
    """Sizes that share no factor with a likely mistake."""
    return (
        Probe("for a small model", (1009 + seed, 77, 5, 13, 11)),
        Probe("for one layer", (509 + seed, 95, 1, 17, 19)),
        Probe("for texts of one token", (211 + seed, 35, 7, 29, 1)),
    )


def _longer_texts_cost_attention_only(solve: Callable, probes: Probes) -> bool:
    *others, length = probes[0].args
    short, long = solve(*others, length), solve(*others, 2 * length)
    return float(short[0]) == float(long[0]) and 2 * float(short[1]) == float(long[1])


def _six_for_each(solve: Callable, probes: Probes) -> bool:
    return all(float(solve(*probe.args)[0]) == 6 * probe.args[0] * probe.args[1] for probe in probes)


MISCONCEPTIONS = (
    mistake("multiplications-only", operations=1)
    .says("You counted multiplications only.")
    .asks("A dot product multiplies, and then? How many operations does each pair of numbers take?"),
    mistake("forward-only", backward=0)
    .says("You counted the forward pass only.")
    .asks("What comes after the forward pass in training, and does it multiply matrices?"),
    mistake("backward-like-forward", backward=1)
    .says("Your backward pass costs as much as the forward pass.")
    .asks("For y = xW, backward needs the slope for W and the slope for x. How many products are these?"),
    mistake("backward-three-times", backward=3)
    .says("Your backward pass costs three forward passes.")
    .asks("Which slopes does a layer hand out: for its weights, for its input, and for what else?"),
    mistake("scores-only", products=1)
    .says("In attention you counted one product, and there are two.")
    .asks("The scores are there. What happens to the weights that come out of the softmax?"),
    mistake("one-layer", layers=lambda n_layers: 1)
    .says("You counted attention in one layer.")
    .asks("In how many layers do the tokens look at each other?"),
    mistake("no-length", keys=lambda length, n_tokens: 1)
    .says("In your count each token meets one token.")
    .asks("How many keys does a query meet in a text of `length` tokens?"),
    mistake("all-tokens-meet", keys=lambda length, n_tokens: n_tokens)
    .says("You let every token of training meet every other.")
    .asks("Can a token look into another text?"),
    mistake("width-squared", width=lambda d_model: d_model**2)
    .says("Your attention grows with the square of d_model. Projections do that, and they are counted as parameters.")
    .asks("How long are the vectors that meet, over all heads together?"),
)

TRAINING_FLOPS = Exercise(
    id="training_flops",
    title="What training multiplies",
    family=add_up,
    returns={"operations of the matrices": "", "operations of attention": ""},
    probes=probes,
    examples=((10, 4, 2, 3, 2),),
    properties=(
        truth("not-six", _six_for_each)
        .right("The matrices take six operations for each parameter and token.")
        .says("Your matrices do not take six operations for each parameter and token.")
        .asks("One weight, one token: which operations is it part of, going forward and going back?"),
        truth("length-in-the-wrong-place", _longer_texts_cost_attention_only)
        .right("Texts twice as long double attention and nothing else, at as many tokens.")
        .says("If the same tokens come in texts twice as long, not exactly attention doubles.")
        .asks("Which of the two depends on how many keys a query meets?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "multiplications-only backward-like-forward",
            seen_as="forward-only",
            because="half of two passes is one pass",
        ),
        twin(
            "multiplications-only backward-three-times",
            seen_as="backward-like-forward",
            because="half of four passes is two",
        ),
    ),
)
