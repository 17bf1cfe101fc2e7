"""What a class got wrong, for the teacher: on the terminal, and as a page that can be shown to the class.

No student is named.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import matplotlib.pyplot as plt

from lmkit import figures
from lmkit.check.report import printable
from lmkit.classroom.groups import groups_in
from lmkit.classroom.mistakes import Example, Mistake, Tally, examples_of, for_a_lesson, mistakes_in, tallies_of
from lmkit.classroom.outcomes import Graded, graded
from lmkit.classroom.pages import block, page, table, text, words
from lmkit.classroom.statements import Statement, statements_in

LINES, BARS, WIDTH = 10, 10, 78
NOTHING = "No mistake was found that has a name."
Groups = dict[str, list[str]]


@dataclass(frozen=True)
class Overview:
    """All that a report tells.

    Args:
        groups: The students of each group; none where the class is not divided.
        book: The address or the folder of the built book; "" where links cannot lead there.
    """

    known: Graded
    statements: dict[str, Statement]
    mistakes: list[Mistake]
    tallies: list[Tally]
    groups: Groups
    book: str

    @property
    def size(self) -> int:
        """The number of students."""
        return len(self.known.students)

    def often(self, mistake: Mistake) -> str:
        """How many of the class made the mistake."""
        return f"{len(mistake.students)} of {self.size}"

    def by_group(self, mistake: Mistake) -> list[str]:
        """For each group, how many of it made the mistake."""
        return [f"{mistake.among(students)} of {len(students)}" for students in self.groups.values()]


def report(grades: Path, release: Path, file: Path, groups: Path | None = None, book: str = "") -> str:
    """Write the page, and give the same for the terminal.

    Args:
        grades: The table that `grade` wrote.
        release: The folder of what was handed out.
        file: The page to write.
        groups: A table that says in which group each student is.
        book: The address or the folder of the built book, for links.

    Raises:
        ValueError: Something is not there, or does not belong together.
    """
    known = graded(grades, release)
    divided = groups_in(groups, [one.student for one in known.students]) if groups else {}
    seen = Overview(known, statements_in(release), mistakes_in(known), tallies_of(known), divided, book)
    file.write_text(as_html(seen), "utf-8")
    return as_text(seen)


def as_text(seen: Overview) -> str:
    """The report for a terminal: the commonest mistakes, and how far the class came."""
    lines = [line for mistake in seen.mistakes[:LINES] for line in [*_lines_on(mistake, seen), ""]]
    more = len(seen.mistakes) - LINES
    lines += [f"{more} more, which fewer students made, are on the page.", ""] if more > 0 else []
    lines += [] if seen.mistakes else [NOTHING, ""]
    lines.append(f"{'exercise':<{_widest(seen.tallies)}}  done  not right yet  not begun")
    for one in seen.tallies:
        lines.append(f"{one.exercise:<{_widest(seen.tallies)}}  {one.done:4}  {one.wrong:13}  {one.not_begun:9}")
    if seen.mistakes:
        lines += ["", *(f"{says}: {place}" for says, _, place in _places(seen))]
    return printable("\n".join(lines))


def as_html(seen: Overview) -> str:
    """The page."""
    title = f"What {seen.size} students found hard" if seen.size != 1 else "What one student found hard"
    parts = [f"<h1>{title}</h1>", f"<p>{text(_chapters(seen))}</p>"]
    if seen.mistakes:
        parts += [_section("The commonest mistakes", [_figure(seen), _table(seen)]), _next_lesson(seen)]
    else:
        parts.append(f"<p>{NOTHING}</p>")
    parts.append(_section("How far the class came", [_progress(seen)]))
    return page(title, "\n".join(parts))


def _chapters(seen: Overview) -> str:
    return " · ".join(dict.fromkeys(one.chapter for one in seen.statements.values()))


def _lines_on(mistake: Mistake, seen: Overview) -> list[str]:
    head = f"{seen.often(mistake)}: {mistake.name} ({mistake.exercise})"
    said = wrap(mistake.finding.says, WIDTH, initial_indent="    ", subsequent_indent="    ")
    by_group = ", ".join(f"{name} {count}" for name, count in zip(seen.groups, seen.by_group(mistake), strict=True))
    return [head, *said, *(wrap(by_group, WIDTH, initial_indent="    ", subsequent_indent="    "))]


def _widest(tallies: Iterable[Tally]) -> int:
    return max(len("exercise"), *(len(one.exercise) for one in tallies))


def _section(heading: str, parts: Iterable[str]) -> str:
    return "\n".join(["<section>", f"<h2>{heading}</h2>", *parts, "</section>"])


def _figure(seen: Overview) -> str:
    """Bars, the commonest mistake on top; that for the next lesson is in the accent."""
    shown = seen.mistakes[:BARS]
    figure, axes = plt.subplots(figsize=(5.4, 0.7 + 0.34 * len(shown)))
    names = [f"{_plain(mistake.name)} · {mistake.exercise}" for mistake in shown]
    counts = [len(mistake.students) for mistake in shown]
    lesson = for_a_lesson(seen.mistakes)
    colors = [figures.ACCENT if mistake is lesson else figures.WEIGHT for mistake in shown]
    bars = axes.barh(range(len(shown)), counts, color=colors)
    axes.bar_label(bars, padding=3)
    axes.set_yticks(range(len(shown)), names, parse_math=False)
    axes.set(ylim=(len(shown) - 0.5, -0.5), xlim=(0, 1.1 * seen.size), xlabel=f"students, of {seen.size}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    first = f"{seen.often(shown[0])} students: {names[0]}"
    return figures.show(figure, f"How many students made each mistake. The commonest: {first}.", still=False).data


def _plain(name: str) -> str:
    """The name of a mistake without what a picture cannot show; an answer's own process can invent one."""
    return re.sub(r"[^\w -]", "·", name, flags=re.ASCII)[:40]


