"""Whatever ends a run, nothing of it stays; what was killed, the next run removes."""

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import psutil
import pytest
from builders import code, markdown, notebook
from processes import LIMIT, alive, kernels_of, started, wait_until

from ssplab.course import normal
from ssplab.notebooks.runs import run
from ssplab.system import processes
from ssplab.system.errors import CheckFailed, SsplabError

pytestmark = [
    pytest.mark.slow,  # executes notebooks
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
]

CANARY = "canary-5309"
ASLEEP = """
import os, pathlib, subprocess, tempfile, time
pathlib.Path("beside.txt").write_text("{canary}")
tempfile.NamedTemporaryFile("w", delete=False, suffix="{canary}").close()
"{canary}"
helper = subprocess.Popen(["sleep", "600"], start_new_session=True)
told = [os.getpid(), helper.pid, tempfile.gettempdir(), os.environ["JOBLIB_TEMP_FOLDER"]]
pathlib.Path({marker!r}).write_text(repr(told))
time.sleep(600)
"""


class Scene:
    """A course with one chapter, own data for it, and folders that a run may write to."""

    def __init__(self, course, folder):
        self.course, self.marker = course, folder / "marker"
        self.out, self.temporary, self.home = (folder / name for name in ("out", "tmp", "home"))
        self.extract = folder / "extract"
        for made in (self.temporary, self.home, self.extract):
            made.mkdir()
        real = Path(__file__).parents[2] / "datasets/payroll"
        shutil.copy(real / "card.yml", course / "datasets/payroll/card.yml")
        rows = pd.read_parquet(real / "declarations.parquet").head(24)
        rows.to_parquet(self.extract / "declarations.parquet")

    def chapter(self, *sources):
        """Write the chapter, of cells with these sources."""
        cells = [markdown("# Pay"), code('data = "payroll"', "parameters"), *map(code, sources)]
        normal.write(notebook(*cells), self.course / "chapters/part/pay.ipynb")

    def asleep(self):
        """Write the chapter with a cell that says that it runs, and sleeps."""
        self.chapter(ASLEEP.format(canary=CANARY, marker=str(self.marker)))

    def start(self, *, own, before=""):
        """Start `ssplab run`; `before` is Python that is executed before it."""
        program = f"{before}\nfrom ssplab.__main__ import main\nmain()"
        words = ["run", "pay", "--out", str(self.out)]
        words += ["-p", "data", str(self.extract)] if own else []
        return started(
            [sys.executable, "-c", program, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def environment(self):
        """The environment of a run: what it writes outside `--out` is seen here."""
        own = {"TMPDIR": self.temporary, "HOME": self.home, "IPYTHONDIR": self.home / "ipython"}
        gone = ("JUPYTER_RUNTIME_DIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "MPLCONFIGDIR")
        inherited = {name: value for name, value in os.environ.items() if name not in gone}
        return inherited | {name: str(path) for name, path in own.items()}

    def in_cell(self, process):
        """Wait until the cell says that it runs; return the processes and folders that it told."""
        wait_until(lambda: self.marker.exists() and self.marker.read_text(), process)
        kernel, helper, *folders = eval(self.marker.read_text())
        assert kernel in kernels_of(process.pid) and alive(helper)
        return [kernel, helper], folders

    def left(self):
        """Return what there is that a run may have left, by path."""
        kept = [self.home / "ipython", self.home / ".config", self.home / ".cache"]  # no run's
        return [
            path
            for folder in (self.out, self.temporary, self.home)
            for path in folder.rglob("*")
            if path not in kept and not any(path.is_relative_to(each) for each in kept)
        ]


@pytest.fixture
def scene(course, tmp_path):
    return Scene(course, tmp_path)


ENDINGS = {
    signal.SIGINT: (130, "Interrupted; nothing half done was kept.\n"),
    signal.SIGTERM: (143, "Ended by SIGTERM; nothing half done was kept.\n"),
    signal.SIGHUP: (129, "Ended by SIGHUP; nothing half done was kept.\n"),
}
@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("own", [True, False])
def test_a_signal_in_a_cell_leaves_nothing(scene, number, own):
    scene.asleep()
    with scene.start(own=own) as process:
        pids, _ = scene.in_cell(process)
        process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT)
    assert (process.returncode, told) == ENDINGS[number]
    assert scene.left() == []
    assert not any(map(alive, pids))
