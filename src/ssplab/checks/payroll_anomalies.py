"""Checks of the exercise `02-payroll-anomalies`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ssplab.checks import Exercise, WrongAnswer

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

APRIL, MAY, JUNE = "2023-04", "2023-05", "2023-06"
NAMES = {APRIL: "April", MAY: "May", JUNE: "June"}
BUDGET = 0.02


# --- the data and the right answers


@cache
def _pay() -> pd.DataFrame:
    import ssplab

    about = ssplab.load("payroll", "establishments")[["siret", "siren", "a17", "thirteenth"]]
    pay = ssplab.load("payroll").merge(about, on="siret", how="left", validate="many_to_one")
    return pay.set_index("declaration_id").sort_index()


def _month(month: str) -> pd.DataFrame:
    return _pay()[_pay()["month"] == month]


@cache
def _payable() -> pd.DataFrame:
    """Return May's declarations by the hour whose hours and net pay without bonus are positive."""
    may = _month(MAY)
    paid = (may["hours"] > 0) & (may["net"] - may["bonus"] > 0)
    return may[may["unit"].eq("10") & paid]


def _hourly_net() -> pd.Series:
    return (_payable()["net"] - _payable()["bonus"]) / _payable()["hours"]


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


def _cell() -> list[pd.Series]:
    return [_payable()["pcs"], _payable()["work_time"]]


def _log_pay() -> pd.Series:
    import numpy as np

    return np.log(_hourly_net())


def _robust_score() -> pd.Series:
    return _cell_score(_log_pay(), _cell())


def _by_post(rows: pd.DataFrame, amount: str = "gross", keep: str | bool = "first") -> pd.Series:
    return rows.drop_duplicates("post_id", keep=keep).set_index("post_id")[amount]


def _gross_in_april() -> pd.Series:
    return _month(MAY)["post_id"].map(_by_post(_month(APRIL)))


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


def _size() -> pd.Series:
    return _two_months()[["may", "june"]].max(axis=1)


def _centre(statistic: str = "median") -> pd.Series:
    """Return the month effect of each post's practice."""
    return _ratio().groupby(_two_months()["thirteenth"]).transform(statistic)


def _effect() -> pd.Series:
    return _change(_ratio(), _centre()) * _size() ** 0.5


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


def _precisions(half: str | None, rows: int | None = None) -> dict[str, float]:
    """Return each candidate's precision at the budget, in one half or in all declarations."""
    candidates, halves, is_error = _contest()
    part = candidates if half is None else candidates[halves == half]
    rows = round(BUDGET * len(part)) if rows is None else rows
    return {name: is_error[part[name].nlargest(rows).index].mean() for name in part}


def _chosen(half: str) -> str:
    found = _precisions(half)
    return max(found, key=found.get)


def _verdict(chosen_on: str, scored_on: str | None, rows: int | None = None) -> dict[str, object]:
    chosen = _chosen(chosen_on)
    return {"chosen": chosen, "precision": _precisions(scored_on, rows)[chosen]}


# --- what several checks look for


def _form_faults(answer: object, expected: pd.Series, key: str) -> list[str]:
    """Return what is wrong with a Series' type and labels, before its values are read."""
    import pandas as pd

    if isinstance(answer, pd.DataFrame):
        number = answer.shape[1]
        return [
            f"You give a DataFrame with {number} column{'s' * (number != 1)}; one Series is asked "
            'for. Select the column, as in table["column"].'
        ]
    if not isinstance(answer, pd.Series):
        return [f"You give a {type(answer).__name__}; a pandas Series is asked for."]
    if answer.empty:
        return [
            "Your Series is empty: no row meets your condition. "
            'Codes are text here: write "10", with quotes, not 10.'
        ]
    if answer.index.nlevels > 1:
        levels = ", ".join(map(str, answer.index.names))
        return [
            f"The Series has an index of {answer.index.nlevels} levels ({levels}); one level, "
            f"{key}, is asked for. answer.droplevel(0) removes the first."
        ]
    if not pd.api.types.is_numeric_dtype(answer):
        return [f"The values are of type {answer.dtype}; they must be numbers."]
    if key == "declaration_id":
        known = _pay()["month"].reindex(answer.index).dropna()
        if len(known) and not known.eq(MAY).any():
            return [
                f"The labels are those of {NAMES[known.iloc[0]]}'s declarations, not of May's. "
                "Label each row by the declaration of May: start from may."
            ]
        if len(known) and answer.index.isna().any():
            return [
                f"{answer.index.isna().sum():,} rows have no declaration of May: posts of April "
                "that left. Keep the rows of may only (a left join)."
            ]
        labelled = len(known) > 0
    else:
        labelled = answer.index.isin(expected.index).any()
    if not labelled:
        return [
            f"The Series is not labelled by {key}: its index begins with "
            f"{answer.index[:1].tolist()}. A merge throws the index away; "
            f'set_index("{key}") puts it back.'
        ]
    if not answer.index.is_unique:
        twice = answer.index[answer.index.duplicated()]
        return [
            f"There are {len(answer):,} rows for {answer.index.nunique():,} labels: {twice[0]} "
            "stands there more than once. A join multiplied rows, because the table joined has "
            "more than one row for some keys."
        ]
    return []


