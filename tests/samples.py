"""An exercise for each comparator, as a chapter would declare it, on data of a few rows."""

import math
from functools import cache

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, r2_score

from ssplab.exercises import Exercise, WrongAnswer, compare, mistake
from ssplab.system.language import _

HINTS = _("Look.\n\nThink.\n\nWrite.")


def exercise(answer, conditions, wrong_answers=()):
    return Exercise(
        expects=_("what is asked for"),
        hints=HINTS,
        answer=answer,
        conditions=conditions,
        praise=_("Well done."),
        wrong_answers=wrong_answers,
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
        mistakes=compare.common_mistakes(pay, statistic="mean", weights=weights, by=groups),
        ordered=True,
        without=("place",),
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
        mistakes=[
            mistake("twice", lambda: by_year() * 2, "Each is counted twice."),
            mistake("square", lambda: by_year() ** 2, "These are squares."),
        ],
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
        mistakes=[
            mistake("capitals-only", lambda: names().str[:1], "Only the first letters."),
            mistake("backwards", lambda: names().str[::-1], "Read them from the left."),
        ],
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
        mistakes=[
            mistake("all", lambda: pay() > 0, "Everybody is in."),
            mistake("nobody", lambda: pay() < 0, "Nobody is in."),
        ],
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
        mistakes=[
            mistake("end-of-year", lambda: hired() + pd.Timedelta(days=365), "A year later."),
            mistake("day-before", lambda: hired() - pd.Timedelta(days=1), "A day before."),
        ],
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
        mistakes=[
            mistake(
                "median", lambda: regions().assign(pay=[19.2, 15.1, 14.8]), "The mean, please."
            ),
            mistake("gross", lambda: regions().assign(pay=[30.5, 22.3, 21.9]), "Net, please."),
        ],
        ordered=True,
    ),
)


def distances():
    return np.array([[0.0, 12.53, 31.17], [11.98, 0.0, 20.41]])


ARRAY = exercise(
    distances,
    compare.array(
        distances,
        unit=_("kilometres"),
        mistakes=[
            mistake("squared", lambda: distances() ** 2, "Take the root."),
            mistake("shifted", lambda: distances() + 1, "One too many."),
        ],
    ),
)


def cumulated():
    return np.array([11, 23, 38, 54])


ARRAY_OF_ONE_DIMENSION = exercise(
    cumulated,
    compare.array(
        cumulated,
        mistakes=[
            mistake("not-cumulated", lambda: np.array([11, 12, 15, 16]), "Add them up."),
            mistake("from-zero", lambda: np.array([0, 11, 23, 38]), "The first counts too."),
        ],
        without=("rounded",),
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
        mistakes=compare.common_mistakes(pay, statistic="mean", weights=weights),
    ),
)


def share():
    return 0.3747


SHARE = exercise(
    share,
    compare.number(
        share,
        within=(0, 1),
        mistakes=[
            mistake("of-all", lambda: 0.2113, "Of whom is it the share?"),
            mistake("of-men", lambda: 0.4518, "Of women, please."),
        ],
    ),
)


def headcount():
    return 1_482


COUNT = exercise(
    headcount,
    compare.number(
        headcount,
        within=(0, math.inf),
        mistakes=[
            mistake("posts", lambda: 1_733, "These are posts; people are asked for."),
            mistake("with-leavers", lambda: 1_519, "Some of them have left."),
        ],
        without=("rounded",),
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
                mistakes=[mistake("on-test", lambda: "tree", "Chosen where it is scored.")],
            ),
            "score": compare.number(
                lambda: best()["score"],
                within=(0, 1),
                mistakes=[mistake("on-training", lambda: 0.9871, "This is the training score.")],
            ),
        },
    ),
)


def shares(amounts):
    """Return each amount as a share of their sum."""
    total = sum(amounts)
    return [amount / total if total else 0.0 for amount in amounts]


def percentages(amounts):
    return [100 * one for one in shares(amounts)]


def without_guard(amounts):
    return [amount / sum(amounts) for amount in amounts]


FUNCTION = exercise(
    lambda: shares,
    compare.function(
        lambda: shares,
        [
            compare.Case(_("two amounts"), lambda: ([1, 3],)),
            compare.Case(_("amounts of zero"), lambda: ([0, 0],)),
            compare.Case(_("no amount"), lambda: ([],)),
        ],
        mistakes=[mistake("percentages", lambda: percentages, "These are percentages.")],
        advice=_("Try it on a list of your own."),
    ),
    [
        WrongAnswer(
            "zero-division", lambda: without_guard, "For amounts of zero the function raises"
        )
    ],
)


def top_pay(table):
    return table.loc[table["pay"].idxmax()]


FUNCTION_OF_A_TABLE = exercise(
    lambda: top_pay,
    compare.function(
        lambda: top_pay,
        [compare.Case(_("three regions"), lambda: (regions().drop(columns="name").astype(float),))],
        mistakes=[
            mistake("lowest", lambda: lambda table: table.loc[table["pay"].idxmin()], "Lowest."),
            mistake("first", lambda: lambda table: table.iloc[1], "Not the second."),
        ],
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
        mistakes=[
            mistake("any", lambda: lambda amounts: bool((amounts > -99).any()), "All of them."),
            mistake("never", lambda: lambda amounts: False, "Is it never so?"),
        ],
        without=("value",),
    ),
)


