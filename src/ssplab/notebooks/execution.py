"""Execute notebooks in this environment's kernel, several at a time, and say where one raised."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from ssplab.course import cell_label
from ssplab.notebooks.kernel import KERNEL, START_TIMEOUT, connection, environment

CELL_TIMEOUT = 600  # seconds; a whole chapter should take twenty
T = TypeVar("T")


async def execute(
    nb: NotebookNode,
    folder: Path,
    *,
    variables: Mapping[str, str] | None = None,
    on_cell: Callable[..., None] | None = None,
    label: Callable[[int], str] | None = None,
) -> str | None:
    """Execute a notebook in place; return where and how it raised, None if it did not.

    Parameters
    ----------
    nb : NotebookNode
        Its outputs are replaced.
    folder : Path
        Where the kernel works.
    variables : mapping of str to str, optional
        Environment variables of the kernel, beside those of `ssplab.notebooks.kernel`.
    on_cell : callable, optional
        Called with keywords after each cell.
    label : callable, optional
        Gives the place that is told of a cell that raised, from its position in `nb`; by default
        its prompt there and its id.
    """
    current = 0
    label = label or partial(cell_label, nb)

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = cell_index

    with connection() as config:
        client = NotebookClient(
            nb,
            kernel_name=KERNEL,
            timeout=CELL_TIMEOUT,
            startup_timeout=START_TIMEOUT,
            record_timing=False,
            coalesce_streams=True,  # how output is cut into pieces depends on the clock
            shutdown_kernel="immediate",  # else one that is interrupted shows its traceback
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=remember,
            on_cell_executed=on_cell,
            config=config,
        )
        try:
            await client.async_execute(env=environment() | dict(variables or {}))
        except CellExecutionError as error:
            return f"{label(current)} raised {error.ename}: {error.evalue}"
        except (TimeoutError, RuntimeError) as error:  # nbclient's: a cell's limit, a dead kernel
            return f"{label(current)}: {str(error).strip().splitlines()[0]}"
    return None


def in_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own; an interrupt cancels it, which ends the kernels.

    In the main thread each nbclient would install its own SIGINT handler, which ends one kernel of
    several.
    """
    result: Future[T] = Future()
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
    except (KeyboardInterrupt, SystemExit):  # as `ssplab.system.signals` raises them
        loop, task = started.result()
        loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()
