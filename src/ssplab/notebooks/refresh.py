"""Execute chapters and solutions anew, and store them in the normal form.

What a notebook shows is stored with it; after a change of code, data or library this room brings
stored outputs up to date and derives the exercises again. A figure that did not change keeps its
bytes, so that git sees only what changed.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from ssplab.cards import card_names
from ssplab.errors import CheckFailed, SsplabError
from ssplab.notebooks import figures, normal, split
from ssplab.notebooks.kernel import KERNEL, check_kernel, environment
from ssplab.notebooks.paths import kind_of, select, shown, sibling
from ssplab.notebooks.source import parameters, place
from ssplab.progress import bar_of

CELL_TIMEOUT = 600  # seconds; a whole chapter should take twenty


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
        If a notebook raised. It is left as it was, the others are stored; the message names each
        with its cell and exception.
    """
    check_kernel()
    names = names or ()
    paths = [path for path in select(names) if kind_of(path) != "exercises"]
    if names and not paths:
        raise SsplabError("Exercises are generated: refresh their solutions.")
    stored = {path: normal.read(path) for path in paths}
    for path, nb in stored.items():
        _refuse_own_data(path, nb)
    with bar_of("cells", shown=progress) as bar:
        cells = sum(cell.cell_type == "code" for nb in stored.values() for cell in nb.cells)
        task = bar.add_task("executing", total=cells)
        done = _in_thread(
            _execute_all(stored, workers or os.cpu_count() or 1, lambda **_: bar.advance(task))
        )
    if done.failures:
        raise CheckFailed("\n".join(done.failures))
    return done


def _refuse_own_data(path: Path, nb: NotebookNode) -> None:
    data = parameters(nb).get("data")
    if data is not None and data not in card_names():
        raise SsplabError(
            f"{shown(path)} reads data={data!r}, which is no data set of the course. Outputs made "
            "from own data are not stored here: use `ssplab run`, which writes elsewhere."
        )


async def _execute_all(stored: dict[Path, NotebookNode], workers: int, on_cell: Any) -> Refreshed:
    done = Refreshed()
    free = asyncio.Semaphore(workers)

    async def one(path: Path) -> None:
        async with free:
            new = normal.normal_form(stored[path])
            problem = await _execute(new, path, on_cell)
        if problem:
            done.failures.append(f"{shown(path)}, {problem}")
            return
        new = normal.normal_form(new)
        figures.keep_unchanged(stored[path], new)
        try:
            if normal.write(new, path):
                done.changed.append(path)
            done.executed.append(path)
            if kind_of(path) == "solutions" and split.regenerate(path):
                done.changed.append(sibling(path, "exercises"))
        except SsplabError as error:
            done.failures.append(str(error))

    async with asyncio.TaskGroup() as group:
        for path in stored:
            group.create_task(one(path))
    return done


async def _execute(nb: NotebookNode, path: Path, on_cell: Any) -> str | None:
    """Execute a notebook in place; return where and how it raised, None if it did not."""
    current = 0

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = cell_index

    client = NotebookClient(
        nb,
        kernel_name=KERNEL,
        timeout=CELL_TIMEOUT,
        record_timing=False,
        coalesce_streams=True,  # how output is cut into pieces depends on the clock
        resources={"metadata": {"path": str(path.parent)}},  # where JupyterLab runs it, too
        on_cell_start=remember,
        on_cell_executed=on_cell,
    )
    try:
        await client.async_execute(env=environment(), transport_encryption="auto")
    except CellExecutionError as error:
        return f"{place(nb, current)} raised {error.ename}: {error.evalue}"
    except (TimeoutError, RuntimeError) as error:  # nbclient's: a cell's limit, a dead kernel
        return f"{place(nb, current)}: {str(error).strip().splitlines()[0]}"
    return None


def _in_thread(coroutine: Coroutine[Any, Any, Refreshed]) -> Refreshed:
    """Run a coroutine in a thread of its own; an interrupt cancels it, which ends the kernels.

    In the main thread each nbclient would install its own SIGINT handler, which ends one kernel of
    several.
    """
    result: Future[Refreshed] = Future()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task]] = Future()

    async def main() -> None:
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        try:
            result.set_result(await coroutine)
        except BaseException as error:
            result.set_exception(error)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    try:
        return result.result()
    except KeyboardInterrupt:
        loop, task = started.result()
        loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()
