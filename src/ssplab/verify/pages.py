"""That a page of the book was seen to be accessible, and what that depends on.

A browser sees every page in two modes and several widths: seconds a page, and the book grows. What
was seen follows from the page's own part (its article and its contents), from the style sheets and
scripts of all pages, and from the tests that judge. `ssplab test --pages` sees every page and
stores hashes of these in `benchmarks/pages.json`; as long as they are what they were, a whole run
takes a page at its word. What surrounds each article is seen anew on one page of each kind.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from ssplab.course import course_path, course_root
from ssplab.system import SsplabError, write_text

COMMAND = "`ssplab test --pages`"
TESTS = "tests/book/test_accessibility.py"
JUDGES = (TESTS, "tests/axe.py")
ANEW = "SSPLAB_PAGES_ANEW"
"""Set to 1 in the environment of tests, no page is taken at its word."""
RECORDED = f"as recorded: it is what it was when {COMMAND} saw it"
"""Why a test is skipped whose page is taken at its word."""
PROPERTY = "page as seen"
LOOKS = "all pages"
# The article and, beside it, the contents of the page; between them the links to its neighbours.
OWN = (
    re.compile(r"<article\b.*</article>", re.DOTALL),
    re.compile(r'<nav class="bd-toc-nav page-toc".*?</nav>', re.DOTALL),
)


def record_path() -> Path:
    """Return where the record is stored; the file may not exist."""
    return course_root() / "benchmarks" / "pages.json"


def read_record() -> dict[str, str]:
    """Return the stored hashes, by page; that of `LOOKS` is of what all pages share.

    Raises
    ------
    SsplabError
        If the file is no record.
    """
    path = record_path()
    if not path.is_file():
        return {}
    try:
        return {str(page): str(seen) for page, seen in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, AttributeError) as error:
        raise SsplabError(
            f"{course_path(path)} is no record of pages ({type(error).__name__}: {error}). "
            f"Make it anew: {COMMAND}."
        ) from error


def taken_at_its_word(html: Path, page: str) -> bool:
    """Return whether a page of a built book is what it was when it was seen.

    Parameters
    ----------
    html : Path
        The folder of the book's pages.
    page : str
        A page's path from there, without a suffix.

    Raises
    ------
    SsplabError
        As `read_record`.
    """
    if os.environ.get(ANEW) == "1":
        return False
    record = read_record()
    return record.get(LOOKS) == looks(html) and record.get(page) == own_part(html, page)


@cache  # a book that is built does not change
def looks(html: Path) -> str:
    """Return a hash of what all pages of a built book share, and of what judges them."""
    static = sorted((html / "_static").rglob("*"))
    shared = [path for path in static if path.suffix in {".css", ".js"}]
    return _hash(
        [
            *(f"{path.relative_to(html).as_posix()} {_hash([_text(path)])}" for path in shared),
            *(_text(course_root() / judge) for judge in JUDGES),
        ]
    )


def own_part(html: Path, page: str) -> str:
    """Return a hash of what is a page's own: its article, and the contents beside it."""
    return _hash(_own_parts(_text(html / f"{page}.html")))


def _own_parts(text: str) -> Iterator[str]:
    for part in OWN:
        found = part.search(text)
        if found:
            yield found[0]


def measure(html: Path, page: str) -> tuple[str, str]:
    """Return the two arguments of `record_property` that tell what a page was when it was seen."""
    seen = {page: own_part(html, page), LOOKS: looks(html)}
    return PROPERTY, json.dumps(seen)


def collect(tests: Iterable[ElementTree.Element]) -> dict[str, str]:
    """Return the hashes of the pages all of whose tests passed in a JUnit report.

    The tests of a page have its path in their name, in brackets.
    """
    measured: dict[str, str] = {}
    spoilt = set()
    for test in tests:
        for one in test.findall(f"properties/property[@name='{PROPERTY}']"):
            measured |= json.loads(one.get("value"))
        named = re.search(r"\[(.+)\]$", test.get("name", ""))
        if named and any(test.find(end) is not None for end in ("failure", "error", "skipped")):
            spoilt.add(named[1])
    return {page: seen for page, seen in measured.items() if page not in spoilt}


def store(seen: Mapping[str, str]) -> bool:
    """Store the hashes of the pages that were seen, and no others; tell whether the file changed.

    Parameters
    ----------
    seen : mapping of str to str
        As `read_record` returns them.
    """
    return write_text(json.dumps(dict(sorted(seen.items())), indent=1) + "\n", record_path())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _hash(texts: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
