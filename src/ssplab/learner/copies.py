"""A trainee's work copies: chapters, exercises, solutions and sessions, to be changed at will.

The course itself is only read. A notebook is copied into the work folder the first time it is
opened, and a copy is never overwritten. Where the course has a newer version than the one a copy
was made of, that version can be opened beside it; `reset` starts again, and keeps what it replaces.
"""

import hashlib
import itertools
import re
from datetime import datetime
from pathlib import Path, PurePosixPath

import nbformat

from ssplab.course import KINDS, LESSONS, course_path, course_root, select, work_dir
from ssplab.system import SsplabError, whole_file, without_number

PAGES = "book"
SESSIONS = "reading-groups"  # of which the notebooks are copied, the pages only shown
NEW = re.compile(r"\.new-[0-9a-f]{8}$")


def original(place: str) -> Path | None:
    """Return the course's notebook that belongs at a place of the work folder, if there is one.

    Parameters
    ----------
    place : str
        Path in the work folder, with slashes, such as `chapters/part/slug.ipynb`; with the
        name of a newer version, that version's.
    """
    path = PurePosixPath(place)
    if path.suffix != ".ipynb" or path.parts[0] not in (*KINDS, *LESSONS) or ".." in path.parts:
        return None
    source = course_root() / path.with_stem(NEW.sub("", path.stem))
    if not source.is_file() or path.name not in (source.name, newer_name(source)):
        return None
    return source


def copy_on_demand(place: str) -> Path | None:
    """Make the work copy that belongs at a place, unless something stands there already.

    Returns
    -------
    Path or None
        The copy, if it was made now.

    Raises
    ------
    SsplabError
        If the work folder cannot be written.
    """
    copy = work_dir() / place
    source = None if copy.exists() else original(place)
    if source is None:
        return None
    notebook = nbformat.read(source, as_version=4)
    notebook.metadata["ssplab"] = {"copy_of": version(source)}
    with whole_file(copy) as temporary:
        nbformat.write(notebook, temporary)
    return copy


def is_page(place: str) -> bool:
    """Return whether a place of the work folder is one of the course's pages, or a folder of them.

    They are shown beside the notebooks, which link to them, and are nobody's to change.
    """
    path = PurePosixPath(place)
    return path.parts[:1] == (PAGES,) or (path.parts[:1] == (SESSIONS,) and path.suffix == ".md")


def bring_page(place: str) -> None:
    """Copy one of the course's pages, or a picture of one, where it differs from what is there.

    Raises
    ------
    SsplabError
        If the work folder cannot be written.
    """
    source = course_root() / place
    page = work_dir() / place
    if ".." in PurePosixPath(place).parts or not source.is_file():
        return
    content = source.read_bytes()
    if not page.is_file() or page.read_bytes() != content:
        with whole_file(page) as temporary:
            temporary.write_bytes(content)


def newer(place: str) -> str | None:
    """Return the place of the version that the course has by now, if a work copy is of another."""
    copy, source = work_dir() / place, original(place)
    if source is None or not copy.is_file():
        return None
    try:
        made_of = nbformat.read(copy, as_version=4).metadata.get("ssplab", {}).get("copy_of")
    except (OSError, ValueError):  # not a notebook any more; opening it says so
        return None
    if made_of in (None, version(source)):
        return None
    return str(PurePosixPath(place).with_name(newer_name(source)))


def newer_name(source: Path) -> str:
    """Return the file name under which a version of a notebook stands beside an older copy."""
    return f"{source.stem}.new-{version(source)}.ipynb"


def version(source: Path) -> str:
    """Return what tells a version of a notebook from another: eight digits of its content."""
    return hashlib.sha256(source.read_bytes()).hexdigest()[:8]


def move_former_copies() -> None:
    """Bring work copies of when chapters had numbers to where they are looked for today.

    `exercises/2-part/02-slug.ipynb` becomes `exercises/part/slug.ipynb`, and so do the copies that
    were kept beside it. What stands there already is never replaced.

    Raises
    ------
    SsplabError
        If the work folder cannot be written.
    """
    for kind in KINDS:
        for former in sorted((work_dir() / kind).glob("[0-9]*-*/[0-9][0-9]-*.ipynb")):
            folder = former.parents[1] / without_number(former.parent.name)
            copy = folder / without_number(former.name)
            if copy.exists():
                continue
            try:
                folder.mkdir(exist_ok=True)
                former.rename(copy)
            except OSError as error:
                raise SsplabError(f"{former} cannot be moved ({error.strerror}).") from error


def reset(name: str) -> list[tuple[Path, Path]]:
    """Take the course's version of work copies anew; each that is replaced is kept, dated.

    Parameters
    ----------
    name : str
        A chapter's stem, which stands for the copies of chapter, exercise and solution; or one
        notebook's path, such as `exercises/part/slug.ipynb`.

    Returns
    -------
    list of (Path, Path)
        Each copy made anew, and where the former one is kept.

    Raises
    ------
    SsplabError
        If there is no such notebook, if none of it was opened yet, or if the work folder cannot be
        written.
    """
    places = [place for place in map(course_path, _sources(name)) if (work_dir() / place).exists()]
    if not places:
        raise SsplabError(
            f"There is no work copy of {name} in {work_dir()}: it is as the course has it. "
            "Open it from the start page to work on it."
        )
    done = []
    for place in places:
        copy = work_dir() / place
        kept = _kept(copy)
        try:
            copy.rename(kept)
        except OSError as error:
            raise SsplabError(f"{copy} cannot be moved ({error.strerror}).") from error
        try:
            copy_on_demand(place)
        except SsplabError:
            kept.rename(copy)
            raise
        done.append((copy, kept))
    return done


def _sources(name: str) -> list[Path]:
    path = Path(name).expanduser().resolve()
    if path.is_relative_to(work_dir()):
        place = PurePosixPath(path.relative_to(work_dir()).as_posix())
        name = str(place.with_stem(NEW.sub("", place.stem)))
    return select([name])


def _kept(copy: Path) -> Path:
    """Return a free name beside a copy, with the date."""
    today = f"{copy.stem}.kept-{datetime.now():%Y-%m-%d}"
    names = itertools.chain([today], (f"{today}-{number}" for number in itertools.count(2)))
    return next(path for path in map(copy.with_stem, names) if not path.exists())
