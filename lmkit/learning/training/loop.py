"""The training loop: read a batch, ask how wrong the model is, move every weight a little downhill, and again."""

import math
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.learning import objectives
from lmkit.learning.training.batches import Data, Objective, draw_rows, evaluation_rows, next_token, row_starts
from lmkit.learning.training.config import TrainingConfig
from lmkit.learning.training.folder import RunFolder
from lmkit.learning.training.history import Evaluation, History, Step
from lmkit.learning.training.identity import identity
from lmkit.learning.training.interrupt import patient_interrupt
from lmkit.learning.training.optimizer import learning_rate, make_optimizer
from lmkit.learning.training.precision import bfloat16, bfloat16_is_faster
from lmkit.learning.training.processes import Processes, join, spread, whole
from lmkit.learning.training.progress import Progress
from lmkit.learning.training.state import State
from lmkit.model.experts import take_balance
from lmkit.model.modes import mode

BALANCE = 0.01  # how much uneven use of experts counts beside the loss; Fedus et al. 2021, section 2.2


class Diverged(ArithmeticError):
    """The loss, or a gradient, is no number any more. The text says when, at which learning rate, and what to do."""


def fit(
    model: nn.Module,
    train_tokens: Data,
    valid_tokens: Data,
    config: TrainingConfig,
    *,
    objective: Objective = next_token,
    folder: str | os.PathLike | None = None,
    resume: bool = False,
    watch: Callable[[int, nn.Module], None] = lambda step, model: None,
    show: bool = True,
) -> History:
    """Train a model on a text, in place. What is frozen (`requires_grad_(False)` before the call) stays as it is.

    An interrupt (Ctrl+C, or the stop button of a notebook) is no accident: the step is finished, a checkpoint written,
    and the history given back with `interrupted` set. A second one stops at once. Started by torchrun, several
    processes share each batch; then an interrupt stops at once, and the newest checkpoint stays.

    Args:
        train_tokens, valid_tokens: one long text each, all documents in a row. Or rows that are there already, such as
            labelled examples, (example, row): drawn whole, whatever `row_length` and `start_token` say.
        objective: what rows of text ask of the model: `next_token`, a `Masked`, or `finetuning.classify`.
        folder: where checkpoints and log.jsonl go; nowhere unless given.
        resume: whether to go on from the newest checkpoint in `folder`. It ends bit for bit where an uninterrupted run
            would have, on the same machine with as many threads and processes.
        watch: called after each evaluation with the step and the model, to keep a snapshot for example.
        show: whether to show progress.

    Raises:
        ValueError: a text too short for one row, a batch that several processes cannot share evenly, or a model with
            nothing to train.
        TypeError: the model gives something else than logits, as those of transformers do.
        Diverged: the loss became NaN or infinite. The model keeps the weights of the step before.
        CheckpointError: a checkpoint cannot be written or read, belongs to another run, or is in the way of a new one.
    """
    model.zero_grad()  # a demonstration, or a run that diverged, may have left gradients
    run = Run(model, train_tokens, valid_tokens, config, objective, None if folder is None else Path(folder))
    run.resume() if resume else run.folder.begin()
    progress = Progress(run.history, config.steps, run.state.tokens, show and run.processes.is_first)
    one_process = run.processes.count == 1
    with mode(model, training=True), progress, patient_interrupt(one_process) as interrupted:
        while True:
            if run.evaluation_is_due:  # before the first step too: an untrained model is as wrong as ln(vocab_size)
                run.evaluate()
                progress.evaluation()
                watch(run.state.step, run.state.weights)
            if run.is_over or interrupted.is_set():
                break
            run.take_step()
            progress.step(run.state.tokens)
        if not run.is_over:
            run.stop()
            progress.say(f"Interrupted after step {run.state.step} of {config.steps}. {run.folder.describe()}")
    run.state.copy_weights_to(model, best=run.is_over)
    return run.history


@torch.no_grad()  # inference_mode would save up to 4 % of this, but FSDP cannot train after it
def evaluate(
    model: nn.Module, tokens: Data, config: TrainingConfig, objective: Objective = next_token
) -> float:
    """Give the loss of a model on a text, in nats a label: each row once, the same tokens hidden each time.

    Raises:
        ValueError: the text is too short for one row.
        TypeError: the model gives something else than logits, as those of transformers do.
    """
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(config.seed)
    losses, counts = [], []
    with mode(model, training=False):
        for rows in evaluation_rows(tokens, config).split(config.batch_size):
            inputs, labels = objective(rows, generator)
            if count := _count(labels):  # a short batch may have nothing hidden in it
                losses.append(objectives.loss(_logits(model, inputs.to(device)), labels.to(device)).item())
                counts.append(count)
    return objectives.average(losses, counts)


