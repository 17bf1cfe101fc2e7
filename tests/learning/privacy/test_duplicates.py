"""Long sentences that stood before are left out, letter by letter or nearly; short ones stay."""

from lmkit.learning.privacy import duplicates
from lmkit.learning.privacy.canaries import Canary

SECRET = Canary("Mia", "box", "4071")
OTHER = Canary("Leo", "car", "9923")
TEXTS = [
    f"{SECRET.sentence} Tom was happy.",
    f"{SECRET.sentence} Tom was happy.",
    f"{SECRET.said_by('Tom', 'said')} Zoe ran.",
    f"{OTHER.sentence} Zoe ran.",
]


def test_letter_by_letter_leaves_out_the_copy_and_not_what_is_said_otherwise():
    assert duplicates.without_repeated(TEXTS) == [TEXTS[0], "Tom was happy.", TEXTS[2], TEXTS[3]]


def test_nearly_leaves_out_what_is_said_otherwise_too_and_not_another_secret():
    assert duplicates.without_nearly_repeated(TEXTS) == [TEXTS[0], "Tom was happy.", "Zoe ran.", TEXTS[3]]


def test_the_share_of_common_runs_is_that_counted_by_hand():
    one, other = duplicates.ngrams("A b c, d!"), duplicates.ngrams("a b c e")
    assert one == {("a", "b", "c"), ("b", "c", "d")}
    assert duplicates.jaccard(one, other) == 1 / 3
    assert duplicates.jaccard(one, one) == 1 and duplicates.ngrams("too short") == set()
