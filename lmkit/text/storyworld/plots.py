"""The plots: a want, an obstacle or a loss, help or refusal, an outcome, and the feelings that follow.

A plot is a function of the stage. Chance decides at every turn, but somebody who is called kind mostly is.
A plot ends with a feeling, and what happened is its cause.
"""

from lmkit.text.storyworld.lexicon import FOODS, SHOPS, THINGS, TO_BREAK, TO_CARRY
from lmkit.text.storyworld.openings import begin, introduce, tell_profile
from lmkit.text.storyworld.stage import Stage
from lmkit.text.storyworld.world import Amount, Thing


def sharing(stage: Stage) -> None:
    """One has what the other wants."""
    hero, friend = begin(stage)
    toy = stage.get_gladly(hero)
    if stage.dice.chance(0.35):
        stage.get(friend)
    stage.ask_for(friend, hero, toy)
    if stage.is_willing(hero):
        _give_gladly(stage, hero, friend, toy)
        _after_the_gift(stage, hero, friend, toy)
    else:
        stage.refuse(hero, friend, toy)
        stage.sometimes_feel(friend, "sad_refused", whom=hero, thing=toy)
        _after_the_refusal(stage, hero, friend, toy)


def _give_gladly(stage: Stage, giver: str, getter: str, toy: Thing) -> None:
    stage.say("offer", giver, getter, 0.2, thing=toy)
    stage.key("give", who=giver, whom=getter, thing=toy)
    stage.say("thank", getter, giver, 0.25)
    stage.remark(toy)


def _after_the_gift(stage: Stage, giver: str, getter: str, toy: Thing) -> None:
    turn = stage.dice.number(1, 6)
    if turn == 1 and toy.noun in TO_BREAK:
        stage.key("break", "but ", who=getter, thing=toy)
        stage.feel(getter, "ashamed_broke", thing=toy)
    elif turn == 2:
        stage.feel(giver)
    else:
        stage.feel(getter, "glad_has", thing=toy)


def _after_the_refusal(stage: Stage, owner: str, other: str, toy: Thing) -> None:
    turn = stage.dice.number(1, 4)
    if turn == 1:
        stage.do("change_mind", "later, ", who=owner)
        _give_gladly(stage, owner, other, toy)
        stage.feel(other, "glad_given", whom=owner, thing=toy)
    elif turn == 2:
        stage.key("go_home", who=other, whom=owner)
        stage.feel(owner, "sad_left", whom=other)
    else:
        _grab(stage, other, owner, toy)


def _grab(stage: Stage, thief: str, owner: str, toy: Thing) -> None:
    """A thing is taken; the thief, or a third child, may make it good."""
    stage.key("take", who=thief, whom=owner, thing=toy)
    stage.remark(toy)
    if stage.dice.chance(0.4):
        stage.feel(thief, "glad_has", thing=toy)
    stage.sometimes_feel(owner, "sad_taken", whom=thief, thing=toy)
    turn = stage.dice.number(1, 4)
    if turn == 1 and stage.is_willing(thief):
        stage.say("sorry", thief, owner, 0.5)
        stage.key("give_back", "later, ", who=thief, whom=owner, thing=toy)
        stage.feel(owner, "glad_has", thing=toy)
    elif turn == 2:
        rescuer = stage.newcomer()
        if stage.dice.chance(0.5):
            stage.do("ask_who", who=rescuer, whom=owner, thing=toy)
            stage.do("tell_who", who=owner, whom=rescuer, third=thief, thing=toy)
        stage.do("take", who=rescuer, whom=thief, thing=toy)
        stage.key("give", who=rescuer, whom=owner, thing=toy)
        stage.feel(owner, "glad_given", whom=rescuer, thing=toy)
    else:
        stage.feel(owner, "sad_without", thing=toy)


def losing(stage: Stage) -> None:
    """Something precious is lost."""
    hero, friend = begin(stage)
    toy = stage.get_gladly(hero)
    if stage.dice.chance(0.35):
        stage.do("go_together", who=hero, whom=friend, place=stage.new_place())
    place = stage.place_of(hero)
    stage.key("lose", who=hero, thing=toy, place=place)
    if stage.dice.chance(0.25):
        stage.do("go_together", "the next day, ", who=hero, whom=friend, place=stage.new_place())
    _search(stage, hero, friend, toy, place)


def straying(stage: Stage) -> None:
    """An animal runs away."""
    hero, friend = begin(stage)
    pet = stage.get_pet(hero)
    place = stage.new_place(outdoors=True)
    stage.key("run_away", who=hero, thing=pet, place=place)
    _search(stage, hero, friend, pet, place)


