"""What a class got wrong is counted right, in words, by group; and no one is named."""

import re

import pytest

from lmkit.check.report import Finding, right
from lmkit.classroom.groups import groups_in
from lmkit.classroom.links import anchor
from lmkit.classroom.mistakes import examples_of, mistakes_in, tallies_of
from lmkit.classroom.outcomes import graded
from lmkit.classroom.report import report
from lmkit.classroom.submissions import readable
from tests.classroom.evil import EVIL, Elements
from tests.classroom.graded import marked

UPPER = Finding("upper-half", "Your mask is the wrong half.", "Who may look back?", "n = 2")
SCALE = Finding("scaled-by-d", "You divided by d_head.", "By what must you divide?", "query = [1]")
SOFTMAX = Finding("softmax-over-queries", "You shared out among the queries.", "Who shares out?")
STUB = (Finding("not-done-yet", "Not done yet.", "In words?"),)
RUNS = right("It runs.")


@pytest.fixture
def class_of_five(a_class):
    """Three have the wrong half of the mask, one of them in other words; two divide by d, one of them twice told."""
    mine = {"causal_mask": "def causal_mask(n):\n    adas = n  # x\n    return adas"}
    other = Finding("upper-half", "Your mask is the wrong half (again).", "Who?", "n = 2")
    return a_class.grade(
        marked("ada", (RUNS, SCALE, SCALE), (UPPER,), answers=mine),
        marked("bob", (SCALE, SOFTMAX), (RUNS, UPPER), answers={"causal_mask": "def causal_mask(n): return -n"}),
        marked("cleo", STUB, (other,), answers={"causal_mask": "def causal_mask(n): return -n"}),
        marked("dan", causal_mask=STUB),
        marked("eve"),
    )


def known(a_class):
    return graded(a_class.grades, a_class.release)


def told(a_class, **more):
    """What the terminal shows, and the page."""
    path = a_class.folder / "report.html"
    shown = report(a_class.grades, a_class.release, path, **more)
    return shown, path.read_text("utf-8")


def test_each_mistake_is_counted_once_a_student_the_commonest_first(class_of_five):
    found = [(one.exercise, one.finding.code, one.students) for one in mistakes_in(known(class_of_five))]
    assert found == [
        ("causal_mask", "upper-half", ("ada", "bob", "cleo")),
        ("attention", "scaled-by-d", ("ada", "bob")),
        ("attention", "softmax-over-queries", ("bob",)),
    ]


def test_a_mistake_has_the_words_in_which_most_were_told(class_of_five):
    assert mistakes_in(known(class_of_five))[0].finding.says == "Your mask is the wrong half."


def test_how_far_the_class_came_is_counted(class_of_five):
    found = [(one.exercise, one.done, one.wrong, one.not_begun) for one in tallies_of(known(class_of_five))]
    assert found == [("attention", 2, 2, 1), ("causal_mask", 1, 3, 1)]


def test_the_terminal_shows_how_many_of_how_many(class_of_five):
    shown, _ = told(class_of_five)
    first = "3 of 5: upper half (causal_mask)\n    Your mask is the wrong half.\n\n"
    assert shown.startswith(first + "2 of 5: scaled by d (attention)")
    assert re.search(r"causal_mask +1 +3 +1\n", shown)
    assert "The exercise in the book: chapters/02_attention.html#exercise-2-the-causal-mask" in shown


def test_the_page_shows_the_same(class_of_five):
    _, page = told(class_of_five)
    assert "What 5 students found hard" in page and "Your mask is the wrong half." in page
    assert page.count('<th scope="row">3&nbsp;of&nbsp;5</th>') == 1 and "<svg" in page and "<figcaption>" in page
    assert "chapters/02_attention.html#exercise-2-the-causal-mask" in page


def test_groups_are_counted_beside_each_other(class_of_five):
    path = class_of_five.folder / "groups.csv"
    path.write_text("student,group\nada,A\nbob,B\ncleo,A\nzoe,B\n")
    shown, page = told(class_of_five, groups=path)
    assert "    A 2 of 2, B 1 of 1, no group 0 of 2\n" in shown
    page = page.replace("&nbsp;", " ")
    assert '<th scope="col">no group</th>' in page and "<td>2 of 2</td><td>1 of 1</td><td>0 of 2</td>" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no .*groups.csv: wanted is a table with the columns student and group"),
        ("", "wanted are the columns student and group"),
        ("student,team\nada,A\n", "wanted are the columns student and group"),
        ("student,group\nada\n", "a group in each row"),
        ("student,group\nAda L,A\n", "names none of the students: each must be written as in the table"),
    ],
)
def test_groups_that_cannot_be_used_are_refused(tmp_path, text, words):
    path = tmp_path / "groups.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=words):
        groups_in(path, ["ada"])


