"""A student's page says what the report says, and nothing else: no solution, no check, nobody else's work."""

import json
import re

import pytest

from lmkit import check
from lmkit.check.report import Finding, Report, right
from lmkit.classroom.feedback import feedback
from lmkit.classroom.notebooks import read, role_of, text_of
from lmkit.classroom.submissions import readable
from lmkit.classroom.views import code_of
from tests.classroom.evil import EVIL, Elements, rendered
from tests.classroom.graded import marked

WRONG = (
    right("It runs, and its result has the right form.", 0.25),
    Finding("upper-half", "Your mask is the wrong half of `n`.", "Who may look back?", "n = 3\n\nyour mask  wanted"),
)
STUB = (Finding("not-done-yet", "Not done yet: your code is still to come.", "In words: what is the first step?"),)
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "strong", "section"}
ELEMENTS |= {"ul", "li", "pre", "div", "code", "em", "i", "sup", "sub"}


def pages(a_class, *students, **more):
    """The two pages of each student."""
    a_class.grade(*students, **more)
    paths = feedback(a_class.grades, a_class.release, a_class.folder / "feedback")
    return [(path.read_text("utf-8"), path.with_suffix(".md").read_text("utf-8")) for path in paths]


def test_a_page_has_points_and_for_each_exercise_what_is_to_be_known(a_class):
    for made in pages(a_class, marked("ada", causal_mask=WRONG))[0]:
        shown = made.replace("`", "").replace("<code>", "").replace("</code>", "")
        for words in (
            "4.5 of 6 points",
            "Exercise 1: attention, in your own code",
            "done, 4 of 4 points",
            "not right yet, 0.5 of 2 points",
            "✓ It runs, and its result has the right form.",
            "✗ Your mask is the wrong half of n.",
            "Who may look back?",
            "n = 3\n\nyour mask  wanted",
            "A hint",
            "Write down the table for",
        ):
            assert words in shown


def test_one_hint_is_shown_where_something_is_to_be_done(a_class):
    """Here the exercise has two, and the other exercise is done."""
    ((html, markdown),) = pages(a_class, marked("ada", causal_mask=STUB))
    assert html.count("A hint") == markdown.count("A hint") == 1
    assert "first query" in html and "first query" in markdown
    assert "place compared" not in html and "torch.tril" not in html + markdown


def test_without_a_notebook_there_is_no_hint(a_class):
    lost = (Finding("not-handed-in", "There is no notebook that could be read."),)
    (made,) = pages(a_class, marked("ada", attention=lost, causal_mask=lost, notes=("a.ipynb: not JSON",)))
    assert all("A hint" not in each and "a.ipynb: not JSON" in each for each in made)


def test_what_was_printed_is_shown(a_class):
    printed = Report("causal_mask", "the causal mask", WRONG, "tensor([1])\n</pre>")
    html, markdown = pages(a_class, marked("ada", causal_mask=printed))[0]
    assert "your function printed" in html and "tensor([1])\n&lt;/pre&gt;" in html
    assert "your function printed" in markdown and "tensor([1])\n‹/pre›" in markdown


def test_late_days_points_by_hand_and_what_was_not_marked_are_said(a_class):
    from datetime import datetime

    points = a_class.release / "points.toml"
    points.write_text("due = 2027-01-31T23:59:00\n" + points.read_text())
    a_class.grade(marked("ada"), times={"ada": datetime(2027, 2, 1, 12)})
    a_class.change("ada,3,1.5,4.5", "ada,3,2,4.5")
    found = marked("ada")
    del found.reports["attention"]
    for made in pages(a_class, found, times={"ada": datetime(2027, 2, 1, 12)})[0]:
        assert "1 day late, which costs 25 % of the points" in made
        assert made.count("These points were given by your teacher.") == 1 and "2 of 2 points" in made
        assert "This exercise was not marked." in made and "0 of 4 points" in made


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_that_a_student_wrote_becomes_markup(a_class, evil):
    """Also where the student's own process put its words in the place of ours."""
    forged = (right(evil), Finding("forged", evil, evil, evil))
    report = Report("causal_mask", evil, forged, evil)
    notes = (readable(evil),)
    html, markdown = pages(a_class, marked("ada", attention=forged, causal_mask=report, notes=notes))[0]
    assert set(Elements(html).names) <= ELEMENTS
    assert set(rendered(markdown).names) <= {"h1", "h2", "h3", "p", "strong", "ul", "li", "pre", "code", "em"}
    assert "\u202e" not in html + markdown
    assert re.search("<script|<img|</pre", markdown) is None


@pytest.mark.parametrize("name", ["../x", "CON", "a/b", "<script>", "\u202eada"])
def test_odd_names_stay_in_the_folder(a_class, name):
    a_class.grade(marked(name), marked("ada"))
    paths = feedback(a_class.grades, a_class.release, a_class.folder / "feedback")
    assert sorted(path for path in a_class.folder.rglob("*.html")) == sorted(paths)
    assert {path.parent for path in paths} == {a_class.folder / "feedback"} and len(set(paths)) == 2
    assert all(set(Elements(path.read_text("utf-8")).names) <= ELEMENTS for path in paths)


def test_no_one_elses_work_is_on_a_page(a_class):
    others = Report("causal_mask", "the causal mask", WRONG, "printed by bob")
    ada, bob = marked("ada"), marked("bob", causal_mask=others, answers={"causal_mask": "def causal_mask(bobs): ..."})
    (of_ada, _), (of_bob, _) = pages(a_class, ada, bob)
    assert "printed by bob" in of_bob and "bob" not in of_ada and "ada" not in of_bob.replace("readable", "")


def test_no_solution_and_no_check_is_on_a_page(a_class):
    """Of no exercise a line of its solution, and no name of the functions with which its bank checks."""
    wrong = check.attention(lambda query, key, value, may_attend=None: (value, query))
    made = "".join(pages(a_class, marked("ada", attention=wrong, causal_mask=STUB))[0])
    chapter = read(a_class.release / "teacher" / "02_attention.ipynb")
    solutions = [code_of(text_of(cell)) for cell in chapter["cells"] if role_of(cell) == "solution"]
    lines = [line.strip() for solution in solutions for line in solution.split("\n")]
    assert len(lines) > 6 and not any(line in made for line in lines if len(line) > 12)
    assert "_rows_sum_to_one" not in made and "probes" not in made


def test_a_page_shows_no_number_that_the_report_does_not(a_class):
    wrong = check.attention(lambda query, key, value, may_attend=None: (value, query))
    (html, _) = pages(a_class, marked("ada", attention=wrong))[0]
    shown = "".join(re.findall(r"<pre.*?</pre>", html, flags=re.DOTALL))
    numbers = set(re.findall(r"-?\d+\.\d+", shown))
    assert numbers <= set(re.findall(r"-?\d+\.\d+", str(wrong)))


def test_pages_are_written_anew(a_class):
    (first, _), (second, _) = pages(a_class, marked("ada", causal_mask=WRONG))[0], pages(a_class, marked("ada"))[0]
    assert "not right yet" in first and "not right yet" not in second
    assert json.loads((a_class.folder / "grades/found.jsonl").read_text().split("\n")[-1])["student"] == "ada"
