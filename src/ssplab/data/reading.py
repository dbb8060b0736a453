"""Tables as offices write them, CSV or Parquet, read in a card's types.

Nothing is guessed: a separator, an encoding, a decimal mark, the order of day and month are read
off the file, and where the file proves nothing, its values are refused with a sentence. Values that
cannot be read become a `Fault` and not an exception, so that all of them are told at once.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from ssplab.course import Table, Variable
from ssplab.data.content import DTYPES
from ssplab.data.mapping import UNMAPPED, TableMapping
from ssplab.system import SsplabError

SEPARATORS = (";", ",", "\t", "|")
MISSING = ("", ".", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL")
BOOLEANS = dict.fromkeys(("true", "1", "oui", "vrai", "yes"), True) | dict.fromkeys(
    ("false", "0", "non", "faux", "no"), False
)
OTHER_MARK = {",": ".", ".": ","}
# What an 8-bit French text holds. Windows-1252 gives nearly every byte a meaning, so that a file
# from DOS, an old Mac or in Latin-9 would be read too, and read wrongly.
WESTERN = re.compile(r"[\x00-\x7f\u00a0-\u00a3\u00a5-\u00bb\u00bf-\u00ff€œŒŸ‘’“”–—…]*")
# The patterns below are those of pandas' text columns, whose engine knows no look-around.
SPACED = r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f']\d{3})+(?:[.,]\d*)?"
UNCLEAR = r"[+-]?[1-9]\d{0,2}[.,]\d{3}"
SCIENTIFIC = r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d+"
COMPACT_DATE = r"^((?:19|20)\d\d)(\d\d)(\d\d)$"
DATE = (
    r"^(?:(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<last>\d{4}))(?:[T ](?P<time>.+))?$"
)
TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?"
ZONE = r"(?:Z|[+-]\d\d(?::?\d\d)?)"
MIDNIGHT = r"0{1,2}:00(?::00(?:[.,]0+)?)?"

Found = Iterator[tuple[pd.Series, str, str]]
"""Rows (a boolean Series), what is wrong with them, what to do."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with some rows of a column, and what to do about it."""

    column: str
    rows: list[int]
    """Labels in the index of `Read.frame`."""
    what: str
    todo: str


@dataclass(frozen=True)
class Read:
    """A table of a file, in the card's types as far as it can be read."""

    frame: pd.DataFrame
    """The card's columns in its types, missing where unreadable; other columns as they are. The
    index counts the file's records from 0."""
    raw: pd.DataFrame
    """The card's columns as they stand in the file, under the card's names."""
    faults: list[Fault]
    lines: np.ndarray | None
    """The line of each record in a CSV file, whose header is line 1; None for Parquet."""

    def place(self, row: int) -> str:
        """Return where a reader finds a record: `line 5`, or `row 3`, from 0, of a Parquet file."""
        return f"row {row}" if self.lines is None else f"line {self.lines[row]}"


@dataclass(frozen=True)
class _Style:
    """How a file writes what can be written in several ways, as far as its columns prove it."""

    marks: set[str]
    """Decimal marks that a column proves."""
    separator: str | None
    day_first: bool
    """A date has a first number above 12."""
    month_first: bool
    """A date has a second number above 12."""


def read_file(path: Path, table: Table, mapping: TableMapping = UNMAPPED) -> Read:
    """Read a CSV file, or a Parquet file or folder of parts, in the types of a card's table.

    Parameters
    ----------
    path : Path
        The file, or the folder.
    table : Table
        What the card says of it.
    mapping : TableMapping, optional
        What its columns, units and codes are called there; as on the card by default.

    Raises
    ------
    SsplabError
        If the file as a whole cannot be read: the sentence says why and what to do.
    """
    lines = separator = None
    try:
        if path.suffix == ".csv":
            frame, lines, separator = _read_csv(path, mapping.names(table))
        else:
            frame = pd.read_parquet(path)
            if any(frame.index.names):  # pandas wrote its index
                frame = frame.reset_index()
    except (ValueError, OSError) as error:  # those of pandas and pyarrow are ValueErrors
        raise SsplabError(f"{path.name} cannot be read: {error}") from error
    if frame.empty:
        raise SsplabError(f"{path.name} holds no row: write the extract again.")
    frame = mapping.rename(frame, table, path.name)
    raw = frame[[name for name in table.variables if name in frame]]
    for name in raw.select_dtypes("category"):
        raw = raw.assign(**{name: raw[name].astype(raw[name].cat.categories.dtype)})
    recoded = {n: mapping.recode(n, values, table.variables[n]) for n, values in raw.items()}
    style = _style(recoded, table, separator)
    typed, faults = {}, []
    for name, values in recoded.items():
        factor = mapping.factor(name)
        typed[name], found = _convert(values, table.variables[name], style, factor)
        faults += [
            Fault(name, rows.index[rows].tolist(), what, todo)
            for rows, what, todo in found
            if rows.any()
        ]
    return Read(frame.assign(**typed), raw, faults, lines)


