"""Right and wrong answers to the exercises about fine-tuning, as students write them."""

import copy
import math

import pytest
import torch
from torch import nn

from lmkit import check
from lmkit.learning import lora, objectives

# --- freeze ---


def freeze_by_names(model, n_top):
    first = len(model.layers) - n_top
    for name, weight in model.named_parameters():
        number = int(name.split(".")[1]) if name.startswith("layers") else -1
        weight.requires_grad = name.startswith("head") or number >= first
    return torch.optim.SGD(model.parameters(), lr=0.1)


def freeze_with_groups(model, n_top):
    for part in (model.embedding, *list(model.layers)[: len(model.layers) - n_top]):
        for weight in part.parameters():
            weight.requires_grad_(False)
    free = [{"params": layer.parameters()} for layer in model.layers if layer.weight.requires_grad]
    return torch.optim.Adam([*free, {"params": model.head.parameters(), "lr": 1e-2}], lr=1e-3)


def set_on_modules(model, n_top):
    model.embedding.requires_grad = False
    for layer in model.layers[: len(model.layers) - n_top]:
        layer.requires_grad = False
    return torch.optim.AdamW(model.parameters(), lr=1e-3)


def freeze_all(model, n_top):
    for weight in model.parameters():
        weight.requires_grad = False
    for layer in list(model.layers)[-n_top:]:
        layer.requires_grad_(True)
    model.head.requires_grad_(True)
    return torch.optim.AdamW(model.parameters(), lr=1e-3)


def leave_out_of_the_optimizer(model, n_top):
    free = [*model.head.parameters()]
    for layer in model.layers[len(model.layers) - n_top :]:
        free += layer.parameters()
    return torch.optim.AdamW(free, lr=1e-3)


