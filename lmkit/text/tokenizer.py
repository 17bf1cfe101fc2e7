"""Tokenizer: a text becomes numbers, and numbers become the text again, by byte pair encoding.

Read from top to bottom. Each step changes the one before it a little:

    bytes      a text is UTF-8 bytes, and there are 256 of them: a vocabulary that no text can surprise
    merges     the two tokens that stand side by side most often become one new token
    words      the text is cut into words first, and no merge joins two words
    training   merge again and again; a word that occurs often is merged once, with its count
    encoding   the same merges, in the order they were learned, on a text that was never seen
    decoding   each token stands for some bytes: put them side by side
"""

import heapq
import json
import operator
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    import tokenizers

Pair = tuple[bytes, bytes]  # two tokens side by side

KEPT = 1 << 16  # words whose ids a tokenizer remembers: a text says few words, each of them often

# --- Bytes: the first 256 tokens. ---

_PRINTED = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]  # bytes that Latin-1 prints
_UNPRINTED = [byte for byte in range(256) if byte not in _PRINTED]

# In this order the bytes get their ids: GPT-2's, so that ids can be compared with other libraries.
BYTES = tuple(bytes([byte]) for byte in _PRINTED + _UNPRINTED)

# A letter for each byte, to write tokens into a file: itself if it prints, else one from U+0100 on.
_LETTER = {byte: chr(byte) for byte in _PRINTED} | {byte: chr(256 + i) for i, byte in enumerate(_UNPRINTED)}
_BYTE = {letter: byte for byte, letter in _LETTER.items()}


def spell(word: str) -> list[bytes]:
    r"""Cut a word into its bytes, the tokens before any merge: "né" is b"n", b"\xc3", b"\xa9"."""
    return [bytes([byte]) for byte in word.encode()]


# --- Merges: what all of byte pair encoding is made of. ---


def count_pairs(tokens: Sequence[bytes]) -> Counter[Pair]:
    """Count which tokens stand side by side; in b"aaa" the pair (b"a", b"a") counts twice."""
    return Counter(pairwise(tokens))


def merge_pair(tokens: Sequence[bytes], pair: Pair) -> list[bytes]:
    """Make one token of each such pair, from the left: b"a", b"a", b"a" becomes b"aa", b"a".

    Source: Sennrich et al. 2016, section 3.2; on bytes, Radford et al. 2019 (GPT-2), section 2.2.
    """
    left, right = pair
    merged, i, last = [], 0, len(tokens) - 1
    while i <= last:
        is_pair = i < last and tokens[i] == left and tokens[i + 1] == right
        merged.append(left + right if is_pair else tokens[i])
        i += 2 if is_pair else 1
    return merged


# --- Words: no merge joins two of them. ---

_WORD = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d"  # the endings of English
    r"| ?\p{L}+"  # letters of any script, with the space before them
    r"| ?\p{N}+"  # digits
    r"| ?[^\s\p{L}\p{N}]+"  # signs, emoji, accents that stand alone
    r"|\s+(?!\S)|\s+"  # white space; its last space goes with the word that follows
)


def split_words(text: str) -> list[str]:
    """Cut a text into words, each with the space before it; joined they are the text again.

    What counts as a letter is in Unicode's tables. Every library agrees on Unicode 16; a newer one may take a
    character that is new in it for a letter where an older one sees a sign.

    Source: the pattern that OpenAI published with GPT-2; Radford et al. 2019, section 2.2, says why.
    """
    return _WORD.findall(text)


# --- Training: merge again and again. ---


def train(texts: str | Iterable[str], vocab_size: int, special_tokens: Sequence[str] = ()) -> "Tokenizer":
    """Learn a vocabulary from text: the special tokens, the 256 bytes, then one token for each merge.

    A special token in a text is cut up like any other text. When no pair is left to merge, the vocabulary
    stays smaller than asked for.

    Raises:
        TypeError: a text that is not a str, or a size that is no whole number.
        ValueError: too small a vocabulary, an unusable special token, or half a character in a text.
    """
    _check_special_tokens(special_tokens)
    if not isinstance(vocab_size, int):
        raise TypeError(f"vocab_size is {vocab_size!r}: give a whole number of tokens")
    n_merges = vocab_size - len(special_tokens) - len(BYTES)
    if n_merges < 0:
        raise ValueError(
            f"vocab_size is {vocab_size}, but 256 bytes and {len(special_tokens)} special tokens need "
            f"{vocab_size - n_merges} places: ask for that many or more"
        )
    words = Counter()
    for text in [texts] if isinstance(texts, str) else texts:
        _check_text(text)
        words.update(split_words(text))
    return Tokenizer(learn_merges(words, n_merges), special_tokens)


