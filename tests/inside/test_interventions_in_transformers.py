"""Parts of a model of transformers are found by what runs, whatever it calls them, and are changed like our own."""

import pytest
import torch
from torch.testing import assert_close

from lmkit.inside import heads, sites
from lmkit.inside.interventions import Patch, changed, compare, means, values
from lmkit.inside.tracing import trace
from tests.inside.adapters import Adapted, LowRank

transformers = pytest.importorskip("transformers")

HEADS, LAYERS, VOCAB = 4, 2, 50
COMMON = dict(
    vocab_size=VOCAB, hidden_size=32, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=64,
    pad_token_id=0, bos_token_id=1, eos_token_id=2,
)  # fmt: skip
TOKENS, OTHER = torch.tensor([[3, 5, 7, 9, 11]]), torch.tensor([[4, 6, 8, 10, 12]])

# --- Where each kind keeps the two projections; lmkit does not know these names. ---

KINDS = {
    "BertForMaskedLM": ("bert.encoder.layer.1.attention.output.dense", "bert.encoder.layer.1.output.dense", {}),
    "GPT2LMHeadModel": ("transformer.h.1.attn.c_proj", "transformer.h.1.mlp.c_proj", {}),
    "GPTNeoXForCausalLM": ("gpt_neox.layers.1.attention.dense", "gpt_neox.layers.1.mlp.dense_4h_to_h", {}),
    "OPTForCausalLM": (
        "model.decoder.layers.1.self_attn.out_proj",
        "model.decoder.layers.1.fc2",
        {"ffn_dim": 64, "word_embed_proj_dim": 32},
    ),
    "LlamaForCausalLM": ("model.layers.1.self_attn.o_proj", "model.layers.1.mlp.down_proj", {"num_key_value_heads": 2}),
    "Gemma2ForCausalLM": (
        "model.layers.1.self_attn.o_proj",
        "model.layers.1.mlp.down_proj",
        {"num_key_value_heads": 2, "head_dim": 8},
    ),
}


def make_model(kind, **changes):
    torch.manual_seed(0)
    cls = getattr(transformers, kind)
    return cls(cls.config_class(**COMMON | changes)).eval().requires_grad_(False)


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def model(kind):
    return make_model(kind, **KINDS[kind][2])


def said(model, tokens=TOKENS):
    return model(tokens).logits


def test_the_projections_are_found_by_what_runs(model, kind):
    output, write, _ = KINDS[kind]
    site = sites.find(model)[1]
    assert (site.output, site.write) == (model.get_submodule(output), model.get_submodule(write))
    assert site.n_heads == HEADS and len(sites.find(model)) == LAYERS


def test_what_heads_have_mixed_goes_into_the_projection_of_attention(model):
    """Of one key alone, each head mixes its value."""
    mixed = values(model, TOKENS[:, :1]).mixed
    for layer, value in zip(mixed, trace(model, TOKENS[:, :1]).values, strict=True):
        each = value.repeat_interleave(HEADS // value.shape[1], dim=1)  # (batch, head, position, d_head)
        assert_close(layer, each.transpose(1, 2).flatten(2))


def test_off_to_its_own_values_changes_nothing_and_off_to_zero_does(model):
    everything = {"heads": [(i, h) for i in range(LAYERS) for h in range(HEADS)], "neurons": [(1, 3), (0, 7)]}
    before = said(model)
    with changed(model, off=everything, to=values(model, TOKENS)):
        assert_close(said(model), before, rtol=1e-4, atol=1e-5)
    for kind in everything:
        with changed(model, off={kind: everything[kind][:1]}):
            assert not torch.equal(said(model), before)
    assert torch.equal(said(model), before)


def test_with_the_stream_of_another_text_it_says_what_it_says_of_that(model):
    with changed(model, patch=[Patch(layer=0, what="residual", values=values(model, OTHER))]):
        assert_close(said(model), said(model, OTHER))


def test_the_mean_over_a_text_fits_a_shorter_one(model):
    mean = means(model, [TOKENS[0], OTHER[0, :3]])
    with changed(model, off={"heads": [(0, 1)], "neurons": [(1, 2)]}, to=mean):
        found = values(model, TOKENS[:, :2])
    assert_close(found.neurons[1][..., 2], mean.neurons[1][..., 2].expand(1, 2))
    assert_close(found.mixed[0][..., 8:16], mean.mixed[0][..., 8:16].expand(1, 2, 8))


def test_loss_and_logits_are_compared(model):
    found = compare(model, TOKENS, off={"heads": [(0, 0)]}, labels=TOKENS)
    assert_close(found.whole.logits, said(model), rtol=1e-4, atol=1e-5)
    assert found.part.loss != found.whole.loss


def test_each_head_is_taken_away_in_turn(model):
    cost = heads.costs(model, lambda: said(model).abs().sum())
    assert cost.shape == (LAYERS, HEADS) and cost.unique().numel() == LAYERS * HEADS


def test_with_adapters_it_is_changed_as_with_what_they_add_put_into_its_weights():
    model, merged = make_model("BertForMaskedLM"), make_model("BertForMaskedLM")
    for one, other in zip(model.bert.encoder.layer, merged.bert.encoder.layer, strict=True):
        for path, n_in in (("attention.output", 32), ("output", 64)):
            dense = other.get_submodule(path).dense
            beside = LowRank(one.get_submodule(path).dense, n_in, 32).requires_grad_(False)
            one.get_submodule(path).dense = beside
            dense.weight += beside.up.weight @ beside.down.weight
            dense.bias += beside.up(beside.down.bias)
    off = {"heads": [(1, 2)], "neurons": [(0, 3)]}
    with changed(Adapted(model), off=off), changed(merged, off=off):
        assert_close(said(Adapted(model)), said(merged), rtol=1e-4, atol=1e-5)
    assert not torch.equal(compare(Adapted(model), TOKENS, off=off).part.logits, said(model))


def test_a_mixture_of_experts_has_heads_and_no_neurons():
    model = make_model("MixtralForCausalLM", num_key_value_heads=2, num_local_experts=2)
    before = said(model)
    with changed(model, off={"heads": [(0, 1)]}, to=means(model, [OTHER[0]])):
        assert not torch.equal(said(model), before)
    message = "no neurons: it is a mixture of experts"
    with pytest.raises(ValueError, match=message), changed(model, off={"neurons": [(0, 0)]}):
        pass


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("AlbertModel", "the layers of this AlbertModel share their weights, so that none can be changed alone"),
        ("T5ForConditionalGeneration", "is two models, of which each can be changed alone: take its get_encoder"),
        ("MambaModel", "cannot look inside this model"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_reason(kind, message):
    with pytest.raises(TypeError, match=message), changed(make_model(kind), off={}):
        pass
