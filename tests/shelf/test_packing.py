"""A packed model is the model, to 8 bits a number; and the file says what it is."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from lmkit.experiments.neurons import record_survey
from lmkit.inside.survey import Survey
from lmkit.learning.training import checkpoint
from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf import packing
from lmkit.text import tokenizer

TOKENIZER = tokenizer.train("the cat sat on the mat. " * 9, 264, ["<|story|>"])

SURVEY = Survey(3, 40, torch.ones(1, 2, 4, 16).long(), torch.ones(1, 2, 4, 16), torch.ones(1, 2), torch.ones(1, 2))


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


@pytest.mark.parametrize("changes", [{}, {"positions": "relative", "tied": False}])
def test_a_packed_encoder_decoder_keeps_what_its_stacks_share(tmp_path, changes):
    config = dataclasses.replace(small().config, **changes)
    model, tokens = EncoderDecoder(config, torch.Generator().manual_seed(0)).eval(), torch.arange(30)[None]
    packing.pack(model, TOKENIZER, {}, tmp_path / "model")
    again, _, _ = packing.unpack(tmp_path / "model")
    assert again.encoder.embed.weight is again.decoder.embed.weight
    assert (again.decoder.unembed.weight is again.decoder.embed.weight) == config.tied
    with torch.no_grad():
        before, after = model(tokens, tokens).log_softmax(-1), again(tokens, tokens).log_softmax(-1)
    assert torch.nn.functional.kl_div(after, before, log_target=True, reduction="batchmean") < 0.01
    assert sum(name.endswith("embed.weight") for name in packing.read(tmp_path / "model")[0]) == 2 - config.tied


def test_packing_twice_changes_nothing_more(tmp_path):
    packing.pack(small(), TOKENIZER, {}, tmp_path / "once")
    model, its_tokenizer, card = packing.unpack(tmp_path / "once")
    packing.pack(model, its_tokenizer, card, tmp_path / "twice")
    again, _, _ = packing.unpack(tmp_path / "twice")
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor, rtol=1e-6, atol=0)


def test_the_same_model_gives_the_same_bytes_each_time(tmp_path):
    files = {name: set() for name in ("model", "snapshots", "survey", "checkpoint")}
    for _ in range(8):  # of the 24 orders of four entries, that one would come eight times: one in 24 to the seventh
        packing.pack(small(), TOKENIZER, {"steps": 3, "loss": 1.5}, tmp_path / "model")
        packing.pack_snapshots({0: small(), 5: small(init_std=0.1)}, {"curve": [1.5]}, tmp_path / "snapshots")
        record_survey(SURVEY, tmp_path / "survey")
        checkpoint.save(tmp_path, 1, {"a": torch.ones(3), "b": torch.ones(2)}, {"step": 1, "seed": 0})
        checkpoint.path_of(tmp_path, 1).rename(tmp_path / "checkpoint")
        for name, seen in files.items():
            seen.add((tmp_path / name).read_bytes())
    assert {name: len(seen) for name, seen in files.items()} == dict.fromkeys(files, 1)


def test_what_is_no_number_is_not_packed():
    for wrong in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match="not finite in row 1: a training that went wrong"):
            packing.quantize(torch.tensor([[1.0, 2.0], [3.0, wrong]]))


def test_a_file_that_was_not_packed_or_is_cut_short_is_refused_by_its_name(tmp_path):
    packing.pack(small(), TOKENIZER, {}, tmp_path / "model")
    (tmp_path / "short").write_bytes((tmp_path / "model").read_bytes()[:-9])
    save_file({"weight": torch.ones(3)}, tmp_path / "other")
    for name in ("short", "other"):
        with pytest.raises(ValueError, match=f"{name} was not written by lmkit.shelf.packing, or is cut short"):
            packing.unpack(tmp_path / name)


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
