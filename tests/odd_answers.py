"""Answers that nobody expects: objects that raise or pretend, and right answers with one change."""

import sys
from itertools import count, repeat

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ssplab.exercises import check


class Raises:
    """Raises whatever one asks of it."""

    def __getattribute__(self, name):
        raise RuntimeError("no")


def hostile(*methods, error=RuntimeError, **attributes):
    """Return an object whose special methods raise."""

    def fail(self, *arguments):
        raise error("no")

    return type("Hostile", (), {**dict.fromkeys(methods, fail), **attributes})()


class Silent(Exception):
    def __str__(self):
        sys.exit("not even a message")


class Posing:
    """Says that it is a Series."""

    __class__ = pd.Series

    def __len__(self):
        return 3


def leaves(*arguments):
    sys.exit("gone")


def endless():
    yield from repeat(0)


HOSTILE = {
    "everything": Raises,
    "repr": lambda: hostile("__repr__", "__str__"),
    "eq": lambda: hostile("__eq__", "__ne__", "__hash__"),
    "bool-and-len": lambda: hostile("__bool__", "__len__"),
    "array": lambda: hostile("__array__", "__iter__", "__getitem__", "__float__"),
    "getattr": lambda: hostile("__getattr__"),
    "class": lambda: type("Classless", (), {"__class__": property(lambda self: 1 / 0)})(),
    "posing": Posing,
    "exit": lambda: hostile("__len__", "__eq__", error=SystemExit, __class__=pd.DataFrame),
    "silent": lambda: hostile("__len__", "__getattr__", error=Silent, __class__=pd.Series),
    "series": lambda: type("Series", (pd.Series,), {"index": property(leaves)})([1.0]),
    "dict": lambda: type("Dict", (dict,), {"__contains__": leaves, "__iter__": leaves})(a=1),
    "str": lambda: type("Str", (str,), {"__eq__": leaves, "__repr__": leaves})("text"),
    "float": lambda: type("Float", (float,), {"__sub__": leaves, "__rsub__": leaves})(0.2),
    "counting": count,
    "generator": endless,
    "function": lambda: leaves,
    "class-itself": lambda: pd.Series,
    "method": lambda: pd.DataFrame.head,
    "module": lambda: np,
    "long-name": lambda: type("L" * 1000, (), {})(),
}
ODD = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.dates(),
    st.fractions(),
    st.decimals(),
    st.sampled_from([pd.NA, pd.NaT, np.float32(0.5), np.int8(3), np.bool_(True), np.str_("a")]),
)
DTYPES = ["float64", "int64", "bool", "object", "str", "datetime64[ns]", "category", "Int64"]


def frame(drawn):
    """Return a Series or table of some type and index, from a few drawn numbers."""
    dtype, index, rows, columns = drawn
    values = pd.Series(range(rows), dtype="int64").astype(dtype)
    labels = {
        "range": pd.RangeIndex(rows),
        "text": pd.Index([f"D{row}" for row in range(rows)]),
        "twice": pd.Index([0] * rows),
        "missing": pd.Index([np.nan] * rows),
        "dates": pd.date_range("2023-05-01", periods=rows),
        "levels": pd.MultiIndex.from_arrays([range(rows), range(rows)]),
    }
    values.index = labels[index]
    if columns is None:
        return values
    return pd.DataFrame({column: values for column in range(columns)}, index=values.index)


frames = st.tuples(
    st.sampled_from(DTYPES),
    st.sampled_from(["range", "text", "twice", "missing", "dates", "levels"]),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 3)),
).map(frame)
arrays = st.tuples(
    st.sampled_from(["f8", "i4", "?", "U3", "O", "M8[s]", "c16"]),
    st.lists(st.integers(0, 3), max_size=3),
).map(lambda drawn: np.zeros(drawn[1], dtype=drawn[0]))
keyed = st.dictionaries(
    st.sampled_from(["chosen", "precision", "name", "score", 1, None]), scalars, max_size=3
)
containers = st.one_of(
    st.lists(scalars, max_size=3), st.tuples(scalars, scalars), st.sets(st.integers()), keyed
)
# Makers of objects, since hypothesis itself looks at what it draws, and some do not like that.
odd_objects = st.one_of(
    st.one_of(scalars, containers, arrays, frames, st.lists(frames, max_size=2)).map(
        lambda thing: lambda: thing
    ),
    st.sampled_from(list(HOSTILE.values())),
)


def examined(name, exercise, answer):
    """Examine an answer as `check` does, and show the result in both forms.

    A check that raises is no refusal: its result is neither right nor wrong.
    """
    result = check(name, answer)
    assert result.right is not None, result
    assert isinstance(repr(result), str) and "<div" in result._repr_html_(), exercise
    return result


def label(right, number):
    """Return one label of a Series, however short it is."""
    return right.index[number % len(right)]


CHANGES = {
    "shuffled": lambda right, n: right.sample(frac=1, random_state=n),
    "missing": lambda right, n: right.mask(np.arange(len(right)) % (n + 2) == 0),
    "cut": lambda right, n: right.iloc[n:],
    "repeated": lambda right, n: pd.concat([right, right.iloc[: n + 1]]),
    "scaled": lambda right, n: right * 10.0 ** (n - 4),
    "rounded": lambda right, n: right.round(n),
    "renamed": lambda right, n: right.rename(index={label(right, n): "another"}),
    "text": lambda right, n: right.astype(str),
    "objects": lambda right, n: right.astype(object).mask(right.index == label(right, n), "x"),
    "infinite": lambda right, n: right.where(right.index != label(right, n), np.inf),
    "levels": lambda right, n: pd.concat({n: right}),
    "framed": lambda right, n: right.to_frame(n),
    "extension": lambda right, n: right.astype("Float64").mask(right.index == label(right, n)),
    "category": lambda right, n: right.astype("category"),
    "complex": lambda right, n: right.astype(complex),
    "array": lambda right, n: right.to_numpy(),
    "positions": lambda right, n: right.reset_index(drop=True),
}


def changed(right, change, number, other):
    """Return a right answer with one thing changed."""
    if isinstance(right, pd.Series):
        try:
            return CHANGES[change](right, number)
        except (TypeError, ValueError):  # text can be neither scaled nor infinite
            if pd.api.types.is_numeric_dtype(right):
                raise
            return right
    if isinstance(right, dict):
        key = list(right)[number % len(right)]
        return {**right, key: other}
    return other


def same_object(answer, before):
    if isinstance(answer, pd.Series | pd.DataFrame):
        assert answer.equals(before) and answer.index.equals(before.index)
    else:
        assert repr(answer) == repr(before)
