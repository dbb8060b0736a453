"""The metric, on cases that can be counted by hand. Run it with `python -m pytest`."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

metrics = runpy.run_path(str(Path(__file__).with_name("metric.py")))["metrics"]
BLANK = float("nan")

# Four declarations: hours wrong, gross and net pay exchanged, all right, net pay wrong
BEST = pd.DataFrame(
    {
        "gross": [BLANK, 2000, BLANK, BLANK],
        "net": [BLANK, 1550, BLANK, 1800],
        "hours": [151.67, BLANK, BLANK, BLANK],
    }
)
TRUTH = BEST.add_prefix("true_")


def changed(**columns):
    """Return an answer with these columns, and blanks for the others."""
    return BEST.assign(gross=BLANK, net=BLANK, hours=BLANK).assign(**columns)


def points(answer):
    return next(iter(metrics(TRUTH, answer).values()))


def test_the_truth_itself_has_100_points():
    assert points(BEST) == 100


def test_asking_nobody_has_none():
    assert set(metrics(TRUTH, changed()).values()) == {0}


@pytest.mark.parametrize(
    ("hours", "of_a_point"),
    [
        (150.5, 1),  # within one per cent of 151.67
        (153.1, 1),
        (150, 0.25),  # the field is right, the value is not
        (1, 0.25),
        (BLANK, 0),
    ],
)
def test_a_query_about_the_wrong_field_counts_by_its_value(hours, of_a_point):
    answer = changed(hours=[hours, BLANK, BLANK, BLANK])
    assert points(answer) == pytest.approx(100 * of_a_point / 3)


def test_of_two_wrong_fields_both_must_be_named_and_right():
    both = changed(gross=[BLANK, 2000, BLANK, BLANK], net=[BLANK, 1550, BLANK, BLANK])
    one_value_off = both.assign(net=[BLANK, 1600, BLANK, BLANK])
    one_field = changed(gross=[BLANK, 2000, BLANK, BLANK])
    counted = [points(answer) for answer in (both, one_value_off, one_field)]
    assert counted == pytest.approx([100 / 3, 25 / 3, -50 / 3])


def test_one_field_too_many_is_a_query_in_vain():
    answer = changed(net=[1800, BLANK, BLANK, 1800], hours=[151.67, BLANK, BLANK, BLANK])
    assert points(answer) == pytest.approx(100 * (1 - 0.5) / 3)


def test_a_right_declaration_that_is_queried_costs_half_a_point():
    answer = changed(hours=[151.67, BLANK, 150, BLANK])
    assert metrics(TRUTH, answer) == pytest.approx(
        {
            "points per 100 errors": 100 * (1 - 0.5) / 3,
            "errors found in percent": 100 / 3,
            "queries about an error in percent": 50,
            "fields right in percent of errors": 100 / 3,
            "values right in percent of errors": 100 / 3,
        }
    )


def test_asking_everybody_for_everything_loses_points():
    assert points(BEST.assign(gross=1, net=1, hours=1)) == pytest.approx(-100 * 4 * 0.5 / 3)


def test_the_order_of_rows_does_not_matter():
    answer = changed(net=[BLANK, 1550, 1550, 1800])
    order = [2, 0, 3, 1]
    assert metrics(TRUTH.iloc[order], answer.iloc[order]) == metrics(TRUTH, answer)
