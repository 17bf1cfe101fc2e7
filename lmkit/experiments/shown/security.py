"""Recorded attacks and defences of the chapter on security, as tables. Intervals are of 95 %, over three seeds."""

from collections.abc import Sequence
from statistics import mean

from lmkit.experiments.shown.privacy import interval

VICTIMS = {
    "small": "small, from scratch",
    "tiny's shape": "larger, from scratch",
    "pretrained": "larger, pretrained",
    "bag of words": "bag of words",
}


def success(counts: dict, attacker: str) -> float:
    """Give the share of right answers that an attacker turned: "neutral", "wider", or by lot "once" or "as often"."""
    turned = counts["attacks"][attacker]["turned"] if attacker in counts["attacks"] else counts["by lot"][attacker]
    return turned / counts["victims"]


def of_victims(results: dict, name: str, attacker: str) -> list[float]:
    """Give the success of an attacker on one kind of victim, for each seed."""
    return [success(run["victims"][name], attacker) for run in results["runs"]]


def after(results: dict, way: str, what: str) -> list[float]:
    """Give for each seed what became of the small model after one way to train on.

    Args:
        what: "right", the share of all test stories; "old texts", of those that turned the model before, the share that
            still turns it; "under both", the share of the attacked stories that stays right under both attackers; or an
            attacker, for its success.
    """
    found = [run["after"][way] for run in results["runs"]]
    if what == "right":
        return [counts["right"] / results["test"] for counts in found]
    if what == "old texts":
        return [counts["old texts"]["turned"] / counts["old texts"]["known"] for counts in found]
    if what == "under both":
        return [counts["right under both"] / results["attacked"]["small"] for counts in found]
    return [success(counts, what) for counts in found]


def victims(results: dict) -> str:
    """Show for each victim how often it is right, and how often each attacker, and luck, turns what was right, in %."""
    lines = [
        f"{'in %':21}{'right':>5}  {'three swaps,':>14}  {'by lot,':>14}  {'by lot,':>7}",
        f"{'':21}{'':>5}  {'the worst ones':>14}  {'as many trials':>14}  {'once':>7}",
    ]
    for name, says in VICTIMS.items():
        right = [run["victims"][name]["right"] / results["test"] for run in results["runs"]]
        greedy, often, once = (of_victims(results, name, way) for way in ("neutral", "as often", "once"))
        columns = f"{_ranged(greedy):>14}  {_ranged(often):>14}  {_in_percent(mean(once)):>7}"
        lines.append(f"{says:21}{_in_percent(mean(right)):>5}  {columns}")
    return "\n".join(lines)


def transfer(results: dict) -> str:
    """Show how many of the texts that turned one victim turn another, which had the story right before."""
    targets = dict(zip(VICTIMS, ("small", "larger", "pretrained", "words"), strict=True))
    targets["small, another seed"] = "other seed"
    lines = [f"{'made for':21}" + "".join(f"{head:>11}" for head in targets.values())]
    for source, says in VICTIMS.items():
        cells = (_passed_on(results, source, target) for target in targets)
        lines.append(f"{says:21}" + "".join(f"{cell:>11}" for cell in cells))
    return "\n".join(lines)


def passed_on(results: dict, source: str, target: str) -> tuple[int, int]:
    """Count the texts that turned `source` and turn `target`, and those whose story `target` had right."""
    shown = [each for run in results["runs"] for each in run["transfer"]]
    pairs = [each for each in shown if (each["from"], each["to"]) == (source, target)]
    return sum(each["turned"] for each in pairs), sum(each["known"] for each in pairs)


def _passed_on(results: dict, source: str, target: str) -> str:
    turned, known = passed_on(results, source, target)
    return f"{turned} of {known}" if source != target else "-"


def defences(results: dict) -> str:
    """Show for each way to train on what is right, and what turns it: the old texts, the attacker anew, a wider one."""
    before = {
        "right": [run["victims"]["small"]["right"] / results["test"] for run in results["runs"]],
        "old texts": [1.0, 1.0, 1.0],
        "neutral": of_victims(results, "small", "neutral"),
        "wider": of_victims(results, "small", "wider"),
        "under both": [
            run["victims"]["small"]["right under both"] / results["attacked"]["small"] for run in results["runs"]
        ],
    }
    lines = [f"{'in %':15}{'right':>5}  {'old texts':>9}  {'asked anew':>10}  {'wider':>10}  {'left':>4}"]
    for way in ("before", "more steps", "swapped by lot", "attacked"):
        found = before if way == "before" else {what: after(results, way, what) for what in before}
        right, old, left = (_in_percent(mean(found[what])) for what in ("right", "old texts", "under both"))
        both = f"{_ranged(found['neutral']):>10}  {_ranged(found['wider']):>10}"
        lines.append(f"{way:15}{right:>5}  {old:>9}  {both}  {left:>4}")
    return "\n".join(lines)


def _in_percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _ranged(shares: Sequence[float]) -> str:
    """A mean, and where its interval begins and ends, as far as a share can be."""
    low, high = (min(1.0, max(0.0, bound)) for bound in interval(shares))
    return f"{_in_percent(mean(shares))} ({_in_percent(low)}-{_in_percent(high)})"
