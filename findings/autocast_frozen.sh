#!/bin/sh
# Under torch.autocast, how often is the weight of a layer cast to bfloat16, when the layer is used five times?
#
# Guess: once, since autocast keeps what it has cast until its end; and a frozen weight, which cannot change, all the
# more. So to freeze all but an adapter (LoRA) can only make a step cheaper.
#
# Seen with torch 2.13.0 on a CPU: a weight that is trained is cast once. A frozen one is cast at each use, five times.
# Only leaves that require a gradient are kept (cached_cast in aten/src/ATen/autocast_mode.cpp). Where a frozen body is
# used again and again, cast its weights once by hand, or work without autocast.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torch.utils._python_dispatch import TorchDispatchMode


class CountCasts(TorchDispatchMode):
    """Counts the casts of matrices of 64 × 64."""

    def __init__(self):
        super().__init__()
        self.n = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.n += operation is torch.ops.aten._to_copy.default and args[0].shape == (64, 64)
        return operation(*args, **(kwargs or {}))


def casts(trained):
    """How often the weight of a layer is cast while it is used five times."""
    layer = torch.nn.Linear(64, 64, bias=False).requires_grad_(trained)
    x = torch.randn(8, 64, requires_grad=True)
    with CountCasts() as counted, torch.autocast("cpu", dtype=torch.bfloat16):
        for _ in range(5):
            layer(x)
    return counted.n


print("trained:", casts(True), "· frozen:", casts(False))
assert (casts(True), casts(False)) == (1, 5), "changed: a frozen weight is kept as well, or neither"
print("as described")
PYTHON
