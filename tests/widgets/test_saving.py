"""Figures as files: what they hold, and that nothing in them ends the element or the drawing it stands in."""

import io
import re
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lmkit.widgets import AttentionHeads, Guess
from lmkit.widgets.posters.svg import drawing, words

WEIGHTS = torch.softmax(torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)), -1)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def figure():
    """All heads on four words, two of which are hostile."""
    return AttentionHeads(WEIGHTS, ["</script><b>", "&amp; ]]>", " the", "\x00"], layer=1, head=2, query=1)


def test_a_page_holds_the_figure_and_names_no_other_address(figure, tmp_path):
    figure.save(tmp_path / "x.html")
    page = (tmp_path / "x.html").read_text("utf-8")
    assert len(re.findall("</script>", page)) == len(re.findall("<script", page)) == 4
    assert figure.model_id in page
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []


def test_a_drawing_has_the_words_and_a_cell_for_each_share_and_says_what_is_seen(figure, tmp_path):
    figure.save(tmp_path / "x.svg")
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    assert root.find(f"{SVG}title").text == figure.description
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts[0].startswith("L1 · H2")
    assert texts.count("</script><b>") == texts.count("␣the") == 2
    filled = [one for one in root.iter(f"{SVG}rect") if one.get("fill").startswith("#")]
    assert len(filled) == 1 + int((WEIGHTS[1, 2] >= 0.002).sum())  # and the page


def test_a_still_picture_is_the_poster(figure, tmp_path):
    figure.save(str(tmp_path / "x.png"))
    assert (tmp_path / "x.png").read_bytes() == figure.poster()
    Image.open(io.BytesIO(figure.poster())).verify()


def test_another_suffix_is_refused_with_those_that_are_known(figure, tmp_path):
    with pytest.raises(ValueError, match=r"x.pdf ends with '.pdf', but a figure is saved as .html, .svg, .png"):
        figure.save(tmp_path / "x.pdf")


def test_a_question_has_no_picture_and_is_saved_as_a_page(tmp_path):
    question = Guess.number("How many?")
    question.save(tmp_path / "x.html")
    assert "How many?" in (tmp_path / "x.html").read_text("utf-8")


@given(st.text(max_size=20))
def test_any_words_make_a_drawing_that_can_be_read(text):
    root = ElementTree.fromstring(drawing(10, 10, text, [words(text, 0, 0, "#000")]))
    assert root.find(f"{SVG}text") is not None
