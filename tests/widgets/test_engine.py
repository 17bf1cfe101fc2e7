"""The engine of the page computes what PyTorch computes, for every kind of model, as far as 32 bits go.

It is held to PyTorch in 64 bits, on the very weights of the file: in 32 bits PyTorch itself is up to 4e-5 away from
that.
"""

import itertools
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lmkit.inside.tracing import trace
from lmkit.model.sampling import probabilities
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf import packing
from lmkit.text.tokenizer import Tokenizer
from tests.hard_strings import hard_strings
from tests.widgets.test_page_module import ROOT, run

ENGINE = ROOT / "lmkit" / "widgets" / "js" / "engine"
WEIGHTS = ROOT / "lmkit" / "shelf" / "weights"
OURS = ["tiny", "book", "book-masked"]
STORY = "One day, Nora gave the red lamp to Omar."
TEXTS = ["", " ", "👩‍👩‍👧‍👦", "我喜欢猫，猫也喜欢灯。", "<script>alert(1)</script>", STORY]

KINDS = {
    "causal": [True, False],
    "positions": ["rotary", "learned"],
    "activation": ["relu", "gelu", "gelu_tanh", "swiglu"],
    "norm": ["layer", "rms"],
    "norm_first": [True, False],
    "n_kv_heads": [4, 2],
    "bias": [True, False],
    "tied": [True, False],
}
SHAPE = {"vocab_size": 259, "n_layers": 2, "n_heads": 4, "d_model": 24, "d_hidden": 50, "max_positions": 12}


def random_model(config: TransformerConfig, dice: torch.Generator) -> Transformer:
    """A model whose weights, also biases and norms, come from chance: large enough for heads to look somewhere."""
    model = Transformer(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if "norm" in name and "weight" in name else 0.0, 0.25, generator=dice)
    return model


def pack(model: Transformer, path: Path) -> Transformer:
    """Write a model, and give it back with the weights that are in the file, in 64 bits."""
    packing.pack(model, Tokenizer([], ["<|a|>", "<|b|>", "<|c|>"]), {}, path)
    return packing.unpack(path)[0].double()


def read_in_node(
    folder: Path, models: list[tuple[Path, list[dict]]], capacity: int, thorough: bool = False
) -> np.ndarray:
    """All numbers that the engine computes, one after another; see engine-numbers.js."""
    listed = [{"path": str(path), "texts": texts} for path, texts in models]
    job = {"models": listed, "capacity": capacity, "thorough": thorough, "to": str(folder / "numbers")}
    run("node", "tests/js/engine-numbers.js", stdin=json.dumps(job))
    return np.fromfile(folder / "numbers", np.float32)


@torch.inference_mode()
def expected(model: Transformer, ids: list[int], only_logits: bool = False) -> dict[str, torch.Tensor]:
    """The same by PyTorch, in the same order. `model` has 64 bits."""
    tokens = torch.tensor([ids])
    if only_logits:
        return {"logits": model(tokens)}
    seen = trace(model, tokens)
    numbers = {"attention": torch.stack(seen.attentions), "stream": torch.stack(seen.residual)}
    numbers["neurons"] = torch.stack(seen.activations)
    numbers["hidden"] = model.hidden(tokens)
    if model.unembed is not None:
        lens = model.unembed(model.final_norm(torch.stack(seen.residual)[:, 0, -1]))
        numbers = {"logits": seen.logits, **numbers, "lens": lens}
        if model.config.causal and len(ids) > 1:
            numbers["loss"] = F.cross_entropy(seen.logits[0, :-1], tokens[0, 1:])
    return numbers


# Logits go up to 20, the lens to 50, the stream to 60: 32 bits know seven digits of these, and sums lose one or two.
BOUNDS = {"logits": 2e-5, "attention": 5e-6, "stream": 3e-5, "neurons": 2e-5, "hidden": 2e-5, "lens": 3e-5}
BOUNDS["loss"] = 1e-5


class Comparison:
    """Takes number after number of what the engine gave, and holds it to what PyTorch gave."""

    def __init__(self, numbers: np.ndarray):
        self.numbers = numbers
        self.at = 0

    def take(self, wanted: dict[str, torch.Tensor], which: object) -> None:
        for name, tensor in wanted.items():
            given = self.numbers[self.at : self.at + tensor.numel()]
            self.at += tensor.numel()
            difference = np.abs(given - tensor.numpy().ravel()).max()
            assert difference <= BOUNDS[name], f"{name} of {which}: {difference}"

    def is_over(self) -> bool:
        return self.at == len(self.numbers)