def _read_csv(path: Path, columns: list[str]) -> tuple[pd.DataFrame, np.ndarray, str]:
    """Return a file's text fields, the line of each record, and the separator.

    `columns` are those that are looked for.
    """
    text = re.sub("\r\n?", "\n", _decode(path))
    if not text.strip():
        raise ValueError("it is empty. Write the extract again.")
    separator, header = _header(text, columns)
    records = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    lines, uneven, line = [], [], 1
    try:
        for record in records:
            short = len(record) < len(header)
            if (short and any(map(str.strip, record))) or any(record[len(header) :]):
                uneven.append((line, len(record)))
            lines.append(line)
            line = records.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"at line {line} a quotation mark is not closed, or stands within a field ({error}). "
            "Double a mark that belongs to the text, delete one that does not."
        ) from error
    if uneven:
        line, width = uneven[0]
        raise ValueError(
            f"line {line} has {width} fields and the header {len(header)} ({len(uneven)} such "
            f"lines). A field that contains the separator {separator!r} must stand in quotation "
            "marks; a line that was cut off must be completed."
        )
    frame = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=0,
        names=header,
        usecols=range(len(header)),  # else a separator at the end of lines shifts the columns
        dtype=str,
        na_filter=False,
        skip_blank_lines=False,  # so that records match `lines`
    )
    filled = pd.concat([frame[name].str.strip().ne("") for name in frame], axis=1).any(axis=1)
    return frame[filled], np.array(lines[1:]), separator


