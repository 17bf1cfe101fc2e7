#!/bin/sh
# Does a Falcon model with ALiBi, such as Falcon RW 1B, compute the same with eager attention as with PyTorch's?
#
# Guess: yes, within rounding. The two implementations of a model differ in speed, and in whether weights can be asked for.
#
# Seen with transformers 5.23.0, torch 2.13.0: no. With `alibi=True` the bias for distance is put into the mask, which
# both add to the scores; eager attention then adds it once more. So whoever asks for the weights, which only eager
# attention gives, gets those of another model, and nothing is said. Without ALiBi, as in Falcon 7B, both agree.
# Measured on a model whose queries are 0, so that the bias alone decides: its slope in the weights is twice what it
# should be.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 transformers==5.23.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import math

import torch
from transformers import FalconConfig, FalconForCausalLM

HEADS, WIDTH = 4, 32
tokens = torch.arange(1, 13)[None]


def falcon(alibi: bool, attention: str) -> FalconForCausalLM:
    torch.manual_seed(0)
    config = FalconConfig(
        vocab_size=50, hidden_size=HEADS * WIDTH, num_hidden_layers=1, num_attention_heads=HEADS, alibi=alibi,
        multi_query=False, new_decoder_architecture=False, initializer_range=0.2, attn_implementation=attention,
    )
    return FalconForCausalLM(config).eval()


@torch.no_grad()
def apart(alibi: bool) -> float:
    eager, fused = (falcon(alibi, name)(tokens, use_cache=False).logits for name in ("eager", "sdpa"))
    return (eager - fused).abs().max().item()


@torch.no_grad()
def times_the_bias() -> float:
    model = falcon(True, "eager")
    model.transformer.h[0].self_attention.query_key_value.weight.zero_()
    weights = model(tokens, use_cache=False, output_attentions=True).attentions[0][0, 0, -1]
    slope = 2 ** (-8 / HEADS)  # of the first head, in Press et al. 2021
    return (weights[1:].log() - weights[:-1].log()).mean().item() / (slope / math.sqrt(WIDTH))


without, with_alibi, times = apart(False), apart(True), times_the_bias()
print(f"largest difference of logits without ALiBi: {without:.1e}")
print(f"largest difference of logits with ALiBi:    {with_alibi:.2f}")
print(f"eager attention adds the bias:              {times:.2f} times")
assert without < 1e-4, "eager and fused attention differ without ALiBi too"
assert with_alibi > 0.01, "eager and fused attention agree with ALiBi now"
assert abs(times - 2) < 0.05, "eager attention does not add the bias twice any more"
print("as described")
PYTHON
