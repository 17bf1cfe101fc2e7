"""Fine-tuning: a pretrained body gets a new head, and learns a task from labelled texts.

    model = finetuning.Classifier(book.model, n_classes=2)
    rows = finetuning.rows(train, book.tokenizer, longest=128)
    training.fit(model, rows, valid_rows, config, objective=finetuning.classify)

The loop is the one of pretraining. What shall stay as it is gets frozen before: `model.body.requires_grad_(False)`
leaves only the head to be trained; `lora.add` puts something small into a frozen body.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lmkit.learning.lora import LoRA
from lmkit.model.attention import padding_mask
from lmkit.model.modes import mode
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_number, check_whole
from lmkit.text.labelled import Labelled

READS = ("last", "first", "mean")
PADDING = -1  # fills a row up after its text; no vocabulary has a token of this number

# --- From labelled texts to rows that `fit` draws. ---


def encode(texts: Sequence[str], tokenizer: Any, longest: int) -> Int[Tensor, "text position"]:
    """Turn texts into tokens, each text a row, filled up with PADDING after its end.

    Args:
        tokenizer: that of the model, as `lmkit.load` gives it.
        longest: how many tokens of a text are kept, special tokens included. What comes after is cut off.

    Raises:
        ValueError: there is no list of texts, a text without any token, or `longest` cannot be.

    Warns:
        UserWarning: texts were cut off. It says how many.
    """
    check_whole("longest", longest, 1)
    if isinstance(texts, str):
        raise ValueError(f"texts is one text, {texts[:20]!r}, but must be a list of texts: put it into [ ]")
    if not len(texts):
        raise ValueError("there are no texts: give at least one")
    ids = [tokenizer(text)["input_ids"] for text in texts]
    lengths = [len(text) for text in ids]
    if min(lengths) == 0:
        raise ValueError(f"text {lengths.index(0)} has no token: {texts[lengths.index(0)]!r}. Leave it out.")
    too_long = [number for number, length in enumerate(lengths) if length > longest]
    for number in too_long:
        ids[number] = tokenizer(texts[number], truncation=True, max_length=longest)["input_ids"]
    if too_long:
        warnings.warn(
            f"{len(too_long)} of {len(texts)} texts have more than {longest} tokens, up to {max(lengths)}: "
            "what comes after is cut off",
            stacklevel=2,
        )
    width = min(longest, max(lengths))
    return torch.tensor([text + [PADDING] * (width - len(text)) for text in ids])


def rows(data: Labelled, tokenizer: Any, longest: int) -> Int[Tensor, "example row"]:
    """Lay out labelled texts as rows for `training.fit`: the label, then the tokens, then PADDING.

    Arguments, errors and warnings are those of `encode`.
    """
    return torch.cat([torch.tensor(data.labels)[:, None], encode(data.texts, tokenizer, longest)], dim=1)


def classify(
    rows: Int[Tensor, "batch row"], generator: torch.Generator
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch"]]:
    """Ask for the class of each text: the objective for `rows`. Nothing is drawn from `generator`."""
    return rows[:, 1:], rows[:, 0]


# --- The model. ---


class Classifier(nn.Module):
    r"""A body that reads, and a linear head that answers from one vector of each text.

    $$\mathrm{logits} = W\,h + b$$

    with h the vector of the last real token, of the first one, or the mean of all real ones. In a causal body only the
    last token has seen the whole text. Padding is neither attended to nor read, so it changes nothing.

    Args:
        body: an lmkit Transformer, or a model of transformers, whose own head is left out. It is not copied. If it has
            16 bits, the head has 32.
        n_classes: 2 or more.
        read: where the head reads: "last", "first" or "mean".
        generator: draws the weights of the head; PyTorch's own unless given.

    Raises:
        ValueError: `read` is none of the three, `n_classes` cannot be, or the body is neither of the two.

    Source: Radford et al. 2018 (GPT), section 3.2 (last token); Devlin et al. 2019 (BERT), section 4.1 (first token).
    """

    def __init__(
        self,
        body: nn.Module,
        n_classes: int,
        *,
        read: str = "last",
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if read not in READS:
            raise ValueError(
                f"read is {read!r}, but must be 'last', 'first' or 'mean'"
            )
        check_whole("n_classes", n_classes, 2)
        is_ours = isinstance(body, Transformer)
        if not is_ours and not hasattr(body, "base_model"):
            raise ValueError(
                f"the body is a {type(body).__name__}, "
                "not a Transformer, nor a model of transformers"
            )
        self.body = body if is_ours else body.base_model
        self.config = body.config
        self.read = read
        d_model = body.config.d_model if is_ours else body.config.hidden_size
        self.head = nn.Linear(d_model, n_classes)
        nn.init.normal_(self.head.weight, std=0.02, generator=generator)
        nn.init.zeros_(self.head.bias)
        self.head.to(next(body.parameters()).device)

    def forward(
        self, tokens: Int[Tensor, "batch position"]
    ) -> Float[Tensor, "batch class"]:
        """Score every class for every text.

        Args:
            tokens: the texts, PADDING after their ends.

        Raises:
            ValueError: padding before or within a text, or a text of padding only.
        """
        lengths = _lengths(tokens)
        tokens = tokens[:, : int(lengths.max())]  # without columns of padding only
        is_real = tokens != PADDING
        tokens = tokens.masked_fill(~is_real, 0)
        hidden = self.hidden(tokens, is_real, lengths)  # (batch, position, d_model)
        hidden = hidden.to(self.head.weight.dtype)
        if self.read == "last":
            read = hidden[torch.arange(len(tokens)), lengths - 1]
        elif self.read == "first":
            read = hidden[:, 0]
        else:
            read = (hidden * is_real[..., None]).sum(dim=1) / lengths[:, None]
        return self.head(read)

    def hidden(
        self,
        tokens: Int[Tensor, "batch position"],
        is_real: Bool[Tensor, "batch position"],
        lengths: Int[Tensor, "batch"],
    ) -> Float[Tensor, "batch position d_model"]:
        """Give what leaves the body. In a causal one, no real token sees the padding: it lies in the future."""
        if not isinstance(self.body, Transformer):
            given = self.body(tokens, attention_mask=is_real.long())
            return given.last_hidden_state
        if self.body.config.causal:
            return self.body.hidden(tokens)
        return self.body.hidden(tokens, padding_mask(lengths, tokens.shape[1]))


@torch.no_grad()
def probabilities(
    model: Classifier, tokens: Int[Tensor, "text position"], batch_size: int = 64
) -> Float[Tensor, "text class"]:
    """Give the probability of each class for each text, without dropout. `argmax(dim=1)` gives the answers.

    Args:
        tokens: from `encode`; or `rows[:, 1:]`.

    Raises:
        ValueError: there is no text, or `batch_size` cannot be.
    """
    check_whole("batch_size", batch_size, 1)
    if not len(tokens):
        raise ValueError("there are no texts: give at least one")
    device = next(model.parameters()).device
    with mode(model, training=False):
        logits = torch.cat([model(batch.to(device)) for batch in tokens.split(batch_size)])
    return logits.softmax(dim=1)


def add_dropout(body: Transformer, p: float) -> list[RemovableHandle]:
    """Let a share p of what each layer writes into the stream be 0 at random, while the model trains.

    The rest is multiplied by 1 / (1 - p), so that the mean stays. PyTorch's own generator draws (`torch.manual_seed`),
    whose state is part of the checkpoints that `fit` writes.

    Returns:
        Handles: `handle.remove()` takes the dropout off again.

    Raises:
        ValueError: p is no probability below 1, or this is no Transformer.

    Source: Vaswani et al. 2017, section 5.4 (residual dropout).
    """
    check_number("p", p, lambda x: 0 <= x < 1, "0 or more and below 1: at 1 nothing would be written")
    if not isinstance(body, Transformer):
        raise ValueError(
            f"a {type(body).__name__} is no Transformer: of a Classifier give the body. A model of transformers has "
            "dropout of its own, set in its config."
        )

    def drop(module: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        return F.dropout(output, p, module.training)

    layers = [layer for block in body.blocks for layer in (block.attention, block.feed_forward)]
    return [layer.register_forward_hook(drop) for layer in layers]


# --- What is trained: all that is needed to keep, when the pretrained weights are kept elsewhere. ---


def trained(model: nn.Module) -> dict[str, Tensor]:
    """List by name the weights that are trained: those that are not frozen. They are the weights, not copies.

    With them come the numbers without which they mean something else: the `scale` of each LoRA (alpha / rank), and
    where a Classifier reads (`read`, as its place in READS).
    """
    return _weights(model) | _settings(model)


def count_trained(model: nn.Module) -> int:
    """Count the numbers that are trained."""
    return sum(weight.numel() for weight in _weights(model).values())


@torch.no_grad()
def load_trained(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Put weights that `trained` gave into a model that was built and frozen in the same way.

    Raises:
        ValueError: the weights are not exactly those that are trained here, or belong to adapters of another strength
            or a head that reads elsewhere.
    """
    here = trained(model)
    shapes = [{name: tuple(weight.shape) for name, weight in some.items()} for some in (here, weights)]
    if different := sorted(dict(shapes[0].items() ^ shapes[1].items())):
        raise ValueError(
            f"{len(different)} weights do not match, such as {different[0]}: {shapes[0].get(different[0])} is trained "
            f"here, {shapes[1].get(different[0])} given (None: not there). Build and freeze the model as it was."
        )
    for name, setting in _settings(model).items():
        now, then = setting.item(), weights[name].item()
        if name.endswith("read"):
            now, then = READS[now], READS[then]
        if now != then:
            raise ValueError(
                f"{name} is {now!r} here, but was {then!r} where the weights were trained. Build the model as it was: "
                "LoRA with the same alpha, a Classifier with the same `read`."
            )
    for name, weight in _weights(model).items():
        weight.copy_(weights[name])


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach() for name, weight in model.named_parameters() if weight.requires_grad}


def _settings(model: nn.Module) -> dict[str, Tensor]:
    found = {}
    for name, module in model.named_modules():
        prefix = f"{name}." if name else ""
        if isinstance(module, LoRA) and module.up.requires_grad:
            found[f"{prefix}scale"] = torch.tensor(module.scale, dtype=torch.float64)
        if isinstance(module, Classifier) and module.head.weight.requires_grad:
            found[f"{prefix}read"] = torch.tensor(READS.index(module.read))
    return found


def _lengths(tokens: Int[Tensor, "batch position"]) -> Int[Tensor, "batch"]:
    is_real = tokens != PADDING
    lengths = is_real.sum(dim=1)
    if (lengths == 0).any():
        raise ValueError(f"text {int((lengths == 0).nonzero()[0])} is padding only: give each text a token")
    if (is_real[:, 1:] & ~is_real[:, :-1]).any():
        raise ValueError("padding stands before a token: fill texts up after their end, as finetuning.encode does")
    return lengths
