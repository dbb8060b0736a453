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

pytestmark = [
    pytest.mark.slow,  # executes notebooks
    pytest.mark.skipif(os.name == "nt", reason="Windows has no sockets that are files"),
]

CONNECTION = """
import json
from ipykernel import get_connection_info

info = get_connection_info(unpack=True)
print(json.dumps([info["transport"], info["ip"]]))
"""


def executed(path, out):
    """`ssplab refresh`: the notebook in place."""
    nb = normal.read(path)
    assert asyncio.run(execute(nb, out)) is None
    return nb


def run_on_a_twin(path, out):
    """`ssplab run`, through papermill."""
    return normal.read(run(path, out=out, progress=False).notebook)


def run_on_own_data(path, out):
    """`ssplab run` on an extract, without the report that hides what cells show."""
    return execute_own(path, {}, out, lambda **_: None).nb


@pytest.mark.parametrize("way", [executed, run_on_a_twin, run_on_own_data])
def test_a_kernel_opens_no_port_and_its_folder_ends_with_it(course, tmp_path, monkeypatch, way):
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(markdown("# Pay"), code(CONNECTION)), path)
    deep = tmp_path / ("deep" * 40)  # too long for a socket
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    told = [
        output.text
        for cell in way(path, tmp_path).cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    ]
    transport, address = json.loads(told[0])
    assert transport == "ipc"
    assert not Path(address).parent.exists()


def test_nobody_else_reads_the_sockets():
    with connection() as config:
        folder = Path(config.KernelManager.ip).parent
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
