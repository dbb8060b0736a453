"""Series and tables, compared by their labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises.compare.causes import KINDS, Pair, cause_conditions, value_causes
from ssplab.exercises.compare.common import condition, is_a
from ssplab.exercises.compare.kinds import TYPE, kinds
from ssplab.exercises.engine.exercise import Condition, generic
from ssplab.exercises.engine.words import listed, short_repr
from ssplab.system import _, ngettext

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LABELS, ROWS, COLUMNS, ORDER = _("labels"), _("rows"), _("columns"), _("order")
HEAD = 50  # rows read first, to tell soon that two Series differ


def series(
    expected: Callable[[], pd.Series],
    *,
    key: str | Sequence[str],
    values: str = "numbers",
    unit: str = "",
    advice: str = "",
    ordered: bool = False,
) -> list[Condition]:
    """Return the conditions on a Series, compared label by label.

    Parameters
    ----------
    expected : callable
        Makes the right Series, whose labels are unique.
    key : str or sequence of str
        What the labels are; several for an index of as many levels.
    values : {"numbers", "text", "booleans", "dates"}
    unit : str
        What the values are counted in, such as "euros per hour".
    advice : str
        What to look at when no cause is found; `{label}` in it is the first label that is wrong.
    ordered : bool
        Whether the order of the rows matters.
    """
    expected = cache(expected)
    keys = [key] if isinstance(key, str) else list(key)

    def pair(answer: pd.Series) -> Pair:
        return _pair(answer, expected())

    def other_kind() -> pd.Series:
        return expected().isna() if values in ("text", "dates") else expected().astype(str)

    def answer_of(new: np.ndarray) -> pd.Series:
        return type(expected())(new, index=expected().index)

    conditions = [
        *kinds(_("a pandas Series"), _is_series, [_frame(expected)]),
        condition(ROWS, _empty_series, "empty", lambda: expected().iloc[:0], "is empty"),
        condition(
            LABELS,
            lambda answer: _levels(answer, keys),
            "another-level",
            lambda: _one_level_more(expected()),
            "has an index of",
        ),
        condition(
            TYPE, lambda answer: _dtype(answer, values), "another-dtype", other_kind, "must be"
        ),
        condition(
            LABELS,
            lambda answer: _unlabelled(answer.index, expected().index, keys),
            "index-forgotten",
            lambda: _labelled_anew(expected()),
            "set_index",
        ),
        condition(
            LABELS,
            lambda answer: _duplicated(answer.index),
            "duplicated",
            lambda: _twice(expected()),
            "multiplied rows",
        ),
        *row_conditions(lambda answer: answer.index, expected),
        *cause_conditions(
            value_causes(values, unit=unit, advice=advice),
            pair,
            lambda: plain_values(expected()),
            answer_of,
        ),
    ]
    return [*conditions, _order(lambda answer: answer.index, expected)] if ordered else conditions


def table(
    expected: Callable[[], pd.DataFrame],
    *,
    key: str | Sequence[str],
    values: dict[str, str],
    units: dict[str, str] | None = None,
    advice: str = "",
    ordered: bool = False,
) -> list[Condition]:
    """Return the conditions on a table, compared key by key and column by column.

    Parameters
    ----------
    expected : callable
        Makes the right table, with the key in its columns and one row a key.
    key : str or sequence of str
        The columns that identify a row.
    values : dict of str to str
        The other columns that are asked for, and what is in them: "numbers", "text", "booleans"
        or "dates". The answer may have more columns.
    units : dict of str to str, optional
        What the values of a column are counted in.
    advice, ordered
        As for `series`; `{label}` in the advice is the first key whose value is wrong.
    """
    expected = cache(expected)
    keys = [key] if isinstance(key, str) else list(key)

    def keyed(answer: pd.DataFrame) -> pd.DataFrame:
        return answer.set_index(keys)

    conditions = [
        *kinds(_("a table (a DataFrame)"), _is_table, [_column(expected)]),
        condition(ROWS, _empty_table, "empty", lambda: expected().iloc[:0], "is empty"),
        condition(COLUMNS, _headers, "two-headers", lambda: _two_headers(expected()), "header"),
        condition(
            COLUMNS,
            lambda answer: _key_in_index(answer, keys),
            "key-in-index",
            lambda: keyed(expected()),
            "reset_index",
        ),
        condition(
            COLUMNS,
            lambda answer: _columns(answer, [*keys, *values]),
            "column-lacking",
            lambda: _misnamed(expected(), values),
            "column",
        ),
        condition(
            ROWS,
            lambda answer: _unkeyed(keyed(answer).index, keyed(expected()).index, keys),
            "other-keys",
            lambda: _other_keys(expected(), keys),
            "no key",
        ),
        condition(
            ROWS,
            lambda answer: _duplicated(keyed(answer).index),
            "duplicated",
            lambda: _twice(expected()),
            "multiplied rows",
        ),
        *row_conditions(
            lambda answer: keyed(answer).index,
            lambda: keyed(expected()),
            back=lambda answer: answer.reset_index()[list(expected())],
        ),
    ]
    for name, kind in values.items():
        unit = (units or {}).get(name, "")
        conditions += _column_conditions(name, kind, keyed, expected, unit, advice)
    if ordered:
        conditions.append(_order(lambda answer: keyed(answer).index, expected))
    return conditions


def row_conditions(
    index: Callable[[object], pd.Index],
    expected: Callable[[], pd.Series | pd.DataFrame],
    back: Callable[[object], object] = lambda answer: answer,
) -> list[Condition]:
    """Return the conditions that no row is too much and none lacks.

    `index` gives the answer's labels, unique; `back` makes an answer of what is labelled so.
    """

    def extra(answer: object) -> str | None:
        surplus = index(answer).difference(expected().index, sort=False)
        if not len(surplus):
            return None
        return ngettext(
            "{number:,} row should not be there: {label}.",
            "{number:,} rows should not be there, such as {label}.",
            len(surplus),
        ).format(number=len(surplus), label=labelled(surplus[0]))

    def lacking(answer: object) -> str | None:
        absent = expected().index.difference(index(answer), sort=False)
        if not len(absent):
            return None
        return ngettext(
            "{number:,} row is missing: {label}.",
            "{number:,} rows are missing, such as {label}.",
            len(absent),
        ).format(number=len(absent), label=labelled(absent[0]))

    def one_more() -> object:
        import pandas as pd

        last = expected().iloc[-1:]
        return back(pd.concat([expected(), last.set_axis(_another(last.index))]))

    return [
        condition(ROWS, extra, "row-too-much", one_more, "not be there"),
        condition(ROWS, lacking, "row-lacking", lambda: back(expected().iloc[:-1]), "is missing:"),
    ]


def same_series(answer: pd.Series, reference: pd.Series) -> bool:
    """Tell whether a Series has the values of another at its labels, whatever its order."""
    head = reference.iloc[:HEAD]
    return bool(not _pair(answer, head).wrong.any() and not _pair(answer, reference).wrong.any())


def _pair(answer: pd.Series, right: pd.Series) -> Pair:
    aligned = answer if answer.index is right.index else answer.reindex(right.index)
    return Pair(
        plain_values(aligned), plain_values(right), lambda where: labelled(right.index[where])
    )


def plain_values(values: pd.Series) -> np.ndarray:
    """Return a Series' values in numpy's own types: whole numbers exact, a missing number NaN."""
    import numpy as np
    from pandas.api import types

    if types.is_bool_dtype(values) or not types.is_numeric_dtype(values):
        own = isinstance(values.dtype, np.dtype) or not values.hasnans
        # pd.NA is neither equal to a value nor different from it
        return values.to_numpy() if own else values.to_numpy(object, na_value=None)
    if types.is_integer_dtype(values) and not values.hasnans:
        return values.to_numpy("int64")
    return values.to_numpy("float64", na_value=np.nan)


def labelled(label: object) -> str:
    """Return a row's label as messages show it."""
    return listed(label) if isinstance(label, tuple) else str(label)


