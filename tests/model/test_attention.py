"""Attention is what the formula says, in both paths, in every head, under every mask."""

import jaxtyping
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from lmkit.model.attention import (
    Attend,
    MultiHeadAttention,
    attention_scores,
    causal_mask,
    fast_attention,
    merge_heads,
    padding_mask,
    repeat_kv_heads,
    scaled_dot_product_attention,
    sliding_window_mask,
    split_heads,
)
from lmkit.model.positions import Rotary

SIZES = st.integers(1, 6)
quick = settings(max_examples=25)


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@st.composite
def attention_inputs(draw):
    """Queries, keys, values and a mask (or none) of any fitting shapes."""
    leading = tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    n_query, n_key, d_head, d_value = (draw(SIZES) for _ in range(4))
    torch.manual_seed(draw(st.integers(0, 1000)))
    query, key = torch.randn(*leading, n_query, d_head), torch.randn(*leading, n_key, d_head)
    value = torch.randn(*leading, n_key, d_value)
    whole, square = (*leading, n_query, n_key), (n_query, n_key)
    shape = draw(st.sampled_from([None, whole, square, (*leading, 1, n_key), (n_query, 1)]))
    return query, key, value, None if shape is None else torch.rand(shape) < 0.6


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [3, 30, 1000])
@pytest.mark.parametrize("may_attend", [None, causal_mask(40)])
def test_numbers_of_16_bits_are_scored_in_32_however_large_they_are(dtype, size, may_attend):
    """A score may pass 65,504, where float16 ends; and long before, 8 bits of bfloat16 are too few to compare two."""
    query, key, value = ((scale * torch.randn(3, 40, 8)).to(dtype) for scale in (size, size, 1))
    mixed, weights = scaled_dot_product_attention(query, key, value, may_attend)
    exact = scaled_dot_product_attention(query.double(), key.double(), value.double(), may_attend)
    assert mixed.dtype == weights.dtype == dtype
    assert_close(weights.double(), exact[1], atol=0.01, rtol=0)
    assert_close(mixed.double(), exact[0], atol=0.05, rtol=0)


# --- Masks ---


def test_the_causal_mask_of_three_tokens_is_a_lower_triangle():
    expected = torch.tensor([[1, 0, 0], [1, 1, 0], [1, 1, 1]]).bool()
    assert torch.equal(causal_mask(3), expected)


@quick
@given(n_query=SIZES, n_cached=SIZES)
def test_with_a_cache_the_causal_mask_is_the_last_rows_of_the_whole_one(n_query, n_cached):
    n_key = n_query + n_cached
    assert torch.equal(causal_mask(n_query, n_key), causal_mask(n_key)[-n_query:])


def test_the_padding_mask_hides_what_follows_each_length():
    expected = torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]).bool()
    mask = padding_mask(torch.tensor([3, 1, 0]), 4)
    assert mask.shape == (3, 1, 1, 4)
    assert torch.equal(mask[:, 0, 0], expected)


def test_a_window_of_two_sees_itself_and_the_token_before():
    expected = torch.tensor([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]).bool()
    assert torch.equal(sliding_window_mask(4, 2), expected)


@quick
@given(n=SIZES, window=SIZES)
def test_a_window_holds_at_most_its_size_and_never_the_future(n, window):
    mask = sliding_window_mask(n, window)
    assert torch.equal(mask.sum(-1), (torch.arange(n) + 1).clamp(max=window))
    assert torch.equal(mask & causal_mask(n), mask)


def test_masks_combine_to_what_both_allow():
    both = causal_mask(3) & padding_mask(torch.tensor([3, 2]), 3)  # (batch, 1, query, key)
    assert both.shape == (2, 1, 3, 3)
    for batch, length in enumerate([3, 2]):
        for query in range(3):
            for key in range(3):
                assert both[batch, 0, query, key] == (key <= query and key < length)


# --- The formula ---


@quick
@given(inputs=attention_inputs())
def test_the_readable_path_equals_pytorch(inputs):
    query, key, value, may_attend = inputs
    mixed, _ = scaled_dot_product_attention(query, key, value, may_attend)
    assert_close(mixed, F.scaled_dot_product_attention(query, key, value, attn_mask=may_attend))


@quick
@given(inputs=attention_inputs())
def test_the_fast_path_equals_the_readable_path(inputs):
    mixed, _ = scaled_dot_product_attention(*inputs)
    assert_close(fast_attention(*inputs), mixed)


