"""The host that shows widgets in a built page, with small widgets of its own."""

import base64
import shutil

import pytest
from widget_pages import VIEW, script, with_places

from benchmarks.browser import serve
from tests.book.browsing import ROOT, SCRIPTS, page_with

COUNTER = """
export default {
  render({ model, el }) {
    const button = document.createElement("button");
    const draw = () => { button.textContent = `${model.get("name")} ${model.get("value")}`; };
    button.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes(); };
    model.on("change:value", draw);
    draw();
    el.append(button);
  },
};
"""

READS_BYTES = """
export default {
  render({ model, el }) {
    const view = model.get("data");
    const bytes = [view.getUint8(0), view.getUint8(2)];
    el.textContent = [view instanceof DataView, view.byteLength, ...bytes].join(" ");
  },
};
"""

FOLLOWS_ANOTHER = """
export default {
  async render({ model, el }) {
    const other = await model.widget_manager.get_model(model.get("other"));
    const draw = () => { el.textContent = `the other has ${other.get("value")}`; };
    other.on("change:value", draw);
    draw();
  },
};
"""

LISTENS = """
export default {
  initialize({ model }) { window.started = (window.started ?? 0) + 1; },
  render({ model, el }) {
    const heard = [];
    const note = (from, value) => heard.push(`${value}`);
    const noteAny = () => heard.push("any");
    model.on("change:a change:b", note);
    model.on("change", noteAny);
    model.set({ a: 1, b: 2 });  // two changes, one "change"
    model.set("a", 1);          // the same again: nothing
    model.off("change:a", note);
    model.set("a", 5);
    model.off();
    model.set("b", 6);
    el.textContent = heard.join(" ");
  },
};
"""

FAILS = 'export default { render() { throw new Error("no <b>weights</b>"); } };'


def widget(module, buffers=(), **traits):
    """The state of one widget as a notebook saves it."""
    return {"model_module": "anywidget", "state": {"_esm": module, **traits}, "buffers": list(buffers)}


def texts(seen):
    """What each view shows."""
    return seen.page.locator(".page-widget").all_text_contents()


def test_two_views_of_one_widget_move_together_and_a_third_widget_keeps_still(show):
    models = {"x": widget(COUNTER, name="x", value=0), "y": widget(COUNTER, name="y", value=7)}
    seen = show(models, ["x", "x", "y"])
    seen.page.locator("button").first.click()
    assert texts(seen) == ["x 1", "x 1", "y 7"]


def test_bytes_arrive_as_a_data_view(show):
    data = base64.b64encode(bytes([9, 0, 255])).decode()
    buffers = [{"path": ["data"], "data": data, "encoding": "base64"}]
    assert texts(show({"x": widget(READS_BYTES, buffers)}, ["x"])) == ["true 3 9 255"]


def test_a_widget_can_follow_another(show):
    models = {"x": widget(COUNTER, name="x", value=1), "y": widget(FOLLOWS_ANOTHER, other="IPY_MODEL_x")}
    seen = show(models, ["x", "y"])
    seen.page.locator("button").click()
    assert texts(seen) == ["x 2", "the other has 2"]


def test_listeners_hear_each_change_once_until_they_are_taken_off(show):
    seen = show({"x": widget(LISTENS, a=0, b=0)}, ["x"])
    assert texts(seen) == ["1 2 any any"]


def test_a_widget_with_two_views_is_started_once(show):
    assert show({"x": widget(LISTENS, a=0, b=0)}, ["x", "x"]).page.evaluate("window.started") == 1


