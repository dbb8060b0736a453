"""What the course's Markdown is made of, as far as the machine reads it."""

import re
from collections.abc import Iterator

from ssplab.course.paths import course_root

CAPTION = re.compile(r"\*(?![*\s])[^*\n]*\bSource: [^*\n]*(?<!\s)\*(?=\n\s*\n|\s*$)")
"""How a Markdown cell begins that holds a caption: a paragraph of one line, wholly in italics."""

GLOSSARY = "book/glossary"
"""The page of the words with a precise meaning, a plain definition list: JupyterLab does not show
Sphinx's glossary directive."""

_HEADING = re.compile(r"(#{1,6}) ")
_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})")


def headings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the level and the line of each heading of a Markdown cell; not what fences hold."""
    closing = None
    for line in source.splitlines():
        fence = _FENCE.match(line)
        if closing is None and fence:
            closing = fence[1]
        elif closing is None and (found := _HEADING.match(line)):
            yield len(found[1]), line
        elif fence and line.strip() == closing:
            closing = None


def glossary_terms() -> list[str]:
    """Return the terms of the glossary, each as often as it is defined; none without the page."""
    page = course_root() / f"{GLOSSARY}.md"
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return re.findall(r"^(\S.*)\n: ", text, re.MULTILINE)