@quick
@given(inputs=attention_inputs())
def test_weights_are_shares_of_what_may_be_seen(inputs):
    query, key, value, may_attend = inputs
    mixed, weights = scaled_dot_product_attention(query, key, value, may_attend)
    allowed = torch.ones_like(weights, dtype=torch.bool) if may_attend is None else may_attend.expand_as(weights)
    assert (weights >= 0).all()
    assert (weights[~allowed] == 0).all()
    assert_close(weights.sum(-1), allowed.any(-1).float())
    assert_close(mixed, weights @ value)


@quick
@given(inputs=attention_inputs(), data=st.data())
def test_the_order_of_the_keys_does_not_matter(inputs, data):
    query, key, value, _ = inputs
    order = torch.tensor(data.draw(st.permutations(range(key.shape[-2]))))
    shuffled, _ = scaled_dot_product_attention(query, key[..., order, :], value[..., order, :])
    assert_close(shuffled, scaled_dot_product_attention(query, key, value)[0])


def test_one_query_on_two_keys_by_hand():
    """With d_head = 4 the scores are 2 / 2 = 1 and 0: the weights are e : 1."""
    query = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    key = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    value = torch.tensor([[1.0], [0.0]])
    assert_close(attention_scores(query, key), torch.tensor([[1.0, 0.0]]))
    mixed, _ = scaled_dot_product_attention(query, key, value)
    e = torch.e
    assert_close(mixed, torch.tensor([[e / (e + 1)]]))


@pytest.mark.parametrize("path", [lambda *x: scaled_dot_product_attention(*x)[0], fast_attention])
def test_a_query_that_may_look_nowhere_gets_zeros_and_finite_gradients(path):
    torch.manual_seed(0)
    inputs = [torch.randn(2, 3, 5, 4, requires_grad=True) for _ in range(3)]
    may_attend = causal_mask(5).clone()
    may_attend[2] = False
    mixed = path(*inputs, may_attend)
    assert (mixed[..., 2, :] == 0).all()
    gradients = torch.autograd.grad(mixed.square().sum(), inputs)
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert (gradients[0][..., 2, :] == 0).all()


def test_both_paths_have_the_same_gradients():
    torch.manual_seed(0)
    inputs = [torch.randn(2, 3, 5, 4, requires_grad=True) for _ in range(3)]
    may_attend = torch.rand(2, 1, 5, 5) < 0.5
    readable = torch.autograd.grad(scaled_dot_product_attention(*inputs, may_attend)[0].sum(), inputs)
    fast = torch.autograd.grad(fast_attention(*inputs, may_attend).sum(), inputs)
    assert_close(readable, fast)


def test_a_nan_in_a_query_stays_visible():
    """Zeros stand for "nothing may be seen", never for a computation that went wrong."""
    query = torch.full((1, 4), torch.nan)
    mixed, _ = scaled_dot_product_attention(query, torch.ones(2, 4), torch.ones(2, 4), torch.ones(1, 2).bool())
    assert mixed.isnan().all()


def test_the_only_visible_key_gets_all_the_weight_however_badly_it_matches():
    query, key, value = (
        torch.ones(1, 4),
        torch.tensor([[-1e6], [1e6]]).expand(2, 4),
        torch.tensor([[1.0], [2.0]]),
    )
    may_attend = torch.tensor([[True, False]])
    assert_close(scaled_dot_product_attention(query, key, value, may_attend)[0], torch.ones(1, 1))
    assert_close(fast_attention(query, key, value, may_attend), torch.ones(1, 1))


# --- Heads ---


@quick
@given(batch=SIZES, n=SIZES, n_heads=SIZES, d_head=SIZES)
def test_merging_undoes_splitting(batch, n, n_heads, d_head):
    x = torch.arange(float(batch * n * n_heads * d_head)).view(batch, n, n_heads * d_head)
    heads = split_heads(x, n_heads)
    assert heads.shape == (batch, n_heads, n, d_head)
    assert torch.equal(heads[:, -1], x[..., -d_head:])
    assert torch.equal(merge_heads(heads), x)


def test_neighboring_query_heads_share_a_kv_head():
    x = torch.tensor([10.0, 20.0]).view(1, 2, 1, 1)
    assert repeat_kv_heads(x, 6).flatten().tolist() == [10, 10, 10, 20, 20, 20]


