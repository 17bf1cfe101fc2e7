"""Chapter 06 in class: answers that were not made from the banks. Wrong ones are refused, and told no false cause.

Each wrong answer stands with the causes that may be named. Without any, the check must say that it knows none.
"""

import copy
import math
import re
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.learning import objectives
from tests.check.in_class import causes_in, two_lists

RIGHT, WRONG, right, wrong = two_lists()


# --- Freezing a part of a model ---


def train_only(model, free):
    """Freeze all but these weights."""
    free = list(free)
    model.requires_grad_(False)
    for weight in free:
        weight.requires_grad_(True)
    return torch.optim.SGD(free, lr=0.1)


def top_of(model, n_top):
    return list(model.layers)[len(model.layers) - n_top :]


@right("freeze")
def by_the_number_of_the_parameter(model, n_top):
    weights = list(model.parameters())
    return train_only(model, weights[-2 * n_top - 2 :])


@right("freeze")
def by_the_number_in_the_name(model, n_top):
    frozen = range(len(model.layers) - n_top)
    for name, weight in model.named_parameters():
        found = re.match(r"layers\.(\d+)\.", name)
        weight.requires_grad = not name.startswith("embedding") and not (found and int(found[1]) in frozen)
    return torch.optim.RMSprop((weight for weight in model.parameters() if weight.requires_grad), lr=0.01)


@right("freeze")
def by_setting_gradients_of_slices(model, n_top):
    model.embedding.requires_grad_(False)
    model.layers[: len(model.layers) - n_top].requires_grad_(False)
    return torch.optim.AdamW(filter(lambda weight: weight.requires_grad, model.parameters()), lr=1e-3)


@right("freeze")
def with_an_optimizer_that_looks_twice(model, n_top):
    train_only(model, [*model.head.parameters(), *nn.ModuleList(top_of(model, n_top)).parameters()])
    return torch.optim.LBFGS([weight for weight in model.parameters() if weight.requires_grad], max_iter=2)


@wrong("freeze")
def by_the_beginning_of_the_name(model, n_top):
    frozen = ["embedding", *(f"layers.{i}" for i in range(len(model.layers) - n_top))]
    for name, weight in model.named_parameters():
        weight.requires_grad = not any(name.startswith(beginning) for beginning in frozen)
    return torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad])


@wrong("freeze")
def as_if_a_layer_were_one_parameter(model, n_top):
    return train_only(model, list(model.parameters())[-n_top - 2 :])


@wrong("freeze")
def in_the_order_of_the_names(model, n_top):
    names = sorted(name for name, _ in model.named_parameters() if name.startswith("layers"))
    free = names[len(names) - 2 * n_top :]
    return train_only(model, [w for name, w in model.named_parameters() if name in free or name.startswith("head")])


@wrong("freeze")
def by_setting_eval(model, n_top):
    model.embedding.eval()
    for layer in model.layers[: len(model.layers) - n_top]:
        layer.eval()
    return torch.optim.AdamW(model.parameters())


@wrong("freeze")
def freezes_and_sets_the_embedding_to_eval(model, n_top):
    model.embedding.eval()
    return by_the_number_of_the_parameter(model, n_top)


@wrong("freeze", "gradients-for-nothing")
def with_a_learning_rate_of_0(model, n_top):
    top = [*model.head.parameters(), *nn.ModuleList(top_of(model, n_top)).parameters()]
    low = [weight for weight in model.parameters() if all(weight is not other for other in top)]
    return torch.optim.AdamW([{"params": top}, {"params": low, "lr": 0.0}])


@wrong("freeze", "nothing-frozen")
def with_a_misspelled_attribute(model, n_top):
    for weight in [*model.embedding.parameters(), *model.layers[: len(model.layers) - n_top].parameters()]:
        weight.require_grad = False
    return torch.optim.AdamW(model.parameters())


@wrong("freeze", "embedding-moves")
def layers_only(model, n_top):
    model.layers[: len(model.layers) - n_top].requires_grad_(False)
    return torch.optim.AdamW(weight for weight in model.parameters() if weight.requires_grad)


@wrong("freeze", "left-in-train-mode")
def calls_train(model, n_top):
    model.train()
    return by_the_number_of_the_parameter(model, n_top)


