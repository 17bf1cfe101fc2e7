"""A told story, with the truth beside it: what each sentence says, who has what, who *she* is."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from lmkit.text.storyworld.chinese import translate
from lmkit.text.storyworld.discourse import Discourse
from lmkit.text.storyworld.english import PEOPLE, Mention, write
from lmkit.text.storyworld.lexicon import FEELINGS
from lmkit.text.storyworld.names import in_chinese
from lmkit.text.storyworld.patterns import ASIDES, INTENTS, PATTERNS, QUESTIONS, Pattern
from lmkit.text.storyworld.questions import Asked, possible_questions
from lmkit.text.storyworld.stage import Person
from lmkit.text.storyworld.world import Event, Scene, World


class Pronoun(NamedTuple):
    """A pronoun of a story, and the person (or two people, "Tom and Zoe") or thing that it means."""

    sentence: int
    start: int
    end: int
    text: str
    antecedent: str


class Agreement(NamedTuple):
    """A verb that agrees with a noun before it.

    Attributes:
        attractor: whether the noun nearest to the verb has the other number: "the keys to the box were".
        distance: how many words stand between the noun and its verb.
    """

    sentence: int
    start: int
    end: int
    verb: str
    attractor: bool
    distance: int


class Question(NamedTuple):
    """A question about the end of a story, with its answer, in both languages."""

    kind: str
    text: str
    answer: str
    chinese: str
    chinese_answer: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of a story.

    Attributes:
        holder: who has each thing after this sentence; None for what is lost.
        place: where each person, and each lost thing, is after this sentence.
        gender: "girl" or "boy", of everybody in the story.
    """

    text: str
    event: Event
    pattern: Pattern
    mentions: tuple[Mention, ...]
    holder: dict[str, str | None]
    place: dict[str, str]
    gender: dict[str, str]

    @cached_property
    def chinese(self) -> str:
        """The same sentence in Chinese."""
        return translate(self.event, self.pattern, self.mentions, self.gender)

    @property
    def intent(self) -> str | None:
        """What the speaker of a quotation intends, such as "request"; None where nobody speaks."""
        return self.event.kind if self.event.kind in INTENTS else None


@dataclass(frozen=True)
class Story:
    """A whole story. Everything that can be asked about it is known.

    Attributes:
        hero: whose feeling ends the story.
        turning_point: the event that the summary tells.
        world: the world after the last sentence.
    """

    seed: int
    split: str
    plot: str
    people: tuple[Person, ...]
    sentences: tuple[Sentence, ...]
    hero: str
    turning_point: Event
    world: World

    @property
    def meetings(self) -> set[frozenset[str]]:
        """Every two people whom the story names."""
        named = [person.name for person in self.people if person.name in self.text]
        return {frozenset(two) for two in combinations(named, 2)}

    def person(self, name: str) -> Person:
        """Look up somebody in the story.

        Raises:
            ValueError: nobody has that name.
        """
        for person in self.people:
            if person.name == name:
                return person
        raise ValueError(f"nobody in this story is called {name}, only {[p.name for p in self.people]}")

    @cached_property
    def text(self) -> str:
        """The story in English."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def narrative(self) -> tuple[Sentence, ...]:
        """The story without the questions that are asked after its end."""
        kinds = [s.event.kind in QUESTIONS and s.event.kind not in ASIDES for s in self.sentences]
        return self.sentences[: kinds.index(True)] if True in kinds else self.sentences

    @property
    def chinese(self) -> str:
        """The story in Chinese."""
        return "".join(sentence.chinese for sentence in self.sentences)

    @property
    def possession(self) -> list[dict[str, str | None]]:
        """Who has each thing, after each sentence."""
        return [sentence.holder for sentence in self.sentences]

    @property
    def places(self) -> list[dict[str, str]]:
        """Where each person and each lost thing is, after each sentence."""
        return [sentence.place for sentence in self.sentences]

    @property
    def ends_well(self) -> bool:
        """The sentiment of the ending: whether what last happened to the hero was good."""
        return self.world.is_well(self.hero)

    @property
    def feelings(self) -> list[str]:
        """The feeling words of the story, in order: to hold some of them out in an experiment."""
        kinds = [sentence.event.roles.get("feeling") for sentence in self.sentences]
        return [feeling for feeling in kinds if feeling in FEELINGS]

    @property
    def intents(self) -> list[tuple[int, str]]:
        """The number of each sentence in which somebody speaks, and what the speaker intends."""
        return [(i, s.intent) for i, s in enumerate(self.sentences) if s.intent]

    @property
    def pronouns(self) -> list[Pronoun]:
        """Every pronoun with its antecedent."""
        return [
            _pronoun(i, sentence, mention)
            for i, sentence in enumerate(self.sentences)
            for mention in sentence.mentions
            if mention.manner == "pronoun"
        ]

    @property
    def agreements(self) -> list[Agreement]:
        """Every verb that must agree."""
        return [
            _agreement(i, sentence, mention)
            for i, sentence in enumerate(self.sentences)
            for mention in sentence.mentions
            if mention.role == "was"
        ]

    @property
    def questions(self) -> list[Question]:
        """Everything that can be asked after the end, with the answers."""
        return [_word_question(asked, self.sentences[0].gender) for asked in possible_questions(self.world)]

    @property
    def summary(self) -> str:
        """The story in one line."""
        said, _ = self._say_turning_point()
        return f"{said[:-1]}, and {self.hero} was {'happy' if self.ends_well else 'sad'}."

    @property
    def chinese_summary(self) -> str:
        """The story in one line of Chinese."""
        _, said = self._say_turning_point()
        hero = in_chinese(self.hero, self.sentences[0].gender[self.hero])
        return f"{said[:-1]}，{hero}很{FEELINGS['happy' if self.ends_well else 'sad']}。"

    def _say_turning_point(self) -> tuple[str, str]:
        event = self.turning_point._replace(opener="")
        return say(event, self.sentences[0].gender)


def say(event: Event, gender: dict[str, str]) -> tuple[str, str]:
    """Say an event by itself, with names, in English and in Chinese."""
    pattern = PATTERNS[event.kind][0]
    text, mentions = write(event, pattern, Discourse(), dice=None)
    return text, translate(event, pattern, mentions, gender)


def _word_question(asked: Asked, gender: dict[str, str]) -> Question:
    (text, chinese), (answer, chinese_answer) = (say(event, gender) for event in asked)
    return Question(asked[0].kind.removeprefix("ask_"), text, answer, chinese, chinese_answer)


def _pronoun(number: int, sentence: Sentence, mention: Mention) -> Pronoun:
    role, roles = mention.role, sentence.event.roles
    if role == "both":
        antecedent = f"{roles['who']} and {roles['whom']}"
    else:
        antecedent = roles[role] if role in PEOPLE else roles[role].noun
    return Pronoun(number, mention.start, mention.end, sentence.text[mention.start : mention.end], antecedent)


def _agreement(number: int, sentence: Sentence, verb: Mention) -> Agreement:
    scene: Scene = sentence.event.roles["scene"]
    head = next(mention for mention in sentence.mentions if mention.role == "scene")
    between = sentence.text[head.start : verb.start].split()[2:]  # without "the" and the noun itself
    nearest_is_plural = scene.near_plural  # without a noun beside it: the place, or the one who saw it
    attractor = len(between) > 0 and nearest_is_plural != scene.plural
    return Agreement(number, verb.start, verb.end, verb.text, attractor, len(between))
