"""The loop: it learns, stops when it should, says what went wrong, and leaves nothing behind."""

import json
import math
import re
import signal

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.testing import assert_close
from transformers import GPT2Config, GPT2LMHeadModel

from lmkit.learning import objectives
from lmkit.learning.training import Diverged, evaluate, fit
from lmkit.learning.training.batches import evaluation_rows
from lmkit.learning.training.state import State
from tests.learning.training.small import VOCAB, build, config, masked, tensors_of, text

VALID = text(200, seed=1)


def gpt2():
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(vocab_size=VOCAB, n_embd=8, n_layer=1, n_head=2, n_positions=16))


def train(model, train_tokens=None, valid_tokens=VALID, settings=None, **options):
    train_tokens = text() if train_tokens is None else train_tokens
    return fit(model, train_tokens, valid_tokens, settings or config(), **{"show": False} | options)


# --- It learns ---


def test_an_untrained_model_is_as_wrong_as_the_vocabulary_is_large():
    history = train(build(init_std=0.01))
    assert math.isclose(history.evaluations[0].valid_loss, math.log(VOCAB), abs_tol=0.01)
    assert history.evaluations[0].step == history.evaluations[0].tokens == 0


def test_what_can_be_known_is_learned():
    """Each token is the last plus 1 or 2: nobody can do better than ln 2, and a trained model comes close."""
    history = train(build(d_model=16), settings=config(steps=200, evaluate_every=100))
    assert math.log(2) <= history.evaluations[-1].valid_loss < math.log(2) + 0.15


def test_hidden_tokens_are_learned_too():
    model = build(causal=False, d_model=16, init_std=0.3)
    history = train(model, settings=config(steps=150, evaluate_every=50), objective=masked())
    assert history.evaluations[-1].valid_loss < math.log(VOCAB) - 0.3


def test_one_batch_can_be_learned_by_heart():
    row = torch.randint(VOCAB, (9,), generator=torch.Generator().manual_seed(3))
    history = train(build(d_model=16), row, row, config(steps=150, batch_size=1))
    assert history.steps[-1].loss < 0.05


def test_the_history_tells_every_step_and_every_evaluation():
    history = train(build(), settings=config(steps=25))
    assert [step.step for step in history.steps] == list(range(1, 26))
    assert [evaluation.step for evaluation in history.evaluations] == [0, 10, 20, 25]
    assert history.evaluations[-1].tokens == 25 * 4 * 8
    assert history.best == min(history.evaluations, key=lambda evaluation: evaluation.valid_loss)
    assert not history.interrupted


def test_the_log_has_what_the_history_has(tmp_path):
    history = train(build(), folder=tmp_path)
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [r for r in records if "loss" in r] == [step._asdict() for step in history.steps]
    assert [r for r in records if "valid_loss" in r] == [evaluation._asdict() for evaluation in history.evaluations]


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(build())
    assert not list(tmp_path.iterdir())


def test_whoever_watches_sees_the_model_after_each_evaluation():
    seen = {}
    model = build()
    history = train(model, watch=lambda step, model: seen.update({step: evaluate(model, VALID, config())}))
    assert seen == {evaluation.step: evaluation.valid_loss for evaluation in history.evaluations}


def test_gradients_are_shortened_to_the_clip():
    lengths = []

    def measure(optimizer, *_):
        weights = [w for group in optimizer.param_groups for w in group["params"]]
        lengths.append(torch.cat([w.grad.flatten() for w in weights]).norm().item())

    hook = register_optimizer_step_pre_hook(measure)
    try:
        history = train(build(), settings=config(clip=0.1))
    finally:
        hook.remove()
    assert max(step.gradient_norm for step in history.steps) > 0.2
    assert max(lengths) < 0.1001


