"""A learner in JupyterLab and Notebook 7: figures that are moved by keys and by Python, saved, and opened again."""

import json
import urllib.request

import pytest

from tests.book.jupyter_servers import holds_figures, open_notebook, served, wait_for, write

MAKE = """\
import json, pathlib, torch, lmkit
from lmkit.inside.head_survey import survey
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import AttentionFlow, AttentionHeads, HeadAtlas, QueryKey

torch.manual_seed(0)
words = ["one", "two", "three", "four", "five", "six"]
model = Transformer(TransformerConfig(vocab_size=6, n_layers=3, n_heads=2, d_model=16, max_positions=8))
trace = lmkit.trace(model, torch.arange(6))
flow, score, heads = (kind(trace, words, link="one", query=5) for kind in (AttentionFlow, QueryKey, AttentionHeads))
atlas = HeadAtlas(survey(model, [torch.randperm(6) for _ in range(6)], n_passages=2), decode=words.__getitem__)"""
MOVE = "heads.layer, heads.head, heads.pinned = 2, 1, [[0, 0]]"
TELL = """\
chosen = [[heads.layer, heads.head, heads.query, heads.pinned], [flow.layer, flow.query], [score.layer, score.head]]
pathlib.Path("chosen.json").write_text(json.dumps([*chosen, [atlas.layer, atlas.head]]))"""
FIGURES = ["heads", "heads", "flow", "score", "atlas"]  # the heads in two views
CELLS = [MAKE, *FIGURES, MOVE, TELL]
# In JupyterLab each notebook in a workspace of its own: another would open a notebook of other tests beside it.
PLACE = {"jupyterlab": "lab/workspaces/{0.stem}/tree/{0.name}", "notebook": "notebooks/{0.name}"}
IDLE = {
    "jupyterlab": "text=Python 3 (ipykernel) | Idle",
    "notebook": "[data-notebook=notebooks] .jp-Notebook-ExecutionIndicator[data-status=idle]",
}


class Server:
    """A Jupyter server with a notebook in a folder."""

    def __init__(self, program, folder, address, browser):
        self.program, self.notebook, self.address, self.browser = program, folder / "figures.ipynb", address, browser

    def open(self, path):
        """A notebook in the browser, once its kernel waits."""
        seen = open_notebook(self.browser, self.address(PLACE[self.program].format(path)))
        wait_for(seen.page, self.kernel_waits)  # before it is there a page says idle, too, and forgets what is run
        self.wait(seen.page)
        return seen

    def kernel_waits(self):
        """Whether a page is connected to a kernel that has nothing to do, as the server tells."""
        try:
            with urllib.request.urlopen(self.address("api/kernels"), timeout=5) as answer:
                kernels = json.load(answer)
        except OSError:  # asked while a kernel is being made, the server stumbles, or is silent
            return False
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def wait(self, page):
        """Until the kernel is idle."""
        page.locator(IDLE[self.program]).wait_for(state="attached")

    def told(self):
        """What Python has told last; empty before."""
        path = self.notebook.with_name("chosen.json")
        return path.read_text() if path.exists() else ""


