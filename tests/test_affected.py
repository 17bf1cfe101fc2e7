"""`make test-fast` runs the tests of what was changed."""

from tools import affected_tests
from tools.affected_tests import MAP, QUICK, ROOT, arguments

FOLDERS = ("lmkit", "tests", "tools", "benchmarks")
MODULES = [str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]


def test_every_module_has_tests_and_they_exist():
    for file in MODULES:
        tests = affected_tests.tests_of(file)
        assert tests and all((ROOT / test).exists() for test in tests), file


def test_every_folder_of_the_map_and_all_its_tests_exist():
    for beginning, tests in MAP.items():
        assert (ROOT / beginning).exists() and all((ROOT / test).exists() for test in tests)
    assert all((ROOT / test).exists() for test in QUICK)


def test_a_bank_alone_is_tested_by_its_name_and_beside_other_changes_with_all_banks():
    bank = "lmkit/check/banks/attention/causal_mask.py"
    assert arguments([bank])[-2:] == ["-k", "causal_mask"]
    both = arguments([bank, "lmkit/model/attention.py"])
    assert "-k" not in both and {"tests/check", "tests/model"} < set(both)


def test_a_module_is_tested_by_the_folder_of_its_name_and_a_test_by_itself():
    assert arguments(["lmkit/text/tokenizer.py", "tests/model/test_attention.py"])[:2] == [
        "tests/model/test_attention.py",
        "tests/text",
    ]


def test_without_a_change_nothing_is_named():
    assert arguments([]) == []
