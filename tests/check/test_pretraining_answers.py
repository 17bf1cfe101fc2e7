"""Right and wrong answers to the exercises about pretraining, as students write them."""

import copy
import io
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.learning import objectives
from lmkit.learning.objectives import IGNORE


def loss_by_loops(logits, tokens):
    costs = []
    for b in range(tokens.shape[0]):
        for t in range(tokens.shape[1] - 1):
            costs.append(torch.logsumexp(logits[b, t], -1) - logits[b, t, tokens[b, t + 1]])
    return sum(costs) / len(costs)


def loss_by_one_hot(logits, tokens):
    said = F.log_softmax(logits[:, :-1], dim=-1)
    return -(said * F.one_hot(tokens[:, 1:], logits.shape[-1])).sum(-1).mean()


@pytest.mark.parametrize(
    "answer",
    [
        lambda logits, tokens: F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()),
        lambda logits, tokens: F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:]),
        lambda logits, tokens: objectives.loss(logits, objectives.next_token_labels(tokens)),
        loss_by_loops,
        loss_by_one_hot,
    ],
)
def test_the_loss_of_the_next_token_in_other_words_passes(answer):
    report = check.next_token_loss(answer)
    assert report.ok, str(report)


def test_a_loss_that_is_a_number_already_is_told_that_nothing_can_learn_from_it():
    report = check.next_token_loss(lambda logits, tokens: loss_by_loops(logits, tokens).item())
    assert report.codes == ("no-gradient",)


def masked_by_loops(tokens, chosen, fate, random_tokens, mask_id):
    inputs, labels = tokens.clone(), torch.full_like(tokens, IGNORE)
    for b, t in chosen.nonzero().tolist():
        labels[b, t] = tokens[b, t]
        if fate[b, t] < 0.8:
            inputs[b, t] = mask_id
        elif fate[b, t] < 0.9:
            inputs[b, t] = random_tokens[b, t]
    return inputs, labels


def masked_by_filling(tokens, chosen, fate, random_tokens, mask_id):
    labels = tokens.masked_fill(~chosen, IGNORE)
    inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
    replaced = chosen & (0.8 <= fate) & (fate <= 0.9)
    inputs[replaced] = random_tokens[replaced]
    return [inputs.int(), labels.int()]


@pytest.mark.parametrize("answer", [masked_by_loops, masked_by_filling])
def test_hiding_tokens_in_other_words_passes(answer):
    report = check.masked_lm(answer)
    assert report.ok, str(report)


def test_labels_of_floating_point_are_told_that_they_are_no_tokens():
    def answer(*args):
        inputs, labels = masked_by_loops(*args)
        return inputs, labels.float()

    report = check.masked_lm(answer)
    assert report.codes == ("wrong-dtype",)
    assert "Your label tensor is float32; wanted: int64." in str(report)


def step_of_the_book(model, optimizer, inputs, labels, clip):
    optimizer.zero_grad()
    loss = objectives.loss(model(inputs), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss.item()


def step_that_clears_last(model, optimizer, inputs, labels, clip):
    loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    return loss.detach()


def step_that_clears_the_model(model, optimizer, inputs, labels, clip):
    loss = objectives.loss(model(inputs), labels)
    model.zero_grad()
    loss.backward()
    length = torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).norm()
    for parameter in model.parameters():
        parameter.grad *= min(1, clip / length)
    optimizer.step()
    return float(loss.detach())


@pytest.mark.parametrize("answer", [step_of_the_book, step_that_clears_last, step_that_clears_the_model])
def test_a_training_step_in_other_words_passes(answer):
    report = check.training_step(answer)
    assert report.ok, str(report)


def test_a_training_step_is_taken_even_where_the_notebook_switched_gradients_off():
    with torch.no_grad():
        assert check.training_step(step_of_the_book).ok


def rate_of_the_library(step, warmup, total, peak, floor):
    from lmkit.learning.training.config import TrainingConfig
    from lmkit.learning.training.optimizer import learning_rate

    config = TrainingConfig(learning_rate=peak, warmup_steps=warmup, steps=total, final_share=floor / peak)
    return learning_rate(step, config)


