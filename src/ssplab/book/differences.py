"""How two states of a page differ, as an editor wants to know it: text, code, numbers, figures.

Cells are matched by their ids, which the normal form keeps, unless nothing of what was written is
left; the others by their likeness. nbdime would tell the same of the course's
notebooks, and brings a git client and a server for it; what it cannot tell is which numbers of a
table moved, and that is what is read here.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup
from nbformat import NotebookNode

from ssplab.course import CAPTION, headings

SAME_ID, ANOTHER_ID = 0.3, 0.6
"""How like two cells must be for one to count as the other rewritten, from 0 to 1."""
NUMBERS_SHOWN = 4  # of one output
WIDTH = 90  # letters of a line that is quoted
FIGURES = ("image/png", "image/jpeg")
WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Counts:
    """How many cells, or lines of a page without cells, are of which fate."""

    new: int = 0
    changed: int = 0
    gone: int = 0

    def __str__(self) -> str:
        told = {"changed": self.changed, "new": self.new, "gone": self.gone}
        return ", ".join(f"{count} {fate}" for fate, count in told.items() if count)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@dataclass(frozen=True)
class Rewritten:
    """A piece of prose or code in both states; None where there is no such state."""

    place: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class FigureChange:
    """A figure in both states, in base64; None where there is no such state."""

    place: str
    caption: str
    kind: str
    """The type of its data, such as `image/png`."""
    before: str | None
    after: str | None


@dataclass
class Difference:
    """What differs between two states of a page."""

    text: Counts = Counts()
    code: Counts = Counts()
    unit: str = "cells"
    """What is counted: `cells`, or `lines` of a page without cells."""
    sections: list[str] = field(default_factory=list)
    """Headings under which text differs, in the page's order."""
    outputs: list[str] = field(default_factory=list)
    """One sentence for each output that differs: where, and what was before and after."""
    figures: list[FigureChange] = field(default_factory=list)
    rewritten: list[Rewritten] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.text or self.code or self.outputs or self.figures)


def of_prose(before: str, after: str) -> Difference:
    """Return how two states of a page of Markdown differ; a sentence is a line there."""
    old, new = before.splitlines(), after.splitlines()
    counts, places, pieces = [0, 0, 0], [], []
    for tag, i, j, k, m in _blocks(old, new):
        both = min(j - i, m - k)
        counts = [counts[0] + m - k - both, counts[1] + both, counts[2] + j - i - both]
        place = _heading_above(new[: k + 1])
        places.append(place)
        pieces.append(
            Rewritten(
                place,
                None if tag == "insert" else "\n".join(old[i:j]),
                None if tag == "delete" else "\n".join(new[k:m]),
            )
        )
    return Difference(
        text=Counts(*counts), unit="lines", sections=_each_once(places), rewritten=pieces
    )


def of_notebooks(before: NotebookNode, after: NotebookNode) -> Difference:
    """Return how two states of a notebook differ, cell by cell."""
    found = Difference()
    counts = {kind: [0, 0, 0] for kind in ("markdown", "code")}
    places = []
    for old, new in _matched(before.cells, after.cells):
        cell = after.cells[new] if new is not None else before.cells[old]
        kind = "code" if cell.cell_type == "code" else "markdown"
        was = before.cells[old] if old is not None else None
        now = after.cells[new] if new is not None else None
        place = _place(after.cells, new) if now is not None else _place(before.cells, old)
        if was is None or now is None or was.source != now.source:
            counts[kind][0 if was is None else 2 if now is None else 1] += 1
            found.rewritten.append(Rewritten(place, was and was.source, now and now.source))
            if kind == "markdown":
                places.append(place)
        if kind == "code":
            figures = list(_figures(was, now, place, _caption(after.cells, new)))
            found.figures += figures
            if was is not None and now is not None:
                found.outputs += _outputs(was, now, place)
    found.text, found.code = Counts(*counts["markdown"]), Counts(*counts["code"])
    found.sections = _each_once(places)
    return found


