"""A guess in a page without a kernel: keys and pointer make one, and only then the answer is there to be seen."""

import pytest

from lmkit.widgets import Guess
from tests.book.browsing import states_of

HOSTILE = '<img src=x onerror="window.ran = true">'
CHAPTER = "chapters/01_tokens.html"


def pick() -> Guess:
    guess = Guess.pick("Which is right?", "the first", f"the second {HOSTILE}", "the third")
    guess.answer = "the third"
    return guess


def several() -> Guess:
    guess = Guess.pick("Which are right?", "one", "two", "three", several=True)
    guess.answer = ["two", "three"]
    return guess


def number() -> Guess:
    guess = Guess.number("How many bytes?", "bytes")
    guess.answer = 4
    return guess


def draw() -> Guess:
    guess = Guess.draw("How far?", [10, 20, 30, 40], 8, unit="bytes a token")
    guess.answer = [1, 2, 3, 7]
    return guess


@pytest.fixture
def ask(show):
    """A function that shows a guess in a page; nothing may complain or run."""
    seen = []

    def ask(guess, **context):
        hosted = states_of(guess)
        seen.append(show(hosted, [guess.model_id], **context))
        return seen[-1]

    yield ask
    assert [one.complaints for one in seen] == [[]] * len(seen)
    assert all(one.page.evaluate("window.ran") is None for one in seen)


def says(page) -> str:
    """What is said of the guess; nothing before it."""
    return page.locator("output.lmkit-say").inner_text().replace("\xa0", " ")


def press(page, *keys: str):
    for key in keys:
        page.keyboard.press(key)


def test_to_pick_an_answer_is_to_guess_and_a_second_one_changes_nothing(ask):
    page = ask(pick()).page
    assert says(page) == "" and "✓" not in page.locator("body").inner_text()
    press(page, "Tab", "Enter")
    assert says(page) == "You said “the first”. Right is “the third”."
    press(page, "Tab", "Enter")
    assert says(page).startswith("You said “the first”.")
    marks = page.get_by_role("button").locator("span").all_text_contents()
    assert marks == ["your guess", "", "✓ right"]


def test_of_several_answers_as_many_are_picked_as_the_reader_likes(ask):
    page = ask(several()).page
    done = page.get_by_role("button", name="That is my guess")
    assert done.is_disabled()
    press(page, "Tab", "Enter", "Tab", "Enter", "Tab", "Enter", "Shift+Tab", "Shift+Tab", "Enter")
    assert page.locator("[aria-pressed=true]").all_text_contents() == ["two", "three"]
    done.press("Enter")
    assert says(page) == "You said “two”, “three”. So it is."
    assert done.is_hidden()


def test_a_number_is_typed_and_compared(ask):
    page = ask(number()).page
    press(page, "Tab", "m", "Enter")
    field = page.get_by_role("textbox", name="How many bytes?")
    assert field.get_attribute("aria-invalid") == "true" and says(page) == ""
    field.fill("12")
    press(page, "Enter")
    assert says(page) == "You said 12, it is 4 bytes: too high by a factor of 3."
    bars = page.locator(".lmkit-bars i").evaluate_all(
        "bars => bars.map(bar => parseFloat(getComputedStyle(bar).backgroundSize))"
    )
    assert bars == pytest.approx([100, 100 / 3], abs=0.1)


def test_a_curve_is_drawn_with_keys_and_the_right_one_stands_beside_it(ask):
    page = ask(draw()).page
    press(page, "Tab", "Home", *["ArrowDown"] * 5, "End", *["ArrowUp"] * 3)
    curve = page.get_by_role("slider", name="How far?")
    assert curve.get_attribute("aria-valuetext") == "40: 5.2\xa0bytes a token"
    assert page.get_by_role("table").count() == 0
    press(page, "Tab", "Enter")
    rows = page.get_by_role("row").all_text_contents()
    assert rows == ["at10203040", "you said2445.2", "it is1237"]
    assert says(page).startswith("Furthest off at 20. You said 4, it is 2 bytes a token")


def test_a_curve_is_drawn_with_the_pointer_over_the_places_that_it_passes(ask):
    page = ask(draw()).page
    box = page.get_by_role("slider").bounding_box()
    page.mouse.move(box["x"] + 48, box["y"] + 12)  # the left end at the top
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 28, box["y"] + 172)  # the right end at the bottom
    page.mouse.up()
    page.get_by_role("button", name="That is my guess").click()
    drawn = page.get_by_role("row").nth(1).locator("td").all_text_contents()
    assert [float(value) for value in drawn] == pytest.approx([8, 16 / 3, 8 / 3, 0], abs=0.1)