@pytest.fixture(scope="module", params=["notebook", "jupyterlab"])
def server(request, tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp(request.param)
    write(folder / "figures.ipynb", CELLS)
    with served(folder, request.param) as address:
        yield Server(request.param, folder, address, browser)


def choose(page, menu, entry):
    """An entry of a menu."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(".lm-Menu-item:not(.lm-mod-disabled)").filter(has=page.get_by_text(entry, exact=True)).click()


def said(page):
    """What the figures say, from top to bottom."""
    sentences = page.locator(".lmkit-figure output.lmkit-say")
    sentences.nth(len(FIGURES) - 1).wait_for()
    return sentences.all_inner_texts()


@pytest.fixture(scope="module")
def page(server):
    """The notebook, when all of its cells have run."""
    seen = server.open(server.notebook)
    choose(seen.page, "Run", "Run All Cells")
    seen.page.wait_for_function("() => document.querySelector('.jp-InputPrompt').innerText.trim() !== '[ ]:'")
    said(seen.page)
    wait_for(seen.page, lambda: server.told())
    yield seen.page
    assert seen.foreign == []
    seen.page.context.close()


def test_all_cells_run_and_the_figures_of_a_link_are_where_python_put_one_of_them(page):
    page.locator(".lmkit-pins canvas:visible").nth(1).wait_for()  # what Python changed last: one in each view
    heads, again, flow, score, _ = said(page)
    assert heads == again and heads.startswith("L2 · H1. From “six”")
    assert "Through “six” in L2" in flow and score.startswith("L2 · H1. “six” looks for")


@pytest.fixture(scope="module")
def chosen(page):
    """The page, once a head was chosen and pinned by keys in the second view."""
    page.locator(".lmkit-figure").nth(1).locator("canvas").first.focus()
    for key in ("PageUp", "ArrowLeft", "p"):
        page.keyboard.press(key)
    return page


def test_what_is_chosen_by_keys_in_one_view_is_seen_in_all_and_by_python(server, chosen):
    page = chosen
    heads, again, flow, score, _ = said(page)
    assert heads == again and heads.startswith("L1 · H0.")
    assert "Through “six” in L1" in flow and score.startswith("L1 · H0.")
    atlas = page.locator(".lmkit-figure").nth(4).locator("canvas").first
    atlas.focus()
    page.keyboard.press("Home")
    server.notebook.with_name("chosen.json").write_text("")
    page.locator(".jp-CodeCell .cm-content").nth(CELLS.index(TELL)).click()
    page.keyboard.press("Shift+Enter")
    wait_for(page, lambda: server.told())
    heads, flow, score, one = json.loads(server.told())
    assert heads == [1, 0, 5, [[0, 0], [1, 0]]] and flow == [1, 5] and score == [1, 0]
    assert said(page)[4].startswith("L{} · H{}".format(*one))


def test_a_letter_pressed_in_a_figure_is_no_command_on_its_cell_and_shift_enter_still_runs_it(page):
    """As x, which cuts it."""
    cells = page.locator(".jp-Cell")
    there = cells.count()
    canvas = page.locator(".lmkit-figure").first.locator("canvas").first
    for key in ("x", "d", "d", "a", "m", "l"):
        canvas.focus()
        page.keyboard.press(key)
    assert (cells.count(), page.locator(".jp-MarkdownCell").count()) == (there, 0)
    before = page.locator(".jp-InputPrompt").nth(1).inner_text()
    canvas.click(position={"x": 1, "y": 1})  # on no head; its cell is now the one that Jupyter would run
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("before => document.querySelectorAll('.jp-InputPrompt')[1].innerText !== before", arg=before)
    page.wait_for_function("() => /[0-9]/.test(document.querySelectorAll('.jp-InputPrompt')[1].innerText)")


@pytest.fixture(scope="module")
def saved(server, chosen):
    """The notebook, saved while a figure has the focus; its kernel was restarted, and the page closed."""
    page = chosen
    said(page)
    page.locator(".lmkit-figure").first.locator("canvas").first.focus()
    page.keyboard.press("Control+s")
    wait_for(page, lambda: holds_figures(server.notebook))
    choose(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    server.wait(page)
    page.context.close()
    return server.notebook


def test_after_a_restart_and_opened_again_the_figures_are_as_they_were_left_and_alive(server, saved):
    """What is shown comes from the file alone."""
    seen = server.open(saved)
    heads, again, flow, score, _ = said(seen.page)
    assert heads == again and heads.startswith("L1 · H0.")
    assert "Through “six” in L1" in flow and score.startswith("L1 · H0.")
    seen.page.locator(".lmkit-figure").first.locator("canvas").first.focus()
    seen.page.keyboard.press("ArrowRight")
    heads, again, _, score, _ = said(seen.page)
    assert heads == again and heads.startswith("L1 · H1.") and score.startswith("L1 · H1.")
    assert seen.page.get_by_text("Error displaying widget").count() == 0
    assert seen.foreign == []
    seen.page.context.close()


def test_the_notebook_of_somebody_else_shows_a_picture_in_place_of_each_figure(server, saved):
    """It is not trusted, so that nothing in it may run."""
    theirs = saved.with_name("theirs.ipynb")
    theirs.write_text(saved.read_text("utf-8").replace("import json", "import  json"), "utf-8")
    seen = server.open(theirs)
    pictures = seen.page.locator(".jp-OutputArea-output img")
    pictures.nth(len(FIGURES) - 1).wait_for()
    assert pictures.count() == len(FIGURES)
    assert seen.page.locator(".lmkit-figure").count() == 0
    seen.page.context.close()
