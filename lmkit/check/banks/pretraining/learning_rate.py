"""Exercise: the learning rate of each step, up in a line and down along half a cosine.

Check `learning_rate(step, warmup, total, peak, floor) -> float`: the rate of one step, the first being 1.

Up to step `warmup` it is peak · step / warmup. Then it falls along half a cosine, to reach `floor` at step `total`.
"""

import math
from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth


def schedule(
    step: int,
    warmup: int,
    total: int,
    peak: float,
    floor: float,
    *,
    rise: Callable = lambda step, warmup: step / warmup,
    progress: Callable = lambda step, warmup, total: (step - warmup) / (total - warmup),
    wave: Callable = lambda progress: (1 + math.cos(math.pi * progress)) / 2,
    fall: Callable = lambda peak, floor, height: floor + (peak - floor) * height,
) -> float:
    """peak · step / warmup, then from peak to floor as (1 + cos π·progress) / 2. The keywords are the switches."""
    if step <= warmup:
        return peak * rise(step, warmup)
    return fall(peak, floor, wave(progress(step, warmup, total)))


def probes(seed: int) -> Probes:
    """Steps of one run: the turning points first, then some in between. Last, a step of another run."""
    warmup, total, peak, floor = 12 + seed, 90 + 3 * seed, 0.03, 0.004
    steps = {
        "for the first step": 1,
        "at the end of the warm-up": warmup,
        "for the last step": total,
        "in the warm-up": 7,
        "shortly after the warm-up": warmup + 5,
        "half-way down": (warmup + total) // 2,
        "near the end": total - 6,
    }
    one_run = (Probe(says, (step, warmup, total, peak, floor)) for says, step in steps.items())
    return *one_run, Probe("for a step of another run", (31, 20, 70, 0.01, 0.002))


def _rates(solve: Callable, probes: Probes, *steps: int) -> list[float]:
    _, *others = probes[0].args
    return [float(solve(step, *others)[0]) for step in steps]


def _rises_to_the_peak(solve: Callable, probes: Probes) -> bool:
    _, warmup, _, peak, _ = probes[0].args
    rates = _rates(solve, probes, 1, 2, warmup // 2, warmup - 1, warmup)
    return 0 < rates[0] and rates == sorted(set(rates)) and math.isclose(rates[-1], peak, rel_tol=1e-4)


def _falls_to_the_floor(solve: Callable, probes: Probes) -> bool:
    _, warmup, total, _, floor = probes[0].args
    rates = _rates(solve, probes, *range(warmup, total, 6), total)
    return rates == sorted(rates, reverse=True) and math.isclose(rates[-1], floor, rel_tol=1e-4)


def _half_way_down_in_the_middle(solve: Callable, probes: Probes) -> bool:
    """With an even number of steps after the warm-up, the rate in the middle is half-way from peak to floor."""
    (middle,), (peak, floor) = solve(30, 10, 50, 0.03, 0.004), (0.03, 0.004)
    return math.isclose(float(middle), (peak + floor) / 2, rel_tol=1e-4)


MISCONCEPTIONS = (
    mistake("no-warm-up", rise=lambda step, warmup: 1.0)
    .says("There is no warm-up: the rate is at its peak from the first step on.")
    .asks("After one step, AdamW has seen one gradient. How much does it know about their usual size?"),
    mistake("counted-from-0", rise=lambda step, warmup: min(1, (step + 1) / warmup))
    .says("Your warm-up is one step ahead, as if the first step were step 0.")
    .asks("At which step should the rate reach its peak, and at which step does yours?"),
    mistake("first-step-is-lost", rise=lambda step, warmup: (step - 1) / warmup)
    .says("Your warm-up is one step behind: at the first step the rate is 0.")
    .asks("What does a step with learning rate 0 change?"),
    mistake("decay-from-step-0", progress=lambda step, warmup, total: step / total)
    .says("Your cosine begins at step 0, not at the end of the warm-up: the rate jumps there.")
    .asks("Right after the warm-up, how far along its way down should the rate be?"),
    mistake("decay-never-ends", progress=lambda step, warmup, total: (step - warmup) / total)
    .says("Your cosine is stretched over all steps, so that it has not ended at the last one.")
    .asks("How many steps are left for the way down, once the warm-up is over?"),
    mistake("decay-one-step-late", progress=lambda step, warmup, total: (step - warmup - 1) / (total - warmup))
    .says("Your way down begins one step late, and at the last step it is one step short of the floor.")
    .asks("At the step after the warm-up, should the rate still be at its peak?"),
    mistake("whole-wave", wave=lambda progress: (1 + math.cos(2 * math.pi * progress)) / 2)
    .says("You took a whole wave of the cosine: the rate is at its peak again at the end.")
    .asks("A cosine goes from 1 down to -1 and back. How much of it leads down?"),
    mistake("quarter-wave", wave=lambda progress: math.cos(math.pi * progress / 2))
    .says("You took a quarter of the cosine's wave: the way down ends at its steepest.")
    .asks("The curve should be flat at both ends. Where is the cosine flat for the second time?"),
    mistake("degrees", wave=lambda progress: (1 + math.cos(180 * progress)) / 2)
    .says("You gave the cosine degrees, but `math.cos` reads radians.")
    .asks("What is `math.cos(180)`, and what did you expect it to be?"),
    mistake("cosine-below-0", wave=lambda progress: math.cos(math.pi * progress))
    .says("You used the cosine as it is, from 1 down to -1, so that the rate falls through the floor.")
    .asks("What must be done to numbers from -1 to 1, so that they run from 0 to 1?"),
    mistake("straight-down", wave=lambda progress: 1 - progress)
    .says("Your rate falls in a straight line.")
    .asks("Draw your rate over the steps. Where is the curve that the exercise asks for?"),
    mistake("floor-ignored", fall=lambda peak, floor, height: peak * height)
    .says("Your rate falls to 0, not to the floor.")
    .asks("At the last step the cosine's part is 0. What should be left of the rate?"),
    mistake("floor-on-top", fall=lambda peak, floor, height: floor + peak * height)
    .says("You added the floor on top of the whole way, so that the rate jumps above its peak after the warm-up.")
    .asks("How long is the way down from peak to floor?"),
    mistake("cut-off-at-the-floor", fall=lambda peak, floor, height: max(floor, peak * height))
    .says("You let the rate fall towards 0 and cut it off at the floor.")
    .asks("Should the rate reach the floor at the last step, or before it?"),
)

LEARNING_RATE = Exercise(
    id="learning_rate",
    title="The learning rate",
    family=schedule,
    returns={"rate": ""},
    probes=probes,
    examples=tuple((step, 2, 10, 100.0, 20.0) for step in (1, 2, 6, 9, 10, 3)),
    properties=(
        truth("does-not-rise-to-the-peak", _rises_to_the_peak)
        .right("In the warm-up it rises, from above 0 to the peak.")
        .says("In the warm-up your rate does not rise from above 0 to the peak.")
        .asks("Compute it for the first step and for step `warmup`. What should the two be?"),
        truth("does-not-fall-to-the-floor", _falls_to_the_floor)
        .right("After that it falls, down to the floor at the last step.")
        .says("After the warm-up your rate does not fall all the way to the floor.")
        .asks("Compute it for the step after the warm-up and for the last. Which of the two is wrong?"),
        truth("not-half-way-in-the-middle", _half_way_down_in_the_middle)
        .right("In the middle of its way down it is half-way between peak and floor.")
        .says("In the middle of its way down, your rate is not half-way between peak and floor.")
        .asks("What is the cosine of π/2, and what does your formula make of it?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
