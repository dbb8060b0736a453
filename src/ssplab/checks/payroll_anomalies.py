"""Checks of the exercise `02-payroll-anomalies`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ssplab.checks import Exercise, WrongAnswer

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

MAY, JUNE = "2023-05", "2023-06"
BUDGET = 0.02


# --- the data and the right answers


@cache
def _pay() -> pd.DataFrame:
    import ssplab

    establishments = ssplab.load("payroll", "establishments").drop(columns="department")
    pay = ssplab.load("payroll").merge(establishments, on="siret", validate="many_to_one")
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


def _cell_score(values: pd.Series, cell: list[pd.Series], scale: float = 1.4826) -> pd.Series:
    deviation = values - values.groupby(cell).transform("median")
    return deviation / (scale * deviation.abs().groupby(cell).transform("median"))


def _cell() -> list[pd.Series]:
    return [_payable()["pcs"], _payable()["work_time"]]


def _robust_score() -> pd.Series:
    import numpy as np

    return _cell_score(np.log(_hourly_net()), _cell())


def _april() -> pd.DataFrame:
    return _month("2023-04")[["post_id", "gross"]]


def _gross_in_april() -> pd.Series:
    return _month(MAY)["post_id"].map(
        _april().drop_duplicates("post_id").set_index("post_id")["gross"]
    )


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


def _effect(*, by_practice: bool = True, symmetric: bool = True, power: float = 0.5) -> pd.Series:
    import numpy as np

    posts = _two_months()
    ratio = posts["june"] / posts["may"]
    median = (
        ratio.groupby(posts["thirteenth"]).transform("median") if by_practice else ratio.median()
    )
    change = ratio / median - 1
    if symmetric:
        change = change.where(ratio >= median, 1 - median / ratio)
    return change * np.maximum(posts["may"], posts["june"]) ** power


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
    """Return what is wrong with a Series' type, labels and rows, before its values are read."""
    import pandas as pd

    if isinstance(answer, pd.DataFrame):
        return [
            f"You give a DataFrame with {answer.shape[1]} columns; one Series is asked for. "
            'Select the column, as in table["column"].'
        ]
    if not isinstance(answer, pd.Series):
        return [f"You give a {type(answer).__name__}; a pandas Series is asked for."]
    if not pd.api.types.is_numeric_dtype(answer):
        return [f"The values are of type {answer.dtype}; they must be numbers."]
    if not answer.index.isin(expected.index).any():
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
    extra, missing = (
        answer.index.difference(expected.index),
        expected.index.difference(answer.index),
    )
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


def _value_faults(
    answer: pd.Series, expected: pd.Series, mistakes: list[tuple[str, pd.Series]]
) -> list[str]:
    """Return why values differ: the mistake that gives exactly them, or where they differ."""
    import numpy as np

    if _same(answer, expected):
        return []
    for why, values in mistakes:
        if _same(answer, values):
            return [why]
    values = answer.reindex(expected.index).astype(float)
    wrong = expected.index[~np.isclose(values, expected, rtol=1e-4, atol=1e-6, equal_nan=True)]
    return [
        f"{len(wrong):,} of {len(expected):,} values are not right, such as that of {wrong[0]}. "
        "Compute this one by hand from its row."
    ]


# --- 1: net pay per hour


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
    if not np.isfinite(answer).all() or (answer <= 0).any():
        return [
            "Some values are infinite, missing, zero or negative: declarations without positive "
            "hours, or without positive net pay, are still there."
        ]
    table = _payable()
    return _row_faults(answer, expected) or _value_faults(
        answer,
        expected,
        [
            ("This is gross pay per hour; net pay is asked for.", table["gross"] / table["hours"]),
            (
                "The bonus is still in net pay: it is paid once and says nothing of hourly pay.",
                table["net"] / table["hours"],
            ),
            ("The ratio is upside down: euros per hour is pay over hours.", 1 / expected),
        ],
    )


def _all_of_may() -> pd.Series:
    may = _month(MAY)
    return (may["net"] - may["bonus"]) / may["hours"]


def _zero_hours_kept() -> pd.Series:
    may = _month(MAY)
    return _all_of_may()[may["unit"] == "10"]


# --- 2: a robust score


def _classical_score() -> pd.Series:
    import numpy as np

    values = np.log(_hourly_net())
    by_cell = values.groupby(_cell())
    return (values - by_cell.transform("mean")) / by_cell.transform("std")


def _everybody_score() -> pd.Series:
    import numpy as np

    everybody = _payable()["month"]
    return _cell_score(np.log(_hourly_net()), [everybody])


