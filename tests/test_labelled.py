"""Labelled text is read exactly or refused with line and cure, and no text is in two parts of a split."""

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit import labelled
from lmkit.labelled import Labelled

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff\x00")
texts = st.text(characters, min_size=1).filter(str.strip)


def write(folder, name, content, encoding="utf-8"):
    file = folder / name
    file.write_bytes(content.encode(encoding))
    return file


# --- Reading. ---


@given(examples=st.lists(st.tuples(texts, st.sampled_from(["a", "b"])), min_size=1, max_size=9))
def test_both_formats_give_back_what_was_written(tmp_path_factory, examples):
    examples += [("one", "a"), ("two", "b")]
    folder = tmp_path_factory.mktemp("data")
    quoted = "".join('"{}","{}"\n'.format(text.replace('"', '""'), label) for text, label in examples)
    lines = "".join(json.dumps({"label": label, "text": text}) + "\n" for text, label in examples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of these are unbalanced
        for name, content in (("a.csv", "text,label\n" + quoted), ("a.jsonl", lines)):
            data = labelled.read(write(folder, name, content))
            assert list(zip(data.texts, data.labels, strict=True)) == [(t, "ab".index(x)) for t, x in examples]
            assert data.classes == ["a", "b"]


def test_columns_have_any_name_and_order_and_others_are_ignored(tmp_path):
    file = write(tmp_path, "a.csv", "id,stars,review\n7, 5 ,Good\n\n8,1,Bad\n")
    data = labelled.read(file, text="review", label="stars")
    assert (data.texts, data.labels, data.classes) == (["Good", "Bad"], [1, 0], ["1", "5"])
    assert data.counts == {"1": 1, "5": 1} and len(data) == 2


def test_labels_that_are_numbers_in_json_are_classes_too(tmp_path):
    data = labelled.read(write(tmp_path, "a.jsonl", '{"text": "x", "label": 1}\n{"text": "y", "label": 0}'))
    assert (data.labels, data.classes) == ([1, 0], ["0", "1"])


def test_a_missing_file_is_refused_with_those_that_are_there(tmp_path):
    write(tmp_path, "reviews.csv", "")
    with pytest.raises(FileNotFoundError, match=r"no file .*review\.csv; the folder .* holds reviews\.csv"):
        labelled.read(tmp_path / "review.csv")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", " \n", r"a\.csv is empty: export the data again"),
        ("a.csv", "text,label\n", "has no examples"),
        ("a.xlsx", "PK", r"neither a \.csv nor a \.jsonl file"),
        ("a.csv", "Text,label\n", r"no column 'text'\. Did you mean 'Text'\? There are: 'Text', 'label'"),
        ("a.csv", "text,labels\n", r"no column 'label'\. Did you mean 'labels'\?"),
        ("a.csv", "text,x\n", r"no column 'label'\. There are: 'text', 'x'. Name them in labelled\.read"),
        ("a.csv", "text;label\n", r"no column 'text'\. Fields are parted by ';' here: export the file with commas"),
        ("a.csv", "text,label\na,x\nGood, I think,y\n", "line 3: 3 fields, but the header has 2. Put a text"),
        ("a.csv", 'text,label\n"a,x\n', r"line 2: this is not CSV \(.*\)\. Are all quotes closed\?"),
        ("a.csv", "text,label\n ,x\n", "line 2: there is no 'text'. Fill it in, or delete the line"),
        ("a.csv", "text,label\na,\n", "line 2: there is no 'label'"),
        ("a.csv", "text,label\na,x\nb,x\n", r"all labels are the same \('x' 2\), so there is nothing to tell apart"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "label": null}', "line 2: there is no 'label'"),
        ("a.jsonl", '{"text": "a"}', "line 1: there is no column 'label'"),
        ("a.jsonl", '{"text": ["a"], "label": "x"}', r"line 1: 'text' is \['a'\]\. Write a text, in quotes"),
        ("a.jsonl", '{"text": "a", "label": 0.5}', r"line 1: 'label' is 0\.5\. Write a text, in quotes"),
        ("a.csv", f"text,label\n{'a' * 200_000},x\n", r"field limit.*Cut the text, or export it as \.jsonl"),
        ("a.jsonl", '{"text": "a",', "line 1: this is not JSON .* Write one object a line"),
        ("a.jsonl", '["a", "x"]', 'line 1: this is not an object. Write {"text": ..., "label": ...}'),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_cure(tmp_path, name, content, says):
    file = write(tmp_path, name, content)
    with pytest.raises(ValueError, match=says):
        labelled.read(file)


def test_an_encoding_is_not_guessed(tmp_path):
    file = write(tmp_path, "a.csv", "text,label\ncafé,x\n", "latin-1")
    with pytest.raises(ValueError, match=r"a\.csv is not UTF-8: byte 14 is 0xE9"):
        labelled.read(file)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    assert labelled.read(write(tmp_path, "a.csv", "text,label\na,x\nb,y\n", "utf-8-sig")).texts == ["a", "b"]


def test_unbalanced_classes_are_read_with_a_warning_that_counts_them(tmp_path):
    content = "text,label\n" + "".join(f"{n},x\n" for n in range(9)) + "9,y\n"
    with pytest.warns(UserWarning, match=r"unbalanced \('x' 9, 'y' 1\). Always answering 'x' would be right for 90%"):
        data = labelled.read(write(tmp_path, "a.csv", content))
    assert data.counts == {"x": 9, "y": 1}


def test_balanced_classes_give_no_warning(tmp_path, recwarn):
    labelled.read(write(tmp_path, "a.csv", "text,label\na,x\nb,y\nc,y\n"))
    assert not list(recwarn)


def test_texts_and_labels_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="2 texts have 1 labels"):
        Labelled(["a", "b"], [0], ["x", "y"])
    with pytest.raises(ValueError, match=r"labels \[2\] are not the numbers of 2 classes"):
        Labelled(["a"], [2], ["x", "y"])


