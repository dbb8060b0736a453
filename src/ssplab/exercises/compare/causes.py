"""Why values differ from those expected: the likely causes, as conditions on paired values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ssplab.exercises.compare.common import VALUES, condition
from ssplab.exercises.engine.exercise import Condition
from ssplab.system import _, ngettext

if TYPE_CHECKING:
    import numpy as np

RTOL, ATOL = 1e-4, 1e-6
DIGITS = range(6, -4, -1)
KINDS = {
    "numbers": _("numbers"),
    "text": _("texts"),
    "booleans": _("true or false"),
    "dates": _("dates"),
}
# What a constant ratio of the answer to the expected values usually means.
RATIOS = {
    100: _("100 times too large: a percentage for a share, or cents for euros?"),
    1 / 100: _("100 times too small: a share for a percentage, or euros for cents?"),
    1000: _("1,000 times too large: euros for thousands of euros, or grams for kilograms?"),
    1 / 1000: _("1,000 times too small: thousands of euros for euros, or kilograms for grams?"),
    12: _("12 times too large: of a year, and not of a month?"),
    1 / 12: _("12 times too small: of a month, and not of a year?"),
    60: _("60 times too large: minutes for hours, or seconds for minutes?"),
    1 / 60: _("60 times too small: hours for minutes, or minutes for seconds?"),
}


@dataclass(frozen=True)
class Pair:
    """An answer's values beside those expected, in one order; shape (n,) both.

    `label` names the position of a value to the trainee.
    """

    given: np.ndarray
    right: np.ndarray
    label: Callable[[int], str]

    @cached_property
    def both(self) -> np.ndarray:
        """Where neither is missing."""
        import pandas as pd

        return pd.notna(self.given) & pd.notna(self.right)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Where the values differ; numbers may by a tolerance, and missing equals missing."""
        import pandas as pd

        different = ~equal(self.given, self.right)
        return different & ~(pd.isna(self.given) & pd.isna(self.right))

    @cached_property
    def misses_alike(self) -> bool:
        """Whether missing values stand in the same places."""
        import pandas as pd

        return bool((pd.isna(self.given) == pd.isna(self.right)).all())


@dataclass(frozen=True)
class Cause:
    """A way in which values are not right.

    Parameters
    ----------
    find : callable
        Takes a `Pair`, returns the message, or None.
    spoil : callable
        Takes the right values and returns them with this fault.
    told : str
        A piece of the message.
    """

    find: Callable[[Pair], str | None]
    spoil: Callable[[np.ndarray], np.ndarray]
    told: str


