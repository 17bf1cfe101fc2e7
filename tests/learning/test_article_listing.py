"""The listing that chapter 06 mends stops where the chapter's table says, with the words that it quotes.

At the pinned version of transformers; that the mended code runs with newer ones too is seen where the chapter does.
"""

import re
from pathlib import Path

import nbformat
import pytest
import transformers

from lmkit.shelf import stand_in

CHAPTER = Path(__file__).parents[2] / "chapters/06_finetuning.ipynb"
TEXTS = ["a fine film", "a dull film", "what a fine film", "so dull"]
EPOCH = dict(eval_strategy="epoch", use_cpu=True, report_to="none", disable_tqdm=True)
BEST = dict(save_strategy="epoch", load_best_model_at_end=True, metric_for_best_model="accuracy")


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the lines of the listing may use: all that is right about it."""
    folder = tmp_path_factory.mktemp("listing")
    checkpoint = stand_in.save_bert(folder / "bert", TEXTS)
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    rows = [{**tokenizer(text), "labels": number % 2} for number, text in enumerate(TEXTS)]
    return {
        **{name: getattr(transformers, name) for name in ("Trainer", "TrainingArguments")},
        **{"folder": folder, "tokenizer": tokenizer, "EPOCH": EPOCH, "BEST": BEST},
        "model": transformers.BertForSequenceClassification.from_pretrained(checkpoint, num_labels=2),
        **{"words": [{"text": text, "label": 0} for text in TEXTS], "rows": rows},
        "misnamed": lambda told: {"acc": 0.5},
    }


LINES = {  # by words of the row of the table that they belong to
    "never imported": "Dataset.from_pandas(None)",
    "an argument has a new name": "TrainingArguments(output_dir=folder, evaluation_strategy='epoch')",
    "saved every 500 steps": "TrainingArguments(output_dir=folder, load_best_model_at_end=True, **EPOCH)",
    "never written": "Trainer(model=model, compute_metrics=compute_metrics)",
    "another new name": "Trainer(model=model, tokenizer=tokenizer)",
    "nothing to evaluate on": "Trainer(model=model, args=TrainingArguments(folder, **EPOCH), train_dataset=rows)",
    "the data are words": "Trainer(model=model, args=TrainingArguments(folder, **EPOCH), train_dataset=words, "
    "eval_dataset=words, processing_class=tokenizer).train()",
    "chosen by `accuracy`": "Trainer(model=model, args=TrainingArguments(folder, num_train_epochs=1, **EPOCH, **BEST), "
    "train_dataset=rows, eval_dataset=rows, processing_class=tokenizer, compute_metrics=misnamed).train()",
}


def table():
    """The rows of the table of faults: what is wrong, and what one is told."""
    (cell,) = [cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells if cell.get("id") == "faults"]
    return [line.split(" | ")[:2] for line in cell.splitlines() if line.startswith("| ")][1:]


def test_each_fault_that_python_notices_is_tried():
    noticed = [fault for fault, told in table() if "nothing:" not in told]
    assert len(table()) == 9 and len(noticed) == len(LINES)
    assert all(sum(words in fault for fault in noticed) == 1 for words in LINES)


@pytest.mark.parametrize("fault", LINES)
def test_the_listing_is_stopped_with_the_words_that_the_table_quotes(fault, names):
    (told,) = [told for about, told in table() if fault in about]
    with pytest.raises(Exception) as stopped:  # noqa: B017 the table names its type
        exec(LINES[fault], dict(names))
    message = f"{stopped.type.__name__}: {str(stopped.value)}"
    for quoted in re.findall(r"`([^`]+)`", told):
        assert quoted in message


def test_a_loader_that_returns_nothing_is_no_error():
    names = {}
    exec("def load_data():\n    data = ...\n\ndata = load_data()", names)
    assert names["data"] is None
