"""Which files of the course are drafts: those that still hold the mark of a place to fill.

`ssplab new` writes skeletons in which each place to fill carries the mark: a comment `# FILL IN: …`
in code, bold words in prose. There is no other flag. What a finished file must have (figures, a
quiz, claims over seeds, answers of people who saw only the question) is not asked of a draft; what
holds of its form is.
"""

from pathlib import Path

from ssplab.course import normal
from ssplab.course.naming import AFFILIATED, kind_of, sibling
from ssplab.course.paths import course_root

MARK = "FILL IN:"
SKELETON_FOLDERS = ("chapters", "solutions", "checks", "datasets", *AFFILIATED, "book/parts")
CHECKS = (".py", ".yml")
TEXTS = (".ipynb", ".md", ".py", ".txt", ".yml")


def places_to_fill(path: Path) -> int:
    """Return how many marks a file holds; of a notebook, its outputs do not count.

    Raises
    ------
    SsplabError
        If a notebook cannot be read.
    """
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8").count(MARK)
    cells = normal.read(path).cells
    alternatives = (cell.metadata.get("mystnb", {}).get("image", {}).get("alt") for cell in cells)
    texts = [*(cell.source for cell in cells), *(text for text in alternatives if text)]
    return sum(text.count(MARK) for text in texts)


def is_draft(path: Path) -> bool:
    """Return whether a file of the course is a draft; an exercise is if its solution is.

    Raises
    ------
    SsplabError
        If a notebook cannot be read.
    """
    if kind_of(path) == "exercises" and sibling(path, "solutions").is_file():
        path = sibling(path, "solutions")
    return places_to_fill(path) > 0


def checks_of(notebook: Path) -> list[Path]:
    """Return the files in `checks/` of a chapter, a solution or an exercise: none, or some."""
    place = sibling(notebook, "checks")
    return [path for suffix in CHECKS if (path := place.with_suffix(suffix)).is_file()]


def drafts() -> dict[Path, int]:
    """Return the files that hold marks, with their number.

    Exercises are left out, as derived, and the files of a data set as they were delivered: nobody
    fills them in, and they may be in any encoding.
    """
    files = (
        path
        for folder in SKELETON_FOLDERS
        for path in sorted((course_root() / folder).rglob("*"))
        if path.suffix in TEXTS and path.is_file() and ".ipynb_checkpoints" not in path.parts
        if not path.match("datasets/*/files/*")
    )
    counted = {path: places_to_fill(path) for path in files}
    return {path: count for path, count in counted.items() if count}
