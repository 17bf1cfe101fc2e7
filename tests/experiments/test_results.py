"""What the recorded experiments must show, if the text of the chapters is to be true."""

import itertools

from lmkit.experiments import recorded
from lmkit.learning.evaluation import wilson


def test_a_pretrained_bert_beats_a_random_one_by_twenty_points_and_their_intervals_part():
    found = recorded("snippets")["results"]
    n = found["sizes"]["test"]
    right = {
        start: [run["right"] for run in found["runs"] if run["start"] == start] for start in ("pretrained", "random")
    }
    assert all(right.values())
    for one, other in itertools.product(*right.values()):
        assert (one - other) / n >= 0.20
        assert wilson(one, n)[0] > wilson(other, n)[1]


def test_what_is_recorded_of_a_run_agrees_with_itself():
    found = recorded("snippets")["results"]
    for run in found["runs"]:
        assert sum(map(sum, run["confusion"])) == found["sizes"]["test"]
        assert sum(part["n"] for part in run["calibration"]) == found["sizes"]["test"]
        assert run["confusion"][0][0] + run["confusion"][1][1] == run["right"]
        assert sum(part["right"] for part in run["calibration"]) == run["right"]


def test_each_random_bert_gives_one_answer_for_all_snippets_and_not_always_the_same():
    runs = [run for run in recorded("snippets")["results"]["runs"] if run["start"] == "random"]
    answers = [tuple(any(column) for column in zip(*run["confusion"], strict=True)) for run in runs]
    assert set(answers) == {(True, False), (False, True)}


def test_lora_trains_three_per_cent_of_the_weights_at_most():
    trained = recorded("finetuning")["results"]["trained"]
    assert trained["LoRA"] <= 0.03 * trained["full"]


def parts(one, other, n):
    """Whether the intervals of two mean counts of right answers part, the first one above."""
    return wilson(one, n)[0] > wilson(other, n)[1]


def mean_right(results, way, labels, test="test"):
    found = [run[test] for run in results["grid"] if (run["way"], run["labels"]) == (way, labels)]
    assert len(found) == 3
    return round(sum(found) / 3)


def test_what_the_chapter_ranks_on_who_has_it_parts():
    found = recorded("answering")["results"]
    holder, asked = found["holder"], found["asked"]["test"]
    n = holder["tests"]["test"]
    right = {(way, labels): mean_right(holder, way, labels) for way in holder["trained"] for labels in (50, 200, 1000)}
    assert all(parts(asked, right[way, 50], n) for way in ("LoRA", "full"))
    assert [run for run in right if parts(right[run], asked, n)] == [("LoRA", 1000)]
    for labels in (50, 200, 1000):
        assert parts(right["LoRA", labels], right["head only", labels], n)
        assert not parts(right["LoRA", labels], right["full", labels], n)
        assert right["LoRA", labels] >= right["full", labels] - 0.02 * n


def test_from_nothing_and_by_words_little_is_learned_of_who_has_it_and_nothing_where_it_changed_hands():
    found = recorded("answering")["results"]
    for name, n in found["holder"]["tests"].items():
        for way in ("scratch", "bag of words"):
            right = mean_right(found["holder"], way, 1000, name)
            assert parts(right, found["largest"][name], n) == (name == "test")
            assert right < 0.7 * n


def test_nobody_judges_an_answer_better_than_a_coin():
    judge = recorded("answering")["results"]["judge"]
    n = judge["tests"]["test"]
    for way in judge["trained"]:
        low, high = wilson(mean_right(judge, way, 200), n)
        assert low < 0.5 < high


def test_what_the_chapter_ranks_on_endings_parts():
    found = recorded("finetuning")["results"]
    n = found["tests"]["test"]
    from_nothing = mean_right(found, "scratch", 1000)
    for way in ("LoRA", "full"):
        assert parts(mean_right(found, way, 200), from_nothing, n)
        assert mean_right(found, way, 50) > from_nothing
        assert not parts(mean_right(found, way, 50), from_nothing, n)
    for labels in (50, 200, 1000):
        assert not parts(from_nothing, mean_right(found, "bag of words", 1000), n)
        assert abs(mean_right(found, "LoRA", labels) - mean_right(found, "full", labels)) <= 0.01 * n


def test_a_thousand_stories_show_most_neurons_of_all_layers_but_the_last_what_all_stories_show():
    found = recorded("neurons")["results"]
    assert found["read"]["sample"][0] == 1000 and found["read"]["whole"][0] == 200_000
    *below, last = found["same"]
    assert min(below) > 0.6 and last < 0.5
    assert found["peak"][1] > 0.9


def test_who_has_what_the_causal_model_knows_better_by_less_than_names_of_unlike_length_suggest():
    found = recorded("lengths")["results"]
    share = {
        (name, kind): found[name][kind] / n for kind, n in found["pairs"].items() for name in ("book", "book-masked")
    }
    ahead = share["book", "equal"] - share["book-masked", "equal"]
    assert 0.05 < ahead < 0.11
    assert parts(found["book"]["equal"], found["book-masked"]["equal"], found["pairs"]["equal"])
    of_all = [sum(found[name].values()) / sum(found["pairs"].values()) for name in ("book", "book-masked")]
    assert of_all[0] - of_all[1] > ahead + 0.06
    assert share["book-masked", "right longer"] < 0.3 and share["book-masked", "wrong longer"] > 0.8
    assert abs(share["book", "right longer"] - share["book", "wrong longer"]) < 0.06
