"""The metric, on cases that can be counted by hand. Run it with `python -m pytest`."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

metrics = runpy.run_path(str(Path(__file__).with_name("metric.py")))["metrics"]
IS_ERROR = [True] + 49 * [False] + [True] + 49 * [False]  # a hundred rows: two are reviewed


def precision(score):
    truth = pd.DataFrame({"row_id": range(100), "is_error": IS_ERROR})
    answer = pd.DataFrame({"row_id": range(100), "score": score})
    return metrics(truth, answer)["precision at the budget"]


def highest(*rows):
    return [float(row in rows) for row in range(100)]


@pytest.mark.parametrize(
    ("rows", "expected"), [((0, 50), 1.0), ((0, 1), 0.5), ((1, 2), 0.0), ((), 0.02)]
)
def test_two_rows_are_reviewed_and_rows_with_equal_scores_count_alike(rows, expected):
    assert precision(highest(*rows)) == pytest.approx(expected)


def test_no_order_of_the_rows_wins_anything():
    assert precision(100 * [3.5]) == pytest.approx(0.02)
