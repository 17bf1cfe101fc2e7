"""Tracing: exactly what the model computed, and the model as it was before."""

import copy
import math
from functools import cache
from types import SimpleNamespace

import jaxtyping
import pytest
import torch
from bertviz import head_view, model_view
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers import (
    AutoTokenizer,
    BatchEncoding,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from lmkit import trace
from lmkit.inside import attention_interface
from lmkit.model import attention
from lmkit.model.attention import causal_mask, repeat_kv_heads
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf import stand_in
from lmkit.shelf.conversion import from_transformers
from tests.inside.adapters import Adapted, LowRank

VOCAB, LONGEST = 40, 16
SPREAD = 0.2  # of the random weights: enough for heads that differ
quickly = settings(max_examples=8)


def bert(model_class=BertModel, **options):
    config = BertConfig(
        vocab_size=VOCAB,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=20,
        max_position_embeddings=LONGEST,
        initializer_range=SPREAD,
        **options,
    )
    return model_class(config)


def gpt2(**options):
    config = GPT2Config(
        vocab_size=VOCAB,
        n_embd=24,
        n_layer=2,
        n_head=3,
        n_positions=LONGEST,
        initializer_range=SPREAD,
        bos_token_id=0,
        eos_token_id=0,
        **options,
    )
    return GPT2LMHeadModel(config)


def llama(**options):
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        intermediate_size=20,
        max_position_embeddings=LONGEST,
        initializer_range=SPREAD,
        **options,
    )
    return LlamaForCausalLM(config)


def ours(**options):
    config = TransformerConfig(
        vocab_size=VOCAB,
        n_layers=2,
        n_heads=6,
        n_kv_heads=2,
        d_model=24,
        d_hidden=20,
        max_positions=LONGEST,
        init_std=SPREAD,
        **options,
    )
    return Transformer(config)


torch.manual_seed(0)
HUGGING_FACE = {
    "BERT": bert(),
    "BERT, eager": bert(attn_implementation="eager"),
    "BERT classifier": bert(BertForSequenceClassification),
    "GPT-2": gpt2(),
    "GPT-2, eager": gpt2(attn_implementation="eager"),
    "GPT-2, scaled by layer, upcast": gpt2(scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True),
    "GPT-2, not scaled": gpt2(scale_attn_weights=False),
    "Llama, grouped queries": llama(),
    "Llama, grouped queries, eager": llama(attn_implementation="eager"),
}
OURS = {
    "lmkit, causal": ours(),
    "lmkit, bidirectional": ours(causal=False, positions="learned", norm_first=False, unembed=False),
}
ALL = HUGGING_FACE | OURS
every_model = pytest.mark.parametrize("model", ALL.values(), ids=ALL.keys())
every_hugging_face_model = pytest.mark.parametrize("model", HUGGING_FACE.values(), ids=HUGGING_FACE.keys())


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def is_causal(model) -> bool:
    return model.config.causal if isinstance(model, Transformer) else model.config.model_type != "bert"


@st.composite
def batches(draw):
    """Token ids (batch, position), and how many tokens of each text are real; the padding follows them."""
    n_texts, n = draw(st.integers(1, 3)), draw(st.integers(1, LONGEST))
    ids = st.lists(st.integers(0, VOCAB - 1), min_size=n, max_size=n)
    tokens = draw(st.lists(ids, min_size=n_texts, max_size=n_texts))
    lengths = draw(st.lists(st.integers(1, n), min_size=n_texts, max_size=n_texts))
    return tokens, lengths


def with_mask(batch):
    tokens, lengths = (torch.tensor(part) for part in batch)
    return tokens, torch.arange(tokens.shape[1]) < lengths[:, None]


@cache
def eager_twin(model):
    """The same weights, loaded by transformers with eager attention, which keeps its weights."""
    config = type(model.config).from_dict(model.config.to_dict())
    config._attn_implementation = "eager"
    twin = type(model)(config).eval()
    twin.load_state_dict(model.state_dict())
    return twin


