"""What the Markdown cells of a notebook are made of, as far as the machine reads them."""

import re
from collections.abc import Iterator

CAPTION = re.compile(r"\*(?![*\s])[^*\n]*\bSource: [^*\n]*(?<!\s)\*(?=\n\s*\n|\s*$)")
"""How a Markdown cell begins that holds a caption: a paragraph of one line, wholly in italics."""

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
