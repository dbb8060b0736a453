"""Where the course, its cache and the trainee's work copies are."""

import os
from pathlib import Path

import platformdirs

from ssplab.system import SsplabError


def course_root() -> Path:
    """Return the folder of the course: the one that holds `_toc.yml` and `datasets/`.

    The environment variable `SSPLAB_ROOT` wins; else the course the package was installed from;
    else the first folder that fits from the working directory upwards.

    Raises
    ------
    SsplabError
        If no such folder is found.
    """
    named = os.environ.get("SSPLAB_ROOT")
    if named:
        if not _is_course(Path(named)):
            raise SsplabError(
                f"SSPLAB_ROOT is {named}, which holds no course (no _toc.yml and datasets/ there). "
                "Set it to the folder that the course was cloned into, or unset it."
            )
        return Path(named).resolve()
    this_file = Path(__file__).resolve()
    for folder in [this_file.parents[3], Path.cwd(), *Path.cwd().parents]:
        if _is_course(folder):
            return folder.resolve()
    raise SsplabError(
        f"No course found in {Path.cwd()} or above it (no _toc.yml and datasets/). "
        "Change to the folder that the course was cloned into, or set SSPLAB_ROOT to it."
    )


def cache_dir() -> Path:
    """Return the folder where generated twins are kept (`SSPLAB_CACHE` wins); it may not exist."""
    named = os.environ.get("SSPLAB_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("ssplab", appauthor=False))


def work_dir() -> Path:
    """Return the folder of the work copies; it may not exist.

    The environment variable `SSPLAB_WORK` wins; else `work/` in the course, which git ignores;
    else, where the course is read-only as on a hub, `work/` in the user's home.
    """
    named = os.environ.get("SSPLAB_WORK")
    if named:
        return Path(named).expanduser().resolve()
    root = course_root()
    return (root if os.access(root, os.W_OK) else Path.home()) / "work"


def _is_course(folder: Path) -> bool:
    return (folder / "_toc.yml").is_file() and (folder / "datasets").is_dir()
