"""Is it better to show SmolLM2 examples, or to train it on them? 50 and 200 labels, on what `prompting` asks.

Two ways to train it: a logistic regression on frozen vectors, of what leaves the last block at the last token; and LoRA
in the last 10 of the 30 blocks, with a head that reads the last token. What is below these 10 is frozen, so each text
goes through it once, and is kept. Beside it learn `book` and `book-masked` by LoRA, with as many steps, on the same
draws of labels. All answer the same 100 texts that the prompts were asked, one by one. The seconds are of CPU, as if
nothing had been kept: of a training with all that is read for it, and of one answer. Here SmolLM2 has 16 bits a weight
where these are faster, as they were for the record; `prompting` gave it 32.

Of the rates 1e-3 and 3e-3, and of the mean and the last vector, those were taken that did best on 100 endings of the
validation split after 50 labels of a draw of their own.

Expected, before it ran on the test texts: endings, from 200 labels nine of ten by LoRA, as many as a prompt with four
examples, from 50 three quarters; intents, from 50 labels already more than any prompt, from 200 nearly all. The frozen
vectors behind LoRA by five points. `book-masked`, which has read nothing but stories, ahead of SmolLM2 by any way.

About 10 minutes of one core. It needs the package of SmolLM2.
"""

import copy
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.experiments import finetuning
from lmkit.experiments.finetuning import ALPHA, RANK, SEEDS, fit
from lmkit.experiments.prompting import PROMPTS, Prompt
from lmkit.learning import lora
from lmkit.learning.finetuning import Classifier, classify, probabilities, rows
from lmkit.learning.training import bfloat16_is_faster
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text.labelled import Labelled

LABELS = (50, 200)
UPPER = 10  # blocks that are trained
ADAPTED = ["*.q_proj", "*.v_proj"]
RATE = 3e-3
READS = {"book": "last", "book-masked": "mean"}


def run() -> dict:
    """Train in all ways on each draw of labels, for both tasks, and count right answers."""
    torch.set_num_threads(1)
    halves, others = split(load("smollm2")), {name: load(name) for name in READS}
    found = {}
    for name, prompt in PROMPTS.items():
        test = prompt.task.draw_tests()["test"]
        runs = []
        for seed, size in itertools.product(SEEDS, LABELS):
            for way, learn in ways(halves, others).items():
                counted = measure(learn, prompt, size, seed, test, halves.clock)
                runs.append({"way": way, "labels": size, "seed": seed, "steps": prompt.task.steps[size], **counted})
        found[name] = {"tests": len(test), "runs": runs}
    return found


Answer = Callable[[str], int]
Learn = Callable[[Prompt, Labelled, int], Answer]


def ways(halves: "Halves", others: dict[str, Pretrained]) -> dict[str, Learn]:
    """Give all ways to learn from labels, by name."""
    smollm2 = {"SmolLM2, frozen": halves.frozen, "SmolLM2, LoRA": halves.adapt}
    return smollm2 | {f"{name}, LoRA": tuned(other) for name, other in others.items()}


def measure(
    learn: Learn, prompt: Prompt, size: int, seed: int, test: Labelled, clock: Callable[[], float]
) -> dict[str, int | float]:
    """Learn from a draw of labels, answer, and count."""
    train = prompt.task.draw(size, seed, **prompt.task.known)
    start = clock()
    answer = learn(prompt, train, seed)
    trained = clock()
    right = sum(answer(text) == label for text, label in zip(test.texts, test.labels, strict=True))
    seconds = (clock() - trained) / len(test)
    found = {"right": right, "training": round(trained - start, 3), "seconds": round(seconds, 5)}
    print(prompt.label, size, seed, found, flush=True)
    return found


# --- SmolLM2, of which the lower part is frozen. ---


