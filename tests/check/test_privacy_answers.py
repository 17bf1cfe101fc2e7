"""The exercises on privacy, as students answer them: other right ways pass, and natural slips get their own names."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from lmkit import check


def bits_by_sorting(scores, secret):
    places = sorted(range(len(scores)), key=lambda i: (-scores[i].item(), i == secret))
    return math.log2(len(scores) / (1 + places.index(secret)))


def private_gradient_by_a_loop(gradients, clip, noise, draws):
    total = noise * clip * draws
    for gradient in gradients:
        length = gradient.norm().item()
        total = total + (gradient if length <= clip else gradient * clip / length)
    return total / len(gradients)


def found_by_scikit_learn(members, others, rate):
    labels = np.r_[np.ones(len(members)), np.zeros(len(others))]
    false, true, _ = roc_curve(labels, np.r_[members.numpy(), others.numpy()], drop_intermediate=False)
    return true[false <= rate + 1e-9].max()


def score_by_moments(losses, references):
    mean = references.sum(dim=0) / len(references)
    spread = ((references - mean) ** 2).mean(dim=0).sqrt()
    return -(losses - mean) / spread


def noise_by_parts(sensitivity, epsilon, delta):
    return sensitivity / epsilon * (2 * (math.log(1.25) - math.log(delta))) ** 0.5


def near_duplicate_by_strings(one, other, n):
    def runs(text):
        words = text.casefold().split()
        return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}

    shared = len(runs(one) & runs(other))
    return shared / (len(runs(one)) + len(runs(other)) - shared)


RIGHT = {
    "bits_exposed": bits_by_sorting,
    "clip_and_noise": private_gradient_by_a_loop,
    "found_at": found_by_scikit_learn,
    "calibrated_score": score_by_moments,
    "gaussian_noise": noise_by_parts,
    "near_duplicate": near_duplicate_by_strings,
}


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_way_passes(name):
    report = getattr(check, name)(RIGHT[name])
    assert report.ok, str(report)


def clip_the_mean(gradients, clip, noise, draws):
    mean = gradients.mean(dim=0)
    return mean * min(1.0, clip / mean.norm().item()) + noise * clip * draws / len(gradients)


def bits_by_argsort(scores, secret):
    return math.log2(len(scores)) - math.log2(1 + scores.argsort(descending=True)[secret])


def near_duplicate_by_letters(one, other, n):
    a, b = ({text.lower()[i : i + n] for i in range(len(text) - n + 1)} for text in (one, other))
    return len(a & b) / len(a | b)


SLIPS = [
    ("bits_exposed", bits_by_argsort, "argsort-misread"),
    ("clip_and_noise", clip_the_mean, "mean-clipped"),
    ("found_at", lambda m, o, rate: float((m > o.quantile(rate)).float().mean()), None),
    ("calibrated_score", lambda x, r: (r.mean(dim=0) - x) / r.std(dim=0), "spread-of-a-sample"),
    ("gaussian_noise", lambda s, e, d: s * math.sqrt(2 * math.log(1 / d)) / e, "without-1.25"),
    ("near_duplicate", near_duplicate_by_letters, "letters"),
]


@pytest.mark.parametrize(("name", "answer", "code"), SLIPS)
def test_a_natural_slip_is_refused_and_named_where_it_is_known(name, answer, code):
    report = getattr(check, name)(answer)
    assert not report.ok
    assert code is None or report.codes == (code,)
