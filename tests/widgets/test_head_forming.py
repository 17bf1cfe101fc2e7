"""HeadForming: what Python chooses and refuses, and that the page scores its heads as lmkit does."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lmkit.inside import heads
from lmkit.inside.tracing import Trace
from lmkit.widgets import HeadForming
from lmkit.widgets.base import CannotShow
from tests.widgets.test_page_module import run

SOURCES = Path(__file__).parents[2] / "lmkit" / "widgets" / "js"
TRAINED = f"""
import {{ loadKernel }} from "{SOURCES.as_uri()}/engine/kernel/index.js";
import {{ startTraining }} from "{SOURCES.as_uri()}/head-forming/training.js";
import {{ FIRST }} from "{SOURCES.as_uri()}/head-forming/texts.js";
const training = startTraining(loadKernel(), {{ layers: 2, seed: 1 }});
while (training.step() < 150) training.train();
training.readHeldOut();
const {{ network, looks }} = training;
const numbers = ({{ at, rows, columns }}) => [...network.memory.floats.subarray(at, at + rows * columns)];
network.backward();
console.log(JSON.stringify({{
  tokens: [...network.inputs], answers: [...network.answers], first: FIRST, look: looks.at(-1), loss: network.loss(),
  attention: network.attention.map(numbers),
  weights: network.parameters.map((one) => [one.rows, one.columns, numbers(one), numbers(one.gradient)]),
}}));
"""


@pytest.fixture(scope="module")
def trained() -> dict:
    """A model of the page after 150 steps: the texts it reads, its attention, its weights and their gradients."""
    return json.loads(run("node", "--input-type=module", "-e", TRAINED))


def test_the_page_scores_its_heads_as_lmkit_does(trained):
    tokens = torch.tensor(trained["tokens"]).view(8, -1)
    length = tokens.shape[1]
    attentions = [torch.tensor(layer).view(8, 1, length, length) for layer in trained["attention"]]

    def traced(n: int) -> Trace:
        seen = tuple(layer[..., :n, :n] for layer in attentions)
        return Trace(tokens[:, :n], seen, (), (), (), (), (), None)

    torch.testing.assert_close(
        heads.induction(traced(length))[:, 0], torch.tensor(trained["look"]["induction"]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        heads.previous_token(traced(trained["first"]))[:, 0],
        torch.tensor(trained["look"]["previous"]),
        atol=1e-5,
        rtol=0,
    )


def test_the_gradients_of_the_page_are_those_of_pytorch(trained):
    """The whole model, written again with autograd."""
    weights = [
        torch.tensor(values).view(rows, columns).requires_grad_() for rows, columns, values, _ in trained["weights"]
    ]
    of_word, of_place, *layers, unembed = weights
    tokens = torch.tensor(trained["tokens"]).view(8, -1)
    stream = of_word[tokens] + of_place
    hidden = torch.ones(tokens.shape[1], tokens.shape[1]).triu(1).bool()
    for query, key, value, output in (layers[:4], layers[4:]):
        scores = (stream @ query) @ (stream @ key).mT / query.shape[1] ** 0.5
        stream = stream + scores.masked_fill(hidden, -torch.inf).softmax(-1) @ (stream @ value) @ output
    answers = torch.tensor(trained["answers"])
    loss = torch.nn.functional.cross_entropy((stream @ unembed).flatten(0, 1), answers, ignore_index=-1)
    loss.backward()
    assert loss.item() == pytest.approx(trained["loss"], abs=1e-5)
    for weight, (*_, gradient) in zip(weights, trained["weights"], strict=True):
        np.testing.assert_allclose(weight.grad.flatten(), gradient, atol=1e-5)


def test_python_chooses_the_layers_and_the_seed_and_is_held_to_what_exists():
    figure = HeadForming(1, seed=7)
    assert (figure.layers, figure.seed) == (1, 7)
    figure.layers, figure.seed = 2, 0
    for layers in (0, 3):
        with pytest.raises(CannotShow, match=f"layers is {layers}, but the figure trains 1 or 2"):
            figure.layers = layers
        with pytest.raises(ValueError, match=f"layers is {layers}"):
            HeadForming(layers)
    for seed in (-1, 2**31):
        with pytest.raises(ValueError, match=f"seed {seed} does not exist: there are 2147483648"):
            figure.seed = seed
    assert (figure.layers, figure.seed) == (2, 0)


@pytest.mark.parametrize("layers", [1, 2])
def test_where_it_cannot_live_there_is_a_small_picture_and_a_sentence(layers):
    figure = HeadForming(layers)
    data, metadata = figure._repr_mimebundle_()
    assert data["text/plain"] == figure.description == metadata["image/png"]["alt"]
    assert f"{layers} layer" in figure.description
    picture = base64.b64decode(data["image/png"])
    assert min(Image.open(io.BytesIO(picture)).size) > 200 and len(picture) < 20_000


def test_the_same_figure_has_the_same_name_and_the_same_bytes():
    first, second = HeadForming(2, seed=3), HeadForming(2, seed=3)
    assert first.model_id[:24] == second.model_id[:24] and first.poster() == second.poster()
