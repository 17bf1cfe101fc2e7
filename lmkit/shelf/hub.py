"""The Hugging Face hub: the files of a model at one commit, from the cache of this machine or else from the network.

What the cache has at that commit needs no network. A folder beside the notebook is never taken for a model of the hub,
whatever its name. In the cache a file is a link to one that has its own hash for a name: the SHA-256 of a large file,
the SHA-1 that git gives to a small one. So every byte can be held against that name.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

_INDEX = "model.safetensors.index.json"  # of weights in several files

# What a model needs. Of each kind one group is enough, if all its files are there.
NEEDED = {
    "configuration": [["config.json"]],
    "weights as safetensors": [["model.safetensors"], [_INDEX]],
    "tokenizer": [
        ["tokenizer.json"],
        ["vocab.txt"],
        ["vocab.json", "merges.txt"],
        ["spiece.model"],
        ["sentencepiece.bpe.model"],
        ["tokenizer.model"],
    ],
}
# What not every model has. The first is asked for until the hub has said that there is none: without it, the tokenizer
# of a model that has one would cut words in another way.
_OPTIONAL = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "generation_config.json"]

_Look = Callable[[str], Path | None]  # the name of a file -> where it lies


def bring(name: str, revision: str) -> list[Path]:
    """Give the files of a model, all in one folder of the cache. Those that are missing are fetched.

    Raises:
        OSError: a file is not in the cache, and the hub cannot be reached or does not give it.
        ValueError: the model has no file of a kind that is needed, or the cache holds a damaged one.
    """
    found = find(partial(_in_the_cache, name, revision))
    lacking = [kind for kind, files in found.items() if not files]
    if not _is_known(name, revision, _OPTIONAL[0]):
        lacking.append(_OPTIONAL[0])
    if lacking:
        _knock(name, revision, lacking)
        fetch = partial(_fetch, name, revision)
        for file in _OPTIONAL:
            fetch(file)
        found = find(fetch)
    if lacking := [kind for kind, files in found.items() if not files]:
        known = ", ".join(" and ".join(group) for group in NEEDED[lacking[0]])
        raise ValueError(f"{name}, revision {revision}, has no {lacking[0]} ({known}): choose another model")
    optional = [path for file in _OPTIONAL if (path := _in_the_cache(name, revision, file))]
    return [path for files in found.values() for path in files] + optional


def verify(files: Sequence[Path]) -> bool:
    """Compare files of the cache with the hashes that are their names there.

    Returns:
        Whether all have such a name. On systems without links the cache holds copies, which have none.

    Raises:
        ValueError: a file is not what its name says.
    """
    verified = [_verify(file) for file in files]  # all of them, also after one that has no such name
    return all(verified)


# --- Looking for files. ---


def find(look: _Look) -> dict[str, list[Path]]:
    """Give the files of each kind that a model needs, wherever they lie; none of a kind that is not all there."""
    return {kind: _first_whole(groups, look) for kind, groups in NEEDED.items()}


def _first_whole(groups: list[list[str]], look: _Look) -> list[Path]:
    for group in groups:
        files = [look(file) for file in group]
        if group == [_INDEX] and files[0]:
            files += [look(part) for part in _parts(files[0])]
        if all(files):
            return files
    return []


def _parts(index: Path) -> list[str]:
    """Read which files hold the weights."""
    try:
        return sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{index} is damaged ({error}): delete it, and get it again") from error


def _state(name: str, revision: str, file: str) -> object:
    from huggingface_hub import try_to_load_from_cache

    return try_to_load_from_cache(name, file, revision=revision)


def _in_the_cache(name: str, revision: str, file: str) -> Path | None:
    state = _state(name, revision, file)
    return Path(state) if isinstance(state, str) else None


def _is_known(name: str, revision: str, file: str) -> bool:
    """Whether the file is in the cache, or a note that the model has none."""
    return _state(name, revision, file) is not None


def _knock(name: str, revision: str, lacking: list[str]) -> None:
    """Ask the hub once whether it is there: `hf_hub_download` would ask six times, within half a minute."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import RemoteEntryNotFoundError

    try:
        get_hf_file_metadata(hf_hub_url(name, "config.json", revision=revision))
    except RemoteEntryNotFoundError:
        pass  # there, and without this file: what is missing is said later
    except Exception as error:  # those of the network are of several libraries
        why = str(error).strip().partition("\n")[0]
        raise ConnectionError(f"the cache lacks its {' and '.join(lacking)}; {why}") from error


def _fetch(name: str, revision: str, file: str) -> Path | None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError

    if _is_known(name, revision, file):
        return _in_the_cache(name, revision, file)
    try:
        return Path(hf_hub_download(name, file, revision=revision))
    except RemoteEntryNotFoundError:
        return None


# --- Verifying them. ---


def _verify(file: Path) -> bool:
    if not file.is_symlink():
        return False
    blob = file.parent / os.readlink(file)
    if len(blob.name) == 64:
        found = sha256(blob)
    elif len(blob.name) == 40:
        found = _sha1_of_git(blob)
    else:
        return False
    if found != blob.name:
        raise ValueError(
            f"{file} is damaged: its hash should be {blob.name}, and is {found}. "
            f"Delete {blob.resolve()}, then load the model with a network"
        )
    return True


def sha256(file: Path) -> str:
    """Hash a file without reading it into memory."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sha1_of_git(file: Path) -> str:
    """Hash a file as git does: its length goes before it."""
    data = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
