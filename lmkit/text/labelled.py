"""Labelled text: read from a CSV or JSONL file, looked over, and split so that no text is in two parts.

    from lmkit.text import labelled
    data = labelled.read("reviews.csv", text="review", label="stars")
    train, validation, test = labelled.split(data)
"""

import csv
import difflib
import hashlib
import io
import json
import math
import os
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmkit.text import corpus

MANY = 20  # in so many lines, labels that are nearly all different are no classes; of more classes not all are listed
UNBALANCED = 3  # a warning is given where the largest class has this many times the texts of the smallest


@dataclass(frozen=True)
class Labelled:
    """Texts, each with the number of its class.

    Args:
        classes: the names of the classes; label 0 is the first.

    Raises:
        ValueError: not as many labels as texts, a label that is the number of no class, or two classes of one name.
    """

    texts: list[str]
    labels: list[int]
    classes: list[str]

    def __post_init__(self):
        if len(self.texts) != len(self.labels):
            raise ValueError(f"{len(self.texts)} texts have {len(self.labels)} labels: give each text one label")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(f"classes has a name twice, {self.classes}: give each class a name of its own")
        wrong = sorted({label for label in self.labels if not 0 <= label < len(self.classes)})
        if wrong:
            raise ValueError(f"labels {wrong} are not the numbers of {len(self.classes)} classes: count from 0")

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def counts(self) -> dict[str, int]:
        """How many texts each class has."""
        counted = Counter(self.labels)
        return {name: counted[number] for number, name in enumerate(self.classes)}

    def take(self, numbers: Iterable[int]) -> "Labelled":
        """Give the examples with these numbers, in this order."""
        numbers = list(numbers)
        return Labelled([self.texts[i] for i in numbers], [self.labels[i] for i in numbers], self.classes)


# --- Reading and writing. ---


def read(path: str | os.PathLike, *, text: str = "text", label: str = "label") -> Labelled:
    """Read labelled texts from a .csv file with a header, or a .jsonl file with one JSON object a line.

    The classes are the different labels as text, in alphabetical order. Spaces around a label are no part of it. What
    could be meant in two ways is refused rather than guessed: the same label written in two ways, such as "1" and
    "1.0", or a mark that programs write where there is nothing, such as "nan" and "NA".

    Args:
        text, label: the names of the columns (CSV) or keys (JSONL); all others are ignored.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, not UTF-8, not CSV or JSONL, or has no such columns, or one of them twice; a
            text or a label is missing, or is no text; or the labels are all the same, nearly all different, or one of
            them is written in two ways. The message names the line and the cure.

    Warns:
        UserWarning: the largest class has three times the texts of the smallest, or more.
    """
    path = Path(path)
    if text == label:
        raise ValueError(f"the text and the label are both {text!r}: name two columns")
    texts, names = [], []
    for number, a_text, a_label in _lines(path, _decode(path), (text, label)):
        _check_value(path, number, text, a_text, (str,))
        _check_value(path, number, label, a_label, (str, int))
        texts.append(a_text)
        names.append(str(a_label).lower() if isinstance(a_label, bool) else str(a_label).strip())
    if not texts:
        raise ValueError(f"{path} has no examples: give it at least one of each of two classes")
    _check_classes(path, label, Counter(names))
    number_of = {name: number for number, name in enumerate(sorted(set(names)))}
    return Labelled(texts, [number_of[name] for name in names], list(number_of))


def write(data: Labelled, path: str | os.PathLike, *, text: str = "text", label: str = "label") -> None:
    """Write labelled texts as a CSV file that `read` reads: a column of texts, and one with the names of the classes.

    Args:
        text, label: the names of the columns.
    """
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([text, label])
        writer.writerows(zip(data.texts, (data.classes[number] for number in data.labels), strict=True))


_Line = tuple[int, object, object]  # the number of a line, its text, its label


# What programs write where there is nothing: R, pandas, databases, spreadsheets, Python.
_NOTHING = {"nan", "-nan", "na", "<na>", "n/a", "#n/a", "null"}


def _is_missing(value: object) -> bool:
    written = str(value).strip()
    return value is None or not written or written.lower() in _NOTHING or written == "None"


