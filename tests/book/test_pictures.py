"""The pictures of the attention figures hold the numbers that were given: cells, lines and curves, read from pixels."""

import itertools
import math
import re

import numpy as np
import pytest
import torch

from lmkit.widgets import AttentionHeads, AttentionSteps, TrainingFilm
from lmkit.widgets.attention_steps import Example
from lmkit.widgets.training_film import Frame
from tests.book.browsing import FRAME
from tests.book.pictures import (
    ACCENT,
    LOSS,
    QUIET,
    WEIGHT,
    backgrounds,
    depth_of,
    marked,
    middles,
    picture_of,
    share_of,
    show_figure,
)

LAYERS, HEADS = 2, 3
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
MANY = [f"w{i}" for i in range(24)]  # so many that equal shares are too small for a line
PRECISE = 0.012  # a byte for a share and a byte for a color


def attention(seed: int, n: int = 10, layers: int = LAYERS, heads: int = HEADS) -> torch.Tensor:
    """Heads that differ from each other, "layer head query key"."""
    scores = 3 * torch.randn(layers, heads, n, n, generator=torch.Generator().manual_seed(seed))
    return scores.masked_fill(torch.ones(n, n).triu(1).bool(), -torch.inf).softmax(dim=-1)


def overview_of(page):
    return page.locator(".lmkit-overview canvas")


def focus_of(page):
    return page.locator(".lmkit-focus canvas")


def chosen_head(page) -> tuple[int, int]:
    """The layer and the head that the figure says are chosen."""
    return tuple(map(int, re.findall(r"\d+", overview_of(page).get_attribute("aria-valuetext"))))


def frame_of(page) -> tuple[float, float, float]:
    """The thumbnail that is framed: its left and top edge on the canvas of all heads, and its side."""
    frame, canvas = page.locator(".lmkit-frame").bounding_box(), overview_of(page).bounding_box()
    return frame["x"] - canvas["x"] + 3, frame["y"] - canvas["y"] + 3, frame["width"] - 6


def thumbnail(page, n: int, theme: str = "light") -> np.ndarray:
    """The shares that are painted in the thumbnail that is framed, "query key"."""
    left, top, side = frame_of(page)
    picture = picture_of(overview_of(page))
    inside = [int((i + 0.5) * side / n) for i in range(n)]
    return np.array([[share_of(picture[int(top) + y, int(left) + x], theme) for x in inside] for y in inside])


def shares_on_chips(page, group: str) -> list[float]:
    """The shares in the colors of a row of words."""
    return [share_of(color) for color in backgrounds(page.get_by_role("radiogroup", name=group).get_by_role("radio"))]


# --- AttentionHeads ---


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_thumbnail_shows_the_shares_of_its_own_head(show, theme):
    weights = attention(0)
    page = show_figure(show, AttentionHeads(weights, WORDS), color_scheme=theme)
    overview_of(page).focus()
    places = {}
    for _ in range(LAYERS * HEADS):
        layer, head = chosen_head(page)
        places[layer, head] = frame_of(page)
        np.testing.assert_allclose(thumbnail(page, 10, theme), weights[layer, head], atol=PRECISE)
        page.keyboard.press("ArrowRight")
    assert list(places) == list(itertools.product(range(LAYERS), range(HEADS)))
    for (layer, head), (left, top, _) in places.items():  # a row for each layer, a column for each head
        assert (left, top) == pytest.approx((places[0, head][0], places[layer, 0][1]))
    assert places[0, 0][0] < places[0, 1][0] < places[0, 2][0] and places[0, 0][1] < places[1, 0][1]


def test_sorted_by_a_score_the_thumbnails_move_and_keep_their_heads(show):
    weights = attention(1)
    score = torch.tensor([[0.1, 0.5, 0.3], [0.6, 0.2, 0.4]])
    page = show_figure(show, AttentionHeads(weights, WORDS, scores={"mine": score}))
    page.get_by_label("Order of the heads").select_option("mine")
    overview_of(page).focus()
    for key in ["ArrowUp", "ArrowUp", "Home"]:
        page.keyboard.press(key)
    for index in score.flatten().argsort(descending=True).tolist():
        assert chosen_head(page) == divmod(index, HEADS)
        np.testing.assert_allclose(thumbnail(page, 10), weights[divmod(index, HEADS)], atol=PRECISE)
        page.keyboard.press("ArrowRight")


