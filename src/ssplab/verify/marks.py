"""Chapters' reports on extracts whose values are marked: none may appear, nor may what was masked.

Identifiers and free texts carry twelve letters that no language puts side by side, unseen codes a
marker; amounts end in `.37`, large ones in `37.37`, so that a number in a report can be told to be
one of them, however it is written; small groups are planted that no table may count. The extract is
as large as an office's, so that no sentence need be cut. `faults` runs a chapter on its extract and
says what is wrong; `ssplab.verify.own_runs` records it.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from ssplab.course import Card, Table, load_card, normal, parameters, tags
from ssplab.data import examine, image_path, load
from ssplab.notebooks import RunResult, run
from ssplab.owndata import AGGREGATE, PROOF, failures, report
from ssplab.verify.masked import masked_shown

MARKER = "zqcanary"
LETTERS = np.array(list("bjkqvwxz"), dtype=object)
# Twelve of them, its own, mark a text: were they the same for all, every text would look like every
# other, and chapters that compare texts would run five times as long.
LENGTH = 12
FOUND = rf"{MARKER}|[{LETTERS.sum()}]{{{LENGTH - 3}}}"  # a report may have cut some
SMALL = 4  # rows of each planted group
SCALE = 0.6  # of the twins: the rules are the same on fewer rows, and each chapter costs less
Tables = dict[str, pd.DataFrame]


def tables_of(card: Card) -> Tables:
    """Return the tables of a data set with their values marked, at `SCALE` where it is a twin."""
    scale = SCALE if card.is_twin else None
    return {
        name: _marked(load(card.name, name, scale=scale), described)
        for name, described in card.tables.items()
    }


def _marked(frame: pd.DataFrame, described: Table) -> pd.DataFrame:
    """Return a table with its values marked, still such that it fits its card."""
    frame = frame.copy()
    for number, (name, variable) in enumerate(described.variables.items()):
        values = frame[name]
        if _is_geometry(values):
            continue  # letters would make it none
        if variable.type == "string" and not variable.codes:
            frame[name] = _with_letters(values)
        elif variable.type == "string" and name not in described.key:
            start = number * SMALL  # other rows for each column
            frame.loc[start : start + SMALL - 1, name] = f"{MARKER}{number}"
        elif variable.type == "float" and variable.decimals == 2 and variable.maximum is None:
            ending, step = (37.37, 100) if values[values != 0].median() > 1000 else (0.37, 1)
            ends = values.abs() // step * step + ending
            frame[name] = ends.where(values > 0, -ends).where(values != 0, 0).mask(values.isna())
    return frame


def _with_letters(values: pd.Series) -> pd.Series:
    """Return texts with the letters that mark each, one in ten in front, the others at the end."""
    hashed = pd.util.hash_pandas_object(values, index=False).to_numpy()
    drawn = LETTERS[(hashed[:, None] >> np.arange(0, 3 * LENGTH, 3, dtype="uint64")) & np.uint64(7)]
    letters = pd.Series(["".join(row) for row in drawn], values.index, dtype=values.dtype)
    in_front = (hashed >> np.uint64(48)) % 10 == 0
    return (letters + values).where(in_front, values + letters)


def _is_geometry(values: pd.Series) -> bool:
    """Return whether a column holds geometries as well-known text, such as `POLYGON ((…))`."""
    texts = values.dropna()
    return bool(len(texts)) and texts.astype("str").str.fullmatch(r"[A-Z]+ \(.*\)").all()


def _write(card: Card, tables: Tables, folder: Path) -> None:
    """Write marked tables, and the images beside them, as an office does: CSV, commas, dates."""
    for name, frame in tables.items():
        written = frame.assign(note=f"{MARKER} Évry")
        dates = written.select_dtypes("datetime")
        telling = any((dates[column].dt.day > 12).any() for column in dates)  # or it is refused
        for column in dates:
            day = "%d/%m/%Y" if telling else "%Y-%m-%d"
            timed = card.tables[name].variables[column].type == "datetime"
            written[column] = dates[column].dt.strftime(f"{day} %H:%M:%S" if timed else day)
        text = written.to_csv(sep=";", decimal=",", index=False)
        (folder / f"{name}.csv").write_bytes(_encoded(text))
    for name in card.images:
        shutil.copyfile(image_path(card.name, name), folder / f"{name}.tif")


def _encoded(text: str) -> bytes:
    """Return a text in the encoding of offices, or where that lacks a character in UTF-8."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return text.encode()


