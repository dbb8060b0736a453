"""Processes that tests start, wait for and interrupt."""

import os
import time


def wait_for_text(path, process):
    while process.poll() is None:
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(process.communicate()[1])


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
