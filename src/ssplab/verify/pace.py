"""The pace of each chapter: what a reader meets in a cell and in the whole, beside what is asked.

`python -m ssplab.verify.pace [NOTEBOOK…]` prints a table for each chapter, in the order of the
course. It ends with 1 only for a chapter that is *declared*: its title cell bears the tag `paced`,
it is no draft, and it is off a limit by more than a tenth.

A *name* is whatever a reader must have met to read a cell: an attribute, a built-in, an imported
name, a keyword argument, an operator, a construct. It is new the first time that a reader sees it
in the first part of the course or in the chapter's own part: nobody is asked to read the others
first. Cells that the page hides show nothing. A name is explained where prose above its cell holds
it in backticks, or, for an operator or a construct, its usual word.
"""

import ast
import builtins
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from rich.console import Console
from rich.table import Table

from ssplab.course import (
    HIDING,
    cell_label,
    chapters,
    course_path,
    is_draft,
    kind_of,
    normal,
    notebooks,
    parse,
    select,
    tags,
)
from ssplab.system import SsplabError

DECLARED = "paced"
"""The tag of the title cell of a chapter that keeps the pace, and is held to it."""
HIDDEN = HIDING | {"guard", "parameters", "claims"}
TOLERANCE = 0.1  # of a limit: minutes and counts are no finer than that

CONSTRUCTS = {
    # name: its usual words in prose (none for what is known from school), nodes of Python's syntax
    "for": (r"\bloops?\b", ast.For),
    "while": (r"\bloops?\b", ast.While),
    "if": (r"`if", ast.If),
    "def": (r"\bfunctions?\b|`def", ast.FunctionDef),
    "lambda": (r"`lambda", ast.Lambda),
    "comprehension": (
        r"comprehension|\bloop\b|\blists?\b",
        *(ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp),
    ),
    "try": (r"`try", ast.Try),
    "assert": (r"`assert", ast.Assert),
    "with": (r"`with", ast.With),
    "import": (r"`import|\bimports?\b", ast.Import, ast.ImportFrom),
    "return": (r"`return|gives? back", ast.Return),
    "default": (r"default",),  # of an argument: see `_names_of`
    "f-string": (r"`f\"|f-string|text with values", ast.JoinedStr),
    "format": (r"`:[^`]*`|decimals|per cent",),  # see `_names_of`
    "a if b else c": (r"`[^`]*else", ast.IfExp),
    "{}": (r"dictionar", ast.Dict),
    "[,]": (r"\blists?\b", ast.List),
    "(,)": (r"tuple|\bpairs?\b", ast.Tuple),
    "[]": (r"bracket", ast.Subscript),
    "slice": (r"slice|position", ast.Slice),
    "*args": (r"`\*", ast.Starred),
    "=": (r"`=|names?\b", ast.Assign),
    "+=": (r"`[-+]=", ast.AugAssign),
    "==": (r"`==", ast.Eq),
    "!=": (r"`!=", ast.NotEq),
    "<": (r"`<|compar", ast.Lt),
    "<=": (r"`<=|compar", ast.LtE),
    ">": (r"`>|compar", ast.Gt),
    ">=": (r"`>=|compar", ast.GtE),
    "in": (r"`[^`]*\bin\b", ast.In, ast.NotIn),
    "not": (r"`[^`]*\bnot\b", ast.Not),
    "and": (r"`[^`]*\band\b", ast.And),
    "or": (r"`[^`]*\bor\b", ast.Or),
    "&": (r"`&", ast.BitAnd),
    "|": (r"`\|", ast.BitOr),
    "~": (r"`~", ast.Invert),
    "+": ("", ast.Add),
    "-": ("", ast.Sub),
    "*": ("", ast.Mult),
    "/": ("", ast.Div),
    "//": (r"`//", ast.FloorDiv),
    "%": (r"`%", ast.Mod),
    "**": (r"`\*\*|power", ast.Pow),
    "@": (r"`@", ast.MatMult),
}
NAME_OF = {node: name for name, (_, *nodes) in CONSTRUCTS.items() for node in nodes}


@dataclass(frozen=True)
class Limits:
    """What is asked of a chapter of one level."""

    lines: int
    """Of the longest cell, blank lines and imports apart, at most."""
    new_in_a_cell: int
    """New names, at most."""
    new: int
    """New names in the chapter, at most."""
    words_a_line: int
    """Words of prose a line of code, at least."""
    minutes: int
    """At most."""


LIMITS = {1: Limits(6, 4, 45, 20, 75), 2: Limits(10, 5, 45, 12, 90), 3: Limits(15, 6, 40, 10, 90)}
LEVEL = 2  # of a chapter that does not say its own


