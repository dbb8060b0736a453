"""What a change can reach: which notebooks, data sets and tests `ssplab test --changed` runs.

A graph says which file uses which, read from the sources and never by running them: imports
(function-level ones included), modules and files named in a text, and what the house resolves by
name: `ssplab.load` and its like, a data set's generator, the checks and the stored claims of a
chapter. Where that cannot tell, it is generous: a file that no rule knows reaches everything.

The nodes are paths from the course's folder, and some that are no file: `datasets/NAME` stands for
all that is in that folder, a stem for the notebooks of that name, `(file) NAME` for a file that
code names, `TESTS` for what every test may read, `COURSE` for notebooks and data sets as a whole,
which tests go through one by one.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ssplab.course import (
    AFFILIATED,
    KINDS,
    LESSONS,
    Card,
    card_names,
    course_path,
    course_root,
    data_sets_of,
    files_meant,
    kind_of,
    load_card,
    modules_used,
    normal,
    notebooks,
    parse,
    string_constants,
    taught_calls,
)
from ssplab.kits import kits, load_kit
from ssplab.system import SsplabError, ask_git
from ssplab.verify.seeds import record_path

TESTS, COURSE = "(tests)", "(course)"
SKELETONS = "/skeletons/"  # of what `ssplab new` writes: text, though some of it is Python
UNREADABLE = "(unreadable)"  # used by code that is no plain Python: any change reaches it
PACKAGE = "src/ssplab"
ANOTHER_SEED = "tests/chapters/test_another_seed.py"  # a step of its own, a lesson an argument
LINT, DERIVE = f"{PACKAGE}/verify/lint.py", f"{PACKAGE}/exercises/derivation.py"
PACE, CHECK_DATA = f"{PACKAGE}/verify/pace.py", f"{PACKAGE}/data/checking.py"
CHECKERS = (LINT, PACE, DERIVE, CHECK_DATA)  # the modules behind steps that are no test run
# What the environment is made of, and what chooses and runs the steps.
REACH_EVERYTHING = (
    "pyproject.toml",
    "requirements",
    f"{PACKAGE}/verify/suite.py",
    f"{PACKAGE}/verify/bounds.py",
    f"{PACKAGE}/verify/costs",
    f"{PACKAGE}/verify/reach.py",
    f"{PACKAGE}/system/processes.py",
    f"{PACKAGE}/notebooks/kernel.py",
)
TOC = "_toc.yml"  # the order of the chapters, too
REACH_TESTS = (
    "book/",
    "_config.yml",
    TOC,
    "Makefile",
    "README.md",
    "deploy/",
    ".dockerignore",
    "LICENSE",
    "CITATION",
)
READERS = {"course_root", "notebooks", "card_names"}  # what calls one goes through the course
MODULE = re.compile(r"\bssplab(?:\.[A-Za-z_]\w*)+")
IMPORT = re.compile(r"\bfrom (ssplab[\w.]*) import (\w+(?:, \w+)*)")
WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Reached:
    """What changes reach, as paths from the course's folder."""

    everything: str | None = None
    """The changed file that reaches everything; the other fields say nothing then."""
    sources: bool = False
    """Whether code or a notebook changed, for ruff."""
    linted: bool = False
    """Whether the notebook linter may find what it did not."""
    paced: bool = False
    """Whether the pace of a chapter may have changed, or its limits."""
    derived: bool = False
    """Whether an exercise may no longer be what its solution gives."""
    data_sets: list[str] = field(default_factory=list)
    notebooks: list[str] = field(default_factory=list)
    """Those to execute."""
    other_seed: list[str] = field(default_factory=list)
    """Chapters and sessions to run on another seed."""
    tests: list[str] = field(default_factory=list)
    """Test files to run whole."""
    tests_of_notebooks: list[str] = field(default_factory=list)
    """Test files to run without what they say of the stems in `passed_over`."""
    passed_over: list[str] = field(default_factory=list)
    """Stems of which nothing is reached, and whose notebooks name none that is."""


def changed_files(since: str = "HEAD") -> list[str]:
    """Return the files that differ from a git revision, as paths from the course's folder.

    Committed or not, untracked ones included, ignored ones not. A file that was deleted or renamed
    counts under its former name.

    Parameters
    ----------
    since : str
        A revision; where the histories have parted, their last common commit counts.

    Raises
    ------
    SsplabError
        If git cannot tell: there is no repository, or no such revision.
    """
    compare = ["diff", "--name-only", "--no-renames", "--relative", "-z", "--merge-base", since]
    untracked = ["ls-files", "--others", "--exclude-standard", "-z"]
    return sorted({*_git(compare, since), *_git(untracked, since)})


