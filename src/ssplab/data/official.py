"""Official sources: the published files that hold the real table of which a data set has a twin, or
a part.

`ssplab.load("communes", source="official")` brings the files that the card names under `official`,
checks them by sha256 or size, makes of them a table in the form of the card, as an own extract is
read, and keeps that in the user's cache folder. Nothing is asked of the network where it is there
already. A version takes the place of the former one once it is whole, right and mapped; whatever is
refused leaves the cache as it was.

The files are public, and large: they are read in pieces, of which only the columns that are needed
are taken, so that memory is bounded whatever their size.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from ssplab.course import Card, OfficialFile, OfficialTable, OfficialView, Table, cache_dir
from ssplab.course import load_card as read_card
from ssplab.data.content import conform
from ssplab.data.downloading import NotTheFile, Resumable, Unreachable
from ssplab.data.mapping import TableMapping
from ssplab.data.reading import Read, read_frame
from ssplab.system import CheckFailed, SsplabError, nearest, temporary_folder, whole_file

MIRROR = "SSPLAB_OFFICIAL"
"""The variable that names a mirror: an address or a folder that has the files under their names."""
ROWS = 100_000  # read at once
BLOCK = 2**24  # bytes of a CSV file parsed at once
HEADER = 2**20  # bytes that a header may have
MEMORY = "2GB"  # what a query may take; beyond, it uses the disk
UNREADABLE = 0.01
"""Share of a column's values above which its form has changed, and the file is refused."""
SHOWN = 3
ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.timestamp("us"),
    "datetime": pa.timestamp("us"),
}
IN_MEMORY = {"string": 60}  # bytes that a value takes, about; 9 of another type
TOLD = b"ssplab"  # the key under which a finished table says where it comes from

Advance = Callable[[str, int, int | None], None]
"""Told a file's name, how many of its bytes are here, and how many it has (None if unknown)."""


@dataclass(frozen=True)
class Fetched:
    """A table made of published files, as it stands in the cache."""

    path: Path
    rows: int
    files: dict[str, dict[str, object]]
    """Of each file by name: from where, its sha256 and bytes."""
    fetched: str
    """The day on which the oldest of them came here, as 2026-11-30."""
    notes: list[str]
    """What was made missing, or lies outside the card's ranges, a sentence each."""


@dataclass
class _Seen:
    """What the pieces of a table say together."""

    rows: int = 0
    filled: Counter = field(default_factory=Counter)
    unreadable: Counter = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    outside: Counter = field(default_factory=Counter)


def load_official(data: str, table: str | None = None) -> pd.DataFrame:
    """Load the official table in the form of a data set's card; see `ssplab.load`.

    Raises
    ------
    SsplabError
        As `official_path`, and if the table is larger than the memory that is free.
    """
    path = official_path(data, table)
    card, name, official = _official_of(data, table)
    form = official_form(card.tables[name], official)
    _check_memory(path, form, card.name, name)
    return conform(pd.read_parquet(path), form)


def official_path(data: str, table: str | None = None) -> Path:
    """Return where the official table of a data set lies, a Parquet file in the form of its card.

    What is not in the cache is fetched. DuckDB and Polars read of it only what is asked for, which
    a register of tens of millions of rows needs.

    Parameters
    ----------
    data : str
        A data set's name.
    table : str, optional
        The card's main table by default.

    Raises
    ------
    SsplabError
        If the data set or the table has no official source (those that have one are named), or if
        its files cannot be reached: the message says how to bring them by hand.
    CheckFailed
        If a file is not the one that the card describes.
    """
    card, name, official = _official_of(data, table)
    path = _place_of(card, name, official)
    if not path.is_file():
        fetch_official(data, name)
    return path


