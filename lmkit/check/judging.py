"""Check an answer, in the order in which a teacher would look at it.

Is it done? Does it run? Which values are right? Which known mistakes reproduce the rest? If none: are the
shapes right, which properties fail, and what is the smallest case that shows it? No cause is named unless it
was reproduced.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from torch import Tensor

from lmkit.check import general
from lmkit.check.calling import Outcome, Stopped, call, is_floating
from lmkit.check.comparing import Result, is_boolean, same
from lmkit.check.diagnosis import Results, diagnose
from lmkit.check.exercise import Exercise, Misconception, Probe
from lmkit.check.gradients import WayBack, differs, way_back
from lmkit.check.limits import TookTooLong, muted
from lmkit.check.properties import FINITE
from lmkit.check.report import Finding, Report, right
from lmkit.check.showing import smallest_failing_example
from lmkit.check.surroundings import laboratory

CASES, PROPERTIES = 0.5, 0.1  # what all of them are worth in an answer that is not right yet


@dataclass(frozen=True)
class Trial:
    """An answer to an exercise, what it is tried on, and what a right answer gives for that."""

    exercise: Exercise
    student: Callable
    seed: int
    probes: tuple[Probe, ...]
    wanted: Results


Mistakes = tuple[Misconception, ...] | None


def judge(exercise: Exercise, student: Any, seed: int = 0) -> Report:
    """The report on a student's function. What the answer sets for all of Python is set back, what it prints muted."""
    if not callable(student):
        return Report(exercise.id, exercise.title, (general.not_a_function(student),))
    wanted = _wanted(exercise, seed)
    with laboratory(seed), muted() as heard:  # an answer that draws numbers draws the same each time
        trial = Trial(exercise, student, seed, exercise.probes(seed), wanted)
        return Report(exercise.id, exercise.title, tuple(_findings(trial)), heard.text, heard.during)


@lru_cache(maxsize=16)  # a student asks again and again
def _wanted(exercise: Exercise, seed: int) -> Results:
    with laboratory(seed), muted():
        return exercise.answers(exercise.probes(seed))


def _findings(trial: Trial) -> list[Finding]:
    outcomes: list[Outcome] = []
    try:
        for probe in trial.probes:
            outcomes.append(call(trial.exercise, trial.student, probe))
        _refuse_memory(trial, outcomes[0])
        results = [outcome.results for outcome in outcomes]
        mistakes = _mistakes(trial, results)
        good, bad = _about_values(trial, results, mistakes)
        habits = _about_habits(trial, outcomes, mistakes)
        unexplained = any(finding.code == "unrecognized" for finding in bad)
        # That the inputs were changed may be the cause of what nothing else explains, so it comes first then.
        causes = [finding for finding in habits if unexplained and finding.code == "changed-inputs"]
        return [*good, *causes, *bad, *(finding for finding in habits if finding not in causes)]
    except Stopped as stopped:
        return [*_right_values(trial, [outcome.results for outcome in outcomes]), stopped.finding]


def _mistakes(trial: Trial, results: Results) -> Mistakes:
    """The mistakes that explain the values: none where they are right; None where nothing explains them."""
    if all(map(trial.exercise.agree, results, trial.wanted)):
        return ()
    return diagnose(trial.exercise, trial.seed, results) or None


def _refuse_memory(trial: Trial, first: Outcome) -> None:
    """Nothing can be said about the values of an answer that gives other ones each time.

    Raises:
        Stopped: The first probe gives another result than it did.
    """
    again = call(trial.exercise, trial.student, trial.probes[0])
    if not trial.exercise.agree(first.results, again.results):
        raise Stopped(general.remembers())


def _about_values(trial: Trial, results: Results, mistakes: Mistakes) -> tuple[list[Finding], list[Finding]]:
    """What is right about the values, and what is wrong."""
    misshapen = _about_shapes(trial, results)
    held, failed = ([], []) if misshapen else _properties(trial, results)
    runs = right("It runs." if misshapen else "It runs, and its result has the right form.")
    good = [runs, *_right_values(trial, results), *held]
    if mistakes == ():
        return good, failed
    example = smallest_failing_example(trial.exercise, trial.student, trial.probes)
    if mistakes:
        found = [mistake.finding for mistake in mistakes]
        return good, [*found[:-1], replace(found[-1], shows=example)]
    return good, misshapen or [*failed, general.unrecognized(example)]


def _right_values(trial: Trial, results: Results) -> list[Finding]:
    """For which inputs the values are right and, where they are not, which result is right alone."""
    tried = list(zip(trial.probes, results, trial.wanted, strict=False))  # it may have stopped half-way
    good = [probe for probe, mine, theirs in tried if trial.exercise.agree(mine, theirs)]
    found = [right(f"The values are right {probe.says}.", CASES / len(trial.probes)) for probe in good]
    if len(good) < len(tried) and len(trial.exercise.returns) > 1 and trial.exercise.has_one_answer:
        for i, name in enumerate(trial.exercise.returns):
            if all(same(mine[i], theirs[i]) for _, mine, theirs in tried):
                found.append(right(f"One part is right: your {name}."))
    return found


