"""bert-base-uncased over a network: a server of this machine stands in for the hub, with a small BERT as it is there.

What is in the cache is held against its hash and needs no network; nothing beside it is taken for the model.

The original's file names its norms' weights gamma and beta, holds a pooler and a head for next sentences that a masked
language model has no use for, and leaves out the decoder, which is the embedding. Its name leads on to google-bert/.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest
import torch
from safetensors.torch import load, save
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining, BertTokenizer

import lmkit

ROOT = Path(__file__).parents[2]
NAME, REVISION = "bert-base-uncased", "86b5e0934494bd15c9632b12f734a8a67f723594"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "kite", "is", "red"]
TEXT = "The kite is red"
IDS = [2, 5, 6, 7, 8, 3]
NOBODY = "http://127.0.0.1:9"
TELL = """
with torch.no_grad():
    logits = model(torch.tensor([ids])).logits
print(json.dumps(dict(ids=ids, logits=logits.tolist(), checkpoint=model.name_or_path)))
"""
LOAD = f"""
import json, lmkit, torch
loaded = lmkit.load({NAME!r})
model, ids = loaded.model, loaded.encode({TEXT!r})[0].tolist()
assert len(loaded.trace({TEXT!r}).attentions) == 2
{TELL}"""
LOAD_AGAIN = f"""
import json, sys, torch, transformers
ids = transformers.AutoTokenizer.from_pretrained(sys.argv[1])({TEXT!r})["input_ids"]
model = transformers.BertForMaskedLM.from_pretrained(sys.argv[1]).eval()
{TELL}"""


def original() -> BertForPreTraining:
    """A small BERT, with everything that was trained."""
    torch.manual_seed(0)
    sizes = dict(hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2)
    config = BertConfig(vocab_size=len(WORDS), **sizes, max_position_embeddings=16, architectures=["BertForMaskedLM"])
    return BertForPreTraining(config).eval()


def weights_as_on_the_hub(model: BertForPreTraining) -> bytes:
    """The weights under the names that the original gives them."""
    kept = {name: weight for name, weight in model.state_dict().items() if ".decoder." not in name}
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for new_part, old_part in old.items():
        kept = {name.replace(new_part, old_part): weight for name, weight in kept.items()}
    return save(kept, metadata={"format": "pt"})


def files_of_the_hub(folder: Path) -> dict[str, bytes]:
    """What the repository of the model holds."""
    vocabulary = "\n".join(WORDS).encode()
    (folder / "vocab.txt").write_bytes(vocabulary)
    tokenizer = BertTokenizer(str(folder / "vocab.txt"), model_max_length=16)
    model = original()
    return {
        "config.json": model.config.to_json_string(use_diff=False).encode(),
        "model.safetensors": weights_as_on_the_hub(model),
        "tokenizer.json": tokenizer.backend_tokenizer.to_str().encode(),
        "tokenizer_config.json": json.dumps({"do_lower_case": True, "model_max_length": 16}).encode(),
        "vocab.txt": vocabulary,
    }


def etag(path: str, content: bytes) -> str:
    """The hash by which the hub names a file: SHA-256 for weights, for the others that of git."""
    if path.endswith(".safetensors"):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does for one repository at one commit."""

    files: dict[str, bytes]
    asked: list[str]

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body: bool):
        self.asked.append(self.path)
        here = f"/google-bert/{NAME}/resolve/{REVISION}/"
        if self.path.startswith(f"/{NAME}/"):
            return self.say(307, {"Location": f"/google-bert{self.path}"})
        content = self.files.get(self.path.removeprefix(here)) if self.path.startswith(here) else None
        if content is None:
            return self.say(404, {"X-Error-Code": "EntryNotFound"})
        self.say(200, {"ETag": f'"{etag(self.path, content)}"'}, content if with_body else b"", len(content))

    def say(self, status: int, headers: dict[str, str], body: bytes = b"", length: int = 0):
        self.send_response(status)
        for name, value in {**headers, "X-Repo-Commit": REVISION, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture
def hub(tmp_path) -> Iterator[tuple[str, type[Hub]]]:
    """The address of the hub, and the hub."""
    handler = type("ThisHub", (Hub,), {"files": files_of_the_hub(tmp_path), "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()


# --- As a reader meets it: in a process of its own. ---


def run(script: str, address: str, home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Python in a process of its own, which reads the address of the hub when it starts."""
    its_own = {"HF_ENDPOINT": address, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "PYTHONPATH": str(ROOT)}
    command, env = [sys.executable, "-c", script, *arguments], {**os.environ, **its_own}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)


def test_bert_is_fetched_from_the_hub_at_its_revision_and_loaded_again_by_its_own_name(hub, tmp_path):
    address, served = hub
    first = run(LOAD, address, tmp_path / "home")
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""  # no word of the pooler, no bars: one line is what lmkit.load promises
    line, told = first.stdout.splitlines()
    assert line.startswith(f"{NAME}: BertForMaskedLM, 2 layers × 2 heads, ")
    assert line.endswith(f"from the hub, revision {REVISION}, files verified by their hashes")
    told = json.loads(told)
    assert told["ids"] == IDS
    torch.testing.assert_close(torch.tensor(told["logits"]), logits_of_the_original())

    assert sum(path.endswith("model.safetensors") for path in served.asked)
    served.files = {}  # the hub has lost everything: what is in the cache stays good
    again = run(LOAD_AGAIN, address, tmp_path / "home", told["checkpoint"])
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == told
    assert [path for path in served.asked if "/resolve/" in path and REVISION not in path] == []


# --- In this process. ---


@pytest.fixture
def reach(tmp_path, monkeypatch):
    """Give a way to set the address of the hub. The cache is empty."""

    def reach(address: str) -> None:
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return reach


@pytest.fixture
def served(hub, reach) -> type[Hub]:
    """The hub, in reach."""
    reach(hub[0])
    return hub[1]


def logits_of_the_original() -> torch.Tensor:
    with torch.no_grad():
        return original()(torch.tensor([IDS])).prediction_logits


def assert_is_the_original(loaded: lmkit.Pretrained) -> None:
    with torch.no_grad():
        torch.testing.assert_close(loaded.model(loaded.encode(TEXT)).logits, logits_of_the_original())


def snapshot(tmp_path: Path) -> Path:
    """Where the cache has the files."""
    return tmp_path / "cache" / f"models--{NAME}" / "snapshots" / REVISION


def test_what_the_cache_has_is_loaded_without_a_word_to_the_hub(served, reach):
    lmkit.load(NAME)
    served.asked.clear()
    assert_is_the_original(lmkit.load(NAME))
    assert served.asked == []
    reach(NOBODY)
    assert_is_the_original(lmkit.load(NAME))


def test_a_folder_of_its_name_is_not_taken_for_a_model_of_the_hub(served, reach, tmp_path, monkeypatch):
    other = BertForMaskedLM(BertConfig.from_dict(original().config.to_dict() | {"num_hidden_layers": 1}))
    other.save_pretrained(tmp_path / NAME)
    monkeypatch.chdir(tmp_path)
    assert_is_the_original(lmkit.load(NAME))
    assert_is_the_original(lmkit.load(NAME))  # from the cache, too


def test_a_hub_that_does_not_answer_is_a_missing_model_that_names_the_cure_at_once(reach):
    reach(NOBODY)
    start = time.monotonic()
    with pytest.raises(lmkit.MissingModel) as caught:
        lmkit.load(NAME)
    assert time.monotonic() - start < 10
    assert f"the model '{NAME}', revision {REVISION}, could not be loaded from the hub" in str(caught.value)
    assert "the cache lacks its configuration and weights as safetensors and tokenizer" in str(caught.value)
    assert str(caught.value).endswith("without one, lmkit.load('minilm') is a real BERT from a package")


FILES = {  # and what they are
    "config.json": "configuration",
    "model.safetensors": "weights as safetensors",
    "tokenizer.json": "tokenizer",
    "tokenizer_config.json": "tokenizer_config.json",
}


@pytest.mark.parametrize(("file", "what"), FILES.items())
def test_a_file_that_the_cache_has_lost_is_missed_without_a_network_and_fetched_again_with_one(
    served, reach, tmp_path, file, what
):
    lmkit.load(NAME)
    (snapshot(tmp_path) / file).unlink()
    address = huggingface_hub.constants.ENDPOINT
    reach(NOBODY)
    with pytest.raises(lmkit.MissingModel, match=f"the cache lacks its {what};"):
        lmkit.load(NAME)
    reach(address)
    assert_is_the_original(lmkit.load(NAME))


def test_a_model_without_its_tokenizer_is_refused(served):
    del served.files["tokenizer.json"], served.files["vocab.txt"]
    with pytest.raises(ValueError, match=r"bert-base-uncased, revision .*, has no tokenizer \(tokenizer\.json, vocab"):
        lmkit.load(NAME)


def test_a_vocabulary_will_do_for_a_tokenizer(served):
    del served.files["tokenizer.json"]
    assert_is_the_original(lmkit.load(NAME))


CHANGES = {"changed": lambda data: data[:-1] + bytes([data[-1] ^ 1]), "cut short": lambda data: data[: len(data) // 2]}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("file", FILES)
def test_a_file_of_the_cache_that_is_not_what_its_name_says_is_refused_and_the_cure_works(
    served, tmp_path, file, change
):
    lmkit.load(NAME)
    blob = (snapshot(tmp_path) / file).resolve()
    blob.write_bytes(change(blob.read_bytes()))
    with pytest.raises(ValueError, match=rf"{file} is damaged: its hash should be {blob.name}.*Delete {blob}, then"):
        lmkit.load(NAME)
    blob.unlink()
    assert_is_the_original(lmkit.load(NAME))


@pytest.mark.parametrize("file", FILES)
def test_a_cache_of_copies_is_loaded_unverified_and_a_copy_cut_short_is_named(served, tmp_path, file, capfd):
    lmkit.load(NAME)
    for link in snapshot(tmp_path).iterdir():
        data = link.read_bytes()
        link.unlink()
        link.write_bytes(data)
    assert_is_the_original(lmkit.load(NAME))
    assert capfd.readouterr().out.splitlines()[-1].endswith("files not verified: they have no hashes")
    copy = snapshot(tmp_path) / file
    copy.write_bytes(CHANGES["cut short"](copy.read_bytes()))
    says = rf"files of {NAME} cannot be read \(.*delete the folder .*models--{NAME}, then load {NAME} with a network"
    with pytest.raises(ValueError, match=says):
        lmkit.load(NAME)


def test_weights_in_several_files_are_fetched_and_then_found_in_the_cache(served, reach, tmp_path):
    weights = load(served.files.pop("model.safetensors"))
    names = sorted(weights)
    parts = {"one.safetensors": names[::2], "two.safetensors": names[1::2]}
    for part, its in parts.items():
        served.files[part] = save({name: weights[name] for name in its}, metadata={"format": "pt"})
    where = {name: part for part, its in parts.items() for name in its}
    served.files["model.safetensors.index.json"] = json.dumps({"metadata": {}, "weight_map": where}).encode()
    assert_is_the_original(lmkit.load(NAME))
    reach(NOBODY)
    assert_is_the_original(lmkit.load(NAME))
    (snapshot(tmp_path) / "two.safetensors").unlink()
    with pytest.raises(lmkit.MissingModel, match="the cache lacks its weights"):
        lmkit.load(NAME)
