"""LogitLens: what Python computes and packs is what the model would predict, and what the page shows."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from lmkit.inside.tracing import Trace, trace
from lmkit.model.generation import generate
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets.logit_lens import LogitLens
from tests.widgets.test_page_module import run

SOURCES = Path(__file__).parents[2] / "lmkit" / "widgets" / "js" / "logit-lens"
READ_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ readLens }} from "{SOURCES.as_uri()}/data.js";
import {{ guessOf, topOf }} from "{SOURCES.as_uri()}/seen.js";
const {{ binary, ...state }} = JSON.parse(readFileSync(0));
for (const [name, data] of Object.entries(binary)) {{
  const bytes = Buffer.from(data, "base64");
  state[name] = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}}
const lens = readLens({{ get: (name) => state[name] }});
const {{ entries, positions }} = lens;
const each = (n, read) => Array.from({{ length: n }}, (_, i) => read(i));
const cells = (read) => each(entries, (layer) => each(positions, (position) => read(layer, position)));
console.log(JSON.stringify({{
  top: cells((layer, position) => topOf(lens, layer, position).map(({{ name, share }}) => [lens.names[name], share])),
  right: cells((layer, position) => guessOf(lens, layer, position, lens.right[position] ?? -1).rank ?? 0),
}}));
"""
BINARY = ("top_names", "top_shares", "known_shares", "known_ranks")
VOCAB, LAYERS, TOKENS = 13, 3, (3, 1, 4, 1, 5, 9)


def make_model(**changes: object) -> Transformer:
    """A model of random weights, large enough to prefer some tokens."""
    config = dict(vocab_size=VOCAB, n_layers=LAYERS, n_heads=2, d_model=8, max_positions=16, init_std=0.5)
    return Transformer(TransformerConfig(**{**config, **changes}), torch.Generator().manual_seed(0))


def name(token: int) -> str:
    return f"t{token}"


@pytest.fixture(scope="module")
def model() -> Transformer:
    return make_model()


@pytest.fixture(scope="module")
def traced(model) -> Trace:
    return trace(model, torch.tensor(TOKENS))


def make_lens(traced: Trace, model: nn.Module, **options: object) -> LogitLens:
    return LogitLens(traced, model, [name(int(i)) for i in traced.tokens[0]], decode=name, **options)


def shares_of(figure: LogitLens) -> np.ndarray:
    """The shares of the first tokens: entry, position, top."""
    return np.frombuffer(figure.top_shares, "<f2").reshape(tuple(figure.shape.values())).astype(np.float32)


def names_of(figure: LogitLens) -> np.ndarray:
    return np.array(figure.names)[np.frombuffer(figure.top_names, "<u2")].reshape(tuple(figure.shape.values()))


@settings(max_examples=10)
@given(st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=8))
def test_the_last_row_is_what_the_model_predicts(model, tokens):
    tokens = torch.tensor(tokens)
    figure = make_lens(trace(model, tokens), model, top=VOCAB)
    with torch.no_grad():
        expected = model(tokens[None])[0].softmax(dim=-1)
    for position, row in enumerate(expected):
        guesses = dict(zip(names_of(figure)[-1, position], shares_of(figure)[-1, position], strict=True))
        torch.testing.assert_close(torch.tensor([guesses[name(i)] for i in range(VOCAB)]), row, rtol=1e-3, atol=1e-6)


def test_the_first_row_reads_the_embedding(model, traced):
    with torch.no_grad():
        expected = model.unembed(model.final_norm(model.embed(torch.tensor(TOKENS)))).softmax(dim=-1)
    figure = make_lens(traced, model)
    torch.testing.assert_close(torch.tensor(shares_of(figure)[0, :, 0]), expected.max(-1).values, rtol=1e-3, atol=1e-6)


