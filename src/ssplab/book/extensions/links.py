"""Plain Markdown links to one reference or to one term."""

import re

from docutils import nodes

from ssplab.course import GLOSSARY


def slug(term):
    """Return the anchor of a term of the glossary."""
    return "term-" + re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def name_entries(app, doctree):
    """Let plain Markdown links reach one reference or one term.

    Notebooks write `[…](../../book/references.md#ref-hidiroglou1986)`, a form that JupyterLab
    follows too. MyST resolves the part after `#` among a page's headings only, so the entries of
    the bibliography and of the glossary are added to them.
    """
    docname = app.env.docname
    entries = list(doctree.findall(nodes.term)) if docname == GLOSSARY else []
    for term in entries:
        term["ids"].append(slug(term.astext()))
    for key, bibliography in app.env.get_domain("cite").bibliographies.items():
        if key.docname == docname:
            entries += bibliography.citation_nodes.values()
    slugs = app.env.metadata[docname].setdefault("myst_slugs", {})
    for entry in entries:
        for name in entry["ids"]:
            slugs[name] = (entry.line, name, entry.astext())


def setup(app):
    app.connect("doctree-read", name_entries)