def rate_by_torch(step, warmup, total, peak, floor):
    """With the schedulers of torch, whose first step is step 0."""
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=peak)
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / warmup, 1, total_iters=warmup - 1)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total - warmup, eta_min=floor)
    both = torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], [warmup - 1])
    for _ in range(step - 1):
        optimizer.step()
        both.step()
    return both.get_last_lr()[0]


def rate_in_one_line(step, warmup, total, peak, floor):
    if step < warmup:
        return peak * step / warmup
    return floor + 0.5 * (peak - floor) * (1 + torch.cos(torch.tensor(math.pi * (step - warmup) / (total - warmup))))


@pytest.mark.parametrize("answer", [rate_of_the_library, rate_by_torch, rate_in_one_line])
def test_the_learning_rate_in_other_words_passes(answer):
    report = check.learning_rate(answer)
    assert report.ok, str(report)


def cross_entropy(said=slice(None, -1), asked=slice(1, None), change=None, **options):
    """The loss by torch's own function, with other places or after a change of the logits."""

    def answer(logits, tokens):
        logits = change(logits) if change else logits
        return F.cross_entropy(logits[:, said].flatten(0, 1), tokens[:, asked].flatten(), **options)

    return answer


def nll(change):
    def answer(logits, tokens):
        return F.nll_loss(change(logits)[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())

    return answer


def loss_divided_by_everything(logits, tokens):
    asked = torch.ones(tokens.shape)
    asked[:, -1] = 0
    costs = F.cross_entropy(logits.mT, tokens.roll(-1, 1), reduction="none")
    return (costs * asked).mean()


LOSSES = {
    "not-shifted": cross_entropy(slice(None), slice(None)),
    "shifted-backwards": cross_entropy(slice(1, None), slice(None, -1)),
    "shifted-twice": cross_entropy(slice(None, -2), slice(2, None)),
    "first-token-after-the-last": lambda logits, tokens: F.cross_entropy(logits.mT, tokens.roll(-1, 1)),
    "softmax-twice": cross_entropy(change=lambda logits: logits.softmax(-1)),
    "log-forgotten": nll(lambda logits: logits.softmax(-1)),
    "softmax-forgotten": nll(lambda logits: logits),
    "log-after-softmax": nll(lambda logits: logits.softmax(-1).log()),
    "sign-forgotten": lambda logits, tokens: -cross_entropy()(logits, tokens),
    "in-bits": lambda logits, tokens: cross_entropy()(logits, tokens) / math.log(2),
    "summed": cross_entropy(reduction="sum"),
    "summed-in-each-text": lambda logits, tokens: cross_entropy(reduction="sum")(logits, tokens) / len(tokens),
    "divided-by-all-positions": loss_divided_by_everything,
}


@pytest.mark.parametrize("code", LOSSES)
def test_a_wrong_loss_is_diagnosed(code):
    assert check.next_token_loss(LOSSES[code]).codes == (code,)


def test_a_loss_without_shift_that_is_summed_is_diagnosed_as_both():
    answer = cross_entropy(slice(None), slice(None), reduction="sum")
    assert check.next_token_loss(answer).codes == ("not-shifted", "summed")


def masked(mask_below=0.8, random_below=0.9, labels=None, chosen_only=True):
    def answer(tokens, chosen, fate, random_tokens, mask_id):
        inputs = tokens.clone()
        replaced = chosen & (fate < random_below) if chosen_only else fate < random_below
        inputs[replaced] = random_tokens[replaced]
        inputs[(chosen if chosen_only else torch.ones_like(chosen)) & (fate < mask_below)] = mask_id
        asked = tokens.masked_fill(~chosen, -100)
        return inputs, labels(tokens, chosen, inputs, mask_id) if labels else asked

    return answer


def masked_with_swapped_fates(tokens, chosen, fate, random_tokens, mask_id):
    inputs, labels = tokens.clone(), tokens.masked_fill(~chosen, -100)
    inputs[chosen & (fate < 0.9)] = mask_id
    inputs[chosen & (fate < 0.8)] = random_tokens[chosen & (fate < 0.8)]
    return inputs, labels


MASKED = {
    "choice-ignored": masked(chosen_only=False),
    "all-become-the-mask": masked(mask_below=1),
    "fates-swapped": masked_with_swapped_fates,
    "none-replaced": masked(random_below=0.8),
    "none-kept": masked(random_below=1),
    "all-asked-for": masked(labels=lambda tokens, chosen, inputs, mask_id: tokens),
    "others-asked-for": masked(labels=lambda tokens, chosen, inputs, mask_id: tokens.masked_fill(chosen, -100)),
    "only-masks-asked-for": masked(
        labels=lambda tokens, chosen, inputs, mask_id: tokens.masked_fill(inputs != mask_id, -100)
    ),
    "only-changes-asked-for": masked(
        labels=lambda tokens, chosen, inputs, mask_id: torch.where(inputs != tokens, tokens, -100)
    ),
    "labels-from-the-inputs": masked(
        labels=lambda tokens, chosen, inputs, mask_id: inputs.masked_fill(~chosen, -100)
    ),
    "zero-for-ignore": masked(labels=lambda tokens, chosen, inputs, mask_id: tokens * chosen),
}


@pytest.mark.parametrize("code", MASKED)
def test_wrongly_hidden_tokens_are_diagnosed(code):
    assert check.masked_lm(MASKED[code]).codes == (code,)


def test_hiding_in_the_tokens_that_were_given_is_found():
    def answer(tokens, chosen, fate, random_tokens, mask_id):
        labels = tokens.masked_fill(~chosen, -100)
        inputs = masked_by_loops(tokens, chosen, fate, random_tokens, mask_id)[0]
        tokens.copy_(inputs)
        return tokens, labels

    assert check.masked_lm(answer).codes == ("changed-inputs",)


def step(*lines):
    """A training step made of these lines, in this order."""

    def answer(model, optimizer, inputs, labels, clip):
        for line in lines:
            if line == "loss":
                loss = objectives.loss(model(inputs), labels)
            elif line == "backward":
                loss.backward()
            elif line == "clip":
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            elif line == "clip each":
                nn.utils.clip_grad_value_(model.parameters(), clip)
            elif line == "step":
                optimizer.step()
            elif line == "clear":
                optimizer.zero_grad()
            else:
                return loss if line == "return loss" else loss.item()

    return answer


STEPS = {
    "never-cleared": [step("loss", "backward", "clip", "step", "return")],
    "cleared-before-the-step": [
        step("loss", "backward", "clip", "clear", "step", "return"),
        step("loss", "backward", "clear", "clip", "step", "return"),
    ],
    "step-before-backward": [
        step("clear", "loss", "step", "backward", "clip", "return"),
        step("clear", "loss", "clip", "step", "backward", "return"),
        step("loss", "step", "backward", "clip", "clear", "return"),
    ],
    "no-step": [step("clear", "loss", "backward", "clip", "return")],
    "not-clipped": [
        step("clear", "loss", "backward", "step", "return"),
        step("loss", "backward", "step", "clear", "return"),
        step("clear", "loss", "clip", "backward", "step", "return"),
    ],
    "clipped-after-the-step": [
        step("clear", "loss", "backward", "step", "clip", "return"),
        step("loss", "backward", "step", "clip", "clear", "return"),
    ],
    "each-number-clipped": [step("clear", "loss", "backward", "clip each", "step", "return")],
    "loss-with-its-graph": [step("clear", "loss", "backward", "clip", "step", "return loss")],
}


@pytest.mark.parametrize("code", STEPS)
def test_a_wrong_training_step_is_diagnosed(code):
    for answer in STEPS[code]:
        assert check.training_step(answer).codes == (code,)


def test_a_training_step_that_clears_nothing_and_clips_nothing_is_diagnosed_as_both():
    report = check.training_step(step("loss", "backward", "step", "return"))
    assert report.codes == ("never-cleared", "not-clipped")


def test_backward_of_a_number_shows_the_line_that_cannot_work():
    def answer(model, optimizer, inputs, labels, clip):
        loss = objectives.loss(model(inputs), labels).item()
        loss.backward()

    report = check.training_step(answer)
    assert report.codes == ("raises",)
    assert "in answer: loss.backward()" in str(report)


def test_a_training_step_without_a_loss_is_asked_for_it():
    assert check.training_step(step("clear", "loss", "backward", "clip", "step")).state == "not done yet"
    report = check.training_step(lambda model, optimizer, inputs, labels, clip: model(inputs))
    assert report.codes == ("wrong-type",) and "wanted: a number" in str(report)


def test_a_stub_of_a_training_step_is_not_done_yet():
    def stub(model, optimizer, inputs, labels, clip):
        raise NotImplementedError

    assert check.training_step(stub).state == "not done yet"
    assert check.training_step(None).codes == ("not-a-function",)


def rate(rise=None, progress=None, fall=None):
    def answer(step, warmup, total, peak, floor):
        if step <= warmup:
            return rise(step, warmup, peak) if rise else peak * step / warmup
        p = progress(step, warmup, total) if progress else (step - warmup) / (total - warmup)
        return fall(p, peak, floor) if fall else floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * p))

    return answer


