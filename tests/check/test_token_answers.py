"""Right and wrong answers to the exercises about tokens, as students write them."""

import codecs
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from lmkit import check
from lmkit.text import tokenizer


def count_with_a_counter(words):
    counts = Counter()
    for word, times in words.items():
        for pair in zip(word, word[1:], strict=False):
            counts[pair] += times
    return counts


def count_with_indices(words):
    counts = defaultdict(int)
    for word in words:
        for i in range(len(word) - 1):
            counts[word[i], word[i + 1]] += words[word]
    return counts


def count_written_out(words):
    return dict(Counter(pair for word, times in words.items() for _ in range(times) for pair in pairwise(word)))


def count_by_the_library(words):
    counts = Counter()
    for word, times in words.items():
        counts.update({pair: times * count for pair, count in tokenizer.count_pairs(word).items()})
    return counts


@pytest.mark.parametrize(
    "answer", [count_with_a_counter, count_with_indices, count_written_out, count_by_the_library]
)
def test_counting_pairs_in_other_words_passes(answer):
    report = check.count_pairs(answer)
    assert report.ok, str(report)


def merge_with_an_index(tokens, pair):
    merged, i = [], 0
    while i < len(tokens):
        if i < len(tokens) - 1 and (tokens[i], tokens[i + 1]) == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


def merge_by_looking_back(tokens, pair):
    merged, open_for_merge = [], False
    for token in tokens:
        if open_for_merge and (merged[-1], token) == pair:
            merged[-1] += token
            open_for_merge = False
        else:
            merged.append(token)
            open_for_merge = True
    return merged


def merge_by_recursion(tokens, pair):
    if tuple(tokens[:2]) == pair:
        return (pair[0] + pair[1], *merge_by_recursion(tokens[2:], pair))
    return (tokens[0], *merge_by_recursion(tokens[1:], pair)) if tokens else ()


def merge_in_a_copy(tokens, pair):
    tokens = list(tokens)
    i = 0
    while i + 1 < len(tokens):
        if (tokens[i], tokens[i + 1]) == pair:
            tokens[i : i + 2] = [b"".join(pair)]
        i += 1
    return tokens


MERGES = [merge_with_an_index, merge_by_looking_back, merge_by_recursion, merge_in_a_copy, tokenizer.merge_pair]


@pytest.mark.parametrize("answer", MERGES)
def test_merging_a_pair_in_other_words_passes(answer):
    report = check.merge_pair(answer)
    assert report.ok, str(report)


def test_merging_in_the_list_that_was_given_is_found():
    def answer(tokens, pair):
        tokens[:] = merge_with_an_index(tokens, pair)
        return tokens

    report = check.merge_pair(answer)
    assert report.codes == ("changed-inputs",)
    assert "`tokens` held something else" in str(report)


