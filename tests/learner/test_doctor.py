"""`ssplab doctor`: each check made to fail, and the sentence that it says then."""

import locale
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import namedtuple
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from typer.testing import CliRunner

from ssplab.cli import app
from ssplab.course.paths import course_root
from ssplab.learner import doctor
from ssplab.learner.doctor import ATTENTION, OK, PROBLEM, Diagnosis
from ssplab.notebooks import kernel
from ssplab.system import diary

Version = namedtuple("Version", "major minor micro")


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """A home of its own: what these tests look at is not the user's."""
    monkeypatch.setenv(diary.VARIABLE, str(tmp_path / "data" / "progress.jsonl"))
    monkeypatch.setenv("SSPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(diary, "_waiting", [])
    monkeypatch.setattr(diary, "_told", set())
    return tmp_path


# --- Python


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_a_python_that_is_not_supported(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(*version, 1))
    state, told = doctor.python()
    assert state == PROBLEM
    assert f"3.{version[1]} is not supported" in told and "PYTHON=python3.12" in told


def test_a_python_of_another_environment(monkeypatch, course):
    monkeypatch.setattr(sys, "prefix", str(course / "elsewhere"))
    state, told = doctor.python()
    assert state == ATTENTION
    assert f"not the course's own environment, {course / '.venv'}" in told and "make lab" in told


def test_the_courses_own_python(monkeypatch, course):
    monkeypatch.setattr(sys, "prefix", str(course / ".venv"))
    assert doctor.python()[0] == OK


def test_the_supported_pythons_are_those_of_the_project():
    (oldest, newest), text = doctor.PYTHONS, (course_root() / "pyproject.toml").read_text("utf-8")
    assert f'requires-python = ">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"' in text


# --- packages

LOCK = """\
# made by make lock
kept==1.2 \\
    --hash=sha256:0
Also.Kept==2.0 ; python_full_version >= '3.11' \\
    --hash=sha256:0
elsewhere==1.0 ; sys_platform == 'nowhere' \\
    --hash=sha256:0
"""


@pytest.fixture
def lock(course, monkeypatch):
    """A lock of three packages, one of them for another system, and what is installed.

    Tests need one more.
    """
    (course / "requirements.txt").write_text(LOCK, encoding="utf-8")
    (course / "requirements-test.txt").write_text(LOCK + "tried==3 \\\n", encoding="utf-8")
    installed = {"kept": "1.2", "also-kept": "2.0", "not-locked": "5"}

    def distributions():
        return [SimpleNamespace(metadata={"Name": n}, version=v) for n, v in installed.items()]

    monkeypatch.setattr(metadata, "distributions", distributions)
    return installed


def test_packages_as_in_the_lock(lock):
    assert doctor.packages() == (OK, "All 2 of the lock are here")


def test_missing_packages_are_counted_and_named_with_the_line_that_installs_them(lock):
    del lock["also-kept"]
    state, told = doctor.packages()
    assert state == PROBLEM
    assert "1 of 2 are missing: Also.Kept." in told
    assert f"`{sys.executable} -m pip install --require-hashes -r requirements.txt`" in told


def test_other_versions_are_told_with_that_of_the_lock(lock):
    lock["kept"] = "1.3"
    state, told = doctor.packages()
    assert state == PROBLEM
    assert "1 of 2 have another version than the lock: kept 1.3 (==1.2)." in told
    assert "missing" not in told


def test_of_many_missing_packages_some_are_named(lock, course):
    lines = "".join(f"p{number}==1 \\\n" for number in range(9))
    (course / "requirements.txt").write_text(lines, encoding="utf-8")
    told = doctor.packages()[1]
    assert "9 of 9 are missing: p0, p1, p2, p3, p4 and 4 more." in told


@pytest.mark.parametrize(
    ("about", "file"),
    [("Packages", "requirements.txt"), ("Packages of tests", "requirements-test.txt")],
)
def test_a_lock_that_is_gone(about, file, lock, course):
    (course / file).unlink()
    [found] = [one for one in doctor.examine() if one.about == about]
    assert found.state == PROBLEM and f"{file} is missing: restore it from git" in found.told


def test_packages_that_only_tests_need_are_no_problem_where_they_are_missing(lock):
    assert doctor.packages() == (OK, "All 2 of the lock are here")
    assert doctor.packages_of_tests() == (
        ATTENTION,
        "Only `make test` uses them, and installs them. 1 of 1 are missing: tried.",
    )
    lock["tried"] = "2"
    state, told = doctor.packages_of_tests()
    assert state == ATTENTION and "another version than the lock: tried 2 (==3)." in told
    lock["tried"] = "3"
    assert doctor.packages_of_tests() == (OK, "All 1 that only `make test` uses are here")


def test_what_the_course_needs_on_another_machine_only_tests_need_here(lock, course):
    (course / "requirements-test.txt").write_text("elsewhere==1.0 \\\n", encoding="utf-8")
    assert "1 of 1 are missing: elsewhere." in doctor.packages_of_tests()[1]


def test_a_missing_package_of_the_course_is_told_once(lock):
    del lock["kept"]
    assert doctor.packages()[0] == PROBLEM
    assert "kept" not in doctor.packages_of_tests()[1]


def test_the_real_lock_is_read_whole(monkeypatch):
    monkeypatch.setattr(metadata, "distributions", lambda: [])
    lines = (course_root() / "requirements.txt").read_text(encoding="utf-8").splitlines()
    locked = [line for line in lines if re.match(r"[\w.-]+==", line)]
    everywhere = [line for line in locked if ";" not in line]
    missing, wanted = map(
        int, re.match(r"(\d+) of (\d+) are missing", doctor.packages()[1]).groups()
    )
    assert len(everywhere) < missing == wanted < len(locked)


# --- the kernel


def test_another_kernel(monkeypatch):
    spec = SimpleNamespace(argv=["/opt/other/bin/python"])
    monkeypatch.setattr(
        kernel, "KernelSpecManager", lambda: SimpleNamespace(get_kernel_spec=lambda name: spec)
    )
    [found] = [one for one in doctor.examine() if one.about == "Kernel"]
    assert found.state == PROBLEM
    assert "/opt/other/bin/python, not this environment's Python" in found.told
    assert "ipykernel install" in found.told


def test_our_kernel():
    assert doctor.kernel() == (OK, "python3 is this Python")


# --- disk and memory


@pytest.mark.parametrize(
    ("free", "state", "size"),
    [(3e9, OK, "3.0 GB"), (1.5e9, ATTENTION, "1.5 GB"), (1e8, PROBLEM, "100 MB")],
)
def test_free_space(free, state, size, monkeypatch, own_folders):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=int(free)))
    found, told = doctor.disk()
    assert found == state and told.startswith(f"{size} free")
    if state != OK:
        assert "2.0 GB are enough" in told and str(own_folders / "cache") in told


