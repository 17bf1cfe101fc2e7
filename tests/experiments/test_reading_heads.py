"""What the chapter on reading heads says of probes, other maps, latents and SmolLM2 is what was recorded."""

from statistics import mean

import pytest
import torch

from lmkit.experiments import recorded, sparse
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld

# --- Probes. ---


@pytest.fixture(scope="module")
def probed():
    return recorded("probing")["results"]


def by_page(runs, kind):
    """The accuracy before each block and after the last, a row for each draw."""
    return torch.tensor([run[kind] for run in runs])


def test_the_gender_of_a_known_name_is_read_everywhere_and_labels_by_chance_nearly_so(probed):
    runs = probed["gender of a known name"]
    assert (by_page(runs["trained"], "task") > 0.99).all()
    assert (by_page(runs["trained"], "control")[:, :3] > 0.95).all()
    assert (by_page(runs["fresh"], "task") > 0.9).all()


def test_the_gender_of_an_invented_name_does_not_stand_at_the_name(probed):
    runs = probed["gender of an invented name"]["trained"]
    assert (by_page(runs, "task").mean(dim=0) < 0.55).all()
    assert (by_page(probed["gender of an invented name"]["fresh"], "task").mean(dim=0)[2:] > 0.62).all()


def test_who_has_it_arrives_in_block_2_while_the_thing_asked_for_fades(probed):
    runs = probed["who has it"]
    task, control = (by_page(runs["trained"], kind).mean(dim=0) for kind in ("task", "control"))
    assert task[2] < 0.57 and task[3] > 0.7 and task[4] > 0.77
    assert task.diff().argmax() == 2
    assert control.max() > 0.65 and control[4] < 0.55
    assert (by_page(runs["fresh"], "task") < 0.62).all()


def test_the_end_is_read_nearly_always_and_well_above_its_control(probed):
    runs = probed["how it ends"]["trained"]
    task, control = (by_page(runs, kind) for kind in ("task", "control"))
    assert (task[:, 3:] > 0.97).all() and (task[:, 1] > 0.9).all()
    assert (task[:, 3:] - control[:, 3:] > 0.1).all()


# --- Both models. ---


@pytest.fixture(scope="module", params=["book", "smollm2"])
def copied(request):
    return recorded("copying")["results"][request.param]


def test_heads_that_were_found_look_at_what_followed_on_other_stories_too(copied):
    for found, proven in zip(*copied["scores"], strict=True):
        assert abs(found - proven) < 0.15
        assert proven > 5 * copied["median"][1]


def test_without_the_heads_that_were_found_copies_cost_more_than_without_others(copied):
    without = copied["without"]
    whole, found = without["none"]["copies"], without["found"]["copies"]
    drawn = [one["copies"][0] for name, one in without.items() if name.startswith("drawn")]
    assert found[0] - found[1] > whole[0] + whole[1]
    assert found[0] > max(drawn)


def test_heads_that_copy_stand_in_for_each_other():
    alone = recorded("switched_off")["results"]["proven"]["rise"]["copies"]["mean"]
    without = recorded("copying")["results"]["book"]["without"]
    together = without["found"]["copies"][0] - without["none"]["copies"][0]
    assert together > 5 * sum(alone[layer][head][0] for layer, head in recorded("copying")["results"]["book"]["chosen"])


def test_only_the_heads_of_the_real_model_do_on_random_tokens_what_they_do_at_names():
    both = recorded("copying")["results"]
    assert max(both["book"]["random"]) < 0.06
    assert both["smollm2"]["random"][0] > 0.8


# --- Other maps. ---


@pytest.fixture(scope="module")
def maps():
    return recorded("maps")["results"]


def of_way(maps, way, kind):
    return [run[kind] if kind == "apart" else run[kind][0] for run in maps["trained"] if run["way"] == way]


