"""LoRA starts as nothing, merges without a trace, and trains nothing but itself."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers import GPT2Config, GPT2Model

import lmkit
from lmkit.learning import finetuning, lora, training
from lmkit.learning.lora import LoRA
from tests.learning.test_finetuning import SETTINGS, TRAIN, VALID, bert, llama
from tests.learning.training.small import VOCAB, build, tensors_of
from tests.shelf.test_pretrained import needs_minilm

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
    kept = {n.split(".")[-1] for n in finetuning.trained(model) if not n.startswith("head")}
    assert kept == {"down", "up", "scale", "read"}
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
        (["*.to_query"], dict(rank=0), "rank is 0, but must be 1 or more"),
        (["*.to_query"], dict(rank=1.5), "rank is 1.5, but must be a whole number"),
        (["*.to_query"], dict(rank=True), "rank is True, but must be a whole number"),
        (["*.to_query"], dict(alpha=0.0), "alpha is 0.0, but must be above 0 and finite"),
        (["*.to_query"], dict(alpha=math.inf), "alpha is inf"),
        (["*.to_query"], dict(alpha=math.nan), "alpha is nan"),
        (["unembed"], {}, "the layer unembed shares its weight with another"),
        ("*.to_query", {}, r"names is '\*.to_query', but must be a list of patterns, such as \["),
        ([], {}, r"names is \[\], but must be a list of patterns"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(monkeypatch, names, options, says):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    model = build()
    layers = dict(model.named_modules())
    with pytest.raises(ValueError, match=says):
        lora.add(model, names, **options)
    assert all(weight.requires_grad for weight in model.parameters())
    assert dict(model.named_modules()) == layers


@pytest.mark.parametrize(
    ("model", "within"),
    [
        (nn.TransformerDecoderLayer(8, 2, 16), "MultiheadAttention"),  # reads the weight of out_proj
        (nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16)), "TransformerEncoderLayer"),  # in eval mode, of all layers
        (nn.MultiheadAttention(8, 2), "MultiheadAttention"),
    ],
)
def test_a_layer_whose_weight_is_read_by_another_module_is_refused(model, within):
    with pytest.raises(ValueError, match=f"the {within} around the layer .* reads its weight and need not call it"):
        lora.add(model, ["*"])
    assert all(weight.requires_grad for weight in model.parameters())


@pytest.mark.parametrize("pattern", ["linear1", "linear2"])
def test_beside_such_a_layer_others_can_be_adapted(pattern):
    model = nn.TransformerDecoderLayer(8, 2, 16)
    assert lora.add(model, [pattern]) == [pattern]


@pytest.mark.parametrize("layer", [LoRA(nn.Linear(3, 3), 1, 1.0), nn.LayerNorm(3), nn.Conv2d(1, 1, 1)])
def test_what_is_no_linear_layer_gets_no_lora(layer):
    with pytest.raises(ValueError, match=f"goes around an nn.Linear or a Conv1D .* a {type(layer).__name__}"):
        LoRA(layer, 1, 1.0)


def test_a_model_that_is_a_layer_itself_has_no_place_for_lora():
    with pytest.raises(ValueError, match=r"no linear layer is called '\*'; there are: none in this model"):
        lora.add(nn.Linear(3, 3), ["*"])


# --- A layer in several places. ---


class Twice(nn.Module):
    """One layer under two names, and a block with another under two."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.other = nn.Linear(8, 8), nn.Linear(8, 8)
        self.second = self.first
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(8, 8))] * 2)

    def forward(self, x):
        return self.blocks[1](self.blocks[0](self.second(self.other(self.first(x)).tanh())))


@pytest.mark.parametrize("patterns", [["*"], ["second"], ["first", "blocks.1.0"]])
@pytest.mark.parametrize("act", [lora.merge, lora.remove])
def test_a_layer_under_several_names_is_adapted_merged_and_freed_under_all_of_them(patterns, act):
    model, x = Twice(), torch.randn(3, 8)
    plain, names = model(x), dict(model.named_modules(remove_duplicate=False)).keys()
    found = lora.add(model, patterns)
    assert {"first", "second"} <= set(found) and model.first is model.second and isinstance(model.first, LoRA)
    assert ("blocks.0.0" in found) == ("blocks.1.0" in found) == any("*" in p or "blocks" in p for p in patterns)
    assert torch.equal(model(x), plain)
    disturb(model)
    adapted = model(x)
    act(model)
    assert_close(model(x), adapted if act is lora.merge else plain, atol=1e-5, rtol=1e-5)
    assert dict(model.named_modules(remove_duplicate=False)).keys() == names and model.first is model.second


def test_a_weight_that_another_module_holds_is_not_adapted():
    model = nn.Sequential(nn.Linear(4, 4), nn.Bilinear(4, 4, 4))
    model[1].register_parameter("tied", model[0].weight)
    with pytest.raises(ValueError, match="the layer 0 shares its weight with another"):
        lora.add(model, ["0"])


# --- Bodies of 16 bits. ---


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["lmkit", "bert", "gpt2"])
def test_adapters_of_a_body_of_16_bits_have_32_and_merge_but_for_rounding(name, dtype):
    make, names = MODELS[name]
    model = make().eval().to(dtype)
    before = run(model)
    lora.add(model, names)
    assert torch.equal(run(model), before)
    assert {weight.dtype for weight in finetuning.trained(model).values() if weight.ndim == 2} == {torch.float32}
    disturb(model)
    adapted = run(model)
    assert adapted.dtype == dtype and not torch.allclose(adapted, before, atol=0.1)
    lora.merge(model)
    assert_close(run(model), adapted, atol=0.1, rtol=0.02)


def test_twice_is_refused_and_so_is_merging_nothing():
    model = build()
    for act in (lora.merge, lora.remove):
        with pytest.raises(ValueError, match="has no LoRA: lora.add puts it in"):
            act(model)
    lora.add(model, ["*.to_query"])
    with pytest.raises(ValueError, match="has LoRA already"):
        lora.add(model, ["*.to_key"])
