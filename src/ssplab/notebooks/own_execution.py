"""Execute a notebook on own data: a cell that cannot compute does not stop the next one.

Ties, a single group, or no unit at all are ordinary in real data, and a statistic may not exist
there. What was masked while the cells ran is asked of the kernel at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import papermill
from nbclient import NotebookClient
from nbformat import NotebookNode, v4

from ssplab.notebooks.kernel import KERNEL, START_TIMEOUT, connection
from ssplab.owndata import CLAIMS, MASKED_MIME
from ssplab.system import diary

ASK = "from ssplab.owndata import masked_values\n\nmasked_values()"


@dataclass(frozen=True)
class Executed:
    """What an execution on own data gave."""

    nb: NotebookNode
    """With the outputs of all cells, errors among them."""
    masked: list[float]
    """The absolute values of all that was masked in its kernel."""


def execute_own(
    path: Path, values: dict[str, object], cwd: Path, on_cell: Callable[..., None]
) -> Executed:
    """Execute a notebook with parameters: all cells but the claims, whatever one of them raises.

    Parameters
    ----------
    path : Path
        The notebook.
    values : dict of str to object
        Its parameters.
    cwd : Path
        Where the cells work.
    on_cell : callable
        Called with keywords after each cell.

    Raises
    ------
    nbclient.exceptions.DeadKernelError
        If the kernel dies.
    """
    nb = papermill.execute_notebook(
        path, None, values, kernel_name=KERNEL, progress_bar=False, prepare_only=True
    )
    for cell in nb.cells:
        cell.metadata.pop("papermill", None)
    nb.cells.append(v4.new_code_cell(ASK))
    with connection() as config:
        client = NotebookClient(
            nb,
            kernel_name=KERNEL,
            timeout=None,
            startup_timeout=START_TIMEOUT,
            shutdown_kernel="immediate",  # nothing is left to end; an interrupt is told once
            allow_errors=True,
            skip_cells_with_tag=CLAIMS,  # they are about twins
            record_timing=False,
            coalesce_streams=True,  # how output is cut into pieces depends on the clock
            resources={"metadata": {"path": str(cwd)}},
            on_cell_executed=on_cell,
            config=config,
        )
        # Not `client.execute()`: it puts handlers of signals in place of those of a run's folder.
        with diary.paused(), client.setup_kernel():  # a run is nobody's progress
            for index, cell in enumerate(nb.cells):
                client.execute_cell(cell, index)
    asked = nb.cells.pop()
    masked = [output.data[MASKED_MIME] for output in asked.outputs if "data" in output]
    return Executed(nb, masked[0] if masked else [])
