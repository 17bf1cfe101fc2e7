"""Can one tell from its loss whether a text was trained on? 320 members, 640 fresh stories.

`tiny`, as it was after 1,100 steps, goes on with 320 short stories for 1, 4 and 16 epochs at one learning rate. A
story is scored by minus its loss, and by its loss for the model before less its loss after. Given are the area under
the ROC curve, and the share of members found where one in a hundred fresh stories is taken for one. Controls: the
model before it has read any, and members against members. Three seeds, each with other stories.

Expected before anything ran: before training, and members against members, areas of 0.5 and 1 % found. After one
epoch areas of 0.52 by the loss and 0.7 calibrated; after 16 of 0.75 and 1.0, but by the loss alone only 5 % are found
at one false alarm in a hundred.

It takes 3 minutes on one core.
"""

import copy

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.experiments.canaries import FIRST, LONGEST, RATES, SEEDS, base_model, short_stories
from lmkit.learning import finetuning, training
from lmkit.learning.privacy import membership
from lmkit.learning.privacy.texts import losses, next_tokens
from lmkit.learning.training import TrainingConfig
from lmkit.shelf.pretrained import Pretrained

N, N_OTHERS, BATCH, EPOCHS, WARMUP = 320, 640, 16, (0, 1, 4, 16), 20


def run() -> dict:
    """Train with each seed, and attack after each number of epochs."""
    torch.set_num_threads(1)
    base = base_model()
    runs = [attack(base, seed) for seed in SEEDS]
    return {"members": N, "others": N_OTHERS, "epochs": EPOCHS, "runs": runs}


def attack(base: Pretrained, seed: int) -> dict:
    """Train one model, and tell members from others again and again."""
    texts = short_stories(base, N + N_OTHERS, "train", FIRST + 100_000 * (10 + seed))
    rows = finetuning.encode(texts, base.tokenizer, LONGEST)
    reference = losses(base.model, rows)
    model, found = copy.deepcopy(base.model), []
    per_epoch = N // BATCH

    def watch(step: int, model) -> None:
        if step in [per_epoch * n for n in EPOCHS]:
            found.append({"epochs": step // per_epoch, **results(losses(model, rows), reference)})
            print(seed, {name: x for name, x in found[-1].items() if name != "curves"}, flush=True)

    config = TrainingConfig(
        steps=per_epoch * EPOCHS[-1],
        batch_size=BATCH,
        learning_rate=RATES["full"],
        final_share=1.0,  # one rate throughout, so that the epochs can be compared
        warmup_steps=WARMUP,
        evaluate_every=per_epoch,
        seed=seed,
    )
    training.fit(model, rows[:N], rows[:8], config, objective=next_tokens, watch=watch, show=False)
    return {"seed": seed, "after": found}


def results(losses: Float[Tensor, "text"], reference: Float[Tensor, "text"]) -> dict:
    """Measure both scores, and members against members as a control."""
    scores = {"loss": -losses, "calibrated": membership.calibrated(losses, reference)}
    found = {name: _measure(score[:N], score[N:]) for name, score in scores.items()}
    found["members against members"] = _measure(scores["calibrated"][:N:2], scores["calibrated"][1:N:2])
    found["losses"] = {"members": losses[:N].mean().item(), "others": losses[N:].mean().item()}
    return found


RATES_SHOWN = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _measure(members: Float[Tensor, "_"], others: Float[Tensor, "_"]) -> dict:
    return {
        "area": membership.area(members, others),
        "found": {rate: membership.found_at(members, others, rate) for rate in RATES_SHOWN},
    }