@pytest.mark.parametrize("make", [pick, several, number, draw])
def test_everyone_can_read_it_on_a_telephone_light_and_dark_before_and_after(ask, make):
    seen = ask(make(), viewport={"width": 375, "height": 812})
    assert seen.axe_violations(".page-widget") == []
    seen.page.locator("button, input, canvas").first.focus()
    press(seen.page, "ArrowUp", "Enter", "1")
    for button in seen.page.get_by_role("button", name="That is my guess", disabled=False).all():
        button.click()
    assert says(seen.page).startswith(("You said", "Furthest off"))
    for theme in ("light", "dark"):
        seen.set_theme(theme)
        assert seen.axe_violations(".page-widget") == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 375


def test_while_the_answer_is_not_known_the_reader_is_sent_on(ask):
    page = ask(Guess.number("How many?")).page
    page.get_by_role("textbox").fill("3")
    press(page, "Enter")
    assert says(page) == "Now run the next cell: it finds the answer."


# --- What follows a guess in the built book. ---


@pytest.fixture
def chapter(open_page, address):
    """A function that opens a chapter with guesses, as it is or from a link."""
    return lambda link="", **context: open_page(f"{address}/{CHAPTER}{link}", **context).page


def covers(page):
    """All that is covered by guesses, or was."""
    return page.locator("details.covered")


def how_many_open(page) -> int:
    return page.locator("details.covered[open]").count()


def test_what_follows_a_guess_is_seen_when_it_is_made_and_no_sooner(chapter):
    page = chapter()
    first = covers(page).first
    assert how_many_open(page) == 0 and "猫" not in first.inner_text()
    first.scroll_into_view_if_needed()
    canvas = page.get_by_role("slider").first
    canvas.focus()
    press(page, "ArrowUp", "Tab", "Enter")
    assert how_many_open(page) == 1
    assert "猫" in first.inner_text() and first.locator("summary").is_hidden()


def test_what_is_covered_can_be_had_without_a_guess(chapter):
    page = chapter()
    covers(page).first.locator("summary").press("Enter")
    assert how_many_open(page) == 1


def test_without_scripts_all_follows_with_the_question_in_words(chapter):
    page = chapter(java_script_enabled=False)
    assert how_many_open(page) == covers(page).count() > 1
    assert covers(page).first.locator("summary").is_hidden()
    questions = page.locator("noscript > p").all_text_contents()
    assert [text.startswith("Guess: ") for text in questions] == [True] * covers(page).count()


def test_print_search_and_anchors_uncover(chapter):
    page = chapter("?found=alphabet")
    assert covers(page).first.get_attribute("open") is not None and how_many_open(page) == 1
    page.evaluate("() => { document.querySelectorAll('.covered')[1].id = 'inside'; location.hash = ''; }")
    page.evaluate("""() => {
        document.querySelectorAll(".covered p")[1].id = "inside-of-it";
        location.hash = "inside-of-it";
    }""")
    assert page.locator("#inside-of-it").is_visible()
    page.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")
    assert how_many_open(page) == covers(page).count()


def test_what_was_guessed_stays_when_it_is_given(ask):
    page = ask(several()).page
    press(page, "Tab", "Enter")
    page.get_by_role("button", name="That is my guess").press("Enter")
    page.get_by_role("button", name="two").press("Enter")
    assert says(page) == "You said “one”. Right is “two”, “three”."
    page = ask(number()).page
    press(page, "Tab", "1", "Enter", "2")
    assert says(page).startswith("You said 1, it is 4 bytes")
    page = ask(draw()).page
    press(page, "Tab", "Home", "ArrowDown", "Tab", "Enter")
    before = says(page)
    page.get_by_role("slider").press("ArrowDown")
    assert says(page) == before


def test_the_order_of_the_right_answers_does_not_matter(ask):
    guess = several()
    guess.answer = ["three", "two"]
    page = ask(guess).page
    press(page, "Tab", "Tab", "Enter", "Tab", "Enter")
    page.get_by_role("button", name="That is my guess").press("Enter")
    assert says(page) == "You said “two”, “three”. So it is."
