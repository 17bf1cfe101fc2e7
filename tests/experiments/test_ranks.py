"""The ranks of LoRA that are recorded are those of the chapter, none is shown to be better, nor is dividing by them."""

from lmkit import load
from lmkit.experiments import finetuning, ranks, recorded
from lmkit.learning.evaluation import wilson
from lmkit.learning.finetuning import count_trained


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


def test_in_the_control_the_strength_is_that_of_rank_4_and_all_else_is_as_it_was():
    results = recorded("ranks")["results"]
    divided = {one["rank"]: one for one in results["ranks"]}
    assert {one["rank"]: one["alpha"] for one in results["ranks"]} == dict.fromkeys(ranks.RANKS, finetuning.ALPHA)
    assert [one["rank"] for one in results["not divided"]] == [rank for rank in ranks.RANKS if rank != finetuning.RANK]
    for one in results["not divided"]:
        assert one["alpha"] / one["rank"] == finetuning.ALPHA / finetuning.RANK
        assert one["trained"] == divided[one["rank"]]["trained"]


def test_without_the_division_every_run_is_worse_by_little_and_no_interval_parts():
    results = recorded("ranks")["results"]
    divided = {one["rank"]: one["right"] for one in results["ranks"]}
    for one in results["not divided"]:
        before, n = divided[one["rank"]], results["test"]
        assert all(with_it > without for with_it, without in zip(before, one["right"], strict=True))
        lost = (sum(before) - sum(one["right"])) / 3 / n
        assert round(lost, 2) == {1: 0.03, 16: 0.01}[one["rank"]]
        assert wilson(round(sum(before) / 3), n)[0] < wilson(round(sum(one["right"]) / 3), n)[1]