def _search(stage: Stage, hero: str, friend: str, toy: Thing, place: str) -> None:
    stage.sometimes_feel(hero, "sad_gone", thing=toy)
    stage.say("where", hero, friend, 0.35, thing=toy)
    if stage.is_willing(friend):
        _search_well(stage, hero, friend, toy, place)
    else:
        _search_badly(stage, hero, friend, toy, place)


def _search_well(stage: Stage, hero: str, friend: str, toy: Thing, place: str) -> None:
    """The friend helps: one of them finds it, or nobody does and there is comfort."""
    if stage.dice.chance(0.5):
        stage.key("find", who=friend, thing=toy, place=place)
        _bring_back(stage, friend, hero, toy)
        return
    stage.do("seek_together", who=hero, whom=friend, thing=toy)
    if stage.dice.chance(0.4):
        stage.key("find", who=hero, thing=toy, place=place)
        stage.feel(hero, "glad_found", thing=toy)
        return
    stage.do("not_found", "but ", who=hero, whom=friend, thing=toy)
    if stage.dice.chance(0.4):
        stage.do("comfort", who=friend, whom=hero)
        stage.feel(hero, "glad_safe", whom=friend)
    else:
        stage.feel(hero, "sad_gone", thing=toy)


def _bring_back(stage: Stage, finder: str, owner: str, toy: Thing) -> None:
    stage.remark(toy)
    if stage.place_of(finder) != stage.place_of(owner):
        stage.do("go_back", who=finder, place=stage.place_of(owner))
    stage.do("give_back", who=finder, whom=owner, thing=toy)
    stage.say("thank", owner, finder, 0.25)
    stage.feel(owner, "glad_has", thing=toy)


def _search_badly(stage: Stage, hero: str, friend: str, toy: Thing, place: str) -> None:
    """The friend does not help, or keeps what is found; a third child may save the day."""
    turn = stage.dice.number(1, 4)
    if turn == 1:
        stage.key("find", who=friend, thing=toy, place=place)
        stage.sometimes_feel(friend, "glad_has", thing=toy)
        stage.remark(toy)
        stage.do("keep", "but ", who=friend, whom=hero, thing=toy)
        stage.feel(hero, "sad_without", thing=toy)
        return
    stage.do("not_help", stage.perhaps_but(), who=friend, whom=hero)
    if turn == 2:
        stage.do("seek", who=hero, thing=toy)
        stage.feel(hero, "sad_not_helped", whom=friend)
    elif turn == 3:
        stage.key("find", "at last ", who=hero, thing=toy, place=place)
        stage.feel(hero, "glad_found", thing=toy)
    else:
        rescuer = stage.newcomer()
        stage.key("find", who=rescuer, thing=toy, place=place)
        _bring_back(stage, rescuer, hero, toy)


def breaking(stage: Stage) -> None:
    """Something breaks, and it matters who did it and who mends it."""
    hero, friend = begin(stage)
    toy = stage.get_gladly(hero, TO_BREAK)
    other = stage.get(friend) if stage.dice.chance(0.35) else None
    culprit = stage.dice.chance(0.6)
    if culprit:
        stage.key("break", who=friend, thing=toy)
    else:
        stage.key("fall", thing=toy)
    stage.sometimes_feel(hero, "sad_broken", thing=toy)
    if stage.is_willing(friend):
        if culprit:
            stage.say("sorry", friend, hero, 0.5)
        if other and stage.dice.chance(0.5):
            _give_gladly(stage, friend, hero, other)
            stage.feel(hero, "glad_given", whom=friend, thing=other)
        else:
            _mend(stage, friend, hero, toy)
    else:
        stage.do(stage.dice.choose(("laugh_at", "not_help")), who=friend, whom=hero)
        _alone_with_it(stage, hero, toy)


def _mend(stage: Stage, rescuer: str, owner: str, toy: Thing) -> None:
    if stage.dice.chance(0.75):
        stage.key(stage.dice.choose(("fix", "fix_for")), who=rescuer, whom=owner, thing=toy)
        stage.say("thank", owner, rescuer, 0.25)
        stage.feel(owner, "glad_fixed", thing=toy)
    else:
        stage.do("not_fixed", "but ", who=rescuer, thing=toy)
        stage.feel(owner, "sad_broken", thing=toy)


def _alone_with_it(stage: Stage, owner: str, toy: Thing) -> None:
    turn = stage.dice.number(1, 4)
    if turn == 1:
        _mend(stage, stage.newcomer(), owner, toy)
    elif turn == 2:
        stage.key("fix", "at last ", who=owner, thing=toy)
        stage.feel(owner, "glad_fixed", thing=toy)
    else:
        stage.feel(owner, "sad_broken", thing=toy)


