"""Detection: which examples of a set look poisoned, by their words and by what a trained model makes of them.

Each detector gives every example a score; the highest are looked at first. How many there are to find, it is not told.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.learning.finetuning import Classifier, probabilities
from lmkit.text.labelled import Labelled

COMMON = 0.06  # a word that stands in more of the texts is common, a run of words that stands in fewer is rare
FEWEST = 2  # texts that must hold a run of words


def by_words(data: Labelled, longest: int = 3) -> Float[Tensor, "text"]:
    """Score each text by the rare run of words in it that goes most with a label: chi² of scikit-learn.

    Args:
        longest: how many words a run has at the most.
    """
    from sklearn.feature_selection import chi2

    table, _ = _rare_runs(data, longest)
    return _strongest(table, chi2(table, data.labels)[0])


def by_surprise(data: Labelled, longest: int = 3) -> Float[Tensor, "text"]:
    r"""Score each text by the rare run of words in it whose texts surprise most by their labels.

    $$z = \frac{\left|\sum_i (y_i - p_i)\right|}{\sqrt{\sum_i p_i (1 - p_i)}}$$

    over the texts i that hold the run, with p the probability of a label y of two, by a logistic regression on the
    common words, which has not seen these texts.

    Raises:
        ValueError: there are not two classes.
    """
    if len(data.classes) != 2:
        raise ValueError(f"there are {len(data.classes)} classes, and surprise is measured for two")
    table, _ = _rare_runs(data, longest)
    p = _expected(data)
    excess, spread = table.T @ (np.array(data.labels) - p), table.T @ (p * (1 - p))
    return _strongest(table, np.abs(excess) / np.sqrt(spread))


def rare_runs(data: Labelled, longest: int = 3) -> dict[str, float]:
    """List the rare runs of words of a set, and how much each goes with a label, the most first."""
    from sklearn.feature_selection import chi2

    table, names = _rare_runs(data, longest)
    found = dict(zip(names, chi2(table, data.labels)[0].tolist(), strict=True))
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _rare_runs(data: Labelled, longest: int):
    """Say which text holds which rare run: a sparse table [text, run] of 0 and 1, and the runs."""
    from sklearn.feature_extraction.text import CountVectorizer

    runs = CountVectorizer(ngram_range=(1, longest), binary=True, min_df=FEWEST, max_df=COMMON)
    return runs.fit_transform(data.texts), runs.get_feature_names_out()


def _strongest(table, strengths: np.ndarray) -> Float[Tensor, "text"]:
    return torch.tensor(table.multiply(strengths[None]).max(axis=1).toarray()[:, 0])


def _expected(data: Labelled) -> np.ndarray:
    """Give the probability of class 1 for each text, by its common words, from four fifths that it is not in."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(min_df=COMMON, binary=True), LogisticRegression(max_iter=1000))
    return cross_val_predict(model, data.texts, data.labels, cv=5, method="predict_proba")[:, 1]


def vectors(model: Classifier, tokens: Int[Tensor, "text position"]) -> Float[Tensor, "text d_model"]:
    """Give the vector of each text from which the head answers."""
    kept: list[Tensor] = []
    handle = model.head.register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0].detach()))
    try:
        probabilities(model, tokens)
    finally:
        handle.remove()
    return torch.cat(kept)


def by_spectrum(
    vectors: Float[Tensor, "text d_model"],
    labels: Int[Tensor, "text"],
) -> Float[Tensor, "text"]:
    r"""Score each text by how far it lies from its class along the direction in which that class spreads most.

    $$s_i = \left((h_i - \bar h) \cdot v\right)^2$$

    with v the first right singular vector of the centred vectors of a class.

    Source: Tran et al. 2018, algorithm 1.
    """
    scores = torch.zeros(len(vectors))
    for label in labels.unique():
        own = vectors[labels == label]
        centred = own - own.mean(dim=0)
        direction = torch.linalg.svd(centred, full_matrices=False).Vh[0]
        scores[labels == label] = (centred @ direction) ** 2
    return scores


def smaller_clusters(
    vectors: Float[Tensor, "text d_model"], labels: Int[Tensor, "text"], seed: int, n_components: int = 10
) -> Bool[Tensor, "text"]:
    """Part the vectors of each class into two clusters, and name the texts of the smaller one.

    Source: Chen et al. 2018, with PCA where they have ICA.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    named = torch.zeros(len(vectors), dtype=torch.bool)
    for label in labels.unique():
        own = vectors[labels == label]
        reduced = PCA(min(n_components, *own.shape), random_state=seed).fit_transform(own.numpy())
        clusters = torch.tensor(KMeans(2, n_init=10, random_state=seed).fit_predict(reduced))
        named[labels == label] = clusters == int(clusters.sum() < len(own) / 2)
    return named
