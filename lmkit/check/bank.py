"""What the banks are written with: the parts of an exercise, and what many exercises need.

A bank is a file of `banks/CHAPTER/`, and it is read like its exercise. Its docstring says what is asked, and is that of
the check as well. Then come the right answer with its switches, the arguments to try, what must hold of every right
answer, the known mistakes, and the `Exercise` that puts them together, named as the file in capitals.
"""

from lmkit.check import general
from lmkit.check.banks.draws import Draws
from lmkit.check.banks.part import Part
from lmkit.check.banks.returned import one
from lmkit.check.banks.telling import always, hides, mistake, notes, truth, twin
from lmkit.check.banks.uneven import uneven
from lmkit.check.calling import Stopped, unpacked
from lmkit.check.comparing import TOLERANCE
from lmkit.check.exercise import Exercise, Probe, Twin
from lmkit.check.kinds import COUNTS, NAMES, TEXT, TOKENS, Kind
from lmkit.check.properties import FINITE, SEES_ITSELF, SEES_NOTHING_LATER, Probes, close
from lmkit.check.report import Finding

__all__ = [
    "COUNTS",
    "FINITE",
    "NAMES",
    "SEES_ITSELF",
    "SEES_NOTHING_LATER",
    "TEXT",
    "TOKENS",
    "TOLERANCE",
    "Draws",
    "Exercise",
    "Finding",
    "Kind",
    "Part",
    "Probe",
    "Probes",
    "Stopped",
    "Twin",
    "always",
    "close",
    "general",
    "hides",
    "mistake",
    "notes",
    "one",
    "truth",
    "twin",
    "uneven",
    "unpacked",
]
