"""Exercise: cut a word into tokens, with merges that were learned before.

Check `encode_word(word, ranks) -> list[bytes]`: the bytes of the word, merged in the order learned.

`ranks` gives each pair of tokens its rank; the lowest rank was learned first.
"""

import itertools
import string
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from lmkit.check.bank import TOKENS, Exercise, Probe, Probes, always, hides, mistake
from lmkit.check.banks.tokens.merge_pair import from_the_left, merge

Pair = tuple[bytes, bytes]
Ranks = dict[Pair, int]


def bytes_of(word: bytes) -> list[bytes]:
    """The tokens before any merge."""
    return [bytes([byte]) for byte in word]


def characters_of(word: bytes) -> list[bytes]:
    """The bytes of each character together."""
    return [character.encode() for character in word.decode()]


def spelled_alike(ranks: Ranks) -> Ranks:
    """Each way to cut a known token in two has its rank, although one of them was learned only."""
    known = {b"".join(pair): rank for pair, rank in ranks.items()}
    return {(token[:i], token[i:]): rank for token, rank in known.items() for i in range(1, len(token))}


def earliest(known: list[Pair], ranks: Ranks) -> Pair:
    """The right choice: the pair that was learned first."""
    return min(known, key=ranks.__getitem__)


def merge_everywhere(tokens: list[bytes], pair: Pair, ranks: Ranks) -> tuple[list[bytes], Ranks]:
    """The tokens after the merge, and the ranks that may still be used: all."""
    return merge(tokens, pair), ranks


def merge_first_place(tokens: list[bytes], pair: Pair, ranks: Ranks) -> tuple[list[bytes], Ranks]:
    """The first occurrence merged; the others are left to the next rounds."""
    return merge(tokens, pair, choose=lambda found: found[:1]), ranks


def merge_once(tokens: list[bytes], pair: Pair, ranks: Ranks) -> tuple[list[bytes], Ranks]:
    """The first occurrence merged, and the ranks without this pair."""
    merged, _ = merge_first_place(tokens, pair, ranks)
    return merged, {other: rank for other, rank in ranks.items() if other != pair}


def by_rank(tokens: list[bytes], ranks: Ranks, choose: Callable, apply: Callable, rounds: int | None) -> list[bytes]:
    """Choose a known pair and merge it, round by round, until none is left."""
    for _ in itertools.count() if rounds is None else range(rounds):
        known = [pair for pair in pairwise(tokens) if pair in ranks]
        if not known:
            break
        tokens, ranks = apply(tokens, choose(known, ranks), ranks)
    return tokens


def by_length(tokens: list[bytes], ranks: Ranks, *_: Any) -> list[bytes]:
    """From the left, always the longest piece that is a token."""
    known = {*tokens, *map(b"".join, ranks)}
    word, pieces = b"".join(tokens), []
    while word:
        size = max(n for n in range(1, len(word) + 1) if word[:n] in known)
        pieces, word = [*pieces, word[:size]], word[size:]
    return pieces


def in_one_sweep(tokens: list[bytes], ranks: Ranks, *_: Any) -> list[bytes]:
    """Once through the word, merging each known pair on the way; what was merged is not looked at again."""
    neighbors = list(pairwise(tokens))
    places = from_the_left([i for i, pair in enumerate(neighbors) if pair in ranks])
    used_up = {place + 1 for place in places}
    return [b"".join(neighbors[i]) if i in places else token for i, token in enumerate(tokens) if i not in used_up]


def encode(
    word: bytes,
    ranks: Ranks,
    *,
    start: Callable = bytes_of,
    learned: Callable = lambda ranks: ranks,
    walk: Callable = by_rank,
    choose: Callable = earliest,
    apply: Callable = merge_everywhere,
    rounds: int | None = None,
) -> list[bytes]:
    """The word's bytes, merged: the merge that was learned first comes first. The keywords are the switches."""
    return walk(start(word), learned(ranks), choose, apply, rounds)


def ranked(*merges: str) -> Ranks:
    """Ranks of merges that are written as "th e"."""
    return {tuple(part.encode() for part in merge.split()): rank for rank, merge in enumerate(merges)}


def _probe(says: str, seed: int, word: str, *merges: str) -> Probe:
    """A word and its merges, in which each seed puts other letters."""
    letters = string.ascii_lowercase
    other = str.maketrans(letters, letters[seed % 26 :] + letters[: seed % 26])
    ranks = ranked(*(merge.translate(other) for merge in merges))
    return Probe(says, (word.translate(other).encode(), dict(reversed(ranks.items()))))  # ranks count, not places


