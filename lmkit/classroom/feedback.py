"""A page for each student: the points, and for each exercise what is right, what to look at, and a first hint.

    feedback/ada.html
    feedback/ada.md           the same, for places that take Markdown

It holds what the report says and nothing more: no line of a check, no number that the report does not show, nothing of
another student.
"""

from pathlib import Path

from lmkit.check.report import Report, quoted
from lmkit.classroom.assignment import Assignment
from lmkit.classroom.crew import NOT_HANDED_IN
from lmkit.classroom.gradebook import number
from lmkit.classroom.outcomes import Outcome, graded
from lmkit.classroom.pages import block, block_md, file_names, page, prose, text, text_md, words, words_md
from lmkit.classroom.statements import Statement, statements_in

NOT_MARKED = "This exercise was not marked."
BY_HAND = "These points were given by your teacher."
MORE = "The next hint is in the notebook, below the exercise."
Statements = dict[str, Statement]


def feedback(grades: Path, release: Path, folder: Path) -> list[Path]:
    """Write the pages. Those of an earlier time are replaced.

    Args:
        grades: The table that `grade` wrote.
        release: The folder of what was handed out.

    Returns:
        The pages in HTML.

    Raises:
        ValueError: Something is not there, or does not belong together.
    """
    known, statements = graded(grades, release), statements_in(release)
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names(one.student for one in known.students)
    for one in known.students:
        path = folder / names[one.student]
        path.with_name(path.name + ".html").write_text(as_html(one, known.assignment, statements), "utf-8")
        path.with_name(path.name + ".md").write_text(as_markdown(one, known.assignment, statements), "utf-8")
    return [folder / f"{name}.html" for name in names.values()]


def as_html(outcome: Outcome, assignment: Assignment, statements: Statements) -> str:
    """The page of a student."""
    title = _chapters(assignment, statements)
    total = _total(outcome, assignment)
    parts = [f"<h1>{text(title)}</h1>", f"<p>{text(outcome.student)}: <strong>{total}</strong></p>"]
    parts += [f'<p class="quiet">{text(note)}</p>' for note in _notes(outcome, assignment)]
    parts += [_exercise(outcome, assignment, name, statements[name]) for name in assignment.points]
    return page(f"{outcome.student}: {title}", "\n".join(parts))


def as_markdown(outcome: Outcome, assignment: Assignment, statements: Statements) -> str:
    """The same in Markdown."""
    parts = [f"# {text_md(_chapters(assignment, statements))}"]
    parts.append(f"Of {text_md(outcome.student)}: **{_total(outcome, assignment)}**")
    parts += [f"Note: {text_md(note)}" for note in _notes(outcome, assignment)]
    for name in assignment.points:
        parts += _exercise_md(outcome, assignment, name, statements[name])
    return "\n\n".join(parts) + "\n"


def _chapters(assignment: Assignment, statements: Statements) -> str:
    return " · ".join(dict.fromkeys(statements[name].chapter for name in assignment.points))


def _total(outcome: Outcome, assignment: Assignment) -> str:
    return _of(outcome.total, sum(assignment.points.values()))


def _of(points: int | float, most: int | float) -> str:
    return f"{number(points)} of {number(most)} {'point' if most == 1 else 'points'}"


def _notes(outcome: Outcome, assignment: Assignment) -> list[str]:
    days, lost = outcome.days_late, 1 - assignment.kept(outcome.days_late)
    late = f"{days} {'day' if days == 1 else 'days'} late, which costs {100 * lost:.0f} % of the points"
    return [note for note in (late if days else "", outcome.notes) if note]


def _exercise(outcome: Outcome, assignment: Assignment, name: str, statement: Statement) -> str:
    report = outcome.reports.get(name)
    points = _of(outcome.points[name], assignment.points[name])
    state = f"{report.state}, {points}" if report else points
    parts = [f"<h2>{text(statement.title)}</h2>", f'<p class="quiet">{state}</p>']
    parts += [f"<p>{BY_HAND}</p>"] if name in outcome.by_hand else []
    parts += _report(report, statement) if report else [f"<p>{NOT_MARKED}</p>"]
    return "\n".join(["<section>", *parts, "</section>"])


def _report(report: Report, statement: Statement) -> list[str]:
    right = [f"<li>✓ {words(finding.says)}</li>" for finding in report.findings if finding.ok]
    parts = [f"<ul>{''.join(right)}</ul>"] if right else []
    for finding in report.findings:
        if not finding.ok:
            parts += [f'<p class="wrong">✗ {words(finding.says)}</p>', f"<p>{words(finding.asks)}</p>"]
            parts += [block(finding.shows, f"What was seen, {statement.title}")] if finding.shows else []
    if report.printed:
        parts.append(f"<p>{words(report.when_it_printed)}</p>")
        parts.append(block(quoted(report.printed), f"What was printed, {statement.title}"))
    if hint := _hint(report, statement):
        parts.append(f'<div class="hint"><h3>A hint</h3>{prose(hint)}<p class="quiet">{MORE}</p></div>')
    return parts


def _exercise_md(outcome: Outcome, assignment: Assignment, name: str, statement: Statement) -> list[str]:
    report = outcome.reports.get(name)
    points = _of(outcome.points[name], assignment.points[name])
    parts = [f"## {text_md(statement.title)}", f"{report.state}, {points}" if report else points]
    parts += [BY_HAND] if name in outcome.by_hand else []
    return [*parts, *(_report_md(report, statement) if report else [NOT_MARKED])]


def _report_md(report: Report, statement: Statement) -> list[str]:
    right = [f"- ✓ {words_md(finding.says)}" for finding in report.findings if finding.ok]
    parts = ["\n".join(right)] if right else []
    for finding in report.findings:
        if not finding.ok:
            parts += [f"✗ {words_md(finding.says)}", f"→ {words_md(finding.asks)}"]
            parts += [block_md(finding.shows)] if finding.shows else []
    parts += [words_md(report.when_it_printed), block_md(quoted(report.printed))] if report.printed else []
    hint = _hint(report, statement)
    return [*parts, "### A hint", hint, MORE] if hint else parts


def _hint(report: Report, statement: Statement) -> str:
    """The first hint, where there is something to do."""
    return "" if report.ok or NOT_HANDED_IN.code in report.codes else statement.hint