def fetch_official(
    data: str,
    table: str | None = None,
    *,
    place: str | None = None,
    sha256: str | None = None,
    advance: Advance = lambda file, here, total: None,
) -> Fetched:
    """Bring the published files of a table, and put what is made of them into the cache.

    Parameters
    ----------
    data, table
        As `official_path` takes them.
    place : str, optional
        A mirror: the address, or the folder, that has the files under their names; by default what
        the variable `SSPLAB_OFFICIAL` names, or the folder `by-hand` in the cache if the files lie
        there, or where they are published.
    sha256 : str, optional
        Of the file, in hexadecimal, where its publisher or your office tells it; in place of the
        check that the card describes. Of a table that is made of one file.
    advance : callable, optional
        Told how far each file has come.

    Raises
    ------
    SsplabError, CheckFailed
        As `official_path`. What stood in the cache stands there still.
    """
    card, name, official = _official_of(data, table)
    path = _place_of(card, name, official)
    if sha256 is not None:
        official = _with_hash(official, sha256)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path), _brought(official, path.parent, place, advance) as files:
            _make(card, name, official, files, path)
    except Unreachable as error:
        raise SsplabError(f"{error}{_by_hand(card, official)}{_still(path)}") from error
    except NotTheFile as error:
        raise CheckFailed(f"{error} Nothing of it is kept.{_still(path)}") from error
    except OSError as error:
        raise SsplabError(
            f"{path.parent} could not be written ({error.strerror or error}). Free some space, or "
            f"name another folder in SSPLAB_CACHE.{_still(path)}"
        ) from error
    for former in path.parent.glob(f"{name}-*.parquet"):
        if former != path:
            former.unlink()
    return fetched_official(data, name)


def fetched_official(data: str, table: str | None = None) -> Fetched | None:
    """Return what the cache holds of an official table; None if it is not there."""
    card, name, official = _official_of(data, table)
    path = _place_of(card, name, official)
    if not path.is_file():
        return None
    told = json.loads(pq.read_schema(path).metadata[TOLD])
    return Fetched(path, pq.read_metadata(path).num_rows, **told)


def official_form(table: Table, official: OfficialTable) -> Table:
    """Return the form of a card's table in which the official one is: more may be missing."""
    changed = {
        name: table.variables[name].model_copy(update={"missing": why, "default": None})
        for name, why in (official.missing | official.left_out).items()
    }
    return table.model_copy(update={"variables": table.variables | changed})


def mapping_of(official: OfficialTable) -> TableMapping:
    """Return what the columns of an official table are called in its files.

    Raises
    ------
    pydantic.ValidationError
        If the card says it otherwise than a mapping file would.
    """
    return TableMapping.model_validate({"columns": official.columns})


def _official_of(data: str, table: str | None) -> tuple[Card, str, OfficialTable]:
    card = read_card(data)
    if not card.official:
        raise SsplabError(
            f"{card.name!r} has no official source: what it is a twin of is not published."
            if card.origin == "synthetic"
            else f"{card.name!r} has no official source on its card."
        )
    if table is not None and table not in card.tables:
        raise SsplabError(
            f"There is no table of {card.name!r} called {table!r}. {nearest(table, card.tables)}"
        )
    name = table or card.main_table
    if name not in card.official:
        raise SsplabError(
            f"{name!r} of {card.name!r} has no official source. Published are: "
            f"{', '.join(card.official)}; name one, as in "
            f'ssplab.load("{card.name}", "{next(iter(card.official))}", source="official").'
        )
    return card, name, card.official[name]


def _place_of(card: Card, name: str, official: OfficialTable) -> Path:
    """Return where a finished table is kept; the name changes with all that its content is of."""
    about = {
        "table": card.tables[name].model_dump(),
        "files": {file: one.model_dump() for file, one in official.files.items()},
        "query": official.query,
        "columns": official.columns,
        "missing": sorted(official.missing),
        "left out": sorted(official.left_out),
    }
    mark = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:8]
    return cache_dir() / "official" / card.name / f"{name}-{mark}.parquet"


def _with_hash(official: OfficialTable, sha256: str) -> OfficialTable:
    if len(official.files) > 1:
        raise SsplabError(
            f"A sha256 is of one file, and this table is made of {len(official.files)}: "
            f"{', '.join(official.files)}."
        )
    try:
        digest = bytes.fromhex(sha256).hex()
    except ValueError:
        digest = ""
    if len(digest) != 64:
        raise SsplabError(f"{sha256!r} is no sha256: 64 digits from 0 to 9 and a to f.")
    checked = {"sha256": digest, "bytes": None, "at_least": None, "at_most": None}
    files = {name: file.model_copy(update=checked) for name, file in official.files.items()}
    return official.model_copy(update={"files": files})


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f"{path.stem}.lock"), timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        raise SsplabError(
            f"Another process is fetching {path.stem.rpartition('-')[0]}: call again once it has "
            "ended."
        ) from error


# ---- The files brought here, and checked


@dataclass(frozen=True)
class _Brought:
    path: Path
    source: str
    """The address, or the path, that it comes from."""


