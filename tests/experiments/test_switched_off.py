"""What the chapter on reading heads says of heads that are switched off, and of paths, is what was recorded."""

import pytest
import torch

from lmkit.experiments import recorded
from lmkit.inside.heads import ranked

COPIER, GATHERER, IDLE = (2, 0), (1, 3), (2, 1)


@pytest.fixture(scope="module")
def found():
    return recorded("switched_off")["results"]


def rises(one, kind, way):
    """The mean rise of each head, and half of its interval."""
    return torch.tensor(one["rise"][kind][way]).unbind(dim=-1)


def test_the_head_that_looks_most_at_what_followed_is_the_same_on_both_sets_and_so_are_those_that_cost_most(found):
    for one in found.values():
        assert ranked(torch.tensor(one["induction"]))[:3] == [COPIER, IDLE, (3, 2)]
        for way in ("zero", "mean"):
            assert ranked(rises(one, "copies", way)[0])[:3] == [GATHERER, COPIER, (1, 0)]


def test_of_two_heads_of_one_layer_that_look_at_the_same_only_one_is_missed_alone(found):
    for one in found.values():
        assert torch.tensor(one["induction"])[IDLE] > 0.8
        for way in ("zero", "mean", "another story"):
            mean, reach = rises(one, "copies", way)
            assert mean[COPIER] - reach[COPIER] > 4 * (mean[IDLE] + reach[IDLE])


def test_the_head_that_copies_costs_more_at_copies_than_any_other_of_its_layer(found):
    for way in ("zero", "mean", "another story"):
        mean, reach = rises(found["proven"], "copies", way)
        others = [(2, head) for head in range(1, 4)]
        assert all(mean[COPIER] - reach[COPIER] > mean[head] + reach[head] for head in others)


def test_zero_and_mean_agree_in_this_model_and_another_story_costs_more(found):
    for one in found.values():
        for kind in ("all", "copies"):
            (zero, _), (mean, _), (other, _) = (rises(one, kind, way) for way in ("zero", "mean", "another story"))
            assert (zero - mean).abs().max() < 0.03
        assert (rises(one, "all", "another story")[0] > rises(one, "all", "mean")[0]).all()
        assert other[COPIER] > 2 * mean[COPIER]


def test_by_the_loss_over_all_tokens_nobody_would_find_the_head_that_copies(found):
    for one in found.values():
        assert ranked(rises(one, "all", "mean")[0]).index(COPIER) >= 3


# --- Paths. ---


@pytest.fixture(scope="module")
def paths():
    return recorded("paths")["results"]


def told_by(paths, side, sender):
    """By how much copies cost more, in each of three sets of stories, without what the sender says into that side."""
    return [rise[paths["senders"].index(sender)] for rise in paths["rise"][side]]


def test_the_head_that_copies_hears_one_head_most_in_its_queries_and_in_its_keys(paths):
    heads = [sender for sender in paths["senders"] if isinstance(sender, list) and sender != list(GATHERER)]
    for side in ("query", "key"):
        for other in heads:
            pairs = zip(told_by(paths, side, list(GATHERER)), told_by(paths, side, other), strict=True)
            assert all(mine > theirs for mine, theirs in pairs)
    assert max(told_by(paths, "value", list(GATHERER))) < 0.01


def test_what_it_carries_was_written_by_the_first_feed_forward_network(paths):
    assert min(told_by(paths, "value", 0)) > 1.5
    assert max(max(told_by(paths, "value", sender)) for sender in paths["senders"] if sender != 0) < 0.05


def test_the_path_that_we_expected_carries_nothing(paths):
    for side in ("query", "key", "value"):
        assert max(map(abs, told_by(paths, side, [0, 1]))) < 0.01


def test_the_head_that_is_heard_looks_at_the_pieces_of_the_name_so_far(paths):
    looks = torch.tensor(paths["looks"])
    assert ranked(looks)[0] == GATHERER and looks[GATHERER] > 0.6


def test_the_composition_scores_of_the_keys_do_not_tell_the_two_heads_apart_of_which_one_matters_more(paths):
    keys = torch.tensor(paths["composition"]["key"])[1]
    assert keys.topk(2).indices.tolist() == [3, 0] and keys[3] - keys[0] < 0.01
    assert (torch.tensor(paths["composition"]["key"])[0] < 0.105).all()  # by chance: 0.088


def test_who_has_the_kite_stands_at_the_name_of_the_taker_until_one_head_brings_it_to_the_end(paths):
    kite = paths["kite"]
    stream, taker = torch.tensor(kite["stream"]), kite["words"].index(" took") - 1
    assert stream.argmax(dim=1).tolist() == [taker, taker, taker, len(kite["words"]) - 1]
    assert (stream[:3, taker] > 1.3).all() and stream[3, taker] < 0.1
    heads = torch.tensor(kite["heads"])
    assert ranked(heads)[0] == COPIER and heads[COPIER] > 1.2
    assert heads.flatten().sort(descending=True).values[1] < 0.1