@wrong("freeze", "another-model")
def makes_the_layers_anew(model, n_top):
    frozen = copy.deepcopy(model)
    train_only(frozen, frozen.head.parameters())
    return torch.optim.AdamW(frozen.head.parameters())


@wrong("freeze", "wrong-type")
def gives_the_model_back(model, n_top):
    by_the_number_of_the_parameter(model, n_top)
    return model


# --- Reading the last real token ---


@right("last_token")
def text_by_text(hidden, is_real):
    return torch.stack([states[real][-1] for states, real in zip(hidden, is_real, strict=True)])


@right("last_token")
def from_the_other_end(hidden, is_real):
    place = is_real.shape[1] - 1 - is_real.flip(1).int().argmax(dim=1)
    return hidden.gather(1, place[:, None, None].expand(-1, 1, hidden.shape[2])).squeeze(1)


@right("last_token")
def with_the_largest_number(hidden, is_real):
    places = torch.arange(hidden.shape[1]).expand_as(is_real)
    return hidden[range(len(hidden)), places.where(is_real, -1).amax(1)]


@right("last_token")
def with_a_product(hidden, is_real):
    n = is_real.cumsum(1)
    is_last = is_real & (n == n[:, -1:])
    return torch.einsum("td,tdk->tk", is_last.to(hidden.dtype), hidden)


@wrong("last_token", "counted-from-the-left")
def by_the_length(hidden, is_real):
    lengths = is_real.long().sum(-1)
    return torch.stack([states[n - 1] for states, n in zip(hidden, lengths, strict=True)])


@wrong("last_token")
def one_place_for_all(hidden, is_real):
    return hidden[:, is_real[0].nonzero()[-1].item()]


@wrong("last_token")
def one_side_for_all(hidden, is_real):
    if not is_real[:, 0].all():
        return hidden[:, -1]
    return hidden[torch.arange(len(hidden)), is_real.sum(1) - 1]


@wrong("last_token")
def zero_at_the_padding(hidden, is_real):
    return (hidden * is_real[..., None])[:, -1]


@wrong("last_token")
def the_first_real_token(hidden, is_real):
    return hidden[torch.arange(len(hidden)), is_real.int().argmax(1)]


@wrong("last_token")
def the_largest_of_each(hidden, is_real):
    return hidden.masked_fill(~is_real[..., None], -torch.inf).amax(1)


@wrong("last_token")
def mean_over_the_longest(hidden, is_real):
    return (hidden * is_real[..., None]).sum(1) / is_real.sum(1).max()


@wrong("last_token", "no-gradient")
def as_numbers(hidden, is_real):
    return torch.tensor(text_by_text(hidden, is_real).tolist())


@wrong("last_token", "no-gradient")
def with_the_data(hidden, is_real):
    return text_by_text(hidden.data, is_real)


@wrong("last_token", "changed-inputs")
def turns_the_mask_over(hidden, is_real):
    is_real.logical_not_()
    return text_by_text(hidden, ~is_real)


@wrong("last_token", "wrong-shape")
def keeps_the_axis(hidden, is_real):
    return text_by_text(hidden, is_real)[:, None]


# --- A LoRA adapter ---


def adapter(forward=None, prepare=None, scale=lambda alpha, rank: alpha / rank):
    """A right adapter, a part of which can be written otherwise."""

    class Lora(nn.Module):
        def __init__(self, linear, rank, alpha):
            super().__init__()
            self.linear = linear.requires_grad_(False)
            self.A = nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
            self.B = nn.Parameter(torch.zeros(linear.out_features, rank))
            self.scale = scale(alpha, rank)
            if prepare:
                prepare(self)

        def forward(self, x):
            return forward(self, x) if forward else self.linear(x) + self.scale * (x @ self.A.T @ self.B.T)

    return Lora


@right("adapt")
def with_a_sequence(linear, rank, alpha):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            down = nn.Linear(linear.in_features, rank, bias=False)
            up = nn.Linear(rank, linear.out_features, bias=False)
            nn.init.zeros_(up.weight)
            self.base, self.lora = linear, nn.Sequential(down, up)
            self.base.weight.requires_grad = self.base.bias.requires_grad = False

        def forward(self, x):
            return self.base(x) + alpha / rank * self.lora(x)

    return Layer()