def _git(words: list[str], since: str) -> list[str]:
    try:
        answer = ask_git(course_root(), *words, "--")
    except SsplabError as error:
        raise SsplabError(
            f"git cannot say what changed since {since} ({error}). Name a revision with --since, "
            "or run everything: `ssplab test`."
        ) from error
    return [path for path in answer.decode("utf-8").split("\0") if path]


def reached_by(changes: Iterable[str]) -> Reached:
    """Return what changes of these files can reach.

    Parameters
    ----------
    changes : iterable of str
        Paths from the course's folder; the files may be gone.
    """
    changes = list(changes)
    graph = course_graph()
    books = [course_path(path) for path in notebooks(*KINDS, *AFFILIATED)]
    folders = {name: _folder(name) for name in card_names()}
    tests = [node for node in graph if _is_test(node)]
    used = reachable(graph, *books, *folders.values(), *tests, *CHECKERS)
    changed = {UNREADABLE}
    for path in changes:
        nodes = _nodes(path, used)
        if nodes is None:
            return Reached(everything=path)
        changed |= nodes

    def touched(*starts: str) -> bool:
        return not changed.isdisjoint(reachable(graph, *starts))

    lessons = [course_path(path) for path in notebooks(*LESSONS)]
    executed = [path for path in books if touched(path)]
    if executed or any(map(touched, folders.values())):
        changed.add(COURSE)
    edited = any(map(_is_notebook, changed))
    run = [path for path in tests if path != ANOTHER_SEED and touched(path)]
    code = {path for path in changed if not _is_content(path)}
    whole = [path for path in run if not code.isdisjoint(reachable(graph, path))]
    return Reached(
        sources=any(path.endswith((".py", ".ipynb")) for path in changes),
        linted=edited or touched(LINT),
        paced=touched(PACE) or any(path == TOC or path.startswith("chapters/") for path in changes),
        derived=edited or touched(DERIVE),
        data_sets=[name for name, node in folders.items() if touched(node, CHECK_DATA)],
        notebooks=executed,
        other_seed=[path for path in lessons if touched(path, ANOTHER_SEED)],
        tests=whole,
        tests_of_notebooks=[path for path in run if path not in whole],
        passed_over=_passed_over(
            {Path(path).stem for path in changed if _is_notebook(path)}
            | {Path(path).stem for path in executed}
        ),
    )


def _passed_over(stems: set[str]) -> list[str]:
    """Return the stems of notebooks that are not these and have no link to them."""
    linked = {
        path.stem for path in notebooks() if stems & set(WORD.findall(path.read_text("utf-8")))
    }
    others = {path.stem for path in notebooks()} - stems - linked
    # pytest's -k looks for a part of a test's name.
    return sorted(one for one in others if not any(one in stem for stem in stems | linked))


def reachable(graph: Mapping[str, Iterable[str]], *starts: str) -> set[str]:
    """Return every node that these lead to, directly or not, themselves included."""
    seen = set()
    waiting = list(starts)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(graph.get(node, ()))
    return seen


def course_graph() -> dict[str, set[str]]:
    """Return for each node what it uses directly; what is used may be no file of the course."""
    root = course_root()
    graph: dict[str, set[str]] = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        name = ".".join(path.relative_to(root / "src").with_suffix("").parts)
        graph[course_path(path)] = _used_by_code(
            path.read_text("utf-8"), course_path(path)
        ) | _files_of(name)
    for path in sorted((root / "tests").rglob("*.py")):
        graph[course_path(path)] = _used_by_test(path.read_text("utf-8"), course_path(path))
    for path in sorted((root / "checks").rglob("*.py")):
        graph[course_path(path)] = _used_by_code(path.read_text("utf-8"), course_path(path))
    for path in notebooks(*KINDS, *AFFILIATED):
        graph[course_path(path)] = _used_by_notebook(path)
    for path in notebooks(*KINDS, *LESSONS):  # a stem names none of a kit
        graph.setdefault(path.stem, set()).add(course_path(path))
    for name in card_names():
        graph[_folder(name)] = _used_by_data_set(load_card(name))
    return graph


