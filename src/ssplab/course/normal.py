"""The one form in which notebooks are stored, so that a diff shows only what changed.

Sequential execution counts, stable cell ids, the `python3` kernelspec, no version of Python, no
papermill metadata, no timing; JSON with one space of indent, sorted keys and a final newline.
"""

import hashlib
import json
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ssplab.system import SsplabError, write_text

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
# What front ends and runners leave in a cell's metadata: it says when, not what.
PASSING_METADATA = ("execution", "ExecuteTime", "papermill", "trusted", "scrolled", "collapsed")


def read(path: Path) -> NotebookNode:
    """Read a notebook as it is stored: nothing is upgraded, no missing id invented.

    Raises
    ------
    SsplabError
        If the file is not a notebook of format 4.
    """
    try:
        nb = nbformat.v4.reads(path.read_text(encoding="utf-8"))
        if nb["nbformat"] != 4:
            raise KeyError("nbformat 4")
        nb.cells, nb.metadata  # noqa: B018  (a notebook has both)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, AttributeError) as error:
        raise SsplabError(
            f"{path} cannot be read as a notebook of format 4 ({type(error).__name__}: {error}). "
            "Restore it from git, or save it anew in JupyterLab."
        ) from error
    return nb


def dumps(nb: NotebookNode) -> str:
    """Return a notebook as the text that is stored."""
    return nbformat.v4.writes(nb) + "\n"


def write(nb: NotebookNode, path: Path) -> bool:
    """Store a notebook; return whether the file changed.

    An interruption leaves no half file.

    Raises
    ------
    SsplabError
        If it cannot be written.
    """
    return write_text(dumps(nb), path)


def normal_form(nb: NotebookNode) -> NotebookNode:
    """Return a copy of a notebook in the normal form."""
    nb = deepcopy(nb)
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata.pop("papermill", None)
    nb.metadata["kernelspec"] = dict(KERNELSPEC)
    nb.metadata["language_info"] = {"name": "python"}
    seen: set[str] = set()
    count = 0
    for index, cell in enumerate(nb.cells):
        cell.source = cell.source.replace("\r\n", "\n").rstrip("\n")
        for key in PASSING_METADATA:
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if not cell.get("id") or cell.id in seen:
            cell.id = _derived_id(index, cell)
        seen.add(cell.id)
        if cell.cell_type == "code":
            if cell.execution_count is not None:
                count += 1
                cell.execution_count = count
            for output in cell.outputs:
                output.pop("transient", None)
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    return nb


def _derived_id(index: int, cell: NotebookNode) -> str:
    content = f"{index}\n{cell.cell_type}\n{cell.source}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]
