"""The optimizer: which way the weights move, and how far at each step."""

import math

import torch
from torch import nn

from lmkit.learning.training.config import TrainingConfig


def make_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    r"""Make an AdamW that pulls matrices towards 0, and leaves norms and biases alone.

    $$m \leftarrow \beta_1 m + (1-\beta_1)\,g, \quad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2, \quad
    w \leftarrow w - \eta\left(\frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda w\right)$$

    $\hat m$ and $\hat v$ are m and v, made larger in the first steps to make up for starting at 0. Decay holds back
    large weights in a matrix; a norm's scale belongs near 1, and a bias has nothing to multiply. An embedding is a
    matrix too, and decays: so in BERT and in most GPTs since, though some newer ones (OLMo 2) leave it alone.

    Raises:
        ValueError: every weight is frozen, or one that is not has 16 bits.

    Source: Loshchilov and Hutter 2019, algorithm 2; what decays: Devlin et al. 2019, the published code.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    _check_trainable(trainable)
    groups = [
        {"params": [w for w in trainable if w.ndim >= 2], "weight_decay": config.weight_decay},
        {"params": [w for w in trainable if w.ndim < 2], "weight_decay": 0.0},
    ]
    # fused: one call moves all weights; the loop over them would take longer than moving them
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas, fused=True)


def _check_trainable(weights: list[nn.Parameter]) -> None:
    if not weights:
        raise ValueError(
            "every weight of the model is frozen: there is nothing to train. Call requires_grad_() on what shall learn."
        )
    if few := {weight.dtype for weight in weights} & {torch.float16, torch.bfloat16}:
        raise ValueError(
            f"weights to be trained are {few.pop()}, in which small steps are lost in rounding: freeze them, or call "
            "model.float(). precision='auto' then multiplies in 16 bits, and keeps the weights in 32."
        )


def learning_rate(step: int, config: TrainingConfig) -> float:
    r"""Give the learning rate of a step, the first being 1: up in a line, then down along half a cosine.

    $$\eta_t = \eta \cdot \frac{t}{W} \text{ for } t \le W, \qquad
    \eta_t = \eta \left(s + (1 - s)\,\frac{1 + \cos \pi p}{2}\right), \quad p = \frac{t - W}{T - W}$$

    with W warm-up steps out of T, and s the final share. In the first steps AdamW has seen too few gradients to know
    their size, so large steps would go astray.

    Source: Vaswani et al. 2017, section 5.3 (warm-up); Loshchilov and Hutter 2017, section 3 (cosine).
    """
    if step <= config.warmup_steps:
        return config.learning_rate * step / config.warmup_steps
    progress = (step - config.warmup_steps) / (config.steps - config.warmup_steps)
    cosine = (1 + math.cos(math.pi * progress)) / 2
    return config.learning_rate * (config.final_share + (1 - config.final_share) * cosine)
