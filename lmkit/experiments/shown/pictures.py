"""Recorded results as pictures. Each is drawn on axes that it is given, and said in words that it gives back."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lmkit import figures
from lmkit.experiments.overfitting import outcomes
from lmkit.experiments.shown.tables import WAYS, mean_right
from lmkit.learning.evaluation import Bin, wilson

STYLES = dict(zip(WAYS, (":", "--", "-.", "-", "-"), strict=True))


def grid(axes: Axes, results: dict) -> str:
    """Draw the share of right answers by way of training over the number of labels, with intervals."""
    said, sizes = [], [int(size) for size in results["steps"]]
    for way, style in STYLES.items():
        counts = [mean_right(results, way, size) for size in sizes]
        shares = [n_right / n for n_right, n in counts]
        bounds = np.array([wilson(*count) for count in counts])
        color = figures.ACCENT if way == "LoRA" else figures.WEIGHT
        axes.plot(sizes, shares, style, color=color, marker="o", markersize=4, label=way)
        axes.fill_between(sizes, *bounds.T, color=color, alpha=0.12, linewidth=0)
        said.append(f"{way}: {', '.join(f'{share:.0%}' for share in shares)}")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("labelled stories")
    return f"With {sizes} labels, {'; '.join(said)}."


def cures(axes: Axes, results: dict, capacity: str, labels: int) -> str:
    """Draw the share of right answers by cure: a dot for each draw of labels, a bar for the interval of one test."""
    n, said = results["test"], []
    found = outcomes(results, capacity, labels)
    names = sorted(found, key=lambda cure: (cure == "pretrained weights", list(found).index(cure)))
    for place, cure in enumerate(reversed(names)):
        shares = np.array([end["test_right"] for end in found[cure]]) / n
        bounds = wilson(round(shares.mean() * n), n)
        axes.plot(bounds, [place, place], color=figures.WEIGHT, linewidth=4, alpha=0.25)
        axes.plot(shares, [place] * len(shares), "o", color=figures.ACCENT, markersize=4)
        said.append(f"{cure} {shares.mean():.0%}")
    nothing = np.mean([end["test_right"] for end in found["nothing"]]) / n
    axes.axvline(nothing, color=figures.WEIGHT, linewidth=1, linestyle=":")
    axes.set_yticks(range(len(names)), reversed(names))
    axes.set_title(f"{capacity}, {labels} labels", fontsize="medium")
    axes.xaxis.set_major_formatter("{x:.0%}")
    return f"{capacity}, {labels} labels: {', '.join(reversed(said))}"


def reliability(axes: Axes, bins: Sequence[Bin], n_runs: int = 1) -> str:
    """Draw how often answers are right over how sure they are, with intervals.

    Args:
        n_runs: how many runs the bins hold; the intervals are those of one, as they all answer the same questions.
    """
    sure = np.array([each.confidence / each.n for each in bins])
    right = np.array([each.right / each.n for each in bins])
    bounds = np.array([wilson(round(each.right / n_runs), round(each.n / n_runs)) for each in bins])
    axes.plot([0.5, 1], [0.5, 1], color=figures.ACCENT, linewidth=1, label="as sure as it should be")
    reach = np.abs(bounds.T - right).clip(0)
    axes.errorbar(sure, right, yerr=reach, fmt="o", color=figures.WEIGHT, label="measured")
    axes.set_xlabel("how sure it is")
    axes.set_ylabel("how often it is right")
    axes.legend(frameon=False)
    pairs = zip(sure, right, strict=True)
    return f"Accuracy against confidence: {', '.join(f'{s:.0%} sure, {r:.0%} right' for s, r in pairs)}."
