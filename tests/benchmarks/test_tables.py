"""Tables: made-up results, read as a terminal and as a page show them."""

import json

import pytest

from benchmarks import tables
from benchmarks.__main__ import RESULTS
from benchmarks.tables import TABLES, Table

MADE_UP = {
    "training": {
        "bfloat16_is_faster": False,
        "shapes": {
            "2 M": {
                "tokens_a_second": {"lmkit": [900, 1234.5, 2000], "peer": [500, 987.0, 1000]},
                "factors": {"peer": {"lmkit": [1.1, 1.25, 1.3], "peer": [1.0, 1.0, 1.0]}},
            }
        },
    },
    "tracing": {
        "1 × 8": {
            "milliseconds": {"lmkit": [1.0, 2.04, 3.0], "lmkit.trace": [2.0, 3.0, 4.0]},
            "cost": {"lmkit": [1.0, 1.0, 1.0], "lmkit.trace": [1.4, 1.5, 1.6]},
        }
    },
    "surveying": {
        "stories": 20_000,
        "milliseconds": {"lmkit": [3.0, 4.04, 5.0], "head_survey": [8.0, 9.0, 10.0]},
        "cost": {"lmkit": [1.0, 1.0, 1.0], "head_survey": [1.9, 2.0, 2.1]},
        "megabytes": [700.0, 710.0],
    },
    "generation": {
        "8": {
            "same_tokens": True,
            "tokens_a_second": {"lmkit": [1, 12345.6, 9], "peer": [1, 2, 3]},
            "factors": {"lmkit": [2.0, 2.5, 3.0], "peer": [1.0, 1.0, 1.0]},
        }
    },
    "tokenizing": {
        "seconds": {"lmkit": [1, 2, 3], "all recounted": [8.0, 8.0, 8.0]},
        "merges": {"lmkit": 512, "all recounted": 4},
        "agreeing": {"all recounted": 3},
    },
    "heads": {
        "limit": 60,
        "bytes_a_weight": {"ours": {"causal": 0.5, "dense": 1.0}, "peer": {"causal": 25.0, "dense": 40.0}},
        "reach": {
            "ours": {"contrast": 5.25, "stops": 9, "offline": True, "kinds": 25, "as_loaded": 25, "eager": 24},
            "peer": {"contrast": 1.0, "stops": 0, "offline": False, "kinds": 25, "as_loaded": 0, "eager": 20},
        },
        "lengths": {
            "8": {
                "ours": {"bytes": 50_000, "seconds": 0.25, "elements": 100, "megabytes": 2.5, "move": 17.4},
                "peer": {"bytes": 25_000_000, "seconds": None},
            },
        },
    },
    "engine": {
        "forward": {
            "tokens": 8,
            "milliseconds": {"the page": [1.0, 2.0, 3.0], "lmkit": [2.0, 2.5, 3.0]},
            "factors": {"the page": [1.0, 1.0, 1.0], "lmkit": [1.1, 1.25, 1.3]},
        },
        "write": {
            "tokens": 8,
            "milliseconds": {"the page": [0.1, 0.25, 0.3]},
            "factors": {"the page": [1.0, 1.0, 1.0]},
        },
        "bytes": {"the page": 1000},
        "keys": {"tokens": 5, "milliseconds": [1.0, 2.0, 3.0]},
    },
    "pages": {
        "pages": {
            "intro.html": {
                "now": {"kB": 12.34, "elements": 1234, "shift": 0.0, "blocked": 50.0, "figure": 0.5},
                "then": {"kB": 1234.5, "elements": 2500, "shift": 0.25, "blocked": 100.0, "figure": None},
            },
            "new.html": {"now": {"kB": 1.0, "elements": 2, "shift": 0.001, "blocked": 0.0, "figure": None}},
        }
    },
    "classroom": {
        "students": 500,
        "seconds": 250.0,
        "nbgrader": {"students": 20, "seconds": 400.0, "version": "0.9.6"},
    },
}
EXPECTED = {
    "training": [
        ["2 M", "lmkit", "1,230", "1.25 (1.10 to 1.30)"],
        ["", "peer", "987", "1.00 (1.00 to 1.00)"],
    ],
    "tracing": [
        ["1 × 8", "lmkit", "2.0", "1.00 (1.00 to 1.00)"],
        ["", "lmkit.trace", "3.0", "1.50 (1.40 to 1.60)"],
    ],
    "surveying": [
        ["lmkit", "4.0", "1.00 (1.00 to 1.00)"],
        ["head_survey", "9.0", "2.00 (1.90 to 2.10)"],
    ],
    "generation": [
        ["8 tokens", "lmkit", "12,300", "2.50 (2.00 to 3.00)"],
        ["", "peer", "2", "1.00 (1.00 to 1.00)"],
    ],
    "tokenizing": [
        ["lmkit", "2.00", "512", "0.0039", ""],
        ["all recounted", "8.00", "4", "2.0000", "3 of 4"],
    ],
    "heads": [
        ["8", "ours", "0.05", "0.25", "100", "2.50", "17"],
        ["", "peer", "25", "> 60", "", "", ""],
    ],
    "engine": [
        ["read 8 tokens", "the page", "2.00", "1.00 (1.00 to 1.00)"],
        ["", "lmkit", "2.50", "1.25 (1.10 to 1.30)"],
        ["write one token", "the page", "0.25", "1.00 (1.00 to 1.00)"],
    ],
    "pages": [
        ["intro.html", "1,230 → 12.3", "2,500 → 1,230", "0.25 → 0", "100 → 50", "0.5"],
        ["new.html", "1", "2", "0.001", "0", "none"],
    ],
    "classroom": [
        ["lmkit.classroom grade", "500", "250", "120"],
        ["nbgrader 0.9.6 autograde", "20", "400", "3"],
        ["times as many", "", "", "40"],
    ],
}


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_of_a_result(name):
    assert TABLES[name](MADE_UP[name]).rows == EXPECTED[name]


