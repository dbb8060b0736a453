"""Figures with their captions: the line in italics that stands below the cell that drew one.

In a notebook both are what JupyterLab shows as it is. On a page, the book's or that of a run, they
are one figure, and the caption belongs to it for those who do not see it either.
"""

from docutils import nodes


def caption_figures(document: nodes.document) -> None:
    """Make each figure that a cell drew, the last of it, and the caption below it one figure.

    Parameters
    ----------
    document : docutils.nodes.document
        As myst-nb gives it, one form chosen of each output. Changed in place.
    """
    for cell in list(document.findall(nodes.container)):
        below = cell.next_node(descend=False, siblings=True)
        images = list(cell.findall(nodes.image))
        caption = _caption(below) if cell.get("nb_element") == "cell_code" and images else None
        if caption is not None:
            figure = nodes.figure("", classes=["drawn"])
            document.set_id(figure)  # Sphinx asks it of a figure
            images[-1].replace_self(figure)
            figure += [images[-1], nodes.caption("", "", *caption.children)]
            below.parent.remove(below)


def _caption(node: nodes.Node | None) -> nodes.emphasis | None:
    """Return the words of a caption, if a node is one."""
    if not isinstance(node, nodes.paragraph) or "Source: " not in node.astext():
        return None
    words = [child for child in node if child.astext().strip()]  # MyST writes empty texts
    return words[0] if len(words) == 1 and isinstance(words[0], nodes.emphasis) else None
