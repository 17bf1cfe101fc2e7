"""The model made by hand: each head does what its name says, on any sentence."""

import re

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lmkit import trace
from lmkit.shelf import handmade
from lmkit.shelf.handmade import HEADS, MAX_TOKENS

MODEL = handmade.build()
quickly = settings(max_examples=40)

# Token numbers of sentences in which words come again: [CLS], words, [SEP].
sentences = (
    st.lists(st.integers(2, 1023), min_size=1, max_size=8)
    .flatmap(lambda words: st.lists(st.sampled_from(words), min_size=1, max_size=MAX_TOKENS - 2))
    .map(lambda words: torch.tensor([handmade.CLS, *words, handmade.SEP]))
)


def weights(tokens: torch.Tensor, layer: int, head: int) -> torch.Tensor:
    assert (layer, head) in HEADS
    return trace(MODEL, tokens).attentions[layer][0, head]  # (query, key)


def elsewhere(tokens: torch.Tensor) -> torch.Tensor:
    """True where a key is the same word as the query at another place."""
    return (tokens[:, None] == tokens) & ~torch.eye(len(tokens), dtype=torch.bool)


def assert_equal_shares(weights: torch.Tensor, wanted: torch.Tensor):
    """Each query gives its attention to the wanted keys, in equal shares, and to nothing else."""
    expected = wanted / wanted.sum(dim=-1, keepdim=True)
    torch.testing.assert_close(weights, expected, atol=1e-3, rtol=0)


@quickly
@given(tokens=sentences)
def test_head_0_0_looks_at_the_previous_token(tokens):
    assert weights(tokens, 0, 0).diagonal(-1).min() > 0.99


@quickly
@given(tokens=sentences)
def test_head_0_1_looks_at_the_next_token(tokens):
    assert weights(tokens, 0, 1).diagonal(1).min() > 0.99


@quickly
@given(tokens=sentences)
def test_head_0_2_looks_at_the_same_word_elsewhere_and_without_one_at_itself(tokens):
    twins = elsewhere(tokens)
    alone = ~twins.any(dim=-1)
    assert_equal_shares(weights(tokens, 0, 2), twins | alone.diag())


@quickly
@given(tokens=sentences)
def test_head_0_3_looks_at_the_first_token(tokens):
    assert weights(tokens, 0, 3)[:, 0].min() > 0.99


@quickly
@given(tokens=sentences)
def test_head_1_0_looks_at_what_followed_the_same_word_elsewhere_and_without_one_at_what_follows(tokens):
    twins = elsewhere(tokens)
    twins |= (~twins.any(dim=-1)).diag()
    words = slice(1, -1)  # [CLS] and [SEP] are not words
    assert_equal_shares(weights(tokens, 1, 0)[words], twins.roll(1, dims=1)[words])


@quickly
@given(tokens=sentences)
def test_head_1_1_looks_at_the_last_token(tokens):
    assert weights(tokens, 1, 1)[:, -1].min() > 0.99


@quickly
@given(tokens=sentences)
def test_head_1_2_looks_at_itself(tokens):
    assert weights(tokens, 1, 2).diagonal().min() > 0.99


@quickly
@given(tokens=sentences)
def test_head_1_3_looks_at_all_tokens_alike(tokens):
    assert_equal_shares(weights(tokens, 1, 3), torch.ones(len(tokens), len(tokens)))


@quickly
@given(tokens=sentences)
def test_head_0_0_writes_the_previous_word_into_the_residual_stream(tokens):
    before, after, _ = trace(MODEL, tokens).residual
    torch.testing.assert_close(
        after[0, 1:, handmade.PREVIOUS_WORD], before[0, :-1, handmade.WORD], atol=1e-3, rtol=0
    )


def test_all_vectors_are_equally_long_so_that_the_norm_changes_none():
    tokens = torch.arange(MAX_TOKENS)[None]
    for residual in trace(MODEL, tokens).residual:
        lengths = residual.norm(dim=-1)
        torch.testing.assert_close(lengths, lengths[:, :1].expand_as(lengths), atol=1e-3, rtol=0)


def test_every_build_gives_the_same_weights():
    again = handmade.build().state_dict()
    assert all(torch.equal(again[name], weight) for name, weight in MODEL.state_dict().items())


@quickly
@given(text=st.text(alphabet="abcé漢 .,!'’<>\n", max_size=40))
def test_the_tokens_of_a_text_are_its_words_and_marks_between_cls_and_sep(text):
    tokenizer = handmade.Tokenizer()
    first, *words, last = tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])
    assert (first, last) == ("[CLS]", "[SEP]")
    assert "".join(words) == re.sub(r"\s", "", text.lower())


@quickly
@given(words=st.lists(st.text("abc", min_size=1), min_size=2))
def test_two_tokens_have_the_same_number_exactly_when_they_are_the_same_word(words):
    assume(words[0] != words[1])
    numbers = handmade.Tokenizer()(" ".join(words))["input_ids"][1:-1]
    assert len(set(numbers)) == len(set(words))
    assert [words[numbers.index(number)] for number in numbers] == words


def test_when_all_numbers_are_given_a_new_word_is_refused_and_an_old_one_is_not():
    tokenizer = handmade.Tokenizer()
    for number in range(1022):  # two of 1024 are [CLS] and [SEP]
        tokenizer(f"w{number}")
    assert tokenizer("w7")["input_ids"][1] == 9
    with pytest.raises(
        ValueError, match="'new' is new, and all 1024 numbers are given: load the model again"
    ):
        tokenizer("new")
