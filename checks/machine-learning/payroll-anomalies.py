"""Checks and hints of the exercise `payroll-anomalies`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Condition, Exercise, WrongAnswer, compare, mistake
from ssplab.system import _, ngettext

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

APRIL, MAY, JUNE = "2023-04", "2023-05", "2023-06"
NAMES = {APRIL: _("April"), MAY: _("May"), JUNE: _("June")}
BUDGET = 0.02
LABELS, ROWS, VALUES = _("labels"), _("rows"), _("values")


# --- the data and the right answers


@cache
def _pay() -> pd.DataFrame:
    import ssplab

    about = ssplab.load("payroll", "establishments")[["siret", "siren", "a17", "thirteenth"]]
    pay = ssplab.load("payroll").merge(about, on="siret", how="left", validate="many_to_one")
    return pay.set_index("declaration_id").sort_index()


@cache
def _month(month: str) -> pd.DataFrame:
    return _pay()[_pay()["month"] == month]


@cache
def _payable(month: str = MAY) -> pd.DataFrame:
    """Return the declarations by the hour whose hours and net pay without bonus are positive."""
    rows = _month(month)
    paid = (rows["hours"] > 0) & (rows["net"] - rows["bonus"] > 0)
    return rows[rows["unit"].eq("10") & paid]


def _net_per_hour(rows: pd.DataFrame) -> pd.Series:
    return (rows["net"] - rows["bonus"]) / rows["hours"]


def _hourly_net() -> pd.Series:
    return _net_per_hour(_payable())


def _cell_score(
    values: pd.Series,
    cell: list[pd.Series],
    *,
    centre: str = "median",
    spread: str = "median",
    factor: float = 1.4826,
) -> pd.Series:
    deviation = values - values.groupby(cell).transform(centre)
    return deviation / (factor * deviation.abs().groupby(cell).transform(spread))


def _cell(month: str = MAY) -> list[pd.Series]:
    return [_payable(month)["pcs"], _payable(month)["work_time"]]


def _log_pay(month: str = MAY) -> pd.Series:
    import numpy as np

    return np.log(_net_per_hour(_payable(month)))


def _robust_score(month: str = MAY) -> pd.Series:
    return _cell_score(_log_pay(month), _cell(month))


def _by_post(rows: pd.DataFrame, amount: str = "gross", keep: str | bool = "first") -> pd.Series:
    return rows.drop_duplicates("post_id", keep=keep).set_index("post_id")[amount]


def _looked_up(by_post: pd.Series) -> pd.Series:
    return _month(MAY)["post_id"].map(by_post)


@cache
def _gross_in_april() -> pd.Series:
    return _looked_up(_by_post(_month(APRIL)))


@cache
def _two_months() -> pd.DataFrame:
    import pandas as pd

    pay = _pay()[_pay()["gross"] > 0].drop_duplicates(["post_id", "month"])
    gross = {
        month: pay[pay["month"] == month].set_index("post_id")["gross"] for month in (MAY, JUNE)
    }
    practice = pay.drop_duplicates("post_id").set_index("post_id")["thirteenth"]
    both = pd.DataFrame({"may": gross[MAY], "june": gross[JUNE]}).dropna()
    return both.join(practice)


def _change(ratio: pd.Series, centre: pd.Series | float) -> pd.Series:
    """Return the change against a centre, such that halving is as large as doubling."""
    return (ratio / centre - 1).where(ratio >= centre, 1 - centre / ratio)


def _ratio() -> pd.Series:
    return _two_months()["june"] / _two_months()["may"]


def _centre(statistic: str = "median") -> pd.Series:
    """Return the month effect of each post's practice."""
    return _ratio().groupby(_two_months()["thirteenth"]).transform(statistic)


def _sized(
    change: pd.Series, size: pd.Series | float | None = None, power: float = 0.5
) -> pd.Series:
    larger = _two_months()[["may", "june"]].max(axis=1)
    return change * (larger if size is None else size) ** power


@cache
def _effect() -> pd.Series:
    return _sized(_change(_ratio(), _centre()))


