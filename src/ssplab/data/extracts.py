"""Own extracts: a folder with one file a table, and images, held against the card before anything
uses it.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PureWindowsPath

import pandas as pd

from ssplab.course import Card, Table, card_names, load_card
from ssplab.data.content import conform
from ssplab.data.lookup import nearest_spelling, no_source, offer, remedy, source_of
from ssplab.data.mapping import FILE, MappingFile, TableMapping, read_mapping
from ssplab.data.own_images import OwnImage, examine_image, has_image, image_in_form
from ssplab.data.raw import SUFFIXES, Source
from ssplab.data.reading import Read, read_file, read_texts
from ssplab.data.schema import failures
from ssplab.data.template import is_unfilled
from ssplab.system import CheckFailed, SsplabError, nearest

ROWS_SHOWN = 3
OTHERS_SHOWN = 10
PROBLEMS_SHOWN = 40
# pandera's checks, as a reader of the messages knows them, and what to do
BROKEN = {
    "not_nullable": ("missing", "Fill them in, or leave these rows out."),
    "multiple_fields_uniqueness": ("the key is not unique", "Keep one row of each."),
}
OUT_OF_RANGE = "Correct them, or their unit."


@dataclass(frozen=True)
class UnseenCodes:
    """Codes that a card does not know: they are allowed, and reported."""

    table: str
    column: str
    codes: list[str]
    rows: int
    theirs: str = ""
    """What follows the column's name, for the holder: see `TableMapping.theirs`."""

    def __str__(self) -> str:
        codes = ", ".join(map(repr, self.codes[:10])) + (", …" if len(self.codes) > 10 else "")
        return (
            f"{self.table}, {self.column}{self.theirs}: {len(self.codes)} code(s) that the card "
            f"does not know, {codes}, in {self.rows:,} row(s)"
        )


@dataclass(frozen=True)
class AbsentColumn:
    """A column or band that an extract does not have, and that its card lets be missing or
    defaults.
    """

    table: str
    """Or image."""
    column: str
    instead: str
    """What it has instead, as a clause."""
    kind: str = "column"

    def __str__(self) -> str:
        return f"{self.table}, {self.column}: the {self.kind} is not there; {self.instead}"


@dataclass(frozen=True)
class Extract:
    """What is in a folder that fits its card."""

    card: Card
    rows: dict[str, int]
    """Rows of each table that is there, in the card's order."""
    unseen: list[UnseenCodes]
    absent: list[AbsentColumn]


@dataclass(frozen=True)
class _Problem:
    file: str
    column: str
    text: str
    theirs: str = ""

    def __str__(self) -> str:
        told = f"{self.file}, {self.column}{self.theirs}: {self.text}"
        return told if self.column else self.text


def is_folder(data: str | Path) -> bool:
    """Tell a folder of own data from the name of a data set, which wins.

    Raises
    ------
    SsplabError
        If it looks like a path and no folder is there.
    """
    if isinstance(data, str) and data in card_names():
        return False
    if os.path.isdir(data):  # Path.is_dir raises where a folder above may not be entered
        return True
    if isinstance(data, Path) or "/" in data or "\\" in data:
        raise SsplabError(
            f"The folder {data} does not exist. Give a data set's name (ssplab data list) or a "
            "folder with one file a table."
        )
    return False


def card_of(folder: Path) -> Card:
    """Return the card of the data set that a folder's mapping file names, or whose main table lies
    there, or where no main table does, one of its images.

    A main table that is a further table of another data set, whose main table lies there too, is
    taken as that one's: call records with their communes are no extract of communes.

    Raises
    ------
    SsplabError
        If the folder holds the main table of none, or of several, or if its mapping file has
        faults.
    """
    if mapping := read_mapping(folder):
        return load_card(mapping.data)
    cards = [card for card in map(load_card, card_names()) if card.tables]
    fitting = [card for card in cards if source_of(folder, card.main_table)]
    further = {name for card in fitting for name in card.tables if name != card.main_table}
    fitting = [card for card in fitting if card.main_table not in further] or fitting
    fitting = fitting or [card for card in cards if _has_images(folder, card)]
    if len(fitting) == 1:
        return fitting[0]
    tables = ", ".join(f"{card.main_table} ({card.name})" for card in fitting or cards)
    offers = {} if fitting else dict.fromkeys(offer(folder, card.main_table) for card in cards)
    raise SsplabError(
        f"{folder} should hold the main table of one data set, as .csv, .parquet, .xlsx or "
        f".sas7bdat; {'it holds' if fitting else 'there are'}: {tables}.{''.join(offers)} Files "
        "with names, units or codes of their own need no rewriting: "
        f"`ssplab data template NAME --out DIR` writes the file {FILE} in which you say them."
    )


