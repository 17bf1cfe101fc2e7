r"""Another attention map with the same output: where one exists, the map cannot be *the* explanation.

A head hands on $o = \sum_j a_j v_j$. Every other row $a'$ with the same sum says the same to the model, exactly. Values
have $d_{head}$ numbers; with more keys than $d_{head} + 1$ there are whole families of such rows, unless $o$ lies at a
corner of what the values span. Of these rows we take the one that gives least to the key that had most,

$$\min_{a'} a'_{top} \quad \text{such that} \quad \sum_j a'_j v_j = o, \quad \sum_j a'_j = 1, \quad a' \ge 0$$

which is a linear program.

Source: the question is that of Jain and Wallace 2019, "Attention is not explanation", who search by gradients for maps
with nearly the same prediction.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def another(row: Float[Tensor, " key"], values: Float[Tensor, "key d_value"]) -> Float[Tensor, " key"]:
    """Find the attention that mixes the same output, and gives least to the key which gets most now.

    Raises:
        ValueError: the row is no share: below 0 somewhere, or its sum is not 1.
    """
    from scipy.optimize import linprog

    if (row < 0).any() or abs(float(row.sum()) - 1) > 1e-4:
        raise ValueError(f"a row of attention is 0 or more and sums to 1, but this one sums to {float(row.sum()):.4f}")
    wanted = torch.cat([values, torch.ones(len(values), 1)], dim=1).double()  # the output, and the sum
    cost = torch.zeros(len(row))
    cost[row.argmax()] = 1
    found = linprog(cost.numpy(), A_eq=wanted.T.numpy(), b_eq=(row.double() @ wanted).numpy(), bounds=(0, None))
    return row if found.x is None else torch.from_numpy(found.x).to(row)
