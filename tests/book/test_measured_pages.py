"""The benchmarks that need the built book run from end to end at their smallest size. No time is judged here."""

from concurrent.futures import ThreadPoolExecutor

from benchmarks import engine, heads, pages
from benchmarks.tables import TABLES


def in_another_thread(measure, **sizes):
    """The tests' browser is open in this thread, and Playwright drives one a thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(measure, **sizes).result()


def test_the_head_viewers_that_are_there_are_opened_and_reached():
    result = in_another_thread(heads.measure, lengths=[8], n_visits=1)
    costs = result["lengths"]["8"]
    assert {"AttentionHeads", "bertviz"} <= set(costs)  # the others may be missing
    assert all(min(cost.values()) > 0 for cost in costs.values())
    reach = result["reach"]["AttentionHeads"]
    assert reach["offline"] and reach["stops"] > 1 and reach["contrast"] >= 4.5
    assert reach["as_loaded"] == reach["eager"] == reach["kinds"]
    assert not result["reach"]["bertviz"]["offline"]
    assert len(TABLES["heads"](result).rows) == len(costs)


def test_the_engine_reads_and_writes_what_pytorch_does_and_shows_each_key(built, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "RUNTIME", tmp_path / "nowhere")  # to export a model takes half a minute
    result = in_another_thread(engine.measure, n_tokens=4, n_new=5, n_rounds=1, n_keys=2)
    assert result["write"]["same_tokens"]
    assert result["keys"]["tokens"] > 1 and min(result["keys"]["milliseconds"]) > 0
    assert set(result["bytes"]) == {"the page"}
    assert len(TABLES["engine"](result).rows) == 5


def test_a_page_is_opened_beside_one_that_an_older_build_has_and_one_that_it_has_not(built, tmp_path, monkeypatch):
    """The older page shifts once by half of its height, and holds the processor up."""
    monkeypatch.setattr(pages, "QUIET", 500)
    (tmp_path / "book").mkdir()
    hold_up = "const end = performance.now() + 100; while (performance.now() < end);"
    half = "Object.assign(document.createElement('p'), {style: 'height: 50vh'})"
    shift = f"setTimeout(() => document.body.prepend({half}), 300)"
    older = f"<title>t</title><p style='height: 100vh'>x<p data-ready>figure<script>{shift};{hold_up}</script>"
    (tmp_path / "book" / "intro.html").write_text(older)
    names = ["book/intro.html", "book/measured.html"]
    seen = in_another_thread(pages.measure, before=tmp_path, n_rounds=1, names=names)["pages"]
    then = seen["book/intro.html"]["then"]
    assert then["kB"] < 1 and then["elements"] < 10 and then["shift"] > 0.2 and then["blocked"] > 40
    assert then["figure"] < 10
    assert set(seen["book/measured.html"]) == {"now"}
    assert seen["book/intro.html"]["now"]["kB"] > 20
