"""Chapter 07 in class: answers that were not made from the banks. Wrong ones are refused, and told no false cause.

Each wrong answer stands with the causes that may be named. Without any, the check must say that it knows none.
"""

import difflib
import math
import re
import unicodedata
from collections import Counter, defaultdict

import numpy as np
import pytest
import scipy.stats
import torch
from sklearn import metrics

from lmkit import check
from lmkit.check import EXERCISES
from lmkit.learning import evaluation
from tests.check.in_class import causes_in, two_lists

pytestmark = pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
RIGHT, WRONG, right, wrong = two_lists()


# --- Leaks ---


def places(known, test):
    """The places of what is known."""
    return [i for i, text in enumerate(test) if known(text)]


def by(plain):
    """Compare what `plain` makes of the texts."""

    def answer(train, test):
        seen = [plain(text) for text in train]
        return places(lambda text: plain(text) in seen, test)

    return answer


def normal(text):
    return re.sub(r"\s+", " ", text).strip().lower()


@right("leaks")
def in_small_letters_split_and_joined(train, test):
    seen = {" ".join(text.lower().split()) for text in train}
    return [i for i, text in enumerate(test) if " ".join(text.lower().split()) in seen]


@right("leaks")
def with_a_regular_expression(train, test):
    return by(normal)(train, test)


@right("leaks")
def in_large_letters_as_tuples(train, test):
    return by(lambda text: tuple(text.upper().split()))(train, test)


@right("leaks")
def with_a_dictionary(train, test):
    where = defaultdict(list)
    for i, text in enumerate(test):
        where[normal(text)].append(i)
    return sorted({i for text in train for i in where[normal(text)]})


@right("leaks")
def with_an_array(train, test):
    return np.flatnonzero(np.isin([normal(text) for text in test], [normal(text) for text in train]))


@wrong("leaks")
def by_the_set_of_words(train, test):
    return by(lambda text: frozenset(text.lower().split()))(train, test)


@wrong("leaks")
def by_sorted_words(train, test):
    return by(lambda text: sorted(text.lower().split()))(train, test)


@wrong("leaks")
def by_the_first_letters(train, test):
    return by(lambda text: normal(text)[:20])(train, test)


@wrong("leaks")
def by_the_last_letters(train, test):
    return by(lambda text: normal(text)[-20:])(train, test)


@wrong("leaks")
def without_punctuation(train, test):
    return by(lambda text: re.findall(r"\w+", text.lower()))(train, test)


@wrong("leaks", "blanks-removed")
def without_any_space(train, test):
    return by(lambda text: re.sub(r"\s", "", text).lower())(train, test)


@wrong("leaks")
def by_length(train, test):
    return by(lambda text: len(normal(text)))(train, test)


@wrong("leaks")
def two_spaces_become_one(train, test):
    return by(lambda text: text.lower().replace("\n", " ").replace("\t", " ").replace("  ", " ").strip())(train, test)


@wrong("leaks")
def by_likeness(train, test):
    def known(text):
        return any(difflib.SequenceMatcher(None, normal(text), normal(other)).ratio() > 0.9 for other in train)

    return places(known, test)


@wrong("leaks")
def without_numbers(train, test):
    return by(lambda text: re.sub(r"\d+", "0", normal(text)))(train, test)


@wrong("leaks")
def without_accents(train, test):
    return by(lambda text: unicodedata.normalize("NFKD", normal(text)).encode("ascii", "ignore"))(train, test)


@wrong("leaks", "wrong-type")
def the_texts(train, test):
    return [test[i] for i in with_a_regular_expression(train, test)]


@wrong("leaks")
def each_leak_once(train, test):
    found = {normal(test[i]): i for i in reversed(with_a_regular_expression(train, test))}
    return sorted(found.values())


# --- Wilson's interval ---


@right("wilson")
def with_numpy_and_counts(right, n):
    z, wrong = 1.96, n - right
    middle = (right + z**2 / 2) / (n + z**2)
    reach = z / (n + z**2) * np.sqrt(right * wrong / n + z**2 / 4)
    return np.float64(middle - reach), np.float64(middle + reach)


