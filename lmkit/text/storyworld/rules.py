"""What each kind of event needs, and what it changes: the physics of Storyworld, one small rule each.

A rule gets the world and the roles of the event. It first states what must hold (`world.expect...`), then
changes what the event changes. Kinds without a rule change nothing.
"""

from collections.abc import Callable

from lmkit.text.storyworld.lexicon import BAD_FEELINGS, FEELINGS_AFTER, GOOD_FEELINGS
from lmkit.text.storyworld.patterns import QUESTIONS
from lmkit.text.storyworld.world import Amount, Event, Thing, World

Rule = Callable[..., None]
RULES: dict[str, Rule] = {}
NEWCOMERS = {  # the kinds of events that introduce people, and in which roles
    "named": ("who",),
    "friend": ("who", "whom"),
    "friends": ("who", "whom"),
    "meet": ("who", "whom"),
    "meet_new": ("who", "whom"),
    "come": ("who",),
    "come_new": ("who",),
}
NEW_THINGS = ("have", "get", "make", "offered")


def happen(world: World, event: Event) -> list[tuple[str, str]]:
    """Let an event happen, and list what is wrong with it as (kind of problem, message)."""
    world.problems = []
    _expect_people(world, event)
    for role in ("thing", "other"):
        if role in event.roles and event.kind != "code":
            _expect_thing(world, event.roles[role], event.kind in NEW_THINGS)
    if event.kind in RULES:
        RULES[event.kind](world, **event.roles)
    world.question = event if event.kind in QUESTIONS else None
    return world.problems


def _expect_people(world: World, event: Event) -> None:
    """Everybody must have been introduced, and nobody deals with themselves."""
    for role in ("who", "whom", "third"):
        person = event.roles.get(role)
        if person and person not in world.people:
            introduced = role in NEWCOMERS.get(event.kind, ())
            world.expect(introduced, "stranger", f"nobody called {person} has been introduced")
            world.people.append(person)
    who = event.roles.get("who")
    world.expect(who is None or who != event.roles.get("whom"), "self", f"{who} cannot do this to {who}")


