"""Erasure: what a projection takes, what it leaves, and what a linear probe finds afterwards."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

import lmkit
from lmkit.inside import erasure
from lmkit.inside.tracing import trace


@pytest.fixture
def two_groups():
    """Streams that are stretched and turned, and two groups that differ in their means, and in one more thing."""
    draws = torch.Generator().manual_seed(0)
    group = torch.arange(400) % 2 == 0
    streams = torch.randn(400, 6, generator=draws) @ torch.randn(6, 6, generator=draws)
    return streams + group[:, None] * torch.tensor([2.0, 0, 1, 0, 0, 0]), group


def linear(streams, group):
    return LogisticRegression(C=100, max_iter=5000).fit(streams, group).score(streams, group)


def test_nothing_is_left_along_the_direction_and_the_rest_stays(two_groups):
    streams, group = two_groups
    u = erasure.mean_difference(streams, group)
    assert u.norm() == pytest.approx(1, abs=1e-6)
    cleaned = erasure.along(3 * u)(streams)
    assert (cleaned @ u).abs().max() < 1e-4
    torch.testing.assert_close(cleaned + (streams @ u)[:, None] * u, streams)
    torch.testing.assert_close(erasure.along(u)(cleaned), cleaned, atol=1e-5, rtol=0)


def test_after_either_eraser_no_linear_probe_is_better_than_a_coin_where_it_was_fitted(two_groups):
    """Groups with one mean are what no linear probe can tell apart (Belrose et al. 2023, section 3)."""
    streams, group = two_groups
    by_leace = erasure.leace(streams, group)(streams)
    by_mean = erasure.along(erasure.mean_difference(streams, group))(streams)
    assert linear(streams, group) > 0.75
    assert max(linear(by_leace, group), linear(by_mean, group)) < 0.56


def test_after_leace_group_and_stream_do_not_covary(two_groups):
    streams, group = two_groups
    cleaned = erasure.leace(streams, group)(streams)
    apart = cleaned[group].mean(dim=0) - cleaned[~group].mean(dim=0)
    assert apart.abs().max() < 1e-4


def test_leace_changes_streams_less_than_any_other_eraser_of_its_kind_that_we_try(two_groups):
    """Of all after which the groups have one mean; measured in the spread of the streams (Belrose et al. 2023)."""
    streams, group = two_groups
    centered = (streams - streams.mean(dim=0)).double()
    precision = torch.linalg.inv(centered.T @ centered / len(streams))

    def change(eraser):
        moved = (eraser(streams) - streams).double()
        return ((moved @ precision) * moved).sum(dim=1).mean()

    about = streams.mean(dim=0)
    by_mean = erasure.along(erasure.mean_difference(streams, group))
    assert change(erasure.leace(streams, group)) < change(lambda x: about + by_mean(x - about))


def test_an_eraser_acts_before_its_block_while_the_block_of_code_lasts():
    tiny = lmkit.load("tiny")
    tokens = tiny.encode("Zoe lived in Elmby.")
    whole = trace(tiny.model, tokens)
    u = torch.randn(64, generator=torch.Generator().manual_seed(0))
    with erasure.erased(tiny.model, [None, erasure.along(u), None, None]):
        changed = trace(tiny.model, tokens)
    assert torch.equal(changed.attentions[0], whole.attentions[0])
    assert not torch.equal(changed.attentions[1], whole.attentions[1])
    assert torch.equal(trace(tiny.model, tokens).logits, whole.logits)
    with pytest.raises(ValueError, match="1 erasers and 4 blocks"), erasure.erased(tiny.model, [None]):
        pass


def test_groups_that_do_not_differ_have_no_direction():
    with pytest.raises(ValueError, match="all texts are of one group"):
        erasure.mean_difference(torch.ones(3, 2), torch.tensor([True] * 3))
    with pytest.raises(ValueError, match="means of the two groups are the same"):
        erasure.leace(torch.ones(4, 2), torch.tensor([True, False, True, False]))
