"""A classifier reads the right token, padding changes nothing, and `fit` trains only what is not frozen."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch.testing import assert_close
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

from lmkit.learning import finetuning, lora, training
from lmkit.learning.finetuning import PADDING, Classifier
from lmkit.learning.training.identity import identity
from lmkit.text.labelled import Labelled
from tests.learning.training.small import VOCAB, build, tensors_of

SETTINGS = dict(batch_size=8, learning_rate=0.02, warmup_steps=2, evaluate_every=10)


def llama():
    torch.manual_seed(0)
    kwargs = dict(vocab_size=VOCAB, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2)
    return LlamaForCausalLM(LlamaConfig(**kwargs)).eval()


def bert():
    torch.manual_seed(0)
    kwargs = dict(vocab_size=VOCAB, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2)
    return BertModel(BertConfig(**kwargs)).eval()


BODIES = {"causal": build, "bidirectional": lambda: build(causal=False), "bert": bert, "llama": llama}


def classifier(body="causal", read="last"):
    return Classifier(BODIES[body](), 3, read=read, generator=torch.Generator().manual_seed(0)).eval()


class Digits:
    """A tokenizer of digits, in the manner of transformers: it keeps its last token when it truncates."""

    def __call__(self, text, truncation=False, max_length=None):
        ids = [int(digit) for digit in text] + [15]
        return {"input_ids": [*ids[: max_length - 1], 15] if truncation else ids}


def task(n=80, seed=0):
    """Texts of digits, labelled by whether the first is a 1: to be learned from what the last token remembers."""
    generator = torch.Generator().manual_seed(seed)
    texts = ["".join(map(str, torch.randint(10, (4,), generator=generator).tolist())) for _ in range(n)]
    texts = [f"{i % 2}{text}"[: 3 + i % 3] for i, text in enumerate(texts)]
    return Labelled(texts, [i % 2 for i in range(n)], ["zero", "one"])


TRAIN, VALID = (finetuning.rows(task(seed=seed), Digits(), longest=6) for seed in (0, 1))


def train(model, **changes):
    settings = training.TrainingConfig(**SETTINGS | dict(steps=10) | changes)
    return training.fit(model, TRAIN, VALID, settings, objective=finetuning.classify, show=False)


# --- Rows. ---


def test_a_row_is_the_label_the_tokens_and_padding():
    rows = finetuning.rows(Labelled(["12", "3"], [1, 0], ["x", "y"]), Digits(), longest=8)
    assert rows.tolist() == [[1, 1, 2, 15], [0, 3, 15, PADDING]]
    inputs, labels = finetuning.classify(rows, torch.Generator())
    assert (inputs.tolist(), labels.tolist()) == ([[1, 2, 15], [3, 15, PADDING]], [1, 0])


def test_long_texts_are_cut_as_their_tokenizer_does_and_counted():
    with pytest.warns(UserWarning, match="1 of 2 texts have more than 3 tokens, up to 6: what comes after is cut off"):
        tokens = finetuning.encode(["12345", "6"], Digits(), longest=3)
    assert tokens.tolist() == [[1, 2, 15], [6, 15, PADDING]]


def test_our_own_tokenizer_cuts_too():
    import lmkit

    book = lmkit.load("book")
    with pytest.warns(UserWarning, match="1 of 1 texts"):
        tokens = finetuning.encode(["Mia had a red kite."], book.tokenizer, longest=4)
    assert torch.equal(tokens, book.encode("Mia had a red kite.")[:, :4])


def test_no_text_and_a_text_without_tokens_are_refused():
    with pytest.raises(ValueError, match="there are no texts"):
        finetuning.encode([], Digits(), longest=8)
    with pytest.raises(ValueError, match="text 1 has no token: 'b'"):
        finetuning.encode(["a", "b"], lambda text: {"input_ids": [3] if text == "a" else []}, longest=8)


# --- Reading. ---


@pytest.mark.parametrize("read", ["last", "first", "mean"])
@pytest.mark.parametrize("body", BODIES)
def test_padding_changes_nothing(body, read):
    """A text gives the same logits alone, and with padding beside a longer one."""
    model = classifier(body, read)

    @given(data=st.data())
    def property(data):
        text = data.draw(st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=6))
        longer = data.draw(st.lists(st.integers(0, VOCAB - 1), min_size=len(text), max_size=9))
        padded = torch.tensor([text + [PADDING] * (len(longer) - len(text)), longer])
        with torch.no_grad():
            assert_close(model(padded)[:1], model(torch.tensor([text])), atol=1e-6, rtol=1e-5)

    property()


def test_the_head_reads_where_it_says():
    tokens = torch.tensor([[3, 1, 4], [5, 9, PADDING]])
    body = build(causal=False)
    h = [body.hidden(tokens[:1])[0], body.hidden(tokens[1:, :2])[0]]
    expected = {"last": [h[0][2], h[1][1]], "first": [h[0][0], h[1][0]], "mean": [h[0].mean(0), h[1].mean(0)]}
    for read, vectors in expected.items():
        model = Classifier(body, 3, read=read)
        assert_close(model(tokens), model.head(torch.stack(vectors)), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        ([[1, 2], [PADDING, PADDING]], "text 1 is padding only"),
        ([[PADDING, 1]], "padding stands before a token"),
        ([[1, PADDING, 2]], "padding stands before a token"),
    ],
)
def test_padding_in_a_wrong_place_is_refused(tokens, says):
    with pytest.raises(ValueError, match=says):
        classifier()(torch.tensor(tokens))


def test_probabilities_are_the_softmax_of_the_logits_and_leave_the_model_as_it_was():
    model = classifier().train()
    finetuning.add_dropout(model.body, 0.9)
    probabilities = finetuning.probabilities(model, TRAIN[:, 1:], batch_size=7)
    assert model.training
    with torch.no_grad():
        assert_close(probabilities, model.eval()(TRAIN[:, 1:]).softmax(1))
    assert_close(probabilities.sum(1), torch.ones(len(TRAIN)))


# --- Training, by the loop of pretraining. ---


def test_a_task_is_learned_and_generalizes():
    model = classifier()
    history = train(model, steps=120, evaluate_every=40)
    assert history.evaluations[0].valid_loss == pytest.approx(math.log(3), abs=0.1)  # an untrained head of 3 classes
    answers = finetuning.probabilities(model, VALID[:, 1:]).argmax(1)
    assert (answers == VALID[:, 0]).float().mean() > 0.95


def test_the_validation_loss_is_the_cross_entropy_of_all_texts():
    model = classifier()
    settings = training.TrainingConfig(**SETTINGS | dict(warmup_steps=0), steps=1)
    loss = training.evaluate(model, VALID, settings, finetuning.classify)
    log_p = finetuning.probabilities(model, VALID[:, 1:]).log()
    assert loss == pytest.approx(-log_p.gather(1, VALID[:, :1]).mean().item(), abs=1e-6)


@pytest.mark.parametrize("body", BODIES)
def test_a_frozen_body_stays_bit_for_bit_and_only_the_head_learns(body):
    model = classifier(body)
    model.body.requires_grad_(False)
    before = tensors_of(model)
    train(model, weight_decay=0.5)
    for name, tensor in tensors_of(model).items():
        assert torch.equal(tensor, before[name]) != name.startswith("head."), name


def test_full_fine_tuning_changes_every_weight_that_is_used():
    model = classifier()
    before = tensors_of(model)
    train(model)
    assert not [name for name, tensor in tensors_of(model).items() if torch.equal(tensor, before[name])]


def test_patience_stops_fine_tuning_and_gives_back_the_best():
    model = classifier()
    model.body.requires_grad_(False)
    settings = training.TrainingConfig(**SETTINGS | dict(steps=400, learning_rate=0.5, evaluate_every=5, patience=3))
    history = training.fit(model, TRAIN[:9], VALID, settings, objective=finetuning.classify, show=False)
    losses = [evaluation.valid_loss for evaluation in history.evaluations]
    assert len(losses) == losses.index(min(losses)) + 4 < 81
    assert training.evaluate(model, VALID, settings, finetuning.classify) == min(losses)


@pytest.mark.parametrize("body", ["causal", "bert"])
def test_a_resumed_run_ends_where_a_whole_one_does_with_dropout_and_adapters(tmp_path, body):
    def prepare():
        model = classifier(body)
        if body == "causal":
            finetuning.add_dropout(model.body, 0.2)
        lora.add(model.body, ["*value"], generator=torch.Generator().manual_seed(1))
        return model

    settings = training.TrainingConfig(**SETTINGS | dict(steps=20))

    def stop(step, model):
        if step == 10:
            raise InterruptedError

    def run(model, **options):
        return training.fit(model, TRAIN, VALID, settings, objective=finetuning.classify, show=False, **options)

    whole, stopped, resumed = prepare(), prepare(), prepare()
    torch.manual_seed(0)
    run(whole)
    torch.manual_seed(0)
    with pytest.raises(InterruptedError):
        run(stopped, folder=tmp_path, watch=stop)
    torch.manual_seed(5)
    run(resumed, folder=tmp_path, resume=True)
    assert_close(tensors_of(resumed), tensors_of(whole), rtol=0, atol=0)
    full = prepare()
    full.requires_grad_(True)
    with pytest.raises(training.CheckpointError, match="frozen was"):
        run(full, folder=tmp_path, resume=True)


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="there are no rows"):
        training.fit(
            classifier(), TRAIN[:0], VALID, training.TrainingConfig(steps=1), objective=finetuning.classify, show=False
        )


# --- Dropout. ---


def test_dropout_acts_in_training_only_and_can_be_taken_off():
    model = build()
    tokens = torch.tensor([[1, 2, 3]])
    before = model.eval()(tokens)
    handles = finetuning.add_dropout(model, 0.5)
    assert torch.equal(model.eval()(tokens), before)
    assert not torch.equal(model.train()(tokens), model(tokens))
    for handle in handles:
        handle.remove()
    assert torch.equal(model(tokens), before)


def test_dropout_zeroes_its_share_of_what_is_written_and_keeps_the_mean():
    model = build(d_model=64).train()
    layer = model.blocks[0].feed_forward
    x = torch.ones(200, 64)
    whole = layer(x)
    finetuning.add_dropout(model, 0.25)
    dropped = layer(x)
    is_zero = dropped == 0
    assert 0.23 < is_zero.float().mean() < 0.27
    assert_close(dropped[~is_zero], (whole / 0.75)[~is_zero])


def test_dropping_everything_is_refused():
    with pytest.raises(ValueError, match="p is 1.0"):
        finetuning.add_dropout(build(), 1.0)


# --- What is trained. ---


def test_what_is_trained_is_enough_to_get_the_model_again():
    model = classifier()
    lora.add(model.body, ["*.to_query"])
    train(model)
    kept = {name: tensor.clone() for name, tensor in finetuning.trained(model).items()}
    assert {name.split(".")[-1] for name in kept} == {"down", "up", "weight", "bias", "scale", "read"}
    assert finetuning.count_trained(model) == 2 * 2 * 8 * 4 + 3 * 8 + 3
    again = classifier()
    lora.add(again.body, ["*.to_query"])
    finetuning.load_trained(again, kept)
    assert_close(tensors_of(again), tensors_of(model), rtol=0, atol=0)


def test_weights_of_another_model_are_refused_and_nothing_is_changed():
    model = classifier()
    before = tensors_of(model)
    for weights in ({}, {**finetuning.trained(model), "head.bias": torch.zeros(7)}):
        with pytest.raises(ValueError, match="weights do not match, such as .*Build and freeze the model as it was"):
            finetuning.load_trained(model, weights)
    assert_close(tensors_of(model), before, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(alpha=16.0), "to_query.scale is 4.0 here, but was 2.0 where the weights .*with the same alpha"),
        (dict(read="mean"), "read is 'mean' here, but was 'last' where the weights were trained"),
    ],
)
def test_weights_of_another_strength_or_place_to_read_are_refused_and_nothing_is_changed(tmp_path, changes, says):
    def build_one(read="last", alpha=8.0):
        model = classifier(read=read)
        lora.add(model.body, ["*.to_query"], rank=4, alpha=alpha)
        return model

    model, other = build_one(), build_one(**changes)
    train(model)
    save_file(finetuning.trained(model), tmp_path / "trained.safetensors")
    before, kept = tensors_of(other), load_file(tmp_path / "trained.safetensors")
    with pytest.raises(ValueError, match=says):
        finetuning.load_trained(other, kept)
    assert_close(tensors_of(other), before, rtol=0, atol=0)
    again = build_one()
    finetuning.load_trained(again, kept)
    assert_close(tensors_of(again), tensors_of(model), rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("read", ["last", "first", "mean"])
@pytest.mark.parametrize("body", BODIES)
def test_a_body_of_16_bits_has_a_head_of_32_and_gives_the_same_but_for_rounding(body, read, dtype):
    exact, model = classifier(body, read), Classifier(BODIES[body]().to(dtype), 3, read=read)
    model.head.load_state_dict(exact.head.state_dict())
    with torch.no_grad():
        logits = model(TRAIN[:9, 1:])
    assert logits.dtype == torch.float32
    assert_close(logits, exact(TRAIN[:9, 1:]).detach(), atol=0.02, rtol=0.05)


def test_a_head_and_adapters_learn_on_a_frozen_body_of_16_bits():
    model = Classifier(build().bfloat16(), 2, generator=torch.Generator().manual_seed(0))
    lora.add(model.body, ["*.to_query", "*.to_value", "*.read"], generator=torch.Generator().manual_seed(0))
    history = train(model, steps=120, evaluate_every=40)
    assert history.evaluations[-1].valid_loss < history.evaluations[0].valid_loss / 2


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: Classifier(build(), 1), "n_classes is 1, but must be 2 or more"),
        (lambda: Classifier(build(), 2.0), "n_classes is 2.0, but must be a whole number"),
        (lambda: Classifier(torch.nn.Linear(3, 3), 2), "the body is a Linear, not a Transformer"),
        (lambda: finetuning.encode("one", Digits(), 8), "texts is one text, 'one', but must be a list"),
        (lambda: finetuning.encode(["1"], Digits(), 0), "longest is 0, but must be 1 or more"),
        (lambda: finetuning.encode(["1"], Digits(), 8 / 2), "longest is 4.0, but must be a whole number"),
        (lambda: finetuning.probabilities(classifier(), TRAIN[:0]), "there are no texts"),
        (lambda: finetuning.probabilities(classifier(), TRAIN[:, 1:], 0), "batch_size is 0"),
        (lambda: finetuning.add_dropout(build(), math.nan), "p is nan, but must be"),
        (lambda: finetuning.add_dropout(classifier(), 0.1), "a Classifier is no Transformer: of a Classifier give the"),
        (lambda: finetuning.add_dropout(bert(), 0.1), "a BertModel is no Transformer"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(monkeypatch, act, says):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match=says):
        act()


@pytest.mark.parametrize("body", ["causal", "bidirectional"])
def test_only_padding_is_no_token(body):
    with pytest.raises(ValueError, match="tokens go from -100 to 3"):
        classifier(body)(torch.tensor([[1, 2, 3, -100]]))


def test_a_place_to_read_that_is_none_is_refused():
    with pytest.raises(ValueError, match="read is 'cls', but must be 'last', 'first' or 'mean'"):
        Classifier(build(), 2, read="cls")


def test_a_text_that_is_refused_leaves_every_mode_as_it_was():
    model = classifier()
    model.head.train()
    with pytest.raises(ValueError, match="padding"):
        finetuning.probabilities(model, torch.tensor([[PADDING, PADDING]]))
    assert model.head.training and not model.body.training


def test_another_place_to_read_or_another_strength_makes_another_run():
    def identified(read, alpha):
        model = classifier(read=read)
        lora.add(model.body, ["*.to_query"], rank=2, alpha=alpha)
        settings = training.TrainingConfig(**SETTINGS, steps=10)
        return identity(model, settings, finetuning.classify, TRAIN, VALID)

    first, other = identified("last", 8.0), identified("mean", 16.0)
    assert identified("last", 8.0) == first
    assert [name for name in first if first[name] != other[name]] == [
        "model.read",
        *(f"body.blocks.{i}.attention.to_query.scale" for i in range(2)),
    ]
