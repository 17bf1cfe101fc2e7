"""The tables of recorded runs show every run, as shares with their intervals."""

import re

import pytest

from lmkit.experiments import recorded
from lmkit.experiments.shown import tables
from lmkit.learning.evaluation import wilson

ENDINGS, ANSWERING, SPOKEN, RANKS, FILMS, CURED = (
    recorded(name)["results"] for name in ("finetuning", "answering", "speaking", "ranks", "snippets", "overfitting")
)
TOLD, REWARDED = (recorded(name)["results"] for name in ("instructions", "rewards"))
BIASED, MENDED, TRACED, ASKED = (
    recorded(name)["results"] for name in ("bias", "mitigation", "where", "occupations")
)
ALL = {
    "endings": tables.grid(ENDINGS),
    "unseen words": tables.grid(ENDINGS, "unseen words"),
    "who has it": tables.grid(ANSWERING["holder"], "changed hands"),
    "beside": tables.beside(ANSWERING),
    "forgetting": tables.forgetting(ENDINGS),
    "forms": tables.forms(ANSWERING, SPOKEN),
    "speaking": tables.speaking(SPOKEN),
    "ranks": tables.ranks(RANKS),
    "snippets": tables.snippets(FILMS),
    "cures": tables.cures(CURED),
    "instructions": tables.instructions(TOLD),
    "bias": tables.bias(BIASED),
    "mitigation": tables.mitigation(MENDED),
    "carriers": tables.carriers(TRACED),
    "pronouns": tables.pronouns(ASKED),
}


@pytest.mark.parametrize("name", ALL)
def test_a_table_fits_a_page_and_has_no_blanks_at_the_ends_of_its_lines(name):
    lines = ALL[name].splitlines()
    assert len(lines) > 1
    assert all(len(line) <= 78 and line == line.rstrip() for line in lines)


@pytest.mark.parametrize(("n_right", "n"), [(0, 7), (7, 7), (143, 200), (1, 400)])
def test_a_share_stands_with_its_interval(n_right, n):
    share, low, high = map(int, re.fullmatch(r" *(\d+) \((\d+)-(\d+)\)", tables.in_percent(n_right, n)).groups())
    bounds = wilson(n_right, n)
    assert abs(share - 100 * n_right / n) <= 0.5
    assert abs(low - 100 * bounds[0]) <= 0.5 and abs(high - 100 * bounds[1]) <= 0.5


def test_of_three_draws_the_mean_is_shown():
    right = [run["test"] for run in ENDINGS["grid"] if (run["way"], run["labels"]) == ("scratch", 50)]
    assert len(right) == 3 and len(set(right)) > 1
    assert tables.mean_right(ENDINGS, "scratch", 50) == (round(sum(right) / 3), ENDINGS["tests"]["test"])


def test_every_way_and_every_number_of_labels_is_in_a_grid():
    for way in tables.WAYS:
        (line,) = [line for line in ALL["endings"].splitlines() if line.startswith(way)]
        shares = [int(share) for share in re.findall(r"(\d+) \(", line)]
        for share, labels in zip(shares, (50, 200, 1000), strict=True):
            n_right, n = tables.mean_right(ENDINGS, way, labels)
            assert abs(share - 100 * n_right / n) <= 0.5


def test_the_three_forms_stand_in_one_table_with_nothing_where_nothing_was_run():
    rows = {line[:25].strip(): re.findall(r"\d+ \(", line) for line in ALL["forms"].splitlines()[1:]}
    assert {name.split("?")[0]: len(found) for name, found in rows.items() if "LoRA" in name} == {
        **{"girl or boy": 3, "right or wrong": 1},
        "Mia has it.      LoRA": 2,
    }
    assert len(rows["book, untrained, chooses"]) == len(rows["book, untrained, says"]) == 1


def test_every_run_of_bert_and_every_baseline_has_its_line():
    assert len(ALL["snippets"].splitlines()) == len(FILMS["runs"]) + len(FILMS["baselines"])


def test_every_cure_has_its_line_in_every_part():
    assert len(re.findall(r"^  \w", ALL["cures"], flags=re.MULTILINE)) == 2 * 7 + 2 * 8
    assert len(re.findall(r"\(\d+-\d+\)", ALL["cures"])) == 2 * 7 + 2 * 8 + 2


