"""The feed-forward network: each position works on its own, with what attention brought it."""

from functools import partial

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.model.vectors import check_vectors

ACTIVATIONS = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "swiglu": F.silu,  # on the gate
    "geglu": partial(F.gelu, approximate="tanh"),  # on the gate
}
GATED = ("swiglu", "geglu")


class FeedForward(nn.Module):
    r"""Read features from each vector, keep the active ones, write their answers.

    $$\mathrm{FFN}(x) = W_{write}\, f(W_{read}\,x + b_{read}) + b_{write}$$

    and with a gate (swiglu, where f is silu, and geglu, where f is gelu)

    $$\mathrm{FFN}(x) = W_{write}\, \big(f(W_{gate}\,x) \odot W_{read}\,x\big)$$

    There is no activation after `write`: with a ReLU there, the output could never be negative.

    Args:
        activation: "relu", "gelu" (exact), "gelu_tanh" (the approximation of GPT-2), "swiglu" or "geglu".
        bias: whether the projections add a bias.

    Raises:
        ValueError: an activation of another name, or vectors that are not of length `d_model`.
        TypeError: vectors of another dtype than the weights.

    Source: Vaswani et al. 2017, section 3.3 (relu); Hendrycks and Gimpel 2016, section 2 (gelu);
    Shazeer 2020, section 2 (swiglu, geglu); Geva et al. 2021, section 2 (what reading and writing mean).
    """

    def __init__(
        self,
        d_model: int,
        d_hidden: int,
        activation: str = "gelu",
        bias: bool = True,
    ):
        super().__init__()
        check_activation(activation)
        self.d_model = d_model
        self.activation = activation
        self.read = nn.Linear(d_model, d_hidden, bias=bias)
        self.gate = None
        if activation in GATED:
            self.gate = nn.Linear(d_model, d_hidden, bias=bias)
        self.write = nn.Linear(d_hidden, d_model, bias=bias)

    def forward(
        self, x: Float[Tensor, "... d_model"]
    ) -> Float[Tensor, "... d_model"]:
        """Apply the same network to every vector; the input of `write` is what the neurons say."""
        check_vectors(x, self.d_model, self.read)
        activate = ACTIVATIONS[self.activation]
        if self.gate is None:
            hidden = activate(self.read(x))  # (..., d_hidden)
        else:
            hidden = activate(self.gate(x)) * self.read(x)  # (..., d_hidden)
        return self.write(hidden)


def check_activation(activation: str) -> None:
    """Refuse an activation that is not there (ValueError)."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is {activation!r}, but must be one of {', '.join(ACTIVATIONS)}")
