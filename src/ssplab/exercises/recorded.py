"""The mistakes that are recorded with exercises, as an instructor reads them.

A recorded mistake is an edit of the solution and the cause that it reveals. The cause can be told
without the edit, so that nothing of a solution is given away.
"""

import string
from collections.abc import Iterator
from dataclasses import dataclass

from ssplab.course import course_root
from ssplab.exercises.engine import schema
from ssplab.system import SsplabError, _

GAP = "…"
"""Stands for what the check fills in: a number of rows of the answer, a label, a value."""


@dataclass(frozen=True)
class Misunderstanding:
    """A mistake that people make, and what the check tells them.

    Parameters
    ----------
    name : str
        Unique in its exercise: `bonus-kept`.
    told : str
        The sentences, in Markdown, with `GAP` for what depends on the answer.
    """

    name: str
    told: str


def misunderstandings(stem: str) -> dict[int, list[Misunderstanding]]:
    """Return the recorded mistakes of a chapter's exercises, by number, in the authors' order.

    Exercises without a check are left out. So are mistakes of which only the comparator's general
    sentence tells (`match: generic`), unless a case of the exercise has a sentence for it. A
    sentence that tells several mistakes stands once, under the first.

    Parameters
    ----------
    stem : str
        The chapter's: `payroll-anomalies`.

    Raises
    ------
    SsplabError
        If the chapter has no exercises, or its words are not of their form.
    """
    return {
        number: list(_of_task(task))
        for number, task in _tasks(stem).items()
        if task.compare is not None
    }


def first_hints(stem: str) -> dict[int, str]:
    """Return the first hint of each exercise of a chapter, which is a direction, in Markdown.

    Parameters
    ----------
    stem : str
        The chapter's: `payroll-anomalies`.

    Raises
    ------
    SsplabError
        As `misunderstandings`.
    """
    hints = {number: task.hints[0] for number, task in _tasks(stem).items() if task.hints}
    return {number: " ".join(_(hint).split()) for number, hint in hints.items()}


def _tasks(stem: str) -> dict[int, schema.Task]:
    paths = sorted((course_root() / "checks").glob(f"*/{stem}.yml"))
    if not paths:
        raise SsplabError(_("No chapter with exercises is called {stem}.").format(stem=repr(stem)))
    return schema.read(paths[0])


def _of_task(task: schema.Task) -> Iterator[Misunderstanding]:
    cases = task.compare.cases if isinstance(task.compare, schema.Function) else []
    seen = set()
    for wrong in task.wrong:
        told = wrong.told
        if wrong.match == "generic":
            told = next((case.told for case in cases if _holds(case.told, told)), "")
        sentences = _readable(told)
        if sentences and sentences not in seen:
            seen.add(sentences)
            yield Misunderstanding(wrong.name, sentences)


def _holds(sentence: str, piece: str) -> bool:
    return " ".join(piece.split()) in " ".join(sentence.split())


def _readable(text: str) -> str:
    """Return a text in the user's language, on one line, with its fields as gaps."""
    if not text:
        return ""
    pieces = string.Formatter().parse(_(text).strip())
    told = "".join(
        literal + (GAP if field is not None else "") for literal, field, *_rest in pieces
    )
    return " ".join(told.split())
