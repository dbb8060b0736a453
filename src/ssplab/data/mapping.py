"""The mapping file of an own extract: which files, columns, units and codes of theirs are ours.

`columns.yml` lies in the extract's folder, beside the data; `ssplab data template` writes one to
fill in. All that stands in it is taken as text, as it is written: `01`, `NON` and `1e3` are codes,
which YAML's usual reading would turn into numbers and truth values.
"""

import datetime
import math
import numbers
import os
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Annotated

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from ssplab.course import Card, Image, Table, Variable, card_names, load_card
from ssplab.system import SsplabError, nearest

FILE = "columns.yml"
WORKBOOK = ".xlsx"
# What Windows and habit make of the name; such a file would be passed over without a word.
MISNAMED = ("columns.yaml", "columns.yml.txt", "columns.yaml.txt", "columns.txt")
FACTOR = r"[+-]?(?:\d{1,9}(?:\.\d{1,12})?|\d{1,9}/\d{1,9})"
WHOLE = r"[+-]?\d{1,15}"

Place = tuple[Hashable, ...]
"""Where something stands in a mapping file: `("tables", "posts", "columns", "sex", "codes")`."""

# What is written with all its lines commented out is empty, and says nothing.
_Blank = BeforeValidator(lambda given: {} if given == "" else given)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _exactly(given: object) -> Fraction:
    if not isinstance(given, str) or not re.fullmatch(FACTOR, given.strip()):
        raise ValueError(
            f"{given!r} is not a number. Write it with a point, as 0.01, or as a fraction, as 1/60."
        )
    if not all(map(Fraction, given.split("/"))):
        raise ValueError(f"{given!r} is no factor: leave the line out.")
    return Fraction(given.strip())


class ColumnMapping(_Strict):
    """Where a column of the card comes from, and how its values are made the card's."""

    source: str | None = Field(None, alias="from", min_length=1)
    """The column's name in their file; the card's own by default."""
    value: str | None = Field(None, min_length=1)
    """One value for all rows, in place of a column."""
    multiply: Fraction | None = None
    """What their numbers are multiplied by to be in the card's unit."""
    codes: Annotated[dict[str, str], _Blank] = {}
    """The card's code for each of theirs; an empty one stands for a missing value."""

    _exact = field_validator("multiply", mode="plain")(_exactly)


class TableMapping(_Strict):
    """Which file holds a table, and what its columns are called there."""

    file: str | None = Field(None, min_length=1)
    sheet: str | None = Field(None, min_length=1)
    """Of a workbook, the sheet that holds the table."""
    columns: Annotated[dict[str, Annotated[ColumnMapping, _Blank]], _Blank] = {}

    def names(self, table: Table) -> list[str]:
        """Return what the columns of a card's table are called in their file."""
        return list(dict.fromkeys(self._sources(table).values()))

    def rename(self, frame: pd.DataFrame, table: Table, file: str) -> pd.DataFrame:
        """Return what a file holds under the card's names; values are still as they stand there.

        Their other columns stay, unless they have the name of a column that comes from elsewhere.

        Raises
        ------
        SsplabError
            If a column of theirs that the mapping names is not in the file.
        """
        if not self.columns:
            return frame
        sources = self._sources(table)
        told = [
            f"{name} comes from {source}, which {file} does not have. {_offer(source, frame)}"
            for name, source in sources.items()
            if source != name and source not in frame
        ]
        if told:
            raise SsplabError(f"{FILE}: " + "\n    ".join(told))
        taken: dict[Hashable, list[str]] = {}
        for name, source in sources.items():
            taken.setdefault(source, []).append(name)
        pairs = [
            (theirs, name)
            for theirs in frame
            for name in taken.get(theirs, [] if theirs in table.variables else [theirs])
        ]
        renamed = frame[[theirs for theirs, _ in pairs]]
        return renamed.set_axis([name for _, name in pairs], axis=1).assign(
            **{
                name: _typed(column.value, table.variables[name])
                for name, column in self.columns.items()
                if column.value is not None and name in table.variables
            }
        )

    def recode(self, name: str, values: pd.Series, variable: Variable) -> pd.Series:
        """Return values of a column in which the card's codes stand for theirs.

        Others stay as they are.

        Parameters
        ----------
        name : str
            The card's name of the column.
        values : Series
            Texts, or of the type that their file gives.
        variable : Variable
            What the card says of the column.
        """
        column = self.columns.get(name)
        if column is None or not column.codes:
            return values
        of_text = pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty")
        written = values if of_text else values.map(_written, na_action="ignore")
        written = written.astype("str").fillna("").str.strip()
        listed = written.isin(list(column.codes))
        if of_text or variable.type in ("string", "boolean"):
            return written.mask(listed, written.map(column.codes)).astype("str")
        typed = {
            theirs: _typed(ours, variable) if ours else None
            for theirs, ours in column.codes.items()
        }
        recoded = values.astype("object").where(values.notna(), None)
        recoded[listed] = [typed[theirs] for theirs in written[listed]]
        return recoded.infer_objects()

    def factor(self, name: str) -> Fraction | None:
        """Return what the numbers of a column are multiplied by; None to leave them."""
        column = self.columns.get(name)
        return column and column.multiply

    def theirs(self, names: Iterable[str]) -> str:
        """Return what follows columns' names in a message, so that their holder finds them.

        Such as ` (theirs: SALBRUT × 1/100)`; empty where the names are the same.
        """
        told = []
        for name in names:
            column = self.columns.get(name)
            if column is None:
                continue
            if column.value is not None:
                told.append(f"the value in {FILE}")
            elif column.multiply or column.source not in (None, name):
                factor = f" × {_number(column.multiply)}" if column.multiply else ""
                told.append(f"{column.source or name}{factor}")
        return f" (theirs: {', '.join(told)})" if told else ""

    def _sources(self, table: Table) -> dict[str, str]:
        """Return the name in the file of each column of the card that is looked for there."""
        columns = {name: self.columns.get(name, ColumnMapping()) for name in table.variables}
        return {
            name: column.source or name for name, column in columns.items() if column.value is None
        }


