"""The benchmark of the head viewers opens both pages and sees both drawn. No time is judged here."""

from benchmarks import heads


def test_both_viewers_are_drawn(built):
    assert min(heads.seconds_to_visible(rounds=1, n_tokens=8).values()) > 0
