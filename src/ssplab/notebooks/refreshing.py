"""Execute chapters and solutions anew, and store them in the normal form.

What a notebook shows is stored with it; after a change of code, data or library this room brings
stored outputs up to date and derives the exercises again. A figure that did not change keeps its
bytes, so that git sees only what changed.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from ssplab.course import (
    card_names,
    cell_label,
    course_path,
    kind_of,
    normal,
    parameters,
    select,
    sibling,
)
from ssplab.data import not_run
from ssplab.exercises import derivation
from ssplab.notebooks import figures
from ssplab.notebooks.execution import execute, in_thread
from ssplab.notebooks.kernel import check_kernel
from ssplab.system import CheckFailed, SsplabError, progress_bar


@dataclass
class Refreshed:
    """What a refresh did."""

    executed: list[Path] = field(default_factory=list)
    changed: list[Path] = field(default_factory=list)
    """Files whose content is no longer the same, exercises included."""
    failures: list[str] = field(default_factory=list)


def refresh(
    names: Sequence[str | Path] | None = None, *, workers: int | None = None, progress: bool = True
) -> Refreshed:
    """Execute notebooks in parallel and store them; derive the exercises of the solutions.

    Parameters
    ----------
    names : sequence of str or Path
        Stems (chapter and solution are executed) or paths; every notebook by default.
    workers : int, optional
        How many notebooks are executed at a time, by default as many as there are processors.
    progress : bool
        Show a bar on the terminal.

    Raises
    ------
    SsplabError
        If a name is unknown or an exercise's path, if a notebook reads own data, or if the kernel
        is not this environment's. Nothing is executed then.
    CheckFailed
        If a notebook raised, or has cells that were not run for want of Spark: their outputs would
        be lost. It is left as it was, the others are stored; the message names each with its cell
        and why.
    """
    check_kernel()
    names = names or ()
    paths = [path for path in select(names) if kind_of(path) != "exercises"]
    if names and not paths:
        raise SsplabError("Exercises are generated: refresh their solutions.")
    stored = {path: normal.read(path) for path in paths}
    for path, nb in stored.items():
        _refuse_own_data(path, nb)
    with progress_bar("cells", shown=progress) as bar:
        cells = sum(cell.cell_type == "code" for nb in stored.values() for cell in nb.cells)
        task = bar.add_task("executing", total=cells)
        done = in_thread(
            _execute_all(stored, workers or os.cpu_count() or 1, lambda **_: bar.advance(task))
        )
    if done.failures:
        raise CheckFailed("\n".join(done.failures))
    return done


def _refuse_own_data(path: Path, nb: NotebookNode) -> None:
    data = parameters(nb).get("data")
    if data is not None and data not in card_names():
        raise SsplabError(
            f"{course_path(path)} reads data={data!r}, which is no data set of the course. "
            "Outputs made from own data are not stored here: use `ssplab run`, "
            "which writes elsewhere."
        )


def _passed_over(nb: NotebookNode) -> str | None:
    """Return the first cell that was not run for want of Spark, and what follows of that."""
    for index, cell in enumerate(nb.cells):
        told = not_run(cell.get("outputs", []))
        if told:
            return f"{cell_label(nb, index)}: {told} Its notebook stays as it was."
    return None


async def _execute_all(
    stored: dict[Path, NotebookNode], workers: int, on_cell: Callable[..., None]
) -> Refreshed:
    done = Refreshed()
    free = asyncio.Semaphore(workers)

    async def refresh_notebook(path: Path) -> None:
        async with free:
            try:
                # Before it runs: its checks compare with what the exercise was made from.
                if kind_of(path) == "solutions" and derivation.regenerate(path):
                    done.changed.append(sibling(path, "exercises"))
            except SsplabError as error:
                done.failures.append(str(error))
                return
            new = normal.normal_form(stored[path])
            # In the folder where JupyterLab runs it, too.
            problem = await execute(new, path.parent, on_cell=on_cell) or _passed_over(new)
        if problem:
            done.failures.append(f"{course_path(path)}, {problem}")
            return
        new = normal.normal_form(new)
        figures.keep_unchanged(stored[path], new)
        try:
            if normal.write(new, path):
                done.changed.append(path)
            done.executed.append(path)
        except SsplabError as error:
            done.failures.append(str(error))

    async with asyncio.TaskGroup() as group:
        for path in stored:
            group.create_task(refresh_notebook(path))
    return done
