"""Check one answer of a submission: it runs in a sandbox, and what it gives is judged here."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from lmkit import check
from lmkit.check import general
from lmkit.check.calling import Failed, Stopped
from lmkit.check.exercise import Exercise
from lmkit.check.judging import judge
from lmkit.check.limits import HEARD, TookTooLong, time_limit
from lmkit.check.report import Finding, Report, quoted
from lmkit.classroom.borrowing import borrowed
from lmkit.classroom.notebooks import Notebook, exercise_of, functions_in, role_of
from lmkit.classroom.peer import Ended, Late, Peer
from lmkit.classroom.sandbox import IN_ALL, Sandbox
from lmkit.classroom.watchers import watcher_of
from lmkit.classroom.wire import Garbled

BEGIN, PRINTED = 0, 1  # the numbers of the functions that `answering.answer` offers
SECONDS = 20.0  # for the lines outside of the functions
SEEDS = 100  # from 0 on: with the seed grow the sizes of what is tried


def draw_seed() -> int:
    """A seed that nobody knows beforehand. Not 0, with which the checks in a notebook try an answer."""
    return 1 + secrets.randbelow(SEEDS - 1)


def report_on(sandbox: Sandbox, cells: Sequence[str], name: str, functions: Sequence[str], seed: int) -> Report:
    """The report on an answer, whatever it does.

    Args:
        cells: The code cells of a submission.
        name: The name of the exercise.
        functions: The names of the functions that it asks for.
        seed: For the arguments that are tried, below `SEEDS`. What nobody knows beforehand is not answered by heart.
    """
    exercise = check.EXERCISES[name]
    with sandbox.answer() as peer:
        try:
            answer, used = _begun(peer, exercise, list(cells), list(functions))
            report = judge(exercise, answer, seed)
            printed, during = _printed(peer)
            report = replace(report, printed=printed, printed_on=during)
            found = borrowed(name, used)
            if not (found and report.ok):
                return report
        except (Stopped, Ended, Garbled, Late) as error:
            found = error.finding if isinstance(error, Stopped) else _broken_off(error)
        except Exception as error:  # a check relies on a shape that it has seen, and then comes another
            found = _unsteady(f"{type(error).__name__}: {error}")
    return Report(exercise.id, exercise.title, (found,))


def asked_for(chapter: Notebook) -> dict[str, list[str]]:
    """For each exercise of a chapter the names of the functions that its check is given."""
    return {exercise_of(cell): functions_in(cell) for cell in chapter["cells"] if role_of(cell) == "check"}


def _begun(peer: Peer, exercise: Exercise, cells: list[str], functions: list[str]) -> tuple[Callable, list[str]]:
    """What `judge` may call, and what it uses of libraries.

    Raises:
        Stopped: A function is not there, or the lines around it do not end.
    """
    watcher = watcher_of(exercise)
    observe = exercise.observe.__name__ if watcher else ""
    try:
        with time_limit(SECONDS):
            begun = peer.call(BEGIN, (cells, functions, watcher, observe))
    except TookTooLong:
        raise Stopped(general.does_not_end("in the lines outside of it", SECONDS)) from None
    except Failed as failed:
        raise Stopped(_not_there(functions, f"{failed.failure.name}: {failed.failure.says}")) from None
    answers, trouble, used = begun["answers"], begun["trouble"], [str(each) for each in begun["used"]]
    missing = [name for name, each in zip(functions, answers, strict=False) if each is None]
    if missing:
        raise Stopped(_not_there(missing, trouble))
    return (partial(exercise.observe, *answers) if exercise.observe and not watcher else answers[0]), used


def _printed(peer: Peer) -> tuple[str, str]:
    """The beginning of what the answer printed, and in which case, as its process tells it.

    They are words, and no mark hangs on them. A case that it was not told of is none.
    """
    try:
        printed, during = map(str, peer.call(PRINTED, ()))
    except (Exception, Ended, Garbled, Late):
        return "", ""
    return printed[:HEARD], during if during in peer.told else ""


def _not_there(functions: list[str], trouble: str) -> Finding:
    named = " and ".join(f"`{name}`" for name in functions)
    return Finding(
        "not-there",
        f"No code cell of the notebook defines {named}.",
        "Is its cell still a code cell, does it run, and has the function kept its name?",
        quoted(str(trouble)),
    )


def _unsteady(words: str) -> Finding:
    return Finding(
        "unsteady",
        "From one call to another your function gave such different things that the check could not go on.",
        "What in it depends on how often it was called, or on values where only shapes should matter?",
        quoted(words),
    )


def _broken_off(error: BaseException) -> Finding:
    if isinstance(error, Late):
        return Finding(
            "too-slow",
            f"All calls of your function together took more than {IN_ALL:.0f} seconds, so the check ended it.",
            "The cases are small. Which step is done more often than it must be?",
        )
    if isinstance(error, Garbled):
        return Finding(
            "too-much",
            "What your function gave back was too much, or could not be read.",
            "What does the exercise ask for, and how large is it?",
        )
    return Finding(
        "process-ended",
        "Python ended while your code ran, or was ended by the system.",
        "Which line could end Python, or use more memory, processes or time than there is?",
    )
