"""Run JupyterLab's server as a child that always ends, and its kernels with it.

By itself the server does not: interrupted while its standard input is no terminal, it leaves its
kernels to themselves; stopped while it answers a request, it may wait for ever for a thread; and
when it is killed, a kernel that had just started may not notice.
"""

import contextlib
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import psutil

from ssplab.system import SsplabError

GRACE = 6  # seconds in which a server that is asked to end does so by itself, with its kernels
ENDED = 0  # beside the numbers of signals, of which none is 0
KILLED_IN = 2  # seconds in which what is killed is gone
SWEEPS = 5
MARK = "SSPLAB_LAB"  # in the environment of a server and of all that it starts


def supervise(command: Sequence[str], *, grace: float = GRACE) -> int:
    """Run a Jupyter server until it ends, or until a signal says that it must.

    Its standard input is a pipe, which closes when it must end, or when this process dies. SIGINT
    (Ctrl-C), SIGTERM and SIGHUP (the terminal closes) ask it to end; those that this process was
    told to ignore it ignores. A second SIGINT, or the end of the time of grace, kills the server
    and its kernels. Terminals and programs that users started are left alone.

    Parameters
    ----------
    command : sequence of str
        Program and arguments of the server.
    grace : float
        Seconds in which it may end by itself.

    Returns
    -------
    int
        0 if it was told to end, or else the server's exit code.

    Raises
    ------
    SsplabError
        If the server was killed by somebody else.
    """
    events: queue.SimpleQueue[int] = queue.SimpleQueue()  # may be put to by a signal handler
    mark = uuid.uuid4().hex
    with _signals(events.put):
        server = subprocess.Popen(
            command,
            env={**os.environ, MARK: mark},
            stdin=subprocess.PIPE,
            # The terminal's Ctrl-C is for this process, which passes on what it means.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows' word
        )
        try:
            threading.Thread(target=_report_end, args=(server, events.put), daemon=True).start()
            told_to_end = _next(events) != ENDED
            server.stdin.close()
            in_time = not told_to_end or _ends(events, grace)
        finally:
            server.kill()
            # One that hangs in the system, as on a network disk that is gone, ends when it can.
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(KILLED_IN)
            _kill_kernels(server.pid, mark)
    if not in_time:
        # Said last: where the terminal is gone, it cannot be.
        with contextlib.suppress(OSError):
            print("JupyterLab was slow to end: it was killed, with its kernels.", file=sys.stderr)
    if told_to_end:
        return 0
    if server.returncode < 0:
        name = signal.Signals(-server.returncode).name
        raise SsplabError(
            f"JupyterLab was killed ({name}), perhaps because memory was short. Notebooks are as "
            "they were last saved. Start it again; `ssplab doctor` looks at this machine."
        )
    return server.returncode


@contextlib.contextmanager
def _signals(tell: Callable[[int], None]) -> Iterator[None]:
    """Call `tell` with the number of each signal that comes, unless it is ignored."""

    def handle(number: int, _frame: FrameType | None) -> None:
        tell(number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if before[number] != signal.SIG_IGN]
    for number in heard:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _report_end(server: subprocess.Popen, tell: Callable[[int], None]) -> None:
    server.wait()
    tell(ENDED)


def _next(events: queue.SimpleQueue[int], deadline: float = math.inf) -> int | None:
    """Return the next event, or None if none comes before the deadline, in monotonic seconds."""
    while (left := deadline - time.monotonic()) > 0:
        # On Windows a signal is not heard before the wait is over: it must be short.
        with contextlib.suppress(queue.Empty):
            return events.get(timeout=min(1, left))
    return None


def _ends(events: queue.SimpleQueue[int], seconds: float) -> bool:
    """Return whether the server ends in time, before a second Ctrl-C."""
    deadline = time.monotonic() + seconds
    while (event := _next(events, deadline)) not in (ENDED, signal.SIGINT, None):
        continue
    return event == ENDED


def _kill_kernels(server: int, mark: str) -> None:
    """Kill the kernels that a server left, and what these started.

    One that was being started as the server died shows only a moment later what it is: the sweep is
    repeated until it finds none twice.
    """
    empty = 0
    for _ in range(SWEEPS):
        left = _kernels(server, mark)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
                process.kill()
        psutil.wait_procs(left, timeout=KILLED_IN / SWEEPS)
        empty = 0 if left else empty + 1
        if empty == 2:
            return
        time.sleep(0.1)


def _kernels(server: int, mark: str) -> list[psutil.Process]:
    """Return the processes that a server started as kernels, by what their environment says.

    `jupyter_client` writes the server's number there. On Windows it does not, nor is help needed: a
    kernel sees there that its server ended.
    """
    kernels = []
    for process in psutil.process_iter():
        # Of others' processes, and of those that end right now, the environment cannot be read.
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ()
            is_ours = environment.get(MARK) == mark
            if is_ours and environment.get("JPY_PARENT_PID") == str(server):
                kernels.append(process)
    return kernels
