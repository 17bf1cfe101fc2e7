"""Every experiment runs: its command, in small, records what its record holds, in form."""

import functools
import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from lmkit import experiments
from lmkit.experiments import __main__ as command
from lmkit.shelf import pretrained
from tests.experiments.forms import misfit
from tests.experiments.small import SMALL

RECORDS = experiments.RESULTS


@pytest.fixture(scope="module")
def loaders():
    """Load SmolLM2 once for all: it takes six seconds."""
    return pretrained._LOADERS | {"smollm2": functools.cache(pretrained._LOADERS["smollm2"])}


@pytest.fixture
def run_in_small(monkeypatch, tmp_path, loaders):
    """Give the command, which writes into a folder of its own, with the constants of SMALL."""
    monkeypatch.setattr(pretrained, "_LOADERS", loaders)
    monkeypatch.setattr(experiments, "RESULTS", tmp_path)
    monkeypatch.setattr("lmkit.experiments.heads.RESULTS", tmp_path)
    monkeypatch.setattr("lmkit.experiments.neurons.WHOLE", tmp_path / "neurons.safetensors")

    def run(name: str) -> None:
        for constant, value in SMALL[name].items():
            module, _, own = constant.rpartition(".")
            monkeypatch.setattr(f"lmkit.experiments.{module or name}.{own}", value)
        monkeypatch.setattr(sys, "argv", ["lmkit.experiments", name])
        command.main()

    return run


@pytest.fixture(autouse=True)
def sacrebleu(monkeypatch):
    """Stand in for the one package that only an experiment needs, `translation`: every text is worth 50."""
    scorer = SimpleNamespace(corpus_score=lambda texts, references: SimpleNamespace(score=50.0))
    metrics = ModuleType("sacrebleu.metrics")
    metrics.BLEU = metrics.CHRF = lambda **options: scorer
    monkeypatch.setitem(sys.modules, "sacrebleu", ModuleType("sacrebleu"))
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", metrics)


def read(folder, name):
    """Read the results of an experiment, of which every number is finite."""

    def refuse(constant):
        raise ValueError(f"{name} gives {constant}")

    return json.loads((folder / f"{name}.json").read_text("utf-8"), parse_constant=refuse)["results"]


def written():
    """Say of each record how large it is, and when it was written."""
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in RECORDS.iterdir()}


def test_every_experiment_says_how_it_runs_in_small():
    assert sorted(SMALL) == command.names()


@pytest.mark.parametrize("name", SMALL)
def test_the_command_runs_it_and_what_comes_back_has_the_form_of_the_record(name, run_in_small, tmp_path):
    before = written()
    run_in_small(name)
    found, recorded = read(tmp_path, name), read(RECORDS, name)
    assert found.keys() == recorded.keys()
    assert misfit(found, recorded) is None
    assert written() == before


def test_a_name_that_is_none_is_refused_with_those_that_are(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["lmkit.experiments", "alchemy"])
    with pytest.raises(SystemExit):
        command.main()
    told = capsys.readouterr().err
    assert "alchemy" in told and all(name in told for name in command.names())