def _row_faults(answer: pd.Series, expected: pd.Series) -> list[str]:
    extra = answer.index.difference(expected.index)
    missing = expected.index.difference(answer.index)
    faults = []
    if len(extra):
        faults.append(f"{len(extra):,} rows should not be there, such as {extra[0]}.")
    if len(missing):
        faults.append(f"{len(missing):,} rows are missing, such as {missing[0]}.")
    return faults


def _same(answer: pd.Series, other: pd.Series) -> bool:
    import numpy as np

    values = answer.reindex(other.index).astype(float)
    return bool(np.allclose(values, other, rtol=1e-4, atol=1e-6, equal_nan=True))


def _recognised(answer: pd.Series, mistakes: list[WrongAnswer]) -> list[str]:
    """Return the message of the first recorded mistake that gives exactly this answer."""
    for mistake in mistakes:
        if _same(answer, mistake.make()):
            return [mistake.told]
    return []


def _rounded(answer: pd.Series, expected: pd.Series) -> bool:
    values = answer.reindex(expected.index).astype(float)
    if not values.isna().equals(expected.isna()):
        return False
    return any(
        values.round(digits).equals(values)
        and (values - expected).abs().max() <= 0.5001 * 10**-digits
        for digits in range(4)
    )


def _value_faults(
    answer: pd.Series, expected: pd.Series, mistakes: list[WrongAnswer], advice: str
) -> list[str]:
    """Return why values differ: a recorded mistake, rounding, or where, with what to look at.

    `{label}` in the advice stands for the first label whose value is not right.
    """
    import numpy as np

    if _same(answer, expected):
        return []
    if _rounded(answer, expected):
        return ["The values are rounded. Leave them as they are; round only what you print."]
    values = answer.reindex(expected.index).astype(float)
    wrong = expected.index[~np.isclose(values, expected, rtol=1e-4, atol=1e-6, equal_nan=True)]
    return _recognised(answer, mistakes) or [
        f"{len(wrong):,} of {len(expected):,} values are not right, such as that of {wrong[0]}. "
        + advice.format(label=wrong[0])
    ]


# --- 1: net pay per hour

GROSS_PAY = [
    WrongAnswer(
        "gross-pay",
        lambda: _payable()["gross"] / _payable()["hours"],
        "This is gross pay per hour; net pay is asked for.",
    ),
    WrongAnswer(
        "gross-less-bonus",
        lambda: (_payable()["gross"] - _payable()["bonus"]) / _payable()["hours"],
        "This is gross pay less the bonus; net pay is asked for, and only in it is the bonus.",
    ),
]
HOURLY = [
    WrongAnswer(
        "bonus-kept",
        lambda: _payable()["net"] / _payable()["hours"],
        "The bonus is still in net pay: it is paid once and says nothing of hourly pay.",
    ),
    WrongAnswer(
        "upside-down",
        lambda: 1 / _hourly_net(),
        "The ratio is upside down: euros per hour is pay over hours.",
    ),
]