def test_the_rank_of_a_token_counts_the_tokens_above_it(model, traced):
    """The right next tokens, and a watched one, wherever all tokens are kept."""
    figure = make_lens(traced, model, top=VOCAB, watch=[7])
    ranks = np.frombuffer(figure.known_ranks, "<f4").reshape(2, LAYERS + 1, len(TOKENS))
    ordered = names_of(figure)
    for entry, position in np.ndindex(LAYERS + 1, len(TOKENS) - 1):
        right, watched = name(TOKENS[position + 1]), name(7)
        found = [list(ordered[entry, position]).index(token) + 1 for token in (right, watched)]
        assert ranks[:, entry, position].tolist() == found


def test_the_page_reads_what_python_wrote(model, traced):
    figure = make_lens(traced, model, watch=[2])
    state = {trait: getattr(figure, trait) for trait in ("shape", "words", "names", "right", "watched")}
    state["binary"] = {trait: base64.b64encode(getattr(figure, trait)).decode() for trait in BINARY}
    page = json.loads(run("node", "--input-type=module", "-e", READ_IN_NODE, stdin=json.dumps(state)))
    tops = np.array(page["top"], dtype=object)
    assert (tops[..., 0] == names_of(figure)).all()
    np.testing.assert_array_equal(tops[..., 1].astype(np.float32), shares_of(figure))
    ranks = np.frombuffer(figure.known_ranks, "<f4").reshape(2, LAYERS + 1, len(TOKENS))
    np.testing.assert_array_equal(np.array(page["right"])[:, :-1], ranks[0, :, :-1])


def test_a_cell_costs_four_bytes_a_token(model, traced):
    figure = make_lens(traced, model)
    assert len(figure.top_names) + len(figure.top_shares) == (LAYERS + 1) * len(TOKENS) * 5 * 4
    assert len(set(figure.names)) == len(figure.names) <= VOCAB


def test_it_opens_where_the_right_token_comes_first_in_the_end_and_was_wrong_the_longest(model):
    own = generate(model, torch.tensor([TOKENS]), 8)  # right after the last layer, from the sixth token on
    figure = LogitLens(trace(model, own), model, [name(int(i)) for i in own[0]], decode=name)
    ranks = np.frombuffer(figure.known_ranks, "<f4").reshape(LAYERS + 1, own.shape[1])[:, :-1]
    since = [max((entry + 1 for entry in range(LAYERS + 1) if column[entry] > 1), default=0) for column in ranks.T]
    assert ranks[-1, figure.position] == 1
    assert since[figure.position] == max(at for at, rank in zip(since, ranks[-1], strict=True) if rank == 1)


