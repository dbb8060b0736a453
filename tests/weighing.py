"""What pages weigh when they travel, and which of them weigh too much."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawl import Visit

# Bytes as a web server sends them, compressed, without what is counted apart.
FIRST_VISIT = 500_000
FIRST_REQUESTS = 15
NEXT_VISIT = 60_000
NEXT_FILES = 300_000
"""Bytes as they are on a disk: what a page asks for when it is opened without a server."""

# A page is read before these have come.
APART = {
    "figures": "_images/",
    "maths": "_static/mathjax/",
    "slides": "_static/revealjs/",  # of all decks, when somebody shows one
    "index": "searchindex.js",
}


@dataclass(frozen=True)
class Weight:
    """What a page asks for, by part: on a first visit, on one after the welcome page, and apart."""

    sent: dict[str, int]
    """Bytes, compressed."""
    files: dict[str, int]
    """Bytes, as they are on a disk."""
    requests: dict[str, int]


def weigh(visit: Visit, welcome: Visit, html: Path) -> Weight:
    """Return what a page weighs.

    Parameters
    ----------
    visit, welcome : Visit
        What the page and the welcome page asked for.
    html : Path
        The folder of the pages.
    """
    parts: dict[str, list[str]] = {part: [] for part in [*APART, "first"]}
    for path in visit.requests:
        part = next((part for part, start in APART.items() if path.startswith(start)), "first")
        parts[part].append(path)
    parts["next"] = [path for path in parts["first"] if path not in welcome.requests]

    def total(size: Callable[[Path], int]) -> dict[str, int]:
        return {part: sum(size(html / path) for path in paths) for part, paths in parts.items()}

    return Weight(
        sent=total(_sent),
        files=total(lambda path: path.stat().st_size),
        requests={part: len(paths) for part, paths in parts.items()},
    )


def _sent(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), compresslevel=6, mtime=0))


def too_heavy(weights: Mapping[str, Weight]) -> dict[str, list[str]]:
    """Return what is beyond a limit, by page."""
    complaints: dict[str, list[str]] = {}
    for name, weight in weights.items():
        for what, value, limit in [
            ("bytes sent on a first visit", weight.sent["first"], FIRST_VISIT),
            ("requests on a first visit", weight.requests["first"], FIRST_REQUESTS),
            ("bytes sent on a next visit", weight.sent["next"], NEXT_VISIT),
            ("bytes of files on a next visit", weight.files["next"], NEXT_FILES),
        ]:
            if value > limit:
                complaints.setdefault(name, []).append(f"{value:,} {what}, limit {limit:,}")
    return complaints
