"""Attention weights of any source are shown as they are; what cannot be shown is told its true cause."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmkit import trace
from lmkit.inside.tracing import Trace
from lmkit.widgets.attention_heads import AttentionHeads
from lmkit.widgets.encoding import as_weights
from lmkit.widgets.magnitudes import unpack
from tests.hard_strings import PIECES

SIZES = {"vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8}
NUMBERS = {"max_position_embeddings": 32, "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": None}
IDS = torch.tensor([[3, 1, 4, 1, 5]])


def causal(**options):
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**SIZES, **NUMBERS, num_key_value_heads=1, **options)
    return transformers.LlamaForCausalLM(config).eval()


def translating():
    torch.manual_seed(0)
    sizes = {"vocab_size": 20, "d_model": 16, "d_kv": 8, "d_ff": 8, "num_layers": 2, "num_heads": 2}
    config = transformers.T5Config(**sizes, decoder_start_token_id=0, attn_implementation="eager")
    return transformers.T5ForConditionalGeneration(config).eval()


def generated(model, **options):
    written = {"max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False, "return_dict_in_generate": True}
    return model.generate(IDS, attention_mask=torch.ones_like(IDS), output_attentions=True, **written, **options)


def words(n):
    return [f"t{i}" for i in range(n)]


# --- Every source. ---


def test_what_generate_gives_step_by_step_is_one_causal_square():
    model = causal(attn_implementation="eager")
    output = generated(model)
    read = output.sequences[:, :-1]  # the last token was written, and never read
    whole = as_weights(trace(model, read))
    np.testing.assert_allclose(as_weights(output), whole, atol=1e-6)
    assert AttentionHeads(output, words(read.shape[1])).shape["causal"]


def test_of_an_encoder_and_a_decoder_one_attention_is_chosen():
    model = translating()
    output = generated(model)
    with pytest.raises(ValueError, match="has decoder_attentions and cross_attentions and encoder_attentions: pass"):
        AttentionHeads(output, words(5))
    seen = trace(model, IDS, decoder_input_ids=output.sequences[:, :-1])
    for chosen, traced in (
        (output.encoder_attentions, seen.encoder),
        (output.decoder_attentions, seen),
        (output.cross_attentions, seen.cross_attentions),
    ):
        np.testing.assert_allclose(as_weights(chosen), as_weights(traced), atol=1e-6)
    figure = AttentionHeads(output.cross_attentions, words(4), key_tokens=words(5))
    assert (figure.shape["queries"], figure.shape["keys"]) == (4, 5)


class Cache:
    """What an ActivationCache of TransformerLens looks like from outside."""

    def __init__(self, named):
        self.named = named

    def keys(self):
        return self.named.keys()

    def __getitem__(self, name):
        return self.named[name]


@pytest.mark.parametrize("kind", [dict, Cache])
@pytest.mark.parametrize("has_batch", [True, False])
def test_a_cache_of_transformer_lens_is_read_in_the_order_of_its_layers(kind, has_batch):
    layers = torch.rand(12, 1, 2, 4, 4).softmax(dim=-1)
    order = sorted(range(12), key=str)  # 0, 1, 10, 11, 2, ...
    named = {f"blocks.{i}.attn.hook_pattern": layers[i] if has_batch else layers[i, 0] for i in order}
    found = as_weights(kind({"hook_embed": torch.zeros(1), **named, "blocks.0.attn.hook_q": torch.zeros(1)}))
    assert np.array_equal(found, layers[:, 0].numpy())


def test_plain_lists_and_arrays_are_weights_too():
    weights = torch.rand(2, 2, 3, 3).softmax(dim=-1)
    for form in (weights.tolist(), weights.numpy()[:, None].tolist(), list(weights.numpy()[:, None])):
        np.testing.assert_allclose(as_weights(form if np.ndim(form) == 5 else np.array(form)), weights, atol=1e-6)


def test_rows_below_one_are_shown_where_the_trace_says_that_its_model_has_sinks():
    config = transformers.GptOssConfig(**SIZES, **NUMBERS, num_key_value_heads=1, head_dim=8, num_local_experts=4)
    seen = trace(transformers.GptOssForCausalLM(config), IDS)
    assert as_weights(seen).sum(axis=-1).max() < 0.99
    assert AttentionHeads(seen, words(5)).weights
    with pytest.raises(ValueError, match="such as a sink.*a lmkit.trace, passed whole, says that it has sinks"):
        as_weights(seen.attentions)


def test_a_trace_of_weights_alone_is_shown():
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.FalconConfig(vocab_size=20, **sizes, bos_token_id=0, eos_token_id=0)
    assert AttentionHeads(trace(transformers.FalconForCausalLM(config), IDS), words(5)).shape["heads"] == 2


# --- What is wrong, and why. ---

ROWS = torch.full((2, 1, 2, 4, 4), 0.25)
MASKED = torch.randn(1, 1, 2, 4, 4).abs().masked_fill(torch.ones(4, 4, dtype=torch.bool).triu(1), -torch.inf)
WRONG = {
    "was not asked for them, or computes attention with sdpa": SimpleNamespace(attentions=None),
    "no blocks.0.attn.hook_pattern, by which TransformerLens names": {"blocks.0.attn.hook_z": ROWS[0]},
    "these are masked scores before the softmax": MASKED.unbind(),
    "there are negative numbers, so these are scores": torch.randn(1, 1, 2, 4, 4).unbind(),
    "rows that sum to more come from dropout, which was on": torch.nn.functional.dropout(ROWS, 0.5).unbind(),
    "holds 2 sentences .* pass one sentence": (torch.full((2, 1, 4, 4), 0.25),),
    "the steps have different numbers of layers": ((ROWS[0], ROWS[0]), (ROWS[0],)),
    "a cache with a sliding window forgets keys": ((ROWS[0],), (ROWS[0, :, :, :1, :3],)),
}


@pytest.mark.parametrize("says", WRONG)
def test_what_is_wrong_is_told_with_its_true_cause(says):
    with pytest.raises(ValueError, match=says):
        as_weights(WRONG[says])


def test_a_model_that_computes_with_sdpa_is_told():
    with torch.no_grad(), pytest.raises(ValueError, match="computes attention with sdpa"):
        as_weights(causal(attn_implementation="sdpa")(IDS, output_attentions=True))


def test_lengths_that_do_not_fit_are_told_with_the_first_tokens_of_both():
    seen = trace(causal(), IDS)
    says = r"6 tokens, 't0', .*'t4', \.\.\., but the attentions have 5 queries of the token ids 3, 1, 4, 1, 5\."
    with pytest.raises(ValueError, match=says):
        AttentionHeads(seen, words(6))


# --- Any trace at all. ---

HOSTILE = [*PIECES, "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "", "\ud800", "${1}", "'\"`"]


@st.composite
def traces(draw):
    """The size of a trace, 1 to 48 layers, 1 to 64 heads, 1 to 512 tokens, such that it stays cheap; and its tokens."""
    n = draw(st.one_of(st.integers(1, 16), st.integers(1, 512)))
    heads = draw(st.integers(1, max(1, min(64, 40_000 // n**2))))
    layers = draw(st.integers(1, max(1, min(48, 40_000 // (n**2 * heads)))))
    tokens = draw(st.lists(st.sampled_from(HOSTILE), min_size=min(n, 20), max_size=min(n, 20)))
    return layers, heads, n, (tokens * n)[:n], draw(st.booleans()), draw(st.integers(0, 99))


def random_trace(layers, heads, n, is_causal, seed) -> Trace:
    scores = 4 * torch.randn(layers, 1, heads, n, n, generator=torch.Generator().manual_seed(seed))
    if is_causal:
        scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -torch.inf)
    vectors, stream = torch.zeros(layers, 1, heads, n, 1).unbind(), torch.zeros(layers + 1, 1, n, 1).unbind()
    ids = torch.zeros(1, n, dtype=torch.long)
    return Trace(ids, scores.softmax(dim=-1).unbind(), vectors, vectors, vectors, stream[1:], stream, None)


@settings(max_examples=300)
@given(traces())
@example((48, 1, 64, ["</script>"] * 64, True, 0))
@example((1, 64, 64, [""] * 64, False, 0))
@example((1, 1, 512, ["\x00"] * 512, True, 0))
def test_any_trace_is_shown_and_read_out_again_within_the_bound_of_the_code(drawn):
    layers, heads, n, tokens, is_causal, seed = drawn
    seen = random_trace(layers, heads, n, is_causal, seed)
    figure = AttentionHeads(seen, tokens, layer=layers - 1, head=heads - 1, query=n - 1)
    back, weights = unpack(figure.weights, figure.shape), torch.cat(seen.attentions).numpy()
    sent = back > 0 if figure.shape.get("top") else np.ones_like(back, dtype=bool)  # of a long row the largest
    assert np.abs(back - weights)[sent].max() <= 0.004
    assert figure.shape["causal"] == (n > 1 and not np.triu(weights, 1).any()) and len(figure.tokens) == n
    assert "<script" not in figure.description and "onerror" not in figure.description
