"""Another attention map says the same, where there is one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.inside.other_maps import another


def draws(seed):
    return torch.Generator().manual_seed(seed)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(2, 20))
def test_it_is_a_row_of_attention_that_mixes_the_same(seed, n):
    row = torch.randn(n, generator=draws(seed)).softmax(dim=0)
    values = torch.randn(n, 4, generator=draws(seed + 1))
    other = another(row, values)
    assert (other >= 0).all()
    assert_close(other.sum(), torch.tensor(1.0))
    assert_close(other @ values, row @ values, atol=1e-5, rtol=1e-4)
    assert other[row.argmax()] <= row.max() + 1e-6


def test_keys_with_equal_values_can_trade_all_their_attention():
    values = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert_close(another(torch.tensor([0.7, 0.1, 0.2]), values), torch.tensor([0.0, 0.8, 0.2]))


def test_a_row_that_looks_at_a_corner_alone_has_no_other():
    values = torch.tensor([[4.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    assert_close(another(torch.tensor([1.0, 0.0, 0.0, 0.0]), values), torch.tensor([1.0, 0.0, 0.0, 0.0]))


def test_what_is_no_share_is_refused():
    for row in ([0.5, 0.6], [1.5, -0.5]):
        with pytest.raises(ValueError, match="sums to"):
            another(torch.tensor(row), torch.eye(2))