@right("wilson")
def as_the_roots_of_a_polynomial(right, n):
    p, z = right / n, 1.96
    a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
    root = (b * b - 4 * a * c) ** 0.5
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


@right("wilson")
def with_tensors(right, n):
    p, z = torch.tensor(right / n, dtype=torch.float64), 1.96
    ends = p + z**2 / (2 * n) + torch.tensor([-z, z]) * (p * (1 - p) / n + (z / (2 * n)) ** 2).sqrt()
    return tuple(ends / (1 + z**2 / n))


@right("wilson")
def kept_within_0_and_1(right, n):
    low, high = as_the_roots_of_a_polynomial(right, n)
    return max(0.0, low), min(1.0, high)


def normal_interval(right, n, z=1.96):
    p = right / n
    return p - z * math.sqrt(p * (1 - p) / n), p + z * math.sqrt(p * (1 - p) / n)


@wrong("wilson")
def normal_and_cut_off(right, n):
    low, high = normal_interval(right, n)
    return max(0, low), min(1, high)


@wrong("wilson")
def with_four_more(right, n):
    return normal_interval(right + 2, n + 4)


@wrong("wilson")
def with_90_per_cent(right, n):
    return EXERCISES["wilson"].family(right, n, z=1.645)


@wrong("wilson")
def with_a_z_of_2(right, n):
    return EXERCISES["wilson"].family(right, n, z=2.0)


@wrong("wilson")
def with_n_minus_1(right, n):
    return EXERCISES["wilson"].family(
        right, n, spread=lambda p, n, z: z * math.sqrt(p * (1 - p) / (n - 1) + z**2 / 4 / n**2)
    )


@wrong("wilson", "root-forgotten")
def without_the_root(right, n):
    z, p = 1.96, right / n
    middle, reach, shrink = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)), 1 + z**2 / n
    return (middle - reach) / shrink, (middle + reach) / shrink


@wrong("wilson")
def with_whole_shares(right, n):
    return EXERCISES["wilson"].family(right // n * n, n)


@wrong("wilson")
def middle_and_reach(right, n):
    low, high = as_the_roots_of_a_polynomial(right, n)
    return (low + high) / 2, (high - low) / 2


@wrong("wilson")
def in_per_cent(right, n):
    return tuple(100 * end for end in as_the_roots_of_a_polynomial(right, n))


@wrong("wilson")
def rounded(right, n):
    return tuple(round(end, 2) for end in as_the_roots_of_a_polynomial(right, n))


@wrong("wilson")
def nothing_is_right(right, n):
    return (0.0, 0.0) if not right else as_the_roots_of_a_polynomial(right, n)


@wrong("wilson")
def divided_in_one_end_only(right, n):
    z, p = 1.96, right / n
    middle, reach, shrink = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)), 1 + z**2 / n
    return middle - reach / shrink, (middle + reach) / shrink


# --- McNemar's test ---


def open_questions(one, other):
    """How many questions fall to the first alone, and how many to the second."""
    counts = Counter(zip(one.tolist(), other.tolist(), strict=True))
    return counts[True, False], counts[False, True]


@right("mcnemar")
def with_scipy(one, other):
    first, second = open_questions(one, other)
    return scipy.stats.binomtest(first, first + second).pvalue if first + second else 1.0


@right("mcnemar")
def with_exclusive_or(one, other):
    n, k = (one ^ other).sum().item(), (one & ~other).sum().item()
    at_least_as_far = [i for i in range(n + 1) if abs(2 * i - n) >= abs(2 * k - n)]
    return sum(math.comb(n, i) for i in at_least_as_far) / 2**n


@right("mcnemar")
def with_numpy_from_above(one, other):
    apart = one.numpy().astype(int) - other.numpy()
    n, larger = np.abs(apart).sum(), max((apart > 0).sum(), (apart < 0).sum())
    return np.minimum(1, 2 * scipy.stats.binom.sf(larger - 1, n, 0.5))


