"""AttentionSteps: what Python packs, what the page computes, and what is said of parts that disagree."""

import base64
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from traitlets import TraitError

from lmkit.inside.tracing import trace
from lmkit.model.attention import scaled_dot_product_attention
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets.attention_steps import AttentionSteps, Example

SOURCES = Path(__file__).parents[2] / "lmkit" / "widgets" / "js" / "attention-steps"
RUN_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ unpackHeads }} from "{SOURCES.as_uri()}/examples.js";
import {{ runHead }} from "{SOURCES.as_uri()}/math.js";
const {{ examples, data, settings }} = JSON.parse(readFileSync(0));
const [head] = unpackHeads(examples, Buffer.from(data, "base64"));
const run = runHead(head, settings);
const plain = ([name, cells]) => [name, Array.from(cells, (cell) => (cell === -Infinity ? "-inf" : cell))];
console.log(JSON.stringify(Object.fromEntries(Object.entries(run).map(plain))));
"""


def example(n: int = 5, d_head: int = 4, d_value: int = 3, seed: int = 0, name: str = "one") -> Example:
    """A head of random numbers."""
    generator = torch.Generator().manual_seed(seed)
    query, key, value = (torch.randn(n, d, generator=generator) for d in (d_head, d_head, d_value))
    return Example(name, [f"t{i}" for i in range(n)], query, key, value)


def run_in_node(figure: AttentionSteps, temperature: float) -> dict[str, list]:
    """What the page computes from the state of a figure."""
    settings = {"scaled": figure.scaled, "causal": figure.causal, "temperature": temperature}
    data = base64.b64encode(figure.data).decode()
    state = json.dumps({"examples": figure.examples, "data": data, "settings": settings})
    command = ["node", "--input-type=module", "-e", RUN_IN_NODE]
    node = subprocess.run(command, input=state, capture_output=True, text=True)
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)


def halves(one: Example) -> list[Tensor]:
    """Query, key and value as the page gets them."""
    return [torch.tensor(rows).half().float() for rows in (one.query, one.key, one.value)]


def run_in_torch(one: Example, scaled: bool, causal: bool, temperature: float) -> dict[str, Tensor]:
    """The five steps with PyTorch, from the same halves."""
    query, key, value = halves(one)
    scores = query @ key.T
    divided = scores / query.shape[1] ** 0.5 if scaled else scores
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    masked = divided.masked_fill(future, -torch.inf) if causal else divided
    weights = (masked / temperature).softmax(dim=-1)
    first = {"scores": scores, "scaled": divided, "masked": masked}
    return {**first, "weights": weights, "output": weights @ value}


@settings(max_examples=12)
@given(
    n=st.integers(1, 9),
    d_head=st.sampled_from([2, 4, 33, 256]),
    scaled=st.booleans(),
    causal=st.booleans(),
    temperature=st.sampled_from([0.25, 1.0, 4.0]),
)
def test_the_page_computes_what_pytorch_computes(n, d_head, scaled, causal, temperature):
    """Each of the five steps agrees within 1e-5, through the packing and the unpacking."""
    one = example(n, d_head, seed=n)
    in_page = run_in_node(AttentionSteps([one], scaled=scaled, causal=causal), temperature)
    for name, expected in run_in_torch(one, scaled, causal, temperature).items():
        actual = torch.tensor([float(cell) for cell in in_page[name]]).reshape(expected.shape)
        torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)


def test_the_last_step_is_the_attention_of_the_book():
    """Scaled and without a mask, the five steps are scaled dot-product attention."""
    one = example()
    in_page = run_in_node(AttentionSteps([one]), 1.0)
    mixed, weights = scaled_dot_product_attention(*halves(one))
    torch.testing.assert_close(torch.tensor(in_page["weights"]).reshape(5, 5), weights, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(torch.tensor(in_page["output"]).reshape(5, 3), mixed, rtol=1e-5, atol=1e-5)


def test_a_number_takes_two_bytes():
    """Queries, keys and values are packed as halves, with nothing between them."""
    figure = AttentionSteps([example(5, 4, 3), example(7, 16, 16, name="two")])
    assert len(figure.data) == 2 * (5 * (4 + 4 + 3) + 7 * (16 + 16 + 16))
    assert [one["shape"] for one in figure.examples] == [[5, 4, 3], [7, 16, 16]]


def test_tensors_of_any_kind_and_arrays_give_the_same_figure():
    """What matters is the numbers, not what holds them."""
    one = example()
    tensors = [rows.bfloat16() for rows in halves(one)]
    arrays = [rows.double().numpy() for rows in tensors]
    figures = [AttentionSteps([Example(one.name, one.tokens, *parts)]) for parts in (tensors, arrays)]
    assert figures[0].data == figures[1].data


def test_it_opens_where_python_says():
    """The key is the one with the largest share unless it is given, the query the last."""
    one = example()
    figure = AttentionSteps([one], step=4, causal=True)
    weights = run_in_torch(one, True, True, 1.0)["weights"]
    assert (figure.step, figure.query, figure.key) == (4, 4, int(weights[4].argmax()))
    chosen = AttentionSteps([one, example(3)], step=2, example=1, query=0, key=2)
    assert (chosen.step, chosen.example, chosen.query, chosen.key) == (2, 1, 0, 2)


def test_the_sentence_names_the_largest_share():
    """Who cannot see the figure learns what it shows."""
    value = torch.zeros(2, 1)
    one = Example("one", ["it", "cat"], torch.tensor([[1.0], [1.0]]), torch.tensor([[0.0], [1.0]]), value)
    sentence = AttentionSteps([one], query=0, step=4).description
    assert "“it” gives “cat” the largest share, 73 %" in sentence
    assert "step 4 of 5" in sentence


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_every_step_has_a_poster(step):
    """A small PNG, the same on every run."""
    figure = AttentionSteps([example(d_value=40)], step=step, causal=True)
    assert figure.poster().startswith(b"\x89PNG")
    assert figure.poster() == figure.poster()
    assert len(figure.poster()) < 30_000


def test_a_sentence_longer_than_the_poster_has_pixels_has_one_too():
    n = 400
    head = torch.ones(n, 2)
    figure = AttentionSteps([Example("long", ["a"] * n, head, head, head)], step=4)
    assert figure.poster().startswith(b"\x89PNG")


def test_a_head_of_a_trace_has_its_own_query_and_shares_its_key():
    """With 4 query heads on 2 key heads, query heads 2 and 3 read key head 1."""
    queries, keys, values = ((torch.randn(1, heads, 3, 8),) for heads in (4, 2, 2))
    weights = (queries[0] @ keys[0].repeat_interleave(2, dim=1).mT / 8**0.5).softmax(dim=-1)
    traced = SimpleNamespace(queries=queries, keys=keys, values=values, attentions=(weights,))
    for head, kv_head in ((0, 0), (1, 0), (2, 1), (3, 1)):
        one = Example.from_trace(traced, ["a", "b", "c"], layer=0, head=head)
        torch.testing.assert_close(torch.tensor(one.query), traced.queries[0][0, head])
        torch.testing.assert_close(torch.tensor(one.key), traced.keys[0][0, kv_head])
        torch.testing.assert_close(torch.tensor(one.value), traced.values[0][0, kv_head])
        assert one.name == f"L0 · H{head}"


def test_a_head_of_a_model_steps_to_the_weights_that_the_model_used():
    """Also with rotary positions and shared key heads: the trace holds what the scores are made from."""
    config = dict(vocab_size=11, n_layers=2, n_heads=4, n_kv_heads=2, d_model=32, max_positions=8)
    seen = trace(Transformer(TransformerConfig(**config)), torch.tensor([[3, 1, 4, 1, 5]]))
    for layer, head in ((0, 0), (1, 3)):
        one = Example.from_trace(seen, list("31415"), layer, head)
        weights = run_in_torch(one, scaled=True, causal=True, temperature=1.0)["weights"]
        torch.testing.assert_close(weights, seen.attentions[layer][0, head], rtol=1e-2, atol=1e-3)  # halves


def test_weights_to_which_the_steps_do_not_lead_are_refused():
    parts = (torch.randn(1, 4, 3, 8),)
    traced = SimpleNamespace(queries=parts, keys=parts, values=parts, attentions=())
    traced.attentions = ((parts[0] @ parts[0].mT / 8**0.5 + torch.eye(3)).softmax(dim=-1),)  # a bias
    with pytest.raises(ValueError, match=r"weights of L0 · H1 are not softmax\(Q Kᵀ / √d\).*AttentionHeads shows"):
        Example.from_trace(traced, ["a", "b", "c"], 0, 1)
    traced.queries = ()
    with pytest.raises(ValueError, match="gave its weights alone"):
        Example.from_trace(traced, ["a", "b", "c"], 0, 1)


@pytest.mark.parametrize(
    ("layer", "head", "batch", "says"),
    [(1, 0, 1, "layer 1 does not exist"), (0, 4, 1, "head 4 does not exist"), (0, 0, 2, "2 sentences")],
)
def test_a_head_that_is_not_in_the_trace_is_named(layer, head, batch, says):
    """Rather than another head, or a failure of indexing."""
    parts = (torch.randn(batch, 4, 3, 8),)
    traced = SimpleNamespace(queries=parts, keys=parts, values=parts)
    with pytest.raises(ValueError, match=says):
        Example.from_trace(traced, ["a", "b", "c"], layer, head)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tokens": ["a", "b"]}, "query has 3 rows, but there are 2 tokens"),
        ({"key": torch.zeros(3, 5)}, "query has d_head 4, key has d_head 5"),
        ({"value": torch.zeros(2, 4)}, "value has 2 rows, but there are 3 tokens"),
        ({"query": torch.zeros(1, 3, 4)}, r"query has the shape \(1, 3, 4\)"),
        ({"value": torch.full((3, 4), torch.nan)}, "value holds NaN"),
        ({"key": torch.full((3, 4), 1e6)}, "key holds NaN, or a number beyond"),
        ({"dimensions": ["noun"]}, "dimensions has 1 names, but there are 4 components"),
        ({"value_dimensions": ["animal"]}, "value_dimensions has 1 names, but there are 4 components"),
    ],
)
def test_parts_that_disagree_are_named(change, says):
    """The error says which two things disagree."""
    fitting = {"query": torch.zeros(3, 4), "key": torch.zeros(3, 4), "value": torch.zeros(3, 4)}
    with pytest.raises(ValueError, match=says):
        Example(**{"name": "one", "tokens": ["a", "b", "c"], **fitting, **change})


@pytest.mark.parametrize("place", [{"step": 0}, {"step": 6}, {"example": 1}, {"query": 5}, {"key": -1}])
def test_a_place_that_does_not_exist_is_named(place):
    """At once, in Python, and not later in the page."""
    [(name, value)] = place.items()
    with pytest.raises(ValueError, match=f"{name} {value} does not exist: there are"):
        AttentionSteps([example()], **place)


@pytest.mark.parametrize(("name", "value"), [("step", 9), ("step", 0), ("example", 2), ("query", 5), ("key", -1)])
def test_a_place_that_does_not_exist_is_refused_later_too_and_the_old_one_stays(name, value):
    """The page would show the nearest one, and Python would go on saying another."""
    figure = AttentionSteps([example(), example(3)], step=2)
    before = getattr(figure, name)
    with pytest.raises(TraitError, match=f"{name} {value} does not exist: there are"):
        setattr(figure, name, value)
    with pytest.raises(TraitError, match=f"{name} {value} does not exist"), figure.hold_trait_notifications():
        figure.step = 4
        setattr(figure, name, value)
    assert (getattr(figure, name), figure.step) == (before, 2)


def test_another_example_keeps_the_row_and_the_column_inside_it():
    """As the page does, whether or not one is open."""
    figure = AttentionSteps([example(5), example(3)], query=4, key=1)
    figure.example = 1
    assert (figure.query, figure.key) == (2, 1)
    with figure.hold_trait_notifications():  # what the page sends arrives together
        figure.example, figure.query, figure.key = 0, 4, 3
    assert (figure.example, figure.query, figure.key) == (0, 4, 3)


def test_no_examples_is_an_error():
    """There is nothing to step through."""
    with pytest.raises(ValueError, match="there are no examples"):
        AttentionSteps([])


def test_the_same_figure_has_the_same_state_on_every_run():
    """So that a book that is built twice does not differ."""
    first, second = (AttentionSteps([example()]).get_state() for _ in range(2))
    differing = {name for name in first if first[name] != second[name]}
    assert differing <= {"layout", "_model_id", "_anywidget_id"}
