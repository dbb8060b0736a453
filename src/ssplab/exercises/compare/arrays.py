"""Arrays and numbers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises.compare.causes import (
    DIGITS,
    KINDS,
    RATIOS,
    VALUES,
    Pair,
    cause_conditions,
    expected_unit,
    is_rounded,
    unit_message,
    value_causes,
)
from ssplab.exercises.compare.common import chosen, condition, recognised
from ssplab.exercises.compare.kinds import TYPE, kinds
from ssplab.exercises.engine.exercise import Condition, WrongAnswer
from ssplab.exercises.engine.words import a_type, short_repr
from ssplab.system import _

if TYPE_CHECKING:
    import numpy as np

SHAPE = _("shape")


def array(
    expected: Callable[[], np.ndarray],
    *,
    values: str = "numbers",
    unit: str = "",
    mistakes: Sequence[Condition | WrongAnswer] = (),
    advice: str = "",
    without: Collection[str] = (),
) -> list[Condition]:
    """Return the conditions on an array, compared position by position.

    Parameters
    ----------
    expected : callable
        Makes the right array, of one dimension or more.
    values : {"numbers", "text", "booleans"}
    unit, mistakes, advice
        As for `series`; a position, such as [3, 1], stands for a label.
    without : collection of str
        Conditions left out: none, uncalled, grouped, styled, listed, labelled, kind, dtype,
        transposed, flattened, shape, backwards, missing, rounded, unit, sign, factor, spelling,
        reversed, place, value.
    """
    expected = cache(expected)

    def pair(answer: np.ndarray) -> Pair:
        import numpy as np

        shape = expected().shape

        def label(where: int) -> str:
            return str([int(position) for position in np.unravel_index(where, shape)])

        return Pair(answer.ravel(), expected().ravel(), label)

    def same(answer: np.ndarray, reference: np.ndarray) -> bool:
        return not Pair(answer.ravel(), reference.ravel(), str).wrong.any()

    def other_kind() -> np.ndarray:
        return expected() == expected() if values == "text" else expected().astype(str)

    def transposed() -> np.ndarray:
        return expected().T if expected().ndim > 1 else expected()[None, :].T

    def another_shape() -> np.ndarray:
        return expected()[:-1]

    specific = {
        "listed": condition(TYPE, _list, "list", lambda: expected().tolist(), "np.array"),
        "labelled": condition(
            TYPE, _labelled, "as-a-series", lambda: _labels(expected()), "to_numpy"
        ),
    }
    form = {
        "dtype": condition(
            TYPE,
            lambda answer: _array_dtype(answer, values),
            "another-dtype",
            other_kind,
            "must be",
        ),
        "transposed": condition(
            SHAPE,
            lambda answer: _transposed(answer, expected()),
            "transposed",
            transposed,
            "rows and columns",
        ),
        "flattened": condition(
            SHAPE,
            lambda answer: _flattened(answer, expected()),
            "flattened",
            lambda: _reshaped(expected()),
            "dimension",
        ),
        "shape": condition(
            SHAPE,
            lambda answer: _shape(answer, expected()),
            "another-shape",
            another_shape,
            "the shape",
        ),
    }
    content = {
        "mistakes": recognised(mistakes, same),
        "backwards": condition(
            VALUES,
            lambda answer: _backwards(answer, expected(), same),
            "backwards",
            lambda: expected()[::-1],
            "backwards",
        ),
        **cause_conditions(
            value_causes(values, unit=unit, advice=advice),
            pair,
            lambda: expected().ravel(),
            lambda new: new.reshape(expected().shape),
        ),
    }
    of_kind = kinds(_("a NumPy array"), _is_array, specific)
    return chosen({**of_kind, **form, **content}, without)


@dataclass(frozen=True)
class _Number:
    """A number asked for: what is wrong with one that is given, and numbers that are wrong."""

    expected: Callable[[], float]
    tolerance: float | Callable[[], float]
    within: tuple[float, float]
    unit: str
    advice: str

    def near(self, answer: float, reference: float) -> bool:
        return near(answer, reference, tolerance=self.tolerance)

    def right(self, answer: float) -> bool:
        return self.near(float(answer), self.expected())

    def inside(self, value: float) -> bool:
        return self.within[0] <= value <= self.within[1]

    def outside(self, answer: float) -> str | None:
        if self.inside(answer):
            return None
        message = _("The number lies outside {bounds}.").format(
            bounds=f"{self.within[0]:g} – {self.within[1]:g}"
        )
        return f"{message} {expected_unit(self.unit)}".strip()

    def of_another_unit(self, answer: float) -> str | None:
        meaning = unit_message(answer / self.expected()) if self.expected() else None
        return _("The number is {meaning}").format(meaning=meaning) if meaning else None

    def turned(self, answer: float) -> str | None:
        if self.right(answer) or not self.right(-answer):
            return None
        return _("The sign is reversed: multiply by −1, or exchange what is subtracted.")

    def complement(self, answer: float) -> str | None:
        if self.right(answer) or not self.right(1 - answer):
            return None
        return _("This is the share of the others: one minus the share that is asked for.")

    def inverse(self, answer: float) -> str | None:
        if self.right(answer) or answer == 0 or not self.right(1 / answer):
            return None
        return _("The ratio is upside down: exchange numerator and denominator.")

    def rounded(self, answer: float) -> str | None:
        if self.right(answer) or not is_rounded(_array([float(answer)]), _array([self.expected()])):
            return None
        return _("The number is rounded. Leave it as it is; round only what you print.")

    def large(self, answer: float) -> str | None:
        if self.right(answer) or answer < self.expected():
            return None
        message = _("The number is too large.")
        return f"{message} {self.advice}".strip()

    def small(self, answer: float) -> str | None:
        if self.right(answer):
            return None
        message = _("The number is too small.")
        return f"{message} {self.advice}".strip()

    def of_any_unit(self) -> float:
        """Return the number in another unit that keeps it within the bounds."""
        multiples = (ratio * self.expected() for ratio in RATIOS)
        return next(multiple for multiple in multiples if self.inside(multiple))

    def towards(self, bound: float) -> float:
        """Return a number between the right one and a bound."""
        right = self.expected()
        distance = abs(bound - right) if math.isfinite(bound) else 1 + abs(right)
        return right + math.copysign(0.37 * distance, bound - right)


def near(answer: float, reference: float, *, tolerance: float | Callable[[], float] = 0.0) -> bool:
    """Tell whether two numbers are equal within a tolerance; 1e-6 of the second is allowed."""
    allowed = tolerance() if callable(tolerance) else tolerance
    return abs(answer - reference) <= max(allowed, 1e-6 * abs(reference))


def number(
    expected: Callable[[], float],
    *,
    tolerance: float | Callable[[], float] = 0.0,
    within: tuple[float, float] = (-math.inf, math.inf),
    unit: str = "",
    mistakes: Sequence[Condition | WrongAnswer] = (),
    advice: str = "",
    without: Collection[str] = (),
) -> list[Condition]:
    """Return the conditions on one number.

    Parameters
    ----------
    expected : callable
        Makes the right number.
    tolerance : float or callable
        How far the answer may be from it, in its unit; a relative 1e-6 is allowed in any case.
    within : tuple of float, optional
        Bounds that any sensible answer meets, such as (0, 1) for a share.
    unit : str
        What the number is counted in, such as "euros per hour".
    mistakes : sequence of Condition or WrongAnswer
        Recognised within the tolerance.
    advice : str
        What to look at when no cause is found.
    without : collection of str
        Conditions left out: none, uncalled, grouped, styled, text, series, array, boolean, kind,
        finite, within, unit, sign, complement, inverse, rounded, large, small.
    """
    expected = cache(expected)
    asked = _Number(expected, tolerance, within, unit, advice)
    specific = {
        "text": condition(TYPE, _text, "text", lambda: "1,5 %", "the text"),
        "series": condition(
            TYPE, _whole_series, "whole-series", lambda: _labels([1.0]), "one number"
        ),
        "array": condition(TYPE, _whole_array, "array", lambda: _array([expected()]), ".item()"),
        "boolean": condition(TYPE, _boolean, "boolean", lambda: True, "true or false"),
    }
    beyond = within[1] + 1 if math.isfinite(within[1]) else within[0] - 1
    content = {
        "finite": condition(VALUES, _not_finite, "missing", lambda: math.nan, "or infinite"),
        "within": condition(VALUES, asked.outside, "outside", lambda: beyond, "outside"),
        "mistakes": recognised(
            mistakes, lambda answer, reference: asked.near(float(answer), reference)
        ),
        "unit": condition(VALUES, asked.of_another_unit, "unit", asked.of_any_unit, "times too"),
        "sign": condition(VALUES, asked.turned, "sign", lambda: -expected(), "sign"),
        "complement": condition(
            VALUES, asked.complement, "complement", lambda: 1 - expected(), "others"
        ),
        "inverse": condition(
            VALUES, asked.inverse, "inverse", lambda: 1 / expected(), "upside down"
        ),
        "rounded": condition(
            VALUES, asked.rounded, "rounded", lambda: _coarse(expected(), asked.near), "is rounded"
        ),
        "large": condition(
            VALUES, asked.large, "large", lambda: asked.towards(within[1]), "too large"
        ),
        "small": condition(
            VALUES, asked.small, "small", lambda: asked.towards(within[0]), "too small"
        ),
    }
    if within == (-math.inf, math.inf):
        del content["within"]
    if within[0] >= 0:
        del content["sign"]  # it would lie outside
    del content["inverse" if within == (0, 1) else "complement"]
    return chosen({**kinds(_("a number"), _is_number, specific), **content}, without)


def _is_array(answer: object) -> bool:
    import numpy as np

    return isinstance(answer, np.ndarray)


def _is_number(answer: object) -> bool:
    return isinstance(answer, numbers.Real)


def _not_finite(answer: float) -> str | None:
    return None if math.isfinite(answer) else _("The number is missing or infinite.")


def _list(answer: object) -> str | None:
    if not isinstance(answer, list | tuple):
        return None
    return _("You give {this}; an array is asked for: np.array(…) makes one of it.").format(
        this=a_type(answer)
    )


def _labelled(answer: object) -> str | None:
    import pandas as pd

    if not isinstance(answer, pd.Series | pd.DataFrame | pd.Index):
        return None
    return _("You give {this}; an array is asked for, without labels: `.to_numpy()`.").format(
        this=a_type(answer)
    )


def _labels(values: object) -> object:
    import pandas as pd

    return pd.Series(list(values))


def _array(values: list[float]) -> np.ndarray:
    import numpy as np

    return np.array(values)


def _array_dtype(answer: np.ndarray, kind: str) -> str | None:
    codes = {"numbers": "fiu", "booleans": "b", "text": "UOT"}[kind]
    if answer.dtype.kind in codes:
        return None
    return _("The values are of type {dtype}; they must be {kind}.").format(
        dtype=answer.dtype, kind=KINDS[kind]
    )


def _transposed(answer: np.ndarray, right: np.ndarray) -> str | None:
    column_of = right.ndim == 1 and answer.shape == (*right.shape, 1)
    if answer.shape == right.shape or not (answer.shape == right.shape[::-1] or column_of):
        return None
    return _("The shape is {given}, with rows and columns exchanged: {asked} is asked for.").format(
        given=answer.shape, asked=right.shape
    )


def _flattened(answer: np.ndarray, right: np.ndarray) -> str | None:
    if answer.ndim == right.ndim or answer.size != right.size:
        return None
    return _(
        "The array has another dimension: its shape is {given}, {asked} is asked for. "
        "`.reshape(…)` or `.ravel()` would change it; better keep it from the start."
    ).format(given=answer.shape, asked=right.shape)


def _reshaped(right: np.ndarray) -> np.ndarray:
    return right.ravel() if right.ndim > 1 else right[None, None, :]


def _shape(answer: np.ndarray, right: np.ndarray) -> str | None:
    if answer.shape == right.shape:
        return None
    return _(
        "The array has the shape {given}; {asked} is asked for. A mean along the wrong axis, or "
        "rows left out, give another shape."
    ).format(given=answer.shape, asked=right.shape)


def _backwards(
    answer: np.ndarray, right: np.ndarray, same: Callable[[np.ndarray, np.ndarray], bool]
) -> str | None:
    if same(answer, right) or not same(answer[::-1], right):
        return None
    return _("The values are right, and stand backwards: the order is reversed.")


def _text(answer: object) -> str | None:
    if not isinstance(answer, str):
        return None
    return _("You give the text {text}; a number is asked for, without quotes or signs.").format(
        text=short_repr(answer)
    )


def _whole_series(answer: object) -> str | None:
    import pandas as pd

    if not isinstance(answer, pd.Series | pd.DataFrame):
        return None
    return _("You give a whole {type}; one number is asked for, as in result[label].").format(
        type=type(answer).__name__
    )


def _whole_array(answer: object) -> str | None:
    if not _is_array(answer):
        return None
    return _("You give an array; a number is asked for. `.item()` takes it out if it holds one.")


def _boolean(answer: object) -> str | None:
    import numpy as np

    if not isinstance(answer, bool | np.bool_):
        return None
    return _("You give true or false; a number is asked for.")


def _coarse(right: float, near: Callable[[float, float], bool]) -> float:
    """Return a number rounded as finely as the tolerance still tells."""
    rounded = (round(right, digits) for digits in DIGITS)
    return next((candidate for candidate in rounded if not near(candidate, right)), right)
