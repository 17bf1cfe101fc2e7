"""What the chapter on security says of the recorded attacks on classifiers, and of the defences."""

from statistics import mean

import pytest

from lmkit.experiments import attacks as experiment
from lmkit.experiments import recorded
from lmkit.experiments.shown import security as shown
from lmkit.experiments.shown.privacy import interval

FOUND = recorded("attacks")["results"]
RUNS = FOUND["runs"]


def stopped(way, what):
    """The share of the successes on the model before that a way to train on takes away, seed by seed."""
    before = shown.of_victims(FOUND, "small", "neutral")
    if what == "old texts":
        return [1 - share for share in shown.after(FOUND, way, what)]
    return [1 - after / early for after, early in zip(shown.after(FOUND, way, what), before, strict=True)]


def test_what_is_recorded_is_what_the_experiment_does_now():
    assert [run["seed"] for run in RUNS] == list(experiment.SEEDS)
    names = ("labels", "copies", "test", "attacked", "steps", "more", "most")
    now = ("LABELS", "COPIES", "TEST", "ATTACKED", "STEPS", "MORE", "MOST")
    assert [FOUND[name] for name in names] == [getattr(experiment, name) for name in now]
    assert all(set(run["after"]) == set(experiment.DEFENCES) for run in RUNS)


def test_every_attacked_text_is_a_story_with_the_same_ending():
    for run in RUNS:
        for counts in (*run["victims"].values(), *run["after"].values()):
            for attack in counts["attacks"].values():
                assert attack["true"] == counts["victims"] > 0
                assert sum(attack["by swaps"]) == attack["turned"]


def test_the_attack_turns_more_than_as_many_swaps_by_lot_and_those_more_than_one_trial():
    for name in ("small", "bag of words"):
        greedy, often, once = (shown.of_victims(FOUND, name, way) for way in ("neutral", "as often", "once"))
        assert all(a > b > c for a, b, c in zip(greedy, often, once, strict=True))
        assert interval([a - b for a, b in zip(greedy, often, strict=True)])[0] > 0


def test_the_less_a_model_has_read_the_more_is_turned():
    shares = {name: mean(shown.of_victims(FOUND, name, "neutral")) for name in shown.VICTIMS}
    assert shares["pretrained"] < shares["tiny's shape"] < shares["small"] < shares["bag of words"]
    assert shares["pretrained"] < 0.05


def test_most_that_is_turned_on_the_small_model_is_turned_by_a_single_swap():
    for run in RUNS:
        attack = run["victims"]["small"]["attacks"]["neutral"]
        assert attack["by swaps"][0] > attack["turned"] / 2


def test_few_texts_that_turn_one_model_turn_another():
    for target in ("tiny's shape", "pretrained", "bag of words", "small, another seed"):
        turned, known = shown.passed_on(FOUND, "small", target)
        assert known > 80 and turned < 0.25 * known
    turned, known = shown.passed_on(FOUND, "bag of words", "pretrained")
    assert known > 100 and turned < 0.05 * known


@pytest.mark.parametrize("way", experiment.DEFENCES)
def test_a_defence_looks_better_on_the_old_texts_than_it_is(way):
    old, anew = stopped(way, "old texts"), stopped(way, "neutral")
    assert all(a > b for a, b in zip(old, anew, strict=True))


def test_attacked_stories_help_more_than_swaps_by_lot_and_those_more_than_more_steps():
    means = [mean(shown.after(FOUND, way, "neutral")) for way in experiment.DEFENCES]
    assert means[0] > means[1] > means[2] > 0.05
    kept = [mean(shown.after(FOUND, way, "under both")) for way in experiment.DEFENCES]
    assert kept[0] < kept[1] < kept[2]


def test_here_the_defence_costs_no_clean_accuracy():
    clean = [mean(shown.after(FOUND, way, "right")) for way in experiment.DEFENCES]
    before = mean(run["victims"]["small"]["right"] / FOUND["test"] for run in RUNS)
    assert before < clean[0] < clean[2]
