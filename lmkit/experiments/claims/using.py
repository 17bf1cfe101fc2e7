"""Claims on what language models are good for."""

from statistics import mean

from lmkit.experiments import recorded
from lmkit.experiments.claims.claim import Claim, Found
from lmkit.experiments.shown.tables import mean_right
from lmkit.learning.evaluation import wilson


def sentiment_and_intent() -> Found:
    """Read how often a fine-tuned `book` is right with 1,000 labels."""
    (felt, n), (meant, m) = (mean_right(recorded(name)["results"], "LoRA", 1000) for name in ("finetuning", "intents"))
    says = f"With 1,000 labels `book` is right for {felt} of {n} endings of stories, and for {meant} of {m} intents."
    return Found(says, min(felt / n, meant / m) >= 0.95)


def dialogue() -> Found:
    """Read how many instructions `book` follows before and after instruction tuning."""
    results = recorded("instructions")["results"]
    n = sum(results["tests"].values())
    before, after = sum(results["before"].values()), [sum(run["right"].values()) for run in results["runs"]]
    says = f"`book` follows {before} of {n} instructions; after instruction tuning, three times, {_listed(after)}."
    return Found(says, wilson(before, n)[1] < wilson(min(after), n)[0])


def writing() -> Found:
    """Read what share of what `book` writes is well formed, and what share is true."""
    drawn = recorded("writing")["results"]["ways"]["temperature 1"]
    formed, true = (mean(run[name] for run in drawn) for name in ("sentences that parse", "stories without a mistake"))
    says = f"{formed:.0%} of the sentences that `book` writes are well formed; {true:.0%} of its stories are faultless."
    return Found(says, formed > 0.9 and true < 0.5)


def translation() -> Found:
    """Read how near the translations of three models come, beside the laziest way."""
    results = recorded("translation")["results"]
    scores, lazy = [run["chrf"] for run in results["runs"]], results["lazy"]["chrf"]
    says = (
        f"English to Chinese, three trainings: chrF {_listed(scores)} of 100. The translation of the most similar "
        f"training sentence gets {lazy}."
    )
    return Found(says, min(scores) > 80 and min(scores) > lazy)


def _listed(numbers: list) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


CLAIMS = {
    "understanding": Claim(
        "Language models serve to understand texts: sentiment, intent.",
        "holds", "in our small world; whether a language model is *needed* for it is asked below", sentiment_and_intent,
    ),
    "dialogue": Claim(
        "Language models serve for dialogue.",
        "holds if", "they were trained to answer: a model of text goes on with the text", dialogue,
    ),
    "writing": Claim(
        "Language models write articles, stories and code.",
        "holds if", "you check what they say: well formed is not true", writing,
    ),
    "translation": Claim(
        "Language models translate.",
        "holds", "sentences of Storyworld, by a model with cross-attention", translation,
    ),
}  # fmt: skip
