"""Generation: writing on, streaming and stopping, and that a cache changes nothing but the time."""

import itertools
import math
from functools import partial

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from lmkit.learning import lora
from lmkit.model.generation import generate, stream
from lmkit.model.sampling import Sample, greedy, penalized
from lmkit.model.transformer import Transformer, TransformerConfig

VOCAB = 13
SMALL = dict(vocab_size=VOCAB, n_layers=2, n_heads=4, d_model=16, max_positions=24, init_std=0.5)
KINDS = {
    "learned": dict(positions="learned"),
    "rotary": dict(positions="rotary"),
    "grouped": dict(positions="rotary", n_kv_heads=2, norm="rms", activation="swiglu", bias=False, tied=False),
    "norm last": dict(positions="learned", norm_first=False, n_kv_heads=1),
    "of 2026": dict(norm="rms", activation="swiglu", bias=False, qk_norm=True, n_experts=3, n_active_experts=3),
}
kinds = st.sampled_from(list(KINDS))
prompts = st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=8).map(torch.tensor)


def build(kind, seed=0, **changes):
    return Transformer(TransformerConfig(**SMALL | KINDS[kind] | changes), torch.Generator().manual_seed(seed)).double()


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def sample(**options):
    return Sample(generator=torch.Generator().manual_seed(5), **options)


# --- The cache ---


@settings(max_examples=40)
@given(kind=kinds, seed=st.integers(0, 99), prompt=prompts, data=st.data())
def test_reading_a_text_in_pieces_gives_the_logits_of_reading_it_at_once(kind, seed, prompt, data):
    model, tokens = build(kind, seed), prompt.repeat(2)[None]
    cuts = sorted(data.draw(st.sets(st.integers(1, tokens.shape[1] - 1))))
    cache = model.make_cache()
    pieces = [model(piece, cache=cache) for piece in tokens.tensor_split(cuts, dim=1)]
    assert_close(torch.cat(pieces, dim=1), model(tokens))


@settings(max_examples=30)
@given(kind=kinds, seed=st.integers(0, 99), prompt=prompts, is_greedy=st.booleans())
def test_the_cache_changes_no_token(kind, seed, prompt, is_greedy):
    model = build(kind, seed)
    with_cache, without = (
        generate(model, prompt[None], 10, greedy if is_greedy else sample(), use_cache=use_cache)
        for use_cache in (True, False)
    )
    assert torch.equal(with_cache, without)


def test_with_a_cache_the_model_reads_each_token_once(monkeypatch):
    model, lengths = build("rotary"), []
    monkeypatch.setattr(
        model, "hidden", lambda tokens, **_: lengths.append(tokens.shape[1]) or torch.zeros(1, 1, 16).double()
    )
    generate(model, torch.tensor([[1, 2, 3]]), 4)
    assert lengths == [3, 1, 1, 1]


def test_a_mask_must_fit_what_the_cache_holds_too():
    model, cache = build("rotary"), build("rotary").make_cache()
    model(torch.tensor([[1, 2, 3]]), cache=cache)
    everything = torch.ones(1, 4, dtype=torch.bool)
    assert_close(model(torch.tensor([[4]]), everything, cache), model(torch.tensor([[1, 2, 3, 4]]))[:, -1:])
    with pytest.raises(ValueError, match=r"may_attend has shape \(1, 3\), but the scores have \(1, 4, 1, 5\)"):
        model(torch.tensor([[4]]), torch.ones(1, 3, dtype=torch.bool), cache)


def test_with_a_cache_the_three_projections_are_one_product():
    model, cache = build("grouped"), build("grouped").make_cache()
    model(torch.tensor([[1, 2, 3]]), cache=cache)
    layer = model.blocks[0].attention
    weights = [layer.to_query.weight, layer.to_key.weight, layer.to_value.weight]
    assert torch.equal(cache[0].joint[0], torch.cat(weights)) and cache[0].joint[1] is None


