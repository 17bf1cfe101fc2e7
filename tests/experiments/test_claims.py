"""Every verdict on a claim is held to the numbers that it rests on."""

import re
from pathlib import Path
from typing import get_args

import pytest

from lmkit.experiments.claims import CLAIMS
from lmkit.experiments.claims.claim import Verdict

PAGE = Path(__file__).parents[2] / "book" / "claims.md"
MEASURED = [name for name, claim in CLAIMS.items() if claim.measure]


@pytest.mark.parametrize("name", MEASURED)
def test_the_numbers_bear_the_verdict_out(name):
    found = CLAIMS[name].measure()
    assert found.bears_out, found.says


def test_a_claim_is_measured_unless_its_verdict_says_that_it_cannot_be():
    assert {claim.verdict for claim in CLAIMS.values()} <= set(get_args(Verdict))
    assert all((claim.measure is None) == (claim.verdict == "not testable here") for claim in CLAIMS.values())


def test_the_page_tells_every_claim_once_and_says_where_it_is_tested():
    page = PAGE.read_text("utf-8")
    told = [name for call in re.findall(r"^tell\((.*?)\)", page, re.M | re.S) for name in re.findall(r'"(.*?)"', call)]
    assert sorted(told) == sorted(CLAIMS)
    chapters = dict(re.findall(r'^    "(.+?)": "(\w+)",', page, re.M))
    assert set(chapters) == set(MEASURED)
    assert all((PAGE.parents[1] / "chapters" / f"{chapter}.ipynb").exists() for chapter in chapters.values())
