"""The exercises on security, as students answer them: other right ways pass, and natural slips get their own names."""

import pytest
import torch

from lmkit import check


def worst_by_a_loop(losses, may):
    best, found = -1.0, None
    for word, row in enumerate(losses.tolist()):
        for choice, loss in enumerate(row):
            if may[word][choice] and loss > best:
                best, found = loss, (word, choice)
    return found


def success_by_lists(before, after):
    could = [late for early, late in zip(before.tolist(), after.tolist(), strict=True) if early]
    return could.count(False) / len(could)


def robust_by_joining(clean, under):
    return torch.cat([clean[None], under]).min(dim=0).values.float().mean()


RIGHT = {
    "worst_swap": worst_by_a_loop,
    "attack_success": success_by_lists,
    "robust_share": robust_by_joining,
}


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_way_passes(name):
    report = getattr(check, name)(RIGHT[name])
    assert report.ok, str(report)


SLIPS = [
    ("worst_swap", lambda losses, may: divmod(int((losses * may).argmin()), losses.shape[1]), None),
    ("worst_swap", lambda losses, may: divmod(int(losses.argmax()), losses.shape[1]), "forbidden-too"),
    ("attack_success", lambda before, after: 1 - after.float().mean(), None),
    ("attack_success", lambda before, after: after[before].float().mean(), "survived"),
    ("robust_share", lambda clean, under: (clean & under).float().mean(), "mean-of-attackers"),
    ("robust_share", lambda clean, under: (clean & under).float().mean(dim=1).min(), None),
    ("robust_share", lambda clean, under: under[:, clean].all(dim=0).float().mean(), "of-right-before"),
]


@pytest.mark.parametrize(("name", "answer", "code"), SLIPS)
def test_a_natural_slip_is_refused_and_named_where_it_is_known(name, answer, code):
    report = getattr(check, name)(answer)
    assert not report.ok
    assert code is None or report.codes == (code,)
