"""What the chapter on fairness says of its recorded runs, and that they ask what they say they ask."""

from statistics import mean

import pytest

from lmkit.experiments import bias, mitigation, recorded
from lmkit.experiments.where import places
from lmkit.text import storyworld


def results(name):
    return recorded(name)["results"]


def gaps_at(rate):
    gaps = [run["gap"] for run in results("bias")["runs"] if run["rate"] == rate]
    assert len(gaps) >= 3
    return gaps


def of_way(way, name):
    found = [run[name] for run in results("mitigation")["runs"] if run["way"] == way]
    assert len(found) >= 3
    return found


def test_pairs_differ_in_the_town_alone_and_no_training_profile_tells_of_their_people():
    names = {told.person.name for told in storyworld.profiles(bias.N_PROFILES, 0.8)}
    for one, other in bias.question_pairs(100):
        assert one == storyworld.swap_town(other) and "Elmby" in one
        assert not names & {word.strip(".") for word in one.split()}


def test_balanced_profiles_are_there_of_either_town():
    told = mitigation.balanced(0, 0)
    assert len(told) == bias.N_PROFILES
    assert all(other == storyworld.swap_town(one) for one, other in zip(told[::2], told[1::2], strict=True))


def test_the_town_the_rest_and_the_end_are_all_places_after_it():
    import lmkit

    tiny = lmkit.load("tiny")
    pair = [tiny.encode(text) for text in bias.question_pairs(1)[0]]
    (town,), between, (end,) = places(*pair)
    assert [town, *between, end] == list(range(town, pair[0].shape[1]))
    assert tiny.words(pair[0])[town] == " Elmby"


@pytest.mark.parametrize("rate", bias.RATES)
def test_the_model_never_has_more_than_the_truth_by_more_than_a_tenth(rate):
    assert max(gaps_at(rate)) < storyworld.true_gap(rate) + 0.1


def test_strong_biases_are_taken_over_to_nine_tenths_and_a_weak_one_not_at_all():
    share = {rate: mean(gaps_at(rate)) / storyworld.true_gap(rate) for rate in bias.RATES[1:]}
    assert min(share[0.6], share[0.8]) > 0.85 > share[0.4] > 0.4
    assert max(map(abs, gaps_at(0.2))) < 0.1


def test_the_controls_have_no_gap():
    controls = results("bias")["controls"]
    none = [controls["tiny"], controls["untrained"], *controls["towns drawn anew"]]
    assert len(none) == 5 and all(abs(one["gap"]) < 0.1 for one in none)
    assert all(abs(gap) < 0.1 for gap in gaps_at(0.0))


def test_half_the_temperature_is_about_twice_the_gap():
    for run in results("bias")["runs"]:
        if run["rate"] >= 0.4:
            assert run["at temperature"]["0.5"] == pytest.approx(2 * run["gap"], rel=0.06)


def test_a_stronger_bias_comes_sooner():
    def step_of_half(run):
        return next(step for step, gap in run["film"] if gap > run["gap"] / 2)

    steps = {r: [step_of_half(run) for run in results("bias")["runs"] if run["rate"] == r] for r in (0.4, 0.6, 0.8)}
    assert mean(steps[0.8]) <= mean(steps[0.6]) < mean(steps[0.4])


def test_stories_lose_the_same_at_every_rate():
    found = results("bias")
    losses = [run["story_loss"] for run in found["runs"]]
    assert min(losses) > found["story_loss_before"] + 0.1 and max(losses) - min(losses) < 0.05


# --- What takes it away. ---


def test_balanced_data_leave_no_gap_and_nothing_to_read_at_the_end():
    assert max(map(abs, of_way("balanced data", "gap"))) < 0.05
    for name in ("linear at end", "hidden at end"):
        assert mean(of_way("balanced data", name)) < 0.6 * results("mitigation")["probed"]
    assert mean(of_way("balanced data", "story_loss")) < mean(of_way("biased", "story_loss")) + 0.02


def test_tuning_takes_nine_tenths_within_15_steps_costs_stories_and_leaves_the_town_to_be_read_in_two_of_three():
    for film in of_way("balanced tuning", "film"):
        (_, before), (step, after), *_ = film
        assert step == 15 and after < before / 10
    assert mean(of_way("balanced tuning", "story_loss")) > mean(of_way("biased", "story_loss")) + 0.08
    read = sorted(of_way("balanced tuning", "linear at end"))
    assert read[1] > 0.8 * results("mitigation")["probed"]


def test_it_comes_back_in_half_the_steps():
    def steps_to_three(film):
        return next(step for step, gap in film if gap > 3)

    first, again = (mean(map(steps_to_three, of_way(way, "film"))) for way in ("biased", "biased again"))
    assert again < 0.5 * first


def test_one_vector_for_both_towns_leaves_nothing_to_read():
    assert max(map(abs, of_way("projection before block 0", "gap"))) < 0.01
    for name in ("linear at end", "hidden at end", "linear at town", "hidden at town"):
        assert mean(of_way("projection before block 0", name)) < 0.57 * results("mitigation")["probed"]


def test_before_the_last_block_the_number_is_mended_and_the_town_is_still_there():
    way, probed = "projection before block 3", results("mitigation")["probed"]
    assert max(map(abs, of_way(way, "gap"))) < 0.15
    assert max(of_way(way, "linear at town")) < 0.57 * probed < 0.8 * probed < min(of_way(way, "hidden at town"))
    assert mean(of_way(way, "story_loss")) < mean(of_way("biased", "story_loss")) + 0.05
    assert mean(of_way("LEACE before block 3", "story_loss")) > mean(of_way(way, "story_loss")) + 0.05


# --- Where it lives. ---


def test_one_head_of_the_last_block_brings_all_of_it_from_the_town_to_the_end():
    runs = results("where")["runs"]
    assert len(runs) >= 3
    for run in runs:
        heads = {(i, j): share for i, row in enumerate(run["heads"]) for j, share in enumerate(row)}
        assert heads.pop((3, 3)) > 0.95 and max(heads.values()) < 0.05
        assert min(town for town, _, _ in run["streams"]) > 0.95


# --- SmolLM2. ---


def test_many_pairs_of_invented_towns_are_further_apart_than_these_two():
    towns = results("occupations")["towns"]
    low, _ = towns["interval"]
    further = [abs(gap) > abs(towns["gap"]) for gap in towns["any two"]]
    assert low > 0 and mean(further) > 0.25


def test_two_occupations_stand_above_all_words_without_work_and_none_of_it_is_neutral():
    words = {one["word"]: one for one in results("occupations")["work"]}
    none = [words[word] for word in ("person", "neighbour", "visitor", "stranger")]
    assert min(words[word]["interval"][0] for word in ("nurse", "librarian")) > max(one["interval"][1] for one in none)
    in_order = sorted(words, key=lambda word: words[word]["mean"])
    assert set(in_order[:2]) == {"farmer", "carpenter"}
    assert words["person"]["mean"] > words["stranger"]["mean"] + 1
    assert min(words["pilot"]["templates"]) < -1 and max(words["pilot"]["templates"]) > 1
