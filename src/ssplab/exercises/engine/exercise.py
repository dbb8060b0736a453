"""An exercise, and what examines an answer to it: conditions, one after the other; where one is
not met, the mistakes that may be its cause."""

import site
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssplab.exercises.engine.words import a_type, exception_text
from ssplab.system import _

if TYPE_CHECKING:
    from ssplab.exercises.engine.solved import Solved


class CheckFault(Exception):
    """An examination raised, and the answer is not to blame for it: the check is at fault."""


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
class Mistake:
    """A cause that an answer may have which is not right.

    Parameters
    ----------
    recognise : callable
        Takes an answer that does not meet all conditions and returns the message if this is the
        cause, else None.
    wrong_answers : sequence of WrongAnswer
        The ways in which people make it.
    name : str
        As the words of the checks call it: `bonus-kept`.
    """

    recognise: Callable[[Any], str | None]
    wrong_answers: Sequence[WrongAnswer]
    name: str = ""


@dataclass(frozen=True)
class Finding:
    """What the examination of an answer came to.

    Parameters
    ----------
    position : int
        Of the first condition that is not met; their number if all are.
    message : str or None
        What is not right and why; None if the answer is right.
    is_recognised : bool
        Whether a mistake of the exercise explains it.
    mistake : str
        The name of that mistake, if it has one.
    """

    position: int
    message: str | None = None
    is_recognised: bool = False
    mistake: str = ""


@dataclass(frozen=True)
class Exercise:
    """What examines and helps with one exercise.

    Parameters
    ----------
    expects : str
        What the answer is, as it stands after "the check expects".
    hints : sequence of str
        Two or three texts of Markdown, graded: a direction, the tool, nearly the line.
    answer : callable, optional
        Makes a right answer, for the contract and its tests; an open exercise has none.
    conditions : sequence of Condition
        In the order of examination, which stops at the first that is not met; an open exercise
        has none.
    praise : str or callable
        What is said of a right answer; a callable takes the answer.
    wrong_answers : sequence of WrongAnswer
        Mistakes beside those of the conditions.
    mistakes : sequence of Mistake
        Looked for in this order where a condition is not met.
    solved : Solved, optional
        The solution, where the right answer comes from it.
    """

    expects: str
    hints: Sequence[str]
    answer: Callable[[], object] | None = None
    conditions: Sequence[Condition] = ()
    praise: str | Callable[[Any], str] = ""
    wrong_answers: Sequence[WrongAnswer] = ()
    mistakes: Sequence[Mistake] = ()
    solved: "Solved | None" = None

    @property
    def is_open(self) -> bool:
        """Whether it has a rubric instead of a check."""
        return not self.conditions

    def all_wrong_answers(self) -> list[WrongAnswer]:
        """Return the wrong answers of the conditions and the mistakes, and its own."""
        groups = [*self.conditions, *self.mistakes]
        return [*(wrong for group in groups for wrong in group.wrong_answers), *self.wrong_answers]

    def fault(self, condition: Condition, answer: object) -> str | None:
        """Return what a condition finds, whatever the answer does when it is examined.

        Raises
        ------
        CheckFault
            If the condition raises, and not because of what a trainee wrote.
        """
        return self._guarded(condition.fault, answer)

    def examine(self, answer: object) -> Finding:
        """Return what is not right with an answer: a mistake, else what the conditions find.

        Raises
        ------
        CheckFault
            If a condition or a mistake raises, and not because of what a trainee wrote.
        """
        finding = self.first_unmet(answer)
        if finding.message is None:
            return finding
        for mistake, cause in self.causes(answer):
            return Finding(finding.position, cause, is_recognised=True, mistake=mistake.name)
        return finding

    def causes(self, answer: object) -> Iterator[tuple[Mistake, str]]:
        """Yield the mistakes that recognise an answer which is not right, and what each says.

        Raises
        ------
        CheckFault
            As `examine`.
        """
        for mistake in self.mistakes:
            cause = self._guarded(mistake.recognise, answer)
            if cause is not None:
                yield mistake, cause

    def first_unmet(self, answer: object) -> Finding:
        """Return what the conditions find, without the mistakes.

        Raises
        ------
        CheckFault
            As `examine`.
        """
        for position, condition in enumerate(self.conditions):
            message = self.fault(condition, answer)
            if message is not None:
                return Finding(position, message)
        return Finding(len(self.conditions))

    def praised(self, answer: object) -> str:
        """Return what is said of a right answer.

        Raises
        ------
        CheckFault
            If it cannot be computed.
        """
        try:
            return self.praise(answer) if callable(self.praise) else self.praise
        except Exception as error:
            raise CheckFault(exception_text(error)) from error

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
            if self._is_ours(error, function, answer):
                raise CheckFault(exception_text(error)) from error
            return _("The check could not read your answer, {this} ({error}). {expects}").format(
                this=a_type(answer),
                error=exception_text(error),
                expects=_("It expects {expects}.").format(expects=self.expects),
            )

    def _is_ours(
        self, error: BaseException, function: Callable[[object], object], answer: object
    ) -> bool:
        """Whether the check is to blame: no code of a trainee's had a part, or it never works."""
        if not _is_own_object(answer) and not _passed_through_own_code(error):
            return True
        if self.answer is None:
            return False
        try:
            function(self.answer())
        except Exception:
            return True
        return False


def _is_own_object(thing: object) -> bool:
    """Whether the type of an object is a trainee's own, which may do anything when it is asked."""
    name = type.__dict__["__module__"].__get__(type(thing))
    module = sys.modules.get(name) if isinstance(name, str) else None
    file = getattr(module, "__file__", None)
    return module is None or name == "__main__" or (file is not None and not _is_known(file))


def _passed_through_own_code(error: BaseException) -> bool:
    """Whether code that is neither Python's, nor a package's, nor the course's had a part in it."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(not _is_known(frame.filename) for frame in frames)


@cache
def _is_known(filename: str) -> bool:
    if filename.startswith("<"):  # what packages and solutions compile, not what a kernel does
        return not filename.startswith(("<ipython", "<stdin", "<string", "<cell"))
    path = Path(filename).resolve()
    return any(path.is_relative_to(folder) for folder in _known_folders())


@cache
def _known_folders() -> list[Path]:
    import ssplab
    from ssplab.course import course_root

    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [sysconfig.get_path(name) for name in names]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    return [
        *(Path(folder).resolve() for folder in folders),
        Path(ssplab.__file__).resolve().parent,
        (course_root() / "checks").resolve(),
    ]
