"""What a run on own data may show: its report, from which individual data are taken out.

Everything is decided here, and nothing is shown unless it is known to be safe:

- of a cell tagged `aggregate`, tables that `safe` or `safe_totals` returned, figures that passed
  `safe_figure`, and sentences; of their numbers those stay that `safe`, `safe_number` or
  `safe_share` returned, or that the author wrote;
- of a cell tagged `public`, everything, if it uses nothing but other public cells;
- of prose, titles, captions, and what is tagged `general` since it holds for any data.

A value that is masked in one place is masked in all others.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode, v4

from ssplab.course import (
    CAPTION,
    bound_names,
    changed_names,
    headings,
    needed_names,
    normal,
    parameters,
    parse,
    tags,
)
from ssplab.data import Extract, not_run
from ssplab.owndata.shown import MARK, MIME, Decider, safe_count

AGGREGATE = "aggregate"
CLAIMS = "claims"
GENERAL = "general"
GUARD = "guard"
PUBLIC = "public"
UNTAGGED = "this cell is not tagged `aggregate`"
PRINTS = "this cell prints more than sentences"
UNSAFE = "a result that did not pass `ssplab.safe`"
UNSAFE_FIGURE = "a figure that did not pass `ssplab.safe_figure`, or is about too few units"
MASKED_FIGURE = "a figure that draws what is masked elsewhere"
UNPUBLIC = "this cell is tagged `public` and uses what others made of the data"
OF_MANY = {
    UNTAGGED: "cells not tagged `aggregate`",
    PRINTS: "cells that print more than sentences",
    UNSAFE: "results that did not pass `ssplab.safe`",
    UNSAFE_FIGURE: "figures that did not pass `ssplab.safe_figure`, or are about too few units",
    MASKED_FIGURE: "figures that draw what is masked elsewhere",
    UNPUBLIC: "cells tagged `public` that use what others made of the data",
}
WITHOUT_RESULT = ("Not shown: ", "Not computed", "Not run: ")
# Methods that make a text of a table, or show some of its rows
TABLE_METHODS = (
    "describe",
    "head",
    "items",
    "reasons",
    "sample",
    "tail",
    "tolist",
    "value_counts",
)


@dataclass(frozen=True)
class Failure:
    """A cell that could not compute on own data."""

    cell_id: str
    error: str
    """The name of the exception, such as `ZeroDivisionError`."""
    message: str
    """What the exception says. It may be a value: for the holder of the data only."""

    @property
    def follows(self) -> bool:
        """Whether it lacks only what a cell above could not compute."""
        return self.error == "NameError"


def failures(nb: NotebookNode) -> list[Failure]:
    """Return the cells of an executed notebook that raised."""
    return [
        Failure(cell.id, output.ename, output.evalue)
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def report(
    nb: NotebookNode, extract: Extract, folder: Path, masked: Iterable[float] = ()
) -> NotebookNode:
    """Return an executed notebook as it may be shown, with what it is about under its title.

    Parameters
    ----------
    nb : NotebookNode
        Executed on own data.
    extract : Extract
        What the data are.
    folder : Path
        Where they are. Of the path, the report gives the folder's name only.
    masked : iterable of float
        The values that were masked while it ran (`ssplab.owndata.masked_values`).
    """
    failed = {one.cell_id: one for one in failures(nb)}
    nb = normal.normal_form(deepcopy(nb))
    nb.metadata.pop("widgets", None)
    nb.cells = [cell for cell in nb.cells if CLAIMS not in tags(cell)]
    reasons = _reasons(nb)
    functions = _functions(nb)
    decider = Decider(masked)
    left_out: Counter[str] = Counter()
    for index, cell in enumerate(nb.cells):
        cell.source = cell.source.replace(str(folder), folder.name)
        if cell.cell_type != "code":
            continue
        if cell.id in failed:
            _say_not_computed(cell, failed[cell.id])
            continue
        told = not_run(cell.outputs)
        if told:
            cell.outputs = [v4.new_output("stream", text=f"{told}\n")]
            continue
        outputs = [output for output in cell.outputs if not _is_aside(output)]
        if index in reasons:
            outputs = [reasons[index]] if outputs or cell.outputs else []
        elif PUBLIC not in tags(cell):
            written = _written(cell, functions)
            outputs = [_decided(output, decider, written) for output in outputs]
        left_out.update(one for one in outputs if isinstance(one, str))
        cell.outputs = [_said(one) if isinstance(one, str) else one for one in outputs]
    nb.cells = _of_any_data(nb.cells)
    _describe_figures(nb.cells)
    _put_under_title(nb, _summary(extract, left_out, len(failed), decider.hidden))
    return nb


def shows(nb: NotebookNode) -> bool:
    """Whether anything of the data is in a report: a table, a figure or a sentence."""
    return any(
        output
        for cell in nb.cells
        if AGGREGATE in tags(cell)
        for output in cell.get("outputs", [])
        if not str(output.get("text", "")).startswith(WITHOUT_RESULT)
    )


def _reasons(nb: NotebookNode) -> dict[int, str]:
    """Return why nothing of a code cell is shown, of the cells of which nothing is."""
    reasons = {
        index: UNTAGGED
        for index, cell in enumerate(nb.cells)
        if cell.cell_type == "code" and not {AGGREGATE, PUBLIC} & set(tags(cell))
    }
    reasons |= {index: PRINTS for index, _ in bare_prints(nb)}
    return reasons | {index: UNPUBLIC for index, _ in unpublic(nb)}


def _said(reason: str) -> NotebookNode:
    return v4.new_output("stream", text=f"Not shown: {reason}.\n")


def _say_not_computed(cell: NotebookNode, failure: Failure) -> None:
    """Put a sentence in place of what a cell could not compute, on the page too."""
    told = f"Not computed on these data ({failure.error})."
    if failure.follows:
        told = "Not computed: a cell above could not compute what this one needs."
    elif GUARD in tags(cell):
        told = f"Something that this chapter takes for granted is not so here ({failure.error})."
    cell.outputs = [v4.new_output("stream", text=f"{told}\n")]
    if "remove-cell" in tags(cell):
        cell.metadata["tags"] = [tag.replace("remove-cell", "remove-input") for tag in tags(cell)]


def _decided(output: NotebookNode, decider: Decider, written: list[str]) -> NotebookNode | str:
    """Return what is shown of an output of an `aggregate` cell, or why nothing is."""
    kept = shareable(output)
    if kept is None:
        return UNSAFE
    if kept.output_type == "stream":
        kept.text = decider.text(kept.text, written)
        return kept
    data = kept.data
    if "image/png" in data:
        if MIME not in data:
            return UNSAFE_FIGURE
        marks = data.pop(MIME)
        if not decider.may_draw(marks["drawn"], marks["written"]):
            return MASKED_FIGURE
    elif MIME in data:
        if "text/html" in data:
            data["text/html"] = decider.table(data["text/html"])
            del data["text/plain"]  # the same without a mark of what is a label
        else:
            data["text/plain"] = decider.count(data["text/plain"])
    else:
        data["text/markdown"] = decider.text(data["text/markdown"], written)
    return kept


def shareable(output: NotebookNode) -> NotebookNode | None:
    """Return what may be shown of an output of an `aggregate` cell by its kind; None if nothing.

    Printed sentences, prose, what `ssplab.safe` returned, and of a figure the picture.
    """
    if output.output_type == "stream":
        return output
    data = output.get("data", {})
    if "image/png" in data:
        kept = ("image/png", MIME)
    elif MIME in data:
        kept = ("text/plain", "text/html", MIME)
    elif "text/markdown" in data and "text/html" not in data:
        kept = ("text/markdown",)
    else:
        return None
    return v4.new_output("display_data", {mime: data[mime] for mime in kept if mime in data})


def unpublic(nb: NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the cells tagged `public` that may use own data, and what of them.

    Modules, and what other public cells bind, are public, until another cell binds or changes it; a
    data set is that is named and is not the notebook's own.
    """
    own = parameters(nb).get("data")
    modules, public = set(dir(builtins)), set()
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        tree = parse(cell.source)
        modules |= _imported(tree)
        if PUBLIC not in tags(cell):
            public -= changed_names(tree) if tree else public
            continue
        if tree is None:
            yield index, "code that is not plain Python"
            continue
        taken = sorted(needed_names(cell.source) - modules - public)
        loads = [ast.unparse(call) for call in _loads(tree) if not _names_another(call, own)]
        if found := taken + loads:
            yield index, f"`{found[0]}`"
        else:
            public |= bound_names(cell.source)


