"""Text of students stays text, in HTML, in Markdown, and in the names of files."""

import unicodedata

import pytest

from lmkit.classroom.pages import block, block_md, file_names, page, prose, table, text, text_md, words, words_md
from tests.classroom.evil import EVIL, Elements, rendered
from tests.hard_strings import hard_strings


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_becomes_an_element(evil):
    assert Elements(text(evil)).names == []
    assert set(Elements(words(evil)).names) <= {"code", "strong"}
    assert Elements(block(evil, evil)).names == ["pre"]


def test_of_hard_strings_nothing_is_lost_but_what_cannot_be_printed():
    for hard in hard_strings():
        wanted = "".join(c if c.isprintable() or c == "\n" else "·" for c in hard)
        assert Elements(text(hard)).text == wanted


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_becomes_markdown(evil):
    assert rendered(f"✗ {text_md(evil)}").names == ["p"]
    assert set(rendered(f"✗ {words_md(evil)}").names) <= {"p", "code", "strong"} and "<" not in words_md(evil)
    assert rendered(block_md(evil) + "\n\nafter").names == ["pre", "code", "p"]


@pytest.mark.parametrize("evil", ["https://a.org", "www.a.org", "a@b.org", "WWW.a.org"])
def test_no_address_becomes_a_link(evil):
    """Where bare addresses become links, no scheme, no `www.` and no `@` stands in the text as such."""
    assert not any(sign in text_md(evil) for sign in ("https://", "www.", "WWW.", "a@"))


def test_no_word_becomes_a_role_or_a_substitution():
    """As MyST knows them, in which this book is written."""
    assert words_md("{raw}`html` {{ x }}") == "\\{raw\\}`html` \\{\\{ x \\}\\}"


def test_nothing_that_turns_the_writing_is_left():
    for made in (text("a\u202eb"), words("a\u202eb"), block("a\u202eb", ""), text_md("a\u202eb"), block_md("`\u2066`")):
        assert "\u202e" not in made and "\u2066" not in made


def test_the_words_of_a_finding_keep_their_code():
    says = "Does `may_attend[:, None]` reach **all** of d_model < 3?"
    assert words(says) == "Does <code>may_attend[:, None]</code> reach <strong>all</strong> of d_model &lt; 3?"
    assert words_md(says) == "Does `may_attend[:, None]` reach **all** of d\\_model ‹ 3?"


def test_a_hint_has_paragraphs_emphasis_and_small_formulas():
    formulas = "$e^s = 0$, $q_i k_i$, $d_{hidden} \\le \\sqrt2$, $\\frac12\\,d$ and $\\sum_i x$"
    hint = f"Which *axis*?\nTry `x`.\n\nIt is {formulas}."
    assert prose(hint) == (
        "<p>Which <em>axis</em>? Try <code>x</code>.</p>\n"
        "<p>It is <i>e<sup>s</sup> = 0</i>, <i>q<sub>i</sub> k<sub>i</sub></i>, <i>d<sub>hidden</sub> ≤ √2</i>, "
        "<i>½ d</i> and <code>\\sum_i x</code>.</p>"
    )


def test_a_page_forbids_scripts():
    made = page("</title><script>", "<p>x</p>")
    assert "default-src 'none'" in made and "<title>&lt;/title&gt;&lt;script&gt;</title>" in made


def test_a_table_has_a_head_for_each_row_and_column():
    names = Elements(table("t", ["a", "b"], [["1", "2"], ["3", "4"]])).names
    assert (names.count("th"), names.count("td"), names.count("tr")) == (4, 2, 3)


ODD = [
    "../x", "..", ".", "/", "a/b", "a\\b", "CON", "con.txt", "nul", "COM¹", "lpt9.x", "-rf", ".hidden",
    "ada.", "ada ", "한", "\u1112\u1161\u11ab", "a:b", "\u202eada", "x" * 300, "王" * 100, "<script>", "*",
    "a\x00b", "\ud800", "", "ä", "a\u0308",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_every_name_makes_a_file_that_can_be_written(odd, tmp_path):
    name = file_names([odd])[odd]
    (tmp_path / f"{name}.html").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.html"]
    assert len(name.encode()) < 200 and name[0] not in ".-" and not set(name) & set('<>:"/\\|?*\0 ')
    assert name.split(".")[0].casefold() not in {"con", "nul", "com¹", "com1", "lpt9"}


def test_plain_names_stay_and_no_two_are_the_same():
    plain = ["ada", "Ada.Lovelace", "ada_1204", "王伟", "001"]
    assert file_names(plain) == {name: name for name in plain}
    names = ["ada", "Ada", "ADA", "a/b", "a\\b", "a-b", *ODD]
    made = file_names(names)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in made.values()}) == len(set(names))
    forged = made["a/b"]
    assert file_names(["a/b", forged])["a/b"] != file_names(["a/b", forged])[forged]


def test_a_name_does_not_hang_on_who_else_is_in_the_class_unless_theirs_is_the_same():
    assert file_names(["../x"])["../x"] == file_names(["ada", "../x", "bob"])["../x"]
