"""The living figures in JupyterLab: the reader moves them by keys, and Python sees it."""

import json

import pytest

from tests.book.browsing import visit
from tests.book.jupyter_servers import open_notebook, served, write

MAKE = """\
import json, pathlib, torch
from lmkit.widgets import AttentionHeads, AttentionSteps
from lmkit.widgets.attention_steps import Example

words = ["one", "two", "three", "four"]
weights = torch.rand(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0)).softmax(-1)
rows = torch.eye(4)
heads = AttentionHeads(tuple(weights), words, query=0)
steps = AttentionSteps([Example("four words", words, rows, rows, rows)], query=0)"""
TELL = """\
chosen = dict(layer=heads.layer, head=heads.head, query=heads.query, step=steps.step, row=steps.query)
pathlib.Path("chosen.json").write_text(json.dumps(chosen))
chosen"""
MOVE = "heads.layer, heads.head = 0, 1"
PLAY = """\
from lmkit.widgets import Playground
play = Playground("tiny", "Tom")
play"""
SWITCH = "play.off = {'heads': [(0, 1)]}"
HEAR = "pathlib.Path('heard.json').write_text(json.dumps([play.text, play.off, play.seed]))"
ASK = """\
from lmkit.widgets import Guess
guess = Guess.number("How many bytes?")
guess"""
ANSWER = "guess.answer = 4"
PAINTED = "canvas => canvas.toDataURL()"
FIRST_CANVAS = "document.querySelector('.lmkit-figure canvas')"
LEFT = "left = AttentionHeads(tuple(weights), words, link='both')\nleft"
RIGHT = "right = AttentionHeads(tuple(weights), words, link='both')\nright"
TELL_RIGHT = "pathlib.Path('right.json').write_text(json.dumps([right.layer, right.head, right.query]))"
CELLS = [MAKE, "heads", "steps", TELL, MOVE, PLAY, SWITCH, HEAR, ASK, ANSWER, LEFT, RIGHT, TELL_RIGHT]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, with a notebook in a folder; the folder, and the address of one that is named."""
    folder = tmp_path_factory.mktemp("lab")
    write(folder / "figures.ipynb", CELLS)
    with served(folder) as address:
        yield folder, address


@pytest.fixture(scope="module")
def notebook(lab, browser):
    """The notebook in the browser, its first three cells run, so that both figures are shown."""
    seen = opened(browser, lab[1]("lab/tree/figures.ipynb"))
    run_first_cells(seen.page, 3)
    seen.page.locator(".lmkit-figure output.lmkit-say").nth(1).wait_for()
    yield seen
    seen.page.context.close()


def opened(browser, address):
    """A notebook in the browser, once its kernel waits."""
    seen = open_notebook(browser, address)
    seen.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    return seen


def run_first_cells(page, count):
    """Run so many cells from the first on."""
    page.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(count):
        page.keyboard.press("Shift+Enter")


def run(page, source):
    """Run one of the cells."""
    page.locator(".jp-CodeCell .cm-content").nth(CELLS.index(source)).click()
    page.keyboard.press("Shift+Enter")


def test_python_sees_what_the_reader_chose_by_keys(lab, notebook):
    page = notebook.page
    heads, steps = page.locator(".lmkit-figure").all()
    overview = heads.locator("canvas").first
    overview.focus()
    for key in ("PageDown", "ArrowRight", "ArrowRight", "Enter", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    steps.locator("canvas").first.focus()
    for key in ("4", "ArrowDown"):
        page.keyboard.press(key)
    run(page, TELL)
    page.locator(".jp-OutputArea-output", has_text="'layer'").wait_for()
    assert json.loads((lab[0] / "chosen.json").read_text()) == {"layer": 1, "head": 2, "query": 3, "step": 4, "row": 1}


def test_a_letter_pressed_in_a_figure_is_no_command_on_its_cell(notebook):
    """As x, which cuts it."""
    page = notebook.page
    page.locator(".lmkit-figure canvas").first.focus()
    for key in ("x", "d", "d", "m"):
        page.keyboard.press(key)
    assert page.locator(".jp-CodeCell").count() == len(CELLS)


def test_the_figure_follows_python(notebook):
    run(notebook.page, MOVE)
    notebook.page.get_by_text("L0 · H1.").wait_for()
    assert notebook.page.locator(".lmkit-say").first.inner_text().startswith("L0 · H1.")


def test_a_model_reads_what_the_reader_types_and_both_sides_switch_parts_off(lab, notebook):
    """Its weights come over the line to Python."""
    page = notebook.page
    run(page, PLAY)
    field = page.get_by_label("Your text")
    field.fill("Tom had a red")
    page.locator(".lmkit-playground .lmkit-say", has_text="After “␣r”").or_(
        page.locator(".lmkit-playground .lmkit-say", has_text="After “ed”")
    ).wait_for()
    run(page, SWITCH)
    page.get_by_role("button", name="L0 · H1 ✕").wait_for()
    page.get_by_label("seed").fill("9")
    run(page, HEAR)
    page.locator(".jp-CodeCell", has_text="heard.json").locator(".jp-OutputArea-output").wait_for()
    heard = json.loads((lab[0] / "heard.json").read_text())
    assert heard == ["Tom had a red", {"heads": [[0, 1]], "neurons": []}, 9]


def test_a_guess_waits_for_the_cell_that_finds_the_answer(notebook):
    page = notebook.page
    run(page, ASK)
    page.get_by_role("textbox", name="How many bytes?").fill("12")
    page.keyboard.press("Enter")
    page.get_by_text("Now run the next cell").wait_for()
    run(page, ANSWER)
    told = page.get_by_text("You said 12, it is 4: too high by a factor of 3.")
    told.wait_for()
    assert told.count() == 1


def test_figures_of_one_link_move_together_across_cells_and_python_sees_both(lab, notebook):
    page = notebook.page
    run(page, LEFT)
    run(page, RIGHT)
    cells = [page.locator(".jp-CodeCell", has_text=f"{name} = ") for name in ("left", "right")]
    left, right = (cell.locator(".lmkit-figure") for cell in cells)
    right.locator("output.lmkit-say").wait_for()
    left.locator("canvas").first.focus()
    for key in ("PageDown", "ArrowRight", "Enter", "Home"):
        page.keyboard.press(key)
    assert right.locator("output.lmkit-say").inner_text().startswith("L1 · H1. From “one”")
    run(page, TELL_RIGHT)
    page.locator(".jp-CodeCell", has_text="right.json").locator(".jp-OutputArea-output").wait_for()
    assert json.loads((lab[0] / "right.json").read_text()) == [1, 1, 0]


def test_a_figure_is_painted_anew_when_jupyterlab_changes_its_theme(notebook):
    """And as it was when the theme comes back. JupyterLab hides everything while it changes."""
    page = notebook.page
    canvas = page.locator(".lmkit-figure canvas").first
    light = canvas.evaluate(PAINTED)
    choose_theme(page, "JupyterLab Dark")
    page.wait_for_function(f"light => ({PAINTED})({FIRST_CANVAS}) !== light", arg=light)
    assert canvas.evaluate(PAINTED) != light
    choose_theme(page, "JupyterLab Light")
    page.wait_for_function(f"light => ({PAINTED})({FIRST_CANVAS}) === light", arg=light)
    assert canvas.evaluate(PAINTED) == light


def choose_theme(page, name):
    """By the menu."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Theme").first.click()
    page.locator(".lm-Menu-item").filter(has=page.get_by_text(name, exact=True)).click()


def test_jupyterlab_asks_no_other_host_for_the_figures(notebook):
    assert notebook.foreign == []


def test_a_link_of_a_copy_opens_a_page_of_the_built_book(lab, browser):
    page = visit(browser, lab[1]("static/book/models.html"), viewport={"width": 1400, "height": 1000}).page
    assert page.locator("h1").first.inner_text().startswith("The book’s own models")
    page.context.close()