def test_a_click_on_a_thumbnail_brings_its_head_into_focus(show):
    """And the large picture shows each share where a click finds it."""
    weights = attention(2)
    page = show_figure(show, AttentionHeads(weights, WORDS))
    overview_of(page).focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("End")
    left, top, side = frame_of(page)
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    overview_of(page).click(position={"x": left + side / 2, "y": top + side / 2})
    assert chosen_head(page) == (1, 2)
    rows = middles(focus_of(page), WORDS, lambda said: said.split(":")[0], x=2)
    columns = middles(focus_of(page), WORDS, lambda said: said.split(" on ")[1], y=2)
    picture = picture_of(focus_of(page))
    for (i, y), (j, x) in itertools.product(enumerate(rows), enumerate(columns)):
        if j <= i:  # what comes later is hatched
            assert share_of(picture[int(y), int(x)]) == pytest.approx(float(weights[1, 2, i, j]), abs=PRECISE), (i, j)


def test_the_words_carry_the_shares_of_the_chosen_query_in_their_color(show):
    weights = attention(3)
    page = show_figure(show, AttentionHeads(weights, WORDS, head=1, query=9))
    for query in (9, 4):
        page.get_by_role("radiogroup", name="Query").get_by_role("radio").nth(query).click()
        assert shares_on_chips(page, "Query") == pytest.approx(weights[0, 1, query].tolist(), abs=PRECISE)


def test_a_change_is_painted_by_its_size_and_what_was_lost_is_hollow(show):
    after, before = attention(4), attention(5)
    page = show_figure(show, AttentionHeads(after, WORDS, before=before, show="change", query=9))
    change = (after - before).numpy()
    np.testing.assert_allclose(thumbnail(page, 10), np.abs(change[0, 0]), atol=0.02)  # of two bytes
    painted = shares_on_chips(page, "Query")
    assert painted == pytest.approx(change[0, 0, 9].clip(min=0).tolist(), abs=0.02)
    rows = middles(focus_of(page), WORDS, lambda said: said.split(":")[0], x=2)
    columns = middles(focus_of(page), WORDS, lambda said: said.split(" on ")[1], y=2)
    picture = picture_of(focus_of(page))
    to_edge = 0.38 * (columns[1] - columns[0])
    for (i, y), (j, x) in itertools.product(enumerate(rows), enumerate(columns)):
        if j <= i:
            moved = float(change[0, 0, i, j])
            end = LOSS if moved < 0 else WEIGHT
            edge = share_of(picture[int(y), int(x + to_edge)], ends=[end]) if abs(moved) > 0.004 else abs(moved)
            assert edge == pytest.approx(abs(moved), abs=0.02), (i, j)
            if abs(moved) > 0.004:  # else its sign is one of rounding
                assert share_of(picture[int(y), int(x)]) == pytest.approx(max(0.0, moved), abs=0.02), (i, j)
    for name, wanted in (("before", before), ("after", after)):
        page.get_by_role("button", name=name, exact=True).click()
        np.testing.assert_allclose(thumbnail(page, 10), wanted[0, 0], atol=PRECISE)


CUT = """async () => {  // once it had time to follow the width: how much too wide, and whether a row is cut
  const box = document.querySelector(".lmkit-overview"), canvas = box.querySelector("canvas");
  const look = () => {
    const y = Math.round((box.scrollTop + box.clientHeight - 1) * canvas.height / canvas.clientHeight);
    const { data } = canvas.getContext("2d").getImageData(0, y, canvas.width, 1);
    return [Math.max(0, canvas.offsetWidth - box.clientWidth), data.some((part, i) => i % 4 === 3 && part > 0)];
  };
  for (let frame = 0; frame < 60; frame++) {
    await FRAME;
    if (frame > 1 && `${look()}` === "0,false") break;
  }
  return look();
}""".replace("FRAME", FRAME)


@pytest.mark.parametrize("fingers", [False, True])
@pytest.mark.parametrize(("layers", "heads"), [(6, 12), (12, 8)])
def test_no_row_of_heads_is_cut_at_any_width(show, layers, heads, fingers):
    figure = AttentionHeads(attention(6, layers=layers, heads=heads), WORDS)
    page = show_figure(show, figure, has_touch=fingers)
    for width in range(320, 1601, 64):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(CUT) == [0, False], width


# --- The lines of AttentionHeads ---


def one_reader(reader: int, shares: dict[int, float]) -> torch.Tensor:
    """A head in which one query has large shares and all others look at everything alike: at most one is drawn."""
    weights = torch.full((1, 1, 24, 24), 1 / 24)
    rest = (1 - sum(shares.values())) / (24 - len(shares))
    weights[0, 0, reader] = torch.tensor([shares.get(key, rest) for key in range(24)])
    return weights


