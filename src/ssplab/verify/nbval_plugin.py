"""A pytest plugin beside nbval: figures are compared too, in the same execution.

`pytest --nbval -p ssplab.verify.nbval_plugin NOTEBOOK…`. nbval compares the text of stored and new
outputs; it skips figures and cells that were never executed. Here each PNG figure is compared with
the stored one, and each failure says which notebook and which cell. Under `--nbval-lax` nothing is
compared.
"""

from collections.abc import Iterator
from itertools import zip_longest

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, NbCellError

from ssplab.course import cell_label, course_path
from ssplab.notebooks import figures


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Compare the figures of a cell once nbval has run it and compared its text."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    try:
        result = yield
    except NbCellError as error:
        new = item.test_outputs or []
        told = [str(error), *(f"{out.ename}: {out.evalue}" for out in new if "ename" in out)]
        if item.options["check"] and len(told) == 1:  # it did not raise, it differs
            told += [figures.problem(item.cell.outputs, new)]
            told += [_first_difference(item.cell.outputs, new)]
        error.args = (_at(item, "; ".join(filter(None, told))),)
        raise
    problem = None
    if item.options["check"]:
        if item.cell.execution_count is None:
            problem = "it was never executed; run `ssplab refresh`"
        else:
            problem = figures.problem(item.cell.outputs, item.test_outputs)
    if problem:
        item.raise_cell_error(_at(item, problem))
    return result


def _first_difference(stored: list[NotebookNode], new: list[NotebookNode]) -> str | None:
    """Return the first line that differs between the texts of two lists of outputs."""
    texts = (
        "".join(out.get("text") or out.get("data", {}).get("text/plain", "") for out in outputs)
        for outputs in (stored, new)
    )
    for old, now in zip_longest(*(text.splitlines() for text in texts)):
        if old != now:
            return f"stored {old!r}, now {now!r}"
    return None


def _at(item: IPyNbCell, problem: str) -> str:
    nb = item.parent.nb
    index = next(i for i, cell in enumerate(nb.cells) if cell is item.cell)
    return f"{course_path(item.path)}, {cell_label(nb, index)}: {problem}"