class BandMapping(_Strict):
    """Where a band of the card comes from, and how its counts are made the card's values."""

    file: str | None = Field(None, min_length=1)
    """Of images with a file for each band; that of the image by default."""
    source: str | None = Field(None, alias="from", min_length=1)
    """The band in their file: its number, from 1, or its description; the card's by default."""
    multiply: Fraction | None = None
    """What their counts are multiplied by to be in the card's unit; then `add` is added."""
    add: Fraction | None = None
    codes: Annotated[dict[str, str], _Blank] = {}
    """The card's code for each of theirs; an empty one stands for no value."""

    _exact_numbers = field_validator("multiply", "add", mode="plain")(_exactly)


class ImageMapping(_Strict):
    """Which file holds an image, or which files hold its bands."""

    file: str | None = Field(None, min_length=1)
    bands: Annotated[dict[str, Annotated[BandMapping, _Blank]], _Blank] = {}


UNMAPPED = TableMapping()
"""Of a table whose columns have the card's names, units and codes."""


class MappingFile(_Strict):
    """What `columns.yml` says."""

    data: str = Field(min_length=1)
    tables: Annotated[dict[str, Annotated[TableMapping, _Blank]], _Blank] = {}
    images: Annotated[dict[str, Annotated[ImageMapping, _Blank]], _Blank] = {}

    def table(self, name: str) -> TableMapping:
        """Return what is said of a table, which may be nothing."""
        return self.tables.get(name, UNMAPPED)


KNOWN = {
    "tables": {3: ["file", "sheet", "columns"], 5: ["from", "value", "multiply", "codes"]},
    "images": {3: ["file", "bands"], 5: ["file", "from", "multiply", "add", "codes"]},
}
"""What may be said in a mapping file of tables and of images, by how deep it stands."""
EXAMPLES = {
    "tables": ["declarations:", "file: pay.csv", "gross:", "from: SALBRUT", "M: 1"],
    "images": ["scene_1:", "file: june.tif", "red:", "from: 3", "2: 1"],
}
"""What a line may look like below a place, by how deep that is."""
A = {
    "string": "a text",
    "integer": "a whole number, such as 35",
    "float": "a number, such as 0.5",
    "boolean": "true or false",
    "date": "a date, such as 2023-05-31",
    "datetime": "a date and a time, such as 2023-05-31 14:30",
}


