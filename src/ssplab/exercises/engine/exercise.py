"""An exercise, and what examines an answer to it: conditions, one after the other."""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ssplab.exercises.engine.words import a_type, exception_text
from ssplab.system import _


@dataclass(frozen=True)
class WrongAnswer:
    """A mistake that people make, and what it must be told.

    Parameters
    ----------
    mistake : str
        A short name, unique in its exercise: `bonus-kept`.
    make : callable
        Makes the answer that the mistake gives.
    told : str
        The message, or a piece of it that no other mistake gets.
    generic : bool
        Whether a comparator supplies it, rather than the chapter.
    """

    mistake: str
    make: Callable[[], object]
    told: str
    generic: bool = False


generic = partial(WrongAnswer, generic=True)


def mistake(name: str, make: Callable[[], object], told: str) -> WrongAnswer:
    """Return a mistake whose whole message is `told`, shown in the user's language."""
    return WrongAnswer(name, make, _(told))


@dataclass(frozen=True)
class Condition:
    """One thing that an answer must be.

    Parameters
    ----------
    aspect : str
        What it is about, in a word that the trainee sees: `type`, `labels`, `rows`, `values`.
    fault : callable
        Takes the answer, which meets all earlier conditions, and returns the message that says
        what is not right and why, never an expected value; None if the condition is met. What it
        raises is shown as an answer that could not be read.
    wrong_answers : sequence of WrongAnswer
        The mistakes that the condition is there for.
    """

    aspect: str
    fault: Callable[[Any], str | None]
    wrong_answers: Sequence[WrongAnswer] = ()


@dataclass(frozen=True)
class Exercise:
    """What examines and helps with one exercise.

    Parameters
    ----------
    expects : str
        What the answer is, as it stands after "the check expects".
    hints : str
        Two or three paragraphs of Markdown, graded: a direction, the tool, nearly the line.
    answer : callable, optional
        Makes a right answer, for the contract and its tests; an open exercise has none.
    conditions : sequence of Condition
        In the order of examination, which stops at the first that is not met; an open exercise
        has none.
    praise : str or callable
        What is said of a right answer; a callable takes the answer.
    wrong_answers : sequence of WrongAnswer
        Mistakes beside those of the conditions.
    """

    expects: str
    hints: str
    answer: Callable[[], object] | None = None
    conditions: Sequence[Condition] = ()
    praise: str | Callable[[Any], str] = ""
    wrong_answers: Sequence[WrongAnswer] = ()

    @property
    def graded_hints(self) -> list[str]:
        """The hints, one by one."""
        return re.split(r"\n\s*\n", self.hints.strip())

    @property
    def is_open(self) -> bool:
        """Whether it has a rubric instead of a check."""
        return not self.conditions

    def all_wrong_answers(self) -> list[WrongAnswer]:
        """Return the wrong answers of the conditions and its own."""
        of_conditions = [
            wrong for condition in self.conditions for wrong in condition.wrong_answers
        ]
        return [*of_conditions, *self.wrong_answers]

    def fault(self, condition: Condition, answer: object) -> str | None:
        """Return what a condition finds, whatever the answer does when it is examined."""
        return self._guarded(condition.fault, answer)

    def first_fault(self, answer: object) -> tuple[int, str | None]:
        """Return the position of the first condition not met and its message.

        An answer that meets all has the number of conditions, and None.
        """
        for position, condition in enumerate(self.conditions):
            message = self.fault(condition, answer)
            if message is not None:
                return position, message
        return len(self.conditions), None

    def praised(self, answer: object) -> str:
        """Return what is said of a right answer."""
        return self._guarded(self.praise, answer) if callable(self.praise) else self.praise

    def met(self, position: int) -> list[str]:
        """Return the aspects whose conditions all stand before a position."""
        before = dict.fromkeys(condition.aspect for condition in self.conditions[:position])
        after = {condition.aspect for condition in self.conditions[position:]}
        return [aspect for aspect in before if aspect not in after]

    def _guarded(self, function: Callable[[object], str | None], answer: object) -> str | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of arithmetic on a wrong answer's values
                return function(answer)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a trainee's object may raise anything, SystemExit too
            return _("The check could not read your answer, {this} ({error}). {expects}").format(
                this=a_type(answer),
                error=exception_text(error),
                expects=_("It expects {expects}.").format(expects=self.expects),
            )
