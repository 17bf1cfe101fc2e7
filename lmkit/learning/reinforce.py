"""Reinforcement learning: the model writes several answers, each gets a reward, and what did better than the others
becomes more probable. GRPO needs no second model that guesses rewards: the group itself says what was to be expected.

    tasks = [Task("Write a story with Zoe and a kite that ends well.", reward)]
    reinforce.train(model, chat, tasks, GRPO(steps=50))
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.learning.instruct import Chat
from lmkit.learning.objectives import IGNORE
from lmkit.learning.preference import take_step, token_log_probabilities
from lmkit.model.generation import generate
from lmkit.model.sampling import Sample
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_number, check_whole

# --- From rewards to a loss. ---


def advantages(rewards: Float[Tensor, "group answer"]) -> Float[Tensor, "group answer"]:
    r"""Say how much better each answer did than its group: $A_i = (r_i - \bar{r}) / \mathrm{std}(r)$.

    Where all answers got the same reward, there is nothing to learn, and all advantages are 0.

    Source: Shao et al. 2024, section 4.1.2.
    """
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    spread = rewards.std(dim=1, keepdim=True, correction=0)
    return torch.where(spread > 1e-6, centred / spread.clamp(min=1e-6), 0.0)


def kl_estimate(
    log_p: Float[Tensor, "*token"], log_reference: Float[Tensor, "*token"]
) -> Float[Tensor, "*token"]:
    r"""Estimate from one drawn token how far the model is from the reference.

    $$\frac{\pi_{ref}}{\pi} - \ln \frac{\pi_{ref}}{\pi} - 1$$

    Its mean over tokens that the model draws is KL(model, reference); and it is never below 0.

    Source: Shao et al. 2024, equation 4; Schulman 2020, "Approximating KL divergence" (k3).
    """
    difference = log_reference - log_p
    return difference.exp() - difference - 1


def clipped_gain(
    log_p: Float[Tensor, "answer position"],
    log_old: Float[Tensor, "answer position"],
    advantage: Float[Tensor, "answer"],
    clip: int | float,
) -> Float[Tensor, "answer position"]:
    r"""Give what a token brings in: $\min(\rho A, \mathrm{clip}(\rho, 1 - \epsilon, 1 + \epsilon) A)$.

    $\rho$ is how many times as probable the token is as when it was drawn. Past $1 \pm \epsilon$ there is nothing more
    to gain: the answers are of the old model, and say little of one that is far away.

    Source: Schulman et al. 2017, equation 7.
    """
    ratio = (log_p - log_old).exp()
    a = advantage[:, None]
    return torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a)


def grpo_loss(
    log_p: Float[Tensor, "answer position"],
    log_old: Float[Tensor, "answer position"],
    log_reference: Float[Tensor, "answer position"],
    advantage: Float[Tensor, "answer"],
    is_answer: Bool[Tensor, "answer position"],
    *,
    clip: int | float = 0.2,
    beta: int | float = 0.04,
) -> Float[Tensor, ""]:
    r"""Give the loss of a batch of answers: over all answers the mean of

    $$-\frac{1}{|o|} \sum_t \left( \min(\rho_t A, \mathrm{clip}(\rho_t) A) - \beta\, \mathrm{KL}_t \right)$$

    Args:
        log_p, log_old, log_reference: log probabilities of the tokens by the model, by the model that drew them, and by
            the one where training began.
        is_answer: True for the tokens o of the answer, False before and after it.

    Source: Shao et al. 2024, equation 3.
    """
    kl = kl_estimate(log_p, log_reference)
    gain = clipped_gain(log_p, log_old, advantage, clip) - beta * kl
    each = (gain * is_answer).sum(dim=1) / is_answer.sum(dim=1)
    return -each.mean()


# --- Writing answers, and rewarding them. ---

Reward = Callable[[str], float]


class Task(NamedTuple):
    """What a user says, and a function that says how good an answer to it is: the higher, the better."""

    text: str
    reward: Reward


def score(reward: Reward, text: str) -> float:
    """Reward a text.

    Raises:
        TypeError: the reward is no number.
        ValueError: it is NaN or infinite.
    """
    value = reward(text)
    if not isinstance(value, Real):
        raise TypeError(f"the reward of {text[:40]!r} is {value!r}, but must be a number, such as 1.0")
    if not math.isfinite(value):
        raise ValueError(f"the reward of {text[:40]!r} is {value}, but must be finite")
    return float(value)


class Batch(NamedTuple):
    """Answers that a model drew, the first group for the first task, and so on."""

    tokens: Int[Tensor, "answer position"]
    labels: Int[Tensor, "answer position"]
    rewards: Float[Tensor, "group answer"]
    texts: list[str]


@torch.no_grad()
def draw(
    model: Transformer, chat: Chat, tasks: Sequence[Task], group: int, longest: int, generator: torch.Generator
) -> Batch:
    """Let a model answer each task `group` times, at temperature 1, and reward the answers.

    Raises:
        ValueError: the tasks have prompts of different lengths, which cannot be answered together.
    """
    prompts = [chat.encode([task.text]) for task in tasks]
    if len({len(prompt) for prompt in prompts}) != 1:
        lengths = sorted({len(prompt) for prompt in prompts})
        raise ValueError(f"the prompts have {lengths} tokens, but must all have as many: see alike")
    n = len(prompts[0])
    repeated = torch.tensor(prompts).repeat_interleave(group, dim=0)
    whole = generate(model, repeated, longest, Sample(generator=generator), end_token=chat.end)
    ended_before = (whole[:, n:] == chat.end).cumsum(dim=1) - (whole[:, n:] == chat.end).long() > 0
    labels = whole[:, 1:].clone()
    labels[:, : n - 1] = IGNORE
    labels[:, n - 1 :][ended_before] = IGNORE
    texts = [chat.read(row) for row in whole[:, n:].tolist()]
    rewards = [score(tasks[number // group].reward, text) for number, text in enumerate(texts)]
    return Batch(whole[:, :-1], labels, torch.tensor(rewards).view(len(tasks), group), texts)


def alike(chat: Chat, tasks: Sequence[Task]) -> list[Task]:
    """Keep the tasks whose prompts have the commonest length."""
    lengths = [len(chat.encode([task.text])) for task in tasks]
    commonest = max(set(lengths), key=lengths.count)
    return [task for task, length in zip(tasks, lengths, strict=True) if length == commonest]


# --- The loop. ---


@dataclass(frozen=True, kw_only=True)
class GRPO:
    """How to train on rewards.

    Args:
        n_tasks: how many tasks a step answers, each `group` times.
        longest: where answers are cut off, in tokens.
        updates: how often the weights are changed for each batch of answers.
        beta: how dearly a step away from the reference is paid for.

    Raises:
        ValueError: a number that cannot be.
    """

    steps: int
    n_tasks: int = 4
    group: int = 8
    longest: int = 100
    updates: int = 1
    learning_rate: int | float = 3e-4
    clip: int | float = 0.2
    beta: int | float = 0.04
    seed: int = 0

    def __post_init__(self):
        for name, least in {"steps": 1, "n_tasks": 1, "group": 2, "longest": 1, "updates": 1}.items():
            check_whole(name, getattr(self, name), least)
        for name in ("learning_rate", "clip"):
            check_number(name, getattr(self, name), lambda x: x > 0, "above 0 and finite")
        check_number("beta", self.beta, lambda x: x >= 0, "0 or more and finite")


def train(model: Transformer, chat: Chat, tasks: Sequence[Task], config: GRPO) -> list[dict[str, float]]:
    """Train a model on rewards, in place. The reference is the model as it is now.

    Returns:
        For each step the mean "reward", the mean "tokens" of an answer, the "kl" from the reference, and how many
        "computed" tokens went through the model: a token forward counts 1, a token forward and backward 3.

    Raises:
        ValueError: fewer tasks than a step answers, or prompts of different lengths.
    """
    if len(tasks) < config.n_tasks:
        raise ValueError(f"there are {len(tasks)} tasks, but a step answers {config.n_tasks}: give more tasks")
    reference = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.0)
    generator = torch.Generator().manual_seed(config.seed)
    history = []
    for _ in range(config.steps):
        picked = torch.randperm(len(tasks), generator=generator)[: config.n_tasks]
        batch = draw(model, chat, [tasks[i] for i in picked], config.group, config.longest, generator)
        kl = learn(model, reference, optimizer, batch, config)
        n = batch.tokens.numel()
        history.append(
            {
                "reward": batch.rewards.mean().item(),
                "tokens": (batch.labels != IGNORE).sum().item() / len(batch.labels),
                "kl": kl,
                "computed": (2 + 3 * config.updates) * n,  # drawn, read by the reference, learned from
            }
        )
    return history


def learn(
    model: Transformer, reference: Transformer, optimizer: torch.optim.Optimizer, batch: Batch, config: GRPO
) -> float:
    """Change the weights by a batch of answers, and give the KL from the reference before that."""
    advantage = advantages(batch.rewards).flatten()
    is_answer = batch.labels != IGNORE
    with torch.no_grad():
        log_reference = token_log_probabilities(reference(batch.tokens), batch.labels)
    log_old, kl = None, 0.0
    for _ in range(config.updates):
        log_p = token_log_probabilities(model(batch.tokens), batch.labels)
        if log_old is None:  # the model is still the one that drew the answers
            log_old = log_p.detach()
            kl = kl_estimate(log_old, log_reference)[is_answer].mean().item()
        loss = grpo_loss(log_p, log_old, log_reference, advantage, is_answer, clip=config.clip, beta=config.beta)
        take_step(model, optimizer, loss)
    return kl
