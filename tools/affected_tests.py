"""Name the tests that a change can have broken, for `make test-fast`: a plain map from folders to folders.

The change is what differs from the branch `main`, or where that is checked out from the last commit; files that git
does not know yet count too. The answer is a line of arguments for pytest. `make test` is still what must pass.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
BANKS = "lmkit/check/banks/"
ENGINE = ["test_reports", "test_limits", "test_gradients", "test_right_answers", "test_wrong_answers"]

QUICK = ["tests/book/test_house.py", "tests/test_architecture.py"]  # what holds for every file

# The first beginning that fits decides. What has none of its own here is tested by the folder of its name.
MAP = {
    "lmkit/check/": [f"tests/check/{name}.py" for name in ENGINE],
    "lmkit/model/": ["tests/model", "tests/inside"],
    "lmkit/widgets/js/engine/": ["tests/widgets/test_engine.py", "tests/widgets/test_page_module.py"],
    "tests/conftest.py": ["tests/test_loading.py", "tests/test_probes.py"],
    "tests/loading.py": ["tests/test_loading.py", "tests/test_probes.py"],
    "tests/probes.py": ["tests/test_probes.py"],
    "tests/hard_strings.py": ["tests/text/test_tokenizer.py", "tests/widgets"],
    "tests/js/engine-numbers.js": ["tests/widgets/test_engine.py"],
    "tests/js/": ["tests/widgets/test_page_module.py"],
    "chapters/": ["tests/chapters/test_claims.py", "tests/chapters/test_exercises.py"],
    "book/_ext/": ["tests/book/test_extensions.py"],
    "tools/": ["tests/book/test_tools.py", "tests/test_affected.py", "tests/test_package.py"],
}


def changed() -> list[str]:
    """Every file that differs from `main`, or from the last commit on `main` itself; new ones too."""
    start = _git("merge-base", "HEAD", "main") or ["HEAD"]
    return sorted({*_git("diff", "--name-only", *start), *_git("ls-files", "--others", "--exclude-standard")})


def _git(*arguments: str) -> list[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.split()


def arguments(files: list[str]) -> list[str]:
    """What to give to pytest. Where only banks changed, those of their tests whose names hold theirs."""
    banks = [Path(file).stem for file in files if file.startswith(BANKS)]
    others = sorted({test for file in files if not file.startswith(BANKS) for test in tests_of(file)})
    if banks and not others:
        return ["tests/check", "tests/chapters/test_exercises.py", "-k", " or ".join(banks)]
    return [*others, *(["tests/check"] if banks else []), *(QUICK if files else [])]


def tests_of(file: str) -> list[str]:
    """The tests of one file: itself, where it is one; else by the map, or by the folder of its name."""
    path = Path(file)
    if path.name.startswith("test_"):
        return [file] if (ROOT / file).exists() else []
    for beginning, tests in MAP.items():
        if file.startswith(beginning):
            return tests
    return _of_the_same_name(path)


def _of_the_same_name(path: Path) -> list[str]:
    if path.suffix != ".py" or len(path.parts) < 2:
        return []
    if path.parts[0] == "tests":
        return [str(path.parent)]
    folder = Path("tests", *path.parts[1:2] if path.parts[0] == "lmkit" else path.parts[:1])
    places = [folder.with_suffix(""), folder.with_name(f"test_{path.stem}.py"), Path("tests/test_package.py")]
    return [str(next(place for place in places if (ROOT / place).exists()))]


if __name__ == "__main__":
    print(*(f"'{one}'" for one in arguments(changed())))
