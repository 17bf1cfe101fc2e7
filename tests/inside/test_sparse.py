"""A sparse autoencoder uses few directions of length 1, and finds those that vectors are made of."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.inside import sparse
from lmkit.inside.sparse import SparseAutoencoder


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


@settings(max_examples=20)
@given(k=st.integers(1, 6), seed=st.integers(0, 99))
def test_at_most_k_latents_are_on_and_none_is_below_0(k, seed):
    model = SparseAutoencoder(4, 6, k, draws(seed))
    latents = model.encode(torch.randn(3, 5, 4, generator=draws(seed)))
    assert (latents >= 0).all()
    assert ((latents > 0).sum(dim=-1) <= k).all()


def test_one_latent_writes_its_direction_as_strongly_as_it_is_on():
    model = SparseAutoencoder(4, 6, 2, draws())
    latents = torch.tensor([0.0, 0.0, 3.0, 0.0, 0.0, 0.0])
    torch.testing.assert_close(model.decode(latents), 3 * model.directions[2])


@pytest.fixture(scope="module")
def made():
    """Vectors that each go a way along one of six axes, which one, and what was trained on them."""
    which = torch.randint(6, (2000,), generator=draws(2))
    x = (0.5 + torch.rand(2000, 1, generator=draws(3))) * torch.eye(8)[which]
    return x, which, sparse.fit(x, 12, 1, steps=600, generator=draws(4), batch=256)


def test_trained_it_tells_apart_what_vectors_are_made_of(made):
    x, which, model = made
    assert sparse.explained(x, model(x)) > 0.8
    latents = model.encode(x).argmax(dim=1)
    own = [latents[which == i].mode().values.item() for i in range(6)]
    assert len(set(own)) == 6
    assert (latents == torch.tensor(own)[which]).float().mean() > 0.8


def test_directions_keep_length_1_and_are_trained_no_more(made):
    *_, model = made
    torch.testing.assert_close(model.directions.norm(dim=1), torch.ones(12))
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_all_is_explained_by_the_vectors_themselves_and_nothing_by_their_mean(made):
    x, *_ = made
    assert sparse.explained(x, x) == 1
    assert sparse.explained(x, x.mean(dim=0).expand_as(x)) == pytest.approx(0, abs=1e-6)


def test_no_latent_or_more_than_there_are_is_refused():
    for k in (0, 7):
        with pytest.raises(ValueError, match="from 1 to n_latents=6"):
            SparseAutoencoder(4, 6, k, draws())