def half_of_all_kinds() -> list[dict]:
    """Of all 512 combinations those whose places sum to an even number: any seven choices meet in every way."""
    places = itertools.product(*(range(len(choices)) for choices in KINDS.values()))
    return [
        {name: KINDS[name][at] for name, at in zip(KINDS, one, strict=True)} for one in places if sum(one) % 2 == 0
    ]


def test_every_kind_of_model_computes_what_pytorch_computes(tmp_path):
    """With both kernels, and with the cache: engine-numbers.js asserts that these give the same to the last bit."""
    dice = torch.Generator().manual_seed(0)
    models, texts = [], []
    for i, kind in enumerate(half_of_all_kinds()):
        config = TransformerConfig(**SHAPE, **kind)
        models.append(pack(random_model(config, dice), tmp_path / f"{i}.safetensors"))
        texts.append(torch.randint(259, (9,), generator=dice).tolist())
    jobs = [(tmp_path / f"{i}.safetensors", [{"ids": ids, "all": True}]) for i, ids in enumerate(texts)]
    comparison = Comparison(read_in_node(tmp_path, jobs, 12, thorough=True))
    for model, ids in zip(models, texts, strict=True):
        comparison.take(expected(model, ids), model.config)
    assert comparison.is_over()
    assert len(models) == 256


def test_a_model_without_an_unembedding_is_read_too(tmp_path):
    config = TransformerConfig(**SHAPE, unembed=False)
    model = pack(random_model(config, torch.Generator().manual_seed(1)), tmp_path / "a")
    jobs = [(tmp_path / "a", [{"ids": [7, 8], "all": True}])]
    comparison = Comparison(read_in_node(tmp_path, jobs, 2, thorough=True))
    comparison.take(expected(model, [7, 8]), config)
    assert comparison.is_over()


def test_the_models_of_the_book_say_the_same_in_the_page(tmp_path):
    """Two hundred texts, cut to 48 tokens; of the first ones everything that is inside."""
    texts = [*TEXTS, "One day, Nora had a lamp. " * 400, *hard_strings(200 - len(TEXTS) - 1)]
    assert len(texts) == 200
    tokenizer = packing.unpack(WEIGHTS / "book.safetensors")[1]
    read = [tokenizer.encode(text)[:48] for text in texts]
    asked = [{"ids": ids, "all": i < 12} for i, ids in enumerate(read) if ids]
    jobs = [(WEIGHTS / f"{name}.safetensors", asked) for name in OURS]
    comparison = Comparison(read_in_node(tmp_path, jobs, 48))
    for path, _ in jobs:
        model = packing.unpack(path)[0].double()
        for text in asked:
            comparison.take(expected(model, text["ids"], only_logits=not text["all"]), path.stem)
    assert comparison.is_over()


def test_far_positions_are_turned_as_in_pytorch(tmp_path):
    """At position 1000 the angle itself has few digits left: it must be rounded where PyTorch rounds it.

    A head sums up a thousand answers there, so the logits have lost a digit more.
    """
    path = WEIGHTS / "book.safetensors"
    model, tokenizer, _ = packing.unpack(path)
    ids = tokenizer.encode("One day, Nora had a red lamp. Omar wished for it. " * 200)[:1024]
    assert len(ids) == 1024
    numbers = read_in_node(tmp_path, [(path, [{"ids": ids, "all": False}])], 1024)
    wanted = expected(model.double(), ids, only_logits=True)["logits"]
    assert np.abs(numbers - wanted.numpy().ravel()).max() < 1e-4


def switched_off(model: Transformer, off: dict, patch: list[dict]) -> list:
    """Hooks that do in PyTorch what the engine is asked for."""
    d_head = model.config.d_model // model.config.n_heads

    def heads(layer):
        def change(_, inputs):
            mixed = inputs[0].clone()
            for its, head in off["heads"]:
                if its == layer:
                    mixed[:, :, head * d_head : (head + 1) * d_head] = 0
            for one in patch:
                if one["layer"] == layer:
                    start = one["head"] * d_head
                    mixed[0, one["position"], start : start + d_head] = torch.tensor(one["values"])
            return (mixed,)

        return change

    def neurons(layer):
        def change(_, inputs):
            hidden = inputs[0].clone()
            hidden[..., [neuron for its, neuron in off["neurons"] if its == layer]] = 0
            return (hidden,)

        return change

    parts = [(block.attention.to_output, heads(i)) for i, block in enumerate(model.blocks)]
    parts += [(block.feed_forward.write, neurons(i)) for i, block in enumerate(model.blocks)]
    return [part.register_forward_pre_hook(change) for part, change in parts]


