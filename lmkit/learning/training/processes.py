"""Several processes that train one model together, each on its share of every batch. Started by torchrun.

DDP gives each process a copy of the model; FSDP2 gives each a share of every weight, and gathers a block's weights only
while it is at work. Both average the gradients of all processes.
"""

import atexit
import copy
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Processes:
    """Which process this is, and of how many."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """Average a number over all processes."""
        if self.count > 1:
            dist.all_reduce(value)
        return value / self.count

    def agree(self, value: str) -> str:
        """Have every process take the first one's word for it."""
        words = [value]
        if self.count > 1:
            dist.broadcast_object_list(words)
        return words[0]


def join(device: torch.device) -> Processes:
    """Join the other processes, if torchrun started several; otherwise be the only one."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes()
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(dist.destroy_process_group)
    return Processes(dist.get_rank(), count)


def spread(model: nn.Module, processes: Processes, sharded: bool) -> tuple[nn.Module, nn.Module]:
    """Prepare a model for several processes, all with the weights of the first.

    Returns:
        The module to call in training, whose gradients are averaged; and the one that holds the weights, by the names
        that they have in `model`. Alone, both are `model` itself. Sharded, both are a copy.

    Source: Li et al. 2020 (DDP), section 3; Zhao et al. 2023 (FSDP), section 3.
    """
    if processes.count == 1:
        return model, model
    for tensor in (*model.parameters(), *model.buffers()):
        dist.broadcast(tensor.detach(), 0)
    if not sharded:
        return nn.parallel.DistributedDataParallel(model), model
    shards = _shard(copy.deepcopy(model))
    return shards, shards


def _shard(model: nn.Module) -> nn.Module:
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(next(model.parameters()).device.type, (dist.get_world_size(),))
    for block in model.blocks:
        fully_shard(block, mesh=mesh)
    return fully_shard(model, mesh=mesh, reshard_after_forward=True)  # else the weights are whole after an evaluation


def whole(tensor: Tensor) -> Tensor:
    """Put the shares of a tensor together; a whole one is given back as it is."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def share(tensor: Tensor, like: Tensor) -> Tensor:
    """Take the share of a whole tensor that another tensor has of its own."""
    if not hasattr(like, "full_tensor"):
        return tensor.to(like.device)
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)
