"""The ranks of LoRA that are recorded are those of the chapter, and none is shown to be better."""

from lmkit import load
from lmkit.evaluation import wilson
from lmkit.experiments import finetuning, ranks, recorded
from lmkit.finetuning import count_trained


def test_no_rank_is_shown_to_be_better_and_draws_differ_more_than_ranks():
    results = recorded("ranks")["results"]
    assert [one["rank"] for one in results["ranks"]] == list(ranks.RANKS)
    means = [sum(one["right"]) / len(one["right"]) for one in results["ranks"]]
    low, high = zip(*(wilson(round(mean), results["test"]) for mean in means), strict=True)
    assert max(low) < min(high)
    assert max(means) - min(means) < min(max(one["right"]) - min(one["right"]) for one in results["ranks"])


def test_the_numbers_that_train_are_those_of_a_model_with_that_rank():
    for one in recorded("ranks")["results"]["ranks"]:
        model = finetuning.prepare(load("book"), "LoRA", 0, one["rank"])
        assert count_trained(model) == one["trained"]


def test_rank_4_is_the_run_that_the_chapter_shows_beside_the_other_ways():
    ways = recorded("answering")["results"]["holder"]["grid"]
    before = [one["test"] for one in ways if (one["way"], one["labels"]) == ("LoRA", ranks.LABELS)]
    assert [one["right"] for one in recorded("ranks")["results"]["ranks"] if one["rank"] == finetuning.RANK] == [before]
