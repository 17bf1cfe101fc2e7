"""The pages for a class, in a browser: legible in light and dark, on a phone, by keys, with nothing loaded or run."""

from pathlib import Path

import pytest

from lmkit import check
from lmkit.check.report import Finding
from lmkit.classroom.feedback import feedback
from lmkit.classroom.report import report
from lmkit.classroom.statements import statements_in
from tests.book.browsing import BUILT
from tests.classroom.graded import Graded, marked

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
EVIL = "<script>document.title = 'run'</script>"
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def pages(tmp_path):
    """The folder with a student's page and the report, and a wide example on both."""
    wrong = check.attention(lambda query, key, value, may_attend=None: (value, query.new_ones(1, 1, 2, 60)))
    wide = Finding("upper-half", "Your mask is the wrong half of `n`.", "Who may look back?", "0  " * 60 + EVIL)
    answers = {"causal_mask": f"def causal_mask(n):\n    return {'n + ' * 60}{EVIL!r}"}
    a_class = Graded(tmp_path)
    bob = marked("bob", wrong, (wide,), notes=(EVIL,))
    a_class.grade(marked("ada", causal_mask=(wide,), answers=answers), bob)
    feedback(a_class.grades, a_class.release, a_class.folder)
    report(a_class.grades, a_class.release, a_class.folder / "report.html", book="https://example.org")
    return a_class.folder


for_both = pytest.mark.parametrize("name", ["bob", "report"])


@for_both
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(open_page, pages, name, scheme):
    seen = open_page((pages / f"{name}.html").as_uri(), color_scheme=scheme, bypass_csp=True)  # axe is a script
    assert seen.axe_violations() == [] and seen.faint_words() == []


@for_both
def test_nothing_is_loaded_or_run(open_page, pages, name):
    seen = open_page((pages / f"{name}.html").as_uri())
    assert seen.page.title() != "run" and len(seen.loaded) <= 1
    assert seen.foreign == seen.broken == seen.complaints == []


@for_both
def test_on_a_phone_only_what_is_wide_scrolls(open_page, pages, name):
    seen = open_page((pages / f"{name}.html").as_uri(), viewport=PHONE)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.evaluate("[...document.querySelectorAll('pre')].some((pre) => pre.scrollWidth > pre.clientWidth)")


def test_every_exercise_and_what_teaches_it_stand_where_the_report_leads(built, tmp_path):
    (tmp_path / "teacher").symlink_to(CHAPTERS[0].parent)
    found = statements_in(tmp_path).values()
    assert len(found) > 40
    for place in [place for one in found for place in (one.place, one.taught[1])]:
        page, section = place.split("#")
        assert f'<section id="{section}">' in (BUILT / page).read_text("utf-8"), place
