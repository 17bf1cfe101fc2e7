"""Every kind of transformers that attends by its interface: what is shown is what the kind itself computes."""

from functools import cache
from types import SimpleNamespace

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmkit import trace

VOCAB, N = 40, 7
SMALL = {
    "vocab_size": VOCAB,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 20,
    "max_position_embeddings": 32,
    "initializer_range": 0.2,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
GROUPED = SMALL | {"num_key_value_heads": 2, "head_dim": 8}
ALTERNATING = {"sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"]}
T5 = {"vocab_size": VOCAB, "d_model": 24, "d_kv": 6, "d_ff": 20, "num_layers": 2, "num_heads": 4}
KINDS = {  # the class of a model, and what is said to its configuration
    "BertForMaskedLM": SMALL,
    "RobertaForMaskedLM": SMALL,
    "DistilBertForMaskedLM": SMALL | {"hidden_dim": 20},
    "ElectraForPreTraining": SMALL | {"embedding_size": 12},
    "AlbertForMaskedLM": SMALL | {"embedding_size": 12},
    "ModernBertForMaskedLM": SMALL | {"num_hidden_layers": 4, "local_attention": 4},
    "GPT2LMHeadModel": SMALL,
    "GPTNeoForCausalLM": SMALL | {"attention_types": [[["global", "local"], 1]], "window_size": 3},
    "GPTNeoXForCausalLM": SMALL,
    "OPTForCausalLM": SMALL | {"ffn_dim": 20, "word_embed_proj_dim": 24, "init_std": 0.2},
    "LlamaForCausalLM": GROUPED,
    "MistralForCausalLM": GROUPED | {"sliding_window": 4},
    "MixtralForCausalLM": GROUPED | {"num_local_experts": 4},
    "Qwen2ForCausalLM": GROUPED | {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1},
    "Qwen3ForCausalLM": GROUPED,
    "Gemma2ForCausalLM": GROUPED | ALTERNATING | {"query_pre_attn_scalar": 20, "attn_logit_softcapping": 2.0},
    "Gemma3ForCausalLM": GROUPED | ALTERNATING | {"query_pre_attn_scalar": 20},
    "Phi3ForCausalLM": GROUPED | {"sliding_window": 4},
    "Olmo2ForCausalLM": GROUPED,
    "SmolLM3ForCausalLM": GROUPED | {"no_rope_layers": [1, 0]},
    "FalconForCausalLM": SMALL,
    "GptOssForCausalLM": GROUPED | ALTERNATING | {"hidden_size": 32, "intermediate_size": 32, "num_local_experts": 4},
    "T5EncoderModel": T5,
    "T5ForConditionalGeneration": T5 | {"num_decoder_layers": 3, "decoder_start_token_id": 0},
    "BartForConditionalGeneration": {
        "vocab_size": VOCAB,
        "d_model": 24,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 20,
        "decoder_ffn_dim": 20,
        "max_position_embeddings": 32,
        "init_std": 0.2,
    },
}
WEIGHTS_ALONE = ["GPTNeoForCausalLM", "FalconForCausalLM"]  # these do not attend by the interface
EXPERTS = ["MixtralForCausalLM", "GptOssForCausalLM"]
every_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind, **options):
    """A model of a kind with random weights that are large enough for heads that differ."""
    torch.manual_seed(0)
    model_class = getattr(transformers, kind)
    model = model_class(model_class.config_class(**KINDS[kind], **options)).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "sinks" in name or "relative_attention_bias" in name:
                nn.init.normal_(weight)
    return model


model_of = cache(make)


@cache
def eager_twin(kind):
    return make(kind, attn_implementation="eager")


def texts(model):
    """Two texts of different lengths, the shorter one filled up at its end, and what a decoder has written so far."""
    draw = torch.Generator().manual_seed(1)
    tokens = torch.randint(3, VOCAB, (2, N), generator=draw)
    written = {"decoder_input_ids": torch.randint(3, VOCAB, (2, 5), generator=draw)}
    mask = torch.arange(N) < torch.tensor([[N], [N - 2]])
    return tokens, mask, written if model.config.is_encoder_decoder else {}


