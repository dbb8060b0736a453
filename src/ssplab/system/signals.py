"""Signals that end a process, made exceptions, so that whatever it began is undone on the way out.

SIGINT is what Ctrl-C sends; SIGTERM what a job scheduler does, or `kill`; SIGHUP comes when the
terminal is closed. Against SIGKILL a process can do nothing.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ssplab.system.errors import SsplabError

# By name, since Windows has no SIGHUP.
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
STDERR = 2
INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a process that Ctrl-C ended."""


class Ended(SystemExit):
    """SIGTERM or SIGHUP came: raised in the main thread, it ends the process with 128 + number.

    It is a `SystemExit`, for which `asyncio`, unlike for other exceptions, stops its loop.
    """

    def __init__(self, number: int):
        super().__init__(128 + number)


def told(code: object) -> str | None:
    """Return the sentence for the exit code of a process that a signal ended; else None."""
    if code == INTERRUPTED:
        return "Interrupted; nothing half done was kept."
    for number in ENDING:
        if code == 128 + number:
            return f"Ended by {number.name}; nothing half done was kept."
    return None


@contextmanager
def raised(*, process_ends: bool = False) -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise `Ended`, and SIGINT `KeyboardInterrupt`, within the block.

    While one is on its way out, further signals change nothing: what it undoes is undone whole. A
    signal that is ignored (`nohup` does so with SIGHUP), or that has a handler, stays as it is, and
    outside the main thread nothing changes. The handlers are those of before after the block.

    Parameters
    ----------
    process_ends : bool
        Whether a signal in the block ends the process soon after it. Further ones are then ignored,
        lest they interrupt what is told at the end.
    """
    came = []

    def handle(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if not _on_the_way_out():
            raise _exception(number)

    replaced = {signal.SIG_DFL, signal.default_int_handler}
    before = _handle(handle, lambda current: current in replaced)
    try:
        yield
    except SsplabError:
        raise  # what could not be undone is told
    except Exception as error:
        # Code that is interrupted may make another error of it, as modules written in C do.
        if came:
            raise _exception(came[0]) from error
        raise
    finally:
        after = dict.fromkeys(before, signal.SIG_IGN) if came and process_ends else before
        _restore(after)


@contextmanager
def held() -> Iterator[None]:
    """Let no signal that ends a process interrupt the block; one that came has its effect after."""
    came = []
    before = _handle(lambda number, _frame: came.append(number), lambda _: True)
    try:
        yield
    finally:
        _restore(before)
        if came:
            signal.raise_signal(came[0])


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Let a signal end the process within the block at once, with a sentence.

    For what there is nothing to undo of, such as the loading of modules: those written in C may
    lose an exception, or show where it was raised.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        os.write(STDERR, f"{told(128 + number)}\n".encode())
        os._exit(128 + number)

    before = _handle(leave, lambda _: True)
    try:
        yield
    finally:
        _restore(before)


def _handle(handle, replaces) -> dict[int, object]:
    """Set a handler where it `replaces` the current one; return those of before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    before = {number: signal.getsignal(number) for number in ENDING}
    before = {
        number: current
        for number, current in before.items()
        # None is a handler that Python has not set, and could not set again.
        if current not in (signal.SIG_IGN, None) and replaces(current)
    }
    for number in before:
        signal.signal(number, handle)
    return before


def _restore(handlers: dict[int, object]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _exception(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else Ended(number)


def _on_the_way_out() -> bool:
    """Return whether what runs now runs because of a signal: `finally` blocks do."""
    error = sys.exception()
    while error is not None:
        if isinstance(error, KeyboardInterrupt | Ended):
            return True
        error = error.__context__
    return False
