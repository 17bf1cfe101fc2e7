"""Does a draft make writing faster? `tiny` guesses for `book`, and SmolLM2 copies from its own prompt.

Counted are the tokens of each pass of the model; timed, in CPU time on one core, is writing with a draft beside writing
without, in turns. It takes some two minutes, most of them for SmolLM2.

Expected before the first run: `tiny` guesses well, since both models learned the same stories, and loses time all the
same: it has as many layers as `book`, and on so small a model a step takes as long as its layers are many, not as its
weights. SmolLM2 wins where there is something to copy, and loses a little where there is not.
"""

import time
from itertools import chain

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.model.generation import stream
from lmkit.model.sampling import Sample
from lmkit.model.speculative import Draft, LookupDraft, ModelDraft, speculate
from lmkit.model.transformer import Transformer
from lmkit.shelf.conversion import from_transformers
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld

N_GUESSES = (1, 2, 3, 4, 6)
ROUNDS, OPENINGS, NEW = 3, 8, 40

PARAGRAPH = (
    "The old lighthouse keeper wound the brass clock every evening at six, wrote one line about the weather in a blue "
    "notebook, and carried the lamp oil up one hundred and twelve steps to the lantern room."
)
TASKS = {
    "copy": f"Repeat this paragraph word for word: {PARAGRAPH}",
    "question": f"{PARAGRAPH}\n\nWhere does the keeper carry the lamp oil?",
    "story": "Write a short story about a lighthouse keeper.",
}


def run() -> dict:
    """Time both pairs."""
    torch.set_num_threads(1)
    return {"tiny for book": small(load("book"), load("tiny").model), "lookup for smollm2": large(load("smollm2"))}


def small(book: Pretrained, tiny: Transformer) -> list[dict]:
    """Let `tiny` guess for `book`, so many tokens at a time; before that, time one step of each."""
    prompts = [book.encode(story.text)[0, :12] for story in storyworld.stories("test", OPENINGS)]
    found = []
    for n in N_GUESSES:
        choose = _draws()
        row = compare(book.model, ModelDraft(tiny, choose), prompts, choose, n)
        found.append(row | {"cost of a guess": step(tiny, prompts) / step(book.model, prompts)})
    return found


def large(smollm2: Pretrained) -> list[dict]:
    """Let SmolLM2 do three tasks, taking the most probable token, with what followed the last time as its draft."""
    model = from_transformers(smollm2.model).requires_grad_(False)
    found = []
    for name, task in TASKS.items():
        asked = [{"role": "user", "content": task}]
        ids = smollm2.tokenizer.apply_chat_template(asked, add_generation_prompt=True)["input_ids"]
        choose = Sample(top_k=1, generator=torch.Generator().manual_seed(0))
        row = compare(model, LookupDraft(model.config.vocab_size), [torch.tensor(ids)], choose, 6)
        found.append({"task": name} | row)
    return found


def compare(
    model: Transformer, draft: Draft, prompts: list[Int[Tensor, "position"]], choose: Sample, n_guesses: int
) -> dict:
    """Write with a draft and without, in turns, and give the ratio of the times a token, once a round."""
    ratios, passes = [], []
    for _ in range(ROUNDS):
        began = time.process_time()
        alone = sum(len(list(stream(model, prompt, NEW, choose))) for prompt in prompts)
        between = time.process_time()
        drafted = [list(speculate(model, draft, prompt, NEW, choose, n_guesses=n_guesses)) for prompt in prompts]
        passes += [len(tokens) for each in drafted for tokens in each]
        spent = time.process_time() - between
        ratios.append((between - began) / alone / (spent / sum(map(len, chain(*drafted)))))
    return {"guesses": n_guesses, "passes": len(passes), "tokens": sum(passes), "times as fast": ratios}


def step(model: Transformer, prompts: list[Int[Tensor, "position"]]) -> float:
    """Time one token of a model that writes alone, in seconds."""
    began = time.process_time()
    n = sum(len(list(stream(model, prompt, NEW, _draws()))) for prompt in prompts)
    return (time.process_time() - began) / n


def _draws() -> Sample:
    return Sample(generator=torch.Generator().manual_seed(0))
