"""Exercise: wire attention, feed-forward and norms into a block.

Check `block(x, attend, feed_forward, norm1, norm2) -> output`: a block with the norms first.

`x` has the axes [batch, position, d_model]; the four others are functions that give such a tensor back. First
attention adds to the stream, then the feed-forward does. Each reads the stream through its own norm.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Part, Probe, Probes, close, hides, mistake, truth, twin, uneven

Stream = Float[Tensor, "batch position d_model"]


def add(stream: Stream, read: Stream, norm: Callable, part: Callable) -> Stream:
    """The right way: the part reads the normalized stream, and what it writes is added to the stream."""
    return stream + part(norm(read))


def attention_first(x: Stream, attend: Callable, feed_forward: Callable) -> Stream:
    """The right order; the feed-forward reads what attention has written."""
    after = attend(x, x)
    return feed_forward(after, after)


def wire(
    x: Stream,
    attend: Callable,
    feed_forward: Callable,
    norm1: Callable,
    norm2: Callable,
    *,
    attention_step: Callable = add,
    feed_forward_step: Callable = add,
    first_norm: Callable = lambda norm1: norm1,
    second_norm: Callable = lambda norm1, norm2: norm2,
    order: Callable = attention_first,
) -> Stream:
    """x + attend(norm1(x)), then that + feed_forward(norm2(that)). The keywords are the switches."""
    return order(
        x,
        lambda stream, read: attention_step(stream, read, first_norm(norm1), attend),
        lambda stream, read: feed_forward_step(stream, read, second_norm(norm1, norm2), feed_forward),
    )


def probes(seed: int) -> Probes:
    """Parts that no two wirings give the same with: matrices, one of them mixing positions, and curved norms."""
    normal = Draws(seed).normal
    x, small = uneven(normal(2, 5, 6)), normal(3, 4, 3)
    mix, write, read = normal(5, 5) / math.sqrt(5), normal(6, 6) / math.sqrt(6), normal(6, 6) / math.sqrt(6)
    attend = Part("attend", lambda x: mix @ x @ write)
    feed_forward = Part("feed_forward", lambda x: (x @ read[: x.shape[-1], : x.shape[-1]]).relu())
    norm1 = Part("norm1", lambda x: 2 * x / (1 + x.norm(dim=-1, keepdim=True)))
    norm2 = Part("norm2", lambda x: (x - x.mean(dim=-1, keepdim=True)).tanh() + 0.5)
    return (
        Probe("when the feed-forward writes nothing", (x, attend, NOTHING, norm1, norm2)),
        Probe("when attention writes nothing", (small, NOTHING, feed_forward, norm1, norm2)),
        Probe("when both write", (x, attend, feed_forward, norm1, norm2)),
    )


NOTHING = Part("lambda x: 0 * x", lambda x: 0 * x)

_EXAMPLE = (
    torch.tensor([[[1.0, 2.0]]]),
    Part("lambda x: 10 * x", lambda x: 10 * x),
    Part("lambda x: 100 * x", lambda x: 100 * x),
    Part("lambda x: x + 1", lambda x: x + 1),
    Part("lambda x: x + 3", lambda x: x + 3),
)


def _stream_passes(solve: Callable, probes: Probes) -> bool:
    x, _, _, norm1, norm2 = probes[0].args
    (y,) = solve(x, NOTHING, NOTHING, norm1, norm2)
    return close(x, y, atol=1e-5)


def _halves_make_the_whole(solve: Callable, probes: Probes) -> bool:
    """A block whose feed-forward writes nothing, then one whose attention writes nothing."""
    x, attend, feed_forward, norm1, norm2 = probes[-1].args
    (between,) = solve(x, attend, NOTHING, norm1, norm2)
    (after,) = solve(between.to(x.dtype), NOTHING, feed_forward, norm1, norm2)
    (whole,) = solve(x, attend, feed_forward, norm1, norm2)
    return close(after, whole, atol=1e-4)


def _normed_stream(stream: Stream, read: Stream, norm: Callable, part: Callable) -> Stream:
    return norm(stream) + part(norm(read))


def _norm_last(stream: Stream, read: Stream, norm: Callable, part: Callable) -> Stream:
    return norm(stream + part(read))


def _norm_of_what_is_written(stream: Stream, read: Stream, norm: Callable, part: Callable) -> Stream:
    return stream + norm(part(read))


def _stream_added_twice(stream: Stream, read: Stream, norm: Callable, part: Callable) -> Stream:
    return 2 * stream + part(norm(read))


def _not_added(stream: Stream, read: Stream, norm: Callable, part: Callable) -> Stream:
    return part(norm(read))


def _itself(x: Stream) -> Stream:
    return x


def _feed_forward_first(x: Stream, attend: Callable, feed_forward: Callable) -> Stream:
    after = feed_forward(x, x)
    return attend(after, after)


def _what_attention_wrote(x: Stream, attend: Callable, feed_forward: Callable) -> Stream:
    after = attend(x, x)
    return feed_forward(after, after - x)


MISCONCEPTIONS = (
    mistake("norms-last", attention_step=_norm_last, feed_forward_step=_norm_last)
    .says("You applied the norms after the additions: that is the block of 2017, with the norms last.")
    .asks(
        "The stream should pass through the block untouched, and each part should add to it. What does a norm after "
        "the addition do to it?"
    ),
    mistake(
        "norm-of-what-is-written", attention_step=_norm_of_what_is_written, feed_forward_step=_norm_of_what_is_written
    )
    .says("You normalized what the parts write, not what they read.")
    .asks("A part wants to read numbers of a known size. On which side of the part must the norm stand then?"),
    mistake("added-to-the-normed-stream", attention_step=_normed_stream, feed_forward_step=_normed_stream)
    .says("You added to the normalized stream: the stream itself is lost at each addition.")
    .asks("After `x = norm1(x)`, which of your variables still holds the stream as it came in?"),
    mistake("stream-added-twice", attention_step=_stream_added_twice, feed_forward_step=_stream_added_twice)
    .says("You added the stream twice in each step, so that it doubles.")
    .asks("When attention writes only zeros, what should the stream be afterwards?"),
    mistake("attention-replaces-the-stream", attention_step=_not_added)
    .says("After attention, the stream that came in is gone: what attention wrote has taken its place.")
    .asks("If attention has nothing to say about a token, what should the feed-forward see of it?"),
    mistake("feed-forward-replaces-the-stream", feed_forward_step=_not_added)
    .says("After the feed-forward, the stream is gone: what the feed-forward wrote has taken its place.")
    .asks("What is left of the work of attention at the end of your block?"),
    mistake("norm1-forgotten", first_norm=lambda norm1: _itself)
    .says("Attention reads the stream without a norm: norm1 has no effect.")
    .asks("Which of the arguments does your code never use, or use without keeping its result?"),
    mistake("norm2-forgotten", second_norm=lambda norm1, norm2: _itself)
    .says("The feed-forward reads the stream without a norm: norm2 has no effect.")
    .asks("The stream has grown by what attention wrote. Who brings it back to size for the feed-forward?"),
    mistake("norm1-for-both", second_norm=lambda norm1, norm2: norm1)
    .says("You used norm1 for the feed-forward too.")
    .asks("Each norm has learned its own gain. For which of the two parts was norm2 learned?"),
    mistake("feed-forward-reads-the-old-stream", order=lambda x, attend, feed_forward: feed_forward(attend(x, x), x))
    .says("The feed-forward reads the stream from before attention: the two parts work side by side.")
    .asks("Attention fetches what other tokens know. Can the feed-forward work on it in your block?"),
    mistake("feed-forward-reads-attention-only", order=_what_attention_wrote)
    .says("The feed-forward reads what attention wrote, and not the stream that this was added to.")
    .asks("If attention has nothing to add to a token, what does your feed-forward get to read?"),
    mistake("attention-not-kept", order=lambda x, attend, feed_forward: feed_forward(x, attend(x, x)))
    .says("What attention wrote reaches the feed-forward, but it is not in the stream that you return.")
    .asks("When the feed-forward writes only zeros, what is left of the work of attention?"),
    mistake("feed-forward-first", order=_feed_forward_first)
    .says("The feed-forward comes first and attention second.")
    .asks("In which order does the exercise name the two parts?"),
)

BLOCK = Exercise(
    id="block",
    title="The block",
    family=wire,
    returns={"output": "batch position d_model"},
    probes=probes,
    examples=(_EXAMPLE,),
    properties=(
        truth("stream-does-not-pass", _stream_passes)
        .right("When both parts write zeros, the stream passes through unchanged.")
        .says("When both parts write only zeros, the stream still comes out changed.")
        .asks("Follow x from the first line to the last. Who else than the two parts changes it?"),
        truth("parts-do-not-follow", _halves_make_the_whole)
        .right("A block is its attention, followed by its feed-forward.")
        .says("Your block is not its attention followed by its feed-forward.")
        .asks("What does the feed-forward read in your code: the stream before attention or after it?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "feed-forward-replaces-the-stream feed-forward-reads-attention-only",
            seen_as="attention-replaces-the-stream feed-forward-replaces-the-stream",
            because="the stream is lost, once and for all, whichever of the two lost it",
        ),
        *hides(
            "feed-forward-replaces-the-stream",
            "attention-not-kept",
            because="where no stream is returned, attention cannot be missing from it",
        ),
    ),
)
