"""What kind of object the answer is, before anything of it is read."""

import inspect
import sys
from collections.abc import Callable, Sequence

from ssplab.exercises.compare.common import condition
from ssplab.exercises.engine.exercise import Condition
from ssplab.exercises.engine.words import a_type
from ssplab.system import _

TYPE = _("type")


def kinds(
    wanted: str,
    accepts: Callable[[object], bool],
    specific: Sequence[Condition] = (),
) -> list[Condition]:
    """Return the conditions on an answer's type.

    Parameters
    ----------
    wanted : str
        What is asked for, with its article: "a pandas Series".
    accepts : callable
        Tells whether an object is of the right type.
    specific : sequence of Condition
        Other types that deserve a word of their own.
    """

    def none(answer: object) -> str | None:
        if answer is not None:
            return None
        return _(
            "You give None; {wanted} is asked for. None is what a method gives that changes its "
            "object in place, and a function without `return`."
        ).format(wanted=wanted)

    def uncalled(answer: object) -> str | None:
        if not (inspect.isroutine(answer) or inspect.isclass(answer)):
            return None
        return _(
            "You give `{name}` itself, not what it gives: parentheses are missing, as in "
            "`{name}()`."
        ).format(name=getattr(answer, "__name__", "name"))

    def grouped(answer: object) -> str | None:
        if not _of_pandas(answer, "GroupBy", "Rolling", "Expanding", "Resampler", "Window"):
            return None
        return _(
            "You give {this}: the rows are grouped, and nothing is computed of each group yet. Go "
            "on with `.median()`, `.sum()`, `.transform(…)` or the like."
        ).format(this=a_type(answer))

    def styled(answer: object) -> str | None:
        if not _of_pandas(answer, "Styler"):
            return None
        return _("You give a Styler, which is made to be shown: give what you had before `.style`.")

    def another_kind(answer: object) -> str | None:
        if accepts(answer):
            return None
        return _("You give {this}; {wanted} is asked for.").format(
            this=a_type(answer), wanted=wanted
        )

    return [
        condition(TYPE, none, "none", lambda: None, "in place"),
        condition(TYPE, uncalled, "not-called", lambda: [].copy, "parentheses"),
        condition(TYPE, grouped, "still-grouped", _grouped, "grouped"),
        condition(TYPE, styled, "styled", _styled, "made to be shown"),
        *specific,
        condition(TYPE, another_kind, "another-type", object, "You give an object"),
    ]


def _of_pandas(answer: object, *endings: str) -> bool:
    """Whether the answer is of a class of pandas whose name ends so; pandas may not be loaded."""
    kind = type(answer)
    return (
        "pandas" in sys.modules
        and kind.__module__.startswith("pandas.")
        and kind.__name__.endswith(endings)
    )


def _grouped() -> object:
    import pandas as pd

    return pd.Series([1, 2]).groupby([0, 0])


def _styled() -> object:
    import pandas as pd

    return pd.DataFrame({"pay": [1]}).style