def _examine_hourly(answer: object) -> list[str]:
    import numpy as np

    expected = _hourly_net()
    faults = _form_faults(answer, expected, "declaration_id")
    if faults:
        return faults
    rows = _pay().reindex(answer.index)
    if rows["unit"].eq("20").any():
        days = rows.index[rows["unit"].eq("20")]
        return [
            f"{len(days):,} day-rate contracts are in the answer, such as {days[0]}. They declare "
            "days: hours are absent by construction, so they have no hourly pay. Select by `unit`."
        ]
    if rows["month"].ne(MAY).any():
        return ["Other months than May 2023 are in the answer."]
    on_gross = _recognised(answer, GROSS_PAY)
    if on_gross:
        return on_gross
    if not np.isfinite(answer).all() or (answer <= 0).any():
        return [
            "Some values are infinite, missing, zero or negative: declarations without positive "
            "hours, or without positive net pay, are still there."
        ]
    return _row_faults(answer, expected) or _value_faults(
        answer, expected, HOURLY, "Compute this one by hand from its row."
    )


def _all_of_may() -> pd.Series:
    may = _month(MAY)
    return (may["net"] - may["bonus"]) / may["hours"]


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


OTHER_CELL = "The cell is another one: here it is pcs and work_time together."
A_MEAN = "A mean is still in the score. Both steps take the median."
SCORES = [
    WrongAnswer(
        "mean-and-sd",
        lambda: _per_sd("mean"),
        "You used the mean and the standard deviation: outliers move both. "
        "Take the median and the MAD.",
    ),
    WrongAnswer(
        "median-and-sd",
        lambda: _per_sd("median"),
        "The centre is the median but the scale is still the standard deviation.",
    ),
    WrongAnswer("mean-and-mad", lambda: _cell_score(_log_pay(), _cell(), centre="mean"), A_MEAN),
    WrongAnswer("mean-distance", lambda: _cell_score(_log_pay(), _cell(), spread="mean"), A_MEAN),
    WrongAnswer(
        "no-logarithm",
        lambda: _cell_score(_hourly_net(), _cell()),
        "The logarithm is missing: in euros, half the usual pay is much nearer to the median than "
        "double the usual pay.",
    ),
    WrongAnswer(
        "no-factor",
        lambda: _cell_score(_log_pay(), _cell(), factor=1),
        "The factor 1.4826 is missing: without it the MAD is not comparable with a standard "
        "deviation.",
    ),
    WrongAnswer(
        "no-cell",
        lambda: _keyed("month"),
        "Everybody was compared with everybody: executives then look extreme because they are "
        "executives. Take medians within the cell.",
    ),
    WrongAnswer("the-chapter-s-cell", lambda: _keyed("pcs", "a17"), OTHER_CELL),
    WrongAnswer("category-only", lambda: _keyed("pcs"), OTHER_CELL),
    WrongAnswer("work-time-only", lambda: _keyed("work_time"), OTHER_CELL),
    WrongAnswer(
        "everybody-s-mad",
        lambda: _deviation() / (1.4826 * _deviation().abs().median()),
        "The MAD is that of everybody; take it within the cell too.",
    ),
    WrongAnswer(
        "no-division",
        _deviation,
        "This is the distance. Divide it by 1.4826 times the cell's MAD.",
    ),
    WrongAnswer(
        "bonus-kept", _with_bonus, "The bonus is still in pay: put exercise 1 right first."
    ),
    WrongAnswer(
        "sign-reversed",
        lambda: -_robust_score(),
        "The sign is reversed: value minus median, so that high pay is positive.",
    ),
    WrongAnswer(
        "sign-lost",
        lambda: _robust_score().abs(),
        "The sign is lost: keep it, so that one sees whether pay is too high or too low.",
    ),
]


def _examine_score(answer: object) -> list[str]:
    expected = _robust_score()
    return (
        _form_faults(answer, expected, "declaration_id")
        or _row_faults(answer, expected)
        or _value_faults(
            answer,
            expected,
            SCORES,
            "Take this one apart: its logarithm, its cell's median, its distance, its cell's MAD. "
            "If check 1 is not right, put that right first.",
        )
    )


# --- 3: last month's pay, by a join


def _looked_up(in_april: pd.Series) -> pd.Series:
    return _month(MAY)["post_id"].map(in_april)


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


