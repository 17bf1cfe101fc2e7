"""Right values are not enough: what comes back through an answer is held against the right answer's."""

import math

import pytest
import torch
import torch.nn.functional as F

from lmkit import check
from lmkit.check import EXERCISES
from lmkit.check.gradients import differs, way_back
from lmkit.check.judging import judge


def attention(cut_query=lambda t: t, cut_weights=lambda t: t, cut_value=lambda t: t):
    """Right attention, in which one thing may be cut out of torch's graph."""

    def answer(query, key, value, may_attend=None):
        scores = cut_query(query) @ key.mT / math.sqrt(query.shape[-1])
        if may_attend is not None:
            scores = scores.masked_fill(~may_attend, -1e9)
        weights = cut_weights(scores.softmax(-1))
        return weights @ cut_value(value), weights

    return answer


def through_numpy(tensor):
    return torch.from_numpy(tensor.detach().numpy())


CUTS = [torch.Tensor.detach, lambda tensor: tensor.data, through_numpy]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("place", "named"), [("cut_query", "`query`"), ("cut_weights", "`query` and `key`")])
def test_a_cut_half_way_is_found_and_the_inputs_behind_it_are_named(cut, place, named):
    report = check.attention(attention(**{place: cut}))
    assert report.codes == ("another-gradient",)
    assert f"through your function to {named} is not" in str(report)


def test_a_cut_is_found_beside_a_known_mistake():
    def answer(query, key, value, may_attend=None):
        weights = (query @ key.mT).softmax(-1) if may_attend is None else None
        weights = (query @ key.mT).masked_fill(~may_attend, -1e9).softmax(-1) if weights is None else weights
        return weights.detach() @ value, weights.detach()

    assert check.attention(answer).codes == ("not-scaled", "another-gradient")


def test_statistics_without_gradients_are_found():
    def answer(x, gain, bias, eps):
        with torch.no_grad():
            mean, variance = x.mean(-1, keepdim=True), x.var(-1, correction=0, keepdim=True)
        return gain * (x - mean) / (variance + eps).sqrt() + bias

    assert check.layer_norm(answer).codes == ("another-gradient",)


def test_a_detached_branch_is_found():
    def answer(x):
        return x * torch.special.ndtr(x.detach())

    assert check.gelu(answer).codes == ("another-gradient",)


@pytest.mark.parametrize(
    "scores",
    [
        F.softmax,
        lambda s, dim: (
            (s - s.amax(dim, keepdim=True)).exp().div((s - s.amax(dim, keepdim=True)).exp().sum(dim, keepdim=True))
        ),
        lambda s, dim: s.log_softmax(dim).exp(),
    ],
)
def test_another_way_to_the_same_formula_has_the_same_gradient(scores):
    def answer(query, key, value, may_attend=None):
        weights = query @ key.mT / math.sqrt(query.shape[-1])
        if may_attend is not None:
            weights = weights.masked_fill(~may_attend, -1e9)
        weights = scores(weights, dim=-1)
        return weights @ value, weights

    for seed in range(10):
        assert check.attention(answer, seed).ok


torch.optim.SGD([torch.zeros(1)], lr=1.0)  # the first loads half of torch, for longer than a call may take
GRADIENTS = [e for e in EXERCISES.values() if way_back(e.family, e.probes(0)[0]).exists]


def test_exercises_that_compute_with_tensors_of_numbers_ask_for_gradients():
    assert {"attention", "split_heads", "feed_forward", "gelu", "layer_norm", "rotate", "next_token_loss"} <= {
        exercise.id for exercise in GRADIENTS
    }


@pytest.mark.parametrize("exercise", GRADIENTS, ids=lambda e: e.id)
def test_the_first_floating_input_cannot_be_detached_unseen(exercise):
    """Neither in the right answer nor beside a known mistake."""

    def detached(function):
        def answer(*args):
            first = next(i for i, arg in enumerate(args) if isinstance(arg, torch.Tensor) and arg.is_floating_point())
            return function(*args[:first], args[first].detach(), *args[first + 1 :])

        return answer

    for mistakes in ((), *exercise.combinations(1)):
        report = judge(exercise, detached(exercise.variant(mistakes)))
        if mistakes and not moves(exercise, mistakes):
            continue
        assert report.codes[-1] in ("another-gradient", "no-gradient"), report.codes


def moves(exercise, mistakes):
    """Whether with this mistake anything still comes back to the first floating input."""
    for probe in exercise.probes(0):
        found = [g for g in way_back(exercise.variant(mistakes), probe).gradients if g is not None]
        if found and found[0].isfinite().all() and found[0].abs().max() > 0.01:
            return True
    return False


def test_what_is_next_to_nothing_does_not_differ_from_nothing():
    assert not differs(torch.full((3,), 5e-6), torch.zeros(3))
    assert differs(torch.full((3,), 5e-3), torch.zeros(3))
