"""What the recorded experiments on fine-tuning must show, if the text of the chapter is to be true."""

import itertools

from lmkit.evaluation import wilson
from lmkit.experiments import recorded


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


def test_lora_trains_three_per_cent_of_the_weights_at_most():
    trained = recorded("finetuning")["results"]["trained"]
    assert trained["LoRA"] <= 0.03 * trained["full"]