def assert_same(one, other, atol=1e-6):
    torch.testing.assert_close(one, other, atol=atol, rtol=1e-5)


# --- What a trace says is what the model computed. ---


@every_hugging_face_model
@quickly
@given(batch=batches())
def test_attentions_residual_and_logits_are_those_of_transformers(model, batch):
    tokens, mask = with_mask(batch)
    seen = trace(model, tokens, mask)
    with torch.no_grad():
        expected = eager_twin(model)(tokens, attention_mask=mask, output_attentions=True, output_hidden_states=True)
    assert_same(seen.attentions, expected.attentions)
    assert_same(seen.residual[:-1], expected.hidden_states[:-1], atol=1e-5)
    norm = {"gpt2": "ln_f", "llama": "norm"}.get(model.config.model_type)
    final_norm = getattr(model.base_model, norm) if norm else nn.Identity()
    with torch.no_grad():  # the last hidden state of transformers is the residual stream after the final norm
        assert_same(final_norm(seen.residual[-1]), expected.hidden_states[-1], atol=1e-5)
    if "logits" in expected:
        assert_same(seen.logits, expected.logits, atol=1e-5)
    else:
        assert seen.logits is None


@every_model
@quickly
@given(batch=batches())
def test_softmax_of_queries_and_keys_gives_the_attentions(model, batch):
    tokens, mask = with_mask(batch)
    seen = trace(model, tokens, mask)
    may_attend = mask[:, None, None, :]
    if is_causal(model):
        may_attend = may_attend & causal_mask(tokens.shape[1])
    for query, key, weights in zip(seen.queries, seen.keys, seen.attentions, strict=True):
        key = repeat_kv_heads(key, query.shape[1])
        scores = query @ key.mT / math.sqrt(query.shape[-1])
        assert_same(scores.masked_fill(~may_attend, -torch.inf).softmax(dim=-1), weights)


@every_model
@quickly
@given(batch=batches())
def test_every_row_of_attention_sums_to_one_and_padding_gets_nothing(model, batch):
    tokens, mask = with_mask(batch)
    for weights in trace(model, tokens, mask).attentions:
        assert_same(weights.sum(dim=-1), torch.ones(weights.shape[:-1]))
        assert not weights.mul(~mask[:, None, None, :]).any()


@every_model
@quickly
@given(batch=batches())
def test_a_text_is_traced_the_same_with_padding_and_without(model, batch):
    tokens, mask = with_mask(batch)
    n = int(mask[0].sum())
    padded, alone = trace(model, tokens, mask), trace(model, tokens[0, :n])
    for one, other in zip(padded.attentions, alone.attentions, strict=True):
        assert_same(one[:1, :, :n, :n], other, atol=1e-5)
    for one, other in zip(padded.residual, alone.residual, strict=True):
        assert_same(one[:1, :n], other, atol=1e-4)


@every_model
@quickly
@given(batch=batches())
def test_padding_before_a_text_changes_nothing_or_is_refused_where_it_would(model, batch):
    tokens, mask = with_mask(batch)
    n_padding = int((~mask[0]).sum())
    left, is_real = tokens[:1].roll(n_padding, 1), mask[:1].roll(n_padding, 1)
    if n_padding and model is OURS["lmkit, bidirectional"]:  # its positions are learned, and nobody can tell it others
        with pytest.raises(ValueError, match=r"padding stands before a token.*padding_side = 'right'"):
            trace(model, left, is_real)
        return
    padded, alone = trace(model, left, is_real), trace(model, left[:, n_padding:])
    for one, other in zip(padded.attentions, alone.attentions, strict=True):
        assert_same(one[..., n_padding:, n_padding:], other, atol=1e-5)
    for one, other in zip(padded.residual, alone.residual, strict=True):
        assert_same(one[:, n_padding:], other, atol=1e-4)


