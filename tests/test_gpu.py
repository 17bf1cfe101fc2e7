"""On a GPU lmkit computes what it computes on a CPU, and nobody has to move anything but the model."""

import copy

import pytest
import torch
import transformers
from torch import Tensor
from torch.testing import assert_close

import lmkit
from lmkit.inside import heads, interventions, neurons
from lmkit.inside.survey import survey
from lmkit.learning import finetuning, lora
from lmkit.learning.training import evaluate, fit, precision
from lmkit.model import generation, sampling
from lmkit.shelf.conversion import from_transformers
from lmkit.widgets import AttentionHeads, FeedForwardNeurons, LogitLens
from tests.learning.training.small import build, config, masked, text
from tests.learning.training.test_resume import VALID, Stop, stop_at, with_dropout

if not torch.cuda.is_available():
    pytest.skip("there is no GPU here", allow_module_level=True)

TOKENS = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5, 8, 9, 7, 9, 3]])
CLOSE = dict(rtol=1e-3, atol=1e-5)
SMALL = dict(vocab_size=16, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)


def make_bert():
    return transformers.BertForMaskedLM(transformers.BertConfig(**SMALL))


def make_gpt2():
    config = transformers.GPT2Config(vocab_size=16, n_embd=8, n_layer=2, n_head=2, n_positions=16)
    return transformers.GPT2LMHeadModel(config)


def make_llama():
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SMALL, num_key_value_heads=1))


MODELS = {
    "rotary": lambda: build(n_kv_heads=1, norm="rms", activation="swiglu"),
    "learned positions": lambda: build(positions="learned"),
    "both sides": lambda: build(causal=False),
    "BERT": make_bert,
    "GPT-2": make_gpt2,
    "Llama": make_llama,
}


@pytest.fixture(params=MODELS)
def both(request):
    """A model and its copy on the GPU."""
    model = MODELS[request.param]().eval()
    return model, copy.deepcopy(model).cuda()


@pytest.fixture
def ours():
    model = build(init_std=0.5).eval()
    return model, copy.deepcopy(model).cuda()


def on_cpu(value: object) -> object:
    """The same on the CPU, in all depths."""
    if isinstance(value, tuple):
        return tuple(map(on_cpu, value))
    return value.cpu() if isinstance(value, Tensor) else value


def test_a_trace_says_the_same(both):
    here, there = (vars(lmkit.trace(model, TOKENS)) for model in both)
    assert there["attentions"][0].is_cuda
    for name, value in here.items():
        assert_close(on_cpu(there[name]), value, **CLOSE)


def test_padding_is_masked_there_too(both):
    real = torch.tensor([[1] * 8, [1] * 5 + [0] * 3])
    here, there = (lmkit.trace(model, TOKENS, real).attentions for model in both)
    assert_close(on_cpu(there), here, **CLOSE)


@pytest.mark.parametrize("make", [make_gpt2, make_llama])
def test_a_model_on_the_gpu_is_copied_to_the_cpu(make):
    theirs = make().eval().cuda()
    logits = from_transformers(theirs)(TOKENS)
    assert_close(logits, theirs(TOKENS.cuda()).logits.detach().cpu(), **CLOSE)


@pytest.mark.parametrize("score", ["previous_token", "next_token", "same_token", "induction", "entropy", "distance"])
def test_scores_of_heads_are_the_same(ours, score):
    here, there = (getattr(heads, score)(lmkit.trace(model, TOKENS)) for model in ours)
    assert_close(there.cpu(), here, **CLOSE)


def test_a_survey_of_neurons_is_the_same_and_lies_on_the_cpu(ours):
    here, there = (survey(model, list(TOKENS), 2) for model in ours)
    assert torch.equal(there.passages, here.passages)
    assert_close(there.levels, here.levels, **CLOSE)
    assert_close(there.kurtosis, here.kurtosis, **CLOSE)


def test_a_neuron_is_switched_off_there_too(ours):
    found = []
    for model in ours:
        with interventions.changed(model, off={"neurons": [(1, 3), (1, 5)]}):
            found.append(lmkit.trace(model, TOKENS).logits.cpu())
    assert_close(found[1], found[0], **CLOSE)
    assert_close(neurons.writes(ours[1]).cpu(), neurons.writes(ours[0]), **CLOSE)


