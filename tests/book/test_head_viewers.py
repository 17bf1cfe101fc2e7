"""The benchmark of the head viewers opens both pages and sees both drawn. No time is judged here."""

from concurrent.futures import ThreadPoolExecutor

from benchmarks import heads


def test_both_viewers_are_drawn(built):
    # The tests' browser is open in this thread, and Playwright drives one a thread.
    with ThreadPoolExecutor(1) as another_thread:
        seconds = another_thread.submit(heads.seconds_to_visible, rounds=1, n_tokens=8).result()
    assert min(seconds.values()) > 0