def probes(seed: int) -> Probes:
    """Merges that get in each other's way; repeats; characters of several bytes; tokens that spell the same."""
    long = ("a n", "a a", "i n", "an a", "b an", "in t", "int e", "inte r", "inter n", "a l", "intern al")
    return (
        _probe("when no two merges compete", seed, "the other", "t h", "th e"),
        _probe("when a merge applies twice", seed, "bananas", "a n", "an an", "n a", "b an", "a s"),
        Probe("for letters of several bytes", ("aéèaé".encode(), _french())),
        _probe("when merges compete for a byte", seed, "ababdbaa", "a b", "a a", "b d", "b a"),
        _probe("for a word that becomes one token", seed, "the", "t h", "th e"),
        _probe("for a word of one byte", seed, "a", "t h", "th e"),
        _probe("when many merges compete", seed, "dbadadbdac", "d a", "d b", "a d"),
        _probe("when others spell like a pair", seed, "abcabdefabc", "b c", "a b", "ab c", "e f", "d e", "d ef"),
        _probe("for a long word with spaces and capitals", seed, " Banana aaaaaan internals ", *long),
    )


def _french() -> Ranks:
    """The two bytes of é are a merge, those of è are not; the first byte may go with the a before it."""
    first, second = bytes_of("é".encode())
    return {(first, second): 0, (b"a", first + second): 1, (b"a", first): 2}


def _no_known_pair_is_left(args: tuple, tokens: list[bytes]) -> bool:
    return not any(pair in args[1] for pair in pairwise(tokens))


def _all_are_tokens(args: tuple, tokens: list[bytes]) -> bool:
    word, ranks = args
    return set(tokens) <= {*bytes_of(word), *map(b"".join, ranks)}


MISCONCEPTIONS = (
    mistake("starts-from-characters", start=characters_of)
    .says("You began with characters: the bytes of an accented letter are one token from the start.")
    .asks("Which tokens exist before the first merge is learned, and is every character among them?"),
    mistake("longest-match", walk=by_length)
    .says("You took the longest token that fits, from left to right.")
    .asks("In training, who decided which pair comes next: its length, or when it was learned?"),
    mistake("one-sweep", walk=in_one_sweep)
    .says("You went through the word once: tokens that came out of a merge are not merged again.")
    .asks("Once t and h have become th, which new pair stands in the, and who looks at it?"),
    mistake("spelling-compared", learned=spelled_alike)
    .says("You merged tokens that spell the same as a known pair but are other tokens.")
    .asks("ab, c and a, bc both spell abc. If only one of the two was learned, which does `ranks` know?"),
    mistake("last-learned-first", choose=lambda known, ranks: max(known, key=ranks.__getitem__))
    .says("You applied the merge with the highest rank first.")
    .asks("Rank 0 was learned first, on text where nothing was merged yet. When should it be applied?"),
    mistake("leftmost-first", choose=lambda known, ranks: known[0])
    .says("You applied the first known pair from the left, whatever its rank.")
    .asks("In abc both ab and bc may be known pairs. What decides which of them gets the b?"),
    mistake("each-merge-once", apply=merge_once, rounds=None)
    .says("You applied each merge at one place only, though its pair stands in the word more than once.")
    .asks("In training a merge changed the whole text. Where should it apply in banana?"),
    mistake("stops-after-one-merge", rounds=1)
    .says("You stopped after the first merge.")
    .asks("After a merge, which pairs does the word hold, and is one of them in `ranks`?"),
)

ENCODE_WORD = Exercise(
    id="encode_word",
    title="Encoding a word",
    family=encode,
    returns={"tokens": TOKENS},
    probes=probes,
    examples=(
        (b"the", ranked("t h", "th e")),
        (b"abc", ranked("b c", "a b")),
        (b"abc", ranked("a b", "b c")),
        (b"abab", ranked("a b")),
        ("è".encode(), ranked("t h")),
        (b"abcd", ranked("b c", "a b", "c d")),
        (b"abc", ranked("b c", "a b", "ab c")),
    ),
    properties=(
        always("known-pair-left-over", _no_known_pair_is_left)
        .right("No two neighbors could still be merged.")
        .says("In your result two neighbors stand side by side that `ranks` knows as a pair.")
        .asks("When does your loop end, and is there really no known pair left by then?"),
        always("unknown-token", _all_are_tokens)
        .right("Each token is a byte or the result of a merge.")
        .says("Your result holds something that is neither a byte nor the result of a merge.")
        .asks("By which merges does that token come about, and are they all in `ranks`?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "longest-match one-sweep",
            "last-learned-first leftmost-first each-merge-once stops-after-one-merge",
            because="who walks like this never asks for the ranks",
        ),
        *hides(
            "longest-match one-sweep stops-after-one-merge",
            "spelling-compared",
            because="longer tokens are taken by their spelling anyway, and two bytes can be cut in one place only",
        ),
    ),
    styles=({}, {"apply": merge_first_place}),  # the same when the lowest rank comes first, and only then
)
