"""That the contracts of a chapter's exercises were seen to hold, and what that depends on.

Their tests run every wrong answer, recorded ones and those of people who saw only the question, and
examine each right answer changed in some way: minutes a chapter. `ssplab test --contracts` runs
them and stores in `benchmarks/contracts/STEM.json` hashes of what they depend on: the exercise, its
solution and their words, the blind answers, the data, functions of other chapters, and what
examines answers. As long as these are what they were, a whole run leaves the chapter out, but for
one of each data set (`ssplab.verify.live`).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ssplab.course import (
    checks_of,
    course_path,
    course_root,
    data_sets_of,
    load_card,
    normal,
    sibling,
    tags,
    taught_sources,
)
from ssplab.system import SsplabError, write_text

TESTS = "tests/exercises"
VISITS = "src/ssplab/exercises/visits.py"
MACHINE = ("src/ssplab/exercises", f"{TESTS}/test_contract.py", "tests/odd_answers.py")
"""What examines answers, and what tests it with each exercise; without `VISITS`."""
TEXTS = {".py", ".html", ".css", ".js"}
OF_WEB = re.compile(r"ssplab\.web\b|\bimport .*\bvisits\b")
"""By what an exercise or its checks visit the practice web."""
WEB = ("src/ssplab/web", VISITS)
"""What the practice web is made of, and what judges who visits it."""


def record_path(chapter: Path) -> Path:
    """Return where it is stored that a chapter's contracts hold; the file may not exist."""
    return course_root() / "benchmarks" / "contracts" / f"{chapter.stem}.json"


def command(path: Path) -> str:
    """Return the command that stores the record of the chapter or record in `path`."""
    return f"`ssplab test --contracts {path.stem}`"


def depends_on(chapter: Path) -> dict[str, str]:
    """Return a hash of each thing that the contracts of a chapter's exercises depend on."""
    both = [sibling(chapter, kind) for kind in ("exercises", "solutions")]
    cells = [
        (cell.cell_type, cell.source, tags(cell))
        for path in both
        for cell in normal.normal_form(normal.read(path)).cells
    ]
    code = [source for kind, source, _ in cells if kind == "code"]
    blind = course_root() / TESTS / "blind" / f"{chapter.stem}.yml"
    sources = [path for path in (*checks_of(chapter), blind) if path.is_file()]
    checks = [path.read_text(encoding="utf-8") for path in sources]
    visits = any(OF_WEB.search(text) for text in (*code, *checks))
    names = dict.fromkeys(name for path in both for name in data_sets_of(path))
    return {
        "notebooks": _hash(map(str, cells)),
        "checks and answers": _hash(checks),
        "data": _hash(f"{name} {load_card(name).content_hash}" for name in names),
        "taught functions": _hash(taught_sources(code).values()),
        "what examines": _hash(
            text for place in MACHINE for text in _contents(place, without=VISITS)
        ),
        **(
            {"practice web": _hash(text for place in WEB for text in _contents(place))}
            if visits
            else {}
        ),
    }


def problems(chapter: Path) -> list[str]:
    """Return why it is not known that a chapter's contracts hold, a sentence each.

    Raises
    ------
    SsplabError
        If the record cannot be read.
    """
    path = record_path(chapter)
    if not path.is_file():
        return [f"{course_path(path)} is missing: run {command(path)}"]
    then, now = read_record(path), depends_on(chapter)
    return [
        f"{course_path(path)} is stale ({what} changed since): run {command(path)}"
        for what in sorted(then.keys() | now.keys())
        if then.get(what) != now.get(what)
    ]


def read_record(path: Path) -> Mapping[str, str]:
    """Read the hashes of a stored record.

    Raises
    ------
    SsplabError
        If the file is no record.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["depends on"])
    except (ValueError, KeyError, TypeError) as error:
        raise SsplabError(
            f"{course_path(path)} is no record of contracts ({type(error).__name__}: {error}). "
            f"Make it anew: {command(path)}."
        ) from error


def store(chapter: Path, tests: int) -> bool:
    """Store that so many tests of a chapter's contracts passed; return whether the file changed."""
    content = {"tests": tests, "depends on": depends_on(chapter)}
    return write_text(json.dumps(content, indent=1) + "\n", record_path(chapter))


def _contents(place: str, without: str = "") -> Iterator[str]:
    """Yield the text of a file, or of those in a folder, templates too, without one of them."""
    path, left_out = course_root() / place, course_root() / without
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.suffix in TEXTS and file != left_out:
            yield file.read_text(encoding="utf-8")


def _hash(texts: Iterable[str]) -> str:
    told = json.dumps(list(texts))
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"
