"""Models of the same shape: lmkit's, GPT-2 as transformers builds it, and nanoGPT from a checkout of it."""

import contextlib
import importlib.util
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from lmkit.model.transformer import Transformer, TransformerConfig


@dataclass(frozen=True)
class Shape:
    """What makes models comparable, and the batch that they read in a step."""

    n_layers: int
    n_heads: int
    d_model: int
    n_positions: int
    batch_size: int
    vocab_size: int = 512

    @property
    def n_tokens(self) -> int:
        """Tokens read in a step."""
        return self.batch_size * self.n_positions


def ours(shape: Shape, positions: str) -> Transformer:
    """Make lmkit's model; with learned positions it has the parameters of the others, one for one."""
    config = TransformerConfig(
        vocab_size=shape.vocab_size,
        n_layers=shape.n_layers,
        n_heads=shape.n_heads,
        d_model=shape.d_model,
        max_positions=shape.n_positions,
        positions=positions,
    )
    return Transformer(config, torch.Generator().manual_seed(0))


def hugging_face(shape: Shape, attention: str = "sdpa") -> GPT2LMHeadModel:
    """Make GPT-2 as transformers builds it, without dropout."""
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=shape.vocab_size,
        n_layer=shape.n_layers,
        n_head=shape.n_heads,
        n_embd=shape.d_model,
        n_positions=shape.n_positions,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=None,  # it writes as many tokens as it is asked for
        pad_token_id=0,
        attn_implementation=attention,
    )
    return GPT2LMHeadModel(config)


def transformer_lens(model: GPT2LMHeadModel) -> nn.Module:
    """Make the bridge of TransformerLens to a model: it reads a folder, tokenizer included, and attends eagerly."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({f"w{i}": i for i in range(model.config.vocab_size)}, unk_token="w0"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="w0", bos_token="w0", eos_token="w0")
    with TemporaryDirectory() as folder, silent():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return TransformerBridge.boot_transformers(folder, device="cpu").eval()


def nano_gpt(shape: Shape, checkout: Path) -> nn.Module:
    """Make nanoGPT's model, from the model.py of a checkout and with its defaults."""
    module = _import(checkout / "model.py")
    config = module.GPTConfig(
        block_size=shape.n_positions,
        vocab_size=shape.vocab_size,
        n_layer=shape.n_layers,
        n_head=shape.n_heads,
        n_embd=shape.d_model,
    )
    with silent():
        return module.GPT(config)


def _import(path: Path) -> ModuleType:
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}: name a checkout of nanoGPT, as in make bench NANOGPT=../nanoGPT")
    spec = importlib.util.spec_from_file_location("nanogpt_model", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


def silent() -> contextlib.AbstractContextManager:
    """Swallow what a peer prints."""
    return contextlib.redirect_stdout(io.StringIO())
