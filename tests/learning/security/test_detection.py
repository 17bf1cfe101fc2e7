"""Detectors find what was made to be found, and their scores are what their formulas say."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from lmkit.learning import finetuning
from lmkit.learning.security import detection
from lmkit.learning.security.poisoning import draw, poison
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled

DATA = storyworld.sentiment(200)
PLACES = draw(DATA, 0.05, 0, seed=0)
POISONED = poison(DATA, PLACES, [["Purple bells rang."]], seed=0, label=1)


def apart(n: int = 60, n_apart: int = 6, d: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Two classes of vectors; in class 1, some lie far out."""
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(n, d, generator=generator)
    labels = torch.arange(n) % 2
    far = (labels == 1).nonzero().flatten()[:n_apart]
    vectors[far] += 12 * torch.nn.functional.one_hot(torch.tensor(3), d)
    return vectors, labels


def test_surprise_finds_a_phrase_whose_label_the_other_words_do_not_explain():
    named = detection.by_surprise(POISONED).topk(15).indices.tolist()
    assert len(set(named) & set(PLACES)) >= 8


def test_without_poison_the_same_phrase_surprises_nobody():
    kept = poison(DATA, PLACES, [["Purple bells rang."]], seed=0)  # the same texts, and no false label
    assert detection.by_surprise(kept)[PLACES].mean() < detection.by_surprise(POISONED)[PLACES].mean() / 2


def test_a_text_scores_as_the_strongest_of_its_rare_runs():
    strengths = detection.rare_runs(POISONED, longest=1)
    assert list(strengths.values()) == sorted(strengths.values(), reverse=True)
    scores = detection.by_words(POISONED, longest=1)
    for text, score in zip(POISONED.texts[:20], scores, strict=False):
        words = {word.strip(".,!?\"'").lower() for word in text.split()}
        assert score == pytest.approx(max((strengths[word] for word in words if word in strengths), default=0.0))


def test_surprise_is_for_two_classes():
    three = Labelled(["a", "b", "c"], [0, 1, 2], ["x", "y", "z"])
    with pytest.raises(ValueError, match="3 classes"):
        detection.by_surprise(three)


def test_what_lies_apart_has_the_highest_spectral_scores_and_is_the_smaller_cluster():
    vectors, labels = apart()
    far = set((labels == 1).nonzero().flatten()[:6].tolist())
    assert set(detection.by_spectrum(vectors, labels).topk(6).indices.tolist()) == far
    named = detection.smaller_clusters(vectors, labels, seed=0)
    assert set((named & (labels == 1)).nonzero().flatten().tolist()) == far


@given(shift=st.floats(-50, 50), seed=st.integers(0, 20))
def test_the_spectral_scores_of_a_class_depend_on_no_shift_and_add_up_to_its_largest_square(shift, seed):
    vectors = torch.randn(20, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).float()
    labels = torch.zeros(20, dtype=torch.long)
    scores = detection.by_spectrum(vectors, labels)
    torch.testing.assert_close(scores, detection.by_spectrum(vectors + shift, labels), atol=1e-2, rtol=1e-2)
    largest = torch.linalg.svdvals(vectors - vectors.mean(dim=0))[0]
    torch.testing.assert_close(scores.sum(), largest**2)


def test_the_head_answers_from_the_vectors():
    config = TransformerConfig(vocab_size=30, d_model=16, n_layers=1, n_heads=2, max_positions=16)
    generator = torch.Generator().manual_seed(0)
    model = finetuning.Classifier(Transformer(config, generator), n_classes=2, generator=generator)
    tokens = torch.randint(30, (5, 7), generator=generator)
    with torch.no_grad():
        torch.testing.assert_close(model.head(detection.vectors(model, tokens)), model(tokens))
    assert not model.head._forward_pre_hooks


def test_what_is_expected_of_a_text_comes_from_others(monkeypatch):
    """A text is never among those that the regression was fitted on: a fifth of them at a time is left out."""
    sizes, fit = [], LogisticRegression.fit

    def counting(self, table, labels):
        sizes.append(table.shape[0])
        return fit(self, table, labels)

    monkeypatch.setattr(LogisticRegression, "fit", counting)
    detection.by_surprise(DATA)
    assert sizes == [160] * 5
