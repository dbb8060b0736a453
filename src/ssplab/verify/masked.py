"""What was masked while a chapter ran on own data, looked for in its report."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from ssplab.course import tags
from ssplab.owndata import MIME, PUBLIC

NUMBER = re.compile(r"(?<![\d#.,])\d+(?:[,\u00a0\u202f' ]\d{3})*(?:\.\d+)?(?![\d]|[.,]\d)%?")
DISTINCTIVE = 3  # significant digits from which a number is recognised
SHOWN = {"text/plain", "text/html", "text/markdown"}


def masked_shown(
    source: NotebookNode, report: NotebookNode, executed: NotebookNode, masked: Sequence[float]
) -> list[str]:
    """Return the cells of a report that show a masked value, in a text, a table or a figure.

    A value is recognised as it is rounded to the decimals shown, in per cent too, if three
    significant digits of it are. What the author wrote is no value of the data, except in a table.
    """
    values = _distinctive(masked)
    said = {token for cell in source.cells for token in NUMBER.findall(cell.source)}
    before = {cell.id: cell for cell in executed.cells}
    found = {}
    for cell in report.cells:
        for text, is_table in shown(cell):
            tokens = set(NUMBER.findall(text)) - (set() if is_table else said)
            if any(_is_one_of(token, values) for token in tokens):
                found[f"{cell.id} shows a masked value"] = None
        pictures = {one.get("data", {}).get("image/png") for one in cell.get("outputs", [])}
        for output in before[cell.id].get("outputs", []) if pictures - {None} else []:
            data = output.get("data", {})
            if data.get("image/png") in pictures and _draws(data.get(MIME, {}), values):
                found[f"{cell.id} draws a masked value"] = None
    return list(found)


def shown(cell: NotebookNode) -> Iterator[tuple[str, bool]]:
    """Yield the texts that a code cell of a report shows, and whether each is a table.

    What cells tagged `public` show is none of own data.
    """
    for output in cell.get("outputs", []) if PUBLIC not in tags(cell) else []:
        if "text" in output:
            yield output.text, False
        data = output.get("data", {})
        for mime in SHOWN & data.keys():
            is_html = mime == "text/html"
            text = _cells(data[mime]) if is_html else data[mime]
            yield text, mime != "text/markdown"


def _cells(table: str) -> str:
    """Return the cells of a table; its labels name groups."""
    cells = BeautifulSoup(table, "html.parser").find_all("td")
    return " ".join(cell.get_text(" ") for cell in cells)


def _is_one_of(token: str, values: np.ndarray) -> bool:
    number = token.removesuffix("%")
    digits = re.sub(r"[^\d.]", "", number)
    whole, _, decimals = digits.partition(".")
    if len((whole + decimals).strip("0")) < DISTINCTIVE:
        return False
    half = 0.5 * 10.0 ** -len(decimals) * (1 - 1e-9)
    times = (1, 100) if token.endswith("%") else (1,)
    return any((np.abs(one * values - float(digits)) < half).any() for one in times)


def _draws(bundle: dict[str, list[float]], values: np.ndarray) -> bool:
    marks = np.asarray(bundle.get("drawn", []), dtype="float64")
    return bool(np.isclose(marks[:, None], values[None], rtol=1e-7, atol=0).any())


def _distinctive(masked: Sequence[float]) -> np.ndarray:
    """Return the masked values that a reader would tell from another number."""
    told = {abs(value): f"{abs(value):.12g}".replace(".", "").strip("0") for value in masked}
    return np.array([value for value, digits in told.items() if len(digits) >= DISTINCTIVE])