def _has_images(folder: Path, card: Card) -> bool:
    return any(has_image(folder, name, MappingFile(data=card.name)) for name in card.images)


def load_own(folder: Path, table: str | None = None) -> pd.DataFrame:
    """Load a table of an own extract, the main one by default.

    Returns
    -------
    DataFrame
        The columns of the card in its types, and those that the card does not know. An optional
        table that is not there is empty.

    Raises
    ------
    SsplabError
        If the folder fits no card, or has no such table.
    CheckFailed
        With all that does not fit.
    """
    card = card_of(folder)
    name = card.main_table if table is None else table
    if name not in card.tables:
        raise SsplabError(
            f"There is no table of {card.name} called {name!r}. {nearest(name, card.tables)}"
        )
    mapping = _mapping_of(folder, card)
    source = _mapped_source(folder, name, card, mapping)
    described, mapped = card.tables[name], mapping.table(name)
    if source is None and described.optional:
        return conform(pd.DataFrame(columns=list(described.variables)), described)
    if source is None:
        raise SsplabError(_no_source(folder, name, mapping))
    found = read_file(source.path, described, source.sheet, mapped)
    problems = _problems(found, described, source, mapped)
    _refuse(folder, card, mapping, list(_with_theirs(problems, mapped)))
    frame = found.frame.reset_index(drop=True)
    return frame.assign(**conform(frame, described))


def own_image_path(folder: Path, image: str) -> Path:
    """Return where an image of an own extract lies, with the bands of the card.

    Raises
    ------
    SsplabError
        If the folder fits no card, or the card has no such image.
    CheckFailed
        With all that does not fit.
    """
    card = card_of(folder)
    if image not in card.images:
        offer = nearest(image, card.images) if card.images else "It has none."
        raise SsplabError(f"There is no image of {card.name} called {image!r}. {offer}")
    return image_in_form(folder, card, image, _mapping_of(folder, card))


def examine(
    folder: Path,
    card: Card | None = None,
    needed: Iterable[str | None] = (None,),
    images: Iterable[str] = (),
) -> Extract:
    """Hold every table and image in a folder against the card, keys between tables included.

    Parameters
    ----------
    folder : Path
        One file a table, and a mapping file where these are not named and written as on the card.
    card : Card, optional
        As `card_of` finds it, by default.
    needed : iterable of str or None
        Tables that must be there, unless they are optional; others may be. None, which is the
        default, stands for the main one, which must be there anyhow where no image is asked for.
    images : iterable of str
        Images that must be there; others may be.

    Raises
    ------
    SsplabError
        If the folder fits no card, or its mapping file has faults or names another data set; or if
        the card is of files as delivered: an own extract has tables.
    CheckFailed
        With all that does not fit, in all files.
    """
    card = card or card_of(folder)
    if card.files:
        raise SsplabError(
            f"{card.name!r} consists of files as they were delivered. Nothing says how the files "
            f"in {folder} are written, so that they cannot take their place."
        )
    mapping = _mapping_of(folder, card)
    images, needed = set(images), {card.main_table if name is None else name for name in needed}
    needed = {name for name in needed if not card.tables[name].optional}
    if not images:  # what works on images may need no table; anything else begins with the main one
        needed.add(card.main_table)
    problems, tables, sources = [], {}, {}
    for name in card.tables:
        try:
            source = _mapped_source(folder, name, card, mapping)
            if source is None and name in needed:
                problems.append(_Problem(name, "", _no_source(folder, name, mapping)))
            elif source is not None:
                described, mapped = card.tables[name], mapping.table(name)
                tables[name] = read_file(source.path, described, source.sheet, mapped)
                sources[name] = source
        except SsplabError as error:
            problems.append(_Problem(name, "", str(error)))
    for name, found in tables.items():
        mapped = mapping.table(name)
        of_table = [
            *_problems(found, card.tables[name], sources[name], mapped),
            *_orphans(name, card.tables[name], tables, sources, card),
        ]
        order = ["", *card.tables[name].variables]
        of_table.sort(key=lambda one: order.index(one.column.split(", ")[0]))
        problems += _with_theirs(of_table, mapped)
    seen = {}
    for name in card.images:
        if name in images or has_image(folder, name, mapping):
            try:
                seen[name] = examine_image(folder, card, name, mapping)
            except SsplabError as error:
                problems += [_Problem(name, "", line.strip()) for line in str(error).splitlines()]
    problems += _out_of_sight(card, tables, sources, list(seen.values()))
    _refuse(folder, card, mapping, problems)
    return Extract(
        card,
        {name: len(found.frame) for name, found in tables.items()},
        [
            replace(one, theirs=mapping.table(name).theirs([one.column]))
            for name, found in tables.items()
            for one in _unseen(name, found, card.tables[name])
        ],
        [
            AbsentColumn(name, one, card.tables[name].variables[one].instead)
            for name, found in tables.items()
            for one in found.absent
        ]
        + [
            AbsentColumn(
                name, one, f"each pixel has {card.images[name].bands[one].default}", "band"
            )
            for name, found in seen.items()
            for one in found.absent
        ],
    )


