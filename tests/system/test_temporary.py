"""A folder of which nothing stays, whatever ends the work in it."""

import os
import signal
import stat
import sys

import pytest
from processes import LIMIT, alive, started, wait_until

from ssplab.system import processes, signals
from ssplab.system.temporary import mark_of, remove_abandoned, temporary_folder


def test_a_folder_is_the_user_s_alone_and_goes_with_all_that_is_in_it(tmp_path, umask):
    with temporary_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(tmp_path.iterdir()) == [folder]
        (folder / "deep/er").mkdir(parents=True)
        (folder / "deep/er/file").touch()
        (folder / "deep/er").chmod(0o500)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), ValueError("bad"), signals.Ended(15)])
def test_a_folder_goes_when_work_stops(tmp_path, failure):
    with pytest.raises(type(failure)), temporary_folder(tmp_path) as folder:
        (folder / "file").touch()
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_what_a_folder_points_to_stays(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    work = tmp_path / "work"
    work.mkdir()
    with temporary_folder(work) as folder:
        (folder / "link").symlink_to(kept)
    assert (kept / "file").exists() and list(work.iterdir()) == []


WORKS = """
import os, pathlib, subprocess, sys, time
from ssplab.system import mark_of, processes, temporary_folder
with temporary_folder(pathlib.Path(sys.argv[1])) as folder:
    marked = os.environ | processes.marked(mark_of(folder))
    helper = subprocess.Popen(["sleep", "600"], env=marked, start_new_session=True)
    (folder / "file").write_text(str(helper.pid))
    time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_folder_in_use_stays_and_one_whose_process_was_killed_goes(tmp_path):
    with started([sys.executable, "-c", WORKS, str(tmp_path)]) as process:
        [file] = wait_until(lambda: [*tmp_path.glob(".ssplab-*/file")])
        helper = int(wait_until(file.read_text))
        assert remove_abandoned(tmp_path) == [] and file.exists()
        process.kill()
        process.wait(timeout=LIMIT)
    assert alive(helper)
    assert remove_abandoned(tmp_path) == [file.parent]
    assert not alive(helper)
    assert list(tmp_path.iterdir()) == []
    assert remove_abandoned(tmp_path) == []


def test_what_others_made_stays(tmp_path):
    mark = processes.new_mark()
    (tmp_path / f".ssplab-{mark}").touch()  # a file
    for name in (".ssplab-mine", f"ssplab-{mark}", f".ssplab-{mark}.bak"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lock").touch()
    unlocked = tmp_path / f".ssplab-{processes.new_mark()}"
    unlocked.mkdir()
    (unlocked / "notes.txt").touch()
    linked = tmp_path / f".ssplab-{processes.new_mark()}"
    linked.symlink_to(tmp_path / ".ssplab-mine")
    before = sorted(tmp_path.rglob("*"))
    assert remove_abandoned(tmp_path) == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_was_never_locked_goes(tmp_path):
    (tmp_path / f".ssplab-{processes.new_mark()}").mkdir()
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_signal_while_a_folder_is_removed_waits_until_it_is(tmp_path, monkeypatch):
    killed = []

    def kill(mark):
        signal.raise_signal(signal.SIGTERM)
        killed.append(mark)

    monkeypatch.setattr(processes, "kill", kill)
    with pytest.raises(signals.Ended), signals.raised(), temporary_folder(tmp_path) as folder:
        mark = mark_of(folder)
    assert set(killed) == {mark}
    assert list(tmp_path.iterdir()) == []
