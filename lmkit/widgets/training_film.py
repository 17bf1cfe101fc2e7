"""TrainingFilm: scrub through training, and see the loss, the heads and what the model writes change together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import traitlets
from jaxtyping import Float

from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, Numbers, check_exists
from lmkit.widgets.encoding import as_weights, decode, encode, is_causal

MOST_POINTS = 500  # of a curve: more than a page has pixels for
SIZE_OF = {"layer": "layers", "head": "heads"}


@dataclass(frozen=True, eq=False)
class Frame:
    """A snapshot of training.

    Args:
        step: How many steps of training came before it.
        attentions: What the model's heads did with the sentence then: whatever AttentionHeads takes.
        writes: What the model wrote then, the beginning that it was given included.
    """

    step: int
    attentions: object
    writes: str = ""


class TrainingFilm(LivingFigure):
    """Snapshots of training, one at a time: where they lie on the loss curve, what their heads do, and what they write.

    The reader chooses a frame, a layer and a head; so does Python with the traits of these names.

    Args:
        frames: The snapshots, the earliest first, all on the same sentence.
        curve: "step", and the losses "train" and "valid" after each of them; NaN where one was not measured.
        tokens: The sentence.
        measures: A number for each frame, by the name of what it measures.
        beginning: What every frame was given to write on from, where the frames write.
        label: The title.
        frame: The frame that it opens with, from 0.
        layer: The layer in focus, from 0.
        head: The head in focus, from 0.

    Raises:
        ValueError: Frames, tokens, curve and measures do not fit each other, a frame does not write on from the
            beginning, or there is no such frame, layer or head.
    """

    view = traitlets.Unicode("training-film").tag(sync=True)
    weights = traitlets.Bytes(help="frame by frame, as AttentionHeads has them").tag(sync=True)
    shape = traitlets.Dict(help="layers, heads, queries, keys, causal of one frame").tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    steps = traitlets.List(traitlets.Int()).tag(sync=True)
    train = traitlets.Bytes(help="float32: the steps, then the losses").tag(sync=True)
    valid = traitlets.Bytes(help="float32: the steps, then the losses").tag(sync=True)
    measures = Numbers(help="name: one number a frame").tag(sync=True)
    beginning = traitlets.Unicode().tag(sync=True)
    writes = traitlets.List(traitlets.Unicode(), help="by each frame, after the beginning; empty if none writes").tag(
        sync=True
    )
    label = traitlets.Unicode().tag(sync=True)
    frame = traitlets.Int().tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        frames: Sequence[Frame],
        curve: Mapping,
        tokens: Sequence[str],
        *,
        measures: Mapping | None = None,
        beginning: str = "",
        label: str = "",
        frame: int = 0,
        layer: int = 0,
        head: int = 0,
    ) -> None:
        steps = _steps(frames)
        weights = _weights(frames, len(tokens))
        causal = all(is_causal(one) for one in weights)
        axes = dict(zip(("layers", "heads", "queries", "keys"), weights[0].shape, strict=True))
        train, valid = _curves(curve)
        super().__init__(
            weights=b"".join(encode(one, causal) for one in weights),
            shape={**axes, "causal": causal},
            tokens=readable(tokens),
            steps=steps,
            train=_pack(train),
            valid=_pack(valid),
            measures={name: _one_a_frame(name, values, len(steps)) for name, values in (measures or {}).items()},
            beginning=beginning,
            writes=_writes(frames, beginning),
            label=label,
            frame=frame,
            layer=layer,
            head=head,
            description=_describe(steps, valid, label),
        )

    @traitlets.validate("frame", "layer", "head")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, len(self.steps) if name == "frame" else self.shape[SIZE_OF[name]])

    def poster(self) -> bytes:
        """The loss curve above the heads of the frame that it opens with, as a PNG."""
        from lmkit.widgets.posters.film import draw_film

        length = len(self.weights) // len(self.steps)
        weights = decode(self.weights[self.frame * length : (self.frame + 1) * length], self.shape)
        curves = [np.frombuffer(data, "<f4").reshape(2, -1) for data in (self.train, self.valid)]
        return draw_film(curves, self.steps[self.frame], weights, self.layer, self.head)


def _steps(frames: Sequence[Frame]) -> list[int]:
    if not frames:
        raise ValueError("there are no frames: pass at least one Frame.")
    steps = [frame.step for frame in frames]
    for before, after in zip(steps, steps[1:], strict=False):
        if after <= before:
            raise ValueError(f"a frame of step {after} follows one of step {before}: sort the frames by their step.")
    return steps


def _writes(frames: Sequence[Frame], beginning: str) -> list[str]:
    if not any(frame.writes for frame in frames):
        return []
    for frame in frames:
        if not frame.writes.startswith(beginning):
            raise ValueError(
                f"the frame of step {frame.step} writes {frame.writes[:40]!r}, which does not begin with "
                f"{beginning!r}: let every frame write on from the same beginning."
            )
    return [frame.writes.removeprefix(beginning) for frame in frames]


def _weights(frames: Sequence[Frame], n_tokens: int) -> list[Float[np.ndarray, "layer head query key"]]:
    weights = [as_weights(frame.attentions) for frame in frames]
    for frame, one in zip(frames, weights, strict=True):
        if one.shape != weights[0].shape:
            raise ValueError(
                f"the frame of step {frame.step} has attentions {one.shape}, that of step {frames[0].step} has "
                f"{weights[0].shape}: give every frame the same model and the same sentence."
            )
    if weights[0].shape[-2:] != (n_tokens, n_tokens):
        queries, keys = weights[0].shape[-2:]
        raise ValueError(f"there are {n_tokens} tokens, but the attentions have {queries} queries and {keys} keys.")
    return weights


def _curves(curve: Mapping) -> list[Float[np.ndarray, "2 _"]]:
    """The steps and losses that were measured, on the training text and on the held-out one."""
    missing = {"step", "train", "valid"} - set(curve)
    if missing:
        raise ValueError(f"the curve has no {sorted(missing)[0]!r}; it needs 'step', 'train' and 'valid'.")
    steps, *losses = (np.asarray(curve[name], dtype=np.float32) for name in ("step", "train", "valid"))
    for name, loss in zip(("train", "valid"), losses, strict=True):
        if loss.shape != steps.shape:
            raise ValueError(
                f"the curve has {steps.size} steps, but {loss.size} losses {name!r}: one a step, NaN if not measured."
            )
        if not np.isfinite(loss).any():
            raise ValueError(f"the curve has no finite loss {name!r}.")
    return [_thin(np.stack([steps, loss])[:, np.isfinite(loss)]) for loss in losses]


def _thin(points: Float[np.ndarray, "2 point"]) -> Float[np.ndarray, "2 fewer"]:
    """Every so manyth point, so that at most MOST_POINTS are left; the first and the last among them."""
    last = points.shape[1] - 1
    return points[:, np.unique(np.linspace(0, last, min(last + 1, MOST_POINTS)).round().astype(int))]


def _pack(points: Float[np.ndarray, "2 point"]) -> bytes:
    return points.astype("<f4").tobytes()


def _one_a_frame(name: str, values: object, n_frames: int) -> list[float]:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n_frames,):
        raise ValueError(
            f"the measure {name!r} has shape {array.shape}, but there are {n_frames} frames: one number each."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"the measure {name!r} holds a number that is not finite.")
    return [round(float(value), 4) for value in array]


def _describe(steps: Sequence[int], valid: Float[np.ndarray, "2 point"], label: str) -> str:
    """What is seen, in one sentence with numbers."""
    name = f" of {label}" if label else ""
    frames = "1 snapshot" if len(steps) == 1 else f"{len(steps)} snapshots"
    first, last = valid[1, 0], valid[1, -1]
    return (
        f"Training{name} in {frames}, from step {steps[0]:,} to step {steps[-1]:,}: "
        f"the loss on the held-out text goes from {first:.2f} to {last:.2f}."
    )
