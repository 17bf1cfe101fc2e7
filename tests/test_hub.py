"""bert-base-uncased over a network: a server of this machine stands in for the hub, with a small BERT as it is there.

The original's file names its norms' weights gamma and beta, holds a pooler and a head for next sentences that a masked
language model has no use for, and leaves out the decoder, which is the embedding. Its name leads on to google-bert/.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from transformers import BertConfig, BertForPreTraining, BertTokenizer

ROOT = Path(__file__).parents[1]
NAME, REVISION = "bert-base-uncased", "86b5e0934494bd15c9632b12f734a8a67f723594"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "kite", "is", "red"]
TEXT = "The kite is red"
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
        self.say(200, {"ETag": f'"{hashlib.sha256(content).hexdigest()}"'}, content if with_body else b"", len(content))

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
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()


def run(script: str, address: str, home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Python in a process of its own, which reads the address of the hub when it starts."""
    its_own = {"HF_ENDPOINT": address, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "PYTHONPATH": str(ROOT)}
    command, env = [sys.executable, "-c", script, *arguments], {**os.environ, **its_own}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)


def test_bert_is_fetched_from_the_hub_at_its_revision_and_then_found_in_the_cache(hub, tmp_path):
    address, served = hub
    first = run(LOAD, address, tmp_path / "home")
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""  # no word of the pooler, no bars: one line is what lmkit.load promises
    line, told = first.stdout.splitlines()
    assert line.startswith(f"{NAME}: BertForMaskedLM, 2 layers × 2 heads, ")
    assert line.endswith(f"from the hub, revision {REVISION}")
    told = json.loads(told)
    assert told["ids"] == [2, 5, 6, 7, 8, 3]
    with torch.no_grad():
        wanted = original()(torch.tensor([told["ids"]])).prediction_logits
    torch.testing.assert_close(torch.tensor(told["logits"]), wanted)

    assert sum(path.endswith("model.safetensors") for path in served.asked)
    served.files = {}  # the hub has lost everything: what is in the cache stays good
    again = run(LOAD, address, tmp_path / "home")
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout


def test_what_is_loaded_again_by_the_models_own_name_is_of_the_same_revision(hub, tmp_path):
    address, served = hub
    loaded = json.loads(run(LOAD, address, tmp_path).stdout.splitlines()[1])
    again = run(LOAD_AGAIN, address, tmp_path, loaded["checkpoint"])
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == loaded
    assert [path for path in served.asked if "/resolve/" in path and REVISION not in path] == []


def test_a_hub_that_does_not_answer_is_a_missing_model_that_names_the_cure(tmp_path):
    nobody = run(LOAD, "http://127.0.0.1:9", tmp_path)
    assert nobody.returncode != 0
    says = nobody.stderr.splitlines()[-1]
    assert f"the model '{NAME}', revision {REVISION}, could not be loaded from the hub" in says
    assert "without one, lmkit.load('minilm') is a real BERT from a package" in says