def words_changed(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces of two texts: `same`, `gone` or `new`, and the words."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(old[i:j])
            continue
        if j > i:
            yield "gone", "".join(old[i:j])
        if m > k:
            yield "new", "".join(new[k:m])


def _blocks(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[str, int, int, int, int]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [block for block in matcher.get_opcodes() if block[0] != "equal"]


def _matched(
    before: Sequence[NotebookNode], after: Sequence[NotebookNode]
) -> list[tuple[int | None, int | None]]:
    """Return the pairs of cells that are one, by their places; None where there is no such cell.

    In the order of the later state; a cell that is gone stands after the one that was before it.
    """
    by_id = {cell.get("id"): place for place, cell in enumerate(before)}
    pairs: dict[int, int] = {}  # from the later state to the earlier
    for place, cell in enumerate(after):
        old = by_id.get(cell.get("id"))
        if old is not None and _is_rewritten(before[old], cell):
            pairs[place] = old
    taken = set(pairs.values())
    left = [place for place in range(len(before)) if place not in taken]
    for place, cell in enumerate(after):
        if place in pairs:
            continue
        alike = [old for old in left if before[old].cell_type == cell.cell_type]
        near = difflib.get_close_matches(
            cell.source, [before[old].source for old in alike], n=1, cutoff=ANOTHER_ID
        )
        if near:
            pairs[place] = next(old for old in alike if before[old].source == near[0])
            left.remove(pairs[place])
    later = {old: place for place, old in pairs.items()}
    found: list[tuple[int | None, int | None]] = [
        (pairs.get(place), place) for place in range(len(after))
    ]
    for old in left:
        above = next((later[one] for one in range(old - 1, -1, -1) if one in later), None)
        at = 0 if above is None else found.index((pairs[above], above)) + 1
        while at < len(found) and found[at][1] is None:
            at += 1
        found.insert(at, (old, None))
    return found


def _is_rewritten(old: NotebookNode, new: NotebookNode) -> bool:
    """Whether two cells of one id are one; ids that count cells are of another after an insert."""
    likeness = difflib.SequenceMatcher(None, old.source, new.source, autojunk=False)
    return old.cell_type == new.cell_type and (
        old.source == new.source or likeness.ratio() >= SAME_ID
    )


def _place(cells: Sequence[NotebookNode], index: int) -> str:
    """Return where a cell is: `In [4], under Outliers`; of text, the heading alone."""
    above = "\n".join(cell.source for cell in cells[: index + 1] if cell.cell_type == "markdown")
    heading = _heading_above(above.splitlines())
    if cells[index].cell_type != "code":
        return heading
    number = sum(cell.cell_type == "code" for cell in cells[: index + 1])
    return f"In [{number}], under {heading}"


def _heading_above(lines: Sequence[str]) -> str:
    found = [line.lstrip("# ").strip() for _, line in headings("\n".join(lines))]
    return f"“{found[-1]}”" if found else "the beginning"


def _each_once(places: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(places))


def _caption(cells: Sequence[NotebookNode], index: int | None) -> str:
    """Return what is drawn, as the cell below says it; an empty text without a caption."""
    if index is None or index + 1 >= len(cells):
        return ""
    found = CAPTION.match(cells[index + 1].source)
    return found[0].strip("*").partition(" Source: ")[0] if found else ""


def _figures(
    was: NotebookNode | None, now: NotebookNode | None, place: str, caption: str
) -> Iterator[FigureChange]:
    """Yield the figures of a cell that are not the same in both states, in their order."""
    old, new = ([] if cell is None else _drawn(cell) for cell in (was, now))
    for number in range(max(len(old), len(new))):
        one = old[number] if number < len(old) else None
        other = new[number] if number < len(new) else None
        if one != other:
            kind = (other or one)[0]
            yield FigureChange(place, caption, kind, one and one[1], other and other[1])


def _drawn(cell: NotebookNode) -> list[tuple[str, str]]:
    return [
        (kind, output.data[kind].replace("\n", ""))
        for output in cell.get("outputs", [])
        for kind in FIGURES
        if kind in output.get("data", {})
    ]


def _outputs(was: NotebookNode, now: NotebookNode, place: str) -> Iterator[str]:
    """Yield a sentence for each output of a cell that says something else."""
    old, new = _said(was), _said(now)
    for number in range(max(len(old), len(new))):
        if number >= len(old):
            yield f"{place}: an output is new: {_short(_as_text(new[number]))}"
        elif number >= len(new):
            yield f"{place}: an output is gone: {_short(_as_text(old[number]))}"
        elif _as_text(old[number]) != _as_text(new[number]):
            yield f"{place}: {_moved(old[number], new[number])}"


Shown = str | list[list[str]]
"""What an output shows: a text, or the rows of a table."""


def _said(cell: NotebookNode) -> list[Shown]:
    """Return what the outputs of a cell show, but for figures."""
    found: list[Shown] = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type == "stream":
            found.append(output.text.strip())
        elif output.output_type == "error":
            found.append(f"{output.ename}: {output.evalue}")
        elif any(kind in data for kind in FIGURES):
            continue
        elif "<table" in data.get("text/html", ""):
            found.append(_rows(data["text/html"]))
        else:
            kinds = ("text/markdown", "text/plain", "text/html")
            found.append(next((data[kind] for kind in kinds if kind in data), "").strip())
    return found


def _rows(html: str) -> list[list[str]]:
    rows = BeautifulSoup(html, "html.parser").find_all("tr")
    return [
        [" ".join(cell.get_text().split()) for cell in row.find_all(["th", "td"])] for row in rows
    ]


def _as_text(shown: Shown) -> str:
    return shown if isinstance(shown, str) else "\n".join("  ".join(row) for row in shown)


def _moved(old: Shown, new: Shown) -> str:
    """Return in words what one output says and the other does not."""
    if not isinstance(old, str) and not isinstance(new, str):
        if [len(row) for row in old] == [len(row) for row in new]:
            return _some(_cells_moved(old, new))
        sizes = f"{_size(new)}, titles counted, where there were {_size(old)}"
        return f"the table has {sizes}"
    before, after = _as_text(old).splitlines(), _as_text(new).splitlines()
    told = []
    for _, i, j, k, m in _blocks(before, after):
        both = min(j - i, m - k)
        told += [
            f"{_short(one)} → {_short(other)}"
            for one, other in zip(before[i : i + both], after[k : k + both], strict=True)
        ]
        told += [f"new: {_short(line)}" for line in after[k + both : m] if line.strip()]
        told += [f"gone: {_short(line)}" for line in before[i + both : j] if line.strip()]
    return _some(told or ["only empty lines differ"])


def _cells_moved(old: list[list[str]], new: list[list[str]]) -> list[str]:
    """Return for each cell that differs its row and column, and what it was and is."""
    told = []
    for number, (one, other) in enumerate(zip(old, new, strict=True)):
        for column, (was, now) in enumerate(zip(one, other, strict=True)):
            if was == now:
                continue
            above = [row for row in new[:number] if len(row) == len(other)]
            title = above[0][column] if above else ""
            where = ", ".join(filter(None, [other[0] if column else "", title]))
            told.append(f"{where}: {was or 'nothing'} → {now or 'nothing'}".removeprefix(": "))
    return told


def _size(rows: list[list[str]]) -> str:
    return f"{len(rows)} rows and {max(map(len, rows), default=0)} columns"


def _some(told: Sequence[str]) -> str:
    more = len(told) - NUMBERS_SHOWN
    shown = "; ".join(told[:NUMBERS_SHOWN])
    return f"{shown}; and {more} more" if more > 0 else shown


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