@right("mcnemar")
def with_a_tensor_of_ways(one, other):
    first, second = open_questions(one, other)
    n, k = first + second, torch.arange(min(first, second) + 1, dtype=torch.float64)
    log_ways = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    return (2 * (log_ways - n * math.log(2)).exp().sum()).clamp(max=1)


@wrong("mcnemar")
def as_two_tests_of_their_own(one, other):
    n = len(one)
    p, q = one.float().mean().item(), other.float().mean().item()
    both = (p + q) / 2
    return math.erfc(abs(p - q) / math.sqrt(2 * both * (1 - both) / n) / math.sqrt(2)) if 0 < both < 1 else 1.0


@wrong("mcnemar")
def of_what_not_both_got(one, other):
    first, second = open_questions(one, other)
    n = int((~(one & other)).sum())
    return min(1, 2 * scipy.stats.binom.cdf(min(first, second), n, 0.5))


@wrong("mcnemar", "chi-square")
def by_standard_errors(one, other):
    first, second = open_questions(one, other)
    return 2 * scipy.stats.norm.sf(abs(first - second) / math.sqrt(first + second)) if first + second else 1.0


@wrong("mcnemar")
def with_half_of_this_result(one, other):
    first, second = open_questions(one, other)
    k, n = min(first, second), first + second
    return min(1, 2 * scipy.stats.binom.cdf(k, n, 0.5) - scipy.stats.binom.pmf(k, n, 0.5))


@wrong("mcnemar", "without-this-result")
def strictly_further(one, other):
    first, second = open_questions(one, other)
    return min(1, 2 * scipy.stats.binom.sf(max(first, second), first + second, 0.5))


@wrong("mcnemar", "wrong-type")
def whether_it_is_significant(one, other):
    return with_scipy(one, other) < 0.05


@wrong("mcnemar")
def rounded_to_two_digits(one, other):
    return round(with_scipy(one, other), 2)


@wrong("mcnemar")
def with_the_share_that_falls_to_the_first(one, other):
    first, second = open_questions(one, other)
    return scipy.stats.binomtest(first, first + second, one.float().mean().item()).pvalue if first + second else 1.0


@wrong("mcnemar", "all-questions-counted", "one-sided")
def one_side_of_all_questions(one, other):
    return scipy.stats.binom.cdf(min(open_questions(one, other)), len(one), 0.5)


# --- Balanced accuracy ---


def recalls(answers, labels):
    return {c: (answers[labels == c] == c).double().mean().item() for c in set(labels.tolist())}


@right("balanced_accuracy")
def with_scikit_learn(answers, labels):
    return metrics.balanced_accuracy_score(labels, answers)


@right("balanced_accuracy")
def from_the_table_of_confusions(answers, labels):
    size = int(max(answers.max(), labels.max())) + 1
    table = torch.bincount(labels * size + answers, minlength=size**2).reshape(size, size)
    there = table.sum(dim=1) > 0
    return (table.diagonal()[there] / table.sum(dim=1)[there]).mean()


@right("balanced_accuracy")
def by_counting_in_a_loop(answers, labels):
    hits, all_of = Counter(), Counter()
    for answer, label in zip(answers.tolist(), labels.tolist(), strict=True):
        all_of[label] += 1
        hits[label] += answer == label
    return sum(hits[label] / n for label, n in all_of.items()) / len(all_of)


@right("balanced_accuracy")
def with_a_weight_for_each_question(answers, labels):
    weight = 1 / torch.bincount(labels)[labels].double()
    return (weight * (answers == labels)).sum() / weight.sum()


@right("balanced_accuracy")
def from_the_library(answers, labels):
    return evaluation.balanced_accuracy(answers, labels)


@wrong("balanced_accuracy")
def less_what_chance_gives(answers, labels):
    return metrics.balanced_accuracy_score(labels, answers, adjusted=True)


