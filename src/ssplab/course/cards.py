"""Data cards: `datasets/NAME/card.yml`, what a data set is, in a form that can be checked."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ssplab.course.paths import course_root
from ssplab.system import SsplabError, nearest

Text = Annotated[str, Field(min_length=3)]


class _Strict(BaseModel):
    """A misspelt field of a card is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Variable(_Strict):
    """One column of a table."""

    type: Literal["string", "integer", "float", "boolean", "date"]
    meaning: Text
    unit: str | None = None
    """Unit of measurement, such as `EUR/month` or `h/month`; required for floats."""
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    """Decimals kept in storage; required for floats. It makes content the same on any machine."""
    codes: dict[str, str] | None = None
    """Every code that the variable may take, with its label."""
    minimum: float | None = None
    maximum: float | None = None
    missing: str | None = None
    """Why a value may be missing; without it, none may be."""

    @model_validator(mode="after")
    def _complete(self):
        if self.type == "float" and (self.unit is None or self.decimals is None):
            raise ValueError("a float needs a unit (`'1'` for a ratio) and its decimals")
        return self


class ForeignKey(_Strict):
    columns: list[str]
    references: str
    """Name of a table of the same card whose key has as many columns."""


class Table(_Strict):
    """One table: what a row is, how it is identified, what its columns mean."""

    title: Text
    unit: Text
    """The statistical unit: what one row stands for."""
    rows: Annotated[int, Field(gt=0)]
    key: Annotated[list[str], Field(min_length=1)]
    foreign_keys: list[ForeignKey] = []
    file: str | None = None
    """Of data that a package carries, the file in the package that holds the table."""
    variables: dict[str, Variable]

    @model_validator(mode="after")
    def _known_columns(self):
        named = [*self.key, *(column for key in self.foreign_keys for column in key.columns)]
        unknown = [column for column in named if column not in self.variables]
        if unknown:
            raise ValueError(f"keys name columns that are not among the variables: {unknown}")
        return self


class Nomenclature(_Strict):
    name: Text
    vintage: Text
    source: Text


class Margin(_Strict):
    """A published figure on which a twin is calibrated."""

    name: Text
    published: float
    unit: Annotated[str, Field(min_length=1)]
    source: Text
    reached: float | None = None
    """What the sample that ships reaches, to four digits; `ssplab data check` measures it anew."""
    tolerance: Annotated[float, Field(gt=0)] | None = None
    """How far from the published figure the sample may be, in the same unit, for its size."""

    @model_validator(mode="after")
    def _met(self):
        if (self.reached is None) != (self.tolerance is None):
            raise ValueError("a margin has both `reached` and `tolerance`, or neither")
        if self.reached is not None and abs(self.reached - self.published) > self.tolerance:
            raise ValueError(
                f"{self.reached:g} is further than {self.tolerance:g} from the published "
                f"{self.published:g}"
            )
        return self


class Planted(_Strict):
    """Something put into a twin on purpose, whose truth is known."""

    type: Text
    kind: Literal["error", "legitimate"]
    meaning: Text
    rows: Annotated[int, Field(ge=0)]
    """How many rows of the main table carry it in the sample that ships."""
    severity: Text
    """How far from the truth, and on what scale."""


class Difficulty(_Strict):
    """How hard a twin is, fixed before its chapter is written."""

    statement: Text
    measures: dict[str, float]


class Card(_Strict):
    """A data set's card; `datasets/NAME/card.yml` holds one."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    summary: Text
    origin: Literal["synthetic", "real"]
    coverage: Text
    reference_period: Text
    main_table: str
    tables: dict[str, Table]
    truth: dict[str, Table] = {}
    weights: Text
    """Which weights apply to which statistic, or why there are none."""
    nomenclatures: list[Nomenclature] = []
    margins: list[Margin] = []
    planted: list[Planted] = []
    difficulty: Difficulty | None = None
    confidentiality: Text
    threshold: Annotated[int, Field(ge=3)] = 10
    """Of an own extract in this form, counts of fewer units are masked (`ssplab.safe`)."""
    licence: Text
    source: Text
    """Where the data, or the figures they are calibrated on, come from."""
    builder: Annotated[str, Field(pattern=r"^(generate\.py|build\.py|package:\w+)$")]
    """In the card's folder, `generate.py` of a twin or `build.py`, which made the real data that
    ship; `package:NAME` for real data that an installed package carries."""
    seed: int | None = None
    content_hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    """Of the canonical content of all tables, truth included (`ssplab.data.content_hash`)."""

    @model_validator(mode="after")
    def _coherent(self):
        if self.main_table not in self.tables:
            raise ValueError(f"main_table is {self.main_table!r}, not one of {list(self.tables)}")
        for name, table in {**self.tables, **self.truth}.items():
            for key in table.foreign_keys:
                target = self.tables.get(key.references)
                if target is None or len(target.key) != len(key.columns):
                    raise ValueError(f"{name}: foreign key {key.columns} fits no key of a table")
        if (self.origin == "synthetic") != (self.builder == "generate.py"):
            raise ValueError(f"{self.origin} data are not built by {self.builder}")
        for name, table in self.tables.items():
            if (table.file is not None) != (self.package is not None):
                raise ValueError(
                    f"{name}: data that a package carries name its file, and no others do"
                )
        if self.origin == "synthetic" and (self.seed is None or self.difficulty is None):
            raise ValueError("a synthetic data set needs a seed and its difficulty")
        if self.origin == "real" and (self.planted or self.truth or self.margins):
            raise ValueError("nothing is planted in real data, nor calibrated")
        return self

    @property
    def folder(self) -> Path:
        """The data set's folder."""
        return course_root() / "datasets" / self.name

    @property
    def package(self) -> str | None:
        """The installed package that carries the data, None where they are built otherwise."""
        return self.builder.partition("package:")[2] or None


def card_tables(card: Card) -> dict[str, Table]:
    """Return a card's tables by their place in the data set's folder, `truth/…` for the truth."""
    return {**card.tables, **{f"truth/{name}": table for name, table in card.truth.items()}}


def card_names() -> list[str]:
    """Return the names of the data sets that have a card, sorted."""
    return sorted(path.parent.name for path in (course_root() / "datasets").glob("*/card.yml"))


def card_path(name: str) -> Path:
    """Return the path of a data set's card.

    Raises
    ------
    SsplabError
        If there is no such data set; the message offers the nearest names.
    """
    names = card_names()
    if name not in names:
        raise SsplabError(
            f"No data set is called {name!r}. {nearest(name, names)} "
            "`ssplab data list` shows them all."
        )
    return course_root() / "datasets" / name / "card.yml"


def load_card(name: str) -> Card:
    """Read and validate a data set's card.

    Raises
    ------
    SsplabError
        If there is no such data set, or if the card breaks its schema: every broken field is
        named with its place.
    """
    return read_card(card_path(name))


@cache
def read_card(path: Path) -> Card:
    """Read and validate the card in `path`; see `load_card`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SsplabError(f"{path.parent.name}/card.yml is not YAML: {error}") from error
    try:
        card = Card.model_validate(content)
    except ValidationError as error:
        places = "\n".join(
            f"  {'.'.join(str(part) for part in problem['loc']) or 'card'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SsplabError(f"{path.parent.name}/card.yml breaks its schema:\n{places}") from error
    if card.name != path.parent.name:
        raise SsplabError(f"{path.parent.name}/card.yml says its name is {card.name!r}.")
    return card
