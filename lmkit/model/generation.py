"""Generation: let a model write on. It gives each token a probability; we choose one, append it, and ask again."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.model.transformer import Transformer, check_tokens

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
        TypeError: a `top_k` that is no whole number.
        ValueError: a temperature that is not above 0 and finite, a `top_k` below 1, a `top_p` outside of (0, 1], logits
            that are not (batch, vocab), or that leave nothing to choose from: NaN, infinity, -infinity for all tokens.

    Source: Fan et al. 2018 (top-k); Holtzman et al. 2020, section 3.1 (top-p, nucleus).
    """
    _check_numbers(temperature, top_k, top_p)
    if logits.ndim != 2:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, but need the axes (batch, vocab): use logits[None]")
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))  # 16 bits are few, to divide and to add up
    ordered, ids = (logits / temperature).softmax(dim=-1).sort(descending=True, stable=True)
    if math.isnan(ordered[:, 0].sum()):
        raise ValueError(
            f"at temperature {temperature} these logits give no probabilities: they hold NaN or infinity, -infinity "
            "for every token of a row, or the temperature is too low for them, where greedy does what is meant"
        )
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
    """Write on after several prompts of the same length, all at once. Padding would be read as text: leave it away.

    Where dropout was added, it acts if the model is in training mode: `model.eval()` switches it off.

    Args:
        max_new_tokens: when to stop at the latest. Learned positions may all be taken before.
        choose: `greedy`, a `Sample`, or any other function from logits, (batch, vocab), to ids, (batch).
        end_token: a row that has it is at its end, and filled up with it until all rows are.
        use_cache: whether keys and values are kept. Without, the same tokens come out, more slowly.

    Returns:
        The prompts with what was written after them.

    Raises:
        TypeError: a model that is not lmkit's, prompts that are no tensor of whole numbers, or a number, a `choose` or
            what it gives that is of another kind.
        ValueError: a prompt that is empty or longer than the learned positions, a token outside the vocabulary, fewer
            than 0 new tokens, a model that is not causal or has no unembedding, or one whose logits are NaN.
    """
    _check_generation(model, prompts, max_new_tokens, choose, end_token)
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
    prompts = _batch_of_one(prompt)
    _check_generation(model, prompts, max_new_tokens, choose, end_token)
    for chosen in _choose_tokens(model, prompts, max_new_tokens, choose, use_cache):
        yield chosen.item()
        if chosen.item() == end_token:
            return


def _choose_tokens(model, prompts, max_new_tokens, choose, use_cache) -> Iterator[Int[Tensor, "batch"]]:
    """Choose a token for every row, again and again. With a cache the model reads only what is new to it."""
    cache = model.make_cache() if use_cache else None
    tokens = prompts
    for _ in range(min(max_new_tokens, _room(model) - prompts.shape[1] + 1)):  # the last token needs no position
        logits = _last_logits(model, tokens, cache)
        _check_logits(logits)
        chosen = choose(logits.clone())  # a copy: whoever chooses may write into it
        _check_chosen(chosen, len(prompts))
        yield chosen
        tokens = chosen[:, None] if use_cache else torch.cat([tokens, chosen[:, None]], dim=1)


@torch.inference_mode()
def _last_logits(model, tokens, cache) -> Float[Tensor, "batch vocab"]:
    return model.unembed(model.hidden(tokens, cache=cache)[:, -1])


def _room(model: Transformer) -> int | float:
    """Say how many tokens the model can read."""
    return model.config.max_positions if model.config.positions == "learned" else math.inf


def _batch_of_one(prompt: Tensor) -> Tensor:
    if isinstance(prompt, Tensor) and prompt.ndim != 1:
        raise ValueError(
            f"prompt has shape {tuple(prompt.shape)}, but a stream writes on after one, (position): use prompt[0], "
            "or generate for several"
        )
    return prompt[None] if isinstance(prompt, Tensor) else prompt


# --- What the errors say. ---


def _check_numbers(temperature: float, top_k: int | None, top_p: float | None) -> None:
    if not 0 < temperature < math.inf:
        raise ValueError(
            f"temperature is {temperature}, but must be above 0 and finite; for the most probable token use greedy"
        )
    if top_k is not None:
        _check_whole("top_k", top_k)
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}, but at least 1 token must be kept")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}, but is a share of the probability: above 0, at most 1")


def _check_whole(name: str, number: object) -> None:
    if not hasattr(number, "__index__"):  # Python's own sign of a whole number; those of numpy and PyTorch have it
        raise TypeError(f"{name} is {number!r}, but must be a whole number")


def _check_generation(model, prompts, max_new_tokens, choose, end_token) -> None:
    _check_writer(model)
    check_tokens(prompts, model.config.vocab_size)
    n, room = prompts.shape[1], _room(model)
    if n > room:
        raise ValueError(f"the prompt has {n} tokens, but the model reads 1 to {room}: cut the prompt")
    _check_whole("max_new_tokens", max_new_tokens)
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens is {max_new_tokens}, but cannot be below 0")
    if not callable(choose) or isinstance(choose, type):
        raise TypeError(
            f"choose is {choose!r}, but must be a function from logits to ids: greedy, Sample(top_p=0.9), …"
        )
    if end_token is not None:
        _check_whole("end_token", end_token)
        if not 0 <= end_token < model.config.vocab_size:
            raise ValueError(
                f"end_token is {end_token}, but the vocabulary goes from 0 to {model.config.vocab_size - 1}"
            )


def _check_writer(model: Transformer) -> None:
    if not hasattr(model, "make_cache"):
        raise TypeError(
            f"lmkit writes with its own Transformer, and this is a {type(model).__name__}. A model of transformers has "
            "a generate of its own, or becomes ours by lmkit.shelf.conversion.from_transformers; of what lmkit.load "
            "gives, take the .model"
        )
    if not model.config.causal:
        raise ValueError(
            "this model sees both sides of a token (causal=False), so it cannot write on: use a causal one"
        )
    if model.unembed is None:
        raise ValueError("this model has no unembedding, so it says no next token: build one with unembed=True")


def _check_logits(logits: Float[Tensor, "batch vocab"]) -> None:
    if math.isnan(logits.max()):  # as it is when one of them is. Asked at each token, so in few steps
        raise ValueError(
            "the model's logits are NaN, so there is no token to choose: its weights hold NaN (a training that "
            "diverged?), or its numbers are too large for 16 bits, where model.float() helps. "
            "lmkit.trace shows in which layer it begins"
        )


def _check_chosen(chosen: Tensor, n: int) -> None:
    if not isinstance(chosen, Tensor) or chosen.shape != (n,) or chosen.dtype not in (torch.int64, torch.int32):
        what = f"{chosen.dtype} of shape {tuple(chosen.shape)}" if isinstance(chosen, Tensor) else repr(chosen)
        raise TypeError(f"choose gave {what}, but must give a whole number for each of the {n} prompts: int64, ({n},)")
