"""How well does a small encoder-decoder translate Storyworld into Chinese, and does it look at the words it translates?

Sentences of training stories, each with its translation; three seeds of weights and order. Held out are the stories of
the test split, translated sentence by sentence, greedily. Counted are

- chrF and BLEU of whole stories, by sacrebleu, BLEU with its own splitting of Chinese: without, a sentence is one word;
- sentences that are exactly right, also among those that training never had;
- names that arrive, of people who have a usual one and of those whose made-up name must be spelled;
- who "they" are, of which the sentence says nothing;
- links: how often the cross-attention that predicts the first character of a known word is largest in that word's
  English, by head. The best head is chosen on other stories than it is counted on.

A lazy translator gives the translation of the training sentence that shares most with the one asked (TF-IDF of words).

Expected, before it ran: chrF above 90, since templates are few; made-up names as the weakest part; .8 of the links by
the best head; "they" no better than the commoner of the two.

About 10 minutes of one core. It needs sacrebleu==2.6.0.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

import torch
from torch import Tensor

from lmkit.inside.tracing import trace
from lmkit.learning import seq2seq
from lmkit.learning.training.config import TrainingConfig
from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.transformer import TransformerConfig
from lmkit.text import storyworld
from lmkit.text.storyworld.alignment import Link, links
from lmkit.text.storyworld.story import Sentence
from lmkit.text.storyworld.telling import NAMES
from lmkit.text.tokenizer import BYTES, Tokenizer, learn_merges, split_words

SEEDS = (0, 1, 2)
N_STORIES, N_TEST, N_LINKED = 12_000, 300, 60
VOCAB_SIZE = 1400
FIRST = 10**6  # a weight that lets every Chinese character become a token before any piece of English does
STEPS = 1800
THEY = ("他们", "她们")


def config() -> TransformerConfig:
    """Two blocks in each stack, so that the weights fit into half a megabyte."""
    return TransformerConfig(
        vocab_size=VOCAB_SIZE, n_layers=2, n_heads=4, d_model=88, d_hidden=192, rotary_base=1000.0, init_std=0.08
    )


def sentences(split: str, n_stories: int) -> list[list[Sentence]]:
    """Give the sentences of stories, without the questions after their ends."""
    return [list(story.narrative) for story in storyworld.stories(split, n_stories)]


def training_pairs() -> list[tuple[str, str]]:
    """Give the different sentences of the training stories, each with its translation."""
    return sorted({(one.text, one.chinese) for story in sentences("train", N_STORIES) for one in story})


def make_tokenizer(pairs: Sequence[tuple[str, str]]) -> Tokenizer:
    """Learn one vocabulary for both languages: pieces of English words, and single Chinese characters."""
    words = Counter()
    for english, chinese in pairs:
        words.update(split_words(english))
        words.update(dict.fromkeys(chinese, FIRST))
    return Tokenizer(learn_merges(words, VOCAB_SIZE - len(BYTES) - len(seq2seq.SPECIAL)), seq2seq.SPECIAL)


def train(seed: int) -> tuple[EncoderDecoder, Tokenizer, list[float]]:
    """Train a translator, and give its losses."""
    pairs = training_pairs()
    tokenizer = make_tokenizer(pairs)
    model = EncoderDecoder(config(), torch.Generator().manual_seed(seed))
    settings = TrainingConfig(steps=STEPS, batch_size=64, learning_rate=4e-3, seed=seed)
    losses = seq2seq.fit_pairs(model, seq2seq.encode(pairs, tokenizer), settings)
    return model, tokenizer, losses


def run() -> dict:
    """Train three translators, and measure each on the same held-out stories."""
    torch.set_num_threads(1)
    pairs, test = training_pairs(), sentences("test", N_TEST)
    lazy = nearest([english for english, _ in pairs], [one.text for story in test for one in story])
    translators = [train(seed)[:2] for seed in SEEDS]
    return measure_all(pairs, test, [pairs[i][1] for i in lazy], translators)


def measure_all(
    pairs: Sequence[tuple[str, str]],
    test: Sequence[Sequence[Sentence]],
    lazily: list[str],
    translators: Sequence[tuple[EncoderDecoder, Tokenizer]],
) -> dict:
    """Measure what was translated lazily, and by each translator."""
    known = {english for english, _ in pairs}
    runs = []
    for model, tokenizer in translators:
        written = seq2seq.write(model, tokenizer, [one.text for story in test for one in story])
        runs.append(measure(written, test, known) | {"links": find_links(model, tokenizer)})
        print(runs[-1], flush=True)
    return {
        "trained_on": len(pairs),
        "parameters": sum(parameter.numel() for parameter in translators[0][0].parameters()),
        "lazy": measure(lazily, test, known),
        "runs": runs,
    }


def nearest(known: Sequence[str], asked: Sequence[str]) -> list[int]:
    """Find, for each sentence asked, the known one that shares most words with it, rare ones counting more."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(token_pattern=r"\w+")
    table = words.fit_transform(known).T.tocsc()
    rows = words.transform(asked)
    blocks = (rows[i : i + 100] @ table for i in range(0, rows.shape[0], 100))
    return [int(i) for block in blocks for i in block.toarray().argmax(axis=1)]


