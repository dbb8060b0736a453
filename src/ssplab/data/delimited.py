"""CSV as offices write it, as text fields: separator, encoding, quotation marks, line ends.

pyarrow reads the fields. It takes a stray quotation mark or a cut line for something else without a
word, so that what it is given is looked through before; where that is not plain, Python's strict
reader goes through the file line by line, and either says what is wrong and where, or writes the
records anew in the plain form.
"""

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

SEPARATORS = (";", ",", "\t", "|")
SPACES = " \t\r\n\v\f\u00a0\u2009\u202f\u3000"
"""What a field holds that holds nothing: one list, since Python and Arrow have two."""
LINE_END = re.compile(rb"\r\n?|\n")
# What an 8-bit French text holds. Windows-1252 gives nearly every byte a meaning, so that a file
# from DOS, an old Mac or in Latin-9 would be read too, and read wrongly.
WESTERN = re.compile(r"[\x00-\x7f\u00a0-\u00a3\u00a5-\u00bb\u00bf-\u00ff€œŒŸ‘’“”–—…]*")
MARKS = {  # the byte order marks, longest first: that of UTF-16 begins that of UTF-32
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or a workbook",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"PAR1\x15": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel 97–2003",
    b"%PDF-": "a PDF",
}
EXPORT = "Export it as CSV in UTF-8."
BLOCK = 2**24  # bytes looked at in one go
PIECE = 2**20
LARGEST = 2**31 - 1  # bytes of a block of pyarrow's
csv.field_size_limit(LARGEST)  # of 131,072 characters by default; free texts are longer


def read_csv(
    path: Path, names: Collection[str], left_out: Collection[str] = ()
) -> tuple[pd.DataFrame, str, "Lines"]:
    """Read the records of a CSV file that hold something, as texts.

    Parameters
    ----------
    path : Path
    names : collection of str
        The columns that are looked for: the first line names some of them.
    left_out : collection of str
        Columns that need not be returned.

    Returns
    -------
    frame : DataFrame
        A column of texts for each that the first line names; its index counts records from 0.
    separator : str
    lines : Lines
        Tells the line of each record.

    Raises
    ------
    ValueError
        If the file as a whole cannot be read: why, as the end of a sentence, and what to do.
    OSError
        If the system does not let it be read.
    """
    content = _utf8(path.read_bytes())
    separator, header, start, first = _header(content, names)
    body = memoryview(content)[start:]
    table = None
    if _quotes_are_plain(body, separator):
        with contextlib.suppress(pa.ArrowInvalid):  # uneven lines, or one longer than a block
            table = _parsed(body, separator, header, left_out, BLOCK)
    if table is None:
        plain = _written_plainly(body, separator, header, first)
        table = _parsed(plain, separator, header, left_out, min(len(plain) + 1, LARGEST))
    return table.to_pandas(), separator, Lines(path, names)


class Lines:
    """The lines of a file's records, looked up when one is asked for: most files are sound."""

    def __init__(self, path: Path, names: Collection[str]):
        self._path, self._names = path, names

    def __call__(self, record: int) -> str:
        """Return where a reader finds a record, such as `line 5`; the header is line 1."""
        return f"line {self._lines[record]}"

    @cached_property
    def _lines(self) -> list[int]:
        content = _utf8(self._path.read_bytes())
        separator, _, start, first = _header(content, self._names)
        body = memoryview(content)[start:]
        return [line for line, record in _records(body, separator, first) if _is_filled(record)]


def headed(header: list[str], names: Collection[str], shown: str) -> list[str]:
    """Return a header whose names all differ, also those that the card does not know.

    Raises
    ------
    ValueError
        If it holds none of `names`, or one of them twice.
    """
    if not set(names) & set(header):
        raise ValueError(
            f"its first line names no column of the card, it begins with {shown[:60]!r}. The first "
            f"line must name the columns: {', '.join(names)}."
        )
    twice = [name for name in names if header.count(name) > 1]
    if twice:
        raise ValueError(f"two columns are called {twice[0]}. Rename or delete one.")
    return [
        name if name and name not in header[:i] else f"{name}.{i}" for i, name in enumerate(header)
    ]


