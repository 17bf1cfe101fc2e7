"""Every benchmark runs from end to end at its smallest size, so that none can rot. No time is judged here."""

import subprocess
import sys
from functools import partial

import pytest
import torch

from benchmarks import classroom, generation, heads, peers, surveying, tokenizing, tracing, training
from benchmarks.peers import Shape
from benchmarks.tables import TABLES
from benchmarks.viewers import VIEWERS
from lmkit.inside.head_survey import survey

SMALL = Shape(n_layers=1, n_heads=2, d_model=8, n_positions=8, batch_size=2, vocab_size=16)

# Written for this test, with the names of nanoGPT's model.py.
NANO_GPT = '''
from dataclasses import dataclass
import torch
from torch import nn

@dataclass
class GPTConfig:
    block_size: int
    vocab_size: int
    n_layer: int
    n_head: int
    n_embd: int

class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        print("number of parameters")
        self.embed = nn.Embedding(config.vocab_size, config.vocab_size)

    def configure_optimizers(self, weight_decay, learning_rate, betas, device_type):
        return torch.optim.AdamW(self.parameters(), learning_rate, betas, weight_decay=weight_decay)

    def forward(self, tokens, targets):
        logits = self.embed(tokens)
        return logits, nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
'''


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "model.py").write_text(NANO_GPT)
    return tmp_path


def assert_is_table(name, result, n_rows):
    assert len(TABLES[name](result).rows) == n_rows


def test_training_beside_two_peers(checkout, capsys):
    result = training.measure({"small": SMALL}, {"small": 2}, checkout)
    rates = result["shapes"]["small"]["tokens_a_second"]
    assert {"lmkit, learned positions", "lmkit, rotary positions", "Hugging Face", "nanoGPT"} <= set(rates)
    assert all(low > 0 for low, _, _ in rates.values())
    assert_is_table("training", result, len(rates))
    assert "number of parameters" not in capsys.readouterr().out


def test_without_a_checkout_there_is_one_peer():
    assert "nanoGPT" not in training.candidates(SMALL, in_16_bits=False, checkout=None)


def test_where_bfloat16_is_faster_it_is_measured_too(monkeypatch):
    monkeypatch.setattr("lmkit.learning.training.loop.bfloat16_is_faster", lambda device: True)
    steps = training.candidates(SMALL, in_16_bits=True, checkout=None)
    assert "lmkit, learned positions, bfloat16" in steps
    steps["lmkit, rotary positions, bfloat16"]()


def test_a_checkout_that_is_none_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="name a checkout of nanoGPT, as in make bench NANOGPT="):
        peers.nano_gpt(SMALL, tmp_path)


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_the_models_have_the_same_parameters_one_for_one(positions):
    theirs = sum(weights.numel() for weights in peers.hugging_face(SMALL).parameters())
    ours = sum(weights.numel() for weights in peers.ours(SMALL, positions).parameters())
    assert theirs - ours == (0 if positions == "learned" else SMALL.n_positions * SMALL.d_model)


@pytest.mark.parametrize("peer", ["Hugging Face", "nanoGPT"])
def test_a_peer_is_timed_while_it_learns(peer, checkout):
    """Each token is followed by the next number, which is soon known."""
    text = torch.arange(16).repeat(50)
    make = {"Hugging Face": training.hugging_face_step, "nanoGPT": training.nano_gpt_step}[peer]
    step = make(SMALL, text, *[checkout] * (peer == "nanoGPT"))
    losses = torch.tensor([step() for _ in range(300)])  # of two short rows each: a single one says little
    assert losses[-50:].mean() < losses[:50].mean() - 0.05


def test_tracing():
    result = tracing.measure(SMALL, {"1 × 4": (1, 4)}, {"1 × 4": 2})
    forwards = set(result["1 × 4"]["milliseconds"])
    assert forwards | {"TransformerLens", "TransformerLens, run_with_cache"} == set(tracing.PLAIN)  # it may be missing
    assert_is_table("tracing", result, len(forwards))
    assert result["1 × 4"]["cost"]["lmkit"] == [1, 1, 1]


def test_surveying(monkeypatch):
    monkeypatch.setattr(surveying, "TOGETHER", 4)
    monkeypatch.setattr("lmkit.inside.batches.TOGETHER", 4)
    monkeypatch.setattr(surveying, "survey", partial(survey, n_passages=2))
    result = surveying.measure(n_parts=2)
    assert_is_table("surveying", result, 2)
    assert result["stories"] == 8 and result["cost"]["head_survey"][0] > 0 and min(result["megabytes"]) > 0


def test_generation_writes_the_same_tokens():
    result = generation.measure(SMALL, (6,), {6: 2})
    assert result["6"]["same_tokens"]
    assert_is_table("generation", result, 3)


def test_tokenizers_agree():
    result = tokenizing.measure(n_bytes=20_000, vocab_size=300, n_rounds=2, n_recounted=3)
    assert 0.02 <= result["megabytes"] < 0.03
    assert result["merges"] == {"lmkit": 44, "Hugging Face": 44, "all recounted": 3}
    assert result["agreeing"] == {"Hugging Face": 44, "all recounted": 3}
    assert_is_table("tokenizing", result, 3)


def test_agreement_ends_at_the_first_difference():
    assert tokenizing.n_agreeing("abcd", "abxd") == 2
    assert tokenizing.n_agreeing("ab", "abc") == 2


def test_head_viewers_bytes():
    ours, bertviz = (heads.bytes_a_weight(viewer, n_tokens=4) for viewer in VIEWERS[:2])
    assert all(0 < ours[kind] < bertviz[kind] for kind in ("causal", "dense"))


def test_the_memory_of_all_processes_is_watched(monkeypatch):
    monkeypatch.setattr(classroom, "EVERY", 0.05)
    holds = "import time; held = bytes(range(256)) * (1 << 20); time.sleep(0.5)"  # 256 MiB
    with classroom.Memory() as alone:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.5)"], check=True)
    with classroom.Memory() as both:
        subprocess.run([sys.executable, "-c", holds], check=True)
    # What is shared with other processes weighs less the more of them there are, and they come and go.
    assert 192 << 20 < both.most - alone.most < 384 << 20
