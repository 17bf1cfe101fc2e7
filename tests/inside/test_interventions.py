"""Parts of a model that are off, patched or replaced say what they are told to, and come back."""

import math
from contextlib import nullcontext

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from lmkit.inside import interventions
from lmkit.inside.interventions import NOT_ASKED, Patch, changed, compare, means, values
from lmkit.model.transformer import Transformer, TransformerConfig

VOCAB, LAYERS, HEADS, D_HEAD, NEURONS = 9, 2, 2, 4, 32
TOKENS, OTHER = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[5, 8, 1, 7]])
PARTS = ("attention", "feed_forward", "residual")


def make_model(**changes):
    config = dict(vocab_size=VOCAB, n_layers=LAYERS, n_heads=HEADS, d_model=8, init_std=0.5)
    return Transformer(TransformerConfig(**config | changes), torch.Generator().manual_seed(0)).eval()


@pytest.fixture(scope="module")
def model():
    return make_model().requires_grad_(False)


# --- Any part, by any function. ---


@torch.no_grad()
def test_a_replaced_part_says_what_the_function_says_of_its_input(model):
    x = torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(1))
    one, other, untouched = model.final_norm, model.blocks[0].feed_forward, model.blocks[1].feed_forward
    expected = untouched(x)
    with interventions.replaced({one: lambda given: 3 * given, other: torch.zeros_like}):
        torch.testing.assert_close(one(x), 3 * x)
        assert not other(x).any()
        torch.testing.assert_close(untouched(x), expected)


@torch.no_grad()
def test_a_part_replaced_by_itself_changes_nothing(model):
    before = model(TOKENS)
    norms = [part for part in model.modules() if isinstance(part, nn.LayerNorm)]
    with interventions.replaced({norm: norm.forward for norm in norms}):
        torch.testing.assert_close(model(TOKENS), before, rtol=0, atol=0)


@torch.no_grad()
def test_parts_come_back_when_something_fails_meanwhile(model):
    before = model(TOKENS)
    with pytest.raises(KeyError), interventions.replaced(dict.fromkeys(model.blocks, torch.zeros_like)):
        assert not torch.equal(model(TOKENS), before)
        raise KeyError
    torch.testing.assert_close(model(TOKENS), before, rtol=0, atol=0)


# --- Off. ---


def test_a_head_that_is_off_hands_on_nothing_and_comes_back(model):
    x = torch.randn(1, 5, 8, generator=torch.Generator().manual_seed(1))
    to_output = model.blocks[1].attention.to_output
    before = model(TOKENS)
    with changed(model, off={"heads": [(1, 0)]}):
        kept = to_output.weight[:, D_HEAD:]  # what the other head writes
        assert_close(to_output(x), x[..., D_HEAD:] @ kept.T + to_output.bias)
        assert not torch.equal(model(TOKENS), before)
    assert torch.equal(model(TOKENS), before)


def test_a_neuron_that_is_off_writes_nothing_and_comes_back(model):
    layer = model.blocks[1].feed_forward
    before = model(TOKENS)
    kept = [i for i in range(NEURONS) if i not in (4, 7)]
    x = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    with changed(model, off={"neurons": [(1, 4), (1, 7)]}):
        wanted = F.gelu(layer.read(x))[:, kept] @ layer.write.weight[:, kept].T + layer.write.bias
        assert_close(layer(x), wanted)
        assert not torch.equal(model(TOKENS), before)
    assert torch.equal(model(TOKENS), before)


def pairs(count):
    return st.lists(st.tuples(st.integers(0, LAYERS - 1), st.integers(0, count - 1)), max_size=3)


@settings(max_examples=10)
@given(heads=pairs(HEADS), neurons=pairs(NEURONS))
def test_contexts_within_each_other_do_what_one_does(model, heads, neurons):
    with changed(model, off={"heads": heads, "neurons": neurons}):
        together = model(TOKENS)
    with changed(model, off={"neurons": neurons}), changed(model, off={"heads": heads}):
        assert torch.equal(model(TOKENS), together)


def everything(kind):
    return {kind: [(layer, i) for layer in range(LAYERS) for i in range({"heads": HEADS, "neurons": NEURONS}[kind])]}


@pytest.mark.parametrize("kind", ["heads", "neurons"])
def test_what_is_off_to_its_own_values_changes_nothing(model, kind):
    before = model(TOKENS)
    with changed(model, off=everything(kind), to=values(model, TOKENS)):
        assert_close(model(TOKENS), before)