def test_it_opens_at_the_last_layer_and_where_no_place_is_right_at_the_middle_token_unless_told(model, traced):
    figure = make_lens(traced, model)
    assert (figure.layer, figure.position) == (LAYERS, len(TOKENS) // 2)
    told = make_lens(traced, model, layer=0, position=5)
    assert (told.layer, told.position) == (0, 5)


def test_python_chooses_the_cell_and_is_held_to_cells_that_exist(model, traced):
    figure = make_lens(traced, model)
    figure.layer, figure.position = 1, 2
    assert (figure.layer, figure.position) == (1, 2)
    for trait, value in {"layer": LAYERS + 1, "position": -1}.items():
        with pytest.raises(ValueError, match=f"{trait} {value} does not exist: there are"):
            setattr(figure, trait, value)
    with pytest.raises(ValueError, match="layer 9 does not exist: there are 4, from 0 to 3"):
        make_lens(traced, model, layer=9)


def test_the_description_counts_what_is_right():
    """Where the blocks add nothing and the weights are tied, each token predicts itself."""
    model = make_model(tied=True, n_layers=1, d_model=16)
    for parameter in model.blocks.parameters():
        nn.init.zeros_(parameter)
    nn.init.eye_(model.embed.weight)  # one dimension a token
    same = make_lens(trace(model, torch.tensor([2, 2, 2])), model)
    assert same.description == (
        "What a model would predict after each layer (1), at each token (3): the right next token comes first at "
        "2 of 2 places from the embedding alone, and at 2 after the last layer."
    )
    alone = make_lens(trace(model, torch.tensor([2])), model)
    assert alone.description.endswith("at each token (1).") and alone.right == []


def test_the_same_trace_gives_the_same_figure(model, traced):
    first, second = (make_lens(traced, model, watch=[3]) for _ in range(2))
    states = [
        {k: v for k, v in one.get_state().items() if k not in ("layout", "_anywidget_id")} for one in (first, second)
    ]
    assert states[0] == states[1]
    assert first.poster() == second.poster()
    assert first.model_id[:24] == second.model_id[:24] and first.model_id != second.model_id


def test_the_output_is_a_live_figure_with_a_picture_and_a_sentence_for_where_it_cannot_live(model, traced):
    figure = make_lens(traced, model)
    data, metadata = figure._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert data["text/plain"] == figure.description == metadata["image/png"]["alt"]
    assert min(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size) > 80


@pytest.mark.parametrize(("layers", "n"), [(1, 1), (12, 64), (32, 100)])
def test_the_picture_is_small(layers, n):
    model = make_model(n_layers=layers, max_positions=128)
    figure = make_lens(trace(model, torch.arange(n) % VOCAB), model)
    assert len(figure.poster()) <= 30_000


def test_words_are_kept_as_they_are(model, traced):
    hostile = ["<img src=x onerror=alert(1)>", "", "\u202eevil", "\n", "龍", "x"]
    figure = LogitLens(traced, model, hostile, decode=lambda token: hostile[token % 6])
    assert figure.words == hostile
    assert set(figure.names) <= set(hostile)
    assert figure.poster().startswith(b"\x89PNG")


def broken(traced: Trace) -> Trace:
    entries = [entry.clone() for entry in traced.residual]
    entries[1][0, 2, 0] = torch.nan
    return replace(traced, residual=tuple(entries))


WRONG_CALLS = {
    "there are 2 words, but the trace has 6 tokens": lambda t, m: LogitLens(t, m, ["a", "b"], decode=name),
    "the trace has 3 layers with d_model 8, the model has 2 with d_model 8": lambda t, m: make_lens(
        t, make_model(n_layers=2)
    ),
    "the trace has 3 layers with d_model 8, the model has 3 with d_model 12": lambda t, m: make_lens(
        t, make_model(d_model=12)
    ),
    "the trace holds the token 9, but the model's vocabulary has 9": lambda t, m: make_lens(
        t, make_model(vocab_size=9)
    ),
    "this model has no unembedding": lambda t, m: make_lens(t, make_model(unembed=False)),
    "this model is not causal": lambda t, m: make_lens(t, make_model(causal=False)),
    "holds 2 texts and this figure shows one": lambda t, m: make_lens(trace(m, torch.zeros(2, 3).long()), m),
    "top is 14, but the vocabulary has 13 tokens": lambda t, m: make_lens(t, m, top=14),
    "watch holds the token 13, but the vocabulary has 13": lambda t, m: make_lens(t, m, watch=[13]),
    r"entry 1 of the residual stream is not finite .* at position 2": lambda t, m: make_lens(broken(t), m),
}


@pytest.mark.parametrize("message", WRONG_CALLS)
def test_a_wrong_call_is_told_the_two_things_that_disagree(model, traced, message):
    with pytest.raises(ValueError, match=message):
        WRONG_CALLS[message](traced, model)


def test_a_model_of_another_library_is_told_how_to_become_one_of_ours(traced):
    with pytest.raises(TypeError, match=r"the model is a Linear, .* use lmkit.shelf.conversion.from_transformers"):
        make_lens(traced, nn.Linear(8, 8))


def test_more_tokens_than_two_bytes_can_name_are_refused(model, traced, monkeypatch):
    monkeypatch.setattr("lmkit.widgets.logit_lens.MOST_NAMES", 4)
    with pytest.raises(ValueError, match=r"different tokens; the figure takes 4: shorten the text"):
        make_lens(traced, model)