def _nodes(path: str, used: set[str]) -> set[str] | None:
    """Return the nodes that stand for a changed file; None if it may reach everything."""
    parts = PurePosixPath(path).parts
    if path.startswith(REACH_EVERYTHING):
        return None
    if path.startswith(REACH_TESTS):
        return {TESTS}
    if parts[0] == "datasets" and parts[-1] == "picture.py":  # of its page, not of its content
        return {TESTS}
    if parts[0] == "datasets" and len(parts) > 2:
        return {_folder(parts[1]), COURSE}
    if _is_notebook(path):
        return {path, Path(path).stem, COURSE}
    if path.startswith("benchmarks/seeds/"):
        return {path, COURSE}
    if path.startswith("benchmarks/shapes/"):  # no chapter reads it
        return {COURSE}
    if parts[0] == "tests":
        return {path} if path in used or _is_test(path) else {TESTS}
    if parts[0] in AFFILIATED and path.endswith(".md"):  # a page of the book
        return {TESTS}
    if parts[0] == "kits" and len(parts) > 2:  # its baseline is executed on what they make
        return {TESTS, f"kits/{parts[1]}/baseline.ipynb"}
    if path.startswith("benchmarks/kits/"):  # a brief tells it, and tests compare
        return {TESTS}
    if path.startswith(PACKAGE) and (not path.endswith(".py") or SKELETONS in path):  # it is read
        return {TESTS, *map(_named, parts[2:])}
    if parts[0] == "benchmarks":  # timings that a chapter plots
        return {_named(path), _named(parts[-1])} & used or None
    return {path} if path in used else None


def _is_test(path: str) -> bool:
    return path.startswith("tests/") and re.match(r"test_.*\.py$", Path(path).name) is not None


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb") and path.split("/")[0] in (*KINDS, *AFFILIATED)


def _is_content(node: str) -> bool:
    """Whether a test that goes through notebooks one by one need not run for the others."""
    return (
        node in {COURSE, UNREADABLE, *_stems()}
        or node.startswith(("checks/", "datasets/", "benchmarks/seeds/"))
        or _is_notebook(node)
    )


def _folder(data_set: str) -> str:
    return f"datasets/{data_set}"


def _named(file: str) -> str:
    return f"(file) {file}"


def _stems() -> set[str]:
    return {path.stem for path in notebooks()}


def _used_by_data_set(card: Card) -> set[str]:
    """Return what invented data come from; real data come from no code of the course."""
    path = card.folder / card.builder
    if card.origin != "synthetic" or not path.is_file():
        return set()
    return _used_by_code(path.read_text("utf-8"), course_path(path))


def _used_by_notebook(path: Path) -> set[str]:
    nb = normal.read(path)
    used = {
        f"{PACKAGE}/verify/nbval_plugin.py"
    }  # whatever the notebook, it is run with this plugin
    used |= {_folder(name) for name in data_sets_of(path)}
    if kind_of(path) == "kits" and path.parent.name in kits():
        used |= {f"{PACKAGE}/kits/building.py", _folder(load_kit(path.parent.name).data)}
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    used = used.union(*(_used_by_code(source, course_path(path)) for source in code))
    slugs = {chapter for chapter, _name in taught_calls(code)}
    used |= {course_path(one) for one in notebooks("chapters") if one.stem in slugs}
    if kind_of(path) == "chapters":
        used.add(course_path(record_path(path)))
    else:
        place = course_path(path).partition("/")[2]
        words = f"checks/{place.removesuffix('.ipynb')}"
        used |= {f"{words}.yml", f"{words}.py", f"solutions/{place}", f"exercises/{place}"}
    return used


def _used_by_test(source: str, path: str) -> set[str]:
    used = _used_by_code(source, path)
    used |= {"tests/conftest.py", str(PurePosixPath(path).with_name("conftest.py"))}
    tree = parse(source) or ast.Module([], [])
    used |= _stems() & {word for text in string_constants(tree) for word in WORD.findall(text)}
    if path == ANOTHER_SEED:  # each lesson is the step's argument
        return used
    if _is_test(path):
        used.add(TESTS)
    names = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(tree)}
    if names & READERS or f"{PACKAGE}/__main__.py" in used:
        used.add(COURSE)
    return used


def _used_by_code(source: str, path: str) -> set[str]:
    """Return what Python code uses: modules of the course, helpers of tests, data, other files."""
    tree = parse(source)
    if tree is None:
        return {UNREADABLE}
    package = ".".join(PurePosixPath(path).parts[1:-1])
    names = set(modules_used(tree, package))
    used = set()
    for text in string_constants(tree):
        names.update(MODULE.findall(text))  # python -m, and a program in a text
        for home, imported in IMPORT.findall(text):
            names.update(f"{home}.{name}" for name in imported.split(", "))
        used |= {_folder(text), _named(text)}
    return used.union(*map(_files_of, names))


def _files_of(dotted: str) -> set[str]:
    """Return the files that a dotted name may mean; a name that is not the course's, a helper's."""
    return files_meant(dotted) or {f"tests/{dotted.partition('.')[0]}.py"}
