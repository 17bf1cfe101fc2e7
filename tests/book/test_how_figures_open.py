"""What the figures of the built chapters show before anyone touches them is what the text beside them says."""

import base64
import json
import re

import numpy as np
from widget_pages import FIGURES

from lmkit.text.storyworld import parse, split_sentences


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
    *_, lens = figures(built, "chapters/04_transformer", "logit-lens")  # the first one asks what comes after its text
    cells = (-1, lens["shape"]["entries"], lens["shape"]["positions"])
    ranks = np.frombuffer(lens["known_ranks"], "<f4").reshape(cells)[0, :, lens["position"]]
    assert ranks[lens["layer"]] == ranks[-1] == 1 and (ranks[:2] > 1).all()


def test_the_film_of_tiny_writes_noise_before_the_first_step_and_the_beginning_of_a_story_after_the_last(built):
    films = figures(built, "chapters/05_pretraining", "training-film")
    assert films
    for film in films:
        assert len(set(film["writes"])) == len(film["steps"]) == 9
        assert sum(map(len, film["writes"])) < 3000  # a light state
        sentences = [split_sentences(f"One day,{text}")[0] for text in film["writes"]]
        assert parse(sentences[0]) is None and parse(sentences[-1]) is not None
