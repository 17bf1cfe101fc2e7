"""The tokenizer: how long it takes to learn its merges, here, in Hugging Face's library, and the plain way."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from benchmarks import rounds
from lmkit.text import storyworld, tokenizer
from lmkit.text.tokenizer import Pair, merge_pair, spell, split_words

N_BYTES = 5_000_000
VOCAB_SIZE = 768
ROUNDS = 3
N_RECOUNTED = 4  # merges made by the plain way: all of them would take many minutes


def measure(
    n_bytes: int = N_BYTES, vocab_size: int = VOCAB_SIZE, n_rounds: int = ROUNDS, n_recounted: int = N_RECOUNTED
) -> dict:
    """Give the seconds of training, how many merges each made, and in how many the others agree with lmkit."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread, as here
    texts = list(stories(n_bytes))
    made = {}
    candidates = {
        "lmkit": lambda: made.update(lmkit=tokenizer.train(texts, vocab_size)),
        "Hugging Face": lambda: made.update(fast=train_fast(texts, vocab_size)),
    }
    times = rounds.take_turns(candidates, n_rounds, "training a tokenizer")
    times["all recounted"] = [rounds.cpu_seconds(lambda: made.update(recounted=recount(texts, n_recounted)))]
    ours, fast = merges_of(tokenizer.to_fast(made["lmkit"])), merges_of(made["fast"])
    return {
        "megabytes": sum(len(text.encode()) for text in texts) / 1e6,
        "rounds": n_rounds,
        "seconds": {name: rounds.quartiles(seconds) for name, seconds in times.items()},
        "merges": {"lmkit": len(ours), "Hugging Face": len(fast), "all recounted": n_recounted},
        "agreeing": {
            "Hugging Face": n_agreeing(ours, fast),
            "all recounted": n_agreeing(made["lmkit"].merges, made["recounted"]),
        },
    }


def stories(n_bytes: int) -> Iterator[str]:
    """Tell stories of Storyworld until they have this many bytes."""
    for story in storyworld.stories("train"):
        yield story.text
        n_bytes -= len(story.text.encode())
        if n_bytes <= 0:
            return


def train_fast(texts: list[str], vocab_size: int) -> Tokenizer:
    """Learn with Hugging Face's library, by the settings of `lmkit.text.tokenizer.train`."""
    fast = Tokenizer(models.BPE())
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    fast.train_from_iterator(texts, trainer)
    return fast


def merges_of(fast: Tokenizer) -> list[list[str]]:
    """Read the merges of a tokenizer of Hugging Face's library, in the letters in which it keeps them."""
    return json.loads(fast.to_str())["model"]["merges"]


def recount(texts: list[str], n_merges: int) -> list[Pair]:
    """Learn merges the plain way, as minbpe does: after each merge, count every pair of the whole text again."""
    words = [spell(word) for text in texts for word in split_words(text)]
    merges = []
    for _ in range(n_merges):
        counts = Counter()
        for word in words:
            counts.update(pairwise(word))
        merges.append(max(counts, key=counts.get))
        words = [merge_pair(word, merges[-1]) for word in words]
    return merges


def n_agreeing(one: Sequence, other: Sequence) -> int:
    """Count the merges that two lists have in common before the first that differs."""
    same = [ours == theirs for ours, theirs in zip(one, other, strict=False)]
    return same.index(False) if False in same else len(same)
