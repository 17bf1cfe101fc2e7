"""Who *she* is: the rule by which the writer may use a pronoun and the reader understands it.

A pronoun means the one person of its gender in the sentence so far; if there is none, the one in the last
sentence that had people in it. Two candidates are an ambiguity, and then the writer repeats the name. An
object is never the subject of its own clause: in "Mia helped her", *her* is not Mia.
"""

PRONOUNS = {
    "girl": {"": "she", "him": "her", "his": "her"},
    "boy": {"": "he", "him": "him", "his": "his"},
}
GENDER_OF = {pronoun: gender for gender, cases in PRONOUNS.items() for pronoun in cases.values()}


class Discourse:
    """What the reader has in mind: the people and things of this sentence so far, and of the one before."""

    def __init__(self):
        self.gender: dict[str, str | None] = {}
        self._people: list[str] = []
        self._people_before: list[str] = []
        self._things: list[str] = []
        self._things_before: list[str] = []
        self._subject: str | None = None

    def mention(self, person: str, form: str = "") -> None:
        """Notice a person. The form is the slot's: "" is a subject."""
        self._people.append(person)
        if form == "":
            self._subject = person

    def mention_thing(self, noun: str) -> None:
        """Notice a thing."""
        self._things.append(noun)

    def end_sentence(self) -> None:
        """Move this sentence into the past."""
        self._people_before = self._people or self._people_before
        self._things_before = self._things or self._things_before
        self._people, self._things, self._subject = [], [], None

    def candidates(self, gender: str, form: str) -> list[str]:
        """List the people whom a pronoun of this gender and form may mean: one if it is clear.

        A person whose gender has not been told may be either.
        """
        barred = self._subject if form == "him" else None
        for people in (self._people, self._people_before):
            found = [p for p in people if p != barred and self.gender.get(p) in (gender, None)]
            if found:
                return list(dict.fromkeys(found))
        return []

    def seen(self, person: str) -> bool:
        """Whether the person has already been named in this sentence."""
        return person in self._people

    def pair(self) -> list[str]:
        """List the people whom "they" may mean: all of the sentence before. Clear if there are two."""
        return list(dict.fromkeys(self._people_before))

    def things(self) -> list[str]:
        """List the things that "it" may mean: one if it is clear."""
        return list(dict.fromkeys(self._things or self._things_before))
