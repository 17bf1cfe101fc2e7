"""The playground in a page without a kernel: what the reader types is read as Python reads it, by mouse and by keys."""

import shutil
from urllib.parse import urlencode

import pytest
import torch

import lmkit
from benchmarks.browser import serve
from lmkit.inside import interventions
from lmkit.model import generation, sampling
from lmkit.widgets import Playground
from tests.book.browsing import FRAME, SCRIPTS, page_with, states_of
from tests.book.pictures import backgrounds, depth_of

TEXT = "Tom had a red kite. He gave it to Nora."
HOSTILE = ['<img src=x onerror="window.ran = true">', "</script><script>window.ran = true</script>"]
VIEWPORT = {"width": 1000, "height": 900}


@pytest.fixture
def play(show):
    """A function that shows one playground with its weights in the page, and gives the page once the model has read."""
    seen = []

    def play(*arguments, before="", **options):
        widget = Playground(*arguments, **{"temperature": 1, **options})
        seen.append(show(states_of(widget), [widget.model_id], before, viewport=VIEWPORT))
        seen[-1].page.locator(".lmkit-say").wait_for()
        return seen[-1].page

    yield play
    assert [complaint for visit in seen for complaint in visit.complaints] == []


@pytest.fixture(scope="module")
def book():
    """The model, in Python."""
    return lmkit.load("book")


def shares_after(model, text, *off, position=-1, temperature=1.0, top_k=None):
    """What Python says follows, with some heads switched off."""
    with torch.no_grad(), interventions.changed(model.model, off={"heads": off}):
        logits = model.model(model.encode(text))[0, position]
    return sampling.probabilities(logits[None], temperature=temperature, top_k=top_k)[0]


def guesses(page):
    """What the page says follows: each token with its shares, in order."""
    chips = page.locator(".lmkit-three .lmkit-guesses").first.locator(".lmkit-chip").all()
    told = [(chip.locator("bdi").inner_text(), chip.locator("span").inner_text()) for chip in chips]
    return {word.replace("␣", " "): [share_in(part) for part in says.split("→")] for word, says in told}


def share_in(text):
    return float(text.replace("%", "").replace("\u00a0", "").strip().lstrip("<").strip()) / 100


def words_of(page):
    """The tokens that the chips show, without what is below them."""
    return page.locator(".lmkit-tokens .lmkit-chip").evaluate_all("chips => chips.map((chip) => chip.firstChild.data)")


def field(page):
    return page.get_by_label("Your text")


def test_without_webassembly_the_same_is_read(play):
    by_kernel, plain = (play("book", TEXT, before=script) for script in ("", "delete globalThis.WebAssembly"))
    assert [page.evaluate("typeof WebAssembly") for page in (by_kernel, plain)] == ["object", "undefined"]
    said = [page.locator(".lmkit-playground > .lmkit-say").inner_text() for page in (by_kernel, plain)]
    assert said[0] == said[1] and "the model expects" in said[0]
    assert guesses(by_kernel) == guesses(plain)


@pytest.mark.parametrize("text", [TEXT, "", "Zelda 喜欢 😺\n", *HOSTILE])
def test_what_the_reader_types_is_read_as_python_reads_it(play, book, text):
    page = play("book", "Tom")
    field(page).fill(text)
    assert [word.replace("␣", " ").replace("↵", "\n") for word in words_of(page)] == [
        word[:15] + "…" if len(word) > 16 else word for word in book.words(book.encode(text))
    ]
    shares = shares_after(book, text)
    for (word, (share,)), best in zip(guesses(page).items(), shares.topk(3).indices.tolist(), strict=False):
        assert word == book.words(torch.tensor([best]))[0].replace("\n", "↵")
        assert share == pytest.approx(float(shares[best]), abs=0.006)
    assert page.evaluate("window.ran") is None
    assert page.locator(".lmkit-figure :is(img, script)").count() == 0


def test_each_token_carries_what_it_costs_in_figures_and_in_color(play, book):
    page = play("book", TEXT)
    tokens = book.encode(TEXT)
    with torch.no_grad():
        logits = book.model(tokens)[0]
    costs = -logits.log_softmax(-1)[:-1].gather(1, tokens[0, 1:, None])[:, 0]
    first, *told = page.locator(".lmkit-tokens .lmkit-chip > span").all_text_contents()
    assert first == "" and [float(cost) for cost in told] == pytest.approx(costs.tolist(), abs=0.006)
    depths = [depth_of(color) for color in backgrounds(page.locator(".lmkit-tokens .lmkit-chip"))[1:]]
    assert depths == pytest.approx([min(1, float(cost / torch.tensor(768.0).log())) for cost in costs], abs=0.01)
    assert f"Loss: {costs.mean():.2f} nats a token over {len(costs)} tokens" in page.locator(".lmkit-say").inner_text()


