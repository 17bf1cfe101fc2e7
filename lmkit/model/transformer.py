"""The transformer: a stream of vectors, one a token, that every block reads and adds to."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.model.attention import Cache, MultiHeadAttention, causal_mask, check_heads, check_may_attend
from lmkit.model.experts import Experts, check_experts
from lmkit.model.feedforward import FeedForward, check_activation
from lmkit.model.positions import LearnedPositions, Rotary
from lmkit.model.relative import add_relative_positions


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """All that must be known to build a model. The defaults give a causal model with rotary positions.

    Args:
        d_model: numbers in each vector of the stream.
        d_hidden: neurons in each feed-forward network; 4 * d_model unless given.
        n_kv_heads: key and value heads; as many as query heads unless given.
        max_positions: how many positions are learned; rotary and relative positions need no such limit.
        causal: whether each token sees only itself and the past.
        norm_first: True puts a norm before each layer, and one at the end (GPT-2, Llama). False puts one
            after each addition, and one after the embedding (BERT).
        bias: whether linear layers and layer norms add a bias.
        unembed: whether the model predicts tokens. False leaves only `hidden`.
        tied: whether the unembedding is the embedding again.
        unembed_bias: whether each token has a logit of its own, whatever the text (BART).
        init_std: the spread of the initial weights. What writes into the stream is drawn smaller, see `initialize`.
        qk_norm: whether queries and keys are brought to one length before they meet.
        n_experts: feed-forward networks in each block, of which `n_active_experts` read a token.

    Raises:
        ValueError: a number below 1, a name that is not known, or heads that do not divide evenly.
    """

    vocab_size: int
    n_layers: int
    n_heads: int
    d_model: int
    d_hidden: int | None = None
    n_kv_heads: int | None = None
    max_positions: int = 1024
    causal: bool = True
    positions: Literal["rotary", "learned", "relative"] = "rotary"
    rotary_base: float = 10_000.0
    activation: Literal["relu", "gelu", "gelu_tanh", "swiglu", "geglu"] = "gelu"
    norm: Literal["layer", "rms"] = "layer"
    norm_first: bool = True
    norm_eps: float = 1e-5
    bias: bool = True
    unembed: bool = True
    tied: bool = True
    unembed_bias: bool = False
    init_std: float = 0.02
    qk_norm: bool = False
    n_experts: int = 1
    n_active_experts: int = 1

    def __post_init__(self):
        # A frozen dataclass fills in its own defaults only like this.
        object.__setattr__(self, "d_hidden", 4 * self.d_model if self.d_hidden is None else self.d_hidden)
        object.__setattr__(self, "n_kv_heads", self.n_heads if self.n_kv_heads is None else self.n_kv_heads)
        for name in ("vocab_size", "n_layers", "d_model", "d_hidden", "max_positions"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be 1 or more")
        for name, choices in (("positions", ("rotary", "learned", "relative")), ("norm", ("layer", "rms"))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is {getattr(self, name)!r}, but must be one of {choices}")
        check_activation(self.activation)
        check_experts(self.n_experts, self.n_active_experts)
        check_heads(self.d_model, self.n_heads, self.n_kv_heads)
        if self.positions == "rotary":
            Rotary(self.d_model // self.n_heads)  # refuses an odd d_head


def make_norm(config: TransformerConfig) -> nn.Module:
    r"""Make a norm: it rescales each vector, so that the numbers in the stream cannot grow without end.

    $$\mathrm{LayerNorm}(x) = \frac{x - \bar{x}}{\sqrt{\mathrm{var}(x) + \epsilon}} \odot g + b, \qquad
    \mathrm{RMSNorm}(x) = \frac{x}{\sqrt{\overline{x^2} + \epsilon}} \odot g$$

    Source: Ba et al. 2016, section 3 (layer); Zhang and Sennrich 2019, section 4 (rms).
    """
    if config.norm == "rms":
        return nn.RMSNorm(config.d_model, eps=config.norm_eps)
    return nn.LayerNorm(config.d_model, eps=config.norm_eps, bias=config.bias)


def make_feed_forward(config: TransformerConfig) -> FeedForward | Experts:
    """Make the feed-forward network of a block, or a mixture of experts where there are several."""
    if config.n_experts > 1:
        sizes = config.d_model, config.d_hidden, config.n_experts, config.n_active_experts
        return Experts(*sizes, config.activation, config.bias)
    return FeedForward(config.d_model, config.d_hidden, config.activation, config.bias)


class Block(nn.Module):
    r"""Attention, then feed-forward. Each adds to the stream what it found.

    $$x \leftarrow x + \mathrm{Attention}(\mathrm{Norm}(x)), \quad
    x \leftarrow x + \mathrm{FFN}(\mathrm{Norm}(x))$$

    and with `norm_first=False`

    $$x \leftarrow \mathrm{Norm}(x + \mathrm{Attention}(x)), \quad
    x \leftarrow \mathrm{Norm}(x + \mathrm{FFN}(x))$$

    Source: Vaswani et al. 2017, section 3.1 (norm last); Radford et al. 2019, section 2.3 (norm first).
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        rotary = None
        if config.positions == "rotary":
            rotary = Rotary(config.d_model // config.n_heads, config.rotary_base)
        self.norm_first = config.norm_first
        self.attention_norm = make_norm(config)
        self.attention = MultiHeadAttention(
            config.d_model, config.n_heads, config.n_kv_heads, config.bias, rotary,
            config.qk_norm,
        )
        self.feed_forward_norm = make_norm(config)
        self.feed_forward = make_feed_forward(config)

    def forward(
        self,
        x: Float[Tensor, "batch position d_model"],
        may_attend: Bool[Tensor, "... #position #key"] | None = None,
        cache: Cache | None = None,
    ) -> Float[Tensor, "batch position d_model"]:
        """Read from the stream and add to it. `may_attend` broadcasts to (batch, head, query, key)."""
        if self.norm_first:
            x = x + self.attention(self.attention_norm(x), may_attend, cache)
            return x + self.feed_forward(self.feed_forward_norm(x))
        x = self.attention_norm(x + self.attention(x, may_attend, cache))
        return self.feed_forward_norm(x + self.feed_forward(x))


class Transformer(nn.Module):
    r"""Embed the tokens, let every block add to the stream, and say which token each place predicts.

    $$x^{(l+1)} = \mathrm{Block}_l\big(x^{(l)}\big), \qquad
    \mathrm{logits} = W_U\, \mathrm{Norm}\big(x^{(L)}\big)$$

    Args:
        generator: draws the initial weights; PyTorch's own (`torch.manual_seed`) unless given.

    Source: Vaswani et al. 2017, section 3; Radford et al. 2019, section 2.3 (GPT-2); Devlin et al. 2019,
    section 3 (BERT); Touvron et al. 2023, section 2.2 (Llama).
    """

    block = Block  # of what it is built

    def __init__(
        self, config: TransformerConfig, generator: torch.Generator | None = None
    ):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.positions = None
        if config.positions == "learned":
            self.positions = LearnedPositions(config.max_positions, config.d_model)
        self.embed_norm = nn.Identity() if config.norm_first else make_norm(config)
        self.blocks = nn.ModuleList(
            self.block(config) for _ in range(config.n_layers)
        )
        if config.positions == "relative":
            add_relative_positions(self.blocks, config.n_heads, config.causal)
        self.final_norm = make_norm(config) if config.norm_first else nn.Identity()
        self.unembed = None
        if config.unembed:
            self.unembed = nn.Linear(
                config.d_model, config.vocab_size, bias=config.unembed_bias
            )
        if config.unembed and config.tied:
            self.unembed.weight = self.embed.weight
        self.initialize(generator)

    def initialize(self, generator: torch.Generator | None = None) -> None:
        r"""Draw all weights anew: normal with spread `init_std`, biases 0, norms 1.

        What writes into the stream is scaled by $1/\sqrt{2L}$: there are 2L writers, and variances add.

        Source: Radford et al. 2019 (GPT-2), section 2.3.
        """
        std = self.config.init_std
        smaller = std / math.sqrt(2 * self.config.n_layers)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif name.endswith(("to_output.weight", "write.weight")):
                nn.init.normal_(parameter, std=smaller, generator=generator)
            elif "norm" in name:
                nn.init.ones_(parameter)
            else:
                nn.init.normal_(parameter, std=std, generator=generator)

    def forward(
        self,
        tokens: Int[Tensor, "batch position"],
        may_attend: Bool[Tensor, "... #position #key"] | None = None,
        cache: list[Cache] | None = None,
    ) -> Float[Tensor, "batch position vocab"]:
        """Score every token of the vocabulary at every place.

        Args:
            may_attend: broadcasts to (batch, head, query, key), such as a `padding_mask`. A causal model
                combines its own mask with it, so this one can only forbid more.
            cache: one a layer, from `make_cache`: what was read before `tokens`, which are added to it.

        Raises:
            TypeError: tokens are not integers, or `may_attend` is not boolean.
            ValueError: a wrong shape, a token outside the vocabulary, or more tokens than learned positions.
            RuntimeError: the model was built without an unembedding.
        """
        if self.unembed is None:
            raise RuntimeError(
                "this model has no unembedding, so no logits: "
                "use model.hidden(tokens)"
            )
        return self.unembed(self.hidden(tokens, may_attend, cache))

    def hidden(
        self,
        tokens: Int[Tensor, "batch position"],
        may_attend: Bool[Tensor, "... #position #key"] | None = None,
        cache: list[Cache] | None = None,
    ) -> Float[Tensor, "batch position d_model"]:
        """Give the stream after the last norm. Arguments and errors are those of `forward`."""
        check_tokens(tokens, self.config.vocab_size)
        if cache:
            return self._read_on(tokens, may_attend, cache)
        x = self.first_stream(tokens)
        may_attend = self.combine_masks(tokens, may_attend)
        for block in self.blocks:
            x = block(x, may_attend)
        return self.final_norm(x)

    def _read_on(self, tokens: Tensor, may_attend: Tensor | None, cache: list[Cache]) -> Tensor:
        """Do the same for what follows the tokens in the cache."""
        start = cache[0].length
        x = self.first_stream(tokens, start)
        may_attend = self.combine_masks(tokens, may_attend, start)
        for block, read_before in zip(self.blocks, cache, strict=True):
            x = block(x, may_attend, read_before)
        return self.final_norm(x)

    def first_stream(
        self, tokens: Int[Tensor, "batch position"], start: int = 0
    ) -> Float[Tensor, "batch position d_model"]:
        """Give the stream that the first block reads: each token's vector, and where its place is learned, that too.

        Args:
            start: how many tokens were read before these.
        """
        x = self.embed(tokens)  # (batch, position, d_model)
        if self.positions is not None:
            x = x + self.positions(tokens.shape[1], start)
        return self.embed_norm(x)

    def make_cache(self) -> list[Cache]:
        """Make an empty cache for each layer, to read a text piece by piece."""
        return [Cache() for _ in self.blocks]

    def combine_masks(
        self,
        tokens: Int[Tensor, "batch position"],
        may_attend: Bool[Tensor, "... #position #key"] | None,
        start: int = 0,
    ) -> Bool[Tensor, "... #position #key"] | None:
        """Forbid the future, in a causal model, on top of what `may_attend` forbids."""
        batch, n = tokens.shape
        if may_attend is not None:
            check_may_attend(may_attend, (batch, self.config.n_heads, n, start + n))
        if not self.config.causal or n == 1:  # a single token is the newest, and has no future
            return may_attend
        causal = causal_mask(n, start + n).to(tokens.device)  # (query, key)
        return causal if may_attend is None else causal & may_attend


def parameters_by_part(model: Transformer) -> dict[str, int]:
    """Count the parameters of a model by what they belong to: "embedding", "attention", "feed-forward", "norms".

    Learned positions and an unembedding with weights of its own count as embedding.
    """
    counts = dict.fromkeys(["embedding", "attention", "feed-forward", "norms"], 0)
    marks = {"norm": "norms", ".attention.": "attention", ".feed_forward.": "feed-forward", "": "embedding"}
    for name, parameter in model.named_parameters():
        part = next(part for mark, part in marks.items() if mark in name)
        counts[part] += parameter.numel()
    return counts


def check_tokens(tokens: Tensor, vocab_size: int) -> None:
    """Refuse what is not a batch of token numbers (TypeError, ValueError)."""
    if not isinstance(tokens, Tensor):
        raise TypeError(
            f"tokens are a {type(tokens).__name__}, but must be a tensor of ids, (batch, position): write "
            "torch.tensor([ids]) with the ids that the model's tokenizer gives"
        )
    if tokens.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"tokens have dtype {tokens.dtype}, but must be int64 or int32: use tokens.long()")
    if tokens.numel() == 0:
        raise ValueError(f"tokens have shape {tuple(tokens.shape)}, so there is none: give each text a token")
    if tokens.ndim != 2:
        raise ValueError(
            f"tokens have shape {tuple(tokens.shape)}, but need the axes (batch, position). "
            "For a single sequence use tokens[None]."
        )
    low, high = (bound.item() for bound in tokens.aminmax())
    if low < 0 or high >= vocab_size:
        raise ValueError(
            f"tokens go from {low} to {high}, but vocab_size={vocab_size} allows 0 to {vocab_size - 1}. "
            "Does the tokenizer belong to this model?"
        )
