"""Is this machine ready for the course? One line a thing: ok, or what to do.

Each check imports what it needs, so that a missing package is a line and no traceback; without the
packages of the command line, `python -m ssplab.learner.doctor` says the same. Nothing leaves the
machine.
"""

from __future__ import annotations

import locale
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssplab.system import SsplabError, _, ngettext

if TYPE_CHECKING:
    from ssplab.course import locks

OK, ATTENTION, PROBLEM = "ok", "attention", "problem"
PYTHONS = ((3, 11), (3, 13))  # the oldest and the newest that the lock is for
GIGA, MEGA = 10**9, 10**6
DISK = (2 * GIGA, 200 * MEGA)  # free bytes: to work at ease, and to work at all
MEMORY = (1 * GIGA, 400 * MEGA)  # likewise; a kernel with the course's packages takes 300 MB
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Diagnosis:
    """What a check found.

    Parameters
    ----------
    about : str
        What was looked at, in a word or two.
    state : str
        `ok`; `attention`, the course works but something may not; `problem`, it does not.
    told : str
        What there is and, unless it is ok, what to do.
    """

    about: str
    state: str
    told: str


def examine(port: int = 8888) -> list[Diagnosis]:
    """Return what every check finds, in the order of the table.

    Parameters
    ----------
    port : int, default 8888
        The port that JupyterLab is to have.
    """
    checks: list[tuple[str, Callable[[], tuple[str, str]]]] = [
        (_("Python"), python),
        (_("Packages"), packages),
        (_("Packages of tests"), packages_of_tests),
        (_("Kernel"), kernel),
        (_("Disk"), disk),
        (_("Memory"), memory),
        (_("Port"), lambda: free_port(port)),
        (_("Chromium"), chromium),
        (_("Write access"), write_access),
        (_("Progress"), progress),
        (_("Texts"), texts),
    ]
    return [_examined(about, check) for about, check in checks]


def _examined(about: str, check: Callable[[], tuple[str, str]]) -> Diagnosis:
    try:
        return Diagnosis(about, *check())
    except SsplabError as error:
        return Diagnosis(about, PROBLEM, str(error))
    except ImportError as error:
        message = _("The package {name} is missing or broken. {remedy}")
        return Diagnosis(about, PROBLEM, message.format(name=error.name, remedy=_install()))
    except Exception as error:  # whatever is broken here, the other lines are wanted too
        message = _("This could not be examined: {error}").format(
            error=f"{type(error).__name__}: {error}"
        )
        return Diagnosis(about, PROBLEM, message)


def python() -> tuple[str, str]:
    """Look at the Python that runs, and whether it is that of the course's own environment."""
    from ssplab.course import course_root

    version, (oldest, newest) = sys.version_info[:2], PYTHONS
    name = f"Python {version[0]}.{version[1]}"
    if not oldest <= version <= newest:
        return PROBLEM, _(
            "{name} is not supported: the course needs 3.11, 3.12 or 3.13. Name one: "
            "`make clean lab PYTHON=python3.12`."
        ).format(name=name)
    own = course_root() / ".venv"
    if Path(sys.prefix).resolve() != own.resolve():
        return ATTENTION, _(
            "{name} in {prefix}, which is not the course's own environment, {own}. "
            "`make lab` makes that one and uses it."
        ).format(name=name, prefix=sys.prefix, own=own)
    return OK, _("{name} in the course's own environment").format(name=name)


def packages() -> tuple[str, str]:
    """Hold the installed packages against the lock, as far as it concerns this machine."""
    from ssplab.course import locks

    compared = locks.compare(locks.COURSE)
    if compared.is_met:
        return OK, _("All {number} of the lock are here").format(number=compared.wanted)
    return PROBLEM, f"{_differences(compared)} {_install()}"


def packages_of_tests() -> tuple[str, str]:
    """Look for what only `ssplab test` needs; without it the course works."""
    from ssplab.course import locks

    compared = locks.compare(locks.TESTS, beyond=locks.COURSE)
    if compared.is_met:
        return OK, _("All {number} that only `make test` uses are here").format(
            number=compared.wanted
        )
    return ATTENTION, _("Only `make test` uses them, and installs them. {differences}").format(
        differences=_differences(compared)
    )


def _differences(compared: locks.Comparison) -> str:
    """Return in a sentence or two which packages of a lock are missing or have other versions."""
    from ssplab.course import locks

    return " ".join(
        _("{number} of {all} {how}: {names}.").format(
            number=len(names), all=compared.wanted, how=how, names=locks.some(names)
        )
        for how, names in [
            (_("are missing"), compared.missing),
            (_("have another version than the lock"), compared.different),
        ]
        if names
    )


def kernel() -> tuple[str, str]:
    """Look at the kernel that notebooks run in."""
    from ssplab.notebooks import KERNEL, check_kernel

    check_kernel()
    return OK, _("{kernel} is this Python").format(kernel=KERNEL)


