"""A folder to begin an own extract with: empty tables, and the mapping file to fill in.

Of images nothing empty lies there: the mapping file says what they must hold.
"""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ssplab.course import Band, Card, Table, Variable, course_root
from ssplab.data.describing import ONE_A_LINE, about_image, keys, limits
from ssplab.data.mapping import FILE
from ssplab.system import SsplabError, write_text

KINDS = {
    "string": "Text",
    "integer": "Whole number",
    "float": "Number",
    "boolean": "True or false",
    "date": "Date",
    "datetime": "Date and time",
}
HEAD = """\
# The mapping file of an extract in the form of NAME. It says where your files hold what the course
# asks for: which file is which table, and what your columns, units and codes are.
#
# What to do
# 1. Put your files into this folder and name each after `file:` of its table below; or put your
#    rows into the empty table that lies here. A table that you do not have: leave it as it is.
# 2. After `from:`, write what your column is called. Where it has the course's name, leave it.
#    Leave it also where you have no such column, if its values may be missing or it says what
#    stands in its place.
# 3. Where your unit is another, delete the # in front of `multiply:` and write a factor, such as
#    0.01, 1000 or 1/60. Where your codes are others, delete the # in front of `codes:` and of the
#    lines below it. Yours stand on the left, the course's on the right. A code with nothing on its
#    right is a missing value. What you do not list stays as it is.
# 4. Where one value holds for all rows, write `value: 2023-05` in place of `from: …`.
# 5. ssplab run CHAPTER -p data THIS-FOLDER
#    Whatever does not fit is told, with the line here or in your file, and nothing is run.
#
# How it is written
# - A line that begins with # is a remark. A # right in front of a word is a line to switch on.
# - After a colon stands a space. Two spaces more at the left mean: this belongs to the line above.
#   Indent with spaces, never with tabs.
# - Texts stay as they are written: 01 is 01. One that holds : or # or begins with a sign stands in
#   quotation marks, as "a: b".
"""


IMAGES = (
    "Images are GeoTIFFs, in any projection in metres and with pixels of any size. One that lies "
    "here under the name below, whose bands are described by the names below and say their scale "
    "and offset, needs no line. For any other, delete the # in front of its lines. After `from:` "
    "of a band, write the number of yours, or its description. Where your numbers are not in the "
    "unit asked for, add below it a line such as `multiply: 0.0000275`, and one such as "
    "`add: -0.2`; they are multiplied first. Where each band is a file of its own, write `file: …` "
    "below the band's name; a file of one band needs no `from:`. Of a band with a default that you "
    "do not have, delete the lines."
)


def write_template(card: Card, out: Path) -> list[Path]:
    """Write empty tables in the form of a card, and a mapping file to fill in.

    Parameters
    ----------
    card : Card
        Of a data set that consists of tables.
    out : Path
        A new folder, or an empty one.

    Returns
    -------
    list of Path
        The mapping file, and a file for each table.

    Raises
    ------
    SsplabError
        If the data set consists of files, if the folder holds something or lies in the course's,
        or if it cannot be written. Nothing is left there then.
    """
    if card.files:
        raise SsplabError(
            f"{card.name!r} consists of files as they were delivered: no extract takes their place."
        )
    folder = out.expanduser().resolve()
    if folder.is_relative_to(course_root()):
        raise SsplabError(
            f"{folder} lies in the course's folder, where git would take your data. Give a folder "
            "outside with --out."
        )
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise SsplabError(f"{out} exists and is not an empty folder. Give a new one with --out.")
    texts = {folder / FILE: mapping_text(card)}
    texts |= {folder / f"{name}.csv": empty_table(table) for name, table in card.tables.items()}
    new = not folder.exists()
    try:
        for path, text in texts.items():
            write_text(text, path)
    except BaseException:  # an interruption is one
        for path in texts:
            path.unlink(missing_ok=True)
        if new and folder.exists():
            folder.rmdir()
        raise
    return list(texts)


def empty_table(table: Table) -> str:
    """Return a CSV file of a table that has no row."""
    return ";".join(table.variables) + "\n"