@pytest.mark.parametrize("name", ["to_query", "to_key", "to_value"])
def test_a_hook_on_a_projection_sees_every_token_and_can_change_what_it_says(name):
    model, seen = build("rotary"), []
    before = generate(model, torch.tensor([[1, 2, 3]]), 6)
    layer = model.blocks[1].attention.get_submodule(name)
    layer.register_forward_hook(lambda module, inputs, output: seen.append(output.shape[1]) or 5 * output.flip(-1))
    with_cache, without = (generate(model, torch.tensor([[1, 2, 3]]), 6, use_cache=c) for c in (True, False))
    assert seen == [3, 1, 1, 1, 1, 1] + [3, 4, 5, 6, 7, 8]
    assert torch.equal(with_cache, without) and not torch.equal(with_cache, before)


@pytest.mark.parametrize("name", ["to_key", "to_value"])
def test_a_hook_before_a_projection_can_change_what_it_reads(name):
    model = build("rotary")
    before = generate(model, torch.tensor([[1, 2, 3]]), 6)
    layer = model.blocks[1].attention.get_submodule(name)
    layer.register_forward_pre_hook(lambda module, inputs: (20 * inputs[0].flip(-1),))
    with_cache, without = (generate(model, torch.tensor([[1, 2, 3]]), 6, use_cache=c) for c in (True, False))
    assert torch.equal(with_cache, without) and not torch.equal(with_cache, before)


def test_what_lora_adds_is_there_with_a_cache_too():
    model = build("rotary")
    before = generate(model, torch.tensor([[1, 2, 3]]), 8)
    lora.add(model, ["*.to_query", "*.to_value"], rank=2)
    for adapter in model.modules():
        if isinstance(adapter, lora.LoRA):
            torch.nn.init.normal_(adapter.up)
    with_cache, without = (generate(model, torch.tensor([[1, 2, 3]]), 8, use_cache=c) for c in (True, False))
    assert torch.equal(with_cache, without) and not torch.equal(with_cache, before)


# --- How often each is drawn ---


def test_a_model_is_sampled_as_its_logits_say():
    model, prompt = build("rotary").float(), torch.tensor([[3, 1]])
    n = 10_000
    drawn = generate(model, prompt.expand(n, -1), 1, sample())[:, -1].bincount(minlength=VOCAB)
    expected = n * model(prompt)[0, -1].softmax(-1)
    assert ((drawn - expected) ** 2 / expected).sum() < (VOCAB - 1) + 6 * math.sqrt(2 * (VOCAB - 1))


def test_the_same_generator_gives_the_same_text():
    model, prompt = build("rotary"), torch.tensor([[3, 1]])
    assert torch.equal(generate(model, prompt, 12, sample()), generate(model, prompt, 12, sample()))


# --- Streaming and stopping ---


@given(kind=kinds, prompt=prompts, n=st.integers(0, 10))
@settings(max_examples=30)
def test_streaming_gives_the_tokens_of_generate_one_by_one(kind, prompt, n):
    model = build(kind)
    assert (
        list(stream(model, prompt, n, sample()))
        == generate(model, prompt[None], n, sample())[0, len(prompt) :].tolist()
    )


def test_a_stream_computes_only_what_is_asked_for(monkeypatch):
    model = build("rotary")
    calls = []
    hidden = model.hidden
    monkeypatch.setattr(model, "hidden", lambda tokens, cache: calls.append(1) or hidden(tokens, cache=cache))
    assert len(list(itertools.islice(stream(model, torch.tensor([1]), 1000), 3))) == 3
    assert len(calls) == 3


