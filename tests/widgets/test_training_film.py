"""TrainingFilm: what Python packs of each snapshot and of the curve, and what it refuses."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from lmkit.widgets.base import CannotShow
from lmkit.widgets.training_film import MOST_POINTS, Frame, TrainingFilm
from tests.widgets.test_attention_heads import attentions, page_bytes
from tests.widgets.test_page_module import run

SOURCES = Path(__file__).parents[2] / "lmkit" / "widgets" / "js"
READ_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ headShares, tokensInView }} from "{SOURCES.as_uri()}/attention-heads/data.js";
import {{ readFilm }} from "{SOURCES.as_uri()}/training-film/data.js";
const {{ binary, ...state }} = JSON.parse(readFileSync(0));
for (const [name, data] of Object.entries(binary)) {{
  const bytes = Buffer.from(data, "base64");
  state[name] = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}}
const {{ attentions, train, valid }} = readFilm({{ get: (name) => state[name] }});
const heads = (attention) => Array.from({{ length: attention.layers * attention.heads }},
  (_, i) => [...headShares(attention, i, tokensInView(attention, false))]);
console.log(JSON.stringify({{ heads: attentions.map(heads), train, valid }}));
"""
WORDS = ["the", "cat", "sees", "it"]
NAN = float("nan")
CURVE = {"step": [0, 1, 2, 3], "train": [NAN, 3.0, 2.0, 1.5], "valid": [4.0, NAN, NAN, 1.75]}


def frames(count: int = 3, **shape: object) -> list[Frame]:
    return [Frame(step, attentions(seed=step, **shape)) for step in range(count)]


def make_film(**changes: object) -> TrainingFilm:
    arguments = {"frames": frames(), "curve": CURVE, "tokens": WORDS, "measures": {"agreement": [0.5, 0.75, 1.0]}}
    return TrainingFilm(**{**arguments, **changes})


def test_a_measure_that_is_not_finite_is_refused_later_too_and_byte_level_pieces_are_text():
    film = make_film(tokens=["The", "Ġcat", "Ġis", "Ġit"])
    assert film.tokens == ["The", " cat", " is", " it"]
    with pytest.raises(CannotShow, match="measures holds a number that is not finite"):
        film.measures = {"agreement": [0.5, float("nan"), 1.0]}


def read_in_page(figure: TrainingFilm) -> dict:
    traits = ("shape", "tokens", "steps", "measures", "label", "beginning", "writes")
    state = {trait: getattr(figure, trait) for trait in traits}
    binary = {trait: base64.b64encode(getattr(figure, trait)).decode() for trait in ("weights", "train", "valid")}
    return json.loads(
        run("node", "--input-type=module", "-e", READ_IN_NODE, stdin=json.dumps({**state, "binary": binary}))
    )


def stacked(layers: tuple[Tensor, ...]) -> np.ndarray:
    return torch.cat(layers).numpy()


@pytest.mark.parametrize("causal", [True, False])
def test_the_page_reads_the_heads_and_the_curves_that_python_wrote(causal):
    snapshots = frames(causal=causal)
    page = read_in_page(make_film(frames=snapshots))
    expected = np.stack([stacked(frame.attentions) for frame in snapshots])
    np.testing.assert_allclose(np.array(page["heads"]).reshape(expected.shape), expected, atol=0.004)
    assert page["train"] == [[1, 3], [2, 2], [3, 1.5]]
    assert page["valid"] == [[0, 4], [3, 1.75]]


def test_one_frame_that_looks_ahead_makes_the_whole_film_dense():
    snapshots = [Frame(0, attentions()), Frame(1, attentions(causal=False))]
    figure = make_film(frames=snapshots, measures=None)
    assert not figure.shape["causal"]
    assert len(figure.weights) == 2 * 2 * 3 * 4 * 4


def test_a_page_pays_few_bytes_for_a_weight():
    n = 32
    figure = make_film(frames=frames(10, layers=2, heads=4, n=n), tokens=["token"] * n, measures=None)
    assert page_bytes(figure) <= 0.8 * 10 * 2 * 4 * n * n


@settings(max_examples=20)
@given(st.integers(1, 5 * MOST_POINTS))
def test_a_long_curve_keeps_its_ends_and_only_points_that_were_measured(n):
    steps = np.arange(n)
    figure = make_film(curve={"step": steps, "train": 1 / (1 + steps), "valid": np.ones(n)})
    kept, losses = np.frombuffer(figure.train, "<f4").reshape(2, -1)
    assert len(kept) == min(n, MOST_POINTS)
    assert (kept[0], kept[-1]) == (0, n - 1)
    assert (np.diff(kept) > 0).all()
    np.testing.assert_allclose(losses, 1 / (1 + kept), rtol=1e-6)


