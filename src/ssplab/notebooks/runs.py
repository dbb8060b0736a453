"""Run a notebook with other parameters, outside the course's folders.

What comes out is the executed notebook and one HTML page of it; what is stored in the course is
never touched. Of own data, only the report of `ssplab.owndata.reporting` is ever written.
"""

import ast
import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import papermill
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from ssplab.course import (
    card_names,
    cell_label,
    course_path,
    course_root,
    find,
    images_opened,
    load_card,
    normal,
    tables_loaded,
)
from ssplab.course import parameters as parameters_of
from ssplab.data import Extract, examine, not_run
from ssplab.notebooks.kernel import KERNEL, START_TIMEOUT, check_kernel, connection
from ssplab.notebooks.own_execution import Executed, execute_own
from ssplab.notebooks.page import html_page
from ssplab.notebooks.run_folder import run_folder
from ssplab.owndata import failures, report, shows
from ssplab.system import CheckFailed, SsplabError, diary, nearest, place_together, progress_bar


@dataclass(frozen=True)
class RunResult:
    """What a run wrote."""

    notebook: Path
    page: Path
    executed: Executed | None = field(default=None, repr=False, compare=False)
    """Of own data, what the cells gave and masked: for whoever examines the report. It is nowhere
    written, and must not be."""


class NothingToShow(CheckFailed):
    """On own data cells raised, and no result is left to show."""

    def __init__(self, told: str, executed: Executed) -> None:
        super().__init__(told)
        self.executed = executed


def run(
    notebook: str | Path,
    parameters: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    *,
    progress: bool = True,
    tell: Callable[[str], None] = print,
) -> RunResult:
    """Execute a notebook with papermill and write it, with an HTML page of it, elsewhere.

    Of own data a report is written: see `ssplab.owndata.reporting`. What the cells showed beside it
    never reaches the disk. Whatever ends a run, of what it had not finished nothing stays: see
    `ssplab.notebooks.run_folder`. The user's umask says who may read what is written.

    Parameters
    ----------
    notebook : str or Path
        A path or a chapter's stem.
    parameters : mapping of str to object, optional
        Values for names of the notebook's `parameters` cell. Texts are read as Python reads them
        (`7`, `0.5`, `True`), unless the default is a text too. `data` is a data set's name or a
        folder of own data, which is held against its card before any cell runs; a folder that has
        a data set's name is a `Path`, or a text such as `./payroll`.
    out : str or Path, optional
        A folder outside the course; by default `ssplab-runs` in the working directory, or in the
        home folder where the working directory is the course's.
    progress : bool
        Show a bar on the terminal.
    tell : callable
        Called with lines for the holder of own data, since they name values: for each column that
        has codes which the card does not know, or that is not there where the card lets it be
        missing, before any cell runs; for each cell that could not compute, after. Also for cells
        that were not run for want of Spark, and for what an
        earlier run in `out` left when it was killed, once that is removed.

    Returns
    -------
    RunResult
        Paths of the executed notebook and of its page, named after notebook and parameters. A
        folder's name is followed by a mark of its path, so that two of one name do not meet.

    Raises
    ------
    SsplabError
        If the notebook, a parameter or a data set is unknown, a value does not fit its parameter,
        `out` lies in the course's folder, or the system refuses to write there.
    CheckFailed
        If own data do not fit their card: nothing is run. If a cell raised: the message says where,
        and the notebook up to there is written. On own data the cells after it are run and the
        report says what could not be computed; only if nothing is left to show, this is raised and
        nothing is written. If the kernel died.
    """
    check_kernel()
    path = find(notebook)
    nb = normal.read(path)
    values = _values(path, nb, parameters or {})
    extract = _examined(path, nb, values.get("data"))
    for told in [*extract.unseen, *extract.absent] if extract else []:
        tell(str(told))
    folder = _out_folder(out)
    slugs = {key: _slug(value) for key, value in values.items()}
    if extract:
        mark = hashlib.sha256(values["data"].encode()).hexdigest()[:6]
        slugs["data"] = f"{slugs['data']}-{mark}"
    name = "_".join([path.stem, *(f"{key}-{slug}" for key, slug in slugs.items())])
    result = RunResult(folder / f"{name}.ipynb", folder / f"{name}.html")
    _check_place(result)
    own = None
    with run_folder(folder, tell) as work:
        try:
            if extract:
                # Should a cell of own data write a file, nobody is to keep it.
                own = _execute_own(path, nb, values, work.cells, progress=progress)
                executed = _reported(path, nb, extract, values, own, tell)
            else:
                partial = work.path / "partial.ipynb"
                executed = _execute(path, nb, partial, values, folder, progress=progress)
            _tell_not_run(path, own.nb if own else executed, tell)
        except PapermillExecutionError as error:
            raise _raised(path, error, partial, result.notebook) from error
        except DeadKernelError as error:
            raise CheckFailed(
                f"{course_path(path)}: the kernel died, most likely for lack of memory; nothing "
                "was written. Close other programs, use a larger machine, or run on fewer rows."
            ) from error
        except RuntimeError as error:  # Jupyter's
            reason = str(error).strip().partition("\n")[0]
            raise CheckFailed(
                f"{course_path(path)}: the kernel did not start ({reason}); nothing was written."
            ) from error
        page, written = work.path / "page.html", work.path / "notebook.ipynb"
        page.write_text(html_page(executed, path.parent), encoding="utf-8")
        written.write_text(normal.dumps(executed), encoding="utf-8")
        place_together({page: result.page, written: result.notebook})
    return replace(result, executed=own)


