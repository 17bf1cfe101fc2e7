"""Conversion: read a model of the transformers library into lmkit's Transformer or EncoderDecoder.

If the outputs agree, lmkit's few hundred lines are the real architecture. That library is not imported here.
"""

from torch import Tensor, nn

from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf import bart_t5
from lmkit.shelf.renaming import read_activation, rename, require

# Their name of each module, and ours. "#" is the number of the layer.
GPT2_NAMES = {
    "transformer.wte": "embed",
    "transformer.wpe": "positions.embed",
    "transformer.h.#.ln_1": "blocks.#.attention_norm",
    "transformer.h.#.attn.query": "blocks.#.attention.to_query",
    "transformer.h.#.attn.key": "blocks.#.attention.to_key",
    "transformer.h.#.attn.value": "blocks.#.attention.to_value",
    "transformer.h.#.attn.c_proj": "blocks.#.attention.to_output",
    "transformer.h.#.ln_2": "blocks.#.feed_forward_norm",
    "transformer.h.#.mlp.c_fc": "blocks.#.feed_forward.read",
    "transformer.h.#.mlp.c_proj": "blocks.#.feed_forward.write",
    "transformer.ln_f": "final_norm",
    "lm_head": "unembed",
}
BERT_NAMES = {
    "embeddings.word_embeddings": "embed",
    "embeddings.position_embeddings": "positions.embed",
    "embeddings.LayerNorm": "embed_norm",
    "encoder.layer.#.attention.self.query": "blocks.#.attention.to_query",
    "encoder.layer.#.attention.self.key": "blocks.#.attention.to_key",
    "encoder.layer.#.attention.self.value": "blocks.#.attention.to_value",
    "encoder.layer.#.attention.output.dense": "blocks.#.attention.to_output",
    "encoder.layer.#.attention.output.LayerNorm": "blocks.#.attention_norm",
    "encoder.layer.#.intermediate.dense": "blocks.#.feed_forward.read",
    "encoder.layer.#.output.dense": "blocks.#.feed_forward.write",
    "encoder.layer.#.output.LayerNorm": "blocks.#.feed_forward_norm",
}
LLAMA_NAMES = {
    "model.embed_tokens": "embed",
    "model.layers.#.input_layernorm": "blocks.#.attention_norm",
    "model.layers.#.self_attn.q_proj": "blocks.#.attention.to_query",
    "model.layers.#.self_attn.k_proj": "blocks.#.attention.to_key",
    "model.layers.#.self_attn.v_proj": "blocks.#.attention.to_value",
    "model.layers.#.self_attn.o_proj": "blocks.#.attention.to_output",
    "model.layers.#.post_attention_layernorm": "blocks.#.feed_forward_norm",
    "model.layers.#.mlp.up_proj": "blocks.#.feed_forward.read",
    "model.layers.#.mlp.gate_proj": "blocks.#.feed_forward.gate",
    "model.layers.#.mlp.down_proj": "blocks.#.feed_forward.write",
    "model.norm": "final_norm",
    "lm_head": "unembed",
}


def from_transformers(model: nn.Module) -> Transformer | EncoderDecoder:
    """Copy a GPT2LMHeadModel, BertModel or LlamaForCausalLM, or a BartFor… or T5ForConditionalGeneration.

    The copy computes on the CPU in float32, has no dropout, and shares no memory with `model`. Its outputs
    agree with those of `model.eval()` to about 1e-5. A BertModel becomes a model without an unembedding:
    `hidden` gives its last hidden state, for token type 0. Its pooler is left out.

    Raises:
        TypeError: a model of another class.
        ValueError: a feature that lmkit does not have, by name.

    Source: the module and configuration names of transformers 5; the papers are named at each reader below.
    """
    family = type(model).__name__
    readers = READERS | bart_t5.READERS
    if family not in readers:
        raise TypeError(f"model is a {family}, but lmkit reads only {', '.join(readers)}")
    config, weights = readers[family](model)
    copy = (EncoderDecoder if family in bart_t5.READERS else Transformer)(config)
    copy.load_state_dict(weights)
    return copy


