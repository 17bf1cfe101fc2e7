"""A mixture of experts: several feed-forward networks, of which each token is read by a few."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.model.feedforward import FeedForward
from lmkit.model.vectors import check_vectors


class Experts(nn.Module):
    r"""Let a router choose, for each token, the networks that read it, and add up their answers.

    $$p = \mathrm{softmax}(W_{route}\,x), \qquad y = \sum_{i \,\in\, \text{top } k} p_i\; \mathrm{FFN}_i(x)$$

    The parameters grow with the number of experts, the multiplications of a token only with k. The router learns
    because its share multiplies what the expert says.

    Args:
        n_active: k, how many experts read a token.

    Raises:
        ValueError: fewer experts than shall read a token, or vectors that are not of length `d_model`.

    Source: Shazeer et al. 2017, section 2; Fedus et al. 2021 (Switch), section 2.1, for k = 1 and shares that are not
    made to add up to 1.
    """

    def __init__(
        self,
        d_model: int,
        d_hidden: int,
        n_experts: int,
        n_active: int = 1,
        activation: str = "gelu",
        bias: bool = True,
    ):
        super().__init__()
        check_experts(n_experts, n_active)
        self.d_model = d_model
        self.n_active = n_active
        self.route = nn.Linear(d_model, n_experts, bias=False)
        self.experts = nn.ModuleList(
            FeedForward(d_model, d_hidden, activation, bias) for _ in range(n_experts)
        )
        self.balance: Tensor | None = None

    def forward(
        self, x: Float[Tensor, "... d_model"]
    ) -> Float[Tensor, "... d_model"]:
        """Send every vector to its experts. In training, `balance` then holds how unevenly that was done."""
        check_vectors(x, self.d_model, self.route)
        tokens = x.flatten(0, -2)  # (token, d_model)
        chances = self.route(tokens).softmax(dim=-1)  # (token, expert)
        shares, chosen = chances.topk(self.n_active)  # (token, active)
        mixed = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            token, place = (chosen == number).nonzero(as_tuple=True)
            answers = shares[token, place, None] * expert(tokens[token])
            mixed = mixed.index_add(0, token, answers.to(mixed.dtype))
        self.balance = None
        if self.training:
            self.balance = load_balancing_loss(chances, chosen)
        return mixed.view_as(x)

    @property
    def write(self) -> nn.Module:
        """Refuse: what looks inside a block expects one network in it (TypeError)."""
        raise TypeError(
            "this block has a mixture of experts, and lmkit.inside looks into one feed-forward network a block: "
            "take a model with n_experts=1"
        )


def load_balancing_loss(
    chances: Float[Tensor, "token expert"], chosen: Int[Tensor, "token active"]
) -> Float[Tensor, ""]:
    r"""Say how unevenly the experts are used: 1 where all get as many tokens, up to their number where one gets all.

    $$L = n \sum_{i=1}^{n} f_i\,P_i$$

    with $f_i$ the share of the choices that fell on expert i, and $P_i$ its mean probability. The choice has no slope,
    the probability does: an expert that is chosen often is made less probable.

    Source: Fedus et al. 2021, section 2.2, equation 4.
    """
    n_experts = chances.shape[-1]
    share_of_choices = chosen.flatten().bincount(minlength=n_experts) / chosen.numel()
    return n_experts * (share_of_choices * chances.mean(dim=0)).sum()


def take_balance(model: nn.Module) -> Float[Tensor, ""] | float:
    """Add up the load-balancing losses of the last pass of a model in training, and forget them. Without experts: 0."""
    total = 0.0
    for module in model.modules():
        if isinstance(module, Experts) and module.balance is not None:
            total, module.balance = total + module.balance, None
    return total


def check_experts(n_experts: int, n_active: int) -> None:
    """Refuse numbers of experts that cannot be (ValueError)."""
    if not 1 <= n_active <= n_experts:
        raise ValueError(
            f"n_active_experts={n_active} of n_experts={n_experts} cannot read a token: give 1 or more, "
            "and as many experts at least"
        )
