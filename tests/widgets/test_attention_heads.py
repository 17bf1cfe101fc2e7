"""AttentionHeads: what Python packs, what it says of it, and what it refuses."""

import base64
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from torch import Tensor
from traitlets import TraitError
from transformers import BertConfig, BertModel

from lmkit.inside.heads import previous_token
from lmkit.inside.tracing import Trace, trace
from lmkit.inside.weighting import output_weighted, value_weighted
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets.attention_heads import AttentionHeads
from lmkit.widgets.encoding import as_weights, decode, encode, is_causal
from lmkit.widgets.magnitudes import MOST_KEYS, TOP, pack, unpack

WORDS = ["the", "cat", "sees", "it"]


def attentions(layers: int = 2, heads: int = 3, n: int = 4, causal: bool = True, seed: int = 0) -> tuple[Tensor, ...]:
    """Random weights as a model gives them."""
    scores = torch.randn(layers, 1, heads, n, n, generator=torch.Generator().manual_seed(seed)) * 3
    if causal:
        scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -torch.inf)
    return tuple(scores.softmax(dim=-1))


def page_bytes(figure: AttentionHeads) -> int:
    """What the state of a figure costs in a page, the module apart: JSON, with binary traits in base64."""
    state = figure.get_state()
    binary = {name: value for name, value in state.items() if isinstance(value, bytes | memoryview)}
    text = {name: value for name, value in state.items() if name not in binary and name != "_esm"}
    layout = figure.layout.get_state()
    return (
        len(json.dumps(text)) + len(json.dumps(layout)) + sum(len(base64.b64encode(value)) for value in binary.values())
    )


@given(st.booleans(), st.integers(1, 9), st.integers(0, 99))
def test_what_is_decoded_is_within_0_004_of_what_was_encoded(causal, n, seed):
    weights = as_weights(attentions(n=n, causal=causal, seed=seed))
    shape = dict(zip(("layers", "heads", "queries", "keys"), weights.shape, strict=True))
    packed = is_causal(weights)
    back = decode(encode(weights, packed), {**shape, "causal": packed})
    assert np.abs(back - weights).max() <= 0.004
    assert np.abs(back - weights)[weights <= 0.01].max(initial=0) <= 0.0004


@pytest.mark.parametrize(("causal", "bound"), [(True, 0.75), (False, 1.40)])
def test_a_page_pays_few_bytes_for_a_weight(causal, bound):
    layers, heads, n = 6, 12, 64
    score = torch.rand(layers, heads)
    figure = AttentionHeads(
        attentions(layers, heads, n, causal),
        [f"token{i}" for i in range(n)],
        label="MiniLM",
        scores={"one": score, "two": score},
    )
    assert page_bytes(figure) <= bound * layers * heads * n * n


def test_every_form_of_the_same_weights_gives_the_same_figure():
    layers = attentions()
    stacked = torch.cat(layers)
    forms = [layers, list(layers), stacked, stacked.numpy(), stacked.double(), SimpleNamespace(attentions=layers)]
    assert len({AttentionHeads(form, WORDS).weights for form in forms}) == 1


def test_half_precision_weights_are_weights():
    layers = tuple(layer.bfloat16() for layer in attentions(n=64))
    assert AttentionHeads(layers, ["t"] * 64).shape["causal"]


@pytest.fixture(scope="module")
def traced() -> Trace:
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(vocab_size=11, n_layers=2, n_heads=2, d_model=8, max_positions=8))
    return trace(model, torch.tensor([[1, 2, 3, 4]]))


def test_a_trace_and_its_scores_can_be_shown_as_they_are(traced):
    figure = AttentionHeads(traced, WORDS, scores={"most on the previous token": previous_token(traced)})
    assert figure.shape == {"layers": 2, "heads": 2, "queries": 4, "keys": 4, "causal": True}
    assert len(figure.scores["most on the previous token"]) == 4


