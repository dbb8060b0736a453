"""What the tests measured of the book's pages, as one table that people read.

A test hands a measure to pytest's `record_property`, which brings it from any worker into the
report that `ssplab test` reads.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from ssplab.course import course_root
from ssplab.system import write_text

PROPERTY = "page of the book"

Measures = dict[str, dict[str, dict[str, int]]]
"""By page, by kind and by what is measured, such as `{"search": {"axe": {"light, 390 px": 0}}}`."""


def measure(page: str, **kinds: dict[str, int]) -> tuple[str, str]:
    """Return the two arguments of `record_property` that store what was measured of a page.

    Parameters
    ----------
    page : str
        Its path from the folder of the pages, without a suffix.
    **kinds : dict of str to int
        `bytes` and `requests`, by part; `faults`, by the way in which the book was opened;
        `links`, checked; `axe`, findings by look; `widths`, what a window's width asks for.
    """
    return PROPERTY, json.dumps({"page": page} | kinds)


def collect(tests: Iterable[ElementTree.Element]) -> Measures:
    """Return the measures in the test cases of a JUnit report."""
    found: Measures = {}
    for test in tests:
        for one in test.findall(f"properties/property[@name='{PROPERTY}']"):
            kinds = json.loads(one.get("value"))
            page = found.setdefault(kinds.pop("page"), {})
            for kind, values in kinds.items():
                page.setdefault(kind, {}).update(values)
    return dict(sorted(found.items()))


def write(measures: Measures) -> Path:
    """Write `_build/report.md` and return its path."""
    path = course_root() / "_build" / "report.md"
    write_text(report(measures), path)
    return path


def report(measures: Measures) -> str:
    """Return the measures in Markdown: what they come to, then a row for each page."""
    header = [
        "page",
        "first visit, kB",
        "requests",
        "next visit, kB",
        "requests",
        "figures, kB",
        "maths, kB",
        "slides, kB",
        "links",
        "faults",
        "axe findings",
        "too wide at",
    ]
    rows = [_row(page, kinds) for page, kinds in measures.items()]
    rule = ["---", *["---:"] * (len(header) - 2), "---"]
    table = "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *rows])
    return (
        "# The book as the tests found it\n\n"
        "Written by `ssplab test`. Bytes are as a server sends them, compressed. "
        "Visits are without figures, maths and what shows slides, which have columns of their own; "
        "a next visit comes after the welcome page. "
        "A dash stands for what was not measured.\n\n"
        f"{_sum(measures)}\n\n{table}\n"
    )


def _sum(measures: Measures) -> str:
    def values(kind: str) -> list[int]:
        return [value for kinds in measures.values() for value in kinds.get(kind, {}).values()]

    ways = {way for kinds in measures.values() for way in kinds.get("faults", {})}
    looks = {look for kinds in measures.values() for look in kinds.get("axe", {})}
    widths = {width for kinds in measures.values() for width in kinds.get("widths", {})}
    lines = [f"{len(measures)} pages, {sum(values('links')):,} links checked."]
    if ways:
        told = ", ".join(sorted(ways))
        lines.append(
            f"Opened from {told}: {sum(values('faults'))} faults "
            "(outside requests, errors, missing files, broken links)."
        )
    if looks:
        told = "; ".join(sorted(looks))
        lines.append(f"axe-core, {told}: {sum(values('axe'))} findings.")
    if widths:
        wide = sum(bool(_too_wide(kinds)) for kinds in measures.values())
        told = ", ".join(sorted(widths, key=int))
        lines.append(f"Windows of {told} px: {wide} pages scroll sideways.")
    return "\n".join(f"- {line}" for line in lines)


def _row(page: str, kinds: dict[str, dict[str, int]]) -> list[str]:
    size, count = kinds.get("bytes", {}), kinds.get("requests", {})
    return [
        page,
        _kilobytes(size.get("first")),
        _told(count.get("first")),
        _kilobytes(size.get("next")),
        _told(count.get("next")),
        _kilobytes(size.get("figures")),
        _kilobytes(size.get("maths")),
        _kilobytes(size.get("slides")),
        _total(kinds.get("links")),
        _total(kinds.get("faults")),
        _total(kinds.get("axe")),
        (", ".join(map("{} px".format, _too_wide(kinds))) or "none") if "widths" in kinds else "–",
    ]


def _too_wide(kinds: dict[str, dict[str, int]]) -> list[str]:
    return [width for width, asked in kinds.get("widths", {}).items() if asked > int(width)]


def _told(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _kilobytes(value: int | None) -> str:
    return "–" if value is None else f"{value / 1000:.0f}"


def _total(values: dict[str, int] | None) -> str:
    return "–" if values is None else f"{sum(values.values()):,}"
