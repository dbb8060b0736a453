"""The scripts that begin the course in an Onyxia service, with stand-ins for what they call."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser import served
from deployment import DEPLOY
from traitlets.config import PyFileConfigLoader

from ssplab.course import course_root

START, INIT = DEPLOY / "onyxia" / "files" / "start.sh", DEPLOY / "onyxia" / "init.sh"

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not here")


@pytest.fixture
def ran(tmp_path):
    """A way to run a script among stand-ins; gives what they were called with, and its end."""
    bin_dir, called = tmp_path / "bin", tmp_path / "called"
    bin_dir.mkdir()

    def stand_in(name, body="true"):
        (bin_dir / name).write_text(f'#!/bin/bash\necho "{name} $*" >> {called}\n{body}\n', "utf-8")
        (bin_dir / name).chmod(0o755)

    def ran(script, *arguments, **environment):
        done = subprocess.run(
            ["bash", script, *arguments], capture_output=True, text=True, timeout=300,
            env={"HOME": str(tmp_path), "PATH": f"{bin_dir}:/usr/bin:/bin", "TMPDIR": str(tmp_path)}
            | environment,
        )  # fmt: skip
        calls = called.read_text("utf-8").splitlines() if called.exists() else []
        called.unlink(missing_ok=True)
        return calls, done

    ran.stand_in = stand_in
    # Python itself, so that scripts are fetched; what it would install is not.
    python = f'case "$*" in *pip*) ;; *) exec {sys.executable} "$@";; esac'
    stand_in("python", python)
    stand_in("ssplab")
    return ran


# --- the first process of our chart


def test_the_service_begins_on_the_chapter_that_was_asked_for(ran):
    assert ran(START)[0] == ["ssplab serve-container"]
    assert ran(START, CHAPTER="")[0] == ["ssplab serve-container"]
    chosen = ran(START, CHAPTER="payroll-anomalies")[0]
    assert chosen == ["ssplab serve-container --open payroll-anomalies"]


def test_menus_are_french_until_the_trainee_chooses(ran, tmp_path):
    folder = tmp_path / ".jupyter/lab/user-settings/@jupyterlab/translation-extension"
    ran(START, LANGUAGE_OF_MENUS="en")
    assert not folder.exists()
    ran(START, LANGUAGE_OF_MENUS="fr")
    file = folder / "plugin.jupyterlab-settings"
    assert json.loads(file.read_text("utf-8")) == {"locale": "fr_FR"}
    file.write_text('{"locale": "en"}', "utf-8")
    ran(START, LANGUAGE_OF_MENUS="fr")
    assert json.loads(file.read_text("utf-8")) == {"locale": "en"}


def test_a_script_of_the_trainees_own_comes_first(ran, tmp_path):
    (tmp_path / "site").mkdir()
    mine = tmp_path / "site" / "mine.sh"
    mine.write_text('printf "%s|" "$@" > "$HOME/arguments"; exit 3', "utf-8")
    with served(tmp_path / "site") as address:
        calls, done = ran(
            START, PERSONAL_INIT_SCRIPT=f"{address}/mine.sh", PERSONAL_INIT_ARGS="two $(words)"
        )
        none = ran(START, PERSONAL_INIT_SCRIPT=f"{address}/none.sh")
    assert (tmp_path / "arguments").read_text("utf-8") == "two|$(words)|"  # nothing is executed
    assert calls[-1] == none[0][-1] == "ssplab serve-container"
    assert "ended with 3" in done.stderr and "cannot be fetched" in none[1].stderr


# --- in a service that is there already


def test_an_existing_service_is_given_the_course(ran, tmp_path):
    clone = f'for last; do :; done; mkdir -p "$last/.git"; ln -s {course_root()}/* "$last/"'
    ran.stand_in("git", clone)
    place = tmp_path / "kept"
    environment = {"ROOT_PROJECT_DIRECTORY": str(place), "PYTHONPATH": str(course_root() / "src")}
    calls, done = ran(INIT, "https://git.ssplab.example/course.git", "first-table", **environment)
    assert done.returncode == 0, done.stderr
    course = tmp_path / "python-for-official-statistics"
    assert calls[:3] == [
        f"git clone --quiet --depth 1 https://git.ssplab.example/course.git {course}",
        f"python -m pip install --quiet --require-hashes --requirement {course}/requirements.txt",
        f"python -m pip install --quiet --no-deps --no-build-isolation --editable {course}",
    ]
    file = tmp_path / ".jupyter" / "jupyter_server_config.py"
    told = PyFileConfigLoader(file.name, str(file.parent)).load_config()
    assert told.ServerApp.root_dir == str(place) and place.is_dir()
    assert told.LabApp.default_url == "/lab/tree/chapters/data-science/first-table.ipynb"
    [labextensions] = told.LabApp.extra_labextensions_path
    assert Path(labextensions).is_dir() and Path(told.LabApp.app_settings_dir).is_dir()
    ran.stand_in("git")  # at the next start it is there, and brought up to date
    calls, _ = ran(INIT, "https://git.ssplab.example/course.git", **environment)
    assert calls[0] == f"git -C {course} pull --quiet --ff-only"


def test_without_a_repository_or_with_an_unknown_chapter_nothing_is_half_done(ran, tmp_path):
    _, done = ran(INIT)
    assert done.returncode != 0 and "which git repository" in done.stderr
    ran.stand_in("git", f'for last; do :; done; ln -s {course_root()} "$last"')
    path = {"PYTHONPATH": os.pathsep.join([str(course_root() / "src")])}
    _, done = ran(INIT, "https://git.ssplab.example/course.git", "no-such-chapter", **path)
    assert done.returncode != 0 and "no-such-chapter" in done.stderr
    assert not (tmp_path / ".jupyter" / "jupyter_server_config.py").exists()
