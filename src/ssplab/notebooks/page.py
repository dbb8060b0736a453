"""One HTML page of an executed notebook: self-contained, readable offline, MyST rendered.

The notebook is parsed as the book does it, by myst-nb, but through docutils alone: a single file
comes out, with its figures and style inside and formulas as MathML. What only the book has becomes
plain: links to its other pages are text, Sphinx's own directives are boxes.
"""

import base64
import mimetypes
import re
import tempfile
from collections import defaultdict
from importlib import resources
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import nbformat
from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.languages import en
from myst_nb.docutils_ import Parser
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from ssplab.notebooks.captions import caption_figures

MYST_EXTENSIONS = ["amsmath", "colon_fence", "deflist", "dollarmath", "tasklist"]
SETTINGS = {
    "myst_enable_extensions": MYST_EXTENSIONS,
    "myst_heading_anchors": 3,
    "myst_all_links_external": True,  # `_keep_living_links` sorts them
    "nb_execution_mode": "off",
    "nb_append_css": False,
    "nb_render_markdown_format": "myst",
    "output_encoding": "unicode",
    "math_output": "MathML",
    "language_code": "en",
    "doctitle_xform": False,  # it would make a subtitle of a single section
    "initial_header_level": 1,
    "embed_stylesheet": True,
    "report_level": 4,  # severe errors only: a page of a run is no place for the author's warnings
    "_disable_config": True,  # a reader's own docutils.conf must not change the page
}


def html_page(nb: NotebookNode, folder: Path) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    nb : NotebookNode
        Executed, with its outputs.
    folder : Path
        Where the notebook's relative images are looked up.
    """
    _register_stand_ins("\n".join(c.source for c in nb.cells if c.cell_type == "markdown"))
    with tempfile.TemporaryDirectory() as temporary:
        style = Path(temporary, "page.css")
        style.write_text(_css(), encoding="utf-8")
        settings = SETTINGS | {"nb_output_folder": temporary, "stylesheet_path": [str(style)]}
        document = publish_doctree(
            nbformat.writes(nb),
            source_path=str(folder / "notebook.ipynb"),
            parser=Parser(),
            settings_overrides=settings,
        )
        document["title"] = next((title.astext() for title in document.findall(nodes.title)), "")
        _embed_images(document, folder)
        _keep_living_links(document)
        _fold_hidden_code(document)
        caption_figures(document)
        page = publish_from_doctree(document, writer_name="html5", settings_overrides=settings)
    return _accessible(page)


def _accessible(page: str) -> str:
    """Let the keyboard reach what may scroll, and name what has no name."""
    for pattern, mended in [
        (r'<div(?= class="cell_output)', '<div tabindex="0"'),
        (r'<math(?=[^>]*display="block")', '<math tabindex="0"'),
        (r'class="task-list-item-checkbox"', r'\g<0> aria-label="Done"'),
        (r"<th([^>]*)>(?:\s|&nbsp;)*</th>", r"<td\1></td>"),
        (
            r"(?s)<table>.*?</table>",  # of the text: an output scrolls in its cell
            r'<div class="scrolls" tabindex="0" role="group" aria-label="Table">\g<0></div>',
        ),
    ]:
        page = re.sub(pattern, mended, page)
    return page


def _css() -> str:
    own = resources.files("ssplab.notebooks").joinpath("page.css").read_text(encoding="utf-8")
    return own + HtmlFormatter(style="default").get_style_defs(".code")


class _Box(Directive):
    """Stands in for a directive that docutils lacks: its content in a titled box."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    # Any option is read and ignored; MyST takes an empty mapping for "no options".
    option_spec: ClassVar = defaultdict(lambda: directives.unchanged, name=directives.unchanged)

    def run(self) -> list[nodes.Node]:
        title = self.arguments[0] if self.arguments else self.name.capitalize()
        box = nodes.admonition("", nodes.title(title, title), classes=[self.name])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


def _plain_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Stands in for a role that docutils lacks: its text, without `<target>`."""
    return [nodes.inline(rawtext, re.sub(r"\s*<[^>]*>$", "", text))], []


def _register_stand_ins(markdown: str) -> None:
    for name in set(re.findall(r"^\s*[`:]{3,}\{([\w:-]+)\}", markdown, re.MULTILINE)):
        if name not in en.directives:
            directives.register_directive(name, _Box)
    for name in set(re.findall(r"\{([\w:-]+)\}`", markdown)):
        if name not in en.roles:
            roles.register_local_role(name, _plain_role)


def _embed_images(document: nodes.document, folder: Path) -> None:
    for image in document.findall(nodes.image):
        path = folder / unquote(image["uri"])
        if path.is_file():
            mime = mimetypes.guess_type(path.name)[0] or "image/png"
            image["uri"] = f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _keep_living_links(document: nodes.document) -> None:
    """Keep links to the web and within the page; a link to a file of the course becomes text."""
    for link in list(document.findall(nodes.reference)):
        target = link.get("refuri", "")
        if target.startswith("#") and target[1:] in document.ids:
            del link["refuri"]
            link["refid"] = target[1:]
        elif "refid" not in link and not re.match(r"(https?|mailto):", target):
            link.replace_self(nodes.inline("", "", *link.children))


def _fold_hidden_code(document: nodes.document) -> None:
    """Fold the code of cells tagged `hide-input`, as the book does."""
    for cell in list(document.findall(nodes.container)):
        if {"tag_hide-input", "tag_hide-cell"} & set(cell["classes"]):
            opening, closing = "<details><summary>Code</summary>", "</details>"
            end = 1 if "tag_hide-input" in cell["classes"] else len(cell)
            cell.insert(end, nodes.raw("", closing, format="html"))
            cell.insert(0, nodes.raw("", opening, format="html"))
