"""The living figures: widgets that work in a notebook and, with no kernel, in the built page."""

from lmkit.widgets.attention_heads import AttentionHeads
from lmkit.widgets.attention_steps import AttentionSteps, Example
from lmkit.widgets.feed_forward_neurons import FeedForwardNeurons
from lmkit.widgets.logit_lens import LogitLens
from lmkit.widgets.playground import Playground
from lmkit.widgets.token_strip import TokenStrip
from lmkit.widgets.training_film import Frame, TrainingFilm

__all__ = [
    "AttentionHeads",
    "AttentionSteps",
    "Example",
    "FeedForwardNeurons",
    "Frame",
    "LogitLens",
    "Playground",
    "TokenStrip",
    "TrainingFilm",
]
