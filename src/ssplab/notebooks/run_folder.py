"""Where a run works: a folder in its `--out`, which holds all that it writes before its end."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ssplab.system import (
    SsplabError,
    mark_of,
    processes,
    remove_abandoned,
    signals,
    temporary_folder,
)

# Where Python, R, Java and others on POSIX and on Windows put what is temporary; Jupyter its
# connection files; joblib the arrays that its workers share, else in /dev/shm.
VARIABLES = ("TMPDIR", "TEMP", "TMP", "JUPYTER_RUNTIME_DIR", "JOBLIB_TEMP_FOLDER")


@dataclass(frozen=True)
class RunFolder:
    """The parts of a run's folder that have a use."""

    path: Path

    @property
    def cells(self) -> Path:
        """A folder for what cells write and nobody is to keep."""
        return self.path / "cells"

    @property
    def temporary(self) -> Path:
        """A folder for the temporary files of the run and of all that it starts."""
        return self.path / "tmp"


@contextmanager
def run_folder(out: Path, tell: Callable[[str], None]) -> Iterator[RunFolder]:
    """Make the folder of a run in `out`; whatever ends the block, nothing of it stays.

    Temporary files of this process and of those that it starts lie there within the block. What it
    started and did not end is killed at the end, then the folder is removed. Signals raise
    exceptions within the block (`ssplab.system.signals.raised`).

    Parameters
    ----------
    out : Path
        A folder.
    tell : callable
        Called with a line for each folder of an earlier run that was killed, once it is removed.

    Raises
    ------
    SsplabError
        If the system refuses something within the block, or the folder: a full disk, no rights.
    """
    try:
        with signals.raised():
            for folder in remove_abandoned(out):
                tell(f"Removed {folder}, which an earlier run left when it was killed.")
            with temporary_folder(out) as path:
                folder = RunFolder(path)
                folder.cells.mkdir()
                folder.temporary.mkdir()
                with _temporary_files_in(folder.temporary, mark_of(path)):
                    yield folder
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise SsplabError(
            f"The run had to stop: {error.strerror or error}{where}. Nothing of it was kept in "
            f"{out}. Free some space there, or name another folder with --out."
        ) from error


@contextmanager
def _temporary_files_in(folder: Path, mark: str) -> Iterator[None]:
    """Let this process and those that it starts put temporary files there, and bear a mark."""
    variables = dict.fromkeys(VARIABLES, str(folder)) | processes.marked(mark)
    before = {name: os.environ.get(name) for name in variables}, tempfile.tempdir
    try:
        os.environ |= variables
        tempfile.tempdir = str(folder)
        yield
    finally:
        for name, value in before[0].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        tempfile.tempdir = before[1]