def test_three_different_answers_are_shown_without_names(class_of_five):
    """Two of the three are the same but for what the report says of them, and one says who wrote it."""
    commonest = mistakes_in(known(class_of_five))[0]
    found = examples_of(commonest, known(class_of_five))
    assert [one.function for one in found] == [
        "def causal_mask(n): return -n",
        "def causal_mask(n):\n    adas = n  # x\n    return adas",
    ]
    assert {one.shows for one in found} == {"n = 2"}


def test_without_a_function_only_what_is_new_is_shown(a_class):
    other = Finding("upper-half", "It is the wrong half.", "Who?", "n = 3")
    silent = Finding("upper-half", "It is the wrong half.", "Who?")
    line = {"causal_mask": "def causal_mask(n): return -n"}
    ada = marked("ada", causal_mask=(UPPER,), answers=line)
    others = zip("bcd", (UPPER, other, silent), strict=True)
    a_class.grade(ada, *(marked(name, causal_mask=(one,)) for name, one in others))
    found = examples_of(mistakes_in(known(a_class))[0], known(a_class))
    assert [(one.function, one.shows) for one in found] == [(line["causal_mask"], "n = 2"), ("", "n = 3")]


def test_not_more_than_three_answers_are_shown_and_those_with_a_function_first(a_class):
    def answer(student, line):
        return marked(student, causal_mask=(UPPER,), answers={"causal_mask": line} if line else {})

    a_class.grade(*map(answer, "abcde", ["", "4444", "333", "22", "55555"]))
    found = examples_of(mistakes_in(known(a_class))[0], known(a_class))
    assert [one.function for one in found] == ["22", "333", "4444"]


def test_no_student_is_named_anywhere(a_class):
    shows = Finding("upper-half", "It is the wrong half.", "Who?", "NameError: name 'lovelace_mask'")
    line = {"causal_mask": "def causal_mask(n):\n    return lovelace_mask(n, Hopper)"}
    ada = marked("Ada Lovelace", causal_mask=(shows,), answers=line)
    a_class.grade(ada, marked("Grace Hopper", causal_mask=(UPPER,)))
    for made in told(a_class):
        assert not re.search("lovelace|hopper|grace", made, flags=re.IGNORECASE)
    assert "student_mask(n, student)" in told(a_class)[1]


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_that_a_student_wrote_becomes_markup(a_class, evil):
    forged = (Finding(evil, evil, evil, evil),)
    of_evil = marked(readable(evil), causal_mask=forged, answers={"causal_mask": evil})
    a_class.grade(of_evil, marked("ada", causal_mask=forged))
    shown, page = told(a_class)
    names = set(Elements(re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)).names)
    assert not names & {"script", "img", "a", "b"} and "\u202e" not in shown + page and "\x1b" not in shown + page


def test_a_lesson_begins_with_a_misconception_if_there_is_one(a_class):
    """That a function stops with an error, though it be commoner, is none."""
    fails = Finding("raises", "Your function stopped with an error.", "What does the line need?")
    a_class.grade(marked("ada", (SCALE,), (fails,)), marked("bob", causal_mask=(fails,)))
    shown, page = told(a_class)
    assert shown.startswith("2 of 2: raises (causal_mask)") and shown.endswith("#exercise-1-attention-in-your-own-code")
    assert SCALE.asks in page and fails.asks not in page
    a_class.grade(marked("ada", causal_mask=(fails,)))
    assert fails.asks in told(a_class)[1]


def test_a_class_without_mistakes_is_told_so(a_class):
    a_class.grade(marked("ada"))
    for made in told(a_class):
        assert "No mistake was found" in made
    assert "<svg" not in told(a_class)[1] and "What one student found hard" in told(a_class)[1]


def test_many_mistakes_are_shown_on_the_page_and_the_commonest_on_the_terminal(a_class):
    many = tuple(Finding(f"mistake-{number}", f"It is {number}.") for number in range(13))
    a_class.grade(marked("ada", causal_mask=many))
    shown, page = told(a_class)
    assert shown.count("1 of 1: ") == 10 and "3 more, which fewer students made, are on the page." in shown
    assert page.count('<th scope="row">1&nbsp;of&nbsp;1</th>') == 13


def test_links_lead_into_the_book_where_it_is_known(class_of_five, tmp_path):
    place = "chapters/02_attention.html#exercise-2-the-causal-mask"
    assert "<a " not in told(class_of_five)[1]
    assert f'<a href="https://example.org/book/{place}">' in told(class_of_five, book="https://example.org/book/")[1]
    assert f'<a href="{tmp_path.as_uri()}/{place}">' in told(class_of_five, book=str(tmp_path))[1]


def test_the_section_that_teaches_is_named_where_the_exercise_links_one(class_of_five):
    chapter = class_of_five.release / "teacher" / "02_attention.ipynb"
    heading = "Masks: who may look at whom"
    text, before = chapter.read_text("utf-8"), "Return a boolean table"
    chapter.write_text(text.replace(before, f"[{heading}](#{anchor(heading)}). {before}"), "utf-8")
    shown, page = told(class_of_five)
    assert "It is taught in: chapters/02_attention.html#masks-who-may-look-at-whom\n" in shown
    assert f"It is taught in: {heading}" in page
