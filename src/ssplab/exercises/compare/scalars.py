"""Numbers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises.compare.causes import (
    DIGITS,
    RATIOS,
    VALUES,
    expected_unit,
    is_rounded,
    unit_message,
)
from ssplab.exercises.compare.common import condition
from ssplab.exercises.compare.kinds import TYPE, kinds
from ssplab.exercises.engine.exercise import Condition
from ssplab.exercises.engine.words import short_repr
from ssplab.system import _

if TYPE_CHECKING:
    import numpy as np


JOINED = 14  # characters from which a text of numerals is a sum of texts
NUMERALS = frozenset("0123456789.,- ")


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

    def upside_down(self) -> float:
        expected = self.expected()
        return 1 / expected if expected else math.inf  # zero has no inverse

    def inverse(self, answer: float) -> str | None:
        # Where zero is expected, the inverse of any large amount lies within the tolerance of it
        if answer == 0 or self.near(0.0, self.expected()) or self.right(answer):
            return None
        if not self.right(1 / answer):
            return None
        return _("The ratio is upside down: exchange numerator and denominator.")

    def rounded(self, answer: float) -> str | None:
        if self.right(answer) or not is_rounded(_array([float(answer)]), _array([self.expected()])):
            return None
        return _("The number is rounded. Leave it as it is; round only what you print.")

    def large(self, answer: float) -> str | None:
        if self.right(answer) or float(answer) < self.expected():
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
    advice: str = "",
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
    advice : str
        What to look at when no cause is found.
    """
    expected = cache(expected)
    asked = _Number(expected, tolerance, within, unit, advice)
    specific = [
        condition(TYPE, _joined_texts, "joined", lambda: "1520,301987,45", "joined"),
        condition(TYPE, _text, "text", lambda: "1,5 %", "the text"),
        condition(TYPE, _whole_series, "whole-series", lambda: _labels([1.0]), "one number"),
        condition(TYPE, _whole_array, "array", lambda: _array([expected()]), ".item()"),
        condition(TYPE, _boolean, "boolean", lambda: True, "true or false"),
    ]
    conditions = kinds(_("a number"), _is_number, specific)
    conditions.append(condition(VALUES, _not_finite, "missing", lambda: math.nan, "or infinite"))
    if within != (-math.inf, math.inf):
        beyond = within[1] + 1 if math.isfinite(within[1]) else within[0] - 1
        conditions.append(condition(VALUES, asked.outside, "outside", lambda: beyond, "outside"))
    conditions.append(
        condition(VALUES, asked.of_another_unit, "unit", asked.of_any_unit, "times too")
    )
    if within[0] < 0:  # else it would lie outside
        conditions.append(condition(VALUES, asked.turned, "sign", lambda: -expected(), "sign"))
    if within == (0, 1):
        conditions.append(
            condition(VALUES, asked.complement, "complement", lambda: 1 - expected(), "others")
        )
    else:
        conditions.append(
            condition(VALUES, asked.inverse, "inverse", asked.upside_down, "upside down")
        )
    return [
        *conditions,
        condition(
            VALUES, asked.rounded, "rounded", lambda: _coarse(expected(), asked.near), "is rounded"
        ),
        condition(VALUES, asked.large, "large", lambda: asked.towards(within[1]), "too large"),
        condition(VALUES, asked.small, "small", lambda: asked.towards(within[0]), "too small"),
    ]


def _is_array(answer: object) -> bool:
    import numpy as np

    return isinstance(answer, np.ndarray)


def _is_number(answer: object) -> bool:
    return isinstance(answer, numbers.Real)


def _not_finite(answer: float) -> str | None:
    try:
        finite = math.isfinite(answer)
    except OverflowError:  # a whole number beyond every float
        finite = False
    return None if finite else _("The number is missing or infinite.")


def _labels(values: object) -> object:
    import pandas as pd

    return pd.Series(list(values))


def _array(values: list[float]) -> np.ndarray:
    import numpy as np

    return np.array(values)


def _joined_texts(answer: object) -> str | None:
    """Recognise what `sum` makes of a column of texts: more digits than a number of anybody's."""
    if not isinstance(answer, str) or len(answer) < JOINED or not set(answer) <= NUMERALS:
        return None
    return _(
        "You give the text {text}: the column that you added up holds texts, and `sum` joined "
        "them. Read it as numbers: leave it out of `dtype`, and say its decimal sign."
    ).format(text=short_repr(answer))


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