def test_the_keys_may_be_another_sentence():
    cross = torch.full((1, 1, 2, 2, 3), 1 / 3).unbind()
    figure = AttentionHeads(cross, ["le", "chat"], key_tokens=["the", "cat", "</s>"])
    assert figure.shape["keys"] == 3
    assert figure.specials == [2]
    assert "2 tokens that look at 3" in figure.description


def test_special_tokens_are_found():
    tokens = ["[CLS]", "a", "[sep]", "<|end|>", "<s>", "<pad>", "[MASK]", "<b>"]
    assert AttentionHeads(attentions(n=8), tokens).specials == [0, 2, 3, 4, 5]


def test_the_description_names_what_the_head_does():
    weights = torch.zeros(1, 2, 4, 4)
    weights[0, 0, :, 2] = 1
    weights[0, 1] = torch.eye(4).roll(1, dims=0)  # query i looks at key i - 1
    described = AttentionHeads(weights, WORDS, head=1, label="a toy").description
    counted = "2 attention heads of a toy in 1 layer, on 4 tokens"
    assert described == f"{counted}: L0 · H1 gives the previous token 100 % on average."


def test_the_same_weights_give_the_same_bytes_and_another_figure_another_id():
    one, two = (AttentionHeads(attentions(seed=5), WORDS) for _ in range(2))
    assert one.get_state(["weights", "tokens", "scores", "description"]) == two.get_state(
        ["weights", "tokens", "scores", "description"]
    )
    assert one.poster() == two.poster()
    assert one.model_id[:24] == two.model_id[:24]
    assert one.model_id != two.model_id


def test_python_chooses_the_head_and_is_held_to_heads_that_exist():
    figure = AttentionHeads(attentions(), WORDS, layer=1, head=2, query=3)
    figure.layer, figure.head, figure.query = 0, 1, 0
    assert (figure.layer, figure.head, figure.query) == (0, 1, 0)
    for name, value in {"layer": 2, "head": -1, "query": 4}.items():
        with pytest.raises(ValueError, match=f"{name} {value} does not exist: there are"):
            setattr(figure, name, value)
    with pytest.raises(ValueError, match="layer 9 does not exist: there are 2, from 0 to 1"):
        AttentionHeads(attentions(), WORDS, layer=9)


def test_of_traits_that_are_changed_together_all_go_back_where_one_is_refused():
    """That is how what the page sends arrives."""
    figure = AttentionHeads(attentions(), WORDS, layer=1)
    with pytest.raises(TraitError, match="head 3 does not exist"), figure.hold_trait_notifications():
        figure.layer, figure.head = 0, 3
    assert (figure.layer, figure.head) == (1, 0)


def test_the_output_is_a_live_figure_with_a_picture_and_a_sentence_for_where_it_cannot_live():
    figure = AttentionHeads(attentions(), WORDS)
    data, metadata = figure._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert data["text/plain"] == figure.description == metadata["image/png"]["alt"]
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert min(picture.size) > 200


@pytest.mark.parametrize("shape", [(6, 12, 64), (1, 1, 3), (32, 32, 16), (12, 16, 128)])
def test_the_picture_is_small(shape):
    layers, heads, n = shape
    assert len(AttentionHeads(attentions(layers, heads, n, causal=False), ["t"] * n).poster()) <= 30_000


def test_tokens_are_kept_as_they_are():
    hostile = ["<img src=x onerror=alert(1)>", "", "\u202eevil", "\n"]
    assert AttentionHeads(attentions(), hostile).tokens == hostile