def freeze_after_the_optimizer(model, n_top):
    """It holds too much, and moves what is free: a weight without a gradient stands still."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    freeze_by_names(model, n_top)
    return optimizer


def free_after_the_optimizer(model, n_top):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    optimizer = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-3)
    for layer in model.layers[len(model.layers) - n_top :]:
        layer.requires_grad_(True)
    return optimizer


def hold_the_head_only(model, n_top):
    freeze_by_names(model, n_top)
    return torch.optim.Adam(model.head.parameters(), lr=1e-3)


def freeze_a_copy(model, n_top):
    return freeze_by_names(copy.deepcopy(model), n_top)


def copy_what_is_frozen(model, n_top):
    freeze_by_names(model, n_top)
    return torch.optim.AdamW(copy.deepcopy(model).parameters(), lr=1e-3)


def replace_the_head_too_late(model, n_top):
    optimizer = freeze_by_names(model, n_top)
    model.head = nn.Linear(4, 2)
    return optimizer


def replace_the_head_in_time(model, n_top):
    model.head = nn.Linear(4, 2).train(model.training)
    return freeze_by_names(model, n_top)


@pytest.mark.parametrize(
    "answer", [freeze_by_names, freeze_with_groups, freeze_after_the_optimizer, replace_the_head_in_time]
)
def test_freezing_in_other_words_passes(answer):
    report = check.freeze(answer)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (set_on_modules, "nothing-frozen"),
        (freeze_all, "minus-zero"),
        (leave_out_of_the_optimizer, "gradients-for-nothing"),
        (free_after_the_optimizer, "optimizer-does-not-know"),
        (hold_the_head_only, "optimizer-does-not-know"),
        (freeze_a_copy, "another-model"),
        (copy_what_is_frozen, "another-model"),
        (replace_the_head_too_late, "another-model"),
    ],
)
def test_wrong_freezing_is_diagnosed(answer, code):
    assert check.freeze(answer).codes == (code,)


MODES = {"left-in-eval-mode": nn.Module.eval, "left-in-train-mode": nn.Module.train}


@pytest.mark.parametrize("code", MODES)
def test_a_mode_that_is_not_given_back_is_noticed(code):
    def freezing(model, n_top):
        MODES[code](model)
        return freeze_by_names(model, n_top)

    assert check.freeze(freezing).codes == (code,)


def test_a_batch_in_pieces_leaves_the_mode_alone_be_it_train_or_eval():
    def answer(mode):
        return lambda model, optimizer, pieces: clear_afterwards(mode(model), optimizer, pieces)

    assert check.accumulate(answer(nn.Module.train)).codes == ("left-in-train-mode",)
    assert check.accumulate(answer(nn.Module.eval)).codes == ("left-in-eval-mode",)


def test_a_mode_that_is_given_back_is_no_mistake():
    def answer(model, optimizer, pieces):
        training = model.training
        model.eval()
        clear_afterwards(model, optimizer, pieces)
        model.train(training)

    assert check.accumulate(answer).ok


def test_freezing_without_an_optimizer_is_asked_for_one():
    assert check.freeze(lambda model, n_top: None).state == "not done yet"
    report = check.freeze(lambda model, n_top: model)
    assert report.codes == ("wrong-type",) and "an optimizer of torch" in str(report)


def test_checking_leaves_the_random_numbers_of_the_notebook_alone():
    state = torch.get_rng_state()
    check.freeze(freeze_by_names)
    assert torch.equal(state, torch.get_rng_state())


# --- norms of gradients ---


def norms_by_autograd(model, inputs, labels):
    free = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    loss = objectives.loss(model(inputs), labels)
    gradients = torch.autograd.grad(loss, list(free.values()), allow_unused=True, materialize_grads=True)
    model.zero_grad()
    return {name: torch.linalg.vector_norm(gradient) for name, gradient in zip(free, gradients, strict=True)}


def norms_by_hand(model, inputs, labels):
    training = model.training
    model.eval()
    for weight in model.parameters():
        weight.grad = None
    nn.functional.cross_entropy(model(inputs), labels).backward()
    found = {}
    for name, weight in reversed(list(model.named_parameters())):
        if weight.requires_grad:
            numbers = [] if weight.grad is None else weight.grad.flatten().tolist()
            found[name] = math.sqrt(sum(number**2 for number in numbers))
        weight.grad = None
    model.train(training)
    return found


@pytest.mark.parametrize("answer", [norms_by_autograd, norms_by_hand])
def test_norms_of_gradients_in_other_words_pass(answer):
    report = check.gradient_norms(answer)
    assert report.ok, str(report)


def is_free(weight):
    return weight.requires_grad


def norms(
    measure=lambda weight: weight.grad.norm().item(),
    wants=is_free,
    loss=objectives.loss,
    before=nn.Module.zero_grad,
    after=nn.Module.zero_grad,
):
    def answer(model, inputs, labels):
        before(model)
        loss(model(inputs), labels).backward()
        found = {}
        for name, weight in model.named_parameters():
            if wants(weight):
                found[name] = 0.0 if weight.grad is None else measure(weight)
        after(model)
        return found

    return answer


def with_an_optimizer(model, inputs, labels):
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=0.1)
    return norms(before=lambda _: optimizer.zero_grad(), after=lambda _: optimizer.zero_grad())(model, inputs, labels)


def step_and_clear(model):
    torch.optim.AdamW(model.parameters(), lr=1e-3).step()
    model.zero_grad()


def thaw(model):
    model.requires_grad_(True).zero_grad()


NORMS = {
    "never-cleared": norms(before=lambda model: None),
    "weights-measured": lambda model, inputs, labels: {
        name: weight.data.norm() for name, weight in model.named_parameters() if weight.requires_grad
    },
    "squared": norms(measure=lambda weight: (weight.grad**2).sum()),
    "largest-number": norms(measure=lambda weight: weight.grad.norm(math.inf)),
    "sizes-added": norms(measure=lambda weight: weight.grad.norm(1)),
    "numbers-averaged": norms(measure=lambda weight: weight.grad.mean()),
    "sizes-averaged": norms(measure=lambda weight: weight.grad.abs().mean()),
    "root-of-the-mean": norms(measure=lambda weight: (weight.grad**2).mean() ** 0.5),
    "loss-summed": norms(loss=lambda logits, labels: nn.functional.cross_entropy(logits, labels, reduction="sum")),
    "frozen-named": norms(wants=lambda weight: True),
    "dead-left-out": norms(wants=lambda weight: weight.grad is not None),
    "thawed": norms(before=thaw),
    "step-taken": norms(after=step_and_clear),
    "gradients-left": norms(after=lambda model: None),
    "frozen-not-cleared": with_an_optimizer,
    "left-in-eval-mode": norms(before=lambda model: model.eval().zero_grad()),
}


@pytest.mark.parametrize("code", NORMS)
def test_wrong_norms_of_gradients_are_diagnosed(code):
    known = ("weights-measured", "gradients-left") if code == "weights-measured" else (code,)
    assert check.gradient_norms(NORMS[code]).codes == known


def test_three_mistakes_about_gradients_that_are_one_line_are_all_named():
    """Whoever clears nothing and takes what has a gradient, takes the old ones of frozen weights."""
    answer = norms(before=lambda model: None, wants=lambda weight: weight.grad is not None)
    assert check.gradient_norms(answer).codes == ("never-cleared", "frozen-named", "dead-left-out")


def test_norms_that_stop_at_a_weight_without_gradient_or_are_no_numbers_are_told_so():
    stops = check.gradient_norms(norms(wants=is_free, measure=lambda weight: weight.gradient.norm()))
    assert stops.codes == ("raises",)
    for returned, told in (([1.0], "a list of 1; wanted: a dictionary"), ({"a": None}, "wanted: a number for each")):
        report = check.gradient_norms(lambda model, inputs, labels, returned=returned: returned)
        assert report.codes == ("wrong-type",) and told in str(report)


def test_an_optimizer_moves_a_frozen_weight_that_has_a_gradient_of_before():
    """What `frozen-not-cleared` says."""
    weight = nn.Parameter(torch.ones(2))
    weight.sum().backward()
    weight.requires_grad_(False)
    torch.optim.SGD([weight], lr=0.5).step()
    assert weight.tolist() == [0.5, 0.5]


# --- the last token ---


def last_by_loop(hidden, is_real):
    return torch.stack([text[mask][-1] for text, mask in zip(hidden, is_real, strict=True)])


def last_by_flip(hidden, is_real):
    back = is_real.flip(1).int().argmax(dim=1)
    return hidden.gather(1, (is_real.shape[1] - 1 - back)[:, None, None].expand(-1, 1, hidden.shape[2]))[:, 0]


@pytest.mark.parametrize("answer", [last_by_loop, last_by_flip])
def test_reading_the_last_token_in_other_words_passes(answer):
    report = check.last_token(answer)
    assert report.ok, str(report)


def test_wrong_readings_are_diagnosed():
    assert check.last_token(lambda hidden, is_real: hidden[:, -1, :]).codes == ("last-position",)
    assert check.last_token(lambda h, m: h[range(len(h)), m.sum(1) - 1]).codes == ("counted-from-the-left",)
    assert check.last_token(lambda h, m: (h * m[..., None]).sum(1) / m.sum(1)[:, None]).codes == ("mean-of-real",)
    assert check.last_token(lambda h, m: h.mean(1)).codes == ("mean-of-all",)


# --- LoRA ---


class TwoLayers(nn.Module):
    def __init__(self, linear, rank, scale, zero=True, bias=False):
        super().__init__()
        self.linear, self.scale = linear, scale
        self.a = nn.Linear(linear.in_features, rank, bias=bias)
        self.b = nn.Linear(rank, linear.out_features, bias=bias)
        if zero:
            nn.init.zeros_(self.b.weight)

    def forward(self, x):
        return self.linear(x) + self.b(self.a(x)) * self.scale


def adapted(scale=lambda rank, alpha: alpha / rank, frozen=True, **options):
    def adapt(linear, rank, alpha):
        linear.requires_grad_(not frozen)
        return TwoLayers(linear, rank, scale(rank, alpha), **options)

    return adapt


def adapt_the_other_way_round(linear, rank, alpha):
    layer = adapted(zero=False)(linear, rank, alpha)
    nn.init.zeros_(layer.a.weight)  # A zero, B random: it starts as the base, and both get to learn
    return layer


class Correction(nn.Module):
    def __init__(self, d_out, d_in, rank, scale):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.randn(rank, d_in)), nn.Parameter(torch.zeros(d_out, rank))
        self.scale = scale

    def forward(self, weight):
        return weight + self.scale * self.b @ self.a


def adapt_as_torch_does(linear, rank, alpha):
    """PyTorch's own way to compute a weight from others: the layer stays, and gets parts."""
    correction = Correction(linear.out_features, linear.in_features, rank, alpha / rank)
    return nn.utils.parametrize.register_parametrization(linear.requires_grad_(False), "weight", correction)


