"""A figure as a file of its own: alive in a page that needs nothing else, as a drawing, or as a still picture."""

import html
import json
from pathlib import Path

from ipywidgets.embed import dependency_state, embed_data

from lmkit.widgets.base import STATIC, LivingFigure

HOST = STATIC / "page-host.js"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; background: light-dark(#fff, #14181e) }}
body {{ max-width: 1000px; margin: 16px auto; padding: 0 12px }}
</style>
<div class="page-widget" data-widget="{name}"><noscript>{still}</noscript></div>
<script type="application/json" id="files">{files}</script>
<script type="application/vnd.lmkit.figures+json">{figures}</script>
<script>
const files = JSON.parse(document.getElementById("files").textContent);
const late = {{ ask: async (name) => files[name], near: (element, start) => start() }};
</script>
<script>
{host}</script>
</html>
"""


def save_figure(figure: LivingFigure, path: Path) -> None:
    """Write a figure into the file that `LivingFigure.save` was given."""
    contents = {".html": lambda: _page(figure).encode(), ".svg": lambda: figure.svg().encode(), ".png": figure.poster}
    if path.suffix not in contents:
        raise ValueError(f"{path.name} ends with {path.suffix!r}, but a figure is saved as {', '.join(contents)}.")
    path.write_bytes(contents[path.suffix]())


def _page(figure: LivingFigure) -> str:
    """All that the figure holds, its module and the host of a page, in one file.

    Where scripts are off, its picture stands there.
    """
    state = dependency_state([figure], drop_defaults=False)
    saved = embed_data(views=[figure], state=state, drop_defaults=False)["manager_state"]["state"]
    models = {name: model for name, model in saved.items() if model["model_module"] == "anywidget"}
    module = models[figure.model_id]["state"]["_esm"]
    states = {name: {**model, "state": _without_module(model["state"])} for name, model in models.items()}
    return PAGE.format(
        title=html.escape(figure.description),
        name=figure.model_id,
        still=_still(figure),
        files=_json({"module": module, **states}),
        figures=_json({name: {"state": name, "module": "module"} for name in models}),
        host=HOST.read_text("utf-8"),
    )


def _still(figure: LivingFigure) -> str:
    """The picture with its sentence; the sentence alone, where a figure has no picture."""
    forms, _ = figure._repr_mimebundle_()
    says = html.escape(figure.description)
    return f'<img src="data:image/png;base64,{forms["image/png"]}" alt="{says}">' if "image/png" in forms else says


def _without_module(state: dict) -> dict:
    return {trait: value for trait, value in state.items() if trait != "_esm"}


def _json(content: object) -> str:
    """JSON in which no text ends the element that it stands in."""
    return json.dumps(content, allow_nan=False).replace("<", "\\u003c")
