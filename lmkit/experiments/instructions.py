"""Can `book` be taught to do what it is told? Instructions of seven kinds, before and after instruction tuning.

Three draws of dialogues, from each of which `book` learns, asked for the answers only. Counted are right answers to
instructions about stories of the test split, each put as the first turn of a dialogue: the most probable token each
time, but where a story is wished for, tokens drawn at temperature 0.7, since the most probable story repeats one name.
Before the tuning there are no marks: the text stands alone, and what `book` goes on with counts as right if it begins
with the right answer, or fulfils the wish. Beside it stand the three questions that its pretraining had read, in the
words of the pretraining.

Written down before it ran, after trials on the validation split: before, next to nothing is right but by chance, since
no story holds such words. After, .85 of the answers about stories are right; the fewest of "many", for which amounts
must be added up, and where `book` did not know the answer before, it does not know it after. Of the stories wished for,
a quarter.

It takes 3 minutes on one core.
"""

from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor

from lmkit.experiments.finetuning import SEEDS, story_loss
from lmkit.learning import instruct, training
from lmkit.learning.instruct import MARKS, Chat
from lmkit.learning.training import TrainingConfig
from lmkit.learning.training.presets import tokens_of
from lmkit.model.generation import generate
from lmkit.model.sampling import Sample, greedy
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld import Instruction
from lmkit.text.storyworld.instructing import CHARACTERS, MAKERS, told

N_DIALOGUES, STEPS, WARMUP, RATE = 1200, 250, 20, 1e-3
N_TESTS = 50  # of each kind
LONGEST = 110  # tokens of an answer


def run() -> dict:
    """Ask before any tuning, then tune on each draw, and ask again."""
    torch.set_num_threads(1)
    book = load("book")
    tests, stories = draw_tests(N_TESTS), held_out_stories(book)
    found = []
    for seed in SEEDS:
        model = train(book, seed)
        right = count(model, chat_of(book), tests)
        found.append({"seed": seed, "right": right, "story_loss": round(story_loss(model, stories), 3)})
        print(found[-1], flush=True)
    return {
        "tests": {kind: len(asked) for kind, asked in tests.items()},
        "before": count_before(book, tests),
        "in_its_own_words": count_in_its_own_words(book, N_TESTS),
        "story_loss_before": round(story_loss(book.model, stories), 3),
        "runs": found,
    }


def chat_of(book: Pretrained) -> Chat:
    """Give the form of dialogues for `book`, or what was made of it."""
    return Chat(book.tokenizer, book.tokenizer.tokenizer.vocab_size)


def draw_tests(n: int) -> dict[str, list[Instruction]]:
    """Draw instructions of each kind, of the test split."""
    return {kind: storyworld.instructions(kind, n, "test") for kind in MAKERS}


def held_out_stories(book: Pretrained) -> Tensor:
    """Give the tokens of 30 stories, to measure what is forgotten."""
    return tokens_of("validation", 30, book.tokenizer.tokenizer)


def train(book: Pretrained, seed: int) -> Transformer:
    """Tune a grown copy of `book` on dialogues of its own draw."""
    return tune(book, storyworld.dialogues(N_DIALOGUES, seed=seed), STEPS, RATE, seed)


def tune(book: Pretrained, turns: list[list[str]], steps: int, rate: float, seed: int) -> Transformer:
    """Tune a grown copy of `book` on dialogues, each a list of turns, for their answers only."""
    rows = instruct.rows(chat_of(book), turns)
    model = instruct.grow(book.model, len(MARKS))
    config = TrainingConfig(
        steps=steps,
        learning_rate=rate,
        warmup_steps=WARMUP,
        evaluate_every=10 * steps,
        precision="auto",
        seed=seed,
    )
    training.fit(model, rows, rows[:8], config, objective=instruct.answers, show=False)
    return model


def count(model: Transformer, chat: Chat, tests: dict[str, list[Instruction]]) -> dict[str, int]:
    """Count the answers that do what the instruction says, of each kind."""
    right = {}
    for kind, asked in tests.items():
        choose = drawn() if kind == "write" else greedy
        said = instruct.reply(model, chat, [[one.text] for one in asked], LONGEST, choose)
        right[kind] = sum(map(storyworld.follows, asked, said))
    return right


def drawn(temperature: float = 0.7) -> Sample:
    """Draw tokens, by the same chance each time."""
    return Sample(temperature=temperature, generator=torch.Generator().manual_seed(0))


def count_before(book: Pretrained, tests: dict[str, list[Instruction]]) -> dict[str, int]:
    """Count the texts that `book` goes on with as it was told to."""
    return {
        kind: sum(begins_right(one, goes_on(book, one.text, LONGEST if one.wish else 40)) for one in asked)
        for kind, asked in tests.items()
    }


def begins_right(instruction: Instruction, text: str) -> bool:
    """Say whether a text begins with the right answer, or fulfils the wish."""
    if instruction.wish:
        return storyworld.follows(instruction, text)
    return text.strip().startswith(instruction.answer)


def goes_on(book: Pretrained, text: str, longest: int) -> str:
    """Let a text model go on with a text, up to the next story."""
    prompt = book.encode(text)
    written = generate(book.model, prompt, longest, end_token=0)[0, prompt.shape[1] :]
    return "".join(book.words(written)).partition("<|story|>")[0].strip()


ONE_WORD = {"has": 0, "where": -1, "many": -1}  # which word of an answer says it; the others may be a pronoun's


def count_in_its_own_words(book: Pretrained, n: int) -> dict[str, int]:
    """Count right answers where `book` is asked who has a thing, where one is, and how many, as its stories ask."""
    right = {}
    for kind, place in ONE_WORD.items():
        asked = list(islice(_asked(kind), n))
        said = [goes_on(book, text, 20).partition(".")[0].split() for text, _ in asked]
        wanted = [answer.strip(".").split() for _, answer in asked]
        right[kind] = sum(a[place] == b[place] for a, b in zip(said, wanted, strict=True) if a)
    return right


def _asked(kind: str) -> Iterator[tuple[str, str]]:
    for story in storyworld.stories("test"):
        first = next((question for question in story.questions if question.kind == kind), None)
        if first and len(told(story)) <= CHARACTERS:
            yield f"{told(story)} {first.text}", first.answer