def _examine_score(answer: object) -> list[str]:
    import numpy as np

    expected = _robust_score()
    faults = _form_faults(answer, expected, "declaration_id")
    if faults:
        return faults
    euros, logs = _hourly_net(), np.log(_hourly_net())
    return _row_faults(answer, expected) or _value_faults(
        answer,
        expected,
        [
            (
                "You used the mean and the standard deviation: outliers move both, and mask each "
                "other. Take the median and the MAD.",
                _classical_score(),
            ),
            (
                "The logarithm is missing: in euros, half the usual pay is much nearer to the "
                "median than double the usual pay.",
                _cell_score(euros, _cell()),
            ),
            (
                "The factor 1.4826 is missing: without it the MAD is not comparable with a "
                "standard deviation.",
                _cell_score(logs, _cell(), scale=1),
            ),
            (
                "Everybody was compared with everybody: executives then look extreme because they "
                "are executives. Take medians within the cell.",
                _everybody_score(),
            ),
            (
                "The sign is lost: keep it, so that one sees whether pay is too high or too low.",
                expected.abs(),
            ),
        ],
    )


# --- 3: last month's pay, by a join


def _merged(how: str) -> pd.Series:
    may = _month(MAY).reset_index()
    joined = may.merge(_april(), on="post_id", how=how, suffixes=("", "_april"))
    return joined.set_index("declaration_id")["gross_april"]


def _inner_join() -> pd.Series:
    return _gross_in_april().dropna()


def _shifted() -> pd.Series:
    pay = _pay().sort_values(["post_id", "month"], kind="stable")
    return pay["gross"].shift().reindex(_month(MAY).index)


def _examine_april(answer: object) -> list[str]:
    expected = _gross_in_april()
    faults = _form_faults(answer, expected, "declaration_id")
    if faults:
        return faults
    missing = expected.index.difference(answer.index)
    if len(missing) and expected[missing].isna().all():
        return [
            f"{len(missing):,} declarations of May are lost, such as {missing[0]}: posts that did "
            "not exist in April. Keep them, with a missing value (a left join)."
        ]
    entrants = expected.index[expected.isna()]
    if not _row_faults(answer, expected) and answer[entrants].notna().any():
        filled = entrants[answer[entrants].notna()]
        return [
            f"{len(filled):,} posts that did not exist in April have a pay of April, such as "
            f"{filled[0]}: it is another post's, or a zero that nobody was paid. Match by post_id, "
            "not by position, and leave what is missing missing."
        ]
    may = _month(MAY)["gross"]
    return _row_faults(answer, expected) or _value_faults(
        answer, expected, [("This is the gross pay of May itself, not of April.", may)]
    )


# --- 4: a change, with the month effect


def _examine_effect(answer: object) -> list[str]:
    expected = _effect()
    faults = _form_faults(answer, expected, "post_id")
    if faults:
        return faults
    return _row_faults(answer, expected) or _value_faults(
        answer,
        expected,
        [
            (
                "One median ratio served for all: whoever is paid a thirteenth month in June then "
                "looks wrong. Take the median ratio within `thirteenth`.",
                _effect(by_practice=False),
            ),
            (
                "Falls are smaller than rises of the same size: below the median, the change is "
                "1 − median / ratio, so that halving weighs as much as doubling.",
                _effect(symmetric=False),
            ),
            (
                "The size is missing: multiply by the larger of the two amounts to the power 0.5.",
                _effect(power=0),
            ),
            (
                "The larger amount is not raised to the power 0.5: large pay then counts too much.",
                _effect(power=1),
            ),
        ],
    )


# --- 5: choose on one half, score on the other


