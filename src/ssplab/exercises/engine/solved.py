"""The right answer, and wrong ones: the solution's code, run as it is and with an edit.

Of a solution notebook only those statements run that an answer needs: nothing is printed, drawn or
asserted. They have tables of their own, so that nothing here changes what a trainee has.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import hashlib
import io
import json
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ssplab.course import changed_names, course_path, needed_names, parse, taken_names
from ssplab.exercises.engine.words import exception_text
from ssplab.system import SsplabError

if TYPE_CHECKING:
    from ssplab.exercises.engine.schema import Edit

ANSWER = "_answer"
"""The name under which what is checked stands in the namespace of a solution."""

Namespace = dict[str, object]


@dataclass(frozen=True)
class Cell:
    """A code cell of a solution notebook."""

    source: str
    is_solution: bool

    @property
    def checked(self) -> int | None:
        """The number of the exercise that the cell checks; None if it checks none."""
        call = re.search(r"^check\(\s*\"[\w-]+/(\d+)\"", self.source, re.MULTILINE)
        return int(call[1]) if call else None

    @cached_property
    def statements(self) -> list[ast.stmt]:
        tree = parse(self.source)
        return tree.body if tree else []


def code_cells(notebook: Path) -> list[Cell]:
    """Return the code cells of a notebook, read as JSON: nbformat takes a second to load."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    return [
        Cell("".join(cell["source"]), "solution" in cell["metadata"].get("tags", []))
        for cell in content["cells"]
        if cell["cell_type"] == "code"
    ]


def solution_hash(cells: Iterable[Cell]) -> str:
    """Return `sha256:…` of the code of a solution; its exercise keeps it."""
    content = json.dumps([[cell.source, cell.is_solution] for cell in cells])
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def cells_of(checks: Path) -> list[Cell]:
    """Return the code cells of the solution that belongs to a file in `checks/`.

    Raises
    ------
    SsplabError
        If its code is not that from which the exercise was made.
    """
    root, place = checks.parents[2], f"{checks.parent.name}/{checks.stem}.ipynb"
    solution, exercise = root / "solutions" / place, root / "exercises" / place
    cells = code_cells(solution)
    metadata = json.loads(exercise.read_text(encoding="utf-8"))["metadata"]
    if solution_hash(cells) != metadata.get("ssplab", {}).get("solution"):
        place = course_path(solution)
        raise SsplabError(
            f"{place} is not the solution from which the exercise was made: its code was changed, "
            f"so that no answer can be compared with it. `git restore {place}` brings it back; "
            f"whoever changed it on purpose makes the exercise anew: `ssplab refresh {place}`."
        )
    return cells


