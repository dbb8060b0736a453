"""The slides of a reading group: a deck of reveal.js from the tagged cells of each notebook.

nbconvert reads the types of slides that JupyterLab gives cells; `deck/` is its template without
what loads scripts from outside. A slide shows what code gave, not the code, unless the cell is
tagged `slide-code`: the code is read in the notebook. What the page omits, a slide omits too.
"""

import base64
import hashlib
import json
import re
import shutil
from copy import deepcopy
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from ssplab.course import HIDING, LINK, Page, normal, sessions, tags

CODE_SHOWN = "slide-code"
REVEAL = {"dist": ["reveal.css", "reveal.js"], "plugin/notes": ["notes.js"]}
UP = "../.."  # from a deck to the folder of the pages
NOTEBOOKS_TITLE = re.compile(r"^(# .+?)(?:: the| The) notebook$", re.MULTILINE)
"""The title of a notebook, called after its session; a deck has what stands before."""
IMAGES = "_images"  # where Sphinx has those of the pages, too


def decks() -> list[str]:
    """Return the pages that are decks, as paths from the course's folder without a suffix."""
    return [_deck_of(session) for session in sessions()]


def write_decks(html: Path, mathjax: dict[str, object]) -> None:
    """Write the deck of each session beside its page, and the files of reveal.js.

    Parameters
    ----------
    html : Path
        The folder of the built pages.
    mathjax : dict
        MathJax's settings, as the book's pages have them.

    Raises
    ------
    SsplabError
        If a notebook cannot be read.
    ValueError
        If no cell of a notebook is to be shown.
    """
    package = Path(find_spec("sphinx_revealjs").submodule_search_locations[0])
    target = html / "_static" / "revealjs"
    target.mkdir(parents=True, exist_ok=True)
    for folder, names in REVEAL.items():
        for name in names:
            shutil.copy(package / "_static" / "revealjs" / folder / name, target)
    for session in sessions():
        place = html / f"{_deck_of(session)}.html"
        text = deck(normal.read(session.notebook.path), session.title, mathjax, html / IMAGES)
        place.write_text(text, encoding="utf-8")


def deck(nb: NotebookNode, title: str, mathjax: dict[str, object], images: Path) -> str:
    """Return the deck of a notebook, which lies two folders below the built pages.

    Parameters
    ----------
    nb : NotebookNode
        With its outputs; each cell's slide type in the metadata `slideshow.slide_type`.
    title : str
        What the browser calls it.
    mathjax : dict
        MathJax's settings.
    images : Path
        Folder of the pages' images, to which the deck's are written.

    Raises
    ------
    ValueError
        If no cell is to be shown.
    """
    from nbconvert import SlidesExporter  # heavy, and of use for decks alone

    shown = _prepared(nb)
    _write_figures(shown, images)
    exporter = SlidesExporter(
        extra_template_basedirs=[str(Path(__file__).parent)],
        template_name="deck",
        reveal_url_prefix=f"{UP}/_static/revealjs",
        mathjax_url=f"{UP}/_static/mathjax/startup.js",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        filters={"markdown2html": _html},
    )
    prose = "".join(_html(cell.source) for cell in shown.cells if cell.cell_type == "markdown")
    facts = {
        "title": title,
        "static": f"{UP}/_static",
        "maths": 'class="math' in prose,
        "mathjax": json.dumps(mathjax),
    }
    text, _ = exporter.from_notebook_node(shown, {"deck": facts})
    return text


def _prepared(nb: NotebookNode) -> NotebookNode:
    """Return a notebook of what is shown or said: without hidden cells and code, its links living.

    Cells of the slide type `skip` go too, so that they cannot part a slide from what follows.
    """
    shown = deepcopy(nb)
    shown.cells = [
        cell
        for cell in shown.cells
        if "remove-cell" not in tags(cell)
        and cell.metadata.get("slideshow", {}).get("slide_type") != "skip"
    ]
    for cell in shown.cells:
        if cell.cell_type == "markdown":
            source = NOTEBOOKS_TITLE.sub(r"\1", cell.source)
            cell.source = LINK.sub(_to_page, source)
        elif CODE_SHOWN not in tags(cell) or HIDING & set(tags(cell)):
            cell.metadata["transient"] = {"remove_source": True}
    return shown


def _write_figures(nb: NotebookNode, images: Path) -> None:
    """Write figures under the names that myst-nb gives those of the pages, and name them."""
    images.mkdir(parents=True, exist_ok=True)
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                content = base64.b64decode(output.data["image/png"])
                name = f"{hashlib.sha256(content).hexdigest()}.png"
                (images / name).write_bytes(content)
                output.metadata["filenames"] = {"image/png": f"{UP}/{IMAGES}/{name}"}


def _to_page(match: re.Match) -> str:
    """Return a link to a source of the course as one to its page."""
    target = re.sub(r"\.(md|ipynb)(?=#|$)", ".html", match["target"])
    return f"[{match['text']}]({target})"


def _html(markdown: str) -> str:
    """Return Markdown as the book's pages read it, in HTML; formulas as MathJax finds them."""
    return _parser().render(markdown)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=_formula)


def _formula(content: str, options: dict[str, bool]) -> str:
    marks = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
    text = content.replace("&", "&amp;").replace("<", "&lt;")
    return f"{marks[0]}{text}{marks[1]}"


def _deck_of(session: Page) -> str:
    return f"{session.file.rpartition('/')[0]}/slides"
