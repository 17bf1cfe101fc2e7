"""Sampling: which token comes next? Logits become probabilities, some tokens are left out, and one is chosen.

`greedy` and `Sample` choose: from logits to ids. What changes the logits before that, for what was written so far, is
given to `generate` as `adjust`: `penalized` and `allowed_only`, each with its last argument filled in by `partial`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

# --- Choosing the next token: a function from logits to ids. ---

Choose = Callable[[Tensor], Tensor]


def greedy(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, "batch"]:
    """Take the most probable token; of equal ones the smallest id."""
    return logits.argmax(dim=-1)


def probabilities(
    logits: Float[Tensor, "batch vocab"],
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Float[Tensor, "batch vocab"]:
    r"""Turn logits into the probabilities to draw from.

    $$p_i \propto e^{z_i / T} \quad \text{for the tokens kept}, \qquad p_i = 0 \quad \text{for all others}$$

    Args:
        temperature: T below 1 prefers likely tokens more strongly, above 1 less.
        top_k: keep the k most probable tokens. Of equal ones the smaller id comes first.
        top_p: of these, keep the fewest that together have this share of the probability, the most probable first.
        min_p: of these, keep those that have at least this share of the probability of the most probable one.

    Raises:
        TypeError: a `top_k` that is no whole number.
        ValueError: a temperature that is not above 0 and finite, a `top_k` below 1, a `top_p` outside of (0, 1], a
            `min_p` outside of [0, 1], logits that are not (batch, vocab), or that leave nothing to choose from: NaN,
            infinity, -infinity for all tokens.

    Source: Fan et al. 2018 (top-k); Holtzman et al. 2020, section 3.1 (top-p, nucleus); Nguyen et al. 2025 (min-p).
    """
    _check_numbers(temperature, top_k, top_p, min_p)
    _check_two_axes(logits)
    # 16 bits are few, to divide and to add up.
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    p = (logits / temperature).softmax(dim=-1)
    ordered, ids = p.sort(descending=True, stable=True)
    _check_probabilities(ordered, temperature)
    if top_k is not None:
        ordered[:, top_k:] = 0
    if top_p is not None:
        total = ordered.double().cumsum(dim=-1)
        before = total.roll(1, dims=-1)
        before[:, 0] = 0
        ordered[before >= top_p * total[:, -1:]] = 0
    if min_p is not None:
        ordered[ordered < min_p * ordered[:, :1]] = 0
    kept = ordered / ordered.sum(dim=-1, keepdim=True)
    return torch.zeros_like(kept).scatter(-1, ids, kept)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Draw the next token by `probabilities`, whose arguments and errors these are.

    Args:
        generator: where chance comes from; PyTorch's own (`torch.manual_seed`) unless given. One of the CPU serves a
            model on a GPU as well.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    generator: torch.Generator | None = None

    def __post_init__(self):
        _check_numbers(self.temperature, self.top_k, self.top_p, self.min_p)

    def __call__(self, logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, "batch"]:
        """Draw one token for each row."""
        weights = self.probabilities(logits)
        if self.generator is not None:
            weights = weights.to(self.generator.device)
        return torch.multinomial(weights, 1, generator=self.generator).squeeze(1).to(logits.device)

    def probabilities(self, logits: Float[Tensor, "batch vocab"]) -> Float[Tensor, "batch vocab"]:
        """Say from which probabilities it draws."""
        return probabilities(
            logits, temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, min_p=self.min_p
        )


# --- Changing the logits first: a function from logits and all tokens so far to logits. ---

Adjust = Callable[[Tensor, Tensor], Tensor]


def penalized(
    logits: Float[Tensor, "batch vocab"], tokens: Int[Tensor, "batch position"], penalty: int | float
) -> Float[Tensor, "batch vocab"]:
    r"""Make every token less probable that stands in the text already.

    $$z_i \leftarrow \begin{cases} z_i / \theta & z_i > 0 \\ z_i \cdot \theta & \text{otherwise} \end{cases}
    \quad \text{for all } i \text{ in the text}$$

    The paper divides always. A logit below 0 would come nearer to 0, so that repeating would be rewarded; like other
    libraries we multiply it.

    Args:
        penalty: θ. At 1 nothing changes.

    Raises:
        ValueError: a penalty below 1, or not finite.

    Source: Keskar et al. 2019 (CTRL), section 4.1.
    """
    if not 1 <= penalty < math.inf:
        raise ValueError(f"penalty is {penalty}, but must be 1 (nothing changes) or more, and finite")
    said = logits.gather(1, tokens)
    return logits.scatter(1, tokens, torch.where(said > 0, said / penalty, said * penalty))


def allowed_only(
    logits: Float[Tensor, "batch vocab"],
    tokens: Int[Tensor, "batch position"],
    allowed: Callable[[Sequence[int]], Iterable[int]],
) -> Float[Tensor, "batch vocab"]:
    """Forbid what a rule does not allow: all logits but those of the allowed tokens become -infinity.

    Args:
        allowed: from all tokens of one text so far to the ids that may come next, as a grammar knows them.

    Raises:
        ValueError: the rule allows nothing after some text.
    """
    forbidden = torch.ones_like(logits, dtype=torch.bool)
    for row, text in zip(forbidden, tokens.tolist(), strict=True):
        ids = list(allowed(text))
        if not ids:
            raise ValueError(f"the rule allows no token after the {len(text)} tokens of a text: is the prompt right?")
        row[ids] = False
    return logits.masked_fill(forbidden, -torch.inf)


# --- What the errors say. ---


def _check_numbers(temperature: float, top_k: int | None, top_p: float | None, min_p: float | None) -> None:
    if not 0 < temperature < math.inf:
        raise ValueError(
            f"temperature is {temperature}, but must be above 0 and finite; for the most probable token use greedy"
        )
    if top_k is not None:
        check_whole("top_k", top_k)
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}, but at least 1 token must be kept")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}, but is a share of the probability: above 0, at most 1")
    if min_p is not None and not 0 <= min_p <= 1:
        raise ValueError(f"min_p is {min_p}, but is a share of the largest probability: from 0 to 1")


def check_whole(name: str, number: object) -> None:
    """Refuse (TypeError) what is no whole number."""
    if not hasattr(number, "__index__"):  # Python's own sign of a whole number; those of numpy and PyTorch have it
        raise TypeError(f"{name} is {number!r}, but must be a whole number")


def _check_two_axes(logits: Tensor) -> None:
    if logits.ndim != 2:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, but need the axes (batch, vocab): use logits[None]")


def _check_probabilities(ordered: Float[Tensor, "batch vocab"], temperature: float) -> None:
    if math.isnan(ordered[:, 0].sum()):
        raise ValueError(
            f"at temperature {temperature} these logits give no probabilities: they hold NaN or infinity, -infinity "
            "for every token of a row, or the temperature is too low for them, where greedy does what is meant"
        )
