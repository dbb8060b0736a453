"""Sphinx extension of the course.

Maths without a network, links to single references and terms, and pages that screen readers and
keyboards get through: what the theme leaves unnamed is named in the finished pages.
"""

import json
import re
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.util.fileutil import copy_asset

# Of the package's 24 MB, what `mathjax3_config` loads, and the TeX macros that load on demand.
MATHJAX = [
    "startup.js",
    "core.js",
    "a11y/assistive-mml.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
]

# Its terms stand in a plain definition list: JupyterLab does not show Sphinx's glossary directive.
GLOSSARY = "book/glossary"

SAFE = "application/vnd.ssplab.safe+json"  # the mark of what `ssplab.safe` returned


def _name_summary(match):
    """Name the arrow that opens a chapter's pages in the sidebar by that chapter."""
    title = unescape(re.sub("<[^>]+>", "", match["title"])).strip()
    return f'{match[0]} aria-label="{escape(f"Pages of: {title}")}"'


# What the theme writes, and what a page gets instead.
MENDS = [
    # All of a page lies in landmarks.
    (r'<div class="bd-sidebar-primary[^"]*"(?=>)', r'\g<0> role="region" aria-label="Course"'),
    (r'<form class="bd-search[^"]*"', r'\g<0> role="search"'),
    # Buttons say what they do; `course.js` adds whether they have done it.
    (r'"Toggle primary sidebar"', '"Contents of the course"'),
    (r'"Toggle secondary sidebar"', '"Contents of this page"'),
    (r'"light/dark"', '"Light, dark or automatic colours"'),
    (r"<a [^>]*>(?P<title>((?!</a>).)*)</a><details[^>]*><summary(?=>)", _name_summary),
    (r'class="task-list-item-checkbox"', r'\g<0> aria-label="Done"'),
    # Where a button has a text, its name is that text.
    (r'(search-button-field[^"]*") title="Search" aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content"', "<summary"),
    # docutils gives a reference a role that no longer counts as an item of a list.
    (r'role="doc-biblioentry"', 'role="listitem"'),
]


def mend_pages(app, exception):
    """Write `MENDS` into the finished pages; the theme has no settings for them."""
    if exception is None:
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            for theirs, ours in MENDS:
                text = re.sub(theirs, ours, text)
            page.write_text(text, encoding="utf-8")


def drop_marks(app, docname, content):
    """Take the marks of `ssplab.safe` out of outputs: reports read them, and MyST warns of them."""
    if app.env.doc2path(docname).endswith(".ipynb") and SAFE in content[0]:
        notebook = json.loads(content[0])
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop(SAFE, None)
        content[0] = json.dumps(notebook)


def scope_headers(app, doctree):
    """Say in the tables of outputs what each header heads; a cell without text heads nothing."""
    for output in doctree.findall(nodes.raw):
        if "html" not in output.get("format", "") or "<th" not in output.astext():
            continue
        soup = BeautifulSoup(output.astext(), "html.parser")
        for header in soup.find_all("th"):
            if header.get_text(strip=True):
                header["scope"] = "col" if header.find_parent("thead") else "row"
            else:
                header.name = "td"
        output[:] = [nodes.Text(str(soup))]


def copy_mathjax(app, exception):
    """Copy MathJax from the package `sphinx-mathjax-offline` into the built pages."""
    if exception is None:
        package = find_spec("sphinx-mathjax-offline").submodule_search_locations[0]
        source = Path(package, "static", "mathjax")
        target = Path(app.outdir, "_static", "mathjax")
        for part in MATHJAX:
            folder = part if (source / part).is_dir() else Path(part).parent
            copy_asset(source / part, target / folder)


def name_entries(app, doctree):
    """Let plain Markdown links reach one reference or one term.

    Notebooks write `[…](../../book/references.md#ref-hidiroglou1986)`, a form that JupyterLab
    follows too. MyST resolves the part after `#` among a page's headings only, so the entries of
    the bibliography and of the glossary are added to them.
    """
    docname = app.env.docname
    entries = list(doctree.findall(nodes.term)) if docname == GLOSSARY else []
    for term in entries:
        term["ids"].append("term-" + re.sub(r"[^a-z0-9]+", "-", term.astext().lower()).strip("-"))
    for key, bibliography in app.env.get_domain("cite").bibliographies.items():
        if key.docname == docname:
            entries += bibliography.citation_nodes.values()
    slugs = app.env.metadata[docname].setdefault("myst_slugs", {})
    for entry in entries:
        for name in entry["ids"]:
            slugs[name] = (entry.line, name, entry.astext())


def setup(app):
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", mend_pages)
    app.connect("source-read", drop_marks)
    app.connect("doctree-read", name_entries)
    app.connect("doctree-read", scope_headers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