def copy_of_pytorch(d_model, n_heads):
    """PyTorch's layer with random weights and biases, and ours with the same."""
    theirs = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
    nn.init.normal_(theirs.in_proj_bias)
    nn.init.normal_(theirs.out_proj.bias)
    ours = MultiHeadAttention(d_model, n_heads)
    weights, biases = theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3)
    for layer, weight, bias in zip((ours.to_query, ours.to_key, ours.to_value), weights, biases, strict=True):
        layer.load_state_dict({"weight": weight, "bias": bias})
    ours.to_output.load_state_dict(theirs.out_proj.state_dict())
    return theirs, ours


@pytest.mark.parametrize("n_heads", [1, 2, 6])
@pytest.mark.parametrize("masked", [False, True])
def test_multi_head_attention_equals_that_of_pytorch(n_heads, masked):
    torch.manual_seed(0)
    theirs, ours = copy_of_pytorch(12, n_heads)
    x = torch.randn(2, 5, 12)
    may_attend = causal_mask(5) if masked else None
    expected, _ = theirs(x, x, x, attn_mask=None if may_attend is None else ~may_attend)
    assert_close(ours(x, may_attend), expected)


def test_multi_head_attention_equals_that_of_pytorch_on_padded_sequences():
    torch.manual_seed(0)
    theirs, ours = copy_of_pytorch(12, 3)
    x, may_attend = torch.randn(2, 5, 12), padding_mask(torch.tensor([5, 2]), 5)
    expected, _ = theirs(x, x, x, key_padding_mask=~may_attend[:, 0, 0])
    assert_close(ours(x, may_attend), expected)


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
def test_grouped_queries_equal_the_full_layer_with_repeated_kv_heads(n_kv_heads):
    torch.manual_seed(0)
    grouped = MultiHeadAttention(16, 4, n_kv_heads, rotary=Rotary(4))
    full = MultiHeadAttention(16, 4, rotary=Rotary(4))
    for name in ("to_query", "to_output"):
        getattr(full, name).load_state_dict(getattr(grouped, name).state_dict())
    for name in ("to_key", "to_value"):
        layer = getattr(grouped, name)
        per_head = layer.weight.view(n_kv_heads, 4, 16).repeat_interleave(4 // n_kv_heads, dim=0)
        bias = layer.bias.view(n_kv_heads, 4).repeat_interleave(4 // n_kv_heads, dim=0)
        getattr(full, name).load_state_dict({"weight": per_head.flatten(0, 1), "bias": bias.flatten()})
    x = torch.randn(2, 5, 16)
    assert_close(grouped(x, causal_mask(5)), full(x, causal_mask(5)))


def test_a_hook_on_attend_is_enough_to_know_the_weights():
    torch.manual_seed(0)
    layer = MultiHeadAttention(8, 4, n_kv_heads=2)
    seen = []
    layer.attend.register_forward_hook(lambda module, inputs, output: seen.append((inputs, output)))
    layer(torch.randn(2, 5, 8), causal_mask(5))
    (query, key, value, may_attend), output = seen[0]
    key, value = repeat_kv_heads(key, 4), repeat_kv_heads(value, 4)
    assert_close(scaled_dot_product_attention(query, key, value, may_attend)[0], output)


def test_an_empty_text_gives_nothing():
    assert MultiHeadAttention(8, 2)(torch.zeros(2, 0, 8)).shape == (2, 0, 8)


# --- Errors: what a reader meets ---

ZEROS = torch.zeros(2, 3, 5, 4)  # (batch, head, position, d_head)
FOUR_HEADS = torch.zeros(2, 4, 5, 4)
ZERO = ZEROS[0, 0]  # (position, d_head)
WRONG_CALLS = {
    "d_head": (ValueError, r"\(5, 4\).*\(5, 3\).*d_head", lambda: attention_scores(ZERO, ZERO[:, :3])),
    "leading": (ValueError, r"\(2, 3, 5, 4\).*\(2, 1, 5, 4\)", lambda: attention_scores(ZEROS, ZEROS[:, :1])),
    "one axis": (ValueError, r"\(4,\).*\(5, 4\).*at least", lambda: attention_scores(ZERO[0], ZERO)),
    "integers": (TypeError, r"int64.*floating", lambda: attention_scores(ZEROS.long(), ZEROS.long())),
    "two dtypes": (TypeError, r"float32.*float64", lambda: fast_attention(ZEROS, ZEROS.double(), ZEROS)),
    "value dtype": (TypeError, r"float32.*float64", lambda: fast_attention(ZEROS, ZEROS, ZEROS.double())),
    "value": (ValueError, r"\(5, 4\).*\(3, 4\)", lambda: fast_attention(ZERO, ZERO, ZERO[:3])),
    "mask of 0 and 1": (
        TypeError,
        r"may_attend is boolean \(True = may attend\).*int64.*bool\(\)",
        lambda: scaled_dot_product_attention(ZEROS, ZEROS, ZEROS, torch.ones(5, 5).long()),
    ),
    "additive mask": (
        TypeError,
        r"may_attend is boolean.*float32.*mask == 0",
        lambda: fast_attention(ZEROS, ZEROS, ZEROS, torch.zeros(5, 5)),
    ),
    "mask shape": (
        ValueError,
        r"\(5, 4\).*\(2, 3, 5, 5\)",
        lambda: fast_attention(ZEROS, ZEROS, ZEROS, torch.ones(5, 4).bool()),
    ),
    "mask without a head axis": (
        ValueError,
        r"\(1, 5, 5\).*\(2, 3, 5, 5\)",
        lambda: scaled_dot_product_attention(ZEROS, ZEROS, ZEROS, torch.ones(1, 5, 5).bool()),
    ),
    "mask of keys only": (
        ValueError,
        r"\(5,\).*padding_mask",
        lambda: fast_attention(ZEROS, ZEROS, ZEROS, torch.ones(5).bool()),
    ),
    "heads": (ValueError, r"d_model=10.*n_heads=3", lambda: MultiHeadAttention(10, 3)),
    "no heads": (ValueError, r"n_heads=0", lambda: MultiHeadAttention(10, 0)),
    "kv heads": (ValueError, r"n_heads=4.*n_kv_heads=3", lambda: MultiHeadAttention(8, 4, 3)),
    "kv heads of a tensor": (
        ValueError,
        r"n_heads=4.*3 kv heads",
        lambda: Attend()(FOUR_HEADS, ZEROS, ZEROS),
    ),
    "split": (ValueError, r"4.*n_heads=3", lambda: split_heads(ZEROS[0], 3)),
    "split axes": (ValueError, r"\(5, 4\).*three axes", lambda: split_heads(ZERO, 2)),
    "merge axes": (ValueError, r"\(5, 4\).*four axes", lambda: merge_heads(ZERO)),
    "d_model": (ValueError, r"4 numbers.*d_model=8", lambda: MultiHeadAttention(8, 2)(ZEROS[0])),
    "no batch": (ValueError, r"\(5, 4\).*batch", lambda: MultiHeadAttention(4, 2)(ZERO)),
    "more queries than keys": (ValueError, r"n_query=3.*n_key=2", lambda: causal_mask(3, 2)),
    "window": (ValueError, r"window is 0", lambda: sliding_window_mask(3, 0)),
    "lengths": (ValueError, r"\[2, 9\].*n_key=4", lambda: padding_mask(torch.tensor([2, 9]), 4)),
    "lengths of two axes": (ValueError, r"\(1, 2\).*one axis", lambda: padding_mask(torch.tensor([[2, 3]]), 4)),
    "a mask for lengths": (TypeError, r"bool.*is_real", lambda: padding_mask(torch.tensor([True, False]), 4)),
    "lengths of floats": (TypeError, r"float32.*integers", lambda: padding_mask(torch.tensor([2.0]), 4)),
    "split into none": (ValueError, r"4 numbers.*n_heads=0", lambda: split_heads(ZEROS[0], 0)),
    "split into less than none": (ValueError, r"4 numbers.*n_heads=-2", lambda: split_heads(ZEROS[0], -2)),
    "fewer values than keys": (
        ValueError,
        r"\(2, 2, 5, 4\).*\(2, 1, 5, 4\)",
        lambda: Attend()(FOUR_HEADS, FOUR_HEADS[:, :2], FOUR_HEADS[:, :1]),
    ),
    "vectors of doubles": (TypeError, r"float64.*float32", lambda: MultiHeadAttention(4, 2)(ZEROS[0].double())),
    "vectors of integers": (TypeError, r"int64.*float32", lambda: MultiHeadAttention(4, 2)(ZEROS[0].long())),
    "vectors of halves": (TypeError, r"float16.*float32", lambda: MultiHeadAttention(4, 2)(ZEROS[0].half())),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_is_told_what_disagrees(name, as_a_reader):
    error, message, call = WRONG_CALLS[name]
    with pytest.raises(error, match=message):
        call()
