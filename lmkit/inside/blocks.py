"""Watch the blocks of a model of transformers run: what goes in, what comes out, and what its neurons say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor, nn

from lmkit.inside.attention_interface import Attended
from lmkit.model.modes import parts_of


@dataclass
class Layer:
    """What one block computed.

    Attributes:
        attended: its attention; in the decoder of an encoder-decoder model that to its own text, then that to the
            encoder's.
        n_projected: how many projections ran since it last attended.
        projected: what went into the last of them.
    """

    before: Tensor
    after: Tensor | None = None
    attended: list[Attended] = field(default_factory=list)
    n_projected: int = 0
    projected: Tensor | None = None

    def activation(self) -> Tensor | None:
        """What goes into the projection that writes: the last one, unless that is the one that closes attention."""
        places = self.before.shape[:-1]  # batch, position; OPT lays them in one axis, an expert reads some of them
        if self.n_projected < 2 or self.projected.shape[:-1].numel() != places.numel():
            return None
        return self.projected.reshape(*places, -1)


class Watcher:
    """Knows which block is running, and keeps what it does."""

    def __init__(self) -> None:
        self.running: Layer | None = None

    def keep_attention(self, attended: Attended) -> None:
        """Add it to the block that is running; what attends outside of all blocks is no layer."""
        if self.running is not None:
            self.running.attended.append(attended)
            self.running.n_projected = 0

    @contextmanager
    def watching(self, blocks: Sequence[nn.Module]) -> Iterator[list[Layer]]:
        """Give the layers in the order in which they run, within this context; a block that is shared runs often."""
        layers: list[Layer] = []
        handles = []
        for block in blocks:
            handles.append(block.register_forward_pre_hook(self._begin(layers)))
            handles += [part.register_forward_pre_hook(self._project) for part in projections_of(block)]
            handles.append(block.register_forward_hook(self._end))
        try:
            yield layers
        finally:
            for handle in handles:
                handle.remove()

    def _begin(self, layers: list[Layer]):
        def begin(_, inputs):
            self.running = Layer(inputs[0])
            layers.append(self.running)

        return begin

    def _project(self, _, inputs) -> None:
        if self.running is not None and inputs:
            self.running.n_projected += 1
            self.running.projected = inputs[0]

    def _end(self, _, inputs, output) -> None:
        self.running.after = output if isinstance(output, Tensor) else output[0]
        self.running = None


def find(stack: nn.Module) -> list[nn.Module]:
    """Find the blocks of a stack: of the class that transformers declares for its hidden states, or by their number."""
    for part in stack.modules():
        declared = (getattr(type(part), "_can_record_outputs", None) or {}).get("hidden_states")
        if kinds := [kind for one in _listed(declared) if isinstance(kind := getattr(one, "target_class", one), type)]:
            return [block for block in stack.modules() if isinstance(block, tuple(kinds))]
    n_layers = getattr(stack.config, "num_hidden_layers", 0)
    lists = (part for part in stack.modules() if isinstance(part, nn.ModuleList) and len(part) == n_layers)
    return list(next(lists, []))


def _listed(declared: object) -> list:
    return declared if isinstance(declared, list) else [declared]


def projections_of(block: nn.Module) -> list[nn.Module]:
    """The projections of a block; none where a mixture of experts holds the weights of all experts in one tensor."""
    weights = (weight for part in parts_of(block) for weight in part._parameters.values() if weight is not None)
    return [] if any(weight.ndim > 2 for weight in weights) else list(_projections(block))


def _projections(part: nn.Module) -> Iterator[nn.Module]:
    """All that multiplies by a matrix. A layer that PEFT has wrapped counts as a whole."""
    inner = part._modules  # as `children` gives it, which spends its time on names
    weight = getattr(part, "weight", None)
    is_matrix = isinstance(weight, Tensor) and weight.ndim == 2 and not isinstance(part, nn.Embedding)
    if "base_layer" in inner or is_matrix:
        yield part
    else:
        for child in inner.values():
            if child is not None:
                yield from _projections(child)