def read_mapping(folder: Path) -> MappingFile | None:
    """Read and validate the mapping file of an own extract; None if there is none.

    Raises
    ------
    SsplabError
        If it cannot be read, or does not fit the card that it names: every fault is told with its
        line and what to do.
    """
    path = folder / FILE
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise SsplabError(
            f"The folder {folder} cannot be read ({error.strerror}). Ask for the right to read it."
        ) from error
    if FILE not in names:
        for name in names:
            if name.casefold() in (FILE, *MISNAMED):
                raise SsplabError(f"{folder / name}: a mapping file is called {FILE}. Rename it.")
        return None
    document = _document(path)
    try:
        mapping = MappingFile.model_validate(document.content)
        if mapping.data not in card_names():
            told = f"no data set is called {mapping.data!r}. {nearest(mapping.data, card_names())}"
            faults = [(("data",), told)]
        else:
            faults = list(_against_card(mapping, load_card(mapping.data)))
    except ValidationError as error:
        faults = [(one["loc"], _plain(one)) for one in error.errors()]
    if faults:
        lines = sorted((document.line(place), _named(place), told) for place, told in faults)
        raise SsplabError(
            f"{path} is not filled in rightly:\n"
            + "\n".join(f"  line {line}, {place}: {told}" for line, place, told in lines)
        )
    return mapping


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
    """Keeps scalars as texts, and refuses what YAML would keep the last of."""

    def construct_mapping(self, node, deep=False):
        names = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a list stands in front of a colon", problem_mark=key.start_mark
                )
            if key.value in names:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} stands here a second time", problem_mark=key.start_mark
                )
            names.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class _Document:
    root: yaml.Node | None
    content: object

    def line(self, place: Place) -> int:
        """Return the line, from 1, of what stands at a place, or of what it would stand below."""
        node, line = self.root, 1
        for name in place:
            if not isinstance(node, yaml.MappingNode):
                break
            found = [pair for pair in node.value if pair[0].value == name]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        return line


