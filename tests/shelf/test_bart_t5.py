"""BART and T5 of the transformers library give the same numbers after they are read into lmkit."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

from lmkit import trace
from lmkit.model.attention import padding_mask
from lmkit.model.generation import generate
from lmkit.shelf.conversion import from_transformers

VOCAB = 23
BART = dict(
    vocab_size=VOCAB,
    d_model=16,
    encoder_layers=2,
    decoder_layers=2,
    encoder_attention_heads=4,
    decoder_attention_heads=4,
    encoder_ffn_dim=40,
    decoder_ffn_dim=40,
    max_position_embeddings=40,
    decoder_start_token_id=2,
    forced_eos_token_id=None,
)
T5 = dict(vocab_size=VOCAB, d_model=16, d_kv=4, d_ff=40, num_layers=2, num_heads=4, decoder_start_token_id=0)
MODELS = {
    "bart": (BartForConditionalGeneration, BartConfig, BART),
    "bart, scaled": (BartForConditionalGeneration, BartConfig, BART | dict(scale_embedding=True)),
    "bart, relu": (BartForConditionalGeneration, BartConfig, BART | dict(activation_function="relu")),
    "t5 v1.0": (T5ForConditionalGeneration, T5Config, T5),
    "t5 v1.1": (
        T5ForConditionalGeneration,
        T5Config,
        T5 | dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    ),
}
SOURCE = torch.arange(14).view(2, 7) + 3
WRITTEN = torch.arange(10).view(2, 5) * 2 + 1
EQUAL = dict(rtol=1e-5, atol=1e-5)


def build(model_class, config_class, settings):
    """Build a model in which every weight, bias and norm is random, so that none can be left out unseen."""
    torch.manual_seed(0)
    model = model_class(config_class(**settings, attn_implementation="eager")).eval()
    if settings.get("tie_word_embeddings") is False:
        model.lm_head.weight = nn.Parameter(torch.empty_like(model.lm_head.weight))  # version 1.1 has one of its own
    for parameter in model.parameters():
        nn.init.normal_(parameter, mean=float(parameter.ndim == 1), std=0.3)
    if hasattr(model, "final_logits_bias"):
        model.final_logits_bias.normal_()
    return model


@pytest.fixture(params=MODELS)
def theirs(request):
    return build(*MODELS[request.param])


@torch.no_grad()
def test_logits_are_equal(theirs):
    expected = theirs(SOURCE, decoder_input_ids=WRITTEN).logits
    assert expected.std() > 0.1  # not all alike, so that equality says something
    assert_close(from_transformers(theirs)(SOURCE, WRITTEN), expected, **EQUAL)


@torch.no_grad()
def test_logits_are_equal_with_a_padded_source(theirs):
    may_read = padding_mask(torch.tensor([7, 4]), 7)
    expected = theirs(SOURCE, attention_mask=may_read[:, 0, 0].long(), decoder_input_ids=WRITTEN).logits
    assert_close(from_transformers(theirs)(SOURCE, WRITTEN, may_read), expected, **EQUAL)


@torch.no_grad()
def test_both_write_the_same(theirs):
    start = theirs.config.decoder_start_token_id
    options = dict(max_new_tokens=12, do_sample=False, num_beams=1, eos_token_id=None, pad_token_id=1)
    expected = theirs.generate(SOURCE, attention_mask=torch.ones_like(SOURCE), **options)
    ours = generate(from_transformers(theirs).read(SOURCE), torch.full((2, 1), start), 12)
    assert torch.equal(ours, expected)


@torch.no_grad()
def test_classes_of_distance_are_equal_far_away():
    """From 128 on all distances are one class, and both sides are told apart."""
    theirs = build(*MODELS["t5 v1.1"])
    source, written = torch.arange(300)[None] % VOCAB, torch.arange(200)[None] % VOCAB
    expected = theirs(source, decoder_input_ids=written).logits
    assert_close(from_transformers(theirs)(source, written), expected, **EQUAL)


@pytest.mark.parametrize(
    ("feature", "family", "settings"),
    [
        (r"different sizes \(encoder_layers=2, decoder_layers=1\)", "bart", dict(decoder_layers=1)),
        (r"different sizes.*decoder_ffn_dim=8", "bart", dict(decoder_ffn_dim=8)),
        (r"different sizes.*num_decoder_layers=1", "t5 v1.0", dict(num_decoder_layers=1)),
        (r"d_kv=8, not d_model / heads = 4", "t5 v1.0", dict(d_kv=8)),
        (r"16 classes of distances up to 128", "t5 v1.0", dict(relative_attention_num_buckets=16)),
        (r"activation 'silu' in a gated", "t5 v1.0", dict(feed_forward_proj="gated-silu")),
    ],
)
def test_a_feature_that_lmkit_lacks_is_refused_by_name(feature, family, settings):
    model_class, config_class, known = MODELS[family]
    with pytest.raises(ValueError, match=feature):
        from_transformers(model_class(config_class(**known | settings)))


@torch.no_grad()
def test_a_trace_of_ours_sees_what_one_of_theirs_does(theirs):
    """In every head of both stacks, and where the one looks at the other."""
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    given = dict(tokens=SOURCE, attention_mask=mask, decoder_input_ids=WRITTEN)
    expected, seen = trace(theirs, **given), trace(from_transformers(theirs), **given)
    assert len(seen.cross_attentions) == 2
    for name in ("logits", "attentions", "values", "activations", "cross_attentions", "cross_values"):
        assert_close(getattr(seen, name), getattr(expected, name), **EQUAL)
    assert_close(seen.encoder.attentions, expected.encoder.attentions, **EQUAL)
    assert_close(seen.encoder.residual, expected.encoder.residual, **EQUAL)


def test_a_trace_of_ours_asks_for_what_was_written():
    with pytest.raises(ValueError, match="give decoder_input_ids"):
        trace(from_transformers(build(*MODELS["bart"])), SOURCE)