OTHER_MONTH = [
    WrongAnswer(
        "may-itself",
        lambda: _month(MAY)["gross"],
        "This is gross pay of May. After a merge the two columns are gross_x (May) and gross_y "
        "(April).",
    ),
    WrongAnswer(
        "june",
        lambda: _looked_up(_by_post(_month(JUNE))),
        "This is gross pay of June; April is asked for.",
    ),
]
IN_APRIL = [
    WrongAnswer(
        "net-pay",
        lambda: _looked_up(_by_post(_month(APRIL), "net")),
        "This is net pay in April; gross pay is asked for.",
    ),
    WrongAnswer(
        "duplicates-added",
        lambda: _looked_up(_month(APRIL).groupby("post_id")["gross"].sum()),
        "A post declared twice in April is counted twice: take its first row, do not add.",
    ),
    WrongAnswer(
        "duplicates-lost",
        lambda: _looked_up(_by_post(_month(APRIL), keep=False)),
        "Posts declared twice in April have lost their pay: keep the first row of each.",
    ),
    WrongAnswer(
        "lag",
        lambda: _lagged(by_post=True),
        "The row before is not always April: some posts are declared twice in May. Look the post "
        "up in april.",
    ),
    WrongAnswer(
        "positive-only",
        _positive_only,
        "Pay that is zero or negative in April is still what was declared: keep it.",
    ),
]


def _examine_april(answer: object) -> list[str]:
    expected = _gross_in_april()
    faults = _form_faults(answer, expected, "declaration_id") or _recognised(answer, OTHER_MONTH)
    if faults:
        return faults
    missing = expected.index.difference(answer.index)
    if len(missing) and expected[missing].isna().all():
        return [
            f"{len(missing):,} declarations of May are lost, such as {missing[0]}: posts that did "
            "not exist in April. Keep them, with a missing value (a left join)."
        ]
    rows = _row_faults(answer, expected)
    invented = answer.reindex(expected.index[expected.isna()]).dropna()
    if not rows and len(invented) and invented.eq(0).all():
        return ["A zero stands where no pay is known. Missing is not zero: leave it missing."]
    if not rows and len(invented):
        return [
            f"{len(invented):,} posts that did not exist in April have a pay of April, such as "
            f"{invented.index[0]}: it is another post's. Match by post_id, not by position."
        ]
    return rows or _value_faults(
        answer,
        expected,
        IN_APRIL,
        'Look at its post in April: april[april["post_id"] == may.loc["{label}", "post_id"]].',
    )


# --- 4: a change, with the month effect


def _ratio_of_medians() -> pd.Series:
    by_practice = _two_months().groupby("thirteenth")
    return by_practice["june"].transform("median") / by_practice["may"].transform("median")


def _sized(change: pd.Series, size: pd.Series | None = None, power: float = 0.5) -> pd.Series:
    return change * (_size() if size is None else size) ** power


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


def _of_size(size: pd.Series) -> pd.Series:
    return _sized(_change(_ratio(), _centre()), size)


FALLS = (
    "Falls have come out positive: below the median it is 1 - median / ratio, and its sign stays."
)
LARGER = "The size is the larger of the two amounts, row by row: np.maximum."
EFFECTS = [
    WrongAnswer(
        "one-median",
        lambda: _sized(_change(_ratio(), _ratio().median())),
        "One median ratio served for all: whoever is paid a thirteenth month in June then seems "
        "to change. Take the median ratio within `thirteenth`.",
    ),
    WrongAnswer(
        "no-month-effect",
        lambda: _sized(_change(_ratio(), 1.0)),
        "The ratio was not compared with the median ratio.",
    ),
    WrongAnswer(
        "mean-ratio",
        lambda: _sized(_change(_ratio(), _centre("mean"))),
        "The mean ratio was used: errors move it. Take the median.",
    ),
    WrongAnswer(
        "ratio-of-medians",
        lambda: _sized(_change(_ratio(), _ratio_of_medians())),
        "This is the ratio of medians; the median of the ratios is asked for.",
    ),
    WrongAnswer("upside-down", _upside_down, "The ratio is upside down: June over May."),
    WrongAnswer(
        "not-symmetric",
        lambda: _sized(_ratio() / _centre() - 1),
        "Falls are smaller than rises of the same size: below the median, the change is "
        "1 - median / ratio, so that halving weighs as much as doubling.",
    ),
    WrongAnswer("falls-positive", _falls_positive, FALLS),
    WrongAnswer(
        "against-one",
        _against_one,
        "Compare the ratio with its median, not with 1: the month effect is in the median.",
    ),
    WrongAnswer("sign-lost", lambda: _effect().abs(), FALLS),
    WrongAnswer(
        "size-forgotten",
        lambda: _sized(_change(_ratio(), _centre()), power=0),
        "The size is missing: multiply by the larger of the two amounts to the power 0.5.",
    ),
    WrongAnswer(
        "no-power",
        lambda: _sized(_change(_ratio(), _centre()), power=1),
        "The larger amount is not raised to the power 0.5: large pay then counts too much.",
    ),
    WrongAnswer("size-of-may", lambda: _of_size(_two_months()["may"]), LARGER),
    WrongAnswer("size-of-june", lambda: _of_size(_two_months()["june"]), LARGER),
    WrongAnswer(
        "smaller-size", lambda: _of_size(_two_months()[["may", "june"]].min(axis=1)), LARGER
    ),
]


