"""A claim, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Verdict = Literal["holds", "holds if", "does not hold", "not testable here"]


class Found(NamedTuple):
    """What was measured.

    Attributes:
        says: the numbers, in a sentence.
        bears_out: whether they are as the verdict says.
    """

    says: str
    bears_out: bool


@dataclass(frozen=True)
class Claim:
    """What the article says, in our words, and what became of it.

    Attributes:
        so: where it "holds if", the condition; where it "does not hold", what is so instead; else what was looked at.
        measure: gives the numbers anew; None where it is "not testable here".
    """

    says: str
    verdict: Verdict
    so: str
    measure: Callable[[], Found] | None
