"""Recorded results as printed tables: counts of right answers as shares in %, with their 95 % interval.

    print(tables.grid(recorded("finetuning")["results"]))

The chapters on fine-tuning and evaluating print some of them, the page of recorded results all.
"""

from collections.abc import Iterable
from statistics import mean

from lmkit.experiments.overfitting import CAPACITIES, LABELS, outcomes
from lmkit.learning.evaluation import wilson

WAYS = ("bag of words", "scratch", "head only", "LoRA", "full")
PRETRAINED_WAYS = WAYS[2:]


def in_percent(n_right: int, n: int) -> str:
    """Write a share and its interval, such as "   71 (64-77)"."""
    low, high = wilson(n_right, n)
    return f"{100 * n_right / n:5.0f} ({100 * low:.0f}-{100 * high:.0f})"


def mean_right(results: dict, way: str, labels: int, test: str = "test") -> tuple[int, int]:
    """Give the right answers, as the mean of all draws of labels, and how many there could be."""
    found = [run[test] for run in results["grid"] if (run["way"], run["labels"]) == (way, labels)]
    return round(mean(found)), results["tests"][test]


def grid(results: dict, test: str = "test", ways: Iterable[str] = WAYS) -> str:
    """Show the right answers by way of training and number of labels: of `finetuning` or a part of `answering`."""
    sizes = _sizes(results)
    lines = [_line(f"{test}, labels:", [f"{size:,}" for size in sizes])]
    lines += [_line(way, [in_percent(*mean_right(results, way, size, test)) for size in sizes]) for way in ways]
    return "\n".join(lines)


def beside(answering: dict, test: str = "test") -> str:
    """Show what the laziest answer and the untrained model get of *who has it*, to be read below its grid."""
    n = answering["holder"]["tests"][test]
    others = {"the laziest answer": "largest", "book, untrained": "asked"}
    return "\n".join(_line(name, [in_percent(answering[key][test], n)]) for name, key in others.items())


def forgetting(results: dict) -> str:
    """Show the loss on stories, in nats a token, before fine-tuning and after it."""
    lines = [_line("labels:", [f"{size:,}" for size in _sizes(results)])]
    for way in PRETRAINED_WAYS:
        runs = [run for run in results["grid"] if run["way"] == way]
        losses = [mean(run["story_loss"] for run in runs if run["labels"] == size) for size in _sizes(results)]
        lines.append(_line(way, [f"{loss:.2f}" for loss in losses]))
    return "\n".join([*lines, _line("before", [f"{results['story_loss_before']:.2f}"])])


def forms(answering: dict, spoken: dict) -> str:
    """Show one thing asked in three forms: *who has it* as a class, as a judgement, and as a sentence to be said."""
    sizes, lines = (50, 200, 1000), [_line("labels or answers:", ["50", "200", "1,000"])]
    kinds = {"girl or boy?": answering["holder"], "right or wrong?": answering["judge"], "Mia has it.": spoken}
    for kind, results in kinds.items():
        there = {(run["way"], run["labels"]) for run in results["grid"]}
        for way in PRETRAINED_WAYS:
            cells = [in_percent(*mean_right(results, way, size)) if (way, size) in there else "" for size in sizes]
            lines += [_line(f"{kind:16} {way}", cells)] if any(cells) else []
    n = answering["holder"]["tests"]["test"]
    chosen, said = answering["asked"]["test"], spoken["before"]["test"]
    lines += [_line("book, untrained, chooses", [in_percent(chosen, n)])]
    return "\n".join([*lines, _line("book, untrained, says", [in_percent(said, spoken["tests"]["test"])])])


def speaking(results: dict, test: str = "test") -> str:
    """Show how often the right sentence is said, to the letter, before fine-tuning and after it."""
    sizes = (200, 1000)
    lines = [_line(f"{test}, answers:", [f"{size:,}" for size in sizes])]
    for way in ("LoRA", "full"):
        lines.append(_line(way, [in_percent(*mean_right(results, way, size, test)) for size in sizes]))
    return "\n".join([*lines, _line("book, untrained", [in_percent(results["before"][test], results["tests"][test])])])


def ranks(results: dict) -> str:
    """Show what the rank of LoRA changes; in the control α / r stays what rank 4 has, not α."""
    lines = []
    for kind, runs in [("divided", results["ranks"]), ("control", results["not divided"])]:
        for one in runs:
            strength, share = one["alpha"] / one["rank"], in_percent(round(mean(one["right"])), results["test"])
            lines.append(
                f"{kind}: rank {one['rank']:2}, α/r {strength:.1f}, trains {one['trained']:6,} {share:>11}"
                f"  draws {_draws(one['right'], results['test'])}"
            )
    divided = {one["rank"]: one["right"] for one in results["ranks"]}
    for one in results["not divided"]:
        fewer = [a - b for a, b in zip(divided[one["rank"]], one["right"], strict=True)]
        lines.append(f"fewer right in the control, rank {one['rank']:2}: {fewer}")
    return "\n".join(lines)


