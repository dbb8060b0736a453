"""What several comparators share: mistakes recognised by what they give, conditions left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ssplab.exercises.engine.exercise import Condition, WrongAnswer
from ssplab.system import _

if TYPE_CHECKING:
    import pandas as pd

VALUES = _("values")


Named = Mapping[str, Condition | list[Condition]]
"""Conditions by the name that `without` calls them, in the order of examination."""


def is_a(thing: object, *kinds: type) -> bool:
    """Tell whether an object is of some kinds, by its type: `__class__` may say anything."""
    return issubclass(type(thing), kinds)


def condition(
    aspect: str,
    fault: Callable[[Any], str | None],
    mistake: str,
    make: Callable[[], object],
    told: str,
) -> Condition:
    """Return a condition with the wrong answer, made from the right one, that it is there for."""
    return Condition(aspect, fault, (WrongAnswer(mistake, make, told, generic=True),))


def recognised(
    mistakes: Iterable[Condition | WrongAnswer],
    same: Callable[[object, object], bool],
    aspect: str = VALUES,
) -> list[Condition]:
    """Return conditions as they are, and for a mistake one: the answer is not what it gives.

    Parameters
    ----------
    mistakes : iterable of Condition or WrongAnswer
        The `told` of a wrong answer is its whole message.
    same : callable
        Takes the answer and what a mistake gives, and tells whether they are the same.
    """

    def refusal(mistake: WrongAnswer) -> Condition:
        make = cache(mistake.make)
        return Condition(
            aspect, lambda answer: mistake.told if same(answer, make()) else None, (mistake,)
        )

    return [part if isinstance(part, Condition) else refusal(part) for part in mistakes]


def chosen(named: Named, without: Collection[str]) -> list[Condition]:
    """Return conditions in order, those named in `without` left out.

    Raises
    ------
    ValueError
        If `without` names none of them.
    """
    unknown = set(without) - set(named)
    if unknown:
        raise ValueError(f"without: {sorted(unknown)} is none of {list(named)}")
    kept = [conditions for name, conditions in named.items() if name not in without]
    return [
        condition
        for conditions in kept
        for condition in (conditions if isinstance(conditions, list) else [conditions])
    ]


def common_mistakes(
    values: Callable[[], pd.Series],
    *,
    statistic: str,
    weights: Callable[[], pd.Series] | None = None,
    by: Callable[[], pd.Series] | None = None,
) -> list[WrongAnswer]:
    """Return what people compute in place of a statistic: weights ignored, the mean for the median.

    Parameters
    ----------
    values, weights, by : callable
        Make Series with one index: what is summed up, how much each row counts, and its group.
    statistic : {"mean", "median", "total"}
        What is asked for, weighted if there are weights.

    Returns
    -------
    list of WrongAnswer
        Each makes a number, or with `by` a Series labelled by group.
    """

    def total(rows: pd.Series) -> object:
        return rows.groupby(by()).sum() if by else rows.sum()

    def mean(rows: pd.Series, weight: pd.Series) -> object:
        return total(rows * weight) / total(weight.where(rows.notna()))

    def median(rows: pd.Series) -> object:
        return rows.groupby(by()).median() if by else rows.median()

    def ones() -> pd.Series:
        return values() * 0 + 1

    plain = {
        "mean": lambda: mean(values(), ones()),
        "median": lambda: median(values()),
        "total": lambda: total(values()),
    }
    ignored = _("The weights were not used: each row counts as one.")
    this_is = {
        "mean": _("This is a mean; another statistic is asked for."),
        "median": _("This is a median; another statistic is asked for."),
        "total": _("This is a total; another statistic is asked for."),
    }
    mistakes = [
        WrongAnswer(f"{name}-for-{statistic}", make, this_is[name])
        for name, make in plain.items()
        if name != statistic
    ]
    if weights:
        weighted = {
            "mean": lambda: mean(values(), weights()),
            "total": lambda: total(values() * weights()),
        }
        mistakes.insert(0, WrongAnswer("weights-ignored", plain[statistic], ignored))
        mistakes += [
            WrongAnswer(f"weighted-{name}-for-{statistic}", make, this_is[name])
            for name, make in weighted.items()
            if name != statistic
        ]
    return mistakes
