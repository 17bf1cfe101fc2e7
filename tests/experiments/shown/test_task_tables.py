"""The tables of recorded tasks show what is recorded, and fit a page."""

import pytest

from lmkit.experiments import recorded
from lmkit.experiments.shown import task_tables

RESULTS = {
    name: recorded(name)["results"]
    for name in ("translation", "summarizing", "prompting", "adapting", "retrieving", "extracting")
}
ALL = {
    "translation": task_tables.translation(RESULTS["translation"]),
    "links": task_tables.links(RESULTS["translation"]),
    "summaries": task_tables.summaries(RESULTS["summarizing"]),
    "endings": task_tables.prompted(RESULTS["prompting"]["ending"]),
    "intents": task_tables.prompted(RESULTS["prompting"]["intent"]),
    "trained on endings": task_tables.adapted(RESULTS["prompting"]["ending"], RESULTS["adapting"]["ending"]),
    "found": task_tables.found(RESULTS["retrieving"]),
    "marked": task_tables.marked(RESULTS["extracting"]),
}


@pytest.mark.parametrize("name", ALL)
def test_a_table_fits_a_page_and_has_no_blanks_at_the_ends_of_its_lines(name):
    lines = ALL[name].splitlines()
    assert len(lines) > 2
    assert all(len(line) <= 78 and line == line.rstrip() for line in lines)


def test_each_training_has_its_column_and_each_way_its_row():
    header, chrf, *_ = ALL["translation"].splitlines()
    runs = RESULTS["translation"]["runs"]
    assert header.split() == ["lazy", *(word for i in range(len(runs)) for word in ("seed", str(i)))]
    assert chrf.split()[2:] == [f"{run['chrf']:.1f}" for run in runs]
    assert all(way in ALL["found"] for way in RESULTS["retrieving"]["shelves"][0]["answered"])


def test_each_way_to_train_has_its_row_with_the_mean_of_its_draws():
    _, tfidf, *rows = ALL["trained on endings"].splitlines()
    assert tfidf.startswith("TF-IDF")
    results = RESULTS["adapting"]["ending"]
    ways = dict.fromkeys(run["way"] for run in results["runs"])
    for row, way in zip(rows, ways, strict=True):
        assert row.startswith(way)
        right = [run["right"] for run in results["runs"] if (run["way"], run["labels"]) == (way, 200)]
        assert f"{round(sum(right) / 3)} (" in row


def test_a_summary_has_its_shares_and_its_rouge_in_per_cent():
    results = RESULTS["summarizing"]
    last = results["runs"][-1]
    row = next(line for line in ALL["summaries"].splitlines() if line.startswith("book, seed 2"))
    assert row.split()[3:5] == [f"{100 * last[key] / last['n']:.0f}" for key in ("exact", "deed")]
    assert row.split()[-1] == f"{100 * last['rougeL'][0]:.0f}"