def test_off_to_another_text_is_off_to_what_was_said_there(model):
    other, to_output = values(model, OTHER), model.blocks[0].attention.to_output
    with changed(model, off={"heads": [(0, 1)]}, to=other):
        mixed, own = values(model, TOKENS).mixed[0], values(model, OTHER).mixed[0]
    assert torch.equal(mixed[..., D_HEAD:], other.mixed[0][..., D_HEAD:])
    assert torch.equal(own, other.mixed[0])
    assert not torch.equal(mixed[..., :D_HEAD], other.mixed[0][..., :D_HEAD])
    assert to_output._forward_pre_hooks == {}


def test_the_mean_is_over_all_tokens_of_all_texts_and_fits_a_text_of_any_length(model):
    texts = [torch.tensor([1, 2, 3]), torch.tensor([4]), torch.tensor([5, 6, 7, 8, 0, 2])]
    mean, each = means(model, iter(texts)), [values(model, text[None]) for text in texts]
    for part in ("mixed", "neurons", *PARTS):
        for layer in range(LAYERS):
            together = torch.cat([getattr(one, part)[layer][0] for one in each])
            assert_close(getattr(mean, part)[layer], together.mean(dim=0)[None, None])
    with changed(model, off={"neurons": [(1, 3)]}, to=mean):
        for text in texts:
            fired = values(model, text[None]).neurons[1][0, :, 3]
            assert_close(fired, mean.neurons[1][0, 0, 3].expand(len(text)))


# --- Patched. ---


@pytest.mark.parametrize("layer", range(LAYERS))
def test_with_the_stream_of_another_text_the_model_says_what_it_says_of_that(model, layer):
    with changed(model, patch=[Patch(layer=layer, what="residual", values=values(model, OTHER))]):
        assert_close(model(TOKENS), model(OTHER))


def test_where_nothing_is_written_the_embedding_is_read_out(model):
    nothing = [Patch(layer=i, what=what, values=0) for i in range(LAYERS) for what in ("attention", "feed_forward")]
    with changed(model, patch=nothing):
        assert_close(model(TOKENS), model.unembed(model.final_norm(model.embed(TOKENS))))


@pytest.mark.parametrize("name", [{"head": 1}, {"neuron": 5}, {"what": "attention"}, {"what": "residual"}])
@pytest.mark.parametrize("position", [0, 2, [1, 3]])
def test_a_patch_changes_what_is_said_from_its_position_on_and_numbers_do_what_values_do(model, name, position):
    other = values(model, OTHER)
    with changed(model, patch=[Patch(layer=1, position=position, values=other, **name)]):
        patched = model(TOKENS)
    first = min([position] if isinstance(position, int) else position)
    assert torch.equal(patched[:, :first], model(TOKENS)[:, :first])
    assert not torch.equal(patched[:, first], model(TOKENS)[:, first])
    part = {"head": "mixed", "neuron": "neurons"}.get(next(iter(name)), name.get("what"))
    columns = {"mixed": slice(D_HEAD, None), "neurons": slice(5, 6)}.get(part, slice(None))
    numbers = getattr(other, part)[1][0, position, columns]
    with changed(model, patch=[Patch(layer=1, position=position, values=numbers, **name)]):
        assert torch.equal(model(TOKENS), patched)


def test_of_two_patches_the_last_one_holds_and_the_outer_one_comes_back(model):
    one, other = (Patch(layer=0, neuron=3, values=x) for x in (1.5, -2))
    with changed(model, patch=[one]):
        outer = model(TOKENS)
        with changed(model, patch=[other]):
            inner = model(TOKENS)
            assert float(values(model, TOKENS).neurons[0][0, 0, 3]) == -2
        assert torch.equal(model(TOKENS), outer) and not torch.equal(inner, outer)
    with changed(model, patch=[one, other]):
        assert torch.equal(model(TOKENS), inner)


def test_gradients_flow_past_what_is_changed():
    model = make_model()
    with changed(model, off={"heads": [(0, 0)]}, patch=[Patch(layer=1, neuron=2, position=0, values=1.0)]):
        model(TOKENS).sum().backward()
    value = model.blocks[0].attention.to_value.weight.grad
    assert not value[:D_HEAD].any() and value[D_HEAD:].any()


