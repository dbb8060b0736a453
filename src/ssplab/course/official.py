"""The part of a data card on its official source: which published files hold a table, where they
are, and how their columns become the card's.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=3)]
Bytes = Annotated[int, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class OfficialView(_Strict):
    """One file of an archive, or the published file itself, as a table of texts."""

    member: str | None = Field(None, min_length=1)
    """Its path in the archive; None where the published file is no archive."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Of a CSV file, which is in UTF-8 and has a header."""
    columns: list[str] = []
    """Those that the query reads; without a query, those that the card's table asks for."""


class OfficialFile(_Strict):
    """A published file: its address, and by what it is known to be the right one."""

    url: Annotated[str, Field(pattern=r"^https://[^/\s]+/\S+$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of a file that never changes; None where nobody knows it, or where it changes."""
    bytes: Bytes | None = None
    """Its exact size, where that is known."""
    at_least: Bytes | None = None
    """A size below which it cannot be whole, in bytes."""
    at_most: Bytes | None = None
    views: Annotated[dict[str, OfficialView], Field(min_length=1)]
    """What is read of it, under the names that the query uses."""

    @model_validator(mode="after")
    def _known(self):
        if not (self.sha256 or self.bytes or (self.at_least and self.at_most)):
            raise ValueError("a file is known by `sha256`, by `bytes`, or by both size limits")
        if self.bytes and (self.at_least or self.at_most):
            raise ValueError("`bytes` is exact: leave the limits out")
        return self


class OfficialTable(_Strict):
    """How a table of the card is made of published files."""

    title: Text
    """What its publisher calls it."""
    page: Annotated[str, Field(pattern=r"^https://\S+$")]
    """Where a person finds it."""
    period: Text
    """The day or the year that it speaks of, and how often another one comes."""
    licence: Text
    seen: Text
    """What is known of the files, and from where: whether the authors fetched them."""
    differs: Text
    """How it differs from the table that ships."""
    files: Annotated[dict[str, OfficialFile], Field(min_length=1)]
    """By the name that each has, there and on a mirror."""
    query: str | None = None
    """In SQL, the rows and columns that are made of the views; one view needs none."""
    columns: dict[str, dict[str, str | dict[str, str]]] = {}
    """As below `columns` of a mapping file, `columns.yml`."""
    missing: dict[str, Text] = {}
    """Columns that may have missing values here though not on the card, and why."""
    left_out: dict[str, Text] = {}
    """Columns that are not taken from the source, or not there, and why: all values are missing."""

    @model_validator(mode="after")
    def _coherent(self):
        views = [name for file in self.files.values() for name in file.views]
        if len(views) != len(set(views)):
            raise ValueError("two views have the same name")
        if self.query is None and len(views) > 1:
            raise ValueError("several views need a query that joins them")
        if self.query is not None and not all(
            view.columns for file in self.files.values() for view in file.views.values()
        ):
            raise ValueError("views that a query reads name their `columns`")
        for name, file in self.files.items():
            if not re.fullmatch(r"[\w.-]+", name) or urlsplit(file.url).path.split("/")[-1] != name:
                raise ValueError(f"{name!r} is not the file's name in its address")
        if both := self.missing.keys() & self.left_out.keys():
            raise ValueError(f"missing and left out at once: {sorted(both)}")
        return self
