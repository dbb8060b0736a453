"""The Python kernel that notebooks run in: this environment's, computing the same everywhere."""

import os
import sys

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from ssplab.system import SsplabError, diary

KERNEL = "python3"
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
