"""Early stopping chooses by validation alone, whatever the test says."""

from itertools import product
from math import exp

from lmkit.experiments import recorded
from lmkit.experiments.overfitting import CAPACITIES, CURES, DECAYS, LABELS, SEEDS, STEPS, outcomes, stopped
from lmkit.learning.evaluation import wilson
from lmkit.learning.training import TrainingConfig
from lmkit.learning.training.optimizer import learning_rate


def curve(*points):
    keys = ("step", "valid_loss", "valid_right", "test_right")
    return [dict(zip(keys, point, strict=True)) for point in points]


def test_it_stops_at_the_lowest_loss_or_at_the_most_right_answers_on_validation():
    found = curve((0, 0.7, 50, 99), (30, 0.6, 60, 110), (60, 0.9, 80, 100), (90, 1.2, 80, 150))
    assert stopped(found, "loss")["step"] == 30
    assert stopped(found, "answers")["step"] == 60  # the first of equals


def test_outcomes_are_the_ends_of_the_runs_and_those_of_early_stopping_and_no_loss_is_missing():
    results = recorded("overfitting")["results"]
    for capacity, labels in product(CAPACITIES, LABELS):
        found = outcomes(results, capacity, labels)
        assert len(found) == len(CURES) + 2 + (capacity == "tiny")
        for cure, at in found.items():
            assert len(at) == len(SEEDS) and all(end["train_loss"] is not None for end in at)
            assert cure.startswith("stopped") or all(end["step"] == STEPS for end in at)
        assert round(sum(end["test_right"] for end in found["nothing"]) / 3) == ends(capacity, labels, "none")
        for by in ("loss", "answers"):
            mean = sum(end["test_right"] for end in found[f"stopped by {by}"]) / 3
            assert round(mean) == ends(capacity, labels, f"stopped by {by}")


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


def ends(capacity, labels, cure):
    """Count the right answers on the test at the end, as a mean of the draws; a cure "stopped by" reads "none"."""
    by = cure.removeprefix("stopped by ")
    curves = [
        run["curve"]
        for run in recorded("overfitting")["results"]["runs"]
        if (run["capacity"], run["labels"], run["cure"]) == (capacity, labels, cure if by == cure else "none")
    ]
    last = [curve[-1] if by == cure else stopped(curve, by) for curve in curves]
    return round(sum(at["test_right"] for at in last) / len(last))


def test_the_chapter_says_which_cures_part_from_none():
    """Only pretrained weights help; stopping by the loss harms with 50 labels, a strong decay where there are more."""
    n = recorded("overfitting")["results"]["test"]
    for capacity, labels in product(CAPACITIES, LABELS):
        low, high = wilson(ends(capacity, labels, "none"), n)
        cures = [*CURES[1:], "stopped by loss", "stopped by answers"]
        cures += ["pretrained"] * (capacity == "tiny")
        intervals = {cure: wilson(ends(capacity, labels, cure), n) for cure in cures}
        better = [cure for cure, (its_low, _) in intervals.items() if its_low > high]
        worse = [cure for cure, (_, its_high) in intervals.items() if its_high < low]
        assert better == ["pretrained"] * (capacity == "tiny")
        strong = ["weight decay 30"] * ((capacity, labels) == ("tiny", 200))
        assert worse == strong + ["stopped by loss"] * (labels == 50)


def test_from_pretrained_weights_the_loss_on_others_rises_again_with_50_labels():
    for run in recorded("overfitting")["results"]["runs"]:
        if (run["cure"], run["labels"]) == ("pretrained", 50):
            assert run["curve"][-1]["train_loss"] < 0.005
            assert run["curve"][-1]["valid_loss"] > 1.1 * stopped(run["curve"], "loss")["valid_loss"]


def test_augmentation_is_ahead_everywhere_by_three_to_eight_points():
    n = recorded("overfitting")["results"]["test"]
    for capacity, labels in product(CAPACITIES, LABELS):
        gain = (ends(capacity, labels, "4 swapped copies") - ends(capacity, labels, "none")) / n
        assert 0.03 <= gain <= 0.08


def test_the_decays_shrink_an_idle_weight_to_a_half_and_to_nothing():
    config = TrainingConfig(steps=STEPS, learning_rate=2e-3, warmup_steps=10)
    whole = sum(learning_rate(step, config) for step in range(STEPS))
    halved, gone = (exp(-decay * whole) for decay in DECAYS.values())
    assert 0.4 < halved < 0.6 and gone < 0.01


def test_from_nothing_tiny_is_ahead_of_counting_words_with_200_labels_and_the_intervals_just_overlap():
    results = recorded("overfitting")["results"]
    n, nothing = results["test"], ends("tiny", 200, "none")
    words = round(sum(results["bag of words"]["200"]) / 3)
    assert [f"{100 * right / n:.0f}" for right in (nothing, words)] == ["88", "78"]
    assert 0 < wilson(words, n)[1] - wilson(nothing, n)[0] < 0.02
