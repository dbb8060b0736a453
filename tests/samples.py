"""An exercise for each comparator, as a chapter would declare it, on data of a few rows."""

import math

import numpy as np
import pandas as pd

from ssplab.exercises import Exercise, compare
from ssplab.system.language import _

HINTS = [_("Look."), _("Think."), _("Write.")]


def exercise(answer, conditions):
    return Exercise(
        expects=_("what is asked for"),
        hints=HINTS,
        answer=answer,
        conditions=conditions,
        praise=_("Well done."),
    )


def pay():
    index = pd.Index([f"D{number}" for number in range(101, 109)], name="id")
    return pd.Series([11.523, 12.871, 13.318, 14.902, 15.447, 17.206, 19.755, 48.331], index)


def weights():
    return pd.Series([1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 4.0], pay().index)


def groups():
    return pd.Series(list("aabbaabb"), pay().index, name="sex")


def pay_by_sex():
    return (pay() * weights()).groupby(groups()).sum() / weights().groupby(groups()).sum()


SERIES = exercise(
    pay_by_sex,
    compare.series(
        pay_by_sex,
        key="sex",
        unit=_("euros per hour"),
        ordered=True,
    ),
)


def by_year():
    index = pd.MultiIndex.from_product([["11", "24"], [2022, 2023]], names=["region", "year"])
    return pd.Series([40_312, 41_077, 9_004, 9_581], index)


SERIES_OF_TWO_LEVELS = exercise(
    by_year,
    compare.series(
        by_year,
        key=["region", "year"],
        advice=_("Count the rows of {label}."),
    ),
)


def names():
    return pd.Series(["Ain", "Aisne", "Allier", "Ardèche"], ["01", "02", "03", "07"])


SERIES_OF_TEXTS = exercise(
    names,
    compare.series(
        names,
        key="code",
        values="text",
    ),
)


def is_low():
    return pay() < 14


SERIES_OF_BOOLEANS = exercise(
    is_low,
    compare.series(
        is_low,
        key="id",
        values="booleans",
    ),
)


def hired():
    return pd.Series(pd.date_range("2023-01-03", periods=8, freq="37D"), pay().index)


SERIES_OF_DATES = exercise(
    hired,
    compare.series(
        hired,
        key="id",
        values="dates",
    ),
)


def regions():
    return pd.DataFrame(
        {
            "region": ["11", "24", "27"],
            "name": ["Île-de-France", "Centre", "Bourgogne"],
            "pay": [24.113, 17.842, 17.387],
        }
    )


TABLE = exercise(
    regions,
    compare.table(
        regions,
        key="region",
        values={"name": "text", "pay": "numbers"},
        units={"pay": _("euros per hour")},
        ordered=True,
    ),
)


def mean_pay():
    return float((pay() * weights()).sum() / weights().sum())


NUMBER = exercise(
    mean_pay,
    compare.number(
        mean_pay,
        tolerance=0.005,
        unit=_("euros per hour"),
    ),
)


def share():
    return 0.3747


SHARE = exercise(
    share,
    compare.number(
        share,
        within=(0, 1),
    ),
)


def headcount():
    return 1_482


COUNT = exercise(
    headcount,
    compare.number(
        headcount,
        within=(0, math.inf),
    ),
)


def best():
    return {"name": "forest", "score": 0.8137}


MAPPING = exercise(
    best,
    compare.mapping(
        best,
        {
            "name": compare.text(
                lambda: best()["name"],
                among=lambda: ["forest", "line", "tree"],
                options=_("a model's name"),
            ),
            "score": compare.number(
                lambda: best()["score"],
                within=(0, 1),
            ),
        },
    ),
)


def shares(amounts):
    """Return each amount as a share of their sum."""
    total = sum(amounts)
    return [amount / total if total else 0.0 for amount in amounts]


FUNCTION = exercise(
    lambda: shares,
    compare.function(
        lambda: shares,
        [
            compare.Case(_("two amounts"), lambda: ([1, 3],)),
            compare.Case(_("amounts of zero"), lambda: ([0, 0],)),
            compare.Case(_("no amount"), lambda: ([],)),
        ],
        advice=_("Try it on a list of your own."),
    ),
)


def cumulated():
    return np.array([11, 23, 38, 54])


def top_pay(table):
    return table.loc[table["pay"].idxmax()]


FUNCTION_OF_A_TABLE = exercise(
    lambda: top_pay,
    compare.function(
        lambda: top_pay,
        [compare.Case(_("three regions"), lambda: (regions().drop(columns="name").astype(float),))],
    ),
)


def all_positive(amounts):
    return bool((amounts > 0).all())


FUNCTION_OF_A_SERIES = exercise(
    lambda: all_positive,
    compare.function(
        lambda: all_positive,
        [
            compare.Case(_("eight amounts"), lambda: (pay(),)),
            compare.Case(_("debts"), lambda: (-pay(),)),
        ],
    ),
)


def extremes(values):
    """Return the smallest and the largest value, None where there is no value."""
    return {"low": values.min(), "high": values.max()} if values.size else None


FUNCTION_OF_AN_ARRAY = exercise(
    lambda: extremes,
    compare.function(
        lambda: extremes,
        [
            compare.Case(_("four values"), lambda: (cumulated(),)),
            compare.Case(_("no value"), lambda: (np.array([]),)),
        ],
    ),
)


SAMPLES = {name: value for name, value in globals().items() if isinstance(value, Exercise)}