@wrong("balanced_accuracy")
def of_all_classes_in_sight(answers, labels):
    return metrics.recall_score(labels, answers, average="macro", zero_division=0)


@wrong("balanced_accuracy")
def the_class_in_the_middle(answers, labels):
    return float(np.median(list(recalls(answers, labels).values())))


@wrong("balanced_accuracy")
def as_a_geometric_mean(answers, labels):
    shares = list(recalls(answers, labels).values())
    return math.prod(shares) ** (1 / len(shares))


@wrong("balanced_accuracy")
def one_class_against_the_rest(answers, labels):
    return np.mean([((answers == c) == (labels == c)).double().mean().item() for c in labels.unique()])


@wrong("balanced_accuracy")
def of_the_rarest_class(answers, labels):
    rarest = Counter(labels.tolist()).most_common()[-1][0]
    return recalls(answers, labels)[rarest]


@wrong("balanced_accuracy")
def in_hundredths(answers, labels):
    return 100 * with_scikit_learn(answers, labels)


@wrong("balanced_accuracy")
def how_much_better_than_chance(answers, labels):
    return metrics.cohen_kappa_score(labels, answers)


@wrong("balanced_accuracy", "plain-accuracy")
def counted_one_by_one(answers, labels):
    return sum(a == b for a, b in zip(answers.tolist(), labels.tolist(), strict=True)) / len(labels)


@wrong("balanced_accuracy", "f1")
def as_scikit_learn_has_it(answers, labels):
    return metrics.f1_score(labels, answers, labels=labels.unique(), average="macro")


# --- Calibration ---


def gaps(confidence, is_right, which):
    """The share of each bin, and its accuracy less its confidence."""
    found = []
    for own in (which == i for i in which.unique()):
        gap = is_right[own].double().mean() - confidence[own].double().mean()
        found.append((own.double().mean().item(), gap.item()))
    return found


def numbered(confidence, n_bins):
    return (confidence * n_bins).long().clamp(max=n_bins - 1)


@right("calibration_error")
def with_edges_above(confidence, is_right, n_bins):
    total = 0.0
    for low in torch.linspace(0, 1, n_bins + 1)[:-1]:
        own = (confidence > low) & (confidence <= low + 1 / n_bins + 1e-6)
        if own.sum() > 0:
            total += own.float().mean() * (is_right[own].float().mean() - confidence[own].mean()).abs()
    return total


@right("calibration_error")
def with_numpy_digitize(confidence, is_right, n_bins):
    which = np.digitize(confidence, np.linspace(0, 1, n_bins + 1)[1:-1])
    apart = np.bincount(which, weights=is_right.numpy() - confidence.double().numpy(), minlength=n_bins)
    return np.abs(apart).sum() / len(confidence)


@right("calibration_error")
def answer_by_answer(confidence, is_right, n_bins):
    which = numbered(confidence, n_bins)
    alike = which[:, None] == which
    share = (alike * is_right).sum(dim=1) / alike.sum(dim=1)
    sure = (alike * confidence).sum(dim=1) / alike.sum(dim=1)
    return (share - sure).abs().mean().item()


@right("calibration_error")
def with_bins_of_the_library(confidence, is_right, n_bins):
    return evaluation.calibration_error(evaluation.calibration(confidence, is_right, n_bins))


@right("calibration_error")
def with_dictionaries(confidence, is_right, n_bins):
    apart = defaultdict(float)
    for sure, good in zip(confidence.tolist(), is_right.tolist(), strict=True):
        apart[min(int(sure * n_bins), n_bins - 1)] += good - sure
    return sum(map(abs, apart.values())) / len(confidence)


@wrong("calibration_error")
def root_of_the_mean_square(confidence, is_right, n_bins):
    return math.sqrt(sum(share * gap**2 for share, gap in gaps(confidence, is_right, numbered(confidence, n_bins))))


@wrong("calibration_error", "no-bins", "squared")
def brier(confidence, is_right, n_bins):
    return ((confidence - is_right.float()) ** 2).mean()


