"""What a class got wrong: which mistake, and how often."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lmkit import check
from lmkit.check.report import NOT_DONE_YET, Finding, Report
from lmkit.classroom.crew import NOT_HANDED_IN
from lmkit.classroom.outcomes import Graded, Outcome
from lmkit.classroom.quoting import without_names

NOT_BEGUN = {NOT_DONE_YET, NOT_HANDED_IN.code, "not-there"}  # that something is missing is no mistake
EXAMPLES = 3


@dataclass(frozen=True)
class Mistake:
    """A mistake in an exercise, and who made it.

    Args:
        finding: In the words in which it was told most often.
    """

    exercise: str
    title: str
    finding: Finding
    students: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its code as words."""
        return self.finding.code.replace("-", " ")

    @property
    def is_known(self) -> bool:
        """True for a misconception of the exercise's bank. What any function can do wrong, as to fail, is none."""
        known = check.EXERCISES[self.exercise].misconceptions
        return self.finding.code in {each.code for each in known}

    def among(self, students: Iterable[str]) -> int:
        """How many of these made it."""
        return len(set(students) & set(self.students))


@dataclass(frozen=True)
class Tally:
    """How far a class came with an exercise: how many are done, not right yet, and not begun or not handed in."""

    exercise: str
    done: int
    wrong: int
    not_begun: int


@dataclass(frozen=True)
class Example:
    """A wrong answer of a student who is not named: the function, where it could be had, and what the report shows."""

    function: str
    shows: str


def mistakes_in(known: Graded) -> list[Mistake]:
    """Every mistake that was found, the commonest first."""
    seen: dict[tuple[str, str], list[tuple[Outcome, Report, Finding]]] = {}
    for outcome in known.students:
        for name, report in outcome.reports.items():
            for finding in {each.code: each for each in report.findings if _is_mistake(each)}.values():
                seen.setdefault((name, finding.code), []).append((outcome, report, finding))
    order = {name: place for place, name in enumerate(known.assignment.points)}
    found = [
        Mistake(name, who[0][1].title, _commonest(who), tuple(outcome.student for outcome, _, _ in who))
        for (name, _), who in seen.items()
    ]
    return sorted(found, key=lambda each: (-len(each.students), order[each.exercise], each.finding.code))


def for_a_lesson(mistakes: list[Mistake]) -> Mistake:
    """Of mistakes, the commonest first, the one to begin a lesson with: the first known one, if there is any."""
    return next((mistake for mistake in mistakes if mistake.is_known), mistakes[0])


def tallies_of(known: Graded) -> list[Tally]:
    """How far the class came, exercise by exercise."""
    return [_tally(name, [outcome.reports.get(name) for outcome in known.students]) for name in known.assignment.points]


def examples_of(mistake: Mistake, known: Graded) -> list[Example]:
    """Up to three different answers with a mistake, in an order that tells nothing of the students.

    Those whose function could be had come first, and the short ones before the long.
    """
    students = [outcome.student for outcome in known.students]
    made = [outcome for outcome in known.students if outcome.student in mistake.students]
    found = {_example(outcome, mistake, students) for outcome in made}
    order = sorted(found, key=lambda each: (not each.function, len(each.function), each.function, each.shows))
    shown = [one.shows for one in order]
    new = [one for place, one in enumerate(order) if one.function or one.shows not in ["", *shown[:place]]]
    return new[:EXAMPLES]


def _is_mistake(finding: Finding) -> bool:
    return not finding.ok and finding.code not in NOT_BEGUN


def _commonest(who: list[tuple[Outcome, Report, Finding]]) -> Finding:
    """The finding in the words in which it was told most often."""
    says = Counter(finding.says for _, _, finding in who).most_common(1)[0][0]
    return next(finding for _, _, finding in who if finding.says == says)


def _tally(name: str, reports: list[Report | None]) -> Tally:
    done = sum(report is not None and report.ok for report in reports)
    not_begun = sum(report is None or bool(NOT_BEGUN & set(report.codes)) for report in reports)
    return Tally(name, done, len(reports) - done - not_begun, not_begun)


def _example(outcome: Outcome, mistake: Mistake, students: list[str]) -> Example:
    findings = outcome.reports[mistake.exercise].findings
    shows = next(each.shows for each in findings if each.code == mistake.finding.code)
    return Example(
        without_names(outcome.answers.get(mistake.exercise, ""), students),
        without_names(shows, students),
    )