def assert_same_rows(found, expected, is_real):
    """Equal where a query is a real token: what others see, each implementation fills in its own way."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(
            one.transpose(1, 2)[is_real], other.transpose(1, 2)[is_real], atol=1e-5, rtol=0
        )


@every_kind
def test_weights_are_those_of_eager_attention_and_logits_those_of_the_untouched_model(kind):
    model = model_of(kind)
    tokens, mask, written = texts(model)
    inputs = {"input_ids": tokens, "attention_mask": mask.long(), **written}
    with torch.no_grad():
        untouched = model(**inputs)
        eager = eager_twin(kind)(**inputs, output_attentions=True, output_hidden_states=True)
    seen = trace(model, tokens, mask, **written)
    if written:
        everything = torch.ones(2, 5, dtype=torch.bool)
        assert_same_rows(seen.encoder.attentions, eager.encoder_attentions, mask)
        assert_same_rows(seen.attentions, eager.decoder_attentions, everything)
        assert_same_rows(seen.cross_attentions, eager.cross_attentions, everything)
        assert torch.equal(seen.encoder.tokens, tokens) and torch.equal(seen.tokens, written["decoder_input_ids"])
        pairs = [(seen, eager.decoder_hidden_states), (seen.encoder, eager.encoder_hidden_states)]
    else:
        assert_same_rows(seen.attentions, eager.attentions, mask)
        assert seen.encoder is None and seen.cross_attentions == ()
        pairs = [(seen, eager.hidden_states)]
    real = slice(None) if written else mask
    if "logits" in untouched:
        torch.testing.assert_close(seen.logits[real], untouched.logits[real], atol=1e-5, rtol=1e-5)
    for one, states in pairs:  # the last of them transformers gives after a norm
        for ours, theirs in zip(one.residual[:-1], states[:-1], strict=True):
            torch.testing.assert_close(ours[:, :5], theirs[:, :5], atol=1e-5, rtol=1e-5)


@every_kind
def test_what_a_trace_holds_fits_together(kind):
    model = model_of(kind)
    tokens, mask, written = texts(model)
    whole = trace(model, tokens, mask, **written)
    for seen in filter(None, (whole, whole.encoder)):
        n_layers = len(seen.attentions)
        assert len(seen.residual) == n_layers + 1 and len(seen.activations) == n_layers
        assert len(seen.queries) == len(seen.keys) == len(seen.values) == (0 if kind in WEIGHTS_ALONE else n_layers)
        assert all((neurons is None) == (kind in EXPERTS) for neurons in seen.activations)
        assert all(neurons is None or neurons.shape[-1] in (20, 96) for neurons in seen.activations)
        assert len(seen.sinks) == (n_layers if kind == "GptOssForCausalLM" else 0)
        rows = torch.stack(seen.attentions).sum(dim=-1)
        assert (rows < 1.001).all() and ((rows > 0.999) | (rows == 0)).all() == (not seen.sinks)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WEIGHTS_ALONE + ["T5ForConditionalGeneration"]])
def test_queries_and_keys_give_the_weights_where_nothing_is_added(kind):
    seen = trace(model := model_of(kind), *texts(model)[:1], **texts(model)[2])
    for query, key, weights in zip(seen.queries, seen.keys, seen.attentions, strict=True):
        scores = query @ key.repeat_interleave(query.shape[1] // key.shape[1], dim=1).mT / query.shape[-1] ** 0.5
        again = scores.masked_fill(weights == 0, -torch.inf).softmax(dim=-1)
        adds = kind in ("Gemma2ForCausalLM", "GptOssForCausalLM", "T5EncoderModel")
        assert torch.allclose(again, weights, atol=1e-5) is not adds


@every_kind
def test_padding_before_a_text_changes_nothing(kind):
    model = model_of(kind)
    tokens, _, written = texts(model)
    tokens, written = tokens[:1], {name: part[:1] for name, part in written.items()}
    left, mask = torch.cat([tokens[:, :2] * 0 + 1, tokens], dim=1), torch.arange(N + 2)[None] >= 2
    if kind == "BartForConditionalGeneration":  # it counts positions by itself, from the first column
        with pytest.raises(ValueError, match=r"padding stands before a token.*padding_side = 'right'"):
            trace(model, left, mask, **written)
        return
    both = trace(model, left, mask, **written), trace(model, tokens, **written)
    padded, alone = (one.encoder or one for one in both)
    for one, other in zip(padded.attentions, alone.attentions, strict=True):
        torch.testing.assert_close(one[..., 2:, 2:], other, atol=1e-5, rtol=0)
        assert not one[..., 2:, :2].any()
    torch.testing.assert_close(padded.residual[-1][:, 2:], alone.residual[-1], atol=1e-4, rtol=1e-4)


# --- What is on top, around and before a model. ---


def test_question_answering_says_where_an_answer_starts_and_where_it_ends():
    model = transformers.BertForQuestionAnswering(transformers.BertConfig(**SMALL)).eval()
    tokens, mask, _ = texts(model)
    with torch.no_grad():
        said = model(tokens, attention_mask=mask.long())
    logits = trace(model, tokens, mask).logits
    both = torch.stack([said.start_logits, said.end_logits], dim=-1)
    torch.testing.assert_close(logits[mask], both[mask], atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["BertForMaskedLM", "LlamaForCausalLM", "T5ForConditionalGeneration"])
def test_vectors_can_stand_for_tokens(kind):
    model = model_of(kind)
    tokens, mask, written = texts(model)
    by_tokens = trace(model, tokens, mask, **written)
    vectors = model.get_input_embeddings()(tokens).detach()
    by_vectors = trace(model, attention_mask=mask, inputs_embeds=vectors, **written)
    torch.testing.assert_close(by_vectors.logits, by_tokens.logits)
    assert (by_vectors.encoder or by_vectors).tokens is None
    with pytest.raises(ValueError, match="both tokens and inputs_embeds"):
        trace(model, tokens, inputs_embeds=vectors, **written)


def test_a_model_that_was_compiled_is_traced_as_it_was_written():
    """Code that was compiled before anybody watched passes by what watches."""
    model = make("BertForMaskedLM")
    tokens = texts(model)[0]
    expected = vars(trace(model, tokens))
    torch.testing.assert_close(vars(trace(torch.compile(model), tokens)), expected)
    model.bert.encoder.layer[0].output.compile(backend="eager")  # its projection writes what the neurons say
    with torch.no_grad():
        model(tokens)
    torch.testing.assert_close(vars(trace(model, tokens)), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", ["Gemma2ForCausalLM", "GptOssForCausalLM", "T5ForConditionalGeneration"])
def test_in_16_bits_the_weights_are_as_exact_as_16_bits_are(kind, dtype):
    exact, model = model_of(kind), make(kind).to(dtype)
    tokens, mask, written = texts(model)
    seen, expected = trace(model, tokens, mask, **written), trace(exact, tokens, mask, **written)
    assert seen.attentions[0].dtype == seen.residual[0].dtype == dtype
    assert all(part.isfinite().all() for part in seen.residual)
    torch.testing.assert_close(seen.attentions[0].float(), expected.attentions[0], atol=0.05, rtol=0)


# --- Encoder and decoder. ---


def test_a_decoder_needs_something_to_read_and_other_models_do_not():
    model = model_of("T5ForConditionalGeneration")
    tokens, _, written = texts(model)
    with pytest.raises(ValueError, match="give decoder_input_ids, which begin with the token 0"):
        trace(model, tokens)
    with pytest.raises(ValueError, match="2 texts and 1 rows of decoder_input_ids"):
        trace(model, tokens, decoder_input_ids=torch.tensor([0, 5]))
    with pytest.raises(ValueError, match="this model has no encoder and decoder"):
        trace(model_of("BertForMaskedLM"), tokens, **written)


def test_all_that_a_tokenizer_gives_may_hold_what_the_decoder_reads():
    model = model_of("T5ForConditionalGeneration")
    tokens, mask, written = texts(model)
    everything = {"input_ids": tokens, "attention_mask": mask.long(), **written}
    torch.testing.assert_close(trace(model, everything).logits, trace(model, tokens, mask, **written).logits)


@settings(max_examples=10)
@given(window=st.integers(1, N), n=st.integers(1, 12))
def test_a_sliding_window_of_any_width_is_what_is_seen(window, n):
    model = model_of("MistralForCausalLM")
    model.config.sliding_window = window
    weights = torch.stack(trace(model, torch.arange(n)).attentions)
    far = torch.ones(n, n, dtype=torch.bool).tril(-window) | torch.ones(n, n, dtype=torch.bool).triu(1)
    assert not weights[..., far].any() and weights[..., ~far].all()


# --- What cannot be traced. ---


class HomeMade(transformers.PreTrainedModel):
    """A model with attention of its own, as those that come with code from the hub may have."""

    config_class = transformers.BertConfig

    def __init__(self, config):
        super().__init__(config)
        self.embed = nn.Embedding(VOCAB, 24)
        self.attend = nn.MultiheadAttention(24, 4)
        self.post_init()

    def forward(self, input_ids, attention_mask=None):
        x = self.embed(input_ids)
        return SimpleNamespace(logits=self.attend(x, x, x)[0])


REFUSED = {
    "MambaForCausalLM": (SMALL, "MambaForCausalLM with model_type 'mamba': its layers do not attend by"),
    "LongformerModel": (SMALL | {"attention_window": 4}, "LongformerModel with model_type 'longformer'"),
    "JambaForCausalLM": (
        GROUPED | {"attn_layer_period": 2, "attn_layer_offset": 1, "use_mamba_kernels": False, "mamba_d_state": 4},
        "with model_type 'jamba': layer 0 does not attend",
    ),
    "FalconForCausalLM": (SMALL | {"alibi": True}, "'falcon': with the attention that gives its weights it computes"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_does_not_attend_by_the_interface_is_refused_with_cause_and_cure(kind):
    options, says = REFUSED[kind]
    model_class = getattr(transformers, kind)
    model = model_class(model_class.config_class(**options))
    before = model.config._attn_implementation
    with pytest.raises(TypeError, match=rf"{says}.*Take a model of transformers that attends by its"):
        trace(model, torch.arange(3, 8))
    assert model.training and model.config._attn_implementation == before
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


def test_a_model_with_attention_of_its_own_is_refused():
    with pytest.raises(TypeError, match="HomeMade with model_type 'bert': its layers do not attend by"):
        trace(HomeMade(transformers.BertConfig(**SMALL)), torch.arange(3))