# --- Evaluation ---


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_evaluation_does_not_depend_on_the_size_of_batches(batch_size):
    """Every label counts the same, also in a last batch that is not full."""
    model, settings = build(), config(batch_size=batch_size)
    rows = evaluation_rows(VALID, settings)
    expected = objectives.loss(model(rows[:, :-1]), rows[:, 1:]).item()
    assert math.isclose(evaluate(model, VALID, settings), expected, rel_tol=1e-6)


def test_evaluation_hides_the_same_tokens_each_time():
    model = build(causal=False)
    assert evaluate(model, VALID, config(), masked()) == evaluate(model, VALID, config(), masked())


def test_evaluation_leaves_mode_weights_and_gradients_alone():
    model = build()
    before = tensors_of(model)
    model.blocks[0].eval()
    evaluate(model, VALID, config())
    assert model.training and all(parameter.grad is None for parameter in model.parameters())
    assert_close(tensors_of(model), before, rtol=0, atol=0)


def test_evaluation_is_done_without_dropout():
    modes = []
    model = build()
    model.final_norm.register_forward_hook(lambda module, *_: modes.append(module.training))
    train(model, settings=config(steps=1, warmup_steps=0))
    n_batches = -(-len(evaluation_rows(VALID, config())) // config().batch_size)
    assert modes == [False] * n_batches + [True] + [False] * n_batches


# --- Stopping ---


@pytest.fixture
def listening():
    """Interrupts are heard, as in a terminal. A shell lets what it runs in the background ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_training_stops_when_patience_is_at_an_end_and_goes_back_to_the_best_model():
    noise = torch.randint(VOCAB, (60,), generator=torch.Generator().manual_seed(7))
    settings = config(steps=500, evaluate_every=5, patience=3, learning_rate=0.03)
    model = build(d_model=16)
    history = train(model, noise, VALID, settings)
    losses = [evaluation.valid_loss for evaluation in history.evaluations]
    best = losses.index(min(losses))
    assert len(losses) == best + 1 + 3 and history.steps[-1].step < 500
    assert evaluate(model, VALID, settings) == losses[best]


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.usefixtures("listening")
def test_an_interrupt_ends_the_step_keeps_it_and_gives_the_history_back(tmp_path, folder, capsys):
    def interrupt(step, model):
        if step == 10:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    options = dict(folder=tmp_path) if folder else {}
    history = train(build(), watch=interrupt, show=True, **options)
    assert history.interrupted and len(history.steps) in (10, 11)
    kept = f"The checkpoint {tmp_path / 'step-000000'}" if folder else "There is no checkpoint."
    assert re.search(f"Interrupted after step 1[01] of 30. {kept}", capsys.readouterr().out)
    assert signal.getsignal(signal.SIGINT) is before
    if folder:
        resumed, whole = build(), build()
        again = train(resumed, folder=tmp_path, resume=True)
        train(whole)
        assert not again.interrupted and len(again.steps) == 30
        assert_close(tensors_of(resumed), tensors_of(whole), rtol=0, atol=0)


@pytest.mark.usefixtures("listening")
def test_a_second_interrupt_stops_at_once(tmp_path):
    def interrupt(step, model):
        signal.raise_signal(signal.SIGINT)  # to this thread: of two that are sent to the process, one might be lost
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(build(), watch=interrupt, folder=tmp_path)
    train(build(), folder=tmp_path, resume=True)


# --- When it goes wrong ---


def test_a_loss_that_is_no_number_stops_the_run_and_says_what_to_do(tmp_path):
    model, kept = build(), {}

    def poison(step, model):
        kept.update(tensors_of(model))
        if step == 20:
            model.register_forward_hook(lambda *args: args[2] * torch.nan)

    with pytest.raises(Diverged) as error:
        train(model, watch=poison, folder=tmp_path)
    for part in ("step 21", "learning rate 0.00", "the loss is nan", "Try a lower learning_rate", "step-00000020"):
        assert part in str(error.value)
    assert_close(tensors_of(model), kept, rtol=0, atol=0)
    resumed, whole = build(), build()
    train(resumed, folder=tmp_path, resume=True)
    train(whole)
    assert_close(tensors_of(resumed), tensors_of(whole), rtol=0, atol=0)


def test_a_gradient_that_is_no_number_never_reaches_the_weights():
    model = build()
    model.embed.weight.register_hook(lambda gradient: gradient * torch.inf)
    before = tensors_of(model)
    with pytest.raises(Diverged, match="gradient's length (nan|inf)"):
        train(model)
    assert_close(tensors_of(model), before, rtol=0, atol=0)


def test_a_validation_loss_that_is_no_number_is_not_kept(tmp_path):
    model = build()
    model.register_forward_hook(lambda module, _, output: output if module.training else output * torch.nan)
    with pytest.raises(Diverged, match="the validation loss is nan after step 0"):
        train(model, folder=tmp_path)
    assert not list(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize("model", [gpt2(), nn.Sequential(gpt2())], ids=["of transformers", "around one"])
def test_a_model_that_gives_more_than_its_logits_is_refused(model):
    before = tensors_of(model)
    for act in (lambda: train(model), lambda: evaluate(model, VALID, config())):
        with pytest.raises(TypeError, match=r"must give the logits, one tensor.*returns model\(tokens\).logits"):
            act()
    assert_close(tensors_of(model), before, rtol=0, atol=0)


def test_a_model_of_transformers_is_trained_within_a_module_that_gives_its_logits():
    class Logits(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, tokens):
            return self.model(tokens).logits

    history = train(Logits(gpt2()), settings=config(steps=60))
    assert history.evaluations[-1].valid_loss < history.evaluations[0].valid_loss - 0.5


def test_a_frozen_model_is_refused_before_a_folder_is_made(tmp_path):
    with pytest.raises(ValueError, match="every weight of the model is frozen"):
        train(build().requires_grad_(False), folder=tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_learning_rate_far_too_high_is_caught():
    with pytest.raises(Diverged):
        train(build(norm_first=False), settings=config(learning_rate=1e30, steps=100))


def test_gradients_that_were_there_before_are_none_of_the_runs():
    clean, stale = build(), build()
    for weight in stale.parameters():
        weight.grad = torch.full_like(weight, math.nan)
    assert train(stale).steps == train(clean).steps
    for one, other in zip(clean.parameters(), stale.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_run_that_diverged_gives_each_part_its_own_mode_back():
    model = build().eval()
    model.blocks[0].train()
    with pytest.raises(Diverged):
        train(model, settings=config(learning_rate=1e30))
    assert not model.training and model.blocks[0].training


def test_a_batch_in_which_nothing_was_hidden_is_passed_over():
    """One row of 9 tokens has nothing hidden in it one time in 25; many are drawn."""
    model = build(causal=False)
    history = train(model, settings=config(steps=100, batch_size=1), objective=masked())
    assert 0.0 in [step.loss for step in history.steps]

    settings, generator = config(batch_size=1), torch.Generator().manual_seed(0)
    hidden = [masked()(row[None], generator) for row in evaluation_rows(VALID, settings)]
    asked = [pair for pair in hidden if (pair[1] != objectives.IGNORE).any()]
    assert len(asked) < len(hidden)
    with torch.no_grad():
        losses = [objectives.loss(model(inputs), labels).item() for inputs, labels in asked]
    counts = [(labels != objectives.IGNORE).sum().item() for _, labels in asked]
    assert evaluate(model, VALID, settings, masked()) == pytest.approx(objectives.average(losses, counts))


def test_of_equal_evaluations_the_first_is_the_best():
    model = nn.Linear(1, 1)
    state = State(model, torch.optim.AdamW(model.parameters()), torch.Generator(), "float32")
    state.compare(1.0, keep_best=True)
    first = state.best_weights["weight"]
    nn.init.constant_(model.weight, 7.0)
    state.compare(1.0, keep_best=True)
    assert state.since_best == 1 and torch.equal(state.best_weights["weight"], first)