def learn_merges(words: Mapping[str, int], n_merges: int) -> list[Pair]:
    """Find the merges, in order: each joins the pair that is most frequent after the merges before it.

    Of pairs with the same count, the one with the smaller ids wins: first the left id counts, then the right.
    A byte's id is its place in `BYTES`, and a merged token comes after all that were there before it. Hugging
    Face's library does the same, so both learn the same merges in the same order.

    The pairs wait in a heap, the most frequent on top. Counts only fall, and new pairs hold the new token: a pair that
    comes to the top with a count of before goes back with that of now, and none is counted over again.

    Args:
        words: how often each word occurs.
        n_merges: how many to find. Fewer come back when every word has become one token.
    """
    corpus = _Corpus(words)
    order = {token: i for i, token in enumerate(BYTES)}

    def entry(pair: Pair) -> tuple[int, int, int, Pair]:
        return -corpus.counts[pair], order[pair[0]], order[pair[1]], pair

    first = [entry(pair) for pair in corpus.counts]  # the most frequent pair comes first
    heapq.heapify(first)
    merges = []
    while len(merges) < n_merges and first:
        count, *_, pair = heapq.heappop(first)
        if -count == corpus.counts[pair]:
            order[pair[0] + pair[1]] = len(order)
            for new in corpus.merge(pair):
                heapq.heappush(first, entry(new))
            merges.append(pair)
        elif corpus.counts[pair]:  # merges before this one have taken some of them
            heapq.heappush(first, entry(pair))
    return merges


class _Corpus:
    """The different words of the training text, and the count of every pair in them, kept up to date.

    A merge touches only the places that hold the pair. This is what makes training fast, however long a word is. All
    words stand in one row, a None after each. A token stands where its first byte stood, and finds its neighbors
    through `before` and `after`; None stands wherever a token was merged into the one before it.
    """

    def __init__(self, words: Mapping[str, int]):
        self.tokens: list[bytes | None] = [None]
        self.times = [0]  # how often the word at each place occurs
        for word, times in words.items():
            self.tokens += [*spell(word), None]
            self.times += [times] * (len(self.tokens) - len(self.times))
        self.before = list(range(-1, len(self.tokens) - 1))
        self.after = list(range(1, len(self.tokens) + 1))
        self.counts = Counter()
        self.where = defaultdict(list)  # pair -> the places of its left half, now or once
        self._count(range(len(self.tokens) - 1))

    def merge(self, pair: Pair) -> set[Pair]:
        """Make one token of each such pair, from the left, and give the pairs that are new."""
        tokens, before, after = self.tokens, self.before, self.after
        new = set()
        for place in sorted(self.where.pop(pair)):
            half = after[place]
            if (tokens[place], tokens[half]) != pair:
                continue  # merged already, into the one before it
            self._uncount((before[place], place, half))
            tokens[place], tokens[half] = pair[0] + pair[1], None
            after[place] = after[half]
            before[after[half]] = place
            new.update(self._count((before[place], place)))
        return {pair for pair in new if self.counts[pair]}  # without those that the next place has taken again

    def _count(self, places: Iterable[int]) -> list[Pair]:
        """Count the pairs that begin at these places, and give them."""
        pairs = []
        for place in places:
            pair = self.tokens[place], self.tokens[self.after[place]]
            if None not in pair:
                self.counts[pair] += self.times[place]
                self.where[pair].append(place)
                pairs.append(pair)
        return pairs

    def _uncount(self, places: Iterable[int]) -> None:
        for place in places:
            pair = self.tokens[place], self.tokens[self.after[place]]
            if None not in pair:
                self.counts[pair] -= self.times[place]
                if not self.counts[pair]:
                    del self.counts[pair]


# --- Using it. ---


