"""Functions, called on cases that the trainee does not see."""

from __future__ import annotations

import contextlib
import copy
import datetime
import inspect
import io
import math
import numbers
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ssplab.exercises.compare.common import VALUES, condition
from ssplab.exercises.compare.kinds import TYPE
from ssplab.exercises.engine.exercise import Condition
from ssplab.exercises.engine.words import a_type, exception_text, short_repr
from ssplab.system import _

CALL, RESULT, ARGUMENTS = _("call"), _("result"), _("arguments")


@dataclass(frozen=True)
class Case:
    """A case that a function is called on.

    Parameters
    ----------
    words : str
        What it is, as it stands after "for": "an empty table", "a share of zero".
    arguments : callable
        Makes the positional arguments, anew each time.
    told : str
        What is said where the result is not right, in place of the general sentence.
    keywords : callable, optional
        Makes the arguments that are given by name, anew each time.
    """

    words: str
    arguments: Callable[[], tuple]
    told: str = ""
    keywords: Callable[[], dict] = dict

    @cached_property
    def unchanged(self) -> tuple:
        """The arguments as they were; nothing is called with these."""
        return self.arguments()


@dataclass(frozen=True)
class Outcome:
    """What calling a function on a case came to."""

    case: Case
    result: object
    printed: str
    error: str
    changed: bool
    """Whether an argument is not what it was."""


@dataclass(frozen=True)
class _Function:
    """A function asked for, and what is wrong with one that is given."""

    expected: Callable[[], Callable]
    cases: Sequence[Case]
    advice: str
    _came_to: list[tuple[Callable, list[Outcome]]] = field(default_factory=list, compare=False)
    """What was called last, and what it came to: the conditions of one check share it."""
    _right: dict[int, object] = field(default_factory=dict, compare=False)
    """What the right function returns, by the place of the case."""

    def outcomes(self, answer: Callable) -> list[Outcome]:
        if not self._came_to or self._came_to[0][0] is not answer:
            self._came_to[:] = [(answer, [_call(answer, case) for case in self.cases])]
        return self._came_to[0][1]

    def right(self, case: Case) -> object:
        place = self.cases.index(case)
        if place not in self._right:
            self._right[place] = self.expected()(*case.arguments(), **case.keywords())
        return self._right[place]

    def signature(self, answer: Callable) -> str | None:
        self._came_to.clear()  # a new check: what the function calls may be another by now
        arguments, keywords = self.cases[0].arguments(), self.cases[0].keywords()
        try:
            inspect.signature(answer).bind(*arguments, **keywords)
        except TypeError:
            return _(
                "The function is called with {number} arguments, and does not take them: compare "
                "its first line, `def {name}(…)`, with the one given."
            ).format(
                number=len(arguments) + len(keywords), name=getattr(answer, "__name__", "name")
            )
        except ValueError:  # a builtin without a signature
            return None
        return None

    def raises(self, answer: Callable) -> str | None:
        for outcome in self.outcomes(answer):
            if outcome.error:
                return _("For {words}, the function raises {error}").format(
                    words=outcome.case.words, error=outcome.error
                )
        return None

    def printed(self, answer: Callable) -> str | None:
        for outcome in self.outcomes(answer):
            if outcome.result is None and outcome.printed and self.right(outcome.case) is not None:
                return _(
                    "The function prints its result and returns nothing, so that it cannot be used "
                    "further: write `return` in place of `print`."
                )
        return None

    def returned(self, answer: Callable) -> str | None:
        for outcome in self.outcomes(answer):
            if outcome.result is None and self.right(outcome.case) is not None:
                return _(
                    "For {words}, the function returns None: `return` is missing, or one way "
                    "through the function ends without it."
                ).format(words=outcome.case.words)
        return None

    def changed(self, answer: Callable) -> str | None:
        for outcome in self.outcomes(answer):
            if outcome.changed:
                return _(
                    "For {words}, the function changes what it is given: whoever calls it loses "
                    "the original. Work on a copy."
                ).format(words=outcome.case.words)
        return None

    def result(self, answer: Callable) -> str | None:
        for outcome in self.outcomes(answer):
            if not _alike(outcome.result, self.right(outcome.case)):
                return _("For {words}, the function returns {given}; {asked} is asked for.").format(
                    words=outcome.case.words,
                    given=a_type(outcome.result),
                    asked=_a_kind(self.right(outcome.case)),
                )
        return None

    def value(self, answer: Callable) -> str | None:
        for outcome in self.outcomes(answer):
            if not same_result(outcome.result, self.right(outcome.case)):
                if outcome.case.told:
                    return outcome.case.told
                message = _("For {words}, the result is not right.").format(
                    words=outcome.case.words
                )
                return f"{message} {self.advice}".strip()
        return None


@dataclass(frozen=True)
class _WrongFunctions:
    """Functions made from the right one, each wrong in a way of its own."""

    expected: Callable[[], Callable]

    def prints(self, *arguments: object, **keywords: object) -> None:
        print(self.expected()(*arguments, **keywords))

    def changes(self, *arguments: object, **keywords: object) -> object:
        given = self.expected()(*copy.deepcopy(arguments), **keywords)
        for argument in arguments:
            _change(argument)
        return given

    @staticmethod
    def fails(*arguments: object, **keywords: object) -> None:
        raise ValueError("not this one")

    def differs(self, *arguments: object, **keywords: object) -> object:
        return _spoilt(self.expected()(*arguments, **keywords))

    def boxes(self, *arguments: object, **keywords: object) -> set:
        return {short_repr(self.expected()(*arguments, **keywords))}