def _table(seen: Overview) -> str:
    rows = []
    for one in seen.mistakes:
        said = f'<div class="said">{words(one.finding.says)} <span class="quiet">{text(one.title)}</span></div>'
        often, *by_group = (count.replace(" ", "&nbsp;") for count in (seen.often(one), *seen.by_group(one)))
        rows.append([often, said, *by_group])
    return table("Mistakes", ["how often", "what is wrong", *map(text, seen.groups)], rows)


def _next_lesson(seen: Overview) -> str:
    mistake = for_a_lesson(seen.mistakes)
    links = [f"<p>{text(says)}: {_link(name, place, seen.book)}</p>" for says, name, place in _places(seen)]
    said = [f'<p class="wrong">{words(mistake.finding.says)}</p>', f"<p>{words(mistake.finding.asks)}</p>"]
    shown = [part for place, one in enumerate(examples_of(mistake, seen.known), 1) for part in _example(place, one)]
    return _section("To open the next lesson with", [*said, *links, *shown])


def _places(seen: Overview) -> list[tuple[str, str, str]]:
    """Where the mistake for a lesson is dealt with: in which way, the heading, and the address in the book."""
    statement = seen.statements[for_a_lesson(seen.mistakes).exercise]
    taught = [("It is taught in", *statement.taught)] if statement.taught else []
    return [*taught, ("The exercise in the book", statement.title, statement.place)]


def _link(name: str, place: str, book: str) -> str:
    if not book:
        return f"{text(name)} (<code>{text(place)}</code>)"
    start = Path(book).resolve().as_uri() if Path(book).is_dir() else book
    return f'<a href="{text(start.rstrip("/"))}/{text(place)}">{text(name)}</a>'


def _example(place: int, one: Example) -> list[str]:
    parts = [f"<h3>An answer with this mistake, {place}</h3>"]
    parts += [block(one.function, f"Answer {place}")] if one.function else []
    parts += [block(one.shows, f"What was seen, answer {place}")] if one.shows else []
    return parts if len(parts) > 1 else []


def _progress(seen: Overview) -> str:
    rows = [
        [text(seen.statements[one.exercise].title), str(one.done), str(one.wrong), str(one.not_begun)]
        for one in seen.tallies
    ]
    return table("Exercises", ["exercise", "done", "not right yet", "not begun"], rows)
