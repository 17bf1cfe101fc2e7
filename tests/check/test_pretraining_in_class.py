"""Chapter 05 in class: answers that were not made from the banks. Wrong ones are refused, and told no false cause.

Each wrong answer stands with the causes that may be named. Without any, the check must say that it knows none.
"""

import cmath
import copy
import io
import math
import pickle
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.learning import objectives
from lmkit.learning.objectives import IGNORE
from tests.check.in_class import causes_in, two_lists

RIGHT, WRONG, right, wrong = two_lists()


def report_on(exercise, answer, seed):
    """Check it. An answer to `resume` makes the two functions that are handed over."""
    answers = answer() if exercise == "resume" else (answer,)
    return getattr(check, exercise)(*answers, seed=seed)


# --- The loss of the next token ---


def chosen_from(scores, tokens):
    """Of each position the score of the token after it."""
    return scores[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)


@right("next_token_loss")
def log_sum_exp_with_the_largest_taken_out(logits, tokens):
    largest = logits.max(dim=-1, keepdim=True).values
    total = (logits - largest).exp().sum(dim=-1, keepdim=True).log() + largest
    return (total[:, :-1, 0] - chosen_from(logits, tokens)).mean()


@right("next_token_loss")
def text_by_text(logits, tokens):
    losses = [F.cross_entropy(said[:-1], asked[1:]) for said, asked in zip(logits, tokens, strict=True)]
    return torch.stack(losses).mean()


@right("next_token_loss")
def with_a_last_label_that_asks_nothing(logits, tokens):
    labels = F.pad(tokens[:, 1:], (0, 1), value=-100)
    return F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.reshape(-1))


@right("next_token_loss")
def as_a_distribution(logits, tokens):
    return -torch.distributions.Categorical(logits=logits[:, :-1]).log_prob(tokens[:, 1:]).mean()


@right("next_token_loss")
def in_64_bits(logits, tokens):
    return F.cross_entropy(logits[:, :-1].double().mT, tokens[:, 1:])


@right("next_token_loss")
def with_an_axis_of_one_number(logits, tokens):
    costs = F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], reduction="none")
    return costs.reshape(1, -1).mean(dim=1)


@wrong("next_token_loss", "powers-too-large")
def log_sum_exp_without_the_largest_taken_out(logits, tokens):
    total = torch.log(torch.sum(torch.exp(logits), dim=-1))
    return (total[:, :-1] - chosen_from(logits, tokens)).mean()


@wrong("next_token_loss")
def softmax_by_hand(logits, tokens):
    powers = torch.exp(logits)
    return -(chosen_from(powers / powers.sum(-1, keepdim=True), tokens)).log().mean()


@wrong("next_token_loss")
def the_largest_of_all_taken_out(logits, tokens):
    logits = logits - logits.max()
    return (logits.exp().sum(-1).log()[:, :-1] - chosen_from(logits, tokens)).mean()


@wrong("next_token_loss")
def the_largest_not_put_back(logits, tokens):
    total = (logits - logits.max(-1, keepdim=True).values).exp().sum(-1).log()
    return (total[:, :-1] - chosen_from(logits, tokens)).mean()


@wrong("next_token_loss", "another-gradient")
def with_a_detached_sum(logits, tokens):
    return (logits.logsumexp(-1).detach()[:, :-1] - chosen_from(logits, tokens)).mean()


@wrong("next_token_loss", "another-gradient")
def with_a_sum_that_torch_does_not_see(logits, tokens):
    with torch.no_grad():
        total = logits.logsumexp(-1, keepdim=True)
    return -chosen_from(logits - total, tokens).mean()


@wrong("next_token_loss", "another-gradient")
def with_gradients_twice_as_long(logits, tokens):
    loss = F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:])
    return 2 * loss - loss.detach()


@wrong("next_token_loss", "no-gradient")
def as_a_new_tensor(logits, tokens):
    return torch.tensor(F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:]).item())


@wrong("next_token_loss")
def with_a_little_added_before_the_logarithm(logits, tokens):
    return -(chosen_from(logits.softmax(-1), tokens) + 1e-9).log().mean()


@wrong("next_token_loss")
def with_smoothed_labels(logits, tokens):
    return F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], label_smoothing=0.1)


@wrong("next_token_loss")
def token_0_is_not_asked_for(logits, tokens):
    return F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], ignore_index=0)


@wrong("next_token_loss")
def of_the_first_text(logits, tokens):
    return F.cross_entropy(logits[0, :-1], tokens[0, 1:])