@contextlib.contextmanager
def _brought(
    official: OfficialTable, folder: Path, place: str | None, advance: Advance
) -> Iterator[dict[str, _Brought]]:
    """Give the files of a table, right by sha256 and size.

    What was downloaded goes at the end, used or refused; where the work was interrupted, it stays
    for the next call.
    """
    place = place or os.environ.get(MIRROR) or _laid_by_hand(official)
    files = {}
    try:
        for name, file in official.files.items():
            if place and not place.startswith(("http://", "https://")):
                files[name] = _found(name, file, Path(place).expanduser())
            else:
                url = f"{place.rstrip('/')}/{name}" if place else file.url
                files[name] = _downloaded(name, file, url, folder / "incoming", advance)
        yield files
    except NotTheFile:
        _remove(files, folder)
        raise
    _remove(files, folder)


def _remove(files: dict[str, _Brought], folder: Path) -> None:
    for one in files.values():
        if one.path.is_relative_to(folder):
            one.path.unlink(missing_ok=True)


def _by_hand_folder() -> Path:
    return cache_dir() / "official" / "by-hand"


def _laid_by_hand(official: OfficialTable) -> str | None:
    folder = _by_hand_folder()
    return str(folder) if all((folder / name).is_file() for name in official.files) else None


def _found(name: str, file: OfficialFile, folder: Path) -> _Brought:
    """Return a file that lies in a folder of the user's, checked where it lies."""
    import pooch

    path = folder / name
    if not path.is_file():
        raise Unreachable(f"There is no {name} in {folder}: put it there. ")
    _check_size(name, file, path.stat().st_size)
    if file.sha256 and (found := pooch.file_hash(str(path))) != file.sha256:
        raise NotTheFile(_other_hash(str(path), file.sha256, found))
    return _Brought(path, str(path))


def _downloaded(
    name: str, file: OfficialFile, url: str, incoming: Path, advance: Advance
) -> _Brought:
    """Return a file of an address, in the folder for what comes in."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # it would say what it does on standard error
    incoming /= hashlib.sha256(url.encode()).hexdigest()[:8]  # what is there is of this address
    downloader = Resumable(
        incoming / f"{name}.part",
        lambda total: _check_size(name, file, total),
        lambda here, total: advance(name, here, total),
    )
    known = f"sha256:{file.sha256}" if file.sha256 else None
    try:
        path = Path(pooch.retrieve(url, known, name, incoming, downloader=downloader))
    except ValueError as error:  # pooch's word for another hash
        found = str(error).partition("but got ")[2].partition(".")[0] or "another"
        raise NotTheFile(_other_hash(url, file.sha256, found)) from error
    try:
        _check_size(name, file, path.stat().st_size)
    except NotTheFile:
        path.unlink()
        raise
    return _Brought(path, url)


def _check_size(name: str, file: OfficialFile, size: int) -> None:
    least, most = file.at_least or 0, file.at_most or size
    if file.bytes is not None:
        least = most = file.bytes
    if not least <= size <= most:
        asked = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        what = "cut short" if size < least else "another file"
        raise NotTheFile(
            f"{name} has {size:,} bytes, and the card says {asked}: it is {what}, or its publisher "
            "has a new version. One that you know to be right is taken by its sha256: "
            "`ssplab data fetch NAME TABLE --sha256 …`."
        )


def _other_hash(where: str, asked: str | None, found: str) -> str:
    return f"{where} has the sha256 {found}, not {asked}: it was altered, or is another version."


def _by_hand(card: Card, official: OfficialTable) -> str:
    addresses = " and ".join(file.url for file in official.files.values())
    return (
        f"Without a connection, fetch {addresses} with a browser elsewhere (what it is: "
        f"{official.page}), lay what it saves into {_by_hand_folder()} under the same name, and "
        "call again. Where your office has a mirror, name its address or folder in "
        f"{MIRROR}, or in `ssplab data fetch {card.name} --from PLACE`."
    )


def _still(path: Path) -> str:
    if not path.is_file():
        return ""
    told = json.loads(pq.read_schema(path).metadata[TOLD])
    return f" The version that was fetched on {told['fetched']} still serves."


# ---- Files made a table


def _make(
    card: Card, name: str, official: OfficialTable, files: dict[str, _Brought], path: Path
) -> None:
    """Write the table that is made of files to its place in the cache."""
    form, mapping = official_form(card.tables[name], official), mapping_of(official)
    wanted = [one for one in mapping.names(form) if one not in official.left_out]
    seen = _Seen()
    schema = pa.schema([(column, ARROW[one.type]) for column, one in form.variables.items()])
    with whole_file(path) as out, temporary_folder(path.parent) as work:
        with pq.ParquetWriter(work / "table.parquet", schema, compression="zstd") as writer:
            for frame in _frames(official, files, wanted, work):
                read = _read(frame, form, mapping, official, seen)
                writer.write_table(pa.Table.from_pandas(read, schema, preserve_index=False))
        _check_whole(seen, official, form, work / "table.parquet", work)
        told = {
            "files": {
                file: {
                    "from": one.source,
                    "sha256": _sha256(one.path),
                    "bytes": one.path.stat().st_size,
                }
                for file, one in files.items()
            },
            # A file of an earlier call, or one laid by hand, has been here for longer.
            "fetched": min(_day(one.path) for one in files.values()),
            "notes": _notes(seen, form),
        }
        _with_told(work / "table.parquet", out, told)


def _with_told(path: Path, out: Path, told: dict) -> None:
    """Copy a table, and write into it where it comes from."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow.with_metadata({TOLD: json.dumps(told)})
        with pq.ParquetWriter(out, schema, compression="zstd") as writer:
            for batch in file.iter_batches(ROWS):
                writer.write_batch(batch)