@pytest.mark.parametrize("use_cache", [True, False])
def test_the_same_text_is_written(ours, use_cache):
    here, there = ours
    wanted = generation.generate(here, TOKENS, 6, use_cache=use_cache)
    assert torch.equal(generation.generate(there, TOKENS.cuda(), 6, use_cache=use_cache).cpu(), wanted)


def test_one_seed_on_the_cpu_draws_the_same_text_on_both(ours):
    written = []
    for model, prompt in zip(ours, (TOKENS, TOKENS.cuda()), strict=True):
        choose = sampling.Sample(temperature=0.8, generator=torch.Generator().manual_seed(1))
        written.append(generation.generate(model, prompt, 6, choose).cpu())
    assert torch.equal(*written)


def test_figures_show_the_same(ours):
    words = list("abcdefgh")
    shown = []
    for model in ours:
        trace = lmkit.trace(model, TOKENS[:1])
        seen = survey(model, list(TOKENS), 2)
        figures = [
            AttentionHeads(trace.attentions, words),
            LogitLens(trace, model, words, decode=str),
            FeedForwardNeurons(seen, model, decode=str, top=3),
        ]
        shown.append([figure.description for figure in figures])
        assert all(figure.poster().startswith(b"\x89PNG") for figure in figures)
    assert shown[0] == shown[1]


@pytest.mark.parametrize("objective", ["next token", "masked"])
def test_training_goes_the_same_way(objective):
    options = dict(objective=masked()) if objective == "masked" else {}
    here, there = build(), build().cuda()
    histories = [fit(model, text(), VALID, config(), show=False, **options) for model in (here, there)]
    losses = [[step.loss for step in history.steps] for history in histories]
    assert losses[1] == pytest.approx(losses[0], rel=1e-2)
    assert losses[1][-1] < losses[1][0]
    assert there.embed.weight.is_cuda
    assert evaluate(there, VALID, config()) == pytest.approx(evaluate(here, VALID, config()), rel=0.05)


def test_a_gpu_keeps_its_fused_kernel_of_attention_in_16_bits():
    model, seen = build().cuda(), []
    model.blocks[0].attention.attend.register_forward_hook(
        lambda attend, inputs, _: seen.append((attend.explicit, inputs[0].dtype))
    )
    with precision.bfloat16(model, torch.device("cuda")):
        model(TOKENS.cuda())
    assert seen == [(False, torch.bfloat16)]


@pytest.mark.parametrize("bits", ["float32", "auto"])
@pytest.mark.parametrize("step", [0, 20])
def test_a_resumed_run_ends_as_an_uninterrupted_one_dropout_included(tmp_path, bits, step):
    settings = config(precision=bits)

    def train(folder, **options):
        model = with_dropout().cuda()
        torch.manual_seed(options.pop("seed"))
        history = fit(model, text(), VALID, settings, folder=tmp_path / folder, show=False, **options)
        return model, history

    whole, expected = train("whole", seed=5)
    with pytest.raises(Stop):
        train("cut", seed=5, watch=stop_at(step))
    resumed, history = train("cut", seed=99, resume=True)
    assert history.steps == expected.steps
    assert all(torch.equal(*pair) for pair in zip(resumed.parameters(), whole.parameters(), strict=True))


@pytest.mark.parametrize("body", ["ours", "BERT"])
@pytest.mark.parametrize("read", ["last", "first", "mean"])
def test_a_classifier_with_adapters_is_trained_where_its_body_is(body, read):
    if body == "ours":
        model, names = build().cuda(), ["*.to_query"]
    else:
        model, names = make_bert().cuda(), ["*.query"]
    classifier = finetuning.Classifier(model, 2, read=read, generator=torch.Generator().manual_seed(0))
    before = finetuning.probabilities(classifier, TOKENS)
    lora.add(classifier.body, names, generator=torch.Generator().manual_seed(0))
    assert all(parameter.is_cuda for parameter in classifier.parameters())
    assert torch.equal(finetuning.probabilities(classifier, TOKENS), before)
    rows = torch.cat([torch.tensor([[0], [1]]), TOKENS], dim=1).repeat(4, 1)
    fit(classifier, rows, rows, config(learning_rate=0.05), objective=finetuning.classify, show=False)
    adapted = finetuning.probabilities(classifier, TOKENS)
    assert not torch.equal(adapted, before)
    lora.merge(classifier.body)
    assert_close(finetuning.probabilities(classifier, TOKENS), adapted, **CLOSE)
