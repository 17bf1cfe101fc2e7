"""Exercise: make text of tokens, some of which end in the middle of a character.

Check `decode_tokens(tokens) -> str`: the bytes of all tokens, read as UTF-8.

A character may be spread over several tokens. Where bytes are no UTF-8, U+FFFD stands in the text.
"""

from collections.abc import Callable

from lmkit.check.bank import TEXT, Exercise, Probe, Probes, hides, mistake, truth


def joined_first(tokens: list[bytes], separator: bytes, read: Callable) -> str:
    """The right way: all bytes side by side, then read as text."""
    return read(separator.join(tokens))


def one_by_one(tokens: list[bytes], separator: bytes, read: Callable) -> str:
    """Each token read as a text of its own."""
    return separator.decode().join(map(read, tokens))


def decode(
    tokens: list[bytes],
    *,
    order: Callable = joined_first,
    separator: bytes = b"",
    codec: str = "utf-8",
    errors: str = "replace",
    finish: Callable = lambda text: text,
) -> str:
    """The bytes of all tokens, read as UTF-8; what is none becomes U+FFFD. The keywords are the switches."""
    return finish(order(tokens, separator, lambda data: data.decode(codec, errors)))


def probes(seed: int) -> Probes:
    """English; characters cut in two; bytes that are no UTF-8, each alone; characters that look like others.

    How many U+FFFD stand for two bytes of a character that has three is for the answer to say: Unicode allows both.
    """
    cut = " 你é🙂".encode()
    places = [0, 2, 5, 7 + seed % 2, len(cut)]
    pieces = [cut[a:b] for a, b in zip(places, places[1:], strict=False)]
    incomplete = ("好", "é", "🙂")[seed % 3].encode()[:1]
    signs = "\ufeff\r\n\tﬁ² e\u0301  Ġa\0\x85\u2028".encode()
    return (
        Probe("for English", ([b" the", b" c", b"at"],)),
        Probe("when a character is spread over two tokens", ([*pieces, b" "],)),
        Probe("when the last character is not complete", ([b" na", "ï".encode(), b"ve ", incomplete],)),
        Probe("when bytes are no UTF-8", ([b" a\xff", b"\xfeb", "é".encode(), b"\xa9 "],)),
        Probe("for white space and signs of all kinds", ([signs[:4], signs[4:], *[b" la"] * (20 + seed)],)),
    )


def _cutting_does_not_matter(solve: Callable, probes: Probes) -> bool:
    """The same bytes, cut into single bytes."""
    whole = [solve(*probe.args) for probe in probes]
    return whole == [solve([bytes([byte]) for byte in b"".join(probe.args[0])]) for probe in probes]


def _text_comes_back(solve: Callable, probes: Probes) -> bool:
    texts = ("plain words", "né à Čáslav", "你好🙂")
    return all(solve([character.encode() for character in text]) == (text,) for text in texts)


MISCONCEPTIONS = (
    mistake("each-token-alone", order=one_by_one)
    .says("You decoded each token alone: a character that is spread over two tokens falls to pieces.")
    .asks("How many bytes has 你, and must they all be in the same token?"),
    mistake("spaces-put-in", separator=b" ")
    .says("You put a space between the tokens.")
    .asks("Where there is a space in a text, one of the tokens holds it already. Who would need another?"),
    mistake("latin-1", codec="latin-1")
    .says("You read every byte as a character of its own, as Latin-1 does.")
    .asks("Which encoding made these bytes out of text, and how many bytes did it use for é?"),
    mistake("ascii", codec="ascii")
    .says("You read the bytes as ASCII, which knows no accents, no Chinese and no emoji.")
    .asks("Bytes from 128 on mean nothing in ASCII. Which encoding gives them a meaning?"),
    mistake("errors-dropped", errors="ignore")
    .says("You dropped bytes that are no UTF-8 without a trace.")
    .asks("A model may stop in the middle of a character. How would a reader of your text notice?"),
    mistake("errors-escaped", errors="backslashreplace")
    .says("You wrote bytes that are no UTF-8 as escapes such as \\xe4.")
    .asks("The exercise names one character that stands for what cannot be read. Which is it?"),
    mistake("stripped", finish=str.strip)
    .says("You cut off the space at the ends of the text.")
    .asks("If a text is decoded in two parts and then put together, what becomes of the space between them?"),
)

DECODE_TOKENS = Exercise(
    id="decode_tokens",
    title="Decoding tokens",
    family=decode,
    returns={"text": TEXT},
    probes=probes,
    examples=(
        ([b" a", b"b"],),
        (["你".encode()[:2], "你".encode()[2:]],),
        (["é".encode()],),
        ([b"a", "é".encode()[:1]],),
    ),
    properties=(
        truth("cutting-matters", _cutting_does_not_matter)
        .right("How the bytes are cut into tokens does not matter.")
        .says("The same bytes, cut into other tokens, give another text.")
        .asks("What does your code do with the end of one token and the beginning of the next?"),
        truth("text-does-not-come-back", _text_comes_back)
        .right("A text that was encoded comes back.")
        .says("A text that was encoded does not come back as it was.")
        .asks("Encode é, then decode it with your function. What do you get, and which step differs?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "spaces-put-in",
            "each-token-alone",
            because="a space between two halves of a character keeps them apart as well",
        ),
        *hides("ascii", "each-token-alone", because="to ASCII every byte stands alone"),
        *hides(
            "latin-1",
            "each-token-alone errors-dropped errors-escaped",
            because="to Latin-1 every byte is a character: nothing can go wrong",
        ),
    ),
)
