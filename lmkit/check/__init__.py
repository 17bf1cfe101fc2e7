"""Checks for the exercises: what is right, what is wrong and, where it can be reproduced, why.

    from lmkit import check
    check.attention(attention)      # your own function; the last line of a cell shows the report

Each check calls the function on arguments of its own and compares what comes back. If it is wrong, the
check looks for the smallest set of known mistakes that gives the same results to 1e-4, and names those only.
"""

from lmkit.check.banks.accumulate import ACCUMULATE, accumulate
from lmkit.check.banks.adapt import ADAPT, adapt
from lmkit.check.banks.answer_labels import ANSWER_LABELS, answer_labels
from lmkit.check.banks.attention import ATTENTION, attention
from lmkit.check.banks.attention_cost import ATTENTION_COST, attention_cost
from lmkit.check.banks.block import BLOCK, block
from lmkit.check.banks.causal_mask import CAUSAL_MASK, causal_mask
from lmkit.check.banks.compression import COMPRESSION, compression
from lmkit.check.banks.count_ffn_parameters import COUNT_FFN_PARAMETERS, count_ffn_parameters
from lmkit.check.banks.count_pairs import COUNT_PAIRS, count_pairs
from lmkit.check.banks.count_parameters import COUNT_PARAMETERS, count_parameters
from lmkit.check.banks.decode_tokens import DECODE_TOKENS, decode_tokens
from lmkit.check.banks.encode_word import ENCODE_WORD, encode_word
from lmkit.check.banks.feed_forward import FEED_FORWARD, feed_forward
from lmkit.check.banks.freeze import FREEZE, freeze
from lmkit.check.banks.gelu import GELU, gelu
from lmkit.check.banks.gradient_norms import GRADIENT_NORMS, gradient_norms
from lmkit.check.banks.keep_variance import KEEP_VARIANCE, keep_variance
from lmkit.check.banks.key_value_reading import KEY_VALUE_READING, key_value_reading
from lmkit.check.banks.last_token import LAST_TOKEN, last_token
from lmkit.check.banks.layer_norm import LAYER_NORM, layer_norm
from lmkit.check.banks.leaks import LEAKS, leaks
from lmkit.check.banks.learning_rate import LEARNING_RATE, learning_rate
from lmkit.check.banks.logit_lens import LOGIT_LENS, logit_lens
from lmkit.check.banks.masked_lm import MASKED_LM, masked_lm
from lmkit.check.banks.merge_adapter import MERGE_ADAPTER, merge_adapter
from lmkit.check.banks.merge_pair import MERGE_PAIR, merge_pair
from lmkit.check.banks.multi_head import MULTI_HEAD, multi_head
from lmkit.check.banks.next_token_loss import NEXT_TOKEN_LOSS, next_token_loss
from lmkit.check.banks.padding_mask import PADDING_MASK, padding_mask
from lmkit.check.banks.per_position import PER_POSITION, per_position
from lmkit.check.banks.previous_token_head import PREVIOUS_TOKEN_HEAD, previous_token_head
from lmkit.check.banks.resume import RESUME, resume
from lmkit.check.banks.rotate import ROTATE, rotate
from lmkit.check.banks.sinusoidal import SINUSOIDAL, sinusoidal
from lmkit.check.banks.sliding_window_mask import SLIDING_WINDOW_MASK, sliding_window_mask
from lmkit.check.banks.split_heads import SPLIT_HEADS, split_heads
from lmkit.check.banks.swiglu_width import SWIGLU_WIDTH, swiglu_width
from lmkit.check.banks.training_step import TRAINING_STEP, training_step
from lmkit.check.banks.wilson import WILSON, wilson
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
        COUNT_PAIRS,
        MERGE_PAIR,
        ENCODE_WORD,
        COMPRESSION,
        DECODE_TOKENS,
        FEED_FORWARD,
        COUNT_FFN_PARAMETERS,
        GELU,
        KEY_VALUE_READING,
        SWIGLU_WIDTH,
        PER_POSITION,
        LAYER_NORM,
        SINUSOIDAL,
        ROTATE,
        BLOCK,
        COUNT_PARAMETERS,
        LOGIT_LENS,
        NEXT_TOKEN_LOSS,
        MASKED_LM,
        TRAINING_STEP,
        LEARNING_RATE,
        RESUME,
        FREEZE,
        GRADIENT_NORMS,
        LAST_TOKEN,
        ADAPT,
        MERGE_ADAPTER,
        ACCUMULATE,
        ANSWER_LABELS,
        LEAKS,
        WILSON,
    )
}

__all__ = [
    "EXERCISES",
    "Exercise",
    "Finding",
    "Report",
    "accumulate",
    "adapt",
    "answer_labels",
    "attention",
    "attention_cost",
    "block",
    "causal_mask",
    "compression",
    "count_ffn_parameters",
    "count_pairs",
    "count_parameters",
    "decode_tokens",
    "encode_word",
    "feed_forward",
    "freeze",
    "gelu",
    "gradient_norms",
    "keep_variance",
    "key_value_reading",
    "last_token",
    "layer_norm",
    "leaks",
    "learning_rate",
    "logit_lens",
    "masked_lm",
    "merge_adapter",
    "merge_pair",
    "multi_head",
    "next_token_loss",
    "padding_mask",
    "per_position",
    "previous_token_head",
    "resume",
    "rotate",
    "sinusoidal",
    "sliding_window_mask",
    "split_heads",
    "swiglu_width",
    "training_step",
    "wilson",
]
