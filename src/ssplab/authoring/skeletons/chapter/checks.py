"""Checks and hints of the exercise `{{ slug }}`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Exercise, compare, mistake
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd


@cache
def _table() -> pd.DataFrame:
    import ssplab

    return ssplab.load("{{ data }}")


def _by_group(statistic: str = "mean") -> pd.Series:
    return _table().groupby("{{ group }}")["{{ amount }}"].agg(statistic)


# --- 1: a worked sample. FILL IN: the mistakes that people make in your own exercise, with causes

MEAN_BY_GROUP = Exercise(
    expects=_("a Series of means, labelled by {{ group }}"),
    answer=_by_group,
    conditions=compare.series(
        _by_group,
        key="{{ group }}",
        mistakes=[
            mistake(
                "median",
                lambda: _by_group("median"),
                "These are medians: half of the rows lie below each. The mean is asked for.",
            ),
            mistake(
                "total",
                lambda: _by_group("sum"),
                "These are totals, which grow with the number of rows. Divide by that number.",
            ),
        ],
        advice=_("Take this group alone and compute its mean."),
    ),
    praise=_("One mean for each group."),
    hints=_(
        """
Group the rows first, then choose the variable, then say the statistic.

`table.groupby("a")["b"].mean()` gives the mean of `b` for each value of `a`.
"""
    ),
)


# --- 2: an open exercise

OWN_QUESTION = Exercise(
    expects=_("a table, and sentences about it"),
    hints=_(
        """
FILL IN: a direction for the open exercise.

FILL IN: a tool that the chapter taught.
"""
    ),
)

EXERCISES = {1: MEAN_BY_GROUP, 2: OWN_QUESTION}