def _check_value(path: Path, number: int, name: str, value: object, kinds: tuple[type, ...]) -> None:
    where = f"{path}, line {number}:"
    if _is_missing(value):
        says = f" ({value!r} stands for nothing)" if str(value).strip() and value is not None else ""
        raise ValueError(f"{where} there is no {name!r}{says}. Fill it in, or delete the line.")
    if not isinstance(value, kinds):
        raise ValueError(f"{where} {name!r} is {value!r}. Write a text, in quotes.")
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{where} character {error.start} of {name!r} is {value[error.start]!r}, half of a surrogate pair, which "
            "is no character. Export the data again, as UTF-8."
        ) from None


def _decode(path: Path) -> str:
    if not path.is_file():
        there = sorted(file.name for file in path.parent.glob("*") if _kind(file) in (".csv", ".jsonl"))
        holds = f"the folder {path.parent} holds {', '.join(there) or 'no .csv or .jsonl file'}"
        raise FileNotFoundError(f"there is no file {path}; {holds}")
    text = corpus.read(path)
    if not text.strip():
        raise ValueError(f"{path} is empty: export the data again")
    return text


def _kind(path: Path) -> str:
    return path.suffix.lower()


def _lines(path: Path, content: str, columns: tuple[str, str]) -> Iterator[_Line]:
    if _kind(path) not in (".csv", ".jsonl"):
        raise ValueError(f"{path} is neither a .csv nor a .jsonl file: export it as one of these, and name it so")
    return (_csv_lines if _kind(path) == ".csv" else _jsonl_lines)(path, content, columns)


def _csv_lines(path: Path, content: str, columns: tuple[str, str]) -> Iterator[_Line]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = next(reader)
        _check_columns(path, header, columns)
        for fields in reader:
            if not fields:  # an empty line
                continue
            if len(fields) != len(header):
                raise ValueError(
                    f"{path}, line {reader.line_num}: {len(fields)} fields, but the header has {len(header)}. "
                    'Put a text with a comma in it in quotes: "Good, I think".'
                )
            yield reader.line_num, *(fields[header.index(column)] for column in columns)
    except csv.Error as error:
        too_long = "field limit" in str(error)
        cure = "Cut the text, or export it as .jsonl." if too_long else "Are all quotes closed?"
        raise ValueError(f"{path}, line {reader.line_num}: this is not CSV ({error}). {cure}") from None


def _jsonl_lines(path: Path, content: str, columns: tuple[str, str]) -> Iterator[_Line]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(line, object_pairs_hook=_Pairs)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: this is not JSON ({error}). Write one object a line.") from None
        if not isinstance(pairs, _Pairs):
            keys = ", ".join(f'"{column}": ...' for column in columns)
            raise ValueError(f"{path}, line {number}: this is not an object. Write {{{keys}}}.")
        _check_columns(f"{path}, line {number}", [key for key, _ in pairs], columns)
        example = dict(pairs)
        yield number, *(example[column] for column in columns)


class _Pairs(list):
    """An object of JSON as it is written: a key may stand there twice."""


def _check_columns(where: object, there: Sequence[str], wanted: Iterable[str]) -> None:
    for name in wanted:
        if (count := there.count(name)) == 1:
            continue
        if count > 1:
            raise ValueError(f"{where}: {count} columns are called {name!r}. Which is meant? Rename the others.")
        close = difflib.get_close_matches(name.lower(), [other.lower() for other in there], n=1, cutoff=0.5)
        guess = next((other for other in there if [other.lower()] == close), None)
        cure = f"Did you mean {guess!r}? " if guess else ""
        if len(there) == 1 and (mark := next((mark for mark in ";\t|" if mark in there[0]), "")):
            cure = f"Fields are parted by {mark!r} here: export the file with commas. "
        raise ValueError(
            f"{where}: there is no column {name!r}. {cure}There are: {', '.join(map(repr, there))}. "
            "Name them in labelled.read(path, text=..., label=...)."
        )


