"""Generation: let a model write on. It gives each token a probability; we choose one, append it, and ask again."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.model.attention import Cache
from lmkit.model.sampling import Adjust, Choose, check_whole, greedy
from lmkit.model.transformer import Transformer, check_tokens


def generate(
    model: Transformer,
    prompts: Int[Tensor, "batch position"],
    max_new_tokens: int,
    choose: Choose = greedy,
    *,
    adjust: Adjust | None = None,
    end_token: int | None = None,
    use_cache: bool = True,
) -> Int[Tensor, "batch longer"]:
    """Write on after several prompts of the same length, all at once. Padding would be read as text: leave it away.

    Where dropout was added, it acts if the model is in training mode: `model.eval()` switches it off.

    Args:
        max_new_tokens: when to stop at the latest. Learned positions may all be taken before.
        choose: `greedy`, a `Sample`, or any other function from logits, (batch, vocab), to ids, (batch).
        adjust: changes the logits before that, for all tokens so far, such as `partial(penalized, penalty=1.2)`.
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
    check_writing(model, prompts, max_new_tokens, end_token)
    _check_functions(choose, adjust)
    written = [prompts]
    ended = torch.zeros(len(prompts), dtype=torch.bool, device=prompts.device)
    for chosen in _choose_tokens(model, prompts, max_new_tokens, choose, adjust, use_cache):
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
    adjust: Adjust | None = None,
    end_token: int | None = None,
    use_cache: bool = True,
) -> Iterator[int]:
    """Write on after one prompt, and give each token as soon as it is chosen, the end token too.

    A token may end in the middle of a character: decode all that came so far, not each for itself. Arguments and
    errors are those of `generate`.
    """
    prompts = batch_of_one(prompt)
    check_writing(model, prompts, max_new_tokens, end_token)
    _check_functions(choose, adjust)
    for chosen in _choose_tokens(model, prompts, max_new_tokens, choose, adjust, use_cache):
        yield chosen.item()
        if chosen.item() == end_token:
            return


def _choose_tokens(model, prompts, max_new_tokens, choose, adjust, use_cache) -> Iterator[Int[Tensor, "batch"]]:
    """Choose a token for every row, again and again. With a cache the model reads only what is new to it."""
    cache = model.make_cache() if use_cache else None
    text = unread = prompts
    for _ in range(min(max_new_tokens, room(model) - prompts.shape[1] + 1)):  # the last token needs no position
        logits = last_logits(model, unread, cache)
        check_logits(logits)
        logits = logits.clone()  # a copy: whoever adjusts or chooses may write into it
        chosen = choose(logits if adjust is None else adjust(logits, text))
        _check_chosen(chosen, len(prompts))
        yield chosen
        text = torch.cat([text, chosen[:, None]], dim=1)
        unread = chosen[:, None] if use_cache else text


@torch.inference_mode()
def last_logits(model: Transformer, tokens: Tensor, cache: list[Cache] | None) -> Float[Tensor, "batch vocab"]:
    """Score every token as the one that comes after these."""
    return model.unembed(model.hidden(tokens, cache=cache)[:, -1])


def room(model: Transformer) -> int | float:
    """Say how many tokens the model can read."""
    return model.config.max_positions if model.config.positions == "learned" else math.inf


def batch_of_one(prompt: Tensor) -> Tensor:
    """Make a batch of a single prompt; refuse what is several (ValueError)."""
    if isinstance(prompt, Tensor) and prompt.ndim != 1:
        raise ValueError(
            f"prompt has shape {tuple(prompt.shape)}, but here one text is written on, (position): use "
            "prompt[0], or generate for several"
        )
    return prompt[None] if isinstance(prompt, Tensor) else prompt


# --- What the errors say. ---


def check_writing(model: Transformer, prompts: Tensor, max_new_tokens: int, end_token: int | None) -> None:
    """Refuse a model that cannot write, prompts that it cannot read, and numbers that cannot be."""
    check_writer(model)
    check_tokens(prompts, model.config.vocab_size)
    n, most = prompts.shape[1], room(model)
    if n > most:
        raise ValueError(f"the prompt has {n} tokens, but the model reads 1 to {most}: cut the prompt")
    check_whole("max_new_tokens", max_new_tokens)
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens is {max_new_tokens}, but cannot be below 0")
    if end_token is not None:
        check_whole("end_token", end_token)
        if not 0 <= end_token < model.config.vocab_size:
            raise ValueError(
                f"end_token is {end_token}, but the vocabulary goes from 0 to {model.config.vocab_size - 1}"
            )


def _check_functions(choose: object, adjust: object) -> None:
    if not callable(choose) or isinstance(choose, type):
        raise TypeError(
            f"choose is {choose!r}, but must be a function from logits to ids: greedy, Sample(top_p=0.9), …"
        )
    if adjust is not None and not callable(adjust):
        raise TypeError(
            f"adjust is {adjust!r}, but must be a function from logits and tokens to logits: "
            "partial(penalized, penalty=1.2), …"
        )


def check_writer(model: Transformer) -> None:
    """Refuse a model that says no next token (TypeError, ValueError)."""
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


def check_logits(logits: Float[Tensor, "batch vocab"]) -> None:
    """Refuse logits that are NaN (ValueError)."""
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