def _imported(tree: ast.Module | None) -> set[str]:
    return {
        alias.asname or alias.name.split(".")[0]
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _loads(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name.rsplit(".", 1)[-1] in ("load", "truth"):
            yield node


def _names_another(call: ast.Call, own: object) -> bool:
    """Whether a call names a data set, and another one than that which own data stand for."""
    named = call.args[0] if call.args else None
    return isinstance(named, ast.Constant) and named.value != own


def bare_prints(nb: NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the `aggregate` cells that print, or show as prose, more than sentences.

    A sentence is a text, an f-string, or several of them, with or without a condition. Functions
    that a cell calls are looked into, wherever the notebook defines them.
    """
    functions = _functions(nb)
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and AGGREGATE in tags(cell):
            nodes = _nodes(parse(cell.source), functions)
            faults = (_fault(node) for node in nodes if isinstance(node, ast.Call))
            yield from ((index, fault) for fault in faults if fault)


def _functions(nb: NotebookNode) -> dict[str, ast.FunctionDef]:
    """Return the functions that a notebook defines, by their names."""
    return {
        node.name: node
        for cell in nb.cells
        if cell.cell_type == "code" and (tree := parse(cell.source)) is not None
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }


def _nodes(tree: ast.AST | None, functions: dict[str, ast.FunctionDef]) -> Iterator[ast.AST]:
    """Yield the syntax of a cell and of the functions that it calls."""
    waiting, seen = [tree] if tree is not None else [], set()
    while waiting:
        for node in ast.walk(waiting.pop()):
            yield node
            if isinstance(node, ast.Name) and node.id in functions.keys() - seen:
                seen.add(node.id)
                waiting.append(functions[node.id])


def _written(cell: NotebookNode, functions: dict[str, ast.FunctionDef]) -> list[str]:
    """Return the texts that the author of a cell wrote to be read: parts of f-strings, sentences.

    A text of one word, such as a key or a code, is none of them, nor is a format.
    """
    nodes = list(_nodes(parse(cell.source), functions))
    formats = {
        id(part)
        for node in nodes
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
        for part in ast.walk(node.format_spec)
    }
    joined = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in formats and (id(node) in joined or " " in node.value)
    ]


def _fault(call: ast.Call) -> str | None:
    name = ast.unparse(call.func).rsplit(".", 1)[-1]
    if name not in ("print", "Markdown"):
        return None
    for argument in call.args:
        if not _is_sentence(argument):
            return f"`{name}({ast.unparse(argument)[:40]})` may be a table"
        for node in ast.walk(argument):
            attr = node.attr if isinstance(node, ast.Attribute) else ""
            if attr in TABLE_METHODS or attr.startswith("to_"):
                return f"`.{attr}` puts a table in a sentence"
    return None


def _is_sentence(node: ast.AST) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_sentence(node.body) and _is_sentence(node.orelse)
    if isinstance(node, ast.BinOp):
        return _is_sentence(node.left) and _is_sentence(node.right)
    return isinstance(node, ast.Constant | ast.JoinedStr)


def _is_aside(output: NotebookNode) -> bool:
    """Whether an output is a warning or a log: they are not reported at all."""
    return output.get("name") == "stderr"


def _of_any_data(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Return a notebook's cells with the prose that holds for any data, and headings of the rest.

    A caption stays below its figure if that is shown; a heading goes with all that stood below it.
    """
    kept: list[NotebookNode] = []
    for cell in cells:
        if cell.cell_type == "code" or GENERAL in tags(cell):
            kept.append(cell)
            continue
        caption = CAPTION.match(cell.source) if kept and _shows_figure(kept[-1]) else None
        parts = [caption.group()] if caption else []
        parts += [line for _, line in headings(cell.source)]
        if parts:
            kept.append(v4.new_markdown_cell("\n\n".join(parts), id=cell.id))
    return _without_empty_sections(kept)


def _describe_figures(cells: list[NotebookNode]) -> None:
    """Put the section in place of what the author says of a figure for those who do not see it.

    The author describes what the twin gives; the caption below stays.
    """
    section = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            section = [section, *(line.strip("# ") for _, line in headings(cell.source))][-1]
        elif _shows_figure(cell):
            cell.metadata["mystnb"] = {"image": {"alt": f"Figure of the section “{section}”"}}


def _shows_figure(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def _without_empty_sections(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Drop cells that hold headings alone, where the next cell begins a section beside them."""
    kept: list[NotebookNode] = []
    following = 0  # the level of the heading that begins the next cell; 0 where none does
    for index, cell in reversed(list(enumerate(cells))):
        levels = [level for level, _ in headings(cell.source)]
        alone = bool(levels) and all(
            line.startswith("#") for line in cell.source.splitlines() if line
        )
        empty = not kept or 0 < following <= (levels or [0])[-1]
        if index and cell.cell_type == "markdown" and alone and empty:
            continue
        begins = cell.cell_type == "markdown" and cell.source.startswith("#")
        following = levels[0] if begins and levels else 0
        kept.insert(0, cell)
    return kept


def _summary(extract: Extract, left_out: Counter[str], failed: int, hidden: int) -> str:
    threshold = extract.card.threshold
    rows = [f"{name}, {safe_count(n, threshold):,} rows" for name, n in extract.rows.items()]
    unseen = [f"{len(one.codes)} in `{one.column}` of {one.table}" for one in extract.unseen]
    withheld = [f"{OF_MANY[reason]}, {count}" for reason, count in left_out.items()]
    lines = [
        f"**A report on own data**, an extract in the form of `{extract.card.name}`.",
        f"Tables: {'; '.join(rows) or 'none, images alone'}.",
        f"Codes that the card does not know: {'; '.join(unseen) or 'none'}.",
        f"Not shown: {'; '.join(withheld) or 'nothing'}.",
    ]
    if extract.absent:
        absent = "; ".join(
            f"`{one.column}` of {one.table} ({one.instead})" for one in extract.absent
        )
        lines.append(f"Columns that the extract does not have: {absent}.")
    if failed:
        lines.append(f"Not computed on these data: cells, {failed}.")
    lines.append(f"In tables, counts below {threshold} are masked, with what would give them away.")
    if extract.card.contributors:
        lines.append(
            "So are, in tables of totals (`ssplab.safe_totals`), those of too few contributors or "
            "that one dominates."
        )
    if hidden:
        lines.append(f"In sentences, `{MARK}` stands for a number that may not be shown.")
    lines.append("What the chapter says of its own data is left out; titles and methods stay.")
    return "\n".join(f"> {line}\\" for line in lines).removesuffix("\\")


def _put_under_title(nb: NotebookNode, text: str) -> None:
    first = nb.cells[0] if nb.cells else None
    if first is not None and first.cell_type == "markdown" and first.source.startswith("# "):
        title, _, rest = first.source.partition("\n")
        first.source = f"{title}\n\n{text}\n{rest}"
    else:
        nb.cells.insert(0, v4.new_markdown_cell(text, id="own-data"))
