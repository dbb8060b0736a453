"""Whatever ends a run, nothing of it stays; what was killed, the next run removes."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from builders import code, markdown, notebook
from processes import LIMIT, alive, kernels_of, started, wait_until

from ssplab.course import normal
from ssplab.notebooks.runs import run
from ssplab.system.errors import CheckFailed, SsplabError

pytestmark = [
    pytest.mark.slow,  # executes notebooks
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
]

CANARY = "canary-5309"
ASLEEP = """
import os, pathlib, subprocess, tempfile, time
from ipykernel.connect import get_connection_file
pathlib.Path("beside.txt").write_text("{canary}")
tempfile.NamedTemporaryFile("w", delete=False, suffix="{canary}").close()
"{canary}"
helper = subprocess.Popen(["sleep", "600"], start_new_session=True)
folders = [tempfile.gettempdir(), os.environ["JOBLIB_TEMP_FOLDER"]]
told = [os.getpid(), helper.pid, os.path.dirname(get_connection_file()), *folders]
pathlib.Path({marker!r}).write_text(repr(told))
time.sleep(600)
"""


class Scene:
    """A course with one chapter, own data for it, and folders that a run may write to."""

    def __init__(self, course, folder):
        self.course, self.marker = course, folder / "marker"
        self.out, self.temporary, self.ipython = (
            folder / name for name in ("out", "tmp", "ipython")
        )
        self.extract = folder / "extract"
        for made in (self.temporary, self.extract):
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
        own = {"TMPDIR": str(self.temporary), "IPYTHONDIR": str(self.ipython)}
        return os.environ | own

    def in_cell(self, process):
        """Wait until the cell says that it runs; return the processes and folders that it told."""
        wait_until(lambda: self.marker.exists() and self.marker.read_text(), process)
        kernel, helper, *folders = eval(self.marker.read_text())
        assert kernel in kernels_of(process.pid) and alive(helper)
        return [kernel, helper], folders

    def left(self):
        """Return what a run has left: files and folders, and those elsewhere that hold its data."""
        found = [path for folder in (self.out, self.temporary) for path in folder.rglob("*")]
        elsewhere = [path for path in self.ipython.rglob("*") if path.is_file()]
        return found + [path for path in elsewhere if CANARY.encode() in path.read_bytes()]


@pytest.fixture
def scene(course, tmp_path):
    return Scene(course, tmp_path)


def sentences(told):
    """Return the lines of standard error that are not the progress bar."""
    return [line for line in told.splitlines() if "\u2501" not in line]


ENDINGS = {
    signal.SIGINT: (130, ["Interrupted; nothing half done was kept."]),
    signal.SIGTERM: (143, ["Ended by SIGTERM; nothing half done was kept."]),
}
if hasattr(signal, "SIGHUP"):  # Windows has none
    ENDINGS[signal.SIGHUP] = (129, ["Ended by SIGHUP; nothing half done was kept."])


@pytest.mark.parametrize(
    ("number", "own"), [*((number, True) for number in ENDINGS), (signal.SIGTERM, False)]
)
def test_a_signal_in_a_cell_leaves_nothing(scene, number, own):
    scene.asleep()
    with scene.start(own=own) as process:
        pids, folders = scene.in_cell(process)
        assert {Path(folder).parents[1] for folder in folders} == {scene.out}
        process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT)
    assert (process.returncode, sentences(told)) == ENDINGS[number]
    assert scene.left() == ([] if own else [scene.out / "beside.txt"])  # the cell's own file
    assert not any(map(alive, pids))


STAGES = {
    "import": """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "papermill":
            wait_here()

sys.meta_path.insert(0, Finder())
""",
    "examine": """
import ssplab.notebooks.runs as runs
runs.examine = wait_here
""",
    "page": """
import ssplab.notebooks.runs as runs
runs._execute = lambda path, nb, *_, **__: nb
runs.report = lambda executed, *_: executed
runs.html_page = wait_here
""",
}
WAIT = """
import pathlib, sys, time

def wait_here(*_):
    try:
        pathlib.Path({marker!r}).touch()
        time.sleep(600)
    finally:
        pathlib.Path({after!r}).touch()
        {unwinding}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", STAGES)
def test_a_signal_at_any_stage_is_one_sentence(scene, number, stage):
    scene.chapter("data")
    wait = WAIT.format(marker=str(scene.marker), after=str(scene.marker) + "-after", unwinding="")
    with scene.start(own=True, before=wait + STAGES[stage]) as process:
        wait_until(scene.marker.exists, process)
        process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT)
    assert (process.returncode, sentences(told)) == ENDINGS[number]
    assert scene.left() == []


