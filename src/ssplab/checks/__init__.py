"""Examine a trainee's answers.

Each chapter has a module here, named as the chapter without its number
(`02-payroll-anomalies` → `payroll_anomalies`), with `EXERCISES`: number → `Exercise`.
"""

import html
import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ssplab.errors import SsplabError, nearest


@dataclass(frozen=True)
class WrongAnswer:
    """A mistake that people make, and a piece of the message that it must get."""

    mistake: str
    make: Callable[[], object]
    told: str


@dataclass(frozen=True)
class Exercise:
    """What examines one answer.

    `examine` returns the faults it finds, in sentences that say what is not right and why, never
    the expected value; an empty list means that the answer is right.
    """

    expects: str
    examine: Callable[[object], list[str]]
    praise: str
    wrong_answers: list[WrongAnswer] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """What `check` says; true only when the answer is right."""

    exercise: str
    right: bool
    messages: list[str]

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        mark = "Right" if self.right else "Not yet"
        return "\n".join([f"{mark} ({self.exercise})", *(f"- {one}" for one in self.messages)])

    def _repr_html_(self) -> str:
        # Colours of the page's own text; the border says right or not, and so do the words.
        mark, colour = ("✓ Right", "#2a7f3f") if self.right else ("○ Not yet", "#b35900")
        items = "".join(f"<li>{_as_html(one)}</li>" for one in self.messages)
        return (
            f'<div role="status" style="border-left:0.3em solid {colour};padding:0.3em 0.8em">'
            f"<strong>{mark}</strong> <small>{html.escape(self.exercise)}</small>"
            f"<ul style='margin:0.2em 0'>{items}</ul></div>"
        )


def _as_html(message: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(message))


def exercises(stem: str) -> dict[int, Exercise]:
    """Return the exercises of the chapter called `stem`.

    Raises
    ------
    SsplabError
        If the chapter has no checks; the nearest names are offered.
    """
    home = stem.partition("-")[2].replace("-", "_")
    homes = [module.name for module in pkgutil.iter_modules(__path__)]
    if home not in homes:
        raise SsplabError(
            f"No chapter with checks is called {stem!r}. "
            + nearest(stem.partition("-")[2], [name.replace("_", "-") for name in homes])
        )
    return importlib.import_module(f"{__name__}.{home}").EXERCISES


def check(exercise: str, answer: object) -> Result:
    """Examine an answer.

    Parameters
    ----------
    exercise : str
        The chapter's stem and the exercise's number, such as `"02-payroll-anomalies/1"`.
    answer : object
        The trainee's object; `...` counts as not answered yet.

    Returns
    -------
    Result
        True only when the answer is right; shows itself in a notebook and in a terminal.

    Raises
    ------
    SsplabError
        If there is no such exercise. A mistake in the answer never raises.
    """
    if not isinstance(exercise, str):
        raise SsplabError(
            'The exercise comes first, then the answer: check("02-payroll-anomalies/1", answer).'
        )
    stem, _, number = exercise.partition("/")
    known = exercises(stem)
    if not number.isdecimal() or int(number) not in known:
        raise SsplabError(
            f"{exercise!r} is no exercise of {stem} with a check: there are "
            f'{", ".join(map(str, known))}, written as "{stem}/{next(iter(known))}". '
            "An open exercise has none."
        )
    task = known[int(number)]
    if answer is ...:
        return Result(
            exercise,
            False,
            [
                f"Not answered yet: the check expects {task.expects}. "
                "Replace the three dots, run the cell, then run the check again."
            ],
        )
    try:
        faults = task.examine(answer)
    except Exception as error:
        # Whatever object a trainee gives, the check answers; the reason is shown, not hidden.
        faults = [
            f"The check could not read your answer, a {type(answer).__name__} "
            f"({type(error).__name__}: {error}). It expects {task.expects}."
        ]
    return Result(exercise, not faults, faults or [task.praise])
