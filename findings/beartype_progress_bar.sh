#!/bin/sh
# Does a checked annotation `Iterable[Item]` leave a generator as it is, when the generator is wrapped in a progress bar?
#
# Guess: yes. A checker of types must not iterate over what can be iterated only once, so it looks at the kind alone.
#
# Seen with beartype 0.23.1, tqdm 4.70.1, Python 3.11: no. A plain generator is left alone. tqdm(generator, total=n) has
# a length and can be asked what it contains, so it is taken for a container, and its first item is looked at. That ends
# the generator: the function gets nothing, its loop has nothing to do, and nothing is said. Without `total` the length
# is None, and the check itself ends in a TypeError.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet beartype==0.23.1 tqdm==4.70.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from collections.abc import Iterable, Iterator

from beartype import beartype
from tqdm import tqdm


@beartype
def handed_on(items: Iterable[int]) -> list[int]:
    return list(items)


def three() -> Iterator[int]:
    yield from (1, 2, 3)


plain = handed_on(three())
with_total = handed_on(tqdm(three(), total=3, disable=True))
try:
    without_total = handed_on(tqdm(three(), disable=True))
except TypeError as error:
    without_total = f"TypeError: {error}"
of_a_list = handed_on(tqdm([1, 2, 3], disable=True))
print("a generator:                ", plain)
print("tqdm of it, with a total:   ", with_total)
print("tqdm of it, without a total:", without_total)
print("tqdm of a list:             ", of_a_list)
assert plain == of_a_list == [1, 2, 3], "a generator or a list loses an item"
assert with_total == [], "with a total not everything is lost any more"
assert str(without_total).startswith("TypeError"), "without a total the check does not fail any more"
print("as described")
PYTHON
