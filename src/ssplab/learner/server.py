"""The process that is JupyterLab: it serves until its standard input closes.

`ssplab.learner.supervisor` starts it and holds the other end of that pipe, so that the server ends
with its supervisor whatever becomes of it.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from ssplab.book import write_data_pages
from ssplab.course import work_dir
from ssplab.learner.jupyterlab import HERE
from ssplab.learner.start_page import START
from ssplab.learner.supervisor import GRACE

STDIN = 0
KERNEL_SECONDS = 3  # for a kernel to end by itself; then it is terminated, and then killed


def serve(port: int, *, browser: bool) -> None:
    """Serve JupyterLab on the work folder; end with the process, once standard input closes.

    Parameters
    ----------
    port : int
        Port of the server, on this machine only.
    browser : bool
        Open a browser window; otherwise the address to open is printed.

    Raises
    ------
    SsplabError
        If a data card or `_toc.yml` cannot be read.
    SystemExit
        If JupyterLab cannot start: it says why.
    """
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    write_data_pages()

    # `make lab` activates no environment: in JupyterLab's terminal, `ssplab` must be found.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={work_dir()}",
            "--ServerApp.contents_manager_class=ssplab.learner.contents.CourseContentsManager",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_root=True",  # containers run as root; the server stays local
            "--Application.log_level=WARN",  # leaves the message with the address to open
            f"--LabApp.default_url=/lab/tree/{START}",
            f"--LabApp.app_settings_dir={HERE / 'settings'}",
            f"--LabApp.extra_labextensions_path={HERE / 'labextensions'}",
            "--LabApp.extension_manager=readonly",  # the other one asks pypi.org
            "--KernelManager.transport_encryption=auto",  # else each kernel warns
            f"--KernelManager.shutdown_wait_time={KERNEL_SECONDS}",
            *([] if browser else ["--no-browser"]),
        ]
    )
    # The server has ended its kernels and removed its files. Python would now wait for threads: one
    # of AnyIO's, which ends with the request that it worked for, waits for ever if the event loop
    # stopped before that request was answered.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _end_with_stdin() -> None:
    """Wait until standard input closes, then stop as at a SIGTERM; in any case, end in time."""
    while os.read(STDIN, 1024):  # `sys.stdin` has a lock, at which the interpreter's end would fail
        continue
    if sys.platform == "win32":  # where os.kill ends the process without its handler
        signal.raise_signal(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)  # the supervisor kills this process then, unless it is itself gone
    os._exit(1)
