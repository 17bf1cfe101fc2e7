"""Turns and their marks; the loss on the answer only; answers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.learning import instruct, training
from lmkit.learning.objectives import IGNORE, loss
from lmkit.learning.training import TrainingConfig
from lmkit.model.transformer import Transformer, TransformerConfig

SAID = ["Zoe had a kite. Who has it?", "Zoe", "Where is Zoe?", "barn"]


@pytest.fixture(scope="module")
def grown(book):
    return instruct.grow(book.model, len(instruct.MARKS))


def test_a_dialogue_is_its_turns_between_marks(chat):
    assert "".join(chat.pieces(chat.encode(SAID))) == (
        "<|story|><|user|> Zoe had a kite. Who has it?<|answer|> Zoe<|end|>"
        "<|user|> Where is Zoe?<|answer|> barn<|end|>"
    )


@given(st.lists(st.sampled_from([*instruct.MARKS, "<|story|>", "Zoe", " ", "<|"]), min_size=1).map("".join))
def test_a_mark_that_is_typed_stays_text(chat, typed):
    ids = chat.encode([typed])
    assert [ids[0], ids[1], ids[-1]] == [0, chat.n_text, chat.n_text + 1]
    assert all(1 < i < chat.n_text for i in ids[2:-1])
    assert "".join(chat.pieces(ids[2:-1])) == f" {typed}"


def test_what_a_model_is_asked_to_say_is_read_as_the_answer(chat):
    said = [token for token, is_answer in chat.asked(SAID) if is_answer]
    assert chat.read(said) == "Zoe" and chat.read(said[said.index(chat.end) + 1 :]) == "barn"


def test_the_labels_are_the_answers_and_their_ends_each_asked_for_one_token_before(chat):
    tokens, labels = instruct.answers(instruct.rows(chat, [SAID, SAID[:2]]), torch.Generator())
    asked = labels != IGNORE
    assert "".join(chat.pieces(labels[0][asked[0]].tolist())) == " Zoe<|end|> barn<|end|>"
    assert "".join(chat.pieces(labels[1][asked[1]].tolist())) == " Zoe<|end|>"
    assert torch.equal(labels[:, :-1][asked[:, :-1]], tokens[:, 1:][asked[:, :-1]] + 0) or asked[:, -1].any()
    first = asked[0].nonzero()[0].item()
    assert tokens[0, first] == chat.n_text + 1 and labels[0, first] == tokens[0, first + 1]


def test_with_ask_all_every_token_but_the_first_is_asked_for(chat):
    tokens, labels = instruct.answers(instruct.rows(chat, [SAID], ask_all=True), torch.Generator())
    assert [tokens[0, 0].item(), *labels[0].tolist()] == chat.encode(SAID)


def test_columns_after_the_last_label_are_left_away_and_change_no_loss(chat, grown):
    short, long = instruct.rows(chat, [SAID[:2], SAID]).split(1)
    alone = instruct.rows(chat, [SAID[:2]])
    both = [instruct.answers(rows, torch.Generator()) for rows in (short, alone)]
    assert torch.equal(both[0][0], both[1][0]) and both[0][0].shape[1] < long.shape[1] // 2
    assert loss(grown(both[0][0]), both[0][1]) == loss(grown(both[1][0]), both[1][1])


def test_a_grown_model_says_of_all_old_tokens_what_it_said(book, grown):
    tokens = book.encode("Zoe had a kite.")
    torch.testing.assert_close(grown(tokens)[..., :768], book.model(tokens))
    assert book.model.config.vocab_size == 768
    assert grown(tokens).shape[-1] == grown(torch.tensor([[770]])).shape[-1] == 771


@pytest.mark.parametrize("tied", [True, False])
def test_a_new_token_begins_no_more_probable_than_the_most_probable_old_one(tied):
    config = TransformerConfig(vocab_size=20, n_layers=1, n_heads=1, d_model=8, tied=tied)
    model = instruct.grow(Transformer(config), 2)
    logits = model(torch.arange(10)[None])
    torch.testing.assert_close(logits[..., 20], logits[..., :20].mean(dim=-1), atol=1e-5, rtol=0)
    assert (logits[..., 20:] <= logits[..., :20].max(dim=-1, keepdim=True).values).all()


def test_growing_draws_nothing_that_others_would_notice():
    before = torch.random.get_rng_state()
    instruct.grow(Transformer(TransformerConfig(vocab_size=9, n_layers=1, n_heads=1, d_model=4)), 1)
    model_only = torch.random.get_rng_state()
    torch.random.set_rng_state(before)
    Transformer(TransformerConfig(vocab_size=9, n_layers=1, n_heads=1, d_model=4))
    assert torch.equal(model_only, torch.random.get_rng_state())


def test_answers_do_not_depend_on_who_is_asked_beside(chat, grown):
    asked = [["Zoe had a kite. Who has it?"], ["Tom ran."], ["Tom had a kite. Who has it?"]]
    together = instruct.reply(grown, chat, asked, longest=5)
    assert together == [instruct.reply(grown, chat, [one], longest=5)[0] for one in asked]


def test_a_model_learns_to_answer_and_to_stop(book, chat):
    model = instruct.grow(book.model, 3)
    rows = instruct.rows(chat, [SAID[:2]])
    config = TrainingConfig(steps=40, batch_size=1, learning_rate=3e-3, warmup_steps=1, evaluate_every=40)
    training.fit(model, rows, rows, config, objective=instruct.answers, show=False)
    assert instruct.reply(model, chat, [SAID[:1]]) == ["Zoe"]


def test_what_cannot_be_a_dialogue_is_refused(chat):
    with pytest.raises(ValueError, match="no dialogues: give at least one"):
        instruct.rows(chat, [])
    with pytest.raises(ValueError, match="dialogue 1 ends without an answer"):
        instruct.rows(chat, [SAID, SAID[:3]])
    with pytest.raises(TypeError, match=r"turns is one text, 'Zoe', .* put it into \[ \]"):
        chat.encode("Zoe")
