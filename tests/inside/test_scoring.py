"""A score is the sum of what the model says of each new token, and a pair is won by the more probable word."""

import pytest
import torch

from lmkit.inside import scoring
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.text import storyworld
from lmkit.text.storyworld.pairs import Pair

MODEL = Transformer(
    TransformerConfig(vocab_size=128, n_layers=1, n_heads=1, d_model=8, init_std=0.5), torch.Generator().manual_seed(0)
).eval()
MASKED = Transformer(
    TransformerConfig(vocab_size=128, n_layers=1, n_heads=1, d_model=8, init_std=0.5, causal=False),
    torch.Generator().manual_seed(0),
).eval()


def encode(text: str) -> torch.Tensor:
    return torch.tensor([[0, *text.encode("ascii")]])


def test_the_score_adds_up_the_tokens():
    context, whole = encode("ab"), encode("abcd")
    with torch.no_grad():
        said = MODEL(whole).log_softmax(-1)[0]
    by_hand = said[2, ord("c")] + said[3, ord("d")]
    torch.testing.assert_close(scoring.log_probability(MODEL, context, whole), by_hand)


def test_all_ways_to_go_on_have_probability_one():
    context = encode("hello")
    each = [torch.cat([context, torch.tensor([[i]])], dim=1) for i in range(128)]
    total = sum(scoring.log_probability(MODEL, context, whole).exp() for whole in each)
    torch.testing.assert_close(total, torch.tensor(1.0))


@pytest.mark.parametrize("whole", ["ab", "xbc"])
def test_a_text_that_does_not_go_on_from_the_context_is_refused(whole):
    with pytest.raises(ValueError, match="3 tokens of context"):
        scoring.log_probability(MODEL, encode("ab"), encode(whole))


def test_turning_a_pair_round_turns_its_result():
    pairs = [Pair("one", " a", " b", {}), Pair("two", " c", " d", {}), Pair("six", " e", " f", {})]
    turned = [pair._replace(right=pair.wrong, wrong=pair.right) for pair in pairs]
    assert scoring.accuracy(MODEL, encode, pairs) + scoring.accuracy(MODEL, encode, turned) == pytest.approx(1)


def test_a_whole_sentence_adds_what_comes_after():
    pair = Pair("one", " a", " b", {}, " c.")
    left = scoring.left_only(MODEL, encode, pair, pair.right)
    rest = scoring.log_probability(MODEL, encode("one a"), encode("one a c."))
    torch.testing.assert_close(scoring.whole_sentence(MODEL, encode, pair, pair.right), left + rest)


# ---- masked


def test_the_score_of_a_gap_adds_up_its_tokens_all_hidden():
    whole = encode("ab cd ef")
    hidden = whole.clone()
    hidden[0, 3:6] = 1  # " cd" after the mark and "ab"
    with torch.no_grad():
        said = MASKED(hidden).log_softmax(-1)[0]
    by_hand = said[3, ord(" ")] + said[4, ord("c")] + said[5, ord("d")]
    scored = scoring.masked_log_probability(MASKED, encode("ab"), encode("ab cd"), whole, mask_id=1)
    torch.testing.assert_close(scored, by_hand)
    torch.testing.assert_close(scoring.in_the_gap(MASKED, encode, Pair("ab", " cd", " x", {}, " ef"), " cd"), by_hand)


def test_all_ways_to_fill_a_gap_of_one_token_have_probability_one():
    before, after = encode("ab"), torch.tensor([[101, 102]])
    total = torch.tensor(0.0)
    for i in range(128):
        until = torch.cat([before, torch.tensor([[i]])], dim=1)
        total += scoring.masked_log_probability(MASKED, before, until, torch.cat([until, after], dim=1), 1).exp()
    torch.testing.assert_close(total, torch.tensor(1.0))