@given(kind=kinds, prompt=prompts)
@settings(max_examples=30)
def test_a_stream_ends_with_the_end_token(kind, prompt):
    model = build(kind)
    whole = list(stream(model, prompt, 10))
    end = whole[len(whole) // 2]
    assert list(stream(model, prompt, 10, end_token=end)) == whole[: whole.index(end) + 1]


@given(seed=st.integers(0, 30))
@settings(max_examples=20)
def test_a_row_that_has_ended_is_filled_up_and_the_others_go_on(seed):
    model, rows = build("rotary", seed), torch.arange(VOCAB)[:, None]
    whole, ending = generate(model, rows, 8), generate(model, rows, 8, end_token=2)
    for before, after in zip(whole[:, 1:].tolist(), ending[:, 1:].tolist(), strict=True):
        n = before.index(2) + 1 if 2 in before else len(before)
        assert after == (before[:n] + [2] * 8)[: len(after)]
    assert ending.shape == whole.shape or (ending[:, -1] == 2).all()


@pytest.mark.parametrize("use_cache", [True, False])
def test_writing_stops_when_all_learned_positions_are_read(use_cache):
    written = generate(build("learned"), torch.zeros(1, 20, dtype=torch.long), 100, use_cache=use_cache)
    assert written.shape == (1, SMALL["max_positions"] + 1)


def test_rotary_positions_have_no_end():
    assert generate(build("rotary"), torch.zeros(1, 20, dtype=torch.long), 30).shape == (1, 50)


def test_generation_leaves_no_trace_on_the_model():
    model = build("rotary").train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    tokens = generate(model, torch.tensor([[1]]), 3)
    assert model.training and not tokens.is_inference()
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    model(tokens).sum().backward()
    assert model.embed.weight.grad is not None


# --- What is refused ---


@pytest.mark.parametrize(
    "kind, changes, prompt, n, says",
    [
        ("learned", {}, [0] * 25, 1, "the prompt has 25 tokens, but the model reads 1 to 24"),
        ("rotary", {}, [], 1, r"tokens have shape \(1, 0\).*give each text a token"),
        ("rotary", {}, [VOCAB], 1, f"tokens go from {VOCAB} to {VOCAB}.*tokenizer"),
        ("rotary", {}, [VOCAB], 0, f"tokens go from {VOCAB} to {VOCAB}.*tokenizer"),
        ("rotary", {"unembed": False}, [0], 1, "no unembedding.*unembed=True"),
        ("rotary", {}, [0], -1, "max_new_tokens is -1"),
        ("rotary", {"causal": False}, [0], 1, "cannot write on"),
    ],
)
def test_what_cannot_be_written_on_is_refused(kind, changes, prompt, n, says):
    with pytest.raises(ValueError, match=says):
        generate(build(kind, **changes), torch.tensor([prompt], dtype=torch.long), n)


def test_who_chooses_may_write_into_the_logits():
    model, prompt = build("learned"), torch.tensor([[1, 2, 3]])

    def never(token):
        def choose(logits):
            logits[:, token] = -torch.inf
            return greedy(logits)

        return choose

    first = generate(model, prompt, 1)[0, -1].item()
    assert generate(model, prompt, 1, never(first))[0, -1].item() != first


@pytest.mark.parametrize("use_cache", [True, False])
def test_whoever_adjusts_the_logits_sees_all_tokens_so_far_of_each_text(use_cache):
    model, seen = build("learned"), []

    def nothing_twice(logits, tokens):
        seen.append(tokens.tolist())
        return logits.scatter(1, tokens, -torch.inf)

    written = generate(model, torch.tensor([[1, 2], [3, 4]]), 10, adjust=nothing_twice, use_cache=use_cache)
    assert seen == [written[:, :n].tolist() for n in range(2, 12)]
    assert all(len(set(row)) == 12 for row in written.tolist())


def test_a_stream_is_adjusted_as_generate_is():
    model, rule = build("rotary"), partial(penalized, penalty=3)
    written = generate(model, torch.tensor([[1, 2]]), 9, adjust=rule)
    assert [1, 2, *stream(model, torch.tensor([1, 2]), 9, adjust=rule)] == written[0].tolist()
    assert not torch.equal(written, generate(model, torch.tensor([[1, 2]]), 9))


# --- What is no prompt, no model and no number. ---


IDS = torch.tensor([[1, 2, 3]])
NO_PROMPTS = {
    "a text": ("anna", TypeError, r"tokens are a str.*torch\.tensor\(\[ids\]\)"),
    "a list": ([[1, 2]], TypeError, "tokens are a list"),
    "what a tokenizer gives": ({"input_ids": IDS}, TypeError, "tokens are a dict"),
    "floats": (IDS.float(), TypeError, r"float32.*tokens\.long\(\)"),
}


@pytest.mark.usefixtures("as_a_reader")
@pytest.mark.parametrize(("prompts", "error", "says"), NO_PROMPTS.values(), ids=NO_PROMPTS.keys())
def test_what_is_no_prompt_is_refused_with_the_cause(prompts, error, says):
    with pytest.raises(error, match=says):
        generate(build("rotary"), prompts, 1)
    with pytest.raises(error, match=says):
        next(stream(build("rotary"), prompts[0] if torch.is_tensor(prompts) else prompts, 1))


@pytest.mark.usefixtures("as_a_reader")
def test_one_prompt_where_several_are_expected_is_refused_and_the_reverse():
    with pytest.raises(ValueError, match=r"shape \(3,\).*tokens\[None\]"):
        generate(build("rotary"), IDS[0], 1)
    with pytest.raises(ValueError, match=r"prompt has shape \(1, 3\).*prompt\[0\], or generate"):
        next(stream(build("rotary"), IDS, 1))


@pytest.mark.usefixtures("as_a_reader")
def test_a_model_of_another_library_is_refused_with_the_way_to_convert_it():
    with pytest.raises(TypeError, match=r"this is a Linear.*from_transformers.*the \.model"):
        generate(nn.Linear(1, 1), IDS, 1)


WRONG_OPTIONS = {
    "half a token": (dict(max_new_tokens=2.5), TypeError, "max_new_tokens is 2.5, but must be a whole number"),
    "no end": (dict(max_new_tokens=math.inf), TypeError, "max_new_tokens is inf"),
    "several ends": (dict(end_token=[1, 2]), TypeError, r"end_token is \[1, 2\], but must be a whole number"),
    "an end that never comes": (dict(end_token=VOCAB), ValueError, f"end_token is {VOCAB}, but the vocabulary goes"),
    "a name": (dict(choose="greedy"), TypeError, "choose is 'greedy', but must be a function"),
    "a number": (dict(adjust=1.2), TypeError, "adjust is 1.2, but must be a function from logits and tokens"),
    "a class": (dict(choose=Sample), TypeError, "choose is <class .*Sample.*but must be a function"),
    "two axes": (dict(choose=lambda z: greedy(z)[:, None]), TypeError, r"int64 of shape \(1, 1\), but must give"),
    "floats": (dict(choose=lambda z: greedy(z).float()), TypeError, r"choose gave torch\.float32"),
    "a list": (dict(choose=lambda z: greedy(z).tolist()), TypeError, r"choose gave \[\d+\]"),
}


@pytest.mark.usefixtures("as_a_reader")
@pytest.mark.parametrize(("options", "error", "says"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS.keys())
def test_options_of_another_kind_are_refused_with_the_cause(options, error, says):
    with pytest.raises(error, match=says):
        generate(build("rotary"), IDS, **{"max_new_tokens": 1} | options)
    with pytest.raises(error, match=says):
        list(stream(build("rotary"), IDS[0], **{"max_new_tokens": 1} | options))


# --- Logits that are no numbers. ---


@given(kind=kinds, seed=st.integers(0, 9), data=st.data(), use_cache=st.booleans(), is_greedy=st.booleans())
@settings(max_examples=30)
def test_a_model_whose_logits_are_nan_writes_nothing(kind, seed, data, use_cache, is_greedy):
    """Whichever weight is NaN that all tokens need, and however the token is chosen."""
    model = build(kind, seed)
    names = [name for name, weight in model.named_parameters() if "embed" not in name]
    with torch.no_grad():
        model.get_parameter(data.draw(st.sampled_from(names))).view(-1)[0] = math.nan
    choose = greedy if is_greedy else sample(top_k=3)
    with pytest.raises(ValueError, match=r"logits are NaN, so there is no token.*model\.float\(\).*lmkit\.trace"):
        generate(model, torch.arange(4)[None], 3, choose, use_cache=use_cache)


def test_a_text_is_written_up_to_the_token_that_turns_logits_into_nan():
    model = build("grouped")
    with torch.no_grad():
        model.embed.weight[5] = math.nan
    plan = iter([4, 5, 6])
    written = stream(model, IDS[0], 3, lambda logits: torch.tensor([next(plan)]))
    assert [next(written), next(written)] == [4, 5]
    with pytest.raises(ValueError, match="logits are NaN"):
        next(written)
