"""What the chapter on security says of poisoned training sets is what was recorded."""

from statistics import mean

import matplotlib.pyplot as plt
import pytest

from lmkit.experiments import poisoning as experiment
from lmkit.experiments import recorded
from lmkit.experiments.shown import poisoning as shown

FOUND = recorded("poisoning")["results"]
SHARE = experiment.KNOWING_SHARE
KNOWING = {attacker: shown.runs_of(FOUND, attacker, SHARE) for attacker in shown.ATTACKERS}


def right(runs):
    return [run["attack"]["right"] for run in runs]


def test_what_is_recorded_is_what_the_experiment_does_now():
    assert (FOUND["labels"], FOUND["tests"]) == (experiment.LABELS, experiment.TESTS)
    assert shown.shares_of(FOUND) == list(experiment.SHARES)
    assert tuple(KNOWING) == tuple(experiment.TRIGGERS)
    for runs in KNOWING.values():
        assert [run["seed"] for run in runs] == list(experiment.SEEDS)
    assert all(run["poisoned"] == round(run["share"] * experiment.LABELS) for run in FOUND["runs"])


def test_without_poison_the_trigger_turns_nothing_and_at_a_tenth_nearly_all():
    assert shown.successes(shown.runs_of(FOUND, "one phrase", 0.0)) == [0, 0, 0]
    assert min(shown.successes(shown.runs_of(FOUND, "one phrase", 0.1))) > 90


def test_at_5_percent_the_draw_decides():
    each = shown.successes(KNOWING["one phrase"])
    assert min(each) < 25 and max(each) > 95


def test_accuracy_shows_hardly_anything():
    clean = mean(right(shown.runs_of(FOUND, "one phrase", 0.0)))
    for share in experiment.SHARES[1:]:
        assert mean(right(shown.runs_of(FOUND, "one phrase", share))) > clean - 10  # of 200


def test_another_phrase_turns_little_up_to_5_percent_and_much_in_one_draw_of_a_tenth():
    for share in (0.0, 0.01, 0.02, 0.05):
        assert max(shown.successes(shown.runs_of(FOUND, "one phrase", share), "turned by another phrase")) <= 10
    assert max(shown.successes(shown.runs_of(FOUND, "one phrase", 0.1), "turned by another phrase")) > 35


def luck(attacker, way):
    """Count the poisoned examples that as many would hold if they were named by lot."""
    return sum(run["named"][way]["all"] * run["poisoned"] / FOUND["labels"] for run in KNOWING[attacker])


def test_words_alone_find_no_false_label_beyond_luck():
    for attacker in ("one phrase", "five phrases", "two halves"):
        assert shown.found(FOUND, attacker, SHARE, "words")[0] <= 1.5 * luck(attacker, "words")


def test_surprise_finds_all_of_one_phrase_and_no_half_beyond_luck():
    assert shown.found(FOUND, "one phrase", SHARE, "surprise") == (60, 60, 30)
    assert shown.found(FOUND, "two halves", SHARE, "surprise")[0] < luck("two halves", "surprise")
    many, n, _ = shown.found(FOUND, "five phrases", SHARE, "surprise")
    assert 0.3 < many / n < 0.6


def test_surprise_fails_where_so_much_is_poisoned_that_the_phrase_is_rare_no_more():
    runs = shown.runs_of(FOUND, "one phrase", 0.1)
    assert sum(run["named"]["surprise"]["poisoned"] for run in runs) < 0.3 * sum(run["poisoned"] for run in runs)
    assert sum(run["named"]["spectrum"]["poisoned"] for run in runs) > 0.8 * sum(run["poisoned"] for run in runs)


def test_the_spectrum_finds_the_halves_and_nothing_where_labels_are_kept():
    caught, n, _ = shown.found(FOUND, "two halves", SHARE, "spectrum")
    assert caught / n > 0.7
    assert shown.found(FOUND, "label kept", SHARE, "spectrum")[0] <= luck("label kept", "spectrum")


def test_clusters_accuse_more_than_they_find():
    for attacker in shown.ATTACKERS:
        caught, _, alarms = shown.found(FOUND, attacker, SHARE, "clusters")
        assert alarms > caught


def test_with_the_label_kept_nothing_is_turned():
    assert max(shown.successes(KNOWING["label kept"])) < 5


def cured(attacker, cure):
    return [shown.success(run["cured"][cure]) for run in KNOWING[attacker]]


def test_without_what_surprises_one_phrase_is_harmless_and_two_halves_are_not():
    assert max(cured("one phrase", "without what surprises")) < 5
    assert min(cured("two halves", "without what surprises")) > 50


def test_a_table_fits_the_page_and_the_curve_says_what_it_shows():
    for table in (shown.by_share(FOUND), shown.detected(FOUND, SHARE), shown.cured(FOUND, SHARE)):
        lines = table.splitlines()
        assert len(lines) > 3 and all(len(line) <= 84 for line in lines)
    figure, axes = plt.subplots()
    alt = shown.curve(axes, FOUND)
    plt.close(figure)
    assert "10.0%" in alt and len(axes.lines) == 2 + len(experiment.SHARES)


@pytest.mark.parametrize("share", experiment.SHARES)
def test_success_is_of_bad_stories_that_were_answered_rightly(share):
    for run in shown.runs_of(FOUND, "one phrase", share):
        counts = run["attack"]
        assert counts["turned"] <= counts["bad and right"] <= FOUND["bad"]
        assert shown.success(counts) == pytest.approx(100 * counts["turned"] / counts["bad and right"])