def _another(index: pd.Index) -> pd.Index:
    """Return an index of one label like that of an index of one, and not the same."""
    import pandas as pd

    def next_to(part: object) -> object:
        if isinstance(part, pd.Timestamp):
            return part + pd.Timedelta(days=1)
        return f"{part}x" if isinstance(part, str) else part + index.dtype.type(1)

    if index.nlevels > 1:
        return pd.MultiIndex.from_tuples([(*index[0][:-1], f"{index[0][-1]}x")], names=index.names)
    return pd.Index([next_to(index[0])], name=index.name)


def _is_series(answer: object) -> bool:
    import pandas as pd

    return is_a(answer, pd.Series)


def _is_table(answer: object) -> bool:
    import pandas as pd

    return is_a(answer, pd.DataFrame)


def _frame(expected: Callable[[], pd.Series]) -> Condition:
    def fault(answer: object) -> str | None:
        if not _is_table(answer):
            return None
        return ngettext(
            "You give a DataFrame with {number} column; one Series is asked for. Select the "
            'column, as in table["column"].',
            "You give a DataFrame with {number} columns; one Series is asked for. Select the "
            'column, as in table["column"].',
            answer.shape[1],
        ).format(number=answer.shape[1])

    return condition(
        TYPE, fault, "as-a-table", lambda: expected().to_frame("value"), "a DataFrame with"
    )