def test_the_fullest_disk_is_told(monkeypatch, own_folders):
    def usage(folder):
        return SimpleNamespace(free=10**8 if own_folders in [folder, *folder.parents] else 10**12)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert doctor.disk()[0] == PROBLEM


@pytest.mark.parametrize(
    ("free", "state", "size"),
    [(4e9, OK, "4.0 GB"), (6e8, ATTENTION, "600 MB"), (2e8, PROBLEM, "200 MB")],
)
def test_memory(free, state, size, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=int(free)))
    monkeypatch.setattr(doctor, "_left_in_container", lambda _: [])
    found, told = doctor.memory()
    assert found == state and told.startswith(f"{size} available")
    assert state == OK or "shut down kernels" in told


def test_a_container_has_the_memory_that_its_limit_leaves(tmp_path, monkeypatch):
    for name, text in [
        ("max", "1000\n"),
        ("current", "700\n"),
        ("stat", "anon 400\ninactive_file 50\n"),
    ]:
        (tmp_path / f"memory.{name}").write_text(text)
    assert doctor._left_in_container(tmp_path) == [350]
    (tmp_path / "memory.max").write_text("max\n")
    assert doctor._left_in_container(tmp_path) == []
    assert doctor._left_in_container(tmp_path / "no-group") == []
    monkeypatch.setattr(doctor, "_left_in_container", lambda _: [3 * 10**8])
    assert doctor.memory()[0] == PROBLEM


# --- port, browser, folders, progress, texts


def test_a_port_that_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        state, told = doctor.free_port(port)
    assert state == ATTENTION
    assert f"{port} is taken" in told and f"make lab PORT={port + 1}" in told
    assert doctor.free_port(port) == (OK, f"{port} is free")


