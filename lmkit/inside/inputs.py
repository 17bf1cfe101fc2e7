"""What a trace is given, and what it says to what a model cannot read."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import signature

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.transformer import Transformer, check_tokens

OWN = (Transformer, EncoderDecoder)  # lmkit's models; all others are of transformers
NAMES = ("input_ids", "attention_mask", "token_type_ids", "inputs_embeds", "decoder_input_ids")


@dataclass(frozen=True)
class Inputs:
    """Texts that a model can read, checked, and where the model is."""

    tokens: Int[Tensor, "batch position"] | None
    mask: Bool[Tensor, "batch position"] | None = None
    types: Int[Tensor, "batch position"] | None = None
    embeds: Float[Tensor, "batch position d_model"] | None = None
    decoder_tokens: Int[Tensor, "batch written"] | None = None


def check(model: nn.Module, tokens: object, **beside: object) -> Inputs:
    """Refuse what the model cannot read, and give the rest.

    Args:
        tokens: ids, or a mapping that a tokenizer gave.
        beside: the others of `NAMES`; what is given here comes before what the mapping holds.

    Raises:
        TypeError, ValueError: see `lmkit.trace`.
    """
    given = _unpack(tokens) | {name: value for name, value in beside.items() if value is not None}
    embeds = given.get("inputs_embeds")
    ids = None if embeds is not None else _check_text(given["input_ids"], model)
    if embeds is not None:
        _check_embeds(embeds, given["input_ids"], model)
    place = ids if embeds is None else embeds[..., 0]  # one entry for each token
    mask, types = given.get("attention_mask"), given.get("token_type_ids")
    mask = None if mask is None else _check_mask(mask, place, model)
    types = None if types is None else _check_types(types, place, model)
    decoder = _check_decoder(given.get("decoder_input_ids"), len(place), model)
    device = next(model.parameters()).device
    return Inputs(*(None if part is None else part.to(device) for part in (ids, mask, types, embeds, decoder)))


def _unpack(tokens: object) -> dict:
    """Take apart what a tokenizer gives."""
    if not isinstance(tokens, Mapping):
        return {"input_ids": tokens}
    if unknown := [name for name in tokens if name not in NAMES]:
        raise ValueError(f"tokens hold {', '.join(unknown)}, which no trace gives to a model: leave that out")
    if "input_ids" not in tokens and "inputs_embeds" not in tokens:
        raise ValueError(
            f"tokens hold {', '.join(tokens) or 'nothing'}, but no input_ids: give the ids under that name"
        )
    return {"input_ids": None} | dict(tokens)


def _check_text(tokens: Tensor, model: nn.Module) -> Int[Tensor, "batch position"]:
    tokens = _with_batch(tokens)
    check_tokens(tokens, _text_config(model).vocab_size)
    _check_length(tokens.shape[1], model)
    return tokens


def _check_length(n: int, model: nn.Module) -> None:
    """Refuse a text that is too long for a model of transformers; lmkit's own models check it themselves."""
    if isinstance(model, OWN):
        return
    longest = getattr(_text_config(model), "max_position_embeddings", math.inf) - first_position(model)
    if n > longest:
        raise ValueError(f"the text has {n} tokens and the model reads at most {longest}: shorten it")


def _text_config(model: nn.Module) -> object:
    config = model.config
    return config.get_text_config() if hasattr(config, "get_text_config") else config


def first_position(model: nn.Module) -> int:
    """The number of the first position: RoBERTa and its kin begin after that of padding, others with 0."""
    tables = (part for name, part in model.named_modules() if _is_position_table(name, part))
    return next((table.padding_idx + 1 for table in tables if table.padding_idx is not None), 0)


def _is_position_table(name: str, part: nn.Module) -> bool:
    return isinstance(part, nn.Embedding) and "position" in name


def _check_embeds(embeds: object, tokens: object, model: nn.Module) -> None:
    if tokens is not None:
        raise ValueError("both tokens and inputs_embeds are given, but the model reads one of them: leave one out")
    if isinstance(model, OWN):
        raise TypeError("lmkit's own model reads tokens and no inputs_embeds: give it tokens")
    if not isinstance(embeds, Tensor) or embeds.ndim != 3 or not embeds.is_floating_point():
        raise TypeError("inputs_embeds must be a tensor of vectors with the axes (batch, position, d_model)")
    _check_length(embeds.shape[1], model)


