"""The tables of the recorded runs on heads show what is recorded, and fit a page."""

import pytest

from lmkit.experiments import recorded
from lmkit.experiments.shown import head_tables

NAMES = ("switched_off", "paths", "probing", "copying", "maps", "sparse")
RESULTS = {name: recorded(name)["results"] for name in NAMES}
ALL = {
    "switched off": head_tables.switched_off(RESULTS["switched_off"]),
    "paths": head_tables.paths(RESULTS["paths"]),
    "stream": head_tables.stream(RESULTS["paths"]["kite"]),
    "probes": head_tables.probes(RESULTS["probing"]),
    "copying": head_tables.copying(RESULTS["copying"]),
    "other maps": head_tables.other_maps(RESULTS["maps"]),
    "latents": head_tables.latents(RESULTS["sparse"]),
}


@pytest.mark.parametrize("name", ALL)
def test_a_table_fits_a_page_and_has_no_blanks_at_the_ends_of_its_lines(name):
    lines = ALL[name].splitlines()
    assert len(lines) > 2
    assert all(len(line) <= 78 and line == line.rstrip() for line in lines)


def row(name, start):
    return next(line for line in ALL[name].splitlines() if line.startswith(start))


def test_each_head_has_its_row_with_its_three_costs_at_copies():
    costs = RESULTS["switched_off"]["proven"]["rise"]["copies"]
    told = row("switched off", "L2 · H0").split("%")[-1]
    assert told.split() == [word for way in costs.values() for word in middle_and_reach(way[2][0])]
    assert sum(line.startswith("L") for line in ALL["switched off"].splitlines()) == 16


def middle_and_reach(cost):
    return f"{cost[0]:.2f}", "±", f"{cost[1]:.2f}"


def test_all_tokens_are_another_table_than_copies():
    both = [head_tables.switched_off(RESULTS["switched_off"], kind) for kind in ("copies", "all")]
    assert both[0] == ALL["switched off"] != both[1]


def test_each_path_is_shown_for_each_side_and_each_set_of_stories():
    number = RESULTS["paths"]["senders"].index([1, 3])
    wanted = [one[number] for rises in RESULTS["paths"]["rise"].values() for one in rises]
    assert [float(word) for word in row("paths", "L1 · H3").split()[3:]] == [round(x, 2) for x in wanted]


def test_the_head_that_brings_most_and_the_one_that_brings_least_close_the_table_of_the_stream():
    heads = [effect for layer in RESULTS["paths"]["kite"]["heads"] for effect in layer]
    assert f"{max(heads):.2f}" in row("stream", "heads") and row("stream", "heads").endswith(f"{min(heads):.2f}")


def test_a_probe_is_shown_beside_its_control_and_beside_a_model_that_was_never_trained():
    lines = ALL["probes"].splitlines()[1:]
    assert [line[28:40].strip() for line in lines] == ["task", "control", "fresh model"] * len(RESULTS["probing"])


def test_each_way_of_training_and_each_latent_stand_seed_by_seed():
    apart = [f"{run['apart']:.2f}" for run in RESULTS["maps"]["trained"] if run["way"] == "elsewhere"]
    assert row("other maps", "elsewhere").split()[-3:] == apart
    name = RESULTS["sparse"]["things"][0]
    first = RESULTS["sparse"]["runs"][0]
    assert row("latents", name).split()[2] == f"{first['f1'][0]:.2f}"