# --- Pairs of texts, and all that a tokenizer gives. ---


@pytest.mark.parametrize("name", ["BERT", "BERT classifier", "GPT-2"])
@quickly
@given(batch=batches(), data=st.data())
def test_a_pair_of_texts_is_traced_as_the_model_reads_it(name, batch, data):
    model, (tokens, mask) = HUGGING_FACE[name], with_mask(batch)
    types = (torch.arange(tokens.shape[1]) >= data.draw(st.integers(0, tokens.shape[1]))).long().expand_as(tokens)
    everything = BatchEncoding({"input_ids": tokens, "token_type_ids": types, "attention_mask": mask.long()})
    with torch.no_grad():
        expected = eager_twin(model)(**everything, output_attentions=True)
    assert_same(trace(model, everything).attentions, expected.attentions)
    assert_same(trace(model, tokens, mask, types).attentions, expected.attentions)


def test_what_a_real_tokenizer_gives_for_a_pair_is_read_whole(tmp_path):
    folder = stand_in.save_bert(tmp_path / "bert", ["anna sings a song . tom reads a book ."])
    tokenizer, model = AutoTokenizer.from_pretrained(folder), BertModel.from_pretrained(folder).eval()
    pairs = tokenizer(["anna sings", "a song"], ["tom reads a book", "tom"], padding=True, return_tensors="pt")
    assert pairs["token_type_ids"].any() and not pairs["attention_mask"].all()
    with torch.no_grad():
        expected = model(**pairs).last_hidden_state
    real = pairs["attention_mask"].bool()
    assert_same(trace(model, pairs).residual[-1][real], expected[real], atol=1e-5)


@pytest.mark.parametrize("name", ["Llama, grouped queries", "lmkit, causal"])
def test_the_type_of_a_single_text_says_nothing_to_a_model_without_types_and_a_pair_is_refused(name):
    tokens, nothing = torch.arange(5), torch.zeros(5, dtype=torch.long)
    assert_same(
        vars(trace(ALL[name], {"input_ids": tokens, "token_type_ids": nothing})), vars(trace(ALL[name], tokens))
    )
    with pytest.raises(ValueError, match="token_type_ids go from 0 to 1, but this model knows 0 to 0"):
        trace(ALL[name], tokens, token_type_ids=(tokens > 2).long())


# --- 16 bits. ---


@cache
def with_large_scores(name, dtype):
    """The model in 16 bits, with queries and keys so large that scores pass 65,504, where float16 ends."""
    model = copy.deepcopy(ALL[name]).eval()
    body = model if isinstance(model, Transformer) else model.base_model
    with torch.no_grad():
        for weight_name, weight in body.named_parameters():
            if any(part in weight_name for part in ("query", "key", "q_proj", "k_proj")):
                weight *= 400
            elif "c_attn.weight" in weight_name:
                weight[:, :48] *= 400
    return model.to(dtype)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["BERT", "GPT-2", "Llama, grouped queries", *OURS])
@quickly
@given(batch=batches(), by_autocast=st.booleans())
def test_a_model_in_16_bits_is_traced_as_exactly_as_it_runs(name, dtype, batch, by_autocast):
    tokens, model = with_mask(batch)[0], with_large_scores(name, dtype)
    model = copy.deepcopy(model).float() if by_autocast else model
    body = model if isinstance(model, Transformer) else model.base_model
    blocks = next(part for part in body.modules() if isinstance(part, nn.ModuleList))
    run, outputs = (model.hidden if isinstance(model, Transformer) else model), []
    handle = blocks[0].register_forward_hook(lambda block, inputs, output: outputs.append(output))
    with torch.autocast("cpu", dtype, enabled=by_autocast), torch.no_grad():
        run(tokens)
        handle.remove()
        seen = trace(model, tokens)
    assert all(part.isfinite().all() for part in (*seen.attentions, *seen.residual))
    torch.testing.assert_close(seen.residual[1].double(), outputs[0].double(), atol=0.05, rtol=0.02)
    for query, key, weights in zip(seen.queries, seen.keys, seen.attentions, strict=True):
        key = repeat_kv_heads(key, query.shape[1])
        scores = query.float() @ key.float().mT / math.sqrt(query.shape[-1])
        hidden = ~causal_mask(tokens.shape[1]) if is_causal(model) else torch.tensor(False)
        exact = scores.masked_fill(hidden, -torch.inf).softmax(dim=-1)
        torch.testing.assert_close(weights.float(), exact, atol=0.01, rtol=0)


