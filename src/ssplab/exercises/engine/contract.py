"""The contract of an exercise: what must hold for its check to teach.

The right answer is accepted; each wrong answer is refused with its own message, which holds no
expected value; no condition can be removed without one of these being lost; there are enough
mistakes and hints.
"""

from __future__ import annotations

import math
import numbers
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice

from ssplab.exercises.engine.exercise import CheckFault, Exercise, Finding, WrongAnswer
from ssplab.system import SsplabError

FEWEST_MISTAKES = 2
HINTS = (2, 3)
FEW = 50  # values of an answer that is small enough for each to be looked for in messages


def problems(exercise: Exercise) -> list[str]:
    """Return what breaks the contract, a sentence each; nothing if it holds."""
    return [*_of_hints(exercise), *([] if exercise.is_open else _of_check(exercise))]


def _of_hints(exercise: Exercise) -> Iterator[str]:
    few, many = HINTS
    number = len(exercise.hints)
    if not few <= number <= many:
        yield f"hints: {number}, there must be {few} to {many}"


def _of_check(exercise: Exercise) -> Iterator[str]:
    wrong_answers = exercise.all_wrong_answers()
    recorded = sum(not wrong.generic for wrong in wrong_answers)
    if recorded < FEWEST_MISTAKES:
        yield f"mistakes: {recorded} recorded, there must be at least {FEWEST_MISTAKES}"
    for name, count in Counter(wrong.mistake for wrong in wrong_answers).items():
        if count > 1:
            yield f"mistakes: {count} are called {name}"
    unfit = list(_unfit(exercise))
    if unfit:
        yield from unfit
        return
    finding = exercise.examine(exercise.answer())
    if finding.message is not None:
        condition = _name(exercise, finding.position)
        yield f"the right answer is refused by {condition}: {finding.message}"
    elif not exercise.praised(exercise.answer()):
        yield "the right answer gets no praise"
    # Dear where a function is called on cases: once for each wrong answer
    first_unmet = cache(lambda wrong: exercise.first_unmet(wrong.make()))
    yield from _of_conditions(exercise, first_unmet)
    yield from _of_mistakes(exercise, first_unmet)


def _unfit(exercise: Exercise) -> Iterator[str]:
    """Yield the mistakes whose edit no longer fits the solution, or raises."""
    for mistake in exercise.mistakes:
        for wrong in mistake.wrong_answers:
            try:
                wrong.make()
            except SsplabError as error:
                yield f"{wrong.mistake} does not fit: {error}"


def _of_conditions(
    exercise: Exercise, first_unmet: Callable[[WrongAnswer], Finding]
) -> Iterator[str]:
    """Yield what is wrong with the conditions and their wrong answers, without the mistakes.

    Those that a comparator brings are tested with it, once and for all.
    """
    own = [
        wrong
        for condition in exercise.conditions
        for wrong in condition.wrong_answers
        if not wrong.generic
    ]
    needed, messages = set(), {}
    for wrong in [*own, *exercise.wrong_answers]:
        finding = first_unmet(wrong)
        yield from _refused(exercise, wrong, finding, messages)
        needed |= _needed_for(exercise, wrong, finding)
    for mistake in exercise.mistakes:
        for wrong in mistake.wrong_answers:
            needed |= _needed_for(exercise, wrong, first_unmet(wrong))
    for position, condition in enumerate(exercise.conditions):
        brought = condition.wrong_answers and all(w.generic for w in condition.wrong_answers)
        if position not in needed and not brought:
            yield (
                f"toothless: {_name(exercise, position)} can be removed, and every wrong answer "
                "is still refused with its message"
            )


def _needed_for(exercise: Exercise, wrong: WrongAnswer, finding: Finding) -> set[int]:
    """Return the condition without which a wrong answer would not be told its message."""
    if finding.message is None or not _is_told(wrong.told, finding.message):
        return set()
    answer = wrong.make()
    try:
        rest = (exercise.fault(c, answer) for c in exercise.conditions[finding.position + 1 :])
        following = next((message for message in rest if message is not None), "")
    except CheckFault:  # later conditions cannot read what this one refuses
        following = ""
    return set() if _is_told(wrong.told, following) else {finding.position}


