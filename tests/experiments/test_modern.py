"""Each change is switched on by itself, at as many multiplications; and what is recorded is what chapter 08 says."""

import numpy as np
import pytest

from lmkit.experiments import modern, recorded
from lmkit.learning import costs


@pytest.mark.parametrize("name", modern.CHANGES)
def test_no_change_costs_more_operations_than_a_hundredth(name):
    plain, changed = (costs.training_flops(modern.model_with(changes, 0).config, 8, 128) for changes in
                      ({}, modern.CHANGES[name]))  # fmt: skip
    assert changed == pytest.approx(plain, rel=0.01)


def test_only_experts_add_parameters():
    sizes = {name: costs.count_parameters(modern.model_with(one, 0).config) for name, one in modern.CHANGES.items()}
    few = [size for name, size in sizes.items() if name not in ("4 experts", "all of them")]
    assert max(few) < 1.01 * min(few) and sizes["4 experts"] > 2 * max(few)


def test_what_is_recorded_is_of_these_models():
    models = recorded("modern")["results"]["models"]
    assert list(models) == list(modern.CHANGES)
    for name, found in models.items():
        assert found["parameters"] == costs.count_parameters(modern.model_with(modern.CHANGES[name], 0).config)
        assert len(found["losses"]) == len(modern.SEEDS)


def differences(name):
    models = recorded("modern")["results"]["models"]
    return np.subtract(models[name]["losses"], models["as ours are"]["losses"])


def test_qk_norm_is_worse_and_swiglu_better_from_every_seed_and_the_others_are_neither():
    assert 0.05 < differences("qk norm").min() and differences("qk norm").max() < 0.1
    assert -0.04 < differences("SwiGLU").min() and differences("SwiGLU").max() < -0.01
    for name in ("rms norm", "4 experts", "all of them"):
        assert differences(name).min() < 0 < differences(name).max()
        assert abs(differences(name).mean()) < 0.03
