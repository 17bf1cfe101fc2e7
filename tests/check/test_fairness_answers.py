"""Answers to the exercises on fairness, as students write them: right ones pass, wrong ones are told why."""

import re

import pytest
import torch

from lmkit import check


def swap_by_a_mark(text, one, other):
    def put(old, new, text):
        return re.sub(rf"\b{re.escape(old)}\b", new, text)

    return put(one, other, put(other, "\0", text)).replace("\0", one)


def swap_word_by_word(text, one, other):
    pieces = re.split(r"(\w+)", text)
    return "".join(other if piece == one else one if piece == other else piece for piece in pieces)


def gap_by_softmax(logits_a, logits_b, bad, good):
    a, b = logits_a.softmax(0), logits_b.softmax(0)
    return torch.log(a[bad].sum() / a[good].sum() / (b[bad].sum() / b[good].sum()))


def removed_one_by_one(streams, direction):
    rows = [row - (row @ direction) / (direction @ direction) * direction for row in streams]
    return torch.stack(rows)


def removed_by_a_matrix(streams, direction):
    unit = direction / direction.norm()
    return streams @ (torch.eye(len(unit)) - torch.outer(unit, unit))


def rates_by_counting(answers, labels, group):
    found = [sum(a * y * (g == n) for a, y, g in zip(answers, labels, group, strict=True)) for n in (0, 1)]
    due = [sum(y * (g == n) for y, g in zip(labels, group, strict=True)) for n in (0, 1)]
    return found[1] / due[1] - found[0] / due[0]


def rate_of_a_table(base_rate, predictive_value, false_negative_rate):
    hit = base_rate * (1 - false_negative_rate)
    return (hit / predictive_value - hit) / (1 - base_rate)


RIGHT = [
    ("swap_groups", swap_by_a_mark),
    ("swap_groups", swap_word_by_word),
    ("log_odds_gap", gap_by_softmax),
    ("project_out", removed_one_by_one),
    ("project_out", removed_by_a_matrix),
    ("equal_opportunity", rates_by_counting),
    ("implied_fpr", rate_of_a_table),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_in_other_words_passes(exercise, answer):
    report = getattr(check, exercise)(answer)
    assert report.ok, str(report)


WRONG = [
    ("swap_groups", "one-after-the-other", lambda t, a, b: t.replace(a, b).replace(b, a)),
    ("log_odds_gap", "logits-averaged", lambda a, b, x, y: a[x].mean() - a[y].mean() - (b[x].mean() - b[y].mean())),
    ("project_out", "not-of-length-one", lambda x, d: x - (x @ d).unsqueeze(1) * d),
    ("project_out", "direction-subtracted", lambda x, d: x - d / d.norm()),
    (
        "equal_opportunity",
        "demographic-parity",
        lambda a, y, g: a[g == 1].float().mean() - a[g == 0].float().mean(),
    ),
    ("implied_fpr", "rate-for-odds", lambda p, v, m: p * (1 - v) / v * (1 - m)),
]


@pytest.mark.parametrize(("exercise", "code", "answer"), WRONG)
def test_a_wrong_answer_is_told_its_mistake(exercise, code, answer):
    assert getattr(check, exercise)(answer).codes == (code,)