@pytest.mark.parametrize("answer", [adapted(), lora.LoRA, adapt_the_other_way_round, adapt_as_torch_does])
def test_an_adapter_in_other_words_passes(answer):
    report = check.adapt(answer)
    assert report.ok, str(report)


def starting_with(fill, other=nn.init.zeros_):
    """A starts as `fill` says, B as `other` says."""

    def adapt(linear, rank, alpha):
        layer = adapted()(linear, rank, alpha)
        fill(layer.a.weight)
        other(layer.b.weight)
        return layer

    return adapt


STARTS = {
    "normal": nn.init.normal_,
    "small": lambda weight: nn.init.normal_(weight, std=0.02),
    "uniform": nn.init.uniform_,
    "kaiming": lambda weight: nn.init.kaiming_uniform_(weight, a=math.sqrt(5)),
    "xavier": nn.init.xavier_normal_,
    "orthogonal": nn.init.orthogonal_,
    "rows of the identity": nn.init.eye_,
}


@pytest.mark.parametrize("fill", STARTS.values(), ids=STARTS)
def test_an_adapter_may_start_at_any_numbers_that_differ(fill):
    for answer in (starting_with(fill), starting_with(nn.init.zeros_, fill)):
        for seed in range(3):
            report = check.adapt(answer, seed)
            assert report.ok, str(report)