def test_heads_of_layer_0_could_give_a_third_of_the_top_weight_away_and_those_of_layer_1_hardly_any(maps):
    left = torch.tensor([[one["least"] / one["most"] for one in layer] for layer in maps["rows"]])
    assert left[0].max() < 0.75 and left[0].min() < 0.55
    assert left[1].min() > 0.85


def test_looking_elsewhere_costs_little_and_looking_evenly_far_more(maps):
    base, other, even = (of_way(maps, way, "all") for way in ("as before", "elsewhere", "evenly"))
    extra = [b - a for a, b in zip(base, other, strict=True)]
    far_more = [b - a for a, b in zip(base, even, strict=True)]
    assert max(extra) < 0.05
    assert all(more > 5 * little for more, little in zip(far_more, extra, strict=True))
    assert min(of_way(maps, "elsewhere", "apart")) > 3 * max(of_way(maps, "as before", "apart"))
    assert min(of_way(maps, "evenly", "copies")) > 3 * max(of_way(maps, "elsewhere", "copies"))


# --- The sparse autoencoder. ---


@pytest.fixture(scope="module")
def coded():
    return recorded("sparse")["results"]


def test_reading_on_from_the_autoencoder_costs_little_beside_the_mean_of_the_stream(coded):
    for run in coded["runs"]:
        if run["model"] == "trained":
            whole, written, average = run["loss"]
            assert (average - written) / (average - whole) > 0.98
            assert run["explained"] > 0.9 and run["on"] <= 16


def test_latents_of_the_trained_model_beat_those_of_fresh_ones_on_most_things_and_are_perfect_on_none(coded):
    trained, fresh = (
        torch.tensor([run["f1"] for run in coded["runs"] if run["model"] == name]) for name in ("trained", "fresh")
    )
    assert (trained.min(dim=0).values > fresh.max(dim=0).values).sum() >= 10
    assert trained.max() < 0.95


def test_what_must_be_followed_through_the_story_is_found_by_no_latent(coded):
    for thing in ("somebody who has something", "the end, and it is good"):
        place = coded["things"].index(thing)
        assert mean(run["f1"][place] for run in coded["runs"] if run["model"] == "trained") < 0.4


def test_a_single_word_stands_in_the_stream_of_a_fresh_model_and_not_in_that_of_the_trained_one(coded):
    kite = coded["things"].index("kite")
    assert min(run["f1"][kite] for run in coded["runs"] if run["model"] == "fresh") > 0.6
    assert max(run["f1"][kite] for run in coded["runs"] if run["model"] == "trained") < 0.3


# --- The truth that latents are scored against. ---


def test_what_is_known_of_each_token_is_what_the_story_says():
    book = load("book")
    story = storyworld.tell(3, "test")  # of Vluva, a boy, who is given a lamp by his mother
    truth, words = sparse.known(story, book), book.words(book.encode(story.text)[0, 1:])
    marked = {thing: [words[i] for i in truth[:, n].nonzero()] for n, thing in enumerate(sparse.THINGS)}
    assert set(marked["an invented name"]) == {" V", "l", "u", "v", "a"}
    assert set(marked["a name"]) - set(marked["an invented name"]) == {" Jack", " Omar"}
    assert marked["a place"] == [" in", " the", " kitchen"]
    assert marked["a feeling"] == [" happy", " happy"]
    assert marked["an invented girl's name"] == marked["she, her"] == marked["in a question"] == []
    assert marked["in speech"][2:4] == ["lease", " help"]
    assert 0 < len(marked["somebody who has something"]) < len(marked["an invented name"])


def test_the_best_unit_is_chosen_on_one_half_and_scored_on_the_other():
    truth = torch.zeros(400, 1, dtype=torch.bool)
    truth[::4] = True
    perfect, lucky = truth.float(), torch.zeros(400, 1)
    lucky[:200] = truth[:200].float() * 2  # on the first half as good, on the second never on
    assert sparse.best(torch.cat([perfect, torch.rand(400, 3)], dim=1), truth).tolist() == [1.0]
    assert sparse.best(lucky, truth).tolist() == [0.0]
