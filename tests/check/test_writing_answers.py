"""The exercises on writing, as students answer them: other right ways pass, and natural slips get their own names."""

import pytest
import torch

from lmkit import check


def temperature_by_powers(logits, t):
    powers = torch.softmax(logits, dim=1) ** (1 / t)
    return powers / powers.sum(dim=1, keepdim=True)


def top_p_by_a_loop(probabilities, p):
    kept, total = torch.zeros(len(probabilities)), 0.0
    for i in sorted(range(len(probabilities)), key=lambda i: -probabilities[i].item()):
        if total >= p:
            break
        kept[i] = probabilities[i]
        total += probabilities[i].item()
    return kept / total


def penalize_by_a_loop(logits, tokens, penalty):
    logits = logits.clone()
    for token in set(tokens.tolist()):
        logits[token] = logits[token] / penalty if logits[token] > 0 else logits[token] * penalty
    return logits


def beam_step_by_lists(scores, log_p, n_beams):
    ways = [(scores[r].item() + log_p[r, t].item(), r, t) for r in range(len(scores)) for t in range(log_p.shape[1])]
    best = sorted(ways, reverse=True)[:n_beams]
    scores, rows, tokens = zip(*best, strict=True)
    return torch.tensor(rows), torch.tensor(tokens), torch.tensor(scores)


def keep_or_redraw_by_minimum(p, q):
    rest = p - torch.minimum(p, q)
    return torch.minimum(p, q) / q, rest / rest.sum()


def may_follow_by_a_loop(written, sentences):
    words = []
    for sentence in sentences:
        if len(sentence) > len(written) and all(a == b for a, b in zip(written, sentence, strict=False)):
            if sentence[len(written)] not in words:
                words.append(sentence[len(written)])
    return words


RIGHT = {
    "temperature": temperature_by_powers,
    "top_p": top_p_by_a_loop,
    "penalize": penalize_by_a_loop,
    "beam_step": beam_step_by_lists,
    "keep_or_redraw": keep_or_redraw_by_minimum,
    "may_follow": may_follow_by_a_loop,
}


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_way_passes(name):
    report = getattr(check, name)(RIGHT[name])
    assert report.ok, str(report)


def top_p_without_the_last(probabilities, p):
    ordered, ids = probabilities.sort(descending=True)
    ordered[ordered.cumsum(0) > p] = 0
    return torch.zeros_like(probabilities).scatter(0, ids, ordered / ordered.sum().clamp(min=1e-9))


WRONG = [
    ("temperature", lambda z, t: z.softmax(-1) / t, "divided-after"),
    ("temperature", lambda z, t: (z / t).softmax(0), "over-texts"),
    ("top_p", top_p_without_the_last, "the-one-that-reaches-it-left-out"),
    ("penalize", lambda z, tokens, penalty: z.scatter(0, tokens, z[tokens] / penalty), "below-0-divided"),
    ("keep_or_redraw", lambda p, q: ((p / q).clamp(max=1), p), "drawn-from-p"),
    ("may_follow", lambda w, s: [x[len(w)] for x in s if len(x) > len(w) and x[: len(w)] == w], "words-twice"),
]


@pytest.mark.parametrize(("name", "answer", "code"), WRONG)
def test_a_natural_slip_is_named(name, answer, code):
    assert getattr(check, name)(answer).codes == (code,)