@torch.no_grad()
def one_row_for_all(weight):
    weight.copy_(torch.randn(1, weight.shape[1]))


ALIKE = {
    "ones": starting_with(nn.init.ones_),
    "a hundredth": starting_with(lambda weight: nn.init.constant_(weight, 0.01)),
    "one random row": starting_with(one_row_for_all),
    "ones in B": starting_with(nn.init.zeros_, nn.init.ones_),
}


@pytest.mark.parametrize("answer", ALIKE.values(), ids=ALIKE)
def test_an_adapter_that_can_learn_one_direction_only_is_diagnosed(answer):
    assert check.adapt(answer).codes == ("all-alike",)


def test_an_adapter_that_can_learn_two_directions_of_three_is_refused():
    def two_rows_alike(weight):
        nn.init.normal_(weight)
        with torch.no_grad():
            weight[-1] = weight[0]

    assert check.adapt(starting_with(two_rows_alike)).codes == ("too-few-directions", "unrecognized")


ADAPTERS = {
    "base-trains": adapted(frozen=False),
    "both-random": adapted(zero=False),
    "not-divided-by-rank": adapted(scale=lambda rank, alpha: alpha),
    "not-scaled": adapted(scale=lambda rank, alpha: 1),
    "divided-by-root": adapted(scale=lambda rank, alpha: alpha / math.sqrt(rank)),
}


@pytest.mark.parametrize("code", ADAPTERS)
def test_a_wrong_adapter_is_diagnosed(code):
    assert check.adapt(ADAPTERS[code]).codes == (code,)


