"""Does a reward that can be checked make better stories than more examples do? And how is a bad reward cheated?

All begin with `book-instruct` and are trained on wishes of the training split, from three seeds. GRPO gets 1 for a
story that fulfils its wish, else 0 ("checked"). Supervised training reads stories of Storyworld for such wishes, at
equal compute: as many tokens through the model, a forward pass counted as 1, forward and backward as 3, drawing
included. And GRPO gets a bad reward on purpose: how often a story says the word "happy".

Measured are stories for 150 wishes of the test split, drawn at temperature 1; answers to twenty instructions of each
other kind; and the loss on 30 stories.

Written down before it ran: GRPO fulfils more wishes than the start and than the supervised training, with intervals
that part, and its stories become shorter, since nothing rewards length. The supervised training gains less. The bad
reward rises, and hardly a wish is fulfilled then. All of them answer fewer of the other instructions than before.

It takes 5 minutes on one core.
"""

import copy
from dataclasses import dataclass
from statistics import mean

import torch
from torch import Tensor

from lmkit.experiments.finetuning import SEEDS, fit, story_loss
from lmkit.experiments.instructions import LONGEST, chat_of, count, draw_tests, held_out_stories
from lmkit.learning import instruct, reinforce
from lmkit.learning.instruct import Chat
from lmkit.learning.objectives import IGNORE
from lmkit.learning.reinforce import GRPO, Task
from lmkit.model.sampling import Sample
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld import Instruction

WAYS = ("checked", "supervised", "happy")
STEPS = {"checked": 25, "happy": 12}
RATE, BETA = 1e-3, 0.02  # of GRPO
SUPERVISED_RATE = 5e-4
N_WISHES = 200  # to train on
N_TOLD = 800  # stories for the supervised training
N_TESTS, N_QUESTIONS = 150, 20
SHOWN = 3  # stories of each model that are recorded

History = list[dict[str, int | float]]


def run() -> dict:
    """Train in all ways, from the same model, and measure."""
    torch.set_num_threads(1)
    book = load("book-instruct")
    judge = Judge.of(book)
    before, found, computed = judge.measure(book.model), [], {}
    for way in WAYS:
        for seed in SEEDS:
            model, history = train(book, way, seed, computed.get(seed, 0))
            if way == "checked":
                computed[seed] = total(history, "computed")
            found.append({"way": way, "seed": seed, **judge.measure(model), **film(history)})
            print(found[-1], flush=True)
    asked = sum(map(len, judge.questions.values()))
    return {"wishes": len(judge.wishes), "questions": asked, "before": before, "runs": found}


# --- Training. ---


def train(book: Pretrained, way: str, seed: int, computed: int | float = 0) -> tuple[Transformer, History]:
    """Train a copy; "supervised" on as many computed tokens as are given."""
    model, chat = copy.deepcopy(book.model), chat_of(book)
    if way == "supervised":
        return model, supervise(model, chat, computed, seed)
    tasks = [Task(one.text, reward_of(way, one)) for one in wishes(chat, N_WISHES, "train", seed)]
    config = GRPO(steps=STEPS[way], learning_rate=RATE, beta=BETA, longest=LONGEST, seed=seed)
    return model, reinforce.train(model, chat, tasks, config)


def happy(text: str) -> float:
    """Count the word "happy"."""
    return float(text.replace(".", " ").split().count("happy"))


def reward_of(way: str, wish: Instruction) -> reinforce.Reward:
    """Give the reward of a wish."""
    return happy if way == "happy" else lambda text: float(storyworld.follows(wish, text))


def wishes(chat: Chat, n: int, split: str, seed: int = 0) -> list[Instruction]:
    """Draw about n wishes whose prompts are equally long; other ones for each seed."""
    drawn = storyworld.instructions("write", 2 * n * (seed + 1), split)[2 * n * seed :]
    texts = {task.text for task in reinforce.alike(chat, [Task(one.text, happy) for one in drawn])}
    return [one for one in drawn if one.text in texts][:n]


def supervise(model: Transformer, chat: Chat, computed: int | float, seed: int) -> History:
    """Train on stories that fulfil their wishes, until so many tokens went forward and backward."""
    told = storyworld.instructions("write", N_TOLD * (seed + 1), "train")[N_TOLD * seed :]
    rows = instruct.rows(chat, [[one.text, one.answer] for one in told])
    of_a_step = 3 * 8 * length_of_batches(rows)
    steps = round(computed / of_a_step)
    history = fit(model, rows, rows[:8], SUPERVISED_RATE, steps, seed, objective=instruct.answers)
    return [{"loss": step.loss, "computed": of_a_step} for step in history.steps]


def length_of_batches(rows: Tensor, n: int = 200) -> float:
    """Give how long batches of 8 are on average: each is as long as its longest row."""
    asked = rows.chunk(2, dim=1)[1] != IGNORE
    lengths = (asked * torch.arange(1, asked.shape[1] + 1)).amax(dim=1)
    picked = torch.randint(len(rows), (n, 8), generator=torch.Generator().manual_seed(0))
    return lengths[picked].amax(dim=1).float().mean().item()


# --- Measuring. ---


@dataclass(frozen=True)
class Judge:
    """What is asked of every model: the same."""

    chat: Chat
    wishes: list[Instruction]
    questions: dict[str, list[Instruction]]
    stories: Tensor

    @classmethod
    def of(cls, book: Pretrained) -> "Judge":
        """Draw what is asked, from the test split."""
        questions = draw_tests(N_QUESTIONS)
        questions.pop("write")
        chat = chat_of(book)
        return cls(chat, wishes(chat, N_TESTS, "test"), questions, held_out_stories(book))

    def measure(self, model: Transformer) -> dict:
        """Count fulfilled wishes and right answers, and say what the stories are like, and what is forgotten."""
        chance = Sample(generator=torch.Generator().manual_seed(0))
        said = instruct.reply(model, self.chat, [[one.text] for one in self.wishes], LONGEST, chance)
        shown = [{"wish": one.text, "story": story} for one, story in zip(self.wishes, said, strict=True)]
        return {
            "fulfilled": sum(map(storyworld.follows, self.wishes, said)),
            "faultless": sum(story != "" and storyworld.check(story) == [] for story in said),
            "different": len(set(said)),
            "words": round(mean(len(story.split()) for story in said), 1),
            "happy": round(mean(map(happy, said)), 2),
            "questions": sum(count(model, self.chat, self.questions).values()),
            "story_loss": round(story_loss(model, self.stories), 3),
            "shown": shown[:SHOWN],
        }


def total(history: History, name: str) -> int | float:
    """Add up what was noted of all steps."""
    return sum(step[name] for step in history)


def film(history: History) -> dict:
    """Give what is kept of a training: each step's reward, and the KL over the last five steps."""
    kept = {"steps": len(history), "computed": round(total(history, "computed"))}
    if "reward" in history[0]:
        kept["rewards"] = [round(step["reward"], 3) for step in history]
    if "kl" in history[0]:
        kept["kl"] = round(mean(step["kl"] for step in history[-5:]), 3)
    return kept