def _column(expected: Callable[[], pd.DataFrame]) -> Condition:
    def fault(answer: object) -> str | None:
        if not _is_series(answer):
            return None
        return _(
            "You give a Series, one column; a table is asked for. Select columns with two pairs "
            'of brackets, as in table[["a", "b"]]; `reset_index()` makes columns of labels.'
        )

    return condition(TYPE, fault, "as-a-series", lambda: expected().iloc[:, -1], "one column")


def _empty_series(answer: pd.Series) -> str | None:
    if len(answer):
        return None
    return _(
        "Your Series is empty: no row meets your condition, or no key was found. A text equals no "
        'number: write "10", with quotes, not 10.'
    )


def _empty_table(answer: pd.DataFrame) -> str | None:
    if len(answer):
        return None
    return _(
        "Your table is empty: no row meets your condition, or no key of the join was found. A code "
        'that is text is compared with a text: write "10", with quotes, not 10.'
    )


def _levels(answer: pd.Series, keys: list[str]) -> str | None:
    names = list(answer.index.names)
    number, asked = len(names), len(keys)
    if number == asked:
        return None
    message = ngettext(
        "The Series has an index of {number} level ({levels}); {asked} asked for.",
        "The Series has an index of {number} levels ({levels}); {asked} asked for.",
        number,
    ).format(
        number=number,
        levels=listed(_("(no name)") if name is None else name for name in names),
        asked=_keys(keys),
    )
    extra = [position for position, name in enumerate(names) if name not in keys]
    if number != asked + 1 or not extra:
        return message
    if names[extra[0]] is None:
        more = _("answer.droplevel({position}) removes the one without a name.")
        return f"{message} {more.format(position=extra[0])}"
    more = _("{extra} is one level too many: leave it out of groupby.")
    return f"{message} {more.format(extra=names[extra[0]])}"


def _keys(keys: list[str]) -> str:
    named = ngettext("one level, {keys}, is", "{number} levels, {keys}, are", len(keys))
    return named.format(number=len(keys), keys=listed(keys))


