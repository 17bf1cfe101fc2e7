"""What every living figure has in common: its module of the page, a sentence, a still picture."""

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path

import anywidget
import traitlets
from ipywidgets import Layout

STATIC = Path(__file__).parent / "static"
_made: Counter[str] = Counter()


class CannotShow(traitlets.TraitError, ValueError):
    """A trait was given what the figure cannot show, such as a layer that does not exist.

    A TraitError, so that traits which were changed together go back together; a ValueError, as any wrong argument.
    """


def check_exists(name: str, value: int, count: int, first: int = 0) -> int:
    """The value, where there are `count` of its kind, counted from `first`.

    Raises:
        CannotShow: It is none of them.
    """
    if not first <= value < first + count:
        choice = f", from {first} to {first + count - 1}" if count else ""
        raise CannotShow(f"{name} {value} does not exist: there are {count}{choice}.")
    return value


class Numbers(traitlets.Dict):
    """Numbers by name, all of them finite: JSON has no word for NaN, and a page that holds one cannot be read."""

    def validate(self, obj: object, value: object) -> dict:
        """The value, unless a number in it is not finite (CannotShow)."""
        value = super().validate(obj, value)
        try:
            json.dumps(value, allow_nan=False)
        except ValueError as error:
            raise CannotShow(f"{self.name} holds a number that is not finite (NaN or inf).") from error
        return value


class LivingFigure(anywidget.AnyWidget):
    """A figure that lives in a notebook and, with no kernel, in the built page.

    A subclass names its `view`, says in `description` what is seen, and draws a `poster`. Where the page module
    cannot run (PDF, GitHub), the poster and the description stand in for it.

    Two runs of a notebook give the same identifiers and the same bytes: the model id is made from the state.
    """

    view = traitlets.Unicode(help="the name of the page module that draws this figure").tag(sync=True)
    description = traitlets.Unicode(help="one sentence that says what is seen").tag(sync=True)

    def __init_subclass__(cls, **options: object) -> None:
        """Find the module of a figure by its view: all that this figure needs, and nothing of another."""
        if "view" in vars(cls):
            cls._esm = STATIC / f"{cls.view.default_value}.js"
        super().__init_subclass__(**options)

    def __init__(self, **state: object) -> None:
        name = _stable_id(type(self).__name__, state)
        super().__init__(**state, model_id=name, layout=Layout(model_id=f"{name}-layout"))

    def poster(self) -> bytes:
        """The figure as it opens, as a PNG."""
        raise NotImplementedError

    def svg(self) -> str:
        """The figure as it is, as a drawing: the still picture with the sentence, unless a figure draws itself."""
        from lmkit.widgets.posters.svg import drawing, picture

        png = self.poster()
        width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))  # as every PNG begins
        return drawing(width, height, self.description, [picture(png, width, height)])

    def save(self, path: str | Path) -> None:
        """Write the figure as it is into a file.

        Args:
            path: With the suffix `.html`, a page in which the figure lives, that opens from a disk and asks for nothing
                from elsewhere; `.svg`, a drawing; `.png`, the still picture.

        Raises:
            ValueError: Another suffix.
        """
        from lmkit.widgets.saving import save_figure

        save_figure(self, Path(path))

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture = base64.b64encode(self.poster()).decode()
        data = {**data, "image/png": picture, "text/plain": self.description}
        return data, {**metadata, "image/png": {"alt": self.description}}


def _stable_id(kind: str, state: dict) -> str:
    """The same state gives the same id in every run; a second figure of the same state in one run gets another."""
    digest = hashlib.sha256(repr((kind, sorted(state.items()))).encode()).hexdigest()[:24]
    _made[digest] += 1
    return f"{digest}{_made[digest]:08x}"
