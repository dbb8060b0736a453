"""JupyterLab made ready for trainees: a start page, work copies, settings.

`settings/overrides.json` holds defaults for JupyterLab's own settings and those of its extensions;
`labextensions/` an extension that shows the start page anew as work is done.
"""

import os
import socket
import sys
from pathlib import Path

from ssplab.book import port_taken
from ssplab.course import work_dir
from ssplab.learner.copies import move_former_copies
from ssplab.learner.start_page import START
from ssplab.system import SsplabError

HERE = Path(__file__).parent


def start(*, port: int = 8888, browser: bool = True) -> None:
    """Open JupyterLab on the course's start page, in the work folder; Ctrl-C ends it.

    The settings that ship with the course are defaults: what users set themselves wins, and stays
    in their own folder.

    Parameters
    ----------
    port : int, default 8888
        Port of the server, on this machine only.
    browser : bool, default True
        Open a browser window; otherwise the address to open is printed.

    Raises
    ------
    SsplabError
        If the port is taken, if the work folder cannot be made, or if a data card or `_toc.yml`
        cannot be read.
    """
    from ssplab.book import write_data_pages

    write_data_pages()
    work = made_work_dir()
    move_former_copies()
    if _taken(port):
        raise SsplabError(port_taken(port, "make lab"))

    # `make lab` activates no environment: in JupyterLab's terminal, `ssplab` must be found.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={work}",
            "--ServerApp.contents_manager_class=ssplab.learner.contents.CourseContentsManager",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_root=True",  # containers run as root; the server stays local
            "--ServerApp.answer_yes=True",  # one Ctrl-C ends it
            "--Application.log_level=WARN",  # leaves the message with the address to open
            f"--LabApp.default_url=/lab/tree/{START}",
            f"--LabApp.app_settings_dir={HERE / 'settings'}",
            f"--LabApp.extra_labextensions_path={HERE / 'labextensions'}",
            "--LabApp.extension_manager=readonly",  # the other one asks pypi.org
            "--KernelManager.transport_encryption=auto",  # else each kernel warns
            *([] if browser else ["--no-browser"]),
        ]
    )


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
