"""What `ssplab test` runs, in the stages of a pipeline (`--stage NAME`): see `ssplab.verify.suite`.

What is quick is one stage: each step that is no test run, and each test that is not marked `slow`.
The slow tests of a file are all in one of the others, which its source tells: those of
`tests/deploy` need the tools of deployment, those that open a browser need Chromium, those that
read the built book need the book; the rest executes notebooks.
"""

import ast
from functools import cache

from ssplab.course import course_root, parse
from ssplab.system import SsplabError, nearest

QUICK, NOTEBOOKS, BOOK, BROWSER, DEPLOY = "quick", "notebooks", "book", "browser", "deploy"
STAGES = (QUICK, NOTEBOOKS, BOOK, BROWSER, DEPLOY)
DEPLOYED = "tests/deploy/"  # whose tests are slow, all of them: see `tests/conftest.py`
OPENS_BROWSER = {"window", "chromium", "chromium_path", "playwright"}
"""Fixtures and names of `tests/browser.py`, and the package itself."""
READS_BOOK = {"html", "samples"}  # fixtures


def check(name: str) -> None:
    """Refuse a name that is no stage's.

    Raises
    ------
    SsplabError
        If there is no such stage.
    """
    if name not in STAGES:
        raise SsplabError(
            f"There is no stage called {name!r}. {nearest(name, STAGES)} Stages are "
            f"{', '.join(STAGES[:-1])} and {STAGES[-1]}."
        )


def stage_of(file: str) -> str:
    """Return the stage in which the slow tests of a file run.

    Parameters
    ----------
    file : str
        A test file, as its path from the course's folder.
    """
    if file.startswith(DEPLOYED):
        return DEPLOY
    used = _used((course_root() / file).read_text(encoding="utf-8"))
    if used & OPENS_BROWSER:
        return BROWSER
    return BOOK if used & READS_BOOK else NOTEBOOKS


@cache
def _used(source: str) -> set[str]:
    """Return the fixtures that a test file asks for, and what it imports, by their last names."""
    found = set()
    for node in ast.walk(parse(source) or ast.Module([], [])):
        match node:
            case ast.FunctionDef():
                found |= {one.arg for one in node.args.args}
            case ast.ImportFrom(module=str(module)):
                found |= {module.partition(".")[0], *(alias.name for alias in node.names)}
            case ast.Import():
                found |= {alias.name.partition(".")[0] for alias in node.names}
    return found
