"""The page of a draft says so, with the number of its places to fill, in its strip."""

from pathlib import Path

from docutils import nodes

from ssplab.course import course_root, places_to_fill


def say_draft(app, doctree):
    """Add an item to the strip of a page whose source holds the mark; make a strip if need be."""
    source = Path(app.env.doc2path(app.env.docname))
    title = next(doctree.findall(nodes.title), None)
    if title is None or not source.is_relative_to(course_root()):
        return
    count = places_to_fill(source)
    if not count:
        return
    told = f"{count} place{'s' if count > 1 else ''} to fill"
    item = nodes.definition_list_item(
        "",
        nodes.term("", "Draft"),
        nodes.definition("", nodes.paragraph("", told), classes=["draft"]),
    )
    after = title.next_node(descend=False, siblings=True)
    if isinstance(after, nodes.definition_list) and "strip" in after["classes"]:
        after.insert(0, item)
    else:
        section = title.parent
        strip = nodes.definition_list("", item, classes=["strip"])
        section.insert(section.index(title) + 1, strip)


def setup(app):
    app.connect("doctree-read", say_draft, priority=600)  # after `boxes` has drawn the strip
