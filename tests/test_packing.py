"""A packed model is the model, to 8 bits a number; and the file says what it is."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit import packing, tokenizer
from lmkit.transformer import Transformer, TransformerConfig

TOKENIZER = tokenizer.train("the cat sat on the mat. " * 9, 264, ["<|story|>"])


def small(**changes) -> Transformer:
    sizes = {"vocab_size": 264, "n_layers": 2, "n_heads": 2, "d_model": 16, "init_std": 0.2} | changes
    return Transformer(TransformerConfig(**sizes), torch.Generator().manual_seed(0)).eval()


@given(seed=st.integers(0, 10_000), size=st.floats(1e-3, 1e3))
def test_no_weight_moves_by_more_than_half_a_scale(seed, size):
    matrix = size * torch.randn(5, 7, generator=torch.Generator().manual_seed(seed))
    quantized, scale = packing.quantize(matrix)
    error = (packing.dequantize(quantized, scale) - matrix).abs()
    assert (error <= 0.501 * scale[:, None]).all()


def test_a_row_of_zeros_stays_zero():
    quantized, scale = packing.quantize(torch.zeros(2, 3))
    assert packing.dequantize(quantized, scale).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("changes", [{}, {"tied": False}, {"n_kv_heads": 1, "norm": "rms", "bias": False}])
def test_a_packed_model_predicts_nearly_the_same(tmp_path, changes):
    model, tokens = small(**changes), torch.arange(30)[None]
    packing.pack(model, TOKENIZER, {"steps": 3}, tmp_path / "model")
    again, its_tokenizer, card = packing.unpack(tmp_path / "model")
    assert again.config == model.config and card == {"steps": 3}
    assert its_tokenizer.merges == TOKENIZER.merges and its_tokenizer.special_tokens == TOKENIZER.special_tokens
    with torch.no_grad():
        before, after = model(tokens).log_softmax(-1), again(tokens).log_softmax(-1)
    assert torch.nn.functional.kl_div(after, before, log_target=True, reduction="batchmean") < 0.01


def test_packing_twice_changes_nothing_more(tmp_path):
    packing.pack(small(), TOKENIZER, {}, tmp_path / "once")
    model, its_tokenizer, card = packing.unpack(tmp_path / "once")
    packing.pack(model, its_tokenizer, card, tmp_path / "twice")
    again, _, _ = packing.unpack(tmp_path / "twice")
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor, rtol=1e-6, atol=0)


def test_unpacking_leaves_chance_as_it_was(tmp_path):
    packing.pack(small(), TOKENIZER, {}, tmp_path / "model")
    state = torch.get_rng_state()
    packing.unpack(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), state)


def test_snapshots_are_the_models_in_their_order(tmp_path):
    models = {step: small(init_std=0.1 + step / 100) for step in (0, 5, 10)}
    packing.pack_snapshots(models, {"curve": [None, 1.5]}, tmp_path / "snapshots")
    again, card = packing.unpack_snapshots(tmp_path / "snapshots")
    assert list(again) == [0, 5, 10] and card == {"curve": [None, 1.5]}
    for step, model in models.items():
        packing.pack(model, TOKENIZER, {}, tmp_path / "alone")
        alone, _, _ = packing.unpack(tmp_path / "alone")
        for name, tensor in alone.state_dict().items():
            assert torch.equal(again[step].state_dict()[name], tensor)