def test_of_each_viewer_it_is_told_whom_it_reaches():
    assert tables.viewers(MADE_UP["heads"]).rows == [
        ["ours", "0.50", "1.00", "9", "5.2", "yes", "25 of 25", "24 of 25"],
        ["peer", "25.00", "40.00", "0", "1.0", "no", "0 of 25", "20 of 25"],
    ]


def test_training_has_a_column_for_every_peer_that_was_there():
    result = MADE_UP["training"]["shapes"]["2 M"]
    both = result | {"factors": result["factors"] | {"other": {"lmkit": [0.8, 0.9, 1.0], "peer": [0.7, 0.8, 0.9]}}}
    table = tables.training({"shapes": {"2 M": both}})
    assert table.header[-2:] == ["× peer", "× other"]
    assert [row[-1] for row in table.rows] == ["0.90 (0.80 to 1.00)", "0.80 (0.70 to 0.90)"]


def test_a_class_is_told_alone_where_nbgrader_was_not_there():
    assert len(tables.classroom(MADE_UP["classroom"] | {"nbgrader": None}).rows) == 1


TABLE = Table(["what", "ms"], [["one", "5"], ["twenty", "1,000"]])


def test_a_terminal_shows_words_to_the_left_and_numbers_to_the_right():
    assert TABLE.text().splitlines() == ["what       ms", "one         5", "twenty  1,000"]


def test_a_page_gets_markdown():
    assert TABLE.markdown() == "| what | ms |\n| --- | ---: |\n| one | 5 |\n| twenty | 1,000 |"


@pytest.mark.parametrize("name", json.loads(RESULTS.read_text()))
def test_the_stored_results_have_their_table_and_their_machine(name):
    stored = json.loads(RESULTS.read_text())[name]
    assert len(TABLES[name](stored["result"]).rows) > 1
    assert stored["machine"]["versions"]["torch"]


def test_the_step_is_told_beside_each_peer_from_the_smallest_to_the_largest_factor():
    shapes = [{"factors": {"peer": {"ours": [0, one, 9]}, "other": {"ours": [0, 2, 9]}}} for one in (1.25, 0.9)]
    told = tables.beside_peers({"shapes": dict(enumerate(shapes))}, ours="ours")
    assert told == "0.90 to 1.25 times as fast as one of peer, and 2.00 to 2.00 times as fast as one of other"


def test_the_page_says_what_the_stored_run_found_and_nothing_of_the_processors_instructions():
    page = (RESULTS.parents[1] / "book" / "measured.md").read_text(encoding="utf-8")
    stored = json.loads(RESULTS.read_text())["training"]["result"]
    peers = {peer for shape in stored["shapes"].values() for peer in shape["factors"]}
    assert all(f"as one of {peer}" in tables.beside_peers(stored) for peer in peers)
    assert "beside_peers(results" in page
    assert not any(claim in page for claim in ("nothing to win", "fast instructions", "This processor"))
