"""Checks and hints of the exercise `first-steps`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Condition, Exercise, WrongAnswer, compare, mistake
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

APRIL = "2023-04"
MINIMUM_WAGE = {APRIL: 11.27, "2023-05": 11.52, "2023-06": 11.52}
FULL_TIME = 151.67  # hours a month
WIDTH = 1.05
REGIONS = {
    "Provence-Alpes-Côte d'Azur": ("06", "13", "83"),
    "Auvergne-Rhône-Alpes": ("38", "69", "74"),
    "Occitanie": ("30", "31", "34", "66"),
}
TWICE, ZERO_LOST = "13", "06"
LABELS, ROWS = _("labels"), _("rows")


# --- the data


@cache
def _declarations() -> pd.DataFrame:
    import ssplab

    about = ssplab.load("payroll", "establishments")[["siret", "department"]]
    declarations = ssplab.load("payroll").merge(about, on="siret", validate="many_to_one")
    return declarations.set_index("declaration_id")


@cache
def _april() -> pd.DataFrame:
    return _declarations()[_declarations()["month"] == APRIL]


def _paid(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["gross"] > 0) & (table["hours"] > 0)]


def _rate(table: pd.DataFrame, pay: str = "gross") -> pd.Series:
    return table[pay] / table["hours"]


# --- 1: a month at the minimum


def _monthly() -> dict[str, float]:
    return {month: wage * FULL_TIME for month, wage in MINIMUM_WAGE.items()}


def _of_a_month(month: str) -> list[Condition]:
    wage = MINIMUM_WAGE[month]
    mistakes = [
        mistake(
            "four-weeks",
            lambda: wage * 35 * 4,
            "These are four weeks of 35 hours; a month is longer, 151.67 hours.",
        ),
        mistake("of-an-hour", lambda: wage, "This is the wage of an hour: multiply by the hours."),
        mistake(
            "of-a-week", lambda: wage * 35, "This is the wage of a week: take the hours of a month."
        ),
    ]
    if month == APRIL:
        mistakes.append(
            mistake(
                "wage-of-may",
                lambda: MINIMUM_WAGE["2023-05"] * FULL_TIME,
                "This is another month's wage: in a loop, take the wage that belongs to the key.",
            )
        )
    return compare.number(
        lambda: wage * FULL_TIME,
        within=(0, 100_000),
        unit=_("euros a month"),
        mistakes=mistakes,
        advice=_("Multiply the month's wage by 151.67."),
        without=("inverse", "boolean", "uncalled", "grouped", "styled"),
    )


MONTHLY_HINTS = _(
    """
Each month has a wage of its own, and the same number of hours: multiply, once for each key.

`for month, wage in minimum_wage.items():` runs once for each key, with its value.
Begin with an empty dictionary, `monthly = {}`, and fill it in the loop: `monthly[month] = …`.

