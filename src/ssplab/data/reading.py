"""Tables as offices write them, CSV, Parquet, Excel or SAS, read in a card's types.

Nothing is guessed: a separator, an encoding, a decimal mark, the order of day and month are read
off the file, and where the file proves nothing, its values are refused with a sentence. Values that
cannot be read become a `Fault` and not an exception, so that all of them are told at once.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from ssplab.course import ROW_NUMBER, Table, Variable
from ssplab.data.content import DTYPES, dtype_of
from ssplab.data.mapping import UNMAPPED, TableMapping
from ssplab.data.raw import Raw, Source, read_raw

MISSING = ("", ".", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL")
BOOLEANS = dict.fromkeys(("true", "1", "oui", "vrai", "yes"), True) | dict.fromkeys(
    ("false", "0", "non", "faux", "no"), False
)
OTHER_MARK = {",": ".", ".": ","}
# The patterns below are those of pandas' text columns, whose engine knows no look-around.
SPACED = r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f']\d{3})+(?:[.,]\d*)?"
UNCLEAR = r"[+-]?[1-9]\d{0,2}[.,]\d{3}"
# The exponent of a number has three digits at most; a pseudonym may be 0e807941.
SCIENTIFIC = r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,3}"
INFINITE = r"(?i)[+-]?(?:inf|infinity|∞)"
BEYOND = 1e15  # in absolute value; a float counts whole numbers up to nine times that
YEARS = (1800, 2200)
BROKEN_FORMULA = r"#(?:DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)"
COMPACT_DATE = r"^((?:19|20)\d\d)(\d\d)(\d\d)$"
DATE = (
    r"^(?:(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<last>\d{4}))(?:[T ](?P<time>.+))?$"
)
TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?"
CLOCK = r"(?P<hour>\d+):(?P<minute>\d+)(?::(?P<second>[\d.,]+))?"
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
    index is that of `Raw.frame`."""
    raw: pd.DataFrame
    """The card's columns as they stand in the file, under the card's names."""
    faults: list[Fault]
    absent: list[str]
    """Columns that the file lacks and the card lets be missing, or gives a default: `frame` has
    them."""
    place: Callable[[int], str]
    """Tells where a reader finds a record of the index: `line 5`."""


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


@dataclass(frozen=True)
class _Column:
    """A column by its distinct texts: one of codes or dates holds few, on many rows."""

    distinct: pd.Series
    """Of texts; other values as they are, a row each."""
    codes: np.ndarray | None
    """Of each row, the position of its text; None of other values than texts."""
    index: pd.Index

    @classmethod
    def of(cls, values: pd.Series) -> "_Column":
        if not _holds_text(values):
            return cls(values, None, values.index)
        codes, distinct = pd.factorize(values, use_na_sentinel=False)
        return cls(pd.Series(distinct, dtype=values.dtype), codes.astype("int32"), values.index)

    def recoded(self, name: str, variable: Variable, mapping: TableMapping) -> "_Column":
        """Return the column with the card's codes in place of theirs."""
        return replace(self, distinct=mapping.recode(name, self.distinct, variable))

    @property
    def counts(self) -> pd.Series:
        """On how many rows each stands."""
        if self.codes is None:
            return pd.Series(1, self.index)
        return pd.Series(np.bincount(self.codes, minlength=len(self.distinct)))

    def on_rows(self, of_distinct: pd.Series) -> pd.Series:
        """Return on all rows what is known of each distinct value."""
        if self.codes is None:
            return of_distinct
        return of_distinct.take(self.codes).set_axis(self.index)


def read_file(
    path: Path, table: Table, sheet: str | None = None, mapping: TableMapping = UNMAPPED
) -> Read:
    """Read a table's file, or a workbook's sheet, in the types of a card's table.

    Parameters
    ----------
    path : Path
        The file, or the folder.
    table : Table
        What the card says of it.
    sheet : str, optional
        Of a workbook; by default the one that holds something.
    mapping : TableMapping, optional
        What its columns, units and codes are called there; as on the card by default.

    Raises
    ------
    SsplabError
        If the file as a whole cannot be read: the sentence says why and what to do.
    """
    source = Source(path, sheet)
    return _typed(read_raw(source, mapping.names(table)), table, source, mapping)


def read_frame(
    frame: pd.DataFrame, table: Table, name: str, mapping: TableMapping = UNMAPPED
) -> Read:
    """Read rows of a table, as they stand in its file, in the types of a card's table.

    Parameters
    ----------
    frame : DataFrame
        Of texts, or of the types that the file gives; its index numbers the rows from 0.
    table : Table
        What the card says of it.
    name : str
        The file's name, for messages.
    mapping : TableMapping, optional
        What its columns, units and codes are called there; as on the card by default.

    Raises
    ------
    SsplabError
        If a column that the mapping names is not there.
    """
    raw = Raw(frame, None, lambda row: f"row {row + 1}")
    return _typed(raw, table, Source(Path(name)), mapping)