@wrong("next_token_loss")
def of_the_last_token(logits, tokens):
    return F.cross_entropy(logits[:, -2], tokens[:, -1])


@wrong("next_token_loss")
def softmax_over_the_positions(logits, tokens):
    return -chosen_from(logits.log_softmax(dim=1), tokens).mean()


@wrong("next_token_loss")
def as_a_perplexity(logits, tokens):
    return F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:]).exp()


@wrong("next_token_loss", "wrong-type")
def one_for_each_token(logits, tokens):
    return F.cross_entropy(logits[:, :-1].mT, tokens[:, 1:], reduction="none")


# --- Hiding tokens ---


def hidden(inputs=None, labels=None):
    """Right hiding, in which what becomes of the inputs or the labels can be written otherwise."""

    def answer(tokens, chosen, fate, random_tokens, mask_id):
        given = (tokens, chosen, fate, random_tokens, mask_id)
        seen = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
        seen = torch.where(chosen & (0.8 <= fate) & (fate < 0.9), random_tokens, seen)
        asked = torch.where(chosen, tokens, IGNORE)
        return inputs(*given) if inputs else seen, labels(*given) if labels else asked

    return answer


@right("masked_lm")
def with_numpy_where(tokens, chosen, fate, random_tokens, mask_id):
    t, c, f, r = (each.numpy() for each in (tokens, chosen, fate, random_tokens))
    fates = np.select([c & (f < 0.8), c & (f < 0.9)], [np.full_like(t, mask_id), r], default=t)
    return torch.from_numpy(fates), torch.from_numpy(np.where(c, t, -100))


@right("masked_lm")
def number_by_number(tokens, chosen, fate, random_tokens, mask_id):
    inputs, labels = [], []
    for row in zip(tokens.tolist(), chosen.tolist(), fate.tolist(), random_tokens.tolist(), strict=True):
        for token, hide, draw, other in zip(*row, strict=True):
            inputs.append(token if not hide or draw >= 0.9 else mask_id if draw < 0.8 else other)
            labels.append(token if hide else -100)
    return torch.tensor(inputs).view(tokens.shape), torch.tensor(labels).view(tokens.shape)


@right("masked_lm")
def with_products(tokens, chosen, fate, random_tokens, mask_id):
    mask, other = (chosen * (fate < 0.8)).long(), (chosen * (fate >= 0.8) * (fate < 0.9)).long()
    inputs = mask * mask_id + other * random_tokens + (1 - mask - other) * tokens
    return [inputs, chosen * tokens - 100 * (~chosen).long()]


@wrong("masked_lm")
def at_the_border_too(tokens, chosen, fate, random_tokens, mask_id):
    inputs = torch.where(chosen & (fate <= 0.8), mask_id, tokens)
    return torch.where(chosen & (fate > 0.8) & (fate < 0.9), random_tokens, inputs), torch.where(chosen, tokens, IGNORE)


@wrong("masked_lm")
def the_second_line_undoes_the_first(tokens, chosen, fate, random_tokens, mask_id):
    inputs = tokens.clone()
    inputs[chosen & (fate < 0.8)] = mask_id
    inputs[chosen & (fate < 0.9)] = random_tokens[chosen & (fate < 0.9)]
    return inputs, torch.where(chosen, tokens, IGNORE)


@wrong("masked_lm")
def one_random_token_for_all(tokens, chosen, fate, random_tokens, mask_id):
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    return torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random_tokens[0, 0], inputs), hidden()(
        tokens, chosen, fate, random_tokens, mask_id
    )[1]


@wrong("masked_lm")
def the_mask_of_bert(tokens, chosen, fate, random_tokens, mask_id):
    return hidden()(tokens, chosen, fate, random_tokens, 103)


@wrong("masked_lm")
def labels_one_to_the_left(tokens, chosen, fate, random_tokens, mask_id):
    inputs, labels = hidden()(tokens, chosen, fate, random_tokens, mask_id)
    return inputs, labels.roll(-1, dims=1)


@wrong("masked_lm")
def the_choice_is_one_to_the_right(tokens, chosen, fate, random_tokens, mask_id):
    return hidden()(tokens, chosen.roll(1, dims=1), fate, random_tokens, mask_id)


@wrong("masked_lm")
def draws_again(tokens, chosen, fate, random_tokens, mask_id):
    fate = torch.rand(fate.shape, generator=torch.Generator().manual_seed(0))
    return hidden()(tokens, chosen, fate, random_tokens, mask_id)


