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
from collections.abc import Iterator

from ssplab.exercises.engine.exercise import Exercise, WrongAnswer

FEWEST_MISTAKES = 2
HINTS = (2, 3)
FEW = 50  # values of an answer that is small enough for each to be looked for in messages


def problems(exercise: Exercise) -> list[str]:
    """Return what breaks the contract, a sentence each; nothing if it holds."""
    return [*_of_hints(exercise), *([] if exercise.is_open else _of_check(exercise))]


def refusal(exercise: Exercise, wrong: WrongAnswer) -> tuple[int, str | None, str | None]:
    """Return the condition that refuses a wrong answer, its message, and the next one's.

    The next message is what the wrong answer would get without that condition.
    """
    answer = wrong.make()
    position, message = exercise.first_fault(answer)
    rest = exercise.conditions[position + 1 :]
    following = (exercise.fault(condition, answer) for condition in rest)
    return position, message, next((later for later in following if later is not None), None)


def _of_hints(exercise: Exercise) -> Iterator[str]:
    few, many = HINTS
    number = len(exercise.graded_hints)
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
    right = exercise.answer()
    position, message = exercise.first_fault(right)
    if message is not None:
        yield f"the right answer is refused by {_name(exercise, position)}: {message}"
    elif not exercise.praised(right):
        yield "the right answer gets no praise"
    needed, messages = set(), {}
    for wrong in wrong_answers:
        position, message, next_message = refusal(exercise, wrong)
        if message is None:
            yield f"{wrong.mistake} is accepted"
            continue
        if wrong.told not in message:
            yield f"{wrong.mistake} is told {message!r}, not {wrong.told!r}"
            continue
        if next_message is None or wrong.told not in next_message:
            needed.add(position)
        former = messages.setdefault(message, wrong)
        if wrong.told not in former.told and former.told not in wrong.told:
            yield f"{wrong.mistake} and {former.mistake} are told the same: {message!r}"
    for message, wrong in messages.items():
        for value in leaks(message, right):
            yield f"{wrong.mistake} is told the expected {value}: {message!r}"
    for position in range(len(exercise.conditions)):
        if position not in needed:
            yield (
                f"toothless: {_name(exercise, position)} can be removed, and every wrong answer "
                "is still refused with its message"
            )


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