def read_gpt2(model: nn.Module) -> tuple[TransformerConfig, dict[str, Tensor]]:
    """Read GPT-2: learned positions, norm first, layer norms.

    Source: Radford et al. 2019, section 2.3.
    """
    theirs = model.config
    require(not theirs.add_cross_attention, "cross-attention (add_cross_attention)")
    require(theirs.scale_attn_weights, "attention without a scale (scale_attn_weights=False)")
    require(not theirs.scale_attn_by_inverse_layer_idx, "scale_attn_by_inverse_layer_idx")
    config = TransformerConfig(
        vocab_size=theirs.vocab_size,
        n_layers=theirs.n_layer,
        n_heads=theirs.n_head,
        d_model=theirs.n_embd,
        d_hidden=theirs.n_inner,
        max_positions=theirs.n_positions,
        positions="learned",
        activation=read_activation(theirs.activation_function),
        norm_eps=theirs.layer_norm_epsilon,
        tied=theirs.tie_word_embeddings,
    )
    return config, rename(split_gpt2_weights(model.state_dict()), GPT2_NAMES)


def split_gpt2_weights(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Transpose GPT-2's matrices, stored as (in, out), and split the one that makes query, key and value."""
    ours = {}
    for name, tensor in weights.items():
        if name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
            tensor = tensor.T  # (out, in)
        if ".c_attn." in name:
            for part, piece in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                ours[name.replace("c_attn", part)] = piece
        else:
            ours[name] = tensor
    return ours


def read_bert(model: nn.Module) -> tuple[TransformerConfig, dict[str, Tensor]]:
    """Read BERT: learned positions, norm last, every token sees every token, no unembedding.

    Source: Devlin et al. 2019, section 3.
    """
    theirs = model.config
    require(not theirs.is_decoder, "BERT as a decoder (is_decoder)")
    require(not theirs.add_cross_attention, "cross-attention (add_cross_attention)")
    position_type = getattr(theirs, "position_embedding_type", "absolute")
    require(position_type == "absolute", f"relative positions (position_embedding_type={position_type!r})")
    config = TransformerConfig(
        vocab_size=theirs.vocab_size,
        n_layers=theirs.num_hidden_layers,
        n_heads=theirs.num_attention_heads,
        d_model=theirs.hidden_size,
        d_hidden=theirs.intermediate_size,
        max_positions=theirs.max_position_embeddings,
        causal=False,
        positions="learned",
        activation=read_activation(theirs.hidden_act),
        norm_first=False,
        norm_eps=theirs.layer_norm_eps,
        unembed=False,
    )
    weights = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("pooler.")}
    token_type_0 = weights.pop("embeddings.token_type_embeddings.weight")[0]  # (d_model,)
    positions = "embeddings.position_embeddings.weight"
    weights[positions] = weights[positions] + token_type_0  # (position, d_model): every token gets both
    return config, rename(weights, BERT_NAMES)


def read_llama(model: nn.Module) -> tuple[TransformerConfig, dict[str, Tensor]]:
    """Read Llama: rotary positions, norm first, rms norms, a gated feed-forward network, grouped queries.

    Source: Touvron et al. 2023, section 2.2.
    """
    theirs = model.config
    rope = theirs.rope_parameters
    require(rope["rope_type"] == "default", f"rope scaling (rope_type={rope['rope_type']!r})")
    require(theirs.hidden_act == "silu", f"the activation {theirs.hidden_act!r} in a gated network")
    require(theirs.attention_bias == theirs.mlp_bias, "attention_bias different from mlp_bias")
    d_head = theirs.hidden_size // theirs.num_attention_heads
    require(theirs.head_dim == d_head, f"head_dim={theirs.head_dim}, not hidden_size / heads = {d_head}")
    config = TransformerConfig(
        vocab_size=theirs.vocab_size,
        n_layers=theirs.num_hidden_layers,
        n_heads=theirs.num_attention_heads,
        d_model=theirs.hidden_size,
        d_hidden=theirs.intermediate_size,
        n_kv_heads=theirs.num_key_value_heads,
        max_positions=theirs.max_position_embeddings,
        rotary_base=rope["rope_theta"],
        activation="swiglu",
        norm="rms",
        norm_eps=theirs.rms_norm_eps,
        bias=theirs.attention_bias,
        tied=theirs.tie_word_embeddings,
    )
    return config, rename(model.state_dict(), LLAMA_NAMES)


READERS = {"GPT2LMHeadModel": read_gpt2, "BertModel": read_bert, "LlamaForCausalLM": read_llama}
