"""Exercise: which words may come next, if the text is to become one of some sentences.

Check `may_follow(written, sentences) -> words`: the words that lead on to a sentence of the list.

`written` is a list of words, `sentences` a list of such lists. Wanted are the words that may come after `written`, each
once, in the order in which the sentences have them. A sentence that is over leads nowhere.
"""

from collections.abc import Callable

from lmkit.check.bank import NAMES, Exercise, Probe, Probes, always, hides, mistake

Words = list[str]


def _next(written: Words, sentence: Words) -> Words:
    n = len(written)
    return sentence[n : n + 1] if sentence[:n] == written else []


def _after_the_last_word(written: Words, sentence: Words) -> Words:
    if not written:
        return sentence[:1]
    return [after for word, after in zip(sentence, sentence[1:], strict=False) if word == written[-1]]


def _at_this_place(written: Words, sentence: Words) -> Words:
    return sentence[len(written) : len(written) + 1]


def _in_any_order(written: Words, sentence: Words) -> Words:
    n = len(written)
    return sentence[n : n + 1] if sorted(sentence[:n]) == sorted(written) else []


def _all_the_rest(written: Words, sentence: Words) -> Words:
    n = len(written)
    return sentence[n:] if sentence[:n] == written else []


def may_follow(
    written: Words,
    sentences: list[Words],
    *,
    leads_on: Callable = _next,
    looked_at: Callable = lambda found: found,
    each: Callable = lambda words: list(dict.fromkeys(words)),
) -> Words:
    """The word after `written` in each sentence that begins so. The keywords are the switches."""
    found = [leads_on(written, sentence) for sentence in sentences]
    return each([word for words in looked_at([words for words in found if words]) for word in words])


def probes(seed: int) -> Probes:
    """At the beginning, in the middle, where a sentence is over; words that come again at other places."""
    name = ["Tom", "Ben", "Max"][seed % 3]
    stories = [
        ["Mia", "gave", name, "the", "kite"],
        ["Mia", "gave", "the", "kite", "to", name],
        ["Mia", "had", "the", "kite"],
        [name, "gave", "Mia", "this", "book"],
        ["Mia", "gave", name, "a", "ball"],
        ["Mia", "gave", name, "the", "book", "and", "the", "kite"],
    ]
    more = [*stories, ["Mia", "gave", name, "the", "kite", "and", "ran"]]
    return (
        Probe("before the first word", ([], stories)),
        Probe("after two words", (["Mia", "gave"], more)),
        Probe("where sentences branch", (["Mia", "gave", name], [stories[3], *stories[:3], stories[4]])),
        Probe("in the middle", (["Mia", "gave", name, "the"], more[:6])),
        Probe("where one sentence is over", (["Mia", "gave", name, "the", "kite"], more)),
        Probe("after a word that comes again", (["Mia", "gave", "the", "kite"], [*stories[1:3], ["Mia", "the"]])),
    )


def _begins(words: Words, sentences: list[Words]) -> bool:
    return any(sentence[: len(words)] == words for sentence in sentences)


def _each_leads_on(args: tuple, words: Words) -> bool:
    written, sentences = args
    return all(_begins([*written, word], sentences) for word in words)


def _none_is_missing(args: tuple, words: Words) -> bool:
    written, sentences = args
    n = len(written)
    return all(len(s) <= n or s[:n] != written or s[n] in words for s in sentences)


def _each_comes_once(args: tuple, words: Words) -> bool:
    return len(set(words)) == len(words)


MISCONCEPTIONS = (
    mistake("last-word-only", leads_on=_after_the_last_word)
    .says("You looked at the last word only. After 'the' anything may follow that ever followed 'the'.")
    .asks("After 'Mia had the', may the sentence go on as one that begins with 'Mia gave'?"),
    mistake("any-sentence", leads_on=_at_this_place)
    .says("You took the word at this place of every sentence, whatever stands before it.")
    .asks("Does a sentence that begins with another word lead on from here?"),
    mistake("order-ignored", leads_on=_in_any_order)
    .says("You compared which words were written, not in which order.")
    .asks("Is 'Tom gave Mia' a beginning of 'Mia gave Tom the kite'?"),
    mistake("all-the-rest", leads_on=_all_the_rest)
    .says("You allow every word that comes later, not the next one alone.")
    .asks("If the reader may skip a word, does the text still become the sentence?"),
    mistake("first-sentence-only", looked_at=lambda found: found[:1])
    .says("You stop at the first sentence that fits.")
    .asks("Two sentences begin in the same way. Which of them may it become?"),
    mistake("words-twice", each=list)
    .says("You list a word once for each sentence that has it.")
    .asks("How many different words may come next?"),
)

MAY_FOLLOW = Exercise(
    id="may_follow",
    title="What the grammar allows",
    family=may_follow,
    returns={"words": NAMES},
    probes=probes,
    examples=(
        (["a"], [["a", "b"], ["a", "c"]]),
        (["a"], [["a", "b"], ["c", "d"]]),
        (["a", "b"], [["b", "a", "c"], ["a", "b", "d"]]),
        (["c", "b"], [["a", "b", "c"], ["c", "b", "d"]]),
        (["a"], [["a", "b", "c"]]),
        (["a"], [["a", "b"], ["a", "b", "c"]]),
    ),
    properties=(
        always("leads-nowhere", _each_leads_on)
        .right("Each word leads on to a sentence.")
        .says("After one of your words the text is the beginning of no sentence.")
        .asks("What must be equal to what, word for word?"),
        always("something-missing", _none_is_missing)
        .right("No word is missing.")
        .says("A sentence of the list could not be written: its next word is not in your list.")
        .asks("When does your loop end?"),
        always("comes-twice", _each_comes_once)
        .right("Each word comes once.")
        .says("A word comes more than once.")
        .asks("What in Python holds each thing once and keeps the order?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides("first-sentence-only", "words-twice", because="One sentence has one next word."),
)
