"""Checks and hints of the exercise `payroll-tables`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Condition, Exercise, WrongAnswer, compare, mistake
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

MONTH_HOURS = 744  # 31 days of 24 hours
LEGAL_HOURS = 151.67  # hours a month, as on the data card
FEWEST, LARGEST = 3, 0.85
CELL = ["department", "a17"]
JOB = ["pcs", "contract"]
VALUES = _("values")


# --- the data and the right answers


@cache
def _wages() -> pd.DataFrame:
    import ssplab

    posts = ssplab.load("payroll", "posts").query("fte > 0")
    return posts.assign(wage=posts["net"] / (12 * posts["fte"]))


@cache
def _declarations() -> pd.DataFrame:
    import ssplab

    return ssplab.load("payroll")


def _may() -> pd.DataFrame:
    return _declarations().query("month == '2023-05'")


def _ratio(rows: pd.DataFrame, key: str, over: str, pay: str = "net") -> pd.Series:
    """Return a group's pay over its volume, or over its hours."""
    sums = rows.groupby(key)[[pay, over]].sum()
    return sums[pay] / sums[over]


@cache
def _mean_wage() -> pd.Series:
    return _ratio(_wages(), "pcs", "fte") / 12


def _averaged(weight: str, key: str = "pcs", value: str = "wage") -> pd.Series:
    """Return each group's mean, of wages or another value, with some weight."""
    weights = _wages()[weight]
    products = (_wages()[value] * weights).groupby(_wages()[key]).sum()
    return products / weights.groupby(_wages()[key]).sum()


def _by_contract(statistic: Callable[[pd.DataFrame], float]) -> pd.Series:
    import pandas as pd

    return pd.Series({name: statistic(rows) for name, rows in _wages().groupby("contract")})


def _median(rows: pd.DataFrame, weight: str = "fte", share: float = 0.5) -> float:
    import numpy as np

    return float(np.quantile(rows["wage"], share, weights=rows[weight], method="inverted_cdf"))


@cache
def _median_by_contract() -> pd.Series:
    return _by_contract(_median)


def _half_of_all() -> pd.Series:
    """Return each contract's first wage at or above the median of everybody."""
    wages = _wages()
    return wages[wages["wage"] >= _median(wages)].groupby("contract")["wage"].min()


def _median_pay(rows: pd.DataFrame) -> float:
    return _median(rows.assign(wage=rows["net"] / 12))


def _unsorted(rows: pd.DataFrame) -> float:
    """Return the wage at half of the volume in the order of the file."""
    volume = rows["fte"].cumsum().to_numpy()
    return rows["wage"].to_numpy()[volume.searchsorted(volume[-1] / 2)]


def _by_hour(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["unit"].eq("10") & (rows["hours"] <= MONTH_HOURS)]


@cache
def _per_hour() -> pd.Series:
    return _ratio(_by_hour(_may()), "pcs", "hours")


def _possible() -> pd.DataFrame:
    """Return May without the hours that no month has; missing ones stay."""
    return _may()[~(_may()["hours"] > MONTH_HOURS)]


def _all_by_hour() -> pd.DataFrame:
    """Return May's contracts by the hour, with the hours that no month has."""
    return _may().query("unit == '10'")


def _capped() -> pd.Series:
    rows = _all_by_hour()
    return _ratio(rows.assign(hours=rows["hours"].clip(upper=MONTH_HOURS)), "pcs", "hours")


def _pay_kept() -> pd.Series:
    rows = _all_by_hour()
    possible = rows["hours"].where(rows["hours"] <= MONTH_HOURS)
    return _ratio(rows.assign(hours=possible), "pcs", "hours")


def _mean_of_ratios() -> pd.Series:
    rows = _by_hour(_may()).query("hours > 0")
    return (rows["net"] / rows["hours"]).groupby(rows["pcs"]).mean()


def _at_legal_hours() -> pd.Series:
    rows = _possible()
    filled = rows["hours"].fillna(LEGAL_HOURS * rows["quota"])
    return _ratio(rows.assign(hours=filled), "pcs", "hours")


@cache
def _cells() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean wage and volume, categories and contracts in rows, sexes in columns."""
    sums = _wages().pivot_table(["net", "fte"], index=JOB, columns="sex", aggfunc="sum")
    return sums["net"] / (12 * sums["fte"]), sums["fte"]


def _gap(shares: pd.Series, wage: pd.DataFrame | None = None) -> float:
    """Return women's mean wage less men's in % of men's, at given shares of the cells."""
    wage = _cells()[0] if wage is None else wage
    women, men = ((wage[sex] * shares).sum() for sex in ["2", "1"])
    return float(100 * (women / men - 1))