def hold_in_a_list(linear, rank, alpha):
    layer = adapted()(nn.Linear(linear.in_features, linear.out_features).requires_grad_(False), rank, alpha)
    del layer.linear
    box = [linear]
    layer.linear = lambda x: box[0](x)
    return layer


def hold_a_copy(linear, rank, alpha):
    return adapted()(copy.deepcopy(linear), rank, alpha)


@pytest.mark.parametrize("answer", [hold_in_a_list, hold_a_copy])
def test_an_adapter_that_does_not_hold_the_base_is_refused(answer):
    assert check.adapt(answer).codes == ("base-outside",)


def test_a_function_is_no_module():
    report = check.adapt(lambda linear, rank, alpha: linear.forward)
    assert report.codes == ("wrong-type",) and "a module of torch" in str(report)


# --- merging ---


def merge_by_data(linear, down, up, scale):
    merged = copy.deepcopy(linear)
    merged.weight.data += scale * (up @ down)
    return merged


def merge_by_parameter(linear, down, up, scale):
    merged = copy.deepcopy(linear)
    merged.weight = nn.Parameter(linear.weight + up @ (scale * down))
    return merged


@torch.no_grad()
def merge_without_gradient(linear, down, up, scale):
    merged = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    merged.weight.copy_(linear.weight + scale * torch.einsum("or,ri->oi", up, down))
    if linear.bias is not None:
        merged.bias.copy_(linear.bias)
    return merged


def merge_by_state(linear, down, up, scale):
    merged = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    state = linear.state_dict()
    merged.load_state_dict({**state, "weight": state["weight"] + scale * (up @ down).detach()})
    return merged


def merge_by_library(linear, down, up, scale):
    adapter = lora.LoRA(copy.deepcopy(linear), len(down), scale * len(down))
    adapter.down, adapter.up = nn.Parameter(down.detach()), nn.Parameter(up.detach())
    model = nn.Sequential(adapter)
    lora.merge(model)
    return model[0]


def merge_by_computing(linear, down, up, scale):
    """Ask base and adapter what they do to each single input."""
    x = torch.eye(linear.in_features)
    merged = copy.deepcopy(linear)
    both = nn.functional.linear(x, linear.weight) + scale * (x @ down.T @ up.T)
    merged.weight.data = both.T.detach().contiguous()
    return merged


@pytest.mark.parametrize(
    "answer",
    [
        merge_by_data,
        merge_by_parameter,
        merge_without_gradient,
        merge_by_state,
        merge_by_library,
        merge_by_computing,
    ],
)
def test_merging_in_other_words_passes(answer):
    report = check.merge_adapter(answer)
    assert report.ok, str(report)


def merged(value, bias=True):
    """A new layer with this weight; its bias is that of the base, or as drawn."""

    def merge(linear, down, up, scale):
        layer = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
        layer.weight = nn.Parameter(value(linear.weight, down, up, scale))
        if bias and linear.bias is not None:
            layer.bias.data.copy_(linear.bias)
        return layer

    return merge


def merge_in_place(linear, down, up, scale):
    with torch.no_grad():
        linear.weight += scale * up @ down
    return linear


def merge_into_the_state(linear, down, up, scale):
    """`state_dict` gives the very tensors of the layer."""
    state = linear.state_dict()
    state["weight"] += scale * (up @ down).detach()
    layer = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    layer.load_state_dict(state)
    return layer


def merge_a_shallow_copy(linear, down, up, scale):
    layer = copy.copy(linear)
    layer.weight.data += scale * up @ down
    return layer


def merge_in_vain(linear, down, up, scale):
    layer = copy.deepcopy(linear)
    layer.weight.data.add(scale * up @ down)
    return layer


def merge_without_bias(linear, down, up, scale):
    layer = nn.Linear(linear.in_features, linear.out_features, bias=False)
    layer.weight.data = linear.weight.data + scale * (up @ down).data
    return layer


