"""LoRA starts as nothing, merges without a trace, and trains nothing but itself."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers import GPT2Config, GPT2Model

import lmkit
from lmkit import finetuning, lora, training
from lmkit.lora import LoRA
from tests.test_finetuning import SETTINGS, TRAIN, VALID, bert, llama
from tests.test_pretrained import needs_minilm
from tests.training.small import VOCAB, build, tensors_of

TOKENS = torch.tensor([[3, 1, 4, 1, 5]])


def gpt2():
    torch.manual_seed(0)
    return GPT2Model(GPT2Config(vocab_size=VOCAB, n_embd=8, n_layer=2, n_head=2)).eval()


MODELS = {
    "lmkit": (build, ["*.attention.to_query", "*.feed_forward.read"]),
    "bert": (bert, ["*.query", "*.intermediate.dense"]),
    "llama": (lambda: llama().base_model, ["*.q_proj", "*.down_proj"]),
    "gpt2": (gpt2, ["*.c_attn", "*.c_proj"]),  # Conv1D: the weight is transposed
}


def run(model, tokens=TOKENS):
    with torch.no_grad():
        output = model(tokens)
    return output if isinstance(output, torch.Tensor) else output.last_hidden_state


def disturb(model):
    """Let every B be something, as after training."""
    generator = torch.Generator().manual_seed(7)
    for module in model.modules():
        if isinstance(module, LoRA):
            module.up.data = torch.randn(module.up.shape, generator=generator) * 0.3


@pytest.fixture(params=MODELS)
def model_and_names(request):
    make, names = MODELS[request.param]
    return make().eval(), names


def test_at_the_start_nothing_has_changed(model_and_names):
    model, names = model_and_names
    before = run(model)
    found = lora.add(model, names)
    assert len(found) >= 4
    assert torch.equal(run(model), before)


def test_merged_and_adapter_compute_the_same(model_and_names):
    model, names = model_and_names
    before = run(model)
    lora.add(model, names)
    disturb(model)
    adapted = run(model)
    assert not torch.allclose(adapted, before, atol=1e-3)
    lora.merge(model)
    assert not any(isinstance(module, LoRA) for module in model.modules())
    assert_close(run(model), adapted, atol=1e-6, rtol=1e-5)


def test_taken_off_the_model_is_what_it_was(model_and_names):
    model, names = model_and_names
    before, weights = run(model), tensors_of(model)
    lora.add(model, names)
    disturb(model)
    lora.remove(model)
    assert torch.equal(run(model), before)
    assert_close(tensors_of(model), weights, rtol=0, atol=0)


def test_the_output_is_the_formula_in_the_docstring():
    layer = nn.Linear(5, 3)
    adapter = LoRA(layer, rank=2, alpha=6.0)
    adapter.up.data.normal_(generator=torch.Generator().manual_seed(0))
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    expected = layer(x) + 6 / 2 * (adapter.up @ (adapter.down @ x.T)).T
    assert_close(adapter(x), expected)
    assert_close(adapter.correction(), 3 * adapter.up @ adapter.down)


def test_the_scale_is_alpha_over_rank():
    """With twice the rank and twice alpha, and rows of 0 in what was added, the output stays."""
    layer = nn.Linear(6, 4)
    one, two = LoRA(layer, rank=2, alpha=3.0), LoRA(layer, rank=4, alpha=6.0)
    one.up.data.normal_()
    two.down.data[:2], two.up.data[:, :2] = one.down.data, one.up.data
    x = torch.randn(3, 6)
    assert_close(one(x), two(x))
    assert_close(LoRA(layer, rank=3, alpha=3.0).scale, 1.0)


def test_a_is_random_from_the_generator_and_b_is_zero():
    layer = nn.Linear(400, 300)
    adapters = [LoRA(layer, 8, 8.0, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(adapters[0].down, adapters[1].down) and not torch.equal(adapters[0].down, adapters[2].down)
    assert adapters[0].down.std().item() == pytest.approx(400**-0.5, rel=0.1)
    assert not adapters[0].up.any()


@pytest.mark.parametrize("name", ["lmkit", "bert", "llama"])
def test_only_adapters_and_head_are_trained(name):
    make, names = MODELS[name]
    model = finetuning.Classifier(make(), 3)
    plain = tensors_of(model)
    lora.add(model.body, names)
    assert {n.split(".")[-1] for n in finetuning.trained(model) if not n.startswith("head")} == {"down", "up"}
    before = tensors_of(model)
    settings = training.TrainingConfig(**SETTINGS | dict(steps=10, weight_decay=0.5))
    training.fit(model, TRAIN, VALID, settings, objective=finetuning.classify, show=False)
    for weight, tensor in tensors_of(model).items():
        is_new = weight.endswith((".down", ".up")) or weight.startswith("head.")
        assert torch.equal(tensor, before[weight]) != is_new, weight
        if not is_new:
            name = weight.replace(".layer.weight", ".weight").replace(".layer.bias", ".bias")
            assert torch.equal(tensor, plain[name])


def test_the_optimizer_holds_what_is_trained_and_nothing_else():
    model = finetuning.Classifier(build(), 3)
    lora.add(model.body, ["*.to_value"])
    optimizer = training.make_optimizer(model, training.TrainingConfig(steps=1))
    held = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    assert held == {id(weight) for weight in model.parameters() if weight.requires_grad}
    assert len(held) == 2 * 2 + 2


def test_a_model_with_lora_can_be_traced():
    book = lmkit.load("book")
    text = "Mia had a red kite."
    before = book.trace(text)
    lora.add(book.model, ["*.to_query", "*.write"])
    assert_close(book.trace(text).attentions, before.attentions, rtol=0, atol=0)
    disturb(book.model)
    assert not torch.allclose(book.trace(text).attentions[0], before.attentions[0], atol=1e-3)


@needs_minilm
def test_it_works_on_a_real_bert():
    minilm = lmkit.load("minilm")
    tokens = minilm.encode("A joy to watch.")
    lora.add(minilm.model, ["*.query", "*.value"], rank=8)
    assert finetuning.count_trained(minilm.model) == 6 * 2 * 2 * 384 * 8
    disturb(minilm.model)
    adapted = run(minilm.model, tokens)
    lora.merge(minilm.model)
    assert_close(run(minilm.model, tokens), adapted, atol=1e-5, rtol=1e-4)


# --- What is refused. ---


@pytest.mark.parametrize(
    ("names", "options", "says"),
    [
        (["*.query"], {}, r"no linear layer is called '\*\.query'; there are: .*\*\.attention\.to_query"),
        (["*.to_query"], dict(rank=0), "rank is 0 and alpha 8.0"),
        (["*.to_query"], dict(alpha=0.0), "alpha 0.0"),
        (["unembed"], {}, "the layer unembed shares its weight with another"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(names, options, says):
    model = build()
    with pytest.raises(ValueError, match=says):
        lora.add(model, names, **options)
    assert all(weight.requires_grad for weight in model.parameters())


def test_twice_is_refused_and_so_is_merging_nothing():
    model = build()
    for act in (lora.merge, lora.remove):
        with pytest.raises(ValueError, match="has no LoRA: lora.add puts it in"):
            act(model)
    lora.add(model, ["*.to_query"])
    with pytest.raises(ValueError, match="has LoRA already"):
        lora.add(model, ["*.to_key"])
