"""No test waits for ever: one that would is ended, and fails with its name."""

import os
import subprocess
import sys

import psutil
import pytest
from processes import LIMIT, alive, started, wait_until

from ssplab.course import course_root
from ssplab.system import processes
from ssplab.verify import suite

pytestmark = [
    pytest.mark.slow,  # waits for limits of seconds
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
]

SETTINGS = "[pytest]\naddopts = -p ssplab.verify.bounds -p no:cacheprovider\ntimeout = {limit}\n"
HANGS = """
import subprocess, sys, threading, time
import pytest

@pytest.fixture
def slow():
    time.sleep(3600)

def test_asleep():
    time.sleep(3600)

def test_waiting_for_a_process():
    subprocess.run([sys.executable, "-c", "import time; time.sleep(3600)"])

def test_waiting_for_a_thread():
    threading.Event().wait()

def test_in_a_fixture(slow):
    pass
"""
NEVER_BACK = """
import ctypes

def test_in_foreign_code():
    library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    for _ in range(2):  # no handler of a signal runs while this waits for itself
        library.pthread_mutex_lock(mutex)
"""
PYTEST = (sys.executable, "-m", "pytest", "-q", "--color=no")
PASSES = "\n\ndef test_passes():\n    pass\n"


def write(folder, source, limit):
    (folder / "pytest.ini").write_text(SETTINGS.format(limit=limit), encoding="utf-8")
    (folder / "test_it.py").write_text(source + PASSES, encoding="utf-8")


def run(folder, source, *options, limit=2):
    """Run a test file under a limit in seconds, in a run of its own."""
    write(folder, source, limit)
    own = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    return subprocess.run(
        [*PYTEST, "-rA", *options],
        cwd=folder,
        env=own,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
    )


def test_a_test_that_would_hang_fails_with_its_name_and_the_next_one_runs(tmp_path):
    done = run(tmp_path, HANGS)
    assert done.returncode == 1, done.stdout + done.stderr
    for name in ("asleep", "waiting_for_a_process", "waiting_for_a_thread"):
        assert f"FAILED test_it.py::test_{name} - Failed: Timeout (>2.0s)" in done.stdout
    assert "ERROR test_it.py::test_in_a_fixture - Failed: Timeout (>2.0s)" in done.stdout
    assert "PASSED test_it.py::test_passes" in done.stdout


def test_what_no_signal_ends_says_where_it_stands(tmp_path):
    write(tmp_path, NEVER_BACK, limit=1)
    said = tmp_path / "said"
    with said.open("w") as stream, started(PYTEST, cwd=tmp_path, stderr=stream) as process:
        wait_until(lambda: " in test_in_foreign_code\n" in said.read_text(), process)


def test_a_step_that_does_not_end_is_killed_with_all_that_it_started(tmp_path, monkeypatch, course):
    (course / "endless.py").write_text(ENDLESS.format(file=str(tmp_path / "pid")))
    monkeypatch.setattr(suite, "LIMIT", 10)
    outcome = suite._run_step(suite.Step("endless", ("endless",)))
    assert not outcome.ok
    assert outcome.places[-1].startswith("It did not end within 10 seconds")
    assert not alive(int((tmp_path / "pid").read_text()))


ENDLESS = """
import subprocess, sys, time
from pathlib import Path

sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
child = subprocess.Popen(sleep, start_new_session=True, stdout=subprocess.DEVNULL)
Path({file!r}).write_text(str(child.pid))
time.sleep(3600)
"""
LEAVES = """
import subprocess, sys, time
from pathlib import Path

def test_hangs():
    program = (
        "import subprocess, sys\\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'],"
        " start_new_session=True, stdout=subprocess.DEVNULL)\\n"
        "print(child.pid)"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    Path("pid").write_bytes(done.stdout)
    time.sleep(3600)
"""


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "with a worker"])
def test_what_a_test_that_is_ended_leaves_behind_is_killed_and_told(options, tmp_path):
    done = run(tmp_path, LEAVES, *options, limit=20)  # seconds in which two programs start
    assert "FAILED test_it.py::test_hangs" in done.stdout
    left = int((tmp_path / "pid").read_text())  # nobody's child any more, in a session of its own
    wait_until(lambda: not alive(left))
    assert f"Killed, since a test left it running: {left} " in done.stdout


def test_a_run_within_a_run_ends_nothing_of_the_outer_one(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as outer:
        done = run(tmp_path, "")
        assert done.returncode == 0, done.stdout
        assert "Killed" not in done.stdout
        assert alive(outer.pid)
        outer.communicate(b"\n")


def test_only_marked_processes_are_killed(monkeypatch):
    plain = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    environment = os.environ | {processes.VARIABLE: "outer mine"}
    marked = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environment
    )
    with plain, marked:
        # Until it is another program, a new process has the environment of this one.
        wait_until(lambda: psutil.Process(marked.pid).environ().get(processes.VARIABLE))
        assert [line.partition(" ")[0] for line in processes.kill("mine")] == [str(marked.pid)]
        assert alive(plain.pid)
        plain.communicate(b"\n")


def test_every_test_of_the_course_has_a_limit(pytestconfig):
    assert (course_root() / "pyproject.toml").is_file()
    assert float(pytestconfig.getini("timeout")) > 0
    assert pytestconfig.pluginmanager.has_plugin("timeout")
    assert pytestconfig.pluginmanager.has_plugin("ssplab.verify.bounds")
