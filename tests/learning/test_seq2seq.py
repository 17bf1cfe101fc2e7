"""Sequence to sequence: padding costs nothing, every pair has its turn, and a text is learned to be written."""

from itertools import islice

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from lmkit.learning import seq2seq
from lmkit.learning.seq2seq import END, START, batch_of
from lmkit.learning.training.config import TrainingConfig
from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.transformer import TransformerConfig
from lmkit.text import tokenizer

WORDS = ["one two", "two three", "three one", "one", "two", "three two one"]
PAIRS = [(text, " ".join(reversed(text.split()))) for text in WORDS]
TOKENIZER = tokenizer.train(WORDS * 9, 270, seq2seq.SPECIAL)


def build():
    config = TransformerConfig(vocab_size=270, n_layers=1, n_heads=2, d_model=32, init_std=0.15)
    return EncoderDecoder(config, torch.Generator().manual_seed(0)).eval()


def test_a_target_begins_and_ends_and_a_source_ends():
    for (source, target), (english, reversed_) in zip(seq2seq.encode(PAIRS, TOKENIZER), PAIRS, strict=True):
        assert source == [*TOKENIZER.encode(english), END]
        assert target == [START, *TOKENIZER.encode(reversed_), END]


@torch.no_grad()
def test_the_loss_is_the_mean_over_all_tokens_of_the_targets_and_no_padding():
    model, pairs = build(), seq2seq.encode(PAIRS, TOKENIZER)
    costs = []
    for source, target in pairs:  # one by one, so that nothing is filled up
        logits = model(torch.tensor([source]), torch.tensor([target[:-1]]))[0]
        costs += F.cross_entropy(logits, torch.tensor(target[1:]), reduction="none").tolist()
    assert float(seq2seq.pair_loss(model, batch_of(pairs))) == pytest.approx(sum(costs) / len(costs), rel=1e-5)


def test_every_pair_comes_once_before_any_comes_again():
    pairs = [([i, END], [START, i, END]) for i in range(3, 27)]
    drawn = [batch.source[:, 0].tolist() for batch in islice(seq2seq.batches(pairs, 4, seed=1), 12)]
    rounds = [sum(drawn[:6], []), sum(drawn[6:], [])]
    assert [sorted(one) for one in rounds] == [list(range(3, 27))] * 2
    assert rounds[0] != rounds[1]


def test_the_same_seed_draws_the_same_batches():
    pairs = [([i, END], [START, i, END]) for i in range(3, 27)]
    first, again = (list(islice(seq2seq.batches(pairs, 4, seed=5), 8)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert_close(one.target, other.target, rtol=0, atol=0)


def test_it_learns_to_write_from_another_text():
    model = build()
    config = TrainingConfig(steps=150, batch_size=6, learning_rate=1e-2)
    losses = seq2seq.fit_pairs(model, seq2seq.encode(PAIRS, TOKENIZER), config)
    assert losses[-1] < losses[0] / 10
    assert not model.training
    assert seq2seq.write(model, TOKENIZER, WORDS) == [target for _, target in PAIRS]


def test_it_writes_no_more_than_asked():
    written = seq2seq.write(build(), TOKENIZER, WORDS, longest=2)
    assert len(written) == len(WORDS)
    assert all(len(TOKENIZER.encode(text)) <= 4 for text in written)  # two tokens; a broken character may count as two