@dataclass(frozen=True)
class Solved:
    """What an exercise's solution gives.

    Parameters
    ----------
    name : str
        The exercise: `payroll-anomalies/1`.
    cells : sequence of Cell
        The code cells of the solution notebook.
    given : callable, optional
        Makes names that take the place of what the notebook's cells would bind, such as the text
        of a page that the practice web serves.
    """

    name: str
    cells: list[Cell]
    given: Callable[[], Mapping[str, object]] | None = None

    @cached_property
    def _places(self) -> tuple[int, int]:
        """Where the exercise's own cells begin, and the cell that checks it."""
        number = int(self.name.partition("/")[2])
        checks = [place for place, cell in enumerate(self.cells) if cell.checked is not None]
        last = next((place for place in checks if self.cells[place].checked == number), None)
        if last is None:
            raise SsplabError(f"The solution of {self.name} has no cell that checks it.")
        return max((place for place in checks if place < last), default=-1) + 1, last

    @cached_property
    def answer_source(self) -> str:
        """The expression that is checked: a name, as a rule."""
        call = next(
            node
            for statement in self.cells[self._places[1]].statements
            for node in ast.walk(statement)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "check"
        )
        return ast.unparse(call.args[1])

    @cached_property
    def source(self) -> str:
        """The code that solves the exercise: its cells tagged `solution`."""
        first, last = self._places
        return "\n\n".join(cell.source for cell in self.cells[first:last] if cell.is_solution)

    @cached_property
    def inputs(self) -> list[str]:
        """The names that the solution takes from cells before it, in alphabetical order."""
        before = set().union(*map(changed_names, self._statements_before))
        return sorted(taken_names(ast.parse(self.source)) & (before | set(self._given)))

    @cached_property
    def answered_before(self) -> dict[str, int]:
        """The inputs that earlier exercises ask for: name → number of the exercise."""
        owners, bound = {}, set()
        for cell in self.cells[: self._places[0]]:
            if cell.is_solution:
                bound |= set().union(*map(changed_names, cell.statements))
            elif cell.checked is not None:
                owners |= dict.fromkeys(bound, cell.checked)
                bound = set()
        return {name: owners[name] for name in self.inputs if name in owners}

    @cached_property
    def read_later(self) -> set[str]:
        """The names that cells after the exercise take from those before."""
        later = self.cells[self._places[1] + 1 :]
        return set().union(*(taken_names(ast.Module(cell.statements, [])) for cell in later))

    @cached_property
    def context(self) -> Namespace:
        """The inputs, and what they were made of."""
        namespace: Namespace = {"__name__": f"solution of {self.name}", **self._given}
        self._add_context(taken_names(ast.parse(self.source)), namespace)
        return namespace

    @cached_property
    def namespace(self) -> Namespace:
        """What the solution binds, over its context."""
        return self._solved(self.source)

    def forget(self) -> None:
        """Drop what was computed, such as a model and its data; who asks again computes again."""
        for name in ("context", "namespace", "_given"):
            self.__dict__.pop(name, None)

    @property
    def answer(self) -> object:
        """The right answer."""
        return self.namespace[ANSWER]

    def edited(self, edit: Edit) -> object:
        """Return the answer that the solution gives with an edit.

        Raises
        ------
        SsplabError
            If the edit does not fit the solution any more, or the edited solution raises.
        """
        if edit.code is not None:
            code = self._parsed(edit.code, "exec")
            unseen = taken_by_functions(self.source) & changed_names(code)
            left_out = taken_names(code) & changed_names(ast.parse(self.source))
            if unseen or left_out - set(self.namespace):
                return self._solved(f"{self.source}\n{edit.code}")[ANSWER]
            return self._continued(edit.code)[ANSWER]
        if edit.from_ not in self.source:
            raise SsplabError(f"{self.name}: {edit.from_!r} does not occur in the solution.")
        return self._solved(self.source.replace(edit.from_, edit.to))[ANSWER]

    def evaluated(self, expression: str) -> object:
        """Return the value of an expression over the names of the solution and those before it.

        Raises
        ------
        SsplabError
            If it raises.
        """
        namespace = {**self.namespace}
        tree = self._parsed(expression.strip(), "eval")
        self._add_context(taken_names(tree), namespace)
        with self._telling(expression):
            return eval(compile(tree, f"<{self.name}>", "eval"), namespace)

    @cached_property
    def _given(self) -> Mapping[str, object]:
        return self.given() if self.given else {}

    @cached_property
    def _statements_before(self) -> list[ast.stmt]:
        first, last = self._places
        own = [cell for cell in self.cells[first:last] if not cell.is_solution]
        return [statement for cell in [*self.cells[:first], *own] for statement in cell.statements]

    def _add_context(self, names: set[str], namespace: Namespace) -> None:
        """Run what binds names that are not there yet."""
        statements = needed_statements(self._statements_before, names, set(namespace))
        self._run(statements, namespace)

    def _solved(self, source: str) -> Namespace:
        tree = self._parsed(source, "exec")
        namespace = {name: _own_copy(value) for name, value in self.context.items()}
        # an edit may need what the solution did not
        self._add_context(taken_names(tree), namespace)
        answer = ast.parse(f"{ANSWER} = {self.answer_source}")
        statements = needed_statements([*tree.body, *answer.body], {ANSWER})
        self._run(statements, namespace)
        return namespace

    def _continued(self, source: str) -> Namespace:
        """Run code below the solution, which need not run again for it."""
        tree = self._parsed(source, "exec")
        namespace = {name: _own_copy(value) for name, value in self.namespace.items()}
        self._add_context(taken_names(tree), namespace)
        answer = ast.parse(f"{ANSWER} = {self.answer_source}")
        self._run(needed_statements([*tree.body, *answer.body], {ANSWER}), namespace)
        return namespace

    def _parsed(self, source: str, mode: str) -> ast.Module | ast.Expression:
        try:
            return ast.parse(source, mode=mode)
        except SyntaxError as error:
            raise SsplabError(f"{self.name}: no Python ({error}): {source}") from error

    def _run(self, statements: list[ast.stmt], namespace: Namespace) -> None:
        module = ast.Module(statements, [])
        with self._telling(ast.unparse(module)):
            exec(compile(module, f"<solution of {self.name}>", "exec"), namespace)

    @contextlib.contextmanager
    def _telling(self, source: str):
        """Tell what raised; nothing is printed, and what edits compute may warn."""
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                yield
        except Exception as error:
            told = f"{self.name}: {exception_text(error)} is raised by\n{source}"
            raise SsplabError(told) from error


def taken_by_functions(source: str) -> set[str]:
    """Return the names that functions of some code take from outside: they see no other binding."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, functions))
    return set().union(*(needed_names(ast.unparse(node)) for node in nodes))


def needed_statements(
    statements: list[ast.stmt], names: Iterable[str], there: Iterable[str] = ()
) -> list[ast.stmt]:
    """Return, in order, the statements that bind or change some names, or what these need.

    What only shows something, such as `print(table)` or an assertion, is left out.

    Parameters
    ----------
    statements : list of ast.stmt
    names : iterable of str
    there : iterable of str
        Names that are bound already, by all that binds them.
    """
    there, kept = set(there), set()
    needed = set(names) - there
    if not needed:
        return []
    changes = [changed_names(statement) for statement in statements]
    number = -1
    while len(kept) != number:
        number = len(kept)
        for place, statement in enumerate(statements):
            if place not in kept and changes[place] & needed:
                kept.add(place)
                needed |= taken_names(ast.Module([statement], [])) - there
    return [statements[place] for place in sorted(kept)]


def _own_copy(value: object) -> object:
    """Return a copy of data, which code may change in place; anything else as it is."""
    room = type(value).__module__.partition(".")[0]
    if room == "pandas" and hasattr(value, "copy"):
        return value.copy(deep=False)  # pandas copies what is written to
    if room == "numpy" and hasattr(value, "copy"):
        return value.copy()
    return copy.copy(value) if isinstance(value, dict | list | set) else value
