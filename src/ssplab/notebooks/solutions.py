"""Show how an exercise is solved, once it was tried."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssplab.course import course_path, sibling
from ssplab.course import find as find_notebook
from ssplab.exercises import PLAIN, attempted, box, find, markdown
from ssplab.system import SsplabError, _, diary

if TYPE_CHECKING:  # nbformat takes a second to load, which the first cell of an exercise spares
    from nbformat import NotebookNode

# Kinds of tokens and their colours in JupyterLab's editor; in the book they keep the text's own.
_COLOURS = {
    ".c, .c1": "comment",
    ".k, .kn, .ow": "keyword",
    ".s, .s1, .s2, .sd, .sa, .si": "string",
    ".mi, .mf": "number",
    ".o": "operator",
    ".nf, .nb": "builtin",
}


@dataclass(frozen=True)
class Solution:
    """The cells that solve an exercise, in order; none as long as it was not tried."""

    exercise: str
    cells: Sequence[NotebookNode]

    def __repr__(self) -> str:
        texts = [cell.source for cell in self.cells] or [_not_tried(self.exercise)]
        title = _("Solution")
        return "\n\n".join([f"{title} ({self.exercise})", *texts])

    def _repr_html_(self) -> str:
        parts = [_as_html(cell) for cell in self.cells] or [markdown(_not_tried(self.exercise))]
        style = "".join(
            f".ssplab-code :is({kinds}){{color:var(--jp-mirror-editor-{name}-color,inherit)}}"
            for kinds, name in _COLOURS.items()
        )
        return box(PLAIN, _("Solution"), self.exercise, f"<style>{style}</style>{''.join(parts)}")


def solution(exercise: str) -> Solution:
    """Return how an exercise is solved, with the remarks that close it.

    Parameters
    ----------
    exercise : str
        As for `check`: `"payroll-anomalies/1"`.

    Returns
    -------
    Solution
        Without cells, and with a sentence instead, as long as no answer was given to `check`.

    Raises
    ------
    SsplabError
        If there is no such exercise, or if the course has no solution of it.
    """
    name, _task = find(exercise)
    if not attempted(name):
        return Solution(name, ())
    from ssplab.course import normal

    stem, _slash, number = name.partition("/")
    path = sibling(find_notebook(stem), "solutions")
    cells = solution_cells(normal.read(path), int(number)) if path.is_file() else []
    if not cells:
        raise SsplabError(
            _("{path} has no solution of exercise {number}: restore it from git.").format(
                path=course_path(path), number=number
            )
        )
    diary.record(name, diary.SOLUTION)
    return Solution(name, cells)


def solution_cells(nb: NotebookNode, number: int) -> list[NotebookNode]:
    """Return the cells tagged `solution` under the heading of an exercise."""
    from ssplab.course import tags

    current, cells = 0, []
    for cell in nb.cells:
        heading = re.match(r"## Exercise (\d+)\b", cell.source)
        if cell.cell_type == "markdown" and heading:
            current = int(heading[1])
        if current == number and "solution" in tags(cell):
            cells.append(cell)
    return cells


def _not_tried(exercise: str) -> str:
    return _(
        'Try first: the solution opens once you have given an answer to `check("{exercise}", …)`, '
        "right or wrong."
    ).format(exercise=exercise)


def _as_html(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return markdown(cell.source)
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    code = highlight(cell.source, PythonLexer(), HtmlFormatter(nowrap=True))
    style = "white-space:pre;overflow-x:auto;margin:0.5em 0"
    return f'<pre class="ssplab-code" style="{style}">{code}</pre>'
