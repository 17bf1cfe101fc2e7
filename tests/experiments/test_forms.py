"""What is told of results that have another form than recorded ones."""

import pytest

from tests.experiments.forms import misfit

RECORDED = {
    "steps": 400,
    "models": {"tiny": [1.5, 2], "book": [0.5]},
    "runs": [{"way": "full", "loss": 0.25}, {"way": "bag of words"}],
}


@pytest.mark.parametrize(
    "found",
    [
        RECORDED,
        RECORDED | {"steps": 1.5},
        RECORDED | {"models": {"book": [3, 4, 5]}},
        RECORDED | {"runs": [{"way": "LoRA", "loss": 3}]},
    ],
    ids=["the same", "another number", "fewer models", "fewer runs"],
)
def test_smaller_results_fit(found):
    assert misfit(found, RECORDED) is None


@pytest.mark.parametrize(
    ("found", "where"),
    [
        ({"steps": 400, "runs": []}, "has ['runs', 'steps'] where"),
        (RECORDED | {"steps": "400"}, "['steps']: str where a number"),
        (RECORDED | {"steps": True}, "['steps']: bool where a number"),
        (RECORDED | {"models": {}}, "['models']: is empty"),
        (RECORDED | {"models": {"huge": [1]}}, "['models']: has ['huge'] where"),
        (RECORDED | {"models": {"tiny": []}}, "['models']['tiny']: is empty"),
        (RECORDED | {"runs": [{"way": "full", "loss": None}]}, "['runs'][0]"),
        (RECORDED | {"runs": {"full": 1}}, "['runs']: dict where list"),
    ],
)
def test_of_another_form_it_is_told_where(found, where):
    assert where in misfit(found, RECORDED)
