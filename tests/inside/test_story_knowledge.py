"""The measures say what is so: of a model that knows nothing, of texts that are known, of stories that are right."""

import math

import pytest
import torch

from lmkit.inside import story_knowledge
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.text import storyworld, tokenizer
from lmkit.text.storyworld.lexicon import GENDER
from lmkit.text.storyworld.names import NEVER_TOLD

TEXTS = [story.text for story in storyworld.stories("train", 60)]
TOKENIZER = tokenizer.train(TEXTS, 400, ("<|story|>", "<|mask|>"))
ENCODE = story_knowledge.encode_with(TOKENIZER)


def model(causal=True):
    config = TransformerConfig(vocab_size=400, n_layers=1, n_heads=1, d_model=8, init_std=0.3, causal=causal)
    return Transformer(config, torch.Generator().manual_seed(0)).eval()


def test_a_text_is_read_as_a_story():
    assert TOKENIZER.words(ENCODE("Zoe has it.")[0].tolist())[0] == "<|story|>"


def test_a_pair_with_an_attractor_has_one():
    pairs = story_knowledge.pairs_of("attractor agreement", 30)
    assert len(pairs) == 30
    assert all(pair.marks["attractor"] for pair in pairs)
    assert list(story_knowledge.pairs_of("agreement", 5)) == storyworld.minimal_pairs("agreement", 5)


@pytest.mark.parametrize("causal", [True, False])
def test_an_untrained_model_knows_of_everything_and_nothing(causal):
    known = story_knowledge.knowledge(model(causal), ENCODE, 10)
    assert list(known) == list(story_knowledge.KINDS)
    assert all(0 <= share <= 1 and (10 * share).is_integer() for share in known.values())


@pytest.mark.parametrize("name", [*story_knowledge.KNOWN, *NEVER_TOLD])
def test_the_texts_about_a_name_are_stories(name):
    for text in story_knowledge.TOLD_OF:
        assert storyworld.check(text.format(name=name, child=(NEVER_TOLD | GENDER)[name])) == []


@pytest.mark.parametrize("gender", ["girl", "boy"])
def test_a_renamed_story_is_still_a_story(gender):
    name = "Zelda" if gender == "girl" else "Bruno"
    for story in story_knowledge.heroes_to_rename(gender, 5):
        text = story_knowledge.renamed(story, name)
        assert story.hero not in text.replace("'s", " ").replace(".", " ").split()
        assert storyworld.check(text) == []


def test_names_that_are_never_told_are_never_told():
    for split in ("train", "validation", "test"):
        told = {person.name for story in storyworld.stories(split, 400) for person in story.people}
        assert not told & set(NEVER_TOLD)


def test_a_name_without_letters_to_share_costs_every_byte():
    """A model that finds all tokens equally likely pays ln 400 for each token of a name."""
    even = model()
    torch.nn.init.zeros_(even.embed.weight)
    n_tokens = len(TOKENIZER.encode(" Dmitri"))
    texts = [text.format(name="Dmitri", child="boy") for text in story_knowledge.TOLD_OF]
    for cost in (cost for text in texts for cost in story_knowledge.costs_of_name(even, ENCODE, text, "Dmitri")):
        assert cost == pytest.approx(n_tokens * math.log(400), rel=1e-4)
    assert story_knowledge.cost_of_names(even, ENCODE, ["Dmitri"], n=2)["texts"] == pytest.approx(
        n_tokens * math.log(400), abs=0.01
    )


def test_stories_are_judged_by_sentences_and_as_wholes():
    good = TEXTS[0]
    assert set(story_knowledge.judged([good]).values()) == {1}
    wrong = "One day, Tom and Zoe were in the park. The the the."
    assert story_knowledge.judged([good, wrong, ""]) == {
        "sentences that parse": pytest.approx(
            1 - 1 / (len(storyworld.split_sentences(good)) + 2), abs=0.001
        ),
        "stories that parse": pytest.approx(1 / 3, abs=0.001),
        "stories without a mistake": pytest.approx(1 / 3, abs=0.001),
    }


def test_a_model_writes_as_many_stories_as_asked_for():
    written = story_knowledge.write_stories(model(), TOKENIZER, 3)
    assert len(written) == 3
    assert written == story_knowledge.write_stories(model(), TOKENIZER, 3)


def test_a_model_goes_on_from_a_beginning_and_always_alike():
    told = story_knowledge.go_on(model(), TOKENIZER, "One day,", n_tokens=5)
    assert told.startswith("One day,") and len(told) > len("One day,") and "<|story|>" not in told
    assert told == story_knowledge.go_on(model(), TOKENIZER, "One day,", n_tokens=5)


def test_bits_per_character_are_the_loss_of_the_text_by_its_length():
    texts = [story.text for story in storyworld.stories("validation", 3)]
    n_tokens = sum(1 + len(TOKENIZER.encode(text)) for text in texts)
    expected = 2 * math.log2(math.e) * n_tokens / sum(map(len, texts))
    assert story_knowledge.bits_per_character(2.0, TOKENIZER, 3) == pytest.approx(expected)