@dataclass
class Halves:
    """SmolLM2 in two parts, one after the other: what is below the last blocks, and these.

    Attributes:
        kept: what was read, with the seconds that it took.
        spared: the seconds of what was not read again.
    """

    lower: nn.Module
    upper: nn.Module
    tokenizer: Callable
    kept: dict[str, tuple[Tensor, float]] = field(default_factory=dict)
    spared: float = 0.0

    def clock(self) -> float:
        """Give the seconds of CPU so far, as if nothing had been kept."""
        return time.process_time() + self.spared

    @torch.no_grad()
    def read(self, text: str) -> Float[Tensor, "position d_model"]:
        """Give what leaves the lower part."""
        if text in self.kept:
            self.spared += self.kept[text][1]
        else:
            start = time.process_time()
            ids = torch.tensor([self.tokenizer(text)["input_ids"]])
            state = self.lower(input_ids=ids, use_cache=False).last_hidden_state[0]
            self.kept[text] = state, time.process_time() - start
        return self.kept[text][0]

    @torch.no_grad()
    def vector(self, text: str) -> Float[Tensor, "d_model"]:
        """Give what leaves the last block at the last token."""
        return self.upper(inputs_embeds=self.read(text)[None], use_cache=False).last_hidden_state[0, -1].float()

    def frozen(self, prompt: Prompt, train: Labelled, seed: int) -> Answer:
        """Train a regression on frozen vectors."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        model.fit(torch.stack(list(map(self.vector, train.texts))).numpy(), train.labels)
        return lambda text: int(model.predict(self.vector(text)[None].numpy())[0])

    def adapt(self, prompt: Prompt, train: Labelled, seed: int) -> Answer:
        """Train LoRA in a copy of the upper part, and a head."""
        model = Top(self.upper, len(train.classes), list(map(self.read, train.texts)), seed)
        numbered = torch.tensor([[label, number] for number, label in enumerate(train.labels)])
        fit(model, numbered, numbered[:8], RATE, prompt.task.steps[len(train)], seed, objective=classify)
        return lambda text: int(model.score([self.read(text)]).argmax())


def split(smollm2: Pretrained) -> Halves:
    """Cut a copy of SmolLM2 in two, with 16 bits a weight where this processor is faster at them."""
    lower = copy.deepcopy(smollm2.model.base_model).requires_grad_(False)
    if bfloat16_is_faster(torch.device("cpu")):
        for weight in lower.parameters():
            weight.data = weight.data.to(torch.bfloat16)  # but not what positions are turned by
    upper = copy.copy(lower)
    upper._modules = dict(lower._modules)  # the same blocks, but a list of its own
    lower.config._attn_implementation = "eager"  # in 16 bits the fused kernel is slow at going backward
    upper.layers, lower.layers = lower.layers[-UPPER:], lower.layers[:-UPPER]
    lower.norm, upper.embed_tokens = nn.Identity(), None
    return Halves(lower, upper, smollm2.tokenizer)


class Top(nn.Module):
    """The upper part with LoRA, and a head that reads the last token. Texts are known by their numbers."""

    def __init__(self, upper: nn.Module, n_classes: int, states: list[Tensor], seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.upper, self.states = copy.deepcopy(upper), states
        lora.add(self.upper, ADAPTED, rank=RANK, alpha=ALPHA, generator=generator)
        self.head = nn.Linear(states[0].shape[1], n_classes)
        nn.init.normal_(self.head.weight, std=0.02, generator=generator)
        nn.init.zeros_(self.head.bias)

    def forward(self, numbers: Int[Tensor, "batch 1"]) -> Float[Tensor, "batch class"]:
        """Score every class for texts of the training."""
        return self.score([self.states[number] for number in numbers.flatten()])

    def score(self, states: Sequence[Tensor]) -> Float[Tensor, "batch class"]:
        """Score every class. Padding comes after a text, where no token of it looks."""
        given = nn.utils.rnn.pad_sequence(list(states), batch_first=True)
        last = torch.tensor([len(state) - 1 for state in states])
        hidden = self.upper(inputs_embeds=given, use_cache=False).last_hidden_state
        return self.head(hidden[torch.arange(len(states)), last].float())


# --- The book's own models. ---


def tuned(base: Pretrained) -> Learn:
    """Train a model of the book by LoRA."""

    def learn(prompt: Prompt, train: Labelled, seed: int) -> Answer:
        generator = torch.Generator().manual_seed(seed)
        body = copy.deepcopy(base.model)
        model = Classifier(body, len(train.classes), read=READS[base.name], generator=generator)
        lora.add(body, finetuning.ADAPTED, rank=RANK, alpha=ALPHA, generator=generator)
        given = rows(train, base.tokenizer, prompt.task.tokens)
        fit(model, given, given[:8], finetuning.RATES["LoRA"], prompt.task.steps[len(train)], seed)
        return lambda text: int(probabilities(model, base.encode(text)).argmax())

    return learn