def _one_level_more(right: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.concat({"all": right})


def _dtype(answer: pd.Series, kind: str) -> str | None:
    if _kind(answer) == kind:
        return None
    if _kind(answer) == "booleans":
        return _(
            "The values are of type {dtype}; they must be {kind}. A condition only tells true from "
            "false; it selects where it stands in brackets, as in hourly[condition]."
        ).format(dtype=answer.dtype, kind=KINDS[kind])
    return _("The values are of type {dtype}; they must be {kind}.").format(
        dtype=answer.dtype, kind=KINDS[kind]
    )


def _kind(answer: pd.Series) -> str:
    from pandas.api import types

    if types.is_bool_dtype(answer):
        return "booleans"
    if types.is_numeric_dtype(answer):
        return "numbers"
    return "dates" if types.is_datetime64_any_dtype(answer) else "text"


def _unlabelled(index: pd.Index, right: pd.Index, keys: list[str]) -> str | None:
    import pandas as pd

    def counted(labels: pd.Index) -> bool:
        return labels.equals(pd.RangeIndex(len(labels)))

    forgotten = counted(index) and not counted(right)
    if (right.get_indexer(index) >= 0).any() and not forgotten:
        return None
    message = _(
        "The Series is not labelled by {key}: its index begins with {first}. A merge throws the "
        "index away, as reset_index does, and groupby labels by its groups; set_index({quoted}) "
        "puts the labels back."
    )
    if not counted(index):
        message = _(
            "None of these rows is asked for: the index begins with {first}. Is it labelled by "
            "{key}, as set_index({quoted}) labels, and is the condition turned round?"
        )
    return message.format(
        key=listed(keys),
        first=short_repr(index[:1].tolist()),
        quoted=f'"{keys[0]}"' if len(keys) == 1 else keys,
    )


def _labelled_anew(right: pd.Series) -> pd.Series:
    """Return a Series without its labels, or with their levels exchanged."""
    if right.index.nlevels > 1:
        return right.reorder_levels(range(right.index.nlevels)[::-1])
    return right.reset_index(drop=True)


def _duplicated(index: pd.Index) -> str | None:
    if index.is_unique:
        return None
    return _(
        "There are {rows:,} rows for {labels:,} labels: {label} stands there more than once. "
        "Either a join multiplied rows, because the table joined has more than one row for some "
        "keys, or tables that have rows in common were put below each other."
    ).format(
        rows=len(index),
        labels=index.nunique(),
        label=labelled(index[index.duplicated()][0]),
    )


def _twice(right: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    import pandas as pd

    return pd.concat([right, right.iloc[:1]])


def _order(index: Callable[[object], pd.Index], expected: Callable[[], object]) -> Condition:
    def fault(answer: object) -> str | None:
        if index(answer).equals(index(expected())):
            return None
        return _("The rows are right, and stand in another order than the one asked for.")

    return condition(ORDER, fault, "another-order", lambda: expected().iloc[::-1], "another order")


def _headers(answer: pd.DataFrame) -> str | None:
    if answer.columns.nlevels == 1:
        return None
    return _(
        "The columns have a header of {number} levels, as after `agg` or `pivot`; one is asked "
        "for. Name each column: agg(median_pay=('pay', 'median'))."
    ).format(number=answer.columns.nlevels)


def _two_headers(right: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.concat({"all": right}, axis=1)


def _key_in_index(answer: pd.DataFrame, keys: list[str]) -> str | None:
    in_index = [name for name in keys if name in answer.index.names and name not in answer]
    if not in_index:
        return None
    return _(
        "{keys} stands in the index, not in the columns: `reset_index()` makes a column of it."
    ).format(keys=listed(in_index))


def _columns(answer: pd.DataFrame, asked: list[str]) -> str | None:
    lacking = [name for name in asked if name not in answer]
    if lacking:
        return _("There is no column {name}; yours are: {columns}.").format(
            name=lacking[0], columns=listed(answer.columns)
        )
    again = [name for name in asked if list(answer).count(name) > 1]
    if not again:
        return None
    return _("Several columns are called {name}: keep the one that is asked for.").format(
        name=again[0]
    )


def _unkeyed(index: pd.Index, right: pd.Index, keys: list[str]) -> str | None:
    if index.isin(right).any():
        return None
    return _(
        "Your table has no key that is asked for: {keys} begins with {first}. A code as text and "
        "the same as a number are two things."
    ).format(keys=listed(keys), first=short_repr(index[:1].tolist()))


def _other_keys(right: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return right.assign(**{name: "0" + right[name].astype(str) for name in keys})


def _misnamed(right: pd.DataFrame, values: dict[str, str]) -> pd.DataFrame:
    return right.rename(columns={list(values)[-1]: "value of it"})


def _column_conditions(
    name: str,
    kind: str,
    keyed: Callable[[pd.DataFrame], pd.DataFrame],
    expected: Callable[[], pd.DataFrame],
    unit: str,
    advice: str,
) -> list[Condition]:
    """Return the conditions on one column, those of its values as of a Series."""

    def with_values(values: object) -> pd.DataFrame:
        return expected().assign(**{name: values})

    def other_kind() -> pd.DataFrame:
        column = expected()[name]
        return with_values(column.isna() if kind in ("text", "dates") else column.astype(str))

    dtype = condition(
        TYPE, lambda answer: _dtype(answer[name], kind), "another-dtype", other_kind, "must be"
    )
    of_values = cause_conditions(
        value_causes(kind, unit=unit, advice=advice),
        lambda answer: _pair(keyed(answer)[name], keyed(expected())[name]),
        lambda: plain_values(expected()[name]),
        with_values,
    )
    return [_of_column(name, condition) for condition in (dtype, *of_values)]


def _of_column(name: str, condition: Condition) -> Condition:
    """Return a condition under the name of its column, with its wrong answers."""
    wrong = tuple(
        generic(f"{name}-{wrong_answer.mistake}", wrong_answer.make, wrong_answer.told)
        for wrong_answer in condition.wrong_answers
    )
    return Condition(_("column {name}").format(name=name), condition.fault, wrong)
