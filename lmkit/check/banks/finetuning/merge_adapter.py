"""Exercise: fold a LoRA adapter into its linear layer. The check looks at what is left of the parts, too.

Check `merge_adapter(linear, down, up, scale) -> nn.Linear`: one layer that does what base and adapter do.

`down` is rank × d_in, `up` is d_out × rank, `scale` is alpha / rank. `linear` may be without bias. The merged layer
is a new one: base and adapter stay as they were, and nothing is shared with them.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.check.bank import (
    NAMES,
    Draws,
    Exercise,
    Probe,
    Probes,
    Stopped,
    always,
    close,
    general,
    hides,
    mistake,
    notes,
    one,
    truth,
)
from lmkit.check.banks.watching import seen_by

ALONE = ["shares nothing with the base", "free of the adapter"]

Weight = Float[Tensor, "d_out d_in"]
Bias = Float[Tensor, "d_out"]
Down = Float[Tensor, "rank d_in"]
Up = Float[Tensor, "d_out rank"]


def observe(
    merge: Callable, weight: Weight, bias: Bias | None, down: Down, up: Up, scale: float
) -> tuple[list[str], Weight]:
    """Say what became of the base, the adapter and the bias, and with which matrix the merged layer computes.

    The base is frozen and the adapter is trained, as after `adapt`.
    """
    base = nn.utils.skip_init(nn.Linear, down.shape[1], len(up), bias=bias is not None).requires_grad_(False)
    base.weight.data = weight.clone()
    if bias is not None:
        base.bias.data = bias.clone()
    thin = [nn.Parameter(down.clone()), nn.Parameter(up.clone())]
    given = [part.clone() for part in (weight, bias, down, up) if part is not None]
    own = list(base.parameters())
    with torch.enable_grad():
        merged = one(merge(base, *thin, scale), nn.Linear, "an `nn.Linear` of torch")
    if merged.weight.shape != weight.shape:
        wanted = f"{list(weight.shape)}, that is [d_out, d_in]"
        raise Stopped(general.wrong_shape("merged weight", str(list(merged.weight.shape)), wanted))
    base_stays = base.weight is own[0] and all(map(torch.equal, own, given))
    adapter_stays = all(map(torch.equal, thin, given[-2:]))
    computed, added = _what_it_computes(merged)
    facts = [
        "base as it was" if base_stays else "base changed",
        "adapter as it was" if adapter_stays else "adapter changed",
        _about_the_bias(added, merged.bias, bias),
        "shares with the base" if base_stays and _is_moved_by(own, merged) else ALONE[0],
        "hangs on the adapter" if _holds_more(merged) or _is_moved_by(thin, merged) else ALONE[1],
    ]
    return facts, computed


@torch.no_grad()
def _what_it_computes(layer: nn.Linear) -> tuple[Weight, Bias]:
    """The matrix and the bias that the layer computes with, whatever its attributes are."""
    added = layer(torch.zeros(1, layer.in_features))
    return (layer(torch.eye(layer.in_features)) - added).mT.clone(), added[0]


def _about_the_bias(added: Bias, own: Tensor | None, wanted: Bias | None) -> str:
    if torch.allclose(added, torch.zeros(()) if wanted is None else wanted, atol=1e-5):
        return "bias kept"
    if wanted is None:
        return "a bias where the base has none"
    return "no bias" if own is None else "another bias"


def _holds_more(merged: nn.Linear) -> bool:
    """More than a weight and a bias: other parameters, or the graph of how the weight was computed."""
    names = {name for name, _ in merged.named_parameters()}
    return not names.issubset(("weight", "bias")) or not merged.weight.is_leaf


def _is_moved_by(parts: list[Tensor], merged: nn.Linear) -> bool:
    """Change the parts, and see whether the merged layer computes something else."""
    before = _what_it_computes(merged)
    for part in parts:
        part.data.add_(1.0)
    return not all(map(torch.equal, before, _what_it_computes(merged)))


def fold(
    linear: nn.Linear,
    down: nn.Parameter,
    up: nn.Parameter,
    scale: float,
    *,
    folded: Callable = lambda base, product, scale, rank: base + scale * product,
    in_place: bool = False,
    its_bias: str = "copied",
    invents_bias: bool = False,
    cut_off: bool = True,
    adapter_scaled: bool = False,
) -> nn.Linear:
    """A new linear layer with the weight W + scale · B A and the bias of the base. The keywords are the switches."""
    bias = linear.bias
    merged = linear
    if not in_place:
        merged = nn.utils.skip_init(nn.Linear, linear.in_features, linear.out_features, bias=bias is not None)
        merged.requires_grad_(False)
        if bias is not None:
            merged.bias.data = bias.data.clone()
    value = folded(linear.weight, up @ down, scale, len(down))
    merged.weight.copy_(value.detach() if cut_off else value)
    if its_bias == "lost":
        merged.bias = None
    elif its_bias == "shared":
        merged.bias = bias
    if invents_bias if bias is None else its_bias == "drawn":
        merged.bias = nn.Parameter(torch.ones(linear.out_features))
    if adapter_scaled:
        up.data *= scale
    return merged


def probes(seed: int) -> Probes:
    """With and without bias, wide and tall."""
    normal = Draws(seed).normal
    return (
        Probe("with 5 inputs and 4 outputs", (normal(4, 5), normal(4), normal(2, 5), normal(4, 2), 3.0)),
        Probe("without a bias", (normal(6, 4), None, normal(3, 4), normal(6, 3), 0.5)),
        Probe("for a square layer", (normal(3, 3), normal(3), normal(2, 3), normal(3, 2), 2.0)),
    )


def _gives_what_both_give(args: tuple, facts: list[str], computed: Tensor) -> bool:
    weight, _, down, up, scale = args
    x = torch.eye(weight.shape[1], dtype=torch.float64)
    both = x @ weight.double().mT + scale * (x @ down.double().mT @ up.double().mT)
    return close(x @ computed.double().mT, both, atol=1e-4)


def _nothing_learned_nothing_merged(solve: Callable, probes: Probes) -> bool:
    """As at the start of training, when B is 0."""
    for probe in probes:
        weight, bias, down, up, scale = probe.args
        if not close(solve(weight, bias, down, torch.zeros_like(up), scale)[1], weight, atol=1e-5):
            return False
    return True


MISCONCEPTIONS = (
    mistake("written-into-the-base", in_place=True)
    .says(
        "You wrote the correction into the base itself. Where the adapter still stands beside it, it now counts twice."
    )
    .asks("Which layer does your code change: a new one, or the one it was given?"),
    mistake("base-left-out", folded=lambda base, product, scale, rank: scale * product)
    .says("The merged weight is the correction alone: the base is lost.")
    .asks("Before any training the correction is 0. Which weight should the merged layer have then?"),
    mistake("nothing-added", folded=lambda base, product, scale, rank: base, in_place=False)
    .says("The merged weight is that of the base alone: the correction has not arrived.")
    .asks(
        "A function of torch without an underscore at its end, such as `add`, gives back a new tensor. Where does "
        "yours go?"
    ),
    mistake("base-returned", folded=lambda base, product, scale, rank: base, in_place=True)
    .says("You return the base itself, and as it was: neither is it a new layer, nor has the correction arrived.")
    .asks("Which line makes the new layer, and does that layer reach the line with `return`?"),
    mistake("scale-forgotten", folded=lambda base, product, scale, rank: base + product)
    .says("You added the product of the two matrices as it is: the scale is missing.")
    .asks("What did the adapter do with its product before it was added to the output?"),
    mistake("scaled-twice", folded=lambda base, product, scale, rank: base + scale * scale * product)
    .says("You scaled the correction twice.")
    .asks("The product has two factors. If each of them is scaled, by how much is the product?"),
    mistake("divided-by-rank-again", folded=lambda base, product, scale, rank: base + scale / rank * product)
    .says("You divided by the rank once more. The scale is alpha by rank already.")
    .asks("What does the exercise say that `scale` is?"),
    mistake("divided-by-the-scale", folded=lambda base, product, scale, rank: base + product / scale)
    .says("You divided the correction by the scale.")
    .asks("With twice the scale, does the adapter add twice as much, or half as much?"),
    mistake("base-scaled-too", folded=lambda base, product, scale, rank: scale * (base + product))
    .says("You scaled the base as well: the scale belongs to the correction alone.")
    .asks("Where do the brackets stand in your sum, and what does the scale apply to?"),
    mistake("subtracted", folded=lambda base, product, scale, rank: base - scale * product)
    .says("You took the correction away. That is how a merged adapter is taken off again.")
    .asks("The adapted layer gives the output of the base and something on top. Which sign has that?"),
    mistake("bias-lost", its_bias="lost")
    .says("Your merged layer has no bias, and the base has one.")
    .asks("Which parameters has a linear layer, and which of them did you carry over?"),
    mistake("bias-not-copied", its_bias="drawn")
    .says("Your merged layer has another bias than the base.")
    .asks("A new `nn.Linear` draws all its numbers. Which of them have you set afterwards?"),
    mistake("bias-invented", invents_bias=True)
    .says("Where the base has no bias, your merged layer has one that is not 0.")
    .asks("Which argument of `nn.Linear` says that there is no bias, and what is it if nobody gives it?"),
    mistake("shares-the-bias", its_bias="shared")
    .says("Your merged layer holds the very bias of the base, not a copy: when one of them changes, so does the other.")
    .asks("What does Python do at `a.bias = b.bias`: does it make new numbers, or a second name for the old ones?"),
    mistake("hangs-on-the-adapter", cut_off=False)
    .says(
        "Your merged layer is not free of the adapter: torch still keeps how it was computed from it, or its matrices "
        "are still inside."
    )
    .asks("After merging, nobody needs the two thin matrices. What in your layer still points to them?"),
    mistake("adapter-changed", adapter_scaled=True)
    .says("You wrote into the adapter: whoever merges it again, or goes on training it, finds other numbers.")
    .asks("Which line scales a matrix in place, and where could the scaled numbers go instead?"),
)

_SMALL = (torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0], [2.0]]))

MERGE_ADAPTER = Exercise(
    id="merge_adapter",
    title="Merge an adapter",
    family=seen_by(observe, fold),
    returns={"list of what became of the parts": NAMES, "weight that the layer computes with": "d_out d_in"},
    probes=probes,
    examples=(
        (_SMALL[0], torch.tensor([5.0, 6.0]), *_SMALL[1:], 3.0),
        (_SMALL[0], None, *_SMALL[1:], 3.0),
        (_SMALL[0], None, torch.eye(2), torch.eye(2), 4.0),
    ),
    properties=(
        always("base-changed", notes("base as it was"))
        .right("The base is as it was.")
        .says("After merging, the base is not what it was.")
        .asks("Which line of your code writes, and into which layer?"),
        always("other-answers", _gives_what_both_give)
        .right("It gives what base and adapter give together.")
        .says("Your merged layer does not give what base and adapter give together, the bias left aside.")
        .asks("Write out W x + scale · B (A x), and take x out of the sum: which matrix stands before it?"),
        truth("not-the-base-at-first", _nothing_learned_nothing_merged)
        .right("An adapter that has learned nothing changes nothing.")
        .says("Merged with an adapter that has learned nothing, the base gets another weight.")
        .asks("If `up` is 0, what is the correction, and what must be left?"),
        always("another-bias", notes("bias kept"))
        .right("The bias is that of the base.")
        .says("The bias is not that of the base.")
        .asks("What does the merged layer give for an input of zeros, and what does the base give?"),
        always("does-not-stand-alone", notes(*ALONE))
        .right("It stands alone: nothing in it is shared.")
        .says("Your merged layer shares something with the base or with the adapter.")
        .asks("If someone trains the base or the adapter from here, which numbers of your layer move along?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "written-into-the-base base-returned", "shares-the-bias", because="the base shares everything with itself"
        ),
        *hides("nothing-added base-returned", "hangs-on-the-adapter", because="what has not arrived leaves no trace"),
    ),
    observe=observe,
)