# --- Splitting. ---


def many(n, copies=1):
    return Labelled([f"text {i}" for i in range(n)] * copies, [i % 2 for i in range(n)] * copies, ["x", "y"])


@given(n=st.integers(20, 60), copies=st.integers(1, 3), seed=st.integers(0, 5))
def test_parts_share_no_text_and_lose_none(n, copies, seed):
    data = many(n, copies)
    parts = labelled.split(data, (0.6, 0.2, 0.2), seed)
    assert sorted(text for part in parts for text in part.texts) == sorted(data.texts)
    for one in parts:
        assert all(labelled.shared(one, other) == [] for other in parts if other is not one)


@given(n=st.integers(20, 200))
def test_each_part_has_its_share_of_each_class(n):
    parts = labelled.split(many(n), (0.5, 0.25, 0.25))
    for part, share in zip(parts, (0.5, 0.25, 0.25), strict=True):
        for count, whole in zip(part.counts.values(), many(n).counts.values(), strict=True):
            assert abs(count - share * whole) <= 1


def test_the_order_of_the_texts_does_not_decide_where_they_go():
    data = many(50)
    parts = labelled.split(data)
    backwards = labelled.split(data.take(reversed(range(50))))
    assert [sorted(part.texts) for part in parts] == [sorted(part.texts) for part in backwards]
    assert [part.texts for part in parts] == [part.texts for part in labelled.split(data)]
    assert [part.texts for part in parts] != [part.texts for part in labelled.split(data, seed=1)]


def test_texts_that_differ_in_case_and_spaces_only_are_copies():
    data = Labelled([t for i in range(20) for t in (f"Text {i}", f" text  {i}\n")], [0] * 20 + [1] * 20, ["x", "y"])
    train, valid, test = labelled.split(data, (0.6, 0.2, 0.2))
    assert labelled.shared(train, test) == labelled.shared(valid, test) == []
    assert labelled.shared(data, data.take([0])) == ["Text 0", " text  0\n"]


def test_a_class_too_small_for_three_parts_is_named():
    data = Labelled(["a", "b", "c", "d", "e"], [0, 0, 0, 1, 1], ["x", "y"])
    with pytest.raises(ValueError, match="class 'y' has 2 different texts, too few to be in each part"):
        labelled.split(data)


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.2), (1.0, 0.0, 0.0)])
def test_shares_that_cannot_be_are_refused(shares):
    with pytest.raises(ValueError, match="must be above 0 and add up to 1"):
        labelled.split(many(30), shares)
