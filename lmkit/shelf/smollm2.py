"""SmolLM2 from the file that its package carries: a Llama in GGUF, which the package gguf reads.

transformers reads GGUF as well, in 20 CPU seconds to these 6, and with another tokenizer: it leaves out
`tokenizer.ggml.pre`, by which this model takes each digit for itself.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

# GGUF's name of each module, and that of transformers. "#" is the number of the layer.
NAMES = {
    "token_embd": "model.embed_tokens",
    "blk.#.attn_norm": "model.layers.#.input_layernorm",
    "blk.#.attn_q": "model.layers.#.self_attn.q_proj",
    "blk.#.attn_k": "model.layers.#.self_attn.k_proj",
    "blk.#.attn_v": "model.layers.#.self_attn.v_proj",
    "blk.#.attn_output": "model.layers.#.self_attn.o_proj",
    "blk.#.ffn_norm": "model.layers.#.post_attention_layernorm",
    "blk.#.ffn_gate": "model.layers.#.mlp.gate_proj",
    "blk.#.ffn_up": "model.layers.#.mlp.up_proj",
    "blk.#.ffn_down": "model.layers.#.mlp.down_proj",
    "output_norm": "model.norm",
}


def read(file: Path) -> tuple[nn.Module, Any]:
    """Give the model, in 32 bits and ready to use, and its tokenizer, with the chat template."""
    from gguf import GGUFReader

    reader = GGUFReader(file)
    facts = {name: field.contents() for name, field in reader.fields.items()}
    return _model(facts, reader.tensors), _tokenizer(facts)


def _model(facts: dict[str, Any], tensors: list) -> nn.Module:
    from transformers import LlamaForCausalLM

    config = _config(facts)
    with torch.device("meta"):  # nothing is drawn that is overwritten at once
        model = LlamaForCausalLM(config)
    weights = dict(_weights(tensors, config))
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, assign=True)
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # its frequencies are computed, and in no file
    model.tie_weights()
    return model.requires_grad_(True).eval()


def _config(facts: dict[str, Any]):
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=facts["llama.vocab_size"],
        hidden_size=facts["llama.embedding_length"],
        intermediate_size=facts["llama.feed_forward_length"],
        num_hidden_layers=facts["llama.block_count"],
        num_attention_heads=facts["llama.attention.head_count"],
        num_key_value_heads=facts["llama.attention.head_count_kv"],
        max_position_embeddings=facts["llama.context_length"],
        rms_norm_eps=facts["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": facts["llama.rope.freq_base"]},
        bos_token_id=facts["tokenizer.ggml.bos_token_id"],
        eos_token_id=facts["tokenizer.ggml.eos_token_id"],
        pad_token_id=facts["tokenizer.ggml.padding_token_id"],
        tie_word_embeddings=True,
        architectures=["LlamaForCausalLM"],
    )


def _weights(tensors: list, config) -> Iterator[tuple[str, Tensor]]:
    """Give each weight by its name in transformers, as the numbers for which its few bits stand."""
    from gguf import dequantize

    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for tensor in tensors:
        module, _, kind = tensor.name.rpartition(".")
        numbers = dequantize(tensor.data, tensor.tensor_type)
        if n_heads := heads.get(module.rpartition(".")[2]):
            numbers = _halves(numbers, n_heads)
        layer = re.search(r"\d+", module)
        name = NAMES[re.sub(r"\d+", "#", module)].replace("#", layer[0] if layer else "")
        yield f"{name}.{kind}", torch.tensor(numbers)  # a copy: what was read is a view of the file


def _halves(numbers: np.ndarray, n_heads: int) -> np.ndarray:
    """Undo an order of rows: GGUF rotates the numbers 2i and 2i + 1 of a head, transformers i and i + d_head / 2."""
    n_rows, n_columns = numbers.shape
    return numbers.reshape(n_heads, -1, 2, n_columns).swapaxes(1, 2).reshape(n_rows, n_columns)


def _tokenizer(facts: dict[str, Any]):
    from transformers import PreTrainedTokenizerFast

    tokens, kinds = facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.token_type"]
    names = {name: tokens[facts[f"tokenizer.ggml.{key}_token_id"]] for name, key in _MARKS.items()}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_pieces(tokens, facts["tokenizer.ggml.merges"]),
        model_max_length=facts["llama.context_length"],
        clean_up_tokenization_spaces=False,
        **names,
    )
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL]
    tokenizer.add_special_tokens({"additional_special_tokens": control})
    tokenizer.chat_template = facts["tokenizer.chat_template"]
    return tokenizer


_MARKS = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}
_CONTROL = 3  # GGUF's kind of a token that is a mark, not text


def _pieces(tokens: list[str], merges: list[str]):
    """Byte-level BPE. `tokenizer.ggml.pre` says "smollm": each digit for itself, then the words of GPT-2."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {token: i for i, token in enumerate(tokens)}
    pieces = Tokenizer(models.BPE(vocabulary, [tuple(merge.split(" ")) for merge in merges]))
    digits = pre_tokenizers.Digits(individual_digits=True)
    pieces.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    pieces.decoder = decoders.ByteLevel()
    return pieces
