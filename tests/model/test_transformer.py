"""The transformer: who can influence whom, how it starts, and what it refuses."""

import math

import jaxtyping
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from lmkit.learning.objectives import loss, next_token_labels
from lmkit.model.attention import padding_mask, sliding_window_mask
from lmkit.model.transformer import Transformer, TransformerConfig, make_norm, parameters_by_part

VOCAB = 11
SMALL = dict(vocab_size=VOCAB, n_layers=2, n_heads=4, d_model=16, max_positions=16, init_std=0.3)
KINDS = {
    "gpt2": dict(positions="learned", activation="gelu_tanh"),
    "llama": dict(positions="rotary", activation="swiglu", norm="rms", bias=False, n_kv_heads=2, tied=False),
    "bert": dict(positions="learned", causal=False, norm_first=False),
}
quick = settings(max_examples=20)
token_lists = st.lists(st.integers(0, VOCAB - 1), min_size=2, max_size=10)


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def build(kind, **changes):
    """Build a tiny model, with weights large enough that every influence shows."""
    return Transformer(TransformerConfig(**SMALL | KINDS[kind] | changes), torch.Generator().manual_seed(0))


def change_from(tokens, cut):
    """Give every token from `cut` on another value."""
    changed = tokens.clone()
    changed[:, cut:] = (changed[:, cut:] + 1) % VOCAB
    return changed


# --- Who can influence whom ---


@pytest.mark.parametrize("changes", [{}, {"norm_first": False}])
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@quick
@given(tokens=token_lists, data=st.data())
def test_the_future_does_not_leak(kind, changes, tokens, data):
    """Changing later tokens leaves every earlier prediction exactly as it was."""
    model, tokens = build(kind, **changes), torch.tensor([tokens])
    cut = data.draw(st.integers(1, tokens.shape[1] - 1))
    changed = change_from(tokens, cut)
    assert_close(model(tokens)[:, :cut], model(changed)[:, :cut], rtol=0, atol=0)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_the_past_does_reach_every_later_place(kind):
    model, tokens = build(kind), torch.arange(8)[None]
    changed = tokens.clone()
    changed[:, 0] = 9
    difference = (model(tokens) - model(changed)).abs().amax(-1)
    assert (difference > 1e-4).all()


def test_without_the_causal_mask_the_future_does_leak():
    """So the test above can fail."""
    model, tokens = build("gpt2", causal=False), torch.arange(8)[None]
    difference = (model(tokens) - model(change_from(tokens, 7))).abs().amax(-1)
    assert (difference > 1e-4).all()


@pytest.mark.parametrize("kind", KINDS)
@quick
@given(tokens=token_lists, padding=st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=5))
def test_a_padded_sequence_equals_the_same_sequence_alone(kind, tokens, padding):
    model, n = build(kind), len(tokens)
    alone = model(torch.tensor([tokens]))
    padded = model(torch.tensor([tokens + padding]), padding_mask(torch.tensor([n]), n + len(padding)))
    assert_close(padded[:, :n], alone, rtol=1e-4, atol=1e-5)  # another length is another order of addition


def test_without_the_padding_mask_the_padding_matters():
    model = build("bert")
    padded = model(torch.tensor([[1, 2, 3, 0, 0]]))[:, :3]
    assert (padded - model(torch.tensor([[1, 2, 3]]))).abs().max() > 1e-3


def test_sequences_in_a_batch_do_not_see_each_other():
    model, tokens = build("llama"), torch.arange(10).view(2, 5)
    alone = torch.cat([model(tokens[:1]), model(tokens[1:])])
    assert_close(model(tokens), alone)


def test_a_mask_only_forbids_more():
    """A mask that allows everything does not open the future."""
    model, tokens = build("gpt2"), torch.arange(6)[None]
    assert_close(model(tokens, torch.ones(6, 6).bool()), model(tokens), rtol=0, atol=0)


def test_two_layers_with_a_window_of_two_reach_two_tokens_back():
    model, tokens = build("llama"), torch.arange(8)[None]
    window = sliding_window_mask(8, 2)
    changed = tokens.clone()
    changed[:, 0] = 9
    difference = (model(tokens, window) - model(changed, window)).abs().amax(-1)[0]
    assert (difference[:3] > 1e-4).all()
    assert (difference[3:] == 0).all()


