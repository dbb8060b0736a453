"""A pytest plugin: no test waits for ever, and no process of a test outlives the run.

pytest-timeout ends a test after the limit in pyproject.toml, from inside: it fails with its name,
its fixtures are torn down, the next test runs. Some tests it cannot end: one that never comes back
to the interpreter, one whose fixtures hang while they are torn down. After twice the limit, such a
test's process says where it stands; `ssplab test` ends a step that does not end (`LIMIT` there).

What tests start and do not end is killed at the end of the run, and told.
"""

import faulthandler
import os
from collections.abc import Iterator

import pytest

from ssplab.system import processes

OVERDUE = 2  # times the limit of a test


class Bounds:
    """The hooks of one run, of which each of its processes has an object."""

    def __init__(self, is_worker: bool):
        # Under xdist, the run is the controller's: its workers have its mark.
        self.mark = None if is_worker else processes.new_mark()
        self.before = os.environ.get(processes.VARIABLE)
        self.left: list[str] = []
        self.stderr = os.dup(2)  # a test's own is captured
        if self.mark:
            os.environ |= processes.marked(self.mark)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        limit = _limit(item)
        if limit:
            # Not ended here: a run whose worker is gone may wait for it.
            faulthandler.dump_traceback_later(OVERDUE * limit, file=self.stderr)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()

    @pytest.hookimpl(trylast=True)  # xdist has ended its workers, pytest torn down its fixtures
    def pytest_sessionfinish(self) -> None:
        if self.mark:
            self.left = processes.kill(self.mark)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.left:
            terminalreporter.write_line(f"Killed, since a test left it running: {line}")

    def pytest_unconfigure(self) -> None:
        os.close(self.stderr)
        if self.mark and self.before is None:
            del os.environ[processes.VARIABLE]
        elif self.mark:
            os.environ[processes.VARIABLE] = self.before


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Bounds(is_worker=hasattr(config, "workerinput")))


def _limit(item: pytest.Item) -> float:
    """Return the seconds after which pytest-timeout ends a test; 0 for never."""
    marker = item.get_closest_marker("timeout")
    own = [*marker.args, marker.kwargs.get("timeout")] if marker else []
    return float(next(filter(None, own), None) or item.config.getini("timeout") or 0)
