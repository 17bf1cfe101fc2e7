"""What a report says whatever the exercise, and what no answer can do to it."""

import dataclasses
import functools
import math
import random
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from markdown_it import MarkdownIt

from lmkit import check
from lmkit.check import EXERCISES
from lmkit.check.comparing import as_results
from lmkit.check.judging import judge
from lmkit.check.surroundings import laboratory
from tests.check.judged import report_on

BANKS = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def numbers_of(exercise):
    """The tensors of numbers that a right answer returns; none where the check computes them by itself."""
    returned = as_results(exercise.family(*exercise.probes(0)[0].args))
    observed = exercise.id in ("previous_token_head", "training_step")
    tensors = [] if observed else [value for value in returned if isinstance(value, torch.Tensor) and value.ndim]
    return [tensor for tensor in tensors if tensor.dtype is not torch.bool]


NUMBER_BANKS = [exercise for exercise in EXERCISES.values() if numbers_of(exercise)]


def right_attention(query, key, value, may_attend=None):
    return EXERCISES["attention"].family(query, key, value, may_attend)


def stub(*args):
    """The cell as the notebook gives it."""
    raise NotImplementedError


def stub_with_words(*args):
    raise NotImplementedError("your code here")


def empty(*args): ...


def dots(*args):
    return ...


@BANKS
@pytest.mark.parametrize("answer", [stub, stub_with_words, empty, dots])
def test_an_empty_answer_is_not_done_yet(exercise, answer):
    report = judge(exercise, answer)
    assert report.state == "not done yet" and report.codes == ("not-done-yet",)
    assert "not done yet" in str(report) and not report.ok


@pytest.mark.parametrize("answer", [stub, empty])
def test_the_empty_answers_of_exercises_with_two_results_are_not_done_yet(answer):
    assert check.split_heads(answer, answer).state == "not done yet"
    assert check.previous_token_head(answer).state == "not done yet"


@pytest.mark.parametrize("missing", [None, ...])
@pytest.mark.parametrize("place", [0, 1])
def test_of_two_results_the_one_that_is_missing_is_named(place, missing):
    """Something was returned, so it is not called nothing."""

    def answer(*args):
        results = list(EXERCISES["attention"].family(*args))
        results[place] = missing
        return tuple(results)

    report = check.attention(answer)
    assert report.codes == ("wrong-type",) and report.state == "not right yet"
    assert f"What you return as {('output', 'weights')[place]} is {missing!r}." in str(report)


def test_an_answer_without_return_is_asked_for_one():
    def answer(query, key, value, may_attend=None):
        right_attention(query, key, value, may_attend)

    assert "does its last line say `return`?" in str(check.attention(answer))


@BANKS
def test_an_answer_that_stops_shows_error_line_and_arguments(exercise):
    def answer(*args):
        return undefined_name  # noqa: F821

    report = judge(exercise, answer)
    assert report.codes == ("raises",)
    assert "NameError: name 'undefined_name' is not defined" in str(report)
    assert "in answer: return undefined_name" in str(report)
    assert all(f"  {name} = " in str(report) for name in exercise.parameters[:1])


def test_of_two_functions_the_one_that_stops_is_named():
    def merge_heads(x):
        return x.view(2, -1, 3, 3)

    report = check.split_heads(lambda x, n: torch.stack(x.chunk(n, -1), 1), merge_heads)
    assert "in merge_heads: return x.view(2, -1, 3, 3)" in str(report)


def test_where_torch_stops_the_line_of_the_student_is_shown():
    def answer(query, key, value, may_attend=None):
        return torch.nn.functional.cross_entropy(query, "no tensor")

    assert "in answer: return torch.nn.functional.cross_entropy" in str(check.attention(answer))


def test_an_answer_that_stops_only_with_a_mask_is_told_what_is_right_without():
    def answer(query, key, value, may_attend=None):
        if may_attend is not None:
            raise RuntimeError("the mask does not fit")
        return right_attention(query, key, value)

    report = check.attention(answer)
    assert report.codes == ("raises",)
    assert "✓ The values are right without a mask." in str(report)
    assert "may_attend = bool [2, 3, 5, 7]" in str(report)


def test_an_error_of_torch_is_not_taken_for_a_stub():
    def answer(query, key, value, may_attend=None):
        return torch.linalg.inv(query.to(torch.bool)), query

    assert check.attention(answer).codes == ("raises",)