def encode_by_lowest_rank(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while True:
        known = [pair for pair in pairwise(tokens) if pair in ranks]
        if not known:
            return tokens
        tokens = merge_with_an_index(tokens, min(known, key=ranks.get))


def encode_one_place_at_a_time(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    while True:
        places = [i for i in range(len(tokens) - 1) if (tokens[i], tokens[i + 1]) in ranks]
        if not places:
            return tokens
        i = min(places, key=lambda i: ranks[tokens[i], tokens[i + 1]])
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def encode_rank_by_rank(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    for pair in sorted(ranks, key=ranks.get):
        tokens = merge_with_an_index(tokens, pair)
    return tokens


def encode_by_the_library(word, ranks):
    known = tokenizer.Tokenizer(sorted(ranks, key=ranks.get))
    return [known.tokens[i] for i in known.encode(word.decode())]


@pytest.mark.parametrize(
    "answer", [encode_by_lowest_rank, encode_one_place_at_a_time, encode_rank_by_rank, encode_by_the_library]
)
def test_encoding_a_word_in_other_words_passes(answer):
    for seed in range(3):
        report = check.encode_word(answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(
    "answer",
    [
        lambda texts, tokens: len("".join(texts).encode()) / len([t for own in tokens for t in own]),
        lambda texts, tokens: sum(len(t) for own in tokens for t in own) / sum(map(len, tokens)),
    ],
)
def test_compression_in_other_words_passes(answer):
    report = check.compression(answer)
    assert report.ok, str(report)


def decode_with_an_incremental_decoder(tokens):
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return "".join(decoder.decode(token) for token in tokens) + decoder.decode(b"", final=True)


def decode_by_the_library(tokens):
    known = tokenizer.Tokenizer([])
    return known.decode(known.tokens.index(bytes([byte])) for token in tokens for byte in token)


@pytest.mark.parametrize(
    "answer",
    [
        lambda tokens: b"".join(tokens).decode("utf-8", errors="replace"),
        lambda tokens: str(bytes(byte for token in tokens for byte in token), "utf8", "replace"),
        decode_with_an_incremental_decoder,
        decode_by_the_library,
    ],
)
def test_decoding_tokens_in_other_words_passes(answer):
    report = check.decode_tokens(answer)
    assert report.ok, str(report)


def count(frequency=None, pairs=None, key=None, replace=False):
    """Right counting, one line of which can be written otherwise."""

    def answer(words):
        counts = {}
        for word, times in words.items():
            for pair in pairs(word) if pairs else list(zip(word[:-1], word[1:], strict=True)):
                entry = key(pair) if key else pair
                before = 0 if replace else counts.get(entry, 0)
                counts[entry] = before + (1 if frequency == "ignored" else times)
        return counts

    return answer


def count_with_a_variable_that_lasts(words):
    counts, before = {}, None
    for word, times in words.items():
        for token in word:
            if before is not None:
                counts[before, token] = counts.get((before, token), 0) + times
            before = token
    return counts


def count_in_one_list(words):
    tokens = [token for word, times in words.items() for _ in range(times) for token in word]
    return Counter(pairwise(tokens))


COUNTS = {
    "frequency-ignored": count(frequency="ignored"),
    "across-words": count_with_a_variable_that_lasts,
    "one-long-row": count_in_one_list,
    "every-other-pair": count(pairs=lambda word: [(word[i], word[i + 1]) for i in range(0, len(word) - 1, 2)]),
    "last-pair-missing": count(pairs=lambda word: [(word[i], word[i + 1]) for i in range(len(word) - 2)]),
    "once-per-word": count(pairs=lambda word: set(pairwise(word))),
    "order-ignored": count(key=lambda pair: (min(pair), max(pair))),
    "joined-keys": count(key=lambda pair: pair[0] + pair[1]),
    "overwritten": count(replace=True),
}


@pytest.mark.parametrize("code", COUNTS)
def test_a_wrong_count_of_pairs_is_diagnosed(code):
    assert check.count_pairs(COUNTS[code]).codes == (code,)


def test_counting_in_the_joined_words_of_the_dictionary_is_diagnosed_as_two_mistakes():
    def answer(words):
        return Counter(pairwise(token for word in words for token in word))

    assert check.count_pairs(answer).codes == ("frequency-ignored", "across-words")


def test_counting_without_overlap_as_a_text_is_searched_is_diagnosed():
    def answer(words):
        counts = Counter()
        for word, times in words.items():
            i = 0
            while i + 1 < len(word):
                counts[word[i], word[i + 1]] += times
                i += 2 if word[i : i + 2] == word[i + 1 : i + 3] else 1
        return counts

    assert check.count_pairs(answer).codes == ("overlaps-skipped",)


def merge(step=2, last=0, stop=False, found=None):
    def answer(tokens, pair):
        merged, i = [], 0
        while i < len(tokens) - last:
            here = tuple(tokens[i : i + 2])
            if len(here) == 2 and (found(here, pair) if found else here == pair):
                merged.append(pair[0] + pair[1])
                i += step
                if stop:
                    return merged + tokens[i:]
            else:
                merged.append(tokens[i])
                i += 1
        return merged

    return answer


def merge_every_pair(tokens, pair):
    merged = []
    for i, token in enumerate(tokens):
        if i + 1 < len(tokens) and (token, tokens[i + 1]) == pair:
            merged.append(token + tokens[i + 1])
        elif i == 0 or (tokens[i - 1], token) != pair:
            merged.append(token)
    return merged


def merge_backwards(tokens, pair):
    return [token[::-1] for token in merge()([token[::-1] for token in tokens[::-1]], turned(pair))][::-1]


def turned(pair):
    return pair[1][::-1], pair[0][::-1]


WRONG_MERGES = {
    "spelling-compared": merge(found=lambda here, pair: here[0] + here[1] == pair[0] + pair[1]),
    "either-order": merge(found=lambda here, pair: here in (pair, pair[::-1])),
    "first-only": merge(stop=True),
    "right-half-kept": merge(step=1),
    "overlapping": merge_every_pair,
    "from-the-right": merge_backwards,
    "last-token-lost": merge(last=1),
}


@pytest.mark.parametrize("code", WRONG_MERGES)
def test_a_wrong_merge_is_diagnosed(code):
    assert check.merge_pair(WRONG_MERGES[code]).codes == (code,)


def test_tokens_that_are_not_bytes_are_told_so():
    report = check.merge_pair(lambda tokens, pair: [token.decode() for token in tokens])
    assert report.codes == ("wrong-type",)
    assert "You returned a `list` that begins with a `str`; wanted: a list of bytes." in str(report)


def test_a_single_value_instead_of_a_list_is_told_so():
    report = check.merge_pair(lambda tokens, pair: b"".join(tokens))
    assert "You returned a `bytes`; wanted: a list of bytes." in str(report)


def test_other_keys_or_values_than_pairs_of_bytes_and_numbers_are_told_so():
    for answer in (lambda words: {(b"a", b"b"): "1"}, lambda words: {("a", "b"): 1}, lambda words: {0: 1}):
        report = check.count_pairs(answer)
        assert "You returned a `dict`; wanted: a dictionary with a number for each pair of bytes." in str(report)


def encode_by_longest_token(word, ranks):
    known = {bytes([byte]) for byte in range(256)} | {left + right for left, right in ranks}
    tokens = []
    while word:
        longest = next(word[:n] for n in range(len(word), 0, -1) if word[:n] in known)
        tokens.append(longest)
        word = word[len(longest) :]
    return tokens


def encode_in_one_sweep(word, ranks):
    tokens, i = [], 0
    while i < len(word):
        pair = (word[i : i + 1], word[i + 1 : i + 2])
        tokens.append(pair[0] + pair[1] if pair in ranks else pair[0])
        i += 2 if pair in ranks else 1
    return tokens


def encode_leftmost_first(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    i = 0
    while i + 1 < len(tokens):
        if (tokens[i], tokens[i + 1]) in ranks:
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
            i = 0
        else:
            i += 1
    return tokens


def encode_by_highest_rank(word, ranks):
    return encode_by_lowest_rank(word, {pair: -rank for pair, rank in ranks.items()})


def encode_from_characters(word, ranks):
    tokens = [letter.encode() for letter in word.decode()]
    for pair in sorted(ranks, key=ranks.get):
        tokens = merge_with_an_index(tokens, pair)
    return tokens


def encode_with_one_merge(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    known = [pair for pair in pairwise(tokens) if pair in ranks]
    return merge_with_an_index(tokens, min(known, key=ranks.get)) if known else tokens


def encode_leftmost_first_everywhere(word, ranks):
    tokens = [bytes([byte]) for byte in word]
    while known := [pair for pair in pairwise(tokens) if pair in ranks]:
        tokens = merge_with_an_index(tokens, known[0])
    return tokens


WRONG_CODES = {
    "starts-from-characters": encode_from_characters,
    "longest-match": encode_by_longest_token,
    "one-sweep": encode_in_one_sweep,
    "last-learned-first": encode_by_highest_rank,
    "leftmost-first": encode_leftmost_first,
    "stops-after-one-merge": encode_with_one_merge,
}


@pytest.mark.parametrize("code", WRONG_CODES)
def test_a_wrong_encoding_is_diagnosed(code):
    for seed in range(3):
        assert check.encode_word(WRONG_CODES[code], seed).codes == (code,)


def test_whether_one_place_is_merged_at_a_time_or_all_does_not_hide_a_wrong_order():
    def backwards(word, ranks):
        return encode_one_place_at_a_time(word, {pair: -rank for pair, rank in ranks.items()})

    assert check.encode_word(encode_leftmost_first_everywhere).codes == ("leftmost-first",)
    assert check.encode_word(backwards).codes == ("last-learned-first",)


def test_an_encoding_that_merges_at_one_place_for_each_rank_is_diagnosed():
    def answer(word, ranks):
        tokens = [bytes([byte]) for byte in word]
        for pair in sorted(ranks, key=ranks.get):
            for i in range(len(tokens) - 1):
                if (tokens[i], tokens[i + 1]) == pair:
                    tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
                    break
        return tokens

    assert check.encode_word(answer).codes == ("each-merge-once",)


RATIOS = {
    "characters-counted": lambda texts, tokens: sum(map(len, texts)) / sum(map(len, tokens)),
    "words-counted": lambda texts, tokens: len(" ".join(texts).split()) / sum(map(len, tokens)),
    "spaces-left-out": lambda texts, tokens: len("".join(texts).replace(" ", "").encode()) / sum(map(len, tokens)),
    "different-tokens-counted": lambda texts, tokens: len("".join(texts).encode()) / sum(len(set(t)) for t in tokens),
    "upside-down": lambda texts, tokens: sum(map(len, tokens)) / len("".join(texts).encode()),
    "mean-of-ratios": lambda texts, tokens: (
        sum(len(text.encode()) / len(own) for text, own in zip(texts, tokens, strict=True)) / len(texts)
    ),
}


@pytest.mark.parametrize("code", RATIOS)
def test_a_wrong_compression_is_diagnosed(code):
    assert check.compression(RATIOS[code]).codes == (code,)


TEXTS = {
    "each-token-alone": lambda tokens: "".join(token.decode(errors="replace") for token in tokens),
    "spaces-put-in": lambda tokens: " ".join(token.decode(errors="replace") for token in tokens),
    "latin-1": lambda tokens: "".join(chr(byte) for token in tokens for byte in token),
    "ascii": lambda tokens: b"".join(tokens).decode("ascii", "replace"),
    "errors-dropped": lambda tokens: b"".join(tokens).decode(errors="ignore"),
    "errors-escaped": lambda tokens: b"".join(tokens).decode(errors="backslashreplace"),
    "stripped": lambda tokens: b"".join(tokens).decode(errors="replace").strip(),
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_wrong_decoding_is_diagnosed(code):
    assert check.decode_tokens(TEXTS[code]).codes == (code,)


def test_a_decoding_that_stops_at_half_a_character_shows_the_error():
    report = check.decode_tokens(lambda tokens: b"".join(tokens).decode())
    assert report.codes == ("raises",)
    assert "UnicodeDecodeError" in str(report) and "when the last character is not complete" in str(report)
