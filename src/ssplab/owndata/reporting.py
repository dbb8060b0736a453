"""What a run on own data may show: its report, from which individual data are taken out.

An output is left out unless its cell is tagged `aggregate`; and even there a table must come from
`ssplab.safe`, and what is printed must be sentences.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode, v4

from ssplab.course import normal, parse, tags
from ssplab.data import Extract
from ssplab.owndata.disclosure import MIME, safe_count

AGGREGATE = "aggregate"
UNTAGGED = "this cell is not tagged `aggregate`"
PRINTS = "this cell prints more than sentences"
UNSAFE = "a result that did not pass `ssplab.safe`"
OF_MANY = {
    UNTAGGED: "cells not tagged `aggregate`",
    PRINTS: "cells that print more than sentences",
    UNSAFE: "results that did not pass `ssplab.safe`",
}
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


def report(nb: NotebookNode, extract: Extract, folder: Path) -> NotebookNode:
    """Return an executed notebook as it may be shown, with what it is about under its title.

    Parameters
    ----------
    nb : NotebookNode
        Executed on own data.
    extract : Extract
        What the data are.
    folder : Path
        Where they are. Of the path, the report gives the folder's name only.
    """
    nb = normal.normal_form(deepcopy(nb))
    nb.metadata.pop("widgets", None)
    printing = {index for index, _ in bare_prints(nb)}
    left_out: Counter[str] = Counter()
    for index, cell in enumerate(nb.cells):
        cell.source = cell.source.replace(str(folder), folder.name)
        if cell.cell_type != "code":
            continue
        if AGGREGATE in tags(cell) and index not in printing:
            outputs = [shareable(output) for output in cell.outputs if not _is_aside(output)]
            reasons = [UNSAFE] * outputs.count(None)
        else:
            outputs = []
            reasons = [PRINTS if AGGREGATE in tags(cell) else UNTAGGED] if cell.outputs else []
        left_out.update(reasons)
        notes = [v4.new_output("stream", text=f"Not shown: {reason}.\n") for reason in reasons]
        cell.outputs = notes + [output for output in outputs if output]
    _put_under_title(nb, _summary(extract, left_out))
    return nb


def shareable(output: NotebookNode) -> NotebookNode | None:
    """Return what may be shown of an output of an `aggregate` cell; None if nothing may.

    Printed sentences, prose, what `ssplab.safe` returned, and of a figure the picture.
    """
    if output.output_type == "stream":
        return output
    data = output.get("data", {})
    if MIME in data:
        kept = ("text/plain", "text/html", MIME)
    elif "image/png" in data:
        kept = ("image/png",)
    elif "text/markdown" in data and "text/html" not in data:
        kept = ("text/markdown",)
    else:
        return None
    return v4.new_output("display_data", {mime: data[mime] for mime in kept if mime in data})


def bare_prints(nb: NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the `aggregate` cells that print, or show as prose, more than sentences.

    A sentence is a text, an f-string, or several of them, with or without a condition. Functions
    that a cell calls are looked into, wherever the notebook defines them.
    """
    trees = {
        index: tree
        for index, cell in enumerate(nb.cells)
        if cell.cell_type == "code" and (tree := parse(cell.source)) is not None
    }
    functions = {
        node.name: node
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    for index, tree in trees.items():
        if AGGREGATE in tags(nb.cells[index]):
            faults = (_fault(call) for call in _calls(tree, functions))
            yield from ((index, fault) for fault in faults if fault)


def _calls(tree: ast.AST, functions: dict[str, ast.FunctionDef]) -> Iterator[ast.Call]:
    """Yield the calls of a cell and of the functions that it calls."""
    waiting, seen = [tree], set()
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Call):
                yield node
            if isinstance(node, ast.Name) and node.id in functions.keys() - seen:
                seen.add(node.id)
                waiting.append(functions[node.id])


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
    """Whether an output is a warning, a log or an error: they are not reported at all."""
    return output.output_type == "error" or output.get("name") == "stderr"


def _summary(extract: Extract, left_out: Counter[str]) -> str:
    threshold = extract.card.threshold
    rows = [f"{name}, {safe_count(n, threshold):,} rows" for name, n in extract.rows.items()]
    unseen = [f"{len(one.codes)} in `{one.column}` of {one.table}" for one in extract.unseen]
    withheld = [f"{OF_MANY[reason]}, {count}" for reason, count in left_out.items()]
    lines = [
        f"**A report on own data**, an extract in the form of `{extract.card.name}`.",
        f"Tables: {'; '.join(rows)}.",
        f"Codes that the card does not know: {'; '.join(unseen) or 'none'}.",
        f"Not shown: {'; '.join(withheld) or 'nothing'}.",
        f"In tables, counts below {threshold} are masked, with what would give them away.",
    ]
    if extract.absent:
        absent = "; ".join(f"`{one.column}` of {one.table}" for one in extract.absent)
        lines.append(f"Columns that the extract does not have, taken as missing: {absent}.")
    if extract.card.contributors:
        lines.append(
            "So are, in tables of totals (`ssplab.safe_totals`), those of too few contributors or "
            "that one dominates."
        )
    return "\n".join(f"> {line}\\" for line in lines).removesuffix("\\")


def _put_under_title(nb: NotebookNode, text: str) -> None:
    first = nb.cells[0] if nb.cells else None
    if first is not None and first.cell_type == "markdown" and first.source.startswith("# "):
        title, _, rest = first.source.partition("\n")
        first.source = f"{title}\n\n{text}\n{rest}"
    else:
        nb.cells.insert(0, v4.new_markdown_cell(text, id="own-data"))
