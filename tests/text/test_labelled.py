"""Labelled text is read exactly or refused with line and cure, and no text is in two parts of a split."""

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text import labelled
from lmkit.text.labelled import Labelled

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff\x00")
texts = st.text(characters, min_size=1).filter(lambda text: not labelled._is_missing(text))


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


@given(examples=st.lists(st.tuples(texts, st.integers(0, 1)), min_size=1, max_size=9))
def test_what_is_written_is_read_again(tmp_path_factory, examples):
    found, labels = zip(*examples, ("one", 0), ("two", 1), strict=True)
    data = Labelled(list(found), list(labels), ["no, never", "yes"])
    file = tmp_path_factory.mktemp("data") / "written.csv"
    labelled.write(data, file, text="what", label="which")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of these are unbalanced
        assert labelled.read(file, text="what", label="which") == data


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
        ("a.jsonl", "[" * 9999, "line 1: this is not JSON .* Write one object a line"),
        ("a.csv", "text,label,text\na,x,b\n", r"2 columns are called 'text'\. Which is meant\? Rename the others"),
        ("a.jsonl", '{"text": "a", "label": "x", "label": "y"}', "line 1: 2 columns are called 'label'"),
        ("a.csv", "text,label\na,x\nb,nan\n", r"line 3: there is no 'label' \('nan' stands for nothing\)\. Fill it in"),
        ("a.csv", "text,label\na,x\n NA ,y\n", r"line 3: there is no 'text' \(' NA ' stands for nothing\)"),
        ("a.jsonl", '{"text": "\\ud83d!", "label": "x"}', r"line 1: character 0 of 'text' is '\\ud83d', half"),
        ("a.jsonl", '{"text": "a", "label": "b\\udc00"}', r"line 1: character 1 of 'label' is '\\udc00', half"),
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


@pytest.mark.parametrize("nothing", ["NaN", "NA", "n/a", "#N/A", "<NA>", "null", "NULL", "None"])
def test_what_programs_write_for_nothing_is_no_class(tmp_path, nothing):
    with pytest.raises(ValueError, match="line 3: there is no 'label'"):
        labelled.read(write(tmp_path, "a.csv", f"text,label\na,x\nb,{nothing}\n"))


def test_a_class_may_be_called_none(tmp_path):
    assert labelled.read(write(tmp_path, "a.csv", "text,label\na,anger\nb,none\n")).classes == ["anger", "none"]


NUMBERS = [("1", "1.0"), ("1", "01"), ("1e1", "10"), ("1", "１")]
WORDS = [("Pos", "pos"), ("very good", "very  good"), ("é", "e\u0301")]


@pytest.mark.parametrize(("one", "other"), NUMBERS + WORDS)
def test_a_label_that_is_written_in_two_ways_is_refused_and_not_made_two_classes(tmp_path, one, other):
    file = write(tmp_path, "a.csv", f"text,label\na,{one}\nb,{other}\nc,{one}\nd,x\n")
    with pytest.raises(ValueError, match=rf"'{one}' \(2\) and '{other}' \(1\) look like one label"):
        labelled.read(file)


@given(number=st.integers(-99, 99), other=st.integers(-99, 99))
def test_numbers_are_different_labels_where_they_are_different_numbers(tmp_path_factory, number, other):
    file = write(tmp_path_factory.mktemp("data"), "a.csv", f"text,label\na,{number}\nb,{other}\nc,x\n")
    assert labelled.read(file).classes == sorted({str(number), str(other), "x"})


def test_truth_in_json_is_a_class_as_it_is_written_there(tmp_path):
    content = '{"text": "a", "label": true}\n{"text": "b", "label": false}'
    assert labelled.read(write(tmp_path, "a.jsonl", content)).classes == ["false", "true"]


def test_the_name_of_a_file_may_be_in_capitals(tmp_path):
    assert labelled.read(write(tmp_path, "A.CSV", "text,label\na,x\nb,y\n")).texts == ["a", "b"]
    assert labelled.read(write(tmp_path, "A.JsonL", '{"text": "a", "label": 1}\n{"text": "b", "label": 2}')).labels
    with pytest.raises(FileNotFoundError, match=r"holds A\.CSV, A\.JsonL"):
        labelled.read(tmp_path / "B.csv")


def test_one_column_is_not_text_and_label_at_once(tmp_path):
    with pytest.raises(ValueError, match="the text and the label are both 'x': name two columns"):
        labelled.read(write(tmp_path, "a.csv", "x,y\na,b\n"), text="x", label="x")


def test_a_column_of_numbers_of_lines_is_no_label(tmp_path):
    file = write(tmp_path, "a.csv", "id,text\n" + "".join(f"{i},text {i}\n" for i in range(2_000)))
    with pytest.raises(ValueError, match="the column 'id' has 2,000 different labels in 2,000 lines") as refused:
        labelled.read(file, label="id")
    assert len(str(refused.value)) < 500


def test_of_many_classes_the_largest_and_the_smallest_are_listed(tmp_path):
    lines = [f"text {i},{i % 900}\n" for i in range(2_000)] + [f"more {i},0\n" for i in range(9)]
    with pytest.warns(UserWarning, match=r"unbalanced \('0' 12, .*, \.\.\., ") as warned:
        data = labelled.read(write(tmp_path, "a.csv", "text,label\n" + "".join(lines)))
    assert len(data.classes) == 900 and len(str(warned[0].message)) < 500
    assert data.labels[7] == data.classes.index("7")


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
    with pytest.raises(ValueError, match="classes has a name twice"):
        Labelled(["a", "b"], [0, 1], ["x", "x"])


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


@pytest.mark.parametrize("shares", [(0.8, 0.2), (1.0,), (0.7, 0.1, 0.1, 0.1)])
def test_shares_are_three(shares):
    with pytest.raises(ValueError, match=r"give three, for train, validation and test, such as \(0\.8, 0\.1, 0\.1\)"):
        labelled.split(many(30), shares)


def test_half_a_character_is_split_like_any_text():
    data = Labelled([f"{i}\ud83d" for i in range(30)], [i % 2 for i in range(30)], ["x", "y"])
    assert sorted(text for part in labelled.split(data) for text in part.texts) == sorted(data.texts)


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.2), (1.0, 0.0, 0.0), (float("nan"), 0.5, 0.5)])
def test_shares_that_cannot_be_are_refused(shares):
    with pytest.raises(ValueError, match="must be above 0 and add up to 1"):
        labelled.split(many(30), shares)
