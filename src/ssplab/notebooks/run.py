"""Run a notebook with other parameters, outside the course's folders.

What comes out is the executed notebook and one HTML page of it; what is stored in the course is
never touched.
"""

import ast
import contextlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import papermill
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from ssplab.cards import card_names
from ssplab.errors import CheckFailed, SsplabError, nearest
from ssplab.files import write_text
from ssplab.notebooks import normal
from ssplab.notebooks.kernel import KERNEL, check_kernel
from ssplab.notebooks.page import html_page
from ssplab.notebooks.paths import find, shown
from ssplab.notebooks.source import parameters as parameters_of
from ssplab.notebooks.source import place
from ssplab.paths import course_root
from ssplab.progress import bar_of


@dataclass(frozen=True)
class RunResult:
    """What a run wrote."""

    notebook: Path
    page: Path


def run(
    notebook: str | Path,
    parameters: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    *,
    progress: bool = True,
) -> RunResult:
    """Execute a notebook with papermill and write it, with an HTML page of it, elsewhere.

    Parameters
    ----------
    notebook : str or Path
        A path or a chapter's stem.
    parameters : mapping of str to object, optional
        Values for names of the notebook's `parameters` cell. Texts are read as Python reads them
        (`7`, `0.5`, `True`), unless the default is a text too. `data` is a data set's name or a
        folder.
    out : str or Path, optional
        A folder outside the course; by default `ssplab-runs` in the working directory, or in the
        home folder where the working directory is the course's.
    progress : bool
        Show a bar on the terminal.

    Returns
    -------
    RunResult
        Paths of the executed notebook and of its page, named after notebook and parameters.

    Raises
    ------
    SsplabError
        If the notebook, a parameter or a data set is unknown, a value does not fit its parameter,
        or `out` lies in the course's folder.
    CheckFailed
        If a cell raised: the notebook up to there is written, the message says where.
    """
    check_kernel()
    path = find(notebook)
    nb = normal.read(path)
    values = _values(path, nb, parameters or {})
    folder = _out_folder(out)
    name = "_".join([path.stem, *(f"{key}-{_slug(value)}" for key, value in values.items())])
    result = RunResult(folder / f"{name}.ipynb", folder / f"{name}.html")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".run-") as temporary:
        partial = Path(temporary, result.notebook.name)
        try:
            executed = _execute(path, nb, partial, values, folder, progress=progress)
        except PapermillExecutionError as error:
            os.replace(partial, result.notebook)
            where = place(normal.read(result.notebook), error.cell_index + 2)  # two marks before it
            raise CheckFailed(
                f"{shown(path)}, {where} raised {error.ename}: {error.evalue}\n"
                f"The notebook up to there: {result.notebook}"
            ) from error
        except DeadKernelError as error:
            raise CheckFailed(f"{shown(path)}: {str(error).strip().splitlines()[0]}") from error
        write_text(html_page(executed, path.parent), result.page)
        os.replace(partial, result.notebook)
    return result


def _execute(
    path: Path,
    nb: NotebookNode,
    output: Path,
    values: dict[str, object],
    cwd: Path,
    *,
    progress: bool,
) -> NotebookNode:
    with bar_of("cells", shown=progress) as bar:
        cells = sum(cell.cell_type == "code" for cell in nb.cells)
        task = bar.add_task(path.stem, total=cells + bool(values))
        return papermill.execute_notebook(
            path,
            output,
            values,
            kernel_name=KERNEL,
            progress_bar=False,
            cwd=cwd,  # should a cell write a file, it is not in the course
            on_cell_executed=lambda **_: bar.advance(task),
            config=Config(KernelManager={"transport_encryption": "auto"}),
        )


def _values(path: Path, nb: NotebookNode, parameters: Mapping[str, object]) -> dict[str, object]:
    defaults = parameters_of(nb)
    unknown = [name for name in parameters if name not in defaults]
    if unknown:
        known = ", ".join(f"{name} (default {value!r})" for name, value in defaults.items())
        raise SsplabError(
            f"{shown(path)} has no parameter {unknown[0]!r}. "
            + (f"Its parameters: {known}." if known else "It has no parameters at all.")
        )
    values = {name: _value(name, value, defaults[name]) for name, value in parameters.items()}
    if "data" in values:
        values["data"] = _data(values["data"])
    return values


def _value(name: str, value: object, default: object) -> object:
    if isinstance(value, Path):
        value = str(value)
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
    if value in names:
        return str(value)
    folder = Path(str(value)).expanduser()
    if folder.is_dir():
        return str(folder.resolve())
    raise SsplabError(
        f"{value} is neither a data set nor a folder with one file a table. {nearest(value, names)}"
    )


def _out_folder(out: str | Path | None) -> Path:
    root = course_root()
    if out is None:
        here = Path.cwd()
        base = Path.home() if here.resolve().is_relative_to(root) else here
        out = base / "ssplab-runs"
    folder = Path(out).expanduser().resolve()
    if folder.is_relative_to(root):
        raise SsplabError(
            f"{folder} lies in the course's folder, where runs are not written (git would take "
            "them, and own data with them). Give a folder outside with --out."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
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