def test_no_browser_matters_for_tests_only(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    state, told = doctor.chromium()
    assert state == ATTENTION
    assert "Only `make test` uses it" in told and "apt-get install chromium" in told


def test_the_browser_is_the_one_that_the_tests_find(monkeypatch):
    asked = []
    monkeypatch.setattr(shutil, "which", lambda name: asked.append(name))
    doctor.chromium()
    source = (Path(__file__).parents[1] / "browser.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in source for name in asked) and len(asked) == 3


def test_folders_that_cannot_be_written(monkeypatch, own_folders):
    def refuse(dir):
        if own_folders in [dir, *dir.parents]:
            raise PermissionError(13, "Permission denied")
        return open(os.devnull)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    state, told = doctor.write_access()
    assert state == PROBLEM
    for folder in ("cache", "data"):
        assert f"{own_folders / folder} (Permission denied)" in told
    assert str(course_root()) not in told
    assert "SSPLAB_CACHE" in told


def test_folders_are_tried_and_not_made(own_folders):
    assert doctor.write_access()[0] == OK
    assert list(own_folders.iterdir()) == []


def test_a_progress_that_cannot_be_read(own_folders):
    (own_folders / "data" / "progress.jsonl").mkdir(parents=True)
    [found] = [one for one in doctor.examine() if one.about == "Progress"]
    assert found.state == PROBLEM
    assert "progress.jsonl cannot be read" in found.told and "SSPLAB_PROGRESS" in found.told


def test_a_progress_that_can(own_folders):
    diary.record("pay/1", diary.RIGHT)
    state, told = doctor.progress()
    assert state == OK and told == f"1 event in {own_folders / 'data' / 'progress.jsonl'}"


def test_a_progress_that_is_off(monkeypatch):
    monkeypatch.setenv(diary.VARIABLE, "off")
    state, told = doctor.progress()
    assert state == ATTENTION and "Unset it" in told
    assert doctor.write_access()[0] == OK


@pytest.mark.parametrize(
    ("encoding", "state"), [("UTF-8", OK), ("utf8", OK), ("cp1252", ATTENTION)]
)
def test_the_encoding_of_texts(encoding, state, monkeypatch):
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _: encoding)
    found, told = doctor.texts()
    assert found == state and encoding in told
    assert state == OK or "PYTHONUTF8 to 1" in told


# --- together


def test_a_broken_environment_gives_lines_and_no_traceback():
    program = [sys.executable, "-S", "-m", "ssplab.learner.doctor"]  # -S: no package is installed
    done = subprocess.run(
        program,
        env=os.environ | {"PYTHONPATH": str(course_root() / "src")},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == len(doctor.examine())
    assert any(line.startswith("Port: ") and "problem" not in line for line in lines)
    for package in ["packaging", "psutil", "jupyter_client"]:
        assert f"The package {package} is missing or broken" in done.stdout


def test_whatever_a_check_raises_the_others_are_made(monkeypatch):
    def raise_something():
        raise ZeroDivisionError("no")

    monkeypatch.setattr(doctor, "memory", raise_something)
    findings = {one.about: one for one in doctor.examine()}
    assert findings["Memory"].state == PROBLEM
    assert "could not be examined: ZeroDivisionError: no" in findings["Memory"].told
    assert findings["Kernel"].state == OK


def test_the_doctor_asks_nobody_outside(monkeypatch):
    asked = []

    class Listening(socket.socket):
        def connect_ex(self, address):
            asked.append(address)
            return 1

        def connect(self, address):
            asked.append(address)
            raise OSError

    monkeypatch.setattr(socket, "socket", Listening)
    doctor.examine(9999)
    assert asked == [("127.0.0.1", 9999)]


@pytest.mark.parametrize(("states", "code"), [([OK, ATTENTION], 0), ([OK, PROBLEM, OK], 1)])
def test_the_command_ends_with_1_where_there_is_a_problem(states, code, monkeypatch):
    findings = [Diagnosis(f"Thing {n}", state, f"[what] {n}") for n, state in enumerate(states)]
    ports = []
    monkeypatch.setattr(doctor, "examine", lambda port: ports.append(port) or findings)
    done = CliRunner().invoke(app, ["doctor", "--port", "9999"])
    assert (done.exit_code, ports) == (code, [9999])
    for one in findings:
        assert re.search(rf"{one.about} .*{one.state} .*{re.escape(one.told)}", done.output)


def test_a_port_that_is_none_is_refused():
    assert CliRunner().invoke(app, ["doctor", "--port", "70000"]).exit_code == 2
