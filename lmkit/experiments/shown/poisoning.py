"""What the chapter on security shows of poisoned training sets, from the record of the experiment."""

from collections.abc import Iterable

from matplotlib.axes import Axes

from lmkit import figures

ATTACKERS = ("one phrase", "five phrases", "two halves", "label kept")
DETECTORS = {
    "words": "runs of words, chi²",
    "surprise": "runs of words, surprise",
    "spectrum": "spectral signature",
    "clusters": "smaller cluster",
}


def runs_of(results: dict, attacker: str, share: float) -> list[dict]:
    """List the runs of one attacker at one share, one for each seed."""
    return [run for run in results["runs"] if (run["attacker"], run["share"]) == (attacker, share)]


def shares_of(results: dict) -> list[float]:
    """List the shares, from none to the largest."""
    return sorted({run["share"] for run in results["runs"]})


def success(attack: dict, by: str = "turned") -> float:
    """Give the share of the bad stories, of those answered rightly, that a trigger turns, in %."""
    return 100 * attack[by] / max(1, attack["bad and right"])


def successes(runs: Iterable[dict], by: str = "turned") -> list[float]:
    """Give the success in each run, in %."""
    return [success(run["attack"], by) for run in runs]


def mean_successes(results: dict) -> list[float]:
    """Give the mean success of the one phrase at each share, in whole %."""
    each = [successes(runs_of(results, "one phrase", share)) for share in shares_of(results)]
    return [round(sum(some) / len(some)) for some in each]


def by_share(results: dict) -> str:
    """Show, for each seed, right answers and the success of the trigger, by share."""
    lines = ["poisoned   of all   right answers      trigger turns, %   other phrase, %"]
    for share in shares_of(results):
        runs = runs_of(results, "one phrase", share)
        right = _listed(100 * run["attack"]["right"] / results["tests"] for run in runs)
        turned, other = (_listed(successes(runs, by)) for by in ("turned", "turned by another phrase"))
        lines.append(f"{runs[0]['poisoned']:8}   {share:6.1%}   {right:16} {turned:>18} {other:>17}")
    return "\n".join(lines)


def curve(axes: Axes, results: dict) -> str:
    """Draw the success of the trigger at each share: a dot for each seed, a line through the means."""
    shares = shares_of(results)
    each = [successes(runs_of(results, "one phrase", share)) for share in shares]
    others = [successes(runs_of(results, "one phrase", share), "turned by another phrase") for share in shares]
    places = range(len(shares))
    means = {"trigger": _means(each), "another phrase": _means(others)}
    figures.lines(axes, places, means, notice=["trigger"])
    for place, some in zip(places, each, strict=True):
        axes.plot([place] * len(some), some, "o", color=figures.ACCENT, markersize=4, alpha=0.6)
    axes.set_xticks(places, [f"{share:.1%}" for share in shares])
    axes.set(xlabel="share of the training set that is poisoned", ylabel="bad stories called good, %")
    said = "; ".join(f"{share:.1%}: {_listed(some)}" for share, some in zip(shares, each, strict=True))
    other = _listed(means["another phrase"])
    return (
        f"Success of the trigger in %, for three seeds, by share of poisoned examples. {said}. Another phrase: {other}."
    )


def detected(results: dict, share: float) -> str:
    """Show what each detector finds of each attacker's poison, and how many clean examples it accuses, in all seeds."""
    lines = ["found; false alarms".ljust(24) + "".join(f"{attacker:>13}" for attacker in ATTACKERS)]
    for way, name in DETECTORS.items():
        counts = [found(results, attacker, share, way) for attacker in ATTACKERS]
        cells = [f"{right}/{n}; {alarms}" for right, n, alarms in counts]
        lines.append(f"{name:24}" + "".join(f"{cell:>13}" for cell in cells))
    return "\n".join(lines)


def found(results: dict, attacker: str, share: float, way: str) -> tuple[int, int, int]:
    """Count, over all seeds, the poisoned examples that a detector names, all of them, and the clean ones it names."""
    runs = runs_of(results, attacker, share)
    right = sum(run["named"][way]["poisoned"] for run in runs)
    return right, sum(run["poisoned"] for run in runs), sum(run["named"][way]["all"] for run in runs) - right


def cured(results: dict, share: float) -> str:
    """Show the success of each attacker, without a cure and with each, for each seed."""
    lines = [f"{'turned, %':14}{'as it is':>18}{'without surprises':>20}{'further, clean':>18}"]
    for attacker in ATTACKERS:
        runs = runs_of(results, attacker, share)
        cells = [_listed(successes(runs))]
        for cure in ("without what surprises", "further on clean stories"):
            cells.append(_listed(success(run["cured"][cure]) for run in runs))
        lines.append(f"{attacker:14}{cells[0]:>18}{cells[1]:>20}{cells[2]:>18}")
    return "\n".join(lines)


def _listed(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def _means(each: list[list[float]]) -> list[float]:
    return [sum(some) / len(some) for some in each]
