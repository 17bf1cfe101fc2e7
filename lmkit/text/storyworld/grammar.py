"""The grammar as a guide: which tokens may come next, if the text is to stay a story of Storyworld.

The table of patterns is laid out as a tree. Each way from its root is a sentence, each node a choice of words, such as
" gave ", a person, or a thing. A text that is not finished stands at some places in the tree, and a token may come next
if each of its characters leads from one of them to another. All this is about form: the sentence need not be true.

Source: Willard and Louf 2023, section 3, who index the tokens by the states of a regular expression in the same way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from string import ascii_lowercase, ascii_uppercase, digits

from lmkit.text.storyworld.discourse import GENDER_OF
from lmkit.text.storyworld.lexicon import ADJECTIVES, CHILD, FEELINGS, FOODS, NOUNS, NUMBERS, PLACES, TOWNS, TRAITS
from lmkit.text.storyworld.parsing import NO_NAMES, ROLE_LIKE, SEEN, THINGS_AND_PETS
from lmkit.text.storyworld.patterns import OPENERS, PATTERNS, Pattern, Slot

# Nobody is called "Soon": whoever reads the sentence would take it for the word that opens one.
NO_NAMES_HERE = NO_NAMES | {opener.split()[0].strip(",").capitalize() for opener in OPENERS if opener}


@dataclass(frozen=True)
class Choice:
    """What may stand at one place: one of these words, or, with `names`, any name in the letters of English.

    The empty word leaves the place empty.
    """

    words: frozenset[str] = frozenset()
    names: bool = False

    def follow(self, begun: str, character: str) -> str | None:
        """Go on with a word that was begun. None if no word goes on so; a name that is like no word is "*"."""
        longer = begun + character
        if longer in _beginnings(self.words):
            return longer
        letters = ascii_uppercase if begun == "" else ascii_lowercase if _is_name(begun) else ""
        if self.names and character in letters:
            return longer if longer in _beginnings(NO_NAMES_HERE) else "*"
        return None

    def is_whole(self, begun: str) -> bool:
        """Whether a word may end here."""
        return begun in self.words or (self.names and _is_name(begun) and begun not in NO_NAMES_HERE)


def _is_name(begun: str) -> bool:
    return begun[:1] == "*" or begun[:1].isupper()


@cache
def _beginnings(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[:n] for word in words for n in range(1, len(word) + 1))


@dataclass(eq=False)
class Node:
    """A place in the tree of sentences, and what may come after it. `ends` is True where a sentence may be over."""

    choice: Choice
    next: dict[Choice, "Node"] = field(default_factory=dict)
    ends: bool = False


# --- What the slots may hold: each a list of ways, each way a row of choices. ---

Way = tuple[Choice, ...]


def _one(words: str | Iterable[str]) -> Choice:
    return Choice(frozenset([words] if isinstance(words, str) else words))


NAME = Choice(names=True)
ADJECTIVE = _one(["", *(f"{word} " for word in ADJECTIVES)])
ANYTHING = _one(THINGS_AND_PETS)
LOOKED_AT = _one([*SEEN, *(NOUNS[noun].plural for noun in SEEN)])
EDIBLE = _one([*FOODS, *(food.plural for food in FOODS.values())])
HOW_MANY = _one(f"{number} " for number in NUMBERS)
DIGIT = _one([*digits])


def _ways(slot: Slot, capital: bool) -> list[Way]:
    """List the ways to fill a slot; one that begins a sentence has a capital letter."""
    role = ROLE_LIKE.get(slot.role, slot.role)
    kind = (role, slot.form) if (role, slot.form) in WAYS else role
    return [_capital(way) if capital else way for way in WAYS[kind]]


def _capital(way: Way) -> Way:
    first = frozenset(word[:1].upper() + word[1:] for word in way[0].words)
    return Choice(first, way[0].names), *way[1:]


WAYS: dict[str | tuple[str, str], list[Way]] = {  # (role, form); a role alone stands for all its other forms
    "person": [(Choice(frozenset(GENDER_OF), names=True),)],
    ("person", "his"): [(_one(GENDER_OF),), (NAME, _one("'s"))],
    ("person", "name"): [(NAME,)],
    "both": [(_one("they"),), (NAME, _one(" and "), NAME)],
    "thing": [(_one("it"),), (_one("the "), ADJECTIVE, ANYTHING)],
    ("thing", "the"): [(_one("the "), ADJECTIVE, ANYTHING)],
    ("thing", "it"): [(_one("it"),)],
    ("thing", "a"): [(_one(["a ", "an "]), ADJECTIVE, ANYTHING)],
    ("thing", "bare"): [(ANYTHING,)],
    "amount": [(HOW_MANY, EDIBLE)],
    ("amount", "more"): [(HOW_MANY, _one("more "), EDIBLE)],
    ("amount", "short"): [(_one(NUMBERS),)],
    "food": [(_one(food.plural for food in FOODS.values()),)],
    "place": [(_one(f"{place.preposition} the {word}" for word, place in PLACES.items()),)],
    ("place", "to"): [(_one(f"to the {word}" for word in PLACES),)],
    "scene": [
        (_one("the "), LOOKED_AT),
        (_one("the "), LOOKED_AT, _one([" near the ", " behind the ", " to the "]), ADJECTIVE, LOOKED_AT),
    ],
    "was": [(_one(["was", "were"]),)],
    "child": [(_one(CHILD),)],
    "town": [(_one(TOWNS),)],
    "trait": [(_one(TRAITS),)],
    ("trait", "a"): [(_one(["a ", "an "]), _one(TRAITS))],
    "feeling": [(_one(FEELINGS),)],
    "look": [(_one(ADJECTIVES),)],
    "code": [(DIGIT, _one(" "), DIGIT, _one(" "), DIGIT, _one(" "), DIGIT)],
}


# --- The tree. ---


@cache
def _root() -> Node:
    """Lay out all sentences, at the first use. The root itself stands for no word."""
    root = Node(_one(""))
    opened = _grow(root, (_one(opener.capitalize() for opener in OPENERS if opener),))
    for patterns in PATTERNS.values():
        for pattern in patterns:
            for start in (root, opened):
                for way in _all_ways(pattern, capital=start is root):
                    _grow(start, way).ends = True
    return root


def _all_ways(pattern: Pattern, capital: bool) -> Iterator[Way]:
    """List the rows of choices that a pattern allows."""
    parts = []
    for number, part in enumerate(pattern.english):
        first = capital and number == 0
        literal = [_capital((_one(part),)) if first else (_one(part),)] if isinstance(part, str) else None
        parts.append(literal or _ways(part, first))
    for ways in product(*parts):
        yield sum(ways, ())


def _grow(node: Node, way: Way) -> Node:
    """Follow a row of choices from a node, and make the nodes that are not there yet."""
    for choice in way:
        node = node.next.setdefault(choice, Node(choice))
    return node


# --- Places in the tree, and the tokens that lead on from them. ---

Place = tuple[Node, str]  # at a node, and what was begun of its word
Places = frozenset[Place]


def _enter(node: Node) -> Iterator[Place]:
    """The places right after a node: before each word that may follow."""
    for after in node.next.values():
        yield after, ""
        if after.choice.is_whole(""):
            yield from _enter(after)


def _follow(places: Places, character: str) -> Places:
    """Go on by one character from all places at once."""
    new: set[Place] = set()
    for node, begun in places:
        longer = node.choice.follow(begun, character)
        if longer is not None:
            new.add((node, longer))
            if node.choice.is_whole(longer):
                new.update(_after(node))
    return frozenset(new)


_SPACE = Node(_one(" "))  # between two sentences
_END = Node(Choice())  # behind a whole sentence; no character leads on from here


def _after(node: Node) -> list[Place]:
    """The places after a whole word. Behind a whole sentence a space may follow, and then another sentence."""
    if node is _SPACE:
        return list(_enter(_root()))
    return [*_enter(node), *([(_END, ""), (_SPACE, "")] if node.ends else [])]


class Grammar:
    """Say which tokens may come next, so that each sentence is one of Storyworld.

    Names are written in the letters of English. What was found out about a place is kept, so that it is fast when a
    text comes there again.

    Args:
        tokens: what each id stands for, as `Tokenizer.tokens` has it.
        mark: the id that begins and ends a story.
    """

    def __init__(self, tokens: Sequence[bytes], mark: int = 0):
        self.mark = mark
        self._start = frozenset(_enter(_root()))
        self._texts = [b"" if i == mark else token for i, token in enumerate(tokens)]
        self._tree = _tree_of(self._texts)
        self._led: dict[tuple[Places, int], Places] = {}
        self._allowed: dict[Places, list[int]] = {}

    def allowed(self, ids: Sequence[int]) -> list[int]:
        """List the tokens that may come after these, in order. No token, if these cannot begin a story."""
        places = self._places(ids)
        if places not in self._allowed:
            ends = [self.mark] if any(node is _END for node, _ in places) else []
            self._allowed[places] = sorted([*ends, *_fitting(self._tree, places)])
        return self._allowed[places]

    def _places(self, ids: Sequence[int]) -> Places:
        places = self._start
        for i in ids:
            if i == self.mark:
                places = self._start
            else:
                if (places, i) not in self._led:
                    self._led[places, i] = _read(places, self._texts[i])
                places = self._led[places, i]
        return places


def _read(places: Places, token: bytes) -> Places:
    for character in token.decode(errors="replace"):
        places = _follow(places, character)
    return places


Tree = dict[str | None, object]  # a character -> the tree behind it; None -> the ids of the tokens that end here


def _tree_of(tokens: Sequence[bytes]) -> Tree:
    """Lay out the tokens by their characters. What is not ASCII is in no sentence."""
    tree: Tree = {}
    for i, token in enumerate(tokens):
        if token and token.isascii():
            branch = tree
            for character in token.decode():
                branch = branch.setdefault(character, {})
            branch.setdefault(None, []).append(i)
    return tree


def _fitting(tree: Tree, places: Places) -> Iterator[int]:
    """The tokens that lead from these places to others."""
    for character, branch in tree.items():
        if character is None:
            yield from branch
        elif led := _follow(places, character):
            yield from _fitting(branch, led)
