"""Models of the transformers library give the same numbers after they are read into lmkit."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from lmkit.model.attention import padding_mask, repeat_kv_heads, scaled_dot_product_attention
from lmkit.shelf.conversion import from_transformers

GPT2 = dict(vocab_size=23, n_layer=2, n_head=4, n_embd=16, n_positions=32, bos_token_id=0, eos_token_id=0)
SIZES = dict(vocab_size=23, num_hidden_layers=2, num_attention_heads=4, hidden_size=16, intermediate_size=40)
ROPE = dict(rope_type="default", rope_theta=500.0)
MODELS = {
    "gpt2": (GPT2LMHeadModel, GPT2Config, GPT2),
    "gpt2 narrow, relu, untied": (
        GPT2LMHeadModel,
        GPT2Config,
        GPT2 | dict(n_inner=24, n_head=1, activation_function="relu", tie_word_embeddings=False),
    ),
    "gpt2 of twelve layers": (GPT2LMHeadModel, GPT2Config, GPT2 | dict(n_layer=12)),
    "bert": (BertModel, BertConfig, SIZES),
    "bert tanh gelu": (BertModel, BertConfig, SIZES | dict(hidden_act="gelu_new", layer_norm_eps=1e-3)),
    "llama": (LlamaForCausalLM, LlamaConfig, SIZES),
    "llama grouped, tied": (
        LlamaForCausalLM,
        LlamaConfig,
        SIZES | dict(num_key_value_heads=2, tie_word_embeddings=True, rope_parameters=ROPE),
    ),
    "llama one kv head, biases": (
        LlamaForCausalLM,
        LlamaConfig,
        SIZES | dict(num_key_value_heads=1, attention_bias=True, mlp_bias=True),
    ),
}
TOKENS = torch.arange(14).view(2, 7)


def build(model_class, config_class, settings):
    """Build a model in which every weight, bias and norm is random, so that none can be left out unseen."""
    torch.manual_seed(0)
    model = model_class(config_class(**settings, attn_implementation="eager")).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, mean=float(parameter.ndim == 1), std=0.3)
    return model


@pytest.fixture(params=MODELS)
def theirs(request):
    return build(*MODELS[request.param])


def output(model, tokens, **kwargs):
    """Give the logits of one of their models, or the last hidden state of one without an unembedding."""
    result = model(tokens, **kwargs)
    return result.logits if "logits" in result else result.last_hidden_state


def run(model, *inputs):
    """Give the same of one of ours."""
    return model.hidden(*inputs) if model.unembed is None else model(*inputs)


def attention_maps(model, *inputs):
    """Recompute the weights of every layer from what its Attend was given."""
    maps = []

    def record(module, inputs, output):
        query, key, value, may_attend = inputs
        key, value = repeat_kv_heads(key, query.shape[1]), repeat_kv_heads(value, query.shape[1])
        maps.append(scaled_dot_product_attention(query, key, value, may_attend)[1])

    for block in model.blocks:
        block.attention.attend.register_forward_hook(record)
    run(model, *inputs)
    return tuple(maps)


@torch.no_grad()
def test_outputs_are_equal(theirs):
    expected = output(theirs, TOKENS)
    assert expected.std() > 0.1  # not all alike, so that equality says something
    assert_close(run(from_transformers(theirs), TOKENS), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_attention_maps_are_equal(theirs):
    expected = theirs(TOKENS, output_attentions=True).attentions
    maps = attention_maps(from_transformers(theirs), TOKENS)
    assert len(maps) == theirs.config.num_hidden_layers
    assert_close(maps, expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_residual_streams_are_equal(theirs):
    """The stream before each block; theirs ends with the normed one."""
    model, stream = from_transformers(theirs), []
    for block in model.blocks:
        block.register_forward_pre_hook(lambda module, inputs: stream.append(inputs[0]))
    stream.append(model.hidden(TOKENS))
    expected = theirs(TOKENS, output_hidden_states=True).hidden_states
    assert_close(tuple(stream), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_real_tokens_of_padded_batches_are_equal(theirs):
    may_attend = padding_mask(torch.tensor([7, 4]), 7)
    expected = output(theirs, TOKENS, attention_mask=may_attend[:, 0, 0].long())
    ours = run(from_transformers(theirs), TOKENS, may_attend)
    assert_close(ours[0], expected[0], rtol=1e-5, atol=1e-5)
    assert_close(ours[1, :4], expected[1, :4], rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_rotary_angles_are_equal_at_far_positions():
    theirs = build(*MODELS["llama grouped, tied"])
    tokens = torch.arange(600)[None] % 23
    assert_close(from_transformers(theirs)(tokens), output(theirs, tokens), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_the_copy_shares_no_memory(theirs):
    model = from_transformers(theirs)
    before = run(model, TOKENS)
    for parameter in theirs.parameters():
        parameter.zero_()
    assert torch.equal(run(model, TOKENS), before)


def test_berts_real_settings_are_kept():
    """Exact gelu and a tiny epsilon, as in BERT and MiniLM."""
    config = from_transformers(build(BertModel, BertConfig, SIZES)).config
    assert (config.activation, config.norm_eps, config.causal) == ("gelu", 1e-12, False)


@pytest.mark.parametrize(
    ("feature", "model_class", "config_class", "settings"),
    [
        (r"activation 'silu'", GPT2LMHeadModel, GPT2Config, GPT2 | dict(activation_function="silu")),
        (r"cross-attention", GPT2LMHeadModel, GPT2Config, GPT2 | dict(add_cross_attention=True)),
        (r"scale_attn_weights", GPT2LMHeadModel, GPT2Config, GPT2 | dict(scale_attn_weights=False)),
        (
            r"inverse_layer_idx",
            GPT2LMHeadModel,
            GPT2Config,
            GPT2 | dict(scale_attn_by_inverse_layer_idx=True),
        ),
        (r"activation 'silu'", BertModel, BertConfig, SIZES | dict(hidden_act="silu")),
        (r"is_decoder", BertModel, BertConfig, SIZES | dict(is_decoder=True)),
        (r"relative_key", BertModel, BertConfig, SIZES | dict(position_embedding_type="relative_key")),
        (r"activation 'gelu'", LlamaForCausalLM, LlamaConfig, SIZES | dict(hidden_act="gelu")),
        (r"head_dim=8", LlamaForCausalLM, LlamaConfig, SIZES | dict(head_dim=8)),
        (r"mlp_bias", LlamaForCausalLM, LlamaConfig, SIZES | dict(attention_bias=True)),
        (
            r"rope scaling.*linear",
            LlamaForCausalLM,
            LlamaConfig,
            SIZES | dict(rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=1e4)),
        ),
    ],
)
def test_a_feature_that_lmkit_lacks_is_refused_by_name(feature, model_class, config_class, settings):
    model = model_class(config_class(**settings))
    with pytest.raises(ValueError, match=feature):
        from_transformers(model)


def test_a_weight_without_a_place_is_refused_by_name():
    model = build(*MODELS["llama"])
    model.model.layers[1].self_attn.q_norm = nn.LayerNorm(4)
    with pytest.raises(ValueError, match=r"model\.layers\.1\.self_attn\.q_norm\.weight"):
        from_transformers(model)


def test_another_class_is_refused_by_name():
    model = BertForMaskedLM(BertConfig(**SIZES))
    with pytest.raises(TypeError, match=r"BertForMaskedLM.*GPT2LMHeadModel, BertModel, LlamaForCausalLM"):
        from_transformers(model)
