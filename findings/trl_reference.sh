#!/bin/sh
# Which model is the reference of TRL's DPOTrainer and GRPOTrainer, if none is named?
#
# Guess: a copy of the model that they are given, as it is at the start. That is the reference of both papers.
#
# Seen with trl 1.16.0, transformers 5.23.0, torch 2.13.0: it is loaded anew from the place that the model came from,
# model.config._name_or_path. What was done to the model since then, such as fine-tuning in the same script, is not in
# the reference. Nothing is said. The KL then pulls back to before the fine-tuning, and DPO's first loss is not ln 2.
# Save the model and load it from there, or pass ref_model to DPOTrainer.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 transformers==5.23.0 trl==1.16.0
cd "$folder"
HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error "$folder/venv/bin/python" - <<'PYTHON'
import torch
from datasets import Dataset
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer

words = Tokenizer(WordLevel({f"w{i}": i for i in range(8)}, unk_token="w0"))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="w0", pad_token="w1", eos_token="w2")
config = GPT2Config(
    vocab_size=8, n_positions=16, n_embd=8, n_layer=1, n_head=1, bos_token_id=0, eos_token_id=2, pad_token_id=1
)
GPT2LMHeadModel(config).save_pretrained("base")

model = GPT2LMHeadModel.from_pretrained("base")
with torch.no_grad():  # stands for fine-tuning
    model.transformer.wte.weight.mul_(2)

common = {"output_dir": "out", "per_device_train_batch_size": 2, "use_cpu": True, "bf16": False, "report_to": "none"}
pairs = Dataset.from_list([{"prompt": "w5", "chosen": "w6", "rejected": "w7"}] * 2)
trainers = {
    "DPOTrainer": DPOTrainer(
        model=model, args=DPOConfig(**common), train_dataset=pairs, processing_class=tokenizer
    ),
    "GRPOTrainer": GRPOTrainer(
        model=model, args=GRPOConfig(beta=0.04, num_generations=2, **common), processing_class=tokenizer,
        reward_funcs=lambda completions, **_: [0.0 for _ in completions],
        train_dataset=pairs.select_columns(["prompt"]),
    ),
}
saved = GPT2LMHeadModel.from_pretrained("base").transformer.wte.weight
for name, trainer in trainers.items():
    reference = trainer.ref_model.transformer.wte.weight
    given, loaded = torch.equal(reference, model.transformer.wte.weight), torch.equal(reference, saved)
    print(f"{name}: the reference is the model that was given: {given}; what was saved before: {loaded}")
    assert loaded and not given, f"changed for {name}"
print("as described")
PYTHON