@wrong("masked_lm", "changed-inputs")
def into_what_was_given(tokens, chosen, fate, random_tokens, mask_id):
    labels = tokens.clone()
    labels[~chosen] = IGNORE
    tokens[chosen & (fate < 0.8)] = mask_id
    replaced = chosen & (fate >= 0.8) & (fate < 0.9)
    tokens[replaced] = random_tokens[replaced]
    return tokens, labels


@wrong("masked_lm", "wrong-dtype")
def labels_with_a_point(tokens, chosen, fate, random_tokens, mask_id):
    inputs, _ = hidden()(tokens, chosen, fate, random_tokens, mask_id)
    return inputs, torch.where(chosen, tokens.float(), -100.0)


@wrong("masked_lm")
def minus_one_for_ignore(tokens, chosen, fate, random_tokens, mask_id):
    return hidden(labels=lambda tokens, chosen, *_: torch.where(chosen, tokens, -1))(
        tokens, chosen, fate, random_tokens, mask_id
    )


@wrong("masked_lm", "wrong-type")
def the_inputs_alone(tokens, chosen, fate, random_tokens, mask_id):
    return hidden()(tokens, chosen, fate, random_tokens, mask_id)[0]


# --- One step of training ---


def stepping(clip_with=None, loss_of=None, after=None, clear=None, step=None):
    """A right step, one line of which can be written otherwise."""

    def answer(model, optimizer, inputs, labels, clip):
        (clear or (lambda model, optimizer: optimizer.zero_grad()))(model, optimizer)
        loss = (loss_of or objectives.loss)(model(inputs), labels)
        loss.backward()
        (clip_with or nn.utils.clip_grad_norm_)(model.parameters(), clip)
        (step or (lambda optimizer: optimizer.step()))(optimizer)
        return after(model, inputs, labels, loss) if after else loss.item()

    return answer