def _document(path: Path) -> _Document:
    if not path.is_file():  # a pipe would be waited for
        raise SsplabError(f"{path} is no file, or a link to one that is not there. Delete it.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SsplabError(f"{path} is not in UTF-8: save it again in this encoding.") from error
    except OSError as error:
        raise SsplabError(f"{path} cannot be read: {error.strerror}.") from error
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        content = "" if root is None else loader.construct_document(root)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "a character"
        line = text.splitlines()[mark.line : mark.line + 1] if mark else []
        indented = line and line[0][: len(line[0]) - len(line[0].lstrip())]
        todo = (
            "The line begins with a tab: indent with spaces."
            if indented and "\t" in indented
            else "Look at this line and the one above: a name is followed by a colon and a space, "
            "what belongs to it stands below, two spaces further right, and a text with : # or "
            "quotation marks in it stands in quotation marks."
        )
        told = getattr(error, "problem", None) or str(error)
        raise SsplabError(f"{path}, {where}: {told}. {todo}") from error
    finally:
        loader.dispose()
    return _Document(root, content)


def _plain(error: dict) -> str:
    """Return what pydantic found, as a reader who knows neither it nor YAML is told it."""
    place, given, kind = error["loc"], error["input"], error["type"]
    if kind == "extra_forbidden":
        known = ["data", *KNOWN] if len(place) == 1 else KNOWN[place[0]][len(place)]
        return f"this cannot be said here. {nearest(place[-1], known)}"
    if kind == "missing":
        return "the data set is not named: add a line such as `data: payroll` at the top."
    if kind == "string_too_short":
        return "nothing stands after the colon. Fill it in, or delete the line."
    if kind == "string_type":
        return "one text must stand after the colon, on the same line."
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if len(place) == 4 and isinstance(given, str):
        return f"write `from: {given}` on a line of its own below, two spaces further right."
    example = EXAMPLES[place[0]][len(place) - 1] if place else "data: payroll"
    return f"below it must stand lines such as `{example}`, two spaces further right."


def _named(place: Place) -> str:
    """Return a place as a message gives it: `posts, sex, codes`."""
    if len(place) < 2:
        return str(place[0]) if place else FILE
    return ", ".join(map(str, [place[1], *(place[3:] or place[2:])]))


def _against_card(mapping: MappingFile, card: Card) -> Iterator[tuple[Place, str]]:
    """Yield what in a mapping does not fit the card, with its place."""
    if card.files:
        yield ("data",), f"{card.name} consists of files as they were delivered, and has no tables."
        return
    for name, table in mapping.tables.items():
        place = ("tables", name)
        if name not in card.tables:
            yield place, f"{card.name} has no such table. {nearest(name, card.tables)}"
            continue
        if told := _file_fault(table):
            yield (*place, "file"), told
        for column, mapped in table.columns.items():
            of_column = (*place, "columns", column)
            variables = card.tables[name].variables
            if column not in variables:
                yield of_column, f"{name} has no such column. {nearest(column, variables)}"
                continue
            for key, told in _column_faults(mapped, variables[column]):
                yield (*of_column, key), told
    for name, image in mapping.images.items():
        if name not in card.images:
            told = f"{card.name} has no such image."
            yield ("images", name), f"{told} {nearest(name, card.images)}" if card.images else told
            continue
        yield from _image_faults(("images", name), image, card.images[name])


def _image_faults(place: Place, image: ImageMapping, described: Image) -> Iterator[tuple]:
    if told := _outside(image.file):
        yield (*place, "file"), told
    for name, mapped in image.bands.items():
        of_band = (*place, "bands", name)
        if name not in described.bands:
            told = f"{place[-1]} has no such band. {nearest(name, described.bands)}"
            yield of_band, told
            continue
        if told := _outside(mapped.file):
            yield (*of_band, "file"), told
        codes = described.bands[name].codes
        if codes is None and mapped.codes:
            yield (*of_band, "codes"), "this band has values, not codes: delete the lines."
        elif codes is not None and (mapped.multiply or mapped.add):
            yield of_band, "this band has codes: they are neither multiplied nor added to."
        for theirs, ours in mapped.codes.items() if codes else ():
            if not re.fullmatch(WHOLE, theirs):
                yield (*of_band, "codes"), f"{theirs!r} is no whole number, as pixels hold."
            elif ours and ours not in map(str, codes):
                known = ", ".join(f"{code} {label}" for code, label in codes.items())
                yield (*of_band, "codes"), f"{ours!r} is none of the card's codes: {known}."


def _outside(file: str | None) -> str | None:
    """Return what to do if a file is not said to lie in the extract's folder."""
    path = PureWindowsPath(file or "")
    if path.anchor or ".." in path.parts:
        return (
            "it must lie in the folder of the extract, so that the folder's name says what was "
            "used. Copy or move it there, and name it from there."
        )
    return None


def _file_fault(table: TableMapping) -> str | None:
    if told := _outside(table.file):
        return told
    path = PureWindowsPath(table.file or "")
    if table.sheet and path.suffix != WORKBOOK:
        return "`sheet` is of a workbook of Excel: name an .xlsx after `file`, or delete `sheet`."
    return None


def _column_faults(column: ColumnMapping, variable: Variable) -> Iterator[tuple[str, str]]:
    others = [key for key in ("source", "multiply", "codes") if getattr(column, key)]
    if column.value is not None and others:
        yield "value", "all rows get one value: delete the other lines, or this one."
    elif column.value is not None and (told := _unfit(column.value, variable)):
        yield "value", told
    if column.multiply and variable.type not in ("integer", "float"):
        yield "multiply", f"only numbers are multiplied, and this is {A[variable.type]}."
    for theirs, ours in column.codes.items():
        if ours and variable.type in ("integer", "float") and not re.fullmatch(WHOLE, ours):
            told = "a code of theirs stands for a whole number here, or, with nothing after it, for"
            yield "codes", f"{theirs}: {ours!r} is not fit; {told} a missing value."
        elif ours and (told := _unfit(ours, variable)):
            yield "codes", f"{theirs}: {told}"
    if column.multiply and set(column.codes.values()) - {"", "0"}:
        told = "codes are replaced first, then numbers multiplied: beside `multiply` they stand for"
        yield "codes", f"{told} 0 or, with nothing after them, for a missing value."


def _unfit(text: str, variable: Variable) -> str | None:
    try:
        _typed(text, variable)
    except ValueError:
        return f"{text!r} is not {A[variable.type]}."
    return None


def _typed(text: str, variable: Variable) -> object:
    """Return a text of the mapping file in a variable's type.

    Raises
    ------
    ValueError
        If it is not of that type.
    """
    if variable.type == "string":
        return text
    if variable.type == "date":
        return pd.Timestamp(datetime.date.fromisoformat(text))
    if variable.type == "datetime":
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is not None or len(text) <= len("2023-05-31"):
            raise ValueError(text)
        return pd.Timestamp(moment)
    if variable.type == "boolean":
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    if not re.fullmatch(WHOLE if variable.type == "integer" else FACTOR, text):
        raise ValueError(text)
    return float(Fraction(text))


def _written(value: object) -> str:
    """Return a value of their file as its holder writes it in the mapping: `1` for 1.0."""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, datetime.date):  # a timestamp is one
        return value.strftime("%Y-%m-%d")
    if isinstance(value, numbers.Real | Decimal) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def _number(factor: Fraction) -> str:
    """Return a factor as a decimal number where it is a short one: `0.01`, but `1/60`."""
    decimal = f"{float(factor):.6g}"
    return decimal if Fraction(decimal) == factor else str(factor)


def _offer(name: str, names: Iterable[Hashable]) -> str:
    """Return the sentence that offers the columns nearest to a name, whatever its capitals."""
    spellings = {str(one).casefold(): str(one) for one in names}
    if name.casefold() in spellings:
        return f"It is written {spellings[name.casefold()]} there."
    return nearest(name, spellings.values())
