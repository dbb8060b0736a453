"""Processes that a run starts, known by a mark in their environment, and killed at its end.

What a process starts inherits the mark, whoever is its parent by then: a kernel or a browser in a
session of its own is found too. A run within a run has the marks of both.
"""

import contextlib
import os
import uuid

import psutil

VARIABLE = "SSPLAB_RUNS"  # the marks of the run, and of those within which it was started
GRACE = 5  # seconds that a killed process may take to be gone


def new_mark() -> str:
    """Return a mark that no other run has."""
    return uuid.uuid4().hex


def marked(mark: str) -> dict[str, str]:
    """Return the environment variable of what a run starts: its mark, and those of outer runs."""
    return {VARIABLE: " ".join([*os.environ.get(VARIABLE, "").split(), mark])}


def kill(mark: str) -> list[str]:
    """Kill each process that has a mark, but this one; return its number and command line."""
    killed, told = [], []
    for process in psutil.process_iter():
        # Processes end while one looks at them, and some may not be looked at.
        with contextlib.suppress(psutil.Error):
            marks = process.environ().get(VARIABLE, "").split()
            if mark in marks and process.pid != os.getpid() and _lives(process):
                line = f"{process.pid} {' '.join(process.cmdline())}"
                process.kill()
                killed.append(process)
                told.append(line)
    psutil.wait_procs(killed, timeout=GRACE)
    return told


def _lives(process: psutil.Process) -> bool:
    return process.status() != psutil.STATUS_ZOMBIE
