"""The ranks of LoRA that are recorded are those of the chapter, and none is shown to be better."""

import copy

import torch

from lmkit import finetuning, load, lora
from lmkit.evaluation import wilson
from lmkit.experiments import ranks, recorded
from lmkit.experiments.finetuning import ADAPTED


def test_no_rank_is_shown_to_be_better_and_draws_differ_more_than_ranks():
    results = recorded("ranks")["results"]
    assert [one["rank"] for one in results["ranks"]] == list(ranks.RANKS)
    means = [sum(one["right"]) / len(one["right"]) for one in results["ranks"]]
    low, high = zip(*(wilson(round(mean), results["test"]) for mean in means), strict=True)
    assert max(low) < min(high)
    assert max(means) - min(means) < min(max(one["right"]) - min(one["right"]) for one in results["ranks"])


def test_the_numbers_that_train_are_those_of_a_model_with_that_rank():
    for one in recorded("ranks")["results"]["ranks"]:
        model = finetuning.Classifier(copy.deepcopy(load("book").model), n_classes=2, generator=torch.Generator())
        lora.add(model.body, ADAPTED, rank=one["rank"], alpha=float(ranks.ALPHA), generator=torch.Generator())
        assert finetuning.count_trained(model) == one["trained"]
