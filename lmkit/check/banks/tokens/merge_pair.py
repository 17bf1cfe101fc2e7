"""Exercise: make one token of each two that belong together.

Check `merge_pair(tokens, pair) -> list[bytes]`: each such pair becomes one token, from the left.

No token is used twice: b"a", b"a", b"a" with the pair (b"a", b"a") becomes b"aa", b"a".
"""

from collections.abc import Callable
from itertools import pairwise

from lmkit.check.bank import TOKENS, Exercise, Probe, Probes, always, mistake, truth

Pair = tuple[bytes, bytes]


def from_the_left(found: list[int]) -> list[int]:
    """The places at which a pair begins, without those whose first token is taken already."""
    taken: list[int] = []
    for place in found:
        if not taken or taken[-1] + 1 < place:
            taken.append(place)
    return taken


def from_the_right(found: list[int]) -> list[int]:
    """The same, beginning at the end."""
    return [-place for place in from_the_left([-place for place in reversed(found)])][::-1]


def merge(
    tokens: list[bytes],
    pair: Pair,
    *,
    looked_at: Callable = lambda neighbors: neighbors,
    is_pair: Callable = lambda neighbors, pair: neighbors == pair,
    choose: Callable = from_the_left,
    used_up: Callable = lambda places: {place + 1 for place in places},
    end: Callable = len,
) -> list[bytes]:
    """One token for each such pair, from the left. The keywords are the switches."""
    places = choose([i for i, neighbors in enumerate(looked_at(list(pairwise(tokens)))) if is_pair(neighbors, pair)])
    left_over = [i for i in range(end(tokens)) if i in places or i not in used_up(places)]
    return [b"".join(pair) if i in places else tokens[i] for i in left_over]


def probes(seed: int) -> Probes:
    """Pairs that stand apart; rows; tokens that spell the same; no pair; one at the end; many, with spaces."""
    filler = [b"x", b"yz", b"q"][: 1 + seed % 3]
    apart = [b"h", b"t", *filler, b"t", b"h", b"e", b"t", b"h", b"h", b"t", b"h"]
    row = [b"a"] * 3 + filler + [b"a"] * 5
    alike = [*b"a na".split(), *filler, *b"an a a an an a a".split()]  # equal to those of the pair, not the same
    signs = [b" t", b"h", b"*", b" ", b"t", b"h", b"\0", b" t", b"\xc3", *filler, b"h", b" t"] * 30
    return (
        Probe("when the pairs stand apart", (apart, (b"t", b"h"))),
        Probe("in rows of one token", (row, (b"a", b"a"))),
        Probe("when other tokens spell the same bytes", (alike, (b"an", b"a"))),
        Probe("when the pair is not there", ([b"t", b"h", *filler], (b"e", b"r"))),
        Probe("when the pair stands at the end only", ([b"b", b"a", *filler, b"a", b"b"], (b"a", b"b"))),
        Probe("in a long text with spaces and signs", (signs, (b" t", b"h"))),
    )


def _same_bytes(args: tuple, tokens: list[bytes]) -> bool:
    return b"".join(tokens) == b"".join(args[0])


def _no_pair_is_left(args: tuple, tokens: list[bytes]) -> bool:
    return args[1] not in pairwise(tokens)


def _other_pairs_stay(solve: Callable, probes: Probes) -> bool:
    others = [b"a", b"na", b"s", b"a", b"an"]
    return solve(others, (b"an", b"a")) == (others,)


MISCONCEPTIONS = (
    mistake("spelling-compared", is_pair=lambda neighbors, pair: b"".join(neighbors) == b"".join(pair))
    .says("You merged tokens that spell the same as the pair but are other tokens.")
    .asks("a and na spell ana, as an and a do. What must be compared so that they differ?"),
    mistake("either-order", is_pair=lambda neighbors, pair: set(neighbors) == set(pair))
    .says("You also merged the pair where it stands the other way round.")
    .asks("If h t became th, what would the text be after decoding?"),
    mistake("first-only", choose=lambda found: found[:1])
    .says("You merged the first occurrence of the pair only.")
    .asks("What does your function do with the tokens that come after the first merge?"),
    mistake("right-half-kept", choose=list, used_up=lambda places: set())
    .says("After a merge the right half of the pair is still there: it stands in the text twice.")
    .asks("How many tokens of the input does a merge use up, and how far does your index move?"),
    mistake("overlapping", choose=list)
    .says("You used one token for two merges: it is the right half of one and the left half of the next.")
    .asks("a a a holds three bytes. How many does your result hold?"),
    mistake("from-the-right", choose=from_the_right)
    .says("You merged from the right: in a row of equal tokens the odd one is left over in front.")
    .asks("Training and encoding must merge alike. At which end of the text does a reader begin?"),
    mistake("last-pair-missed", looked_at=lambda neighbors: neighbors[:-1])
    .says("Your loop ends one place too early: a pair at the very end is not merged.")
    .asks("With 5 tokens, at which place does the last pair begin? Does your loop get there?"),
    mistake("last-token-lost", end=lambda tokens: len(tokens) - 1)
    .says("You lost the last token, unless it was part of a merge.")
    .asks("The last token has no right neighbor. Does your loop still copy it?"),
)

MERGE_PAIR = Exercise(
    id="merge_pair",
    title="Merging a pair",
    family=merge,
    returns={"tokens": TOKENS},
    probes=probes,
    examples=tuple(([bytes([byte]) for byte in text], (b"a", b"b")) for text in (b"abc", b"abab", b"aba", b"baab"))
    + (([b"a"] * 3, (b"a", b"a")), ([b"a", b"na"], (b"an", b"a"))),
    properties=(
        always("other-bytes", _same_bytes)
        .right("Joined, the tokens spell the same bytes as before.")
        .says("Joined, your tokens do not spell the same bytes as before.")
        .asks("Follow one byte through your loop. Where could it get lost, or be written twice?"),
        always("pair-left-over", _no_pair_is_left)
        .right("The pair does not stand side by side any more.")
        .says("In your result the two tokens of the pair still stand side by side somewhere.")
        .asks("When your function stops, has it looked at every place where the pair could stand?"),
        truth("other-tokens-merged", _other_pairs_stay)
        .right("Other tokens stay as they are.")
        .says("Where the pair does not stand, your result is not the input.")
        .asks("What exactly do you compare with the pair: two tokens, or what they spell?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
