"""Derive an exercise notebook from its solution.

Authors write `solutions/`; `exercises/` is generated and never edited. There is one marker, the
cell tag `solution`:

- A Markdown cell tagged `solution` is dropped.
- A code cell tagged `solution` becomes a stub. Its leading comments stay: they tell the trainee
  what to write. Below them, each name that the cell binds and that a later untagged cell needs
  (the check, as a rule) becomes `name = ...`. A function or class keeps its signature and docstring
  with `...` for a body, an import stays an import. Nothing else of the solution is left. Where no
  name is needed, the stub says `# Your code here.`
- Every other cell stays: questions, hints, checks.

The title `# Solution: …` becomes `# Exercise: …`. Outputs go; cell ids and other tags stay. A stub
never raises: a later cell may only hand its names to `check`.

`python -m ssplab.exercises.derivation` says which exercises are not what their solutions give.
"""

import ast
import sys
from copy import deepcopy
from itertools import takewhile
from pathlib import Path

from nbformat import NotebookNode

from ssplab.course import (
    bound_names,
    cell_label,
    course_path,
    kind_of,
    needed_names,
    normal,
    notebooks,
    parse,
    select,
    sibling,
    tags,
)
from ssplab.exercises.engine.solved import Cell, solution_hash
from ssplab.system import CheckFailed, SsplabError

YOUR_CODE = "# Your code here."


def exercise_from_solution(nb: NotebookNode) -> NotebookNode:
    """Return the exercise of a solution notebook, in the normal form.

    Raises
    ------
    SsplabError
        If a code cell is not plain Python, so that its names cannot be told.
    """
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and parse(cell.source) is None:
            raise SsplabError(
                f"{cell_label(nb, index)} is not plain Python: no exercise can be made."
            )
    exercise = deepcopy(nb)
    exercise.cells = []
    for index, cell in enumerate(nb.cells):
        if "solution" not in tags(cell):
            exercise.cells.append(_without_outputs(cell))
        elif cell.cell_type == "code":
            exercise.cells.append(_stub_cell(cell, _names_needed_after(nb, index)))
    first = exercise.cells[0] if exercise.cells else None
    if first is not None and first.cell_type == "markdown":
        first.source = first.source.replace("# Solution:", "# Exercise:", 1)
    exercise.metadata["ssplab"] = {
        "generated": "from the solution, by `ssplab refresh`",
        "solution": solution_hash(
            Cell(cell.source, "solution" in tags(cell))
            for cell in nb.cells
            if cell.cell_type == "code"
        ),
    }
    return normal.normal_form(exercise)


def _without_outputs(cell: NotebookNode) -> NotebookNode:
    cell = deepcopy(cell)
    if cell.cell_type == "code":
        cell.outputs = []
        cell.execution_count = None
    return cell


def _stub_cell(cell: NotebookNode, needed: set[str]) -> NotebookNode:
    stub = _without_outputs(cell)
    stub.source = stub_source(cell.source, needed)
    stub.metadata["tags"] = [tag for tag in tags(cell) if tag != "solution"]
    stub.metadata.pop("mystnb", None)  # it describes the solution's figure
    return stub


def _names_needed_after(nb: NotebookNode, index: int) -> set[str]:
    """Return the names that untagged cells after this one take from it or from cells before it."""
    needed: set[str] = set()
    rebound: set[str] = set()
    for cell in nb.cells[index + 1 :]:
        if cell.cell_type != "code":
            continue
        if "solution" not in tags(cell):
            needed |= needed_names(cell.source) - rebound
        rebound |= bound_names(cell.source)
    return needed


def stub_source(source: str, needed: set[str]) -> str:
    """Return the stub of a solution cell's source.

    Parameters
    ----------
    source : str
        Plain Python.
    needed : set of str
        The names that later cells need.
    """
    names = bound_names(source) & needed
    imports, definitions, assignments = [], [], {}
    for statement in parse(source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            aliases = [a for a in statement.names if (a.asname or a.name.split(".")[0]) in names]
            names -= {a.asname or a.name.split(".")[0] for a in aliases}
            if aliases:
                statement.names = aliases
                imports.append(ast.unparse(statement))
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            if statement.name in names:
                definitions.append(_without_body(statement, source))
                names.discard(statement.name)
        else:
            stored = [
                (node.lineno, node.col_offset, node.id)
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
            assignments |= {name: f"{name} = ..." for *_, name in sorted(stored) if name in names}
    blocks = ["\n".join(lines) for lines in (imports, assignments.values()) if lines]
    body = "\n\n\n".join(["\n\n".join(blocks), *definitions] if blocks else definitions)
    comments = takewhile(lambda line: line.startswith("#"), source.splitlines())
    return "\n".join([*comments, body or YOUR_CODE])


def _without_body(definition: ast.FunctionDef | ast.ClassDef, source: str) -> str:
    lines = source.splitlines()
    start = (
        min([definition.lineno, *(decorator.lineno for decorator in definition.decorator_list)]) - 1
    )
    first = definition.body[0]
    if first.lineno == definition.lineno:  # all on one line
        return lines[start][: first.col_offset] + "..."
    described = ast.get_docstring(definition) is not None
    end = first.end_lineno if described else first.lineno - 1
    kept = [line for line in lines[start:end] if not line.strip().startswith("#")]
    dots = " " * first.col_offset + "..."
    if not isinstance(definition, ast.ClassDef):
        return "\n".join([*kept, dots])
    # As the formatter wants a class: all on one line, or an empty one below its docstring.
    return "\n".join([*kept, "", dots] if described else [*kept[:-1], f"{kept[-1].rstrip()} ..."])


def regenerate(solution: Path) -> bool:
    """Write the exercise of a solution; return whether the file changed."""
    return normal.write(_exercise(solution), sibling(solution, "exercises"))


def stale_exercises(solutions: list[Path]) -> list[Path]:
    """Return the exercises that are missing, or not byte for byte what their solutions give."""
    expected = {sibling(path, "exercises"): normal.dumps(_exercise(path)) for path in solutions}
    return [
        path
        for path, text in expected.items()
        if not path.is_file() or path.read_bytes() != text.encode("utf-8")
    ]


def _exercise(solution: Path) -> NotebookNode:
    try:
        return exercise_from_solution(normal.read(solution))
    except SsplabError as error:
        raise SsplabError(f"{course_path(solution)}: {error}") from error


def check(names: list[str]) -> None:
    """Check that exercises are what their solutions give; every one if no name is given.

    Raises
    ------
    CheckFailed
        If one is not, or has no solution; all of them are named.
    """
    chosen = select(names)
    problems = [
        f"{course_path(path)} is not what its solution gives: run `ssplab refresh {path.stem}`."
        for path in stale_exercises([path for path in chosen if kind_of(path) == "solutions"])
    ]
    problems += [
        f"{course_path(path)} has no solution: exercises are only generated."
        for path in (notebooks("exercises") if not names else chosen)
        if kind_of(path) == "exercises" and not sibling(path, "solutions").is_file()
    ]
    if problems:
        raise CheckFailed("\n".join(problems))


if __name__ == "__main__":
    try:
        check(sys.argv[1:])
    except SsplabError as error:
        sys.exit(str(error))
