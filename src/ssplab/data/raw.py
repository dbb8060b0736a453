"""A table's file as it stands, before anything is read into it: CSV, Parquet, Excel or SAS."""

import os
import stat
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ssplab.data.delimited import headed, read_csv
from ssplab.system import SsplabError

SUFFIXES = (".csv", ".parquet", ".xlsx", ".sas7bdat")
KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
AGAIN = "Write the extract again."


@dataclass(frozen=True)
class Raw:
    """A table as it stands in its file."""

    frame: pd.DataFrame
    """All columns, or those asked for. The index counts, from 0, the records that hold something;
    of a sheet, its rows below the header."""
    separator: str | None
    """Of a CSV file."""
    place: Callable[[int], str]
    """Tells where a reader finds a record of the index: `line 5`."""


@dataclass(frozen=True)
class Source:
    """Where a table is: a file, a folder of parts, or a sheet of a workbook."""

    path: Path
    sheet: str | None = None
    """The sheet's name, where it is the table's; else the one that holds something is read."""

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.path.name}, sheet {self.sheet}" if self.sheet else self.path.name


def read_raw(source: Source, names: Collection[str], left_out: Collection[str] = ()) -> Raw:
    """Read a table's file as it stands.

    Parameters
    ----------
    source : Source
    names : collection of str
        The columns that are looked for: a header must name some of them.
    left_out : collection of str
        Columns that need not be returned.

    Raises
    ------
    SsplabError
        If the file as a whole cannot be read: the sentence says why and what to do.
    """
    path = source.path
    try:
        _refuse_what_is_no_file(path)
        if path.suffix == ".csv":
            raw = Raw(*read_csv(path, names, left_out))
        elif path.suffix == ".xlsx":
            raw = _read_excel(source, names)
        elif path.suffix == ".sas7bdat":
            raw = _read_sas(path)
        else:
            raw = _read_parquet(path)
    except OSError as error:
        why = error.strerror or error
        todo = "Ask for the right to read it." if isinstance(error, PermissionError) else AGAIN
        raise SsplabError(f"{source.name} cannot be read: {why}. {todo}") from error
    except ValueError as error:
        raise SsplabError(f"{source.name} cannot be read: {error}") from error
    if raw.frame.empty:
        raise SsplabError(f"{source.name} holds no row: write the extract again.")
    return replace(raw, frame=raw.frame.drop(columns=list(left_out), errors="ignore"))


