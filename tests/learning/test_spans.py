"""An answer is a piece of the text that begins before it ends; padding is none; where it stands is learned."""

import pytest
import torch

from lmkit.learning import objectives, spans, training
from lmkit.learning.finetuning import PADDING
from lmkit.learning.spans import Asked, SpanHead
from lmkit.learning.training import TrainingConfig
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf.pretrained import load


def small(causal=False):
    config = TransformerConfig(vocab_size=20, n_layers=1, n_heads=2, d_model=16, causal=causal, init_std=0.2)
    return SpanHead(Transformer(config, torch.Generator().manual_seed(0)), torch.Generator().manual_seed(1)).eval()


def test_the_best_span_is_the_best_of_all_that_are_allowed():
    draws = torch.Generator().manual_seed(0)
    start, end = torch.randn(2, 30, 9, generator=draws)
    for longest in (1, 3, 20):
        for row, found in enumerate(spans.best_span(start, end, longest).tolist()):
            allowed = [(i, j) for i in range(9) for j in range(i, min(9, i + longest))]
            assert tuple(found) == max(allowed, key=lambda pair: start[row, pair[0]] + end[row, pair[1]])  # noqa: B023


def test_a_span_of_no_token_is_refused():
    with pytest.raises(ValueError, match="longest"):
        spans.best_span(torch.zeros(3), torch.zeros(3), 0)


def test_padding_is_no_answer_and_changes_nothing():
    model = small()
    tokens = torch.tensor([[1, 2, 3, 4, PADDING, PADDING]])
    with torch.no_grad():
        padded, bare = model(tokens), model(tokens[:, :4])
    torch.testing.assert_close(padded[..., :4], bare)
    assert (padded[..., 4:] == -torch.inf).all()


def test_a_causal_body_is_refused():
    with pytest.raises(ValueError, match="masked"):
        small(causal=True)


def test_rows_say_where_the_answer_stands_and_read_back_as_it():
    masked = load("book-masked")
    story = "Once there was a girl named Mei. Berunia had a kite."
    asked = [Asked(f"{story} Who has the kite?", (33, 40)), Asked(f"{story} Who is a girl?", (28, 31))]
    rows = spans.rows(asked, masked.tokenizer)
    for row, answer in zip(rows, ("Berunia", "Mei"), strict=True):
        first, last, *tokens = row.tolist()
        assert "".join(masked.words(torch.tensor(tokens[first : last + 1]))).strip() == answer
    tokens, labels = spans.ask(rows, torch.Generator())
    assert torch.equal(labels, rows[:, :2]) and tokens.shape[1] == rows.shape[1] - 2


def test_an_answer_that_ends_within_a_token_is_refused():
    with pytest.raises(ValueError, match="whole words"):
        spans.rows([Asked("Mei had the kite.", (8, 10))], load("book-masked").tokenizer)


def test_without_questions_there_are_no_rows():
    with pytest.raises(ValueError, match="at least one"):
        spans.rows([], None)


def test_it_learns_where_the_answer_stands():
    draws = torch.Generator().manual_seed(0)
    tokens = torch.randint(2, 20, (64, 8), generator=draws)
    where = torch.randint(0, 8, (64, 1), generator=draws)
    tokens.scatter_(1, where, 1)  # the answer is the token 1
    rows = torch.cat([where, where, tokens], dim=1)
    model = small()
    config = TrainingConfig(steps=40, learning_rate=1e-2, warmup_steps=5, evaluate_every=1000)
    training.fit(model, rows, rows[:8], config, objective=spans.ask, show=False)
    scores = model(tokens)
    assert objectives.loss(scores, rows[:, :2]) < 0.3
    assert (spans.best_span(*scores.unbind(dim=1))[:, 0] == where[:, 0]).float().mean() > 0.9