@dataclass(frozen=True)
class Cell:
    """What a reader meets in one code cell."""

    label: str
    """The cell's place, such as `In [4] (id robust-rules)`."""
    lines: int
    """Blank lines and imports apart."""
    new: frozenset[str]
    """Names never seen before."""
    untold: frozenset[str]
    """Those that no prose above explains."""

    @property
    def prompt(self) -> str:
        """The cell's place without its id, such as `In [4]`."""
        return self.label.partition(" (")[0]


@dataclass(frozen=True)
class Pace:
    """What a reader meets in one chapter."""

    level: int
    words: int
    """Of prose, marks of directives and fences apart."""
    cells: tuple[Cell, ...]
    """The code cells that a reader sees."""
    declared: bool = False
    """Whether its title cell says that it keeps the pace."""
    announced: int | None = None
    """Minutes, as its strip says."""

    @property
    def limits(self) -> Limits:
        """What is asked at this level."""
        return LIMITS.get(self.level, LIMITS[LEVEL])

    @property
    def lines(self) -> int:
        """Of code, blank lines and imports apart."""
        return sum(cell.lines for cell in self.cells)

    @property
    def longest(self) -> int:
        """The lines of the longest cell."""
        return max((cell.lines for cell in self.cells), default=0)

    @property
    def new(self) -> set[str]:
        """Names never seen before the chapter."""
        return set().union(*(cell.new for cell in self.cells))

    @property
    def most_in_a_cell(self) -> int:
        """The new names of the cell that has most of them."""
        return max((len(cell.new) for cell in self.cells), default=0)

    @property
    def words_a_line(self) -> float:
        """Words of prose a line of code."""
        return self.words / max(self.lines, 1)

    @property
    def minutes(self) -> float:
        """A warning: fitted on stated minutes of public lessons, 13 off on average."""
        return 1.2 * len(self.new) + 0.15 * self.lines + self.words / 184

    @property
    def measures(self) -> list[tuple[str, float, int, bool]]:
        """What is measured, how much it is, its limit, and whether that is the least."""
        limits = self.limits
        return [
            ("lines in the longest cell", self.longest, limits.lines, False),
            ("new names in a cell", self.most_in_a_cell, limits.new_in_a_cell, False),
            ("new names in the chapter", len(self.new), limits.new, False),
            ("words a line of code", self.words_a_line, limits.words_a_line, True),
            ("minutes, about", self.minutes, limits.minutes, False),
        ]

    def faults(self) -> list[str]:
        """Return a sentence for each limit that the chapter is off by more than a tenth.

        The minutes that it announces itself may not be over the limit at all.
        """
        measured = [
            f"{what}: {value:.0f}, and {_asked(limit, least)} are asked at level {self.level}"
            for what, value, limit, least in self.measures
            if (value < limit * (1 - TOLERANCE) if least else value > limit * (1 + TOLERANCE))
        ]
        most = self.limits.minutes
        if self.announced is None or self.announced <= most:
            return measured
        told = f"minutes announced: {self.announced}, and {_asked(most, least=False)} are asked"
        return [*measured, f"{told} at level {self.level}"]


def _asked(limit: int, least: bool) -> str:
    return f"at {'least' if least else 'most'} {limit}"


def pace(nb: NotebookNode, known: Iterable[str] = ()) -> Pace:
    """Return the pace of a chapter.

    Parameters
    ----------
    nb : NotebookNode
        As `ssplab.course.normal.read` gives it.
    known : iterable of str
        Names that its reader has met before.
    """
    met, imported = set(known), set()
    level, announced, words, prose, cells = LEVEL, None, 0, "", []
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            prose += f"\n{cell.source}"
            words += len(re.sub(r"^(:::|```).*$", "", cell.source, flags=re.MULTILINE).split())
            told = re.search(r"\*\*Level\*\*\s*(\d)", cell.source)
            level = int(told[1]) if told else level
            minutes = re.search(r"\*\*Minutes\*\*\s*(\d+)", cell.source)
            announced = int(minutes[1]) if minutes else announced
        elif cell.cell_type == "code" and not HIDDEN & set(tags(cell)):
            new = names(cell.source, imported) - met
            met |= new
            untold = frozenset(name for name in new if not is_explained(name, prose))
            label = cell_label(nb, index)
            cells.append(Cell(label, lines_of_code(cell.source), frozenset(new), untold))
    declared = bool(nb.cells) and DECLARED in tags(nb.cells[0])
    return Pace(level, words, tuple(cells), declared, announced)


def lines_of_code(source: str) -> int:
    """Return the number of lines, blank ones and imports apart."""
    imports = re.compile(r"\s*(import|from)\s")
    return sum(bool(line.strip()) and not imports.match(line) for line in source.splitlines())