def test_the_description_says_how_far_training_came():
    assert make_film(label="tiny").description == (
        "Training of tiny in 3 snapshots, from step 0 to step 2: the loss on the held-out text goes from 4.00 to 1.75."
    )


def test_every_frame_writes_on_from_the_same_beginning_or_none_does():
    writing = [replace(frame, writes=f"One day, {frame.step}") for frame in frames()]
    film = make_film(frames=writing, beginning="One day,")
    assert (film.beginning, film.writes) == ("One day,", [" 0", " 1", " 2"])
    assert make_film().writes == []
    with pytest.raises(ValueError, match="the frame of step 1 writes '', which does not begin with 'One day,'"):
        make_film(frames=[writing[0], frames()[1], writing[2]], beginning="One day,")


def test_python_chooses_the_frame_and_is_held_to_what_exists():
    figure = make_film(frame=1, layer=1, head=2)
    assert (figure.frame, figure.layer, figure.head) == (1, 1, 2)
    figure.frame, figure.layer, figure.head = 2, 0, 0
    for trait, value in {"frame": 3, "layer": 2, "head": -1}.items():
        with pytest.raises(ValueError, match=f"{trait} {value} does not exist: there are"):
            setattr(figure, trait, value)
    with pytest.raises(ValueError, match="frame 3 does not exist: there are 3, from 0 to 2"):
        make_film(frame=3)


def test_the_same_snapshots_give_the_same_figure():
    first, second = make_film(), make_film()
    states = [
        {k: v for k, v in one.get_state().items() if k not in ("layout", "_anywidget_id")} for one in (first, second)
    ]
    assert states[0] == states[1]
    assert first.poster() == second.poster()
    assert first.model_id[:24] == second.model_id[:24] and first.model_id != second.model_id


def test_the_output_is_a_live_figure_with_a_picture_and_a_sentence_for_where_it_cannot_live():
    figure = make_film()
    data, metadata = figure._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert data["text/plain"] == figure.description == metadata["image/png"]["alt"]
    assert min(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size) > 200


@pytest.mark.parametrize("shape", [(6, 12, 64), (1, 1, 3), (12, 16, 96)])
def test_the_picture_is_small(shape):
    layers, heads, n = shape
    figure = make_film(
        frames=frames(1, layers=layers, heads=heads, n=n, causal=False),
        tokens=["t"] * n,
        curve={"step": range(2000), "train": np.sin(range(2000)), "valid": np.cos(range(2000))},
        measures=None,
    )
    assert len(figure.poster()) <= 40_000


def test_tokens_are_kept_as_they_are():
    hostile = ["<img src=x onerror=alert(1)>", "", "\u202eevil", "\n"]
    assert make_film(tokens=hostile).tokens == hostile


REFUSED = {
    "there are no frames": {"frames": []},
    "a frame of step 1 follows one of step 1: sort": {"frames": [Frame(1, attentions()), Frame(1, attentions())]},
    r"the frame of step 1 has attentions \(2, 3, 5, 5\), that of step 0 has \(2, 3, 4, 4\)": {
        "frames": [Frame(0, attentions()), Frame(1, attentions(n=5))]
    },
    "there are 3 tokens, but the attentions have 4 queries and 4 keys": {"tokens": WORDS[:3]},
    "scores before the softmax": {"frames": [Frame(0, (torch.randn(1, 2, 4, 4),))]},
    "the curve has no 'valid'; it needs 'step', 'train' and 'valid'": {"curve": {"step": [0], "train": [1.0]}},
    "the curve has 2 steps, but 1 losses 'train'": {"curve": {"step": [0, 1], "train": [1.0], "valid": [1.0, 1.0]}},
    "the curve has no finite loss 'valid'": {"curve": {"step": [0], "train": [1.0], "valid": [NAN]}},
    r"the measure 'agreement' has shape \(2,\), but there are 3 frames": {"measures": {"agreement": [0.0, 1.0]}},
    "the measure 'agreement' holds a number that is not finite": {"measures": {"agreement": [0.0, 1.0, NAN]}},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_shown_is_refused_with_its_reason(message):
    with pytest.raises(ValueError, match=message):
        make_film(**REFUSED[message])