# --- Layers and wholes. ---


def test_activations_are_what_the_neurons_say_and_the_residual_stream_what_the_blocks_add_up():
    model, tokens = OURS["lmkit, causal"], torch.arange(7)
    seen = trace(model, tokens)
    with torch.no_grad():
        for i, block in enumerate(model.blocks):
            stream = seen.residual[i]
            stream = stream + block.attention(block.attention_norm(stream), causal_mask(7))
            neurons = torch.nn.functional.gelu(block.feed_forward.read(block.feed_forward_norm(stream)))
            assert_same(seen.activations[i], neurons, atol=1e-5)
            assert_same(seen.residual[i + 1], stream + block.feed_forward.write(neurons), atol=1e-5)


@pytest.mark.parametrize("name", ["BERT", "GPT-2", "Llama, grouped queries"])
def test_a_converted_model_gives_the_same_trace_as_the_original(name):
    original = HUGGING_FACE[name]
    tokens = torch.randint(VOCAB, (2, 9), generator=torch.Generator().manual_seed(1))
    one, other = trace(original, tokens), trace(from_transformers(original), tokens)
    assert_same(vars(one), vars(other), atol=1e-5)


def test_grouped_queries_keep_their_few_keys_and_values():
    seen = trace(HUGGING_FACE["Llama, grouped queries"], torch.arange(5))
    assert seen.queries[0].shape == (1, 6, 5, 4)
    assert seen.keys[0].shape == seen.values[0].shape == (1, 2, 5, 4)


@every_model
def test_a_single_text_is_a_batch_of_one(model):
    tokens = torch.tensor([3, 1, 2])
    one, batch = trace(model, tokens), trace(model, tokens[None])
    assert_same(vars(one), vars(batch))
    assert one.tokens.shape == (1, 3)


@every_model
def test_a_mask_of_ones_and_zeros_says_the_same_as_true_and_false(model):
    tokens, mask = torch.arange(6).reshape(2, 3), torch.tensor([[1, 1, 1], [1, 1, 0]])
    assert_same(vars(trace(model, tokens, mask)), vars(trace(model, tokens, mask.bool())))


@pytest.mark.parametrize("view", [head_view, model_view])
@every_model
def test_bertviz_draws_the_attentions_as_they_are(model, view):
    words = ["[CLS]", "anna", "sings", "[SEP]"]
    html = view(trace(model, torch.arange(4)).attentions, words, html_action="return").data
    assert '"anna"' in html


# --- Models that PEFT has wrapped. ---


def test_a_model_with_adapters_is_traced_with_them_wrapped_or_not():
    model, tokens = copy.deepcopy(HUGGING_FACE["GPT-2"]).eval(), torch.arange(6)
    before = trace(model, tokens)
    for block in model.transformer.h:
        block.attn.c_attn, block.mlp.c_proj = LowRank(block.attn.c_attn, 24, 72), LowRank(block.mlp.c_proj, 96, 24)
    wrapped = trace(Adapted(model), tokens)
    assert_same(vars(wrapped), vars(trace(model, tokens)))
    with torch.no_grad():
        assert_same(wrapped.logits, model(tokens[None]).logits, atol=1e-5)
    assert (wrapped.attentions[0] - before.attentions[0]).abs().max() > 0.01