def _given_gap() -> float:
    return _gap(_cells()[1]["1"])


def _raw_gap() -> float:
    wage = _ratio(_wages(), "sex", "fte")
    return float(100 * (wage["2"] / wage["1"] - 1))


def _gaps() -> pd.Series:
    wage = _cells()[0]
    return 100 * (wage["2"] / wage["1"] - 1)


def _plain_wages() -> pd.DataFrame:
    return _wages().pivot_table("wage", index=JOB, columns="sex")


def _posts_of_men() -> pd.Series:
    return _wages().query("sex == '1'").groupby(JOB).size()


def _against_women() -> float:
    return 100 * (1 / (1 + _given_gap() / 100) - 1)


def _composition() -> float:
    """Return men's mean wage at women's shares against that at their own, in %."""
    wage, volume = _cells()
    at_women_s, at_men_s = ((wage["1"] * volume[one]).sum() / volume[one].sum() for one in "21")
    return float(100 * (at_women_s / at_men_s - 1))


def _at_category_only() -> float:
    sums = _wages().pivot_table(["net", "fte"], index="pcs", columns="sex", aggfunc="sum")
    return _gap(sums["fte"]["1"], sums["net"] / sums["fte"])


@cache
def _contributions() -> pd.DataFrame:
    """Return, for each cell, its posts, its establishments, its pay and the largest of them."""
    by_establishment = _wages().groupby([*CELL, "siret"])["net"].sum()
    found = by_establishment.groupby(CELL).agg(establishments="size", pay="sum", largest="max")
    return found.assign(posts=_wages().groupby(CELL).size())


def _few() -> pd.Series:
    return _contributions()["establishments"] < FEWEST


def _dominated() -> pd.Series:
    return _contributions()["largest"] > LARGEST * _contributions()["pay"]


@cache
def _masked() -> pd.Series:
    return _few() | _dominated()


# --- 1: a mean by category

MEAN_VALUES = [
    mistake(
        "each-post-one",
        lambda: _wages().groupby("pcs")["wage"].mean(),
        "Each post counts as one: a post of a few days weighs as much as a whole year. Weight by "
        "fte.",
    ),
    mistake(
        "annual-pay",
        lambda: _wages().groupby("pcs")["net"].mean() / 12,
        "This is annual pay per post over 12, for whatever part of the year and of full time it "
        "was held: divide by the volume.",
    ),
    mistake(
        "gross-pay",
        lambda: _ratio(_wages(), "pcs", "fte", "gross") / 12,
        "This is gross pay; net pay is asked for.",
    ),
    mistake(
        "days-as-weights",
        lambda: _averaged("days"),
        "The weights are days, and days are half of the volume: part time is not in them. Use fte.",
    ),
    mistake(
        "quota-as-weights",
        lambda: _averaged("quota"),
        "The weights are quotas: the part of the year is not in them. Use fte.",
    ),
    mistake(
        "weight-on-annual-pay",
        lambda: _averaged("fte", value="net") / 12,
        "The volume is in it twice: annual pay holds it already, and it is the weight as well. "
        "Weight `wage`, or divide the sum of pay by that of volume.",
    ),
    mistake(
        "share-of-all-volume",
        lambda: _wages().groupby("pcs")["net"].sum() / (12 * _wages()["fte"].sum()),
        "The pay of each category is divided by everybody's volume: divide by its own.",
    ),
    mistake(
        "full-year-full-time-only",
        lambda: _ratio(_wages().query("days == 365 and quota == 1"), "pcs", "fte") / 12,
        "Only posts held full time all year are in it. The others belong to it too, by their "
        "volume.",
    ),
    mistake(
        "per-hour-paid",
        lambda: _ratio(_wages(), "pcs", "hours"),
        "This is pay per hour; pay per month of full-time work is asked for.",
    ),
    mistake(
        "median",
        lambda: _wages().groupby("pcs")["wage"].median(),
        "This is a median; a mean is asked for.",
    ),
]
MEAN_HINTS = _(
    """
Two posts of half a year are one full-time year: ask how much each post's wage should count.

A mean weighted by volume is all pay over all volume: sum two columns by category, then divide.

`by_category = wages.groupby("pcs")[["net", "fte"]].sum()`; `fte` counts years, and a month's pay is
asked for.
"""
)
MEAN = Exercise(
    expects=_("a Series of euros a month, labelled by pcs"),
    answer=_mean_wage,
    conditions=compare.series(
        _mean_wage,
        key="pcs",
        unit=_("euros a month"),
        mistakes=MEAN_VALUES,
        advice=_("Sum pay and volume of this category by hand, and divide."),
    ),
    praise=_("Summed first, divided last: each post counts by its volume."),
    hints=MEAN_HINTS,
)


