"""Checks for the exercises: what is right, what is wrong and, where it can be reproduced, why.

    from lmkit import check
    check.attention(attention)      # your own function; the last line of a cell shows the report

Each check calls the function on copies of random tensors and compares what comes back. If it is wrong, the
check looks for the smallest set of known mistakes that gives the same results to 1e-4, and names those only.
"""

from lmkit.check.banks.attention import ATTENTION, attention
from lmkit.check.banks.attention_cost import ATTENTION_COST, attention_cost
from lmkit.check.banks.causal_mask import CAUSAL_MASK, causal_mask
from lmkit.check.banks.keep_variance import KEEP_VARIANCE, keep_variance
from lmkit.check.banks.multi_head import MULTI_HEAD, multi_head
from lmkit.check.banks.padding_mask import PADDING_MASK, padding_mask
from lmkit.check.banks.previous_token_head import PREVIOUS_TOKEN_HEAD, previous_token_head
from lmkit.check.banks.sliding_window_mask import SLIDING_WINDOW_MASK, sliding_window_mask
from lmkit.check.banks.split_heads import SPLIT_HEADS, split_heads
from lmkit.check.exercise import Exercise
from lmkit.check.report import Finding, Report

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for exercise in (
        ATTENTION,
        CAUSAL_MASK,
        PADDING_MASK,
        SLIDING_WINDOW_MASK,
        SPLIT_HEADS,
        MULTI_HEAD,
        KEEP_VARIANCE,
        ATTENTION_COST,
        PREVIOUS_TOKEN_HEAD,
    )
}

__all__ = [
    "EXERCISES",
    "Exercise",
    "Finding",
    "Report",
    "attention",
    "attention_cost",
    "causal_mask",
    "keep_variance",
    "multi_head",
    "padding_mask",
    "previous_token_head",
    "sliding_window_mask",
    "split_heads",
]
