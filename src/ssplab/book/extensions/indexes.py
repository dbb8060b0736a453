"""Where to find what: which chapter answers a question, uses a function, or speaks of a term.

Directives `{questions}`, `{functions} LIBRARY` and `{terms}`, written from the notebooks when the
book is built, so that they say what the chapters do today.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from myst_parser.mdit_to_docutils.base import default_slugify

from ssplab.book.extensions.contents import Generated, grid
from ssplab.book.extensions.links import slug
from ssplab.course import GLOSSARY, LINK, Page, chapters, glossary_terms

Place = tuple[str, str]
"""A chapter's short name, and the address of the section."""

# Of what a method is, code alone does not say: it is given the first of these that has it.
HOMES = [
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("pandas.api.typing", "DataFrameGroupBy"),
    ("pandas.api.typing", "Rolling"),
    ("matplotlib.axes", "Axes"),
    ("matplotlib.figure", "Figure"),
    ("numpy.random", "Generator"),
]
ESTIMATOR = {"decision_function", "fit", "fit_predict", "fit_transform", "predict"}
ESTIMATOR |= {"predict_proba", "score_samples"}
PLAIN = {"append", "extend", "format", "get", "items", "join", "keys", "split", "update", "values"}
INDEXERS = {"at", "iat", "iloc", "loc"}
LIBRARIES = ("pandas", "numpy", "sklearn", "matplotlib", "ssplab")
OTHER = "other"
PLACES = 5  # chapters named of each function or term, the first in the order of the course


def questions() -> str:
    """Return a table of what one may want to do, and the chapter that does it, in Markdown."""
    rows = []
    for page in chapters():
        chapter = f"[{page.name}]({page.link})"
        phase = ", ".join(re.findall(r"\d\.\d", page.strip.get("Phase", "")))
        rows += [(aim, chapter, phase) for aim in [page.title, *page.aims]]
    head = ("You ask, or want to", "Chapter", "GSBPM")
    return grid("What each chapter answers, in the order of the course", head, rows)


def functions(library: str) -> str:
    """Return a table of the functions of a library that chapters use, and where, in Markdown."""
    rows = []
    for name, places in sorted(uses().items(), key=lambda item: item[0].casefold()):
        home = re.match(r"\w+", name)[0]
        if library == (home if home in LIBRARIES else OTHER):
            known = re.sub(r"^(\w+\.)+(?=[A-Z]\w*\.)", "", name)  # DataFrame.merge
            rows.append((f"`{known}`", _told(places)))
    return grid("First use in each chapter", ("Function or method", "Where"), rows)


def terms() -> str:
    """Return a table of the glossary's terms that chapters use, and where, in Markdown."""
    known = {term.casefold(): term for term in glossary_terms()}
    # The longest first, so that an index of similarity is not taken for the index of a table.
    either = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    word = re.compile(rf"(?<![\w-])({either})(?:s|es)?(?![\w-])", re.IGNORECASE)
    found = {}
    for page in chapters():
        for place, kind, source in _sections(page):
            prose = LINK.sub(r"\g<text>", source) if kind == "markdown" else ""
            for term in word.findall(prose):
                places = found.setdefault(known[term.casefold()], {})
                places.setdefault(place[0], place)
    rows = [
        (f"[{term}](/{GLOSSARY}.md#{slug(term)})", _told(list(places.values())))
        for term, places in sorted(found.items(), key=lambda item: item[0].casefold())
    ]
    return grid("First mention in each chapter", ("Term", "Where"), rows)


@cache
def uses() -> dict[str, list[Place]]:
    """Return the functions and methods that chapters use, each with its first place in each."""
    found = {}
    for page in chapters():
        aliases = {}
        for place, kind, source in _sections(page):
            if kind == "code":
                for name in names(source, aliases):
                    places = found.setdefault(name, [])
                    if place[0] not in {chapter for chapter, _ in places}:
                        places.append(place)
    return found


def names(source: str, aliases: dict[str, str]) -> Iterator[str]:
    """Yield the full names of the functions, classes and methods that a cell uses.

    Parameters
    ----------
    source : str
        Python; what is not (a magic command) yields nothing.
    aliases : dict
        The full name of each name imported so far; imports of this cell are added.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {
                name.asname or name.name.split(".")[0]: _module(name) for name in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            aliases |= {
                name.asname or name.name: f"{node.module}.{name.name}" for name in node.names
            }
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            full = _full_name(node, aliases)
            if full and full.count("."):
                yield full
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if _full_name(node.func, aliases) is None:
                yield from _method(node.func)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in INDEXERS
        ):
            yield f"pandas.DataFrame.{node.value.attr}"


def _module(name: ast.alias) -> str:
    return name.name if name.asname else name.name.split(".")[0]


def _full_name(node: ast.expr, aliases: dict[str, str]) -> str | None:
    """Return the full name of what stands in an imported module, else nothing."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if isinstance(node, ast.Attribute):
        before = _full_name(node.value, aliases)
        return before and f"{before}.{node.attr}"
    return None


def _method(function: ast.Attribute) -> Iterator[str]:
    if isinstance(function.value, ast.Constant | ast.JoinedStr) or function.attr in PLAIN:
        return
    if isinstance(function.value, ast.Attribute) and function.value.attr in {"str", "dt"}:
        yield f"pandas.Series.{function.value.attr}.{function.attr}"
    elif function.attr in ESTIMATOR:
        yield f"sklearn estimator.{function.attr}"
    else:
        for module, kind in HOMES:
            if hasattr(getattr(import_module(module), kind), function.attr):
                yield f"{module.removesuffix('.api.typing')}.{kind}.{function.attr}"
                return


def _sections(page: Page) -> Iterator[tuple[Place, str, str]]:
    """Yield the pieces of a chapter, each with the section in which it stands."""
    place = (page.name, page.link)
    for kind, source in page.cells:
        if kind != "markdown":
            yield place, kind, source
            continue
        for piece in re.split(r"^(?=#{1,3} )", source, flags=re.MULTILINE):
            heading = re.match(r"#{2,3} (.*)", piece)
            if heading:
                place = (page.name, f"{page.link}#{default_slugify(heading[1].strip())}")
            yield place, kind, piece


def _told(places: list[Place]) -> str:
    # Without the section's title, and not every place: what all chapters use would make a page
    # grow with each of them, and of a word the first places explain it.
    told = ", ".join(f"[{chapter}]({address})" for chapter, address in places[:PLACES])
    further = len(places) - PLACES
    return f"{told} and {further} more" if further > 0 else told


class Questions(Generated):
    def markdown(self):
        return questions()


class Functions(Generated):
    required_arguments = 1

    def markdown(self):
        return functions(self.arguments[0])


class Terms(Generated):
    def markdown(self):
        return terms()


def setup(app):
    app.add_directive("questions", Questions)
    app.add_directive("functions", Functions)
    app.add_directive("terms", Terms)
