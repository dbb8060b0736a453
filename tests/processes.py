"""Processes that tests start, wait for and interrupt."""

import contextlib
import signal
import socket
import subprocess
import threading
import time

import psutil

LIMIT = 600  # seconds that a process may live; an idle machine needs a tenth of it


@contextlib.contextmanager
def started(command, *, limit=LIMIT, **options):
    """Start a process that signals reach, and that is killed after `limit` seconds.

    Whoever waits for it waits no longer; who reads what it says must give a time limit too, since
    what it started may hold the pipe after its end.

    Parameters
    ----------
    command : list of str
        Program and arguments.
    limit : float
        In seconds.
    **options
        As for `subprocess.Popen`.

    Yields
    ------
    subprocess.Popen
        Killed at the end of the block, if it lives.
    """
    overtime = threading.Event()

    def stop():
        overtime.set()
        process.kill()

    process = interruptible(command, **options)
    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        timer.cancel()
        assert not overtime.is_set(), f"{command} did not end within {limit} seconds"


def interruptible(command, **options):
    """Start a process with the default handlers of signals, even where this one ignores them.

    An ignored signal is inherited: `nohup` ignores SIGHUP, and a shell SIGINT in what it starts in
    the background.
    """
    handlers = {signal.SIGINT: signal.default_int_handler}
    if hasattr(signal, "SIGHUP"):  # Windows has none
        handlers[signal.SIGHUP] = signal.SIG_DFL
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        return subprocess.Popen(command, **options)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port():
    """Return the number of a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, process=None, *, limit=LIMIT):
    """Wait until a condition holds, and return its value; fail after `limit` seconds.

    With a process, fail with what it said if it ends before.
    """
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if process is not None and process.poll() is not None:
            said = process.communicate(timeout=limit)[1]
            raise AssertionError(f"ended with {process.returncode}: {said}")
        assert time.monotonic() < deadline, f"did not come within {limit} seconds"
        time.sleep(0.05)
    return value


def wait_for_text(path, process):
    """Wait until a process has written to a file; return what it wrote."""
    return wait_until(lambda: path.exists() and path.read_text(), process)


def kernels_of(pid):
    """Return the processes of the kernels that a process started, itself or through others.

    A server starts short-lived helpers too: one that ends while it is asked is no kernel.
    """
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one too
            if "ipykernel_launcher" in child.cmdline():
                found.append(child.pid)
    return found


def alive(pid):
    """Return whether a process of that number runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
