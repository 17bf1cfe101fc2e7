"""A probe finds what lies on a line; its control says whether it would have found anything."""

import pytest
import torch

from lmkit.inside import probing


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def words(n, n_types, width):
    """Vectors that say which type a word is and nothing else, and the types."""
    types = torch.randint(n_types, (n,), generator=draws())
    table = torch.randn(n_types, width, generator=draws(1))
    return table[types], types.tolist()


def test_what_lies_on_a_line_is_found_and_what_is_not_there_is_not():
    x = torch.randn(400, 8, generator=draws())
    told = (x[:, 0] + x[:, 3] > 0).long().tolist()
    by_chance = torch.randint(2, (400,), generator=draws(1)).tolist()
    assert probing.accuracy(x, told, 200) > 0.9
    assert probing.accuracy(x, by_chance, 200) < 0.65


def test_with_few_types_a_probe_learns_any_labels_by_heart_and_selects_nothing():
    x, types = words(600, n_types=12, width=32)
    labels = [one % 2 for one in types]
    found = probing.probe(x, labels, types, 300, draws(2))
    assert found.task > 0.95 and found.control > 0.95
    assert found.selectivity == found.task - found.control


def test_a_control_gives_each_type_one_label_of_the_task():
    types, labels = list("abcabcaadd"), [0, 2, 0, 2, 2, 0, 0, 0, 2, 0]
    found = probing.control(types, labels, draws())
    assert len(set(zip(types, found, strict=True))) == len(set(types))
    assert set(found) <= set(labels)


def test_labels_that_do_not_fit_are_refused():
    x = torch.randn(6, 2)
    for labels, n_fit in (([0, 1, 0], 3), ([0, 1] * 3, 6), ([0, 0, 0, 1, 1, 1], 3)):
        with pytest.raises(ValueError, match="a label for each"):
            probing.accuracy(x, labels, n_fit)