# --- With and without. ---


def test_whole_and_part_are_compared_in_logits_costs_and_loss(model):
    off = {"heads": [(0, 1)]}
    found = compare(model, TOKENS, off=off)
    for reading, context in ((found.whole, nullcontext()), (found.part, changed(model, off=off))):
        with context:
            logits = model(TOKENS)
        assert_close(reading.logits, logits)
        costs = F.cross_entropy(logits[0, :-1], TOKENS[0, 1:], reduction="none")
        assert_close(reading.costs[0, :-1], costs) and reading.costs[0, -1].isnan()
        assert reading.loss == pytest.approx(float(costs.mean()), rel=1e-5)
    assert found.part.loss != found.whole.loss


def test_padding_is_not_asked_for(model):
    real = torch.tensor([[True, True, True, False]])
    padded, alone = compare(model, TOKENS, real).whole, compare(model, TOKENS[:, :3]).whole
    assert padded.loss == pytest.approx(alone.loss) and padded.costs[0, 2:].isnan().all()


def test_a_model_that_sees_both_ways_is_asked_for_labels_alone():
    model = make_model(causal=False).requires_grad_(False)
    assert compare(model, TOKENS).whole[1:] == (None, None)
    labels = torch.tensor([[NOT_ASKED, 7, NOT_ASKED, NOT_ASKED]])
    whole = compare(model, TOKENS, labels=labels).whole
    assert whole.loss == pytest.approx(float(F.cross_entropy(model(TOKENS)[0, 1], labels[0, 1])))
    assert math.isnan(whole.costs[0, 0])
    with pytest.raises(ValueError, match=r"labels have shape \(1, 2\), but the logits ask for one at each of \(1, 4\)"):
        compare(model, TOKENS, labels=labels[:, :2])


def test_a_model_without_logits_has_nothing_to_compare():
    with pytest.raises(ValueError, match="no logits to compare"):
        compare(make_model(unembed=False), TOKENS)


# --- Refused. ---


@pytest.mark.parametrize(
    ("wish", "error", "message"),
    [
        ({"off": {"heads": [(2, 0)]}}, IndexError, "no layer 2: give a whole number from 0 to 1"),
        ({"off": {"heads": [(0, 2)]}}, IndexError, "no head 2: give a whole number from 0 to 1"),
        ({"off": {"heads": [(0, -1)]}}, IndexError, "no head -1"),
        ({"off": {"neurons": [(0, 32)]}}, IndexError, "no neuron 32: give a whole number from 0 to 31"),
        ({"off": {"layers": [(0, 1)]}}, ValueError, r"off has \['layers'\], but only heads and neurons"),
        ({"patch": [Patch(layer=0, values=0)]}, ValueError, "a patch is of one part: name a head, a neuron"),
        ({"patch": [Patch(layer=0, head=0, neuron=1, values=0)]}, ValueError, "a patch is of one part"),
        ({"patch": [Patch(layer=0, head=0, values=torch.zeros(3))]}, ValueError, r"shape \(3,\), but .* has 4 numbers"),
        ({"patch": [Patch(layer=0, head=0, values=math.nan)]}, ValueError, "all of them finite"),
        ({"patch": [Patch(layer=0, head=0, position=4, values=0)]}, IndexError, "no position 4: .* from 0 to 3"),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_changed(model, wish, error, message):
    with pytest.raises(error, match=message), changed(model, **wish):
        model(TOKENS)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


@pytest.mark.parametrize("position", [None, 0])
def test_values_of_a_text_of_another_length_are_refused(model, position):
    shorter = values(model, OTHER[:, :3])
    patch = [Patch(layer=0, head=0, position=position, values=shorter)]
    message = "values are of 1 × 3 tokens .*, but the model reads 1 × 4: take values of as many, or the means"
    for wish in ({"patch": patch}, {"off": {"heads": [(0, 0)]}, "to": shorter}):
        with pytest.raises(ValueError, match=message), changed(model, **wish):
            model(TOKENS)


def test_a_model_whose_parts_are_not_known_is_refused():
    with pytest.raises(TypeError, match="cannot look inside this model, a .*Linear"), changed(nn.Linear(2, 2), off={}):
        pass


def test_no_text_has_no_mean(model):
    with pytest.raises(ValueError, match="there is no text"):
        means(model, [])