RATES = {
    "no-warm-up": rate(rise=lambda step, warmup, peak: peak),
    "counted-from-0": rate(rise=lambda step, warmup, peak: peak * min(step + 1, warmup) / warmup),
    "first-step-is-lost": rate(rise=lambda step, warmup, peak: peak * (step - 1) / warmup),
    "decay-from-step-0": rate(progress=lambda step, warmup, total: step / total),
    "decay-never-ends": rate(progress=lambda step, warmup, total: (step - warmup) / total),
    "decay-one-step-late": rate(progress=lambda step, warmup, total: (step - 1 - warmup) / (total - warmup)),
    "whole-wave": rate(fall=lambda p, peak, floor: floor + (peak - floor) * (1 + math.cos(math.tau * p)) / 2),
    "quarter-wave": rate(fall=lambda p, peak, floor: floor + (peak - floor) * math.cos(p * math.pi / 2)),
    "degrees": rate(fall=lambda p, peak, floor: floor + (peak - floor) * (1 + math.cos(180 * p)) / 2),
    "cosine-below-0": rate(fall=lambda p, peak, floor: floor + (peak - floor) * math.cos(p * math.pi)),
    "straight-down": rate(fall=lambda p, peak, floor: peak + p * (floor - peak)),
    "floor-ignored": rate(fall=lambda p, peak, floor: peak * (1 + math.cos(math.pi * p)) / 2),
    "floor-on-top": rate(fall=lambda p, peak, floor: floor + peak * (1 + math.cos(math.pi * p)) / 2),
    "cut-off-at-the-floor": rate(fall=lambda p, peak, floor: max(peak * (1 + math.cos(math.pi * p)) / 2, floor)),
}