# --- What the translations are worth. ---


def measure(written: list[str], test: Sequence[Sequence[Sentence]], known: set[str]) -> dict:
    """Compare what was written for each sentence with its translation."""
    from sacrebleu.metrics import BLEU, CHRF

    left, told = iter(written), [one for story in test for one in story]
    stories = ["".join(islice(left, len(story))) for story in test]
    references = [["".join(one.chinese for one in story) for story in test]]
    is_right = [text == one.chinese for text, one in zip(written, told, strict=True)]
    unseen = [right for right, one in zip(is_right, told, strict=True) if one.text not in known]
    return {
        "chrf": round(CHRF().corpus_score(stories, references).score, 2),
        "bleu": round(BLEU(tokenize="zh").corpus_score(stories, references).score, 2),
        "exact": [sum(is_right), len(is_right)],
        "exact_unseen": [sum(unseen), len(unseen)],
        "names": count_names(written, told),
        "they": count_they(written, told),
    }


def count_names(written: Sequence[str], told: Sequence[Sentence]) -> dict[str, list[int]]:
    """Count the names that arrive, out of all, of people with a usual name and with a made-up one."""
    counts = {"usual": [0, 0], "made up": [0, 0]}
    for text, one in zip(written, told, strict=True):
        for link in links(one):
            if link.kind == "name":
                is_usual = one.text[slice(*link.english)] in NAMES
                count = counts["usual" if is_usual else "made up"]
                count[0] += one.chinese[slice(*link.chinese)] in text
                count[1] += 1
    return counts


def count_they(written: Sequence[str], told: Sequence[Sentence]) -> dict[str, int]:
    """Count the sentences that tell of 他们 or 她们, how often it is the right one, and how often the commoner."""
    groups = [(word, text) for text, one in zip(written, told, strict=True) for word in THEY if word in one.chinese]
    commoner = max(Counter(word for word, _ in groups).values())
    return {"all": len(groups), "right": sum(word in text for word, text in groups), "commoner": commoner}


# --- Whether it looks at the words it translates. ---


def find_links(model: EncoderDecoder, tokenizer: Tokenizer) -> dict:
    """Count, for each head, the links that it finds on validation stories; and of the best, those on test stories."""
    chosen_on, counted_on = (
        [one for story in sentences(split, N_LINKED) for one in story] for split in ("validation", "test")
    )
    layers = torch.stack([found for one in chosen_on for found in hits(model, tokenizer, one).values()])
    best = int(layers.sum(dim=0).flatten().argmax())
    layer, head = divmod(best, model.config.n_heads)
    kinds = {}
    for one in counted_on:
        for link, found in hits(model, tokenizer, one).items():
            count = kinds.setdefault(link.kind, [0, 0])
            count[0] += int(found[layer, head])
            count[1] += 1
    return {
        "heads": [[int(n) for n in row] for row in layers.sum(dim=0)],
        "heads_of": len(layers),
        "best": [layer, head],
        "kinds": kinds,
        "diagonal": count_diagonal(tokenizer, counted_on),
    }


def hits(model: EncoderDecoder, tokenizer: Tokenizer, one: Sentence) -> dict[Link, Tensor]:
    """Say for each link which heads, (layer, head), look at its English when they predict its first Chinese token."""
    ((source, target),) = seq2seq.encode([(one.text, one.chinese)], tokenizer)
    seen = trace(model, torch.tensor(source), decoder_input_ids=torch.tensor(target[:-1]))
    looked_at = torch.cat(seen.cross_attentions).argmax(dim=-1)  # (layer, head, query)
    english, chinese = token_spans(tokenizer, source), token_spans(tokenizer, target[1:])
    found = {}
    for link in links(one):
        ours = torch.tensor(_inside(english, one.text, link.english))
        first = _inside(chinese, one.chinese, link.chinese)[0]  # the query that predicts it stands one place before
        found[link] = torch.isin(looked_at[:, :, first], ours)
    return found


def count_diagonal(tokenizer: Tokenizer, told: Sequence[Sentence]) -> list[int]:
    """Count the links that one finds who looks as far into the source as the translation has come."""
    right = total = 0
    for one in told:
        ((source, target),) = seq2seq.encode([(one.text, one.chinese)], tokenizer)
        english, chinese = token_spans(tokenizer, source), token_spans(tokenizer, target[1:])
        for link in links(one):
            first = _inside(chinese, one.chinese, link.chinese)[0]
            guess = round(first * (len(english) - 1) / max(1, len(chinese) - 1))
            right += guess in _inside(english, one.text, link.english)
            total += 1
    return [right, total]


def token_spans(tokenizer: Tokenizer, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Say between which bytes of the text each token stands; those at its end stand for none."""
    ends = torch.tensor([len(tokenizer.tokens[i]) if i > seq2seq.END else 0 for i in ids]).cumsum(0).tolist()
    return list(zip([0, *ends], ends, strict=False))


def _inside(spans: Sequence[tuple[int, int]], text: str, word: tuple[int, int]) -> list[int]:
    """Give the tokens that share a byte with a word."""
    start, end = (len(text[:place].encode()) for place in word)
    return [i for i, (first, last) in enumerate(spans) if first < end and start < last]