@lru_cache
def _sheets_of(path: Path, size: int, changed: int) -> tuple[str, ...]:
    import openpyxl  # by those who have a workbook only: it takes a fifth of a second

    try:
        with warnings.catch_warnings(action="ignore"):  # of styles, which nobody asked for
            book = openpyxl.load_workbook(path, read_only=True)
    except Exception:  # whatever its parsers raise: what is no workbook has no sheets
        return ()
    names = tuple(sheet.title for sheet in book.worksheets)
    book.close()
    return names


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets; none of a file that cannot be read as one."""
    try:
        about = path.stat()
    except OSError:
        return ()
    if not stat.S_ISREG(about.st_mode):
        return ()
    return _sheets_of(path, about.st_size, about.st_mtime_ns)


def _refuse_what_is_no_file(path: Path) -> None:
    """Look before a file is opened: a pipe would be waited for."""
    if path.is_symlink() and not path.exists():
        raise ValueError(
            f"it is a link to {os.readlink(path)}, which is not there. Put the file itself here."
        )
    parts = [path]
    if path.is_dir() and path.suffix in ("", ".parquet"):
        parts = sorted(path.glob("**/*.parquet"))
        if not parts:
            raise ValueError(f"it is a folder without a .parquet file. {AGAIN}")
    for part in parts:
        about = part.stat()
        mode, what = about.st_mode, "it" if part == path else part.name
        if not stat.S_ISREG(mode) and not (stat.S_ISDIR(mode) and part != path):
            kind = KINDS.get(stat.S_IFMT(mode), "something else")
            raise ValueError(f"{what} is {kind}, not a file. Put the file itself here.")
        if stat.S_ISREG(mode) and not about.st_size:
            raise ValueError(f"{what} is empty. {AGAIN}")


def _read_parquet(path: Path) -> Raw:
    try:
        frame = pd.read_parquet(path)
    except pa.ArrowException as error:
        raise ValueError(f"{str(error).rstrip('.')}. {AGAIN}") from error
    if any(frame.index.names):  # pandas wrote its index
        frame = frame.reset_index()
    return Raw(frame.reset_index(drop=True), None, lambda row: f"row {row}")


def _read_excel(source: Source, names: Collection[str]) -> Raw:
    """Read one sheet, whose first row names the columns.

    Where the values of a column are of several types, they become texts, as Excel shows them.
    """
    rows = _rows(source)
    header = ["" if cell is None else str(cell).strip() for cell in rows[0]]
    header = headed(header, names, "; ".join(header))
    cells = [[*map(_bounded, row), *[None] * (len(header) - len(row))] for row in rows[1:]]
    if any(cell is not None for row in cells for cell in row[len(header) :]):
        raise ValueError(
            "cells stand beyond the last column of the header. Delete them, or name their column."
        )
    filled = np.array([any(not _is_blank(cell) for cell in row) for row in cells], dtype=bool)
    columns = {}
    for place, name in enumerate(header):
        values = pd.Series([row[place] for row in cells])
        if pd.api.types.infer_dtype(values, skipna=True).startswith("mixed"):
            values = values.map(_shown, na_action="ignore").astype("str")
        if name != f".{place}" or values.notna().any():
            columns[name] = values
    frame = pd.DataFrame(columns, index=range(len(cells)))
    uncounted = [name for name in names if name in frame and frame[name][filled].isna().any()]
    if uncounted:
        _refuse_formulas_without_value(source, header, uncounted)
    return Raw(frame[filled], None, lambda row: f"row {row + 2}")


def _rows(source: Source, *, formulas: bool = False) -> list[Sequence[object]]:
    """Return the rows of a workbook's sheet, as values or as formulas, from the first on."""
    import openpyxl

    try:
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(source.path, read_only=True, data_only=not formulas)
            filled = {}
            for sheet in book.worksheets:
                if source.sheet in (None, sheet.title):
                    sheet.reset_dimensions()  # some programs write wrong ones
                    rows = list(sheet.iter_rows(values_only=True))
                    if any(not _is_blank(cell) for row in rows for cell in row):
                        filled[sheet.title] = rows
            book.close()
    except OSError:
        raise
    except Exception as error:  # whatever its parsers raise
        kind = "protected by a password, or an old .xls" if _is_ole(source.path) else "damaged"
        raise ValueError(
            f"it is no sound workbook ({error}), perhaps {kind}. Save it as .xlsx, without a "
            "password."
        ) from error
    if not filled:
        raise ValueError(f"it is empty. {AGAIN}")
    if len(filled) > 1:
        raise ValueError(
            f"its sheets {', '.join(filled)} all hold something, and none is named as the table. "
            "Name sheets as tables, or keep one."
        )
    return next(iter(filled.values()))


def _refuse_formulas_without_value(
    source: Source, header: list[str], columns: Collection[str]
) -> None:
    """Tell an empty cell from one whose formula no program has counted yet."""
    for number, row in enumerate(_rows(source, formulas=True), start=1):
        for name, cell in zip(header, row, strict=False):
            if name in columns and isinstance(cell, str) and cell.startswith("="):
                raise ValueError(
                    f"{name} holds formulas in place of values, see row {number}, of which some "
                    "were not counted yet. Open it in Excel and save it, or paste the values."
                )


def _is_ole(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\xd0\xcf\x11\xe0"


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _bounded(cell: object) -> object:
    """Return a float in place of an integer that pandas has no type for."""
    return float(str(cell)) if isinstance(cell, int) and abs(cell) >= 2**63 else cell


def _shown(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)  # days and moments come as 2023-05-31 00:00:00


def _read_sas(path: Path) -> Raw:
    import pyreadstat  # likewise

    try:
        frame, _ = pyreadstat.read_sas7bdat(os.fspath(path))
    except UnicodeDecodeError as error:
        raise ValueError(
            "its texts are not in the encoding that it names. Export it as CSV in UTF-8."
        ) from error
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise ValueError(f"it is no sound SAS table ({error}). {AGAIN}") from error
    return Raw(frame, None, lambda row: f"observation {row + 1}")