def _expect_thing(world: World, thing: Thing, new: bool) -> None:
    """A thing must have been spoken of, with the same adjective."""
    if thing.noun not in world.holder:
        world.expect(new, "thing", f"there is no {thing.noun} in this story yet")
        world.holder[thing.noun] = None
        world.adjective[thing.noun] = thing.adjective
    known = world.adjective[thing.noun]
    if thing.adjective not in ("", known):
        world.expect(
            False,
            "thing",
            f"nobody called the {thing.noun} {thing.adjective}: it was {known or 'not described'}",
        )


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    """Make a function the rule of these kinds of events."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, function))
        return function

    return register


# ---- places


@rule("meet", "meet_new", "go_together")
def _meet(world: World, who: str, whom: str, place: str, child: str = "", other_child: str = "") -> None:
    world.move(place, who, whom)


@rule("come", "come_new")
def _come(world: World, who: str, child: str = "") -> None:
    world.move(world.place.get(world.people[0]), who)


@rule("go_back")
def _go_back(world: World, who: str, place: str) -> None:
    world.move(place, who)


@rule("go_home")
def _go_home(world: World, who: str, whom: str) -> None:
    world.move(None, who)
    world.cause[whom] = "neglect"
    world.note("left", who, whom)


@rule("home_together")
def _home_together(world: World, who: str, whom: str) -> None:
    world.expect_together(who, whom)
    world.move(None, who, whom)


@rule("home_alone")
def _home_alone(world: World, who: str) -> None:
    world.move(None, who)


@rule("sit_alone")
def _sit_alone(world: World, who: str, place: str) -> None:
    world.expect_at(who, place)
    world.move(place, who)


# ---- having


@rule("have", "get", "make", "buy")
def _have(world: World, who: str, thing: Thing, place: str = "") -> None:
    if place:
        world.expect_at(who, place)
    holder = world.holder.get(thing.noun)
    world.expect(holder is None, "owner", f"the {thing.noun} is not new: {holder} has it")
    world.hand_over(thing.noun, who)
    world.cause[who] = "gain"


@rule("offered")
def _offered(world: World, thing: Thing, place: str, who: str = "") -> None:
    holder = world.holder.get(thing.noun)
    world.expect(holder is None, "owner", f"the {thing.noun} is not new: {holder} has it")


@rule("want")
def _want(world: World, who: str, thing: Thing) -> None:
    world.expect(world.holder.get(thing.noun) != who, "owner", f"{who} already has the {thing.noun}")
    world.note("wanted", who, thing.noun)


@rule("now", "tell_has", "tell_had")
def _now(world: World, who: str, thing: Thing) -> None:
    world.expect_holder(thing.noun, who)


@rule("give")
def _give(world: World, who: str, whom: str, thing: Thing) -> None:
    world.expect_together(who, whom)
    world.expect_holder(thing.noun, who)
    world.hand_over(thing.noun, whom)
    world.cause[who], world.cause[whom] = "deed", "gain"
    world.note("gave", who, whom)


@rule("give_back")
def _give_back(world: World, who: str, whom: str, thing: Thing) -> None:
    owner = world.owner.get(thing.noun)
    world.expect(owner == whom, "owner", f"the {thing.noun} was not {whom}'s before, but {owner}'s")
    _give(world, who, whom, thing)
    world.cause[whom] = "relief"


@rule("keep")
def _keep(world: World, who: str, whom: str, thing: Thing) -> None:
    world.expect_holder(thing.noun, who)
    world.cause[whom] = "wrong"
    world.note("kept", who, thing.noun)


@rule("take")
def _take(world: World, who: str, whom: str, thing: Thing) -> None:
    world.expect_together(who, whom)
    world.expect_holder(thing.noun, whom)
    world.hand_over(thing.noun, who)
    world.cause[who], world.cause[whom] = "gain", "wrong"
    world.note("took", who, thing.noun)


@rule("trade")
def _trade(world: World, who: str, whom: str, thing: Thing, other: Thing) -> None:
    world.expect_together(who, whom)
    world.expect_holder(thing.noun, who)
    world.expect_holder(other.noun, whom)
    world.hand_over(thing.noun, whom)
    world.hand_over(other.noun, who)
    world.cause[who] = world.cause[whom] = "gain"


# ---- losing and finding


@rule("lose")
def _lose(world: World, who: str, thing: Thing, place: str) -> None:
    world.expect_holder(thing.noun, who)
    world.expect_at(who, place)
    world.drop(thing.noun, place)
    world.note("lost", who, thing.noun)


@rule("run_away")
def _run_away(world: World, thing: Thing, place: str, who: str = "") -> None:
    if who:
        world.expect_holder(thing.noun, who)
    world.drop(thing.noun, place)


@rule("seek", "seek_together", "not_found", "tell_nobody")
def _lost(world: World, thing: Thing, who: str = "", whom: str = "") -> None:
    world.expect_lost(thing.noun)


@rule("find")
def _find(world: World, who: str, thing: Thing, place: str) -> None:
    world.expect_lost(thing.noun)
    world.expect_at(thing.noun, place)
    mine = world.owner.get(thing.noun) == who
    world.hand_over(thing.noun, who)
    world.move(place, who)
    world.cause[who] = "relief" if mine else "gain"
    world.note("found", who, thing.noun)


# ---- breaking and mending


@rule("break", "fall")
def _break(world: World, thing: Thing, who: str = "") -> None:
    world.expect(thing.noun not in world.broken, "broken", f"the {thing.noun} is already broken")
    world.broken.append(thing.noun)
    if who:
        world.cause[who] = "guilt"
        world.note("broke", who, thing.noun)
    holder = world.holder.get(thing.noun)
    if holder and holder != who:
        world.cause[holder] = "wrong" if who else "damage"


@rule("fix", "fix_for")
def _fix(world: World, who: str, thing: Thing, whom: str = "") -> None:
    _not_fixed(world, thing)
    world.broken = [noun for noun in world.broken if noun != thing.noun]
    world.cause[who] = "deed"
    world.note("fixed", who, thing.noun)
    holder = world.holder.get(thing.noun)
    if holder:
        world.cause[holder] = "relief"
    if whom:
        world.note("helped", who, whom)


@rule("not_fixed")
def _not_fixed(world: World, thing: Thing, who: str = "") -> None:
    world.expect(thing.noun in world.broken, "broken", f"the {thing.noun} is not broken")


# ---- good and bad deeds


@rule("help")
def _help(world: World, who: str, whom: str) -> None:
    world.expect_together(who, whom)
    world.cause[who], world.cause[whom] = "deed", "kindness"
    world.note("helped", who, whom)


@rule("comfort")
def _comfort(world: World, who: str, whom: str) -> None:
    _help(world, who, whom)
    world.cause[whom] = "comfort"
    world.note("comforted", who, whom)


@rule("not_help")
def _not_help(world: World, who: str, whom: str) -> None:
    world.cause[whom] = "wrong"
    world.note("did not help", who, whom)


@rule("laugh_at")
def _laugh_at(world: World, who: str, whom: str) -> None:
    world.cause[whom] = "wrong"


@rule("be_alone")
def _be_alone(world: World, who: str) -> None:
    world.cause[who] = "neglect"


@rule("play")
def _play(world: World, who: str, whom: str) -> None:
    world.expect_together(who, whom)
    world.cause[who] = world.cause[whom] = "kindness"
    world.note("played with", who, whom)
    world.note("played with", whom, who)


@rule("fright")
def _fright(world: World, who: str) -> None:
    world.cause[who] = "fright"


# ---- food


@rule("have_food", "more_food")
def _get_food(world: World, who: str, amount: Amount) -> None:
    world.food[who, amount.food] = world.food.get((who, amount.food), 0) + amount.number


@rule("eat")
def _eat(world: World, who: str, amount: Amount) -> None:
    world.expect_food(who, amount)
    world.food[who, amount.food] = world.food.get((who, amount.food), 0) - amount.number


@rule("give_food")
def _give_food(world: World, who: str, whom: str, amount: Amount) -> None:
    _eat(world, who, amount)
    _get_food(world, whom, amount)
    _help(world, who, whom)


@rule("keep_food")
def _keep_food(world: World, who: str, whom: str, food: str) -> None:
    world.expect_food(who, Amount(1, food))
    _not_help(world, who, whom)


@rule("count", "tell_many")
def _count(world: World, who: str, amount: Amount) -> None:
    food = amount.food or (world.question.roles.get("food", "") if world.question else "")
    have = world.food.get((who, food), 0)
    world.expect(have == amount.number, "count", f"{who} has {have} {food}(s), not {amount.number}")


# ---- feelings: each has a cause


@rule("feel")
def _feel(world: World, who: str, feeling: str) -> None:
    cause = world.cause.get(who, "nothing")
    fits = feeling in FEELINGS_AFTER.get(cause, ())
    world.expect(fits, "feeling", f"why is {who} {feeling}? What last happened to {who} was {cause}")
    world.felt.setdefault(who, []).append(feeling)


@rule("not_feel")
def _not_feel(world: World, who: str, feeling: str) -> None:
    impossible = BAD_FEELINGS if world.is_well(who) else GOOD_FEELINGS
    cause = world.cause.get(who, "nothing")
    true = who in world.cause and feeling in impossible
    world.expect(true, "feeling", f"why is {who} not {feeling}? What last happened to {who} was {cause}")


@rule("no_more")
def _no_more(world: World, who: str, feeling: str) -> None:
    world.expect(feeling in world.felt.get(who, ()), "feeling", f"{who} was not {feeling} before")
    _not_feel(world, who, feeling)


TRUE_REASONS: dict[str, Callable[[World, str, str, str], bool]] = {  # (world, who, whom, noun)
    "glad_has": lambda world, who, whom, noun: world.holder.get(noun) == who,
    "glad_given": lambda world, who, whom, noun: ("gave", whom, who) in world.deeds,
    "glad_found": lambda world, who, whom, noun: noun not in world.place,
    "glad_fixed": lambda world, who, whom, noun: ("fixed", noun) in {(d[0], d[2]) for d in world.deeds},
    "glad_helped": lambda world, who, whom, noun: ("helped", whom, who) in world.deeds,
    "glad_safe": lambda world, who, whom, noun: ("comforted", whom, who) in world.deeds,
    "glad_friend": lambda world, who, whom, noun: ("played with", who) in {d[:2] for d in world.deeds},
    "proud_helped": lambda world, who, whom, noun: ("helped", who, whom) in world.deeds,
    "sad_gone": lambda world, who, whom, noun: noun in world.place,
    "sad_refused": lambda world, who, whom, noun: ("kept", whom, noun) in world.deeds,
    "sad_without": lambda world, who, whom, noun: world.holder.get(noun) != who,
    "sad_taken": lambda world, who, whom, noun: ("took", whom, noun) in world.deeds,
    "sad_broken": lambda world, who, whom, noun: noun in world.broken,
    "sad_not_helped": lambda world, who, whom, noun: ("did not help", whom, who) in world.deeds,
    "sad_left": lambda world, who, whom, noun: ("left", whom, who) in world.deeds,
    "sad_alone": lambda world, who, whom, noun: world.cause.get(who) == "neglect",
    "ashamed_broke": lambda world, who, whom, noun: ("broke", who, noun) in world.deeds,
}


def _with_reason(kind: str) -> Rule:
    """Make the rule of a feeling with "because": the feeling fits, and the reason is true."""

    def check(world: World, who: str, feeling: str, whom: str = "", thing: Thing | None = None) -> None:
        _feel(world, who, feeling)
        true = TRUE_REASONS[kind](world, who, whom, thing.noun if thing else "")
        world.expect(true, "reason", f"{who} is {feeling} because of something that did not happen")

    return check


RULES.update({kind: _with_reason(kind) for kind in TRUE_REASONS})


# ---- speech and questions


@rule("request")
def _request(world: World, who: str, thing: Thing, whom: str = "") -> None:
    _want(world, who, thing)
    if whom:
        world.expect_holder(thing.noun, whom)


@rule("offer")
def _offer(world: World, who: str, thing: Thing, whom: str = "") -> None:
    world.expect_holder(thing.noun, who)


@rule("refuse")
def _refuse(world: World, who: str, thing: Thing, whom: str = "") -> None:
    world.expect_holder(thing.noun, who)
    for other in world.people:
        if other == whom or ("wanted", other, thing.noun) in world.deeds:
            world.cause[other] = "wrong"
            world.note("kept", who, thing.noun)


@rule("propose")
def _propose(world: World, who: str, thing: Thing, other: Thing, whom: str = "") -> None:
    world.expect_holder(other.noun, who)
    if whom:
        world.expect_holder(thing.noun, whom)


@rule("where", "ask_who")
def _ask(world: World, who: str, thing: Thing, whom: str = "") -> None:
    world.expect(world.holder.get(thing.noun) != who, "owner", f"{who} has the {thing.noun}")


@rule("tell_who")
def _tell_who(world: World, who: str, third: str, thing: Thing, whom: str = "") -> None:
    world.expect_holder(thing.noun, third)


DEED_ASKED = {
    "ask_lost": "lost",
    "ask_found": "found",
    "ask_broke": "broke",
    "ask_fixed": "fixed",
    "ask_took": "took",
}


@rule("tell_did")
def _tell_did(world: World, who: str) -> None:
    question = world.question
    if question is None or question.kind not in DEED_ASKED:
        world.expect(False, "answer", "nobody asked who did it")
        return
    deed, noun = DEED_ASKED[question.kind], question.roles["thing"].noun
    world.expect((deed, who, noun) in world.deeds, "answer", f"it was not {who} who {deed} the {noun}")


@rule("tell_where")
def _tell_where(world: World, who: str, place: str) -> None:
    world.expect(world.place.get(who) == place, "place", f"{who} is not at the {place}")


@rule("tell_where_thing")
def _tell_where_thing(world: World, thing: Thing, place: str) -> None:
    world.expect(world.place.get(thing.noun) == place, "place", f"the {thing.noun} is not at the {place}")


@rule("tell_yes")
def _tell_yes(world: World, who: str, feeling: str = "") -> None:
    world.expect(_feels_as_asked(world, who), "answer", f"yes is not true of {who}")


@rule("tell_no")
def _tell_no(world: World, who: str, feeling: str = "") -> None:
    world.expect(not _feels_as_asked(world, who), "answer", f"no is not true of {who}")


def _feels_as_asked(world: World, who: str) -> bool:
    asked = world.question.roles.get("feeling") if world.question else None
    world.expect(asked is not None, "answer", "nobody asked how anyone feels")
    return (asked in GOOD_FEELINGS) == world.is_well(who)
