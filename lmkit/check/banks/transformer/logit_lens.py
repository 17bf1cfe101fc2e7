"""Exercise: ask every layer what it would predict."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.banks.part import Part
from lmkit.check.banks.uneven import uneven
from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.judging import judge
from lmkit.check.properties import FINITE, Probes, close
from lmkit.check.report import Report

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
    source = torch.Generator().manual_seed(seed)
    normal = partial(torch.randn, generator=source, dtype=torch.float32)

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
    Misconception(
        code="norm-forgotten",
        says="You unembedded the stream as it is, without the final norm.",
        asks="In the model, what does the stream pass through between the last block and the unembedding?",
        wrong={"normed": lambda stream, final_norm: stream},
    ),
    Misconception(
        code="norm-for-the-last-layer-only",
        says="You applied the final norm to the last layer only.",
        asks="The unembedding has learned to read normalized vectors. Are those of the other layers normalized?",
        wrong={"normed": norm_for_the_last},
    ),
    Misconception(
        code="steps-instead-of-the-stream",
        says="You looked at what each layer added, not at the stream after it.",
        asks="If the model stopped after layer 2, what would the unembedding get to read?",
        wrong={"read": steps},
    ),
    Misconception(
        code="layers-summed",
        says="You added the layers up, though the stream already holds all that came before.",
        asks="How does the stream after a block differ from the stream before it: what was added, and by whom?",
        wrong={"read": lambda residual: residual.cumsum(dim=0)},
    ),
    Misconception(
        code="embedding-left-out",
        says="You left out the first stream, the one before any block.",
        asks="What would the model predict from a token alone, with no block at all? Which entry would show that?",
        wrong={"layers": lambda logits: logits[1:]},
    ),
    Misconception(
        code="last-layer-only",
        says="You looked at the last layer only.",
        asks="What the last layer predicts, the model says itself. Whose predictions did you want to see?",
        wrong={"layers": lambda logits: logits[-1]},
    ),
    Misconception(
        code="last-position-only",
        says="You looked at the last position only.",
        asks="Every position predicts the token after it. How many predictions does each layer make?",
        wrong={"places": lambda logits: logits[..., -1, :]},
    ),
    Misconception(
        code="probabilities",
        says="You returned probabilities, not logits.",
        asks="Which of your steps is not one of the two that the model itself takes after its last block?",
        wrong={"shown": lambda logits: logits.softmax(dim=-1)},
    ),
    Misconception(
        code="log-probabilities",
        says="You returned the logarithms of probabilities, not logits.",
        asks="Must the numbers that you return sum to anything, once e is taken to their power?",
        wrong={"shown": lambda logits: logits.log_softmax(dim=-1)},
    ),
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
        Property(
            code="layers-mix",
            right="Each layer is looked at by itself.",
            says="Changing the stream of one layer changes the logits of others, or not its own.",
            asks="Which step of yours brings two layers together?",
            holds=_layers_stay_apart,
        ),
        Property(
            code="last-layer-is-not-the-model",
            right="The last layer predicts what the model predicts.",
            says="The last layer does not predict what the model predicts.",
            asks="Which steps does the model take after its last block, and in which order?",
            holds=_the_last_is_the_model,
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        Twin(
            pair=("norm-for-the-last-layer-only", "last-layer-only"),
            seen_as=("last-layer-only",),
            because="the layers without the norm are not looked at",
        ),
    ),
)


def logit_lens(student: Any, seed: int = 0) -> Report:
    """Check `logit_lens(residual, final_norm, unembed) -> logits`: what each layer would predict.

    `residual` has the axes [layer, position, d_model], `logits` [layer, position, vocab]. `final_norm` and `unembed`
    are the functions that the model itself applies after its last block.
    """
    return judge(LOGIT_LENS, student, seed)
