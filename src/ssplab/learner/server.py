"""The process that is JupyterLab, on a trainee's machine and on a hub.

`serve` serves until its standard input closes: `ssplab.learner.supervisor` starts it and holds the
other end of that pipe, so that the server ends with its supervisor whatever becomes of it. On a
JupyterHub, `serve_on_hub` is what its spawner starts, and the spawner ends it; in a container that
is one trainee's, `serve_in_container` is its first process.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ssplab.course import course_path, find, work_dir
from ssplab.learner.jupyterlab import HERE, made_work_dir
from ssplab.learner.start_page import START
from ssplab.learner.supervisor import GRACE
from ssplab.system import SsplabError

STDIN = 0
SHORTEST_TOKEN = 8  # characters
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
    # It loads pandas and matplotlib, 60 MiB which no server on a hub is to have.
    from ssplab.book import write_data_pages

    write_data_pages()
    _find_own_programs()

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(
        [
            *_options(),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_root=True",  # containers run as root; the server stays local
            *([] if browser else ["--no-browser"]),
        ]
    )
    _end()


def serve_on_hub(arguments: Sequence[str] = ()) -> None:
    """Serve JupyterLab to one trainee of a JupyterHub, whose spawner starts this process.

    The hub says in the environment where to listen and who may come in. The work folder is the
    trainee's, made if it is not there; the course is only read, so the pages of the data sets must
    be there already: who sets the hub up writes them (`ssplab book` does).

    Parameters
    ----------
    arguments : sequence of str
        Further options of the Jupyter server: `--ServerApp.shutdown_no_activity_timeout=7200`.

    Raises
    ------
    SsplabError
        If JupyterHub is not installed, if no hub has started this process, or if the work folder
        cannot be made.
    """
    if "JUPYTERHUB_SERVICE_URL" not in os.environ:
        raise SsplabError("No JupyterHub has started this. To work on this machine: `ssplab lab`.")
    try:
        from jupyterhub.singleuser import main
    except ImportError as error:
        raise SsplabError(
            "JupyterHub is not installed in the course's environment. Add it: "
            "python -m pip install --require-hashes -r requirements-deploy.txt"
        ) from error
    made_work_dir()
    _find_own_programs()
    # JupyterHub asks here what it opens without a link, before it asks JupyterLab's configuration.
    os.environ.setdefault("JUPYTERHUB_DEFAULT_URL", f"/lab/tree/{START}")
    main([*_options(), *arguments])
    _end()


def serve_in_container(
    port: int, *, opened: str | None = None, arguments: Sequence[str] = ()
) -> None:
    """Serve JupyterLab to one trainee from a container of their own, with no hub before it.

    It listens on all of the container's addresses, and lets in who knows the token that stands in
    the environment as `JUPYTER_TOKEN`. The course is only read, as on a hub.

    Parameters
    ----------
    port : int
        Port of the server.
    opened : str, optional
        The chapter, by stem, or the notebook, by path, that it opens on: `payroll-anomalies`. The
        start page by default.
    arguments : sequence of str
        Further options of the Jupyter server: `--ServerApp.base_url=/course/`.

    Raises
    ------
    SsplabError
        If there is no token, no such notebook, or if the work folder cannot be made.
    """
    if len(os.environ.get("JUPYTER_TOKEN", "")) < SHORTEST_TOKEN:
        raise SsplabError(
            f"JUPYTER_TOKEN holds no token of {SHORTEST_TOKEN} characters or more: without one, "
            "everybody who reaches this container could run programs in it."
        )
    page = course_path(find(opened)) if opened else START
    made_work_dir()
    _find_own_programs()

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(
        [
            *_options(page),
            "--ServerApp.ip=0.0.0.0",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--no-browser",
            *arguments,
        ]
    )
    _end()


def server_configuration(opened: str | None = None) -> str:
    """Return the course's options as a `jupyter_server_config.py`, for a JupyterLab of others.

    It serves where the course is installed beside JupyterLab, as on a platform whose services
    start JupyterLab by themselves; the work folder is made.

    Parameters
    ----------
    opened : str, optional
        As for `serve_in_container`.

    Raises
    ------
    SsplabError
        If there is no such notebook, or if the work folder cannot be made.
    """
    page = course_path(find(opened)) if opened else START
    made_work_dir()
    settings = (option.removeprefix("--").partition("=") for option in _options(page))
    lines = [f"c.{name} = {_value(name, text)!r}" for name, _, text in settings]
    return "\n".join(["c = get_config()", *lines, ""])


def _value(name: str, text: str) -> str | int | list[str]:
    """Return the value of an option as a configuration in Python has it."""
    if name == "LabApp.extra_labextensions_path":
        return [text]
    return int(text) if text.isdigit() else text


def _options(page: str = START) -> list[str]:
    """Return the options of the course's JupyterLab, wherever it runs."""
    return [
        f"--ServerApp.root_dir={work_dir()}",
        "--ServerApp.contents_manager_class=ssplab.learner.contents.CourseContentsManager",
        "--Application.log_level=WARN",  # leaves the message with the address to open
        f"--LabApp.default_url=/lab/tree/{page}",
        f"--LabApp.app_settings_dir={HERE / 'settings'}",
        f"--LabApp.extra_labextensions_path={HERE / 'labextensions'}",
        "--LabApp.extension_manager=readonly",  # the other one asks pypi.org
        "--KernelManager.transport_encryption=auto",  # else each kernel warns
        f"--KernelManager.shutdown_wait_time={KERNEL_SECONDS}",
    ]


def _find_own_programs() -> None:
    """Let JupyterLab's terminal find `ssplab`, since nobody activates the environment."""
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])


def _end() -> NoReturn:
    """End this process, whose server has ended its kernels and removed its files.

    Python would now wait for threads: one of AnyIO's, which ends with the request that it worked
    for, waits for ever if the event loop stopped before that request was answered.
    """
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
