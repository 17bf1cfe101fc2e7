"""What chapter 06 takes from transformers is there, name by name and keyword by keyword.

The names and keywords are read from the chapter and from the recorded experiment that belongs to it, so that none can
be forgotten here. `make test-latest` runs this file with the newest release that pyproject.toml allows.
"""

import ast
import inspect
import json
from functools import reduce
from pathlib import Path

import pytest
import transformers

HERE = Path(__file__).parents[2]
GONE = {  # what old listings pass
    "TrainingArguments": ["evaluation_strategy", "overwrite_output_dir", "no_cuda", "logging_dir", "warmup_ratio"],
    "Trainer": ["tokenizer"],
}


def source():
    """The code of the chapter and of its experiment."""
    cells = json.loads((HERE / "chapters/06_finetuning.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return ast.parse("\n".join([*code[1:], (HERE / "lmkit/experiments/snippets.py").read_text("utf-8")]))


def name_of(node):
    """A dotted name such as "transformers.Trainer"; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


NODES = list(ast.walk(source()))
CALLS = [(name_of(node.func).removeprefix("transformers."), node) for node in NODES if isinstance(node, ast.Call)]
NAMES = sorted({name for name in map(name_of, NODES) if name.startswith("transformers.")})
PUBLIC = set(dir(transformers))
KEYWORDS = sorted(
    {
        (name, keyword.arg)
        for name, call in CALLS
        if name in PUBLIC and isinstance(getattr(transformers, name), type)
        for keyword in call.keywords
        if keyword.arg
    }
)
METHODS = sorted({name for name, _ in CALLS if name.startswith("trainer.")})


def parameters(name):
    return inspect.signature(getattr(transformers, name)).parameters


def test_the_chapter_was_read():
    assert {"transformers.Trainer", "transformers.DataCollatorWithPadding"} <= set(NAMES)
    assert {("TrainingArguments", "eval_strategy"), ("Trainer", "processing_class")} <= set(KEYWORDS)
    assert "trainer.train" in METHODS


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_the_chapter_uses_is_there(name):
    assert reduce(getattr, name.split(".")[1:], transformers) is not None


@pytest.mark.parametrize(("name", "keyword"), KEYWORDS)
def test_a_keyword_that_the_chapter_passes_is_taken(name, keyword):
    assert keyword in parameters(name)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_the_trainer_that_the_chapter_calls_is_there(name):
    assert callable(getattr(transformers.Trainer, name.removeprefix("trainer.")))


@pytest.mark.parametrize("keyword", GONE["TrainingArguments"])
def test_an_argument_of_old_listings_is_gone_and_says_so(keyword, tmp_path):
    assert keyword not in parameters("TrainingArguments")
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{keyword}'"):
        transformers.TrainingArguments(output_dir=str(tmp_path), **{keyword: "epoch"})


@pytest.mark.parametrize("keyword", GONE["Trainer"])
def test_a_parameter_of_old_listings_is_gone_from_the_trainer(keyword):
    assert keyword not in parameters("Trainer")
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{keyword}'"):
        transformers.Trainer(**{keyword: None})


def test_the_best_model_needs_evaluations_and_checkpoints_at_the_same_steps(tmp_path):
    options = dict(output_dir=str(tmp_path), load_best_model_at_end=True, use_cpu=True, report_to="none")
    with pytest.raises(ValueError, match="[Ss]trategy"):
        transformers.TrainingArguments(eval_strategy="epoch", save_strategy="steps", **options)
    transformers.TrainingArguments(eval_strategy="epoch", save_strategy="epoch", **options)


def test_what_is_told_to_compute_metrics_has_the_names_that_the_chapter_reads():
    assert {"predictions", "label_ids"} <= set(parameters("EvalPrediction"))
    assert "log_history" in {field.name for field in transformers.TrainerState.__dataclass_fields__.values()}
