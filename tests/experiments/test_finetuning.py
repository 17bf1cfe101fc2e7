"""What the experiments on fine-tuning draw: short texts, other ones for each seed, and none of them twice."""

import pytest
import torch

from lmkit.experiments.answering import HOLDER, JUDGE
from lmkit.experiments.finetuning import FEELINGS, SEEDS, SENTIMENT, Task
from lmkit.learning.training import TrainingConfig
from lmkit.learning.training.batches import draw_rows, row_starts
from lmkit.text.labelled import Labelled, shared

TASKS = pytest.mark.parametrize("task", [SENTIMENT, HOLDER, JUDGE], ids=["sentiment", "holder", "judge"])


@TASKS
def test_draws_are_short_and_share_no_text(task):
    draws = [task.draw(6, seed, **task.known) for seed in (0, 1, 2)]
    texts = [text for draw in draws for text in draw.texts]
    assert [len(draw) for draw in draws] == [6, 6, 6]
    assert len(set(texts)) == 18 and max(map(len, texts)) <= task.characters


@TASKS
def test_no_text_of_a_test_is_trained_on(task):
    train = task.draw(20, 0, **task.known)
    for _, options in task.tests.values():
        assert shared(task.draw(20, 0, "test", **options), train) == []


def test_a_story_is_drawn_with_all_its_copies():
    copied = SENTIMENT.draw(8, 1, copies=2, **FEELINGS)
    stories = SENTIMENT.label(64, **FEELINGS).texts
    assert len(copied) == 24 and set(copied.texts[::3]) <= set(stories[32:])
    assert copied.labels[::3] == copied.labels[1::3] == copied.labels[2::3]


def test_too_few_short_texts_are_refused():
    long = Task(lambda n, split: Labelled(["a long story"] * n, [0] * n, ["bad", "good"]), {}, characters=5)
    with pytest.raises(ValueError, match="only 0 of 3 texts are short enough"):
        long.draw(3, 0)


def test_of_a_thousand_labelled_stories_the_steps_meet_about_seven_hundred():
    numbered, steps = torch.arange(1000)[:, None], SENTIMENT.steps[1000]
    for seed in SEEDS:
        config, generator = TrainingConfig(steps=steps, batch_size=8), torch.Generator().manual_seed(seed)
        starts = row_starts(numbered, config)
        met = {row for _ in range(steps) for row in draw_rows(numbered, starts, config, generator).flatten().tolist()}
        assert 690 < len(met) < 710