def _day(path: Path) -> str:
    return date.fromtimestamp(path.stat().st_mtime).isoformat()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _frames(
    official: OfficialTable, files: dict[str, _Brought], wanted: list[str], work: Path
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table in pieces, as texts under the names of its source."""
    views = {
        view: (file, described, described.columns or wanted)
        for file, one in official.files.items()
        for view, described in one.views.items()
    }
    if official.query is None:
        ((file, view, columns),) = views.values()
        batches = _batches(file, files[file].path, view, columns)
        yield from (batch.to_pandas() for batch in batches)
        return
    for name, (file, view, columns) in views.items():
        batches = _batches(file, files[file].path, view, columns)
        schema = pa.schema([(column, pa.string()) for column in columns])
        with pq.ParquetWriter(work / f"{name}.parquet", schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    with _database(work) as database:
        for name in views:
            source = _quoted(work / f"{name}.parquet")
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({source})")
        joined = work / "joined.parquet"
        database.execute(f"COPY ({official.query}) TO {_quoted(joined)} (FORMAT parquet)")
    with pq.ParquetFile(joined) as file:
        yield from (batch.to_pandas() for batch in file.iter_batches(ROWS))


@contextlib.contextmanager
def _database(work: Path) -> Iterator:
    import duckdb

    config = {
        "memory_limit": MEMORY,
        "temp_directory": str(work),
        "autoinstall_known_extensions": "false",  # it would ask the network
    }
    with duckdb.connect(config=config) as database:
        database.execute("SET enable_progress_bar = false")
        yield database


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _batches(
    file: str, path: Path, view: OfficialView, columns: list[str]
) -> Iterator[pa.RecordBatch]:
    """Yield columns of a CSV file, or of one in a ZIP archive, as texts."""
    name = f"{view.member} in {file}" if view.member else file
    try:
        with _opened(file, path, view) as stream:
            _check_header(name, stream.readline(HEADER), view, columns)
        with _opened(file, path, view) as stream:
            reader = pa_csv.open_csv(
                stream,
                pa_csv.ReadOptions(block_size=BLOCK),
                pa_csv.ParseOptions(delimiter=view.separator),
                pa_csv.ConvertOptions(
                    include_columns=columns, column_types=dict.fromkeys(columns, pa.string())
                ),
            )
            yield from reader
    except (pa.ArrowException, zipfile.BadZipFile, zlib.error, EOFError) as error:
        # An archive holds a checksum of each file, which the last byte read compares.
        told = str(error).rstrip(".").splitlines()[0]
        raise NotTheFile(f"{name} is damaged, or no longer of its form: {told}.") from error


@contextlib.contextmanager
def _opened(file: str, path: Path, view: OfficialView) -> Iterator[io.BufferedIOBase]:
    if view.member is None:
        with path.open("rb") as stream:
            yield stream
        return
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            page = stream.read(100).lstrip().startswith(b"<")
        what = "a web page, perhaps an error that its server tells" if page else "cut or damaged"
        raise NotTheFile(f"{file} is no ZIP archive: it is {what}.")
    with zipfile.ZipFile(path) as archive:
        if view.member not in archive.namelist():
            there = ", ".join(archive.namelist()[:10]) or "nothing"
            raise NotTheFile(f"{file} holds no {view.member}. In it are: {there}.")
        with archive.open(view.member) as stream:
            yield stream


def _check_header(name: str, line: bytes, view: OfficialView, columns: list[str]) -> None:
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTheFile(f"{name} is not in UTF-8.") from error
    header = next(csv.reader([text], delimiter=view.separator), [])
    if absent := [column for column in columns if column not in header]:
        there = ", ".join(header[:40]) or "nothing"
        raise NotTheFile(
            f"{name} has no column {', '.join(absent)}. Its columns are: {there}. Its publisher "
            "has changed the form of the file, which the card must then say anew."
        )


def _read(
    frame: pd.DataFrame,
    form: Table,
    mapping: TableMapping,
    official: OfficialTable,
    seen: _Seen,
) -> pd.DataFrame:
    """Return a piece in the card's form; what is odd in it is counted.

    Raises
    ------
    NotTheFile
        If a value is missing or unreadable that may not be.
    """
    frame = frame.drop(columns=list(official.left_out), errors="ignore")
    frame.index = range(seen.rows, seen.rows + len(frame))
    read = read_frame(frame, form, official.title, mapping)
    for fault in read.faults:
        example = str(read.raw.loc[fault.rows[0], fault.column])
        seen.unreadable[fault.column] += len(fault.rows)
        seen.examples.setdefault(fault.column, f"{fault.what}, such as {example!r}")
    for name, values in read.raw.items():
        seen.filled[name] += int((values.notna() & values.ne("")).sum())
    for name, variable in form.variables.items():
        values = read.frame[name]
        if variable.missing is None and values.isna().any():
            rows = values.index[values.isna()]
            raise NotTheFile(_lacking(name, rows, read, official, seen))
        for bound, beyond in ((variable.minimum, values.lt), (variable.maximum, values.gt)):
            if bound is not None:
                seen.outside[name] += int(beyond(bound).fillna(False).sum())
    seen.rows += len(frame)
    return conform(read.frame, form)


def _lacking(name: str, rows: pd.Index, read: Read, official: OfficialTable, seen: _Seen) -> str:
    shown = ", ".join(read.place(row) for row in rows[:SHOWN])
    more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
    what = seen.examples.get(name, "no value")
    return f"{official.title}, {name}: {what} in {shown}{more}, where the card asks for one."


def _check_whole(seen: _Seen, official: OfficialTable, form: Table, path: Path, work: Path) -> None:
    """Raise `NotTheFile` if a table as a whole is not as its card has it."""
    if not seen.rows:
        raise NotTheFile(f"{official.title} holds no row.")
    for name, count in seen.unreadable.items():
        if count > UNREADABLE * seen.filled[name]:
            raise NotTheFile(
                f"{official.title}, {name}: {count:,} of {seen.filled[name]:,} values are "
                f"{seen.examples[name]}. Its publisher has changed how they are written."
            )
    key = ", ".join(f'"{column}"' for column in form.key)
    query = (
        f"SELECT {key} FROM read_parquet({_quoted(path)}) "
        f"GROUP BY {key} HAVING count(*) > 1 LIMIT {SHOWN}"
    )
    with _database(work) as database:
        twice = database.execute(query).fetchall()
    if twice:
        shown = "; ".join(", ".join(map(str, row)) for row in twice)
        raise NotTheFile(
            f"{official.title}: {', '.join(form.key)} must be another in each row, and stands "
            f"twice: {shown}."
        )


def _notes(seen: _Seen, form: Table) -> list[str]:
    notes = [
        f"{name}: {count:,} value(s) are {seen.examples[name]}; they are missing."
        for name, count in seen.unreadable.items()
    ]
    for name, count in seen.outside.items():
        if count:
            variable = form.variables[name]
            bounds = [
                *([f"below {variable.minimum:g}"] if variable.minimum is not None else []),
                *([f"above {variable.maximum:g}"] if variable.maximum is not None else []),
            ]
            notes.append(f"{name}: {count:,} value(s) are {' or '.join(bounds)}; they stay.")
    return notes


def _check_memory(path: Path, form: Table, data: str, table: str) -> None:
    """Refuse a table that would fill the memory, and say how to read a part of it."""
    import psutil

    row = sum(IN_MEMORY.get(one.type, 9) for one in form.variables.values())
    needed, free = pq.read_metadata(path).num_rows * row, psutil.virtual_memory().available
    if needed > free:
        raise SsplabError(
            f"{table} of {data} would take about {needed / 2**30:.1f} GiB of memory, and "
            f"{free / 2**30:.1f} are free. Read what you need of it: path = "
            f'ssplab.official_path("{data}", "{table}"), then '
            "duckdb.sql(f\"SELECT … FROM '{path}' WHERE …\").df()."
        )
