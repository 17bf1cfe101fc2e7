"""Print how a chapter cites a source, in brackets and in a sentence: python -m tools.cite KEY

Both are links that any notebook shows as text; the book makes citations of them (book/_ext/citations.py).
"""

import argparse
from functools import cache
from pathlib import Path

from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import Text

BIBLIOGRAPHY = Path(__file__).parents[1] / "book" / "references.bib"


@cache
def entries() -> dict[str, Entry]:
    """Every source by its key."""
    return dict(parse_file(str(BIBLIOGRAPHY)).entries)


def who(entry: Entry) -> str:
    """The last names of its authors; of more than two, the first."""
    names = [_last_name(person) for person in entry.persons["author"]]
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)


def _last_name(person: Person) -> str:
    return str(Text.from_latex(" ".join(person.prelast_names + person.last_names)))


def in_brackets(*keys: str) -> str:
    """As in "It was invented to compress files (Gage, 1994)"."""
    links = [f"[{who(entries()[key])}, {entries()[key].fields['year']}]({_address(key)})" for key in keys]
    return f"({'; '.join(links)})"


def in_a_sentence(key: str) -> str:
    """As in "Gage (1994) invented it to compress files"."""
    return f"[{who(entries()[key])} ({entries()[key].fields['year']})]({_address(key)})"


def _address(key: str) -> str:
    return f"../book/references.md#{key}"


if __name__ == "__main__":
    asks = argparse.ArgumentParser(description="Print how a chapter cites a source.")
    asks.add_argument("key", choices=entries(), metavar="KEY", help="of book/references.bib")
    key = asks.parse_args().key
    print(in_brackets(key), in_a_sentence(key), sep="\n")