def _of_mistakes(
    exercise: Exercise, first_unmet: Callable[[WrongAnswer], Finding]
) -> Iterator[str]:
    """Yield what is wrong with the mistakes: each recognises its own, and is needed for it."""
    messages: dict[str, WrongAnswer] = {}
    for mistake in exercise.mistakes:
        for wrong in mistake.wrong_answers:
            unmet, causes = first_unmet(wrong), []
            if unmet.message is not None:
                causes = [*islice(exercise.causes(wrong.make()), 2)]
            told = causes[0][1] if causes else unmet.message
            finding = Finding(unmet.position, told, is_recognised=bool(causes))
            yield from _refused(exercise, wrong, finding, messages)
            others = [cause for one, cause in causes if one is not mistake]
            if causes and told == (others[0] if others else unmet.message):
                yield f"toothless: {wrong.mistake} is told the same without being recorded"


def _refused(
    exercise: Exercise, wrong: WrongAnswer, finding: Finding, messages: dict[str, WrongAnswer]
) -> Iterator[str]:
    """Yield what is wrong with the way in which a wrong answer is refused."""
    message = finding.message
    if message is None:
        yield f"{wrong.mistake} is accepted"
        return
    if not _is_told(wrong.told, message):
        yield f"{wrong.mistake} is told {message!r}, not {wrong.told!r}"
        return
    former = messages.setdefault(message, wrong)
    if wrong.told not in former.told and former.told not in wrong.told:
        yield f"{wrong.mistake} and {former.mistake} are told the same: {message!r}"
    if former is wrong:
        for value in leaks(message, exercise.answer()):
            yield f"{wrong.mistake} is told the expected {value}: {message!r}"


def _is_told(told: str, message: str) -> bool:
    """Whether a message holds what is to be told; its places in braces are filled."""
    parts = re.split(r"(?<!\{)\{[^{}]+\}(?!\})", told.strip())
    pattern = ".+?".join(re.escape(part.replace("{{", "{").replace("}}", "}")) for part in parts)
    return re.search(pattern, message, re.DOTALL) is not None


def leaks(message: str, right: object) -> list[str]:
    """Return the expected values that a message gives away.

    Of an answer of many values, those of the rows that the message names are looked for. A number
    is given away where the message has it to three significant digits; one of a single digit is
    not looked for.
    """
    leaked = []
    for label, value in _values(right, message):
        rest = re.sub(rf"(?<!\w){re.escape(label)}(?!\w)", "", message)
        if isinstance(value, str):
            given = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", rest) is not None
        else:
            numbers = [text.replace(",", "") for text in re.findall(r"\d[\d,]*\.?\d*", rest)]
            given = _three(value) in map(_three, map(float, numbers))
        if given:
            leaked.append(repr(value))
    return leaked


def _three(value: float) -> str:
    return f"{abs(value):.3g}"


def _values(right: object, message: str, label: str = "") -> Iterator[tuple[str, str | float]]:
    """Yield the texts, and the numbers of two digits or more, that a message might give away.

    Each comes with the label of its row, which a message may name.
    """
    if isinstance(right, dict):
        parts = [(label, value) for value in right.values()]
    elif hasattr(right, "columns"):
        # a column that names its row holds no value that is asked for
        named = [name for name in right if right[name].is_unique and right[name].dtype.kind != "f"]
        parts = [(label, right[name]) for name in right if name not in named]
    elif hasattr(right, "iloc"):
        few = len(right) <= FEW
        named = right if few else right[[str(row) in message for row in right.index]]
        parts = [(str(row), value) for row, value in named.items()]
    elif hasattr(right, "ravel"):
        parts = [(label, value) for value in right.ravel().tolist() if right.size <= FEW]
    else:
        if isinstance(right, str) or _has_digits(right):
            yield label, right
        parts = []
    for where, part in parts:
        yield from _values(part, message, where)


def _has_digits(value: object) -> bool:
    known = isinstance(value, numbers.Real) and math.isfinite(value)
    return known and len(re.sub(r"e.*|\D", "", _three(value)).strip("0")) > 1


def _name(exercise: Exercise, position: int) -> str:
    condition = exercise.conditions[position]
    mistakes = ", ".join(wrong.mistake for wrong in condition.wrong_answers) or "no wrong answer"
    return f"condition {position + 1} ({condition.aspect}; {mistakes})"
