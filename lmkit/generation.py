"""Generation: let a model write on. It gives each token a probability; we choose one, append it, and ask again."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.transformer import Transformer

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
) -> Float[Tensor, "batch vocab"]:
    r"""Turn logits into the probabilities to draw from.

    $$p_i \propto e^{z_i / T} \quad \text{for the tokens kept}, \qquad p_i = 0 \quad \text{for all others}$$

    Args:
        temperature: T below 1 prefers likely tokens more strongly, above 1 less.
        top_k: keep the k most probable tokens. Of equal ones the smaller id comes first.
        top_p: of these, keep the fewest that together have this share of the probability, the most probable first.

    Raises:
        ValueError: a temperature of 0 or below, a `top_k` below 1, or a `top_p` outside of (0, 1].

    Source: Fan et al. 2018 (top-k); Holtzman et al. 2020, section 3.1 (top-p, nucleus).
    """
    _check_numbers(temperature, top_k, top_p)
    ordered, ids = (logits / temperature).softmax(dim=-1).sort(descending=True, stable=True)
    if top_k is not None:
        ordered[:, top_k:] = 0
    if top_p is not None:
        total = ordered.double().cumsum(dim=-1)
        before = total.roll(1, dims=-1).index_fill(-1, torch.tensor(0, device=total.device), 0)
        ordered[before >= top_p * total[:, -1:]] = 0
    return torch.zeros_like(ordered).scatter(-1, ids, ordered / ordered.sum(dim=-1, keepdim=True))


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
    generator: torch.Generator | None = None

    def __post_init__(self):
        _check_numbers(self.temperature, self.top_k, self.top_p)

    def __call__(self, logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, "batch"]:
        """Draw one token for each row."""
        weights = probabilities(logits, temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)
        if self.generator is not None:
            weights = weights.to(self.generator.device)
        return torch.multinomial(weights, 1, generator=self.generator).squeeze(1).to(logits.device)


# --- Writing on. ---


def generate(
    model: Transformer,
    prompts: Int[Tensor, "batch position"],
    max_new_tokens: int,
    choose: Choose = greedy,
    *,
    end_token: int | None = None,
    use_cache: bool = True,
) -> Int[Tensor, "batch longer"]:
    """Write on after several prompts of the same length, all at once.

    Where dropout was added, it acts if the model is in training mode: `model.eval()` switches it off.

    Args:
        max_new_tokens: when to stop at the latest. Learned positions may all be taken before.
        choose: `greedy`, a `Sample`, or any other function from logits to ids.
        end_token: a row that has it is at its end, and filled up with it until all rows are.
        use_cache: whether keys and values are kept. Without, the same tokens come out, more slowly.

    Returns:
        The prompts with what was written after them.

    Raises:
        ValueError: a prompt that is empty or longer than the learned positions, fewer than 0 new tokens, or a model
            that is not causal.
    """
    written = [prompts]
    ended = torch.zeros(len(prompts), dtype=torch.bool, device=prompts.device)
    for chosen in _choose_tokens(model, prompts, max_new_tokens, choose, use_cache):
        if end_token is not None:
            chosen = chosen.masked_fill(ended, end_token)
            ended |= chosen == end_token
        written.append(chosen[:, None])
        if end_token is not None and ended.all():
            break
    return torch.cat(written, dim=1)


def stream(
    model: Transformer,
    prompt: Int[Tensor, "position"],
    max_new_tokens: int,
    choose: Choose = greedy,
    *,
    end_token: int | None = None,
    use_cache: bool = True,
) -> Iterator[int]:
    """Write on after one prompt, and give each token as soon as it is chosen, the end token too.

    A token may end in the middle of a character: decode all that came so far, not each for itself. Arguments and
    errors are those of `generate`.
    """
    for chosen in _choose_tokens(model, prompt[None], max_new_tokens, choose, use_cache):
        yield chosen.item()
        if chosen.item() == end_token:
            return


def _choose_tokens(model, prompts, max_new_tokens, choose, use_cache) -> Iterator[Int[Tensor, "batch"]]:
    """Choose a token for every row, again and again. With a cache the model reads only what is new to it."""
    room = model.config.max_positions if model.config.positions == "learned" else math.inf
    _check_generation(model, prompts.shape[1], max_new_tokens, room)
    cache = model.make_cache() if use_cache else None
    tokens = prompts
    for _ in range(min(max_new_tokens, room - prompts.shape[1] + 1)):  # the last token chosen needs no position
        chosen = choose(_last_logits(model, tokens, cache).clone())  # a copy: whoever chooses may write into it
        yield chosen
        tokens = chosen[:, None] if use_cache else torch.cat([tokens, chosen[:, None]], dim=1)


@torch.inference_mode()
def _last_logits(model, tokens, cache) -> Float[Tensor, "batch vocab"]:
    return model.unembed(model.hidden(tokens, cache=cache)[:, -1])


# --- What the errors say. ---


def _check_numbers(temperature: float, top_k: int | None, top_p: float | None) -> None:
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}, but must be above 0; for the most probable token use greedy")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}, but at least 1 token must be kept")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}, but is a share of the probability: above 0, at most 1")


def _check_generation(model: Transformer, n: int, max_new_tokens: int, room: int | float) -> None:
    if not model.config.causal:
        raise ValueError(
            "this model sees both sides of a token (causal=False), so it cannot write on: use a causal one"
        )
    if not 1 <= n <= room:
        raise ValueError(f"the prompt has {n} tokens, but the model reads 1 to {room}: give a token, or cut the prompt")
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens is {max_new_tokens}, but cannot be below 0")
