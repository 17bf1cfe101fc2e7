"""Experiments are recorded with where they come from, and read as they were recorded."""

import pytest

from lmkit import experiments


def test_what_is_recorded_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "RESULTS", tmp_path)
    experiments.record("widths", {"narrow": [1.5, 2.0], "wide": "über"}, cpu_seconds=12.6)
    read = experiments.recorded("widths")
    assert read["results"] == {"narrow": [1.5, 2.0], "wide": "über"}
    assert read["cpu_seconds"] == 13
    assert "Python" in read["machine"] and "torch" in read["versions"]


def test_a_missing_experiment_says_what_there_is_and_how_to_record_it(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "RESULTS", tmp_path)
    experiments.record("widths", {}, cpu_seconds=0.0)
    with pytest.raises(FileNotFoundError, match="there are: widths.*python -m lmkit.experiments depths"):
        experiments.recorded("depths")
