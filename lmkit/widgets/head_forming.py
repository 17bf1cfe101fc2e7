"""HeadForming: a small transformer learns in the page; two of its heads come into being while the reader looks on."""

import traitlets

from lmkit.widgets.base import CannotShow, LivingFigure, check_exists

LAST_SEED = 2**31 - 1


class HeadForming(LivingFigure):
    """A transformer with attention alone, one head a layer, that the reader trains on random words, a stretch of which
    comes once more.

    With two layers, the first learns to look at the word before, the second at what followed the same word last time.
    With one layer there is no induction. All of it is computed in the page; the same seed gives the same numbers.
    `layers` and `seed` follow what the reader chooses, and the figure follows them.

    Args:
        layers: 1 or 2.
        seed: Of the weights it begins with, and of the texts it learns from; from 0 to 2³¹ - 1.

    Raises:
        ValueError: There is no such number of layers, or no such seed.

    Source: Olsson et al. 2022.
    """

    view = traitlets.Unicode("head-forming").tag(sync=True)
    layers = traitlets.Int().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)

    def __init__(self, layers: int = 2, *, seed: int = 1) -> None:
        super().__init__(layers=layers, seed=seed, description="")
        self.description = (
            f"A transformer with attention alone, {layers} {'layer' if layers == 1 else 'layers'} of one head, not yet "
            "trained; in the page it learns to continue texts of random words, a stretch of which comes once more."
        )

    @traitlets.validate("layers")
    def _can_be_trained(self, proposal: traitlets.Bunch) -> int:
        if proposal.value not in (1, 2):
            raise CannotShow(f"layers is {proposal.value}, but the figure trains 1 or 2.")
        return proposal.value

    @traitlets.validate("seed")
    def _is_a_seed(self, proposal: traitlets.Bunch) -> int:
        return check_exists("seed", proposal.value, LAST_SEED + 1)

    def poster(self) -> bytes:
        """Where the head of each layer would have to look, as a PNG."""
        from lmkit.widgets.posters.forming import draw_forming

        return draw_forming(self.layers)