def merge_with_a_new_bias(linear, down, up, scale):
    layer = nn.Linear(linear.in_features, linear.out_features)
    layer.weight.data = (linear.weight + scale * (up @ down)).data
    if linear.bias is not None:
        layer.bias.data.copy_(linear.bias)
    return layer


def merge_with_the_same_bias(linear, down, up, scale):
    layer = merge_without_bias(linear, down, up, scale)
    layer.bias = linear.bias
    return layer


def merge_with_the_graph(linear, down, up, scale):
    layer = copy.deepcopy(linear)
    layer.weight.add_(scale * (up @ down))
    return layer


def merge_on_the_fly(linear, down, up, scale):
    correction = Correction(*linear.weight.shape, len(down), scale)
    correction.a, correction.b = down, up
    return nn.utils.parametrize.register_parametrization(copy.deepcopy(linear), "weight", correction)


def merge_a_scaled_adapter(linear, down, up, scale):
    up.data *= scale
    return merge_by_data(linear, down, up, 1.0)


MERGED = [
    (merge_in_place, "written-into-the-base"),
    (merge_into_the_state, "written-into-the-base"),
    (merge_a_shallow_copy, "written-into-the-base"),
    (merged(lambda weight, down, up, scale: scale * up @ down), "base-left-out"),
    (merge_in_vain, "nothing-added"),
    (lambda linear, down, up, scale: linear, "base-returned"),
    (merged(lambda weight, down, up, scale: weight + up @ down), "scale-forgotten"),
    (merged(lambda weight, down, up, scale: weight + (scale * up) @ (scale * down)), "scaled-twice"),
    (merged(lambda weight, down, up, scale: weight + scale / len(down) * up @ down), "divided-by-rank-again"),
    (merged(lambda weight, down, up, scale: scale * (weight + up @ down)), "base-scaled-too"),
    (merged(lambda weight, down, up, scale: weight - scale * up @ down), "subtracted"),
    (merge_without_bias, "bias-lost"),
    (merged(lambda weight, down, up, scale: weight + scale * up @ down, bias=False), "bias-not-copied"),
    (merge_with_a_new_bias, "bias-invented"),
    (merge_with_the_same_bias, "shares-the-bias"),
    (merge_with_the_graph, "hangs-on-the-adapter"),
    (merge_on_the_fly, "hangs-on-the-adapter"),
    (merge_a_scaled_adapter, "adapter-changed"),
]


@pytest.mark.parametrize(("answer", "code"), MERGED)
def test_wrong_merging_is_diagnosed(answer, code):
    assert check.merge_adapter(answer).codes == (code,)


def test_a_new_layer_whose_bias_is_never_looked_at_is_told_both():
    def merge(linear, down, up, scale):
        layer = nn.Linear(linear.in_features, linear.out_features)
        layer.weight.data = (linear.weight + scale * up @ down).data
        return layer

    assert check.merge_adapter(merge).codes == ("bias-not-copied", "bias-invented")


@pytest.mark.parametrize(
    "value",
    [
        lambda weight, down, up, scale: weight + scale * down @ up,
        lambda weight, down, up, scale: weight + scale * (up @ down).T,
    ],
)
def test_a_product_the_other_way_round_does_not_fit_and_the_line_is_shown(value):
    report = check.merge_adapter(merged(value))
    assert report.codes == ("raises",) and "weight + scale * " in str(report)


def test_a_merged_layer_must_be_a_linear_one_of_the_same_shape():
    report = check.merge_adapter(lambda linear, down, up, scale: lora.LoRA(linear, len(down), scale))
    assert report.codes == ("wrong-type",) and "an `nn.Linear` of torch" in str(report)
    report = check.merge_adapter(lambda linear, down, up, scale: nn.Linear(linear.out_features, linear.in_features))
    assert report.codes == ("wrong-shape",) and "[5, 4]; wanted: [4, 5], that is [d_out, d_in]" in str(report)