def _tell_not_run(path: Path, executed: NotebookNode, tell: Callable[[str], None]) -> None:
    said = [told for cell in executed.cells if (told := not_run(cell.get("outputs", [])))]
    if said:
        tell(f"{course_path(path)}, cells not run: {len(said)}. {said[0]}")


def _check_place(result: RunResult) -> None:
    """Raise SsplabError, before any cell runs, if a file cannot stand where it is to be written."""
    for path in (result.notebook, result.page):
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            continue
        except OSError as error:  # such as a name that is too long
            raise SsplabError(
                f"{path} cannot be written ({error.strerror}). No cell was run. Give another --out."
            ) from error
        if is_folder:
            raise SsplabError(f"{path} is a folder. No cell was run. Give another --out.")


def _examined(path: Path, nb: NotebookNode, data: object) -> Extract | None:
    """Hold own data against the card that the notebook is about; None for a data set's name."""
    names = card_names()
    if data is None or data in names:
        return None
    default = parameters_of(nb)["data"]
    card = load_card(default) if default in names else None
    try:
        return examine(Path(str(data)), card, tables_loaded(nb), images_opened(nb))
    except CheckFailed as error:
        raise CheckFailed(
            f"{error}\nNo cell of {course_path(path)} was run, nothing is written."
        ) from error


def _reported(
    path: Path,
    nb: NotebookNode,
    extract: Extract,
    values: dict[str, object],
    executed: Executed,
    tell: Callable[[str], None],
) -> NotebookNode:
    """Return the report of a notebook executed on own data; tell which cells cannot compute.

    Raises
    ------
    NothingToShow
        If cells raised, and nothing is left to show.
    """
    places = {cell.id: cell_label(nb, index) for index, cell in enumerate(nb.cells)}
    failed = failures(executed.nb)
    told = [
        f"{course_path(path)}, {places.get(one.cell_id, 'parameters')} raised {one.error}: "
        f"{one.message}"
        for one in failed
        if not one.follows or one is failed[0]
    ]
    reported = report(executed.nb, extract, Path(values["data"]), executed.masked)
    if failed and not shows(reported):
        raise NothingToShow(
            "\n".join([*told, "No result is left to show: nothing was written."]), executed
        )
    for line in told:
        tell(f"not computed on these data: {line}")
    return reported


def _execute_own(
    path: Path, nb: NotebookNode, values: dict[str, object], cwd: Path, *, progress: bool
) -> Executed:
    with progress_bar("cells", shown=progress) as bar:
        task = bar.add_task(path.stem, total=_code_cells(nb) + 2)
        return execute_own(path, values, cwd, lambda **_: bar.advance(task))


def _raised(
    path: Path, error: PapermillExecutionError, partial: Path, notebook: Path
) -> CheckFailed:
    """Return what a cell's exception is told as, and keep the notebook up to there."""
    os.replace(partial, notebook)
    where = cell_label(normal.read(notebook), error.cell_index + 2)  # two marks before it
    return CheckFailed(
        f"{course_path(path)}, {where} raised {error.ename}: {error.evalue}\n"
        f"The notebook up to there: {notebook}"
    )


