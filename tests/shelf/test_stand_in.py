"""The stand-in is a BERT in form: a tokenizer, attention heads, a new head on top."""

import pytest
import torch
from transformers import AutoTokenizer, BertForSequenceClassification

import lmkit
from lmkit.shelf.stand_in import save_bert

TEXTS = ["A good film.", "A bad film, and a long one."]


def test_a_stand_in_is_loaded_and_traced_like_a_real_bert(tmp_path):
    folder = save_bert(tmp_path / "bert", TEXTS)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer("a GOOD film, unheard of")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "a", "good", "film", ",", "[UNK]", "[UNK]", "[SEP]"]
    model = BertForSequenceClassification.from_pretrained(folder, num_labels=2)
    trace = lmkit.trace(model, torch.tensor([ids]))
    assert trace.logits.shape == (1, 2)
    assert len(trace.attentions) == 2 and trace.attentions[0].shape == (1, 4, 8, 8)


def test_one_text_is_not_taken_for_many_of_a_letter_each(tmp_path):
    with pytest.raises(TypeError, match=r"each of its letters would be a text: pass a list"):
        save_bert(tmp_path / "bert", TEXTS[0])
    assert not (tmp_path / "bert").exists()


def test_the_same_seed_gives_the_same_weights_and_leaves_the_notebooks_numbers_alone(tmp_path):
    state = torch.get_rng_state()
    one, other = (save_bert(tmp_path / name, TEXTS) / "model.safetensors" for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()
    assert torch.equal(state, torch.get_rng_state())
