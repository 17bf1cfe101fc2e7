"""Exercise: how much better each answer did than its group.

Check `group_advantages(rewards)`: as many numbers, [group, answer].

`rewards` has the axes [group, answer]: each row holds the rewards of the answers to one request. The spread of a group
is that of its own numbers (divide by their number). Where all are equal, the advantages are 0.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, hides, mistake, truth

Rewards = Float[Tensor, "group answer"]


def _mean(rewards: Tensor) -> Tensor:
    return rewards.mean(dim=1, keepdim=True)


def _spread(rewards: Tensor) -> Tensor:
    return rewards.std(dim=1, keepdim=True, correction=0)


def _guarded(centred: Tensor, spread: Tensor) -> Tensor:
    return torch.where(spread > 1e-6, centred / spread.clamp(min=1e-6), torch.zeros_like(centred))


def advantages(
    rewards: Rewards, *, center: Callable = _mean, spread: Callable = _spread, divide: Callable = _guarded
) -> Rewards:
    """(reward - mean of the group) / spread of the group. The keywords are the switches.

    Rewards are numbers from outside: nothing is learned through them, and no gradient is asked for.
    """
    rewards = rewards.detach()
    return divide(rewards - center(rewards), spread(rewards).expand_as(rewards))


def probes(seed: int) -> Probes:
    """Right or wrong, numbers of any size, one group that is all alike, two answers only."""
    draws = Draws(seed)
    right = torch.stack([torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])[draws.order(6)] for _ in range(3)])
    right[1] = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0, 1.0])[draws.order(6)]
    alike = 3 * draws.uniform(3, 4)
    alike[1] = 2.0
    return (
        Probe("for right and wrong", (right,)),
        Probe("for rewards of any size", (5 + 4 * draws.normal(4, 5),)),
        Probe("when one group is all alike", (alike,)),
        Probe("for a single group", (draws.normal(1, 3) - 2,)),
    )


def _each_group_has_mean_0(solve: Callable, probes: Probes) -> bool:
    return all(bool((solve(*probe.args)[0].double().mean(dim=1).abs() < 1e-4).all()) for probe in probes[:2])


def _groups_do_not_see_each_other(solve: Callable, probes: Probes) -> bool:
    (rewards,) = probes[1].args
    other = rewards.clone()
    other[1:] = other[1:] * 3 + 1
    return torch.allclose(solve(rewards)[0][0].double(), solve(other)[0][0].double(), atol=1e-5)


def _the_unit_does_not_matter(solve: Callable, probes: Probes) -> bool:
    (rewards,) = probes[1].args
    return torch.allclose(solve(rewards)[0].double(), solve(10 * rewards + 7)[0].double(), atol=1e-3)


MISCONCEPTIONS = (
    mistake("mean-of-all", center=lambda rewards: rewards.mean())
    .says("You took the mean of all groups together.")
    .asks("A hard request gets few rewards whatever the model does. Below which mean do all its answers fall then?"),
    mistake("mean-of-a-column", center=lambda rewards: rewards.mean(dim=0, keepdim=True))
    .says("You took the mean over the groups, not over the answers of a group.")
    .asks("Which axis holds the answers to one and the same request?"),
    mistake("not-centred", center=lambda rewards: torch.zeros_like(rewards))
    .says("The mean is not taken off.")
    .asks("All rewards are above 0. Which answers do your numbers make less probable?"),
    mistake("spread-of-all", spread=lambda rewards: rewards.std(correction=0))
    .says("You took the spread of all groups together.")
    .asks("Two groups with the same order, one with rewards ten times as large: which one moves the model more?"),
    mistake("spread-of-a-sample", spread=lambda rewards: rewards.std(dim=1, keepdim=True))
    .says("You divided by n - 1 within the spread, as if the group were a sample of something.")
    .asks("What does `correction` do in `torch.std`, and what is it unless you say so?"),
    mistake("variance", spread=lambda rewards: rewards.var(dim=1, keepdim=True, correction=0))
    .says("You divided by the variance.")
    .asks("If all rewards become ten times as large, what becomes of your advantages?"),
    mistake("not-divided", spread=lambda rewards: torch.ones_like(rewards))
    .says("You did not divide by the spread.")
    .asks("If all rewards become ten times as large, should the model take steps ten times as large?"),
    mistake("divided-by-0", divide=lambda centred, spread: centred / spread)
    .says("Where all answers of a group got the same reward, you divide by 0.")
    .asks("What can be learned from a group in which no answer did better than another?"),
)

GROUP_ADVANTAGES = Exercise(
    id="group_advantages",
    title="Better than the group",
    family=advantages,
    returns={"advantages": "group answer"},
    probes=probes,
    examples=(
        (torch.tensor([[1.0, 0.0]]),),
        (torch.tensor([[1.0, 0.0, 0.0, 0.0]]),),
        (torch.tensor([[3.0, 1.0], [0.0, 1.0]]),),
        (torch.tensor([[1.0, 0.0], [1.0, 1.0]]),),
    ),
    properties=(
        FINITE,
        truth("mean-not-0", _each_group_has_mean_0)
        .right("The advantages of a group add up to 0.")
        .says("The advantages of a group do not add up to 0.")
        .asks("What have you subtracted from each reward?"),
        truth("groups-see-each-other", _groups_do_not_see_each_other)
        .right("What another group gets changes nothing.")
        .says("Your advantages of one group change with the rewards of another.")
        .asks("Over which axis, or axes, do your mean and your spread go?"),
        truth("unit-matters", _the_unit_does_not_matter)
        .right("It does not matter in which unit rewards are counted.")
        .says("With rewards counted in another unit, your advantages change.")
        .asks("In which unit is the spread, and in which what you divide by?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("not-divided", "divided-by-0", because="Without a division there is none by 0."),
        *hides("spread-of-all", "divided-by-0", because="All groups together are not all alike."),
    ),
)