def test_a_head_is_switched_off_and_both_shares_stand_side_by_side(play, book):
    page = play("book", TEXT, position=6, layer=1, head=2)
    page.get_by_role("button", name="switch off L1 · H2").click()
    page.locator("canvas").first.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("o")
    whole, part = (shares_after(book, TEXT, *off, position=6) for off in ([], [(1, 2), (0, 2)]))
    for word, (before, after) in guesses(page).items():
        token = book.tokenizer.tokenizer.encode(word)[-1]
        assert before == pytest.approx(float(whole[token]), abs=0.006), word
        assert after == pytest.approx(float(part[token]), abs=0.006), word
    assert "Without 2 heads" in page.locator(".lmkit-say").inner_text()
    page.get_by_role("button", name="all on again").click()
    assert page.locator(".lmkit-say").inner_text().count("Without") == 0
    assert {len(shares) for shares in guesses(page).values()} == {1}


def test_a_neuron_is_switched_off_and_on_again(play):
    page = play("book", TEXT)
    before = page.locator(".lmkit-say").inner_text()
    neurons = page.locator(".lmkit-three .lmkit-guesses").nth(1).locator(".lmkit-chip")
    neurons.first.click()
    assert "Without 1 neuron" in page.locator(".lmkit-say").inner_text()
    assert neurons.first.get_attribute("aria-pressed") == "true"
    neurons.first.click()
    assert page.locator(".lmkit-say").inner_text() == before


def test_step_and_run_write_what_the_seed_gives_and_the_same_again(play):
    page = play("tiny", "One day", temperature=0.9, seed=4)
    texts = []
    for button in ("step", "run"):
        field(page).fill("One day")
        if button == "step":
            for _ in range(10):
                page.get_by_role("button", name="step").click()
        else:
            page.get_by_role("button", name="run").click()
            page.wait_for_function("document.querySelectorAll('.lmkit-tokens .lmkit-chip').length > 15")
            page.get_by_role("button", name="stop").click()
        texts.append(field(page).input_value())
    assert texts[1].startswith(texts[0]) and texts[0].startswith("One day")
    page.get_by_label("seed").fill("5")
    field(page).fill("One day")
    for _ in range(10):
        page.get_by_role("button", name="step").click()
    assert field(page).input_value() != texts[0]


def test_at_temperature_0_the_page_writes_what_python_writes_greedily(play, book):
    page = play("book", "One day", temperature=0)
    for _ in range(20):
        page.get_by_role("button", name="step").click()
    written = generation.generate(book.model, book.encode("One day"), 20)[0, 1:]
    assert field(page).input_value() == book.tokenizer.tokenizer.decode(written.tolist())


def test_the_numbers_of_the_draw_change_the_shares_as_in_python(play, book):
    page = play("book", "Tom had a", temperature=1)
    page.get_by_label("temperature").fill("0.5")
    page.get_by_label("top-k").fill("3")
    shares = shares_after(book, "Tom had a", temperature=0.5, top_k=3)
    told = [share for (share,) in guesses(page).values()]
    assert told[:3] == pytest.approx(shares.topk(3).values.tolist(), abs=0.006) and set(told[3:]) == {0}
    page.get_by_label("top-k").fill("")
    page.get_by_label("top-k").fill("0")
    assert sum(share > 0 for (share,) in guesses(page).values()) > 3, "no number that may be changes nothing"


