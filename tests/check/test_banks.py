"""The banks: each known mistake, and each two that can be made at once, is refused with its own codes."""

import itertools
import random
from functools import cache

import jaxtyping
import numpy as np
import pytest
import torch

from lmkit.check import EXERCISES
from lmkit.check.comparing import all_same, as_results
from tests.check.judged import report_on

BANKS = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def known(exercise, *codes):
    """The misconceptions of these codes, in the order of the bank."""
    return tuple(m for m in exercise.misconceptions if m.code in codes)


@cache
def seeds_of(exercise):
    """Three seeds; of those that give the same arguments, the first: what hangs on no more comes out alike."""
    told = {seed: tuple(told_of(probe.args) for probe in exercise.probes(seed)) for seed in (0, 1, 2)}
    return [seed for seed, args in told.items() if args not in [told[before] for before in range(seed)]]


def told_of(value):
    """A value in a form that can be compared: a tensor by all of its numbers."""
    if isinstance(value, torch.Tensor):
        return value.dtype, value.shape, value.tolist()
    if isinstance(value, dict):
        return {key: told_of(entry) for key, entry in value.items()}
    return tuple(map(told_of, value)) if isinstance(value, list | tuple) else value


def codes_of(mistakes):
    return tuple(mistake.code for mistake in mistakes)


def twins_of(exercise):
    return {codes_of(known(exercise, *twin.pair)): twin for twin in exercise.twins}


def cases():
    for exercise in EXERCISES.values():
        for mistakes in itertools.chain(exercise.combinations(1), exercise.combinations(2)):
            if codes_of(mistakes) not in twins_of(exercise):
                yield pytest.param(exercise, mistakes, id="+".join((exercise.id, *codes_of(mistakes))))


@pytest.mark.parametrize(("exercise", "mistakes"), list(cases()))
def test_each_mistake_and_each_pair_is_refused_with_exactly_its_codes(exercise, mistakes):
    for seed in seeds_of(exercise):
        report = report_on(exercise, mistakes, seed)
        assert report.codes == codes_of(mistakes)
        assert all(mistake.says in str(report) and mistake.asks in str(report) for mistake in mistakes)


def what_draws():
    """The states of all that draws random numbers for whoever asks."""
    return torch.random.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()


@BANKS
def test_no_known_mistake_draws_numbers_that_hang_on_more_than_its_arguments(exercise, monkeypatch):
    """So a seed counts by the arguments alone that it gives."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # beartype draws, to look at some of a list
    before = what_draws()
    for mistakes in exercise.combinations(1):
        exercise.answers(exercise.probes(0)[:1], mistakes)
    assert what_draws() == before


@BANKS
def test_each_pair_that_is_left_out_does_exactly_what_it_is_seen_as(exercise):
    for pair, twin in twins_of(exercise).items():
        assert len(pair) == 2 and twin.because
        for probe in [probe for seed in seeds_of(exercise) for probe in exercise.probes(seed)]:
            together = exercise.view(as_results(exercise.variant(known(exercise, *pair))(*probe.args)))
            alone = exercise.view(as_results(exercise.variant(known(exercise, *twin.seen_as))(*probe.args)))
            assert all_same(together, alone), probe.says


@BANKS
def test_each_pair_that_is_left_out_is_reported_as_what_it_is_seen_as(exercise):
    for pair, twin in twins_of(exercise).items():
        report = report_on(exercise, known(exercise, *pair))
        assert report.codes == twin.seen_as


@BANKS
def test_the_reference_passes(exercise):
    for seed in range(5):
        report = report_on(exercise, seed=seed)
        assert report.ok and report.codes == () and report.state == "done", str(report)


@BANKS
def test_three_known_mistakes_at_once_can_be_computed_and_are_refused(exercise):
    probes = exercise.probes(0)
    wanted = exercise.answers(probes)
    for mistakes in exercise.combinations(3):
        results = exercise.answers(probes, mistakes)
        assert not all(map(exercise.agree, results, wanted)), codes_of(mistakes)


# The weights belong to models that the student's code cannot look into; `rows` are cut in three ways to be compared.
FIXED = {("training_step", "weights"), ("resume", "weights"), ("accumulate", "weights"), ("accumulate", "rows")}


@BANKS
def test_no_size_is_the_same_in_all_probes_so_that_none_can_be_written_in(exercise):
    columns = itertools.zip_longest(*(probe.args for probe in exercise.probes(0)))
    for name, values in zip(exercise.parameters, columns, strict=False):
        if (exercise.id, name) in FIXED or callable(values[0]):
            continue
        for sizes in zip(*(reversed(sizes_of(value)) for value in values if value is not None), strict=False):
            assert len(set(sizes)) > 1, name


def sizes_of(value):
    """The lengths of a tensor's axes, how much a list, a dict or a set holds, or the value itself."""
    if isinstance(value, torch.Tensor):
        return list(value.shape)
    return [len(value)] if isinstance(value, list | dict | set) else [value]


@BANKS
def test_a_bank_is_large_enough_and_its_texts_are_its_own(exercise):
    bank = exercise.misconceptions
    assert len(bank) >= 5
    for field in ("code", "says", "asks"):
        texts = [getattr(entry, field) for entry in (*bank, *exercise.properties)]
        assert len(set(texts)) == len(texts) and all(texts)


@BANKS
def test_texts_state_then_ask_and_hold_no_solution_and_no_markup(exercise):
    for entry in (*exercise.misconceptions, *exercise.properties):
        assert entry.says.endswith(".")
        assert entry.asks.endswith("?")
        for text in (entry.says, entry.asks):
            assert not set(text) & set("<>$*\n") and text.count("`") % 2 == 0
            for solution in (
                "softmax(dim",
                "masked_fill(",
                ".tril",
                "sqrt(",
                ".transpose(",
                ".reshape(",
                "=-1",
            ):
                assert solution not in text


@BANKS
def test_each_mistake_shows_in_a_small_case(exercise):
    for mistake in exercise.misconceptions:
        report = report_on(exercise, (mistake,))
        assert "A small case" in str(report), mistake.code
        assert "too many to show" not in str(report), mistake.code


@BANKS
def test_each_property_holds_for_the_reference_and_fails_for_a_known_mistake(exercise):
    probes = exercise.probes(0)

    def solver(mistakes):
        return lambda *args: as_results(exercise.variant(mistakes)(*args))

    for known_property in exercise.properties:
        assert known_property.holds(solver(()), probes)
    has_form = [m for m in exercise.misconceptions if keeps_form(exercise, m, probes[0])]
    for known_property in exercise.properties:
        if known_property.code != "not-finite":  # only a crash of the arithmetic breaks that one: see test_reports
            assert any(not known_property.holds(solver((m,)), probes) for m in has_form), known_property.code


def keeps_form(exercise, mistake, probe):
    """The mistake changes values, not shapes or types."""
    wrong, wanted = (as_results(exercise.variant(m)(*probe.args)) for m in ((mistake,), ()))
    return list(map(form_of, wrong)) == list(map(form_of, wanted))


def form_of(value):
    return (value.shape, value.dtype) if isinstance(value, torch.Tensor) else type(value)