def has_table(folder: Path, table: str) -> bool:
    """Whether an own extract holds a table of its card.

    Raises
    ------
    SsplabError
        As `card_of`.
    """
    card = card_of(folder)
    return _mapped_source(folder, table, card, _mapping_of(folder, card)) is not None


@cache
def private_texts(folder: Path) -> frozenset[str]:
    """Return the texts of an extract that its card does not list as codes.

    Identifiers, free texts and unseen codes are: none of them may label a row of a report. They are
    looked up once a process.
    """
    card = card_of(folder)
    mapping = _mapping_of(folder, card)
    texts = set()
    for name, table in card.tables.items():
        source = _mapped_source(folder, name, card, mapping)
        if source is not None:
            found = read_texts(source, table, mapping.table(name)).frame
            for _, values in found.select_dtypes(["str", "object", "category"]).items():
                texts.update(values.dropna().astype("str").unique())
    listed = {
        code
        for table in card.tables.values()
        for variable in table.variables.values()
        for code in variable.codes or ()
    }
    return frozenset(texts - listed)


def _refuse(folder: Path, card: Card, mapping: MappingFile, problems: list[_Problem]) -> None:
    if not problems:
        return
    lines = [f"  {problem}" for problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"  and {len(problems) - PROBLEMS_SHOWN} more")
    number = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    files = f"the files or {FILE}" if mapping.tables else "the files"
    raise CheckFailed(
        "\n".join([f"{folder} does not fit the card of {card.name}, {number}:", *lines])
        + f"\nCorrect {files}; `ssplab data show {card.name}` shows what the card asks for. "
        "Lines of a .csv and rows of an .xlsx count from 1, the header; observations of a "
        ".sas7bdat from 1; rows of a .parquet from 0."
    )


def _with_theirs(problems: Iterable[_Problem], mapped: TableMapping) -> Iterator[_Problem]:
    """Yield problems of a table with the names that the columns have in its file."""
    for problem in problems:
        yield replace(problem, theirs=mapped.theirs(problem.column.split(", ")))


def _problems(
    found: Read, table: Table, source: Source, mapped: TableMapping
) -> Iterator[_Problem]:
    """Yield what is wrong within a table."""
    file, unreadable = source.name, {}
    for fault in found.faults:
        unreadable.setdefault(fault.column, set()).update(fault.rows)
        text = _told(found, fault.what, fault.todo, [fault.column], fault.rows)
        yield _Problem(file, fault.column, text)
    cases = failures(found.frame, table, own=True)
    absent = cases.loc[cases["check"] == "column_in_dataframe", "failure_case"]
    others = [name for name in found.frame if name not in table.variables]
    for column in absent:
        near = nearest_spelling(column, {str(name): str(name) for name in others})
        if mapped.columns:
            todo = _to_map(near, others)
        else:
            todo = f"Is it {near}? Then rename that one." if near else "Add it."
        yield _Problem(file, column, f"the column is missing. {todo}")
    broken = cases[cases["check"] != "column_in_dataframe"]
    for (column, check), group in broken.groupby(["column", "check"], sort=False):
        rows = sorted(set(group["index"]) - unreadable.get(column, set()))
        columns = [column]
        if check == "multiple_fields_uniqueness":
            if column != table.key[0] or set(table.key) - set(found.frame):
                continue  # told once for the whole key
            columns = table.key
            key = found.frame.loc[rows, columns].dropna()  # what is missing is told apart
            rows = key.sort_values(columns, kind="stable").index.tolist()
        if rows:
            what, todo = BROKEN.get(check, (check, OUT_OF_RANGE))
            yield _Problem(file, ", ".join(columns), _told(found, what, todo, columns, rows))


def _to_map(near: str | None, others: list[str]) -> str:
    """Return what to do about a column that a mapped file lacks, given its columns left over."""
    if near:
        return f"Is it {near}? Then write `from: {near}` in {FILE}."
    if not others:
        return "Add it."
    listed = ", ".join(map(str, others[:OTHERS_SHOWN])) + (", …" if others[OTHERS_SHOWN:] else "")
    return f"Is it one of {listed}? Then write its name after `from:` in {FILE}; else add it."


