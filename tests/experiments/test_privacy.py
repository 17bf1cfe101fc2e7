"""What the chapter on privacy says of its recorded runs."""

import math
from statistics import mean

import pytest

from lmkit.experiments import canaries as experiment
from lmkit.experiments import deduplication, membership, private, recorded
from lmkit.experiments.shown import privacy as shown

RUNS = {name: recorded(name)["results"] for name in ("canaries", "membership", "deduplication", "private")}
FOUND, MEMBERS, CLEANED, PAID = RUNS.values()
FULL, LORA = (shown.runs_of(FOUND, way) for way in ("full", "LoRA"))
LUCK = 1 / math.log(2)


def test_what_is_recorded_is_what_the_experiments_do_now():
    assert (FOUND["stories"], FOUND["steps"], FOUND["batch"]) == (experiment.N_STORIES, experiment.STEPS, 16)
    for runs in (FULL, LORA, *(shown.runs_of(CLEANED, way) for way in deduplication.WAYS)):
        assert [run["seed"] for run in runs] == [0, 1, 2]
        assert all({n: len(g["ranks"]) for n, g in run["groups"].items()} == experiment.OF_EACH for run in runs)
    assert (MEMBERS["members"], MEMBERS["others"]) == (membership.N, membership.N_OTHERS)
    assert (PAID["delta"], PAID["share"], PAID["steps"], PAID["clip"]) == (
        private.DELTA, private.SHARE, private.STEPS, private.CLIP,
    )


def test_what_a_model_tells_is_what_it_finds_most_probable_or_nearly():
    for run in (*FULL, *LORA):
        for group in run["groups"].values():
            assert all(rank <= 10 for rank, told in zip(group["ranks"], group["told"], strict=True) if told)


def test_codes_in_32_stories_and_more_are_told_and_codes_in_8_and_fewer_never():
    for group in ("32", "64"):
        n_told, n = shown.told(FULL, group)
        assert n_told == n >= 6
    assert all(shown.told(FULL, group)[0] == 0 for group in ("0", "1", "2", "4", "8"))
    assert 0 < shown.told(FULL, "16")[0] < shown.told(FULL, "16")[1]


def test_codes_in_8_stories_are_exposed_beyond_luck_and_codes_in_one_are_not_shown_to_be():
    assert shown.interval(shown.exposures(FULL, "8"))[0] > LUCK
    assert shown.interval(shown.exposures(FULL, "1"))[0] < LUCK
    assert shown.interval(shown.exposures(FULL, "0"))[0] < LUCK
    assert shown.interval(shown.exposures(FULL, "varied"))[0] > LUCK
    assert mean(shown.exposures(FULL, "varied")) < mean(shown.exposures(FULL, "16"))


def test_at_the_same_loss_lora_exposes_less():
    assert all(shown.interval(shown.at_equal_loss(FOUND, number))[0] > 0 for number in (0, 1))


def attack(score, epochs, what):
    number = MEMBERS["epochs"].index(epochs)
    found = [run["after"][number][score] for run in MEMBERS["runs"]]
    return [each["area"] if what == "area" else each["found"]["0.01"] for each in found]


@pytest.mark.parametrize(("epochs", "what"), [(1, "area"), (4, "area"), (4, "found")])
def test_calibrated_finds_more_than_the_loss_alone(epochs, what):
    pairs = zip(attack("calibrated", epochs, what), attack("loss", epochs, what), strict=True)
    assert shown.interval([one - other for one, other in pairs])[0] > 0


def test_nothing_is_found_before_training_nor_among_members_alone():
    assert shown.interval(attack("loss", 0, "area"))[0] < 0.5 < shown.interval(attack("loss", 0, "area"))[1]
    for epochs in (1, 4, 16):
        low, high = shown.interval(attack("members against members", epochs, "area"))
        assert low < 0.5 < high


def test_after_16_epochs_nearly_every_member_is_found():
    assert min(attack("loss", 16, "found")) > 0.95


def test_cleaned_of_what_repeats_a_code_of_64_stories_is_exposed_no_more_than_luck_would():
    for way in deduplication.WAYS:
        runs = shown.runs_of(CLEANED, way)
        low, high = shown.interval(shown.exposures(runs, "64"))
        assert low < LUCK < high < shown.interval(shown.exposures(FULL, "64"))[0]
        assert all(run["whole texts that repeat"] == 0 for run in runs)


def test_what_is_said_in_many_ways_is_missed_letter_by_letter_and_then_exposed_more():
    exact, near = (shown.exposures(shown.runs_of(CLEANED, way), "varied") for way in deduplication.WAYS)
    more = [after - before for after, before in zip(exact, shown.exposures(FULL, "varied"), strict=True)]
    assert shown.interval(more)[0] > 0
    assert shown.interval(near)[1] < shown.interval(exact)[0]
    assert shown.told(shown.runs_of(CLEANED, "letter by letter"), "varied") == (1, 9)


def test_cleaning_costs_few_harmless_sentences_and_no_loss():
    for way, most in (("letter by letter", 0.01), ("nearly", 0.06)):
        runs = shown.runs_of(CLEANED, way)
        for run in runs:
            gone = {what: run["sentences"][what] - run["left"][what] for what in ("all", "with a code")}
            assert 0 < gone["all"] - gone["with a code"] < most * run["sentences"]["all"]
        before = mean(run["on the way"][-1]["fresh loss"] for run in FULL)
        assert mean(run["fresh loss"] for run in runs) < before


def test_clipping_alone_helps_nothing_and_noise_costs_nearly_all_that_was_learned():
    plain, clipped, eight, two = (shown.runs_of(PAID, way) for way in private.WAYS)
    assert shown.told(plain, "64") == shown.told(clipped, "64") == (6, 6)
    losses = [[run["fresh loss"] for run in runs] for runs in (plain, clipped, eight, two)]
    before = PAID["fresh loss before"]
    learned = [before - mean(each) for each in losses]
    assert 0.9 < learned[1] / learned[0] < 1.1
    assert 0.1 < learned[2] / learned[0] < 0.25
    assert shown.interval(losses[3])[0] > before
    assert 1.2 < mean(run["cpu seconds"] for run in eight) / mean(run["cpu seconds"] for run in plain) < 1.6


def test_with_noise_no_code_is_told_and_only_what_many_stories_hold_is_shown_to_be_exposed():
    for way in ("epsilon 8", "epsilon 2"):
        runs = shown.runs_of(PAID, way)
        assert not any(any(group["told"]) for run in runs for group in run["groups"].values())
        assert shown.interval(shown.exposures(runs, "16"))[0] < LUCK
        assert shown.interval(shown.exposures(runs, "64"))[0] > LUCK
        assert PAID["spent"][way]["prv"] < float(way.split()[1]) < PAID["spent"][way]["rdp"]


@pytest.mark.parametrize("name", ["canaries", "members", "cleaned", "left out", "private", "equal"])
def test_a_table_fits_the_page(name):
    tables = {
        "canaries": shown.canaries(FOUND),
        "members": shown.membership(MEMBERS),
        "cleaned": shown.deduplication(FOUND, CLEANED),
        "left out": shown.left_out(CLEANED),
        "private": shown.private(PAID),
        "equal": shown.equal_loss(FOUND),
    }
    lines = tables[name].splitlines()
    assert len(lines) > 2 and all(len(line) <= 84 for line in lines)


def test_an_interval_is_that_of_three_seeds():
    assert shown.interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 4.303 / 3**0.5, 2 + 4.303 / 3**0.5))
    with pytest.raises(ValueError, match="2 values"):
        shown.interval([1.0, 2.0])