def names(source: str, imported: set[str]) -> set[str]:
    """Return the names of a cell; what it imports is added to `imported`."""
    magics = {found[0].strip() for found in re.finditer(r"^\s*(%%?|!)\s*\w+( \w+)?", source, re.M)}
    tree = parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE))
    found = set()
    for node in ast.walk(tree or ast.Module([], [])):  # the statements first: imports before calls
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name for alias in node.names}
        found |= _names_of(node, imported)
    return magics | found


def _names_of(node: ast.AST, imported: set[str]) -> set[str]:
    """Return the names that one node of the syntax shows."""
    shown = {NAME_OF[type(node)]} if type(node) in NAME_OF else set()
    match node:
        case ast.Attribute(attr=name):
            shown.add(f".{name}")
        case ast.Name(id=name) if _is_given(name, imported) and not name.startswith("_"):
            shown.add(name)
        case ast.Call() if not _keywords_are_chosen(node.func, imported):
            shown |= {f"{keyword.arg}=" for keyword in node.keywords if keyword.arg}
        case ast.FormattedValue() if node.format_spec:
            shown.add("format")
        case ast.arguments() if node.defaults or any(node.kw_defaults):
            shown.add("default")
    return shown


def _is_given(name: str, imported: set[str]) -> bool:
    """Return whether a name comes from Python or from a library, and not from the notebook."""
    return hasattr(builtins, name) or name in imported


def _keywords_are_chosen(function: ast.expr, imported: set[str]) -> bool:
    """Return whether the author chose a call's keywords: new columns, own functions' arguments."""
    match function:
        case ast.Attribute(attr=name):
            return name in {"assign", "agg", "aggregate"}
        case ast.Name(id=name):
            return name == "dict" or not _is_given(name, imported)
    return False


def is_explained(name: str, prose: str) -> bool:
    """Return whether prose explains a name, which may be a construct's."""
    if name in CONSTRUCTS:
        usual, *_ = CONSTRUCTS[name]
        return re.search(usual, prose, re.IGNORECASE) is not None
    word = re.compile(rf"(?<!\w){re.escape(name.strip('.='))}(?!\w)")
    return any(word.search(part) for part in re.findall(r"`+[^`]+`+", prose))


def paces() -> dict[Path, Pace]:
    """Return the pace of every chapter, in the order of the course; what is in none comes last.

    What the first part has taught is known in every part, what another has, in that part.
    """
    in_order = dict.fromkeys([*(page.path for page in chapters()), *notebooks("chapters")])
    taught: dict[str, set[str]] = {}
    found = {}
    for path in in_order:
        part = path.parent.name
        first = next(iter(taught), part)
        known = taught.get(first, set()) | taught.get(part, set())
        found[path] = pace(normal.read(path), known)
        taught.setdefault(part, set()).update(found[path].new)
    return found


def is_held(path: Path, one: Pace) -> bool:
    """Return whether a chapter must keep the pace: it is declared, and no draft."""
    return one.declared and not is_draft(path)


def show(console: Console, path: Path, one: Pace) -> None:
    """Print a chapter's pace: a table of measures, and the cells to look at."""
    held = "held to this" if is_held(path, one) else "not held to this"
    line = f"\n{course_path(path)}, level {one.level}: {held}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    table = Table("pace", "here", "asked")
    for what, value, limit, least in one.measures:
        table.add_row(what, f"{value:.0f}", _asked(limit, least))
    console.print(table)
    much = [cell for cell in one.cells if len(cell.new) > one.limits.new_in_a_cell]
    for what, told in {
        "Too many new names": [f"{cell.prompt} {len(cell.new)}" for cell in much],
        "Used before it is explained": [
            f"{cell.prompt} {' '.join(sorted(cell.untold))}" for cell in one.cells if cell.untold
        ],
    }.items():
        if told:
            line = f"{what}: {'; '.join(told)}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def main(arguments: Sequence[str]) -> int:
    """Print the pace of these chapters, of all if none is named; return the exit code."""
    chosen = [path for path in select(arguments) if kind_of(path) == "chapters"]
    found = {path: one for path, one in paces().items() if path in chosen}
    console = Console()
    faults = [
        f"{course_path(path)}, {fault}"
        for path, one in found.items()
        if is_held(path, one)
        for fault in one.faults()
    ]
    for fault in faults:  # first: what is wrong is found at the top
        console.print(fault, markup=False, highlight=False, soft_wrap=True)
    for path, one in found.items():
        show(console, path, one)
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SsplabError as error:
        print(error)
        sys.exit(2)