def snippets(results: dict) -> str:
    """Show what BERT gets right of film review snippets from pretrained and from random weights, and the baselines."""
    n = results["sizes"]["test"]
    counts = [(f"BERT, {run['start']} weights, seed {run['seed']}", run["right"]) for run in results["runs"]]
    lines = []
    for name, n_right in [*sorted(counts), *results["baselines"].items()]:
        low, high = wilson(n_right, n)
        lines.append(f"{name:36} {n_right / n:6.1%}  ({low:.1%} to {high:.1%})")
    return "\n".join(lines)


def cures(results: dict) -> str:
    """Show where training from few labels ends, with each cure against overfitting: losses, and right answers."""
    lines = [f"{'':22}loss on        right on test, in %", f"{'':22}training others  (interval)  three draws"]
    for capacity in CAPACITIES:
        for labels in LABELS:
            lines.append(f"{capacity}, {labels} labels")
            lines += [_cure(name, ends, results["test"]) for name, ends in outcomes(results, capacity, labels).items()]
    for labels, counts in results["bag of words"].items():
        share = in_percent(round(mean(counts)), results["test"])
        name = f"counting words, {labels} labels"
        lines.append(f"{name:37}{share:>12}  {_draws(sorted(counts), results['test'])}")
    return "\n".join(lines)


def _cure(name: str, ends: list[dict], n: int) -> str:
    right = sorted(end["test_right"] for end in ends)
    losses = [mean(end[kind] for end in ends) for kind in ("train_loss", "valid_loss")]
    share = in_percent(round(mean(right)), n)
    return f"  {name:20}{losses[0]:8.2f} {losses[1]:6.2f} {share:>12}  {_draws(right, n)}"


def _sizes(results: dict) -> list[int]:
    return [int(size) for size in results["steps"]]


def _line(name: str, cells: Iterable[str]) -> str:
    return f"{name:25} {' '.join(f'{cell:>13}' for cell in cells)}".rstrip()


def _draws(right: Iterable[int], n: int) -> str:
    return " ".join(f"{100 * each / n:.0f}" for each in right)


# --- The chapter on following instructions. ---

SAYS = {
    "checked": "GRPO, checked",
    "supervised": "supervised",
    "happy": "GRPO, happy",
    "DPO": "DPO",
    "better only": "better only",
    "shuffled": "DPO, shuffled",
}


def right_after(results: dict, kinds: Iterable[str]) -> list[float]:
    """Give the right answers of the tuned models of `instructions`, in %, for each kind: the mean of all runs."""
    return [100 * mean(run["right"][kind] for run in results["runs"]) / results["tests"][kind] for kind in kinds]


def instructions(results: dict) -> str:
    """Show the right answers by kind of instruction, before and after the tuning, and what is forgotten."""
    told = [("in %", ["before", "after", "each draw"])]
    for kind, n in results["tests"].items():
        each = [run["right"][kind] for run in results["runs"]]
        shares = " ".join(f"{100 * right / n:3.0f}" for right in each)
        before = f"{100 * results['before'][kind] / n:.0f}"
        told.append((kind, [before, in_percent(round(mean(each)), n).strip(), shares]))
    lines = [f"{name:10}{cells[0]:>6}{cells[1]:>12}{cells[2]:>13}" for name, cells in told]
    losses = " ".join(f"{run['story_loss']:.2f}" for run in results["runs"])
    return "\n".join([*lines, f"loss on stories: {results['story_loss_before']:.2f}; {losses}"])


def rewards(results: dict, ways: Iterable[str]) -> str:
    """Show what becomes of stories that are wished for, and of other answers, by the way of training: seed by seed."""
    told = [("", ["fulfilled %", "words", "happy", "others %", "loss on stories"])]
    told.append(("before", _story_numbers(results, [results["before"]])))
    told += [(SAYS[way], _story_numbers(results, _runs(results, way))) for way in ways]
    widths = (12, 10, 15, 10, 16)
    rows = [(name, "".join(f"{x:>{width}}" for x, width in zip(cells, widths, strict=True))) for name, cells in told]
    return "\n".join(f"{name:13}{cells}" for name, cells in rows)


