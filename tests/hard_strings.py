"""Strings that tokenizers get wrong, for the tests of every implementation of the tokenizer."""

import random

PIECES = [
    *[
        "the",
        "The",
        " the",
        "café",
        "cafe\u0301",
        "naïve",
        "don't",
        "DON'T",
        "we'll",
        "'s",
        "''",
        "_",
        "the_cat",
    ],
    *["我喜欢猫", "，", "。", "龍馬", "日本語の文", "한국어", "العربية", "हिन्दी", "ภาษาไทย", "Ελληνικά", "Ǆ"],
    *["👩‍👩‍👧‍👦", "👍🏽", "🇫🇷", "❤️", "🏴‍☠️", "🧑🏿‍🚀", "😀"],  # joined by U+200D, or with a color of skin
    *["a\u0301\u0323", "e\u0308\u0304", "\u0301", "Z\u0337\u0322", "ﬁ", "Å", "A\u030a"],  # combining marks
    *["\x00", "\x07", "\x1b[0m", "\x7f", "\x85", "\u200b", "\u200d", "\u202e", "\ufeff", "\ufffd", "\uffff"],
    *[" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n ", "\u00a0", "\u2003", "\u3000", "\u2028", "\x1c"],
    *["0", "42", "3.14", "1,000,000", "٣", "Ⅷ", "½", "x²", "2026-11-23"],
    *["<|end|>", "<|", "|>", "&amp;", "<b>", "{}", "://", "...", "—", "“q”", "\U0010ffff", "aaaa", "ababab"],
]


def hard_strings(n: int = 1000) -> list[str]:
    """A few chosen ones, each piece alone, then random sequences of pieces; the same on every run."""
    dice = random.Random(0)
    chosen = ["", "a" * 1000, " " * 100, "\n \n" * 20, "ab" * 500 + "a", "".join(map(chr, range(0x300)))]
    mixed = [
        "".join(dice.choices(PIECES, k=dice.randint(2, 12))) for _ in range(n - len(chosen) - len(PIECES))
    ]
    return chosen + PIECES + mixed
