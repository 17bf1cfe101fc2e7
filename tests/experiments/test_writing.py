"""What the chapter on writing says of recorded runs, held to the records; and that these count what they say."""

import pytest

from lmkit.experiments import drafting, knowing, recorded, writing
from lmkit.learning.evaluation import wilson


def way(name, what):
    runs = recorded("writing")["results"]["ways"][name]
    return [run[what] for run in runs]


def mean(values):
    return sum(values) / len(values)


def test_runs_of_words_are_counted_once_each_and_sentences_that_come_again_in_their_own_text():
    assert writing.different([["a", "b", "c"], ["a", "b", "d"]], n=2) == pytest.approx(3 / 4)
    assert writing.said_twice(["Anna was sad. Anna was sad. Tom ran.", "Anna was sad."]) == pytest.approx(1 / 4)


def test_the_stories_are_less_probable_and_more_varied_than_what_a_search_finds():
    for name in ("greedy", "4 beams"):
        assert mean(way(name, "nats a token")) < 0.75 * mean(way("the stories", "nats a token"))
        assert mean(way(name, "different")) < 0.6 * mean(way("the stories", "different"))
    assert mean(way("4 beams", "nats a token")) < mean(way("greedy", "nats a token"))


def test_temperature_1_is_nearest_to_the_stories_and_min_p_keeps_the_variety_with_fewer_mistakes():
    told = {what: mean(way("the stories", what)) for what in ("nats a token", "different")}
    for what, wanted in told.items():
        assert mean(way("temperature 1", what)) == pytest.approx(wanted, rel=0.12)
    right, cut = (way(name, "stories without a mistake") for name in ("temperature 1", "min-p 0.1"))
    assert max(right) < min(cut) and mean(way("min-p 0.1", "different")) > 0.95 * told["different"]
    hot, saved = (way(name, "stories without a mistake") for name in ("temperature 1.5", "temperature 1.5, min-p 0.1"))
    assert max(hot) < 0.1 and min(saved) > 0.5


def test_with_the_grammar_every_sentence_parses_and_most_stories_at_1_5_are_wrong():
    for temperature in ("1", "1.5"):
        assert set(way(f"temperature {temperature}, grammar", "sentences that parse")) == {1}
    assert max(way("temperature 1.5, grammar", "stories without a mistake")) < 0.2


def test_the_penalty_did_not_ruin_the_stories():
    n = recorded("writing")["results"]["openings"]
    without, penalized = (mean(way(name, "stories without a mistake")) for name in ("greedy", "greedy, penalty 1.2"))
    assert penalized > without and wilson(round(n * without), n)[1] > wilson(round(n * penalized), n)[0]
    assert mean(way("greedy, penalty 1.2", "tokens")) < mean(way("greedy", "tokens"))


def test_wrong_sentences_are_hardly_told_apart():
    for run in recorded("knowing")["results"]["written"]:
        assert 0.5 < run["told apart by the least"] < 0.57 and 0.45 < run["told apart by the mean"] < 0.55
        wrong, right = run["without hesitation"]
        assert wrong >= right - 0.01


def test_told_apart_is_1_where_all_wrong_ones_cost_more_and_one_half_where_nothing_differs():
    assert knowing.told_apart([3.0, 2.0], [1.0, 0.5]) == 1
    assert knowing.told_apart([1.0, 2.0], [1.0, 2.0]) == 0.5


def test_asked_straight_the_model_is_about_as_sure_as_it_is_right_but_in_two_bins():
    asked = recorded("knowing")["results"]["asked"]
    outside = []
    for part in asked["bins"]:
        low, high = wilson(part["right"], part["n"])
        if not low <= part["confidence"] / part["n"] <= high:
            outside.append(part)
    assert asked["calibration error"] < 0.05 and sum(part["n"] for part in asked["bins"]) == knowing.QUESTIONS
    assert [part["confidence"] > part["right"] for part in outside] == [True, True]


def test_tiny_guesses_well_and_gains_nothing_and_lookup_gains_where_there_is_something_to_copy():
    found = recorded("drafting")["results"]
    for run in found["tiny for book"]:
        assert max(run["times as fast"]) < 1.5
        assert run["tokens"] / run["passes"] > 1 + 0.5 * run["guesses"]
    times = {run["task"]: sorted(run["times as fast"]) for run in found["lookup for smollm2"]}
    assert times["copy"][0] > 1.5 and times["story"][1] < 1.2
    assert set(times) == set(drafting.TASKS)