def trading(stage: Stage) -> None:
    """Each has something, and one wants what the other has."""
    hero, friend = begin(stage)
    toy, other = stage.get(hero), stage.get(friend)
    stage.do("want", who=hero, thing=other)
    stage.say("propose", hero, friend, 0.5, thing=other, other=toy)
    if stage.is_willing(friend):
        stage.key("trade", who=hero, whom=friend, thing=toy, other=other)
        stage.remark(other)
        if stage.dice.chance(0.6):
            stage.feel(hero, "glad_has", thing=other)
        else:
            stage.feel(friend, "glad_has", thing=toy)
    else:
        stage.refuse(friend, hero, other)
        stage.sometimes_feel(hero, "sad_refused", whom=friend, thing=other)
        _after_the_refusal(stage, friend, hero, other)


def wishing(stage: Stage) -> None:
    """Something beautiful is for sale, and the hero has no money."""
    hero, friend = begin(stage, stage.dice.choose(SHOPS))
    place = stage.place_of(hero)
    toy = stage.new_thing()
    stage.do("offered", who=hero, thing=toy, place=place)
    stage.do("want", who=hero, thing=toy)
    stage.do("no_money", "but ", who=hero)
    if stage.is_willing(friend):
        stage.do("buy", who=friend, thing=toy, place=place)
        _give_gladly(stage, friend, hero, toy)
        _after_the_gift(stage, friend, hero, toy)
        return
    stage.key("buy", who=friend, thing=toy, place=place)
    stage.do("keep", "but ", who=friend, whom=hero, thing=toy)
    stage.sometimes_feel(hero, "sad_without", thing=toy)
    _after_the_refusal(stage, friend, hero, toy)


def feeding(stage: Stage) -> None:
    """One has food, the other is hungry."""
    hero, friend = begin(stage)
    food, number = stage.dice.choose(tuple(FOODS)), stage.dice.number(2, 6)
    stage.do("have_food", who=hero, amount=Amount(number, food))
    if stage.dice.chance(0.3):
        more = stage.dice.number(1, 3)
        stage.do("more_food", who=hero, amount=Amount(more, food))
        number += more
    stage.do("hungry", who=friend)
    stage.say("ask_help", friend, hero, 0.3)
    if stage.is_willing(hero):
        _feed(stage, hero, friend, food, number)
        stage.feel(friend, "glad_helped", whom=hero)
        return
    stage.key("keep_food", stage.perhaps_but(), who=hero, whom=friend, food=food)
    turn = stage.dice.number(1, 3)
    stage.sometimes_feel(friend, "sad_not_helped", whom=hero)
    if turn == 1:
        stage.do("change_mind", "later, ", who=hero)
        _feed(stage, hero, friend, food, number)
        stage.feel(friend, "glad_helped", whom=hero)
    elif turn == 2:
        stage.do("go_home", who=friend, whom=hero)
        stage.feel(hero, "sad_left", whom=friend)
    else:
        stage.do("eat", who=hero, amount=Amount(stage.dice.number(1, number - 1), food))
        stage.feel(friend, "sad_not_helped", whom=hero)


def _feed(stage: Stage, giver: str, hungry: str, food: str, number: int) -> None:
    given = stage.dice.number(1, number - 1)
    stage.key("give_food", who=giver, whom=hungry, amount=Amount(given, food))
    stage.say("thank", hungry, giver, 0.25)
    if stage.dice.chance(0.5):
        stage.do("count", who=giver, amount=Amount(number - given, food))


def frightening(stage: Stage) -> None:
    """Something frightens one of the two; a friend stays or runs."""
    hero, friend = begin(stage)
    if stage.dice.chance(0.6):
        place = stage.new_place(outdoors=True)
        stage.do("go_together", who=hero, whom=friend, place=place)
    if stage.dice.chance(0.4):
        stage.do("rain")
    stage.key("fright", who=hero)
    stage.sometimes_feel(hero)
    if stage.is_willing(friend):
        stage.say("cheer_up", friend, hero, 0.5)
        stage.key("comfort", who=friend, whom=hero)
        stage.feel(hero, "glad_safe", whom=friend)
        return
    kind = stage.dice.choose(("go_home", "laugh_at"))
    stage.key(kind, stage.perhaps_but(), who=friend, whom=hero)
    stage.sometimes_feel(hero, "sad_left" if kind == "go_home" else "", whom=friend)
    if stage.dice.chance(0.35):
        rescuer = stage.newcomer()
        stage.key("comfort", who=rescuer, whom=hero)
        stage.feel(hero, "glad_safe", whom=rescuer)
    else:
        stage.feel(hero, "sad_left" if kind == "go_home" else "", whom=friend)