# --- 2: a median by contract

MEDIAN_VALUES = [
    mistake(
        "each-post-one",
        lambda: _wages().groupby("contract")["wage"].median(),
        "Each post counts as one: the median must weigh a post by its volume.",
    ),
    mistake(
        "weighted-mean",
        lambda: _averaged("fte", "contract"),
        "This is a weighted mean; the median is asked for.",
    ),
    mistake(
        "plain-mean",
        lambda: _wages().groupby("contract")["wage"].mean(),
        "This is a plain mean; the weighted median is asked for.",
    ),
    mistake(
        "wage-times-volume",
        lambda: (_wages()["wage"] * _wages()["fte"]).groupby(_wages()["contract"]).median(),
        "Multiplying the wage by the volume gives back pay. A weight says how often a wage counts; "
        "it does not change the wage.",
    ),
    mistake(
        "not-sorted",
        lambda: _by_contract(_unsorted),
        "The volume was cumulated in the order of the file: sort the wages first, low to high.",
    ),
    mistake(
        "days-as-weights",
        lambda: _by_contract(lambda rows: _median(rows, "days")),
        "The weights are days: part time is not in them. Use fte.",
    ),
    mistake(
        "of-pay",
        lambda: _by_contract(lambda rows: _median(rows, "net")),
        "The weights are pay: this is the wage at which half of all pay is reached. Use fte.",
    ),
    mistake(
        "half-of-all-volume",
        _half_of_all,
        "Half of everybody's volume is reached here: cumulate the volume of each contract apart.",
    ),
    mistake(
        "pay-over-twelve",
        lambda: _by_contract(_median_pay),
        "This is the median of pay over 12, for whatever part of the year and of full time: take "
        "that of `wage`.",
    ),
]
MEDIAN_HINTS = _(
    """
Line the posts of a group up by wage, and walk until half of the group's volume is behind you.

`np.quantile` takes `weights=…` with `method="inverted_cdf"`; a loop `for name, rows in
wages.groupby("contract")` gives one group after the other.

`pd.Series({name: float(np.quantile(rows["wage"], 0.5, weights=…, method="inverted_cdf")) for name,
rows in …})`; `float` makes a number of numpy's array without dimension.
"""
)
MEDIAN = Exercise(
    expects=_("a Series of euros a month, labelled by contract"),
    answer=_median_by_contract,
    conditions=compare.series(
        _median_by_contract,
        key="contract",
        unit=_("euros a month"),
        mistakes=MEDIAN_VALUES,
        advice=_(
            "Take the smallest wage at or below which half of the group's volume lies, without "
            "interpolation."
        ),
    ),
    praise=_("Half of the volume earns less, half more."),
    hints=MEDIAN_HINTS,
)


# --- 3: an hourly wage


