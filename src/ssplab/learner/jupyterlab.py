"""JupyterLab made ready for trainees: a start page, work copies, settings.

`settings/overrides.json` holds defaults for JupyterLab's own settings and those of its extensions;
`labextensions/` an extension that shows the start page anew as work is done. JupyterLab's server is
a process of its own (`server`), under one that sees to its end (`supervisor`).
"""

import socket
import sys
from pathlib import Path

from ssplab.book import port_taken
from ssplab.course import work_dir
from ssplab.learner.copies import move_former_copies
from ssplab.learner.supervisor import supervise
from ssplab.system import SsplabError

HERE = Path(__file__).parent


def start(*, port: int = 8888, browser: bool = True) -> int:
    """Open JupyterLab on the course's start page, in the work folder; Ctrl-C ends it.

    The settings that ship with the course are defaults: what users set themselves wins, and stays
    in their own folder.

    Parameters
    ----------
    port : int, default 8888
        Port of the server, on this machine only.
    browser : bool, default True
        Open a browser window; otherwise the address to open is printed.

    Returns
    -------
    int
        0 if it was told to end. Otherwise the exit code of the server, which said what was wrong.

    Raises
    ------
    SsplabError
        If the port is taken, if the work folder cannot be made, or if the server was killed.
    """
    made_work_dir()
    move_former_copies()
    if _taken(port):
        raise SsplabError(port_taken(port, "make lab"))
    window = "--browser" if browser else "--no-browser"
    return supervise([sys.executable, "-m", "ssplab", "serve-lab", "--port", str(port), window])


def made_work_dir() -> Path:
    """Return the folder of the work copies, made if it is not there.

    Raises
    ------
    SsplabError
        If it cannot be made.
    """
    work = work_dir()
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SsplabError(
            f"The work folder {work} cannot be made ({error.strerror}). "
            "Name another one in the environment variable SSPLAB_WORK."
        ) from error
    return work


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