def test_an_error_is_said_in_its_place_and_the_other_widgets_live(show):
    seen = show({"x": widget(FAILS), "y": widget(COUNTER, name="y", value=7)}, ["x", "y"])
    assert texts(seen) == ["This figure could not start: no <b>weights</b>", "y 7"]
    assert seen.page.locator("[role=alert] b").count() == 0
    assert seen.page.locator("[role=alert]").count() == 1


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (widget(COUNTER, name="x", value=float("nan")), "holds a number that is not finite (NaN or infinity)"),
        (widget(COUNTER, name="x", deep={"list": [1.0, float("-inf")]}), "its state holds a number that is not finite"),
        (widget(READS_BYTES, [{"path": ["data"], "data": "%%%", "encoding": "base64"}]), "atob"),
        (widget(READS_BYTES, [{"path": ["no", "where"], "data": "AAAA", "encoding": "base64"}]), "undefined"),
    ],
)
def test_damaged_state_is_told_in_its_place_and_the_other_widgets_live(show, damaged, says):
    seen = show({"x": damaged, "y": widget(COUNTER, name="y", value=7)}, ["x", "y", "x"])
    first, other, again = texts(seen)
    assert first.startswith("This figure could not start: ") and says in first and again == first
    assert other == "y 7"
    assert seen.page.locator("[role=alert]").count() == 2


def test_a_view_without_state_says_so(show):
    assert texts(show({}, ["x"])) == ["This figure could not start: its state is not in this page"]


def test_text_that_looks_like_the_end_of_a_script_stays_text(show):
    hostile = "</script><img src=x onerror='window.ran = true'>"
    seen = show({"x": widget(COUNTER, name=hostile, value=0)}, ["x"])
    assert texts(seen) == [f"{hostile} 0"]
    assert seen.page.evaluate("window.ran") is None


def test_a_module_is_written_once_however_many_widgets_use_it(tmp_path):
    page_with({name: widget(COUNTER, name=name, value=0) for name in "abc"}, ["a", "b", "c"], tmp_path)
    written = [file.read_text() for file in tmp_path.glob("figures/*.js")]
    assert sum("const draw" in text for text in written) == 1


def test_the_host_is_at_most_4_kb():
    assert (ROOT / "lmkit/widgets/static/page-host.js").stat().st_size <= 4096


FAR = '<div style="height: 5000px"></div>'
MARKS = 'export default { render({ model }) { window.drawn = [...(window.drawn ?? []), model.get("name")]; } };'


@pytest.fixture
def far_apart(tmp_path, open_page):
    """A page with a widget at its top, and one far below."""
    models = {name: widget(MARKS, name=name) for name in ("near", "far")}
    page = page_with(models, ["near", "far"], tmp_path)
    first, second = page.split("</div></div>")[:2]
    for path in SCRIPTS:
        shutil.copy(path, tmp_path)
    (tmp_path / "index.html").write_text(page.replace(second, FAR + second))
    with serve(tmp_path) as address:
        seen = open_page(f"{address}/index.html", viewport={"width": 800, "height": 600})
        seen.page.wait_for_function("window.drawn?.length === 1")
        yield seen.page


def test_a_widget_is_fetched_and_drawn_when_the_reader_comes_near_it(far_apart):
    asked = []
    far_apart.on("request", lambda request: asked.append(request.url))
    far_apart.wait_for_timeout(300)
    assert (far_apart.evaluate("window.drawn"), asked) == (["near"], [])
    far_apart.evaluate("scrollTo(0, 4000)")  # not yet there
    far_apart.wait_for_function("window.drawn.length === 2")
    assert (far_apart.evaluate("window.drawn"), len(asked)) == (["near", "far"], 1)


def test_who_prints_a_page_by_its_button_gets_all_of_its_widgets(far_apart):
    assert far_apart.evaluate("print().then(() => window.drawn)") == ["near", "far"]


def test_who_prints_a_page_otherwise_starts_all_of_its_widgets(far_apart):
    far_apart.evaluate("dispatchEvent(new Event('beforeprint'))")
    far_apart.wait_for_function("window.drawn.length === 2")
    assert far_apart.evaluate("window.drawn") == ["near", "far"]


def test_a_place_has_the_height_of_its_figure_before_it_is_drawn():
    view = script(VIEW, {"model_id": "x"})
    assert "--wide: 300px; --narrow: 500px" in with_places(f"<p>{view}</p>", [(300, 500)])
    assert "--wide: 0px; --narrow: 0px" in with_places(f"<p>{view}</p>")
