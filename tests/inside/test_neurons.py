"""What neurons fire on and what they write: the sum over neurons is the layer, and a recording is what a trace says."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmkit.inside import interventions, neurons
from lmkit.inside.tracing import trace
from lmkit.model.transformer import Transformer, TransformerConfig

VOCAB, LAYERS, NEURONS = 13, 2, 20
TEXTS = [torch.tensor(text) for text in ([3, 1, 4, 1, 5], [9, 2], [6, 5, 3, 5], [8])]


def make_model(**changes: object) -> Transformer:
    """A model of random weights, its norms with gains that differ."""
    config = dict(vocab_size=VOCAB, n_layers=LAYERS, n_heads=2, d_model=8, d_hidden=NEURONS, init_std=0.5)
    generator = torch.Generator().manual_seed(0)
    model = Transformer(TransformerConfig(**{**config, **changes}), generator)
    nn.init.normal_(model.final_norm.weight, mean=1.0, std=0.3, generator=generator)
    return model


@pytest.fixture(scope="module")
def model() -> Transformer:
    return make_model()


@pytest.fixture(scope="module")
def recording(model) -> neurons.Recording:
    return neurons.record(model, TEXTS)


def test_each_text_is_recorded_as_if_it_were_alone(model, recording):
    for text, start, end in zip(TEXTS, recording.starts, recording.starts[1:], strict=False):
        assert recording.tokens[start:end].tolist() == text.tolist()
        alone = torch.cat(trace(model, text).activations)  # (layer, token, neuron)
        torch.testing.assert_close(recording.activations[:, start:end], alone)
    assert recording.n_texts == len(TEXTS)


def test_more_texts_than_one_batch_are_recorded_in_order(model):
    texts = [torch.arange(1 + i % 5) for i in range(2 * neurons.BATCH + 3)]
    many = neurons.record(model, texts)
    assert many.starts.diff().tolist() == [len(text) for text in texts]
    torch.testing.assert_close(many.activations[:, -len(texts[-1]) :], torch.cat(trace(model, texts[-1]).activations))


@settings(max_examples=10)
@given(tokens=st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=6), push=st.floats(0.5, 5))
@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_in_the_last_block_a_neuron_changes_the_logits_by_what_it_writes_up_to_the_division_of_the_norm(
    norm, tokens, push
):
    """Push one neuron. Undo the division of both norms: the difference is what `writes` says, times the push."""
    model = make_model(norm=norm)
    written = neurons.writes(model)[-1, 3]
    value = model.blocks[-1].feed_forward.write.weight[:, 3]
    with torch.no_grad():
        stream = trace(model, torch.tensor(tokens)).residual[-1][0, -1]
        logits = [_undivided_logits(model, x) for x in (stream, stream + push * value)]
    change = logits[1] - logits[0]
    torch.testing.assert_close(change - change.mean(), push * written, rtol=1e-3, atol=1e-4)


def _undivided_logits(model, x):
    """The logits times the number that the final norm divides by."""
    size = x.var(correction=0).sqrt() if model.config.norm == "layer" else x.square().mean().sqrt()
    shift = model.unembed(model.final_norm.bias) if model.config.norm == "layer" else 0.0
    return (model.unembed(model.final_norm(x)) - shift) * size


def test_what_is_written_is_centered_over_the_vocabulary(model):
    torch.testing.assert_close(neurons.writes(model).mean(dim=-1), torch.zeros(LAYERS, NEURONS), rtol=0, atol=1e-5)


def test_switching_off_all_neurons_leaves_the_bias_alone(model):
    layer = model.blocks[0].feed_forward
    with torch.no_grad(), interventions.changed(model, off={"neurons": [(0, i) for i in range(NEURONS)]}):
        torch.testing.assert_close(layer(torch.ones(2, 8)), layer.write.bias.expand(2, 8))


def test_nothing_to_read_is_refused(model):
    for texts in ([], [torch.tensor([1]), torch.tensor([], dtype=torch.long)]):
        with pytest.raises(ValueError, match="no text, or a text without a token"):
            neurons.record(model, texts)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (nn.Linear(2, 2), TypeError, "the model is a Linear.*from_transformers"),
        (make_model(unembed=False), ValueError, "no unembedding"),
        (
            Transformer(TransformerConfig(vocab_size=9, n_layers=1, n_heads=1, d_model=4, norm_first=False)),
            ValueError,
            "no final norm",
        ),
    ],
)
def test_what_cannot_be_read_out_is_told_why(model, error, message):
    with pytest.raises(error, match=message):
        neurons.writes(model)
