"""The Trainer of transformers takes what the chapter on fine-tuning passes, so that a new release is noticed here.

`make test-latest` runs this file with the newest release that pyproject.toml allows.
"""

import inspect

import pytest
import transformers

ARGUMENTS = """output_dir num_train_epochs max_steps per_device_train_batch_size per_device_eval_batch_size
learning_rate weight_decay warmup_steps lr_scheduler_type eval_strategy eval_steps save_strategy save_steps
save_total_limit logging_strategy logging_steps load_best_model_at_end metric_for_best_model
greater_is_better seed use_cpu report_to disable_tqdm""".split()
GONE_ARGUMENTS = ["evaluation_strategy", "overwrite_output_dir", "no_cuda", "logging_dir", "warmup_ratio"]
TRAINER = """model args train_dataset eval_dataset processing_class data_collator compute_metrics callbacks""".split()
GONE_FROM_TRAINER = ["tokenizer"]


def parameters(callable):
    return inspect.signature(callable).parameters


@pytest.mark.parametrize("name", ARGUMENTS)
def test_training_arguments_take(name):
    assert name in parameters(transformers.TrainingArguments)


@pytest.mark.parametrize("name", TRAINER)
def test_the_trainer_takes(name):
    assert name in parameters(transformers.Trainer.__init__)


@pytest.mark.parametrize("name", GONE_ARGUMENTS)
def test_an_argument_of_old_listings_is_gone_and_says_so(name, tmp_path):
    assert name not in parameters(transformers.TrainingArguments)
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        transformers.TrainingArguments(output_dir=str(tmp_path), **{name: "epoch"})


@pytest.mark.parametrize("name", GONE_FROM_TRAINER)
def test_a_parameter_of_old_listings_is_gone_from_the_trainer(name):
    assert name not in parameters(transformers.Trainer.__init__)
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        transformers.Trainer(**{name: None})


def test_the_best_model_needs_evaluations_and_checkpoints_at_the_same_steps(tmp_path):
    options = dict(output_dir=str(tmp_path), load_best_model_at_end=True, use_cpu=True, report_to="none")
    with pytest.raises(ValueError, match="[Ss]trategy"):
        transformers.TrainingArguments(eval_strategy="epoch", save_strategy="steps", **options)
    transformers.TrainingArguments(eval_strategy="epoch", save_strategy="epoch", **options)


def test_the_other_things_that_the_chapter_calls_are_there():
    assert {"tokenizer"} <= set(parameters(transformers.DataCollatorWithPadding.__init__))
    assert {"early_stopping_patience"} <= set(parameters(transformers.EarlyStoppingCallback.__init__))
    assert {"predictions", "label_ids"} <= set(parameters(transformers.EvalPrediction.__init__))
    assert hasattr(transformers, "AutoModelForSequenceClassification")
