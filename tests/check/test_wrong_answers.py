"""Wrong answers as students write them, not made with the switches of the bank, get the right diagnosis."""

import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F

from lmkit import check
from lmkit.text.tokenizer import merge_pair


def attention(scale=None, mask=None, softmax=None, mix=None):
    """Right attention, one line of which can be written otherwise."""

    def answer(query, key, value, may_attend=None):
        scores = query @ key.mT
        scores = scale(scores, query, key) if scale else scores / math.sqrt(query.shape[-1])
        if may_attend is not None:
            scores = mask(scores, may_attend) if mask else scores.masked_fill(~may_attend, -1e9)
        weights = softmax(scores) if softmax else F.softmax(scores, dim=-1)
        return mix(weights, query, key, value) if mix else (weights @ value, weights)

    return answer


def implicit_softmax(scores):
    with pytest.warns(UserWarning, match="dim"):
        return F.softmax(scores)


def mask_in_vain(scores, may_attend):
    scores.masked_fill(~may_attend, -torch.inf)  # not in place, and the result is dropped
    return scores


ATTENTION = {
    "not-scaled": attention(scale=lambda s, q, k: s),
    "scaled-by-d": attention(scale=lambda s, q, k: s / q.size(3)),
    "scaled-by-keys": attention(scale=lambda s, q, k: s / s.shape[-1] ** 0.5),
    "scaled-by-heads": attention(scale=lambda s, q, k: s / math.sqrt(k.shape[1])),
    "multiplied-by-root-d": attention(scale=lambda s, q, k: s * k.shape[-1] ** 0.5),
    "mask-ignored": attention(mask=mask_in_vain),
    "mask-inverted": attention(mask=lambda s, m: s.masked_fill(m, float("-inf"))),
    "hidden-score-is-zero": attention(mask=lambda s, m: s * m),
    "mask-added": attention(mask=lambda s, m: s + m.float()),
    "softmax-over-heads": attention(softmax=implicit_softmax),
    "softmax-over-queries": attention(softmax=lambda s: s.softmax(2)),
    "softmax-twice": attention(mix=lambda w, q, k, v: (w.softmax(-1) @ v, w.softmax(-1))),
    "mixed-keys": attention(mix=lambda w, q, k, v: (w @ k, w)),
    "returned-in-other-order": attention(mix=lambda w, q, k, v: (w, w @ v)),
}


@pytest.mark.parametrize("code", ATTENTION)
def test_a_wrong_attention_is_diagnosed(code):
    assert check.attention(ATTENTION[code]).codes == (code,)


def test_attention_masked_after_softmax_and_not_scaled_is_diagnosed_as_both():
    def answer(query, key, value, may_attend=None):
        weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), -1)
        if may_attend is not None:
            weights = weights * may_attend
        return weights @ value, weights

    assert check.attention(answer).codes == ("not-scaled", "mask-after-softmax")


def test_three_mistakes_at_once_are_all_named():
    def answer(query, key, value, may_attend=None):
        scores = query @ key.mT / query.shape[-1]
        if may_attend is not None:
            scores = scores * may_attend
        weights = scores.softmax(dim=-2)
        return weights @ value, weights

    assert check.attention(answer).codes == ("scaled-by-d", "hidden-score-is-zero", "softmax-over-queries")


CAUSAL_MASK = {
    "inverted": lambda n: torch.triu(torch.ones(n, n), diagonal=1).bool(),
    "upper-half": lambda n: torch.triu(torch.ones(n, n)) == 1,
    "diagonal-excluded": lambda n: torch.tril(torch.ones(n, n), diagonal=-1) > 0,
    "one-ahead": lambda n: torch.tril(torch.ones(n, n), 1).bool(),
    "hides-nothing": lambda n: torch.ones(n, n, dtype=torch.bool),
    "hides-everything": lambda n: torch.zeros(n, n) == 1,
    "numbers-not-truth-values": lambda n: torch.tril(torch.ones(n, n, dtype=torch.int64)),
    "scores-not-truth-values": lambda n: torch.triu(torch.full((n, n), -torch.inf), diagonal=1),
    "extra-axes": lambda n: torch.tril(torch.ones(1, 1, n, n)).bool(),
}


@pytest.mark.parametrize("code", CAUSAL_MASK)
def test_a_wrong_causal_mask_is_diagnosed(code):
    assert check.causal_mask(CAUSAL_MASK[code]).codes == (code,)


PADDING_MASK = {
    "one-too-many": lambda lengths, n: (torch.arange(n) <= lengths.unsqueeze(1))[:, None, None],
    "inverted": lambda lengths, n: (torch.arange(n) >= lengths.unsqueeze(1))[:, None, None],
    "masks-queries": lambda lengths, n: (torch.arange(n) < lengths.unsqueeze(1))[:, None, :, None],
    "not-broadcastable": lambda lengths, n: torch.arange(n) < lengths.unsqueeze(1),
    "padding-on-the-left": lambda lengths, n: (torch.arange(n) < lengths[:, None]).flip(1)[:, None, None],
}


@pytest.mark.parametrize("code", PADDING_MASK)
def test_a_wrong_padding_mask_is_diagnosed(code):
    assert check.padding_mask(PADDING_MASK[code]).codes == (code,)