def _orphans(
    name: str, table: Table, tables: dict[str, Read], sources: dict[str, Source], card: Card
) -> Iterator[_Problem]:
    """Yield keys that point at a row which another table of the folder does not have."""
    for key in table.foreign_keys:
        if key.references not in tables:
            continue
        target, columns = card.tables[key.references].key, list(key.columns)
        source, referred = tables[name].frame, tables[key.references].frame
        if set(columns) - set(source) or set(target) - set(referred):
            continue  # told as missing columns
        pointing = source[columns].dropna()
        there = pd.MultiIndex.from_frame(referred[target])
        rows = pointing.index[~pd.MultiIndex.from_frame(pointing).isin(there)].tolist()
        if rows:
            what = f"not in {sources[key.references].name}"
            todo = "Add the rows there, or correct the identifiers."
            text = _told(tables[name], what, todo, columns, rows)
            yield _Problem(sources[name].name, ", ".join(columns), text)


def _out_of_sight(
    card: Card, tables: dict[str, Read], sources: dict[str, Source], images: list[OwnImage]
) -> Iterator[_Problem]:
    """Yield images in several projections, and tables of which no row lies in any image."""
    projections = {one.crs: one.name for one in images}
    if len(projections) > 1:
        told = ", ".join(f"{name} in {crs}" for crs, name in projections.items())
        yield _Problem("", "", f"Images are in several projections: {told}. Bring them to one.")
    for name, found in tables.items():
        columns = card.tables[name].located
        if not images or columns is None or set(columns) - set(found.frame):
            continue
        places = found.frame[columns].dropna().to_numpy(dtype=float)
        if not any(one.holds(*places.T).any() for one in images):
            yield _Problem(
                sources[name].name,
                ", ".join(columns),
                f"none of the {len(places):,} places lies in {images[0].name} "
                f"({images[0].crs}). Are they in another projection? Give them in that one.",
            )


def _told(found: Read, what: str, todo: str, columns: list[str], rows: list[int]) -> str:
    """Return what is wrong, the first rows concerned with their values, and what to do."""
    shown = []
    for row, *cells in found.raw.loc[rows[:ROWS_SHOWN], columns].itertuples():
        values = ", ".join(_value(cell) for cell in cells if not pd.isna(cell) and cell != "")
        shown.append(f"{found.place(row)} ({values})" if values else found.place(row))
    more = f" and {len(rows) - ROWS_SHOWN:,} more" if len(rows) > ROWS_SHOWN else ""
    return f"{what}: {', '.join(shown)}{more}. {todo}"


def _value(value: object) -> str:
    text = str(value) if len(str(value)) <= 40 else f"{str(value)[:39]}…"
    return repr(text) if isinstance(value, str) else text


def _unseen(name: str, found: Read, table: Table) -> Iterator[UnseenCodes]:
    for column, variable in table.variables.items():
        if variable.codes:
            values = found.frame[column].dropna().astype("str")
            unseen = values[~values.isin(list(variable.codes))]
            if len(unseen):
                yield UnseenCodes(name, column, sorted(unseen.unique()), len(unseen))


def _mapping_of(folder: Path, card: Card) -> MappingFile:
    """Return what a folder's mapping file says, which is nothing where there is none."""
    mapping = read_mapping(folder)
    if mapping is None:
        return MappingFile(data=card.name)
    if mapping.data != card.name:
        raise SsplabError(
            f"{folder / FILE} says that the extract is in the form of {mapping.data}, and what "
            f"runs on it asks for {card.name}. Run a chapter on {mapping.data}, or map the "
            f"extract to {card.name}: `ssplab data template {card.name} --out DIR`."
        )
    return mapping


def _mapped_source(folder: Path, table: str, card: Card, mapping: MappingFile) -> Source | None:
    """Return where a table is; None if there is none, or a template's that was left empty."""
    said = mapping.table(table)
    if said.file is None:
        source = source_of(folder, table)
    else:
        path = folder.joinpath(*PureWindowsPath(said.file).parts)  # of either system's separators
        where = f"{FILE} says that {table} is {said.file}, which is"
        if not path.exists():
            there = [one.name for one in sorted(path.parent.glob("*")) if one.name != FILE]
            raise SsplabError(f"{where} not in {folder}. {nearest(path.name, there)}")
        if path.suffix not in SUFFIXES and not path.is_dir():
            raise SsplabError(f"{where} not read as it is. {remedy(path)}")
        source = Source(path, said.sheet)
    return None if source is None or is_unfilled(source.path, card.tables[table]) else source


def _no_source(folder: Path, table: str, mapping: MappingFile) -> str:
    if file := mapping.table(table).file:
        return (
            f"{file} is still the empty table of the template. Put your rows into it, or name your "
            f"own file after `file:` of {table} in {FILE}."
        )
    return no_source(folder, table)
