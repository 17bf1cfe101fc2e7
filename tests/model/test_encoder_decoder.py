"""The encoder-decoder: what is read serves all that is written, and nothing of what is to come."""

import pytest
import torch
from torch.testing import assert_close

from lmkit.model.attention import CrossAttention, merge_heads, padding_mask, scaled_dot_product_attention
from lmkit.model.beam import beam_search
from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.generation import generate
from lmkit.model.transformer import TransformerConfig

VOCAB = 19


def build(**settings):
    sizes = dict(vocab_size=VOCAB, n_layers=2, n_heads=4, n_kv_heads=2, d_model=16, init_std=0.3)
    model = EncoderDecoder(TransformerConfig(**sizes | settings), torch.Generator().manual_seed(0))
    return model.eval()


@pytest.fixture(params=["rotary", "learned", "relative"])
def model(request):
    return build(positions=request.param)


SOURCE = torch.arange(14).view(2, 7)
WRITTEN = torch.arange(10).view(2, 5)
EQUAL = dict(rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_cross_attention_is_the_formula_with_keys_of_the_source():
    torch.manual_seed(0)
    cross = CrossAttention(16, 4, n_kv_heads=2)
    x, source = torch.randn(2, 5, 16), torch.randn(2, 7, 16)
    key, value = (part.repeat_interleave(2, dim=1) for part in cross.read(source))
    query = cross.to_query(x).unflatten(2, (4, 4)).transpose(1, 2)
    mixed, _ = scaled_dot_product_attention(query, key, value)
    assert_close(cross(x, *cross.read(source)), cross.to_output(merge_heads(mixed)))


def test_cross_attention_names_counts_that_do_not_fit():
    cross = CrossAttention(16, 4)
    with pytest.raises(ValueError, match="3 sources and 2 texts"):
        cross(torch.randn(2, 5, 16), *cross.read(torch.randn(3, 7, 16)))


@torch.no_grad()
def test_the_future_of_what_is_written_does_not_leak(model):
    changed = WRITTEN.clone()
    changed[:, 3:] = (changed[:, 3:] + 1) % VOCAB
    assert torch.equal(model(SOURCE, WRITTEN)[:, :3], model(SOURCE, changed)[:, :3])


@torch.no_grad()
def test_every_token_of_the_source_counts_for_each_that_is_written(model):
    """A change of its last token is seen by the first that is written, as by all."""
    changed = SOURCE.clone()
    changed[:, -1] = (changed[:, -1] + 1) % VOCAB
    moved = (model(SOURCE, WRITTEN) - model(changed, WRITTEN)).abs().amax(dim=-1)
    assert (moved > 1e-4).all()


@torch.no_grad()
def test_padding_of_the_source_changes_nothing(model):
    padded = torch.cat([SOURCE, torch.full((2, 4), 3)], dim=1)
    may_read = padding_mask(torch.tensor([7, 7]), 11)
    assert_close(model(padded, WRITTEN, may_read), model(SOURCE, WRITTEN), **EQUAL)


@torch.no_grad()
def test_a_cache_gives_the_same_piece_by_piece(model):
    decoder = model.read(SOURCE)
    cache = decoder.make_cache()
    pieces = [decoder(WRITTEN[:, :2], cache=cache), decoder(WRITTEN[:, 2:], cache=cache)]
    assert_close(torch.cat(pieces, dim=1), model(SOURCE, WRITTEN), **EQUAL)


def test_it_writes_the_same_with_and_without_a_cache(model):
    decoder, start = model.read(SOURCE), WRITTEN[:, :1]
    assert torch.equal(generate(decoder, start, 12), generate(decoder, start, 12, use_cache=False))


def test_beams_follow_one_source(model):
    """One beam is greedy, and each of several has the probability that the model gives it."""
    decoder, start = model.read(SOURCE[:1]), WRITTEN[0, :1]
    (alone,) = beam_search(decoder, start, 6, 1)
    assert alone.tokens == generate(decoder, start[None], 6)[0, 1:].tolist()
    for beam in beam_search(decoder, start, 6, 3):
        tokens = torch.tensor([[start.item(), *beam.tokens]])
        with torch.no_grad():
            costs = decoder(tokens)[:, :-1].log_softmax(dim=-1).gather(2, tokens[:, 1:, None])
        assert beam.log_probability == pytest.approx(costs.sum().item(), rel=1e-4)


@torch.no_grad()
def test_one_source_serves_several_texts(model):
    alone = model.read(SOURCE[:1])
    assert_close(alone(WRITTEN), model(SOURCE[:1].expand(2, -1), WRITTEN), **EQUAL)


def test_what_was_read_is_with_the_decoder_that_read_it(model):
    one, other = model.read(SOURCE[:1]), model.read(SOURCE[1:])
    assert model.decoder.source is None
    assert not torch.equal(one(WRITTEN), other(WRITTEN))
    assert all(a is b for a, b in zip(one.parameters(), other.parameters(), strict=True))
    with pytest.raises(RuntimeError, match=r"model\.read\(source\)"):
        model.decoder(WRITTEN)


@pytest.mark.parametrize("norm_first", [True, False])
def test_every_weight_learns(norm_first):
    model = build(norm_first=norm_first, positions="relative", unembed_bias=True, activation="geglu")
    model(SOURCE, WRITTEN)[0, 0].logsumexp(dim=-1).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("settings", [dict(causal=False), dict(unembed=False)])
def test_a_decoder_that_cannot_write_is_refused(settings):
    with pytest.raises(ValueError, match="causal=True, unembed=True"):
        build(**settings)
