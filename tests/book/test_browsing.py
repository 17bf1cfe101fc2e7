"""What the eyes of these tests count as broken: what a page asks for and does not get, unless the page was left."""

PAGE = '<!doctype html><title>One</title><img src="{}" alt="">'


def test_a_picture_that_is_not_there_is_broken(open_page, tmp_path):
    (tmp_path / "one.html").write_text(PAGE.format("missing.png"))
    seen = open_page((tmp_path / "one.html").as_uri())
    assert seen.broken == [(tmp_path / "missing.png").as_uri()]


def test_a_picture_still_under_way_when_its_page_is_left_is_not(open_page, tmp_path):
    (tmp_path / "one.html").write_text("<!doctype html><title>One</title>")
    (tmp_path / "two.html").write_text("<!doctype html><title>Two</title>")
    seen = open_page((tmp_path / "one.html").as_uri())
    late = (tmp_path / "late.png").as_uri()
    seen.page.route(late, lambda route: None)  # never answered
    ended = []
    seen.page.on("requestfailed", lambda request: ended.append(request.url))
    seen.page.evaluate("(url) => { new Image().src = url; }", late)
    seen.page.goto((tmp_path / "two.html").as_uri())
    seen.page.wait_for_timeout(100)
    assert ended == [late]
    assert seen.broken == []
