"""A stand-in for a real BERT: its form, small, with random weights. For machines without the package that has one."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import torch

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MOST_WORDS = 2000


def save_bert(folder: Path, texts: Iterable[str], seed: int = 0) -> Path:
    """Write a BERT of two layers, and a tokenizer that knows the commonest words of the texts.

    Returns:
        The folder: what `from_pretrained` of transformers takes in the place of a name.

    Raises:
        TypeError: `texts` is one str, whose letters would be taken for texts.
    """
    from transformers import BertConfig, BertModel, BertTokenizerFast

    if isinstance(texts, str):
        raise TypeError("texts is a str, and each of its letters would be a text: pass a list, [text]")
    folder.mkdir(parents=True, exist_ok=True)
    counts = Counter(word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower()))
    words = [*SPECIAL, *(word for word, _ in counts.most_common(MOST_WORDS))]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=128).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=128,
    )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    return folder