class Lines:
    """The lines view of a page, and how much is drawn at the ends of the lines."""

    def __init__(self, page):
        self.page, self.canvas = page, focus_of(page)
        page.get_by_role("button", name="lines", exact=True).click()
        width = int(self.canvas.bounding_box()["width"])
        self.queries = middles(self.canvas, MANY, lambda said: said.split(":")[0], x=2)
        self.keys = middles(self.canvas, MANY, lambda said: said.split(" on ")[1], x=width - 2)

    def choose(self, query: int):
        """Choose a query, as a reader does."""
        self.page.get_by_role("radiogroup", name="Query").get_by_role("radio").nth(query).click()

    def drawn(self) -> np.ndarray:
        """How opaque the lines are, row by column of pixels, from 0 to 1; words are not in it."""
        picture = picture_of(self.canvas)
        return np.where(marked(picture, WEIGHT["light"]), picture[..., 3], 0) / 255

    def at_keys(self) -> tuple[np.ndarray, np.ndarray]:
        """The opacity and the width, in CSS pixels, of what arrives at each key."""
        return self._ends(self.drawn(), self.keys, last=True)

    def at_queries(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of what leaves each query."""
        return self._ends(self.drawn(), self.queries, last=False)

    def _ends(self, drawn, places, last):
        ratio = drawn.shape[1] / self.canvas.bounding_box()["width"]
        columns = np.flatnonzero(drawn.max(axis=0) > 0)
        column = columns[-1] - round(3 * ratio) if last else columns[0] + round(3 * ratio)
        half = ratio * (places[1] - places[0]) / 2
        parts = [drawn[int(ratio * y - half) : int(ratio * y + half), column] for y in places]
        opacity = np.array([part.max() for part in parts])
        width = np.array([part.sum() / part.max() if part.max() else 0 for part in parts]) / ratio
        return opacity, width


@pytest.mark.parametrize("reader", [4, 17])
def test_lines_go_from_the_chosen_query_to_its_keys_wider_and_darker_the_larger_the_share(show, reader):
    shares = {9: 0.6, 2: 0.25, 20: 0.1}
    weights = one_reader(reader, shares)
    page = show_figure(show, AttentionHeads(weights, MANY, query=reader), device_scale_factor=2)
    lines = Lines(page)
    lines.choose(reader)
    leaving, _ = lines.at_queries()
    assert np.flatnonzero(leaving).tolist() == [reader]
    opacity, width = lines.at_keys()
    assert set(np.flatnonzero(opacity)) == set(shares)  # the shares of the others are too small for a line
    for more, less in itertools.pairwise(shares):
        assert opacity[more] > opacity[less] + 0.05
        assert width[more] > width[less] + 0.2


def test_the_lines_of_queries_that_are_not_chosen_are_fainter_and_follow_their_shares_too(show):
    reader, shares = 17, {9: 0.6, 2: 0.3, 20: 0.1}
    page = show_figure(show, AttentionHeads(one_reader(reader, shares), MANY, query=reader), device_scale_factor=2)
    lines = Lines(page)
    lines.choose(reader)
    when_chosen, _ = lines.at_keys()
    lines.choose(11)
    leaving, _ = lines.at_queries()
    assert set(np.flatnonzero(leaving)) == {11, reader}
    assert leaving[11] > leaving[reader]
    opacity, _ = lines.at_keys()
    others = np.delete(opacity, list(shares))  # what query 11 gives to all alike
    assert np.ptp(others) < 0.02
    for more, less in itertools.pairwise(shares):
        assert when_chosen[more] > opacity[more] > opacity[less] + 0.01
        assert opacity[less] > others.max() + 0.01


def test_the_line_of_a_share_that_was_lost_is_broken_and_that_of_one_gained_is_not(show):
    after, before = one_reader(4, {9: 0.7, 20: 0.2}), one_reader(4, {9: 0.2, 20: 0.7})
    page = show_figure(show, AttentionHeads(after, MANY, before=before, show="change", query=4))
    lines = Lines(page)
    lines.choose(4)
    drawn = lines.drawn()
    right = np.flatnonzero(drawn.max(axis=0))[-1]
    along = {key: drawn[int(lines.keys[key]) - 6 : int(lines.keys[key]) + 6, right - 24 : right] for key in (9, 20)}
    assert along[9].max(axis=0).min() > 0.3
    assert along[20].max(axis=0).min() == 0 and along[20].max() > 0.3


# --- AttentionSteps ---


def steps_of(causal: bool, seed: int) -> tuple[AttentionSteps, list[torch.Tensor]]:
    """A head of random numbers, and the cells of its five steps as PyTorch computes them; −∞ is hidden."""
    query, key, value = torch.randn(3, 10, 6, generator=torch.Generator().manual_seed(seed)).half().float() * 1.5
    hidden = torch.ones(10, 10).triu(1).bool() & causal
    scores = query @ key.T
    divided = scores / math.sqrt(6)
    masked = divided.masked_fill(hidden, -torch.inf)
    weights = masked.softmax(dim=-1)
    figure = AttentionSteps([Example("one", WORDS, query, key, value)], causal=causal, query=9, key=0)
    return figure, [scores, divided, masked, weights.masked_fill(hidden, -torch.inf), weights @ value]


@pytest.mark.parametrize("causal", [True, False])
def test_each_cell_of_each_step_is_as_deep_as_its_number(show, causal):
    """Shares by their size, other numbers by their place between the lowest and the highest."""
    figure, steps = steps_of(causal, seed=5)
    assert steps[2].amax() < steps[1].amax() or not causal  # the highest score is among the hidden ones
    page = show_figure(show, figure)
    canvas = page.get_by_role("slider", name="Cell of the matrix")
    canvas.focus()
    names_of = {5: [str(i) for i in range(6)]}
    row, column = (lambda said, which=which: re.findall("“\u2068?(.*?)\u2069?”", said)[which] for which in (0, 1))
    for step, cells in enumerate(steps, start=1):
        page.keyboard.press(str(step))
        if step in (1, 5):  # in between, nothing moves
            rows = middles(canvas, WORDS, row, x=2)
            columns = middles(canvas, names_of.get(step, WORDS), column, y=2)
        picture = picture_of(canvas)
        span = steps[1] if step == 3 else cells  # hiding some changes nothing about the others
        low, high = float(span.min()), float(span.max())
        for (i, y), (j, x) in itertools.product(enumerate(rows), enumerate(columns)):
            cell, depth = float(cells[i, j]), depth_of(picture[int(y), int(x)])
            if cell > -math.inf and step == 4:
                assert depth**2 == pytest.approx(cell, abs=PRECISE), (step, i, j)
            elif cell > -math.inf:
                assert depth == pytest.approx((cell - low) / (high - low), abs=PRECISE), (step, i, j)
            else:
                assert picture[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5, 3].min() == 0  # hatched, not filled


def test_the_words_of_the_steps_carry_the_shares_of_the_chosen_row_in_their_color(show):
    figure, steps = steps_of(causal=True, seed=2)
    page = show_figure(show, figure)
    for query in (9, 3):
        page.get_by_role("radiogroup", name="Row").get_by_role("radio").nth(query).click()
        wanted = steps[3][query].clamp(min=0).tolist()
        assert shares_on_chips(page, "Row") == pytest.approx(wanted, abs=PRECISE)


def test_each_product_of_a_score_has_a_bar_of_its_length_to_the_side_of_its_sign(show):
    figure, _ = steps_of(causal=False, seed=3)
    page = show_figure(show, figure)
    [example] = figure.examples
    query, key = np.frombuffer(figure.data, "<f2")[: 2 * 60].astype(float).reshape(2, 10, 6)
    products = query[9] * key[0]
    assert (products < 0).any() and (products > 0).any() and example["shape"] == [10, 6, 6]
    boxes = [bar.bounding_box() for bar in page.locator(".lmkit-terms div").all()]
    bars = [bar.bounding_box() for bar in page.locator(".lmkit-terms div i").all()]
    for box, bar, product in zip(boxes, bars, products, strict=True):
        half = box["width"] / 2
        start, end = bar["x"] - box["x"] - half, bar["x"] + bar["width"] - box["x"] - half
        length = half * product / np.abs(products).max()
        assert (start, end) == pytest.approx((min(0, length), max(0, length)), abs=1)


def test_the_dots_of_the_division_lie_where_the_scores_are(show):
    figure, (scores, divided, *_) = steps_of(causal=False, seed=4)
    page = show_figure(show, figure)
    page.get_by_role("slider", name="Cell of the matrix").focus()
    page.keyboard.press("2")
    ruler = page.locator(".lmkit-ruler")
    lefts = [dot.bounding_box()["x"] for dot in ruler.locator("i").all()]
    chosen = [dot.get_attribute("class") == "lmkit-chosen" for dot in ruler.locator("i").all()]
    numbers = [*scores[9].tolist(), *divided[9].tolist()]
    assert chosen == [key == 0 for key in [*range(10), *range(10)]]
    assert straight(numbers, lefts)


# --- TrainingFilm ---

STEPS = [0, 100, 300, 600, 800]
HELD_OUT = [6.0, 3.0, 4.5, 2.0, 5.0]
TRAINING = [5.0, 5.5, 1.5, 2.5, 1.0]
AGREEMENT = [0.5, 0.0, 0.75, 0.25, 1.0]
LOSS_HEIGHT = 120


@pytest.fixture
def film(show):
    """A page with a film of two layers of two heads, and the weights of its frames."""
    weights = [attention(seed, n=4, layers=2, heads=2) for seed in range(len(STEPS))]
    frames = [Frame(step, one) for step, one in zip(STEPS, weights, strict=True)]
    curve = {"step": STEPS, "train": TRAINING, "valid": HELD_OUT}
    page = show_figure(show, TrainingFilm(frames, curve, WORDS[:4], measures={"agreement": AGREEMENT}))
    page.get_by_role("slider", name="Frame").focus()
    return page, weights


def curves_of(page) -> np.ndarray:
    return picture_of(page.get_by_role("slider", name="Frame"))


def test_each_frame_of_a_film_shows_its_own_heads_in_small_and_in_large(film):
    page, weights = film
    for one in weights:
        overview_of(page).focus()
        for _ in range(4):
            np.testing.assert_allclose(thumbnail(page, 4), one[chosen_head(page)], atol=PRECISE)
            page.keyboard.press("ArrowRight")
        assert chosen_head(page) == (1, 1)
        page.keyboard.press("PageUp")
        page.keyboard.press("Home")
        last = page.get_by_role("radiogroup", name="Query").get_by_role("radio").last
        last.click()
        assert shares_on_chips(page, "Query") == pytest.approx(one[0, 0, 3].tolist(), abs=PRECISE)
        page.get_by_role("slider", name="Frame").focus()
        page.keyboard.press("ArrowRight")


def line_of_frame(picture: np.ndarray) -> tuple[int, int, int]:
    """The upright line through the chosen frame: its column, its top, and its foot, where the frames lie."""
    accent = marked(picture, ACCENT)
    column = int(accent.sum(axis=0).argmax())
    rows = np.flatnonzero(accent[:, column])
    return column, int(rows[0]), int(rows[-1])


def test_the_curves_and_the_handle_stand_where_the_numbers_are(film):
    page, _ = film
    pictures = []
    for _ in STEPS:
        pictures.append(curves_of(page))
        page.keyboard.press("ArrowRight")
    columns, (top, *_), _ = zip(*map(line_of_frame, pictures), strict=True)
    assert straight(STEPS, columns)
    between = [(a + b) // 2 for a, b in itertools.pairwise(columns)]  # where no curve has a corner
    losses, places = [], []
    for curve, color in ((TRAINING, QUIET), (HELD_OUT, WEIGHT["light"])):
        losses += [(a + b) / 2 for a, b in itertools.pairwise(curve)]
        places += [middle_of(pictures[0][top : top + LOSS_HEIGHT, column], color) for column in between]
    assert straight(losses, places, within=1.5)
    dots = [height_of_dot(picture, top + LOSS_HEIGHT + 4) for picture in pictures]
    assert straight(AGREEMENT, dots)


def height_of_dot(picture: np.ndarray, top: int) -> float:
    """How far up the dot of the chosen frame lies on the first curve below a row of pixels."""
    column, *_ = line_of_frame(picture)
    rows = np.flatnonzero(marked(picture, ACCENT)[top:, column + 2])
    return -float(np.split(rows, np.flatnonzero(np.diff(rows) > 4) + 1)[0].mean())


def middle_of(pixels: np.ndarray, color) -> float:
    """How far up a color lies in a column of pixels, weighted by how opaque it is there."""
    there = marked(pixels[None], color, nearness=12)[0]
    assert there.any()
    return -float(np.average(np.flatnonzero(there), weights=pixels[there, 3]))


def straight(numbers, places, within: float = 1) -> bool:
    """Whether places on the page, in pixels, go up evenly with the numbers."""
    slope, start = np.polyfit(numbers, places, 1)
    return slope * np.ptp(numbers) > 10 and bool(np.abs(slope * np.array(numbers) + start - places).max() <= within)