def _utf8(content: bytes) -> bytes:
    """Return a file's text in UTF-8 without a byte order mark."""
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    announced = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    if announced:
        try:
            content = b"".join(text.encode() for text in _decoded(content, announced))
        except UnicodeError as error:
            raise ValueError(
                f"it begins as {announced.upper()} does and goes on otherwise, or is cut off. "
                + EXPORT
            ) from error
    else:
        foreign = next((kind for mark, kind in FOREIGN.items() if content.startswith(mark)), None)
        if foreign:
            raise ValueError(f"it is no text but {foreign}. {EXPORT}")
    zero = content.find(b"\0")
    if zero >= 0:
        raise ValueError(
            f"it is no text: a zero byte stands in line {_line(content, zero)}. {EXPORT}"
        )
    if not announced and not _is_utf8(content):
        content = _from_western(content)
    joint = content.find(codecs.BOM_UTF8)
    if joint >= 0:
        raise ValueError(
            f"a byte order mark stands within line {_line(content, joint)}, as where files were "
            "put one behind the other. Delete it there, and the second header if there is one."
        )
    return content


def _decoded(content: bytes, encoding: str) -> Iterator[str]:
    """Yield a text in pieces, so that it is not held a second time as a whole."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), BLOCK):
        yield decoder.decode(content[start : start + BLOCK], start + BLOCK >= len(content))


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        for _ in _decoded(content, "utf-8"):
            continue
    except UnicodeDecodeError:
        return False
    return True


def _from_western(content: bytes) -> bytes:
    pieces = []
    for start in range(0, len(content), BLOCK):
        text = content[start : start + BLOCK].decode("cp1252", errors="replace")
        read = WESTERN.match(text).end()
        if read < len(text):
            raise ValueError(
                "its letters are neither in UTF-8 nor in Latin-1 (Windows-1252), see line "
                f"{_line(content, start + read)}. {EXPORT}"
            )
        pieces.append(text.encode())
    return b"".join(pieces)


def _line(content: bytes, place: int) -> int:
    return 1 + len(LINE_END.findall(content, 0, place))


def _header(content: bytes, names: Collection[str]) -> tuple[str, list[str], int, int]:
    """Return the separator, the names, where the records begin, and on which line.

    The separator is the one that a line `sep=;` before the header names, as Excel writes it; else
    the one under which the first line names most columns.
    """
    if not re.search(rb"\S", content):
        raise ValueError("it is empty. Write the extract again.")
    first, start = _first_line(content, 0)
    separators, line = SEPARATORS, 2
    told = re.fullmatch(r'"?sep=([^"])"?', first.strip(" "), re.IGNORECASE)
    if told:
        separators, line = (told[1],), 3
        first, start = _first_line(content, start)
    fields = {
        separator: [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
        for separator in separators
    }
    separator = max(separators, key=lambda one: len(set(names) & set(fields[one])))
    return separator, headed(fields[separator], names, first), start, line


def _first_line(content: bytes, start: int) -> tuple[str, int]:
    end = LINE_END.search(content, start)
    if end is None:
        return content[start:].decode(), len(content)
    return content[start : end.start()].decode(), end.end()


def _quotes_are_plain(body: memoryview, separator: str) -> bool:
    """Whether each quotation mark opens or closes a whole field, or is doubled within one.

    Of all marks in turn, the first opens, the second closes, and so on; a doubled one closes and
    opens again. What opens must stand after a separator, a line end or the mark that just closed,
    what closes before one of them.
    """
    text = np.frombuffer(body, dtype=np.uint8)
    bounds = np.zeros(256, dtype=bool)
    bounds[[ord(separator), *b'\r\n"']] = True
    count = 0
    for start in range(0, len(text), BLOCK):
        marks = start + np.flatnonzero(text[start : start + BLOCK] == ord('"'))
        opening, closing = marks[count % 2 :: 2], marks[1 - count % 2 :: 2]
        count += len(marks)
        before, after = opening[opening > 0] - 1, closing[closing < len(text) - 1] + 1
        if not (bounds[text[before]].all() and bounds[text[after]].all()):
            return False
    return count % 2 == 0


def _parsed(
    body: bytes | memoryview,
    separator: str,
    header: list[str],
    left_out: Collection[str],
    block: int,
) -> pa.Table:
    """Return the records of a plain text that hold something.

    Raises
    ------
    pa.ArrowInvalid
        If a record has more or fewer fields than the header, or is longer than a block.
    """
    filled = (record for _, record in _records(body, separator, 1) if _is_filled(record))
    width = len(next(filled, header))
    nameless = [name for i, name in enumerate(header) if name == f".{i}"]
    header = header[: max(width, _named(header))]
    beyond = [f"\0{number}" for number in range(len(header), width)]
    wanted = [name for name in header if name not in left_out] or header  # none would mean all
    if not re.search(rb"\S", body):
        return pa.table({name: pa.array([], pa.large_string()) for name in wanted})

    def uneven(row: pa_csv.InvalidRow) -> str:
        return "error" if row.text.strip(f"{SPACES}{separator}") else "skip"

    records = pa_csv.read_csv(
        pa.py_buffer(body),
        pa_csv.ReadOptions(column_names=[*header, *beyond], block_size=block),
        pa_csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=uneven
        ),
        pa_csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys([*header, *beyond], pa.large_string()),
            include_columns=[*wanted, *beyond],
        ),
    )
    for name in [*beyond, *(name for name in nameless if name in wanted)]:
        if pc.all(_is_empty(records[name])).as_py():  # separators at the line ends
            records = records.drop_columns(name)
        elif name in beyond:
            raise pa.ArrowInvalid("a record has more fields than the header")
    records = _filled(records)
    if re.search(rb'"', body) and re.search(rb"\r", body):
        columns = [pc.replace_substring_regex(one, "\r\n?", "\n") for one in records.columns]
        records = pa.table(columns, records.column_names)
    return records


def _filled(records: pa.Table) -> pa.Table:
    """Return the records of which some field holds something."""
    empty = None
    for column in records.columns:
        empty = _is_empty(column) if empty is None else pc.and_(empty, _is_empty(column))
        if not pc.any(empty).as_py():
            return records
    return records.filter(pc.invert(empty))


def _is_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.utf8_trim(column, SPACES), "")


def _is_filled(record: list[str]) -> bool:
    return any(field.strip(SPACES) for field in record)


def _named(header: list[str]) -> int:
    """Return how many columns a header has up to the last that has a name."""
    return max(i + 1 for i, name in enumerate(header) if name != f".{i}")


def _written_plainly(body: memoryview, separator: str, header: list[str], first: int) -> bytes:
    """Return records anew, each with as many fields as the header and marked plainly.

    Raises
    ------
    ValueError
        With the first line that is no record of the header's, and why.
    """
    written = io.BytesIO()
    text = io.TextIOWrapper(written, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    uneven, example = 0, ""
    for line, record in _records(body, separator, first):
        if not _is_filled(record):
            continue
        if len(record) < _named(header) or _is_filled(record[len(header) :]):
            uneven += 1
            example = example or f"line {line} has {len(record)} fields"
            continue
        fields = record[: len(header)]
        writer.writerow(fields + [""] * (len(header) - len(fields)))
    if uneven:
        raise ValueError(
            f"{example} and the header {len(header)} ({uneven} such lines). A field that contains "
            f"the separator {separator!r} must stand in quotation marks; a line that was cut off "
            "must be completed."
        )
    text.flush()
    return written.getvalue()


def _records(body: memoryview, separator: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins.

    Raises
    ------
    ValueError
        At a quotation mark that is not closed, or stands within a field.
    """
    records = csv.reader(_text_lines(body), delimiter=separator, strict=True)
    line = first
    try:
        for record in records:
            yield line, record
            line = first + records.line_num
    except csv.Error as error:
        raise ValueError(
            f"at line {line} a quotation mark is not closed, or stands within a field ({error}). "
            "Double a mark that belongs to the text, delete one that does not."
        ) from error


def _text_lines(body: memoryview) -> Iterator[str]:
    """Yield lines, all ended by a line feed."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")(), translate=True)
    left = ""
    for start in range(0, len(body), PIECE):
        end = start + PIECE
        *whole, left = f"{left}{decoder.decode(body[start:end], end >= len(body))}".split("\n")
        yield from (f"{line}\n" for line in whole)
    if left:
        yield left