def test_every_kind_of_instruction_has_its_line_with_what_was_right_before_and_after_each_tuning():
    rows = {line.split()[0]: line for line in ALL["instructions"].splitlines()}
    for kind, n in TOLD["tests"].items():
        before, mean, _, *each = re.findall(r"\d+(?:-\d+)?", rows[kind])
        shares = [100 * run["right"][kind] / n for run in TOLD["runs"]]
        assert abs(int(before) - 100 * TOLD["before"][kind] / n) <= 0.5
        assert [abs(int(one) - share) <= 0.5 for one, share in zip(each, shares, strict=True)] == [True] * len(shares)
        assert abs(int(mean) - tables.right_after(TOLD, [kind])[0]) <= 0.5 + 50 / n  # of a rounded count
    losses = [f"{run['story_loss']:.2f}" for run in TOLD["runs"]]
    assert ALL["instructions"].splitlines()[-1].endswith(" ".join(losses))


def test_masks_have_a_row_for_each_kind_with_the_loss_of_each_seed():
    results = recorded("masks")["results"]
    _, *rows = tables.masks(results).splitlines()
    assert len(rows) == 2 * len(results["stories"])
    for way, row in zip(("once", "anew"), rows, strict=False):
        runs = [run for run in next(iter(results["stories"].values()))["runs"] if run["masks"] == way]
        assert f"masks {way}" in row and " ".join(f"{run['unread']:.2f}" for run in runs) in row
        assert len(row) <= 78


def test_what_becomes_of_stories_is_told_seed_by_seed_for_every_way():
    ways = tables.ways_of(REWARDED)
    head, before, *lines = tables.rewards(REWARDED, ways).splitlines()
    assert [line.startswith(tables.SAYS[way]) for line, way in zip(lines, ways, strict=True)] == [True] * len(ways)
    assert len({len(line) for line in (head, before, *lines)}) == 1 and len(head) <= 84
    for line, way in zip(lines, ways, strict=True):
        runs = [run for run in REWARDED["runs"] if run["way"] == way]
        numbers = [float(number) for number in re.findall(r"[\d.]+", line.removeprefix(tables.SAYS[way]))]
        assert len(numbers) == 5 * len(runs)
        fulfilled = [100 * run["fulfilled"] / REWARDED["wishes"] for run in runs]
        assert numbers[: len(runs)] == pytest.approx(fulfilled, abs=0.5)
        assert sum(numbers[-len(runs) :]) / len(runs) == pytest.approx(
            tables.mean_of(REWARDED, way, "story_loss"), abs=0.01
        )


def test_every_run_of_a_bias_and_of_what_takes_it_away_stands_in_the_tables():
    gaps = [f"{run['gap']:.2f}" for run in (*BIASED["runs"], *BIASED["controls"]["towns drawn anew"])]
    assert all(gap in ALL["bias"].split() for gap in gaps)
    ways = list(dict.fromkeys(run["way"] for run in MENDED["runs"]))
    costs, counts = (part.splitlines()[1:] for part in ALL["mitigation"].split("\n\n"))
    for way, cost, count in zip(ways, costs, counts, strict=True):
        runs = [run for run in MENDED["runs"] if run["way"] == way]
        assert cost[:25].strip() == count[:25].strip() == way
        gaps = [float(number) for number in cost[25:].split()[:3]]
        assert gaps == pytest.approx([run["gap"] for run in runs], abs=0.006)
        for number, name in zip(count[25:].split(), ("right", *tables.PROBES), strict=True):
            assert int(number) == pytest.approx(sum(run[name] for run in runs) / 3, abs=0.51)


def test_the_heads_that_carry_most_come_first_and_the_words_are_in_order():
    for line, run in zip(ALL["carriers"].splitlines(), TRACED["runs"], strict=True):
        first = max(share for row in run["heads"] for share in row)
        assert f"{first:.2f}" in line.split(", ")[1]
    means = [float(re.search(r"-?\d+\.\d", line)[0]) for line in ALL["pronouns"].splitlines()[1:]]
    assert means == sorted(means, reverse=True) and len(means) == len(ASKED["work"])
