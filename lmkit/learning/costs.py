"""Costs: what a model takes in numbers, multiplications and bytes. Each by arithmetic, and each by looking.

A multiplication and the addition that goes with it count as two operations (FLOPs), as everywhere in the field. Bytes
are those of 32-bit numbers unless said otherwise.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from lmkit.model.attention import Attend
from lmkit.model.feedforward import GATED
from lmkit.model.transformer import TransformerConfig

# --- By arithmetic: from the numbers of a configuration. ---


def count_parameters(config: TransformerConfig, active: bool = False) -> int:
    """Count the parameters of a model with rotary positions and the norm first, as its `numel` would say.

    Args:
        active: only those that read any one token; fewer than all where there are experts.

    Raises:
        ValueError: learned positions, or the norm last: BERT is counted in the chapter on the transformer.
    """
    _check_countable(config)
    biases = config.n_layers * _biases_of_a_block(config) if config.bias else 0
    width_of_norms = config.d_model * (2 if config.norm == "layer" and config.bias else 1)
    norms = (2 * config.n_layers + 1) * width_of_norms
    norms += config.n_layers * 2 * _d_head(config) * config.qk_norm
    embeddings = config.vocab_size * config.d_model * (2 if config.unembed and not config.tied else 1)
    return embeddings + norms + biases + config.n_layers * _matrices_of_a_block(config, active)


def forward_flops(config: TransformerConfig, batch: int, length: int) -> int:
    r"""Count the operations of one pass over `batch` texts of `length` tokens.

    $$2\,P_{matrices}\,B\,T \;+\; 4\,L\,B\,T^2\,d_{model}$$

    Each weight of a matrix multiplies once a token. Scores, and mixing, are $T^2$ products of $d_{head}$ in each head;
    a causal mask does not make them fewer, unless a kernel skips them. Norms, activations and the softmax are left out.

    Source: Kaplan et al. 2020, section 2.1, table 1.
    """
    _check_countable(config)
    weights = config.n_layers * _matrices_of_a_block(config, active=True)
    weights += config.vocab_size * config.d_model if config.unembed else 0
    return 2 * weights * batch * length + 4 * config.n_layers * batch * length**2 * config.d_model


def training_flops(config: TransformerConfig, batch: int, length: int) -> int:
    """Count the operations of one step of training: backward, each product of the forward pass has two.

    Source: Kaplan et al. 2020, section 2.1.
    """
    return 3 * forward_flops(config, batch, length)


@dataclass(frozen=True)
class Memory:
    """What one step of training holds, in bytes, when it holds most: at the end of the forward pass.

    Attributes:
        optimizer: AdamW's two averages.
        activations: what the forward pass keeps for the backward pass.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations


def training_memory(config: TransformerConfig, batch: int, length: int) -> Memory:
    """Count the bytes of training in 32 bits with AdamW: four numbers a parameter, and the activations.

    Masks and the tables of rotary positions come on top; they do not grow with the batch.

    Raises:
        ValueError: an architecture whose activations are not counted here.
    """
    parameters = 4 * count_parameters(config)
    activations = 4 * batch * length * kept_numbers(config)
    return Memory(parameters, parameters, 2 * parameters, activations)


def kept_numbers(config: TransformerConfig) -> int:
    """Count the numbers of one token that the forward pass keeps, with the fused attention, and a loss at every token.

    Raises:
        ValueError: another architecture than that of `tiny` and `book`: norms of layers, gelu, no experts.
    """
    if (config.norm, config.activation, config.n_experts, config.qk_norm) != ("layer", "gelu", 1, False):
        raise ValueError("activations are counted for norm='layer', activation='gelu' and one network a block only")
    d = config.d_model
    norm = d + 2  # what it read, its mean and its spread
    # What the projections read; q, k and v (those of few heads repeated); a sum a head; what was mixed.
    attention = d + 3 * d + config.n_heads + d
    feed_forward = d + 2 * config.d_hidden  # what `read` reads; what the gelu reads, and what it gives
    unembedding = d + config.vocab_size  # what it reads; the logarithms of all chances
    return config.n_layers * (2 * norm + attention + feed_forward) + norm + unembedding


def cache_bytes(config: TransformerConfig, length: int, batch: int = 1, bytes_per_number: int = 4) -> int:
    r"""Count the bytes of the keys and values of `length` tokens: $2\,L\,h_{kv}\,d_{head}\,T\,B$ numbers.

    Source: Shazeer 2019, section 3; Ainslie et al. 2023, section 2.2.
    """
    return 2 * config.n_layers * config.n_kv_heads * _d_head(config) * length * batch * bytes_per_number


# --- By looking. ---


def counted_flops(model: nn.Module, compute: Callable[[], object]) -> int:
    """Run something, and count the matrix products of a model as PyTorch reports them.

    Attention takes its readable path meanwhile: what the fused kernel does on a CPU, PyTorch does not count.
    """
    before = {module: module.explicit for module in model.modules() if isinstance(module, Attend)}
    try:
        for attend in before:
            attend.explicit = True
        with FlopCounterMode(display=False) as counter:
            compute()
    finally:
        for attend, was_explicit in before.items():
            attend.explicit = was_explicit
    return counter.get_total_flops()


def saved_bytes(model: nn.Module, compute: Callable[[], object]) -> int:
    """Run something, and count the bytes that it keeps for a backward pass: each memory once, without the weights."""
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if (where := tensor.untyped_storage().data_ptr()) not in weights:
            kept[where] = tensor  # held, so that its memory is given to no other
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        result = compute()
    size = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    del result
    return size


def peak_bytes(compute: Callable[[], object]) -> int:
    """Run something, and give how many bytes were taken at the most at a time beyond those before, by the allocator."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # else the profiler tells on stderr that it begins and ends
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        result = compute()
    del result
    events = (event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]")
    now = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most


# --- Parts. ---


def _d_head(config: TransformerConfig) -> int:
    return config.d_model // config.n_heads


def _matrices_of_a_block(config: TransformerConfig, active: bool) -> int:
    d, d_kv = config.d_model, config.n_kv_heads * _d_head(config)
    attention = 2 * d * d + 2 * d * d_kv
    one_network = (3 if config.activation in GATED else 2) * d * config.d_hidden
    router = d * config.n_experts if config.n_experts > 1 else 0
    return attention + router + one_network * (config.n_active_experts if active else config.n_experts)


def _biases_of_a_block(config: TransformerConfig) -> int:
    d, d_kv = config.d_model, config.n_kv_heads * _d_head(config)
    of_a_network = (2 if config.activation in GATED else 1) * config.d_hidden + d
    return 2 * d + 2 * d_kv + of_a_network * config.n_experts


def _check_countable(config: TransformerConfig) -> None:
    if config.positions != "rotary" or not config.norm_first:
        raise ValueError(
            f"positions={config.positions!r} and norm_first={config.norm_first} are not counted here: "
            "give a configuration with rotary positions and the norm first"
        )
