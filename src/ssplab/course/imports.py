"""Which file uses which, read from the sources and never by running them.

What a twin's content depends on, what a figure is made from and what a change can reach are told by
it. Where Python code cannot tell, it is generous: a name that may be a module counts as one.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from ssplab.course.paths import course_root
from ssplab.course.source import parse

HERE = Path(__file__).resolve().parents[3]
"""The folder whose `src/` holds this package, whatever course is worked on."""


def modules_used(tree: ast.Module, package: str = "") -> Iterator[str]:
    """Yield the dotted names of what code imports, of what it takes from `ssplab`, and runs.

    Parameters
    ----------
    tree : ast.Module
        Of a module or a cell.
    package : str
        The package that the module is in, for its relative imports.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{home}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"  # ssplab.load
        elif isinstance(node, ast.List | ast.Tuple):
            words = [item.value for item in node.elts if isinstance(item, ast.Constant)]
            if "ssplab" in words:  # of a command
                yield "ssplab.__main__"


def files_meant(dotted: str, root: Path | None = None) -> set[str]:
    """Return the files that a dotted name may mean, those of the packages it goes through too.

    A name that a room exports stands for the module it comes from.

    Parameters
    ----------
    dotted : str
        Such as `ssplab.data.load`; another package's name means no file.
    root : Path, optional
        The folder that holds `src/`; the course's by default.

    Returns
    -------
    set of str
        Paths from that folder, of which some may not exist.
    """
    root = root or course_root()
    files: set[str] = set()
    parts = dotted.split(".")
    if parts[0] != "ssplab":
        return files
    for end in range(1, len(parts) + 1):
        prefix = "src/" + "/".join(parts[:end])
        files |= {f"{prefix}.py", f"{prefix}/__init__.py"}
        home = exports(root / prefix / "__init__.py").get(parts[end]) if end < len(parts) else None
        if home:
            files |= files_meant(".".join([*parts[:end], home, *parts[end:]]), root)
    return files


def exports(init: Path) -> dict[str, str]:
    """Return what a package's `__init__.py` exports lazily: each name, with the module it is from.

    A file that is not there exports nothing.
    """
    return _exports(init, init.stat().st_mtime_ns) if init.is_file() else {}


@cache
def _exports(path: Path, _changed: int) -> dict[str, str]:
    tree = parse(path.read_text(encoding="utf-8")) or ast.Module([], [])
    homes: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "submod_attrs":
            attributes = ast.literal_eval(node.value)
            homes |= {name: home for home, names in attributes.items() for name in names}
    return homes


def sources_of(*paths: Path) -> list[Path]:
    """Return these Python files and all of the course that they import, at any depth, sorted."""
    seen: set[Path] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        package = ""
        if path.is_relative_to(HERE / "src"):
            package = ".".join(path.relative_to(HERE / "src").parts[:-1])
        tree = parse(path.read_text(encoding="utf-8")) or ast.Module([], [])
        for dotted in modules_used(tree, package):
            waiting.extend(HERE / file for file in files_meant(dotted, HERE))
    return sorted(seen)
