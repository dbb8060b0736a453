"""Chapters are run on a small extract of ordinary shapes that its twin has not.

Records hold each chapter's reports on twenty; the cheapest of each data set is run anew.
"""

import pytest
from own_extracts import LIVE

from ssplab.verify import own_runs
from ssplab.verify.shapes import Plan, odd_extract, shapes_of

pytestmark = pytest.mark.slow  # executes chapters

MIXED = ("missing", "odd-identifiers", "single-group", "ties", "unseen-codes", "zero-amounts")


@pytest.mark.parametrize("chapter", LIVE, ids=lambda path: path.stem)
def test_a_report_shows_what_it_may(chapter, tmp_path):
    card_name = own_runs.card_of_chapter(chapter).name
    plan = Plan(tuple(one for one in MIXED if one in shapes_of(card_name)), seed=0)
    odd_extract(card_name, plan.shapes, tmp_path, plan.seed)
    outcome = own_runs.examined(chapter, tmp_path, plan)
    if not outcome.holds:
        pytest.fail(f"{outcome}; cells that could not compute: {outcome.cells}", pytrace=False)
