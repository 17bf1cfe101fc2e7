"""Reading: a parsed sentence becomes an event. Pronouns are resolved by the rule that the teller obeys."""

from lmkit.text.storyworld.discourse import GENDER_OF, Discourse
from lmkit.text.storyworld.english import PEOPLE, plural, with_a
from lmkit.text.storyworld.lexicon import GENDER, NOUNS, NUMBERS
from lmkit.text.storyworld.parsing import Filled, Parsed
from lmkit.text.storyworld.rules import NEWCOMERS
from lmkit.text.storyworld.world import Amount, Event, Scene, Thing

SINGULAR = {noun.plural: singular for singular, noun in NOUNS.items()}
GENDER_TOLD = {"child": "who", "other_child": "whom"}  # "a girl called ..." tells whose gender
NOBODY = ""


class Reader:
    """Reads as a person does: keeps in mind who was mentioned, and notes what cannot be understood."""

    def __init__(self):
        self.discourse = Discourse()
        self.problems: list[tuple[str, str]] = []

    def understand(self, parsed: Parsed) -> Event:
        """Find out who does what. What is not understood is noted in `problems`, as (kind, message)."""
        self.problems = []
        roles: dict = {}
        words = {slot.role: slot.text for slot in parsed.slots}
        for child, role in GENDER_TOLD.items():
            if child in words and parsed.kind in NEWCOMERS:
                self.discourse.gender[words[role]] = words[child]
        for slot in parsed.slots:
            self._fill(slot, roles)
        if parsed.kind == "trait" and "child" in words:
            self._expect_gender(roles["who"], words["child"])
        self.discourse.end_sentence()
        return Event(parsed.kind, roles)

    def _fill(self, slot: Filled, roles: dict) -> None:
        """Put what the words in a slot mean under its role."""
        role, form, text = slot
        if role in PEOPLE:
            name = self._person(text, form)
            if roles.setdefault(role, name) != name:
                self._problem("pronoun", f"this should be {roles[role]} again, but {text} means {name}")
        elif role == "both":
            roles["who"], roles["whom"] = self._both(text)
        elif role == "was":
            self._expect_verb(text, roles["scene"])
        elif role in ("thing", "other"):
            roles[role] = self._thing(text)
        elif role in MEANINGS:
            roles[role] = MEANINGS[role](self, text)
        elif role not in GENDER_TOLD:
            roles[role] = text

    def _problem(self, kind: str, message: str) -> None:
        self.problems.append((kind, message))

    # ---- people

    def _person(self, text: str, form: str) -> str:
        if text.lower() in GENDER_OF:
            name = self._resolve(text.lower(), form)
        else:
            name = self._named(text.removesuffix("'s"))
        if name != NOBODY:
            self.discourse.mention(name, form)
        return name

    def _named(self, name: str) -> str:
        """Notice the gender of a name that all know; of another, only the story can tell it."""
        self.discourse.gender.setdefault(name, GENDER.get(name))
        return name

    def _resolve(self, pronoun: str, form: str) -> str:
        """Find the one person whom a pronoun means. This may be how a gender is told."""
        gender = GENDER_OF[pronoun]
        people = self.discourse.candidates(gender, form)
        if len(people) != 1:
            means = f"may be {' or '.join(people)}" if people else "means nobody"
            self._problem("pronoun", f'"{pronoun}" {means}')
            return NOBODY
        self.discourse.gender[people[0]] = gender
        return people[0]

    def _both(self, text: str) -> tuple[str, str]:
        pair = self.discourse.pair() if text.lower() == "they" else text.split(" and ")
        if len(pair) != 2:
            self._problem("pronoun", f'"they" means {len(pair)} people, but should mean two')
            return NOBODY, NOBODY
        for name in pair:
            self.discourse.mention(self._named(name))
        return pair[0], pair[1]

    def _expect_gender(self, name: str, child: str) -> None:
        known = self.discourse.gender.get(name) or child
        if known != child:
            self._problem("pronoun", f"{name} is called a {child}, but is a {known}")

    # ---- things

    def _thing(self, text: str) -> Thing:
        if text.lower() == "it":
            nouns = self.discourse.things()
            if len(nouns) != 1:
                self._problem("pronoun", f'"it" may be {" or ".join(nouns) or "nothing"}')
                return Thing("")
            thing = Thing(nouns[0])
        else:
            *adjective, noun = self._without_article(text).split()
            thing = Thing(noun, *adjective)
        self.discourse.mention_thing(thing.noun)
        return thing

    def _without_article(self, text: str) -> str:
        """Take off "the", "a" or "an", and see that it is the right one."""
        article, _, words = text.partition(" ")
        if not words:
            return text
        if article.lower() in ("a", "an") and with_a(words) != text.lower():
            self._problem("article", f'"{text}" should be "{with_a(words)}"')
        return words

    def _scene(self, text: str) -> Scene:
        words = text.split()
        nouns = [word for word in words if word in NOUNS or word in SINGULAR]
        for noun in nouns:
            self.discourse.mention_thing(SINGULAR.get(noun, noun))
        return Scene(SINGULAR.get(nouns[0], nouns[0]), nouns[0] in SINGULAR)

    def _expect_verb(self, verb: str, scene: Scene) -> None:
        right = "were" if scene.plural else "was"
        if verb != right:
            head = NOUNS[scene.noun].plural if scene.plural else scene.noun
            self._problem("agreement", f'"the {head} ... {verb}" should be "{right}"')

    def _amount(self, text: str) -> Amount:
        """Three apples; or three, of what was asked about."""
        number, _, noun = text.replace(" more", "").partition(" ")
        food = SINGULAR.get(noun, noun)
        if food:
            self.discourse.mention_thing(food)
            if noun != plural(food, NUMBERS[number]):
                self._problem("number", f'"{text}" should be "{number} {plural(food, NUMBERS[number])}"')
        return Amount(NUMBERS[number], food)

    def _food(self, text: str) -> str:
        self.discourse.mention_thing(SINGULAR[text])
        return SINGULAR[text]


MEANINGS = {  # role -> what its words mean; the words themselves, where there is nothing to find out
    "scene": Reader._scene,
    "amount": Reader._amount,
    "food": Reader._food,
    "trait": Reader._without_article,
    "place": lambda reader, text: text.split()[-1],
}
