"""What the figures of the built chapters show before anyone touches them is what the text beside them says."""

import base64
import json
import re

import numpy as np
from widget_pages import FIGURES


def figures(built, page: str, view: str) -> list[dict]:
    """The states of all figures of one kind on a page, in their order, their binary traits as bytes."""
    html = (built / f"{page}.html").read_text("utf-8")
    files = json.loads(re.search(rf'<script type="{re.escape(FIGURES)}">(.*?)</script>', html, re.S)[1])
    order = re.findall(r'data-widget="(\w+)"', html)
    models = [brought(built / "_static" / "figures" / f"{files[name]['state']}.js") for name in order]
    binary = [{one["path"][0]: base64.b64decode(one["data"]) for one in model.get("buffers", [])} for model in models]
    states = [{**model["state"], **traits} for model, traits in zip(models, binary, strict=True)]
    return [state for state in states if state["view"] == view]


def brought(file) -> dict:
    """What a file brings to a page, which calls late.bring("name", what)."""
    return json.loads(file.read_text("utf-8").removesuffix(");\n").split(", ", 1)[1])


def test_where_the_reader_is_told_to_step_through_the_first_step_is_shown(built):
    first, *_ = figures(built, "chapters/02_attention", "attention-steps")
    assert first["step"] == 1


def test_the_logit_lens_opens_where_the_model_ends_up_right_and_was_wrong_before(built):
    (lens,) = figures(built, "chapters/04_transformer", "logit-lens")
    cells = (-1, lens["shape"]["entries"], lens["shape"]["positions"])
    ranks = np.frombuffer(lens["known_ranks"], "<f4").reshape(cells)[0, :, lens["position"]]
    assert ranks[lens["layer"]] == ranks[-1] == 1 and (ranks[:2] > 1).all()


def test_the_film_of_tiny_writes_at_every_snapshot_and_ends_with_the_names_of_a_story(built):
    (film,) = figures(built, "chapters/05_pretraining", "training-film")
    assert len(film["writes"]) == len(film["steps"]) == 9
    assert len(set(film["writes"])) == 9 and sum(map(len, film["writes"])) < 3000
    assert re.match(r" a (boy|girl) called [A-Z]", film["writes"][-1]) and "called" not in film["writes"][0]