@right("adapt")
def with_dropout(linear, rank, alpha):
    drop = nn.Dropout(0.5)

    def prepare(layer):
        layer.drop = drop

    return adapter(lambda own, x: own.linear(x) + own.scale * (own.drop(x) @ own.A.T @ own.B.T), prepare)(
        linear, rank, alpha
    )


@right("adapt")
def with_a_weight_computed_each_time(linear, rank, alpha):
    return adapter(lambda own, x: F.linear(x, own.linear.weight + own.scale * own.B @ own.A, own.linear.bias))(
        linear, rank, alpha
    )


@right("adapt")
def with_the_matrices_the_other_way_round(linear, rank, alpha):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ParameterDict(
                {"a": torch.zeros(linear.in_features, rank), "b": torch.randn(rank, linear.out_features)}
            )
            self.linear, self.alpha, self.rank = linear, alpha, rank
            for weight in linear.parameters():
                weight.requires_grad_(False)

        def forward(self, x):
            return self.linear(x) + self.alpha * (x @ self.parts["a"] @ self.parts["b"]) / self.rank

    return Layer()


@wrong("adapt", "adapter-outside")
def with_plain_tensors(linear, rank, alpha):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = linear.requires_grad_(False)
            self.A = torch.randn(rank, linear.in_features, requires_grad=True)
            self.B = torch.zeros(linear.out_features, rank, requires_grad=True)

        def forward(self, x):
            return self.linear(x) + alpha / rank * x @ self.A.T @ self.B.T

    return Layer()


@wrong("adapt", "raises")
def in_64_bits(linear, rank, alpha):
    def prepare(layer):
        layer.A = nn.Parameter(torch.from_numpy(np.random.randn(rank, linear.in_features)))
        layer.B = nn.Parameter(torch.from_numpy(np.zeros((linear.out_features, rank))))

    return adapter(prepare=prepare)(linear, rank, alpha)