def test_an_answer_that_ends_the_program_ends_only_itself():
    def answer(*args):
        raise SystemExit(3)

    report = check.attention(answer)
    assert report.codes == ("raises",) and "SystemExit: 3" in str(report)


def test_a_difference_in_the_third_decimal_is_shown():
    text = str(check.gelu(lambda x: torch.nn.functional.gelu(x, approximate="tanh")))
    assert "-0.0454" in text and "-0.0455" in text


def test_what_may_explain_the_rest_comes_first():
    def answer(layer, x):
        changed = x  # no copy
        rows = []
        for i in range(len(x)):
            changed[i] = 0
            rows.append((layer(changed) - layer(x)).abs().amax(-1) > 1e-5)
        return torch.stack(rows)

    assert check.per_position(answer).codes[0] == "changed-inputs"


def test_a_result_in_place_of_the_second_function_is_named():
    report = check.split_heads(lambda x, n_heads: x, torch.zeros(2))
    assert report.codes == ("not-a-function",)


def test_an_interrupt_is_the_readers_own():
    def answer(*args):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.attention(answer)


@pytest.mark.parametrize(
    ("exercise", "returned", "told"),
    [
        ("attention", torch.zeros(2, 3, 5, 4), "a float32 tensor of shape [2, 3, 5, 4]; wanted: 2 values, output"),
        ("attention", (1, 2, 3), "a tuple of 3; wanted: 2 values"),
        ("causal_mask", [[True]], "a list of 1; wanted: a tensor of torch"),
        ("causal_mask", torch.ones(6, 6, dtype=torch.complex64), "a complex64 tensor of shape [6, 6]"),
        ("keep_variance", "0.5", "something of type `str`; wanted: a number"),
        ("attention_cost", {"scores": 1}, "something of type `dict`; wanted: 3 values"),
    ],
)
def test_another_type_is_named_beside_the_wanted_one(exercise, returned, told):
    report = getattr(check, exercise)(lambda *args: returned)
    assert report.codes == ("wrong-type",)
    assert told in str(report)


def test_another_shape_is_shown_beside_the_wanted_one_with_its_axes():
    def answer(query, key, value, may_attend=None):
        output, weights = right_attention(query, key, value, may_attend)
        return output.mT, weights

    report = check.attention(answer)
    assert report.codes == ("wrong-shape",)
    assert "[2, 3, 4, 5]; wanted: [2, 3, 5, 4], that is [batch, head, query, d_value]" in str(report)
    assert "✓ One part is right: your weights." in str(report)


def test_another_precision_is_named():
    def answer(query, key, value, may_attend=None):
        return right_attention(query.double(), key.double(), value.double(), may_attend)

    report = check.attention(answer)
    assert report.codes == ("wrong-dtype",)
    assert "Your output is float64; wanted: float32." in str(report)


def test_numbers_that_are_not_finite_are_named():
    def answer(query, key, value, may_attend=None):
        output, weights = right_attention(query, key, value, may_attend)
        return output / 0, weights

    assert check.attention(answer).codes == ("not-finite", "unrecognized")


@BANKS
def test_a_constant_answer_is_wrong_and_no_cause_is_claimed(exercise):
    """0.1 everywhere, a right mask with one entry turned round, or a text, list or dictionary that nobody wants."""

    def answer(*args):
        right = exercise.family(*args)
        return tuple(map(constant, right)) if isinstance(right, tuple) else constant(right)

    def constant(value):
        if isinstance(value, str | list | dict):
            return {str: "?", list: 2 * list(value), dict: {(b"?", b"?"): 1}}[type(value)]
        if not isinstance(value, torch.Tensor):
            return 0.1
        if value.dtype is not torch.bool:
            return torch.full_like(value, 0.1)
        return value ^ (torch.arange(value.numel()) == 0).view(value.shape) if value.ndim else value

    report = judge(exercise, answer)
    assert "unrecognized" in report.codes
    assert not set(report.codes) & {mistake.code for mistake in exercise.misconceptions}
    assert "no mistake that this check knows gives exactly yours" in str(report)
    assert "A small case:" in str(report) and "wanted" in str(report)


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64])
@pytest.mark.parametrize("exercise", NUMBER_BANKS, ids=lambda e: e.id)
def test_a_result_in_another_type_of_number_is_reported_on(exercise, dtype):
    def answer(*args):
        right = exercise.family(*args)
        return tuple(map(cast, right)) if isinstance(right, tuple) else cast(right)

    def cast(value):
        return value.to(dtype) if isinstance(value, torch.Tensor) else value

    report = judge(exercise, answer)
    assert report.ok == all(number.dtype is dtype for number in numbers_of(exercise))
    if dtype is torch.float64:  # the values are right
        assert report.codes == ("wrong-dtype",)


