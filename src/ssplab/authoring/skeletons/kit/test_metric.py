"""The metric, on cases that can be counted by hand. Run it with `python -m pytest`."""

import runpy
from pathlib import Path

import pytest

metric = runpy.run_path(str(Path(__file__).with_name("metric.py")))
precision_at_budget = metric["precision_at_budget"]


@pytest.mark.parametrize(
    ("score", "precision"),
    [([4, 3, 2, 1], 0.5), ([1, 4, 3, 2], 0.0), ([4, 1, 2, 3], 1.0), ([0, 0, 0, 0], 0.5)],
)
def test_of_four_rows_two_are_reviewed(score, precision):
    assert precision_at_budget([True, False, False, True], score, budget=0.5) == precision


def test_one_row_at_least_is_reviewed():
    assert precision_at_budget([False, True], [1, 2], budget=0.01) == 1


@pytest.mark.parametrize(
    ("is_error", "score", "budget", "told"),
    [
        ([True, False], [1], 0.5, "one score a row"),
        ([True, False], [1, float("nan")], 0.5, "1 scores are missing"),
        ([True, False], [1, 2], 0, "must be a share"),
        ([True, False], [1, 2], 1.5, "must be a share"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_the_reason(is_error, score, budget, told):
    with pytest.raises(ValueError, match=told):
        precision_at_budget(is_error, score, budget)
