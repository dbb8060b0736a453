"""What the code of a cell binds and uses, read and never run."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssplab.system import SsplabError

if TYPE_CHECKING:  # nbformat takes a second to load
    from nbformat import NotebookNode


HIDING = frozenset({"remove-cell", "remove-input"})
"""Tags of cells whose source the page does not show, and of which JupyterLab shows one line."""


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def cell_label(nb: NotebookNode, index: int) -> str:
    """Return a cell's place as a reader finds it: `In [4] (id robust-rules)`.

    Code cells are counted from 1 as JupyterLab's prompt does after a run from top to bottom;
    other cells by their position among all cells.
    """
    cell = nb.cells[index]
    if cell.cell_type == "code":
        number = sum(cell.cell_type == "code" for cell in nb.cells[: index + 1])
        where = f"In [{number}]"
    else:
        where = f"{cell.cell_type} cell {index + 1}"
    return f"{where} (id {cell.get('id', 'missing')})"


def parse(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell; None if it is not plain Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def string_constants(tree: ast.Module) -> set[str]:
    """Return the texts that code works with: all but those that explain it, the docstrings."""
    explaining = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in explaining
    }


class _Binder(ast.NodeVisitor):
    """Collects the names that statements bind, without entering scopes of their own.

    `symtable` would do, but since Python 3.12 it counts a comprehension's variable as the cell's.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def visit_alias(self, node: ast.alias) -> None:
        self.names.add(node.asname or node.name.split(".")[0])

    def visit_definition(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        self.names.add(node.name)

    def visit_own_scope(self, node: ast.AST) -> None:
        pass

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_definition
    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = visit_own_scope
    visit_GeneratorExp = visit_own_scope


class _Changer(_Binder):
    """Collects the names that statements bind, and those whose objects they change in place."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._stored(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._stored(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        # `rows.append(row)`; what a method of a method's result does, concerns no name
        called = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute):
            self.names |= _owner(called)
        self.generic_visit(node)

    def _stored(self, node: ast.Subscript | ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.names |= _owner(node)
        self.generic_visit(node)


def _owner(node: ast.expr) -> set[str]:
    """Return the name whose object an attribute or an item belongs to: none, or one."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def changed_names(tree: ast.AST) -> set[str]:
    """Return the names that code binds at top level, and those whose objects it may change.

    `table["pay"] = 1`, `table.index = labels` and `rows.append(row)` change an object; what a
    function does to its argument is not seen.
    """
    changer = _Changer()
    changer.visit(tree)
    return changer.names


def _read_names(tree: ast.AST) -> set[str]:
    """Return every name that code reads, in functions and comprehensions too, theirs among them."""
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def bound_names(source: str) -> set[str]:
    """Return the names that a cell binds at top level: assignments, definitions, imports."""
    binder = _Binder()
    binder.visit(ast.parse(source))
    return binder.names


def needed_names(source: str) -> set[str]:
    """Return the names that a cell, or a function in it, takes from cells before it."""
    top = symtable.symtable(source, "cell", "exec")
    used = {
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if symbol.is_referenced()
        and (not symbol.is_assigned() if table is top else symbol.is_global())
    }
    return used - bound_names(source)


def taken_names(tree: ast.Module | ast.Expression) -> set[str]:
    """Return the names that code takes from what ran before it, also where it binds them later.

    Of `pay = pay * 2` it is `pay`; what a function binds for itself is its own affair, and what a
    loop binds before it reads it comes from the loop.
    """
    taken, bound = set(), set()
    for part in tree.body if isinstance(tree, ast.Module) else [tree.body]:
        taken |= _taken_by(part) - bound
        bound |= changed_names(part)
    return taken


def _taken_by(part: ast.stmt | ast.expr) -> set[str]:
    """Return the names that one statement, or an expression, takes from what ran before it."""
    if isinstance(part, ast.For):
        targets = bound_names(f"{ast.unparse(part.target)} = None")
        in_body, in_else = (taken_names(ast.Module(body, [])) for body in (part.body, part.orelse))
        return taken_names(ast.Expression(part.iter)) | (in_body - targets) | in_else
    return needed_names(ast.unparse(part)) | changed_names(part) & _read_names(part)


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def parameters(nb: NotebookNode) -> dict[str, object]:
    """Return names and default values of the cell tagged `parameters`.

    A default that is not a literal is given as None.

    Raises
    ------
    SsplabError
        If that cell is not plain Python.
    """
    cells = [cell for cell in nb.cells if "parameters" in tags(cell)]
    if not cells:
        return {}
    tree = parse(cells[0].source)
    if tree is None:
        raise SsplabError("The cell tagged `parameters` is not plain Python: correct it.")
    return {
        target.id: _literal(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in getattr(statement, "targets", None) or [statement.target]
        if isinstance(target, ast.Name)
    }


def _literal(value: ast.expr | None) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError):
        return None


def tables_loaded(nb: NotebookNode) -> list[str | None]:
    """Return the tables of its own data set that a notebook asks for; None is the main one.

    `load(data, "establishments")`, or `load("payroll", "establishments")` where "payroll" is the
    default of the parameter `data`; `load("payroll")` names none and asks for the main one.
    """
    return _asked_of_own_data(nb, "load", "table")


def images_opened(nb: NotebookNode) -> list[str]:
    """Return the images of its own data set that a notebook asks for: `image_path(data, "may")`."""
    return [name for name in _asked_of_own_data(nb, "image_path", "image") if name is not None]


def _asked_of_own_data(nb: NotebookNode, function: str, word: str) -> list[str | None]:
    """Return the texts that calls of a function of the course have second, or under a word.

    None stands for calls that have neither.
    """
    own = ("data", repr(parameters(nb).get("data")))
    calls = [
        node
        for cell in nb.cells
        if cell.cell_type == "code"
        for node in ast.walk(parse(cell.source) or ast.Module([], []))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (f"ssplab.{function}", function)
        if node.args and ast.unparse(node.args[0]) in own
    ]
    asked: list[str | None] = []
    for call in calls:
        named = [one.value for one in call.keywords if one.arg == word] + call.args[1:2]
        texts = [_literal(name) for name in named]
        asked += [text for text in texts if isinstance(text, str)] if named else [None]
    return list(dict.fromkeys(asked))