@pytest.mark.parametrize("name", OURS)
def test_interventions_do_what_hooks_do_in_pytorch(name, tmp_path):
    path = WEIGHTS / f"{name}.safetensors"
    model, tokenizer, _ = packing.unpack(path)
    ids = tokenizer.encode(STORY)
    off = {"heads": [[0, 1], [2, 0], [2, 3]], "neurons": [[1, 5], [3, 100]]}
    d_head = model.config.d_model // model.config.n_heads
    patch = [{"layer": 1, "head": 2, "position": 3, "values": [0.125 * (i % 5) for i in range(d_head)]}]
    wish = {"off": off, "patch": patch}
    comparison = Comparison(read_in_node(tmp_path, [(path, [{"ids": ids, "wish": wish}])], 48, thorough=True))
    without = expected(model.double(), ids, only_logits=True)["logits"]
    switched_off(model, off, patch)
    wanted = expected(model, ids, only_logits=True)
    assert (wanted["logits"] - without).abs().max() > 0.1
    comparison.take(wanted, name)
    assert comparison.is_over()


# --- The tokenizer, and sampling. ---

IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ loadModel }} from "{ENGINE.as_uri()}/model.js";
import {{ probabilities }} from "{ENGINE.as_uri()}/sampling.js";
const {{ path, texts, lists, draws }} = JSON.parse(readFileSync(0));
const {{ tokenizer, config, card }} = loadModel(readFileSync(path));
console.log(JSON.stringify({{
  config, card, special: tokenizer.special,
  ids: texts.map(tokenizer.encode),
  decoded: lists.map(tokenizer.decode),
  pieces: lists.map(tokenizer.pieces),
  shares: draws.map(({{ logits, ...how }}) => [...probabilities(logits, how)]),
}}));
"""


def ask_node(path: Path, **questions: list) -> dict:
    asked = {"path": str(path), "texts": [], "lists": [], "draws": [], **questions}
    return json.loads(run("node", "--input-type=module", "-e", IN_NODE, stdin=json.dumps(asked)))


def test_the_tokenizer_in_the_page_gives_the_same_ids_texts_and_pieces():
    path = WEIGHTS / "book.safetensors"
    model, tokenizer, card = packing.unpack(path)
    texts = [*TEXTS, *hard_strings(), "Omar's lamp. " * 800]
    dice = np.random.default_rng(0)
    lists = [dice.integers(tokenizer.vocab_size, size=12).tolist() for _ in range(300)]
    lists += [dice.integers(2, 258, size=12).tolist() for _ in range(300)]  # single bytes: pieces of characters
    answer = ask_node(path, texts=texts, lists=lists)
    assert answer["ids"] == [tokenizer.encode(text) for text in texts]
    assert answer["decoded"] == [tokenizer.decode(ids) for ids in lists]
    assert answer["pieces"] == [tokenizer.words(ids) for ids in lists]
    assert (answer["special"], answer["card"]) == (list(tokenizer.special_tokens), card)
    assert vars(model.config) | answer["config"] == vars(model.config)  # what it does not say is as by default


def test_a_long_word_takes_no_longer_for_each_of_its_letters():
    """One word of 200,000 letters: read again for each merge it would take hours."""
    path = WEIGHTS / "tiny.safetensors"
    word = "Nora" * 50_000
    assert ask_node(path, texts=[word])["ids"] == [packing.unpack(path)[1].encode(word)]


def test_the_page_draws_from_the_same_probabilities():
    logits = torch.randn(40, generator=torch.Generator().manual_seed(0)) * 3
    logits[3] = logits[7] = logits.max()  # of equals the smaller id comes first
    ways = [(1.0, None, None), (0.3, None, None), (2.5, 5, None), (1.0, 1, None), (1.0, None, 0.6), (0.8, 12, 0.9)]
    draws = [{"logits": logits.tolist(), "temperature": t, "topK": k, "topP": p} for t, k, p in ways]
    for given, (t, k, p) in zip(ask_node(WEIGHTS / "tiny.safetensors", draws=draws)["shares"], ways, strict=True):
        wanted = probabilities(logits[None], temperature=t, top_k=k, top_p=p)[0]
        np.testing.assert_allclose(given, wanted, atol=1e-6)
        assert [share == 0 for share in given] == (wanted == 0).tolist()


# --- The kernel. ---


def test_the_kernel_is_compiled_from_its_source(tmp_path):
    program, *arguments = shlex.split(json.loads((ROOT / "package.json").read_text())["scripts"]["kernel"])
    again = tmp_path / "binary.js"
    run(program, *arguments, str(again))
    committed = ENGINE / "kernel" / "binary.js"
    assert again.read_bytes() == committed.read_bytes(), "binary.js is not what kernel.ts gives: npm run kernel"