@wrong("calibration_error")
def with_rounded_confidence(confidence, is_right, n_bins):
    return sum(share * abs(gap) for share, gap in gaps(confidence, is_right, (confidence * n_bins).round()))


@wrong("calibration_error")
def with_one_bin_less(confidence, is_right, n_bins):
    edges = torch.linspace(0, 1, n_bins)
    return sum(share * abs(gap) for share, gap in gaps(confidence, is_right, torch.bucketize(confidence, edges)))


@wrong("calibration_error")
def always_ten_bins(confidence, is_right, n_bins):
    return with_dictionaries(confidence, is_right, 10)


@wrong("calibration_error")
def only_where_too_sure(confidence, is_right, n_bins):
    return sum(share * max(0, -gap) for share, gap in gaps(confidence, is_right, numbered(confidence, n_bins)))


@wrong("calibration_error")
def in_percent(confidence, is_right, n_bins):
    return 100 * with_dictionaries(confidence, is_right, n_bins)


@wrong("calibration_error")
def without_lonely_answers(confidence, is_right, n_bins):
    which = numbered(confidence, n_bins)
    found = [(share, gap) for share, gap in gaps(confidence, is_right, which) if share * len(which) > 1.5]
    return sum(share * abs(gap) for share, gap in found)


@wrong("calibration_error", "squared", "largest-distance")
def the_worst_square(confidence, is_right, n_bins):
    return max(gap**2 for _, gap in gaps(confidence, is_right, numbered(confidence, n_bins)))


@wrong("calibration_error", "no-bins")
def as_a_mean_distance(confidence, is_right, n_bins):
    return (confidence - is_right.float()).abs().mean()


# --- Stopping early ---


def trained(valid, patience):
    """How many epochs are trained: until `patience` of them in a row were not better than the best before."""
    for n in range(1, len(valid)):
        before = valid[: max(1, n - patience + 1)]
        if n >= patience and max(valid[n - patience + 1 : n + 1]) <= max(before):
            return n + 1
    return len(valid)


@right("stop_early")
def with_index_of_the_maximum(valid, test, patience):
    seen = valid[: trained(valid, patience)]
    epoch = seen.index(max(seen))
    return epoch, test[epoch]


@right("stop_early")
def with_numpy_argmax(valid, test, patience):
    epoch = np.argmax(valid[: trained(valid, patience)])
    return epoch, np.float64(test[epoch])


@right("stop_early")
def with_a_while_loop(valid, test, patience):
    best, epoch = 0, 0
    while epoch + 1 < len(valid) and epoch - best < patience:
        epoch += 1
        best = epoch if valid[epoch] > valid[best] else best
    return [best, test[best]]


@right("stop_early")
def with_tensors_and_enumerate(valid, test, patience):
    best, chosen = -math.inf, None
    for epoch, (share, told) in enumerate(zip(valid, test, strict=True)):
        if share > best:
            best, chosen = share, (torch.tensor(epoch), torch.tensor(told))
        elif epoch - int(chosen[0]) == patience:
            break
    return chosen


@wrong("stop_early")
def the_best_of_the_last_few(valid, test, patience):
    n = trained(valid, patience)
    epoch = max(range(max(0, n - patience), n), key=lambda i: valid[i])
    return epoch, test[epoch]


@wrong("stop_early")
def by_the_loss_as_if_small_were_good(valid, test, patience):
    epoch = int(np.argmin(valid))
    return epoch, test[epoch]


@wrong("stop_early")
def by_the_mean_of_both_sets(valid, test, patience):
    both = [(v + t) / 2 for v, t in zip(valid, test, strict=True)]
    epoch = int(np.argmax(both[: trained(both, patience)]))
    return epoch, test[epoch]


@wrong("stop_early")
def smoothed_over_three(valid, test, patience):
    smooth = [float(np.mean(valid[max(0, i - 1) : i + 2])) for i in range(len(valid))]
    epoch = int(np.argmax(smooth[: trained(smooth, patience)]))
    return epoch, test[epoch]


