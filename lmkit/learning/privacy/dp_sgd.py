"""DP-SGD: training that would have ended almost the same without any one of its texts. Opacus does it.

    noise = noise_for(epsilon=8, delta=1e-5, share=0.05, steps=80)
    fit_privately(model, rows, steps=80, share=0.05, clip=1.0, noise=noise, rate=2e-3, seed=0)

The gradient of each text is shortened to `clip`, and to their sum noise is added whose spread is `noise` times `clip`.

Source: Abadi et al. 2016, "Deep Learning with Differential Privacy", algorithm 1.
"""

import warnings
from itertools import chain, islice, repeat

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from lmkit.learning.privacy.texts import losses_of
from lmkit.learning.training import TrainingConfig, learning_rate, make_optimizer
from lmkit.model.modes import mode
from lmkit.model.transformer import Transformer


class MissingOpacus(ModuleNotFoundError):
    """Opacus is not installed. The text says how to install it."""


def noise_for(epsilon: float, delta: float, share: float, steps: int) -> float:
    """Give the noise with which training keeps to (epsilon, delta), by Opacus' accountant PRV.

    Args:
        share: the chance of each text to be in a batch.

    Source: Gopi et al. 2021 (PRV).
    """
    from_opacus()
    from opacus.accountants.utils import get_noise_multiplier

    found = get_noise_multiplier(
        target_epsilon=epsilon, target_delta=delta, sample_rate=share, steps=steps, accountant="prv"
    )
    return float(found)


def epsilon_of(noise: float, delta: float, share: float, steps: int, accountant: str = "prv") -> float:
    """Give the epsilon that training has spent: by "prv", whose bound is tight, or by "rdp", which is older."""
    from_opacus()
    from opacus.accountants import create_accountant

    book = create_accountant(accountant)
    book.history = [(noise, share, steps)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that RDP could be a little tighter
        return float(book.get_epsilon(delta=delta))


def gradients(model: Transformer, rows: Int[Tensor, "text position"]) -> Float[Tensor, "text weight"]:
    """Give the gradient of each text's own loss, all weights in one row. Opacus collects it by hooks in each layer.

    Raises:
        ValueError, MissingOpacus: as `fit_privately`.
    """
    opacus = from_opacus()
    _check_positions(model)
    with mode(model, training=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        private = opacus.GradSampleModule(model)
        losses_of(private, rows).mean().backward()
        found = torch.cat([weight.grad_sample.flatten(1) for weight in model.parameters()], dim=1)
    private._close()
    model.zero_grad()
    return found.detach()


def fit_privately(
    model: Transformer,
    rows: Int[Tensor, "text position"],
    *,
    steps: int,
    share: float,
    clip: float,
    noise: float,
    rate: float,
    seed: int,
) -> list[float]:
    """Train by DP-SGD, in place: each step reads every text with the chance `share`. What is frozen stays.

    Args:
        noise: 0 clips only, and promises nothing.

    Returns:
        The mean loss of each step's texts. It is not covered by the promise: to publish it would tell more.

    Raises:
        ValueError: the positions of the model are learned: all texts of a batch share them, and Opacus cannot say
            which text pulled at them how.
        MissingOpacus: Opacus is not installed.
    """
    opacus = from_opacus()
    _check_positions(model)
    config = TrainingConfig(
        steps=steps, learning_rate=rate, warmup_steps=min(10, steps // 2)
    )
    drawn, noises = (torch.Generator().manual_seed(seed) for _ in range(2))
    size = round(share * len(rows))  # of a batch, on average
    history: list[float] = []
    with mode(model, training=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no generator is cryptographic
        private, optimizer, loader = opacus.PrivacyEngine(
            accountant="prv"
        ).make_private(
            module=model,
            optimizer=make_optimizer(model, config),
            data_loader=DataLoader(TensorDataset(rows), size, generator=drawn),
            noise_multiplier=noise,
            max_grad_norm=clip,
            noise_generator=noises,
        )
        again_and_again = chain.from_iterable(repeat(loader))
        for step, (batch,) in enumerate(islice(again_and_again, steps), 1):
            step_rate = learning_rate(step, config)
            history.append(_step(private, optimizer, batch, step_rate))
    private._close()  # takes off its hooks, and the gradients of single texts
    model.zero_grad()
    return history


def _step(private, optimizer, batch: Tensor, rate: float) -> float:
    """Take one step. The loss is a mean of texts, each of which has a mean of its own: none leans on another."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = losses_of(private, batch).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _check_positions(model: Transformer) -> None:
    if model.config.positions != "rotary":
        raise ValueError(
            f"the positions of this model are {model.config.positions}, and the gradient of a single text is not to be "
            "had for weights that all texts share: use a model with rotary positions"
        )


def from_opacus():
    """Import Opacus, which only this needs.

    Raises:
        MissingOpacus: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import opacus
    except ModuleNotFoundError as missing:
        cure = "pip install --no-deps opacus opt_einsum"
        raise MissingOpacus(f"DP-SGD is done by Opacus, which is not here: {cure}") from missing
    return opacus
