"""How a kernel is connected: by sockets that no other program can take or read."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest
from builders import code, markdown, notebook

from ssplab.course import normal
from ssplab.notebooks.execution import execute
from ssplab.notebooks.kernel import connection
from ssplab.notebooks.own_execution import execute_own
from ssplab.notebooks.runs import run
from ssplab.verify import suite

pytestmark = [
    pytest.mark.slow,  # executes notebooks
    pytest.mark.skipif(os.name == "nt", reason="Windows has no sockets that are files"),
]

TELL = """
import json
from pathlib import Path
from ipykernel import get_connection_info

info = get_connection_info(unpack=True)
_ = Path({told!r}).write_text(json.dumps([info["transport"], info["ip"]]))
"""


def refreshed(path, out):
    assert asyncio.run(execute(normal.read(path), out)) is None


def run_on_a_twin(path, out):
    run(path, out=out, progress=False)  # through papermill


def run_on_own_data(path, out):
    execute_own(path, {}, out, lambda **_: None)


def compared(path, out):
    arguments = ("pytest", str(path), "--nbval", *suite.NBVAL)
    outcome = suite._run_step(suite.Step("stored outputs", arguments, runs_notebooks=True))
    assert outcome.ok, outcome.output


@pytest.mark.parametrize("way", [refreshed, run_on_a_twin, run_on_own_data, compared])
def test_a_kernel_opens_no_port_and_its_folder_ends_with_it(course, tmp_path, monkeypatch, way):
    path, told = course / "chapters/part/pay.ipynb", tmp_path / "told.json"
    normal.write(notebook(markdown("# Pay"), code(TELL.format(told=str(told)), count=1)), path)
    deep = tmp_path / ("deep" * 40)  # too long for a socket
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    way(path, tmp_path)
    transport, address = json.loads(told.read_text())
    assert transport == "ipc"
    assert not Path(address).parent.exists()


def test_nobody_else_reads_the_sockets():
    with connection() as config:
        folder = Path(config.KernelManager.ip).parent
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
