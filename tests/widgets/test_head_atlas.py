"""HeadAtlas: what the page gets of a survey of heads, how much that is, and what is refused."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.testing import assert_close
from traitlets import TraitError

from lmkit.inside.head_survey import FARTHEST, OUTSIDE, SCORES, WINDOW, HeadSurvey
from lmkit.widgets.head_atlas import AFTER, BEFORE, BINS, HeadAtlas

BYTES = "evenly scores distances lengths passages rows written raised sought excess".split()


def made_up(layers: int, heads: int, passages: int = 8, vocab: int = 500, *, causal: bool = True) -> HeadSurvey:
    """A survey as of a corpus of long texts, with query and key anywhere in them."""
    generator = torch.Generator().manual_seed(0)
    each = (layers, heads, passages)

    def random(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=generator)

    lengths = (WINDOW - 40 * random(*each)).long()
    places = (random(2, *each) * lengths).long()
    outside = torch.arange(WINDOW) >= lengths[..., None]
    tokens = (random(*each, WINDOW) * vocab).long()
    scores = random(len(SCORES), layers, heads)
    scores[SCORES.index("next")] *= not causal
    return HeadSurvey(
        n_texts=100,
        n_tokens=15_000,
        scores=scores,
        errors=random(len(SCORES), layers, heads) / 100,
        evenly=random(len(SCORES)),
        distances=random(layers, heads, FARTHEST + 1).softmax(dim=-1),
        passages=tokens.masked_fill(outside, OUTSIDE),
        rows=random(*each, WINDOW).masked_fill(outside, 0),
        queries=places.amax(dim=0),
        keys=places.amin(dim=0),
        written=(random(*each, 5) * vocab).long(),
        raised=random(*each, 5),
        sought=(random(layers, heads, 5) * vocab).long(),
        excess=random(layers, heads, 5),
    )


SURVEY = made_up(2, 3)


def atlas(survey: HeadSurvey = SURVEY, **options) -> HeadAtlas:
    return HeadAtlas(survey, decode=" word{}".format, **options)


def read(figure: HeadAtlas, trait: str, kind: str, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(getattr(figure, trait), kind).astype(np.float64).reshape(shape))


def test_the_page_gets_each_score_with_its_interval_and_what_is_even():
    figure = atlas()
    means, reach = read(figure, "scores", "<f4", 2, len(figure.score_names), 2, 3)
    for i, name in enumerate(figure.score_names):
        low, high = SURVEY.interval(name)
        assert_close(means[i] - reach[i], low.double())
        assert_close(means[i] + reach[i], high.double())
        assert_close(read(figure, "evenly", "<f4", -1)[i], SURVEY.evenly[SCORES.index(name)].double())


def test_scores_that_say_nothing_are_left_out_and_the_axes_take_others():
    errors = SURVEY.errors.clone()
    errors[SCORES.index("induction")] = torch.nan
    figure = atlas(replace(SURVEY, errors=errors), x="next")
    assert figure.score_names == [name for name in SCORES if name not in ("next", "induction")]
    assert {figure.x, figure.y} <= set(figure.score_names) and figure.x != figure.y
    assert "next" in atlas(made_up(2, 3, causal=False)).score_names


def test_each_bar_is_the_attention_that_goes_so_far():
    bars = read(atlas(), "distances", "<f2", 2, 3, len(BINS))
    ends = [*BINS[1:], FARTHEST + 1]
    for i, (start, end) in enumerate(zip(BINS, ends, strict=True)):
        assert_close(bars[..., i].float(), SURVEY.distances[..., start:end].sum(dim=-1), atol=1e-3, rtol=1e-3)


def test_a_passage_is_what_stands_around_query_and_key_and_between():
    figure = atlas()
    kept = figure.shape["passages"]
    lengths, queries, keys = read(figure, "lengths", "u1", 3, 2 * 3 * kept).long()
    tokens = read(figure, "passages", "<u2", -1).long().split(lengths.tolist())
    rows = read(figure, "rows", "u1", -1).split(lengths.tolist())
    for i, (text, row) in enumerate(zip(tokens, rows, strict=True)):
        at = (*divmod(i // kept, 3), i % kept)
        query, key = int(SURVEY.queries[at]), int(SURVEY.keys[at])
        start, end = max(0, min(query, key) - BEFORE), max(query, key) + 1 + AFTER
        whole = [token for token in SURVEY.passages[at].tolist() if token != OUTSIDE]
        assert [figure.names[name] for name in text] == [f" word{token}" for token in whole[start:end]]
        assert (int(queries[i]) + start, int(keys[i]) + start) == (query, key)
        assert_close((row / 255).square().float(), SURVEY.rows[at][: len(whole)][start:end], atol=4e-3, rtol=0)


@pytest.mark.parametrize(("layers", "heads", "vocab", "most"), [(6, 8, 2_000, 150_000), (30, 9, 20_000, 700_000)])
def test_the_payload_is_small_also_of_many_heads_with_long_passages(layers, heads, vocab, most):
    figure = atlas(made_up(layers, heads, vocab=vocab))
    size = sum(len(getattr(figure, name)) for name in BYTES) + len(json.dumps(figure.names))
    assert size <= most and figure.shape["passages"] >= 3


def test_it_opens_with_the_head_that_scores_highest_upwards_of_those_that_are_asked_for():
    score = SURVEY.score("induction")
    assert (atlas().layer, atlas().head) == divmod(int(score.argmax()), 3)
    assert atlas(layer=1).head == int(score[1].argmax())
    assert atlas(head=2).layer == int(score[:, 2].argmax())
    assert atlas(y="entropy", x="first").description.count("entropy") == 2


def test_the_poster_shows_what_is_chosen_in_a_small_picture():
    pictures = [atlas(layer=layer, head=0).poster() for layer in (0, 1)]
    assert Image.open(io.BytesIO(pictures[0])).format == "PNG"
    assert pictures[0] != pictures[1] and max(map(len, pictures)) < 30_000


def not_finite() -> HeadSurvey:
    return replace(SURVEY, rows=torch.full_like(SURVEY.rows, torch.nan))


WRONG_CALLS = {
    "no such score": (r"there is no score 'speed': choose one of previous, next", {"x": "speed"}),
    "no such layer": (r"layer 2 does not exist: there are 2, from 0 to 1", {"layer": 2}),
    "no such head": (r"head 3 does not exist", {"head": 3}),
    "no such selected head": (r"selected head 9 does not exist", {"selected": [(0, 9)]}),
    "NaN": (r"the survey's rows hold a number that is not finite", {"survey": not_finite()}),
    "one text": (r"survey more texts", {"survey": replace(SURVEY, errors=SURVEY.errors * torch.nan)}),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_is_told_the_cause(name):
    message, options = WRONG_CALLS[name]
    with pytest.raises(ValueError, match=message):
        atlas(**options)


@pytest.mark.parametrize(("trait", "value"), [("x", "speed"), ("layer", 2), ("head", -1), ("selected", [[5, 0]])])
def test_what_does_not_exist_is_refused_later_too(trait, value):
    figure = atlas()
    before = getattr(figure, trait)
    with pytest.raises(TraitError):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before
