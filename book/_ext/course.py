"""Sphinx extension of the course: maths without a network, links to single references and terms."""

import re
from importlib.util import find_spec
from pathlib import Path

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
    app.connect("doctree-read", name_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