def disk() -> tuple[str, str]:
    """Look at the free space, where the course is and where it writes."""
    free, folder = min(
        (shutil.disk_usage(_existing(folder)).free, folder) for folder in _folders().values()
    )
    ease, least = DISK
    amount = _("{size} free").format(size=_size(free))
    if free >= ease:
        return OK, amount
    return ATTENTION if free >= least else PROBLEM, _(
        "{amount} for {folder}: free some space, {ease} are enough. Generated twins are kept in "
        "{cache}, and may be deleted."
    ).format(amount=amount, folder=folder, ease=_size(ease), cache=_folders()["cache"])


def memory() -> tuple[str, str]:
    """Look at the memory that is available, in this container if it has a limit."""
    import psutil

    free = min([psutil.virtual_memory().available, *_left_in_container(Path("/sys/fs/cgroup"))])
    ease, least = MEMORY
    amount = _("{size} available").format(size=_size(free))
    if free >= ease:
        return OK, amount
    return ATTENTION if free >= least else PROBLEM, _(
        "{amount}, and each open notebook takes about 300 MB: shut down kernels that you no longer "
        "need (in JupyterLab, the round icon on the left), and close other programs."
    ).format(amount=amount)


def free_port(port: int) -> tuple[str, str]:
    """Look whether a program listens on the port that JupyterLab is to have."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    if not taken:
        return OK, _("{port} is free").format(port=port)
    return ATTENTION, _(
        "{port} is taken. If it is the course's JupyterLab that is open, all is well; if not, "
        "choose another: `make lab PORT={other}`."
    ).format(port=port, other=port + 1)


def chromium() -> tuple[str, str]:
    """Look for the browser that tests drive."""
    for name in CHROMIUM:
        if path := shutil.which(name):
            return OK, path
    return ATTENTION, _(
        "Not found. Only `make test` uses it, and skips the browser's tests without it. On Debian: "
        "`sudo apt-get install chromium`."
    )


def write_access() -> tuple[str, str]:
    """Try to write where the course writes: its work folder, its cache, the trainee's progress."""
    refused = []
    for folder in _folders().values():
        try:
            with tempfile.TemporaryFile(dir=_existing(folder)):
                pass
        except OSError as error:
            refused.append(f"{folder} ({error.strerror or error})")
    if not refused:
        return OK, _("Work folder, cache and progress can be written")
    return PROBLEM, _(
        "Nothing can be written in {folders}. Give these folders to your user, or copy the course "
        "into your home folder. `SSPLAB_WORK`, `SSPLAB_CACHE` and `SSPLAB_PROGRESS` name other "
        "places."
    ).format(folders=", ".join(refused))


def progress() -> tuple[str, str]:
    """Read the trainee's progress; a damaged file is set aside, which the diary tells."""
    from ssplab.system import diary

    path = diary.store()
    if path is None:
        return ATTENTION, _(
            "Nothing is recorded: SSPLAB_PROGRESS is off. Unset it to keep progress."
        )
    number = len(diary.events())
    events = ngettext("{number} event in {path}", "{number} events in {path}", number)
    return OK, events.format(number=number, path=path)


def texts() -> tuple[str, str]:
    """Look at the encoding of files and of the terminal."""
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        return OK, encoding
    return ATTENTION, _(
        "Files are read as {encoding} where no encoding is given, and accents may be garbled: set "
        "the environment variable PYTHONUTF8 to 1."
    ).format(encoding=encoding)


def _folders() -> dict[str, Path]:
    """Return where the course writes; the folders may not exist."""
    from ssplab.course import cache_dir, work_dir
    from ssplab.system import diary

    path = diary.store()
    folders = {"work": work_dir(), "cache": cache_dir()}
    return folders | ({"progress": path.parent} if path else {})


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    return next(ancestor for ancestor in [folder, *folder.absolute().parents] if ancestor.exists())


def _left_in_container(group: Path) -> list[int]:
    """Return the bytes that a container's limit leaves (control groups 2); none without a limit.

    As Kubernetes counts: what the system can drop at once, files read and not in use, is free.
    """
    try:
        limit = (group / "memory.max").read_text("utf-8")
        used = int((group / "memory.current").read_text("utf-8"))
        counts = dict(
            line.split() for line in (group / "memory.stat").read_text("utf-8").splitlines()
        )
        return [int(limit) - used + int(counts["inactive_file"])]
    except (OSError, ValueError, KeyError):  # no such file, or the limit is "max"
        return []


def _size(number: int) -> str:
    return f"{number / GIGA:.1f} GB" if number >= GIGA else f"{number / MEGA:.0f} MB"


def _install() -> str:
    """Return the sentence that says how to install what the lock lists."""
    return _(
        "In the course's folder: `{python} -m pip install --require-hashes -r requirements.txt`."
    ).format(python=sys.executable)


def worst(diagnoses: Iterable[Diagnosis]) -> str:
    """Return the worst state of some diagnoses."""
    states = {diagnosis.state for diagnosis in diagnoses}
    return next(state for state in (PROBLEM, ATTENTION, OK) if state in states)


def main() -> int:
    """Print what is found without any package, a line each; return the exit code."""
    diagnoses = examine()
    for diagnosis in diagnoses:
        print(f"{diagnosis.about}: {diagnosis.state}. {diagnosis.told}")
    return 1 if worst(diagnoses) == PROBLEM else 0


if __name__ == "__main__":
    sys.exit(main())