In one line: `monthly = {month: … for month, wage in minimum_wage.items()}`.
"""
)
MONTHLY = Exercise(
    expects=_("a dictionary with the keys of minimum_wage, each with an amount in euros"),
    answer=_monthly,
    conditions=compare.mapping(_monthly, {month: _of_a_month(month) for month in MINIMUM_WAGE}),
    praise=_("A dictionary made from a dictionary, each month with its own wage."),
    hints=MONTHLY_HINTS,
    wrong_answers=[
        WrongAnswer("a-list", lambda: list(_monthly().values()), "You give a list"),
        WrongAnswer(
            "overwritten-in-the-loop",
            lambda: dict(list(_monthly().items())[-1:]),
            'The key "2023-04" is missing',
        ),
    ],
)


# --- 2: below the minimum


def _hourly(pay: str = "gross") -> pd.Series:
    return _rate(_paid(_april()), pay).round(2)


def _without_bonus() -> pd.Series:
    paid = _paid(_april())
    return ((paid["gross"] - paid["bonus"]) / paid["hours"]).round(2)


def _below(hourly: pd.Series | None = None, minimum: float = MINIMUM_WAGE[APRIL]) -> pd.Series:
    hourly = _hourly() if hourly is None else hourly
    return hourly[hourly < minimum]


def _all_months() -> pd.Series:
    return _below(_rate(_paid(_declarations())).round(2))


def _without_pay() -> pd.Series:
    april = _april()
    return _below(_rate(april[april["hours"] > 0]).round(2))


def _several_months(answer: pd.Series) -> str | None:
    if _declarations()["month"].reindex(answer.index).fillna(APRIL).eq(APRIL).all():
        return None
    return _("Other months than April are in the answer: start from april.")


def _unpaid(answer: pd.Series) -> str | None:
    rows = _april().reindex(answer.index)
    unpaid = rows["gross"].le(0) | rows["hours"].le(0)
    if not unpaid.any():
        return None
    return _(
        "{number:,} declarations without positive gross pay, or without positive hours, are "
        "listed, such as {label}: corrections, or nobody's pay. Select the others first."
    ).format(number=unpaid.sum(), label=unpaid.idxmax())


def _at_the_minimum(answer: pd.Series) -> str | None:
    exactly = _hourly().reindex(answer.index).eq(MINIMUM_WAGE[APRIL])
    if not exactly.any() or _hourly().reindex(answer.index).gt(MINIMUM_WAGE[APRIL]).any():
        return None
    return _(
        "{number:,} declarations whose pay in cents is the minimum are listed, such as {label}. "
        "Round before you compare, and keep what is less than the minimum."
    ).format(number=exactly.sum(), label=exactly.idxmax())


def _none_below(answer: pd.Series) -> str | None:
    if not answer.index.isin(_april().index).any() or answer.index.isin(_below().index).any():
        return None
    return _("None of these declarations is below April's minimum: keep what is less than it.")


NEAR = WrongAnswer(
    "near-the-minimum",
    lambda: _hourly()[_hourly().between(MINIMUM_WAGE[APRIL], WIDTH * MINIMUM_WAGE[APRIL])],
    "None of these declarations",
)
BELOW_ROWS = [
    Condition(ROWS, _several_months, [WrongAnswer("all-months", _all_months, "Other months")]),
    Condition(ROWS, _unpaid, [WrongAnswer("pay-of-zero", _without_pay, "without positive gross")]),
    mistake(
        "wage-of-may",
        lambda: _below(minimum=MINIMUM_WAGE["2023-05"]),
        "The minimum of another month was used: it rose in May.",
    ),
    Condition(
        ROWS,
        _at_the_minimum,
        [
            WrongAnswer(
                "rounded-afterwards",
                lambda: _below(_rate(_paid(_april()))).round(2),
                "whose pay in cents is the minimum",
            ),
            WrongAnswer(
                "less-or-equal",
                lambda: _hourly()[_hourly() <= MINIMUM_WAGE[APRIL]],
                "whose pay in cents is the minimum",
            ),
        ],
    ),
    mistake(
        "net-pay",
        lambda: _below(_hourly("net")),
        "This is net pay per hour: the minimum wage is a gross amount.",
    ),
    mistake(
        "bonus-taken-off",
        lambda: _below(_without_bonus()),
        "The bonus was taken off gross pay, which does not hold it: take gross pay as it is.",
    ),
    mistake(
        "hours-of-full-time",
        lambda: _below((_paid(_april())["gross"] / FULL_TIME).round(2)),
        "Pay was divided by the hours of a full-time month: divide by the hours declared.",
    ),
    mistake(
        "pay-of-a-month",
        lambda: _hourly()[_paid(_april())["gross"] < MINIMUM_WAGE[APRIL] * FULL_TIME],
        "The pay of the month was compared with that of a full-time month, so that part-timers are "
        "listed: compare the hourly pay.",
    ),
]
BELOW_VALUES = [
    mistake(
        "values-not-in-cents",
        lambda: _rate(_april().loc[_below().index]),
        "The right declarations are there; the values are not in cents. Round once, then use what "
        "is rounded.",
    ),
    mistake(
        "gap-to-the-minimum",
        lambda: _below() - MINIMUM_WAGE[APRIL],
        "This is the distance to the minimum; hourly pay itself is asked for.",
    ),
]
BELOW_HINTS = _(
    """
