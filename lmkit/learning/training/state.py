"""The state of a run: all that decides how it goes on. Whoever has it can continue bit for bit."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lmkit.learning.training.checkpoint import CheckpointError
from lmkit.learning.training.processes import share, whole


@dataclass
class State:
    """What changes while a model is trained.

    Attributes:
        weights: the module whose weights are trained.
        generator: draws the rows and what is hidden in them.
        precision: what was decided on: "bfloat16" or "float32".
        tokens, seconds: how much was read, and how long it took.
        best_loss, best_weights: the best evaluation so far; its weights are kept only if they may be needed.
        since_best: evaluations since then.
    """

    weights: nn.Module
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    precision: str
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    since_best: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    def compare(self, loss: float, keep_best: bool) -> None:
        """Note whether an evaluation is the best so far."""
        self.since_best += 1
        if loss < self.best_loss:
            self.best_loss, self.since_best = loss, 0
            if keep_best:
                self.best_weights = {name: tensor.detach().clone() for name, tensor in named(self.weights).items()}

    def tensors(self) -> dict[str, Tensor]:
        """Give all tensors by name. Of each weight there are three: itself, and AdamW's two averages."""
        tensors = {f"model.{name}": tensor for name, tensor in named(self.weights).items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for name, weight in self.weights.named_parameters():
            for key, value in self.optimizer.state[weight].items():
                tensors[f"optimizer.{key}.{name}"] = value
        tensors = {name: whole(tensor.detach()).contiguous() for name, tensor in tensors.items()}
        return tensors | self._random_states()

    def facts(self) -> dict:
        """Give all numbers by name."""
        return {name: getattr(self, name) for name in _FACTS}

    def restore(self, tensors: dict[str, Tensor], facts: dict) -> None:
        """Take the place of the state that gave these tensors and facts.

        Raises:
            CheckpointError: the weights are not those of this model.
        """
        _check_weights(named(self.weights), tensors)
        with torch.no_grad():
            for name, tensor in named(self.weights).items():
                tensor.copy_(share(tensors[f"model.{name}"], tensor))
                if f"best.{name}" in tensors:
                    self.best_weights[name] = share(tensors[f"best.{name}"], tensor)
        self._restore_optimizer(tensors)
        self._restore_random_states(tensors)
        for name in _FACTS:
            setattr(self, name, facts[name])

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        for name, weight in self.weights.named_parameters():
            for key in ("step", "exp_avg", "exp_avg_sq"):
                if (value := tensors.get(f"optimizer.{key}.{name}")) is not None:
                    own = value.to(weight.device) if key == "step" else share(value, weight)
                    self.optimizer.state[weight][key] = own

    def _random_states(self) -> dict[str, Tensor]:
        """Where chance comes from: PyTorch's generator on the CPU, that of the batches, that of the GPU if any."""
        states = {"random.torch": torch.get_rng_state(), "random.batches": self.generator.get_state()}
        if self._device.type == "cuda":
            states["random.cuda"] = torch.cuda.get_rng_state(self._device)
        return states

    def _restore_random_states(self, tensors: dict[str, Tensor]) -> None:
        torch.set_rng_state(tensors["random.torch"])
        self.generator.set_state(tensors["random.batches"])
        if self._device.type == "cuda" and "random.cuda" in tensors:  # not in a run that began on the CPU
            torch.cuda.set_rng_state(tensors["random.cuda"], self._device)

    @property
    def _device(self) -> torch.device:
        return next(self.weights.parameters()).device

    def copy_weights_to(self, model: nn.Module, best: bool) -> None:
        """Give a model these weights, or those of the best evaluation."""
        source = self.best_weights if best and self.best_weights else named(self.weights)
        with torch.no_grad():
            for name, tensor in named(model).items():
                tensor.copy_(whole(source[name]))


_FACTS = ("precision", "step", "tokens", "seconds", "best_loss", "since_best")


def named(model: nn.Module) -> dict[str, Tensor]:
    """List weights and buffers by name; one that is shared by two layers comes once."""
    return dict(model.named_parameters()) | dict(model.named_buffers())


def _check_weights(weights: dict[str, Tensor], tensors: dict[str, Tensor]) -> None:
    here = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    there = {name[6:]: tuple(tensor.shape) for name, tensor in tensors.items() if name.startswith("model.")}
    for name in here | there:
        if here.get(name) != there.get(name):
            raise CheckpointError(
                f"the weight {name} has shape {here.get(name)} in the model and {there.get(name)} in the checkpoint "
                "(None: it is not there): build the model that the run began with"
            )
