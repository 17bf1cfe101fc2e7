"""What a Guess asks, and which answers fit it."""

import numpy as np
import pytest
import torch
from traitlets import TraitError

from lmkit.widgets import Guess

ADDS = ("It replaces it.", "It adds to it.", "Neither.")


def test_the_right_choices_are_given_in_words_and_travel_as_numbers():
    one, many = Guess.pick("What does it do?", *ADDS), Guess.pick("What does it do?", *ADDS, several=True)
    one.answer, many.answer = ADDS[1], [ADDS[2], ADDS[0]]
    assert (one.get_state()["answer"], many.get_state()["answer"]) == ([1], [0, 2])
    many.answer = ADDS[1]
    assert many.answer == [1]


@pytest.mark.parametrize("value", [3, 3.0, torch.tensor(3), np.float32(3), [3]])
def test_a_number_comes_from_whatever_computes_it(value):
    guess = Guess.number("How many?", unit="bytes")
    guess.answer = value
    assert guess.get_state()["answer"] == [3.0]


def test_a_curve_has_a_number_for_each_place_to_four_digits():
    guess = Guess.draw("How far?", [4, 1000], 100, low=1)
    guess.answer = torch.tensor([1 / 3, 31_622.0])
    assert guess.answer == [0.3333, 31_622.0]
    assert guess.choices == ["4", "1,000"]


def test_until_the_answer_is_known_it_is_empty():
    for guess in (Guess.pick("Which?", *ADDS), Guess.number("How many?"), Guess.draw("How far?", "ab", 1)):
        assert guess.answer == []


def test_the_words_stand_in_where_it_cannot_live_and_there_is_no_picture():
    guess = Guess.pick("Which are right?", "a", "b", several=True)
    data, _ = guess._repr_mimebundle_()
    assert data["text/plain"] == "Guess: Which are right? Choose as many as are right: a; b."
    assert "image/png" not in data and "application/vnd.jupyter.widget-view+json" in data


def test_two_runs_ask_with_the_same_state():
    first, second = (Guess.draw("How far?", [1, 2], 5).get_state() for _ in range(2))
    kept = set(first) - {"layout", "_anywidget_id"}
    assert {name: first[name] for name in kept} == {name: second[name] for name in kept}


WRONG_ANSWERS = {
    "no such choice": (r"answer 'c' is not one of the choices \['a', 'b'\]", Guess.pick("?", "a", "b"), "c"),
    "two of one": (r"not one of the choices", Guess.pick("?", "a", "b"), ["a", "b"]),
    "not among": (r"not among the choices", Guess.pick("?", "a", "b", several=True), ["a", "c"]),
    "two numbers": (r"needs 1 finite number\.", Guess.number("?"), [1, 2]),
    "not finite": (r"\[nan\] does not fit", Guess.number("?"), float("nan")),
    "a short curve": (r"needs 3 finite numbers", Guess.draw("?", [1, 2, 3], 1), [0, 1]),
}


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_an_answer_that_does_not_fit_is_told_and_not_taken(name):
    message, guess, answer = WRONG_ANSWERS[name]
    with pytest.raises(TraitError, match=message):
        guess.answer = answer
    assert guess.answer == []


WRONG_QUESTIONS = {
    "one choice": (r"there are 1 choices", lambda: Guess.pick("?", "a")),
    "the same twice": (r"there are 2 choices, of which 1 differ", lambda: Guess.pick("?", "a", "a")),
    "one place": (r"a curve over 1 places, from 0", lambda: Guess.draw("?", [1], 5)),
    "no room": (r"from 5 to 5: give two, and 0 ≤ low < high", lambda: Guess.draw("?", [1, 2], 5, low=5)),
}


@pytest.mark.parametrize("name", WRONG_QUESTIONS)
def test_a_question_that_cannot_be_asked_is_told_the_cause(name):
    message, ask = WRONG_QUESTIONS[name]
    with pytest.raises(ValueError, match=message):
        ask()
