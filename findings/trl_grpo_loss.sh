#!/bin/sh
# Does TRL's GRPOTrainer, with its defaults, train by the loss of the paper that it is named after?
#
# Guess: yes, but for the penalty (beta is 0 by default, which is documented): equation 3 of Shao et al. 2024, where
# each answer counts alike, with advantages (r - mean) / std as numpy and the paper's group statistics give them.
#
# Seen with trl 1.16.0, transformers 5.23.0, torch 2.13.0: no.
#   defaults              each TOKEN of the batch counts alike (loss_type "dapo"): long answers weigh more
#   loss_type="grpo"      each answer counts alike
#   both                  std divides by n - 1: with groups of 6, gradients are 9 % shorter than with n
# Between the defaults and equation 3, the gradient of one step differs by four fifths of its length, in this example.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 transformers==5.23.0 trl==1.16.0
cd "$folder"
HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import copy

import torch
from datasets import Dataset
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

ANSWERS, LONGEST, PROMPT = 6, 12, [5, 6, 7]
words = Tokenizer(WordLevel({f"w{i}": i for i in range(12)}, unk_token="w0"))
words.pre_tokenizer = WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=words, unk_token="w0", pad_token="w1", eos_token="w2", padding_side="left"
)
torch.manual_seed(0)
config = GPT2Config(
    vocab_size=12, n_positions=32, n_embd=16, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=2, pad_token_id=1,
    resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
)
start = GPT2LMHeadModel(config)
drawn = []


def reward(completion_ids, **_):
    """Note the answers; any rewards that differ will do."""
    drawn[:] = completion_ids
    return [float(len(ids) + 3 * (ids[0] % 2)) for ids in completion_ids]


def one_step(**options):
    """Minus how far one step of SGD at rate 1 moves the weights."""
    model = copy.deepcopy(start)
    arguments = GRPOConfig(
        output_dir="out", per_device_train_batch_size=ANSWERS, num_generations=ANSWERS, max_completion_length=LONGEST,
        max_steps=1, optim="sgd", learning_rate=1.0, lr_scheduler_type="constant", max_grad_norm=0.0, seed=3,
        gradient_checkpointing=False, save_strategy="no", logging_strategy="no", use_cpu=True, bf16=False,
        report_to="none", disable_tqdm=True, **options,
    )
    prompts = Dataset.from_list([{"prompt": " ".join(f"w{i}" for i in PROMPT)}] * ANSWERS)
    GRPOTrainer(
        model=model, reward_funcs=reward, args=arguments, train_dataset=prompts, processing_class=tokenizer
    ).train()
    return torch.cat([(a - b).flatten() for a, b in zip(start.parameters(), model.parameters())]).detach()


def by_hand(each_answer_alike, correction):
    """The gradient for the answers that were drawn last. At the first step the ratio is 1, and the KL has no slope."""
    model, rewards = copy.deepcopy(start), torch.tensor(reward(list(drawn)))
    advantages = (rewards - rewards.mean()) / rewards.std(correction=correction)
    rows = [torch.tensor([PROMPT + list(ids)]) for ids in drawn]
    logs = [model(row).logits[0, 2:-1].log_softmax(-1).gather(-1, row[0, 3:, None])[:, 0] for row in rows]
    if each_answer_alike:
        loss = -torch.stack([a * log.mean() for a, log in zip(advantages, logs)]).mean()
    else:
        loss = -sum(a * log.sum() for a, log in zip(advantages, logs)) / sum(map(len, logs))
    loss.backward()
    return torch.cat([weight.grad.flatten() for weight in model.parameters()])


for name, options, alike in (("defaults", {}, False), ('loss_type="grpo"', {"loss_type": "grpo"}, True)):
    moved = one_step(**options)
    ways = {(each, n): by_hand(each, n) for each in (True, False) for n in (0, 1)}
    apart = {way: ((moved - wanted).norm() / wanted.norm()).item() for way, wanted in ways.items()}
    print(f"{name}: lengths of the answers {[len(ids) for ids in drawn]}")
    for (each, n), distance in apart.items():
        print(f"  each {'answer' if each else 'token '} alike, std over n - {n}: {distance:.4f} of its length away")
    assert apart[alike, 1] < 1e-3, f"changed: {name} is not what is described"
    assert all(distance > 0.05 for way, distance in apart.items() if way != (alike, 1)), f"{name}: not told apart"
print("as described")
PYTHON
