"""Exercise: ask every layer what it would predict.

Check `logit_lens(residual, final_norm, unembed) -> logits`: what each layer would predict.

`residual` has the axes [layer, position, d_model], `logits` [layer, position, vocab]. `final_norm` and `unembed`
are the functions that the model itself applies after its last block.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Part, Probe, Probes, close, hides, mistake, truth, uneven

Stream = Float[Tensor, "layer position d_model"]


def look(
    residual: Stream,
    final_norm: Callable,
    unembed: Callable,
    *,
    read: Callable = lambda residual: residual,
    normed: Callable = lambda stream, final_norm: final_norm(stream),
    layers: Callable = lambda logits: logits,
    places: Callable = lambda logits: logits,
    shown: Callable = lambda logits: logits,
) -> Tensor:
    """unembed(final_norm(residual)), layer by layer. The keywords are the switches."""
    logits = unembed(normed(read(residual), final_norm))  # (layer, position, vocab)
    return shown(layers(places(logits)))


def norm_for_the_last(stream: Stream, final_norm: Callable) -> Stream:
    """The norm for the last layer only, after which it stands in the model."""
    return torch.cat([stream[:-1], final_norm(stream[-1:])])


def steps(residual: Stream) -> Stream:
    """What each layer added to the one before; the first as it is."""
    return torch.cat([residual[:1], residual.diff(dim=0)])


def probes(seed: int) -> Probes:
    """Streams that grow from layer to layer, as in a model; sizes that all differ."""
    normal = Draws(seed).normal

    def reader(d_model: int, vocab: int) -> tuple[Part, Part]:
        gain, shift, rows = 1 + normal(d_model) / 4, normal(d_model) / 4, 3 * normal(vocab, d_model)
        norm = Part("final_norm", lambda x: torch.nn.functional.layer_norm(x, (d_model,), gain, shift))
        return norm, Part("unembed", lambda x: x @ rows.T)

    return (
        Probe("for a single layer", (normal(1, 3, 8), *reader(8, 7))),
        Probe("for all layers", (1 + uneven(normal(4, 5, 6)).cumsum(dim=0), *reader(6, 9))),
    )


_EXAMPLE = (
    torch.tensor([[[1.0, 0.0], [0.0, 2.0]], [[3.0, 0.0], [4.0, 2.0]], [[3.0, 6.0], [4.0, 5.0]]]),
    Part("lambda x: x - 1", lambda x: x - 1),
    Part("lambda x: 10 * x", lambda x: 10 * x),
)


def _layers_stay_apart(solve: Callable, probes: Probes) -> bool:
    """Change layer 1; only its logits may change."""
    residual, *others = probes[-1].args
    layer = torch.arange(len(residual))[:, None, None] == 1
    (before,), (after,) = solve(residual, *others), solve(torch.where(layer, residual.flip(-1), residual), *others)
    return torch.equal((before != after).flatten(start_dim=1).any(dim=1), layer.flatten())


def _the_last_is_the_model(solve: Callable, probes: Probes) -> bool:
    """The logits of the last layer are those that the model gives."""
    residual, final_norm, unembed = probes[-1].args
    (logits,) = solve(residual, final_norm, unembed)
    return close(logits[-1], unembed(final_norm(residual[-1])), atol=1e-4)


MISCONCEPTIONS = (
    mistake("norm-forgotten", normed=lambda stream, final_norm: stream)
    .says("You unembedded the stream as it is, without the final norm.")
    .asks("In the model, what does the stream pass through between the last block and the unembedding?"),
    mistake("norm-for-the-last-layer-only", normed=norm_for_the_last)
    .says("You applied the final norm to the last layer only.")
    .asks("The unembedding has learned to read normalized vectors. Are those of the other layers normalized?"),
    mistake("steps-instead-of-the-stream", read=steps)
    .says("You looked at what each layer added, not at the stream after it.")
    .asks("If the model stopped after layer 2, what would the unembedding get to read?"),
    mistake("layers-summed", read=lambda residual: residual.cumsum(dim=0))
    .says("You added the layers up, though the stream already holds all that came before.")
    .asks("How does the stream after a block differ from the stream before it: what was added, and by whom?"),
    mistake("embedding-left-out", layers=lambda logits: logits[1:])
    .says("You left out the first stream, the one before any block.")
    .asks("What would the model predict from a token alone, with no block at all? Which entry would show that?"),
    mistake("last-layer-only", layers=lambda logits: logits[-1])
    .says("You looked at the last layer only.")
    .asks("What the last layer predicts, the model says itself. Whose predictions did you want to see?"),
    mistake("last-position-only", places=lambda logits: logits[..., -1, :])
    .says("You looked at the last position only.")
    .asks("Every position predicts the token after it. How many predictions does each layer make?"),
    mistake("probabilities", shown=lambda logits: logits.softmax(dim=-1))
    .says("You returned probabilities, not logits.")
    .asks("Which of your steps is not one of the two that the model itself takes after its last block?"),
    mistake("log-probabilities", shown=lambda logits: logits.log_softmax(dim=-1))
    .says("You returned the logarithms of probabilities, not logits.")
    .asks("Must the numbers that you return sum to anything, once e is taken to their power?"),
)

LOGIT_LENS = Exercise(
    id="logit_lens",
    title="The logit lens",
    family=look,
    returns={"tensor of logits": "layer position vocab"},
    probes=probes,
    examples=(_EXAMPLE,),
    properties=(
        FINITE,
        truth("layers-mix", _layers_stay_apart)
        .right("Each layer is looked at by itself.")
        .says("Changing the stream of one layer changes the logits of others, or not its own.")
        .asks("Which step of yours brings two layers together?"),
        truth("last-layer-is-not-the-model", _the_last_is_the_model)
        .right("The last layer predicts what the model predicts.")
        .says("The last layer does not predict what the model predicts.")
        .asks("Which steps does the model take after its last block, and in which order?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "last-layer-only", "norm-for-the-last-layer-only", because="the layers without the norm are not looked at"
        ),
    ),
)