def _check_classes(path: Path, column: str, counts: Counter[str]) -> None:
    ranked = counts.most_common()
    (often, most), (_, fewest) = ranked[0], ranked[-1]
    if len(counts) == 1:
        raise ValueError(f"{path}: all labels are the same ({often!r} {most}), so there is nothing to tell apart")
    if counts.total() >= MANY and len(counts) > counts.total() / 2:
        raise ValueError(
            f"{path}: the column {column!r} has {len(counts):,} different labels in {counts.total():,} lines: hardly "
            "two texts have the same. Is it a number of the line, a date, a score? Name the column of the classes: "
            "labelled.read(path, label=...)."
        )
    _check_writing(path, counts)
    if most >= UNBALANCED * fewest:
        warnings.warn(
            f"{path}: the classes are unbalanced ({_listed(ranked)}). Always answering {often!r} would be right for "
            f"{most / counts.total():.0%}: judge a model against that.",
            stacklevel=3,
        )


def _check_writing(path: Path, counts: Counter[str]) -> None:
    """Refuse a label that is written in two ways: there would be two classes, and a model could not tell them apart."""
    ways: dict[object, list[str]] = {}
    for name in counts:
        ways.setdefault(_meaning(name), []).append(name)
    for names in ways.values():
        if len(names) > 1:
            raise ValueError(
                f"{path}: {' and '.join(f'{name!r} ({counts[name]})' for name in names)} look like one label, written "
                "in different ways. Write them alike, or give them names that differ by more."
            )


def _meaning(name: str) -> object:
    """What a label says, however it is written: a number, or a text without case, spaces and forms of its letters."""
    name = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    try:
        return float(name) if "_" not in name and math.isfinite(float(name)) else name
    except ValueError:
        return name


def _listed(ranked: list[tuple[str, int]]) -> str:
    """List the classes with their counts; of many the largest and the smallest."""
    shown = [f"{name!r} {count}" for name, count in ranked]
    return ", ".join(shown if len(shown) <= MANY else [*shown[:5], "...", *shown[-5:]])


# --- Splitting. ---


def split(data: Labelled, shares: Sequence[float] = (0.8, 0.1, 0.1), seed: int = 0) -> list[Labelled]:
    """Split into train, validation and test: of each class the same share, and copies of a text all in one part.

    Where a text goes is decided by a checksum of the text and the seed, so the order of the file changes nothing, and
    every machine splits alike. Copies are texts that are equal but for case and spaces.

    Args:
        shares: of the different texts of each class, how many go to each of the three parts; they add up to 1.

    Raises:
        ValueError: shares that are not three, not above 0 or do not add up to 1, or a class too small to be in each
            part.

    Source: Kohavi 1995 (why strata).
    """
    if len(shares) != 3:
        raise ValueError(f"shares are {shares}: give three, for train, validation and test, such as (0.8, 0.1, 0.1)")
    if not (all(share > 0 for share in shares) and abs(sum(shares) - 1) < 1e-9):
        raise ValueError(f"shares are {shares}, but must be above 0 and add up to 1")
    parts: list[list[int]] = [[], [], []]
    for name, groups in zip(data.classes, _groups(data, seed), strict=True):
        valid, test = (max(1, round(share * len(groups))) for share in shares[1:])
        if len(groups) < valid + test + 1:
            raise ValueError(f"class {name!r} has {len(groups)} different texts, too few to be in each part: add more")
        for number, group in enumerate(groups):
            parts[1 if number < valid else 2 if number < valid + test else 0] += group
    return [data.take(sorted(part)) for part in parts]


def shared(one: Labelled, other: Labelled) -> list[str]:
    """List the texts of the first that are in the other as well, but for case and spaces. In a test they are leaks."""
    there = set(map(_same, other.texts))
    return [text for text in one.texts if _same(text) in there]


def _groups(data: Labelled, seed: int) -> list[list[list[int]]]:
    """Give for each class the numbers of its texts, copies together. Copies with two labels go by the first label."""
    copies: dict[str, list[int]] = {}
    for number, text in enumerate(data.texts):
        copies.setdefault(_same(text), []).append(number)
    by_class: list[list[list[int]]] = [[] for _ in data.classes]
    for text in sorted(copies, key=lambda text: _checksum(f"{seed} {text}")):
        by_class[min(data.labels[number] for number in copies[text])].append(copies[text])
    return by_class


def _checksum(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()  # of half a character, too


def _same(text: str) -> str:
    return " ".join(text.casefold().split())
