"""Read BART and T5, the encoder-decoder models of the transformers library, into lmkit's EncoderDecoder.

Where theirs multiplies by a constant that ours lacks, the constant goes into a matrix that is multiplied anyway.
"""

import math

from torch import Tensor, nn

from lmkit.model.relative import FAR, N_BUCKETS
from lmkit.model.transformer import TransformerConfig
from lmkit.shelf.renaming import read_activation, rename, require

# Their name of each module, and ours. "#" is the number of the layer.
BART_LAYER = {
    "self_attn.q_proj": "attention.to_query",
    "self_attn.k_proj": "attention.to_key",
    "self_attn.v_proj": "attention.to_value",
    "self_attn.out_proj": "attention.to_output",
    "self_attn_layer_norm": "attention_norm",
    "encoder_attn.q_proj": "cross_attention.to_query",
    "encoder_attn.k_proj": "cross_attention.to_key",
    "encoder_attn.v_proj": "cross_attention.to_value",
    "encoder_attn.out_proj": "cross_attention.to_output",
    "encoder_attn_layer_norm": "cross_attention_norm",
    "fc1": "feed_forward.read",
    "fc2": "feed_forward.write",
    "final_layer_norm": "feed_forward_norm",
}
T5_ATTENTION = {"q": "to_query", "k": "to_key", "v": "to_value", "o": "to_output"}
STACKS = ("encoder", "decoder")


def _bart_names() -> dict[str, str]:
    names = {"lm_head": "decoder.unembed"}
    for stack in STACKS:
        names[f"model.{stack}.embed_tokens"] = f"{stack}.embed"
        names[f"model.{stack}.embed_positions"] = f"{stack}.positions.embed"
        names[f"model.{stack}.layernorm_embedding"] = f"{stack}.embed_norm"
        for theirs, ours in BART_LAYER.items():
            names[f"model.{stack}.layers.#.{theirs}"] = f"{stack}.blocks.#.{ours}"
    return names


def _t5_names() -> dict[str, str]:
    names = {"lm_head": "decoder.unembed"}
    parts = {"encoder": ["attention", "feed_forward"], "decoder": ["attention", "cross_attention", "feed_forward"]}
    for stack in STACKS:
        names[f"{stack}.embed_tokens"] = f"{stack}.embed"
        names[f"{stack}.final_layer_norm"] = f"{stack}.final_norm"
        for i, part in enumerate(parts[stack]):
            names[f"{stack}.block.#.layer.{i}.layer_norm"] = f"{stack}.blocks.#.{part}_norm"
        for i, (part, theirs) in enumerate(zip(parts[stack], ("SelfAttention", "EncDecAttention"), strict=False)):
            for matrix, ours in T5_ATTENTION.items():
                names[f"{stack}.block.#.layer.{i}.{theirs}.{matrix}"] = f"{stack}.blocks.#.{part}.{ours}"
        network = f"{stack}.block.#.layer.{len(parts[stack]) - 1}.DenseReluDense"
        for theirs, ours in {"wi": "read", "wi_0": "gate", "wi_1": "read", "wo": "write"}.items():
            names[f"{network}.{theirs}"] = f"{stack}.blocks.#.feed_forward.{ours}"
    return names


