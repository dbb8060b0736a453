"""Which file of a folder is which table, and what to do where a table has none."""

import difflib
import os
from pathlib import Path

from ssplab.data.raw import SUFFIXES, Source, sheet_names
from ssplab.system import SsplabError

ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst")
TEXTS = (".txt", ".tsv", ".tab", ".dat", ".asc", "")
SAVE = "save it there as .csv or .xlsx"
OTHERS = {  # what else tables are kept in
    ".xls": "a workbook of Excel 97–2003: save it in Excel as .xlsx",
    ".xlsb": "a binary workbook: save it in Excel as .xlsx",
    ".xlsm": "a workbook with macros: save it in Excel as .xlsx",
    ".ods": "a workbook of LibreOffice: save it there as .xlsx",
    ".sav": f"a table of SPSS: {SAVE}",
    ".zsav": f"a table of SPSS: {SAVE}",
    ".por": f"a table of SPSS: {SAVE}",
    ".dta": f"a table of Stata: {SAVE}",
    ".rds": "a table of R: write it there with write.csv",
    ".rda": "a file of R: write its tables there with write.csv",
    ".rdata": "a file of R: write its tables there with write.csv",
    ".xpt": f"a transport file of SAS: {SAVE}",
}


def source_of(folder: Path, table: str) -> Source | None:
    """Return where a table is; None if the folder does not have it.

    It is in a file named as the table, in the `.parquet` parts of a folder named as it, or in a
    sheet named as it, of whatever workbook.

    Raises
    ------
    SsplabError
        If the folder cannot be looked into, or has the table more than once.
    """
    files = _files(folder)
    there = [Source(files[name]) for s in SUFFIXES if (name := f"{table}{s}") in files]
    if table in files and any(files[table].glob("*.parquet")):
        there.append(Source(files[table]))
    for path in files.values():
        if path.suffix == ".xlsx" and table in sheet_names(path):
            there = [one for one in there if one.path != path]
            there.append(Source(path, table))
    if len(there) > 1:
        names = " and ".join(one.name for one in there)
        raise SsplabError(f"{folder} holds {names}, which are the same table: keep one.")
    return there[0] if there else None


def no_source(folder: Path, table: str) -> str:
    """Return the sentence that a table is not there, with what to do."""
    formats = f"{table}.csv or {table}.parquet, and no .xlsx or .sas7bdat of that name"
    return f"{folder} holds no {formats}.{offer(folder, table)}"


def offer(folder: Path, table: str) -> str:
    """Return what to do with a file or a sheet of nearly a table's name, or with an archive.

    An empty text if there is neither.
    """
    files = _files(folder)
    near = nearest_spelling(table, {name.partition(".")[0]: name for name in files})
    if near:
        return f" {_todo(files[near], table)}"
    for path in files.values():
        sheets = sheet_names(path) if path.suffix == ".xlsx" else ()
        sheet = nearest_spelling(table, {name: name for name in sheets})
        if sheet:
            return f" Is the sheet {sheet} of {path.name} the table {table}? Then rename it."
    archives = [name for name, path in files.items() if path.suffix.lower() in ARCHIVES]
    return f" {archives[0]} is an archive: unpack it." if archives else ""


def nearest_spelling(name: str, spellings: dict[str, str]) -> str | None:
    """Return what is nearly called `name`, whatever its capitals; None if nothing is near.

    `spellings` gives by each name what it is the name of.
    """
    folded = {spelling.casefold(): value for spelling, value in spellings.items()}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[near[0]] if near else None


def remedy(path: Path) -> str:
    """Return what to do with a file in a form that is not read."""
    suffix = path.suffix.lower()
    if suffix in ARCHIVES:
        return f"{path.name} is an archive: unpack it."
    if suffix in OTHERS:
        return f"{path.name} is {OTHERS[suffix]}."
    if suffix in TEXTS:
        return f"Is {path.name} a CSV? Then rename it {path.stem}.csv."
    return f"Save {path.name} as .csv, .parquet or .xlsx."


def _todo(path: Path, table: str) -> str:
    suffix = path.suffix.lower()
    if suffix in ARCHIVES or suffix in OTHERS:
        return remedy(path)
    if suffix in SUFFIXES:
        return f"Is {path.name} the table {table}? Then rename it."
    if suffix in TEXTS and path.is_file():
        return f"Is {path.name} the table {table}, as CSV? Then rename it {table}.csv."
    return f"Is {path.name} the table {table}? Then save it as .csv, .parquet or .xlsx."


def _files(folder: Path) -> dict[str, Path]:
    """Return what is in a folder by name, without hidden files and the locks of open workbooks."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise SsplabError(
            f"The folder {folder} cannot be read ({error.strerror}). Ask for the right to read it."
        ) from error
    return {name: folder / name for name in names if not name.startswith((".", "~$"))}