HOUR_VALUES = [
    mistake(
        "day-rates-kept",
        lambda: _ratio(_possible(), "pcs", "hours"),
        "The pay of day-rate contracts is in the numerator, and no hours of theirs below: a sum "
        "skips what is missing. Select by `unit` first.",
    ),
    mistake(
        "day-rates-and-impossible-hours",
        lambda: _ratio(_may(), "pcs", "hours"),
        "Two things are still there: the pay of day-rate contracts without their hours, and hours "
        "that no month has.",
    ),
    mistake(
        "impossible-hours-kept",
        lambda: _ratio(_may().query("unit == '10'"), "pcs", "hours"),
        "Declarations of more than 744 hours are still there: few, and enough to lower each value.",
    ),
    mistake(
        "capped-at-744",
        _capped,
        "Hours above 744 were cut to 744. They are wrong, not 744: leave the declaration out, with "
        "its pay.",
    ),
    mistake(
        "hours-made-missing",
        _pay_kept,
        "Hours above 744 were left out, and the pay of these declarations kept: leave out both.",
    ),
    mistake(
        "mean-of-ratios",
        _mean_of_ratios,
        "This is a mean of ratios: an hour of someone with few hours weighs more than another. "
        "Divide the sums.",
    ),
    mistake(
        "legal-hours",
        _at_legal_hours,
        "Day-rate contracts are in it at the legal hours. That is a convention of the annual file; "
        "here they are left out.",
    ),
    mistake(
        "all-months",
        lambda: _ratio(_by_hour(_declarations()), "pcs", "hours"),
        "This is April to June; only May is asked for: start from `may`.",
    ),
    mistake(
        "gross-pay",
        lambda: _ratio(_by_hour(_may()), "pcs", "hours", "gross"),
        "This is gross pay per hour; net pay is asked for.",
    ),
    mistake(
        "zero-hours-dropped",
        lambda: _ratio(_by_hour(_may()).query("hours > 0"), "pcs", "hours"),
        "Declarations without hours, or with negative ones, were dropped with their pay. Only the "
        "sum of hours is divided by, so they may stay; corrections cancel in sums.",
    ),
]
HOUR_HINTS = _(
    """
Whoever is in the sum of pay must be in the sum of hours: which contracts have hours?

`query("unit == '10' and hours <= 744")` keeps rows; sum `net` and `hours` by category, then divide.

`totals = may.query(…).groupby("pcs")[["net", "hours"]].sum()`, then one column over the other.
"""
)
PER_HOUR = Exercise(
    expects=_("a Series of euros an hour, labelled by pcs"),
    answer=_per_hour,
    conditions=compare.series(
        _per_hour,
        key="pcs",
        unit=_("euros an hour"),
        mistakes=[
            *HOUR_VALUES,
            mistake(
                "upside-down",
                lambda: 1 / _per_hour(),
                "The ratio is upside down: euros an hour is pay over hours.",
            ),
        ],
        advice=_("Sum net pay and hours of this category by hand."),
    ),
    praise=_("The same contracts above the line and below it."),
    hints=HOUR_HINTS,
)


# --- 4: a standardised gap

GAP_VALUES = [
    mistake(
        "raw",
        _raw_gap,
        "This is the raw gap: women's mean has women's volume by cell, men's has men's. Give both "
        "the same.",
    ),
    mistake(
        "women-s-shares",
        lambda: _gap(_cells()[1]["2"]),
        "The weights are women's volume; men's is asked for.",
    ),
    mistake(
        "everybody-s-shares",
        lambda: _gap(_cells()[1].sum(axis=1)),
        "The weights are the volume of both sexes; men's is asked for.",
    ),
    mistake(
        "posts-as-shares",
        lambda: _gap(_posts_of_men()),
        "The weights are the number of men's posts; their volume is asked for.",
    ),
    mistake(
        "mean-of-gaps",
        lambda: float(_gaps().mean()),
        "This is the plain mean of the cells' gaps: large and small cells count alike.",
    ),
    mistake(
        "weighted-gaps",
        lambda: float((_gaps() * _cells()[1]["1"]).sum() / _cells()[1]["1"].sum()),
        "This is an average of the cells' gaps in per cent. Average the wages of each sex "
        "first, then compare the two averages.",
    ),
    mistake(
        "each-post-one",
        lambda: _gap(_cells()[1]["1"], _plain_wages()),
        "The wage of a cell is a plain mean, each post one: weight it by fte.",
    ),
    mistake(
        "against-women",
        _against_women,
        "This is men's wage against women's; in per cent of men's is asked for.",
    ),
    mistake(
        "unstandardised-cells",
        lambda: _gap(_cells()[1]["1"] * 0 + 1),
        "Each cell counts alike: weight the cells by men's volume.",
    ),
    mistake(
        "in-per-cent-of-women-s",
        lambda: -_against_women(),
        "This is in per cent of women's wage; in per cent of men's is asked for.",
    ),
    mistake(
        "composition",
        _composition,
        "This is composition: men's wages at women's volume, against men's wages at their own. "
        "Compare women's wages with men's, at men's volume.",
    ),
    mistake(
        "category-only",
        _at_category_only,
        "This is the gap at given category; the contract is to be held fixed as well.",
    ),
]
GAP_HINTS = _(
    """
Imagine that women held as much of each category and contract as men do, at women's wages: what
would their mean be?

Two tables, categories and contracts in rows and sexes in columns: wages and volumes. The same
column of volumes weighs both columns of wages.

`sums = wages.pivot_table(["net", "fte"], index=["pcs", "contract"], columns="sex", aggfunc="sum")`,
the wages are `sums["net"] / (12 * sums["fte"])`, and `np.average(…, weights=sums["fte"]["1"])`
serves both sexes.
"""
)
GAP = Exercise(
    expects=_("a number in per cent of men's wage, negative if women's is lower"),
    answer=_given_gap,
    conditions=compare.number(
        _given_gap,
        within=(-100, 100),
        unit=_("per cent of men's wage"),
        mistakes=GAP_VALUES,
        advice=_("Compute the two averages apart, and look at each."),
    ),
    praise=_(
        "Both sexes at the same categories and contracts: what is left is not composition by them. "
        "It may be composition by activity, age and much else."
    ),
    hints=GAP_HINTS,
)


