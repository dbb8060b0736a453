"""The Python kernel that notebooks run in: this environment's, computing the same everywhere."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from traitlets.config import Config

from ssplab.system import SsplabError, diary

KERNEL = "python3"
# Seconds. Where all processors are busy, a kernel may need more than the 60 of Jupyter.
START_TIMEOUT = 300
# Sums over several threads are added in another order, so that last bits change with the number
# of cores; and notebooks run in parallel already.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def environment() -> dict[str, str]:
    """Return the environment variables of a kernel whose output is stored or compared.

    What such a kernel checks is nobody's progress.
    """
    # With a backend set from outside, the kernel would draw no figure.
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return inherited | dict.fromkeys(THREADS, "1") | {diary.VARIABLE: diary.OFF}


@contextmanager
def connection() -> Iterator[Config]:
    """Give the configuration of one kernel's connection, which lasts as long as the context.

    Jupyter finds a kernel's five ports free, lets them go and tells the kernel their numbers: what
    else opens or uses a connection at that moment may have taken one. Sockets that are files in a
    folder of the kernel's own, where the system has them, cannot be taken, and no other user of
    the machine reads them. Of a program that is killed, the folder stays: empty sockets.
    """
    if os.name == "nt":
        yield Config(KernelManager={"transport_encryption": "auto"})
        return
    # Not where TMPDIR says: a socket's path is at most about a hundred bytes, and it holds no data.
    with tempfile.TemporaryDirectory(
        prefix="ssplab-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        yield Config(KernelManager={"transport": "ipc", "ip": f"{folder}/kernel"})


def check_kernel() -> None:
    """Check that the kernel `python3` is the running Python.

    Raises
    ------
    SsplabError
        If it is missing, or another Python, in which the course's packages may be others.
    """
    try:
        program = KernelSpecManager().get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel:
        raise SsplabError(
            f"Jupyter finds no kernel {KERNEL!r} in {sys.prefix}: install the requirements again."
        ) from None
    # Jupyter starts the running Python where a kernel's command is just `python`.
    version = sys.version_info
    ours = {"python", f"python{version[0]}", f"python{version[0]}.{version[1]}", sys.executable}
    if program not in ours:
        raise SsplabError(
            f"The kernel {KERNEL!r} starts {program}, not this environment's Python. "
            f"Remove that kernel (`jupyter kernelspec list` shows where it is), or run "
            f"`{sys.executable} -m ipykernel install --sys-prefix`."
        )
