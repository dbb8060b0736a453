"""Whether an answer that is not right is what a mistake gives, wholly or in part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssplab.exercises.compare.causes import equal
from ssplab.exercises.compare.common import is_a
from ssplab.exercises.compare.functions import same_result
from ssplab.exercises.compare.tables import labelled, plain_values, same_series

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Explained:
    """The rows of an answer that a mistake explains: their number, and the first one's label."""

    rows: int = 0
    label: str = ""


def same_number(answer: object, mistaken: object, near: Callable[[float, float], bool]) -> bool:
    """Tell whether two numbers are the same, missing ones too; nothing else is."""
    import math
    import numbers

    both = (answer, mistaken)
    if not all(isinstance(n, numbers.Real) and not isinstance(n, bool) for n in both):
        return False
    if math.isnan(answer) or math.isnan(mistaken):
        return math.isnan(answer) and math.isnan(mistaken)
    return answer == mistaken or near(float(answer), float(mistaken))


def same_rows(answer: object, mistaken: object, keys: list[str] | None) -> bool:
    """Tell whether two Series, or tables, have the same values at the same labels.

    Parameters
    ----------
    answer, mistaken : object
        Of any type: where one is neither, they are compared as they are.
    keys : list of str or None
        The columns that label the rows of a table; None for Series.
    """
    ours, theirs = _frame(answer, keys), _frame(mistaken, keys)
    if ours is None or theirs is None:
        return type(answer) is type(mistaken) and same_result(answer, mistaken)
    if len(ours) != len(theirs) or ours.index.nlevels != theirs.index.nlevels:
        return False
    if set(theirs) - set(ours):
        return False
    if not (ours.index.is_unique and theirs.index.is_unique):
        return _same_in_order(ours[list(theirs)], theirs)
    if not _among(theirs.index, ours.index).all():
        return False
    return all(same_series(ours[name], theirs[name]) for name in theirs)


def explained_rows(
    answer: object, mistaken: object, right: object, keys: list[str] | None
) -> Explained | None:
    """Return which rows are lost or too many as in the mistake; None if these are not the most."""
    ours, theirs, asked = (_frame(thing, keys) for thing in (answer, mistaken, right))
    if ours is None or theirs is None or ours.index.nlevels != asked.index.nlevels:
        return None
    for where, rows in ((asked, ours), (ours, asked)):  # lost, then too many
        of_answer = where.index[~_among(where.index, rows.index)]
        if not len(of_answer):
            continue
        if where is asked:
            as_mistaken = ~_among(of_answer, theirs.index)
        else:
            as_mistaken = _among(of_answer, theirs.index)
        if 2 * as_mistaken.sum() > len(of_answer):
            return Explained(int(as_mistaken.sum()), labelled(of_answer[as_mistaken][0]))
    return None


def explained_values(
    answer: object, mistaken: object, right: object, keys: list[str] | None
) -> Explained | None:
    """Return the rows that are as the mistake changes them; None if these are half or fewer."""
    ours, theirs, asked = (_frame(thing, keys) for thing in (answer, mistaken, right))
    if ours is None or theirs is None or not _comparable(ours, asked) or set(asked) - set(ours):
        return None
    rows = asked.index[_among(asked.index, theirs.index) & _among(asked.index, ours.index)]
    differs = _different(theirs, asked, rows)
    as_mistaken = ~_different(ours[list(theirs)], theirs, rows)
    explained = differs & as_mistaken
    if not differs.any() or 2 * explained.sum() <= differs.sum():
        return None
    return Explained(int(explained.sum()), labelled(rows[explained][0]))


def explained_every_row(
    answer: object, mistaken: object, keys: list[str] | None
) -> Explained | None:
    """Return the answer's rows if all of them are rows of the mistake's, and there are some."""
    ours, theirs = _frame(answer, keys), _frame(mistaken, keys)
    if ours is None or theirs is None or not _comparable(ours, theirs) or not len(ours):
        return None
    if not _among(ours.index, theirs.index).all():
        return None
    return Explained(len(ours), labelled(ours.index[0]))


def same_mapping(
    answer: object, mistaken: object, same: Mapping[str, Callable[[object, object], bool]]
) -> bool:
    """Tell whether two dictionaries have the same keys, and at each the same value."""
    if not (is_a(answer, dict) and is_a(mistaken, dict)):
        return type(answer) is type(mistaken) and same_result(answer, mistaken)
    return answer.keys() == mistaken.keys() and all(
        same[key](answer[key], mistaken[key]) if key in same else answer[key] == mistaken[key]
        for key in mistaken
    )


def _frame(thing: object, keys: list[str] | None) -> pd.DataFrame | None:
    """Return what is labelled as a table with these labels; None if it is not of the kind asked."""
    import pandas as pd

    if keys is None:
        return thing.to_frame("value") if is_a(thing, pd.Series) else None
    if not is_a(thing, pd.DataFrame) or not thing.columns.is_unique:
        return None
    if thing.columns.nlevels > 1 or set(keys) - set(thing):
        return None
    return thing.set_index(keys)


def _comparable(ours: pd.DataFrame, theirs: pd.DataFrame) -> bool:
    """Whether labels can be looked up: unique ones, of as many levels."""
    return ours.index.is_unique and ours.index.nlevels == theirs.index.nlevels


def _among(labels: pd.Index, others: pd.Index) -> np.ndarray:
    """Return which labels are among others; `isin` takes a hundred times as long with texts."""
    return others.unique().get_indexer(labels) >= 0


def _same_in_order(ours: pd.DataFrame, theirs: pd.DataFrame) -> bool:
    try:
        ours, theirs = (frame.sort_index(kind="stable") for frame in (ours, theirs))
    except TypeError:  # labels of several types have no order
        return False
    return same_result(ours, theirs)


def _different(ours: pd.DataFrame, theirs: pd.DataFrame, rows: pd.Index) -> np.ndarray:
    import numpy as np

    different = np.zeros(len(rows), dtype=bool)
    for name in theirs:
        given, asked = ours[name].loc[rows], theirs[name].loc[rows]
        both_missing = given.isna().to_numpy() & asked.isna().to_numpy()
        different |= ~equal(plain_values(given), plain_values(asked)) & ~both_missing
    return different
