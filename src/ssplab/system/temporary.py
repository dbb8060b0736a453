"""Folders for work in progress, of which nothing stays, whatever ends the work.

A process that is killed removes nothing. What it left is found by the next one that works in the
same place: a folder whose lock nobody holds, since the system opens the locks of who is gone.
"""

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ssplab.system import processes, signals
from ssplab.system.errors import SsplabError

PREFIX = ".ssplab-"
NAME = re.compile(re.escape(PREFIX) + "(?P<mark>[0-9a-f]{32})")
LOCK = "lock"
PRIVATE_FOLDER = 0o700


@contextlib.contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Make a hidden folder that only the user may enter; at the end of the block, remove it.

    Parameters
    ----------
    parent : Path
        The folder in which it is made.

    Yields
    ------
    Path
        Its name ends with a mark (`mark_of`). Processes that bear the mark, as
        `ssplab.system.processes` gives it, are killed before the folder is removed.

    Raises
    ------
    OSError
        If the system refuses to make it.
    SsplabError
        If it cannot be removed: the message says where it lies.
    """
    made = None
    try:
        with signals.held():
            made = _made(parent)
        yield made[0]
    finally:
        if made:
            try:
                _remove(*made)
            finally:
                if made[0].exists():  # an interrupt came before the attempt held it back
                    _remove(*made)


def mark_of(folder: Path) -> str:
    """Return the mark in the name of a temporary folder."""
    return NAME.fullmatch(folder.name)["mark"]


def remove_abandoned(parent: Path) -> list[Path]:
    """Remove the temporary folders in `parent` whose processes are gone; return which.

    Processes that still bear a folder's mark are killed before. A folder in use, and one that
    `temporary_folder` did not make, is left alone.

    Raises
    ------
    SsplabError
        If one cannot be removed: the message says where it lies.
    """
    removed = []
    for folder in sorted(parent.glob(f"{PREFIX}*")):
        if not NAME.fullmatch(folder.name) or folder.is_symlink():
            continue
        lock = FileLock(folder / LOCK, timeout=0)
        try:
            if not (folder / LOCK).exists():
                folder.rmdir()  # its process was killed before it locked it, or put anything there
                continue
            lock.acquire()
        except (Timeout, OSError):  # in use, somebody else's, removed meanwhile, or not one of ours
            continue
        _remove(folder, lock)
        removed.append(folder)
    return removed


def _made(parent: Path) -> tuple[Path, FileLock]:
    while True:
        folder = parent / f"{PREFIX}{processes.new_mark()}"
        folder.mkdir(PRIVATE_FOLDER)
        lock = FileLock(folder / LOCK, timeout=0)
        # Before it is locked, another process may take the folder for an abandoned one.
        try:
            lock.acquire()
            folder.chmod(PRIVATE_FOLDER)
            if (folder / LOCK).exists():
                return folder, lock
            lock.release()
        except (Timeout, FileNotFoundError):
            continue
        except OSError:  # such as a file system without locks
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _remove(folder: Path, lock: FileLock) -> None:
    with signals.held():
        processes.kill(mark_of(folder))
        # As long as there is something in it, it is locked; Windows removes no locked file.
        for path in [path for path in folder.iterdir() if path.name != LOCK]:
            _remove_path(path)
        lock.release()
        _remove_path(folder)


def _remove_path(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)
    if not path.exists():
        return
    # Nothing is removed from a folder that is read-only.
    for folder in [path, *(each for each in path.rglob("*") if each.is_dir())]:
        if not folder.is_symlink():
            folder.chmod(PRIVATE_FOLDER)
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise SsplabError(
            f"{path} could not be removed ({error.strerror or error}). It holds what was worked "
            "with: remove it by hand."
        ) from error
