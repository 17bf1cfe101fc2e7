"""Recorded runs of the chapter on reading heads, as tables. Costs are in nats, with the half of their 95 % interval.

    print(head_tables.switched_off(recorded("switched_off")["results"]))
"""

from collections.abc import Iterable
from statistics import mean

WAYS = {"zero": "0", "mean": "its mean", "another story": "another story's"}
PROBES = (("task", "trained", "task"), ("control", "trained", "control"), ("fresh model", "fresh", "task"))
SIDES = {"query": "queries", "key": "keys", "value": "values"}


def switched_off(results: dict, kind: str = "copies") -> str:
    """Show, for each head and both sets of stories, its induction score and what it costs in the three ways.

    Args:
        kind: "copies", the pieces of names that must be copied, or "all" tokens.
    """
    lines = [f"{'':9}{'found':>6}{'proven':>8} " + "".join(f"{name:>17}" for name in WAYS.values())]
    found, proven = (results[name] for name in ("found", "proven"))
    for layer, head in _places(proven["induction"]):
        scores = [100 * one["induction"][layer][head] for one in (found, proven)]
        costs = [proven["rise"][kind][way][layer][head] for way in WAYS]
        cells = "".join(f"{_with_reach(cost):>17}" for cost in costs)
        lines.append(f"{_name((layer, head)):9}{scores[0]:4.0f} %{scores[1]:6.0f} % {cells}")
    return "\n".join(lines)


def paths(results: dict) -> str:
    """Show by how much copies cost more when one path into L2 · H0 carries another story, in three sets of stories."""
    lines = [f"{'from':14}" + "".join(f"{f'into {side}':^21}" for side in SIDES.values()).rstrip()]
    for number, sender in enumerate(results["senders"]):
        told = ["".join(f"{round(one[number], 2) + 0.0:6.2f}" for one in results["rise"][side]) for side in SIDES]
        lines.append(f"{_name(sender):12}" + "   ".join(told))
    return "\n".join(lines)


def stream(results: dict) -> str:
    """Show where the answer stands before each block, with its effect, and which heads bring it to the end."""
    lines = []
    for block, row in enumerate(results["stream"]):
        most = sorted(zip(row, results["words"], strict=True), reverse=True)[:2]
        told = ", ".join(f"{effect:.2f} at {word.strip()!r}" for effect, word in most)
        lines.append(f"before block {block}: {told}")
    heads = sorted(((results["heads"][i][j], (i, j)) for i, j in _places(results["heads"])), reverse=True)
    told = ", ".join(f"{_name(place)} {effect:.2f}" for effect, place in [*heads[:2], heads[-1]])
    return "\n".join([*lines, f"heads, at the last token: {told}"])


def probes(results: dict) -> str:
    """Show what probes read right after 0 to 4 blocks, on their task and its control, and from fresh models, in %."""
    lines = [f"{'in %, blocks read:':40}" + "".join(f"{blocks:6}" for blocks in range(5))]
    for name, runs in results.items():
        for label, model, key in PROBES:
            shares = [100 * mean(page) for page in zip(*(run[key] for run in runs[model]), strict=True)]
            told = name if label == "task" else ""
            lines.append(f"{told:28}{label:12}" + "".join(f"{share:6.0f}" for share in shares))
    return "\n".join(lines)


def copying(results: dict) -> str:
    """Show the loss with the heads that were found switched off, and with as many others, in both models."""
    lines = [f"{'':20}{'at copies':>16}{'other tokens':>16}"]
    for name, one in results.items():
        places = " and ".join(map(str, one["places"]))
        lines.append(f"{name}: copies on which heads were found, and proven: {places}")
        for who, loss in one["without"].items():
            off = who if who == "none" else f"{who}, {len(one['chosen'])} heads"
            lines.append(f"  off: {off:16}{_with_reach(loss['copies']):>15}{_with_reach(loss['others']):>16}")
    return "\n".join(lines)


def other_maps(results: dict) -> str:
    """Show how little weight the top key of a head could have, and what models cost that look elsewhere or evenly."""
    lines = ["weight of the top key, and the least that it could have"]
    for layer, heads in enumerate(results["rows"]):
        lines.append(f"layer {layer}: " + "   ".join(f"{one['most']:.2f} {one['least']:.2f}" for one in heads))
    lines += ["", f"{'loss, three seeds':19}{'all tokens':^18}{'at copies':^18}maps apart"]
    lines.append(_losses("book", [results["before"]]))
    for way in dict.fromkeys(run["way"] for run in results["trained"]):
        lines.append(_losses(way, [run for run in results["trained"] if run["way"] == way]))
    return "\n".join(lines)


def latents(results: dict) -> str:
    """Show for each thing the F1 of the best latent, of the best neuron, of a fresh model's, and of always yes."""
    lines = [f"{'F1 of the best':28}{'latent, 3 seeds':17}{'neuron':>6}  {'fresh model':17}{'yes':>4}"]
    for number, thing in enumerate(results["things"]):
        told = {
            model: " ".join(f"{run['f1'][number]:.2f}" for run in results["runs"] if run["model"] == model)
            for model in ("trained", "fresh")
        }
        neuron, yes = results["neurons"][number], results["always yes"][number]
        lines.append(f"{thing:28}{told['trained']:17}{neuron:6.2f}  {told['fresh']:17}{yes:4.2f}")
    for run in results["runs"]:
        whole, written, average = run["loss"]
        losses = f"loss {whole:.2f}, {written:.2f}, {average:.2f}"
        lines.append(f"{run['model']}, seed {run['seed']}: {run['explained']:.0%} of the variance kept, {losses}")
    return "\n".join(lines)


def _losses(name: str, runs: list[dict]) -> str:
    told = [" ".join(f"{run[kind][0]:.2f}" for run in runs) for kind in ("all", "copies")]
    apart = " ".join(f"{run['apart']:.2f}" for run in runs if "apart" in run)
    return f"{name:19}{told[0]:18}{told[1]:18}{apart}".rstrip()


def _places(table: list[list]) -> Iterable[tuple[int, int]]:
    return [(layer, head) for layer, row in enumerate(table) for head in range(len(row))]


def _name(part: int | list[int] | tuple[int, ...]) -> str:
    return f"L{part} · network" if isinstance(part, int) else "L{} · H{}".format(*part)


def _with_reach(cost: list[float]) -> str:
    middle, reach = cost
    return f"{middle:.2f} ± {reach:.2f}"
