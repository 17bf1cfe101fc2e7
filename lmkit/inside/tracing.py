"""Look inside a model: run it once, and keep what every attention head and every block computed.

A fast attention kernel never stores the attention weights, so they cannot be asked for afterwards. `trace`
computes them while the model runs, from the very queries and keys that the model made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside import inputs, own_models, transformers_models
from lmkit.model.modes import mode


@dataclass(frozen=True)
class Trace:
    """What a model computed on its way from tokens to output. Each tuple has one entry a layer.

    Of an encoder-decoder model this is what the decoder computed, and `encoder` what the encoder did.

    Attributes:
        tokens: the ids that the model was given; None where it was given vectors.
        attentions: the weights of every head. A row sums to 1, or to 0 where nothing may be seen, or to less than 1 in
            a model with `sinks`. bertviz draws them as they are.
        queries, keys, values: what the heads worked with, after rotary positions. With grouped queries there
            are fewer key and value heads than query heads. softmax(Q Kᵀ / √d_head) over the keys that may be
            seen gives `attentions`, but in models that add something in between: a bias for each distance (T5), a
            soft cap (Gemma 2), sinks. A scale of the model's own is in the queries. Empty for the few models that give
            their weights alone, such as Falcon and GPT-Neo.
        activations: how strongly each feed-forward neuron fires: the input of the projection that writes. None in a
            layer that is a mixture of experts: each token has other neurons there.
        residual: the residual stream before block 0 and after each block, n_layers + 1 entries. The last is
            what leaves the last block, before any final norm (transformers gives it after that norm).
        logits: what the model's head says; for question answering, which says two, first the start and then the end.
            None for a model without a head, or with one that transformers gives another name.
        sinks: for each head the score of a key that is not there, which takes its share of every row (gpt-oss). Empty
            in models without such.
        encoder: of an encoder-decoder model, what its encoder computed.
        cross_attentions: how the decoder's tokens look at the encoder's; `cross_queries`, `cross_keys` and
            `cross_values` are what these heads worked with. Empty in other models.
    """

    tokens: Int[Tensor, "batch position"] | None
    attentions: tuple[Float[Tensor, "batch head query key"], ...]
    queries: tuple[Float[Tensor, "batch head query d_head"], ...]
    keys: tuple[Float[Tensor, "batch kv_head key d_head"], ...]
    values: tuple[Float[Tensor, "batch kv_head key d_value"], ...]
    activations: tuple[Float[Tensor, "batch position d_hidden"] | None, ...]
    residual: tuple[Float[Tensor, "batch position d_model"], ...]
    logits: Float[Tensor, "batch *output"] | None
    sinks: tuple[Float[Tensor, "head"], ...] = ()
    encoder: "Trace | None" = None
    cross_attentions: tuple[Float[Tensor, "batch cross_head query read"], ...] = ()
    cross_queries: tuple[Float[Tensor, "batch cross_head query d_cross"], ...] = ()
    cross_keys: tuple[Float[Tensor, "batch cross_kv_head read d_cross"], ...] = ()
    cross_values: tuple[Float[Tensor, "batch cross_kv_head read d_cross_value"], ...] = ()


def trace(
    model: nn.Module,
    tokens: Tensor | Mapping[str, Tensor] | None = None,
    attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None,
    *,
    inputs_embeds: Tensor | None = None,
    decoder_input_ids: Tensor | None = None,
) -> Trace:
    """Run a model on tokens, without dropout and without gradients, and keep what it computed.

    The model is left as it was: its attention implementation, its training mode, its hooks and its weights.

    Args:
        model: an lmkit Transformer or EncoderDecoder, or a model of transformers that attends by its attention
            interface, as nearly all do (BERT, GPT-2, Llama, T5, ...), with any head on top, with adapters of the
            library PEFT inside if there are any, and compiled or not: a trace runs what was compiled as it was before.
        tokens: token ids, (batch, position), or (position) for a single text; or all that a tokenizer of transformers
            gives with `return_tensors="pt"`: it holds what follows under the same names, the ids as `input_ids`.
        attention_mask: True (or 1) for a real token, False (or 0) for padding; shaped like `tokens`. Positions are
            counted from the first real token.
        token_type_ids: 0 for a token of the first text of a pair, 1 for one of the second; shaped like `tokens`.
        inputs_embeds: vectors in place of tokens, (batch, position, d_model).
        decoder_input_ids: what the decoder of an encoder-decoder model has written so far, its first token included,
            with any padding after it.

    Raises:
        TypeError: a model of another kind, or tokens, a mask or types that are no tensor of whole numbers.
        ValueError: one of them has a wrong shape, an id or a type is unknown to the model, the text is too long,
            padding stands before a token whose position the model counts from the first column, or the decoder has
            nothing to read.
    """
    inner = transformers_models.without_wrappers(model)
    is_ours = isinstance(inner, inputs.OWN)
    if not is_ours:
        transformers_models.check(inner)
    beside = {"token_type_ids": token_type_ids, "inputs_embeds": inputs_embeds, "decoder_input_ids": decoder_input_ids}
    given = inputs.check(inner, tokens, attention_mask=attention_mask, **beside)
    run = own_models.run if is_ours else transformers_models.run
    with torch.no_grad(), mode(model, training=False):
        fields = run(model, inner, given)
    if encoder := fields.pop("encoder", None):
        return Trace(given.decoder_tokens, encoder=Trace(given.tokens, logits=None, **encoder), **fields)
    return Trace(given.tokens, **fields)
