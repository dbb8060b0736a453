"""The kinds of pages of a built book, found in what the pages are made of.

What only style sheets and scripts decide (how a piece looks in a mode and a width, what a key does
to it) is the same wherever that piece stands. It is tested on pages that show between them every
piece that the book has, and which grow little in number with the book; a page with a new piece
comes to be among them by itself.
"""

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

# The parts of an address in a page that name what it loads, not what it leads to.
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}


def pages_of(html: Path) -> list[str]:
    """Return the paths of all pages of a built book, from its folder."""
    paths = (path.relative_to(html) for path in sorted(html.rglob("*.html")))
    return [path.as_posix() for path in paths if path.parts[0] != "_static"]


def one_of_each_kind(html: Path) -> list[str]:
    """Return pages that have between them every piece that some page of the book has.

    The page that adds most is taken again and again, the first by name of several: the same book
    gives the same pages.

    Parameters
    ----------
    html : Path
        The folder of the pages.

    Returns
    -------
    list of str
        Paths from that folder, sorted.
    """
    pieces = {name: pieces_of(html, name) for name in pages_of(html)}
    left, chosen = set().union(*pieces.values()), []
    while left:
        chosen.append(max(pieces, key=lambda name: len(pieces[name] & left)))
        left -= pieces[chosen[-1]]
    return sorted(chosen)


def pieces_of(html: Path, name: str) -> set[tuple[str, ...]]:
    """Return what a page is made of.

    The room that it is of; each of its elements by tag, role and classes, whatever numbers are in
    these; which properties are styled in place; and which scripts and style sheets it loads.
    """
    tree = LexborHTMLParser((html / name).read_text(encoding="utf-8"))
    pieces = {("folder", *_folder(name))}
    for node in tree.root.traverse():
        attributes = node.attributes
        classes = re.sub(r"\d+", "0", attributes.get("class") or "").split()
        pieces.add((node.tag, attributes.get("role") or "", *sorted(set(classes))))
        if attributes.get("style"):
            properties = re.findall(r"([\w-]+)\s*:", attributes["style"])
            pieces.add((node.tag, "style", *sorted(set(properties))))
        loaded = attributes.get(LOADED.get(node.tag, ""))
        if loaded and node.tag in {"script", "link"}:
            pieces.add((node.tag, attributes.get("rel") or "", _file(loaded)))
        elif loaded:
            pieces.add((node.tag, PurePosixPath(urlsplit(loaded).path).suffix))
    return pieces


def _folder(name: str) -> tuple[str, ...]:
    """Return the room of a page, and its folder there if it is of the book's own prose.

    The parts of the course are alike: a chapter is a chapter in whichever it stands.
    """
    folders = PurePosixPath(name).parts[:-1]
    return folders if folders[:1] == ("book",) else folders[:1] or (name,)


def _file(address: str) -> str:
    """Return the file that is loaded; of a link to another page (`rel=next`) only its suffix."""
    path = PurePosixPath(urlsplit(address).path)
    return path.suffix if path.suffix in {".html", ""} else path.name
