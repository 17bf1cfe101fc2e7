"""Widgets in a built page: their state, each module once, and the host that shows them without a kernel.

MyST-NB writes the state of a notebook's widgets into the head of its page, with the module repeated in each.
Here the state moves to the end of the page, so that the text shows first, and a module is written once.
"""

import hashlib
import json
from pathlib import Path

from sphinx.util import logging
from weight_files import move

STATE = "application/vnd.jupyter.widget-state+json"
MODULES = "application/vnd.lmkit.modules+json"
log = logging.getLogger(__name__)


def share_modules(models: dict) -> tuple[dict, dict[str, str]]:
    """Replace each widget's module by a key, and return the widgets and the modules by their keys.

    JSON has no word for NaN: one of them, and a browser could read none of the widgets. The widget that holds it is
    replaced by an error, which stands in its place on the page.
    """
    shared, modules = {}, {}
    for name, model in models.items():
        if not _is_finite(model["state"]):
            shared[name] = {"error": "its state holds a number that is not finite (NaN or infinity)"}
            continue
        source = model["state"]["_esm"]
        key = hashlib.sha256(source.encode()).hexdigest()[:12]
        modules[key] = source
        shared[name] = {**model, "state": {**model["state"], "_esm": key}}
    return shared, modules


def _is_finite(state: dict) -> bool:
    try:
        json.dumps(state, allow_nan=False)
    except ValueError:
        return False
    return True


def script(kind: str, content) -> str:
    """A script element that holds data. No text in it can end the element."""
    data = json.dumps(content).replace("<", "\\u003c")
    return f'<script type="{kind}">{data}</script>'


def show_widgets(app, pagename, templatename, context, doctree):
    """Give a page with widgets their state and the host. A widget that the host cannot show is a warning."""
    states = [file for file in context.get("script_files", []) if file.attributes.get("type") == STATE]
    if not states:
        return
    context["script_files"][:] = [file for file in context["script_files"] if file not in states]
    models = json.loads(states[0].attributes["body"])["state"]
    hosted = {name: model for name, model in models.items() if model["model_module"] == "anywidget"}
    for name, model in models.items():
        if name not in hosted and name in context["body"]:
            log.warning("%s shows a %s, but pages can host anywidgets only", pagename, model["model_name"])
    light = move(hosted, Path(app.outdir), lambda file: context["pathto"](file, True))
    shared, modules = share_modules(light)
    for name, model in shared.items():
        if "error" in model:
            log.warning("%s has a figure, %s, that cannot be shown: %s", pagename, name, model["error"])
    context["body"] += script(MODULES, modules) + script(STATE, {"state": shared})
    app.add_js_file("page-host.js", loading_method="defer")


def setup(app):
    """Connect to Sphinx after MyST-NB, which has the default priority, 500."""
    app.connect("html-page-context", show_widgets, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