Three steps, in this order: which declarations have an hourly pay, what it is in cents, and which
of these amounts are less than April's minimum.

`table[(condition) & (condition)]` keeps rows; `.round(2)` rounds a Series to cents.
A comparison selects from a Series as from a table: `hourly[hourly < …]`.

`paid = april[(april["gross"] > 0) & (april["hours"] > 0)]`, then
`hourly = (paid["gross"] / paid["hours"]).round(2)`, then one line more.
"""
)
BELOW = Exercise(
    expects=_("a Series of euros per hour, rounded to two decimals, labelled by declaration_id"),
    answer=_below,
    conditions=compare.series(
        _below,
        key="declaration_id",
        unit=_("euros per hour"),
        labels=[Condition(LABELS, _none_below, [NEAR])],
        rows=BELOW_ROWS,
        mistakes=BELOW_VALUES,
        advice=_("Compute this one by hand from its row."),
    ),
    praise=_("Field first, then cents, then the comparison."),
    hints=BELOW_HINTS,
)


# --- 3: a function


def share_near(hourly: pd.Series, minimum: float) -> float:
    """Return the share of known hourly pay that is near the minimum."""
    known = hourly.dropna().round(2)
    return known.between(minimum, WIDTH * minimum).mean()


def _pay(*values: float, minimum: float = 10) -> Callable[[], tuple]:
    """Return what makes the arguments: hourly pay, and a minimum, ten euros if none is given."""

    def arguments() -> tuple:
        import pandas as pd

        return pd.Series(values, dtype="float64"), minimum

    return arguments


NOTHING = float("nan")
CASES = [
    compare.Case(_("pay near the minimum and above it"), _pay(10.2, 10.4, 11.5, 14.0, 30.0)),
    compare.Case(_("pay below the minimum"), _pay(7.0, 9.4, 10.3, 12.0)),
    compare.Case(_("missing pay"), _pay(10.1, NOTHING, 13.0, NOTHING, 16.0)),
    compare.Case(_("pay that is the minimum in cents"), _pay(9.9961, 10.0041, 12.0, 13.0, 9.9949)),
    compare.Case(_("pay at both ends of the band"), _pay(10.0, 10.5, 10.51, 20.0, 9.99)),
    compare.Case(_("pay that several posts share"), _pay(10.2, 10.2, 10.2, 13.0, 14.0)),
    compare.Case(_("a band that ends between two cents"), _pay(12.09, 12.1, 12.2, minimum=11.52)),
    compare.Case(_("no known pay at all"), _pay(NOTHING, NOTHING)),
]


def _missing_counted(hourly: pd.Series, minimum: float) -> float:
    return hourly.round(2).between(minimum, WIDTH * minimum).mean()


def _no_lower_bound(hourly: pd.Series, minimum: float) -> float:
    return (hourly.dropna().round(2) <= WIDTH * minimum).mean()


def _not_rounded(hourly: pd.Series, minimum: float) -> float:
    return hourly.dropna().between(minimum, WIDTH * minimum).mean()


def _bounds_left_out(hourly: pd.Series, minimum: float) -> float:
    known = hourly.dropna().round(2)
    return known.between(minimum, WIDTH * minimum, inclusive="neither").mean()


def _percentage(hourly: pd.Series, minimum: float) -> float:
    return 100 * share_near(hourly, minimum)


def _number(hourly: pd.Series, minimum: float) -> float:
    return float(hourly.round(2).between(minimum, WIDTH * minimum).sum())


def _equal_pay_once(hourly: pd.Series, minimum: float) -> float:
    return share_near(hourly.drop_duplicates(), minimum)


def _end_rounded(hourly: pd.Series, minimum: float) -> float:
    return hourly.dropna().round(2).between(minimum, round(WIDTH * minimum, 2)).mean()


def _rounded_share(hourly: pd.Series, minimum: float) -> float:
    return round(share_near(hourly, minimum), 2)


def _own_minimum(hourly: pd.Series, minimum: float) -> float:
    return share_near(hourly, MINIMUM_WAGE[APRIL])


def _for_none_zero(hourly: pd.Series, minimum: float) -> float:
    return share_near(hourly, minimum) if hourly.notna().any() else 0.0


SHARE_MISTAKES = [
    mistake(
        "missing-counted",
        lambda: _missing_counted,
        "Missing pay is counted among all: a comparison with a missing value is false, so that it "
        "counts as not near. Leave it out first.",
    ),
    mistake(
        "no-lower-bound",
        lambda: _no_lower_bound,
        "Pay below the minimum is counted as near: the band has two ends.",
    ),
    mistake(
        "not-rounded",
        lambda: _not_rounded,
        "Pay is not rounded to cents before it is compared.",
    ),
    mistake(
        "bounds-left-out",
        lambda: _bounds_left_out,
        "Pay at the ends of the band is left out: both ends belong to it.",
    ),
    mistake("percentage", lambda: _percentage, "A percentage is returned; a share is asked for."),
    mistake("number", lambda: _number, "A number of posts is returned; a share is asked for."),
    mistake(
        "equal-pay-once",
        lambda: _equal_pay_once,
        "Posts with equal pay are counted once: two posts may have the same pay, and both count.",
    ),
    mistake(
        "end-rounded",
        lambda: _end_rounded,
        "The end of the band is rounded up: 1.05 times 11.52 is 12.096, and 12.10 is more than "
        "that. Round pay, not the bound.",
    ),
    mistake(
        "share-rounded",
        lambda: _rounded_share,
        "The share is rounded. Return it as it is; round only what you print.",
    ),
    mistake(
        "own-minimum",
        lambda: _own_minimum,
        "The function does not use the minimum that it is given: it works for one month only.",
    ),
    mistake(
        "zero-for-nobody",
        lambda: _for_none_zero,
        "Where no pay is known the share is missing, not zero: nobody was seen.",
    ),
]
SHARE_HINTS = _(
    """
