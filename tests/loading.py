"""lmkit as the tests load it: every type and every shape that it writes down is compared with what is passed.

beartype compares types in less than a microsecond. A function that names shapes is called in a context of jaxtyping,
which ties the axes of what comes in and goes out together. jaxtyping's own decorator would bind the arguments first and
look at each of them twice, which costs more than many a function does.
"""

import ast
import dataclasses
import functools
import inspect
import sys
import threading
from importlib.machinery import PathFinder, SourceFileLoader
from typing import get_args

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, TypeCheckError, jaxtyped


def checked(thing):
    """Check a function at each call, or a dataclass when it is made; any other class is left as it is."""
    if not isinstance(thing, type):
        return _strict(thing, has_shapes=any(map(_is_shape, thing.__annotations__.values())))
    if dataclasses.is_dataclass(thing) and "__init__" in vars(thing):
        thing.__init__ = checked(thing.__init__)
    return thing


# The switch is that of jaxtyping, so that one is for both. The name is that of beartype's own functions, which no
# report of a check takes for the student's.
_CALLS = compile(
    """
def typed(free, strict):
    def call(*args, **named): return (free if config.jaxtyping_disable else strict)(*args, **named)
    return call

def shaped(free, strict):
    def call(*args, **named):
        if config.jaxtyping_disable:
            return free(*args, **named)
        with jaxtyped("context"):
            return strict(*args, **named)
    return call

def handing_on(waiting):
    def call(*args, **named): return waiting.functions.pop()(*args, **named)
    return call

def handed_on(function, waiting, strict):
    def call(*args, **named):
        waiting.functions.append(function)
        return strict(*args, **named)
    return call
""",
    "<@beartype, unless it is disabled>",
    "exec",
)
_calls = {"config": jaxtyping.config, "jaxtyped": jaxtyped}
exec(_CALLS, _calls)
_WITH_SHAPES = BeartypeConf(violation_type=TypeCheckError)


def _strict(function, has_shapes: bool):
    """Check types, and the shapes where there are any."""
    if has_shapes and inspect.isgeneratorfunction(function):
        return jaxtyped(function, typechecker=beartype)  # it goes on when a context would be over
    strict = beartype(conf=_WITH_SHAPES)(function) if has_shapes else beartype(function)
    return functools.wraps(function)(_calls["shaped" if has_shapes else "typed"](function, strict))


class _Waiting(threading.local):
    """The functions that are called as soon as their arguments are found right, the last one first."""

    def __init__(self):
        self.functions = []


_waiting, _made = _Waiting(), {}


def checked_anew(function):
    """Check a function inside of another, which each call of that one makes anew: to make its checks takes a ms."""
    key = function.__code__, *function.__annotations__.items()
    if key not in _made:
        _made[key] = checked(functools.wraps(function)(_calls["handing_on"](_waiting)))
    return functools.wraps(function)(_calls["handed_on"](function, _waiting, _made[key]))


def _is_shape(annotation) -> bool:
    """True where an annotation is a tensor with axes, or holds one; and for a text, which may be anything."""
    if isinstance(annotation, type) and issubclass(annotation, AbstractArray):
        return True
    return isinstance(annotation, str) or any(map(_is_shape, get_args(annotation)))


class _Decorated(ast.NodeTransformer):
    """Puts a decorator next to each function, under its own ones, and on each class, above them."""

    inside = 0  # so many functions

    def visit_FunctionDef(self, node):
        name = checked_anew.__name__ if self.inside else checked.__name__
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1
        node.decorator_list.append(self._decorator(node, name))
        return node

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        node.decorator_list.insert(0, self._decorator(node, checked.__name__))
        return node

    def _decorator(self, node, name):
        return ast.copy_location(ast.Name(f"__{name}__", ast.Load()), node)


class Loader(SourceFileLoader):
    """Reads a module with its checks. What it compiles is not kept for runs without them."""

    def exec_module(self, module):
        module.__checked__, module.__checked_anew__ = checked, checked_anew
        super().exec_module(module)

    def get_code(self, fullname):
        tree = ast.fix_missing_locations(_Decorated().visit(self.tree()))
        return compile(tree, self.path, "exec", dont_inherit=True)

    def tree(self) -> ast.Module:
        """The source of the module."""
        return ast.parse(self.get_data(self.path))


class Finder:
    """Gives each module of a package to a loader. Python asks it before all other finders."""

    def __init__(self, package: str, loader=Loader):
        self.package, self.loader = package, loader
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        """What Python asks for each module that is imported."""
        spec = PathFinder.find_spec(name, path, target) if name.split(".")[0] == self.package else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = self.loader(spec.loader.name, spec.loader.path)
        return spec