def read_texts(source: Source, table: Table, mapping: TableMapping) -> Read:
    """Read the columns of a table that hold texts, and those that the card does not know.

    Raises
    ------
    SsplabError
        As `read_file`.
    """
    texts = {name: one for name, one in table.variables.items() if one.type == "string"}
    part = table.model_copy(update={"variables": texts})
    others = set(mapping.names(table)) - set(mapping.names(part))
    raw = read_raw(source, mapping.names(table), left_out=others)
    return _typed(raw, part, source, mapping)


def _typed(raw: Raw, table: Table, source: Source, mapping: TableMapping) -> Read:
    """Read what stands in a file in the types of a card's table."""
    frame = mapping.rename(raw.frame, table, source.name)
    known = frame[[name for name in table.variables if name in frame]]
    for name in known.select_dtypes("category"):
        known = known.assign(**{name: known[name].astype(known[name].cat.categories.dtype)})
    columns = {
        name: _Column.of(values).recoded(name, table.variables[name], mapping)
        for name, values in known.items()
    }
    style = _style(columns, table, raw.separator)
    read, faults = {}, []
    for name, column in columns.items():
        read[name], found = _convert(column, table.variables[name], style, mapping.factor(name))
        faults += [Fault(name, rows.index[rows].tolist(), what, todo) for rows, what, todo in found]
    absent = _absent(frame, table)
    for name in absent:
        read[name] = _instead(table.variables[name], frame.index)
    return Read(frame.assign(**read), known, faults, absent, raw.place)


def _instead(variable: Variable, index: pd.Index) -> pd.Series:
    """Return the values that a column which is not there has: its default, or missing ones."""
    if variable.default is None:
        return pd.Series(index=index, dtype=DTYPES[variable.type, True])
    values = variable.default
    if values == ROW_NUMBER:
        values = pd.RangeIndex(1, len(index) + 1)
        if variable.type == "string":
            values = values.astype("str").str.zfill(len(str(len(index))))
    return pd.Series(values, index).astype(DTYPES[variable.type, False])


def _absent(frame: pd.DataFrame, table: Table) -> list[str]:
    """Return optional columns that are not there, nor under a name written a little otherwise."""
    spelt = {_letters(name) for name in frame if name not in table.variables}
    return [
        name
        for name, variable in table.variables.items()
        if variable.instead and name not in frame and _letters(name) not in spelt
    ]


def _letters(name: object) -> str:
    return re.sub(r"[\W_]|[\u0300-\u036f]", "", unicodedata.normalize("NFKD", str(name))).casefold()


def _style(columns: dict[str, _Column], table: Table, separator: str | None) -> _Style:
    marks, day_first, month_first = set(), False, False
    for name, column in columns.items():
        text = _text(column.distinct, table.variables[name])
        if text is None:
            continue
        if table.variables[name].type in ("integer", "float"):
            marks |= {mark for mark, rows in _proofs(_unspaced(text)).items() if rows.any()}
        elif table.variables[name].type in ("date", "datetime"):
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
    column: _Column, variable: Variable, style: _Style, factor: Fraction | None
) -> tuple[pd.Series, list[tuple[pd.Series, str, str]]]:
    """Return a column in the card's type, missing where unreadable, and what is wrong."""
    read, found = _convert_distinct(column.distinct, column.counts, variable, style, factor)
    wrong = [(column.on_rows(rows), what, todo) for rows, what, todo in found if rows.any()]
    return column.on_rows(read), wrong


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
        broken = typed.str.fullmatch(BROKEN_FORMULA)
        found.append((broken, "formulas of a spreadsheet that failed", "Correct them there."))
    elif variable.type == "boolean":
        typed = _booleans(values, text, found)
    elif variable.type == "date":
        typed = _days(values, found) if text is None else _dates(text, style, found)
    elif variable.type == "datetime":
        typed = _moments(values, found) if text is None else _times(text, style, found)
    else:
        typed = _floats(values, found) if text is None else _numbers(text, counts, style, found)
        if factor is not None:
            # No card asks for more than nine decimals, and 100 × 0.55 is 55.00000000000001.
            typed = (typed * factor.numerator / factor.denominator).round(9)
        if variable.type == "integer":
            whole = typed.isna() | (typed % 1 == 0)
            if not variable.fractions:
                found.append((~whole, "not whole numbers", "Correct them."))
                typed = typed.where(whole)
    return typed.astype(dtype_of(typed, variable, optional=bool(typed.isna().any()))), found


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
    infinite = np.isinf(numbers)
    found.append((infinite, "infinite", "Leave out what is not known."))
    return _plausible(numbers.mask(infinite), found)


def _plausible(numbers: pd.Series, found: list) -> pd.Series:
    beyond = numbers.abs() > BEYOND
    todo = "Correct them, or leave the field empty if not known."
    found.append((beyond, "beyond any plausible amount", todo))
    return numbers.mask(beyond)


