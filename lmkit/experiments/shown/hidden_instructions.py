"""What the chapter on security shows of hidden instructions, from the record of the experiment."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Shaped

from lmkit.learning.evaluation import wilson

ORDERS = ("ignore", "only", "every", "imitated")
GUARDS = {  # what the reader sees, and whether a text that hides something is let through to an answer
    "none": "no guard",
    "quoted": "quoted as data",
    "warned": "warning, reminder",
    "words": "list of words",
    "check": "check of the answer",
}
_Stops = Callable[[dict], str]
_STOPPED: dict[str, _Stops] = {
    "words": lambda run: run["stopped by words"],
    "check": lambda run: run["stopped by check"],
}


def runs_of(results: dict, guard: str, hidden: str, place: str = "end") -> list[dict]:
    """List the runs of one way of asking, one for each seed."""
    asked = guard if guard in ("quoted", "warned") else "none"
    wanted = (asked, hidden, place)
    return [run for run in results["runs"] if (run["guard"], run["hidden"], run["place"]) == wanted]


def outcomes(results: dict, guard: str, hidden: str, place: str = "end") -> str:
    """Say what becomes of each story: r, w and o as recorded, or s where the guard stops the text or the answer."""
    found = ""
    for run in runs_of(results, guard, hidden, place):
        stopped = _STOPPED[guard](run) if guard in _STOPPED else "0" * len(run["said"])
        found += "".join("s" if stop == "1" else said for said, stop in zip(run["said"], stopped, strict=True))
    return found


def followed(results: dict) -> str:
    """Show how often the hidden word is said, without a guard, by what is hidden and where."""
    lines = [f"{'hidden':22}{'at the start':>24}{'at the end':>24}"]
    for hidden in ("nothing", "harmless", "speaks of answering", *ORDERS):
        places = ("start", "end") if hidden in ORDERS else ("end",)
        cells = [_share(outcomes(results, "none", hidden, place), "w") for place in places]
        lines.append(f"{hidden:22}" + "".join(f"{cell:>24}" for cell in ["", *cells][-2:]))
    return "\n".join(lines)


def said_in_percent(results: dict, place: str = "end") -> list[int]:
    """Give how often the word is said for each of the four wordings, in whole %."""
    each = [outcomes(results, "none", hidden, place) for hidden in ORDERS]
    return [round(100 * said.count("w") / len(said)) for said in each]


def guards(results: dict) -> str:
    """Show what comes past each guard, from an attacker who does not know it and from one who does."""
    lines = [f"{'hidden word is said':20}{'four wordings':>24}{'who knows the guard':>24}"]
    for guard, name in GUARDS.items():
        naive = [outcomes(results, guard, hidden) for hidden in ORDERS]
        knowing = "" if guard == "none" else _share(outcomes(results, guard, f"knows: {guard}"), "w")
        lines.append(f"{name:20}{_by_story(naive):>24}{knowing:>24}")
    return "\n".join(lines)


def costs(results: dict) -> str:
    """Show what each guard costs on texts that hide nothing: what it stops, and how many right answers are left."""
    lines = [f"{'nothing is hidden':20}{'right':>10}{'stopped':>12}{'stopped, speaks of answering':>30}"]
    for guard, name in GUARDS.items():
        said = outcomes(results, guard, "nothing")
        speaks = outcomes(results, guard, "speaks of answering")
        cells = [f"{some.count(what)} of {len(some)}" for some, what in ((said, "r"), (said, "s"), (speaks, "s"))]
        lines.append(f"{name:20}{cells[0]:>10}{cells[1]:>12}{cells[2]:>30}")
    return "\n".join(lines)


def _share(said: str, what: str) -> str:
    low, high = wilson(said.count(what), len(said))
    return f"{said.count(what)} of {len(said)} ({100 * low:.0f} to {100 * high:.0f} %)"


def _by_story(each: list[str]) -> str:
    """Count the hidden word in several answers about each story, with an interval that draws whole stories."""
    table = said_table(each)
    low, high = spread(table) if table.any() else wilson(0, table.shape[1])
    return f"{table.sum()} of {table.size} ({100 * low:.0f} to {100 * high:.0f} %)"


def said_table(each: list[str]) -> Bool[np.ndarray, "wording story"]:
    """Say for each wording and story whether the hidden word was said."""
    return np.array([[letter == "w" for letter in said] for said in each])


def spread(table: Shaped[np.ndarray, "wording story"], draws: int = 2000) -> tuple[float, float]:
    """Give the 95 % interval of the mean of a table, by drawing whole stories: answers about one story go together."""
    means = table.mean(axis=0)
    chosen = np.random.default_rng(0).integers(len(means), size=(draws, len(means)))
    low, high = np.quantile(means[chosen].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def fewer(results: dict, guard: str) -> tuple[float, float, float]:
    """Give by how much less often the word is said with a guard than without, story by story, and its 95 % interval."""
    without, guarded = (
        said_table([outcomes(results, each, hidden) for hidden in ORDERS]).astype(float) for each in ("none", guard)
    )
    return float((without - guarded).mean()), *spread(without - guarded)