def _check_decoder(tokens: object, batch: int, model: nn.Module) -> Tensor | None:
    """What the decoder has written so far: needed where there is one, and nowhere else."""
    is_ours = isinstance(model, EncoderDecoder)
    needed = is_ours or getattr(model.config, "is_encoder_decoder", False)
    if not needed and tokens is not None:
        raise ValueError("decoder_input_ids are given, but this model has no encoder and decoder: leave them out")
    if not needed:
        return None
    if tokens is None:
        start = "a text began with in training"
        if not is_ours:
            start = f"{model.config.decoder_start_token_id} (model.config.decoder_start_token_id)"
        raise ValueError(
            "this model has a decoder, which reads what it has written so far: give decoder_input_ids, which begin "
            f"with the token {start}"
        )
    tokens = _check_text(tokens, model)
    if len(tokens) != batch:
        raise ValueError(f"there are {batch} texts and {len(tokens)} rows of decoder_input_ids: give one row a text")
    return tokens


def _check_mask(mask: Tensor, place: Tensor, model: nn.Module) -> Bool[Tensor, "batch position"]:
    says = "which tokens are real: True or 1, False or 0. From ones and zeros write mask.bool()"
    mask = _one_each("attention_mask", mask, place, says)
    is_real = mask.bool()
    if (mask != is_real).any():
        raise ValueError("attention_mask has other numbers than 1 and 0: from token ids write tokens != padding_id")
    if begins_with_padding(is_real) and _counts_columns(model):
        raise ValueError(
            "padding stands before a token, and this model counts positions from the first column, so it would read "
            "that token at a wrong one: fill texts up after their end (tokenizer.padding_side = 'right')"
        )
    return is_real


def begins_with_padding(is_real: Bool[Tensor, "batch position"]) -> bool:
    """Say whether padding stands before a token."""
    return bool((is_real[:, 1:] & ~is_real[:, :-1]).any())


def _counts_columns(model: nn.Module) -> bool:
    """Say whether a vector is learned for each position, and it cannot be told which. Others tell distances alone."""
    if isinstance(model, OWN):
        return model.config.positions == "learned"
    learned = any(_is_position_table(name, part) for name, part in model.named_modules())
    return learned and not reads("position_ids", model)


def reads(name: str, model: nn.Module) -> bool:
    """Say whether a model of transformers can be given something of this name."""
    return name in _parameters(type(model).forward)


@cache
def _parameters(forward: Callable) -> frozenset[str]:
    return frozenset(signature(forward).parameters)


def _check_types(types: Tensor, place: Tensor, model: nn.Module) -> Tensor | None:
    """Give the types to a model that has some. To any other, those of a single text say nothing."""
    types = _one_each("token_type_ids", types, place, "which text of a pair a token is of: 0 or 1").long()
    has_some = not isinstance(model, OWN) and reads("token_type_ids", model)
    n_types = _n_types(model) if has_some else 1
    low, high = types.min().item(), types.max().item()
    if low < 0 or high >= n_types:
        raise ValueError(
            f"token_type_ids go from {low} to {high}, but this model knows 0 to {n_types - 1}: "
            "leave them out, or take a model that was made for pairs of texts, such as BERT"
        )
    return types if has_some else None


def _n_types(model: nn.Module) -> int:
    config = _text_config(model)
    return getattr(config, "type_vocab_size", config.vocab_size)  # GPT-2's types are tokens, added


def _one_each(name: str, given: Tensor, place: Tensor, says: str) -> Tensor:
    """Refuse what is not one whole number, or truth, for each token."""
    if not isinstance(given, Tensor):
        raise TypeError(f"{name} is a {type(given).__name__}, but must be a tensor: write torch.tensor(...)")
    given = _with_batch(given)
    if given.is_floating_point() or given.is_complex():
        raise TypeError(f"{name} has dtype {given.dtype}, but says {says}.")
    if given.shape != place.shape:
        raise ValueError(
            f"{name} has shape {tuple(given.shape)} and tokens have shape {tuple(place.shape)}: "
            "give it one entry for each token"
        )
    return given


def _with_batch(given: Tensor) -> Tensor:
    """Make a batch of a single text."""
    return given[None] if isinstance(given, Tensor) and given.ndim == 1 else given
