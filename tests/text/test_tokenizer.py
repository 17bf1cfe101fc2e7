"""The tokenizer is byte pair encoding, exactly as Hugging Face's library does it, and it loses nothing."""

import copy
import json
import pickle
import random
import time
from itertools import pairwise

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as TheirTokenizer
from tokenizers import models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from lmkit.text.tokenizer import BYTES, Tokenizer, count_pairs, merge_pair, readable, spell, split_words, to_fast, train
from tests.hard_strings import PIECES, hard_strings

END = "<|end|>"
strings = st.text(st.characters(exclude_categories=["Cs"]))  # all without lone surrogates
texts = st.text(st.characters(exclude_categories=["Cs", "Cn"]))  # of characters that every library knows
crowded = st.lists(st.text("ab ", max_size=30), max_size=8)  # many equal counts and overlapping pairs

STORIES = [
    "Nora gave the red lamp to Omar, and Omar thanked her. Then the lamp was his, wasn't it?\n",
    "The cat that the dogs chased was tired. It slept for 12 hours, aaaaaa, hmmmmm, ababababab.\n",
    "我喜欢猫。猫也喜欢我。娜拉把灯给了奥马尔。我们喜欢红色的灯，也喜欢猫。 👩‍👩‍👧‍👦👍🏽 café naïve\n",
    "  spaces   and\ttabs\n\n\nand lines; x = x + 1  # the code of the cat\n",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train(STORIES, 420, [END, "<|start|>"])


@pytest.fixture
def as_a_reader(monkeypatch):
    """Without the type checks of the tests, as outside of them, so that lmkit's own errors are seen."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def train_theirs(corpus: list[str], vocab_size: int, special_tokens: list[str]) -> TheirTokenizer:
    theirs = TheirTokenizer(models.BPE())
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=special_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    theirs.train_from_iterator(corpus, trainer)
    return theirs


def vocabulary_and_merges(theirs: TheirTokenizer) -> tuple[dict, list]:
    return theirs.get_vocab(), json.loads(theirs.to_str())["model"]["merges"]


# --- The two steps that everything is made of. ---


@given(
    tokens=st.lists(st.sampled_from([b"a", b"b", b"ab"])),
    pair=st.tuples(st.just(b"a"), st.sampled_from([b"a", b"b"])),
)
def test_a_merge_keeps_the_bytes_and_leaves_no_such_pair_of_different_tokens(tokens, pair):
    merged = merge_pair(tokens, pair)
    assert b"".join(merged) == b"".join(tokens)
    if pair[0] != pair[1]:
        assert pair not in count_pairs(merged)


def test_a_merge_goes_from_the_left_and_a_pair_may_overlap_itself():
    assert count_pairs(spell("aaa")) == {(b"a", b"a"): 2}
    assert merge_pair(spell("aaa"), (b"a", b"a")) == [b"aa", b"a"]


@pytest.mark.parametrize("text", [" naïve café, said Mia: 猫 don't 👩‍👩‍👧‍👦", "naïve", "猫", "plain", " a\n\nb"])
def test_byte_level_pieces_are_read_as_the_words_they_are(text):
    tokenizer = train(STORIES, 300, [END])
    ids = tokenizer.encode(END + text, allow_special=True)
    fast = to_fast(tokenizer)
    fast.encode_special_tokens = False
    assert readable(fast.encode(END + text).tokens) == tokenizer.words(ids)


def test_words_that_are_no_pieces_are_read_as_they_are():
    for words in ([piece] for piece in PIECES):
        assert readable(words) == words
    for text in ("Été à la plage, où?", "był mąż źdźbło ćma", "naïve façade ½ x²", "ñandú ¿qué?", "Größe über"):
        assert readable(text.split()) == text.split()
    assert readable(["[CLS]", "the", "##ing", "[SEP]"]) == ["[CLS]", "the", "##ing", "[SEP]"]
    assert readable(["▁The", "▁cat", "</s>"]) == ["▁The", "▁cat", "</s>"]


@given(strings)
def test_the_words_of_a_text_joined_are_the_text(text):
    assert "".join(split_words(text)) == text


# --- Training. ---


def test_the_first_merge_is_the_most_frequent_pair():
    assert train("ab ab ab cb", 257).merges == ((b"a", b"b"),)


def test_of_equally_frequent_pairs_the_one_with_the_smaller_ids_is_merged_first():
    assert train("dc. ba", 257).merges == ((b"b", b"a"),)  # b comes before d in BYTES
    assert train("ac. ab", 257).merges == ((b"a", b"b"),)
    assert train("é. aa", 257).merges == ((b"a", b"a"),)
    assert train("aa bb", 257).merges == (
        (b"a", b"a"),
    )  # the space before "bb" has a larger id than any letter


@settings(max_examples=150)
@given(corpus=crowded, vocab_size=st.integers(257, 300))
def test_training_finds_their_merges_in_their_order_also_where_counts_are_equal(corpus, vocab_size):
    ours = train(corpus, vocab_size, [END])
    assert vocabulary_and_merges(to_fast(ours)) == vocabulary_and_merges(
        train_theirs(corpus, vocab_size, [END])
    )


@given(corpus=st.lists(texts, max_size=5), vocab_size=st.integers(256, 320))
def test_training_finds_their_merges_in_any_text(corpus, vocab_size):
    ours = train(corpus, vocab_size)
    assert vocabulary_and_merges(to_fast(ours)) == vocabulary_and_merges(train_theirs(corpus, vocab_size, []))


def test_training_on_prose_gives_their_tokenizer(tokenizer):
    theirs = train_theirs(STORIES, 420, [END, "<|start|>"])
    assert vocabulary_and_merges(to_fast(tokenizer)) == vocabulary_and_merges(theirs)


def letters_in_a_run(n: int) -> str:
    """Chinese has no spaces: a passage is one word. Some letters are common, most are rare."""
    draw = random.Random(0).random
    return "".join(chr(0x4E00 + int(3000 * draw() ** 3)) for _ in range(n))


LONG_WORDS = {
    "letters in a run": letters_in_a_run(30_000),
    "random words": " ".join("".join(random.Random(i).choices("abcdefgh", k=9_000)) for i in range(9)),
}


@pytest.mark.parametrize("text", LONG_WORDS.values(), ids=LONG_WORDS)
def test_training_on_long_words_takes_a_second_and_finds_their_merges(text, as_a_reader):
    start = time.process_time()
    ours = train(text, 768)
    assert time.process_time() - start < 6  # half a second
    assert vocabulary_and_merges(to_fast(ours)) == vocabulary_and_merges(train_theirs([text], 768, []))


@given(corpus=crowded)
def test_a_larger_vocabulary_begins_with_the_smaller_one(corpus):
    small, large = train(corpus, 260), train(corpus, 280)
    assert large.tokens[: small.vocab_size] == small.tokens


def test_training_stops_when_nothing_is_left_to_merge():
    assert train("aab", 300).tokens == (*BYTES, b"aa", b"aab")


def test_one_text_is_the_same_as_a_list_of_one():
    assert (
        train(STORIES[0], 300).merges
        == train(STORIES[:1], 300).merges
        == train(iter(STORIES[:1]), 300).merges
    )


# --- Encoding and decoding. ---


def test_hard_strings_get_the_ids_that_they_give_and_come_back(tokenizer):
    hard = hard_strings()
    ours = [tokenizer.encode(string) for string in hard]
    assert ours == [encoding.ids for encoding in to_fast(tokenizer).encode_batch(hard)]
    assert [tokenizer.decode(ids) for ids in ours] == hard
    assert len(hard) == 1000


@settings(max_examples=200)
@given(strings)
def test_every_string_comes_back(tokenizer, string):
    assert tokenizer.decode(tokenizer.encode(string)) == string


@settings(max_examples=200)
@given(texts)
def test_every_text_gets_the_ids_that_they_give(tokenizer, text):
    assert tokenizer.encode(text) == to_fast(tokenizer).encode(text).ids


@given(st.binary())
def test_every_sequence_of_bytes_can_be_written_in_tokens_and_comes_back(tokenizer, data):
    ids = [tokenizer.tokens.index(bytes([byte])) for byte in data]
    assert tokenizer.decode_bytes(ids) == data


@given(st.data())
def test_every_sequence_of_ids_is_decoded_and_what_is_no_utf8_shows_as_they_show_it(tokenizer, data):
    ids = data.draw(st.lists(st.integers(0, tokenizer.vocab_size - 1)))
    assert tokenizer.decode(ids) == tokenizer.decode_bytes(ids).decode(errors="replace")
    assert tokenizer.decode(ids) == to_fast(tokenizer).decode(ids, skip_special_tokens=False)


@pytest.mark.parametrize("merges", [0, 30], ids=["no merge fits", "every merge fits"])
def test_a_megabyte_of_one_letter_is_encoded_within_seconds(merges):
    tokenizer = train("a" * 5000, 256 + merges)
    text = "a" * 1_000_000
    start = time.process_time()
    ids = tokenizer.encode(text)
    assert time.process_time() - start < 20  # a few seconds
    assert ids == to_fast(tokenizer).encode(text).ids


@given(text=texts, i=st.integers(0, 3))
def test_the_steps_of_a_word_start_with_its_bytes_end_with_its_tokens_and_do_one_merge_each(
    tokenizer, text, i
):
    word = (split_words(text + STORIES[i]))[0]
    steps = tokenizer.merge_steps(word)
    assert steps[0] == spell(word)
    assert steps[-1] == [tokenizer.tokens[i] for i in tokenizer.encode(word)]
    used = [next(pair for pair in count_pairs(a) if merge_pair(a, pair) == b) for a, b in pairwise(steps)]
    ranks = [tokenizer.merges.index(pair) for pair in used]
    assert ranks == sorted(set(ranks))


def test_the_steps_of_a_word_can_be_read():
    tokenizer = Tokenizer([(b"t", b"h"), (b"e", b"r"), (b"th", b"er")])
    assert tokenizer.merge_steps("there") == [
        [b"t", b"h", b"e", b"r", b"e"],
        [b"th", b"e", b"r", b"e"],
        [b"th", b"er", b"e"],
        [b"ther", b"e"],
    ]
    assert tokenizer.merge_steps("") == [[]]


def test_tokens_are_shown_as_text_and_a_part_of_a_character_as_its_bytes():
    tokenizer = Tokenizer([(b" ", b"c"), (b"\xe7", b"\x8c")], [END])
    assert tokenizer.words(tokenizer.encode(f" c猫{END}", allow_special=True)) == [
        " c",
        "<E78C>",
        "<AB>",
        END,
    ]


# --- Special tokens. ---


def test_a_special_token_in_a_text_is_plain_text_unless_it_is_allowed(tokenizer):
    text = f"Stop.{END}<|start|>{END} Go."
    plain, special = tokenizer.encode(text), tokenizer.encode(text, allow_special=True)
    marks = [i for i in special if i < 2]
    assert marks == [0, 1, 0] and not any(i < 2 for i in plain)
    assert tokenizer.decode(plain) == tokenizer.decode(special) == text


@given(parts=st.lists(st.sampled_from([END, "<|start|>", "<|start|", "|>", " a", "猫"])))
def test_allowed_special_tokens_get_the_ids_that_they_give(tokenizer, parts):
    fast = to_fast(tokenizer)
    fast.encode_special_tokens = False
    assert tokenizer.encode("".join(parts), allow_special=True) == fast.encode("".join(parts)).ids


COPIES = {
    "copied": copy.deepcopy,
    "pickled": lambda fast: pickle.loads(pickle.dumps(fast)),
    "saved": lambda fast: TheirTokenizer.from_str(fast.to_str()),
}


@pytest.mark.parametrize("changed", COPIES.values(), ids=COPIES)
def test_a_copy_of_the_fast_tokenizer_forgets_that_marks_are_plain_text_until_it_is_told_again(tokenizer, changed):
    text, plain = f"Stop.{END}", tokenizer.encode(f"Stop.{END}")
    again = changed(to_fast(tokenizer))
    assert again.encode(text).ids == tokenizer.encode(text, allow_special=True) != plain
    again.encode_special_tokens = True
    assert again.encode(text).ids == plain


def test_transformers_keeps_marks_plain_text_when_told_to_split_them_and_else_does_not(tokenizer, tmp_path):
    text, plain = f"Stop.{END}", tokenizer.encode(f"Stop.{END}")
    assert PreTrainedTokenizerFast(tokenizer_object=to_fast(tokenizer))(text)["input_ids"] != plain
    wrapped = PreTrainedTokenizerFast(tokenizer_object=to_fast(tokenizer), split_special_tokens=True)
    wrapped.save_pretrained(tmp_path)
    for kept in (wrapped, copy.deepcopy(wrapped), PreTrainedTokenizerFast.from_pretrained(tmp_path)):
        assert kept(text)["input_ids"] == plain


def test_of_two_special_tokens_at_one_place_the_longer_is_taken():
    tokenizer = Tokenizer([], ["<|a|>", "<|a|>|>"])
    assert tokenizer.encode("<|a|>|><|a|>", allow_special=True) == [1, 0]


# --- To a file and back. ---


def test_a_saved_tokenizer_comes_back_and_its_file_can_be_read(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert (loaded.merges, loaded.special_tokens) == (tokenizer.merges, tokenizer.special_tokens)
    Tokenizer([(b" ", b"t"), (b" t", b"h")], [END]).save(tmp_path / "small.json")
    content = json.loads((tmp_path / "small.json").read_text(encoding="utf-8"))
    assert content == {"special_tokens": [END], "merges": ["Ġ t", "Ġt h"]}


OTHER_FILES = {
    "nothing": "",
    "a list": "[]",
    "an object": "{}",
    "no special tokens": '{"merges": []}',
    "special tokens that are no list": '{"merges": [], "special_tokens": "<|end|>"}',
    "merges of three": '{"merges": ["a b c"], "special_tokens": []}',
    "merges that are numbers": '{"merges": [1], "special_tokens": []}',
    "merges in another order": '{"merges": ["ab c", "a b"], "special_tokens": []}',
    "letters that are no bytes": '{"merges": ["a 猫"], "special_tokens": []}',
}


@pytest.mark.parametrize("content", OTHER_FILES.values(), ids=OTHER_FILES)
def test_another_file_is_refused_by_its_name(tmp_path, content, as_a_reader):
    (tmp_path / "other.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.json is not a file of Tokenizer\.save .*: save it again"):
        Tokenizer.load(tmp_path / "other.json")


# --- What the errors say. ---

EMPTY = Tokenizer([], [END])
WRONG_CALLS = {
    "half": (ValueError, r"character 2 .*'\\ud83d'.*surrogate.*UTF-8", lambda: EMPTY.encode("ab\ud83d")),
    "half, to learn": (ValueError, r"character 0 .*'\\udc00'", lambda: train(["a", "\udc00"], 300)),
    "bytes": (TypeError, r"bytes: decode it first", lambda: EMPTY.encode(b"ab")),
    "a number": (TypeError, r"a str, and this is int", lambda: EMPTY.encode(3)),
    "a list of numbers to learn": (TypeError, r"a str, and this is int", lambda: train([3], 300)),
    "small": (ValueError, r"vocab_size is 256.*256 bytes and 1 special.*257", lambda: train("a", 256, [END])),
    "too high": (ValueError, r"id 257.*257 tokens, 0 to 256.*encoded", lambda: EMPTY.decode([0, 257])),
    "negative": (ValueError, r"id -1 .*0 to 256", lambda: EMPTY.decode_bytes([-1])),
    "floats": (TypeError, r"3\.0 is not an id.*tolist", lambda: EMPTY.decode([3.0])),
    "a batch": (TypeError, r"is not an id.*of one text.*flatten", lambda: EMPTY.decode(torch.ones(1, 2).long())),
    "a size that is no number": (TypeError, "vocab_size is nan: give a whole", lambda: train("a", float("nan"))),
    "two words": (ValueError, r"'a b' is 2 words, \['a', ' b'\].*give one", lambda: EMPTY.merge_steps("a b")),
    "special twice": (ValueError, r"one twice.*each once", lambda: train("a", 300, [END, END])),
    "special word": (ValueError, r"'end' could be a word.*'<\|end\|>'", lambda: train("a", 300, ["end"])),
    "no special": (ValueError, r"'' could be a word", lambda: Tokenizer([], [""])),
    "one special": (TypeError, r"special_tokens is the str.*\['<\|end\|>'\]", lambda: train("a", 300, END)),
    "order": (ValueError, r"merge 0 .*b'ab' is not there yet.*order", lambda: Tokenizer([(b"ab", b"c")])),
    "merge twice": (ValueError, r"merge 1 makes b'ab'.*already", lambda: Tokenizer([(b"a", b"b")] * 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_is_told_the_cause_and_the_cure(name, as_a_reader):
    error, message, call = WRONG_CALLS[name]
    with pytest.raises(error, match=message):
        call()


def test_the_ids_of_a_tensor_are_decoded(tokenizer):
    assert tokenizer.decode(torch.tensor(tokenizer.encode("a lamp")).tolist()) == "a lamp"


def test_a_tokenizer_says_what_it_is(tokenizer):
    assert repr(tokenizer) == "Tokenizer(420 tokens: 2 special, 256 bytes, 162 merged)"