def test_a_learned_prompt_is_refused_since_it_belongs_to_no_token():
    with pytest.raises(TypeError, match=r"learned prompt before the tokens.*get_base_model\(\)"):
        trace(Adapted(HUGGING_FACE["GPT-2"], is_prompt_learning=True), torch.arange(3))


# --- The model is left as it was. ---


def state_of(model):
    """All that a trace could leave behind."""
    return {
        "attention": getattr(model.config, "_attn_implementation", None),
        "training": [module.training for module in model.modules()],
        "hooks": [(*m._forward_hooks, *m._forward_pre_hooks) for m in model.modules()],
        "gradients": [parameter.grad for parameter in model.parameters()],
        "registered": "lmkit" in ALL_ATTENTION_FUNCTIONS,
    }


def weights_of(model):
    return {name: weight.clone() for name, weight in model.state_dict().items()}


@pytest.fixture
def in_mixed_modes(request):
    """A model in training, but for one part that is not."""
    model = request.param
    model.train()
    list(model.modules())[-1].eval()
    yield model
    model.eval()


mixed = pytest.mark.parametrize("in_mixed_modes", ALL.values(), ids=ALL.keys(), indirect=True)


@mixed
def test_a_trace_leaves_the_model_as_it_was(in_mixed_modes):
    model = in_mixed_modes
    state, weights = state_of(model), weights_of(model)
    seen = trace(model, torch.arange(5))
    assert state_of(model) == state
    assert not state["registered"]
    assert all(torch.equal(weights[name], weight) for name, weight in model.state_dict().items())
    assert not any(tensor.requires_grad for tensor in (*seen.attentions, *seen.residual, *seen.activations))


class Crash(Exception):
    """A model breaks down in the middle."""


@mixed
def test_a_model_that_crashes_is_left_as_it_was(in_mixed_modes, monkeypatch):
    is_ours = isinstance(in_mixed_modes, Transformer)
    home, name = (attention, "merge_heads") if is_ours else (attention_interface, "_rescaled")
    calls, real = [], getattr(home, name)

    def crash_in_layer_1(*inputs):
        calls.append(inputs)
        if len(calls) == 2:
            raise Crash
        return real(*inputs)

    monkeypatch.setattr(home, name, crash_in_layer_1)
    state = state_of(in_mixed_modes)
    with pytest.raises(Crash):
        trace(in_mixed_modes, torch.arange(5))
    assert state_of(in_mixed_modes) == state


@every_model
def test_a_model_computes_the_same_before_and_after_a_trace(model):
    run = model.hidden if isinstance(model, Transformer) else lambda tokens: model(tokens)[0]
    tokens = torch.arange(5)[None]
    model.eval()
    before = run(tokens)
    trace(model, tokens)
    assert torch.equal(run(tokens), before)


def test_dropout_is_off_in_a_trace():
    model = HUGGING_FACE["BERT"].train()
    assert_same(vars(trace(model, torch.arange(5))), vars(trace(model.eval(), torch.arange(5))))


# --- What cannot be traced. ---

WRONG_TOKENS = {
    "a number": (torch.tensor(3), ValueError, r"shape \(\)"),
    "three axes": (torch.zeros(1, 2, 3, dtype=torch.long), ValueError, r"shape \(1, 2, 3\)"),
    "empty": (torch.zeros(0, dtype=torch.long), ValueError, r"shape \(1, 0\)"),
    "floats": (torch.zeros(3), TypeError, r"float32.*tokens\.long\(\)"),
    "too high": (torch.tensor([1, VOCAB]), ValueError, rf"{VOCAB}.*0 to {VOCAB - 1}.*tokenizer"),
    "negative": (torch.tensor([-1, 1]), ValueError, r"-1.*tokenizer"),
    "a text": ("anna", TypeError, r"tokens are a str.*torch\.tensor\(\[ids\]\).*tokenizer"),
    "a list": ([1, 2], TypeError, r"tokens are a list.*torch\.tensor\(\[ids\]\)"),
    "lists of a tokenizer": ({"input_ids": [1, 2]}, TypeError, r"tokens are a list"),
    "no ids": ({"attention_mask": torch.ones(1, 2)}, ValueError, r"attention_mask, but no input_ids"),
    "what no model reads": (
        {"input_ids": torch.tensor([1, 2]), "offset_mapping": torch.zeros(2, 2)},
        ValueError,
        r"tokens hold offset_mapping.*leave that out",
    ),
}


