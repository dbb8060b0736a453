"""The metric, on cases that can be counted by hand. Run it with `python -m pytest`."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

metrics = runpy.run_path(str(Path(__file__).with_name("metric.py")))["metrics"]

# Two establishments of one enterprise, and one of another
SHOP, OTHER_SHOP, BANK = "11111111190017", "11111111190025", "22222222290019"


def scored(*forms):
    """Score forms, each given as the true SIRET, the one handed in, and the decision."""
    true, given, decision = zip(*forms, strict=True)
    truth = pd.DataFrame({"siret": pd.Series(true, dtype="str")})
    submission = pd.DataFrame({"siret": pd.Series(given, dtype="str"), "decision": decision})
    return metrics(truth, submission)


@pytest.mark.parametrize(
    ("true", "given", "decision", "points"),
    [
        (SHOP, SHOP, "establishment", 1),
        (SHOP, OTHER_SHOP, "establishment", -1),
        (SHOP, BANK, "establishment", -4),
        (None, BANK, "establishment", -4),
        (SHOP, SHOP, "enterprise", 0.5),
        (SHOP, OTHER_SHOP, "enterprise", 0.5),
        (SHOP, BANK, "enterprise", -4),
        (None, BANK, "enterprise", -4),
        (None, None, "outside", 1),
        (None, BANK, "outside", 1),
        (SHOP, SHOP, "outside", -4),
        (SHOP, SHOP, "clerk", 0),
        (None, None, "clerk", 0),
        (SHOP, None, "establishment", 0),
        (None, None, "enterprise", 0),
    ],
)
def test_what_an_answer_is_worth(true, given, decision, points):
    assert scored((true, given, decision))["points per 100 forms"] == 100 * points


def test_the_example_of_the_brief():
    assert scored(
        (SHOP, SHOP, "establishment"),
        (SHOP, OTHER_SHOP, "enterprise"),
        (None, None, "outside"),
        (BANK, SHOP, "establishment"),
        (BANK, BANK, "clerk"),
    ) == {
        "points per 100 forms": -30,  # 1 + 0.5 + 1 - 4 + 0, of 5 forms
        "percent decided": 80,
        "percent right of decided": 75,
        "percent first candidate right": 50,  # 2 of the 4 forms whose employer is in the register
    }


def test_where_nothing_is_decided_nothing_is_gained_or_lost():
    assert scored((SHOP, None, "clerk"), (None, None, "clerk")) == {
        "points per 100 forms": 0,
        "percent decided": 0,
        "percent right of decided": 0,
        "percent first candidate right": 0,
    }


def test_a_decision_of_another_name_is_refused():
    with pytest.raises(ValueError, match="are none of"):
        scored((SHOP, SHOP, "none"))
