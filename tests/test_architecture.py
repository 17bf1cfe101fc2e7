"""The rules of the house: rooms stand on floors, and every import goes down."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from house_picture import arrows, floors, rooms, svg

LMKIT = Path(__file__).parents[1] / "lmkit"

FLOORS = (  # the lowest first
    {"ranges", "figures"},
    {"text", "model"},
    {"learning", "inside"},
    {"shelf"},
    {"widgets", "experiments", "check"},
    {"classroom"},
)


def floor_of(room):
    return next(floor for floor, level in enumerate(FLOORS) if room in level)


def test_every_room_has_its_floor():
    assert set.union(*FLOORS) == set(rooms(LMKIT))
    assert len(rooms(LMKIT)) <= 15


def test_every_import_from_room_to_room_goes_down():
    assert [pair for pair in sorted(arrows(LMKIT)) if floor_of(pair[0]) <= floor_of(pair[1])] == []
    assert ("inside", "model") in arrows(LMKIT)


def test_no_module_imports_itself_in_a_circle():
    """What is imported inside of a function is not needed to import the module, and does not count."""
    modules = {name_of(path): path for path in LMKIT.rglob("*.py")}
    needs = {name: needed(path, set(modules)) - {name} for name, path in modules.items()}
    assert len(list(TopologicalSorter(needs).static_order())) == len(modules)


def name_of(path):
    return ".".join(path.relative_to(LMKIT.parent).with_suffix("").parts).removesuffix(".__init__")


def needed(path, modules):
    """The modules that a file imports at its top; where a module is taken out of a package, that module alone."""
    imports = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)]
    taken = [(node.module, f"{node.module}.{alias.name}") for node in imports for alias in node.names]
    return {full if full in modules else module for module, full in taken} & modules


def test_every_folder_says_in_one_sentence_what_lives_there():
    for start in LMKIT.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(start.read_text())), start


@pytest.fixture
def house(tmp_path):
    """A small package: `attic` calls `cellar`; `write` lets one call another too."""
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "cellar.py").write_text('"""What is kept. And more."""\n')
    (tmp_path / "attic").mkdir()
    (tmp_path / "attic" / "__init__.py").write_text('"""What is seen <from> above."""\n')
    call = f"def look():\n    from {tmp_path.name}.cellar import box\n"
    (tmp_path / "attic" / "window.py").write_text(call)
    return tmp_path


def test_an_import_inside_of_a_function_is_an_arrow_too(house):
    assert arrows(house) == {("attic", "cellar")}
    assert floors(house) == [["cellar"], ["attic"]]


def test_rooms_that_import_each_other_have_no_floor(house):
    (house / "cellar.py").write_text(f"import {house.name}.attic.window\n")
    with pytest.raises(ValueError, match="import each other in a circle: .*attic"):
        floors(house)


def test_the_picture_names_each_room_and_says_in_words_who_calls_whom(house):
    picture = svg(house)
    assert "attic calls cellar" in picture
    assert picture.count("<rect") == 2 and picture.count("marker-end") == 1
    assert "<title>What is kept.</title>" in picture and "&lt;from&gt;" in picture
