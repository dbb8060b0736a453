"""The metric, on cases that can be counted by hand. Run it with `python -m pytest`."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

metrics = runpy.run_path(str(Path(__file__).with_name("metric.py")))["metrics"]

FIELDS, ROOFS, PIPES, BREAD = "01.11Z", "43.91B", "43.22A", "10.71C"
TRUTH = pd.DataFrame(
    {"code": [FIELDS, ROOFS, PIPES, BREAD], "employment": [0, 2, 3, 5]}, index=[5, 6, 7, 8]
)


def scored(codes, confidence):
    return metrics(TRUTH, pd.DataFrame({"code": codes, "confidence": confidence}))


@pytest.mark.parametrize(
    ("codes", "confidence", "points", "entered"),
    [
        ([FIELDS, ROOFS, PIPES, BREAD], [1, 1, 1, 1], 100, 100),
        ([FIELDS, ROOFS, PIPES, BREAD], [0.8, 0.79, 0.79, 0], 25, 25),
        ([FIELDS, PIPES, ROOFS, None], [0.9, 0.9, 0.5, 1], 100 * (1 - 4) / 4, 50),
        ([FIELDS, ROOFS, PIPES, FIELDS], [1, 1, 1, 1], 100 * (3 - 4) / 4, 100),
        ([None] * 4, [0] * 4, 0, 0),
        ([FIELDS, ROOFS, PIPES, BREAD], [float("nan")] * 4, 0, 0),
    ],
)
def test_a_right_code_counts_1_a_wrong_one_minus_4_and_a_clerk_0(
    codes, confidence, points, entered
):
    found = scored(codes, confidence)
    assert next(iter(found)) == "points per 100 declarations"
    assert found["points per 100 declarations"] == points
    assert found["percent entered"] == entered


def test_what_is_said_is_compared_with_what_is_right_among_the_entered():
    found = scored([FIELDS, PIPES, PIPES, None], [0.9, 0.8, 0.3, 1])
    assert found["percent right of entered"] == 50
    assert found["percent confidence above right"] == pytest.approx(100 * (0.85 - 0.5))
    assert found["percent right of all"] == 50


def test_the_surer_half_of_what_enters_begins_at_a_confidence_of_0_9():
    found = scored([FIELDS, PIPES, PIPES, FIELDS], [0.89, 0.8, 0.9, 1])
    assert found["percent right where confidence is 0.8 to 0.9"] == 50
    assert found["percent right where confidence is 0.9 to 1"] == 50
    found = scored([FIELDS, PIPES, PIPES, FIELDS], [0.8, 0.7, 0.9, 0.1])
    assert found["percent right where confidence is 0.8 to 0.9"] == 100
    assert found["percent right where confidence is 0.9 to 1"] == 100
    found = scored([FIELDS, None, None, None], [0.8, 0.8, 1, 1])
    assert found["percent right where confidence is 0.9 to 1"] == 0


def test_confidence_that_is_too_modest_is_below_what_is_right():
    found = scored([FIELDS, ROOFS, PIPES, BREAD], [0.8, 0.8, 0.8, 0.8])
    assert found["percent confidence above right"] == pytest.approx(-20)


def test_answers_in_another_order_are_refused():
    truth = TRUTH.assign(declaration_id=["R1", "R2", "R3", "R4"])
    answers = truth[["declaration_id", "code"]].assign(confidence=1.0)
    assert metrics(truth, answers)["points per 100 declarations"] == 100
    with pytest.raises(ValueError, match="sort both by declaration_id"):
        metrics(truth, answers[::-1])


@pytest.mark.parametrize(
    ("codes", "in_place"),
    [
        ([FIELDS, PIPES, ROOFS, BREAD], 100),  # two errors within a division cancel out
        ([FIELDS, ROOFS, BREAD, BREAD], 70),  # three employees are in another division
        ([FIELDS, ROOFS, PIPES, None], 50),  # five are in none
    ],
)
def test_employment_is_compared_by_division(codes, in_place):
    assert scored(codes, [0, 0, 0, 0])["percent of employment in place"] == in_place
