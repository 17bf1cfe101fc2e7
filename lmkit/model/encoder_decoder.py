"""The encoder-decoder: one stack reads a text, the other writes another text and looks at what was read.

Both are made of the parts that are there already. What is new is cross-attention, in each block of the decoder.
"""

from copy import copy
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.model.attention import Cache, CrossAttention
from lmkit.model.transformer import Block, Transformer, TransformerConfig, check_tokens, make_norm

KeysAndValues = tuple[Tensor, Tensor]  # what one layer's cross-attention made of the source


@dataclass(frozen=True)
class Source:
    """A text that was read: what each layer of a decoder looks at.

    Attributes:
        layers: keys and values, (batch, kv_head, read, d_head) each, one pair a layer.
        may_read: which tokens of the source are real, such as a `padding_mask`; None if all are.
    """

    layers: list[KeysAndValues]
    may_read: Bool[Tensor, "... #position #read"] | None = None


class DecoderBlock(Block):
    r"""Attention, then cross-attention to the source, then feed-forward.

    $$x \leftarrow x + \mathrm{Attention}(\mathrm{Norm}(x)), \quad
    x \leftarrow x + \mathrm{CrossAttention}(\mathrm{Norm}(x), s), \quad
    x \leftarrow x + \mathrm{FFN}(\mathrm{Norm}(x))$$

    and with `norm_first=False` each norm comes after its addition, as in `Block`.

    Source: Vaswani et al. 2017, section 3.1 (decoder).
    """

    def __init__(self, config: TransformerConfig):
        super().__init__(config)
        self.cross_attention_norm = make_norm(config)
        self.cross_attention = CrossAttention(
            config.d_model, config.n_heads, config.n_kv_heads, config.bias
        )

    def forward(
        self,
        x: Float[Tensor, "batch position d_model"],
        may_attend: Bool[Tensor, "... #position #key"] | None,
        cache: Cache | None,
        source: KeysAndValues,
        may_read: Bool[Tensor, "... #position #read"] | None,
    ) -> Float[Tensor, "batch position d_model"]:
        """Read from the stream and from the source, and add to the stream."""
        if self.norm_first:
            x = x + self.attention(self.attention_norm(x), may_attend, cache)
            x = x + self.cross_attention(
                self.cross_attention_norm(x), *source, may_read
            )
            return x + self.feed_forward(self.feed_forward_norm(x))
        x = self.attention_norm(x + self.attention(x, may_attend, cache))
        x = self.cross_attention_norm(
            x + self.cross_attention(x, *source, may_read)
        )
        return self.feed_forward_norm(x + self.feed_forward(x))


class Decoder(Transformer):
    """A causal transformer whose blocks look at a source as well.

    `EncoderDecoder.read` gives one that has read a source. From there on it is a language model like any other: it
    says what comes next, and `generate` and `stream` write with it, with a cache or without. A source that was read
    alone serves all rows of a batch.

    Attributes:
        source: what was read; None before.

    Source: Vaswani et al. 2017, section 3.1 (decoder).
    """

    block = DecoderBlock
    source: Source | None = None

    def hidden(
        self,
        tokens: Int[Tensor, "batch position"],
        may_attend: Bool[Tensor, "... #position #key"] | None = None,
        cache: list[Cache] | None = None,
    ) -> Float[Tensor, "batch position d_model"]:
        """Give the stream after the last norm. Arguments and errors are those of `Transformer.forward`.

        Raises:
            RuntimeError: no source was read.
        """
        if self.source is None:
            raise RuntimeError("this decoder has read no source: take the one that model.read(source) gives")
        check_tokens(tokens, self.config.vocab_size)
        start = cache[0].length if cache else 0
        x = self.first_stream(tokens, start)
        may_attend = self.combine_masks(tokens, may_attend, start)
        read_before = cache or [None] * len(self.blocks)
        for block, own, read in zip(
            self.blocks, read_before, self.source.layers, strict=True
        ):
            x = block(x, may_attend, own, read, self.source.may_read)
        return self.final_norm(x)


class EncoderDecoder(nn.Module):
    r"""Read a source with one stack, and say with another which token comes next in a text about it.

    $$s = \mathrm{Encoder}(\mathrm{source}), \qquad \mathrm{logits} = \mathrm{Decoder}(\mathrm{tokens}, s)$$

    Both stacks are of the same size and share one embedding.

    Args:
        config: that of the decoder. In the encoder every token sees every token, and it has no unembedding.
        generator: draws the initial weights; PyTorch's own (`torch.manual_seed`) unless given.

    Raises:
        ValueError: a decoder that sees the future (`causal=False`), or one without an unembedding.

    Source: Vaswani et al. 2017, section 3; Raffel et al. 2020 (T5); Lewis et al. 2020 (BART).
    """

    def __init__(self, config: TransformerConfig, generator: torch.Generator | None = None):
        super().__init__()
        if not (config.causal and config.unembed):
            raise ValueError("a decoder writes one token after the other: its config needs causal=True, unembed=True")
        self.config = config
        self.encoder = Transformer(replace(config, causal=False, unembed=False), generator)
        self.decoder = Decoder(config, generator)
        self.encoder.embed = self.decoder.embed

    def forward(
        self,
        source: Int[Tensor, "source_batch read"],
        tokens: Int[Tensor, "batch position"],
        may_read: Bool[Tensor, "... #position #read"] | None = None,
    ) -> Float[Tensor, "batch position vocab"]:
        """Score every token of the vocabulary at every place of the text, given the source.

        Args:
            may_read: which tokens of the source are real: a `padding_mask`, which serves both stacks.

        Raises:
            TypeError: tokens are not integers, or `may_read` is not boolean.
            ValueError: a wrong shape, a token outside the vocabulary, or more tokens than learned positions.
        """
        return self.read(source, may_read)(tokens)

    def read(
        self,
        source: Int[Tensor, "batch read"],
        may_read: Bool[Tensor, "... #position #read"] | None = None,
    ) -> Decoder:
        """Encode a source, and give the decoder that looks at it: once, however much it writes then.

        Arguments and errors are those of `forward`. The decoder has the same weights, not a copy of them.
        """
        encoded = self.encoder.hidden(source, may_read)  # (batch, read, d_model)
        layers = [
            block.cross_attention.read(encoded) for block in self.decoder.blocks
        ]
        decoder = copy(self.decoder)
        decoder.source = Source(layers, may_read)
        return decoder
