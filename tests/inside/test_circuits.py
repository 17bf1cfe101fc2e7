"""What is read from a head's weights is what the head does."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lmkit.inside import circuits
from lmkit.inside.tracing import trace
from lmkit.inside.unembedding import read_out
from lmkit.model.transformer import Transformer, TransformerConfig

TOKENS = torch.tensor([[3, 1, 4, 1, 5, 8]])


def make_model(**changes):
    config = dict(vocab_size=9, n_layers=2, n_heads=4, n_kv_heads=2, d_model=16, norm="rms", bias=False, init_std=0.5)
    model = Transformer(TransformerConfig(**config | changes), torch.Generator().manual_seed(0)).eval()
    for block in model.blocks:
        block.attention_norm.weight.data *= torch.linspace(0.5, 2, model.config.d_model)
    return model.requires_grad_(False)


def normed(x):
    return x / x.square().mean(dim=-1, keepdim=True).add(1e-5).sqrt()


@pytest.mark.parametrize("positions", ["rotary", "learned"])
def test_the_score_of_a_query_and_a_key_is_what_qk_says_at_their_distance(positions):
    model = make_model(positions=positions)
    seen = trace(model, TOKENS)
    for layer, head in [(0, 1), (1, 2)]:
        x = normed(seen.residual[layer][0])
        scores = seen.queries[layer][0, head] @ seen.keys[layer][0, head // 2].T / 2
        for query, key in [(5, 0), (5, 5), (4, 1)]:
            said = x[query] @ circuits.qk(model, layer, head, query - key) @ x[key]
            assert_close(said, scores[query, key], rtol=1e-4, atol=1e-5)


def test_what_a_head_writes_is_what_ov_makes_of_what_it_looks_at():
    model = make_model()
    seen = trace(model, TOKENS)
    x, block = normed(seen.residual[1][0]), model.blocks[1]
    together = sum(seen.attentions[1][0, head] @ x @ circuits.ov(model, 1, head) for head in range(4))
    may_attend = model.combine_masks(TOKENS, None)
    assert_close(together, block.attention(block.attention_norm(seen.residual[1]), may_attend)[0])


def test_raised_is_what_the_head_writes_of_one_vector_read_out():
    model = make_model(norm="layer", bias=True)
    stream = trace(model, TOKENS).residual[1][0]
    block = model.blocks[1]
    alone = stream[2][None, None]  # one token, so each head looks at it alone
    everything = block.attention(block.attention_norm(alone), None)[0, 0] - block.attention.to_output.bias
    together = sum(circuits.raised(model, 1, head, stream[2]) for head in range(4))
    assert_close(together, read_out(model, everything), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("sign", "score"), [(1.0, 1.0), (-1.0, -1.0)])
def test_a_head_that_writes_what_it_reads_copies_and_one_that_writes_the_opposite_does_not(sign, score):
    model = make_model(n_heads=1, n_kv_heads=1)
    attention = model.blocks[0].attention
    attention.to_value.weight.data = torch.eye(16)
    attention.to_output.weight.data = sign * torch.eye(16)
    model.blocks[0].attention_norm.weight.data.fill_(1)
    assert circuits.copying(model, 0, 0) == pytest.approx(score, abs=1e-3)


def test_the_copying_score_has_the_eigenvalues_of_the_whole_matrix_of_tokens():
    model = make_model(norm="layer", bias=True)
    embedded = model.embed.weight - model.embed.weight.mean(dim=-1, keepdim=True)
    whole = read_out(model, embedded @ circuits.ov(model, 0, 1))  # (token read, token written)
    eigenvalues = torch.linalg.eigvals(whole.double())
    expected = float(eigenvalues.real.sum() / eigenvalues.abs().sum())
    assert circuits.copying(model, 0, 1) == pytest.approx(expected, abs=1e-4)


def test_composition_is_0_where_the_one_writes_what_the_other_does_not_read_and_near_chance_for_random_weights():
    model = make_model(n_kv_heads=4, d_model=64)
    scores = [circuits.composition(model, (0, i), (1, j), "key") for i in range(4) for j in range(4)]
    assert circuits.chance(model) == 1 / 8
    assert sum(scores) / len(scores) == pytest.approx(circuits.chance(model), rel=0.1)
    model.blocks[0].attention.to_output.weight[:32] = 0
    model.blocks[1].attention.to_key.weight[:, 32:] = 0
    assert circuits.composition(model, (0, 1), (1, 2), "key") == 0
    assert circuits.composition(model, (0, 1), (1, 2), "query") > 0


def test_the_mean_that_a_layer_norm_takes_away_is_not_counted_as_read():
    model = make_model(norm="layer")
    output = model.blocks[0].attention.to_output.weight
    before = circuits.composition(model, (0, 0), (1, 0), "value")
    output += torch.randn(1, 16, generator=torch.Generator().manual_seed(1))  # the same for each number of the stream
    assert circuits.composition(model, (0, 0), (1, 0), "value") == pytest.approx(before, rel=1e-4)


def test_what_has_no_circuits_is_refused_with_a_reason():
    model = make_model()
    with pytest.raises(IndexError, match="no head 4"):
        circuits.ov(model, 0, 4)
    with pytest.raises(IndexError, match="no layer 2"):
        circuits.qk(model, 2, 0)
    with pytest.raises(ValueError, match="later layer"):
        circuits.composition(model, (1, 0), (1, 1), "query")
    with pytest.raises(ValueError, match="qk_norm"):
        circuits.qk(make_model(qk_norm=True), 0, 0)
    with pytest.raises(TypeError, match="lmkit Transformer"):
        circuits.ov(nn.Linear(2, 2), 0, 0)