def lonely(stage: Stage) -> None:
    """The hero knows nobody, and somebody comes along."""
    hero, other = stage.cast[0].name, stage.cast[1].name
    introduce(stage, stage.cast[0])
    stage.do("be_alone", who=hero)
    stage.do("sit_alone", who=hero, place=stage.new_place())
    stage.sometimes_feel(hero, "sad_alone")
    stage.newcomer(1)
    tell_profile(stage, stage.cast[1])
    stage.say("greet", other, hero, 0.3)
    invited = stage.dice.chance(0.6)
    if invited:
        stage.do("invite", who=hero, whom=other)
    if stage.is_willing(other):
        stage.key("play", who=hero, whom=other)
        stage.feel(hero, "glad_friend")
        return
    if invited and stage.dice.chance(0.7):
        stage.do("decline", who=other, whom=hero)
        stage.key("go_home", who=other, whom=hero)
    else:
        stage.key("go_home", "but ", who=other, whom=hero)
    stage.sometimes_feel(hero, "sad_left", whom=other)
    if stage.dice.chance(0.35):
        third = stage.newcomer()
        stage.key("play", who=hero, whom=third)
        stage.feel(hero, "glad_friend")
    else:
        stage.feel(hero, "sad_alone")


def carrying(stage: Stage) -> None:
    """A load is too heavy for one."""
    hero, friend = begin(stage)
    load = stage.get(hero, TO_CARRY)
    stage.do("heavy", who=hero, thing=load)
    stage.say("ask_help", hero, friend, 0.5)
    if stage.is_willing(friend):
        stage.key("help", who=friend, whom=hero)
        stage.say("thank", hero, friend, 0.25)
        if stage.dice.chance(0.7):
            stage.feel(hero, "glad_helped", whom=friend)
        else:
            stage.feel(friend, "proud_helped", whom=hero)
        return
    stage.key("not_help", stage.perhaps_but(), who=friend, whom=hero)
    if load.noun in TO_BREAK and stage.dice.chance(0.6):
        stage.key("fall", thing=load)
        stage.sometimes_feel(hero, "sad_broken", thing=load)
        _alone_with_it(stage, hero, load)
    elif stage.dice.chance(0.4):
        rescuer = stage.newcomer()
        stage.key("help", who=rescuer, whom=hero)
        stage.feel(hero, "glad_helped", whom=rescuer)
    else:
        stage.feel(hero, "sad_not_helped", whom=friend)


def turn_of_fortune(stage: Stage) -> None:
    """Now and then, one more turn comes after the end, so that no word gives the ending away."""
    hero = stage.last_to_feel()
    if stage.world.is_well(hero):
        if stage.dice.chance(0.4):
            _mishap(stage, hero)
    elif stage.dice.chance(0.35):
        _rescue(stage, hero)


def _mishap(stage: Stage, hero: str) -> None:
    """What was won is lost again, or broken; or company is."""
    mine = [noun for noun, holder in stage.world.holder.items() if holder == hero]
    fragile = [noun for noun in mine if noun in TO_BREAK and noun not in stage.world.broken]
    company = stage.company_of(hero)
    turn = stage.dice.number(1, 2)
    if fragile and turn == 1:
        stage.key("fall", "but soon ", thing=Thing(fragile[-1]))
        stage.feel(hero, "sad_broken", thing=Thing(fragile[-1]))
    elif mine and mine[-1] in THINGS:
        place = stage.place_of(hero)
        stage.key("lose", "but later, ", who=hero, thing=Thing(mine[-1]), place=place)
        stage.feel(hero, "sad_gone", thing=Thing(mine[-1]))
    elif company:
        stage.key("go_home", "but later, ", who=company[0], whom=hero)
        stage.feel(hero)


def _rescue(stage: Stage, hero: str) -> None:
    """There is comfort in a friend, or in something new."""
    company = stage.company_of(hero)
    turn = stage.dice.number(1, 3)
    if turn == 1:
        stage.key("get", "the next day, ", who=hero, thing=stage.new_thing())
        stage.feel(hero)
        return
    if not stage.has_come(2):
        friend = stage.newcomer()
    elif company:
        friend = company[0]
    else:
        return
    stage.key("comfort" if turn == 2 else "play", who=friend, whom=hero)
    stage.feel(hero, "glad_safe" if turn == 2 else "glad_friend", whom=friend)


PLOTS = (
    sharing,
    sharing,
    losing,
    losing,
    breaking,
    trading,
    trading,
    wishing,
    feeding,
    straying,
    frightening,
    lonely,
    carrying,
)
