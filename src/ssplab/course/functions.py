"""Functions that a chapter has taught, for the notebooks after it: `ssplab.taught`.

Nothing that a chapter teaches lies in the package, and nothing is written twice: a later notebook
asks for the function as it stands in the chapter's code cells.
"""

from __future__ import annotations

import ast
import builtins
import json
import linecache
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ssplab.course.naming import course_path, find
from ssplab.course.source import bound_names, needed_names, parse
from ssplab.system import SsplabError

CALLS = ("taught", "ssplab.taught")


def taught(chapter: str, name: str) -> Callable[..., object]:
    """Return a function as a chapter has taught it.

    Parameters
    ----------
    chapter : str
        The chapter's slug, such as `"prediction-workflow"`.
    name : str
        A function, or a class, that one of its code cells defines at top level.

    Returns
    -------
    callable
        The function, with the imports, functions and constants of the chapter that it uses, and
        what the chapter itself took by `name = taught(…)`, in a namespace of its own: what the
        notebook at hand binds does not reach it. `help` and `inspect.getsource` show it.

    Raises
    ------
    SsplabError
        If there is no such chapter or function, or if the function uses what a cell computes.
    """
    source = taught_source(chapter, name)
    file = f"<{chapter}: {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, object] = {"__name__": chapter}
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]


def taught_source(chapter: str, name: str) -> str:
    """Return the code that defines a function of a chapter, with all that it uses.

    Raises
    ------
    SsplabError
        As `taught`.
    """
    path = find(chapter)
    given = _given(path)
    functions = [one for one, part in given.items() if part.is_function]
    if name not in functions:
        raise SsplabError(
            f"{course_path(path)} defines no function {name!r} at the top level of a cell. "
            f"It defines: {', '.join(functions) or 'none'}."
        )
    used = {name: given[name]}
    waiting = [name]
    while waiting:
        for one in sorted(needed_names(used[waiting.pop()].source) - used.keys()):
            if one in given:
                used[one] = given[one]
                waiting.append(one)
            elif not hasattr(builtins, one):
                raise SsplabError(
                    f"{course_path(path)}: the function {name!r} uses {one!r}, which is neither "
                    "an import, a function nor a constant of the chapter: give it as an argument."
                )
    # Functions find each other when they are called; all else is there before them.
    parts = sorted(used.values(), key=lambda part: part.place)
    return "\n\n".join(dict.fromkeys(part.source for part in parts)) + "\n"


@dataclass(frozen=True)
class _Part:
    """A statement of a chapter that may be handed on."""

    source: str
    place: int
    """Where it stands: imports and constants (0), what is taken by `taught` (1), functions and
    classes (2)."""

    @property
    def is_function(self) -> bool:
        return self.place == 2


def _given(path: Path) -> Mapping[str, _Part]:
    """Return by name the imports, functions and constants at the top level of code cells.

    Of two of one name the later counts, as it does in the chapter; a name that a cell computes is
    none of the three.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return _parts(tuple("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))


@lru_cache(maxsize=128)  # chapters; each function that is asked for asks for all of its chapter
def _parts(sources: tuple[str, ...]) -> Mapping[str, _Part]:
    given: dict[str, _Part] = {}
    for source in sources:
        for statement in (parse(source) or ast.Module([], [])).body:
            text = ast.get_source_segment(source, statement)
            for name in bound_names(text):
                given.pop(name, None)
                place = _place(statement)
                if place is not None:
                    given[name] = _Part(text, place)
    return given


def _place(statement: ast.stmt) -> int | None:
    """Return where a statement stands among those that are handed on; None if it is not."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return 0
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return 2
    if not isinstance(statement, ast.Assign):
        return None
    if _asked(statement.value):
        return 1
    try:
        ast.literal_eval(statement.value)
    except (ValueError, TypeError):
        return None
    return 0


def taught_calls(sources: Iterable[str]) -> dict[tuple[str, str], None]:
    """Return which functions code asks `taught` for, as pairs of chapter and name, in order."""
    pairs: dict[tuple[str, str], None] = {}
    for source in sources:
        for node in ast.walk(parse(source) or ast.Module([], [])):
            if asked := _asked(node):
                pairs[asked] = None
    return pairs


def taught_sources(sources: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the code of all functions that code asks `taught` for, and that these ask for in turn.

    Raises
    ------
    SsplabError
        As `taught`.
    """
    found: dict[tuple[str, str], str] = {}
    waiting = list(taught_calls(sources))
    while waiting:
        pair = waiting.pop(0)
        if pair not in found:
            found[pair] = taught_source(*pair)
            waiting += taught_calls([found[pair]])
    return found


def _asked(node: ast.AST) -> tuple[str, str] | None:
    """Return the chapter and the name that a call of `taught` asks for."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in CALLS:
        return None
    words = [word.value for word in node.args if isinstance(word, ast.Constant)]
    if len(words) == 2 and all(isinstance(word, str) for word in words):
        return words[0], words[1]
    return None
