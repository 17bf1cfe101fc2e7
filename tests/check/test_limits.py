"""What an answer may do to its surroundings: nothing that lasts."""

import threading
import time

import numpy as np
import pytest
import torch

from lmkit import check
from lmkit.check import EXERCISES, calling
from lmkit.check.limits import HEARD, TookTooLong, time_limit


@pytest.fixture
def short(monkeypatch):
    """Calls may take a fifth of a second."""
    monkeypatch.setattr(calling, "SECONDS", 0.2)


def test_an_endless_answer_is_ended_and_told(short):
    def answer(n_tokens):
        while True:
            pass

    report = check.causal_mask(answer)
    assert report.codes == ("does-not-end",)
    assert "so the check ended it (" in str(report)


def test_a_loop_that_catches_errors_is_ended_too(short):
    def answer(n_tokens):
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                continue

    assert check.causal_mask(answer).codes == ("does-not-end",)


def test_what_ends_only_in_the_gradient_check_is_no_gradient(short):
    def answer(x):
        while x.requires_grad:
            pass
        return torch.nn.functional.gelu(x)

    assert check.gelu(answer).codes == ("no-gradient",)


def test_after_the_limit_nothing_more_comes():
    with pytest.raises(TookTooLong), time_limit(0.01):
        time.sleep(1)
    time.sleep(0.25)  # longer than the pause between two signals


def in_a_thread(do):
    """What a function returns that runs in another thread, which gets no signals; Windows has none at all."""
    found = []
    thread = threading.Thread(target=lambda: found.append(do()))
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    return found[0]


def test_outside_the_main_thread_a_right_answer_is_right():
    assert in_a_thread(lambda: check.causal_mask(EXERCISES["causal_mask"].family)).ok


def test_outside_the_main_thread_an_endless_answer_is_ended_too(short):
    def answer(n_tokens):
        while True:
            try:
                pass
            except:  # noqa: E722
                continue

    assert in_a_thread(lambda: check.causal_mask(answer)).codes == ("does-not-end",)


def test_outside_the_main_thread_nothing_more_comes_after_the_limit():
    def late():
        with pytest.raises(TookTooLong), time_limit(0.01):
            while True:
                pass
        end = time.monotonic() + 0.25
        while time.monotonic() < end:
            pass
        return "came back"

    assert in_a_thread(late) == "came back"


def loud(n_tokens):
    print("size", n_tokens, "<b>")
    return EXERCISES["causal_mask"].family(n_tokens)


def test_what_an_answer_prints_is_told_once_with_the_case_and_as_data(capsys):
    report = check.causal_mask(loud)
    assert capsys.readouterr().out == ""
    first = EXERCISES["causal_mask"].probes(0)[0]
    assert report.ok and report.printed == f"size {first.args[0]} <b>\n"
    assert str(report).count(f"Called {first.says}, your function printed") == 1
    assert "    size " in str(report) and "<" not in report._repr_markdown_()


def test_what_is_printed_in_a_later_case_is_told_with_that_case():
    first, later = EXERCISES["causal_mask"].probes(0)[:2]

    def answer(n_tokens):
        if n_tokens == later.args[0]:
            print("here")
        return EXERCISES["causal_mask"].family(n_tokens)

    assert first.args != later.args
    assert f"Called {later.says}, your function printed (the beginning):\n\n    here" in str(check.causal_mask(answer))


def test_of_much_that_is_printed_the_beginning_is_kept():
    def answer(n_tokens):
        for _ in range(10_000):
            print("much")
        return EXERCISES["causal_mask"].family(n_tokens)

    assert len(check.causal_mask(answer).printed) == HEARD


SETTINGS = {
    "default dtype": (torch.get_default_dtype, lambda: torch.set_default_dtype(torch.float64)),
    "default device": (torch.get_default_device, lambda: torch.set_default_device("meta")),
    "threads": (torch.get_num_threads, lambda: torch.set_num_threads(torch.get_num_threads() + 1)),
    "gradients": (torch.is_grad_enabled, lambda: torch.set_grad_enabled(False)),
    "numpy's errors": (np.geterr, lambda: np.seterr(all="raise")),
    "products": (torch.get_float32_matmul_precision, lambda: torch.set_float32_matmul_precision("medium")),
    "determinism": (
        torch.are_deterministic_algorithms_enabled,
        lambda: torch.use_deterministic_algorithms(True),
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_lasts_no_longer_than_the_call(name):
    read, change = SETTINGS[name]
    before, seen = read(), []

    def answer(n_tokens):
        seen.append(read())
        mask = EXERCISES["causal_mask"].family(n_tokens)
        change()
        return mask

    assert check.causal_mask(answer).ok
    assert len(seen) > 1 and all(value == before for value in seen)
    assert read() == before


@pytest.mark.parametrize("name", ["default dtype", "default device"])
def test_a_right_answer_is_right_whatever_the_notebook_has_set(name):
    read, change = SETTINGS[name]
    before = read()
    try:
        change()
        changed = read()
        assert check.gelu(torch.nn.functional.gelu).ok
        assert read() == changed != before
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)


class Agrees(torch.Tensor):
    """Says yes to every comparison."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True


UNREADABLE = {
    "a class of its own": lambda: torch.zeros(4, 4).as_subclass(Agrees),
    "sparse": lambda: torch.zeros(4, 4).to_sparse(),
    "meta": lambda: torch.zeros(4, 4, device="meta"),
    "nested": lambda: torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
}


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("exercise", ["gelu", "causal_mask"])
def test_a_tensor_that_cannot_be_read_is_a_finding(kind, exercise):
    report = getattr(check, exercise)(lambda *args: UNREADABLE[kind]())
    assert report.codes == ("wrong-type",)
    assert "wanted: a tensor of torch" in str(report)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_where_no_gradient_is_asked_an_answer_may_come_from_numpy(dtype):
    def answer(*args):
        return EXERCISES["sinusoidal"].family(*args).numpy().astype(dtype)

    assert check.sinusoidal(answer).ok
    assert check.causal_mask(lambda n: np.tril(np.ones((n, n), dtype=bool))).ok


def test_numbers_asked_for_may_come_as_an_array():
    assert check.attention_cost(lambda *args: np.array(EXERCISES["attention_cost"].family(*args))).ok


def test_where_gradients_are_asked_they_are_missed_in_an_array():
    assert check.gelu(lambda x: torch.nn.functional.gelu(x).numpy()).codes == ("no-gradient",)


def test_an_answer_that_turns_infinite_on_a_changed_input_has_no_property():
    """Right on what it was first shown."""
    exercise = EXERCISES["attention"]
    shown = {tuple(arg.sum().item() for arg in probe.args[:3]) for probe in exercise.probes(0)}

    def answer(query, key, value, may_attend=None):
        output, weights = exercise.family(query, key, value, may_attend)
        known = tuple(arg.sum().item() for arg in (query, key, value)) in shown
        return (output, weights) if known else (output * torch.inf, weights)

    report = check.attention(answer)
    assert not report.ok and "not-finite" in report.codes


def test_an_error_outside_of_the_students_lines_is_not_called_theirs(monkeypatch):
    def answer(linear, rank, alpha):
        return torch.nn.Linear(linear.in_features, linear.out_features, dtype=torch.float64)

    report = check.adapt(answer)
    assert "stopped with an error" not in str(report)


@pytest.mark.parametrize("answer", [lambda: None, lambda n, more: n, torch.nn.Linear(2, 2)])
def test_a_call_that_fails_is_the_answers_own(answer):
    assert check.causal_mask(answer).codes == ("raises",)
