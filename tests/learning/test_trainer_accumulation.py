"""How the Trainer of transformers weighs the pieces of a batch: what chapter 06 says of it, at the pinned version."""

import copy

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

IGNORED = -100
PIECES = [  # the means of x where a label asks are 1 and 6; over all five labels it is 2
    {"x": torch.tensor([1.0, 1.0, 1.0, 1.0]), "labels": torch.tensor([0, 0, 0, 0])},
    {"x": torch.tensor([6.0, 9.0, 9.0, 9.0]), "labels": torch.tensor([0, IGNORED, IGNORED, IGNORED])},
]


class Plain(nn.Module):
    """A module of one's own, whose loss is a mean: a step of SGD at rate 1 moves its weight by the mean of x."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, x, labels):
        return {"loss": -(self.weight * x)[labels != IGNORED].mean()}


class Ignoring(Plain):
    def forward(self, x, labels, **kwargs):
        return super().forward(x, labels)


class Dividing(Plain):
    def forward(self, x, labels, num_items_in_batch=1, **kwargs):
        return {"loss": -(self.weight * x)[labels != IGNORED].sum() / num_items_in_batch}


def one_step(model, pieces, folder):
    """Take one step of SGD at rate 1, and give how far each weight went: minus its gradient."""
    before = copy.deepcopy(model)
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=len(pieces),
        max_steps=1,
        optim="sgd",
        learning_rate=1.0,
        lr_scheduler_type="constant",
        max_grad_norm=0.0,
        save_strategy="no",
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
    )
    Trainer(model=model, args=arguments, train_dataset=pieces).train()
    return [after - old for after, old in zip(model.parameters(), before.parameters(), strict=True)]


@pytest.mark.parametrize(
    ("kind", "moved"),
    [(Plain, (1 + 6) / 2), (Ignoring, 1 + 6), (Dividing, (4 * 1 + 6) / 5)],
    ids=["divided by the pieces", "not divided", "divided by the labels"],
)
def test_how_the_trainer_divides_hangs_on_the_signature_of_forward(kind, moved, tmp_path):
    (step,) = one_step(kind(), PIECES, tmp_path)
    assert step.item() == pytest.approx(moved)


def test_a_bert_classifier_takes_steps_as_many_times_too_large_as_there_are_pieces(tmp_path):
    sizes = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    without = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = BertForSequenceClassification(BertConfig(vocab_size=20, num_labels=2, **sizes, **without))
    texts, labels = torch.arange(20).reshape(4, 5), torch.tensor([0, 1, 0, 1])
    whole = copy.deepcopy(model)
    whole(input_ids=texts, labels=labels).loss.backward()
    pieces = [{"input_ids": text, "labels": label} for text, label in zip(texts, labels, strict=True)]
    for moved, weight in zip(one_step(model, pieces, tmp_path), whole.parameters(), strict=True):
        torch.testing.assert_close(moved, -4 * weight.grad, rtol=1e-3, atol=1e-5)