def _decode(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\0" in content:
        raise ValueError("it is no text. Export it as CSV in UTF-8.")
    try:
        return content.decode("utf-8-sig")  # with or without a byte order mark
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    read = WESTERN.match(text).end()
    if read < len(text):
        line = text[:read].count("\n") + 1
        raise ValueError(
            f"its letters are neither in UTF-8 nor in Latin-1 (Windows-1252), see line {line}. "
            "Export it as CSV in UTF-8."
        )
    return text


def _header(text: str, columns: list[str]) -> tuple[str, list[str]]:
    """Return the separator under which the first line names most columns, and the names."""
    first = text.split("\n", 1)[0]
    names = {
        separator: [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
        for separator in SEPARATORS
    }
    separator = max(SEPARATORS, key=lambda one: len(set(columns) & set(names[one])))
    header = names[separator]
    if not set(columns) & set(header):
        raise ValueError(
            f"its first line names no column of the card, it begins with {first[:60]!r}. The first "
            f"line must name the columns: {', '.join(columns)}."
        )
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        raise ValueError(f"two columns are called {twice[0]}. Rename or delete one.")
    # pandas wants all names different, also those that the card does not know
    return separator, [
        name if name and name not in header[:i] else f"{name}.{i}" for i, name in enumerate(header)
    ]


def _style(columns: dict[str, pd.Series], table: Table, separator: str | None) -> _Style:
    marks, day_first, month_first = set(), False, False
    for name, values in columns.items():
        distinct = values.drop_duplicates() if _holds_text(values) else values
        text = _text(distinct, table.variables[name])
        if text is None:
            continue
        if table.variables[name].type in ("integer", "float"):
            marks |= {mark for mark, rows in _proofs(_unspaced(text)).items() if rows.any()}
        elif table.variables[name].type == "date":
            parts = text.str.extract(DATE)
            day_first |= bool((pd.to_numeric(parts["first"]) > 12).any())
            month_first |= bool((pd.to_numeric(parts["second"]) > 12).any())
    return _Style(marks, separator, day_first, month_first)


def _holds_text(values: pd.Series) -> bool:
    """Whether a column is of texts alone; among objects, equal ones may be of several types."""
    return isinstance(values.dtype, pd.StringDtype)


def _text(values: pd.Series, variable: Variable) -> pd.Series | None:
    """Return texts stripped, missing where a mark says so; None if the column holds no texts."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        return None
    text = values.astype("str").str.strip()
    return text.mask(text.isin([mark for mark in MISSING if mark not in (variable.codes or ())]))


def _convert(
    values: pd.Series, variable: Variable, style: _Style, factor: Fraction | None
) -> tuple[pd.Series, list[tuple[pd.Series, str, str]]]:
    """Return a column in the card's type, missing where unreadable, and what is wrong.

    Each distinct text is looked at once: a column of codes or dates holds few, on many rows.
    """
    if not _holds_text(values):
        return _convert_distinct(values, pd.Series(1, values.index), variable, style, factor)
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    distinct = pd.Series(distinct, dtype=values.dtype)
    counts = pd.Series(np.bincount(codes, minlength=len(distinct)))
    typed, found = _convert_distinct(distinct, counts, variable, style, factor)

    def on_rows(of_distinct: pd.Series) -> pd.Series:
        return of_distinct.take(codes).set_axis(values.index)

    return on_rows(typed), [(on_rows(wrong), what, todo) for wrong, what, todo in found]


def _convert_distinct(
    values: pd.Series,
    counts: pd.Series,
    variable: Variable,
    style: _Style,
    factor: Fraction | None,
) -> tuple[pd.Series, list[tuple[pd.Series, str, str]]]:
    """Convert values of a column, as `_convert` does; each stands on `counts` rows.

    Numbers are multiplied by the factor before they are asked to be whole.
    """
    text = _text(values, variable)
    found = []
    if variable.type == "string":
        typed = _strings(values, text, found)
        if variable.codes:
            found += _spoiled_codes(typed, list(variable.codes))
        numbers = typed.str.fullmatch(SCIENTIFIC) & ~typed.isin(list(variable.codes or ()))
        what = "a spreadsheet has made numbers of them and dropped digits"
        found.append((numbers, what, "Export the column as text from its source."))
    elif variable.type == "boolean":
        typed = _booleans(values, text, found)
    elif variable.type == "date":
        typed = _moments(values, found) if text is None else _dates(text, style, found)
    else:
        typed = _floats(values, found) if text is None else _numbers(text, counts, style, found)
        if factor is not None:
            # No card asks for more than nine decimals, and 100 × 0.55 is 55.00000000000001.
            typed = (typed * factor.numerator / factor.denominator).round(9)
        if variable.type == "integer":
            whole = typed.isna() | ((typed % 1 == 0) & (typed.abs() < 2**53))
            found.append((~whole, "not whole numbers", "Correct them."))
            typed = typed.where(whole)
    return typed.astype(DTYPES[variable.type, bool(typed.isna().any())]), found


def _strings(values: pd.Series, text: pd.Series | None, found: list) -> pd.Series:
    if text is not None:
        return text
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        whole = values.isna() | (values % 1 == 0)
        found.append((~whole, "numbers with decimals, not text", "Write the column as text."))
        return values.where(whole).astype("Int64").astype("str")
    found.append((values.notna(), f"{_kind(values)}, not text", "Write the column as text."))
    return pd.Series(np.nan, values.index, dtype="str")


def _spoiled_codes(text: pd.Series, codes: list[str]) -> Found:
    """Find codes that passed through a number: `1` for `01`, `10.0` for `10`."""
    number = text.str.replace(r"[.,]0$", "", regex=True)
    unknown = text.notna() & ~text.isin(codes)
    spoiled = pd.Series(False, text.index)
    for width in {len(code) for code in codes}:
        spoiled |= unknown & number.str.zfill(width).isin(codes)
    what = "a spreadsheet has made numbers of these codes"
    yield spoiled, what, f"Write them as text, as on the card: {', '.join(codes[:3])}."


def _booleans(values: pd.Series, text: pd.Series | None, found: list) -> pd.Series:
    if text is None:
        text = values.astype("str").str.replace(r"\.0$", "", regex=True).where(values.notna())
    typed = text.str.casefold().map(BOOLEANS)
    unread = text.notna() & typed.isna()
    found.append((unread, "neither true nor false", "Write true or false, 1 or 0, oui or non."))
    return typed.astype("boolean")


def _floats(values: pd.Series, found: list) -> pd.Series:
    try:
        if pd.api.types.is_bool_dtype(values):
            raise TypeError
        numbers = values.astype("float64")  # decimals come as objects
    except (TypeError, ValueError):
        found.append((values.notna(), f"{_kind(values)}, not numbers", "Write numbers."))
        return pd.Series(np.nan, values.index)
    found.append((np.isinf(numbers), "infinite", "Leave out what is not known."))
    return numbers.where(~np.isinf(numbers))


def _numbers(text: pd.Series, counts: pd.Series, style: _Style, found: list) -> pd.Series:
    text = _unspaced(text)
    mark = _decimal_mark(text, counts, style, found)
    if mark is None:
        return pd.Series(np.nan, text.index)
    group = OTHER_MARK[mark]
    form = (
        rf"[+-]?(?:(?:\d+|\d{{1,3}}(?:[{group}]\d{{3}})+)(?:[{mark}]\d*)?|[{mark}]\d+)"
        r"(?:[eE][+-]?\d{1,2})?"
    )
    readable = text.str.fullmatch(form)
    todo = "Write numbers alone, without unit or words, and leave the field empty if not known."
    found.append((text.notna() & ~readable, "not numbers", todo))
    plain = text.where(readable).str.replace(group, "", regex=False)
    return pd.to_numeric(plain.str.replace(mark, ".", regex=False)).astype("float64")


def _unspaced(text: pd.Series) -> pd.Series:
    """Return numbers without spaces between thousands, and with a plain minus."""
    text = text.str.replace("\u2212", "-", regex=False)
    return text.mask(text.str.fullmatch(SPACED), text.str.replace(r"[^\d.,+-]", "", regex=True))


def _proofs(text: pd.Series) -> dict[str, pd.Series]:
    """Return, for each decimal mark, the numbers that can be read with that one only."""
    proofs = {}
    for mark, group in OTHER_MARK.items():
        decimals = rf"[+-]?(?:\d+[{mark}]\d*|[{mark}]\d+)(?:[eE][+-]?\d+)?"
        grouped = rf"[+-]?\d{{1,3}}(?:(?:[{group}]\d{{3}})+[{mark}]\d*|(?:[{group}]\d{{3}}){{2,}})"
        one_mark = text.str.fullmatch(decimals) & ~text.str.fullmatch(UNCLEAR)
        proofs[mark] = one_mark | text.str.fullmatch(grouped)
    return proofs


def _decimal_mark(text: pd.Series, counts: pd.Series, style: _Style, found: list) -> str | None:
    """Return the decimal mark of a column of numbers; None where it cannot be told.

    Of two marks, the one on fewer rows is told as wrong.
    """
    proofs = _proofs(text)
    proven = [mark for mark, rows in proofs.items() if rows.any()]
    if len(proven) == 1:
        return proven[0]
    if proven:
        rarer = min(proven, key=lambda mark: counts[proofs[mark]].sum())
        name = {",": "comma", ".": "point"}
        what = f"a decimal {name[rarer]} where others have a decimal {name[OTHER_MARK[rarer]]}"
        found.append((proofs[rarer], what, "Write all numbers of the column in one way."))
        return None
    unclear = text.str.fullmatch(UNCLEAR)
    if not unclear.any():
        return "."  # whole numbers only
    if len(style.marks) == 1:
        return next(iter(style.marks))
    if style.separator == "," and not style.marks and not text.str.contains(",").any():
        return "."  # a point between thousands goes with decimal commas, and those not with commas
    what = "thousands or decimals: nothing in the file tells which"
    found.append((unclear, what, "Write numbers without a mark between thousands."))
    return None


OTHER_DAY = "not midnight, with a time zone: the day depends on the place"


def _dates(text: pd.Series, style: _Style, found: list) -> pd.Series:
    parts = text.str.replace(COMPACT_DATE, r"\1-\2-\3", regex=True).str.extract(DATE)
    local = parts["first"].notna()
    undecided = local & (style.day_first == style.month_first)
    what = (
        "dates beside others in the other order: some have the day first, some the month"
        if style.day_first
        else "the day first or the month first: no date of the file tells which"
    )
    found.append((undecided, what, "Write dates as 2023-05-31."))
    day, month = ("first", "second") if style.day_first else ("second", "first")
    fields = [parts["year"].fillna(parts["last"])]
    fields += [parts["month"].fillna(parts[month]), parts["day"].fillna(parts[day])]
    written = fields[0] + "-" + fields[1].str.zfill(2) + "-" + fields[2].str.zfill(2)
    dates = pd.to_datetime(written.mask(undecided), format="%Y-%m-%d", errors="coerce")
    time = parts["time"]
    one_day = time.isna() | time.str.fullmatch(TIME) | time.str.fullmatch(MIDNIGHT + ZONE)
    other_day = dates.notna() & time.str.fullmatch(TIME + ZONE) & ~one_day
    found.append((other_day, OTHER_DAY, "Write dates without time."))
    unread = text.notna() & ~undecided & ~other_day & (dates.isna() | ~one_day)
    found.append((unread, "not dates", "Write dates as 2023-05-31 or 31/05/2023."))
    return dates.where(one_day)


def _moments(values: pd.Series, found: list) -> pd.Series:
    """Return the days of timestamps, or of Python's dates."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("date", "datetime", "datetime64"):
        found.append((values.notna(), f"{_kind(values)}, not dates", "Write dates."))
        return pd.Series(pd.NaT, values.index)
    moments = pd.to_datetime(values)
    if moments.dt.tz is None:
        return moments.dt.normalize()
    moments = moments.dt.tz_localize(None)
    other_day = moments.notna() & (moments != moments.dt.normalize())
    found.append((other_day, OTHER_DAY, "Write dates without time."))
    return moments.where(~other_day)


def _kind(values: pd.Series) -> str:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    names = {"floating": "numbers", "integer": "numbers", "decimal": "numbers", "string": "text"}
    return names.get(kind, "dates" if kind.startswith("date") else kind)
