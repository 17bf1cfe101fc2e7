"""A survey of heads keeps of a corpus what the traces of all texts, kept at once, would have said."""

import gc
import statistics
from dataclasses import fields
from itertools import product

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from lmkit.inside import batches, heads
from lmkit.inside.head_survey import AFTER, FARTHEST, OUTSIDE, SCORES, WINDOW, HeadSurvey, survey
from lmkit.inside.tracing import trace
from lmkit.inside.unembedding import read_out
from lmkit.model.attention import causal_mask
from lmkit.shelf.conversion import from_transformers
from tests.inside.test_neurons import LAYERS, VOCAB, make_model

HEADS, PASSAGES, SPECIAL = 2, 3, (0, 5)
CLOSE = dict(rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module", autouse=True)
def short_batches():
    """So that a few dozen texts are several batches, of texts of several lengths."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "TOGETHER", 16)
        patch.setattr(batches, "TOKENS", 128)
        yield


@pytest.fixture(scope="module", params=[True, False], ids=["causal", "both ways"])
def model(request):
    return make_model(causal=request.param)


@pytest.fixture(scope="module")
def texts() -> list[Tensor]:
    """In the last two no token comes twice, and one has nothing but itself to look at."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(4, 40, (21,), generator=generator).tolist()
    many = [torch.randint(VOCAB, (length,), generator=generator) for length in lengths]
    return [*many, torch.tensor([3, 1, 4]), torch.tensor([7])]


@pytest.fixture(scope="module")
def seen(model, texts) -> HeadSurvey:
    return survey(model, iter(texts), special=SPECIAL, n_passages=PASSAGES)


@pytest.fixture(scope="module")
def traces(model, texts):
    return [trace(model, text) for text in texts]


def is_special(trace) -> Tensor:
    return torch.isin(trace.tokens, torch.tensor(SPECIAL))


IN_ONE_TEXT = {
    "previous": heads.previous_token,
    "next": heads.next_token,
    "itself": lambda t: torch.stack(t.attentions).diagonal(dim1=-2, dim2=-1).mean(dim=(1, 3)),
    "first": lambda t: heads.attention_to(t, 0),
    "special": lambda t: heads.attention_on(t, is_special(t), torch.ones_like(t.tokens, dtype=torch.bool)),
    "same": heads.same_token,
    "induction": heads.induction,
    "distance": heads.distance,
    "entropy": heads.entropy,
}


def where_defined(score, traces) -> list[Tensor]:
    """The score of each text that has one."""
    found = []
    for one in traces:
        try:
            found.append(score(one))
        except ValueError:
            pass
    return found


@pytest.mark.parametrize("name", SCORES)
def test_a_score_is_the_mean_over_the_texts_with_the_error_of_that_mean(seen, traces, name):
    each = torch.stack(where_defined(IN_ONE_TEXT[name], traces)).double()
    error = each.std(dim=0) / len(each) ** 0.5
    assert_close(seen.score(name).double(), each.mean(dim=0), **CLOSE)
    low, high = seen.interval(name)
    assert_close(((high - low) / 2).double(), 1.96 * error, **CLOSE)
    assert_close((high + low) / 2, seen.score(name))


def looking_evenly(model, one):
    n = one.tokens.shape[1]
    return heads.looking_evenly(one, causal_mask(n) if model.config.causal else torch.ones(n, n, dtype=torch.bool))


@pytest.mark.parametrize("name", SCORES)
def test_even_is_what_one_scores_that_looks_evenly(model, seen, traces, name):
    each = where_defined(IN_ONE_TEXT[name], [looking_evenly(model, one) for one in traces])
    assert float(seen.evenly[SCORES.index(name)]) == pytest.approx(statistics.mean(map(float, each)), rel=1e-4)


def test_the_distances_are_the_shares_of_the_attention_and_their_mean_is_the_distance(seen, texts):
    assert_close(seen.distances.sum(dim=-1), torch.ones(LAYERS, HEADS))
    assert_close(seen.distances @ torch.arange(FARTHEST + 1.0), seen.score("distance"), **CLOSE)
    assert not seen.distances[..., max(map(len, texts)) :].any()


def places(one, layer, head) -> list[tuple[float, int, int]]:
    """All places of a text that count, the hardest first."""
    weights, tokens = one.attentions[layer][0, head], one.tokens[0].tolist()
    pairs = product(range(len(tokens)), repeat=2)
    counting = [(q, k) for q, k in pairs if k not in (0, q) and tokens[k] not in SPECIAL]
    return sorted(((float(weights[q, k]), q, k) for q, k in counting), reverse=True)


def test_the_passages_are_around_the_places_where_a_head_attends_hardest_each_in_another_text(seen, traces, texts):
    for layer, head in product(range(LAYERS), range(HEADS)):
        tops = [found[0] + (i,) for i, one in enumerate(traces) if (found := places(one, layer, head))]
        for passage, (height, query, key, i) in enumerate(sorted(tops, reverse=True)[:PASSAGES]):
            place = layer, head, passage
            tokens = seen.passages[place]
            assert tokens[tokens != OUTSIDE].tolist() == texts[i].tolist()
            assert (int(seen.queries[place]), int(seen.keys[place])) == (query, key)
            assert float(seen.hardest[place]) == pytest.approx(height, rel=1e-4)
            assert_close(seen.rows[place][: len(texts[i])], traces[i].attentions[layer][0, head, query], **CLOSE)
            assert not seen.rows[place][len(texts[i]) :].any()


def test_what_is_written_is_read_out_of_what_the_head_adds_for_that_key(model, seen, traces, texts):
    layer, head, d_head = 1, 1, 4
    ids = seen.passages[layer, head, 0]
    one = traces[[text.tolist() for text in texts].index(ids[ids != OUTSIDE].tolist())]
    value = one.values[layer][0, head, seen.keys[layer, head, 0]]
    output = model.blocks[layer].attention.to_output.weight[:, head * d_head : (head + 1) * d_head]
    most = read_out(model, output @ value).topk(seen.written.shape[-1])
    assert seen.written[layer, head, 0].tolist() == most.indices.tolist()
    assert_close(seen.raised[layer, head, 0], most.values, **CLOSE)


def test_a_model_without_an_unembedding_is_surveyed_but_for_what_it_writes(texts):
    found = survey(make_model(unembed=False), texts, n_passages=1)
    assert found.written.shape[-1] == found.raised.shape[-1] == 0 and found.scores.isfinite().all()


def test_what_is_sought_got_most_beyond_what_even_looking_gives(model, seen, traces):
    got = torch.zeros(LAYERS, HEADS, VOCAB)
    for one in traces:
        received, even = (torch.stack(t.attentions)[:, 0].sum(dim=2) for t in (one, looking_evenly(model, one)))
        got.index_add_(2, one.tokens[0], received - even)
    most = (got / seen.n_tokens).topk(seen.sought.shape[-1])
    assert_close(seen.excess, most.values, **CLOSE)
    assert torch.equal(seen.sought, most.indices)


def test_what_was_read_is_counted(seen, texts):
    assert (seen.n_texts, seen.n_tokens) == (len(texts), sum(map(len, texts)))


def test_a_passage_of_a_long_text_is_cut_around_query_and_key():
    generator = torch.Generator().manual_seed(0)
    texts = [torch.randint(VOCAB, (length,), generator=generator) for length in (WINDOW + 60, FARTHEST + 9)]
    model = make_model()
    found = survey(model, texts, n_passages=2)
    assert found.passages.shape[-1] == found.rows.shape[-1] == WINDOW
    assert (found.queries - found.keys < WINDOW - AFTER).all()
    assert_close(found.distances.sum(dim=-1), torch.ones(LAYERS, HEADS)) and found.distances[..., -1].all()
    at = found.passages[0, 0, 0].tolist()
    (text,) = [t for t in texts if any(t[i : i + WINDOW].tolist() == at for i in range(len(t) - WINDOW + 1))]
    start = next(i for i in range(len(text)) if text[i : i + WINDOW].tolist() == at)
    row = trace(model, text).attentions[0][0, 0, start + found.queries[0, 0, 0]]
    assert_close(found.rows[0, 0, 0], row[start : start + WINDOW], **CLOSE)


def test_the_memory_does_not_grow_with_the_corpus():
    """What tensors hold whenever as many texts, of the same unlike lengths, were read as are put in order at a time."""
    model, generator, held = make_model(), torch.Generator().manual_seed(0), []

    def told(n_times):
        for _ in range(n_times):
            gc.collect()
            alive = (one for one in gc.get_objects() if type(one) is Tensor)
            held.append(sum(one.numel() * one.element_size() for one in alive))
            for length in range(5, 5 + 2 * batches.TOGETHER, 2):
                yield torch.randint(VOCAB, (length,), generator=generator)

    survey(model, told(8), n_passages=2)
    assert held[1] > held[0] and max(held[2:]) < 1.05 * held[1]


@pytest.mark.parametrize(("n_passages", "n_texts"), [(3, 2), (1, 0), (0, 2)])
def test_more_passages_than_texts_or_none_are_refused(model, texts, n_passages, n_texts):
    with pytest.raises(ValueError, match=f"n_passages is {n_passages}, but"):
        survey(model, texts[:n_texts], n_passages=n_passages)


def test_a_text_without_a_token_is_refused(model):
    with pytest.raises(ValueError, match="a text without a token"):
        survey(model, [torch.tensor([1]), torch.tensor([], dtype=torch.long)])


def test_a_score_that_is_not_there_is_refused_with_those_that_are(seen):
    with pytest.raises(ValueError, match="no score 'sink': choose one of previous, next"):
        seen.score("sink")


@pytest.mark.parametrize("show", [False, True])
def test_a_bar_is_shown_on_request_alone(model, texts, capfd, show):
    survey(model, texts, n_passages=1, show=show)
    assert ("reading: 100%" in capfd.readouterr().err) == show


def test_no_field_is_left_out_of_the_words(seen):
    assert all(field.name in HeadSurvey.__doc__ for field in fields(HeadSurvey))


def test_a_model_of_transformers_with_grouped_queries_is_surveyed_as_its_copy_in_lmkit_is(texts):
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        vocab_size=VOCAB, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=32, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    theirs = transformers.LlamaForCausalLM(config).eval()
    one, other = (survey(model, texts, n_passages=2) for model in (theirs, from_transformers(theirs)))
    assert_close(one.scores, other.scores, **CLOSE)
    assert torch.equal(one.passages, other.passages) and torch.equal(one.keys, other.keys)
    assert one.written.shape[-1] == 0 < other.written.shape[-1]
