"""Show a data set's card: what its tables are, and what an own extract in its form must hold."""

import html
import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from ssplab.course import Band, Card, Image, Table, Variable, load_card

WIDTH = 80
ONE_A_LINE = 20
"""Codes that are listed one below the other; more stand in columns."""


@dataclass(frozen=True)
class Description:
    """A data set's card as text (in a terminal) and as a table (in a notebook)."""

    card: Card

    def __repr__(self) -> str:
        card = self.card
        lines = [*_wrapped(card.title), *_wrapped(card.summary), ""]
        for name, file in card.files.items():
            lines += _wrapped(f"{name}: {file.title}. {file.bytes:,} bytes.", "", "  ")
            lines += [*_wrapped(file.form, "  ", "  "), ""]
        for name, table in card.tables.items():
            lines += _wrapped(f"{name}: {_about(table)}", "", "  ")
            for sentence in keys(table):
                lines += _wrapped(sentence, "  ", "    ")
            lines.append("")
            for column, variable in table.variables.items():
                lines += _variable(column, variable)
            lines.append("")
        for name, image in card.images.items():
            lines += _wrapped(f"{name}.tif: {about_image(image)}", "", "  ")
            lines.append("")
            for band, described in image.bands.items():
                lines += _band(band, described)
            lines.append("")
        for name, official in card.official.items():
            lines += _wrapped(
                f"Published, {name}: {official.title}. "
                f'load("{card.name}", "{name}", source="official")',
                "",
                "  ",
            )
        return "\n".join([*lines, *_wrapped(f"Licence: {card.licence}")])

    def _repr_html_(self) -> str:
        card = self.card
        parts = [f"<p><b>{html.escape(card.title)}.</b> {html.escape(card.summary)}</p>"]
        if card.files:
            rows = [
                map(html.escape, (name, file.title, file.form, f"{file.bytes:,}"))
                for name, file in card.files.items()
            ]
            parts.append(_table("", ["file", "content", "form", "bytes"], rows))
        for name, table in card.tables.items():
            about = html.escape(" ".join([_about(table), *keys(table)]))
            rows = [
                [
                    *map(html.escape, (column, variable.type, variable.unit or "")),
                    html.escape(variable.meaning),
                    _values(variable),
                ]
                for column, variable in table.variables.items()
            ]
            header = ["variable", "type", "unit", "meaning", "values"]
            parts.append(_table(f"<code>{name}</code>: {about}", header, rows))
        for name, image in card.images.items():
            rows = [
                [html.escape(band), html.escape(one.unit), html.escape(one.meaning), _values(one)]
                for band, one in image.bands.items()
            ]
            about = html.escape(about_image(image))
            header = ["band", "unit", "meaning", "values"]
            parts.append(_table(f"<code>{name}.tif</code>: {about}", header, rows))
        return "".join(parts)


def describe(data: str) -> Description:
    """Return a data set's card, in a form that shows itself in notebooks and terminals.

    Raises
    ------
    SsplabError
        If there is no such data set.
    """
    return Description(load_card(data))


def keys(table: Table) -> Iterator[str]:
    """Yield the sentences that say what identifies a row, and what points at other tables."""
    yield f"Key, which no two rows share: {', '.join(table.key)}."
    for key in table.foreign_keys:
        columns = ", ".join(key.columns)
        yield f"{columns}: to be found in the table {key.references}, if there is one."


def about_image(image: Image) -> str:
    """Return the sentences that say what an image is, whatever its bands."""
    return (
        f"{image.title}. GeoTIFF, {image.width:,} by {image.height:,} pixels of "
        f"{image.resolution:g} m, in {image.crs}."
    )


def counted(band: Band) -> str:
    """Return how a band's values come from its counts; empty if they are the counts."""
    if (band.scale, band.offset) == (1, 0):
        return ""
    added = f" {'+' if band.offset > 0 else '−'} {abs(band.offset):.9g}" if band.offset else ""
    return f"count × {band.scale:.9g}{added}"


def limits(variable: Variable | Band) -> str:
    """Return the range of a variable or band, as `from 0 to 1`; empty if it has none."""
    least, most = variable.minimum, variable.maximum
    if least is not None and most is not None:
        return f"from {least:g} to {most:g}"
    if least is not None:
        return f"{least:g} or more"
    return "" if most is None else f"at most {most:g}"


def _about(table: Table) -> str:
    optional = f" Optional: {table.optional.rstrip('.')}." if table.optional else ""
    return f"{table.title}. One row: {table.unit}. {table.rows:,} rows.{optional}"


def _variable(name: str, variable: Variable) -> list[str]:
    unit = f" [{variable.unit}]" if variable.unit else ""
    lines = _wrapped(f"{name} ({variable.type}){unit}: {variable.meaning}", "  ", "    ")
    if limits(variable):
        lines.append(f"      {limits(variable)}")
    if variable.missing:
        lines += _wrapped(f"may be missing: {variable.missing}", "      ", "        ")
    if variable.default:
        lines.append(f"      in an extract without this column, {variable.instead}")
    return lines + [f"      {line}" for line in _codes(variable.codes or {}, WIDTH - 6)]


def _band(name: str, band: Band) -> list[str]:
    unit = f" [{band.unit}]" if band.unit != "1" else ""
    lines = _wrapped(f"{name}{unit}: {band.meaning}", "  ", "    ")
    told = [text for text in (counted(band), limits(band)) if text]
    if band.default is not None:
        told.append(f"in an extract without this band, each pixel has {band.default}")
    codes = {str(code): label for code, label in (band.codes or {}).items()}
    return lines + [f"      {text}" for text in [*told, *_codes(codes, WIDTH - 6)]]


def _codes(codes: dict[str, str], width: int) -> list[str]:
    """Return codes with their labels, in as many columns as they fit into if they are many."""
    wide = max(map(len, codes), default=0) + 2
    listed = [f"{code:<{wide}}{label}" for code, label in codes.items()]
    widest = max(map(len, listed), default=0) + 2
    across = max(1, (width + 2) // widest) if len(listed) > ONE_A_LINE else 1
    if across == 1:
        indent = " " * wide
        return [
            line for one in listed for line in textwrap.wrap(one, width, subsequent_indent=indent)
        ]
    down = math.ceil(len(listed) / across)
    return [
        "".join(f"{one:<{widest}}" for one in listed[first::down]).rstrip() for first in range(down)
    ]


def _wrapped(text: str, first: str = "", then: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _values(variable: Variable | Band) -> str:
    """Return as HTML what values a variable or band may take."""
    parts = [limits(variable)] if limits(variable) else []
    if isinstance(variable, Band) and counted(variable):
        parts.insert(0, counted(variable))
    if variable.codes:
        listed = "<br>".join(
            f"<code>{html.escape(str(code))}</code> {html.escape(label)}"
            for code, label in variable.codes.items()
        )
        many = len(variable.codes) > ONE_A_LINE
        parts.append(f"<div style='columns:14em'>{listed}</div>" if many else listed)
    if isinstance(variable, Band):
        if variable.default is not None:
            parts.append(f"in an extract without this band, each pixel has {variable.default}")
        return "<br>".join(parts)
    if variable.missing:
        parts.append(f"may be missing: {html.escape(variable.missing)}")
    if variable.default:
        parts.append(f"in an extract without this column, {html.escape(variable.instead)}")
    return "<br>".join(parts)


def _table(caption: str, header: list[str], rows) -> str:
    """Return a table of cells that are HTML already."""
    head = "".join(f"<th>{name}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{cell}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    captioned = f"<caption>{caption}</caption>" if caption else ""
    return (
        f"<table class='dataframe'>{captioned}<thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