# --- 5: what must be masked


def _by_posts() -> pd.Series:
    return (_contributions()["posts"] < FEWEST) | _dominated()


def _not_masked(which: pd.Series, answer: pd.Series) -> str | None:
    """Return the first of some cells that is not masked, unless all stands reversed."""
    given = answer.reindex(which.index)
    if given[which].all() or (given != _masked()).all():
        return None
    return ", ".join(which.index[which & ~given][0])


def _two_pass(answer: pd.Series) -> str | None:
    cell = _not_masked(_few() & ~_dominated(), answer)
    if cell is None:
        return None
    return _(
        "Cells with two establishments pass, such as {cell}: each of the two knows the other's "
        "pay from the total. Count establishments (`siret`), not posts; one of the two rules is "
        "enough to mask (`|`, not `&`)."
    ).format(cell=cell)


def _three_masked(answer: pd.Series) -> str | None:
    exactly = _contributions()["establishments"].eq(FEWEST) & ~_masked()
    given = answer.reindex(exactly.index)
    if not given[exactly].all() or (given != _masked()).all():
        return None
    return _(
        "Cells with exactly three establishments are masked, such as {cell}: fewer than three are "
        "to be."
    ).format(cell=", ".join(exactly.index[exactly][0]))


def _giants_pass(answer: pd.Series) -> str | None:
    cell = _not_masked(_dominated() & ~_few(), answer)
    if cell is None:
        return None
    return _(
        "The rule of dominance lets cells pass that have three establishments or more, such as "
        "{cell}: compare the pay of the largest establishment, not of a post, with the cell's; one "
        "of the two rules is enough to mask (`|`, not `&`)."
    ).format(cell=cell)


MASK_VALUES = [
    Condition(
        VALUES,
        _two_pass,
        [WrongAnswer("posts-counted", _by_posts, "Cells with two establishments")],
    ),
    Condition(
        VALUES,
        _three_masked,
        [
            WrongAnswer(
                "three-masked",
                lambda: (_contributions()["establishments"] <= FEWEST) | _dominated(),
                "exactly three establishments",
            )
        ],
    ),
    Condition(
        VALUES,
        _giants_pass,
        [WrongAnswer("dominance-forgotten", _few, "The rule of dominance lets")],
    ),
]
MASK_HINTS = _(
    """
The rules are about establishments, and the table has posts: which table has one row an
establishment of each cell?

`groupby` with three keys and a sum gives pay by cell and establishment; a second `groupby` with two
keys counts these rows, sums them, and finds the largest.

`cell = by_establishment.groupby(["department", "a17"])`, then `(cell.size() < 3) | (…)` with
`cell.max()` and `cell.sum()`.
"""
)
MASKED = Exercise(
    expects=_("a Series of true or false, labelled by department and a17"),
    answer=_masked,
    conditions=compare.series(
        _masked,
        key=CELL,
        values="booleans",
        mistakes=MASK_VALUES,
        advice=_("List the establishments of this cell with their pay."),
    ),
    praise=_("Establishments counted, and the largest weighed."),
    hints=MASK_HINTS,
)


# --- 6: an open exercise

OWN_TABLE = Exercise(
    expects=_("a table of wages by groups, with counts and an interval"),
    hints=_(
        """
Begin with the sums of each group: posts, establishments, net pay, volume. Every number of the table
comes from them.

`agg(posts=("net", "size"), establishments=("siret", "nunique"), …)` names each column; the interval
draws establishments, as in the chapter.

For dominance: `wages.groupby([group, "siret"])["net"].sum().groupby(group)`, its `max()` over its
`sum()`.
"""
    ),
)

EXERCISES = {1: MEAN, 2: MEDIAN, 3: PER_HOUR, 4: GAP, 5: MASKED, 6: OWN_TABLE}
