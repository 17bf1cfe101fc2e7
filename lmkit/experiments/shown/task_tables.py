"""The recorded tasks as printed tables: translation, summaries, marked answers, prompts, and what was found first.

The chapter on tasks prints some, the page of recorded results all. Shares are in %, with their 95 % interval; three
models that answer the same questions are one test, so what stands for them is their mean.
"""

from collections.abc import Iterable, Sequence
from statistics import mean

from lmkit.experiments.shown.tables import in_percent

NAMES = {"made up": "made-up names", "usual": "usual names"}


def translation(results: dict) -> str:
    """Show the lazy translator and the three trainings, side by side."""
    ways = [results["lazy"], *results["runs"]]
    rows = {"": ["lazy", *(f"seed {i}" for i in range(len(ways) - 1))]}
    for name, key in {"chrF": "chrf", "BLEU": "bleu"}.items():
        rows[name] = [f"{way[key]:.1f}" for way in ways]
    for name, key in {"sentences exact": "exact", "of unseen ones": "exact_unseen"}.items():
        rows[name] = [_share(way[key]) for way in ways]
    for kind in ("usual", "made up"):
        rows[NAMES[kind]] = [_share(way["names"][kind]) for way in ways]
    return "\n".join(_line(name, cells, 7, first=17) for name, cells in rows.items())


def links(results: dict) -> str:
    """Show how many links the best head of each training finds, and one that looks along the diagonal."""
    runs = [run["links"] for run in results["runs"]]
    total = [[sum(n) for n in zip(*run["kinds"].values(), strict=True)] for run in runs]
    rows = {
        "best head": ["L{} · H{}".format(*run["best"]) for run in runs] + ["diagonal"],
        "links found": [_share(one) for one in [*total, runs[0]["diagonal"]]],
        "of places": [_share(run["kinds"]["place"]) for run in runs],
    }
    return "\n".join(_line(name, cells, 9, first=12) for name, cells in rows.items())


def summaries(results: dict) -> str:
    """Show what lines are worth: to the letter, in their deed and ending, and by ROUGE."""
    lines = [_line("in %", ["exact", "deed", "ending", "ROUGE-1", "ROUGE-2", "ROUGE-L"], 9)]
    rows = {**results["lazy"], **{f"book, seed {one['seed']}": one for one in results["runs"]}}
    for name, one in {**rows, **results["wrong on purpose"]}.items():
        right = [f"{100 * one[key] / one['n']:.0f}" for key in ("exact", "deed", "ending")]
        lines.append(_line(name, right + [f"{100 * one[kind][0]:.0f}" for kind in ("rouge1", "rouge2", "rougeL")], 9))
    return "\n".join(lines)


def marked(results: dict) -> str:
    """Show the answers that were marked in the stories, and lazy ones."""
    n, runs = results["questions"], results["runs"]
    lines = [f"{'exact, in %':18}{'all':>12}   each draw"]
    for kind, one in results["lazy"].items():
        lines.append(f"{f'lazy, {kind}':18}{in_percent(one['exact'], n):>12}")
    for name, key in {"marked, who": "asked", "question cut off": "without the question"}.items():
        right = [run[key]["exact"] for run in runs]
        each = " ".join(f"{100 * one / n:3.0f}" for one in right)
        lines.append(f"{name:18}{in_percent(round(mean(right)), n):>12}  {each}")
    return "\n".join(lines)


def prompted(results: dict) -> str:
    """Show the right answers after some examples, beside what learns from as many labels, and from more."""
    n = results["tests"]
    lines = [_line("examples or labels:", ["0", "1", "4"])]
    for name, key in {"SmolLM2": "right", "SmolLM2, calibrated": "calibrated"}.items():
        lines.append(_line(name, [_cell(results["prompted"], {"examples": i}, key, n) for i in (0, 1, 4)]))
    lines += ["", _line("labels:", ["4", "50", "200", "1,000"])]
    row = [_cell(results["trained"], {"labels": size}, "right", n) for size in (4, 50, 200, 1000)]
    return "\n".join([*lines, _line("TF-IDF", row)])


def adapted(prompting: dict, adapting: dict) -> str:
    """Show what SmolLM2 and others make of 50 and 200 labels, and the seconds that 200 take, and one answer."""
    n = adapting["tests"]
    lines = [_line("labels:", ["50", "200", "s, training", "s, answer"])]
    row = [_cell(prompting["trained"], {"labels": size}, "right", n) for size in (50, 200)]
    lines.append(_line("TF-IDF", [*row, "", _seconds(prompting["trained"], "seconds")]))
    for way in dict.fromkeys(run["way"] for run in adapting["runs"]):
        runs = [run for run in adapting["runs"] if run["way"] == way]
        row = [_cell(runs, {"labels": size}, "right", n) for size in (50, 200)]
        of_most = [run for run in runs if run["labels"] == 200]
        lines.append(_line(way, [*row, *(_seconds(of_most, name) for name in ("training", "seconds"))]))
    return "\n".join(lines)


def mean_trained(adapting: dict, way: str, labels: int) -> float:
    """Give the mean of the right answers of a way to train, after so many labels."""
    return mean(run["right"] for run in adapting["runs"] if (run["way"], run["labels"]) == (way, labels))


def _seconds(runs: Iterable[dict], name: str) -> str:
    return f"{mean(run[name] for run in runs):.2g}"


def found(results: dict) -> str:
    """Show how often the right story is found first, and what is answered with what was found."""
    shelves, ways = results["shelves"], ("TF-IDF", "MiniLM")
    asked = sum(one["asked"] for one in shelves)
    lines = [_line("the story is found", list(ways))]
    total = {way: sum(one["found"][way] for one in shelves) for way in ways}
    together = results["together"]
    lines.append(_line(f"first, of {results['stories']}", [in_percent(total[way], asked).strip() for way in ways]))
    for name, key in {"first": "found", "in first 3": "top 3"}.items():
        cells = [in_percent(together[key][way], together["asked"]).strip() for way in ways]
        lines.append(_line(f"{name}, of {len(shelves) * results['stories']}", cells))
    lines += ["", _line("book answers with", ["right"])]
    for name in shelves[0]["answered"]:
        lines.append(_line(name, [in_percent(sum(one["answered"][name] for one in shelves), asked).strip()]))
    lazy = sum(one["lazy"] for one in shelves)
    return "\n".join([*lines, _line("the last name asked", [in_percent(lazy, asked).strip()])])


def _cell(runs: Iterable[dict], which: dict, key: str, n: int) -> str:
    chosen = [run[key] for run in runs if which.items() <= run.items()]
    return in_percent(round(mean(chosen)), n).strip()


def _share(count: Sequence[int]) -> str:
    return f"{100 * count[0] / count[1]:.0f} %"


def _line(name: str, cells: Iterable[str], width: int = 13, first: int = 20) -> str:
    return f"{name:{first}}{''.join(f'{cell:>{width}}' for cell in cells)}".rstrip()
