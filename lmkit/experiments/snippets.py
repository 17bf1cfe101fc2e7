"""Does a pretrained BERT know more than its architecture? Movie snippets, the same short schedule, three seeds.

Each run fine-tunes all weights on 400 snippets for two epochs: once from MiniLM's weights, once from random ones.
Beside them stand three baselines. Recorded are counts, so that a page can draw intervals around them.
"""

import random
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from lmkit.shelf.pretrained import load
from lmkit.text import snippets

SEEDS = (0, 1, 2)
SIZES = {"train": 400, "test": 500}
SHORT = 100  # characters; longer snippets are left out, to save time
LONGEST = 40  # tokens
BINS = 5  # of confidence, from 0.5 to 1

Examples = list[tuple[str, int]]


def run() -> dict:
    """Train, and give for each run and each baseline how many of the test snippets were classified rightly."""
    torch.set_num_threads(1)
    sets = split()
    runs = [_fine_tune(sets, pretrained, seed) for seed in SEEDS for pretrained in (True, False)]
    return {"sizes": SIZES, "longest_text": SHORT, "runs": runs, "baselines": _baselines(sets)}


def split() -> dict[str, Examples]:
    """Draw the two sets, the same each time; no text is in both of them."""
    data = snippets.movies(least=1.0)
    labels = dict(zip(data.texts, data.labels, strict=True))  # each text once
    examples = sorted((text, label) for text, label in labels.items() if len(text) <= SHORT)
    random.Random(0).shuffle(examples)
    rest = iter(examples)
    return {name: [next(rest) for _ in range(size)] for name, size in SIZES.items()}


def _fine_tune(sets: dict[str, Examples], pretrained: bool, seed: int) -> dict:
    from transformers import BertConfig, BertForSequenceClassification, set_seed

    set_seed(seed)
    minilm = load("minilm")
    if pretrained:
        model = BertForSequenceClassification.from_pretrained(minilm.model.name_or_path, num_labels=2)
    else:
        model = BertForSequenceClassification(BertConfig.from_pretrained(minilm.model.name_or_path, num_labels=2))
    rows = {name: list(_tokenize(minilm.tokenizer, examples)) for name, examples in sets.items()}
    with TemporaryDirectory() as folder:
        trainer = _trainer(model, minilm.tokenizer, rows["train"], seed, folder)
        train_loss = trainer.train().training_loss
        logits = torch.as_tensor(trainer.predict(rows["test"]).predictions)
    return {
        "start": "pretrained" if pretrained else "random",
        "seed": seed,
        "train_loss": round(train_loss, 3),
        **_judge(logits.softmax(dim=-1), torch.tensor([label for _, label in sets["test"]])),
    }


def _tokenize(tokenizer, examples: Examples) -> Iterator[dict]:
    for text, label in examples:
        yield {**tokenizer(text, truncation=True, max_length=LONGEST), "labels": label}


def _trainer(model, tokenizer, rows: list[dict], seed: int, folder: str):
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=folder,
        num_train_epochs=2,
        per_device_train_batch_size=16,
        per_device_eval_batch_size=64,
        learning_rate=2e-4,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        seed=seed,
    )
    return Trainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        data_collator=DataCollatorWithPadding(tokenizer),
    )


def _judge(probabilities: Tensor, labels: Tensor) -> dict:
    """Count what is right, in all, in a confusion matrix (label, prediction), and by confidence."""
    confidence, predictions = probabilities.max(dim=-1)
    is_right = predictions == labels
    which = ((confidence - 0.5) * 2 * BINS).long().clamp(0, BINS - 1)
    bins = [which == i for i in range(BINS)]
    return {
        "right": is_right.sum().item(),
        "confusion": [[((labels == a) & (predictions == b)).sum().item() for b in (0, 1)] for a in (0, 1)],
        "calibration": [
            {"n": i.sum().item(), "right": is_right[i].sum().item(), "confidence": round(confidence[i].sum().item(), 3)}
            for i in bins
        ],
    }


def _baselines(sets: dict[str, Examples]) -> dict[str, int]:
    """Count what the commonest class, and logistic regression on words or on MiniLM's frozen output, get right."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    (train, labels), (test, wanted) = (tuple(zip(*sets[name], strict=True)) for name in ("train", "test"))
    commonest = max(set(labels), key=labels.count)
    words = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000))
    frozen = LogisticRegression(max_iter=1000).fit(embed(train), labels)
    return {
        "majority": wanted.count(commonest),
        "TF-IDF and logistic regression": int((words.fit(train, labels).predict(test) == list(wanted)).sum()),
        "frozen BERT and logistic regression": int((frozen.predict(embed(test)) == list(wanted)).sum()),
    }


@torch.inference_mode()
def embed(texts: Sequence[str], longest: int = LONGEST):
    """Give the mean of the last hidden states of each text, of which the first `longest` tokens are read."""
    minilm = load("minilm")
    minilm.model.eval()
    found = []
    for start in range(0, len(texts), 64):
        batch = minilm.tokenizer(
            list(texts[start : start + 64]), truncation=True, max_length=longest, padding=True, return_tensors="pt"
        )
        hidden = minilm.model(**batch).last_hidden_state  # (batch, position, d_model)
        real = batch["attention_mask"][..., None]
        found.append((hidden * real).sum(dim=1) / real.sum(dim=1))
    return torch.cat(found).numpy()