SLIDING_WINDOW_MASK = {
    "window-too-wide": lambda n, w: torch.ones(n, n).tril().triu(-w).bool(),
    "two-sided": lambda n, w: (torch.arange(n)[:, None] - torch.arange(n)).abs() < w,
    "no-lower-limit": lambda n, w: torch.ones(n, n).tril().bool(),
    "itself-excluded": lambda n, w: torch.ones(n, n).tril(-1).triu(1 - w).bool(),
}


@pytest.mark.parametrize("code", SLIDING_WINDOW_MASK)
def test_a_wrong_sliding_window_is_diagnosed(code):
    assert check.sliding_window_mask(SLIDING_WINDOW_MASK[code]).codes == (code,)


def test_wrong_splitting_and_merging_are_diagnosed_side_by_side():
    report = check.split_heads(
        lambda x, n_heads: x.view(x.size(0), n_heads, x.size(1), x.size(2) // n_heads),
        lambda x: x.contiguous().view(x.size(0), x.size(2), x.size(1) * x.size(3)),
    )
    assert report.codes == ("split-mixes-tokens", "merge-mixes-tokens")


def test_when_only_merging_is_wrong_the_report_says_that_splitting_is_right():
    report = check.split_heads(lambda x, n: torch.stack(x.chunk(n, -1), 1), lambda x: x.mean(1))
    assert report.codes == ("heads-averaged",)
    assert "One part is right: your split." in str(report)


def test_multi_head_attention_with_linear_layers_is_told_that_weights_are_transposed():
    def answer(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
        query, key, value = (
            F.linear(x, w).unflatten(-1, (n_heads, -1)).transpose(1, 2) for w in (w_query, w_key, w_value)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=may_attend)
        return F.linear(mixed.transpose(1, 2).flatten(2), w_output)

    assert check.multi_head(answer).codes == ("weights-transposed",)


def test_a_factor_with_everything_under_the_root_is_diagnosed():
    report = check.keep_variance(lambda d, std_query, std_key: 1 / math.sqrt(d * std_query * std_key))
    assert report.codes == ("stds-taken-for-variances",)
    assert "The values are right for entries of standard deviation 1." in str(report)


def test_a_cost_with_all_heads_at_full_width_is_diagnosed():
    report = check.attention_cost(lambda q, k, d, h: (q * k * d * h, q * k * d * h, q * k * h))
    assert report.codes == ("every-head-full-width",)


PREVIOUS_TOKEN_HEAD = {
    "looks-at-itself": lambda n: (100 * torch.eye(n), torch.eye(n)),
    "looks-ahead": lambda n: (100 * torch.eye(n).roll(-1, dims=0), torch.eye(n)),
    "looks-at-the-first": lambda n: (torch.full((n, 1), 50.0), -torch.arange(n).float()[:, None]),
    "looks-two-back": lambda n: (100 * torch.eye(n).roll(2, dims=0), torch.eye(n)),
    "too-soft": lambda n: (3 * torch.eye(n).roll(1, dims=0), 2 * torch.eye(n)),
}


@pytest.mark.parametrize("code", PREVIOUS_TOKEN_HEAD)
def test_a_head_that_looks_elsewhere_is_diagnosed(code):
    assert check.previous_token_head(PREVIOUS_TOKEN_HEAD[code]).codes == (code,)


def test_a_head_of_the_wrong_shape_is_told_both_shapes():
    report = check.previous_token_head(lambda n: (torch.eye(n)[1:], torch.eye(n)))
    assert report.codes == ("wrong-shape",)
    assert "[6, 7]" in str(report) and "[7, d_head]" in str(report)


def encode_until_none_is_known(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    while True:
        best = min(pairwise(tokens), key=lambda pair: ranks.get(pair, math.inf))  # of one token there are no pairs
        if best not in ranks:
            return tokens
        tokens = merge_pair(tokens, best)


def encode_in_order_of_the_dictionary(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    for pair in ranks:
        tokens = merge_pair(tokens, pair)
    return tokens


def merge_but_not_at_the_end(tokens, pair):
    merged, i = [], 0
    while i < len(tokens):
        found = i < len(tokens) - 2 and (tokens[i], tokens[i + 1]) == pair
        merged.append(tokens[i] + tokens[i + 1] if found else tokens[i])
        i += 2 if found else 1
    return merged


def test_a_loop_that_ends_before_the_last_pair_is_diagnosed():
    assert check.merge_pair(merge_but_not_at_the_end).codes == ("last-pair-missed",)


def attention_of_vectors_of_16(query, key, value, may_attend=None):
    scores = query @ key.mT / 4
    if may_attend is not None:
        scores = scores.masked_fill(~may_attend, -torch.inf)
    weights = scores.softmax(-1)
    return weights @ value, weights


def window_by_diagonals(n, window):
    return sum(torch.diag(torch.ones(n - back), -back) for back in range(window)).bool()  # fails beyond the text


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("encode_word", encode_until_none_is_known),
        ("encode_word", encode_in_order_of_the_dictionary),
        ("attention", attention_of_vectors_of_16),
        ("sliding_window_mask", window_by_diagonals),
        ("leaks", lambda train, test: [test.index(text) for text in test if text.strip() in train]),
    ],
)
def test_what_is_right_for_most_inputs_only_is_refused(exercise, answer):
    assert not getattr(check, exercise)(answer).ok