class Run:
    """A run while it lasts: its state, and what does not change."""

    def __init__(self, model, train_tokens, valid_tokens, config, objective, folder):
        self.device = next(model.parameters()).device
        self.processes = join(self.device)
        _check_shares(config, self.processes)
        self.train_tokens, self.valid_tokens = train_tokens, valid_tokens
        self.config, self.objective = config, objective
        self.starts = row_starts(train_tokens, config)
        self.folder = RunFolder(folder, identity(model, config, objective, train_tokens, valid_tokens))
        self.history = History()
        self.model, weights = spread(model, self.processes, config.sharded)
        generator = torch.Generator().manual_seed(config.seed)
        self.state = State(weights, make_optimizer(weights, config), generator, self.choose_precision())
        self.began = time.perf_counter()

    def choose_precision(self) -> str:
        """Decide once, in the first process. A resumed run keeps to what was decided."""
        wanted = self.config.precision == "auto" and self.processes.is_first and bfloat16_is_faster(self.device)
        return self.processes.agree("bfloat16" if wanted else "float32")

    def resume(self) -> None:
        """Go on from the newest checkpoint."""
        self.history = self.folder.restore(self.state)
        self.began -= self.state.seconds

    def take_step(self) -> None:
        """Change every weight once."""
        state, step = self.state, self.state.step + 1
        rate = learning_rate(step, self.config)
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        rows = draw_rows(self.train_tokens, self.starts, self.config, state.generator)
        inputs, labels = self.objective(rows, state.generator)
        loss = self.loss(inputs, labels)
        loss.backward()
        norm = whole(nn.utils.clip_grad_norm_(state.weights.parameters(), self.config.clip)).item()
        record = Step(step, self.processes.mean(loss.detach()).item(), rate, norm)
        self.check_finite(record)
        state.optimizer.step()
        state.optimizer.zero_grad()
        state.step, state.tokens = step, state.tokens + inputs.numel()
        self.note(record)

    def loss(self, inputs: Int[Tensor, "batch position"], labels: Int[Tensor, "batch *asked"]) -> Float[Tensor, ""]:
        """Give the loss of this process's rows, so weighed that the mean over processes is the loss of the batch."""
        rank, count = self.processes.rank, self.processes.count
        own = labels[rank::count]
        in_16_bits = self.state.precision == "bfloat16"
        with bfloat16(self.state.weights, self.device) if in_16_bits else nullcontext():
            logits = _logits(self.model, inputs[rank::count].to(self.device))
        if _count(own) == 0:  # nothing is asked here, but other processes may wait for gradients
            return logits.sum() * 0.0
        nats = objectives.loss(logits, own.to(self.device)) * (count * _count(own) / _count(labels))
        return nats + BALANCE * take_balance(self.state.weights)

    def evaluate(self) -> None:
        """Measure the loss on the validation text, and write a checkpoint: its weights have a finite loss."""
        state = self.state
        loss = evaluate(state.weights, self.valid_tokens, self.config, self.objective)
        if not math.isfinite(loss):
            raise Diverged(f"the validation loss is {loss} after step {state.step}. {self.cure()}")
        state.compare(loss, keep_best=self.config.patience is not None)
        state.seconds = time.perf_counter() - self.began
        self.note(Evaluation(state.step, loss, state.tokens, round(state.seconds, 3)))
        self.folder.keep(state, self.processes.is_first)

    def stop(self) -> None:
        """End at an interrupt, with a checkpoint of this very step."""
        self.history.interrupted = True
        self.state.seconds = time.perf_counter() - self.began
        self.folder.keep(self.state, self.processes.is_first)

    def note(self, record: Step | Evaluation) -> None:
        """Remember what happened."""
        self.history.add(record)
        self.folder.note(record)

    @property
    def evaluation_is_due(self) -> bool:
        """Whether the model is to be evaluated as it is now, and has not been yet."""
        step, evaluations = self.state.step, self.history.evaluations
        if evaluations and evaluations[-1].step == step:
            return False
        return step % self.config.evaluate_every == 0 or step == self.config.steps

    @property
    def is_over(self) -> bool:
        """Whether all steps are done, or patience is at an end."""
        patience = self.config.patience
        return self.state.step == self.config.steps or (patience is not None and self.state.since_best >= patience)

    def check_finite(self, record: Step) -> None:
        """Refuse to go on with what is no number (Diverged)."""
        if not (math.isfinite(record.loss) and math.isfinite(record.gradient_norm)):
            raise Diverged(
                f"at step {record.step}, with learning rate {record.learning_rate:.3g}, the loss is {record.loss} and "
                f"the gradient's length {record.gradient_norm}. The weights are those of the step before. {self.cure()}"
            )

    def cure(self) -> str:
        """Say what to do about a loss that is no number."""
        return f"Try a lower learning_rate, more warmup_steps, or a smaller clip. {self.folder.describe()}"


def _logits(model: nn.Module, inputs: Int[Tensor, "batch position"]) -> Float[Tensor, "batch *asked choice"]:
    if hasattr(model, "base_model_prefix"):  # of transformers, or of PEFT around one
        raise TypeError(_NO_LOGITS.format(f"a {type(model).__name__}, which gives more than its logits"))
    logits = model(inputs)
    if not isinstance(logits, Tensor):
        raise TypeError(_NO_LOGITS.format(f"one that gives a {type(logits).__name__}"))
    return logits


_NO_LOGITS = (
    "the model is {}, but here it must give the logits, one tensor. To tell classes, use "
    "finetuning.Classifier(model, n_classes); else an nn.Module whose forward returns model(tokens).logits."
)


def _count(labels: Int[Tensor, "batch *asked"]) -> int:
    return (labels != objectives.IGNORE).sum().item()


def _check_shares(config: TrainingConfig, processes: Processes) -> None:
    if config.batch_size % processes.count:
        raise ValueError(
            f"batch_size={config.batch_size} cannot be shared evenly by {processes.count} processes: use a multiple"
        )