def equal(given: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return where two arrays are equal, floats within the tolerance; missing is not equal."""
    import numpy as np

    if right.dtype.kind == "f" and given.dtype.kind in "fiu":
        return np.isclose(given, right, rtol=RTOL, atol=ATOL)
    try:
        return np.asarray(given == right, dtype=bool)
    except ValueError:  # a value that holds several, such as an array, is neither true nor false
        pairs = zip(given, right, strict=True)
        return np.array([np.ndim(value) == 0 and bool(value == asked) for value, asked in pairs])


def value_causes(kind: str, *, unit: str = "", advice: str = "") -> dict[str, Cause]:
    """Return the causes to look for in values of a kind, the likelier first, by name.

    Parameters
    ----------
    kind : {"numbers", "text", "booleans", "dates"}
    unit : str
        What the values are counted in, such as "euros per hour".
    advice : str
        What to look at where no cause is found; `{label}` in it is the first value that is wrong.
    """

    def not_right(pair: Pair) -> str | None:
        import numpy as np

        where = pair.wrong.nonzero()[0]
        if not len(where):
            return None
        if kind == "numbers" and np.isinf(pair.given[where].astype(float)).any():
            return _("Some values are infinite: something was divided by zero.")
        label = pair.label(where[0])
        message = ngettext(
            "{number:,} of {total:,} values is not right: that of {label}.",
            "{number:,} of {total:,} values are not right, such as that of {label}.",
            len(where),
        ).format(number=len(where), total=len(pair.right), label=label)
        return f"{message} {advice.format(label=label)}".strip()

    causes = {}
    if kind != "booleans":  # with a missing value they would be of another type
        causes["missing"] = Cause(_missing, _spoil_missing, "missing")
    if kind == "numbers":
        causes |= {
            "rounded": Cause(_rounded, spoil_rounded, "are rounded"),
            "unit": Cause(lambda pair: _unit(pair, unit), lambda right: right * 100, "100 times"),
            "sign": Cause(_sign, lambda right: -right, "sign"),
            "factor": Cause(_factor, lambda right: right * 1.7, "same multiple"),
        }
    if kind == "text":
        causes["spelling"] = Cause(_spelling, _spoil_spelling, "capitals")
    if kind == "booleans":
        causes["reversed"] = Cause(_reversed, lambda right: ~right, "the other way round")
    else:
        causes["place"] = Cause(_place, _spoil_place, "by position")
    causes["value"] = Cause(not_right, _spoil_one, "not right")
    return causes


def cause_conditions(
    causes: dict[str, Cause],
    pair: Callable[[object], Pair],
    right: Callable[[], np.ndarray],
    answer: Callable[[np.ndarray], object],
) -> list[Condition]:
    """Return a condition a cause.

    Parameters
    ----------
    causes : dict of str to Cause
    pair : callable
        Lays an answer's values beside those expected.
    right : callable
        Makes the values expected.
    answer : callable
        Makes an answer of values.
    """

    def condition_of(name: str, cause: Cause) -> Condition:
        def spoilt() -> object:
            return answer(cause.spoil(right()))

        return condition(VALUES, lambda given: cause.find(pair(given)), name, spoilt, cause.told)

    return [condition_of(name, cause) for name, cause in causes.items()]


def _missing(pair: Pair) -> str | None:
    import pandas as pd

    where = (pd.isna(pair.given) & pd.notna(pair.right)).nonzero()[0]
    if not len(where):
        return None
    return ngettext(
        "{number:,} value is missing that should be there: that of {label}.",
        "{number:,} values are missing that should be there, such as that of {label}.",
        len(where),
    ).format(number=len(where), label=pair.label(where[0]))


def _rounded(pair: Pair) -> str | None:
    if not pair.wrong.any() or not pair.misses_alike:
        return None
    if not is_rounded(pair.given[pair.both], pair.right[pair.both]):
        return None
    return _("The values are rounded. Leave them as they are; round only what you print.")


def is_rounded(given: np.ndarray, right: np.ndarray) -> bool:
    """Whether numbers are other numbers rounded to some digit."""
    import numpy as np

    distance, largest = np.abs(given - right).max(initial=0), np.abs(right).max(initial=0)
    return any(
        distance <= 0.5001 * 10.0**-digits
        and 10.0**-digits <= largest
        and np.array_equal(np.round(given, digits), given)
        for digits in DIGITS
    )


def spoil_rounded(right: np.ndarray) -> np.ndarray:
    """Return numbers rounded as finely as the tolerance still tells."""
    import numpy as np

    rounded = (np.round(right, digits) for digits in DIGITS)
    known = ~np.isnan(right)
    return next(
        (candidate for candidate in rounded if not equal(candidate, right)[known].all()), right
    )


def _ratio(pair: Pair) -> float | None:
    """Return the ratio of given to right values where it is the same everywhere, and not 1."""
    import numpy as np

    if not pair.wrong.any() or not pair.misses_alike:
        return None
    given, right = pair.given[pair.both], pair.right[pair.both]
    counted = right != 0
    if given[~counted].any() or not given[counted].all():
        return None
    ratios = given[counted] / right[counted]
    if not np.isfinite(ratios).all():  # infinite values are equal to each other
        return None
    return float(ratios[0]) if np.allclose(ratios, ratios[0], rtol=1e-6) else None


def unit_message(ratio: float | None) -> str | None:
    """Return what a known ratio to the expected value means."""
    known = (known for known in RATIOS if ratio and abs(ratio / known - 1) < 1e-3)
    return next(map(RATIOS.get, known), None)


def _unit(pair: Pair, unit: str) -> str | None:
    meaning = unit_message(_ratio(pair))
    if meaning is None:
        return None
    message = _("All values are {meaning}").format(meaning=meaning)
    return f"{message} {expected_unit(unit)}".strip()


def expected_unit(unit: str) -> str:
    """Return the sentence that says the unit expected; nothing where there is none."""
    return _("Expected: {unit}.").format(unit=unit) if unit else ""


def _sign(pair: Pair) -> str | None:
    import numpy as np

    if not pair.wrong.any() or not pair.misses_alike:
        return None
    turned = np.allclose(-pair.given[pair.both], pair.right[pair.both], rtol=RTOL, atol=ATOL)
    if not turned:
        return None
    return _("The sign is reversed: multiply by −1, or exchange what is subtracted.")


def _factor(pair: Pair) -> str | None:
    if _ratio(pair) is None:
        return None
    return _("All values are the same multiple of those expected: a constant factor is wrong.")


def _spelling(pair: Pair) -> str | None:
    def plain(values: np.ndarray) -> list[str]:
        return [str(value).strip().casefold() for value in values]

    if not pair.wrong.any() or plain(pair.given) != plain(pair.right):
        return None
    return _("The texts are right but for capitals or spaces at their ends.")


def _reversed(pair: Pair) -> str | None:
    if not pair.both.all() or (pair.given == pair.right).any():
        return None
    return _("True and false stand the other way round: negate the condition with `~`.")


def _place(pair: Pair) -> str | None:
    import numpy as np

    if not pair.wrong.any() or not pair.misses_alike:
        return None
    given, right = (
        np.sort(list(map(str, values)) if values.dtype.kind == "O" else values)  # lists among them
        for values in (pair.given[pair.both], pair.right[pair.both])
    )
    telling = 2 * len(np.unique(right)) > len(right)  # a few codes in another order say nothing
    if not telling or not equal(given, right).all():
        return None
    return _(
        "The values are right, but stand on other rows: they were matched by position, not by "
        "label, or sorted apart from their labels."
    )


def _spoil_missing(right: np.ndarray) -> np.ndarray:
    import numpy as np
    import pandas as pd

    first = pd.notna(right).nonzero()[0][:1]
    spoilt = right.astype(float if right.dtype.kind in "iu" else object)
    spoilt = right.copy() if right.dtype.kind in "fM" else spoilt
    spoilt[first] = np.datetime64("NaT") if right.dtype.kind == "M" else np.nan
    return spoilt


def _spoil_spelling(right: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.array([f"{value} " for value in right], dtype=object)


def _spoil_place(right: np.ndarray) -> np.ndarray:
    """Return values on other rows, missing ones left where they are."""
    import numpy as np
    import pandas as pd

    spoilt, known = right.copy(), pd.notna(right)
    spoilt[known] = np.roll(right[known], 1)
    return spoilt


def _spoil_one(right: np.ndarray) -> np.ndarray:
    import pandas as pd

    spoilt, where = right.copy(), pd.notna(right).nonzero()[0][0]
    if right.dtype.kind in "fiu":
        spoilt[where] = right[where] + 1 + abs(right[where])
    elif right.dtype.kind == "b":
        spoilt[where] = not right[where]
    elif right.dtype.kind == "M":
        spoilt[where] = right[where] + 1
    else:
        spoilt = right.astype(object)
        spoilt[where] = f"{right[where]} and more"
    return spoilt
