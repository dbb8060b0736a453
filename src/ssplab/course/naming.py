"""Which notebooks there are, and how to name one."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ssplab.course.paths import course_root
from ssplab.system import SsplabError, nearest, without_number

KINDS = ("chapters", "solutions", "exercises")
AFFILIATED = ("reading-groups", "kits")
"""Folders of notebooks that are stored with outputs as chapters are, and have no exercise."""
LESSONS = ("chapters", "reading-groups")
"""Kinds of which a stem alone names a notebook, and that run on another seed."""


def notebooks(*kinds: str) -> list[Path]:
    """Return the course's notebooks of these kinds (all by default), sorted within each kind."""
    return [
        path
        for kind in kinds or KINDS
        for path in sorted((course_root() / kind).rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]


def kind_of(path: Path) -> str | None:
    """Return `chapters`, `solutions` or `exercises`; None for a notebook of none of them.

    A notebook of a reading group or of a kit is of the kind `reading-groups` or `kits`.
    """
    root = course_root()
    kinds = (*KINDS, *AFFILIATED)
    return next((kind for kind in kinds if path.resolve().is_relative_to(root / kind)), None)


def sibling(path: Path, kind: str) -> Path:
    """Return the path of the notebook of another kind at the same place; it may not exist."""
    relative = path.resolve().relative_to(course_root() / kind_of(path))
    return course_root() / kind / relative


def course_path(path: Path) -> str:
    """Return the path as messages show it: from the course's folder, or as it is if outside."""
    root = course_root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def find(name: str | Path) -> Path:
    """Return the notebook that a path or a stem names.

    Parameters
    ----------
    name : str or Path
        A path (from the working directory, or from the course's folder), or the stem of a chapter
        or of a session's notebook, such as `payroll-anomalies`.

    Raises
    ------
    SsplabError
        If no notebook, or more than one, has that name; the nearest stems are offered.
    """
    text = str(name)
    if text.endswith(".ipynb"):
        for path in (Path(text).expanduser(), course_root() / text):
            if path.is_file():
                return path.resolve()
        stem = Path(text).stem
    else:
        stem = without_number(text)
        namesakes = [path for path in notebooks(*LESSONS) if path.stem == stem]
        if len(namesakes) == 1:
            return namesakes[0]
        if namesakes:
            places = " and ".join(course_path(path) for path in namesakes)
            raise SsplabError(f"{text} names {places}: rename one, stems are unique.")
    stems = sorted({path.stem for path in notebooks(*LESSONS)})
    raise SsplabError(f"There is no notebook {text}. {nearest(stem, stems)}")


def select(names: Sequence[str | Path]) -> list[Path]:
    """Return the notebooks that names stand for, each once.

    A stem stands for the chapter with its solution and its exercise, or for a session's notebook, a
    path for that notebook only; no name at all stands for every notebook, those of reading groups
    and kits among them.

    Raises
    ------
    SsplabError
        If a name is unknown, or is the path of a notebook outside the course.
    """
    if not names:
        return notebooks(*KINDS, *AFFILIATED)
    selected = []
    for name in names:
        path = find(name)
        if kind_of(path) is None:
            folders = ", ".join((*KINDS, *AFFILIATED))
            raise SsplabError(f"{path} is not in the course's {folders}.")
        if str(name).endswith(".ipynb") or kind_of(path) in AFFILIATED:
            selected.append(path)
        else:
            family = [sibling(path, kind) for kind in KINDS]
            selected.extend(member for member in family if member.is_file())
    return list(dict.fromkeys(selected))


def repeated_stems() -> list[str]:
    """Return the stems that more than one chapter or session has: a stem must name one."""
    counts = Counter(path.stem for path in notebooks(*LESSONS))
    return sorted(stem for stem, count in counts.items() if count > 1)
