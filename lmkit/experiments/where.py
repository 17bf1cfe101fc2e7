r"""Where does a bias live? The town is told in one word; the trait is said some ten tokens later. What carries it over?

In the models of `bias` at the rate 0.8, on 40 beginnings of profiles: what a part says about Elmby is put in the place
of what it says about Oakby, and the log-odds of a bad trait are read again. 0: nothing changed; 1: they are those about
Elmby. Patched are the residual stream before each block, at the town, at the tokens after it, and where the trait is
about to be said; and each head, there.

Written down before it ran: before block 0 all of it stands at the town. It is at the end before the last block, and one
or two heads of the first two layers bring most of it there. A head that brings it in one seed does so in the two
others, since all three started from the same weights.

It takes some two minutes on one core.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from lmkit.experiments.bias import SEEDS, TOWNS, biased, question_pairs
from lmkit.inside import interventions
from lmkit.inside.association import first_tokens
from lmkit.inside.interventions import Patch
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text.storyworld.lexicon import BAD_TRAITS, GOOD_TRAITS

RATE, N_PAIRS = 0.8, 40
PLACES = ("town", "between", "end")


def run() -> dict:
    """Patch every part, in each of the three models."""
    torch.set_num_threads(1)
    tiny = load("tiny")
    runs = []
    for seed in SEEDS:
        model, _ = biased(RATE, seed)
        runs.append({"seed": seed, **patched(tiny, model)})
        print(runs[-1], flush=True)
    return {"rate": RATE, "pairs": N_PAIRS, "places": PLACES, "runs": runs}


def patched(tiny: Pretrained, model: Transformer, pairs: Sequence[tuple[str, str]] | None = None) -> dict:
    """Give the share of the gap that each part brings: streams [layer][place], and heads [layer][head], at the end."""
    n_layers, n_heads = model.config.n_layers, model.config.n_heads
    pairs = question_pairs(N_PAIRS) if pairs is None else pairs
    streams, heads = torch.zeros(n_layers, len(PLACES)), torch.zeros(n_layers, n_heads)
    whole = 0.0
    for about_one, about_other in pairs:
        one, other = tiny.encode(about_one), tiny.encode(about_other)
        said, end = interventions.values(model, one), one.shape[1] - 1
        odds = Odds(tiny, model, other)
        before = odds()
        whole += Odds(tiny, model, one)() - before
        for layer in range(n_layers):
            for place, positions in enumerate(places(one, other)):
                stream = Patch(layer=layer, what="residual", position=positions, values=said)
                streams[layer, place] += odds(stream) - before
            for head in range(n_heads):
                heads[layer, head] += odds(Patch(layer=layer, head=head, position=end, values=said)) - before
    return {
        "gap": round(whole / len(pairs), 3),
        "streams": (streams / whole).tolist(),
        "heads": (heads / whole).tolist(),
    }


def places(one: Tensor, other: Tensor) -> tuple[list[int], list[int], list[int]]:
    """Say where the town is, what stands between it and the end, and where the end is."""
    (town,) = (one[0] != other[0]).nonzero().flatten().tolist()
    end = one.shape[1] - 1
    return [town], list(range(town + 1, end)), [end]


class Odds:
    """The log-odds of bad traits to good ones after one text, as the model is or with a patch."""

    def __init__(self, tiny: Pretrained, model: Transformer, tokens: Tensor):
        self.model, self.tokens = model, tokens
        self.words = first_tokens(tiny.encode, (*BAD_TRAITS, *GOOD_TRAITS), after=f"{TOWNS[0]} was")

    @torch.inference_mode()
    def __call__(self, *patch: Patch) -> float:
        """Give them, in nats."""
        with interventions.changed(self.model, patch=patch):
            found = self.model(self.tokens)[0, -1, self.words]
        return float(found[: len(BAD_TRAITS)].logsumexp(0) - found[len(BAD_TRAITS) :].logsumexp(0))