@cache
def _contest() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return the candidates' scores, the half and whether it is an error, by declaration."""
    import numpy as np
    import pandas as pd

    import ssplab

    pay = _pay()
    pay = pay[(pay["gross"] > 0) & (pay["net"] - pay["bonus"] > 0)]
    share = np.log((pay["net"] - pay["bonus"]) / pay["gross"])
    cells = {
        "everybody": [pay["unit"]],
        "category": [pay["pcs"]],
        "category and activity": [pay["pcs"], pay["a17"]],
        "establishment": [pay["siret"]],
    }
    candidates = {}
    for name, cell in cells.items():
        distance = (share - share.groupby(cell).transform("median")).abs()
        mad = 1.4826 * distance.groupby(cell).transform("median")
        candidates[name] = (distance / mad.clip(lower=0.02)).round(6)
    enterprises = np.sort(pay["siren"].unique())
    shuffled = np.random.default_rng(1).permutation(enterprises)
    choosing = pay["siren"].isin(shuffled[: len(shuffled) // 2])
    half = choosing.map({True: "choosing", False: "scored"})
    planted = ssplab.truth("payroll").set_index("declaration_id")["kind"].eq("error")
    return pd.DataFrame(candidates), half, planted.reindex(pay.index, fill_value=False)


def _rows_of(half: str) -> int:
    """Return how many declarations of a half are within the budget."""
    return round(BUDGET * _contest()[1].eq(half).sum())


@cache
def _precisions(half: str | None, rows: int | None = None) -> dict[str, float]:
    """Return each candidate's precision at the budget, in one half or in all declarations."""
    candidates, halves, is_error = _contest()
    part = candidates if half is None else candidates[halves == half]
    rows = round(BUDGET * len(part)) if rows is None else rows
    return {name: is_error[part[name].nlargest(rows).index].mean() for name in part}


def _chosen(half: str = "choosing") -> str:
    found = _precisions(half)
    return max(found, key=found.get)


def _precision(half: str | None = "scored", rows: int | None = None) -> float:
    return float(_precisions(half, rows)[_chosen()])


def _verdict() -> dict[str, object]:
    return {"chosen": _chosen(), "precision": _precision()}


# --- 1: net pay per hour


def _of_all_months() -> pd.Series:
    import pandas as pd

    return _net_per_hour(pd.concat([_payable(APRIL), _payable(MAY)]))


def _zero_hours_kept() -> pd.Series:
    return _net_per_hour(_month(MAY)[_month(MAY)["unit"] == "10"])


def _other_month(answer: pd.Series) -> str | None:
    months = _pay()["month"].reindex(answer.index).dropna()
    if months.empty or months.eq(MAY).any():
        return None
    return _(
        "The labels are those of {month}'s declarations, not of May's. Label each row by the "
        "declaration of May: start from may."
    ).format(month=NAMES[months.iloc[0]])


def _day_rates(answer: pd.Series) -> str | None:
    days = _pay().reindex(answer.index)["unit"].eq("20")
    if not days.any():
        return None
    return _(
        "{number:,} day-rate contracts are in the answer, such as {label}. They declare days: "
        "hours are absent by construction, so they have no hourly pay. Select by `unit`."
    ).format(number=days.sum(), label=days.idxmax())


def _several_months(answer: pd.Series) -> str | None:
    if _pay().reindex(answer.index)["month"].fillna(MAY).eq(MAY).all():
        return None
    return _("Other months than May 2023 are in the answer.")


def _lost(answer: pd.Series) -> pd.DataFrame:
    """Return the declarations that should be in the answer and are not."""
    return _payable().loc[_payable().index.difference(answer.index)]


def _bonus_rows_lost(answer: pd.Series) -> str | None:
    lost = _lost(answer)
    if lost.empty or lost["bonus"].eq(0).any():
        return None
    return _(
        "{number:,} declarations that have a bonus are missing, such as {label}. Keep them, and "
        "take the bonus out of their net pay."
    ).format(number=len(lost), label=lost.index[0])


def _declared_twice_lost(answer: pd.Series) -> str | None:
    lost = _lost(answer)
    kept = _payable()["post_id"].drop(lost.index)
    if lost.empty or not lost["post_id"].isin(kept).all():
        return None
    return _(
        "Posts declared twice have lost a declaration, such as {label}. One value a declaration is "
        "asked for, not one a post: drop no duplicates."
    ).format(label=lost.index[0])


def _not_positive(answer: pd.Series) -> str | None:
    import numpy as np

    if np.isfinite(answer).all() and (answer > 0).all():
        return None
    return _(
        "Some values are infinite, missing, zero or negative: declarations without positive hours, "
        "or without positive net pay, are still there."
    )


HOURLY_ROWS = [
    Condition(
        ROWS,
        _day_rates,
        [WrongAnswer("day-rate-kept", lambda: _net_per_hour(_month(MAY)), "day-rate contracts")],
    ),
    Condition(ROWS, _several_months, [WrongAnswer("all-months", _of_all_months, "Other months")]),
    mistake(
        "gross-pay",
        lambda: _payable()["gross"] / _payable()["hours"],
        "This is gross pay per hour; net pay is asked for.",
    ),
    mistake(
        "gross-less-bonus",
        lambda: (_payable()["gross"] - _payable()["bonus"]) / _payable()["hours"],
        "This is gross pay less the bonus; net pay is asked for, and only in it is the bonus.",
    ),
    Condition(ROWS, _not_positive, [WrongAnswer("zero-hours-kept", _zero_hours_kept, "infinite")]),
    Condition(
        ROWS,
        _bonus_rows_lost,
        [
            WrongAnswer(
                "bonus-rows-left-out",
                lambda: _hourly_net()[_payable()["bonus"] == 0],
                "that have a bonus are missing",
            )
        ],
    ),
    Condition(
        ROWS,
        _declared_twice_lost,
        [
            WrongAnswer(
                "one-a-post",
                lambda: _hourly_net()[~_payable().duplicated("post_id")],
                "have lost a declaration",
            )
        ],
    ),
]
HOURLY_VALUES = [
    mistake(
        "bonus-kept",
        lambda: _payable()["net"] / _payable()["hours"],
        "The bonus is still in net pay: it is paid once and says nothing of hourly pay.",
    ),
    mistake(
        "upside-down",
        lambda: 1 / _hourly_net(),
        "The ratio is upside down: euros per hour is pay over hours.",
    ),
]
HOURLY_HINTS = _(
    """
Two decisions come before the division: which declarations have hours to divide by, and what of
net pay is paid for these hours.

`may[condition]` keeps the rows where the condition is true; conditions are joined by `&`, each in
parentheses.

Put net pay without the bonus in a variable of its own, `own_net = may["net"] - may["bonus"]`, and
use it twice: in the condition and in the division.
"""
)
APRIL_S_PAY = WrongAnswer("april", lambda: _net_per_hour(_payable(APRIL)), "April's declarations")
HOURLY = Exercise(
    expects=_("a Series of euros per hour, labelled by declaration_id"),
    answer=_hourly_net,
    conditions=compare.series(
        _hourly_net,
        key="declaration_id",
        unit=_("euros per hour"),
        labels=[Condition(LABELS, _other_month, [APRIL_S_PAY])],
        rows=HOURLY_ROWS,
        mistakes=HOURLY_VALUES,
        advice=_("Compute this one by hand from its row."),
        without=("missing", "sign"),
    ),
    praise=_("One value a declaration, none for those who declare days."),
    hints=HOURLY_HINTS,
)


# --- 2: a robust score


def _deviation() -> pd.Series:
    return _log_pay() - _log_pay().groupby(_cell()).transform("median")


def _per_sd(centre: str) -> pd.Series:
    by_cell = _log_pay().groupby(_cell())
    return (_log_pay() - by_cell.transform(centre)) / by_cell.transform("std")


def _keyed(*names: str) -> pd.Series:
    return _cell_score(_log_pay(), [_payable()[name] for name in names])


def _with_bonus() -> pd.Series:
    import numpy as np

    return _cell_score(np.log(_payable()["net"] / _payable()["hours"]), _cell())


OTHER_CELL = _("The cell is another one: here it is pcs and work_time together.")
THE_FACTOR = _("The factor 1.4826 multiplies the MAD, once: both stand in the divisor.")
A_MEAN = _("A mean is still in the score. Both steps take the median.")
SCORE_VALUES = [
    mistake(
        "mean-and-sd",
        lambda: _per_sd("mean"),
        "You used the mean and the standard deviation: outliers move both. Take the median and the "
        "MAD.",
    ),
    mistake(
        "median-and-sd",
        lambda: _per_sd("median"),
        "The centre is the median but the scale is still the standard deviation.",
    ),
    WrongAnswer("mean-and-mad", lambda: _cell_score(_log_pay(), _cell(), centre="mean"), A_MEAN),
    WrongAnswer("mean-distance", lambda: _cell_score(_log_pay(), _cell(), spread="mean"), A_MEAN),
    mistake(
        "no-logarithm",
        lambda: _cell_score(_hourly_net(), _cell()),
        "The logarithm is missing: in euros, half the usual pay is much nearer to the median than "
        "double the usual pay.",
    ),
    mistake(
        "no-factor",
        lambda: _cell_score(_log_pay(), _cell(), factor=1),
        "The factor 1.4826 is missing: without it the MAD is not comparable with a standard "
        "deviation.",
    ),
    WrongAnswer(
        "factor-twice", lambda: _cell_score(_log_pay(), _cell(), factor=1.4826**2), THE_FACTOR
    ),
    WrongAnswer(
        "factor-outside", lambda: _cell_score(_log_pay(), _cell(), factor=1 / 1.4826), THE_FACTOR
    ),
    mistake(
        "no-cell",
        lambda: _keyed("month"),
        "Everybody was compared with everybody: executives then look extreme because they are "
        "executives. Take medians within the cell.",
    ),
    WrongAnswer("the-chapter-s-cell", lambda: _keyed("pcs", "a17"), OTHER_CELL),
    WrongAnswer("category-only", lambda: _keyed("pcs"), OTHER_CELL),
    WrongAnswer("work-time-only", lambda: _keyed("work_time"), OTHER_CELL),
    mistake(
        "everybody-s-mad",
        lambda: _deviation() / (1.4826 * _deviation().abs().median()),
        "The MAD is that of everybody; take it within the cell too.",
    ),
    mistake(
        "no-division", _deviation, "This is the distance. Divide it by 1.4826 times the cell's MAD."
    ),
    mistake("bonus-kept", _with_bonus, "The bonus is still in pay: put exercise 1 right first."),
    mistake(
        "sign-reversed",
        lambda: -_robust_score(),
        "The sign is reversed: value minus median, so that high pay is positive.",
    ),
    mistake(
        "sign-lost",
        lambda: _robust_score().abs(),
        "The sign is lost: keep it, so that one sees whether pay is too high or too low.",
    ),
]
SCORE_HINTS = _(
    """
The MAD is a median too: the cell's median of the absolute distances from the cell's median.

`groupby(cell).transform("median")` gives each row the median of its cell, on the same index.
The cell may be a list of two Series with that index.

`cell = [may.loc[hourly_net.index, name] for name in ["pcs", "work_time"]]`, then
`distance = log_pay - log_pay.groupby(cell).transform(…)`, and once more for the absolute distance.
"""
)
APRIL_S_SCORE = WrongAnswer("april", lambda: _robust_score(APRIL), "April's declarations")
SCORE = Exercise(
    expects=_("a Series of signed robust scores, labelled by declaration_id"),
    answer=_robust_score,
    conditions=compare.series(
        _robust_score,
        key="declaration_id",
        labels=[Condition(LABELS, _other_month, [APRIL_S_SCORE])],
        mistakes=SCORE_VALUES,
        advice=_(
            "Take this one apart: its logarithm, its cell's median, its distance, its cell's MAD. "
            "If check 1 is not right, put that right first."
        ),
        without=("sign",),
    ),
    praise=_("Median and MAD, in logarithms, among comparable posts."),
    hints=SCORE_HINTS,
)


# --- 3: last month's pay, by a join


def _merged(how: str) -> pd.Series:
    may = _month(MAY).reset_index()
    april = _month(APRIL)[["post_id", "gross"]]
    joined = may.merge(april, on="post_id", how=how, suffixes=("", "_april"))
    return joined.set_index("declaration_id")["gross_april"]


def _lagged(by_post: bool) -> pd.Series:
    pay = _pay().sort_values(["post_id", "month"], kind="stable")
    gross = pay["gross"].groupby(pay["post_id"]) if by_post else pay["gross"]
    return gross.shift().reindex(_month(MAY).index)


def _positive_only() -> pd.Series:
    april = _month(APRIL)
    return _looked_up(_by_post(april[april["gross"] > 0]))


def _no_label(answer: pd.Series) -> str | None:
    number = answer.index.isna().sum()
    if not number:
        return None
    return _(
        "{number:,} rows have no declaration of May: posts of April that left. Keep the rows of "
        "may only (a left join)."
    ).format(number=number)


def _entrants_lost(answer: pd.Series) -> str | None:
    missing = _gross_in_april().index.difference(answer.index)
    if not len(missing) or _gross_in_april()[missing].notna().any():
        return None
    return _(
        "{number:,} declarations of May are lost, such as {label}: posts that did not exist in "
        "April. Keep them, with a missing value (a left join)."
    ).format(number=len(missing), label=missing[0])


def _of_entrants(answer: pd.Series) -> pd.Series:
    """Return what the answer says of posts that did not exist in April."""
    expected = _gross_in_april()
    return answer.reindex(expected.index[expected.isna()]).dropna()


def _zeros(answer: pd.Series) -> str | None:
    invented = _of_entrants(answer)
    if invented.empty or invented.ne(0).any():
        return None
    return _("A zero stands where no pay is known. Missing is not zero: leave it missing.")


def _pay_of_may(answer: pd.Series) -> str | None:
    invented = _of_entrants(answer)
    if invented.empty or invented.ne(_month(MAY)["gross"].reindex(invented.index)).any():
        return None
    return _(
        "{number:,} posts that did not exist in April have their pay of May, such as {label}: "
        "April was laid over May. Leave missing what April does not have."
    ).format(number=len(invented), label=invented.index[0])


def _invented(answer: pd.Series) -> str | None:
    invented = _of_entrants(answer)
    if invented.empty:
        return None
    return _(
        "{number:,} posts that did not exist in April have a pay of April, such as {label}: it is "
        "another post's. Match by post_id, not by position."
    ).format(number=len(invented), label=invented.index[0])


IN_APRIL_LABELS = [
    Condition(
        LABELS,
        _other_month,
        [WrongAnswer("labels-of-april", lambda: _month(APRIL)["gross"], "April's declarations")],
    ),
    Condition(
        LABELS,
        _no_label,
        [WrongAnswer("outer-join", lambda: _merged("outer"), "posts of April that left")],
    ),
]
IN_APRIL_ROWS = [
    mistake(
        "may-itself",
        lambda: _month(MAY)["gross"],
        "This is gross pay of May. After a merge the two columns are gross_x (May) and gross_y "
        "(April).",
    ),
    mistake(
        "june",
        lambda: _looked_up(_by_post(_month(JUNE))),
        "This is gross pay of June; April is asked for.",
    ),
    Condition(
        ROWS,
        _entrants_lost,
        [WrongAnswer("inner-join", lambda: _gross_in_april().dropna(), "of May are lost")],
    ),
]
IN_APRIL_VALUES = [
    Condition(
        VALUES,
        _zeros,
        [WrongAnswer("filled-with-zero", lambda: _gross_in_april().fillna(0), "is not zero")],
    ),
    Condition(
        VALUES,
        _pay_of_may,
        [
            WrongAnswer(
                "laid-over-may",
                lambda: _gross_in_april().fillna(_month(MAY)["gross"]),
                "have their pay of May",
            )
        ],
    ),
    Condition(
        VALUES,
        _invented,
        [WrongAnswer("shifted-by-position", lambda: _lagged(by_post=False), "another post's")],
    ),
    mistake(
        "net-pay",
        lambda: _looked_up(_by_post(_month(APRIL), "net")),
        "This is net pay in April; gross pay is asked for.",
    ),
    mistake(
        "duplicates-added",
        lambda: _looked_up(_month(APRIL).groupby("post_id")["gross"].sum()),
        "A post declared twice in April is counted twice: take its first row, do not add.",
    ),
    mistake(
        "duplicates-lost",
        lambda: _looked_up(_by_post(_month(APRIL), keep=False)),
        "Posts declared twice in April have lost their pay: keep the first row of each.",
    ),
    mistake(
        "lag",
        lambda: _lagged(by_post=True),
        "The row before is not always April: some posts are declared twice in May. Look the post "
        "up in april.",
    ),
    mistake(
        "positive-only",
        _positive_only,
        "Pay that is zero or negative in April is still what was declared: keep it.",
    ),
]
IN_APRIL_HINTS = _(
    """
Count before and after: `len(may)` and the length of your result.
If rows were added, some key stands twice in the table that you joined.

`drop_duplicates("post_id")` keeps the first row of each post; then `post_id` can become an index.

`may["post_id"].map(series)` looks each post up in a Series labelled by `post_id`, keeps the index
of `may`, and gives a missing value where the post is not found.
"""
)
IN_APRIL = Exercise(
    expects=_("a Series of euros, labelled by the declaration_id of May, with missing values"),
    answer=_gross_in_april,
    conditions=compare.series(
        _gross_in_april,
        key="declaration_id",
        unit=_("euros"),
        labels=IN_APRIL_LABELS,
        rows=IN_APRIL_ROWS,
        mistakes=IN_APRIL_VALUES,
        advice=_(
            'Look at its post in April: april[april["post_id"] == may.loc["{label}", "post_id"]].'
        ),
    ),
    praise=_("As many rows as before the join, and entrants have no April."),
    hints=IN_APRIL_HINTS,
    wrong_answers=[WrongAnswer("join-multiplies", lambda: _merged("left"), "multiplied rows")],
)


# --- 4: a change, with the month effect


def _ratio_of_medians(digits: int = 6) -> pd.Series:
    by_practice = _two_months().groupby("thirteenth")
    june, may = (by_practice[month].transform("median") for month in ["june", "may"])
    return june.round(digits) / may.round(digits)


def _upside_down() -> pd.Series:
    ratio = 1 / _ratio()
    centre = ratio.groupby(_two_months()["thirteenth"]).transform("median")
    return _sized(_change(ratio, centre))


def _against_one() -> pd.Series:
    rise, fall = _ratio() / _centre() - 1, 1 - _centre() / _ratio()
    return _sized(rise.where(_ratio() >= 1, fall))


def _falls_positive() -> pd.Series:
    rise, fall = _ratio() / _centre() - 1, _centre() / _ratio() - 1
    return _sized(rise.where(_ratio() >= _centre(), fall))


def _logarithm() -> pd.Series:
    import numpy as np

    return _sized(np.log(_ratio() / _centre()))


def _largest_of_all() -> pd.Series:
    amounts = _two_months()[["may", "june"]]
    return _sized(_change(_ratio(), _centre()), amounts.max().max())


def _of_size(size: pd.Series) -> pd.Series:
    return _sized(_change(_ratio(), _centre()), size)


def _by_practice_and_post() -> pd.Series:
    effects = _effect().to_frame("effect").join(_two_months()["thirteenth"])
    return effects.set_index("thirteenth", append=True)["effect"].swaplevel()


FALLS = _(
    "Falls have come out positive: below the median it is 1 - median / ratio, and its sign stays."
)
RATIO_OF_MEDIANS = _(
    "This is the ratio of the two medians; the median of the posts' ratios is asked for."
)
LARGER = _("The size is the larger of the two amounts, row by row: np.maximum.")
EFFECT_VALUES = [
    mistake(
        "one-median",
        lambda: _sized(_change(_ratio(), _ratio().median())),
        "One median ratio served for all: whoever is paid a thirteenth month in June then seems to "
        "change. Take the median ratio within `thirteenth`.",
    ),
    mistake(
        "no-month-effect",
        lambda: _sized(_change(_ratio(), 1.0)),
        "The ratio was not compared with the median ratio.",
    ),
    mistake(
        "mean-ratio",
        lambda: _sized(_change(_ratio(), _centre("mean"))),
        "The mean ratio was used: errors move it. Take the median.",
    ),
    WrongAnswer(
        "ratio-of-medians",
        lambda: _sized(_change(_ratio(), _ratio_of_medians())),
        RATIO_OF_MEDIANS,
    ),
    WrongAnswer(
        "ratio-of-printed-medians",
        lambda: _sized(_change(_ratio(), _ratio_of_medians(digits=0))),
        RATIO_OF_MEDIANS,
    ),
    mistake("upside-down", _upside_down, "The ratio is upside down: June over May."),
    mistake(
        "not-symmetric",
        lambda: _sized(_ratio() / _centre() - 1),
        "Falls are smaller than rises of the same size: below the median, the change is 1 - median "
        "/ ratio, so that halving weighs as much as doubling.",
    ),
    mistake(
        "against-one",
        _against_one,
        "Compare the ratio with its median, not with 1: the month effect is in the median.",
    ),
    WrongAnswer("sign-lost", lambda: _effect().abs(), FALLS),
    mistake(
        "logarithm",
        _logarithm,
        "A logarithm is symmetric too, but another measure: above the median the change is "
        "ratio / median - 1, below it 1 - median / ratio.",
    ),
    mistake(
        "standardised",
        lambda: (_effect() - _effect().mean()) / _effect().std(),
        "The effect was standardised at the end: leave it as it is.",
    ),
    mistake(
        "size-forgotten",
        lambda: _sized(_change(_ratio(), _centre()), power=0),
        "The size is missing: multiply by the larger of the two amounts to the power 0.5.",
    ),
    mistake(
        "no-power",
        lambda: _sized(_change(_ratio(), _centre()), power=1),
        "The larger amount is not raised to the power 0.5: large pay then counts too much.",
    ),
    WrongAnswer("size-of-may", lambda: _of_size(_two_months()["may"]), LARGER),
    WrongAnswer("size-of-june", lambda: _of_size(_two_months()["june"]), LARGER),
    WrongAnswer("largest-of-all", _largest_of_all, LARGER),
    WrongAnswer(
        "smaller-size", lambda: _of_size(_two_months()[["may", "june"]].min(axis=1)), LARGER
    ),
]
EFFECT_HINTS = _(
    """
First the ratio June over May, then each row's median ratio:
`ratio.groupby(two_months["thirteenth"]).transform("median")`.

Above the median the change is `ratio / median - 1`, below it `1 - median / ratio`.
`a.where(condition, b)` takes `a` where the condition holds, and `b` elsewhere.

`np.maximum(two_months["may"], two_months["june"]) ** 0.5` is the size.
"""
)
EFFECT = Exercise(
    expects=_("a Series of effects, labelled by post_id"),
    answer=_effect,
    conditions=compare.series(
        _effect,
        key="post_id",
        mistakes=EFFECT_VALUES,
        advice=_(
            "Take this one apart: its ratio, the median ratio of its practice, the change, the "
            "size. Which is wrong?"
        ),
        without=("sign",),
    ),
    praise=_("A thirteenth month is no longer news, and halving weighs as much as doubling."),
    hints=EFFECT_HINTS,
    wrong_answers=[
        WrongAnswer("falls-positive", _falls_positive, FALLS),
        WrongAnswer("two-levels", _by_practice_and_post, "(thirteenth, post_id)"),
    ],
)


# --- 5: choose on one half, score on the other


def _recall() -> float:
    _scores, halves, is_error = _contest()
    return _precision() * _rows_of("scored") / is_error[halves == "scored"].sum()


def _leak() -> dict[str, object]:
    return {"chosen": _chosen("scored"), "precision": max(_precisions("scored").values())}


def _mean_of_halves() -> dict[str, object]:
    return {**_verdict(), "precision": (_precision() + _precision("choosing")) / 2}


def _one_declaration() -> float:
    return 1.01 / _rows_of("scored")  # scores may tie, and then one declaration is drawn by lot


def _verdict_praise(answer: dict[str, object]) -> str:
    best, second = sorted(_precisions("choosing").values(), reverse=True)[:2]
    lead = round((best - second) * _rows_of("choosing"))
    turned = max(_precisions("scored").values()) > _precision()
    return " ".join(
        [
            _("Chosen on one half, scored on the other."),
            ngettext(
                "The winner leads by {lead} error in {rows} reviews:",
                "The winner leads by {lead} errors in {rows} reviews:",
                lead,
            ).format(lead=lead, rows=_rows_of("choosing")),
            _("on other enterprises the order may turn, and here it does.")
            if turned
            else _("on other enterprises the order may turn, though here it does not."),
        ]
    )


LEAK = _(
    "The candidate was chosen on the half that is scored, or on all declarations, which contain "
    "it: this is a leak. The best of several is best there partly by luck. Choose on the choosing "
    "half only."
)
OTHER_BUDGET = _(
    "The budget is 2 % of the scored half's declarations, not of all, nor of the choosing half."
)
NOT_THE_SCORED_HALF = _(
    "This is the precision on all declarations, the choosing half among them, or a mean of the two "
    "halves. Report the scored half only."
)
PRECISIONS = [
    mistake(
        "scored-where-chosen",
        lambda: _precision("choosing"),
        "This is the precision on the choosing half, where the choice was made: it flatters. "
        "Report the other half.",
    ),
    WrongAnswer("scored-on-all", lambda: _precision(None), NOT_THE_SCORED_HALF),
    mistake(
        "recall",
        _recall,
        "This is the recall, the share of the errors that are found. The precision is the share of "
        "the reviewed declarations that are errors.",
    ),
    WrongAnswer(
        "budget-of-all",
        lambda: _precision("scored", round(BUDGET * len(_contest()[1]))),
        OTHER_BUDGET,
    ),
    WrongAnswer(
        "budget-of-the-choosing-half",
        lambda: _precision("scored", _rows_of("choosing")),
        OTHER_BUDGET,
    ),
]
CHOSEN = compare.text(
    _chosen,
    among=lambda: list(_contest()[0]),
    options=_("a column of `candidates`"),
    mistakes=[WrongAnswer("best-on-the-scored-half", lambda: _chosen("scored"), LEAK)],
    advice=_("This one does not have the highest precision on the choosing half."),
)
PRECISION = compare.number(
    _precision,
    tolerance=_one_declaration,
    within=(0, 1),
    unit=_("a share between 0 and 1"),
    mistakes=PRECISIONS,
    advice=_(
        "The candidate is right, the precision is not: take the highest scores of the scored half, "
        "2 % of its declarations, and the share of errors among them."
    ),
)
VERDICT_HINTS = _(
    """
Write a function of a half that returns the precision of every candidate, and call it twice.
Only the first call may choose.

`scores.nlargest(rows).index` are the declarations within the budget; the mean of `is_error` among
them is the precision. `idxmax()` gives the label of the largest value of a Series.

```python
def precision(name):
    part = candidates[half == name]
    rows = round(0.02 * len(part))
    found = {}
    for column in part:
        found[column] = ...
    return pd.Series(found)
```
"""
)
VERDICT = Exercise(
    expects=_('a dictionary with the keys "chosen" (a name) and "precision" (a share)'),
    answer=_verdict,
    conditions=compare.mapping(_verdict, {"chosen": CHOSEN, "precision": PRECISION}),
    praise=_verdict_praise,
    hints=VERDICT_HINTS,
    wrong_answers=[
        WrongAnswer("leak", _leak, LEAK),
        WrongAnswer("mean-of-halves", _mean_of_halves, NOT_THE_SCORED_HALF),
        WrongAnswer("tuple", lambda: tuple(_verdict()), "a tuple"),
    ],
)


# --- 6: an open exercise

REVIEW_LIST = Exercise(
    expects=_("a table of declarations, each with the reason why it is listed"),
    hints=_(
        """
Start from the edits of the chapter: each is a condition that an employer can verify, and its name
in plain words is the reason.

One column a reason, true or false, in a table with the index of `may`: `any(axis=1)` keeps the
rows that have one, `idxmax(axis=1)` names the first.

`reasons = pd.DataFrame({"hours, and no pay": may["gross"].eq(0) & (may["hours"] > 0), …})`, then
`may[reasons.any(axis=1)].assign(reason=…)`.
"""
    ),
)

EXERCISES = {1: HOURLY, 2: SCORE, 3: IN_APRIL, 4: EFFECT, 5: VERDICT, 6: REVIEW_LIST}