@pytest.mark.parametrize("code", RATES)
def test_a_wrong_learning_rate_is_diagnosed(code):
    assert check.learning_rate(RATES[code]).codes == (code,)


def save_copies(model, optimizer, generator, step):
    return copy.deepcopy((model.state_dict(), optimizer.state_dict(), generator.get_state(), step))


def load_copies(state, model, optimizer, generator):
    weights, averages, draws, step = state
    model.load_state_dict(weights)
    optimizer.load_state_dict(averages)
    generator.set_state(draws)
    return step


def save_as_a_file(model, optimizer, generator, step):
    file = io.BytesIO()
    parts = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(parts | {"generator": generator.get_state(), "step": step}, file)
    return file.getvalue()


def load_a_file(state, model, optimizer, generator):
    parts = torch.load(io.BytesIO(state), weights_only=True)
    for name, to in (("model", model), ("optimizer", optimizer)):
        to.load_state_dict(parts[name])
    generator.set_state(parts["generator"])
    return parts["step"]


def save_tensor_by_tensor(model, optimizer, generator, step):
    parameters = list(model.parameters())
    averages = [{name: value.clone() for name, value in optimizer.state[p].items()} for p in parameters]
    return [p.detach().clone() for p in parameters], averages, step


def load_tensor_by_tensor(state, model, optimizer, generator):
    """Draw the rows of the steps that are done once more: slow, and right."""
    weights, averages, step = state
    with torch.no_grad():
        for parameter, weight, average in zip(model.parameters(), weights, averages, strict=True):
            parameter.copy_(weight)
            optimizer.state[parameter] = average
    for _ in range(step):
        torch.randint(model.num_embeddings, (2, 3), generator=generator)
    return step


