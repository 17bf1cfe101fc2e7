"""Storyworld: short stories from a seeded grammar that knows the truth, in English and in Chinese.

from lmkit.text import storyworld
story = storyworld.tell(seed=7)
story.text, story.chinese, story.possession, story.pronouns, story.questions
storyworld.check(story.text)  # [] : nothing wrong
"""

from lmkit.text.storyworld.checking import Problem, check, ends_well, replay
from lmkit.text.storyworld.grammar import Grammar
from lmkit.text.storyworld.instructing import Instruction, Wish, dialogues, follows, instructions
from lmkit.text.storyworld.pairs import Pair, minimal_pairs
from lmkit.text.storyworld.parsing import parse, split_sentences
from lmkit.text.storyworld.profiling import Profile, beginnings, in_town, profiles, swap_town, true_gap
from lmkit.text.storyworld.swapping import swap
from lmkit.text.storyworld.tasks import HELD_OUT, answers, holders, intents, sentiment
from lmkit.text.storyworld.telling import split_of, stories, tell

__all__ = [
    "HELD_OUT",
    "Grammar",
    "Instruction",
    "Pair",
    "Problem",
    "Profile",
    "Wish",
    "answers",
    "beginnings",
    "check",
    "dialogues",
    "ends_well",
    "follows",
    "holders",
    "in_town",
    "intents",
    "instructions",
    "minimal_pairs",
    "parse",
    "profiles",
    "replay",
    "sentiment",
    "split_of",
    "split_sentences",
    "stories",
    "swap",
    "swap_town",
    "tell",
    "true_gap",
]