def read_bart(model: nn.Module) -> tuple[TransformerConfig, dict[str, Tensor]]:
    """Read BART: learned positions, norm last, biases everywhere, also one for each token's logit.

    Its first two rows of positions stand for nothing. Where it scales embeddings by √d_model, it does not when it
    unembeds, so embedding and unembedding are two matrices here.

    Source: Lewis et al. 2020, section 2.1.
    """
    theirs, weights = model.config, dict(model.state_dict())
    _require_equal_stacks(theirs, "encoder_layers", "decoder_layers")
    _require_equal_stacks(theirs, "encoder_attention_heads", "decoder_attention_heads")
    _require_equal_stacks(theirs, "encoder_ffn_dim", "decoder_ffn_dim")
    scale = math.sqrt(theirs.d_model) if theirs.scale_embedding else 1.0
    config = TransformerConfig(
        vocab_size=theirs.vocab_size,
        n_layers=theirs.encoder_layers,
        n_heads=theirs.encoder_attention_heads,
        d_model=theirs.d_model,
        d_hidden=theirs.encoder_ffn_dim,
        max_positions=theirs.max_position_embeddings,
        positions="learned",
        activation=read_activation(theirs.activation_function),
        norm_first=False,
        tied=not theirs.scale_embedding and model.lm_head.weight is model.model.shared.weight,
        unembed_bias=True,
    )
    del weights["model.shared.weight"]  # it is the embedding of both stacks
    weights["lm_head.bias"] = weights.pop("final_logits_bias")[0]
    for stack in STACKS:
        weights[f"model.{stack}.embed_tokens.weight"] = weights[f"model.{stack}.embed_tokens.weight"] * scale
        weights[f"model.{stack}.embed_positions.weight"] = weights[f"model.{stack}.embed_positions.weight"][2:]
    return config, rename(weights, _bart_names())


def read_t5(model: nn.Module) -> tuple[TransformerConfig, dict[str, Tensor]]:
    """Read T5: relative positions, norm first, rms norms, no biases; with a gate from version 1.1 on.

    It divides no score by √d_head, so the matrices of the queries are multiplied by that. Version 1.0 divides the last
    vectors by √d_model instead: so does the last norm here.

    Source: Raffel et al. 2020, section 2.1; Shazeer 2020 (version 1.1).
    """
    theirs, weights = model.config, dict(model.state_dict())
    _require_equal_stacks(theirs, "num_layers", "num_decoder_layers")
    d_head = theirs.d_model // theirs.num_heads
    require(theirs.d_kv == d_head, f"d_kv={theirs.d_kv}, not d_model / heads = {d_head}")
    classes = (theirs.relative_attention_num_buckets, theirs.relative_attention_max_distance)
    require(classes == (N_BUCKETS, FAR), f"{classes[0]} classes of distances up to {classes[1]}")
    config = TransformerConfig(
        vocab_size=theirs.vocab_size,
        n_layers=theirs.num_layers,
        n_heads=theirs.num_heads,
        d_model=theirs.d_model,
        d_hidden=theirs.d_ff,
        positions="relative",
        activation=_t5_activation(theirs),
        norm="rms",
        norm_eps=theirs.layer_norm_epsilon,
        bias=False,
        tied=model.lm_head.weight is model.shared.weight,
    )
    del weights["shared.weight"]  # it is the embedding of both stacks
    if theirs.scale_decoder_outputs:
        name = "decoder.final_layer_norm.weight"
        weights[name] = weights[name] / math.sqrt(theirs.d_model)
    tables = {stack: weights.pop(_t5_table(stack)) for stack in STACKS}
    ours = rename(weights, _t5_names())
    for name in [name for name in ours if name.endswith("to_query.weight")]:
        ours[name] = ours[name] * math.sqrt(d_head)
    for stack, table in tables.items():  # theirs lies in the first layer, ours in all
        for i in range(config.n_layers):
            ours[f"{stack}.blocks.{i}.attention.attend.distances.table.weight"] = table
    return config, ours


READERS = {"BartForConditionalGeneration": read_bart, "T5ForConditionalGeneration": read_t5}


def _t5_table(stack: str) -> str:
    return f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"


def _t5_activation(theirs: object) -> str:
    if not theirs.is_gated_act:
        return read_activation(theirs.dense_act_fn)
    require(theirs.dense_act_fn == "gelu_new", f"the activation {theirs.dense_act_fn!r} in a gated network")
    return "geglu"


def _require_equal_stacks(theirs: object, encoder: str, decoder: str) -> None:
    sizes = getattr(theirs, encoder), getattr(theirs, decoder)
    require(sizes[0] == sizes[1], f"stacks of different sizes ({encoder}={sizes[0]}, {decoder}={sizes[1]})")
