"""python -m benchmarks: only what was asked for is measured, and what was measured before stays."""

import json

import pytest

import benchmarks.__main__ as command
from benchmarks import machine
from tests.benchmarks.test_tables import MADE_UP


@pytest.fixture
def results(monkeypatch, tmp_path):
    """Where results go in a test; what is measured is made up."""
    path = tmp_path / "results.json"
    monkeypatch.setattr(command, "RESULTS", path)
    monkeypatch.setattr(command, "measure", lambda name, options: MADE_UP[name] | {"nanogpt": str(options.nanogpt)})
    return path


@pytest.fixture(autouse=True)
def made_up_tables(monkeypatch):
    table = command.TABLES["tokenizing"]
    monkeypatch.setattr(command, "TABLES", dict.fromkeys(MADE_UP, lambda _: table(MADE_UP["tokenizing"])))


def test_all_are_measured_unless_some_are_named(results, capsys):
    command.main([])
    assert list(json.loads(results.read_text())) == list(MADE_UP)


def test_named_ones_are_measured_and_the_others_stay(results, capsys):
    results.write_text(json.dumps({"training": "old", "tracing": "old"}))
    command.main(["tracing", "--nanogpt", "there"])
    kept = json.loads(results.read_text())
    assert kept["training"] == "old"
    assert kept["tracing"]["result"]["nanogpt"] == "there"
    assert kept["tracing"]["machine"] == json.loads(json.dumps(machine.describe()))
    assert "trained by" in capsys.readouterr().out


def test_an_unknown_name_is_refused_with_the_known_ones(results, capsys):
    with pytest.raises(SystemExit):
        command.main(["trainning"])
    assert "there is no trainning: name some of" in capsys.readouterr().err
    assert not results.exists()


def test_numbers_are_kept_with_four_digits(results):
    command.keep("x", {"a": [0.123456, 1234567.0], "n": 123456, "b": True})
    assert json.loads(results.read_text())["x"]["result"] == {"a": [0.1235, 1235000.0], "n": 123456, "b": True}


def test_the_machine_is_named():
    facts = machine.describe()
    assert facts["processor"] and facts["cores"] >= 1
    assert {"torch", "transformers", "tokenizers", "bertviz"} <= set(facts["versions"]) <= set(machine.PACKAGES)