def _examine_effect(answer: object) -> list[str]:
    expected = _effect()
    return (
        _form_faults(answer, expected, "post_id")
        or _row_faults(answer, expected)
        or _value_faults(
            answer,
            expected,
            EFFECTS,
            "Take this one apart: its ratio, the median ratio of its practice, the change, the "
            "size. Which is wrong?",
        )
    )


# --- 5: choose on one half, score on the other


def _recall_instead() -> dict[str, object]:
    right = _verdict("choosing", "scored")
    _, halves, is_error = _contest()
    scored = halves.index[halves == "scored"]
    found = right["precision"] * round(BUDGET * len(scored))
    return {**right, "precision": found / is_error[scored].sum()}


def _mean_of_halves() -> dict[str, object]:
    right, flattered = _verdict("choosing", "scored"), _verdict("choosing", "choosing")
    return {**right, "precision": (right["precision"] + flattered["precision"]) / 2}


VERDICTS = [
    WrongAnswer(
        "scored-where-chosen",
        lambda: _verdict("choosing", "choosing"),
        "This is the precision on the choosing half, where the choice was made: it flatters. "
        "Report the other half.",
    ),
    WrongAnswer(
        "scored-on-all",
        lambda: _verdict("choosing", None),
        "This is the precision on all declarations, the choosing half among them, or a mean of "
        "the two halves. Report the scored half only.",
    ),
    WrongAnswer(
        "mean-of-halves",
        _mean_of_halves,
        "This is the precision on all declarations, the choosing half among them, or a mean of "
        "the two halves. Report the scored half only.",
    ),
    WrongAnswer(
        "recall",
        _recall_instead,
        "This is the recall, the share of the errors that are found. The precision is the share "
        "of the reviewed declarations that are errors.",
    ),
    WrongAnswer(
        "budget-of-all",
        lambda: _verdict("choosing", "scored", round(BUDGET * len(_contest()[1]))),
        "The budget is 2 % of the scored half's declarations, not of all.",
    ),
]


def _verdict_form_faults(answer: object) -> list[str]:
    import numbers

    import pandas as pd

    if not isinstance(answer, dict) or set(answer) != {"chosen", "precision"}:
        given = (
            f"yours has: {', '.join(map(str, answer)) or 'none'}"
            if isinstance(answer, dict)
            else f"you give a {type(answer).__name__}"
        )
        return [
            f'A dictionary is asked for, with the keys "chosen" (a name) and "precision"; {given}.'
        ]
    chosen, precision = answer["chosen"], answer["precision"]
    candidates = list(_contest()[0])
    if not isinstance(chosen, str) or chosen not in candidates:
        return [f'"chosen" is {chosen!r}; it must be one of {", ".join(candidates)}.']
    if isinstance(precision, pd.Series):
        return ['"precision" is a whole Series; give one number, as in result[chosen].']
    if not isinstance(precision, numbers.Real):
        what = "the text " if isinstance(precision, str) else ""
        return [f'"precision" is {what}{precision!r}; give a number such as 0.5.']
    if not 0 <= precision <= 1:
        return [f"The precision is {precision:.3g}: give it as a share between 0 and 1."]
    return []