@wrong("stop_early", "not-in-a-row")
def with_patience_in_all(valid, test, patience):
    best, idle = 0, 0
    for epoch in range(1, len(valid)):
        if valid[epoch] > valid[best]:
            best = epoch
        else:
            idle += 1
        if idle == patience:
            break
    return best, test[best]


@wrong("stop_early")
def the_epoch_before_the_stop(valid, test, patience):
    epoch = trained(valid, patience) - 1 - patience
    return max(epoch, 0), test[max(epoch, 0)]


@wrong("stop_early", "never-stops")
def without_any_patience(valid, test, patience):
    epoch = max(range(len(valid)), key=valid.__getitem__)
    return epoch, test[epoch]


@wrong("stop_early", "validation-reported")
def best_and_its_epoch(valid, test, patience):
    epoch, _ = with_index_of_the_maximum(valid, test, patience)
    return epoch, valid[epoch]


# --- What must hold ---


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_passes_whatever_is_drawn(exercise, answer):
    for seed in range(2):
        report = getattr(check, exercise)(answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(("exercise", "answer", "causes"), WRONG)
def test_a_wrong_answer_is_refused_and_told_its_own_cause_or_none(exercise, answer, causes):
    report = getattr(check, exercise)(answer, seed=0)
    assert not report.ok
    assert causes_in(report) == causes


def test_each_exercise_of_the_chapter_is_tried_in_at_least_six_wrong_and_three_right_ways():
    of = {"leaks", "wilson", "mcnemar", "balanced_accuracy", "calibration_error", "stop_early"}
    right_ways, wrong_ways = (Counter(param.values[0] for param in tried) for tried in (RIGHT, WRONG))
    assert set(right_ways) == set(wrong_ways) == of
    assert min(right_ways.values()) >= 3 and min(wrong_ways.values()) >= 6


# --- leaks ---


def leaks_by_loops(train, test):
    found = []
    for i, text in enumerate(test):
        for other in train:
            if text.lower().split() == other.lower().split():
                found.append(i)
                break
    return found


def leaks_by_numpy(train, test):
    known = {" ".join(text.casefold().split()) for text in train}
    return list(np.flatnonzero([" ".join(text.casefold().split()) in known for text in test]))


@pytest.mark.parametrize("answer", [leaks_by_loops, leaks_by_numpy])
def test_finding_leaks_in_other_words_passes(answer):
    report = check.leaks(answer)
    assert report.ok, str(report)


def test_wrong_leaks_are_diagnosed():
    exact = check.leaks(lambda train, test: [i for i, text in enumerate(test) if text in train])
    assert exact.codes == ("exact-copies-only",)
    stripped = [lambda text: text.lower().strip(), lambda text: text.lower()]
    codes = ("only-the-ends-stripped", "blanks-kept")
    for plain, code in zip(stripped, codes, strict=True):
        answer = check.leaks(
            lambda train, test, plain=plain: [i for i, t in enumerate(test) if plain(t) in map(plain, train)]
        )
        assert answer.codes == (code,)
    assert check.leaks(lambda train, test: [text for text in test if text in train]).codes == ("wrong-type",)


# --- intervals ---


def test_an_interval_from_the_library_passes():
    report = check.wilson(lambda right, n: evaluation.wilson(right, n))
    assert report.ok, str(report)


def test_an_interval_by_solving_the_equation_passes():
    def roots(right, n, z=1.96):
        a, b, c = n + z * z, -(2 * right + z * z), right * right / n
        root = math.sqrt(max(0.0, b * b - 4 * a * c))
        return [(-b - root) / (2 * a), (-b + root) / (2 * a)]

    report = check.wilson(roots)
    assert report.ok, str(report)


def test_wrong_intervals_are_diagnosed():
    def simple(right, n):
        half = 1.96 * math.sqrt(right / n * (1 - right / n) / n)
        return right / n - half, right / n + half

    assert check.wilson(simple).codes == ("normal-interval",)
