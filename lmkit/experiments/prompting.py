"""Is it enough to show SmolLM2 examples? 0, 1 and 4 of them, on how a story ends and on what a speaker intends.

The task is told in a line, the examples follow with their labels, then the text in question. What counts is which label
SmolLM2 finds most probable as the next word, so one forward pass answers; nothing is generated. Of 4 examples, drawn
three times, the first is the one of "1". `calibrated` divides by how probable each label is for the text "N/A": Zhao et
al. 2021, contextual calibration.

Beside it stands what learns from the same 4 examples, and from 50, 200 and 1,000: a logistic regression on TF-IDF.
All are asked the same 100 texts of the test split, which are among those of the experiments `finetuning` and `intents`,
where `book` learns with LoRA. The seconds are what one answer takes, of CPU.

Expected, before it ran: four examples .75 of the endings and a quarter of the intents, well above TF-IDF from as few;
200 labels beat the prompt on both; calibration helps by ten points where there are two labels.
The 200 was 50 at first, and was changed after two results of a run on other texts that was stopped.

About 6 minutes of one core. It needs the package of SmolLM2.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.experiments import finetuning, intents
from lmkit.experiments.finetuning import SEEDS, Task
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text.labelled import Labelled

N_TEST = 100
LABELS = (4, 50, 200, 1000)
SHOWN = (0, 1, 4)


@dataclass(frozen=True)
class Prompt:
    """How a task is put into words.

    Args:
        task: what it is.
        told: what is to be done, in a line.
        text, label: what stands before each text, and before its label.
        labels: the word for each class. No two begin with the same token.
    """

    task: Task
    told: str
    text: str
    label: str
    labels: tuple[str, ...]

    def show(self, text: str, label: int | None = None) -> str:
        """Write a text, with its label or with a place for it."""
        return f"{self.text}: {text}\n{self.label}:" + ("" if label is None else f" {self.labels[label]}\n\n")


INTENTS = (
    "request", "offer", "refusal", "trade", "thanks", "apology", "search", "question", "answer", "help", "invitation",
    "no", "comfort", "greeting",
)  # fmt: skip
PROMPTS = {
    "ending": Prompt(
        replace(finetuning.SENTIMENT, tests={"test": (N_TEST, finetuning.FEELINGS)}),
        "Does the story end good or bad for the children?\n\n",
        "Story",
        "End",
        ("bad", "good"),
    ),
    "intent": Prompt(
        replace(intents.INTENT, tests={"test": (N_TEST, {})}),
        f"What does the speaker intend? One of: {', '.join(INTENTS)}.\n\n",
        "Speaker",
        "Intent",
        INTENTS,
    ),
}


def run() -> dict:
    """Ask SmolLM2, then train TF-IDF on labels of the same draws, for both tasks."""
    torch.set_num_threads(1)
    smollm2, found = load("smollm2"), {}
    for name, prompt in PROMPTS.items():
        test = prompt.task.draw_tests()["test"]
        found[name] = {
            "tests": len(test),
            "commonest": max(map(test.labels.count, set(test.labels))),
            "prompted": [line for seed in SEEDS for line in prompted(smollm2, prompt, test, seed)],
            "trained": [line for seed in SEEDS for line in trained(prompt, test, seed)],
        }
        print(name, found[name], flush=True)
    return found


# --- Prompting. ---


def prompted(smollm2: Pretrained, prompt: Prompt, test: Labelled, seed: int) -> list[dict]:
    """Count right answers after 0, 1 and 4 examples of a draw. What needs no example is asked once."""
    examples, lines = prompt.task.draw(max(SHOWN), seed, **prompt.task.known), []
    for shown in SHOWN if seed == SEEDS[0] else SHOWN[1:]:
        start = time.process_time()
        reader = Reader(smollm2, prompt, examples.take(range(shown)))
        scores = torch.stack([reader.score(text) for text in test.texts])
        seconds = (time.process_time() - start) / len(test)
        calibrated = scores - reader.score("N/A")
        right = [int((each.argmax(dim=1) == torch.tensor(test.labels)).sum()) for each in (scores, calibrated)]
        lines.append({"examples": shown, "seed": seed, "right": right[0], "calibrated": right[1], "seconds": seconds})
        print(lines[-1], flush=True)
    return lines


class Reader:
    """SmolLM2 after it has read a task and its examples, which are read once and kept in a cache."""

    def __init__(self, smollm2: Pretrained, prompt: Prompt, examples: Labelled):
        self.model, self.tokenizer, self.prompt = smollm2.model, smollm2.tokenizer, prompt
        self.labels = first_tokens(smollm2.tokenizer, prompt.labels)
        shown = map(prompt.show, examples.texts, examples.labels)
        self.start = prompt.told + "".join(shown)
        begun = self._ids(self.start.rstrip())  # how line breaks become tokens depends on what follows them
        self.length = len(begun)
        with torch.inference_mode():
            self.cache = self.model(torch.tensor([begun]), use_cache=True).past_key_values

    @torch.inference_mode()
    def score(self, text: str) -> Float[Tensor, "label"]:
        """Give the log probability of each label as the next word."""
        ids = self._ids(self.start + self.prompt.show(text))[self.length :]
        found = self.model(torch.tensor([ids]), past_key_values=self.cache, logits_to_keep=1)
        self.cache.crop(-len(ids))
        return found.logits[0, -1].log_softmax(dim=-1)[self.labels]

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text)["input_ids"]


def first_tokens(tokenizer: Any, labels: Sequence[str]) -> list[int]:
    """Give the token that each label begins with.

    Raises:
        ValueError: two labels begin with the same.
    """
    first = [tokenizer(f" {label}", add_special_tokens=False)["input_ids"][0] for label in labels]
    if len(set(first)) < len(first):
        raise ValueError(f"two of {', '.join(labels)} begin with the same token: choose other words")
    return first


# --- What learns from labels. ---


def trained(prompt: Prompt, test: Labelled, seed: int) -> list[dict]:
    """Count right answers of TF-IDF after training on 4 to 1,000 labels of a draw."""
    lines = []
    for size in LABELS:
        data = prompt.task.draw(size, seed, **prompt.task.known)
        # of one class alone nothing can be learned but that
        answer = (intents.on_tfidf if len(set(data.labels)) > 1 else intents.commonest)(None, data, seed)
        start = time.process_time()
        guesses = answer(test)
        seconds = (time.process_time() - start) / len(test)
        right = sum(guess == label for guess, label in zip(guesses, test.labels, strict=True))
        lines.append({"labels": size, "seed": seed, "right": right, "seconds": seconds})
    return lines
