"""Recorded runs of the chapter on privacy, as tables and pictures. Intervals are of 95 %, over three seeds."""

from collections.abc import Iterable, Sequence
from statistics import mean, stdev

import numpy as np
from matplotlib.axes import Axes

from lmkit import figures
from lmkit.learning.evaluation import wilson
from lmkit.learning.privacy.canaries import N_CODES
from lmkit.learning.privacy.exposure import exposure

COPIES = ("0", "1", "2", "4", "8", "16", "32", "64")
ALL = (exposure(N_CODES), exposure(1))  # no code can be exposed by less or by more
SCORES = {"loss": "loss", "calibrated": "calibrated", "members only": "members against members"}
T_95 = 4.303  # how many standard errors to each side, for the mean of three: Student's t with two degrees of freedom


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Give the 95 % interval around the mean of three seeds, by Student's t.

    Raises:
        ValueError: there are not three.
    """
    if len(values) != 3:
        raise ValueError(f"there are {len(values)} values, and this interval is that of three")
    reach = T_95 * stdev(values) / 3**0.5
    return mean(values) - reach, mean(values) + reach


def runs_of(results: dict, way: str) -> list[dict]:
    """List the runs of one way of training."""
    return [run for run in results["runs"] if run["way"] == way]


def exposures(runs: Iterable[dict], group: str) -> list[float]:
    """Give the mean exposure of a group of canaries in each run, in bits."""
    return [mean(map(exposure, run["groups"][group]["ranks"])) for run in runs]


def told(runs: Iterable[dict], group: str) -> tuple[int, int]:
    """Count the codes that the models tell when they go on, and all codes of a group."""
    each = [answer for run in runs for answer in run["groups"][group]["told"]]
    return sum(each), len(each)


def canaries(results: dict, way: str = "full") -> str:
    """Show exposure and extraction by how many stories hold the secret."""
    runs = runs_of(results, way)
    lines = ["stories with it   exposure in bits      told"]
    for group in (*COPIES, "varied"):
        n_told, n = told(runs, group)
        name = "16, varied" if group == "varied" else group
        lines.append(f"{name:>15}   {_with_interval(exposures(runs, group), 1, *ALL):20}  {n_told:2} of {n}")
    return "\n".join(lines)


def told_in_percent(results: dict, way: str = "full") -> list[float]:
    """Give the share of codes that are told, for each number of copies, in %."""
    counts = [told(runs_of(results, way), group) for group in COPIES]
    return [100 * n_told / n for n_told, n in counts]


def told_curve(axes: Axes, results: dict) -> str:
    """Draw how many codes are told, by how many stories hold them, with intervals that take each code by itself."""
    counts = [told(runs_of(results, "full"), group) for group in COPIES]
    bounds = np.array([wilson(*count) for count in counts])
    shares = [n_told / n for n_told, n in counts]
    axes.fill_between(range(len(COPIES)), *bounds.T, color=figures.WEIGHT, alpha=0.12, linewidth=0)
    figures.lines(axes, range(len(COPIES)), {"told": shares})
    axes.set_xticks(range(len(COPIES)), COPIES)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set(xlabel="stories of 1,000 that hold the secret", ylabel="codes told")
    said = ", ".join(f"{name}: {share:.0%}" for name, share in zip(COPIES, shares, strict=True))
    return f"Share of the secret codes that the model tells, by how many of its stories hold the code. {said}."


def deduplication(before: dict, after: dict) -> str:
    """Show exposures and codes told without cleaning, and with both ways of cleaning; and the loss on fresh stories."""
    ways = {"as it was": runs_of(before, "full"), **_by_way(after)}
    groups = {"1": "1", "16": "16", "64": "64", "16 ways": "varied"}
    lines = ["bits, by stories    1    16    64 16 ways   loss"]
    for name, runs in ways.items():
        first, *bits, last = [mean(exposures(runs, group)) for group in groups.values()]
        loss = mean(run.get("fresh loss", run.get("on the way", [{}])[-1].get("fresh loss")) for run in runs)
        lines.append(f"{name:16}{first:5.1f}" + "".join(f"{each:6.1f}" for each in bits) + f"{last:8.1f}{loss:7.3f}")
    lines += ["", "told                   1      16      64 16 ways"]
    for name, runs in ways.items():
        counts = ["{} of {}".format(*told(runs, group)) for group in groups.values()]
        lines.append(f"{name:16}" + "".join(f"{count:>8}" for count in counts))
    return "\n".join(lines)


def left_out(after: dict) -> str:
    """Show how many sentences each way of cleaning leaves out, with a code and without."""
    lines = [f"{'left out':18}{'with a code':>16}{'harmless':>14}"]
    for name, runs in _by_way(after).items():
        counts = [(run["sentences"], run["left"]) for run in runs]
        codes = mean(a["with a code"] - b["with a code"] for a, b in counts)
        total = mean(a["all"] - b["all"] for a, b in counts)
        others = mean(a["all"] - a["with a code"] for a, _ in counts)
        lines.append(f"{name:18}{codes:16.0f}{(total - codes) / others:14.1%}")
    return "\n".join(lines)


def _by_way(results: dict) -> dict[str, list[dict]]:
    return {way: runs_of(results, way) for way in dict.fromkeys(run["way"] for run in results["runs"])}


def membership(results: dict) -> str:
    """Show area and members found at 1 % false alarms, by epochs and score."""
    lines = ["area, and % found at 1 % false alarms"]
    for number, epochs in enumerate(results["epochs"]):
        lines.append(f"after {epochs} epoch{'' if epochs == 1 else 's'}")
        for name, score in SCORES.items():
            found = [run["after"][number][score] for run in results["runs"]]
            area = _with_interval([each["area"] for each in found], 2, 0.0, 1.0)
            share = _with_interval([100 * each["found"]["0.01"] for each in found], 0, 0.0, 100.0)
            lines.append(f"  {name:13}{area}  {share}")
    return "\n".join(lines)


def private(results: dict) -> str:
    """Show what clipping and noise cost in loss and time, and what is left of the secrets."""
    noise = ", ".join(f"{way}: {noise:.2f}" for way, noise in results["noise"].items() if noise)
    lines = [f"noise for {noise}", f"{'':11}loss, before {results['fresh loss before']:.3f}         told CPU s"]
    for way, runs in _by_way(results).items():
        counts = [told(runs, group) for group in ("16", "32", "64")]
        n_told, n = (sum(each) for each in zip(*counts, strict=True))
        loss, seconds = _with_interval([run["fresh loss"] for run in runs], 3), mean(run["cpu seconds"] for run in runs)
        lines.append(f"{way:11}{loss:22} {f'{n_told} of {n}':>8}{seconds:5.0f}")
    lines += ["", f"{'bits, of':11}{'16 stories':18}64 stories"]
    for way, runs in _by_way(results).items():
        few, many = (_with_interval(exposures(runs, group), 1, *ALL) for group in ("16", "64"))
        lines.append(f"{way:11}{few:18}{many}")
    return "\n".join(lines)


def leaking(axes: Axes, results: dict) -> str:
    """Draw exposure against the loss on fresh stories, step by step, for full fine-tuning and LoRA."""
    said = []
    for way, style, mark in (("full", "-", "o"), ("LoRA", "--", "s")):
        stages = list(zip(*(run["on the way"] for run in runs_of(results, way)), strict=True))
        losses = [mean(stage["fresh loss"] for stage in same) for same in stages]
        bits = [mean(stage["exposures"][0] for stage in same) for same in stages]
        color = figures.ACCENT if way == "LoRA" else figures.WEIGHT
        axes.plot(losses, bits, style, marker=mark, markersize=4, color=color, label=way)
        path = ", ".join(f"{loss:.2f} and {bit:.1f}" for loss, bit in zip(losses, bits, strict=True))
        said.append(f"{way}, every {results['steps'] // 4} steps: {path}")
    axes.invert_xaxis()
    axes.set(xlabel="loss on fresh stories, falling to the right", ylabel="exposure of 16 copies, bits")
    axes.legend(frameon=False)
    return f"Loss on fresh stories and exposure in bits. {'; '.join(said)}."


def at_equal_loss(results: dict, number: int) -> list[float]:
    """Say for each seed by how many bits full fine-tuning exposes more, where its loss is that of LoRA at its end.

    Full fine-tuning is followed on straight lines between the steps that were measured.

    Args:
        number: 0 for what 16 stories hold, 1 for 64.
    """
    found = []
    for full, small in zip(runs_of(results, "full"), runs_of(results, "LoRA"), strict=True):
        way, end = full["on the way"], small["on the way"][-1]
        losses = [-stage["fresh loss"] for stage in way]  # rising, as interpolation wants them
        bits = np.interp(-end["fresh loss"], losses, [stage["exposures"][number] for stage in way])
        found.append(float(bits) - end["exposures"][number])
    return found


def equal_loss(results: dict) -> str:
    """Show how much more full fine-tuning exposes at the loss that LoRA ends with."""
    lines = ["at LoRA's last loss, full fine-tuning exposes more, by bits:"]
    for number, copies in enumerate(("16", "64")):
        lines.append(f"  {copies} stories   {_with_interval(at_equal_loss(results, number))}")
    return "\n".join(lines)


def _with_interval(values: Sequence[float], digits: int = 1, least: float = -np.inf, most: float = np.inf) -> str:
    low, high = (min(max(end, least), most) for end in interval(values))
    return f"{mean(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