def test_a_page_that_nobody_looks_at_stops_writing(play):
    page = play("tiny", "One day", temperature=0.5)
    page.get_by_role("button", name="run").click()
    page.wait_for_function("document.querySelectorAll('.lmkit-tokens .lmkit-chip').length > 6")
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { get: () => true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    text = field(page).input_value()
    page.wait_for_timeout(400)
    assert field(page).input_value() == text
    assert page.get_by_role("button", name="run").is_visible()


def test_a_click_or_enter_hides_a_token_from_a_masked_model(play):
    page = play("book-masked", TEXT, hidden=[3])
    chips = page.locator(".lmkit-tokens .lmkit-chip")
    assert page.locator(".lmkit-hidden").count() == 1
    chips.nth(5).click()
    assert page.locator(".lmkit-hidden").count() == 2
    page.keyboard.press("ArrowRight")
    assert "nothing is asked here" in page.locator(".lmkit-say").inner_text()
    page.keyboard.press("Enter")
    assert page.locator(".lmkit-hidden").count() == 3
    assert "over 3 hidden tokens" in page.locator(".lmkit-say").inner_text()
    assert page.get_by_role("button", name="run").count() == 0


def test_keys_reach_the_heads_the_tokens_and_the_table(play):
    page = play("book", TEXT, position=4)
    page.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("button", name="switch off L0 · H1").is_visible()
    page.keyboard.press("Enter")  # to the rows of the head
    page.keyboard.press("ArrowDown")
    assert (
        page.locator(".lmkit-tokens [aria-checked=true]").evaluate(
            "chip => [...chip.parentElement.children].indexOf(chip)"
        )
        == 5
    )
    page.keyboard.press("Enter")  # to the tokens
    page.keyboard.press("Home")
    assert page.locator(".lmkit-say").inner_text().startswith("After “<|story|>”")
    page.keyboard.press("t")
    assert page.locator(".lmkit-table tbody tr").count() == len(words_of(page))
    page.keyboard.press("t")
    assert page.locator(".lmkit-table").is_hidden()


def test_keys_that_mean_something_elsewhere_are_letters_in_the_text(play):
    page = play("book", "")
    field(page).focus()
    page.keyboard.type("Tom too")
    assert field(page).input_value() == "Tom too"
    assert page.locator(".lmkit-table").is_hidden() and "Without" not in page.locator(".lmkit-say").inner_text()


def test_a_bar_that_is_chosen_is_written(play):
    page = play("book", TEXT, position=1)
    bar = page.locator(".lmkit-three .lmkit-guesses .lmkit-chip").first
    word = bar.locator("bdi").inner_text().replace("␣", " ")
    first = words_of(page)[1]
    bar.click()
    assert field(page).input_value() == first + word


def test_foreign_text_is_answered_honestly(play):
    page = play("book", TEXT)
    assert page.locator(".lmkit-notice").is_hidden()
    field(page).fill("The committee approved the quarterly budget despite objections.")
    assert "This model has read stories only" in page.locator(".lmkit-notice").inner_text()
    field(page).fill("猫")
    assert "it has never seen the character “猫”" in page.locator(".lmkit-notice").inner_text()
    field(page).fill("the " * 300)
    assert "the first 256 are read" in page.locator(".lmkit-notice").inner_text()


def test_a_link_opens_what_was_seen_and_wrong_parts_of_it_are_ignored(play):
    page = play("book", TEXT)
    page.get_by_role("button", name="switch off L0 · H0").click()
    page.get_by_label("seed").fill("7")
    field(page).fill("Nora & Tom: 50 % “kite”")
    page.get_by_role("button", name="link to this").click()
    page.locator(".lmkit-notice", has_text="address bar").wait_for()
    link = page.url
    assert "#playground?" in link
    page.goto("about:blank")
    page.goto(link)
    page.locator(".lmkit-say").wait_for()
    assert field(page).input_value() == "Nora & Tom: 50 % “kite”"
    assert page.get_by_label("seed").input_value() == "7"
    assert page.get_by_role("button", name="L0 · H0 ✕").is_visible()
    wrong = {"model": "book", "text": HOSTILE[0], "heads": "9.9_0.1_x", "t": "1e9", "at": "-4"}
    page.evaluate("hash => { location.hash = hash; }", "#playground?" + urlencode(wrong))
    page.get_by_role("button", name="L0 · H1 ✕").wait_for()
    assert field(page).input_value() == HOSTILE[0] and page.evaluate("window.ran") is None
    assert page.get_by_label("temperature").input_value() == "1"


# --- The weights, from a file. ---


@pytest.fixture
def folder(tmp_path):
    """A folder with a page whose two playgrounds, the second far below the first, run one model."""
    for path in SCRIPTS:
        shutil.copy(path, tmp_path)
    widgets = [Playground("tiny", text) for text in ("Tom", "Nora")]
    page = page_with(states_of(*widgets), [widget.model_id for widget in widgets], tmp_path)
    page = page.replace("<div><script", "<div style='height: 5000px'>above</div><div><script", 1)
    (tmp_path / "index.html").write_text(page)
    return tmp_path


def heavy(addresses, folder):
    """Those of some addresses that hold a model."""
    return [url for url in addresses if (folder / "figures" / url.split("/")[-1]).stat().st_size > 300_000]


def test_the_weights_are_fetched_once_when_a_reader_comes_near(open_page, folder):
    with serve(folder) as address:
        seen = open_page(f"{address}/index.html", viewport=VIEWPORT)
        assert not [url for url in seen.loaded if "/figures/" in url]
        seen.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        for i in (0, 1):
            seen.page.locator(".lmkit-figure").nth(i).scroll_into_view_if_needed()
            seen.page.locator(".lmkit-say").nth(i).wait_for()
        asked = [url for url in seen.loaded if "/figures/" in url]
        assert len(heavy(asked, folder)) == 1
        assert seen.complaints == [] and seen.broken == []


def test_another_page_finds_the_weights_in_the_same_file(tmp_path):
    """So that a browser has them already."""
    for text in ("one page", "another page"):
        widget = Playground("tiny", text)
        page_with(states_of(widget), [widget.model_id], tmp_path)
    assert len(heavy([file.name for file in (tmp_path / "figures").iterdir()], tmp_path)) == 1


def test_the_weights_come_from_a_folder_without_a_server_too(open_page, folder):
    seen = open_page((folder / "index.html").as_uri(), viewport=VIEWPORT)
    seen.wait_for_widgets()
    assert seen.page.locator(".lmkit-say").count() == 2
    assert (seen.foreign, seen.broken, seen.complaints) == ([], [], [])


@pytest.mark.parametrize("damage", ["gone", "cut short"])
def test_weights_that_are_not_whole_are_told_of_in_the_place_of_the_figure(open_page, folder, damage):
    (file,) = (file for file in (folder / "figures").iterdir() if file.stat().st_size > 300_000)
    if damage == "gone":
        file.unlink()
    else:
        start, data = file.read_text().split('"data": "')
        file.write_text(start + '"data": "' + data[:4000] + data[data.index('"') :])
    seen = open_page((folder / "index.html").as_uri(), viewport=VIEWPORT)
    seen.wait_for_widgets()
    told = seen.page.locator("[role=alert]").first.inner_text()
    assert {"gone": "could not be loaded", "cut short": "This figure cannot be drawn"}[damage] in told
    assert seen.page.locator("textarea").count() == 0


# --- How fast, and how much memory. ---

TYPE = f"""async (letters) => {{
  const field = document.querySelector("textarea");
  for (const letter of letters) {{
    field.value += letter;
    field.dispatchEvent(new Event("input"));
    await {FRAME};
    await new Promise((done) => setTimeout(done));
  }}
}}"""


def test_a_keystroke_costs_50_milliseconds_at_most_until_it_is_painted(play):
    """Of the page's thread, and of its own time: another program may have the processor meanwhile."""
    text = "One day, a girl called Nora met a boy called Tom. Nora had a red kite. Tom wanted it. " * 2
    page = play("book", text)
    assert 55 <= len(words_of(page)) <= 64
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def costs(letters):
        before = busy()
        page.evaluate(TYPE, letters)
        return (busy() - before) / len(letters)

    page.evaluate(TYPE, "She")
    assert min(costs(letters) for letters in (" gave", " it to", " him.", " Then")) <= 0.050  # what disturbs only adds


def test_memory_stays_flat_over_500_edits(play):
    page = play("book", TEXT, off={"heads": [(0, 0)]})
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def held():
        session.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return metrics["JSHeapUsedSize"], metrics["Nodes"]

    edit = f"""async (times) => {{
      const field = document.querySelector("textarea");
      for (let i = 0; i < times; i++) {{
        field.value = `Tom had ${{i % 7}} red kites. ` + "He gave it to Nora. ".repeat(i % 5);
        field.dispatchEvent(new Event("input"));
        if (i % 10 === 0) await {FRAME};
      }}
    }}"""
    page.evaluate(edit, 50)
    bytes_before, nodes_before = held()
    page.evaluate(edit, 500)
    bytes_after, nodes_after = held()
    assert bytes_after - bytes_before < 2_000_000
    assert nodes_after - nodes_before < 1000


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("model", ["book", "book-masked"])
def test_axe_finds_nothing_wrong(show, model, theme):
    options = {"hidden": [3]} if model == "book-masked" else {"off": {"heads": [(0, 0)], "neurons": [(1, 2)]}}
    widget = Playground(model, TEXT + " 猫", beginnings=["Tom", "Nora"], **options)
    seen = show(states_of(widget), [widget.model_id], viewport=VIEWPORT, color_scheme=theme)
    seen.page.locator(".lmkit-say").wait_for()
    seen.page.get_by_role("button", name="table").click()
    seen.set_theme(theme)
    assert seen.axe_violations(".page-widget") == []


def test_it_fits_a_telephone(show):
    widget = Playground("book", TEXT, beginnings=["One day, a girl called Nora met a boy called Tom."])
    seen = show(states_of(widget), [widget.model_id], viewport={"width": 375, "height": 700})
    seen.page.locator(".lmkit-say").wait_for()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 375
