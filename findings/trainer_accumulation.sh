#!/bin/sh
# With gradient accumulation, does the Trainer of transformers give the gradient of the whole batch?
#
# Guess: since the repair of October 2024, yes; at worst, for a module of one's own, the mean of the pieces' means.
#
# Seen with transformers 5.23.0, accelerate 1.15.0, torch 2.13.0: it depends on the signature of forward.
#   without **kwargs                      the mean of the pieces' means, as before the repair
#   with **kwargs, and they are ignored   the SUM of the pieces' means: n pieces, gradients n times as large
#   BertForSequenceClassification         the same as the line above: its forward takes **kwargs, its loss ignores them
# Nothing is said. AdamW hides most of it; SGD does not. `loss_is_scaled_for_ga`, documented in the
# docstring of Trainer, overrules the guess.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 transformers==5.23.0 accelerate==1.15.0
cd "$folder"
HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error "$folder/venv/bin/python" - <<'PYTHON'
import copy

import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments


class Plain(nn.Module):
    """The gradient of its loss is minus the mean of x where a label asks."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, x, labels):
        return {"loss": -(self.weight * x)[labels != -100].mean()}


class Ignoring(Plain):
    """The same, and its forward takes **kwargs."""

    def forward(self, x, labels, **kwargs):
        return super().forward(x, labels)


def gradient(model, pieces):
    """Minus how far one step of SGD at rate 1 moves the weights, one piece at a time."""
    before = copy.deepcopy(model)
    arguments = TrainingArguments(
        output_dir="out", per_device_train_batch_size=1, gradient_accumulation_steps=len(pieces), max_steps=1,
        optim="sgd", learning_rate=1.0, lr_scheduler_type="constant", max_grad_norm=0.0, save_strategy="no",
        logging_strategy="no", use_cpu=True, report_to="none", disable_tqdm=True,
    )
    Trainer(model=model, args=arguments, train_dataset=pieces).train()
    return torch.cat([(a - b).flatten() for a, b in zip(before.parameters(), model.parameters())]).detach()


pieces = [  # 4 labels with mean 1, and 1 label with mean 6: over all five labels the mean is 2
    {"x": torch.tensor([1.0, 1.0, 1.0, 1.0]), "labels": torch.tensor([0, 0, 0, 0])},
    {"x": torch.tensor([6.0, 9.0, 9.0, 9.0]), "labels": torch.tensor([0, -100, -100, -100])},
]
plain, ignoring = (-gradient(kind(), pieces).item() for kind in (Plain, Ignoring))

torch.manual_seed(0)
config = BertConfig(
    vocab_size=20, num_labels=2, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
bert = BertForSequenceClassification(config)
texts, labels = torch.arange(20).reshape(4, 5), torch.tensor([0, 1, 0, 1])
whole = copy.deepcopy(bert)
whole(input_ids=texts, labels=labels).loss.backward()
wanted = torch.cat([weight.grad.flatten() for weight in whole.parameters()])
given = gradient(bert, [{"input_ids": text, "labels": label} for text, label in zip(texts, labels)])
times = (given @ wanted / (wanted @ wanted)).item()

print(f"a module without **kwargs:     {plain:.2f} (whole batch 2, mean of means 3.5, sum of means 7)")
print(f"a module that ignores them:    {ignoring:.2f}")
print(f"BertForSequenceClassification: {times:.2f} times the gradient of the whole batch, in four pieces")
assert abs(plain - 3.5) < 1e-5 and abs(ignoring - 7) < 1e-5, "changed for a module of one's own"
assert abs(times - 4) < 1e-3 and torch.allclose(given, 4 * wanted, atol=1e-5), "changed for BERT"
print("as described")
PYTHON