def extremes(values):
    """Return the smallest and the largest value, None where there is no value."""
    return {"low": values.min(), "high": values.max()} if values.size else None


def upside_down(values):
    return {"low": values.max(), "high": values.min()} if values.size else None


def from_zero(values):
    return {"low": 0, "high": values.max()} if values.size else None


FUNCTION_OF_AN_ARRAY = exercise(
    lambda: extremes,
    compare.function(
        lambda: extremes,
        [
            compare.Case(_("four values"), lambda: (cumulated(),)),
            compare.Case(_("no value"), lambda: (np.array([]),)),
        ],
        mistakes=[
            mistake("upside-down", lambda: upside_down, "Low is the smallest."),
            mistake("from-zero", lambda: from_zero, "Low is not always zero."),
        ],
    ),
)


@cache
def people():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(180, 2))
    target = features @ [2.0, -1.0] + rng.normal(size=180)
    return features, target


@cache
def rows():
    features, target = people()
    return compare.Rows(features[60:120], target[60:120], features[120:], target[120:])


@cache
def rows_of_classes():
    found = rows()
    return compare.Rows(found.test, found.test_target > 0, found.hidden, found.hidden_target > 0)


def line():
    features, target = people()
    return LinearRegression().fit(features[:60], target[:60])


def one_column():
    features, target = people()
    return LinearRegression().fit(features[:60] * [1, 0], target[:60])


MODEL = exercise(
    line,
    compare.model(
        line,
        rows,
        kind="regressor",
        score=r2_score,
        floor=0.3,
        ceiling=0.95,
        gap=0.1,
        mistakes=[mistake("one-column", one_column, "One column was left out.")],
        advice=_("Scale the columns."),
    ),
    [
        WrongAnswer(
            "target-of-ones",
            lambda: LinearRegression().fit(rows().hidden, rows().hidden_target * 0 + 1),
            "the same for every row",
        )
    ],
)


def classifier():
    features, target = people()
    return LogisticRegression().fit(features[:60], target[:60] > 0)


def reversed_classes():
    features, target = people()
    return LogisticRegression().fit(features[:60], target[:60] <= 0)


def of_one_column():
    features, target = people()
    return LogisticRegression().fit(features[:60] * [0, 1], target[:60] > 0)


CLASSIFIER = exercise(
    classifier,
    compare.model(
        classifier,
        rows_of_classes,
        kind="classifier",
        score=accuracy_score,
        floor=0.6,
        ceiling=0.97,
        gap=0.05,
        mistakes=[
            mistake("reversed", reversed_classes, "The classes are exchanged."),
            mistake("one-column", of_one_column, "One column was left out."),
        ],
        without=("floor",),
    ),
)


def drawing():
    fig = Figure()
    ax = fig.subplots()
    years = [2020, 2021, 2022]
    ax.plot(years, [10.2, 10.6, 11.1], label="women")
    ax.plot(years, [11.9, 12.2, 12.4], label="men")
    ax.set(xlabel="year", ylabel="pay, EUR an hour", title="Pay rises")
    ax.legend()
    return fig


def with_lines(change):
    fig = drawing()
    for line_drawn in fig.axes[0].lines:
        line_drawn.set_ydata(change(np.asarray(line_drawn.get_ydata())))
    return fig


FIGURE = exercise(
    drawing,
    compare.figure(drawing, units={"y": ("EUR", "euro")}, advice=_("Which years?")),
    [
        WrongAnswer("cents", lambda: with_lines(lambda pay: 100 * pay), "The data of"),
        WrongAnswer("plt.show", lambda: None, "plt.show"),
    ],
)


def two_drawings():
    fig = Figure()
    left, right = fig.subplots(1, 2)
    left.bar(["a", "b", "c"], [3, 5, 4], label="2022")
    right.scatter([1, 2, 3], [2, 4, 7])
    left.set(title="By region")
    return fig


BARS_AND_POINTS = exercise(
    two_drawings,
    compare.figure(two_drawings, without=("x", "y", "legend")),
    [
        WrongAnswer("one-only", lambda: two_drawings().axes[0], "axes;"),
        WrongAnswer("bars-of-one", lambda: two_drawings().axes[0].containers[0], "what was drawn"),
    ],
)


def image():
    fig = Figure()
    ax = fig.subplots()
    fig.colorbar(ax.imshow(distances()))
    ax.set(title="Distances", xlabel="to", ylabel="from")
    return fig


IMAGE = exercise(
    image,
    compare.figure(image, without=("legend", "exchanged", "number")),
    [
        WrongAnswer("an-image", lambda: image().axes[0].images[0], "what was drawn"),
        WrongAnswer("array", distances, "You give an ndarray"),
    ],
)

SAMPLES = {name: value for name, value in globals().items() if isinstance(value, Exercise)}