def function(
    expected: Callable[[], Callable],
    cases: Sequence[Case],
    *,
    advice: str = "",
) -> list[Condition]:
    """Return the conditions on a function: that it can be called, and what it returns on cases.

    Parameters
    ----------
    expected : callable
        Makes the right function.
    cases : sequence of Case
        From the plain to the odd: the first that is not right is the one told.
    advice : str
        What to look at when no cause is found.
    """
    asked, wrong = _Function(expected, cases, advice), _WrongFunctions(expected)
    return [
        condition(TYPE, _called, "called", lambda: asked.right(cases[0]), "without parentheses"),
        condition(
            CALL,
            asked.signature,
            "no-arguments",
            lambda: lambda *, keyword: keyword,
            "does not take",
        ),
        condition(CALL, asked.raises, "raises", lambda: wrong.fails, "raises"),
        condition(RESULT, asked.printed, "prints", lambda: wrong.prints, "prints"),
        condition(
            RESULT,
            asked.returned,
            "returns-nothing",
            lambda: lambda *arguments, **keywords: None,
            "`return` is missing",
        ),
        condition(ARGUMENTS, asked.changed, "in-place", lambda: wrong.changes, "Work on a copy"),
        condition(RESULT, asked.result, "a-set", lambda: wrong.boxes, "a set"),
        condition(VALUES, asked.value, "another-value", lambda: wrong.differs, "is not right"),
    ]


class Calls:
    """What a function comes to on cases: each is called once, when it is first asked for.

    Parameters
    ----------
    function : callable
    cases : sequence of Case
    """

    def __init__(self, function: Callable, cases: Sequence[Case]) -> None:
        self._function, self._cases = function, cases
        self._outcomes: list[Outcome] = []

    def __iter__(self) -> Iterator[Outcome]:
        for place, case in enumerate(self._cases):
            if place == len(self._outcomes):
                self._outcomes.append(_call(self._function, case))
            yield self._outcomes[place]


def same_calls(given: Calls, others: Calls) -> bool:
    """Tell whether two functions return the same on all cases, and raise on the same."""
    return all(
        same_result(ours.result, theirs.result) and bool(ours.error) == bool(theirs.error)
        for ours, theirs in zip(given, others, strict=True)
    )


def same_result(given: object, right: object) -> bool:
    """Tell whether two results are equal, numbers and what holds them within 1e-6 of themselves."""
    if isinstance(right, numbers.Real):
        return isinstance(given, numbers.Real) and (
            math.isclose(given, right, rel_tol=1e-6, abs_tol=1e-9)
            or (math.isnan(given) and math.isnan(right))
        )
    is_date = isinstance(right, datetime.date)  # a pandas Timestamp is one
    if not is_date and type(right).__module__.split(".")[0] in ("numpy", "pandas"):
        return _same_values(given, right)
    try:
        return bool(given == right)
    except ValueError:  # what holds several values, such as a Series, is neither equal nor not
        return False


def _same_values(given: object, right: object) -> bool:
    import numpy as np
    import pandas as pd
    from pandas import testing

    if type(given) is type(right) and hasattr(right, "equals") and right.equals(given):
        return True  # what pandas' assertions take ten times as long to find
    loosely = {"check_dtype": False, "check_names": False, "rtol": 1e-6}
    try:
        if isinstance(right, pd.DataFrame):
            testing.assert_frame_equal(given, right, **loosely)
        elif isinstance(right, pd.Series):
            testing.assert_series_equal(given, right, **loosely)
        else:
            np.testing.assert_allclose(given, right, rtol=1e-6)
    except AssertionError:
        return False
    return True


def _called(answer: object) -> str | None:
    if callable(answer) and not inspect.isclass(answer):
        return None
    return _("You give {this}; a function is asked for: its name, without parentheses.").format(
        this=a_type(answer)
    )


def _call(answer: Callable, case: Case) -> Outcome:
    import numpy as np

    arguments = case.arguments()
    result, error, out = None, "", io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            result = answer(*arguments, **case.keywords())
            if isinstance(result, np.bool_):  # what `.all()` returns
                result = bool(result)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # a trainee's function may call sys.exit
            error = exception_text(raised)
    changed = not all(
        same_result(argument, original)
        for argument, original in zip(arguments, case.unchanged, strict=True)
    )
    return Outcome(case, result, out.getvalue(), error, changed)


def _alike(given: object, right: object) -> bool:
    """Whether two results are of kinds that can be compared."""
    if isinstance(right, numbers.Real):
        return isinstance(given, numbers.Real) and isinstance(given, bool) == isinstance(
            right, bool
        )
    return isinstance(given, type(right))


def _a_kind(thing: object) -> str:
    """Return what is asked for; a number by that name, whatever library made it."""
    number = isinstance(thing, numbers.Real) and not isinstance(thing, bool)
    return _("a number") if number else a_type(thing)


def _change(argument: object) -> None:
    """Change an argument in place, where it can be."""
    if isinstance(argument, dict):
        argument["more"] = None
    elif isinstance(argument, list):
        argument.append(None)
    elif hasattr(argument, "insert") and hasattr(argument, "columns"):
        argument.insert(0, "more", 0)
    elif hasattr(argument, "iloc") and len(argument):
        argument.iloc[0] = argument.iloc[-1] * 2 + 1
    elif hasattr(argument, "fill") and len(argument):
        argument[0] = argument[-1] * 2 + 1


def _spoilt(result: object) -> object:
    """Return a result of the same type that is not right."""
    if result is None:
        return None  # right for a case among others, which are spoilt
    if isinstance(result, bool):
        return not result
    if isinstance(result, str | list | tuple):
        return result + result[:1] if result else result * 2
    if isinstance(result, dict):
        return {**result, "more": None}
    if isinstance(result, datetime.date):
        return result + datetime.timedelta(days=1)
    return result * 2 + 1