@pytest.mark.parametrize(
    ("save", "load"),
    [(save_copies, load_copies), (save_as_a_file, load_a_file), (save_tensor_by_tensor, load_tensor_by_tensor)],
)
def test_resuming_in_other_words_passes(save, load):
    report = check.resume(save, load)
    assert report.ok, str(report)


def save_in_two_files(model, optimizer, generator, step):
    """Only two of the four parts are on the disk."""
    return copy.deepcopy((model.state_dict(), step))


def save_in_16_bits(model, *rest):
    weights, *others = save_copies(model, *rest)
    return {name: weight.half() for name, weight in weights.items()}, *others


def load_weights_into_another_model(state, model, optimizer, generator):
    weights, averages, draws, step = state
    model = copy.deepcopy(model)  # the one that was given stays as it is
    model.load_state_dict(weights)
    optimizer.load_state_dict(averages)
    generator.set_state(draws)
    return step


def load_and_seed(state, model, optimizer, generator):
    load_copies(state, model, optimizer, generator)
    generator.manual_seed(generator.initial_seed())
    return state[-1]


def load_two(state, model, optimizer, generator):
    model.load_state_dict(state[0])
    return state[1]


def load_weights_alone(state, model, optimizer, generator):
    model.load_state_dict(state)
    return 0


RESUMES = {
    ("weights-forgotten",): (save_copies, load_weights_into_another_model),
    ("generator-forgotten",): (save_copies, load_and_seed),
    ("averages-forgotten", "generator-forgotten"): (save_in_two_files, load_two),
    ("averages-forgotten", "generator-forgotten", "step-forgotten"): (
        lambda model, *_: copy.deepcopy(model.state_dict()),
        load_weights_alone,
    ),
    ("weights-not-copied", "averages-not-copied"): (
        lambda model, optimizer, generator, step: (
            model.state_dict(),
            optimizer.state_dict(),
            generator.get_state(),
            step,
        ),
        load_copies,
    ),
    ("step-too-many",): (save_copies, lambda *args: load_copies(*args) + 1),
    ("weights-rounded",): (
        save_in_16_bits,
        load_copies,
    ),
}


@pytest.mark.parametrize("codes", RESUMES, ids="+".join)
def test_what_was_forgotten_in_resuming_is_named(codes):
    for seed in range(3):
        assert check.resume(*RESUMES[codes], seed=seed).codes == codes


def test_a_run_whose_weights_are_shaken_a_little_is_not_the_same_run():
    """Too little for the values, which are compared to 1e-4; but not bit for bit."""

    def load(state, model, optimizer, generator):
        step = load_copies(state, model, optimizer, generator)
        with torch.no_grad():
            model.weight.mul_(1 + 1e-6)
        return step

    assert "another-run" in check.resume(save_copies, load).codes


def test_saving_and_loading_that_are_not_written_yet_are_not_done():
    def stub(*args):
        raise NotImplementedError

    assert check.resume(stub, stub).state == "not done yet"
    assert check.resume(save_copies, stub).state == "not done yet"
    assert check.resume(save_copies, lambda *args: None).state == "not done yet"
    assert check.resume({}, load_copies).codes == ("not-a-function",)
    report = check.resume(save_copies, lambda *args: "7")
    assert report.codes == ("wrong-type",) and "the number of a step" in str(report)