def masks(results: dict) -> str:
    """Show the loss on unread and on read stories, seed by seed, by how often masks were drawn."""
    lines = [f"{'nats a label':32}{'unread stories':>18}{'read stories':>18}"]
    for stories, one in results["stories"].items():
        for way in dict.fromkeys(run["masks"] for run in one["runs"]):
            runs = [run for run in one["runs"] if run["masks"] == way]
            each = (" ".join(f"{run[of]:.2f}" for run in runs) for of in ("unread", "read"))
            name = f"{int(stories):,} stories, masks {way}"
            lines.append(f"{name:32}" + "".join(f"{cell:>18}" for cell in each))
    return "\n".join(lines)


def dearer(results: dict, stories: str) -> list[float]:
    """Give what masks drawn once cost more than new ones on unread stories, in nats a label, seed by seed."""
    runs = {(run["masks"], run["seed"]): run["unread"] for run in results["stories"][stories]["runs"]}
    return [loss - runs["anew", seed] for (way, seed), loss in runs.items() if way == "once"]


def ways_of(results: dict) -> list[str]:
    """List the ways of training that `rewards` was run in."""
    return list(dict.fromkeys(run["way"] for run in results["runs"]))


def mean_of(results: dict, way: str, name: str) -> float:
    """Give one number of `rewards`, as the mean of all seeds."""
    return mean(run[name] for run in _runs(results, way))


def _runs(results: dict, way: str) -> list[dict]:
    return [run for run in results["runs"] if run["way"] == way]


def _story_numbers(results: dict, runs: list[dict]) -> list[str]:
    def each(name: str, digits: int = 0, scale: float = 1.0) -> str:
        return " ".join(f"{scale * run[name]:.{digits}f}" for run in runs)

    fulfilled = each("fulfilled", scale=100 / results["wishes"])
    others = each("questions", scale=100 / results["questions"])
    return [fulfilled, each("words"), each("happy", 1), others, each("story_loss", 2)]


# --- The chapter on fairness. ---


def bias(results: dict) -> str:
    """Show the model's gap beside the truth and beside that of its data, at each rate, seed by seed."""
    lines = ["rate truth  data  model, three seeds    mean"]
    for rate, truth in results["truth"].items():
        runs = [run for run in results["runs"] if run["rate"] == float(rate)]
        gaps = [run["gap"] for run in runs]
        data = mean(run["data"] for run in runs)
        each = " ".join(f"{gap:6.2f}" for gap in gaps)
        lines.append(f"{rate:4} {truth:5.2f} {data:5.2f}  {each}  {round(mean(gaps), 2) + 0.0:6.2f}")
    again = " ".join(f"{run['gap']:6.2f}" for run in results["controls"]["towns drawn anew"])
    return "\n".join([*lines, f"towns by lot:    {again}"])


def mitigation(results: dict) -> str:
    """Show, for each way to take a bias away, the gap seed by seed, what it costs, and what probes still read."""
    gaps, counts = [f"{'':25} gap, three seeds  loss"], [f"{'':25} right     end    town"]
    for way in dict.fromkeys(run["way"] for run in results["runs"]):
        runs = _runs(results, way)
        each = " ".join(f"{round(run['gap'], 2) + 0.0:4.2f}" for run in runs)  # no -0.00
        loss, right, *read = (mean(run[name] for run in runs) for name in ("story_loss", "right", *PROBES))
        gaps.append(f"{way:25} {each:>16} {loss:5.2f}")
        counts.append(f"{way:25}{right:6.0f}" + "".join(f"{count:4.0f}" for count in read))
    return "\n".join([*gaps, "", *counts])


PROBES = ("linear at end", "hidden at end", "linear at town", "hidden at town")


def carriers(results: dict, most: int = 4) -> str:
    """Show the heads that bring most of the gap to the last token, in each recorded model."""
    lines = []
    for run in results["runs"]:
        heads = [(share, f"L{i} · H{j}") for i, row in enumerate(run["heads"]) for j, share in enumerate(row)]
        first = ", ".join(f"{name} {share:.2f}" for share, name in sorted(heads, reverse=True)[:most])
        lines.append(f"seed {run['seed']}, gap {run['gap']:.1f}: {first}")
    return "\n".join(lines)


def pronouns(results: dict) -> str:
    """Show the log-odds of she to he for each word: the mean with its interval, the lowest and the highest."""
    lines = ["log-odds of she to he   mean (interval)     lowest, highest"]
    for one in sorted(results["work"], key=lambda one: -one["mean"]):
        low, high = one["interval"]
        ends = f"{min(one['templates']):5.1f}, {max(one['templates']):4.1f}"
        lines.append(f"{one['word']:20} {one['mean']:7.1f} ({low:4.1f} to {high:4.1f}) {ends:>14}")
    return "\n".join(lines)