def test_a_second_signal_does_not_stop_what_the_first_undoes(scene):
    scene.chapter("data")
    after, go = Path(f"{scene.marker}-after"), Path(f"{scene.marker}-go")
    wait = WAIT.format(
        marker=str(scene.marker),
        after=str(after),
        unwinding=f"while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)",
    )
    with scene.start(own=True, before=wait + STAGES["page"]) as process:
        wait_until(scene.marker.exists, process)
        process.send_signal(signal.SIGINT)
        wait_until(after.exists, process)
        for number in ENDINGS:
            process.send_signal(number)
        go.touch()
        _, told = process.communicate(timeout=LIMIT)
    assert (process.returncode, sentences(told)) == ENDINGS[signal.SIGINT]
    assert scene.left() == []


def test_the_next_run_removes_what_a_killed_one_left(scene, monkeypatch):
    scene.asleep()
    monkeypatch.setenv("TMPDIR", str(scene.temporary))
    with scene.start(own=True) as process:
        [kernel, helper], _ = scene.in_cell(process)
        [folder] = scene.out.iterdir()
        in_use = []
        scene.chapter("1 + 1")
        run("pay", out=scene.out, progress=False, tell=in_use.append)
        assert in_use == [] and (folder / "cells/beside.txt").exists()
        process.kill()
    wait_until(lambda: not alive(kernel))  # a kernel looks whether its parent lives
    assert alive(helper) and (folder / "cells/beside.txt").exists()
    told = []
    written = run("pay", out=scene.out, progress=False, tell=told.append)
    assert told == [f"Removed {folder}, which an earlier run left when it was killed."]
    assert not alive(helper)
    assert set(scene.left()) == {written.notebook, written.page}


def test_a_kernel_that_is_killed_is_a_sentence(scene):
    scene.chapter("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(CheckFailed, match="kernel died, most likely for lack of memory; nothing"):
        run("pay", {"data": str(scene.extract)}, scene.out, progress=False)
    assert scene.left() == []


@pytest.mark.parametrize("own", [True, False])
def test_a_disk_that_is_full_at_the_end_is_a_sentence(scene, own):
    scene.chapter("1 + 1")
    # A file that cannot grow: what is written before the page is smaller than that.
    full = (
        "import resource\nimport ssplab.notebooks.runs\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))"
    )
    with scene.start(own=own, before=full) as process:
        _, told = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    [told] = sentences(told)
    assert told.startswith("ssplab: The run had to stop: File too large. Nothing of it was kept")
    assert scene.left() == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_folder_that_takes_nothing_is_told_before_any_cell_runs(scene, monkeypatch, number):
    mkdir = Path.mkdir

    def refuse(self, *given, **options):
        if self.parent == scene.out:
            raise OSError(number, os.strerror(number), str(self))
        mkdir(self, *given, **options)

    scene.chapter(f"open({str(scene.marker)!r}, 'w')")
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(SsplabError, match=os.strerror(number)) as failure:
        run("pay", out=scene.out, progress=False)
    assert not isinstance(failure.value, CheckFailed)
    assert scene.left() == [] and not scene.marker.exists()


def test_an_out_where_nothing_can_be_written_is_told_before_any_cell_runs(scene, tmp_path):
    scene.chapter(f"open({str(scene.marker)!r}, 'w')")
    (tmp_path / "file").touch()
    (tmp_path / "taken/pay.html").mkdir(parents=True)
    for out, told in [
        ("file", "file is a file, not a folder"),
        ("file/inside", "cannot be made"),
        ("x" * 300, "cannot be made"),
        ("taken", "pay.html is a folder"),
    ]:
        with pytest.raises(SsplabError, match=told):
            run("pay", out=tmp_path / out, progress=False)
    long = scene.extract.rename(tmp_path / ("x" * 250))
    with pytest.raises(SsplabError, match=r"cannot be written \(File name too long\)\. No cell"):
        run("pay", {"data": str(long)}, scene.out, progress=False)
    assert scene.left() == []
    assert not scene.marker.exists()


def test_a_run_works_in_a_folder_that_only_the_user_may_enter(scene, umask):
    scene.chapter(
        "import os, pathlib\n"
        f"pathlib.Path({str(scene.marker)!r}).write_text(oct(os.stat('..').st_mode))"
    )
    run("pay", {"data": str(scene.extract)}, scene.out, progress=False)
    assert stat.S_IMODE(int(scene.marker.read_text(), 8)) == 0o700
