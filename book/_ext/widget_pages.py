"""Widgets in a built page: a place for each view, and beside the page what its widgets hold, in files.

MyST-NB writes the state of all widgets of a notebook into the head of its page, with their module repeated in each.
Here a page has the places alone, and page-host.js fetches what a place needs when the reader comes near it: the state
of its widget, and the module. A file is named by its content, so what two pages show is fetched once. The files are
scripts: a page opened from a folder may load nothing else.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from sphinx.util import logging

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
FIGURES = "application/vnd.lmkit.figures+json"
HOST = Path(__file__).parents[2] / "lmkit/widgets/static/page-host.js"
HEIGHTS = "book/figure_heights.json"
FIRST = 100  # before all other scripts, of which Sphinx's own begin at 200
PLACE = re.compile(rf'(<script type="{re.escape(VIEW)}">)(.*?)(</script>)', re.DOTALL)
log = logging.getLogger(__name__)


def lay_beside(models: dict, folder: Path) -> dict[str, dict[str, str]]:
    """Write the files of some widgets into a folder.

    JSON has no word for NaN: one of them, and a browser could read nothing of the file. The widget that holds it has no
    file, but an error, which stands in its place on the page.

    Returns:
        By the name of each widget, which files hold its `state` and its `module`; or the `error`.
    """
    files = {}
    for name, model in models.items():
        state = {trait: value for trait, value in model["state"].items() if trait != "_esm"}
        try:
            written = _write({**model, "state": state}, folder)
        except ValueError:
            files[name] = {"error": "its state holds a number that is not finite (NaN or infinity)"}
        else:
            files[name] = {"state": written, "module": _write(model["state"]["_esm"], folder)}
    return files


def _write(content: object, folder: Path) -> str:
    """Write a file that brings its content to late.js, and give its name."""
    data = json.dumps(content, allow_nan=False)
    name = hashlib.sha256(data.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.js").write_text(f'late.bring("{name}", {data});\n', "utf-8")
    return name


def script(kind: str, content: object) -> str:
    """A script element that holds data. No text in it can end the element."""
    data = json.dumps(content).replace("<", "\\u003c")
    return f'<script type="{kind}">{data}</script>'


def with_places(body: str, heights: Sequence[tuple[int, int]] = ()) -> str:
    """The body of a page, with a place after each mark that a view belongs there; hidden where scripts are off.

    Args:
        heights: how tall the views will be on a wide screen and on a phone, in their order. With a place of this height
            the text below does not jump when a view is drawn.
    """
    known = iter(heights)

    def place(mark: re.Match) -> str:
        wide, narrow = next(known, (0, 0))
        model = json.loads(mark[2])["model_id"]
        style = f"--wide: {wide}px; --narrow: {narrow}px"
        return f'{mark[0]}<div class="page-widget pst-js-only" data-widget="{model}" style="{style}"></div>'

    return PLACE.sub(place, body)


def show_widgets(app, pagename, templatename, context, doctree):
    """Give a page with widgets their places, their files and the host. One that the host cannot show is a warning."""
    states = [file for file in context.get("script_files", []) if file.attributes.get("type") == STATE]
    if not states:
        return
    context["script_files"][:] = [file for file in context["script_files"] if file not in states]
    models = json.loads(states[0].attributes["body"])["state"]
    hosted = {name: model for name, model in models.items() if model["model_module"] == "anywidget"}
    for name, model in models.items():
        if name not in hosted and name in context["body"]:
            log.warning("%s shows a %s, but pages can host anywidgets only", pagename, model["model_name"])
    files = lay_beside(hosted, Path(app.outdir, "_static", "figures"))
    for name, saved in files.items():
        if "error" in saved:
            log.warning("%s has a figure, %s, that cannot be shown: %s", pagename, name, saved["error"])
    heights = json.loads(Path(app.srcdir, HEIGHTS).read_text("utf-8")).get(pagename, [])
    context["body"] = with_places(context["body"], heights) + script(FIGURES, files)
    app.add_js_file("late.js", priority=FIRST, loading_method="defer")
    app.add_js_file("page-host.js", priority=FIRST, loading_method="defer")


def bring_host(app, config):
    """Have Sphinx copy the host, which lies in the package: a figure that is saved as a file has it, too."""
    config.html_static_path.append(str(HOST))


def setup(app):
    """Connect to Sphinx after MyST-NB, which has the default priority, 500."""
    app.connect("config-inited", bring_host)
    app.connect("html-page-context", show_widgets, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