# --- accumulation ---


def add_up_losses(model, optimizer, pieces):
    losses = [objectives.loss(model(inputs), labels) * labels.numel() for inputs, labels in pieces]
    (sum(losses) / sum(labels.numel() for _, labels in pieces)).backward()
    optimizer.step()
    optimizer.zero_grad()


def put_together_again(model, optimizer, pieces):
    inputs, labels = (torch.cat(parts) for parts in zip(*pieces, strict=True))
    optimizer.zero_grad()
    objectives.loss(model(inputs), labels).backward()
    optimizer.step()


def mean(model, pieces, inputs, labels):
    return objectives.loss(model(inputs), labels) * (labels.numel() / sum(asked.numel() for _, asked in pieces))


def clear_afterwards(model, optimizer, pieces):
    for piece in pieces:
        mean(model, pieces, *piece).backward()
    optimizer.step()
    optimizer.zero_grad()


def add_up_by_hand(model, optimizer, pieces):
    weights = list(model.parameters())
    for piece in pieces:
        with torch.no_grad():
            model(piece[0])  # a look at the logits, as for a log
        gradients = torch.autograd.grad(mean(model, pieces, *piece), weights)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient if weight.grad is None else weight.grad + gradient
    optimizer.step()
    optimizer.zero_grad()


@pytest.mark.parametrize("answer", [clear_afterwards, add_up_by_hand])
def test_a_batch_in_pieces_in_other_words_passes(answer):
    report = check.accumulate(answer)
    assert report.ok, str(report)


def pieces_alike(model, optimizer, pieces):
    optimizer.zero_grad()
    for inputs, labels in pieces:
        (objectives.loss(model(inputs), labels) / len(pieces)).backward()
    optimizer.step()


def train_on_each(model, optimizer, pieces):
    for inputs, labels in pieces:
        optimizer.zero_grad()
        objectives.loss(model(inputs), labels).backward()
        optimizer.step()


def test_wrong_accumulation_is_diagnosed():
    assert check.accumulate(put_together_again).codes == ("all-at-once",)
    assert check.accumulate(add_up_losses).codes == ("one-backward",)
    assert check.accumulate(pieces_alike).codes == ("pieces-count-alike",)
    assert check.accumulate(train_on_each).codes == ("cleared-for-each-piece", "step-for-each-piece", "not-divided")
    assert check.accumulate(lambda model, optimizer, pieces: None).codes == ("no-step",)


# --- labels of an answer ---


def labels_by_loop(tokens, n_question, n_text):
    labels = [-100] * len(tokens)
    for place in range(n_question, n_text):
        labels[place - 1] = int(tokens[place])
    return torch.tensor(labels)


def labels_by_rolling(tokens, n_question, n_text):
    place = torch.arange(len(tokens)) + 1
    return tokens.roll(-1).masked_fill((place < n_question) | (place >= n_text), -100)


@pytest.mark.parametrize("answer", [labels_by_loop, labels_by_rolling])
def test_labels_of_an_answer_in_other_words_pass(answer):
    report = check.answer_labels(answer)
    assert report.ok, str(report)


def test_wrong_labels_are_diagnosed():
    def own(tokens, n_question, n_text):
        place = torch.arange(len(tokens))
        return torch.where((place >= n_question) & (place < n_text), tokens, -100)

    def lost(tokens, n_question, n_text):
        labels = labels_by_loop(tokens, n_question, n_text)
        labels[n_question - 1] = -100
        return labels

    assert check.answer_labels(own).codes == ("not-shifted",)
    assert check.answer_labels(lost).codes == ("first-word-lost",)
    assert check.answer_labels(lambda t, q, n: labels_by_loop(t, 1, n)).codes == ("question-asked-for",)
    assert check.answer_labels(lambda t, q, n: labels_by_loop(t, q, len(t))).codes == ("padding-asked-for",)
