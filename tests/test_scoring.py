"""A score is the sum of what the model says of each new token, and a pair is won by the more probable word."""

import pytest
import torch

from lmkit import scoring
from lmkit.storyworld.pairs import Pair
from lmkit.transformer import Transformer, TransformerConfig

MODEL = Transformer(
    TransformerConfig(vocab_size=128, n_layers=1, n_heads=1, d_model=8, init_std=0.5), torch.Generator().manual_seed(0)
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
