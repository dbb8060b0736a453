"""Refresh: the normal form, figures that keep their bytes, and what must not be written."""

import os
import signal
import subprocess
import sys
from copy import deepcopy

import pytest
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat.v4 import new_output
from processes import LIMIT, alive, started, wait_for_text

from ssplab.course import normal
from ssplab.course.normal import normal_form
from ssplab.notebooks import kernel
from ssplab.notebooks.figures import keep_unchanged
from ssplab.notebooks.refreshing import refresh
from ssplab.system.errors import CheckFailed, SsplabError

SHOW = "from base64 import b64decode\nfrom IPython.display import Image, display\n"


def untidy():
    """A notebook as JupyterLab and papermill leave it, with a Windows line ending."""
    nb = notebook(
        markdown("# Pay\r\n\r\nText\n"),
        code("1 + 1", outputs=[new_output("execute_result", {"text/plain": "2"})], count=7),
        code("print(2)", outputs=[stdout("2\n")], count=9),
    )
    nb.cells[1].metadata.update(execution={"iopub.status.busy": "…"}, papermill={}, tags=[])
    nb.cells[1].outputs[0].execution_count = 7
    nb.metadata.update(papermill={"duration": 3.2}, kernelspec={"name": "my-conda"})
    nb.metadata.language_info.update(version="3.11.2", codemirror_mode={"version": 3})
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    return nb


def test_normal_form():
    nb = normal_form(untidy())
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
    assert nb.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert nb.cells[0].source == "# Pay\n\nText"
    assert [cell.execution_count for cell in nb.cells[1:]] == [1, 2]
    assert nb.cells[1].outputs[0].execution_count == 1
    assert nb.cells[1].metadata == {}
    assert len({cell.id for cell in nb.cells}) == 3


def test_the_normal_form_is_its_own_normal_form_in_the_same_bytes():
    once = normal_form(untidy())
    assert normal.dumps(normal_form(once)) == normal.dumps(once)
    assert normal.dumps(normal_form(untidy())) == normal.dumps(once)
    assert normal.dumps(once).endswith("}\n")


def test_a_repeated_id_is_replaced_and_the_first_kept():
    nb = notebook(code("a = 1"), code("b = 1"))
    nb.cells[1].id = nb.cells[0].id
    ids = [cell.id for cell in normal_form(nb).cells]
    assert ids[0] == "cell-0" and ids[1] != "cell-0"


def test_reading_what_is_no_notebook_says_so(tmp_path):
    path = tmp_path / "pay.ipynb"
    path.write_text("    program = "from ssplab.notebooks.refreshing import refresh\nrefresh(workers=2, progress=False)"
    command = [sys.executable, "-c", program]
    with started(command, stderr=subprocess.PIPE, text=True) as process:
        kernels = [int(wait_for_text(tmp_path / name, process)) for name in names]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
    assert "KeyboardInterrupt" in errors
    assert not [pid for pid in kernels if alive(pid)]
    assert [path.read_bytes() for path in paths] == before
    assert sorted(os.listdir(paths[0].parent)) == [path.name for path in paths]