def _examine_verdict(answer: object) -> list[str]:
    if not isinstance(answer, dict) or set(answer) != {"chosen", "precision"}:
        return ['A dictionary is asked for, with the keys "chosen" (a name) and "precision".']
    candidates, halves, is_error = _contest()
    chosen, precision = answer["chosen"], answer["precision"]
    if chosen not in list(candidates):
        return [f'"chosen" is {chosen!r}; it must be one of {", ".join(candidates)}.']
    if not 0 <= float(precision) <= 1:
        return [f"The precision is {precision:.3g}: give it as a share between 0 and 1."]
    if chosen != _chosen("choosing"):
        leak = chosen == _chosen("scored")
        return [
            "The candidate was chosen on the half that is scored: this is a leak. The best of "
            "several is best there partly by luck. Choose on the choosing half only."
            if leak
            else f"{chosen!r} does not have the highest precision on the choosing half."
        ]
    scored = halves.index[halves == "scored"]
    rows = round(BUDGET * len(scored))
    hits = _precisions("scored")[chosen] * rows

    def near(value: float) -> bool:
        return abs(float(precision) - value) < 1.01 / rows  # one declaration, where scores tie

    mistakes = [
        (
            "This is the precision on the choosing half, where the choice was made: it flatters. "
            "Report the other half.",
            _precisions("choosing")[chosen],
        ),
        (
            "This is the precision on all declarations, the choosing half among them. Report the "
            "scored half only.",
            _precisions(None)[chosen],
        ),
        (
            "This is the recall, the share of the errors that are found. The precision is the "
            "share of the reviewed declarations that are errors.",
            hits / is_error[scored].sum(),
        ),
        (
            "The budget is 2 % of the scored half's declarations, not of all.",
            _precisions("scored", round(BUDGET * len(halves)))[chosen],
        ),
    ]
    if near(hits / rows):
        return []
    told = [why for why, value in mistakes if near(value)]
    return told[:1] or [
        "The candidate is right, the precision is not: take the highest scores of the scored half, "
        "2 % of its declarations, and the share of errors among them."
    ]


def _recall_instead() -> dict[str, object]:
    right = _verdict("choosing", "scored")
    _, halves, is_error = _contest()
    scored = halves.index[halves == "scored"]
    hits = right["precision"] * round(BUDGET * len(scored))
    return {"chosen": right["chosen"], "precision": hits / is_error[scored].sum()}


EXERCISES = {
    1: Exercise(
        expects="a Series of euros per hour, labelled by declaration_id",
        examine=_examine_hourly,
        praise="One value a declaration, none for those who declare days.",
        wrong_answers=[
            WrongAnswer("day-rate-kept", _all_of_may, "day-rate contracts"),
            WrongAnswer("zero-hours-kept", _zero_hours_kept, "infinite"),
            WrongAnswer(
                "gross-pay", lambda: _payable()["gross"] / _payable()["hours"], "gross pay"
            ),
            WrongAnswer("bonus-kept", lambda: _payable()["net"] / _payable()["hours"], "bonus"),
            WrongAnswer("index-lost", lambda: _hourly_net().reset_index(drop=True), "set_index"),
        ],
    ),
    2: Exercise(
        expects="a Series of signed robust scores, labelled by declaration_id",
        examine=_examine_score,
        praise="Median and MAD, in logarithms, among comparable posts.",
        wrong_answers=[
            WrongAnswer("mean-and-sd", _classical_score, "standard deviation"),
            WrongAnswer("no-logarithm", lambda: _cell_score(_hourly_net(), _cell()), "logarithm"),
            WrongAnswer("no-cell", _everybody_score, "within the cell"),
            WrongAnswer("sign-lost", lambda: _robust_score().abs(), "sign"),
        ],
    ),
    3: Exercise(
        expects="a Series of euros, labelled by the declaration_id of May, with missing values",
        examine=_examine_april,
        praise="As many rows as before the join, and entrants have no April.",
        wrong_answers=[
            WrongAnswer("join-multiplies", lambda: _merged("left"), "multiplied rows"),
            WrongAnswer("inner-join", _inner_join, "left join"),
            WrongAnswer("shifted-by-position", _shifted, "not by position"),
            WrongAnswer("filled-with-zero", lambda: _gross_in_april().fillna(0), "nobody was paid"),
        ],
    ),
    4: Exercise(
        expects="a Series of effects, labelled by post_id",
        examine=_examine_effect,
        praise="A thirteenth month is no longer news, and halving weighs as much as doubling.",
        wrong_answers=[
            WrongAnswer("no-month-effect", lambda: _effect(by_practice=False), "thirteenth month"),
            WrongAnswer("not-symmetric", lambda: _effect(symmetric=False), "halving"),
            WrongAnswer("size-forgotten", lambda: _effect(power=0), "size is missing"),
        ],
    ),
    5: Exercise(
        expects='a dictionary with the keys "chosen" (a name) and "precision" (a share)',
        examine=_examine_verdict,
        praise="Chosen on one half, scored on the other.",
        wrong_answers=[
            WrongAnswer("leak", lambda: _verdict("scored", "scored"), "a leak"),
            WrongAnswer(
                "scored-where-chosen", lambda: _verdict("choosing", "choosing"), "flatters"
            ),
            WrongAnswer("scored-on-all", lambda: _verdict("choosing", None), "all declarations"),
            WrongAnswer("recall", _recall_instead, "This is the recall"),
        ],
    ),
}