def faults(chapter: Path) -> list[str]:
    """Run a chapter on its marked extract and return what is wrong with its report, a line each.

    Parameters
    ----------
    chapter : Path
        A notebook whose `data` is a data set of tables.
    """
    card = load_card(parameters(normal.read(chapter))["data"])
    tables = tables_of(card)
    with tempfile.TemporaryDirectory() as folder:
        data, out, told = Path(folder, "office"), Path(folder, "out"), list[str]()
        data.mkdir()
        _write(card, tables, data)
        try:
            result = run(chapter, {"data": data}, out, progress=False, tell=told.append)
        except Exception as error:  # whatever it is, it is what is wrong
            return [f"the run raised {type(error).__name__}"]
        executed = result.executed
        source, reported = normal.read(chapter), normal.read(result.notebook)
        return [
            *_untold_codes(tables, told),
            *shown_marks(result, tables),
            *masked_shown(source, reported, executed.nb, executed.masked),
            *(f"{cell} has a sentence that is cut" for cell in _cut(result, data)),
        ]


def _untold_codes(tables: Tables, told: list[str]) -> list[str]:
    """Return a line if the run did not name codes that the card does not know."""
    unknown = any(
        frame[name].str.startswith(MARKER).any()
        for frame in tables.values()
        for name in frame.select_dtypes("str")
    )
    named = any(MARKER in line for line in told)
    return ["the terminal names no unseen codes"] if unknown and not named else []


def shown_marks(result: RunResult, tables: Tables) -> list[str]:
    """Return what of marked tables a report shows, and whether it says anything, a line each."""
    found = []
    for file in result.page.parent.iterdir():
        written = file.read_bytes()
        if MARKER.encode() in written.lower():
            found.append(f"{file.name} has a marked code")
        for letters in LETTERS.sum(), LETTERS.sum().upper():  # the code of a picture mixes them
            if re.search(rf"[{letters}]{{{LENGTH}}}".encode(), written):
                found.append(f"{file.name} has a marked text")
    nb = normal.read(result.notebook)
    soup = BeautifulSoup(result.page.read_text(encoding="utf-8"), "html.parser")
    found += [f"a mark is shown: {one}" for one in leaks([*texts(nb), soup.get_text(" ")], tables)]
    found += [f"a small count is shown: {one}" for one in small_counts(soup)]
    told_by_cells = [
        output
        for cell in nb.cells
        if AGGREGATE in tags(cell)
        for output in cell.get("outputs", [])
        if "Not shown" not in str(output)
    ]
    return found if told_by_cells else [*found, "a report without a sentence or a table"]


def _cut(result: RunResult, data: Path) -> list[str]:
    """Return the `aggregate` cells whose sentences are cut where nothing was masked.

    Proofs alone decide then: let each number pass `safe`, `safe_number` or `safe_share`.
    """
    executed = result.executed.nb
    reported = report(executed, examine(data), data)
    after = {cell.id: _sentences(cell) for cell in reported.cells}
    raised = {one.cell_id for one in failures(executed)}
    return [
        cell.id
        for cell in executed.cells
        if AGGREGATE in tags(cell) and cell.id not in raised and _sentences(cell) != after[cell.id]
    ]


def _sentences(cell: NotebookNode) -> list[str]:
    """Return what a cell prints or says as prose, in the order of its outputs."""
    told = [
        output.text if "text" in output else output.data.get("text/markdown")
        for output in cell.get("outputs", [])
        if output.get("name") != "stderr" and "text/html" not in output.get("data", {})
    ]
    return [text.replace(PROOF, "") for text in told if text]


def _amounts(tables: Mapping[str, pd.DataFrame]) -> set[float]:
    """Return the marked amounts of an extract, with and without their cents."""
    found: set[float] = set()
    for frame in tables.values():
        floats = frame.select_dtypes("float64").abs()
        for values in (floats[name].dropna().round(2).unique() for name in floats):
            cents = np.round(values % 1, 2) == 0.37
            found.update(values[cents & (values > 100)])
            found.update(np.floor(values[cents & (np.floor(values) % 100 == 37) & (values > 1000)]))
    return found


def _numbers(text: str) -> Iterator[float]:
    """Yield the numbers of a text, however their thousands and decimals are marked."""
    grouped = re.findall(r"\d{1,3}(?:[ ,.'\u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)", text)
    for token in grouped + re.findall(r"\d+(?:[.,]\d+)?", text):
        head, decimals = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}|\d{4,}))?", token).groups()
        yield round(float(f"{re.sub(r'[^0-9]', '', head)}.{decimals or 0}"), 2)


def leaks(shown: list[str], tables: Mapping[str, pd.DataFrame]) -> list[str | float]:
    """Return the marked texts and amounts that stand in some texts."""
    told = " \n".join(shown)
    found = re.findall(rf"\S*(?:{FOUND})\S*", told, re.IGNORECASE)
    return found + sorted(set(_numbers(told)) & _amounts(tables))


def texts(nb: NotebookNode) -> Iterator[str]:
    """Yield what cells show in letters."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            for mime, content in output.get("data", {}).items():
                if not mime.startswith("image/"):
                    yield str(content)


def small_counts(soup: BeautifulSoup) -> list[str]:
    """Return the cells of tables that are whole numbers under ten."""
    return [cell.text for cell in soup.find_all("td") if re.fullmatch(r"\s*[1-9]\s*", cell.text)]
