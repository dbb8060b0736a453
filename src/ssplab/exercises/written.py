"""Exercises made from the words of `checks/PART/SLUG.yml`.

What is right is what the solution gives, a mistake what it gives with an edit (`engine.solved`).
Where words do not suffice, `checks/PART/SLUG.py` beside has

- `CONDITIONS`: number of an exercise whose comparison is `own` → its conditions;
- `GIVEN`: number of an exercise → a function that makes names in place of those that the
  notebook's cells would bind, and names that the expressions of the words may use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from ssplab.exercises import compare, matching
from ssplab.exercises.engine import schema
from ssplab.exercises.engine.exercise import Condition, Exercise, Mistake, WrongAnswer
from ssplab.exercises.engine.solved import Solved, cells_of
from ssplab.system import SsplabError, _, load_module

Same = Callable[[object, object], bool]


@cache
def exercises_of(path: Path) -> dict[int, Exercise]:
    """Return the exercises that a file of words describes, by number.

    Raises
    ------
    SsplabError
        If the words are not of their form, or the solution was changed.
    """
    tasks = schema.read(path)
    module = load_module(path.with_suffix(".py")) if path.with_suffix(".py").is_file() else None
    conditions, given = (getattr(module, name, {}) for name in ("CONDITIONS", "GIVEN"))
    cells = cells_of(path)
    exercises = {}
    for number, task in tasks.items():
        solved = Solved(f"{path.stem}/{number}", cells, given.get(number))
        exercises[number] = _Written(task, solved, conditions.get(number, ())).exercise()
    return exercises


@dataclass(frozen=True)
class _Written:
    """A task, its solution, and the conditions that words did not express."""

    task: schema.Task
    solved: Solved
    own: Sequence[Condition]

    def exercise(self) -> Exercise:
        hints = [_shown(hint) for hint in self.task.hints]
        if self.task.compare is None:
            return Exercise(expects=_shown(self.task.expects), hints=hints)
        return Exercise(
            expects=_shown(self.task.expects),
            hints=hints,
            answer=lambda: self.solved.answer,
            conditions=self._conditions(),
            praise=lambda answer: self._filled(self.task.praise),
            mistakes=[self._mistake(wrong) for wrong in self.task.wrong],
            solved=self.solved,
        )

    def _conditions(self) -> Sequence[Condition]:
        if isinstance(self.task.compare, schema.Own):
            if not self.own:
                raise SsplabError(
                    f"{self.solved.name} is compared in a way of its own: CONDITIONS in the "
                    "module beside its words must have it."
                )
            return self.own
        return _conditions(self.task.compare, self.solved, lambda: self.solved.answer)

    def _mistake(self, wrong: schema.Wrong) -> Mistake:
        makers = [cache(partial(self.solved.edited, edit)) for edit in wrong.edits]
        match = self._matcher(wrong.match)

        def recognise(answer: object) -> str | None:
            if wrong.match == "generic":
                return None
            for make in makers:
                rows = match(answer, make())
                if rows is not None:
                    return self._filled(wrong.told, rows)
            return None

        several = len(makers) > 1
        names = [f"{wrong.name}-{n}" if several else wrong.name for n in range(1, len(makers) + 1)]
        return Mistake(
            recognise,
            [WrongAnswer(name, make, wrong.told) for name, make in zip(names, makers, strict=True)],
            wrong.name,
        )

    def _matcher(self, match: schema.Match) -> Callable[[Any, Any], matching.Explained | None]:
        words = self.task.compare
        if match in ("all", "generic"):
            same = _same(words, self.solved)
            return lambda answer, wrong: matching.Explained() if same(answer, wrong) else None
        keys = _keys(words.key) if isinstance(words, schema.Table) else None
        if match == "every row":
            return lambda answer, wrong: matching.explained_every_row(answer, wrong, keys)
        explained = {"rows": matching.explained_rows, "some": matching.explained_values}[match]
        return lambda answer, wrong: explained(answer, wrong, self.solved.answer, keys)

    def _filled(self, text: str, explained: matching.Explained | None = None) -> str:
        text = _shown(text)
        values = {
            name: self.solved.evaluated(code)
            for name, code in self.task.fill.items()
            if f"{{{name}" in text
        }
        if explained is not None and explained.rows:
            values |= {"rows": explained.rows, "label": explained.label}
        return text.format(**values)


def _conditions(
    words: schema.Compare, solved: Solved, expected: Callable[[], Any]
) -> list[Condition]:
    """Return the conditions on an answer, as words ask for them."""
    advice = _shown(getattr(words, "advice", ""))
    unit = _shown(getattr(words, "unit", ""))
    match words:
        case schema.Number():
            return compare.number(
                expected,
                tolerance=_tolerance(words, solved),
                within=words.within,
                unit=unit,
                advice=advice,
            )
        case schema.TextAnswer():
            among = (lambda: list(solved.evaluated(words.among))) if words.among else None
            return compare.text(expected, among=among, options=_shown(words.options), advice=advice)
        case schema.Series():
            return compare.series(
                expected,
                key=words.key,
                values=words.values,
                unit=unit,
                advice=advice,
                ordered=words.ordered,
            )
        case schema.Table():
            return compare.table(
                expected,
                key=words.key,
                values=words.values,
                units={name: _shown(told) for name, told in words.units.items()},
                advice=advice,
                ordered=words.ordered,
            )
        case schema.Mapping():
            return compare.mapping(
                expected,
                {
                    key: _conditions(inner, solved, lambda key=key: expected()[key])
                    for key, inner in words.values.items()
                },
            )
        case schema.Function():
            return compare.function(expected, _cases(words, solved), advice=advice)
    raise TypeError(f"no comparator for {words!r}")


def _same(words: schema.Compare, solved: Solved) -> Same:
    """Return what tells whether an answer is what a mistake gives."""
    match words:
        case schema.Number():
            tolerance = _tolerance(words, solved)
            return lambda a, b: matching.same_number(
                a, b, partial(compare.near, tolerance=tolerance)
            )
        case schema.Series():
            return lambda a, b: matching.same_rows(a, b, None)
        case schema.Table():
            return lambda a, b: matching.same_rows(a, b, _keys(words.key))
        case schema.Mapping():
            same = {key: _same(inner, solved) for key, inner in words.values.items()}
            return lambda a, b: matching.same_mapping(a, b, same)
        case schema.Function():
            calls = partial(compare.Calls, cases=_cases(words, solved))
            recorded = cache(calls)  # of what a mistake gives: nothing of a trainee's changes it
            return lambda a, b: (
                callable(a) and callable(b) and compare.same_calls(calls(a), recorded(b))
            )
    return lambda a, b: type(a) is type(b) and compare.same_result(a, b)


def _cases(words: schema.Function, solved: Solved) -> list[compare.Case]:
    return [
        compare.Case(
            _shown(case.words),
            partial(_arguments, solved, case.arguments),
            _shown(case.told),
            partial(_keywords, solved, case.keywords),
        )
        for case in words.cases
    ]


def _arguments(solved: Solved, source: str) -> tuple:
    arguments = solved.evaluated(source)
    if not isinstance(arguments, tuple):
        raise SsplabError(f"{solved.name}: arguments {source!r} are no tuple; a comma makes one.")
    return arguments


def _keywords(solved: Solved, source: str) -> dict[str, Any]:
    keywords = solved.evaluated(source)
    if not isinstance(keywords, dict):
        raise SsplabError(f"{solved.name}: keywords {source!r} are no dictionary of names.")
    return keywords


def _tolerance(words: schema.Number, solved: Solved) -> Callable[[], float]:
    if isinstance(words.tolerance, str):
        return cache(lambda: float(solved.evaluated(words.tolerance)))
    return lambda: words.tolerance


def _shown(text: str) -> str:
    """Return a text of the words in the user's language; of none, a catalogue's head would come."""
    return _(text).strip() if text else ""


def _keys(key: str | list[str]) -> list[str]:
    return [key] if isinstance(key, str) else key