@quick
@given(order=st.permutations(range(6)))
def test_without_positions_and_mask_permuted_tokens_give_permuted_outputs(order):
    model = build("gpt2", causal=False)
    nn.init.zeros_(model.positions.embed.weight)
    tokens = torch.arange(6)[None]
    assert_close(model(tokens[:, order]), model(tokens)[:, order], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_with_positions_the_order_counts(positions):
    model = build("gpt2", causal=False, positions=positions)
    order = [5, 4, 3, 2, 1, 0]
    tokens = torch.arange(6)[None]
    assert (model(tokens[:, order]) - model(tokens)[:, order]).abs().max() > 1e-3


# --- The parts ---


def test_norms_are_their_formulas():
    torch.manual_seed(0)
    x, eps = 3 * torch.randn(5, 16) + 2, 1e-5
    layer, rms = (make_norm(TransformerConfig(**SMALL, norm=norm, norm_eps=eps)) for norm in ("layer", "rms"))
    for norm in (layer, rms):
        nn.init.normal_(norm.weight)
    nn.init.normal_(layer.bias)
    centered = x - x.mean(-1, keepdim=True)
    expected = centered / (centered.square().mean(-1, keepdim=True) + eps).sqrt() * layer.weight + layer.bias
    assert_close(layer(x), expected)
    assert_close(rms(x), x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * rms.weight)


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_the_unembedded_hidden_stream(kind):
    model, tokens = build(kind), torch.arange(6).view(2, 3)
    assert_close(model(tokens), model.hidden(tokens) @ model.unembed.weight.T)


def test_with_norm_first_every_block_adds_what_its_two_layers_wrote():
    model, tokens, written = build("gpt2"), torch.arange(6)[None], []
    for block in model.blocks:
        for layer in (block.attention, block.feed_forward):
            layer.register_forward_hook(lambda module, inputs, output: written.append(output))
    hidden = model.hidden(tokens)
    stream = model.embed(tokens) + model.positions(6) + sum(written)
    assert_close(model.final_norm(stream), hidden)


def test_with_norm_last_a_block_equals_that_of_pytorch():
    model = build("bert", activation="relu")
    block = model.blocks[0]
    theirs = nn.TransformerEncoderLayer(16, 4, 64, dropout=0.0, batch_first=True)
    attention = (block.attention.to_query, block.attention.to_key, block.attention.to_value)
    theirs.load_state_dict(
        {
            "self_attn.in_proj_weight": torch.cat([layer.weight for layer in attention]),
            "self_attn.in_proj_bias": torch.cat([layer.bias for layer in attention]),
            **{f"self_attn.out_proj.{k}": v for k, v in block.attention.to_output.state_dict().items()},
            **{f"linear1.{k}": v for k, v in block.feed_forward.read.state_dict().items()},
            **{f"linear2.{k}": v for k, v in block.feed_forward.write.state_dict().items()},
            **{f"norm1.{k}": v for k, v in block.attention_norm.state_dict().items()},
            **{f"norm2.{k}": v for k, v in block.feed_forward_norm.state_dict().items()},
        }
    )
    x = torch.randn(2, 5, 16)
    assert_close(block(x), theirs(x))


def test_tied_models_share_one_matrix():
    model = build("gpt2")
    assert model.unembed.weight is model.embed.weight
    assert build("gpt2", tied=False).unembed.weight is not model.embed.weight


def test_missing_numbers_are_filled_in():
    config = TransformerConfig(**SMALL)
    assert (config.d_hidden, config.n_kv_heads) == (64, 4)


# --- How it starts ---


@pytest.mark.parametrize("kind", KINDS)
def test_before_training_every_token_is_about_equally_likely(kind):
    model = build(kind, vocab_size=500, d_model=64, init_std=0.02)
    torch.manual_seed(0)
    tokens, targets = torch.randint(500, (2, 8, 16))
    loss = F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
    assert abs(loss.item() - math.log(500)) < 0.1


def test_initial_weights_have_the_spread_that_was_asked_for():
    model = build("gpt2", vocab_size=500, d_model=64, n_layers=8, init_std=0.1)
    block = model.blocks[0]
    for weight in (model.embed.weight, block.attention.to_query.weight, block.feed_forward.read.weight):
        assert weight.std().item() == pytest.approx(0.1, rel=0.05)
    for weight in (block.attention.to_output.weight, block.feed_forward.write.weight):
        assert weight.std().item() == pytest.approx(0.1 / math.sqrt(2 * 8), rel=0.05)
    assert all((p == 0).all() for name, p in model.named_parameters() if name.endswith("bias"))
    assert all((p == 1).all() for name, p in model.named_parameters() if name.endswith("norm.weight"))


def test_the_same_generator_gives_the_same_model():
    config = TransformerConfig(**SMALL)
    first, second, third = (Transformer(config, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first.embed.weight, second.embed.weight)
    assert not torch.equal(first.embed.weight, third.embed.weight)
    torch.manual_seed(0)
    fourth = Transformer(config)
    torch.manual_seed(0)
    assert_close(dict(Transformer(config).named_parameters()), dict(fourth.named_parameters()), rtol=0, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_learns(kind):
    """A batch with padding, and a gradient that is finite and not zero for every parameter."""
    model = build(kind)
    logits = model(torch.randint(VOCAB, (3, 6)), padding_mask(torch.tensor([6, 3, 0]), 6))
    F.cross_entropy(logits.flatten(0, 1), torch.randint(VOCAB, (18,))).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        if not name.endswith("to_key.bias"):  # it adds the same to all scores of a row, which softmax ignores
            assert (parameter.grad != 0).any(), name


# --- Errors: what a reader meets ---

WRONG_CONFIGS = {
    "heads": (r"d_model=10.*n_heads=3", dict(d_model=10, n_heads=3)),
    "kv heads": (r"n_heads=4.*n_kv_heads=3", dict(n_kv_heads=3)),
    "odd head": (r"d_head=3 is odd", dict(d_model=12, positions="rotary")),
    "positions": (r"'sine'.*rotary.*learned", dict(positions="sine")),
    "norm": (r"'batch'.*layer.*rms", dict(norm="batch")),
    "activation": (r"'tanh'.*gelu", dict(activation="tanh")),
    "layers": (r"n_layers is 0", dict(n_layers=0)),
}


@pytest.mark.parametrize("name", WRONG_CONFIGS)
def test_a_wrong_config_is_told_what_disagrees(name, as_a_reader):
    message, changes = WRONG_CONFIGS[name]
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**SMALL | changes)


TOKENS = torch.zeros(2, 5, dtype=torch.long)
WRONG_INPUTS = {
    "floats": (TypeError, r"float32.*int64", (TOKENS.float(),)),
    "one axis": (ValueError, r"\(5,\).*tokens\[None\]", (TOKENS[0],)),
    "empty": (ValueError, r"\(2, 0\).*give each text a token", (TOKENS[:, :0],)),
    "outside the vocabulary": (ValueError, r"11.*vocab_size=11", (TOKENS + 11,)),
    "negative": (ValueError, r"-100.*vocab_size=11", (TOKENS - 100,)),
    "too long": (ValueError, r"17 tokens.*max_positions=16", (torch.zeros(1, 17).long(),)),
    "mask of 0 and 1": (TypeError, r"may_attend is boolean", (TOKENS, torch.ones(2, 1, 1, 5))),
    "mask of another length": (ValueError, r"\(4, 4\).*\(2, 4, 5, 5\)", (TOKENS, torch.ones(4, 4).bool())),
    "mask of the batch": (ValueError, r"\(2, 5\).*padding_mask", (TOKENS, torch.ones(2, 5).bool())),
}


@pytest.mark.parametrize("name", WRONG_INPUTS)
@pytest.mark.parametrize("kind", ["gpt2", "bert"])
def test_a_wrong_input_is_told_what_disagrees(kind, name, as_a_reader):
    error, message, inputs = WRONG_INPUTS[name]
    with pytest.raises(error, match=message):
        build(kind)(*inputs)


def test_a_model_without_unembedding_says_what_to_use():
    model = build("bert", unembed=False)
    assert model.hidden(TOKENS).shape == (2, 5, 16)
    with pytest.raises(RuntimeError, match=r"no unembedding.*model\.hidden"):
        model(TOKENS)


def length_and_gradient_at_the_end(n_layers, norm_first, shrink):
    """Of a fresh model: the length of its stream after the last block, and the gradient of the last matrix there."""
    config = TransformerConfig(
        vocab_size=100, n_layers=n_layers, n_heads=2, d_model=64, init_std=0.1, norm_first=norm_first
    )
    model, seen = Transformer(config, torch.Generator().manual_seed(0)), []
    for name, weight in model.named_parameters():
        if name.endswith(("to_output.weight", "write.weight")):
            weight.data *= 1 if shrink else math.sqrt(2 * n_layers)
    model.blocks[-1].register_forward_hook(lambda _, read, out: seen.append(out))
    tokens = torch.arange(80).view(2, 40)
    loss(model(tokens), next_token_labels(tokens)).backward()
    return seen[0].norm(dim=-1).mean().item(), model.blocks[-1].feed_forward.write.weight.grad.norm().item()


def test_in_a_fresh_model_the_stream_grows_with_the_root_of_the_depth_and_the_last_gradient_falls_as_it_grows():
    """Xiong et al. 2020. Shrunk by 1/√(2L), what is written keeps both where they are; so does the norm last."""
    (short, steep), (long, flat) = (length_and_gradient_at_the_end(n, True, shrink=False) for n in (4, 36))
    assert long / short == pytest.approx(3, rel=0.2) and steep / flat == pytest.approx(3, rel=0.3)
    for norm_first, shrink in [(True, True), (False, False)]:
        (short, steep), (long, flat) = (length_and_gradient_at_the_end(n, norm_first, shrink) for n in (4, 36))
        assert long / short == pytest.approx(1, rel=0.2) and flat / steep > 0.7


# --- Where the parameters are ---


@pytest.mark.parametrize("kind", KINDS)
def test_each_parameter_belongs_to_one_part(kind):
    model = build(kind)
    counts = parameters_by_part(model)
    assert sum(counts.values()) == sum(parameter.numel() for parameter in model.parameters())
    parts = {"attention": "attention", "feed-forward": "feed_forward"}
    for said, name in parts.items():
        in_blocks = [getattr(block, name) for block in model.blocks]
        assert counts[said] == sum(parameter.numel() for part in in_blocks for parameter in part.parameters())
    norms = [part for part in model.modules() if isinstance(part, nn.LayerNorm | nn.RMSNorm)]
    assert counts["norms"] == sum(parameter.numel() for norm in norms for parameter in norm.parameters())