def test_what_comes_after_a_gap_matters():
    near, far = (Pair("ab", " c", " d", {}, after) for after in (" ef", " gh"))
    assert scoring.in_the_gap(MASKED, encode, near, " c") != scoring.in_the_gap(MASKED, encode, far, " c")


def test_a_text_that_does_not_go_on_from_the_gap_is_refused():
    with pytest.raises(ValueError, match="must begin with the 4 tokens of until"):
        scoring.masked_log_probability(MASKED, encode("ab"), encode("abc"), encode("abx"), mask_id=1)


# ---- names


def test_a_name_costs_what_its_later_mentions_cost():
    text = "Zu met Bo. Zu ran to Zu's home."
    costs = scoring.costs_of_name(MODEL, encode, text, "Zu")
    by_hand = [
        -scoring.log_probability(MODEL, encode("Zu met Bo."), encode("Zu met Bo. Zu")),
        -scoring.log_probability(MODEL, encode("Zu met Bo. Zu ran to"), encode("Zu met Bo. Zu ran to Zu")),
    ]
    assert costs == pytest.approx([float(cost) for cost in by_hand], abs=1e-4)


@pytest.mark.parametrize("name", ["Bo", "Zelda", "Z"])
def test_a_name_that_does_not_come_again_costs_nothing(name):
    assert scoring.costs_of_name(MODEL, encode, "Zu met Bo. Zu ran home.", name) == []


def test_the_pieces_of_a_name_are_counted_from_its_first_and_nothing_else_has_any():
    pieces = scoring.pieces_of_names(["Zu", "Bo"], "Zu met Bo. Bog saw Zu", encode)
    #                        mark, Z u, _ m e t, _ B o, .   _ B o g   _ s a w   _ Z u
    assert pieces.tolist() == [0, 1, 2, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]


def test_stories_are_padded_and_each_keeps_the_pieces_of_its_own_names():
    told = list(storyworld.stories("test", 6))
    tokens, pieces = scoring.encode_with_pieces(told, encode)
    for story, row, counted in zip(told, tokens, pieces, strict=True):
        alone, names = encode(story.text)[0], [person.name for person in story.people]
        n = len(alone)
        assert torch.equal(row[:n], alone) and not row[n:].any() and not counted[n:].any()
        assert torch.equal(counted[:n], scoring.pieces_of_names(names, story.text, encode))


def test_a_mention_is_found_where_its_tokens_are():
    text = "Zu met Bo. Bog saw Zu"
    read = [bytes(encode(text)[0, start:end].tolist()) for start, end in scoring.mentions_of(["Zu"], text, encode)]
    assert read == [b"Zu", b" Zu"]


# ---- leads and costs

PAIRS = [Pair("one", "a", "b", {}), Pair("seven", "c", "d", {}), Pair("z", "e", "f", {})]


def test_a_lead_is_the_difference_of_what_both_words_score_alone():
    leads = scoring.leads(MODEL, encode, PAIRS)
    for lead, pair in zip(leads, PAIRS, strict=True):
        right, wrong = (scoring.left_only(MODEL, encode, pair, word) for word in (pair.right, pair.wrong))
        torch.testing.assert_close(lead, right - wrong)
    assert (leads > 0).float().mean().item() == pytest.approx(scoring.accuracy(MODEL, encode, PAIRS))


@pytest.mark.parametrize(("pairs", "says"), [([], "pass at least one"), ([Pair("one", "ab", "c", {})], "'ab' has 2")])
def test_without_a_pair_or_with_a_word_of_two_tokens_there_is_no_lead(pairs, says):
    with pytest.raises(ValueError, match=says):
        scoring.leads(MODEL, encode, pairs)


def test_what_the_tokens_cost_adds_up_to_the_text():
    text = encode("abcd")
    costs = scoring.costs(MODEL, text.repeat(2, 1))
    assert costs.shape == (2, 4)
    torch.testing.assert_close(costs.sum(dim=1), -scoring.log_probability(MODEL, text[:, :1], text).repeat(2))