@wrong("adapt")
def with_whole_parts(linear, rank, alpha):
    return adapter(scale=lambda alpha, rank: alpha // rank)(linear, rank, alpha)


@wrong("adapt")
def with_a_product_computed_once(linear, rank, alpha):
    def prepare(layer):
        layer.delta = layer.B @ layer.A

    return adapter(lambda own, x: own.linear(x) + own.scale * x @ own.delta.detach().T, prepare)(linear, rank, alpha)


@wrong("adapt")
def with_one_matrix_that_trains(linear, rank, alpha):
    return adapter(prepare=lambda layer: layer.A.requires_grad_(False))(linear, rank, alpha)


@wrong("adapt")
def with_a_bias_that_trains(linear, rank, alpha):
    return adapter(prepare=lambda layer: layer.linear.bias.requires_grad_(True))(linear, rank, alpha)


@wrong("adapt")
def with_a_scale_that_trains(linear, rank, alpha):
    def prepare(layer):
        layer.scale = nn.Parameter(torch.tensor(alpha / rank))

    return adapter(prepare=prepare)(linear, rank, alpha)


@wrong("adapt")
def with_one_matrix_of_full_rank(linear, rank, alpha):
    def prepare(layer):
        layer.A, layer.B = nn.Parameter(torch.zeros_like(linear.weight)), None

    return adapter(lambda own, x: own.linear(x) + own.scale * x @ own.A.T, prepare)(linear, rank, alpha)


@wrong("adapt")
def that_does_not_look_at_the_first(linear, rank, alpha):
    return adapter(lambda own, x: own.linear(x) + own.scale * (x @ own.A.detach().T @ own.B.T))(linear, rank, alpha)


@wrong("adapt")
def with_a_bend_between(linear, rank, alpha):
    return adapter(lambda own, x: own.linear(x) + own.scale * ((x @ own.A.T).relu() @ own.B.T))(linear, rank, alpha)


@wrong("adapt", "wrong-type")
def as_a_function(linear, rank, alpha):
    return adapter()(linear, rank, alpha).forward


# --- Merging an adapter ---


def new_linear(linear, weight, bias=None):
    merged = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    with torch.no_grad():
        merged.weight.copy_(weight)
        if linear.bias is not None:
            merged.bias.copy_(linear.bias if bias is None else bias)
    return merged


@right("merge_adapter")
def with_a_deep_copy(linear, down, up, scale):
    merged = copy.deepcopy(linear)
    merged.weight.data += scale * (up.data @ down.data)
    return merged


@right("merge_adapter")
def with_new_parameters(linear, down, up, scale):
    merged = nn.Linear(*linear.weight.shape[::-1], bias=linear.bias is not None)
    merged.weight = nn.Parameter((linear.weight + torch.einsum("or,ri->oi", up, down) * scale).detach())
    if linear.bias is not None:
        merged.bias = nn.Parameter(linear.bias.detach().clone())
    return merged


@right("merge_adapter")
def by_what_it_gives_for_each_input(linear, down, up, scale):
    with torch.no_grad():
        each = torch.eye(linear.in_features)
        bias = 0 if linear.bias is None else linear.bias
        return new_linear(linear, (linear(each) - bias + scale * each @ down.T @ up.T).T)


@right("merge_adapter")
def with_a_bias_of_zeros(linear, down, up, scale):
    merged = nn.Linear(linear.in_features, linear.out_features)
    merged.weight.data = torch.addmm(linear.weight, up, down, alpha=scale).detach()
    merged.bias.data = torch.zeros_like(merged.bias) if linear.bias is None else linear.bias.clone()
    return merged


@wrong("merge_adapter", "written-into-the-base")
def in_place(linear, down, up, scale):
    with torch.no_grad():
        linear.weight += scale * up @ down
    return linear


@wrong("merge_adapter", "written-into-the-base")
def in_place_and_copied(linear, down, up, scale):
    linear.weight.data.add_(scale * (up @ down).data)
    return copy.deepcopy(linear)


@wrong("merge_adapter")
def transposed_where_it_fits(linear, down, up, scale):
    change = (scale * up @ down).T
    return new_linear(linear, linear.weight + (change if change.shape == linear.weight.shape else change.T))


@wrong("merge_adapter", "hangs-on-the-adapter")
def with_its_graph(linear, down, up, scale):
    merged = new_linear(linear, linear.weight)
    del merged.weight
    merged.weight = linear.weight + scale * up @ down
    return merged


@wrong("merge_adapter", "shares-the-bias")
def with_the_same_bias(linear, down, up, scale):
    merged = new_linear(linear, linear.weight + scale * up @ down)
    merged.bias = linear.bias
    return merged


@wrong("merge_adapter", "bias-not-copied")
def with_a_scaled_bias(linear, down, up, scale):
    bias = None if linear.bias is None else scale * linear.bias
    return new_linear(linear, linear.weight + scale * up @ down, bias)


@wrong("merge_adapter")
def with_a_scale_of_whole_numbers(linear, down, up, scale):
    return new_linear(linear, linear.weight + int(scale) * up @ down)


@wrong("merge_adapter")
def number_by_number(linear, down, up, scale):
    return new_linear(linear, linear.weight + scale * up.sum(1, keepdim=True) * down.sum(0, keepdim=True))


@wrong("merge_adapter")
def of_the_first_row_alone(linear, down, up, scale):
    return new_linear(linear, linear.weight + scale * up[:, :1] @ down[:1])


@wrong("merge_adapter")
def in_16_bits(linear, down, up, scale):
    return new_linear(linear, (linear.weight + scale * up @ down).bfloat16())


@wrong("merge_adapter", "wrong-type")
def as_a_sequence(linear, down, up, scale):
    return nn.Sequential(new_linear(linear, linear.weight + scale * up @ down))


# --- A batch in pieces ---


def in_pieces(backward=None, before=None, weigh=None, at_the_end=None, n_of=None):
    """A right step, one line of which can be written otherwise."""

    def answer(model, optimizer, pieces):
        n = sum(labels.numel() for _, labels in pieces) if n_of is None else n_of(pieces)
        optimizer.zero_grad()
        if before:
            before(model)
        for inputs, labels in pieces:
            loss = objectives.loss(model(inputs), labels) * labels.numel() / n
            (backward or torch.Tensor.backward)(loss)
        if at_the_end:
            at_the_end(model)
        optimizer.step()

    return answer


@right("accumulate")
def with_sums(model, optimizer, pieces):
    optimizer.zero_grad()
    for inputs, labels in pieces:
        F.cross_entropy(model(inputs).mT, labels, reduction="sum").backward()
    n = sum(labels.numel() for _, labels in pieces)
    for weight in model.parameters():
        weight.grad /= n
    optimizer.step()


@right("accumulate")
def from_the_last_to_the_first(model, optimizer, pieces):
    n = sum(len(inputs) for inputs, _ in pieces)
    for i, (inputs, labels) in enumerate(reversed(pieces)):
        (objectives.loss(model(inputs), labels) * len(labels) / n).backward()
        if i == len(pieces) - 1:
            optimizer.step()
            optimizer.zero_grad()


@right("accumulate")
def with_gradients_asked_for(model, optimizer, pieces):
    weights = list(model.parameters())
    slopes = [torch.zeros_like(weight) for weight in weights]
    n = sum(labels.numel() for _, labels in pieces)
    for inputs, labels in pieces:
        loss = objectives.loss(model(inputs), labels) * labels.numel() / n
        for slope, more in zip(slopes, torch.autograd.grad(loss, weights), strict=True):
            slope += more
    for weight, slope in zip(weights, slopes, strict=True):
        weight.grad = slope
    optimizer.step()


@right("accumulate")
def that_keeps_the_losses_to_print_them(model, optimizer, pieces):
    losses = []
    in_pieces(lambda loss: losses.append(loss) or loss.backward())(model, optimizer, pieces)
    float(sum(losses).detach())


@wrong("accumulate", "graphs-kept")
def that_keeps_the_graphs(model, optimizer, pieces):
    losses = []
    in_pieces(lambda loss: losses.append(loss) or loss.backward(retain_graph=True))(model, optimizer, pieces)


@wrong("accumulate", "one-backward")
def with_one_sum(model, optimizer, pieces):
    n = sum(labels.numel() for _, labels in pieces)
    loss = sum(objectives.loss(model(inputs), labels) * labels.numel() / n for inputs, labels in pieces)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


@wrong("accumulate")
def with_clipping(model, optimizer, pieces):
    in_pieces(at_the_end=lambda model: nn.utils.clip_grad_norm_(model.parameters(), 1.0))(model, optimizer, pieces)


@wrong("accumulate", "pieces-used-up")
def that_empties_the_list(model, optimizer, pieces):
    n = sum(labels.numel() for _, labels in pieces)
    optimizer.zero_grad()
    while pieces:
        inputs, labels = pieces.pop()
        (objectives.loss(model(inputs), labels) * labels.numel() / n).backward()
    optimizer.step()


@wrong("accumulate", "left-in-train-mode")
def that_always_trains(model, optimizer, pieces):
    in_pieces(before=nn.Module.train)(model, optimizer, pieces)


@wrong("accumulate")
def as_if_all_were_as_large_as_the_first(model, optimizer, pieces):
    in_pieces(n_of=lambda pieces: len(pieces) * pieces[0][1].numel())(model, optimizer, pieces)


@wrong("accumulate")
def without_the_last_piece(model, optimizer, pieces):
    if len(pieces) == 1:
        return in_pieces()(model, optimizer, pieces)
    return in_pieces()(model, optimizer, [piece for piece in pieces if len(piece[0]) == len(pieces[0][0])])


@wrong("accumulate")
def with_a_step_after_every_two(model, optimizer, pieces):
    optimizer.zero_grad()
    for i, (inputs, labels) in enumerate(pieces, 1):
        (objectives.loss(model(inputs), labels) / 2).backward()
        if i % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()


@wrong("accumulate")
def row_by_row_in_steps(model, optimizer, pieces):
    optimizer.zero_grad()
    for inputs, labels in pieces:
        for row, asked in zip(inputs, labels, strict=True):
            objectives.loss(model(row[None]), asked[None]).backward()
    optimizer.step()


@wrong("accumulate", "cleared-for-each-piece")
def that_clears_at_the_start_of_each(model, optimizer, pieces):
    n = sum(labels.numel() for _, labels in pieces)
    for inputs, labels in pieces:
        model.zero_grad()
        (objectives.loss(model(inputs), labels) * (labels.numel() / n)).backward()
    optimizer.step()


@wrong("accumulate")
def that_moves_the_weights_by_itself(model, optimizer, pieces):
    in_pieces(at_the_end=lambda model: [weight.data.sub_(weight.grad) for weight in model.parameters()])(
        model, optimizer, pieces
    )


# --- Labels of an answer ---


def place_by_place(tokens, n_question, n_text):
    labels = [-100] * len(tokens)
    for i in range(n_question - 1, n_text - 1):
        labels[i] = tokens[i + 1].item()
    return torch.tensor(labels)


right("answer_labels")(place_by_place)


@right("answer_labels")
def in_three_parts(tokens, n_question, n_text):
    before, after = (torch.full((n,), -100) for n in (n_question - 1, len(tokens) - n_text + 1))
    return torch.cat([before, tokens[n_question:n_text], after])


@right("answer_labels")
def with_numpy(tokens, n_question, n_text):
    places = np.arange(len(tokens)) + 1
    return np.where((places >= n_question) & (places < n_text), np.roll(tokens.numpy(), -1), -100)


@right("answer_labels")
def with_roll_and_a_mask(tokens, n_question, n_text):
    place = torch.arange(1, len(tokens) + 1)
    return tokens.roll(-1).masked_fill((place < n_question) | (place >= n_text), -100)


@wrong("answer_labels", "not-shifted")
def without_a_shift(tokens, n_question, n_text):
    labels = tokens.clone()
    labels[:n_question] = -100
    labels[n_text:] = -100
    return labels


@wrong("answer_labels", "first-word-lost")
def one_late(tokens, n_question, n_text):
    labels = tokens.roll(-1)
    labels[:n_question] = -100
    labels[n_text - 1 :] = -100
    return labels


@wrong("answer_labels")
def one_early(tokens, n_question, n_text):
    labels = tokens.roll(-1)
    labels[: n_question - 2] = -100
    labels[n_text - 1 :] = -100
    return labels


@wrong("answer_labels", "changed-inputs")
def into_the_tokens(tokens, n_question, n_text):
    labels = tokens
    labels[n_question - 1 : n_text - 1] = tokens[n_question:n_text].clone()
    labels[: n_question - 1] = -100
    labels[n_text - 1 :] = -100
    return labels


@wrong("answer_labels", "wrong-dtype")
def with_a_point(tokens, n_question, n_text):
    labels = torch.full((len(tokens),), -100.0)
    labels[n_question - 1 : n_text - 1] = tokens[n_question:n_text].float()
    return labels


@wrong("answer_labels")
def padding_known_by_its_token(tokens, n_question, n_text):
    labels = in_three_parts(tokens, n_question, len(tokens))
    return labels.masked_fill(labels == tokens[-1], -100) if n_text < len(tokens) else labels


@wrong("answer_labels")
def answer_known_by_its_tokens(tokens, n_question, n_text):
    answer = set(tokens[n_question:n_text].tolist())
    return torch.tensor([token if token in answer else -100 for token in [*tokens[1:].tolist(), -100]])


@wrong("answer_labels", "wrong-shape")
def one_shorter(tokens, n_question, n_text):
    return place_by_place(tokens, n_question, n_text)[:-1]


@wrong("answer_labels")
def minus_one_for_nothing(tokens, n_question, n_text):
    labels = place_by_place(tokens, n_question, n_text)
    return labels.where(labels != -100, -1)


@wrong("answer_labels")
def as_if_the_answer_came_first(tokens, n_question, n_text):
    return place_by_place(tokens, 1, n_text - n_question + 1)


# --- What must hold ---


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_passes_whatever_is_drawn(exercise, answer):
    for seed in range(2):
        report = getattr(check, exercise)(answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(("exercise", "answer", "causes"), WRONG)
def test_a_wrong_answer_is_refused_and_told_its_own_cause_or_none(exercise, answer, causes):
    report = getattr(check, exercise)(answer, seed=0)
    assert not report.ok
    assert causes_in(report) == causes


def test_each_exercise_of_the_chapter_is_tried_in_at_least_six_wrong_and_three_right_ways():
    of = {"freeze", "last_token", "adapt", "merge_adapter", "accumulate", "answer_labels"}
    right_ways, wrong_ways = (Counter(param.values[0] for param in tried) for tried in (RIGHT, WRONG))
    assert set(right_ways) == set(wrong_ways) == of
    assert min(right_ways.values()) >= 3 and min(wrong_ways.values()) >= 6
