"""What several comparators share."""

from collections.abc import Callable
from typing import Any

from ssplab.exercises.engine.exercise import Condition, WrongAnswer
from ssplab.system import _

VALUES = _("values")


def is_a(thing: object, *kinds: type) -> bool:
    """Tell whether an object is of some kinds, by its type: `__class__` may say anything."""
    return issubclass(type(thing), kinds)


def condition(
    aspect: str,
    fault: Callable[[Any], str | None],
    mistake: str,
    make: Callable[[], object],
    told: str,
) -> Condition:
    """Return a condition with the wrong answer, made from the right one, that it is there for."""
    return Condition(aspect, fault, (WrongAnswer(mistake, make, told, generic=True),))