def test_an_error_that_shows_only_in_large_cases_is_shown_at_one_place():
    def answer(query, key, value, may_attend=None):
        output, weights = right_attention(query, key, value, may_attend)
        return output + (len(query) > 1) * torch.eye(*output.shape[-2:]), weights

    report = check.attention(answer)
    assert report.codes == ("output-is-not-the-mix", "unrecognized")
    assert "at [0, 0, 0, 0]: " in str(report)


def in_place(function):
    """The same function, which also changes the first tensor it is given."""

    def answer(*args):
        returned = function(*(arg.clone() if isinstance(arg, torch.Tensor) else arg for arg in args))
        first = next(arg for arg in args if isinstance(arg, torch.Tensor))
        first.logical_not_() if first.dtype == torch.bool else first.add_(1)
        return returned

    return answer


TENSOR_BANKS = [e for e in EXERCISES.values() if any(isinstance(a, torch.Tensor) for a in e.probes(0)[0].args)]


@pytest.mark.parametrize("exercise", TENSOR_BANKS, ids=lambda e: e.id)
def test_a_change_of_the_inputs_is_found_beside_every_known_mistake(exercise):
    for mistakes in ((), *exercise.combinations(1)):
        codes = [mistake.code for mistake in mistakes]
        report = judge(exercise, in_place(exercise.variant(mistakes)))
        assert report.codes == (*codes, "changed-inputs")


def test_a_scale_in_place_is_found_and_named():
    def answer(query, key, value, may_attend=None):
        query /= math.sqrt(query.shape[-1])
        return right_attention(query * math.sqrt(query.shape[-1]), key, value, may_attend)

    report = check.attention(answer)
    assert report.codes == ("changed-inputs",)
    assert "`query` held something else" in str(report)


@pytest.mark.parametrize("cut", [torch.Tensor.detach, lambda t: torch.from_numpy(t.numpy()), torch.Tensor.clone])
def test_an_answer_that_cuts_the_gradient_is_told_so(cut):
    def answer(query, key, value, may_attend=None):
        return right_attention(cut(query), cut(key), cut(value), may_attend)

    assert check.attention(answer).codes == (() if cut is torch.Tensor.clone else ("no-gradient",))


def test_gradients_are_looked_for_even_where_the_notebook_switched_them_off():
    with torch.no_grad():
        assert check.attention(right_attention).ok


HOSTILE = "<img src=x onerror=alert(1)> ``` </pre> \x1b[31m \u202e $x$ [a](javascript:b) |"


class HostileName(Exception):
    """Its text is markup, and so is its name."""


HostileName.__name__ = "<script>alert(1)</script>"


def test_words_of_the_students_program_are_data_in_the_page():
    def answer(*args):
        raise HostileName(HOSTILE * 50)

    report = check.attention(answer)
    markdown = report._repr_markdown_()
    assert "<" not in markdown and markdown.count("```") == 2
    page = MarkdownIt("commonmark").render(markdown)
    assert not re.search(r"<(img|script|a)\b", page)
    assert "\x1b" not in str(report) + markdown and "\u202e" not in str(report) + markdown
    assert len(markdown) < 1000


def test_a_type_with_a_hostile_name_is_data_too():
    report = check.causal_mask(lambda n: type("<b>`x`", (), {})())
    assert "something of type `bx`" in report._repr_markdown_() and "<" not in report._repr_markdown_()


def test_an_error_that_cannot_even_be_printed_is_reported():
    class Broken(Exception):
        def __str__(self):
            raise ValueError

    def answer(*args):
        raise Broken

    assert "Broken" in str(check.attention(answer))


@BANKS
def test_the_same_answer_gives_the_same_report(exercise):
    def answer(*args):
        raise ValueError(f"{object()} is no good")

    for student in (exercise.variant(exercise.misconceptions[:1]), answer):
        first, second = judge(exercise, student, 3), judge(exercise, student, 3)
        assert first == second
        assert str(first) == str(second) == repr(second)
        assert first._repr_markdown_() == second._repr_markdown_()
        assert not re.search(r"0x[0-9a-f]{4}", str(first) + first._repr_markdown_())


def count_on(words, counts={}):  # noqa: B006  the mistake that is tested
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + times
    return counts


