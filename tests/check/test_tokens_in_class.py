"""Chapter 01 in class: answers that were not made from the banks. Wrong ones are refused, and told no false cause.

Each wrong answer stands with the causes that may be named. Without any, the check must say that it knows none.
"""

import codecs
import heapq
import io
import re
import statistics
import sys
import unicodedata
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch

from lmkit import check
from tests.check.in_class import causes_in, two_lists

RIGHT, WRONG, right, wrong = two_lists()


# --- Counting pairs ---


@right("count_pairs")
def with_floats(words):
    counts = defaultdict(float)
    for word, times in words.items():
        for left, here in zip(word[:-1], word[1:], strict=True):
            counts[left, here] += float(times)
    return counts


@right("count_pairs")
def with_integers_of_numpy(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = np.int64(counts.get(pair, 0) + times)
    return counts


@right("count_pairs")
def pair_by_pair(words):
    return {
        pair: sum(times * list(pairwise(word)).count(pair) for word, times in words.items())
        for pair in {pair for word in words for pair in pairwise(word)}
    }


@right("count_pairs")
def in_another_order(words):
    counts = {}
    for word in sorted(words, reverse=True):
        for i, token in enumerate(word):
            if i:
                counts.setdefault((word[i - 1], token), 0)
                counts[word[i - 1], token] += words[word]
    return counts


@wrong("count_pairs")
def starts_at_one(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts[pair] + times if pair in counts else 1
    return counts


@wrong("count_pairs", "overlaps-skipped")
def searches_the_joined_text(words):
    counts = Counter()
    for word, times in words.items():
        for pair in set(pairwise(word)):
            counts[pair] += times * b"".join(word).count(b"".join(pair))
    return counts


@wrong("count_pairs")
def without_the_first(words):
    counts = Counter()
    for word, times in words.items():
        for i in range(1, len(word) - 1):
            counts[word[i], word[i + 1]] += times
    return counts


@wrong("count_pairs")
def byte_by_byte(words):
    counts = Counter()
    for word, times in words.items():
        text = b"".join(word)
        for i in range(len(text) - 1):
            counts[text[i : i + 1], text[i + 1 : i + 2]] += times
    return counts


@wrong("count_pairs")
def looks_tokens_up(words):
    counts = Counter()
    for word, times in words.items():
        for token in word[:-1]:
            counts[token, word[word.index(token) + 1]] += times  # the first of its kind
    return counts


@wrong("count_pairs")
def stops_at_the_last_kind(words):
    counts = Counter()
    for word, times in words.items():
        for i, token in enumerate(word):
            if token != word[-1]:
                counts[token, word[i + 1]] += times
    return counts


@wrong("count_pairs")
def goes_round(words):
    counts = Counter()
    for word, times in words.items():
        for i in range(len(word)):
            counts[word[i - 1], word[i]] += times
    return counts


@wrong("count_pairs")
def starts_anew_for_each_word(words):
    for word, times in words.items():
        counts = Counter()
        for pair in pairwise(word):
            counts[pair] += times
    return counts


@wrong("count_pairs")
def repeats_count_once_more(words):
    counts = Counter()
    for word, times in words.items():
        counts.update(pairwise(word))
        counts.update(dict.fromkeys(pairwise(word), times - 1))
    return counts


@wrong("count_pairs")
def rare_pairs_left_out(words):
    return {pair: count for pair, count in pair_by_pair(words).items() if count > 1}


@wrong("count_pairs")
def the_most_common_only(words):
    return dict(Counter(pair_by_pair(words)).most_common(20))


@wrong("count_pairs")
def short_words_only(words):
    return pair_by_pair({word[:16]: times for word, times in words.items()})


@wrong("count_pairs")
def with_pairs_that_do_not_occur(words):
    tokens = sorted({token for word in words for token in word})
    return {(left, right): 0 for left in tokens for right in tokens} | pair_by_pair(words)


# --- Merging a pair ---


def merged(tokens, pair):
    """Right merging, for what is built on it."""
    result, i = [], 0
    while i < len(tokens):
        found = tuple(tokens[i : i + 2]) == pair
        result.append(b"".join(pair) if found else tokens[i])
        i += 2 if found else 1
    return result


@right("merge_pair")
def merge_with_a_flag(tokens, pair):
    result, skip = [], False
    for i, token in enumerate(tokens):
        if skip:
            skip = False
        elif token == pair[0] and i + 1 < len(tokens) and tokens[i + 1] == pair[1]:
            result.append(pair[0] + pair[1])
            skip = True
        else:
            result.append(token)
    return result


@right("merge_pair")
def merge_as_text(tokens, pair):
    letters = {token: chr(i) for i, token in enumerate({*tokens, *pair}, 65)}
    tokens_of = {letter: token for token, letter in letters.items()} | {"!": b"".join(pair)}
    text = "".join(letters[token] for token in tokens).replace(letters[pair[0]] + letters[pair[1]], "!")
    return [tokens_of[letter] for letter in text]


@right("merge_pair")
def merge_with_an_iterator(tokens, pair):
    result, rest = [], iter(tokens)
    token = next(rest, None)
    while token is not None:
        following = next(rest, None)
        is_pair = (token, following) == pair
        result.append(token + following if is_pair else token)
        token = next(rest, None) if is_pair else following
    return result


@right("merge_pair")
def merge_by_looking_at_what_was_merged(tokens, pair):
    result = []
    for token in tokens:
        if result and (result[-1], token) == pair:  # a merged token is no half of the pair
            result[-1] = result[-1] + token
        else:
            result.append(token)
    return result


@wrong("merge_pair")
def replaces_in_the_joined_text(tokens, pair):
    return b" ".join(tokens).replace(b" ".join(pair), b"".join(pair)).split(b" ")


@wrong("merge_pair")
def replaces_between_word_ends(tokens, pair):
    pattern = rb"\b" + re.escape(b" ".join(pair)) + rb"\b"
    return re.sub(pattern, b"".join(pair), b" ".join(tokens)).split()


@wrong("merge_pair")
def looks_at_what_a_token_ends_in(tokens, pair):
    result = []
    for token in tokens:
        if result and result[-1].endswith(pair[0]) and token == pair[1]:
            result[-1] += token
        else:
            result.append(token)
    return result


@wrong("merge_pair")
def compares_the_left_half_only(tokens, pair):
    result, i = [], 0
    while i < len(tokens):
        found = tokens[i] == pair[0] and i + 1 < len(tokens)
        result.append(tokens[i] + tokens[i + 1] if found else tokens[i])
        i += 2 if found else 1
    return result


@wrong("merge_pair")
def walks_in_steps_of_two(tokens, pair):
    result = []
    for i in range(0, len(tokens), 2):
        two = tokens[i : i + 2]
        result += [b"".join(two)] if tuple(two) == pair else two
    return result


@wrong("merge_pair")
def never_stops_skipping(tokens, pair):
    result, skip = [], False
    for i, token in enumerate(tokens):
        if skip:
            continue
        skip = tuple(tokens[i : i + 2]) == pair
        result.append(b"".join(pair) if skip else token)
    return result


@wrong("merge_pair")
def copies_the_last_token_always(tokens, pair):
    result, skip = [], False
    for two in pairwise(tokens):
        if not skip:
            result.append(b"".join(two) if two == pair else two[0])
        skip = two == pair and not skip
    return [*result, tokens[-1]]


@wrong("merge_pair", "from-the-right")
def searches_from_the_end(tokens, pair):
    tokens = list(tokens)
    for i in reversed(range(len(tokens))):
        if tuple(tokens[i : i + 2]) == pair:
            tokens[i : i + 2] = [b"".join(pair)]
    return tokens


@wrong("merge_pair")
def merges_ten_times(tokens, pair):
    tokens = list(tokens)
    for _ in range(10):
        for i in range(len(tokens) - 1):
            if (tokens[i], tokens[i + 1]) == pair:
                tokens[i : i + 2] = [b"".join(pair)]
                break
    return tokens


@wrong("merge_pair")
def asks_whether_it_is_the_same_object(tokens, pair):
    result, i = [], 0
    while i < len(tokens):
        found = i + 1 < len(tokens) and tokens[i] is pair[0] and tokens[i + 1] is pair[1]
        result.append(b"".join(pair) if found else tokens[i])
        i += 2 if found else 1
    return result


@wrong("merge_pair", "changed-inputs")
def pops_from_what_was_given(tokens, pair):
    for i in range(len(tokens)):
        if tuple(tokens[i : i + 2]) == pair:
            tokens[i] += tokens.pop(i + 1)
    return tokens


# --- Encoding a word ---


def bytes_in(word):
    return [bytes([byte]) for byte in word]


def encode(choose=None, apply=merged, knows=None, start=bytes_in):
    """Right encoding, one line of which can be written otherwise."""

    def answer(word, ranks):
        tokens = start(word)
        while known := [pair for pair in pairwise(tokens) if (knows or ranks.__contains__)(pair)]:
            tokens = apply(tokens, (choose or min)(known, key=ranks.get))
        return tokens

    return answer


@right("encode_word")
def encode_with_a_heap(word, ranks):
    tokens = bytes_in(word)
    while heap := [(ranks[pair], i) for i, pair in enumerate(pairwise(tokens)) if pair in ranks]:
        heapq.heapify(heap)
        i = heap[0][1]
        tokens = [*tokens[:i], tokens[i] + tokens[i + 1], *tokens[i + 2 :]]
    return tokens


@right("encode_word")
def encode_with_infinite_ranks(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    while len(tokens) > 1:
        found = np.array([ranks.get(pair, np.inf) for pair in pairwise(tokens)])
        i = int(found.argmin())
        if np.isinf(found[i]):
            break
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tuple(tokens)


@right("encode_word")
def encode_by_recursion(word, ranks, tokens=None):
    tokens = bytes_in(word) if tokens is None else tokens
    known = {pair for pair in pairwise(tokens) if pair in ranks}
    return encode_by_recursion(word, ranks, merged(tokens, min(known, key=ranks.get))) if known else tokens


@right("encode_word")
def encode_rank_after_rank(word, ranks):
    tokens = bytes_in(word)
    pair_of = {rank: pair for pair, rank in ranks.items()}
    for rank in range(len(ranks)):
        tokens = merged(tokens, pair_of[rank])
    return tokens


@wrong("encode_word", "spelling-compared")
def ranks_by_spelling(word, ranks):
    rank_of = {left + right: rank for (left, right), rank in ranks.items()}
    tokens = bytes_in(word)
    while len(tokens) > 1:
        i = min(range(len(tokens) - 1), key=lambda i: rank_of.get(tokens[i] + tokens[i + 1], len(ranks)))
        if tokens[i] + tokens[i + 1] not in rank_of:
            break
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


@wrong("encode_word", "spelling-compared")
def ranks_by_spelling_everywhere(word, ranks):
    rank_of = {left + right: rank for (left, right), rank in ranks.items()}
    tokens = bytes_in(word)
    while known := [pair for pair in pairwise(tokens) if b"".join(pair) in rank_of]:
        tokens = merged(tokens, min(known, key=lambda pair: rank_of[b"".join(pair)]))
    return tokens


@wrong("encode_word")
def replaces_in_the_joined_word(word, ranks):
    text = b"\0".join(bytes_in(word))
    for pair in sorted(ranks, key=ranks.get):
        text = text.replace(b"\0".join(pair), b"".join(pair))
    return text.split(b"\0")


@wrong("encode_word")
def most_frequent_first(word, ranks):
    tokens = bytes_in(word)
    while known := Counter(pair for pair in pairwise(tokens) if pair in ranks):
        tokens = merged(tokens, max(known, key=lambda pair: (known[pair], -ranks[pair])))
    return tokens


@wrong("encode_word")
def alphabetically(word, ranks):
    return encode(choose=lambda known, key: min(known))(word, ranks)


@wrong("encode_word")
def rank_zero_is_false(word, ranks):
    return encode(knows=ranks.get)(word, ranks)


@wrong("encode_word")
def merges_from_the_right(word, ranks):
    def apply(tokens, pair):
        i = max(i for i, two in enumerate(pairwise(tokens)) if two == pair)
        return [*tokens[:i], b"".join(pair), *tokens[i + 2 :]]

    return encode(apply=apply)(word, ranks)


@wrong("encode_word")
def without_spaces(word, ranks):
    return encode(start=lambda word: bytes_in(word.strip()))(word, ranks)


@wrong("encode_word")
def in_small_letters(word, ranks):
    return encode(start=lambda word: bytes_in(word.lower()))(word, ranks)


@wrong("encode_word")
def looks_at_the_pairs_twice(word, ranks):
    tokens = bytes_in(word)
    for _ in range(2):
        for pair in sorted([pair for pair in pairwise(tokens) if pair in ranks], key=ranks.get):
            tokens = merged(tokens, pair)
    return tokens


@wrong("encode_word")
def as_many_rounds_as_ranks(word, ranks):
    tokens = bytes_in(word)
    for _ in ranks:
        places = [i for i, pair in enumerate(pairwise(tokens)) if pair in ranks]
        if places:
            i = min(places, key=lambda i: ranks[tokens[i], tokens[i + 1]])
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


@wrong("encode_word", "changed-inputs")
def takes_each_pair_out_of_the_ranks(word, ranks):
    tokens = bytes_in(word)
    while known := [pair for pair in pairwise(tokens) if pair in ranks]:
        first = min(known, key=ranks.get)
        tokens = merged(tokens, first)
        ranks.pop(first)
    return tokens


@wrong("encode_word")
def takes_the_last_of_several(word, ranks):
    tokens, i = bytes_in(word), 0
    while i is not None:
        i = None
        for j, pair in enumerate(pairwise(tokens)):
            if pair in ranks and (i is None or ranks[pair] <= ranks[tokens[i], tokens[i + 1]]):
                i = j
        if i is not None:
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


@wrong("encode_word")
def looks_one_pair_ahead(word, ranks):
    tokens, i = bytes_in(word), 0
    while i < len(tokens) - 1:
        here, after = (ranks.get(tuple(tokens[j : j + 2]), len(ranks)) for j in (i, i + 1))
        if here < len(ranks) and here <= after:
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
            i = max(i - 1, 0)
        else:
            i += 1
    return tokens


# --- Bytes per token ---


@right("compression")
def with_float32_of_numpy(texts, tokens):
    return np.float32(sum(len(text.encode()) for text in texts)) / np.float32(sum(map(len, tokens)))


@right("compression")
def with_tensors(texts, tokens):
    n_bytes = torch.tensor([len(text.encode()) for text in texts])
    return n_bytes.sum() / torch.tensor([len(own) for own in tokens]).sum()


@right("compression")
def as_a_fraction(texts, tokens):
    return Fraction(sum(len(text.encode()) for text in texts), sum(map(len, tokens)))


@right("compression")
def as_a_weighted_mean(texts, tokens):
    n_tokens = [len(own) for own in tokens]
    ratios = [len(text.encode()) / len(own) for text, own in zip(texts, tokens, strict=True)]
    return sum(ratio * n / sum(n_tokens) for ratio, n in zip(ratios, n_tokens, strict=True))


@right("compression")
def as_the_mean_length_of_a_token(texts, tokens):
    return statistics.mean(len(token) for own in tokens for token in own)


@wrong("compression")
def of_the_first_text(texts, tokens):
    return len(texts[0].encode()) / len(tokens[0])


@wrong("compression")
def of_different_texts(texts, tokens):
    return sum(len(text.encode()) for text in set(texts)) / sum(map(len, tokens))


@wrong("compression")
def of_the_number_of_texts(texts, tokens):
    return sum(len(text.encode()) for text in texts) / len(tokens)


@wrong("compression")
def in_whole_numbers(texts, tokens):
    return sum(len(text.encode()) for text in texts) // sum(map(len, tokens))


@wrong("compression")
def rounded(texts, tokens):
    return round(sum(len(text.encode()) for text in texts) / sum(map(len, tokens)), 3)


@wrong("compression")
def with_texts_joined_by_spaces(texts, tokens):
    return len(" ".join(texts).encode()) / sum(map(len, tokens))


@wrong("compression")
def weighted_by_bytes(texts, tokens):
    sizes = [len(text.encode()) for text in texts]
    return sum(n * n / len(own) for n, own in zip(sizes, tokens, strict=True)) / sum(sizes)


@wrong("compression")
def in_memory(texts, tokens):
    return sum(map(sys.getsizeof, texts)) / sum(map(len, tokens))


@wrong("compression")
def in_two_bytes_a_character(texts, tokens):
    return sum(len(text.encode("utf-16-le")) for text in texts) / sum(map(len, tokens))


@wrong("compression", "different-tokens-counted", "mean-of-ratios")
def of_different_tokens_text_by_text(texts, tokens):
    return np.mean([len(text.encode()) / len(set(own)) for text, own in zip(texts, tokens, strict=True)])


# --- Decoding ---


@right("decode_tokens")
def with_a_bytearray(tokens):
    text = bytearray()
    for token in tokens:
        text.extend(token)
    return text.decode("utf-8", "replace")


@right("decode_tokens")
def with_bytes_of_numpy(tokens):
    return np.concatenate([np.frombuffer(token, np.uint8) for token in tokens]).tobytes().decode(errors="replace")


@right("decode_tokens")
def as_a_file(tokens):
    return io.TextIOWrapper(io.BytesIO(b"".join(tokens)), "utf-8", "replace", newline="").read()


@right("decode_tokens")
def one_sign_for_each_byte_that_cannot_be_read(tokens):
    data, text = b"".join(tokens), ""
    while data:
        for n in range(1, 5):
            try:
                text += data[:n].decode()
                break
            except UnicodeDecodeError:
                pass
        else:
            n, text = 1, text + "\ufffd"
        data = data[n:]
    return text


def decoded(tokens):
    return b"".join(tokens).decode(errors="replace")


@wrong("decode_tokens")
def without_the_incomplete_end(tokens):
    data = b"".join(tokens)
    while True:
        try:
            return data.decode()
        except UnicodeDecodeError:
            data = data[:-1]


@wrong("decode_tokens")
def each_alone_where_it_fails(tokens):
    try:
        return b"".join(tokens).decode()
    except UnicodeDecodeError:
        return "".join(token.decode(errors="replace") for token in tokens)


@wrong("decode_tokens")
def carries_what_is_left_and_forgets_it(tokens):
    text, left = "", b""
    for token in tokens:
        try:
            text, left = text + (left + token).decode(), b""
        except UnicodeDecodeError:
            left += token
    return text


@wrong("decode_tokens")
def never_ends_the_decoder(tokens):
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return "".join(map(decoder.decode, tokens))


@wrong("decode_tokens")
def with_question_marks(tokens):
    return decoded(tokens).replace("\ufffd", "?")


@wrong("decode_tokens")
def one_sign_for_all_that_cannot_be_read(tokens):
    return re.sub("\ufffd+", "\ufffd", decoded(tokens))


@wrong("decode_tokens")
def as_windows_does(tokens):
    return b"".join(tokens).decode("cp1252", "replace")


@wrong("decode_tokens")
def as_python_shows_it(tokens):
    return str(b"".join(tokens))


@wrong("decode_tokens")
def with_single_spaces(tokens):
    return " ".join(decoded(tokens).split())


@wrong("decode_tokens")
def without_line_ends(tokens):
    return "".join(decoded(tokens).splitlines())


@wrong("decode_tokens")
def in_normal_form(tokens):
    return unicodedata.normalize("NFKC", decoded(tokens))


@wrong("decode_tokens")
def each_token_once(tokens):
    return decoded(dict.fromkeys(tokens))


@wrong("decode_tokens")
def without_large_characters(tokens):
    return "".join(c if ord(c) < 2**16 else "\ufffd" for c in decoded(tokens))


# --- What must hold ---


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_passes_whatever_is_drawn(exercise, answer):
    for seed in range(5):
        report = getattr(check, exercise)(answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(("exercise", "answer", "causes"), WRONG)
def test_a_wrong_answer_is_refused_and_told_its_own_cause_or_none(exercise, answer, causes):
    for seed in range(2):
        report = getattr(check, exercise)(answer, seed)
        assert not report.ok
        assert causes_in(report) == causes


def test_each_exercise_of_the_chapter_is_tried_in_at_least_six_wrong_and_three_right_ways():
    of = {"count_pairs", "merge_pair", "encode_word", "compression", "decode_tokens"}
    right_ways, wrong_ways = (Counter(param.values[0] for param in tried) for tried in (RIGHT, WRONG))
    assert set(right_ways) == set(wrong_ways) == of
    assert min(right_ways.values()) >= 3 and min(wrong_ways.values()) >= 6