A share is a fraction: decide first who is in its denominator, then who of these is in its
numerator.

`hourly.dropna()` leaves missing values out, `.round(2)` rounds to cents.
`.between(low, high)` is true from one bound to the other; the mean of true and false is a share.

```python
def share_near(hourly, minimum):
    known = hourly.dropna()...
    return known.between(..., ...).mean()
```
"""
)
SHARE = Exercise(
    expects=_("a function of hourly and minimum that returns a share between 0 and 1"),
    answer=lambda: share_near,
    conditions=compare.function(
        lambda: share_near,
        CASES,
        mistakes=SHARE_MISTAKES,
        advice=_("Call it on a short Series of your own, whose share you know."),
    ),
    praise=_("It serves every month, and nobody unknown is counted."),
    hints=SHARE_HINTS,
)


# --- 4: a colleague's file


@cache
def _posts() -> pd.DataFrame:
    posts = _paid(_april()).drop_duplicates("post_id")
    low = MINIMUM_WAGE[APRIL]
    return posts.assign(near=_rate(posts).round(2).between(low, WIDTH * low))


def _file(*, twice: bool, zero_lost: bool) -> pd.DataFrame:
    """Return the colleague's file with keys as texts, as it would be with one fault or both."""
    import pandas as pd

    lines = [(code, region) for region, codes in REGIONS.items() for code in codes]
    lines += [line for line in lines if line[0] == TWICE and twice]
    lines = [line for line in lines if line[0] != ZERO_LOST or not zero_lost]
    return pd.DataFrame(lines, columns=["department", "region"])


def _in_region(*, twice: bool = False, zero_lost: bool = False) -> pd.core.groupby.SeriesGroupBy:
    joined = _posts().merge(_file(twice=twice, zero_lost=zero_lost), on="department")
    return joined.groupby("region")["near"]


def _by_region() -> pd.Series:
    return _in_region().mean()


def _mean_of_departments(*, twice: bool = False) -> pd.Series:
    shares = _posts().groupby("department")["near"].mean()
    file = _file(twice=twice, zero_lost=False)
    return file["department"].map(shares).groupby(file["region"]).mean()


