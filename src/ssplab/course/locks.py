"""The locks beside pyproject.toml, and how far this environment is what they list.

`requirements.txt` is what the chapters, JupyterLab and the book need; `requirements-test.txt` is
that and what only `ssplab test` needs. Both are parts of one resolution: see `make lock`.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ssplab.course.paths import course_root
from ssplab.system import SsplabError, _

COURSE, TESTS = "requirements.txt", "requirements-test.txt"
NAMED = 5  # packages that a sentence names


@dataclass(frozen=True)
class Comparison:
    """The installed packages held against a lock.

    Parameters
    ----------
    wanted : int
        How many packages the lock lists for this machine.
    missing : list of str
        Names of those that are not installed.
    different : list of str
        Those installed in another version, as `pandas 2.9 (==3.0)`.
    """

    wanted: int
    missing: list[str]
    different: list[str]

    @property
    def is_met(self) -> bool:
        """Whether everything is here, as locked."""
        return not self.missing and not self.different


def read(file: str) -> dict[str, Requirement]:
    """Return what a lock lists, for whatever machine, by normalized name.

    Parameters
    ----------
    file : str
        `COURSE` or `TESTS`, in the course's folder.

    Raises
    ------
    SsplabError
        If there is no such file.
    """
    path = course_root() / file
    if not path.is_file():
        raise SsplabError(_("{path} is missing: restore it from git.").format(path=path))
    lines = path.read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()]
    return {canonicalize_name(requirement.name): requirement for requirement in locked}


def _here(file: str) -> dict[str, Requirement]:
    """Return what a lock lists for this machine and this Python."""
    return {
        name: requirement
        for name, requirement in read(file).items()
        if requirement.marker is None or requirement.marker.evaluate()
    }


def compare(file: str, beyond: str | None = None) -> Comparison:
    """Hold what is installed against a lock, as far as it concerns this machine.

    Parameters
    ----------
    file : str
        The lock.
    beyond : str, optional
        Another lock: what it lists for this machine is left out.

    Raises
    ------
    SsplabError
        If there is no such file.
    """
    left_out = _here(beyond) if beyond else {}
    wanted = {
        name: requirement for name, requirement in _here(file).items() if name not in left_out
    }
    installed: dict[str, str] = {}  # where two have one name, Python imports the first
    for distribution in metadata.distributions():
        if distribution.metadata["Name"]:
            name = canonicalize_name(distribution.metadata["Name"])
            installed.setdefault(name, distribution.version)
    missing, different = [], []
    for name, requirement in wanted.items():
        version = installed.get(name)
        if version is None:
            missing.append(requirement.name)
        elif not requirement.specifier.contains(version, prereleases=True):
            different.append(f"{requirement.name} {version} ({requirement.specifier})")
    return Comparison(len(wanted), missing, different)


def require_tests() -> None:
    """Refuse where a package that only tests need is missing.

    Raises
    ------
    SsplabError
        If one is, with the commands that install it.
    """
    missing = compare(TESTS).missing
    if missing:
        raise SsplabError(
            _(
                "Packages that `ssplab test` needs are missing here: {names}. `make test` installs "
                "them and runs the tests; without make, in the course's folder: "
                "`{python} -m pip install --require-hashes -r {file}`."
            ).format(names=some(missing), python=sys.executable, file=TESTS)
        )


def some(names: Iterable[str]) -> str:
    """Return the first of some names, and how many more there are."""
    names = list(names)
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (
        _(" and {number} more").format(number=more) if more > 0 else ""
    )
