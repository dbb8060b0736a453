"""How a kernel is connected: by sockets that no other program can take or read."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest
from builders import code, notebook

from ssplab.notebooks.execution import execute
from ssplab.notebooks.kernel import connection

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


def test_a_kernel_opens_no_port_and_its_folder_ends_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("deep" * 40)))  # too long for a socket
    nb = notebook(code(CONNECTION))
    assert asyncio.run(execute(nb, tmp_path)) is None
    transport, address = json.loads(nb.cells[0].outputs[0].text)
    assert transport == "ipc"
    assert not Path(address).parent.exists()


def test_nobody_else_reads_the_sockets():
    with connection() as config:
        folder = Path(config.KernelManager.ip).parent
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