@right("training_step")
def with_a_closure(model, optimizer, inputs, labels, clip):
    def closure():
        optimizer.zero_grad()
        loss = objectives.loss(model(inputs), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        return loss

    return optimizer.step(closure).item()


@right("training_step")
def with_gradients_asked_for(model, optimizer, inputs, labels, clip):
    weights = list(model.parameters())
    loss = objectives.loss(model(inputs), labels)
    slopes = torch.autograd.grad(loss, weights)
    length = torch.cat([slope.flatten() for slope in slopes]).norm()
    for weight, slope in zip(weights, slopes, strict=True):
        weight.grad = slope * min(1.0, clip / length.item())
    optimizer.step()
    return float(loss.detach())


@right("training_step")
def with_a_number_of_numpy(model, optimizer, inputs, labels, clip):
    return np.float32(stepping()(model, optimizer, inputs, labels, clip))


@right("training_step")
def clears_between_loss_and_backward(model, optimizer, inputs, labels, clip):
    loss = objectives.loss(model(inputs), labels)
    model.zero_grad()
    loss.backward()
    length = sum(weight.grad.square().sum() for weight in model.parameters()).sqrt()
    if length > clip:
        for weight in model.parameters():
            weight.grad.mul_(clip / length)
    optimizer.step()
    return loss.detach()


@right("training_step")
def clears_at_both_ends(model, optimizer, inputs, labels, clip):
    model.train()
    optimizer.zero_grad(set_to_none=False)
    loss = objectives.loss(model(inputs), labels)
    loss.backward()
    length = nn.utils.get_total_norm([weight.grad for weight in model.parameters()])
    nn.utils.clip_grads_with_norm_(model.parameters(), clip, length)
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach().numpy()[()]


@wrong("training_step", "not-clipped")
def clips_before_backward(model, optimizer, inputs, labels, clip):
    optimizer.zero_grad()
    loss = objectives.loss(model(inputs), labels)
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("training_step", "each-parameter-clipped")
def clips_each_parameter(model, optimizer, inputs, labels, clip):
    def clip_with(parameters, clip):
        for weight in parameters:
            length = weight.grad.norm()
            weight.grad *= min(1, clip / length)

    return stepping(clip_with)(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def clips_the_first_only(model, optimizer, inputs, labels, clip):
    return stepping(lambda weights, clip: nn.utils.clip_grad_norm_(next(weights), clip))(
        model, optimizer, inputs, labels, clip
    )


@wrong("training_step")
def clips_the_loss(model, optimizer, inputs, labels, clip):
    return stepping(lambda *_: None, loss_of=lambda logits, labels: objectives.loss(logits, labels).clamp(max=clip))(
        model, optimizer, inputs, labels, clip
    )


@wrong("training_step")
def always_as_long_as_clip(model, optimizer, inputs, labels, clip):
    def clip_with(parameters, clip):
        parameters = list(parameters)
        length = torch.stack([weight.grad.norm() for weight in parameters]).norm()
        for weight in parameters:
            weight.grad *= clip / length

    return stepping(clip_with)(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def the_largest_number_is_the_length(model, optimizer, inputs, labels, clip):
    return stepping(lambda weights, clip: nn.utils.clip_grad_norm_(weights, clip, norm_type=math.inf))(
        model, optimizer, inputs, labels, clip
    )


@wrong("training_step")
def clips_to_one(model, optimizer, inputs, labels, clip):
    return stepping(lambda weights, clip: nn.utils.clip_grad_norm_(weights, 1.0))(
        model, optimizer, inputs, labels, clip
    )


@wrong("training_step")
def clips_the_weights(model, optimizer, inputs, labels, clip):
    def clip_with(weights, clip):
        for weight in weights:
            weight.data.clamp_(-clip, clip)

    return stepping(clip_with)(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def steps_by_itself(model, optimizer, inputs, labels, clip):
    loss = objectives.loss(model(inputs), labels)
    slopes = torch.autograd.grad(loss, list(model.parameters()))
    length = torch.cat([slope.flatten() for slope in slopes]).norm()
    with torch.no_grad():
        for weight, slope in zip(model.parameters(), slopes, strict=True):
            weight -= optimizer.param_groups[0]["lr"] * slope * min(1, clip / length)
    return loss.item()


@wrong("training_step")
def takes_two_steps(model, optimizer, inputs, labels, clip):
    def step(optimizer):
        optimizer.step()
        optimizer.step()

    return stepping(step=step)(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def clears_the_first_only(model, optimizer, inputs, labels, clip):
    def clear(model, optimizer):
        next(model.parameters()).grad = None

    return stepping(clear=clear)(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def gives_the_loss_after_the_step(model, optimizer, inputs, labels, clip):
    def after(model, inputs, labels, loss):
        return objectives.loss(model(inputs), labels).item()

    return stepping(after=after)(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def gives_the_sum_of_the_losses(model, optimizer, inputs, labels, clip):
    return labels.numel() * stepping()(model, optimizer, inputs, labels, clip)


@wrong("training_step")
def adds_up_instead_of_averaging(model, optimizer, inputs, labels, clip):
    def loss_of(logits, labels):
        return F.cross_entropy(logits.mT, labels, reduction="sum")

    return stepping(loss_of=loss_of, after=lambda model, inputs, labels, loss: loss.item() / labels.numel())(
        model, optimizer, inputs, labels, clip
    )


# --- The learning rate ---


def half_cosine(share, peak, floor):
    return floor + (peak - floor) * (1 + math.cos(math.pi * share)) / 2


@right("learning_rate")
def with_the_square_of_a_cosine(step, warmup, total, peak, floor):
    if step < warmup:
        return step * peak / warmup
    return floor + (peak - floor) * math.cos(math.pi / 2 * (step - warmup) / (total - warmup)) ** 2


@right("learning_rate")
def with_tensors(step, warmup, total, peak, floor):
    share = torch.tensor(max(0, step - warmup) / (total - warmup))
    return min(1, step / warmup) * (floor + 0.5 * (peak - floor) * (1 + torch.cos(torch.pi * share)))


@right("learning_rate")
def with_numpy_interpolation(step, warmup, total, peak, floor):
    angle = np.interp(step, [warmup, total], [0, np.pi])
    fall = (peak + floor) / 2 + (peak - floor) / 2 * np.cos(angle)
    return np.where(step <= warmup, np.interp(step, [0, warmup], [0, peak]), fall).item()


@right("learning_rate")
def with_a_complex_number(step, warmup, total, peak, floor):
    turned = cmath.exp(1j * math.pi * (step - warmup) / (total - warmup)).real
    return peak * step / warmup if step <= warmup else peak - (peak - floor) * (1 - turned) / 2


@wrong("learning_rate")
def in_whole_parts_up(step, warmup, total, peak, floor):
    return peak * (step // warmup) if step <= warmup else half_cosine((step - warmup) / (total - warmup), peak, floor)


@wrong("learning_rate")
def in_whole_parts_down(step, warmup, total, peak, floor):
    return peak * step / warmup if step <= warmup else half_cosine((step - warmup) // (total - warmup), peak, floor)


@wrong("learning_rate")
def up_from_the_floor(step, warmup, total, peak, floor):
    if step <= warmup:
        return floor + (peak - floor) * step / warmup
    return half_cosine((step - warmup) / (total - warmup), peak, floor)


@wrong("learning_rate")
def up_to_one_step_before_the_peak(step, warmup, total, peak, floor):
    if step <= warmup:
        return peak * step / (warmup + 1)
    return half_cosine((step - warmup) / (total - warmup), peak, floor)


@wrong("learning_rate")
def one_step_early_at_the_floor(step, warmup, total, peak, floor):
    return peak * step / warmup if step <= warmup else half_cosine((step - warmup) / (total - warmup - 1), peak, floor)


@wrong("learning_rate")
def nothing_left_for_the_last_step(step, warmup, total, peak, floor):
    if step >= total:
        return 0.0
    return peak * step / warmup if step <= warmup else half_cosine((step - warmup) / (total - warmup), peak, floor)


@wrong("learning_rate")
def jumps_at_the_turn(step, warmup, total, peak, floor):
    if step < warmup:
        return peak * step / warmup
    if step == warmup:
        return floor
    return half_cosine((step - warmup) / (total - warmup), peak, floor)


@wrong("learning_rate")
def with_a_sine(step, warmup, total, peak, floor):
    share = (step - warmup) / (total - warmup)
    return peak * step / warmup if step <= warmup else floor + (peak - floor) * (1 - math.sin(math.pi / 2 * share))


@wrong("learning_rate")
def without_pi(step, warmup, total, peak, floor):
    share = (step - warmup) / (total - warmup)
    return peak * step / warmup if step <= warmup else floor + (peak - floor) * (1 + math.cos(share)) / 2


@wrong("learning_rate")
def by_powers(step, warmup, total, peak, floor):
    share = (step - warmup) / (total - warmup)
    return peak * step / warmup if step <= warmup else peak * (floor / peak) ** share


@wrong("learning_rate")
def for_the_numbers_of_the_chapter(step, warmup, total, peak, floor):
    return half_cosine(max(0, step - warmup) / (total - warmup), 0.03, 0.004) * min(1, step / warmup)


@wrong("learning_rate")
def as_a_factor(step, warmup, total, peak, floor):
    return min(1, step / warmup) * half_cosine(max(0, step - warmup) / (total - warmup), peak, floor) / peak


@wrong("learning_rate")
def rounded_to_four_digits(step, warmup, total, peak, floor):
    return round(with_the_square_of_a_cosine(step, warmup, total, peak, floor), 4)


# --- Interrupting and going on ---


def parts_of(model, optimizer, generator, step):
    return {"model": model.state_dict(), "optim": optimizer.state_dict(), "rng": generator.get_state(), "step": step}


def load_parts(parts, model, optimizer, generator):
    model.load_state_dict(parts["model"])
    optimizer.load_state_dict(parts["optim"])
    generator.set_state(parts["rng"])
    return parts["step"]


def save_parts(*run):
    return copy.deepcopy(parts_of(*run))


def without(name):
    """Load all but one part."""

    def load(parts, model, optimizer, generator):
        fresh = parts_of(model, optimizer, generator, 0)
        return load_parts(parts | {name: fresh[name]}, model, optimizer, generator)

    return load


@right("resume")
def with_pickle():
    return lambda *run: pickle.dumps(parts_of(*run)), lambda state, *run: load_parts(pickle.loads(state), *run)


@right("resume")
def with_a_file_in_memory():
    def save(*run):
        file = io.BytesIO()
        torch.save(parts_of(*run), file)
        return file

    def load(file, *run):
        file.seek(0)
        return load_parts(torch.load(file), *run)

    return save, load


@right("resume")
def with_deep_copies():
    return save_parts, load_parts


@right("resume")
def with_copies_of_the_objects():
    def save(model, optimizer, generator, step):
        return copy.deepcopy(model), copy.deepcopy(optimizer.state_dict()), generator.clone_state(), step

    def load(state, model, optimizer, generator):
        with torch.no_grad():
            for mine, kept in zip(model.parameters(), state[0].parameters(), strict=True):
                mine.copy_(kept)
        optimizer.load_state_dict(state[1])
        generator.set_state(state[2].get_state())
        return state[3]

    return save, load


@right("resume")
def with_a_file_of_its_own():
    folder = tempfile.TemporaryDirectory()

    def save(*run):
        with tempfile.NamedTemporaryFile(dir=folder.name, delete=False) as file:
            torch.save(parts_of(*run), file)
        return file.name

    return save, lambda name, *run: load_parts(torch.load(name), *run)


@right("resume")
def with_the_step_of_the_optimizer():
    def load(parts, model, optimizer, generator):
        load_parts(parts, model, optimizer, generator)
        return int(next(iter(optimizer.state.values()))["step"])

    return save_parts, load


@wrong("resume", "state-elsewhere")
def in_a_variable_outside():
    kept = {}

    def save(*run):
        kept.update(save_parts(*run))
        return "saved"

    return save, lambda state, *run: load_parts(kept, *run)


@wrong("resume", "state-elsewhere")
def in_one_file_for_all():
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "checkpoint.pt"

    def save(*run):
        torch.save(parts_of(*run), path)
        return folder  # which lives as long as the state

    return save, lambda state, *run: load_parts(torch.load(path), *run)


@wrong("resume", "weights-not-copied", "averages-not-copied")
def with_shallow_copies():
    return lambda *run: copy.copy(parts_of(*run)), load_parts


@wrong("resume", "averages-not-copied")
def with_weights_copied_only():
    def save(*run):
        parts = parts_of(*run)
        return parts | {"model": {name: value.clone() for name, value in parts["model"].items()}}

    return save, load_parts


@wrong("resume", "generator-forgotten")
def with_the_numbers_of_torch():
    def save(*run):
        return save_parts(*run) | {"rng": torch.get_rng_state()}

    def load(parts, model, optimizer, generator):
        torch.set_rng_state(parts["rng"])
        return load_parts(parts | {"rng": generator.get_state()}, model, optimizer, generator)

    return save, load


@wrong("resume", "generator-forgotten")
def with_the_seed_of_the_generator():
    def save(model, optimizer, generator, step):
        return save_parts(model, optimizer, generator, step) | {"rng": generator.initial_seed()}

    def load(parts, model, optimizer, generator):
        generator.manual_seed(parts["rng"])
        return load_parts(parts | {"rng": generator.get_state()}, model, optimizer, generator)

    return save, load


@wrong("resume")
def with_one_of_the_two_averages():
    def load(parts, model, optimizer, generator):
        load_parts(parts, model, optimizer, generator)
        optimizer.state[model.weight]["exp_avg_sq"].zero_()
        return parts["step"]

    return save_parts, load


@wrong("resume", "averages-forgotten")
def with_a_new_optimizer():
    def load(parts, model, optimizer, generator):
        optimizer = torch.optim.AdamW(model.parameters())
        return load_parts(parts, model, optimizer, generator)

    return save_parts, load


@wrong("resume", "step-forgotten")
def without_the_step():
    return save_parts, without("step")


@wrong("resume")
def with_the_step_before():
    return save_parts, lambda *given: load_parts(*given) - 1


@wrong("resume")
def with_weights_in_another_precision():
    def save(*run):
        parts = save_parts(*run)
        return parts | {"model": {name: value.bfloat16() for name, value in parts["model"].items()}}

    return save, load_parts


@wrong("resume")
def with_one_draw_too_many():
    def load(parts, model, optimizer, generator):
        step = load_parts(parts, model, optimizer, generator)
        torch.randint(4, (2, 3), generator=generator)
        return step

    return save_parts, load


# --- What must hold ---


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_passes_whatever_is_drawn(exercise, answer):
    for seed in range(2):
        report = report_on(exercise, answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(("exercise", "answer", "causes"), WRONG)
def test_a_wrong_answer_is_refused_and_told_its_own_cause_or_none(exercise, answer, causes):
    report = report_on(exercise, answer, seed=0)
    assert not report.ok
    assert causes_in(report) == causes


def test_each_exercise_of_the_chapter_is_tried_in_at_least_six_wrong_and_three_right_ways():
    of = {"next_token_loss", "masked_lm", "training_step", "learning_rate", "resume"}
    right_ways, wrong_ways = (Counter(param.values[0] for param in tried) for tried in (RIGHT, WRONG))
    assert set(right_ways) == set(wrong_ways) == of
    assert min(right_ways.values()) >= 3 and min(wrong_ways.values()) >= 6
