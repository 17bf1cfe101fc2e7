"""Association: log-odds of words after a prompt, by hand and by model, and the gap between two groups."""

import math

import pytest
import torch
from torch import nn

import lmkit
from lmkit.inside.association import first_tokens, gaps, log_odds

BAD, GOOD = ("mean", "rude"), ("kind", "brave")
PROMPTS = ["Zoe lived in Elmby. She was very", "Omar was a little boy. Omar came from Oakby. Everyone said that he was"]


@pytest.fixture(scope="module")
def tiny():
    return lmkit.load("tiny")


def test_log_odds_are_those_of_the_summed_probabilities(tiny):
    found = log_odds(tiny.model, tiny.encode, PROMPTS, BAD, GOOD)
    for prompt, odds in zip(PROMPTS, found, strict=True):
        shares = tiny.model(tiny.encode(prompt))[0, -1].softmax(dim=0)
        of_bad, of_good = (shares[first_tokens(tiny.encode, words, prompt)].sum() for words in (BAD, GOOD))
        torch.testing.assert_close(odds, (of_bad / of_good).log(), rtol=0, atol=1e-4)


def test_what_is_read_together_changes_nothing(tiny):
    alone = [log_odds(tiny.model, tiny.encode, [prompt], BAD, GOOD) for prompt in PROMPTS]
    torch.testing.assert_close(log_odds(tiny.model, tiny.encode, PROMPTS, BAD, GOOD), torch.cat(alone))


def test_kinds_of_words_that_change_places_turn_the_sign(tiny):
    one, other = (log_odds(tiny.model, tiny.encode, PROMPTS, *words) for words in ((BAD, GOOD), (GOOD, BAD)))
    torch.testing.assert_close(one, -other)


def test_the_gap_between_a_prompt_and_itself_is_zero_and_turns_its_sign_with_the_groups(tiny):
    pairs = [(PROMPTS[0], PROMPTS[1]), (PROMPTS[0], PROMPTS[0])]
    found = gaps(tiny.model, tiny.encode, pairs, BAD, GOOD)
    assert abs(found[1]) < 1e-5 and abs(found[0]) > 1e-3
    torch.testing.assert_close(gaps(tiny.model, tiny.encode, [pairs[0][::-1]], BAD, GOOD), -found[:1])


def test_a_model_that_gives_more_than_logits_is_read_as_well():
    class Says(nn.Module):
        def forward(self, tokens):
            rows = torch.tensor([0.0, 1.0, 3.0]).expand(*tokens.shape, 3)
            return type("Output", (), {"logits": rows})()

    found = log_odds(Says(), lambda text: torch.tensor([[len(w) for w in text.split()]]), ["a"], ["a"], ["bb"])
    assert found.item() == pytest.approx(1.0 - 3.0)


def test_words_that_begin_alike_and_empty_lists_are_refused(tiny):
    with pytest.raises(ValueError, match="begin with the same token"):
        log_odds(tiny.model, tiny.encode, PROMPTS, ("kind", "kindly"), GOOD)
    with pytest.raises(ValueError, match="no prompt"):
        log_odds(tiny.model, tiny.encode, [], BAD, GOOD)
    with pytest.raises(ValueError, match="no word"):
        first_tokens(tiny.encode, [], PROMPTS[0])


def test_every_trait_of_storyworld_has_a_first_token_of_its_own(tiny):
    from lmkit.text.storyworld.lexicon import TRAITS

    for prompt in PROMPTS:
        assert len(first_tokens(tiny.encode, tuple(TRAITS), prompt)) == len(TRAITS)
    assert math.isfinite(float(log_odds(tiny.model, tiny.encode, PROMPTS, tuple(TRAITS)[:5], tuple(TRAITS)[5:]).sum()))