def _execute(
    path: Path,
    nb: NotebookNode,
    output: Path,
    values: dict[str, object],
    cwd: Path,
    *,
    progress: bool,
) -> NotebookNode:
    with (
        diary.paused(),  # a run is nobody's progress
        connection() as config,
        progress_bar("cells", shown=progress) as bar,
    ):
        task = bar.add_task(path.stem, total=_code_cells(nb) + bool(values))
        return papermill.execute_notebook(
            path,
            output,
            values,
            kernel_name=KERNEL,
            progress_bar=False,
            start_timeout=START_TIMEOUT,
            cwd=cwd,  # should a cell write a file, it is not in the course
            on_cell_executed=lambda **_: bar.advance(task),
            # What is read of a run is the whole, or what papermill writes where a cell raised; to
            # write and validate it at each cell's beginning and end took longer than many cells.
            request_save_on_cell_execute=False,
            coalesce_streams=True,  # how output is cut into pieces depends on the clock
            shutdown_kernel="immediate",  # else one that is interrupted shows its traceback
            config=config,
        )


def _code_cells(nb: NotebookNode) -> int:
    return sum(cell.cell_type == "code" for cell in nb.cells)


def _values(path: Path, nb: NotebookNode, parameters: Mapping[str, object]) -> dict[str, object]:
    defaults = parameters_of(nb)
    unknown = [name for name in parameters if name not in defaults]
    if unknown:
        known = ", ".join(f"{name} (default {value!r})" for name, value in defaults.items())
        raise SsplabError(
            f"{course_path(path)} has no parameter {unknown[0]!r}. "
            + (f"Its parameters: {known}." if known else "It has no parameters at all.")
        )
    values = {name: _value(name, value, defaults[name]) for name, value in parameters.items()}
    if defaults.get("data") not in [None, *card_names()]:
        values.setdefault("data", defaults["data"])  # a notebook of one's own, on own data
    if "data" in values:
        values["data"] = _data(values["data"])
    return values


def _value(name: str, value: object, default: object) -> object:
    if isinstance(value, Path):
        value = str(value.expanduser().absolute())  # never a data set's name
    if isinstance(value, str) and not isinstance(default, str):
        with contextlib.suppress(ValueError, SyntaxError):  # what is no literal stays a text
            value = ast.literal_eval(value)
    if _is_number(default) and not _is_number(value):
        raise SsplabError(f"The parameter {name} is a number (default {default}), not {value!r}.")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _data(value: object) -> str:
    """Return a data set's name as it is, a folder absolute, since the kernel runs elsewhere."""
    names = card_names()
    if value in names and Path(value).is_dir():
        raise SsplabError(
            f"{value} is a data set, and here lies a folder {value}. For the folder write "
            f"`-p data ./{value}`; for the data set leave `-p data` out, or run it from elsewhere."
        )
    if value in names:
        return str(value)
    folder = Path(str(value)).expanduser()
    if os.path.isdir(folder):  # Path.is_dir raises where a folder above may not be entered
        return str(folder.resolve())
    raise SsplabError(
        f"{value} is neither a data set nor a folder with one file a table. {nearest(value, names)}"
    )


def _out_folder(out: str | Path | None) -> Path:
    root = course_root()
    if out is None:
        cwd = Path.cwd()
        base = Path.home() if cwd.resolve().is_relative_to(root) else cwd
        out = base / "ssplab-runs"
    folder = Path(out).expanduser().resolve()
    if folder.is_relative_to(root):
        raise SsplabError(
            f"{folder} lies in the course's folder, where runs are not written (git would take "
            "them, and own data with them). Give a folder outside with --out."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise SsplabError(f"{folder} is a file, not a folder. Give another --out.") from None
    except OSError as error:
        raise SsplabError(
            f"{folder} cannot be made ({error.strerror}). Give another --out."
        ) from error
    return folder


def _slug(value: object) -> str:
    if _is_number(value):
        return str(value)  # a minus is kept
    text = Path(value).name if isinstance(value, str) else str(value)
    return re.sub(r"[^\w.-]+", "-", text).strip("-") or "none"