def _examine_verdict(answer: object) -> list[str]:
    faults = _verdict_form_faults(answer)
    if faults:
        return faults
    if answer["chosen"] != _chosen("choosing"):
        leak = answer["chosen"] == _chosen("scored")
        return [
            "The candidate was chosen on the half that is scored: this is a leak. The best of "
            "several is best there partly by luck. Choose on the choosing half only."
            if leak
            else f"{answer['chosen']!r} does not have the highest precision on the choosing half."
        ]
    one_declaration = 1.01 / round(BUDGET * _contest()[1].eq("scored").sum())

    def near(other: dict[str, object]) -> bool:
        return abs(answer["precision"] - other["precision"]) < one_declaration  # scores may tie

    if near(_verdict("choosing", "scored")):
        return []
    told = [mistake.told for mistake in VERDICTS if near(mistake.make())]
    return told[:1] or [
        "The candidate is right, the precision is not: take the highest scores of the scored half, "
        "2 % of its declarations, and the share of errors among them."
    ]


EXERCISES = {
    1: Exercise(
        expects="a Series of euros per hour, labelled by declaration_id",
        examine=_examine_hourly,
        praise="One value a declaration, none for those who declare days.",
        wrong_answers=[
            *GROSS_PAY,
            *HOURLY,
            WrongAnswer("day-rate-kept", _all_of_may, "day-rate contracts"),
            WrongAnswer(
                "zero-hours-kept", lambda: _all_of_may()[_month(MAY)["unit"] == "10"], "infinite"
            ),
            WrongAnswer("index-lost", lambda: _hourly_net().reset_index(drop=True), "set_index"),
            WrongAnswer("code-as-number", lambda: _hourly_net().iloc[:0], "with quotes"),
            WrongAnswer("april", lambda: _month(APRIL)["net"] / _month(APRIL)["hours"], "April's"),
            WrongAnswer("rounded", lambda: _hourly_net().round(2), "are rounded"),
        ],
    ),
    2: Exercise(
        expects="a Series of signed robust scores, labelled by declaration_id",
        examine=_examine_score,
        praise="Median and MAD, in logarithms, among comparable posts.",
        wrong_answers=SCORES,
    ),
    3: Exercise(
        expects="a Series of euros, labelled by the declaration_id of May, with missing values",
        examine=_examine_april,
        praise="As many rows as before the join, and entrants have no April.",
        wrong_answers=[
            *OTHER_MONTH,
            *IN_APRIL,
            WrongAnswer("join-multiplies", lambda: _merged("left"), "multiplied rows"),
            WrongAnswer(
                "inner-join", lambda: _gross_in_april().dropna(), "declarations of May are"
            ),
            WrongAnswer("outer-join", lambda: _merged("outer"), "posts of April that left"),
            WrongAnswer("shifted-by-position", lambda: _lagged(by_post=False), "not by position"),
            WrongAnswer(
                "filled-with-zero", lambda: _gross_in_april().fillna(0), "Missing is not zero"
            ),
            WrongAnswer("labels-of-april", lambda: _month(APRIL)["gross"], "April's"),
        ],
    ),
    4: Exercise(
        expects="a Series of effects, labelled by post_id",
        examine=_examine_effect,
        praise="A thirteenth month is no longer news, and halving weighs as much as doubling.",
        wrong_answers=[
            *EFFECTS,
            WrongAnswer(
                "two-levels",
                lambda: (
                    _effect()
                    .to_frame("effect")
                    .join(_two_months()["thirteenth"])
                    .set_index("thirteenth", append=True)["effect"]
                    .swaplevel()
                ),
                "(thirteenth, post_id)",
            ),
        ],
    ),
    5: Exercise(
        expects='a dictionary with the keys "chosen" (a name) and "precision" (a share)',
        examine=_examine_verdict,
        praise="Chosen on one half, scored on the other.",
        wrong_answers=[
            *VERDICTS,
            WrongAnswer("leak", lambda: _verdict("scored", "scored"), "a leak"),
            WrongAnswer(
                "text", lambda: {**_verdict("choosing", "scored"), "precision": "23%"}, "the text"
            ),
            WrongAnswer("tuple", lambda: tuple(_verdict("choosing", "scored")), "a tuple"),
        ],
    ),
}