def _numbers(text: pd.Series, counts: pd.Series, style: _Style, found: list) -> pd.Series:
    text = _unspaced(text)
    mark = _decimal_mark(text, counts, style, found)
    if mark is None:
        return pd.Series(np.nan, text.index)
    group = OTHER_MARK[mark]
    form = (
        rf"[+-]?(?:(?:\d+|\d{{1,3}}(?:[{group}]\d{{3}})+)(?:[{mark}]\d*)?|[{mark}]\d+)"
        r"(?:[eE][+-]?\d+)?"
    )
    infinite = text.str.fullmatch(INFINITE)
    found.append((infinite, "infinite", "Leave the field empty if not known."))
    text = text.mask(infinite)
    readable = text.str.fullmatch(form)
    todo = "Write numbers alone, without unit or words, and leave the field empty if not known."
    found.append((text.notna() & ~readable, "not numbers", todo))
    plain = text.where(readable).str.replace(group, "", regex=False)
    return _plausible(plain.str.replace(mark, ".", regex=False).astype("float64"), found)


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


ZONED = "with a time zone: the hour of the day depends on the place"
LOCAL = "Write the time on the clock of the place, without a zone."
OTHER_DAY = "not midnight, with a time zone: the day depends on the place"


def _dates(text: pd.Series, style: _Style, found: list) -> pd.Series:
    dates, time, undecided = _day_and_time(text, style, found)
    one_day = time.isna() | time.str.fullmatch(TIME) | time.str.fullmatch(MIDNIGHT + ZONE)
    other_day = dates.notna() & time.str.fullmatch(TIME + ZONE) & ~one_day
    found.append((other_day, OTHER_DAY, "Write dates without time."))
    unread = text.notna() & ~undecided & ~other_day & (dates.isna() | ~one_day)
    found.append((unread, "not dates", "Write dates as 2023-05-31 or 31/05/2023."))
    return _likely(dates.where(one_day), found)


def _times(text: pd.Series, style: _Style, found: list) -> pd.Series:
    """Return dates with a time of day, on the clock of the place."""
    dates, time, undecided = _day_and_time(text, style, found)
    zoned = dates.notna() & time.str.fullmatch(TIME + ZONE).eq(True)
    found.append((zoned, ZONED, LOCAL))
    fields = time.where(time.str.fullmatch(TIME).eq(True)).str.extract(CLOCK)
    numbers = fields.replace({",": "."}, regex=True).apply(pd.to_numeric).fillna({"second": 0})
    clock = (numbers < [24, 60, 60]).all(axis=1)
    seconds = (numbers * [3600, 60, 1]).sum(axis=1)
    unread = text.notna() & ~undecided & ~zoned & (dates.isna() | ~clock)
    found.append((unread, "not a date with a time", "Write them as 2023-05-31 14:30."))
    days = _likely(dates.where(clock), found)
    return days + pd.to_timedelta((1e6 * seconds).round().astype("int64"), unit="us")


def _day_and_time(
    text: pd.Series, style: _Style, found: list
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return days, what follows them as a text, and where the order of day and month is open."""
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
    return dates, parts["time"], undecided


def _likely(dates: pd.Series, found: list) -> pd.Series:
    """Leave out dates that programs write for what is not known, such as 9999-12-31."""
    unlikely = dates.notna() & ~dates.dt.year.between(*YEARS)
    what = "not plausible dates, perhaps written for what is not known"
    found.append((unlikely, what, "Leave the field empty if the date is not known."))
    return dates.mask(unlikely)


def _moments(values: pd.Series, found: list) -> pd.Series:
    """Return timestamps, which have a time of day and no zone."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("datetime", "datetime64"):
        todo = "Give the column a format of date and time, or write them as 2023-05-31 14:30."
        found.append((values.notna(), f"{_kind(values)}, not dates with a time", todo))
        return pd.Series(pd.NaT, values.index)
    moments = pd.to_datetime(values)
    if moments.dt.tz is None:
        return _likely(moments, found)
    found.append((moments.notna(), ZONED, LOCAL))
    return pd.Series(pd.NaT, values.index)


def _days(values: pd.Series, found: list) -> pd.Series:
    """Return the days of timestamps, or of Python's dates."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("date", "datetime", "datetime64"):
        todo = "Give the column a format of dates, or write them as 2023-05-31."
        found.append((values.notna(), f"{_kind(values)}, not dates", todo))
        return pd.Series(pd.NaT, values.index)
    moments = pd.to_datetime(values)
    if moments.dt.tz is None:
        return _likely(moments.dt.normalize(), found)
    moments = moments.dt.tz_localize(None)
    other_day = moments.notna() & (moments != moments.dt.normalize())
    found.append((other_day, OTHER_DAY, "Write dates without time."))
    return _likely(moments.where(~other_day), found)


def _kind(values: pd.Series) -> str:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    names = {"floating": "numbers", "integer": "numbers", "decimal": "numbers", "string": "text"}
    return names.get(kind, "dates" if kind.startswith("date") else kind)