def _in_volume() -> pd.Series:
    joined = _posts().merge(_file(twice=False, zero_lost=False), on="department")
    volume = joined.groupby("region")["quota"].sum()
    return (joined["near"] * joined["quota"]).groupby(joined["region"]).sum() / volume


def _of_all_posts() -> pd.Series:
    return _in_region().sum() / len(_posts())


def _of_all_near() -> pd.Series:
    return _in_region().sum() / _in_region().sum().sum()


MEAN_OF_MEANS = _(
    "This is the mean of the départements' shares: a small one counts as much as a large one. Take "
    "the share of the region's posts."
)
REGION_VALUES = [
    mistake(
        "line-twice",
        lambda: _in_region(twice=True).mean(),
        "A line of the file stands twice, so the posts of its département count twice. Drop the "
        "line, and let `validate` watch the merge.",
    ),
    mistake(
        "zero-lost",
        lambda: _in_region(zero_lost=True).mean(),
        "The posts of the Alpes-Maritimes are lost: as a text, the number 6 of the file is not the "
        "code of two digits. Compare the number of posts before and after the merge.",
    ),
    mistake(
        "both-faults",
        lambda: _in_region(twice=True, zero_lost=True).mean(),
        "Two things at once: a département of one digit finds no posts, and a line that stands "
        "twice counts its posts twice.",
    ),
    WrongAnswer("mean-of-means", _mean_of_departments, MEAN_OF_MEANS),
    WrongAnswer("mean-of-means-twice", lambda: _mean_of_departments(twice=True), MEAN_OF_MEANS),
    mistake(
        "counts",
        lambda: _in_region().sum(),
        "These are numbers of posts near the minimum; shares are asked for.",
    ),
    mistake(
        "in-volume",
        _in_volume,
        "A post counts with its quota here: in this question it counts once.",
    ),
    mistake(
        "of-all-posts",
        _of_all_posts,
        "These are shares of the posts of all départements: divide by the posts of the region.",
    ),
    mistake(
        "percentage-rounded",
        lambda: (100 * _by_region()).round(1),
        "These are percentages, and rounded: shares are asked for, as they are.",
    ),
    mistake(
        "of-all-near",
        _of_all_near,
        "These shares add up to one: of all posts near the minimum, how many lie in each region. "
        "That is not the share within each region.",
    ),
]
REGION_HINTS = _(
    """
Look at the file before you use it: what type is its key, and does each key stand there once?

`.astype(str)` makes texts of numbers, `.str.zfill(2)` puts the lost zero back.
`drop_duplicates()` drops lines that repeat another; `merge(…, validate="many_to_one")` stops where
a key of the file stands twice.

`once = regions.assign(department=…).drop_duplicates()`, then
`posts.merge(once, on="department", validate="many_to_one").groupby("region")["near"]`, and the
mean.
"""
)
REGION = Exercise(
    expects=_("a Series of shares between 0 and 1, labelled by region"),
    answer=_by_region,
    conditions=compare.series(
        _by_region,
        key="region",
        unit=_("a share between 0 and 1"),
        mistakes=REGION_VALUES,
        advice=_("Count the posts of its départements in posts, and in what you joined."),
    ),
    praise=_("As many posts as before the join, each once, and no code without its zero."),
    hints=REGION_HINTS,
)


# --- 5: an open exercise

REPORT = Exercise(
    expects=_("a table that may be shown, and three sentences"),
    hints=_(
        """
Write the definition first, in words; each of its words becomes a line of code.

A group, a share, a number of posts: `posts.groupby(…)["near"].agg(["mean", "size"])`.
For the margin copy `share_and_margin` from the chapter;
`ssplab.safe(table, "payroll", threshold=10)` masks small counts.

Change one word of the definition (1.10 for 1.05, volume for posts, another month) and say what
becomes of the answer.
"""
    ),
)

EXERCISES = {1: MONTHLY, 2: BELOW, 3: SHARE, 4: REGION, 5: REPORT}