NAN = attentions()[0].clone()
NAN[0, 1, 2, 0] = torch.nan
REFUSED = {
    "sdpa, which returns no weights; use lmkit.trace": ((), WORDS),
    "there are no attention weights": (None, WORDS),
    "no weights": ((None, None), WORDS),
    "holds 2 sentences .* pass one sentence": ((torch.full((2, 1, 4, 4), 0.25),), WORDS),
    "there are 3 tokens, .the., .cat., .sees., but the attentions have 4 queries": (attentions(), WORDS[:3]),
    "scores before the softmax; pass the weights after it": ((torch.randn(1, 2, 4, 4),), WORDS),
    "H1, query 2 holds a number that is not finite": ((NAN,), WORDS),
    "the layers differ in shape": ((torch.full((1, 1, 4, 4), 0.25), torch.full((1, 2, 4, 4), 0.25)), WORDS),
    "it needs \\(layer, head, query, key\\)": (torch.full((1, 4, 4), 0.25), WORDS),
    "must have the shape \\(1, head, query, key\\)": ((torch.full((4, 4), 0.25),), WORDS),
    "where keys and queries are different sentences, pass key_tokens": (torch.full((1, 1, 4, 5), 0.2), WORDS),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_shown_is_refused_with_its_reason(message):
    given_attentions, tokens = REFUSED[message]
    with pytest.raises(ValueError, match=message):
        AttentionHeads(given_attentions, tokens)


def test_weights_after_dropout_are_told_apart_from_scores():
    dropped = torch.nn.functional.dropout(torch.stack(attentions()), 0.3)
    with pytest.raises(ValueError, match=r"sum to more come from dropout, which was on: call model.eval\(\)"):
        AttentionHeads(tuple(dropped), WORDS)


def test_a_model_that_was_left_in_train_mode_is_told():
    sizes = dict(vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
    config = BertConfig(**sizes, attn_implementation="eager")
    model = BertModel(config).train()
    with pytest.raises(ValueError, match="come from dropout"):
        AttentionHeads(model(torch.arange(8)[None], output_attentions=True), list("abcdefgh"))


@pytest.mark.parametrize("cut", [lambda weights: 0.7 * weights, lambda weights: weights[..., :3]])
def test_rows_that_give_a_share_to_what_is_not_there_are_told(cut):
    """A sink takes its share of every row; so do keys that were cut off."""
    weights = cut(torch.stack(attentions(causal=False)))
    with pytest.raises(ValueError, match="such as a sink or keys that were cut off; pass it as one more key"):
        AttentionHeads(tuple(weights), WORDS, key_tokens=WORDS[: weights.shape[-1]])


def test_a_number_that_is_not_finite_is_refused_later_too():
    figure = AttentionHeads(attentions(), WORDS, scores={"x": torch.zeros(2, 3)})
    before = figure.scores
    for number in (float("nan"), float("inf")):
        with pytest.raises(TraitError, match="scores holds a number that is not finite"):
            figure.scores = {"x": [0.0] * 5 + [number]}
    assert figure.scores == before


def test_byte_level_pieces_are_shown_as_text():
    figure = AttentionHeads(attentions(), ["The", "ĠnaÃ¯", "ve", "ĠÃ"], key_tokens=["na", "Ã¯", "ve", "!"])
    assert figure.tokens == ["The", " naï", "ve", "<20C3>"]  # the last is half a character
    assert figure.key_tokens == ["na", "ï", "ve", "!"]


def test_a_score_needs_one_finite_number_for_each_head():
    with pytest.raises(ValueError, match=r"'x' has shape \(2, 2\); it needs one number a head: \(2, 3\)"):
        AttentionHeads(attentions(), WORDS, scores={"x": torch.zeros(2, 2)})
    with pytest.raises(ValueError, match="'x' holds a number that is not finite"):
        AttentionHeads(attentions(), WORDS, scores={"x": torch.full((2, 3), torch.nan)})


def test_weights_of_before_are_sent_in_the_same_form():
    one, other = attentions(seed=1), attentions(seed=2)
    figure = AttentionHeads(one, WORDS, before=other, show="change", layer=1, head=2)
    shape = figure.shape
    assert shape["causal"] and len(figure.before) == len(figure.weights)
    assert np.abs(decode(figure.before, shape) - as_weights(other)).max() <= 0.004
    moved = np.abs(as_weights(one)[1, 2] - as_weights(other)[1, 2]).sum(axis=-1).mean() / 2
    assert figure.description.endswith(f"Compared with before, that head moved {100 * moved:.0f} % of its attention.")
    after = AttentionHeads(one, WORDS, before=other)
    assert after.poster() == AttentionHeads(one, WORDS).poster() != figure.poster()
    assert AttentionHeads(one, WORDS, before=other, show="before").poster() == AttentionHeads(other, WORDS).poster()


def test_a_causal_head_compared_with_one_that_looks_ahead_keeps_the_upper_triangle():
    figure = AttentionHeads(attentions(), WORDS, before=attentions(causal=False))
    assert not figure.shape["causal"]
    assert len(figure.before) == len(figure.weights) == 2 * 3 * 16


def test_nothing_to_compare_with_is_said():
    with pytest.raises(ValueError, match="'change', but there is nothing to compare with: pass before="):
        AttentionHeads(attentions(), WORDS, show="change")
    with pytest.raises(ValueError, match="must be one of"):
        AttentionHeads(attentions(), WORDS, before=attentions(), show="both")
    with pytest.raises(ValueError, match="compare the same heads on one sentence"):
        AttentionHeads(attentions(), WORDS, before=attentions(n=3))
    figure = AttentionHeads(attentions(), WORDS)
    with pytest.raises(TraitError, match="'change', but there is nothing to compare with: pass before="):
        figure.show = "change"
    assert figure.show == "after"


def test_a_query_that_may_look_nowhere_is_shown():
    weights = torch.zeros(1, 1, 2, 2)
    weights[0, 0, 1, 0] = 1
    assert AttentionHeads(weights, ["a", "b"]).shape["causal"]


NUMBERS = arrays(np.float32, (1, 2, 5, 5), elements=st.floats(-1, 1, width=32))


@given(NUMBERS, st.booleans(), st.sampled_from([0, 3]))
def test_numbers_that_are_no_shares_come_back_within_0_008_and_of_long_rows_the_largest_do(numbers, causal, top):
    numbers = np.tril(numbers) if causal else numbers
    shape = {"layers": 1, "heads": 2, "queries": 5, "keys": 5, "causal": causal, "top": top}
    back = unpack(pack(numbers, shape, signed=True), shape, signed=True)
    sent = back != 0
    assert np.abs(back - numbers)[sent].max(initial=0) <= 0.008
    if not top:
        assert np.abs(numbers)[~sent].max(initial=0) <= 1 / 127**2
    else:
        assert (sent.sum(axis=-1) <= top).all()
        least_sent = np.where(sent, np.abs(numbers), 1).min(axis=-1, keepdims=True)
        assert (np.abs(numbers)[~sent] <= np.broadcast_to(np.maximum(least_sent, 1 / 127**2), sent.shape)[~sent]).all()


def test_a_long_text_is_sent_by_its_largest_shares_at_three_bytes_each():
    n = MOST_KEYS + 44
    figure = AttentionHeads(attentions(1, 2, n), ["t"] * n)
    assert (figure.shape["top"], len(figure.weights)) == (TOP, 2 * n * TOP * 3)
    whole = as_weights(attentions(1, 2, n))
    kept = unpack(figure.weights, figure.shape)
    largest = np.sort(whole, axis=-1)[..., -TOP:].sum(axis=-1)
    np.testing.assert_allclose(kept.sum(axis=-1), largest, atol=TOP * 0.004)
    assert len(figure.poster()) <= 30_000


def test_value_and_output_weighted_attention_are_the_lengths_of_what_is_mixed_and_written(traced):
    weights, value = traced.attentions[1][0, 1], traced.values[1][0, 1]
    projection = torch.randn(8, 8)
    by_value, by_output = value_weighted(traced)[1], output_weighted(traced, [projection, projection])[1]
    written = value @ projection[:, 4:].T  # head 1 of two
    torch.testing.assert_close(by_value[0, 1], weights * value.norm(dim=-1))
    torch.testing.assert_close(by_output[0, 1], weights * written.norm(dim=-1))
    with pytest.raises(ValueError, match="1 projections and 2 layers"):
        output_weighted(traced, [projection])
    with pytest.raises(ValueError, match=r"has 4 columns, but 2 heads of 4 numbers need 8: pass weight.T"):
        output_weighted(traced, [projection[:, :4]] * 2)


def test_a_weighting_is_sent_as_parts_of_its_largest_number_and_may_be_shown_at_first(traced):
    signed = -3 * traced.attentions[0].expand(1, 2, 4, 4).clone()
    weightings = {"by value": value_weighted(traced), "down": torch.stack([signed[0], signed[0]])}
    figure = AttentionHeads(traced, WORDS, weightings=weightings, show="down")
    by_value, down = figure.weightings
    assert (by_value["signed"], down["signed"]) == (False, True)
    assert down["scale"] == pytest.approx(float(signed.abs().max()))
    assert len(figure.magnitudes) == 2 * len(figure.weights)
    half = len(figure.weights)
    back = unpack(figure.magnitudes[:half], figure.shape) * by_value["scale"]
    assert np.abs(back - torch.cat(value_weighted(traced)).numpy()).max() <= 0.004 * by_value["scale"]
    figure.show = "by value"
    with pytest.raises(TraitError, match="'other', but must be one of"):
        figure.show = "other"
    with pytest.raises(ValueError, match=r"'x' has shape \(1, 2, 4, 4\) and the attentions \(2, 2, 4, 4\)"):
        AttentionHeads(traced, WORDS, weightings={"x": signed})
    with pytest.raises(ValueError, match="'x' holds a number that is not finite"):
        AttentionHeads(traced, WORDS, weightings={"x": torch.full((2, 2, 4, 4), torch.inf)})


def test_several_texts_share_a_figure_and_the_query_stays_inside_the_one_that_is_shown():
    texts = [attentions(n=6), attentions(n=3, causal=False)]
    figure = AttentionHeads(texts, [list("abcdef"), list("xyz")], query=5, pair=[2, None])
    assert (figure.shape["queries"], figure.shape["pair"]) == (6, 2)
    (second,) = figure.others
    assert second["tokens"] == list("xyz") and "pair" not in second["shape"]
    assert len(figure.weights) == 2 * 3 * (6 * 7 // 2 + 3 * 3)
    figure.text = 1
    assert figure.query == 2
    assert figure.poster() == AttentionHeads(texts[1], list("xyz")).poster()
    with pytest.raises(TraitError, match="query 3 does not exist: there are 3"):
        figure.query = 3
    with pytest.raises(TraitError, match="text 2 does not exist: there are 2"):
        figure.text = 2


WRONG = {
    "there are tokens of 2 texts, but attentions is not a list of 2": (attentions(3), [WORDS, WORDS], {}),
    "before holds None": ([attentions()] * 2, [WORDS] * 2, {"before": [attentions(), None]}),
    "show the same model on all texts": ([attentions(), attentions(3)], [WORDS] * 2, {}),
    "pair is 4, but the second sentence begins at one of the tokens 1 to 3": (attentions(), WORDS, {"pair": 4}),
    "with key_tokens the keys are another text already": (attentions(), WORDS, {"pair": 1, "key_tokens": WORDS}),
    "kv_heads is 2, but must divide the 3 heads": (attentions(), WORDS, {"kv_heads": 2}),
    "pinned head 3 does not exist": (attentions(), WORDS, {"pinned": [(0, 3)]}),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_does_not_fit_together_is_refused_with_its_reason(message):
    given_attentions, tokens, options = WRONG[message]
    with pytest.raises(ValueError, match=message):
        AttentionHeads(given_attentions, tokens, **options)


def test_heads_that_share_keys_and_values_are_known_from_the_trace_or_are_said():
    torch.manual_seed(0)
    sizes = dict(vocab_size=11, n_layers=1, n_heads=4, n_kv_heads=2, d_model=8, max_positions=8)
    grouped = trace(Transformer(TransformerConfig(**sizes)), torch.tensor([[1, 2, 3, 4]]))
    assert AttentionHeads(grouped, WORDS).shape["kvHeads"] == 2
    assert AttentionHeads(grouped.attentions, WORDS, kv_heads=1).shape["kvHeads"] == 1
    assert value_weighted(grouped)[0].shape == (1, 4, 4, 4)