def is_unfilled(path: Path, table: Table) -> bool:
    """Whether a file is still the empty table that a template began with."""
    text = empty_table(table).encode()
    return path.is_file() and path.stat().st_size == len(text) and path.read_bytes() == text


def mapping_text(card: Card) -> str:
    """Return the mapping file of an extract that has the card's names, units and codes."""
    lines = [HEAD.replace("NAME", card.name), f"data: {card.name}", "tables:"]
    for name, table in card.tables.items():
        lines += ["", *_remark(f"{table.title}. One row: {table.unit}.", 2)]
        if table.optional:
            lines += _remark(f"{table.optional.rstrip('.')}.", 2)
        if name == card.main_table:
            lines += _remark("This is the main table, which must be there.", 2)
        for sentence in keys(table):
            lines += _remark(sentence, 2)
        lines += [f"  {name}:", f"    file: {name}.csv"]
        lines += ["    #sheet: Sheet1  # of a workbook, the sheet that holds the table"]
        lines += ["    columns:"]
        for column, variable in table.variables.items():
            lines += ["", *_column(column, variable)]
    if card.images:
        lines += ["", *_remark(IMAGES, 0), "images:"]
    for name, image in card.images.items():
        lines += ["", *_remark(about_image(image), 2), f"  #{name}:", f"  #  file: {name}.tif"]
        lines += ["  #  bands:"]
        for band, described in image.bands.items():
            lines += ["", *_of_band(band, described)]
    return "\n".join(lines) + "\n"


def _of_band(name: str, band: Band) -> Iterator[str]:
    yield from _remark(f"{band.meaning.rstrip('.')}.", 6)
    told = limits(band)
    unit = f" in {band.unit}" if band.unit != "1" else ""
    if band.codes:
        listed = "; ".join(f"{code} {label}" for code, label in band.codes.items())
        yield from _remark(f"Codes: {listed}.", 6)
    else:
        yield from _remark(f"Number{unit}{', ' if told else ''}{told}.", 6)
    if band.default is not None:
        yield from _remark(f"Without such a band, each pixel has {band.default}.", 6)
    yield f"  #    {_scalar(name)}:"
    yield f"  #      from: {_scalar(name)}"
    if band.codes:
        yield "  #      codes:"
        yield from (f"  #        {code}: {code}  # {label}" for code, label in band.codes.items())


def _column(name: str, variable: Variable) -> Iterator[str]:
    yield from _remark(f"{variable.meaning.rstrip('.')}.", 6)
    unit = f" in {variable.unit}" if variable.unit and variable.unit != "1" else ""
    kind = f"{KINDS[variable.type]}{unit}{', ' if limits(variable) else ''}{limits(variable)}."
    missing = (
        f"may be missing: {variable.missing.rstrip('.')}" if variable.missing else "never missing"
    )
    yield from _remark(f"{kind} {missing[0].upper()}{missing[1:]}.", 6)
    if variable.default:
        yield from _remark(f"Without such a column, {variable.instead}.", 6)
    codes = variable.codes or {}
    many = len(codes) > ONE_A_LINE
    if many:
        listed = "; ".join(f"{code} {label}" for code, label in codes.items())
        yield from _remark(f"Codes: {listed}.", 6)
    yield f"      {_scalar(name)}:"
    yield f"        from: {_scalar(name)}"
    if variable.type in ("integer", "float") and variable.unit:
        unit = "ratios" if variable.unit == "1" else f"in {variable.unit}"
        yield f"        #multiply: 0.01  # your numbers times this are {unit}"
    if codes:
        yield "        #codes:" + ("  # a line for each of yours that differs" if many else "")
        for code, label in list(codes.items())[: 1 if many else None]:
            yield f"        #  {_scalar(code)}: {_scalar(code)}  # {label}"


def _remark(text: str, indent: int) -> list[str]:
    before = f"{' ' * indent}# "
    return textwrap.wrap(
        text,
        100,
        initial_indent=before,
        subsequent_indent=before,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _scalar(text: str) -> str:
    """Return a text as YAML that is read back as texts only."""
    return text if re.fullmatch(r"\w[\w ./+-]*", text) else json.dumps(text, ensure_ascii=False)