@pytest.mark.parametrize(("tokens", "error", "says"), WRONG_TOKENS.values(), ids=WRONG_TOKENS.keys())
@every_model
@pytest.mark.usefixtures("as_a_reader")
def test_wrong_tokens_are_refused_with_the_cause(model, tokens, error, says):
    with pytest.raises(error, match=rf"(?s){says}"):
        trace(model, tokens)


@pytest.mark.parametrize("name", [*HUGGING_FACE, "lmkit, bidirectional"])
def test_a_text_that_is_too_long_is_refused_with_both_lengths(name):
    with pytest.raises(ValueError, match=f"{LONGEST + 1} tokens.*{LONGEST}"):
        trace(ALL[name], torch.zeros(LONGEST + 1, dtype=torch.long))


WRONG_MASKS = {
    "another batch": (torch.ones(3, 4).bool(), ValueError, r"\(3, 4\) and tokens have shape \(2, 4\)"),
    "another length": (torch.ones(2, 5).bool(), ValueError, r"\(2, 5\) and tokens have shape \(2, 4\)"),
    "one text of two": (torch.ones(4).bool(), ValueError, r"\(1, 4\) and tokens have shape \(2, 4\)"),
    "one to be added": (torch.zeros(2, 4), TypeError, r"float32.*mask\.bool\(\)"),
    "a list": ([[1] * 4] * 2, TypeError, r"attention_mask is a list.*torch\.tensor"),
    "token ids": (torch.full((2, 4), 7), ValueError, r"other numbers than 1 and 0.*tokens != padding_id"),
}


@pytest.mark.parametrize(("mask", "error", "says"), WRONG_MASKS.values(), ids=WRONG_MASKS.keys())
@every_model
@pytest.mark.usefixtures("as_a_reader")
def test_a_wrong_mask_is_refused_with_the_cause(model, mask, error, says):
    with pytest.raises(error, match=rf"(?s){says}"):
        trace(model, torch.zeros(2, 4, dtype=torch.long), mask)


WRONG_TYPES = {
    "another length": (torch.zeros(2, 5).long(), ValueError, r"token_type_ids has shape \(2, 5\)"),
    "floats": (torch.zeros(2, 4), TypeError, r"token_type_ids has dtype torch\.float32.*which text of a pair"),
    "negative": (torch.full((2, 4), -1), ValueError, r"token_type_ids go from -1 to -1"),
    "too high": (torch.full((2, 4), VOCAB), ValueError, rf"token_type_ids go from {VOCAB} to {VOCAB}"),
}


@pytest.mark.parametrize(("types", "error", "says"), WRONG_TYPES.values(), ids=WRONG_TYPES.keys())
@every_model
def test_wrong_types_are_refused_with_the_cause(model, types, error, says):
    with pytest.raises(error, match=says):
        trace(model, torch.zeros(2, 4, dtype=torch.long), token_type_ids=types)


class Stranger(nn.Module):
    """A model of a kind that is not known."""

    config = SimpleNamespace(model_type="t5")


@pytest.mark.parametrize(("model", "seen"), [(Stranger(), "Stranger"), (nn.Linear(1, 1), "Linear")])
def test_an_unknown_model_is_refused_with_what_was_seen_and_what_is_known(model, seen):
    with pytest.raises(TypeError, match=rf"{seen}.*lmkit's Transformer, and the models of transformers.*the \.model"):
        trace(model, torch.arange(3))
