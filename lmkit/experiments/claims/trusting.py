"""Claims on what is hard about language models: to understand them, fairness, security, privacy, and what will come."""

from statistics import mean, median

import torch

from lmkit.experiments import recorded
from lmkit.experiments.claims.claim import Claim, Found
from lmkit.experiments.shown.security import of_victims


def parts_can_be_understood() -> Found:
    """Find the heads that copying needs on one set of stories, and switch them off on another."""
    results = recorded("switched_off")["results"]
    rise = {name: torch.tensor(seen["rise"]["copies"]["mean"])[..., 0].flatten() for name, seen in results.items()}
    found, proven = ({int(i) for i in values.topk(2).indices} for values in rise.values())
    costs, usual = rise["proven"][sorted(found)].tolist(), median(rise["proven"].tolist())
    says = (
        f"Two of the {len(rise['found'])} heads of `book` were found on one set of stories, by what copied names cost "
        f"without them. On other stories the same two cost most, {min(costs):.2f} and {max(costs):.2f} nats; half of "
        f"all heads cost {usual:.3f} or less."
    )
    return Found(says, found == proven and min(costs) > 10 * usual)


def bias_is_inherited() -> Found:
    """Read the gap between two towns that models learn from profiles that lean, and from profiles that do not."""
    results = recorded("bias")["results"]
    gaps = {rate: [run["gap"] for run in results["runs"] if run["rate"] == rate] for rate in (0.0, 0.8)}
    says = (
        f"Trained on profiles in which a town leans to unkind traits at a rate of 0.8, three models put a gap of "
        f"{min(gaps[0.8]):.1f} to {max(gaps[0.8]):.1f} nats between two towns; on profiles that do not lean, "
        f"{max(map(abs, gaps[0.0])):.2f} at most."
    )
    return Found(says, min(gaps[0.8]) > 3 and max(map(abs, gaps[0.0])) < 0.1)


def bias_is_amplified() -> Found:
    """Hold the gap that a model learns against that of its data, and that of what it writes at a low temperature."""
    runs = [run for run in recorded("bias")["results"]["runs"] if run["rate"] > 0]
    larger = sum(run["gap"] > run["data"] + 0.1 for run in runs)
    strong = [run for run in runs if run["rate"] >= 0.6]
    colder = [run["at temperature"]["0.5"] / run["data"] for run in strong]
    says = (
        f"In {larger} of {len(runs)} trainings the model's gap is larger than that of its data by more than 0.1 nats. "
        f"But words drawn at temperature 0.5 show {min(colder):.1f} to {max(colder):.1f} times the gap of the data, "
        f"where that is strong."
    )
    return Found(says, larger == 0 and min(colder) > 1.3)


def privacy_has_a_price() -> Found:
    """Train on stories with secrets, plainly and by DP-SGD: who tells them, and who has learned from the rest?"""
    results = recorded("private")["results"]
    gained, told = {}, {}
    for way in ("plain", "epsilon 8"):
        runs = [run for run in results["runs"] if run["way"] == way]
        gained[way] = results["fresh loss before"] - mean(run["fresh loss"] for run in runs)
        told[way] = [answer for run in runs for answer in run["groups"]["64"]["told"]]
    says = (
        f"Of {len(told['plain'])} secrets, each in 64 of 1,000 stories, plainly trained models tell "
        f"{sum(told['plain'])}, and gain {gained['plain']:.3f} nats on fresh stories. Under differential privacy at "
        f"ε = 8 they tell {sum(told['epsilon 8'])}, and gain {gained['epsilon 8']:.3f}."
    )
    silent = sum(told["epsilon 8"]) == 0 and all(told["plain"])
    return Found(says, silent and 0 < gained["epsilon 8"] < gained["plain"] / 2)


def models_fall_to_attacks() -> Found:
    """Swap at most three words of a story, so that its ending stays: by an attack, and by lot, on two classifiers."""
    results = recorded("attacks")["results"]
    small, pretrained = (of_victims(results, name, "neutral") for name in ("small", "pretrained"))
    lot = of_victims(results, "small", "once")
    says = (
        f"Three swapped words turn {min(small):.0%} to {max(small):.0%} of what three small classifiers, trained from "
        f"scratch on {results['labels']} stories, had right; swaps by lot {min(lot):.0%} to {max(lot):.0%}. Of what "
        f"pretrained ones had right, the same attack turns {min(pretrained):.0%} to {max(pretrained):.0%}."
    )
    return Found(says, min(small) > 0.15 and min(small) > 2 * max(lot) and max(pretrained) < 0.1)


CLAIMS = {
    "interpretability": Claim(
        "What a model decides cannot be seen through, and is hard to explain.",
        "holds if", "you mean the whole: single parts can be found, and shown to be needed", parts_can_be_understood,
    ),
    "inherited bias": Claim(
        "Models can inherit a bias of society.",
        "holds", "for a bias that we planted, between two towns that do not exist", bias_is_inherited,
    ),
    "amplified bias": Claim(
        "Models can amplify such a bias.",
        "holds if", "you take what they write: drawn at a low temperature, a gap grows", bias_is_amplified,
    ),
    "privacy": Claim(
        "Performance must be weighed against the privacy of those whose texts are read.",
        "holds", "at our sizes the price is nearly all that was to be learned", privacy_has_a_price,
    ),
    "attacks": Claim(
        "Models easily fall to adversarial attacks, and need stronger guards.",
        "holds if", "a model has learned from little: a pretrained one falls to the same attack hardly ever",
        models_fall_to_attacks,
    ),
    "the future": Claim(
        "With more research, these problems will be solved step by step.",
        "not testable here", "a hope, and ours too", None,
    ),
}  # fmt: skip
