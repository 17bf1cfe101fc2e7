"""A path carries what one head tells one other, and nothing else."""

import pytest
import torch
from torch.testing import assert_close

from lmkit.inside import interventions, paths
from lmkit.inside.interventions import means, values
from tests.inside.test_interventions import OTHER, TOKENS, make_model


@pytest.fixture(scope="module")
def model():
    """Two layers between which nothing stands: the first has a feed-forward network that writes nothing."""
    model = make_model().requires_grad_(False)
    model.blocks[0].feed_forward.write.weight.zero_()
    return model


def mixed(model, head, **changes):
    with interventions.changed(model, **changes):
        return values(model, TOKENS).mixed[1][..., 4 * head : 4 * head + 4]


@pytest.mark.parametrize("to", [None, "another", "mean"])
def test_where_it_is_the_only_way_the_path_into_all_three_sides_is_all_that_switching_off_changes(model, to):
    to = {None: None, "another": values(model, OTHER), "mean": means(model, [OTHER[0], TOKENS[0]])}[to]
    patch = paths.along(model, TOKENS, (0, 1), (1, 0), to=to)
    expected = mixed(model, 0, off={"heads": [(0, 1)]}, to=to)
    assert_close(patch.values, expected)
    assert not torch.allclose(patch.values, mixed(model, 0))


@pytest.mark.parametrize("sides", [["query"], ["key"], ["value"], []])
def test_to_its_own_values_a_path_changes_nothing_and_neither_does_no_side(model, sides):
    to = values(model, TOKENS) if sides else values(model, OTHER)
    patch = paths.along(model, TOKENS, (0, 0), (1, 1), sides, to=to)
    assert_close(patch.values, mixed(model, 1))


def test_a_feed_forward_network_is_heard_as_a_head_is():
    model = make_model().requires_grad_(False)
    network = model.blocks[0].feed_forward
    patch = paths.along(model, TOKENS, 0, (1, 0), to=values(model, OTHER))
    told = values(model, OTHER).feed_forward[0]
    with interventions.replaced({network: lambda _: told}):
        assert_close(patch.values, values(model, TOKENS).mixed[1][..., :4])


def test_into_values_alone_the_receiver_looks_where_it_looked_and_carries_something_else(model):
    seen = interventions.trace(model, TOKENS)
    other = values(model, OTHER)
    patch = paths.along(model, TOKENS, (0, 0), (1, 1), ["value"], to=other)
    with interventions.changed(model, off={"heads": [(0, 0)]}, to=other):
        carried = interventions.trace(model, TOKENS).values[1][:, 1]
    assert_close(patch.values, seen.attentions[1][:, 1] @ carried)


def test_the_other_heads_of_the_layer_hear_nothing(model):
    patch = paths.along(model, TOKENS, (0, 0), (1, 1), to=values(model, OTHER))
    assert_close(mixed(model, 0, patch=[patch]), mixed(model, 0))
    assert_close(mixed(model, 1, patch=[patch]), patch.values)


def test_a_path_back_into_no_side_or_to_a_text_of_another_length_is_refused(model):
    with pytest.raises(ValueError, match="later layer"):
        paths.along(model, TOKENS, (1, 0), (0, 1))
    with pytest.raises(ValueError, match="later layer"):
        paths.along(model, TOKENS, 1, (1, 1))
    with pytest.raises(ValueError, match="query, key, value"):
        paths.along(model, TOKENS, (0, 0), (1, 1), ["output"])
    with pytest.raises(ValueError, match="3 tokens"):
        paths.along(model, TOKENS, (0, 0), (1, 1), to=values(model, OTHER[:, :3]))