class Tokenizer:
    """A vocabulary and the merges that made it. `train` makes one, `Tokenizer.load` reads one.

    Attributes:
        tokens: what each id stands for: special tokens, then the 256 bytes, then one token a merge, in order.
        merges: which two tokens each merge joins, the first learned first.
        special_tokens: marks such as "<|end|>", which no text can produce.

    Raises:
        ValueError: an unusable special token; a merge of a token that is not there yet, or into one that is.
    """

    def __init__(self, merges: Iterable[Pair], special_tokens: Sequence[str] = ()):
        _check_special_tokens(special_tokens)
        special = [token.encode() for token in special_tokens]
        self.merges = tuple(merges)
        self.special_tokens = tuple(special_tokens)
        _check_merges(self.merges, {*special, *BYTES})
        self.tokens = (*special, *BYTES, *(left + right for left, right in self.merges))
        self._id = {token: i for i, token in enumerate(self.tokens)}
        self._rank = {pair: rank for rank, pair in enumerate(self.merges)}
        self._ids_of_words: dict[str, list[int]] = {}

    @property
    def vocab_size(self) -> int:
        """How many different ids there are."""
        return len(self.tokens)

    def __repr__(self) -> str:
        special, merged = len(self.special_tokens), len(self.merges)
        return f"Tokenizer({self.vocab_size} tokens: {special} special, 256 bytes, {merged} merged)"

    def encode(self, text: str, *, allow_special: bool = False) -> list[int]:
        """Turn a text into ids.

        Args:
            allow_special: whether "<|end|>" in the text becomes the special token. Not unless you say so: a
                text from outside is data, and whoever types the mark must not be able to end a document.

        Raises:
            TypeError: the text is not a str.
            ValueError: half a character (a lone surrogate) in it.
        """
        _check_text(text)
        longest_first = sorted(self.special_tokens, key=len, reverse=True) if allow_special else []
        pattern = "|".join(map(re.escape, longest_first)) or "(?!)"  # which is found nowhere
        ids = []
        for i, part in enumerate(re.split(f"({pattern})", text)):  # plain, special, plain, ...
            ids += [self._id[part.encode()]] if i % 2 else self._encode_plain(part)
        return ids

    def _encode_plain(self, text: str) -> list[int]:
        words = split_words(text)
        ids = self._ids_of_words if len(self._ids_of_words) < KEPT else {}
        for word in set(words) - ids.keys():
            ids[word] = [self._id[token] for token in _merge_word(word, self._rank)]
        self._ids_of_words = ids
        return [i for word in words for i in ids[word]]

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text. Any ids will do: bytes that are no UTF-8 show as U+FFFD.

        Raises:
            TypeError: an id that is not a whole number.
            ValueError: an id that is not in the vocabulary.
        """
        return self.decode_bytes(ids).decode(errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Turn ids into bytes, exactly. The last character may be unfinished, its rest in tokens to come."""
        return b"".join(self._token(i) for i in ids)

    def words(self, ids: Iterable[int]) -> list[str]:
        """Show each token as a string; one that ends within a character shows its bytes: "<E4B8>"."""
        return [_show(self._token(i)) for i in ids]

    def _token(self, i: int) -> bytes:
        try:
            i = operator.index(i)
        except TypeError:
            raise TypeError(
                f"{i!r} is not an id: ids are whole numbers (a tensor of one text gives them by .flatten().tolist())"
            ) from None
        if not 0 <= i < self.vocab_size:
            raise ValueError(
                f"id {i} is not in the vocabulary of {self.vocab_size} tokens, 0 to {self.vocab_size - 1}: "
                "decode with the tokenizer that encoded"
            )
        return self.tokens[i]

    def merge_steps(self, word: str) -> list[list[bytes]]:
        """Watch a word being merged: first its bytes, then the word after each merge, in the order learned.

        Raises:
            TypeError: the word is not a str.
            ValueError: it is more than one word, or has half a character in it.
        """
        _check_text(word)
        words = split_words(word)
        if len(words) > 1:
            raise ValueError(f"{word!r} is {len(words)} words, {words}, and no merge joins words: give one")
        steps = [spell(word)]
        while known := [pair for pair in pairwise(steps[-1]) if pair in self._rank]:
            steps.append(merge_pair(steps[-1], min(known, key=self._rank.__getitem__)))
        return steps

    def save(self, path: str | os.PathLike) -> None:
        """Write a JSON file, to read and to load: the special tokens, then the merges ("Ġ" is a space)."""
        merges = [f"{_to_letters(left)} {_to_letters(right)}" for left, right in self.merges]
        content = {"special_tokens": self.special_tokens, "merges": merges}
        Path(path).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Tokenizer":
        """Read what `save` wrote.

        Raises:
            ValueError: the file holds something else.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            pairs = map(str.split, content["merges"])
            merges = [(_to_bytes(left), _to_bytes(right)) for left, right in pairs]
            return cls(merges, content["special_tokens"])
        except (KeyError, TypeError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
            raise ValueError(f"{path} is not a file of Tokenizer.save ({problem}): save it again") from error


def _merge_word(word: str, rank: Mapping[Pair, int]) -> list[bytes]:
    """Do all merges of a word: the last of its `merge_steps`, without reading the word again for each merge.

    A token stands where its first byte stood, and finds its neighbors through `before` and `after`. Each pair
    waits under the rank of its merge; one that has lost a half by then is passed over. None stands past the
    end, and wherever a token was merged into the one before it.
    """
    tokens = [*spell(word), None]
    end = len(tokens) - 1
    before = list(range(-1, end))  # before the first token is tokens[-1], which is the None past the end
    after = [*range(1, end + 1), end]
    waiting = defaultdict(list)
    for place, pair in enumerate(pairwise(tokens)):
        if pair in rank:
            waiting[rank[pair]].append(place)
    while waiting:
        earliest = min(waiting)
        for left in sorted(waiting.pop(earliest)):
            right = after[left]
            if rank.get((tokens[left], tokens[right])) != earliest:
                continue
            tokens[left] += tokens[right]
            tokens[right] = None
            after[left] = after[right]
            before[after[right]] = left
            for place in (before[left], left):
                pair = tokens[place], tokens[after[place]]
                if pair in rank:
                    waiting[rank[pair]].append(place)
    return [token for token in tokens if token is not None]


def to_fast(tokenizer: Tokenizer) -> "tokenizers.Tokenizer":
    """Turn a tokenizer into one of Hugging Face's library: the same ids, in compiled code.

    Like ours it takes special tokens in a text for plain text, until `encode_special_tokens` is set to False. But this
    flag stays behind when it is copied, pickled, saved, or wrapped by transformers, and then whoever types a mark ends
    a document. Set it to True again; and to transformers say so, which keeps it in copies and files:
    `PreTrainedTokenizerFast(tokenizer_object=fast, split_special_tokens=True)`.
    """
    from tokenizers import Tokenizer as FastTokenizer
    from tokenizers import decoders, models, pre_tokenizers

    ordinary = tokenizer.tokens[len(tokenizer.special_tokens) :]
    names = [*tokenizer.special_tokens, *map(_to_letters, ordinary)]
    merges = [(_to_letters(left), _to_letters(right)) for left, right in tokenizer.merges]
    fast = FastTokenizer(models.BPE({name: i for i, name in enumerate(names)}, merges))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    fast.decoder = decoders.ByteLevel()
    fast.add_special_tokens(list(tokenizer.special_tokens))
    fast.encode_special_tokens = True  # as plain text
    return fast


# --- Tokens as text: for a file, for a reader. ---


def _to_letters(token: bytes) -> str:
    return "".join(_LETTER[byte] for byte in token)


def _to_bytes(letters: str) -> bytes:
    return bytes(_BYTE[letter] for letter in letters)


def _show(token: bytes) -> str:
    try:
        return token.decode()
    except UnicodeDecodeError:
        return f"<{token.hex().upper()}>"


_SPECIAL = re.compile(r"<.*>|\[.*\]", re.DOTALL)  # such as <|endoftext|>, which is written as it is
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")  # no text has these, but bytes written as letters do


def readable(pieces: Sequence[str]) -> list[str]:
    """Show the pieces of a byte-level tokenizer as text: "ĠnaÃ¯ve" is " naïve". All other words stay as they are.

    Such tokenizers (GPT-2, Llama 3) write a letter for each byte. So do these pieces if no other letter is in them, and
    either a space is, which is written "Ġ", or the bytes of all of them together are a text.
    """
    return [_read(piece) for piece in pieces] if are_letters(pieces) else list(pieces)


def are_letters(pieces: Iterable[str]) -> bool:
    """Say whether each letter of these pieces stands for a byte, as `readable` tells it."""
    letters = "".join(piece for piece in pieces if not _SPECIAL.fullmatch(piece))
    if not set(letters) <= _BYTE.keys():
        return False
    if "Ġ" in letters or letters.isascii():  # what is ASCII is the same either way
        return "Ġ" in letters
    try:
        return not _CONTROL.search(_to_bytes(letters).decode())
    except UnicodeDecodeError:
        return False


def _read(piece: str) -> str:
    return piece if _SPECIAL.fullmatch(piece) else _show(_to_bytes(piece))


# --- What the errors say. ---


def _check_text(text: str) -> None:
    if not isinstance(text, str):
        cure = "decode it first: text.decode('utf-8')" if isinstance(text, bytes) else "pass a str"
        raise TypeError(f"a text is a str, and this is {type(text).__name__}: {cure}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} of the text is {text[error.start]!r}, half of a surrogate pair, with "
            "no UTF-8 form: read the source as UTF-8, or use text.encode(errors='replace').decode()"
        ) from None


def _check_special_tokens(special_tokens: Sequence[str]) -> None:
    if isinstance(special_tokens, str):
        raise TypeError(f"special_tokens is the str {special_tokens!r}: pass a list, [{special_tokens!r}]")
    for special in special_tokens:
        _check_text(special)
        if len(split_words(special)) < 2:  # else merges could make it out of plain text
            raise ValueError(f"the special token {special!r} could be a word of a text: use '<|{special}|>'")
    if len(set(special_tokens)) < len(special_tokens):
        raise ValueError(f"special_tokens has one twice, {list(special_tokens)}: give each once")


def _check_merges(merges: Iterable[Pair], known: set[bytes]) -> None:
    for i, (left, right) in enumerate(merges):
        for token in {left, right} - known:
            raise ValueError(
                f"merge {i} joins {left} and {right}, but {token} is not there yet: check the order"
            )
        if left + right in known:
            raise ValueError(f"merge {i} makes {left + right}, which is there already: give each merge once")
        known.add(left + right)
