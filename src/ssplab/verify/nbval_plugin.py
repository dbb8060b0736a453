"""A pytest plugin beside nbval: figures are compared and answers tried too, in the same execution.

`pytest --nbval -p ssplab.verify.nbval_plugin NOTEBOOK…`. nbval compares the text of stored and new
outputs; it skips figures and cells that were never executed. Here each PNG figure is compared with
the stored one, each answer of a *Try it* box is a test where it stands, and each failure says which
notebook and which cell. What was not run for want of Spark is skipped, and says so.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby, zip_longest
from pathlib import Path

import nbval.kernel
import pytest
from jupyter_client import KernelManager
from nbformat import NotebookNode, v4
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from ssplab.course import cell_label, course_path
from ssplab.data import not_run
from ssplab.kits import make_ready
from ssplab.notebooks import connection, figures
from ssplab.verify.answers import Answer, answers, fault

NAMESPACE = "from ssplab.verify import namespace as _namespace\n\n"
SET_ASIDE = f"{NAMESPACE}_namespace.set_aside(globals())"
PUT_BACK = f"{NAMESPACE}_namespace.put_back(globals())"


class ConnectedKernelManager(KernelManager):
    """nbval's kernel manager, its kernel connected as in `ssplab.notebooks.kernel.connection`."""

    def __init__(self, **arguments) -> None:
        self._connection = ExitStack()
        super().__init__(config=self._connection.enter_context(connection()), **arguments)

    def shutdown_kernel(self, **arguments) -> None:
        try:
            super().shutdown_kernel(**arguments)
        finally:
            self._connection.close()


class TriedAnswer(pytest.Item):
    """The test of one answer in a notebook's Markdown, run in the notebook's kernel.

    Parameters
    ----------
    answer : Answer
    index : int
        Position of its cell in the notebook.
    """

    def __init__(self, *, answer: Answer, index: int, **arguments) -> None:
        super().__init__(**arguments)
        self.answer = answer
        self.index = index

    def runtest(self) -> None:
        self._executed(SET_ASIDE)
        try:
            outputs = self._executed(self.answer.code, may_raise=True)
        finally:  # the cells below are compared, whatever became of the answer
            self._executed(PUT_BACK)
        _skip_if_not_run(outputs)
        told = fault(self.answer, outputs)
        if told:
            place = f"{course_path(self.path)}, {cell_label(self.parent.nb, self.index)}"
            pytest.fail(f"{place}: {told}", pytrace=False)

    def _executed(self, code: str, may_raise: bool = False) -> list[NotebookNode]:
        cell = IPyNbCell.from_parent(
            self.parent,
            name=self.name,
            cell_num=self.index,
            cell=v4.new_code_cell(code),
            options=defaultdict(bool, check_exception=may_raise),
        )
        cell.runtest()
        return cell.test_outputs

    def reportinfo(self) -> tuple[object, int, str]:
        return self.path, 0, self.name


def pytest_configure(config: pytest.Config) -> None:
    """Give nbval, which has no setting for it, the kernel manager that opens no port."""
    patch = pytest.MonkeyPatch()
    patch.setattr(nbval.kernel, "KernelManager", ConnectedKernelManager)
    config.add_cleanup(patch.undo)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the data of kits beside their baselines, once, before workers start them."""
    if not hasattr(session.config, "workerinput"):
        make_ready(Path(argument).resolve() for argument in session.config.args)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the answers of each notebook between its cells, where they stand."""
    items[:] = [
        one
        for parent, group in groupby(items, key=lambda item: item.parent)
        for one in (_with_answers(parent, [*group]) if isinstance(parent, IPyNbFile) else group)
    ]


def _with_answers(parent: IPyNbFile, items: list[IPyNbCell]) -> list[pytest.Item]:
    """Return the tests of a notebook's cells, and of its answers, in the order of the notebook.

    Where only some cells were chosen, no answer is tried: those above it may not have run.
    """
    codes = [cell for cell in parent.nb.cells if cell.cell_type == "code"]
    if [item.cell for item in items] != codes:
        return items
    rest, tests, number = iter(items), [], 0
    for index, cell in enumerate(parent.nb.cells):
        if cell.cell_type == "code":
            tests.append(next(rest))
        elif cell.cell_type == "markdown":
            for answer in answers(cell.source):
                number += 1
                name = f"Answer {number}"
                tests.append(TriedAnswer.from_parent(parent, name=name, answer=answer, index=index))
    return tests


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Compare the figures of a cell once nbval has run it and compared its text."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    try:
        result = yield
    except NbCellError as error:
        new = item.test_outputs or []
        _skip_if_not_run(new)
        told = [str(error), *(f"{out.ename}: {out.evalue}" for out in new if "ename" in out)]
        if item.options["check"] and len(told) == 1:  # it did not raise, it differs
            told += [figures.problem(item.cell.outputs, new)]
            told += [_first_difference(item.cell.outputs, new)]
        error.args = (_at(item, "; ".join(filter(None, told))),)
        raise
    _skip_if_not_run(item.test_outputs or [])
    problem = None
    if item.options["check"]:
        if item.cell.execution_count is None:
            problem = "it was never executed; run `ssplab refresh`"
        else:
            problem = figures.problem(item.cell.outputs, item.test_outputs)
    if problem:
        item.raise_cell_error(_at(item, problem))
    return result


def _skip_if_not_run(outputs: list[NotebookNode]) -> None:
    told = not_run(outputs)
    if told:
        pytest.skip(told)


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