def attend_at_random(query, key, value, may_attend=None):
    weights = torch.rand(*query.shape[:-1], key.shape[-2])
    return weights @ value, weights


@pytest.mark.parametrize(("exercise", "answer"), [("count_pairs", count_on), ("attention", attend_at_random)])
def test_an_answer_that_gives_another_result_each_time_is_told_so(exercise, answer):
    assert getattr(check, exercise)(answer).codes == ("remembers",)


def test_what_an_answer_sets_for_all_of_python_is_set_back():
    def answer(x):
        np.random.seed(1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        return torch.nn.functional.gelu(x)

    legacy = np.random.get_state()[1].tolist()
    assert check.gelu(answer).codes == ("no-gradient",)
    assert np.random.get_state()[1].tolist() == legacy
    assert torch.get_default_dtype() == torch.float32 and torch.is_grad_enabled()


def test_pythons_own_random_numbers_are_set_back():
    before = random.getstate()  # not around a whole check: the type checker of these tests draws from them too
    with laboratory(seed=3):
        drawn = random.random()
    assert random.getstate() == before
    with laboratory(seed=3):
        assert random.random() == drawn


@BANKS
def test_the_random_numbers_of_the_notebook_are_left_as_they_were(exercise):
    def answer(*args):
        torch.rand(3)
        return exercise.family(*args)

    torch.manual_seed(7)
    before = torch.get_rng_state()
    assert judge(exercise, answer).ok
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("given", [None, 3, torch.zeros(2), (torch.zeros(2), torch.zeros(2))])
def test_a_result_instead_of_a_function_is_asked_about(given):
    report = check.attention(given)
    assert report.codes == ("not-a-function",)
    assert "Did you call your function" in str(report)


def test_a_result_instead_of_a_function_is_asked_about_where_the_function_is_wrapped_too():
    x = torch.zeros(2)
    for report in (check.previous_token_head((x, x)), check.split_heads(x, x)):
        assert report.codes == ("not-a-function",)


@BANKS
def test_every_exercise_has_a_check_of_its_name_that_says_what_it_wants(exercise):
    assert f"Check `{exercise.id}(" in getattr(check, exercise.id).__doc__


def test_a_report_says_first_what_is_right_then_what_is_wrong():
    def answer(query, key, value, may_attend=None):
        return right_attention(query, key, value)

    text = str(check.attention(answer))
    assert text.index("✓ The values are right without a mask.") < text.index("✗ Your mask has no effect")
    assert text.index("✗ Your mask has no effect") < text.index("A small case:")


def test_a_set_of_mistakes_that_differs_on_the_first_probe_is_not_tried_on_the_others():
    """The first check of an answer that nothing explains tries every set, and a student waits for it."""
    exercise, tried = EXERCISES["layer_norm"], 0

    @functools.wraps(exercise.family)
    def family(*args, **switches):
        nonlocal tried
        tried += len(switches) > 0
        return exercise.family(*args, **switches)

    report = judge(dataclasses.replace(exercise, family=family), lambda x, gain, bias, eps: x + 1e6)
    assert "unrecognized" in report.codes
    assert tried == sum(len(list(exercise.combinations(size))) for size in (1, 2, 3))


@BANKS
def test_a_right_answer_scores_1_and_an_empty_one_0(exercise):
    assert report_on(exercise).score == 1
    assert judge(exercise, stub).score == 0


@BANKS
def test_a_mistake_scores_what_the_rule_says(exercise):
    """Half of the points for the share of the cases, a tenth for that of the properties."""
    for mistake in exercise.misconceptions:
        report = report_on(exercise, (mistake,))
        right = [finding.says for finding in report.findings if finding.ok]
        good = sum(says.startswith("The values are right ") for says in right)
        held = sum(says in {one.right for one in exercise.properties} for says in right)
        cases, properties = len(exercise.probes(0)), len(exercise.properties)
        assert report.score == pytest.approx(0.5 * good / cases + 0.1 * held / max(properties, 1))
        assert report.score <= 0.6


def test_an_answer_that_merely_runs_scores_little():
    report = check.attention(lambda query, key, value, may_attend=None: (value[..., :1, :], query[..., :1] * 0))
    assert not report.ok and report.score <= 0.1


def test_an_answer_that_fails_at_the_last_case_scores_for_those_before():
    def answer(query, key, value, may_attend=None):
        if may_attend is not None:
            raise ValueError("masks are still to come")
        return right_attention(query, key, value)

    report = check.attention(answer)
    assert report.codes == ("raises",) and 0 < report.score < 0.5
