"""The grid of sizes and texts is what it says, and what is recorded bears what chapter 08 says of it."""

import numpy as np
import pytest
import torch

from lmkit.experiments import recorded, scaling
from lmkit.learning.costs import count_parameters
from lmkit.learning.scaling import fit_law


def test_a_run_can_be_repeated_and_says_what_it_was():
    tokens = torch.randint(768, (3000,), generator=torch.Generator().manual_seed(0))
    tokens[::100] = 0  # where stories start
    one, again, other = (scaling.one_run(16, 2, seed, tokens, tokens) for seed in (0, 0, 1))
    assert one == again != other
    assert one["parameters"] == count_parameters(scaling.build(16, 0).config)
    assert one["tokens"] == 2 * 1024


@pytest.mark.parametrize("d_model", scaling.WIDTHS)
def test_the_rate_falls_with_the_root_of_the_width(d_model):
    assert scaling.plan(d_model, 100).learning_rate * d_model**0.5 == pytest.approx(4e-3 * 8, rel=1e-3)


def mean_losses(runs):
    cells = {}
    for run in runs:
        cells.setdefault((run["parameters"], run["tokens"]), []).append(run["loss"])
    return {cell: np.mean(losses) for cell, losses in cells.items()}


def test_every_cell_was_run_from_every_seed():
    results = recorded("scaling")["results"]
    cells = [(run["d_model"], run["tokens"] // 1024, run["seed"]) for run in results["grid"]]
    assert sorted(cells) == sorted(
        (width, steps, seed) for width in scaling.WIDTHS for steps in scaling.STEPS for seed in scaling.SEEDS
    )
    assert [run["seed"] for run in results["next"]] == list(scaling.SEEDS)
    assert {(run["d_model"], run["tokens"] // 1024) for run in results["next"]} == {scaling.NEXT}


def test_more_parameters_and_more_text_are_better_everywhere():
    means = mean_losses(recorded("scaling")["results"]["grid"])
    sizes, texts = (sorted({cell[axis] for cell in means}) for axis in (0, 1))
    table = np.array([[means[size, text] for size in sizes] for text in texts])
    assert (np.diff(table, axis=0) < 0).all() and (np.diff(table, axis=1) < 0).all()


def columns(runs):
    return [torch.tensor([float(run[name]) for run in runs]) for name in ("parameters", "tokens", "loss")]


def test_the_fewer_short_runs_a_law_has_seen_the_nearer_it_comes_to_the_model_that_it_has_not_seen():
    results = recorded("scaling")["results"]
    grid, unseen = results["grid"], results["next"]
    truth = np.mean([run["loss"] for run in unseen])
    texts = sorted({run["tokens"] for run in grid})
    wrong = []
    for shortest in texts[:3]:
        law = fit_law(*columns([run for run in grid if run["tokens"] >= shortest]))
        wrong.append(abs(law.loss(unseen[0]["parameters"], unseen[0]["tokens"]) - truth))
    assert 0.15 > wrong[0] > wrong[1] > wrong[2] and wrong[0] > 0.05 and wrong[2] < 0.03


def test_the_law_of_all_runs_has_no_floor_to_speak_of():
    assert fit_law(*columns(recorded("scaling")["results"]["grid"])).floor < 0.2
