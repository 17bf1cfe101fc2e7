"""Early stopping chooses by validation alone, whatever the test says."""

from lmkit.experiments import recorded
from lmkit.experiments.overfitting import CAPACITIES, CURES, LABELS, SEEDS, stopped


def curve(*points):
    keys = ("step", "valid_loss", "valid_right", "test_right")
    return [dict(zip(keys, point, strict=True)) for point in points]


def test_it_stops_at_the_lowest_loss_or_at_the_most_right_answers_on_validation():
    found = curve((0, 0.7, 50, 99), (30, 0.6, 60, 110), (60, 0.9, 80, 100), (90, 1.2, 80, 150))
    assert stopped(found, "loss")["step"] == 30
    assert stopped(found, "answers")["step"] == 60  # the first of equals


def test_what_the_test_says_changes_nothing():
    found = curve((0, 0.7, 50, 0), (30, 0.6, 60, 0), (60, 0.9, 80, 0))
    other = [point | {"test_right": 200 - point["step"]} for point in found]
    for by in ("loss", "answers"):
        assert stopped(found, by)["step"] == stopped(other, by)["step"]


def test_everything_is_crossed():
    """Each size with each number of labels and each cure, on each draw, once."""
    runs = recorded("overfitting")["results"]["runs"]
    plans = [(run["capacity"], run["labels"], run["cure"], run["seed"]) for run in runs]
    crossed = {(c, n, cure, seed) for c in CAPACITIES for n in LABELS for cure in CURES for seed in SEEDS}
    assert len(set(plans)) == len(plans) and crossed <= set(plans)
