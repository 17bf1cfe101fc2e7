"""Stand-ins for what the library PEFT makes of a model: they look like it from outside."""

from types import SimpleNamespace

from torch import nn


class Adapted(nn.Module):
    """What peft.PeftModel looks like from outside: a wrapper around a tuner, which holds the model."""

    def __init__(self, model, is_prompt_learning=False):
        super().__init__()
        self.base_model, self.config = nn.ModuleDict({"model": model}), model.config
        self.active_peft_config = SimpleNamespace(is_prompt_learning=is_prompt_learning)

    def get_base_model(self):
        return self.base_model["model"]

    def forward(self, *inputs, **options):
        return self.base_model["model"](*inputs, **options)


class LowRank(nn.Module):
    """A layer with a small one beside it, as peft puts in its place."""

    def __init__(self, layer, n_in, n_out):
        super().__init__()
        self.base_layer, self.down, self.up = layer, nn.Linear(n_in, 2), nn.Linear(2, n_out)

    def forward(self, x):
        return self.base_layer(x) + self.up(self.down(x))
