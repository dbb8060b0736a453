"""Of the kit on vacancies: nothing that belongs together is in two parts or in both halves."""

import runpy

import pandas as pd
import pytest

from ssplab.board.judging import public_half
from ssplab.kits import cut, load_kit

pytestmark = pytest.mark.slow  # an edition is made, of 24,000 ads
KIT, SEED = load_kit("offers-to-vacancies"), 7_304_118_265_908_417_333
BLANK = float("nan")


@pytest.fixture(scope="module")
def parts():
    return cut(KIT, SEED)


def test_a_recruitment_is_in_one_zone_one_part_and_one_half_of_the_board(parts):
    truth = pd.concat(parts.truth, names=["part"]).reset_index("part")
    by_recruitment = truth.groupby("recruitment")
    assert by_recruitment[["part", "of_zone", "vacancy"]].nunique().max().max() == 1
    assert by_recruitment.size().max() > 1
    test, rows = parts.truth["test"], parts.rows["test"]
    assert test["of_zone"].equals(rows["zone"].rename("of_zone"))
    half = pd.Series(public_half(rows["zone"].to_numpy(dtype=object), str(SEED)))
    assert 0.4 < half.mean() < 0.6
    assert half.groupby(test["recruitment"]).nunique().max() == 1


def test_what_costs_nothing_scores_below_nothing(parts):
    metrics = runpy.run_path(str(KIT.folder / "metric.py"))["metrics"]
    truth, rows = parts.truth["test"], parts.rows["test"]
    chance = truth["vacancy"].div(truth.groupby("recruitment")["ad_id"].transform("size")).mean()
    answers = {
        "each ad alone": (BLANK, 1),
        "each ad alone, and the true ratio": (BLANK, chance),
        "one for each zone": (1, 1),
        "the same title": (rows.groupby(["zone", "title"]).ngroup(), 1),
        "the same employer": (rows.groupby(["zone", "company"]).ngroup().replace(-1, BLANK), 1),
    }
    for name, (recruitment, vacancy) in answers.items():
        answer = rows[["ad_id"]].assign(recruitment=recruitment, vacancy=vacancy)
        assert metrics(truth, answer)["points"] < 0, name
