"""Pairs are told apart by the length of their names, and every pair is asked of both models."""

import pytest

from lmkit import load
from lmkit.experiments import lengths
from lmkit.text.storyworld import Pair


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [(" Anna", " Tom", "equal"), (" Zolmirk", " Tom", "right longer"), (" Anna", " Zolmirk", "wrong longer")],
)
def test_a_pair_is_of_the_kind_that_its_names_say(right, wrong, kind):
    assert lengths.kind(Pair("Who has the kite?", right, wrong, {}), load("book")) == kind


def test_every_pair_is_counted_once_and_asked_of_both_models(monkeypatch):
    monkeypatch.setattr(lengths, "N_PAIRS", 12)
    found = lengths.run()
    assert sum(found["pairs"].values()) == 12
    for model in ("book", "book-masked"):
        assert all(right <= found["pairs"][kind] for kind, right in found[model].items())
        assert sum(found[model].values()) >= 6  # both know more than a coin
