"""Examine a trainee's answers, and help with them.

What a chapter asks stands in words in `checks/PART/SLUG.yml`; `written` makes exercises of them.
`engine` holds conditions, their examination, the solution run with and without an edit, and the
contract that every exercise keeps; `compare` makes the conditions that most answers need.

Hints given are remembered as long as the process lives; what was tried and asked for is recorded in
the diary.
"""

import sys
from collections import Counter

from ssplab.course import course_root
from ssplab.exercises import remedies
from ssplab.exercises.engine.exercise import CheckFault, Exercise
from ssplab.exercises.engine.shows import Hints, Result
from ssplab.exercises.engine.words import exception_text
from ssplab.exercises.inputs import changed_input
from ssplab.exercises.written import exercises_of
from ssplab.system import SsplabError, _, diary, nearest, without_number

remedies.register()  # whoever checks answers is told what to do when a cell raises

_hints_given: Counter[str] = Counter()
_attempted: set[str] = set()


def check(exercise: str, answer: object) -> Result:
    """Examine an answer.

    Parameters
    ----------
    exercise : str
        The chapter's stem and the exercise's number, such as `"payroll-anomalies/1"`.
    answer : object
        The trainee's object, which is never changed; `...`, alone, in a tuple or as the body of a
        function or of a class, counts as not answered yet.

    Returns
    -------
    Result
        True only when the answer is right; shows itself in a notebook and in a terminal. It is
        not right either where an input of the exercise is no longer what the notebook gave.
        Where the check itself is at fault, the result says so and counts as no attempt.

    Raises
    ------
    SsplabError
        If there is no such exercise. A mistake in the answer never raises.
    """
    name, task = find(exercise)
    caller = sys._getframe(1).f_globals  # the notebook's variables
    if task.is_open:
        return Result(
            name,
            None,
            _(
                "This exercise is open and has no check: compare your answer with the list under "
                "the question."
            ),
            next_step=_next_step(name, task),
        )
    if _is_stub(answer):
        message = _(
            "Not answered yet: the check expects {expects}. "
            "Replace the three dots, run the cell, then run the check again."
        ).format(expects=task.expects)
        return Result(name, False, message, next_step=_next_step(name, task))
    _attempted.add(name)
    try:
        finding = task.examine(answer)
        praise = task.praised(answer) if finding.message is None else ""
        changed = changed_input(task.solved, caller, finding.message is None)
    except (CheckFault, SsplabError) as error:
        diary.record(name, diary.FAULT)
        return _of_a_fault(name, error)
    if finding.message is None and not changed:
        diary.record(name, diary.RIGHT)
        compared = _('`solution("{exercise}")` shows how we did it.').format(exercise=name)
        return Result(name, True, praise, next_step=compared)
    diary.record(name, diary.WRONG, finding.mistake)
    if finding.message is None:
        met = task.met(len(task.conditions))
        return Result(name, False, changed, met, _("cells above"), _next_step(name, task))
    aspect = task.conditions[finding.position].aspect
    message = finding.message
    if changed and not finding.is_recognised:
        message = f"{message} {changed}"
    return Result(name, False, message, task.met(finding.position), aspect, _next_step(name, task))


def hint(exercise: str) -> Hints:
    """Return the hints of an exercise asked for so far, and one more.

    Parameters
    ----------
    exercise : str
        As for `check`.

    Raises
    ------
    SsplabError
        If there is no such exercise.
    """
    name, task = find(exercise)
    hints = task.hints
    _hints_given[name] = min(_hints_given[name] + 1, len(hints))
    if _hints_given[name] > diary.hints(name):  # not one of those asked for in an earlier session
        diary.record(name, diary.HINT)
    return Hints(name, hints[: _hints_given[name]], len(hints), _next_step(name, task))


def attempted(exercise: str) -> bool:
    """Return whether an answer was given to `check`, ever; an open exercise asks for none."""
    name, task = find(exercise)
    return task.is_open or name in _attempted or diary.tried(name)


def find(exercise: str) -> tuple[str, Exercise]:
    """Return the exercise that a text such as `payroll-anomalies/1` names, with its full name.

    Raises
    ------
    SsplabError
        If there is none; the nearest chapters, or the chapter's exercises, are offered.
    """
    if not isinstance(exercise, str):
        raise SsplabError(
            _('The exercise comes first, as in check("payroll-anomalies/1", answer).')
        )
    stem, _slash, number = without_number(exercise).partition("/")
    known = exercises(stem)
    if not number.isdecimal() or int(number) not in known:
        raise SsplabError(
            _(
                '{exercise} is no exercise of {stem}: there are {numbers}, written as "{first}".'
            ).format(
                exercise=repr(exercise),
                stem=stem,
                numbers=", ".join(map(str, known)),
                first=f"{stem}/{next(iter(known))}",
            )
        )
    return f"{stem}/{int(number)}", known[int(number)]


def exercises(stem: str) -> dict[int, Exercise]:
    """Return the exercises of the chapter called `stem`.

    Raises
    ------
    SsplabError
        If the chapter has no exercises; the nearest names are offered.
    """
    slug = without_number(stem)
    homes = {path.stem: path for path in sorted((course_root() / "checks").glob("*/*.yml"))}
    if slug not in homes:
        raise SsplabError(
            _("No chapter with exercises is called {stem}.").format(stem=repr(stem))
            + " "
            + nearest(slug, homes)
        )
    return exercises_of(homes[slug])


def _of_a_fault(name: str, error: Exception) -> Result:
    """Return what is said where the check itself raised: the trainee is not to blame."""
    return Result(
        name,
        None,
        _(
            "The check itself failed on your answer ({error}). This is a fault of the course, not "
            "of yours; the answer was neither accepted nor refused. Go on with the next exercise, "
            "and tell those who look after the course: this line and your cell are all they need."
        ).format(error=exception_text(error.__cause__ or error)),
        aspect=_("a fault of the course"),
        next_step=_('`solution("{exercise}")` shows how we did it.').format(exercise=name),
    )


def _next_step(name: str, task: Exercise) -> str:
    given, total = _hints_given[name], len(task.hints)
    if given < total:
        return _('Next: `hint("{exercise}")` gives hint {number} of {total}.').format(
            exercise=name, number=given + 1, total=total
        )
    if attempted(name):
        return _('That was the last hint; `solution("{exercise}")` shows how we did it.').format(
            exercise=name
        )
    return _("That was the last hint; the solution opens once an answer was checked.")


def _is_stub(answer: object) -> bool:
    """Whether an answer is what a stub leaves: `...`, some of them, a function without body."""
    if type(answer) in (tuple, list):
        return any(part is ... for part in answer)
    if type(answer) is dict:
        return any(part is ... for part in answer.values())
    code = getattr(answer, "__code__", None) if type(answer) is type(_is_stub) else None
    if type(answer) is type:  # a class whose body is the three dots has none but Python's own names
        return not {*vars(answer)} - _NAMES_OF_EMPTY
    return answer is ... or (code is not None and code.co_code in _EMPTY_BODIES)


def _empty(): ...


def _empty_with_docstring():
    """Do nothing; its code is that of any function whose body is `...` under a docstring."""
    ...


class _Empty: ...


_NAMES_OF_EMPTY = {*vars(_Empty)} - {"__init__"}
_EMPTY_BODIES = {_empty.__code__.co_code, _empty_with_docstring.__code__.co_code}
