"""What is recorded of the translator is what the page about the models says, and the model that is shipped is of it."""

from pathlib import Path

import pytest

import lmkit
from lmkit.experiments import recorded, translation
from lmkit.learning import seq2seq
from lmkit.shelf import pretrained


@pytest.fixture(scope="module")
def found():
    return recorded("translation")["results"]


def share(counts):
    return counts[0] / counts[1]


def linked(links):
    return sum(right for right, _ in links["kinds"].values()) / sum(n for _, n in links["kinds"].values())


def test_every_training_translates_whole_stories_far_better_than_the_lazy_translator(found):
    assert len(found["runs"]) == len(translation.SEEDS)
    for run in found["runs"]:
        assert run["chrf"] >= 80
        assert run["chrf"] > found["lazy"]["chrf"] + 10
        assert share(run["exact_unseen"]) > share(found["lazy"]["exact_unseen"]) + 0.3


def test_made_up_names_are_the_harder_ones(found):
    for run in found["runs"]:
        assert share(run["names"]["made up"]) < share(run["names"]["usual"])


def test_who_they_are_is_not_known_better_than_the_commoner_word_would_be(found):
    for run in found["runs"]:
        assert run["they"]["right"] <= run["they"]["commoner"]


def test_in_every_training_a_head_looks_at_the_words_that_it_translates(found):
    for run in found["runs"]:
        assert linked(run["links"]) > share(run["links"]["diagonal"]) + 0.2


def test_a_head_that_misses_the_place_belongs_to_a_training_that_translates_as_well_as_the_others(found):
    first, second, third = found["runs"]
    assert third["links"]["kinds"]["place"][0] == 1
    assert share(third["exact"]) > share(first["exact"])
    assert third["chrf"] > first["chrf"]


def test_the_commoner_word_for_them_would_be_right_in_74_of_100(found):
    they = found["lazy"]["they"]
    assert round(100 * they["commoner"] / they["all"]) == 74


@pytest.fixture(scope="module")
def translator():
    return lmkit.load("translator")


def test_the_translator_is_of_the_first_training(found, translator):
    """Its weights are rounded to 8 bits, so it need not write the very same."""
    told = [one for story in translation.sentences("test", 12) for one in story]
    written = seq2seq.write(translator.model, translator.tokenizer.tokenizer, [one.text for one in told])
    exact = sum(text == one.chinese for text, one in zip(written, told, strict=True)) / len(told)
    assert exact == pytest.approx(share(found["runs"][0]["exact"]), abs=0.1)
    assert sum(p.numel() for p in translator.model.parameters()) == found["parameters"]


def test_the_translator_is_small_and_reads_a_text_with_its_end(translator):
    assert (Path(pretrained.__file__).parent / "weights" / "translator.safetensors").stat().st_size < 550_000
    assert translator.words(translator.encode("Zoe has the kite."))[-1] == "<|end|>"


def test_a_page_is_not_given_a_model_of_two_stacks():
    with pytest.raises(ValueError, match="no packed model 'translator'"):
        pretrained.packed("translator")
