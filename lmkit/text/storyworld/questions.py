"""What one can ask about a world, with answers: who has what, who did it, where, how many, how one feels."""

from lmkit.text.storyworld.rules import DEED_ASKED
from lmkit.text.storyworld.world import Amount, Event, Thing, World

Asked = tuple[Event, Event]


def possible_questions(world: World) -> list[Asked]:
    """List every question that the world can answer, as (question, answer) events."""
    return [
        *_who_has(world),
        *_where_lost(world),
        *_who_did(world),
        *_where_is(world),
        *_how_many(world),
        *_how_one_feels(world),
    ]


def _ask(kind: str, roles: dict, answer: str, answer_roles: dict) -> Asked:
    return Event(kind, roles), Event(answer, answer_roles)


def _who_has(world: World) -> list[Asked]:
    return [
        _ask("ask_has", {"thing": Thing(noun)}, "tell_has", {"who": who, "thing": Thing(noun)})
        for noun, who in world.holder.items()
        if who
    ]


def _where_lost(world: World) -> list[Asked]:
    lost = [(noun, world.place[noun]) for noun in world.holder if noun in world.place]
    asked = []
    for noun, place in lost:
        thing = {"thing": Thing(noun)}
        asked.append(_ask("ask_has", thing, "tell_nobody", thing))
        asked.append(_ask("ask_where_thing", thing, "tell_where_thing", {**thing, "place": place}))
    return asked


def _who_did(world: World) -> list[Asked]:
    """Ask who lost, found, broke, fixed or took it: only where one answer is right."""
    asked = []
    for kind, deed in DEED_ASKED.items():
        done = [(who, noun) for did, who, noun in world.deeds if did == deed]
        asked += [
            _ask(kind, {"thing": Thing(noun)}, "tell_did", {"who": who})
            for who, noun in done
            if [other for _, other in done].count(noun) == 1
        ]
    return asked


def _where_is(world: World) -> list[Asked]:
    return [
        _ask("ask_where", {"who": who}, "tell_where", {"who": who, "place": world.place[who]})
        for who in world.people
        if who in world.place
    ]


def _how_many(world: World) -> list[Asked]:
    return [
        _ask(
            "ask_many", {"who": who, "food": food}, "tell_many", {"who": who, "amount": Amount(number, food)}
        )
        for (who, food), number in world.food.items()
        if number
    ]


def _how_one_feels(world: World) -> list[Asked]:
    asked = []
    for who in world.cause:
        for feeling in ("happy", "sad"):
            yes = (feeling == "happy") == world.is_well(who)
            roles = {"who": who, "feeling": feeling}
            asked.append(_ask("ask_feeling", roles, "tell_yes" if yes else "tell_no", roles))
    return asked
