"""HeadAtlas: every head of a model by any two scores over a corpus, and of a head its distances and its texts."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import traitlets
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.inside.head_survey import OUTSIDE, SCORES, HeadSurvey
from lmkit.text.tokenizer import readable
from lmkit.widgets.base import CannotShow, LivingFigure, check_exists

BINS = (0, 1, 2, 3, 4, 5, 9, 17, 33, 65, 129)  # the distance that each bar of the histogram begins with
BEFORE, AFTER = 16, 8  # tokens of a passage that stand before the earlier of query and key, and after the later
ROOM, LEAST = 30_000, 3  # tokens of all passages together, and passages of a head, for which there is always room
MOST_NAMES = 2**16  # different tokens in a figure: two bytes name one
LARGEST = 65_504.0  # of the numbers that a half can hold


class HeadAtlas(LivingFigure):
    """All heads of a model as dots, by any two scores over a corpus. The reader chooses one, or draws around several.

    Of one head it shows its scores with their intervals, how far it looks, what it seeks, and the texts in which it
    attends hardest; of several, how far they look on average. `layer`, `head`, `x`, `y` and `selected` follow what the
    reader chooses, and the figure follows them. Left out are scores that say nothing: 0 for every head, such as "next"
    where no query looks ahead, or defined in fewer than two texts.

    Args:
        survey: What `lmkit.inside.head_survey.survey` kept.
        decode: Gives the word for a token id.
        x, y: The scores that it opens with, of those of the survey; where they are left out, the first ones.
        layer, head: The head that it opens with, from 0; the one that scores highest by y if None.
        selected: Several heads, (layer, head) each.
        label: The name of the model.
        link: A name. Figures that have the same show the same layer and head, in all cells of a notebook.

    Raises:
        ValueError: The survey holds numbers that are not finite, or fewer than two scores that say something; or a
            head or a score is asked for that does not exist.
    """

    view = traitlets.Unicode("head-atlas").tag(sync=True)
    shape = traitlets.Dict(help="layers, heads, passages, written, sought, texts").tag(sync=True)
    bins = traitlets.List(traitlets.Int(), help="the distance that each bar begins with").tag(sync=True)
    score_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    evenly = traitlets.Bytes(help="float32, score").tag(sync=True)
    scores = traitlets.Bytes(help="float32, 2 score layer head: the mean, then half of its interval").tag(sync=True)
    distances = traitlets.Bytes(help="float16, layer head bin: shares of the attention").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="every token that is shown; others name it by its place").tag(
        sync=True
    )
    lengths = traitlets.Bytes(help="uint8, layer head passage, then where queries stand, then keys").tag(sync=True)
    passages = traitlets.Bytes(help="uint16, a name for each token, passage after passage").tag(sync=True)
    rows = traitlets.Bytes(help="round(255 sqrt(p)), what the query gives to each of these").tag(sync=True)
    written = traitlets.Bytes(help="uint16, layer head passage written").tag(sync=True)
    raised = traitlets.Bytes(help="float16, the same, in logits").tag(sync=True)
    sought = traitlets.Bytes(help="uint16, layer head sought").tag(sync=True)
    excess = traitlets.Bytes(help="float32, the same").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    x = traitlets.Unicode().tag(sync=True)
    y = traitlets.Unicode().tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    selected = traitlets.List(help="[layer, head] of each").tag(sync=True)
    link = traitlets.Unicode(help="figures of the same link show the same").tag(sync=True)

    def __init__(
        self,
        survey: HeadSurvey,
        *,
        decode: Callable[[int], str],
        x: str = "previous",
        y: str = "induction",
        layer: int | None = None,
        head: int | None = None,
        selected: Sequence[Sequence[int]] = (),
        label: str = "",
        link: str = "",
    ) -> None:
        _check_finite(survey)
        scores = _telling(survey)
        x, y = _axes(x, y, scores)
        best = _best(survey.score(y), layer, head)
        super().__init__(
            **_pack_scores(survey, scores),
            **_pack_texts(survey, decode),
            label=label,
            link=link,
            x=x,
            y=y,
            layer=best[0],
            head=best[1],
            selected=[list(one) for one in selected],
            description=_describe(survey, x, y, label),
        )

    @traitlets.validate("layer", "head")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, self.shape[f"{name}s"])

    @traitlets.validate("x", "y")
    def _is_a_score(self, proposal: traitlets.Bunch) -> str:
        if proposal.value not in self.score_names:
            names = ", ".join(self.score_names)
            raise CannotShow(f"{proposal.trait.name} is {proposal.value!r}, but must be one of the scores {names}.")
        return proposal.value

    @traitlets.validate("selected")
    def _can_be_selected(self, proposal: traitlets.Bunch) -> list:
        for layer, head in proposal.value:
            check_exists("selected layer", layer, self.shape["layers"])
            check_exists("selected head", head, self.shape["heads"])
        return proposal.value

    def poster(self) -> bytes:
        """All heads by the two scores, as a PNG."""
        from lmkit.widgets.posters.atlas import draw_atlas

        size = (2, len(self.score_names), self.shape["layers"], self.shape["heads"])
        means = np.frombuffer(self.scores, "<f4").reshape(size)[0].astype(np.float64)
        x, y = (means[self.score_names.index(name)] for name in (self.x, self.y))
        return draw_atlas(x, y, (self.x, self.y), (self.layer, self.head))


def _check_finite(survey: HeadSurvey) -> None:
    for name in ("distances", "rows", "raised", "excess"):
        if not getattr(survey, name).isfinite().all():
            raise ValueError(
                f"the survey's {name} hold a number that is not finite (NaN or inf): the model gave such attention, "
                "as some do in 16 bits; survey it with 32 bits, model.float()."
            )


def _telling(survey: HeadSurvey) -> list[int]:
    """The scores that say something: known in two texts at least, and not 0 for all heads."""
    known = survey.errors.isfinite().all(dim=(1, 2)) & (survey.scores != 0).any(dim=(1, 2))
    found = known.nonzero()[:, 0].tolist()
    if len(found) < 2:
        raise ValueError(
            f"of {survey.n_texts} texts, {len(found)} scores are known with their intervals; survey more texts."
        )
    return found


def _axes(x: str, y: str, scores: Sequence[int]) -> tuple[str, str]:
    """The two scores; where one is left out, another, so that they differ."""
    for name in (x, y):
        if name not in SCORES:
            raise ValueError(f"there is no score {name!r}: choose one of {', '.join(SCORES)}.")
    names = [SCORES[i] for i in scores]
    across = x if x in names else next(name for name in names if name != y)
    return across, y if y in names else next(name for name in names if name != across)


def _best(score: Float[Tensor, "layer head"], layer: int | None, head: int | None) -> tuple[int, int]:
    """The head that was asked for; of those that fit what was asked for, the highest."""
    layers, heads = score.shape
    given = [None if layer is None else check_exists("layer", layer, layers)]
    given.append(None if head is None else check_exists("head", head, heads))
    may_be = torch.zeros_like(score, dtype=torch.bool)
    may_be[tuple(slice(None) if one is None else one for one in given)] = True
    return divmod(int(score.masked_fill(~may_be, -torch.inf).argmax()), heads)


def _pack_scores(survey: HeadSurvey, scores: Sequence[int]) -> dict:
    """Numbers of every head, as bytes."""
    means, reach = survey.scores[scores], 1.96 * survey.errors[scores]
    layers, heads, farthest = survey.distances.shape
    bars = np.add.reduceat(survey.distances.numpy(), [at for at in BINS if at < farthest], axis=-1)
    return {
        "bins": [at for at in BINS if at < farthest],
        "score_names": [SCORES[i] for i in scores],
        "evenly": _floats(survey.evenly[scores]),
        "scores": _floats(torch.stack([means, reach])),
        "distances": bars.astype("<f2").tobytes(),
        "excess": _floats(survey.excess),
    }


def _floats(numbers: Tensor) -> bytes:
    return numbers.numpy().astype("<f4").tobytes()


def _pack_texts(survey: HeadSurvey, decode: Callable[[int], str]) -> dict:
    """The passages with what is known of them, as bytes; every token by its place among the names."""
    starts, ends = _cuts(survey)
    kept = _room(ends - starts)
    starts, ends = starts[..., :kept], ends[..., :kept]
    inside = torch.arange(survey.passages.shape[-1])
    inside = (inside >= starts[..., None]) & (inside < ends[..., None])
    tokens, shares = survey.passages[:, :, :kept][inside], survey.rows[:, :, :kept][inside]
    written, raised = survey.written[:, :, :kept], survey.raised[:, :, :kept].clamp(-LARGEST, LARGEST)
    names, places = _named([tokens, written, survey.sought])
    standing = torch.stack([ends - starts, survey.queries[..., :kept] - starts, survey.keys[..., :kept] - starts])
    return {
        "shape": {
            "layers": starts.shape[0],
            "heads": starts.shape[1],
            "passages": kept,
            "written": written.shape[-1],
            "sought": survey.sought.shape[-1],
            "texts": survey.n_texts,
        },
        "names": readable([decode(i) for i in names]),
        "lengths": standing.to(torch.uint8).numpy().tobytes(),
        "rows": (255 * shares.clamp(0, 1).sqrt()).round().to(torch.uint8).numpy().tobytes(),
        "raised": raised.numpy().astype("<f2").tobytes(),
        **dict(zip(("passages", "written", "sought"), places, strict=True)),
    }


def _cuts(survey: HeadSurvey) -> tuple[Int[Tensor, "layer head passage"], Int[Tensor, "layer head passage"]]:
    """From where to where each passage is shown: around query and key, and what is between."""
    lengths = (survey.passages != OUTSIDE).sum(dim=-1)
    starts = (torch.minimum(survey.queries, survey.keys) - BEFORE).clamp_min(0)
    return starts, torch.minimum(torch.maximum(survey.queries, survey.keys) + 1 + AFTER, lengths)


def _room(lengths: Int[Tensor, "layer head passage"]) -> int:
    """How many passages of each head there is room for."""
    together = lengths.sum(dim=(0, 1)).cumsum(dim=0)
    return max(min(LEAST, lengths.shape[-1]), int((together <= ROOM).sum()))


def _named(parts: Sequence[Tensor]) -> tuple[list[int], list[bytes]]:
    """All different tokens of some parts, and for each part their places among these."""
    ids, places = torch.cat([part.flatten() for part in parts]).unique(return_inverse=True)
    if len(ids) > MOST_NAMES:
        raise ValueError(f"the passages hold {len(ids):,} different tokens; the figure takes {MOST_NAMES:,}.")
    split = places.split([part.numel() for part in parts])
    return ids.tolist(), [one.numpy().astype("<u2").tobytes() for one in split]


def _describe(survey: HeadSurvey, x: str, y: str, label: str) -> str:
    """What is seen, in one sentence with numbers."""
    layers, heads = survey.scores.shape[1:]
    of = f" of {label}" if label else ""
    layer, head = divmod(int(survey.score(y).argmax()), heads)
    name, value = f"L{layer} · H{head}", float(survey.score(y)[layer, head])
    number = {"distance": f"{value:.1f} tokens", "entropy": f"{value:.1f} bits"}.get(y, f"{100 * value:.0f} %")
    what = f"{layers * heads:,} attention heads{of} in {layers} layers, over {survey.n_texts:,} texts"
    return f"{what}, by the scores “{x}” and “{y}”: highest in “{y}” is {name}, with {number}."
