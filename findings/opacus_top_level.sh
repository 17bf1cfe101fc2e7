#!/bin/sh
# What does installing Opacus make importable?
#
# Guess: `opacus`.
#
# Seen with the wheel of opacus 1.6.0: `opacus`, and two packages more, `benchmarks` and `examples`. Whoever has a
# folder of one of these names beside their code, and appends that place to sys.path, imports Opacus's instead.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --no-deps opacus==1.6.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import files

tops = {path.parts[0] for path in files("opacus") if len(path.parts) > 1 and "dist-info" not in path.parts[0]}
tops.discard("..")
print("importable:", ", ".join(sorted(tops)))
assert {"benchmarks", "examples", "opacus"} <= tops, "changed: only its own name"
print("as described")
PYTHON