def _about_shapes(trial: Trial, results: Results) -> list[Finding]:
    """The first returned value of the wrong shape or kind; empty when there is none."""
    for mine, theirs in zip(results, trial.wanted, strict=True):
        for (name, axes), one, other in zip(trial.exercise.returns.items(), mine, theirs, strict=True):
            if not isinstance(other, Tensor):
                continue
            if one.shape != other.shape:
                named = f"{list(other.shape)}, that is [{', '.join(axes.split())}]"
                return [general.wrong_shape(name, str(list(one.shape)), named)]
            if is_boolean(one) != is_boolean(other):
                return [general.wrong_dtype(name, one, other)]
    return []


def _properties(trial: Trial, results: Results) -> tuple[list[Finding], list[Finding]]:
    """The properties that hold, and those that do not. Numbers that are not finite have none, and break none."""
    seen: list[Result] = []

    def solve(*args: Any) -> tuple[Result, ...]:
        found = _found_before(trial, results, args)
        if found is None:
            found = call(trial.exercise, trial.student, Probe("on a changed input", args)).results
        seen.extend(found)
        return found

    held, failed = [], []
    for known in trial.exercise.properties:
        seen.clear()
        holds = known.holds(solve, trial.probes)
        finite = all(bool(value.isfinite().all()) for value in seen if is_floating(value))
        if holds and finite:
            held.append(right(known.right, PROPERTIES / len(trial.exercise.properties)))
        else:
            failed.append(known.finding if finite else FINITE.finding)
    return held, list(dict.fromkeys(failed))


def _found_before(trial: Trial, results: Results, args: tuple) -> tuple[Result, ...] | None:
    """What the answer gave for these very arguments, where they are those of a probe."""
    for probe, found in zip(trial.probes, results, strict=True):
        if len(args) == len(probe.args) and all(map(operator.is_, args, probe.args)):
            return found
    return None


def _about_habits(trial: Trial, outcomes: list[Outcome], mistakes: Mistakes) -> list[Finding]:
    """What is wrong whatever the values are: changed inputs, another type of number, another gradient."""
    found = []
    changed = {name: None for outcome in outcomes for name in outcome.changed}
    if changed:
        found.append(general.changed_inputs([f"`{name}`" for name in changed]))
    for name, mine, theirs in zip(trial.exercise.returns, outcomes[0].results, trial.wanted[0], strict=True):
        if _another_precision(mine, theirs):
            found.append(general.wrong_dtype(name, mine, theirs))
            break
    return [*found, *_about_gradients(trial, mistakes)]


def _another_precision(mine: Result, theirs: Result) -> bool:
    """Floating point of another width, or on one side only. For a single number that does not matter."""
    either = is_floating(theirs) or (is_floating(mine) and not is_boolean(theirs))
    return either and theirs.ndim > 0 and mine.dtype != theirs.dtype


def _about_gradients(trial: Trial, mistakes: Mistakes) -> list[Finding]:
    """Held against the right answer or, where the values are explained, against that with the same mistakes."""
    for number, probe in enumerate(trial.probes):
        if not any(map(is_floating, probe.args)):
            continue
        theirs = _wanted_way_back(trial, number, mistakes or ())
        if not theirs.exists:
            continue
        mine = _students_way_back(trial.student, probe)
        if not mine.exists:
            return [general.no_gradient()]
        wrong = [f"`{name}`" for name, pair in _by_name(trial.exercise, mine, theirs).items() if differs(*pair)]
        if wrong and mistakes is not None and trial.exercise.has_one_answer:
            return [general.another_gradient(wrong)]
    return []


def _wanted_way_back(trial: Trial, probe: int, mistakes: tuple[Misconception, ...]) -> WayBack:
    if mistakes:
        return way_back(trial.exercise.variant(mistakes), trial.probes[probe])
    return _right_way_back(trial.exercise, trial.seed, probe)


@lru_cache(maxsize=64)  # a student asks again and again
def _right_way_back(exercise: Exercise, seed: int, probe: int) -> WayBack:
    return way_back(exercise.variant(), exercise.probes(seed)[probe])


def _students_way_back(student: Callable, probe: Probe) -> WayBack:
    try:
        return way_back(student, probe)
    except (Exception, SystemExit, TookTooLong):  # it ran without gradients: it is torch that refuses, as .numpy() does
        return WayBack(False, ())


def _by_name(exercise: Exercise, mine: WayBack, theirs: WayBack) -> dict[str, tuple[Tensor | None, Tensor | None]]:
    return dict(zip(exercise.parameters, zip(mine.gradients, theirs.gradients, strict=True), strict=False))
