r"""A survey of attention heads: at what each of them looks in a corpus, how far, and where it attends hardest.

The corpus is read a few texts at a time, and only sums and what is hardest so far are kept. So it can be as long as one
likes. A score of a head is the mean over the queries of a text for which it is defined, and then over the texts, each
counting alike. The interval is the usual one for a mean of independent texts,

$$\bar x \pm 1.96\, s / \sqrt n$$

with $s$ the standard deviation over the $n$ texts in which the score is defined.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from lmkit.inside import heads
from lmkit.inside.batches import batches
from lmkit.inside.tracing import Trace, trace
from lmkit.inside.unembedding import can_read, read_out

SCORES = ("previous", "next", "itself", "first", "special", "same", "induction", "distance", "entropy")
FARTHEST = 256  # the last distance of the histogram stands for all that are farther
WINDOW, AFTER = 160, 8  # tokens of a passage, and how many of them stand after the later of query and key
OUTSIDE = -1  # stands where a passage reaches beyond its text
WRITTEN = 5  # tokens that are told of what a head writes, and of what it seeks
TINY = 1e-30  # less is nothing, and the logarithm of nothing is slow


@dataclass(frozen=True)
class HeadSurvey:
    """What is kept of a corpus for every head.

    Attributes:
        n_texts, n_tokens: how much was read.
        scores: the mean of each of SCORES. "previous", "next", "itself" and "first": the share of its attention that a
            token gives to the one before it, after it, to itself, and to the first of the text. "special": to those
            that were named as special. "same": to other occurrences of the same token. "induction": to what followed
            the same token before. "distance": how many tokens away it looks. "entropy": how spread it is, in bits. NaN
            where a score is defined in no text.
        errors: the standard error of each over the texts; NaN where fewer than two texts define it.
        evenly: what a head would score that looks alike at every token it may see.
        distances: the share of the attention that goes 0, 1, 2, ... tokens far; the last one is FARTHEST and more.
        passages: the texts of the places where a head attends hardest, the hardest first, each in another text, cut to
            WINDOW tokens; OUTSIDE where the text is over. Left out is what says little: attention to the first token,
            to special tokens, and to oneself.
        rows: what the query of the place gives to each token of its passage.
        queries, keys: where in its passage the query stands, and the key to which it attends hardest.
        written, raised: the tokens that the head raises most with what it carries from that key, and by how many
            logits, as `lmkit.inside.unembedding` reads it; none where the model has nothing to read it with.
        sought: the tokens that get most attention beyond what even looking would give them, over the whole corpus.
        excess: by how much of all the attention of the head.
    """

    n_texts: int
    n_tokens: int
    scores: Float[Tensor, "score layer head"]
    errors: Float[Tensor, "score layer head"]
    evenly: Float[Tensor, " score"]
    distances: Float[Tensor, "layer head distance"]
    passages: Int[Tensor, "layer head passage window"]
    rows: Float[Tensor, "layer head passage window"]
    queries: Int[Tensor, "layer head passage"]
    keys: Int[Tensor, "layer head passage"]
    written: Int[Tensor, "layer head passage written"]
    raised: Float[Tensor, "layer head passage written"]
    sought: Int[Tensor, "layer head sought"]
    excess: Float[Tensor, "layer head sought"]

    def score(self, name: str) -> Float[Tensor, "layer head"]:
        """The mean of a score, one of SCORES."""
        return self.scores[_index(name)]

    def interval(self, name: str) -> tuple[Float[Tensor, "layer head"], Float[Tensor, "layer head"]]:
        """Where the mean of a score lies with 95 % confidence: from, to."""
        mean, reach = self.score(name), 1.96 * self.errors[_index(name)]
        return mean - reach, mean + reach

    @property
    def hardest(self) -> Float[Tensor, "layer head passage"]:
        """How much the query of each passage attends to its key."""
        return self.rows.gather(-1, self.keys[..., None])[..., 0]


def survey(
    model: nn.Module,
    texts: Iterable[Int[Tensor, " _"]],
    *,
    special: Iterable[int] = (),
    n_passages: int = 8,
    show: bool = False,
) -> HeadSurvey:
    """Let a model read a corpus, and keep of every head at what it looks, and the places where it attends hardest.

    Args:
        model: anything that `lmkit.trace` can look into.
        texts: token ids of each text; a generator is read as it goes, and never held whole.
        special: the ids of special tokens, such as those of `[CLS]` and `[SEP]`.
        n_passages: how many passages of each head are kept.
        show: True shows a progress bar, for a corpus of many thousand texts.

    Raises:
        ValueError: there is a text without a token, or there are fewer texts than passages. Others as `lmkit.trace`.
    """
    if n_passages < 1:
        raise ValueError(f"n_passages is {n_passages}, but a head is shown by 1 or more")
    sums, best = _Sums(tuple(special)), _Best(n_passages, tuple(special))
    total = len(texts) if isinstance(texts, Sequence) else None
    with tqdm(total=total, desc="reading", disable=not show) as bar:
        for tokens, real in batches(texts):
            seen = trace(model, tokens, None if real.all() else real)
            real = real.to(seen.tokens.device)
            sums.add(seen, real)
            best.add(seen, real)
            bar.update(len(real))
    if sums.n_texts < n_passages:
        raise ValueError(f"n_passages is {n_passages}, but each text gives one, and there are {sums.n_texts} texts")
    return HeadSurvey(**sums.told(), **best.told(model))


# --- Sums over the corpus. ---


def _index(name: str) -> int:
    if name not in SCORES:
        raise ValueError(f"there is no score {name!r}: choose one of {', '.join(SCORES)}")
    return SCORES.index(name)


class _Sums:
    """What is added up, text after text, of all heads at once."""

    def __init__(self, special: tuple[int, ...]):
        self.special = special
        self.n_texts = self.n_tokens = 0
        self.counts = self.totals = self.squares = self.even = self.distances = 0
        self.received = self.expected = torch.zeros(0)

    def add(self, seen: Trace, real: Bool[Tensor, "batch position"]) -> None:
        """Take in a batch of texts."""
        self.n_texts += len(real)
        self.n_tokens += int(real.sum())
        targets = _targets(seen.tokens, real, self.special)
        counts = _defined(targets, real)  # (batch, score)
        layers = [_real_rows(weights, real) for weights in seen.attentions]
        self._add_scores(torch.stack([_measure(layer, targets) for layer in layers]), counts)
        self.distances = self.distances + torch.stack([_by_distance(layer, real) for layer in layers])
        even = _evenly(layers[0], real)
        self.even = self.even + _mean(_measure(even, targets), counts).sum(dim=0)[:, 0]
        self._add_received(seen.tokens, [*layers, even])

    def _add_scores(self, sums: Float[Tensor, "layer batch score head"], counts: Float[Tensor, "batch score"]) -> None:
        means = _mean(sums, counts)
        self.counts = self.counts + (counts > 0).sum(dim=0).cpu()
        self.totals = self.totals + means.sum(dim=1)
        self.squares = self.squares + means.square().sum(dim=1)

    def _add_received(self, tokens: Int[Tensor, "batch key"], layers: Sequence[Tensor]) -> None:
        """Of each token of the vocabulary, how much attention it got, and how much even looking would give it."""
        *received, expected = (_by_token(tokens, weights) for weights in layers)
        self.received = _sum(self.received, torch.stack(received))  # (layer, head, vocab)
        self.expected = _sum(self.expected, expected)

    def told(self) -> dict:
        """Give the fields of HeadSurvey."""
        counts = self.counts[:, None].double()
        counts = torch.where(counts > 0, counts, torch.nan)  # (score, 1)
        means = self.totals / counts
        spread = (self.squares - counts * means.square()).clamp_min(0) / torch.where(counts > 1, counts - 1, torch.nan)
        excess = (self.received - self.expected) / self.n_tokens
        most = excess.topk(min(WRITTEN, excess.shape[-1]))
        return {
            "n_texts": self.n_texts,
            "n_tokens": self.n_tokens,
            "scores": means.transpose(0, 1).float(),
            "errors": (spread / counts).sqrt().transpose(0, 1).float(),
            "evenly": (self.even / counts[:, 0]).float(),
            "distances": (self.distances / self.n_texts).float(),
            "sought": most.indices,
            "excess": most.values.float(),
        }


def _targets(
    tokens: Int[Tensor, "batch position"], real: Bool[Tensor, "batch position"], special: tuple[int, ...]
) -> Float[Tensor, "batch target query key"]:
    """By how much an attention of 1 counts for each score but the last, which is no sum over keys."""
    places = torch.arange(tokens.shape[1], device=tokens.device)
    apart = places[:, None] - places  # (query, key)
    is_special = torch.isin(tokens, torch.tensor(special, dtype=tokens.dtype, device=tokens.device))
    targets = [
        apart == 1,
        apart == -1,
        apart == 0,
        (places == 0)[None],
        is_special[:, None],
        heads.others_of_the_same(tokens),
        heads.after_an_earlier(tokens),
        apart.abs(),
    ]
    both = (real[:, :, None] & real[:, None]).float()
    return torch.stack([target * both for target in targets], dim=1)


def _defined(
    targets: Float[Tensor, "batch target query key"], real: Bool[Tensor, "batch position"]
) -> Float[Tensor, "batch score"]:
    """Over how many queries each score is a mean: where it asks for a certain key, over those that have one."""
    asks = torch.tensor([name in ("previous", "next", "same", "induction") for name in SCORES], device=real.device)
    has_one = F.pad(targets.any(dim=-1).sum(dim=-1), (0, 1))  # (batch, score)
    return torch.where(asks, has_one, real.sum(dim=-1, keepdim=True)).float()


def _real_rows(weights: Tensor, real: Bool[Tensor, "batch position"]) -> Float[Tensor, "batch head query key"]:
    """The weights with 32 bits, and 0 where the query is padding."""
    return weights.float() if real.all() else weights.float() * real[:, None, :, None]


def _measure(
    weights: Float[Tensor, "batch head query key"], targets: Float[Tensor, "batch target query key"]
) -> Float[Tensor, "batch score head"]:
    """Each score of each head, added up over the queries of each text."""
    linear = torch.bmm(targets.flatten(2), weights.flatten(2).mT)  # (batch, target, head)
    bits = weights.clamp_min(TINY).log2_().mul_(weights).sum(dim=(2, 3)).neg()  # 0 log 0 is 0
    return torch.cat([linear, bits[:, None]], dim=1)


def _mean(sums: Float[Tensor, "*layer batch score head"], counts: Float[Tensor, "batch score"]) -> Tensor:
    """The mean of each text, with 64 bits on the CPU; 0 where the score is not defined."""
    return (sums / counts.clamp_min(1)[..., None]).double().cpu()


def _by_distance(
    weights: Float[Tensor, "batch head query key"], real: Bool[Tensor, "batch position"]
) -> Float[Tensor, "head distance"]:
    """The share of the attention at each distance, added up over the texts."""
    n_texts, n_heads, n = weights.shape[:3]
    one_a_text = (1 / real.sum(dim=-1).float()) @ weights.flatten(1)  # so that long texts count as much as short ones
    places = torch.arange(n, device=weights.device)
    apart = (places[:, None] - places).abs().clamp_max(FARTHEST).flatten()
    shares = weights.new_zeros(n_heads, FARTHEST + 1)
    return shares.scatter_add_(1, apart.expand(n_heads, -1), one_a_text.view(n_heads, -1)).double().cpu()


def _evenly(
    weights: Float[Tensor, "batch head query key"], real: Bool[Tensor, "batch position"]
) -> Float[Tensor, "batch 1 query key"]:
    """One head that gives the same to each token that may be seen: the past alone if no query looks ahead."""
    may_see = (real[:, :, None] & real[:, None]).float()
    may_see = may_see if weights.triu(1).any() else may_see.tril()
    return (may_see / may_see.sum(dim=-1, keepdim=True).clamp_min(1))[:, None]


def _by_token(
    tokens: Int[Tensor, "batch key"], weights: Float[Tensor, "batch head query key"]
) -> Float[Tensor, "head vocab"]:
    """How much attention each token of the vocabulary gets, up to the last one that is there."""
    received = weights.sum(dim=2).transpose(0, 1).flatten(1).double().cpu()  # (head, token)
    ids = tokens.flatten().cpu()
    empty = received.new_zeros(len(received), int(ids.max()) + 1)
    return empty.scatter_add_(1, ids.expand(len(received), -1), received)


def _sum(one: Tensor, other: Tensor) -> Tensor:
    """Add what is known of fewer tokens to what is known of more."""
    width = max(one.shape[-1], other.shape[-1])
    return F.pad(one, (0, width - one.shape[-1])) + F.pad(other, (0, width - other.shape[-1]))


# --- The places where a head attends hardest. ---


@dataclass(order=True)
class _Place:
    """One query that attends hard to one key, and the passage around both."""

    height: float
    query: int = field(compare=False)
    key: int = field(compare=False)
    tokens: Tensor = field(compare=False)
    row: Tensor = field(compare=False)
    carried: Tensor = field(compare=False)


class _Best:
    """The places where each head attends hardest so far, each in another text."""

    def __init__(self, n_passages: int, special: tuple[int, ...]):
        self.n_passages, self.special = n_passages, special
        self.places: dict[tuple[int, int], list[_Place]] = defaultdict(list)

    def add(self, seen: Trace, real: Bool[Tensor, "batch position"]) -> None:
        """Take in a batch of texts."""
        says_something = _says_something(seen.tokens, real, self.special)
        for layer, weights in enumerate(seen.attentions):
            counted = weights.float() * says_something
            peaks = counted.amax(dim=(2, 3))  # (batch, head)
            for text, head in (peaks > self._least(layer, weights.shape[1]).to(peaks)).nonzero().tolist():
                query, key = divmod(int(counted[text, head].argmax()), weights.shape[3])
                self._keep(layer, head, _place(seen, layer, head, text, query, key, int(real[text].sum())))

    def _least(self, layer: int, n_heads: int) -> Float[Tensor, " head"]:
        """What a place must exceed to be kept."""
        kept = (self.places[layer, head] for head in range(n_heads))
        return torch.tensor([places[-1].height if len(places) == self.n_passages else -1.0 for places in kept])

    def _keep(self, layer: int, head: int, place: _Place) -> None:
        places = self.places[layer, head]
        places.append(place)
        places.sort(reverse=True)  # keeps the order of equals
        del places[self.n_passages :]

    def told(self, model: nn.Module) -> dict:
        """Give the fields of HeadSurvey."""
        n_layers, n_heads = (1 + last for last in max(self.places))
        every = [place for head in sorted(self.places) for place in self.places[head]]
        shape = (n_layers, n_heads, self.n_passages)
        written, raised = _written(model, [place.carried for place in every], shape)
        return {
            "passages": pad_sequence([p.tokens for p in every], True, OUTSIDE).view(*shape, -1),
            "rows": pad_sequence([p.row for p in every], True).view(*shape, -1),
            "queries": torch.tensor([p.query for p in every]).view(shape),
            "keys": torch.tensor([p.key for p in every]).view(shape),
            "written": written,
            "raised": raised,
        }


def _says_something(
    tokens: Int[Tensor, "batch position"], real: Bool[Tensor, "batch position"], special: tuple[int, ...]
) -> Float[Tensor, "batch 1 query key"]:
    """1 where attention counts for a place: not to oneself, the first token or a special one, nor beyond a passage."""
    places = torch.arange(tokens.shape[1], device=tokens.device)
    apart = (places[:, None] - places).abs()
    near = (apart > 0) & (apart < WINDOW - AFTER) & (places > 0)
    keys = real & ~torch.isin(tokens, torch.tensor(special, dtype=tokens.dtype, device=tokens.device))
    return (near & real[:, :, None] & keys[:, None]).float()[:, None]


def _place(seen: Trace, layer: int, head: int, text: int, query: int, key: int, length: int) -> _Place:
    row = seen.attentions[layer][text, head, query]
    start = max(0, min(length, max(query, key) + 1 + AFTER) - WINDOW)
    cut = slice(start, min(length, start + WINDOW))
    kept = (seen.tokens[text, cut], row[cut].float(), _carried(seen, layer, head, text, key))
    return _Place(float(row[key]), query - start, key - start, *(part.cpu().clone() for part in kept))


def _carried(seen: Trace, layer: int, head: int, text: int, key: int) -> Float[Tensor, " d_head"]:
    """The value of the key, or nothing of a model that does not show it."""
    if not seen.values:
        return torch.zeros(0)
    values, n_heads = seen.values[layer][text], seen.attentions[layer].shape[1]
    return values[head * len(values) // n_heads, key].float()


def _written(model: nn.Module, carried: list[Tensor], shape: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """The tokens that each head raises most with what it carried, and by how much."""
    if not can_read(model):
        return torch.zeros(*shape, 0, dtype=torch.long), torch.zeros(*shape, 0)
    outputs = torch.stack([block.attention.to_output.weight.float() for block in model.blocks]).cpu()
    outputs = outputs.unflatten(-1, (shape[1], -1))  # (layer, d_model, head, d_head)
    vectors = torch.einsum("lhpd,lmhd->lhpm", torch.stack(carried).view(*shape, -1), outputs)
    most = read_out(model, vectors.to(model.unembed.weight)).float().cpu().topk(min(WRITTEN, model.config.vocab_size))
    return most.indices, most.values
