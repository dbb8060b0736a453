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
OPENS_BROWSER = {"chromium", "chromium_path", "playwright"}
"""What is imported to do so: names of `tests/browser.py`, and the package itself."""
BROWSER_FIXTURES, BOOK_FIXTURES = {"window"}, {"html", "samples"}  # of `tests/conftest.py`


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
    fixtures, imported = _used((course_root() / file).read_text(encoding="utf-8"))
    if fixtures & BROWSER_FIXTURES or imported & OPENS_BROWSER:
        return BROWSER
    return BOOK if fixtures & BOOK_FIXTURES else NOTEBOOKS


@cache
def _used(source: str) -> tuple[set[str], set[str]]:
    """Return the fixtures that a test file asks for, and packages and names that it imports."""
    fixtures, imported = set(), set()
    for node in ast.walk(parse(source) or ast.Module([], [])):
        match node:
            case ast.FunctionDef() if _is_given_fixtures(node):
                fixtures |= {one.arg for one in node.args.args}
            case ast.ImportFrom(module=str(module)):
                imported |= {module.partition(".")[0], *(alias.name for alias in node.names)}
            case ast.Import():
                imported |= {alias.name.partition(".")[0] for alias in node.names}
    return fixtures, imported


def _is_given_fixtures(node: ast.FunctionDef) -> bool:
    """Whether pytest calls a function: a test, or a fixture."""
    decorators = [part for one in node.decorator_list for part in ast.walk(one)]
    names = {getattr(part, "attr", getattr(part, "id", "")) for part in decorators}
    return node.name.startswith("test") or "fixture" in names
