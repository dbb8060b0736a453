"""Data cards: `datasets/NAME/card.yml`, what a data set is, in a form that can be checked."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ssplab.course.official import OfficialTable
from ssplab.course.paths import course_root
from ssplab.system import SsplabError, from_yaml, model_faults, nearest

Text = Annotated[str, Field(min_length=3)]
ROW_NUMBER = "row number"
"""A variable's default that numbers the rows."""


class _Strict(BaseModel):
    """A misspelt field of a card is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Variable(_Strict):
    """One column of a table."""

    type: Literal["string", "integer", "float", "boolean", "date", "datetime"]
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
    fractions: Text | None = None
    """Of an integer, why an own extract may have fractions here, such as goods sold by weight: its
    column is then one of floats. The data set itself has whole numbers."""
    default: Annotated[str, Field(min_length=1)] | None = None
    """What an own extract without this column has instead in each of its rows; `row number` numbers
    them. Of texts and integers; the data set itself has the column."""

    @model_validator(mode="after")
    def _complete(self):
        if self.type == "float" and (self.unit is None or self.decimals is None):
            raise ValueError("a float needs a unit (`'1'` for a ratio) and its decimals")
        if self.fractions and self.type != "integer":
            raise ValueError("`fractions` is said of integers only")
        if self.default and self.type not in ("string", "integer"):
            raise ValueError("`default` is said of strings and integers only")
        if self.default and self.missing:
            raise ValueError("a column that is not there is missing or has a default, not both")
        number = self.default == ROW_NUMBER or re.fullmatch(r"-?\d+", self.default or "0")
        if self.type == "integer" and not number:
            raise ValueError(f"the default {self.default!r} is no whole number")
        return self

    @property
    def instead(self) -> str | None:
        """What an own extract without this column has instead; None if it must have it."""
        if self.default == ROW_NUMBER:
            return "its rows are numbered"
        if self.default:
            return f"each row has {self.default}"
        return "all values are missing" if self.missing else None


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
    located: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    """The columns that say how far east and north a row lies, in the projection of the images."""
    optional: Text | None = None
    """Why an own extract may not have the table, which is then an empty one."""
    file: str | None = None
    """Of data that a package carries, the file in the package that holds the table."""
    variables: dict[str, Variable]

    @property
    def identifiers(self) -> list[str]:
        """The columns that name its rows, then those that name rows of other tables."""
        return [*self.key, *(column for key in self.foreign_keys for column in key.columns)]

    @model_validator(mode="after")
    def _known_columns(self):
        named = [*self.identifiers, *(self.located or ())]
        if unknown := [column for column in named if column not in self.variables]:
            raise ValueError(
                f"keys or `located` name columns that are not among the variables: {unknown}"
            )
        return self


class Band(_Strict):
    """One band of an image; a value is its count times `scale`, and `offset` more."""

    meaning: Text
    unit: Annotated[str, Field(min_length=1)]
    """`'1'` for a ratio or a code."""
    scale: Annotated[float, Field(gt=0)] = 1
    offset: float = 0
    minimum: float | None = None
    """Of values in the unit, not of counts; what lies outside is told of an own extract."""
    maximum: float | None = None
    codes: dict[int, str] | None = None
    """Every code that a pixel may have, with its label."""
    default: int | None = None
    """What an own extract without this band has in each pixel; without it, it must have the band.
    Of bands with codes; the data set itself has the band."""

    @model_validator(mode="after")
    def _of_codes(self):
        if self.default is not None and self.default not in (self.codes or {}):
            raise ValueError(f"the default {self.default} is not one of the band's codes")
        return self


class Image(_Strict):
    """One image: a GeoTIFF, `NAME.tif` in the data set's folder."""

    title: Text
    resolution: Annotated[float, Field(gt=0)]
    """Width and height of a pixel, in metres."""
    width: Annotated[int, Field(gt=0)]
    """In pixels."""
    height: Annotated[int, Field(gt=0)]
    crs: Annotated[str, Field(pattern=r"^EPSG:\d+$")]
    """A projection in metres; an own extract may be in another one."""
    west: float
    """Of the image's north-west corner, in metres."""
    north: float
    dtype: Literal["uint8", "uint16"]
    nodata: int | None = None
    """The count of pixels without a value."""
    bands: Annotated[dict[str, Band], Field(min_length=1)]
    """By the description that each band has in the file, in their order there."""
    content_hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    """Of names and counts of all bands (`ssplab.data.image_hash`)."""


class DeliveredFile(_Strict):
    """One file as an office receives it: its bytes are what ships."""

    title: Text
    form: Text
    """How it is written: separator, encoding, decimal mark, dates, what stands around a table."""
    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    facts: dict[str, float]
    """What it says if it is read rightly, such as rows and totals; the builder measures it anew."""


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
    """How many rows of the main table carry it in the sample that ships; of files, how many of
    their rows do, or lack."""
    severity: Text
    """How far from the truth, and on what scale."""


class Difficulty(_Strict):
    """How hard a twin is, fixed before its chapter is written."""

    statement: Text
    measures: dict[str, float]


class PPercentRule(_Strict):
    """The p % rule: a contributor must not be able to estimate another one closely.

    A cell is sensitive if its total less its two largest contributions is under p % of the largest:
    the second largest contributor, who subtracts its own, would then know the largest to within
    p %.
    """

    rule: Literal["p_percent"]
    p: Annotated[float, Field(gt=0, le=100)]
    """In per cent of the largest contribution."""

    def __str__(self) -> str:
        return f"the second largest must not know the largest to within {self.p:g} %"


class DominanceRule(_Strict):
    """The dominance rule (n, k): a few contributors must not make nearly all of a total.

    A cell is sensitive if its n largest contributions make more than k % of its total.
    """

    rule: Literal["nk"]
    n: Annotated[int, Field(ge=1)]
    k: Annotated[float, Field(gt=0, lt=100)]
    """In per cent of the total."""

    def __str__(self) -> str:
        largest = "the largest one" if self.n == 1 else f"the {self.n} largest"
        return f"{largest} at most {self.k:g} % of the total"


class ContributorRule(_Strict):
    """How many units of a kind must stand behind a total, and how evenly.

    Source: Hundepool et al., *Handbook on Statistical Disclosure Control*, ESSnet SDC, 2010,
    chapter 4. INSEE asks of business data that at least three enterprises contribute to a total and
    none makes more than 85 % of it: `{minimum: 3, dominance: {rule: nk, n: 1, k: 85}}`.
    """

    minimum: Annotated[int, Field(ge=3)] = 3
    """Of two contributors each knows the other."""
    dominance: Annotated[PPercentRule | DominanceRule, Field(discriminator="rule")]

    def __str__(self) -> str:
        return f"at least {self.minimum}, {self.dominance}"


class Card(_Strict):
    """A data set's card; `datasets/NAME/card.yml` holds one."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    summary: Text
    origin: Literal["synthetic", "real"]
    coverage: Text
    reference_period: Text
    main_table: str | None = None
    tables: dict[str, Table] = {}
    truth: dict[str, Table] = {}
    images: dict[str, Image] = {}
    """Beside the tables; of twins only."""
    truth_images: dict[str, Image] = {}
    files: dict[str, DeliveredFile] = {}
    """By name, the files of a data set that consists of them, in place of tables."""
    weights: Text
    """Which weights apply to which statistic, or why there are none."""
    nomenclatures: list[Nomenclature] = []
    margins: list[Margin] = []
    planted: list[Planted] = []
    difficulty: Difficulty | None = None
    confidentiality: Text
    threshold: Annotated[int, Field(ge=3)] = 10
    """Of an own extract in this form, counts of fewer units are masked (`ssplab.safe`)."""
    contributors: dict[str, ContributorRule] = {}
    """Of an own extract in this form, who contributes to a total, and when it may be shown
    (`ssplab.safe_totals`): for each column that identifies contributors, such as establishments,
    its rule. All must hold."""
    official: dict[str, OfficialTable] = {}
    """By table, the published files that hold the real one: `ssplab.load(…, source="official")`."""
    licence: Text
    source: Text
    """Where the data, or the figures they are calibrated on, come from."""
    builder: Annotated[str, Field(pattern=r"^(generate\.py|build\.py|package:\w+)$")]
    """In the card's folder, `generate.py` of a twin or `build.py`, which made the real data or the
    files that ship; `package:NAME` for real data that an installed package carries."""
    seed: int | None = None
    """Of a twin; of files cut from a twin, that twin's."""
    content_hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    """Of the canonical content of all tables, truth included (`ssplab.data.content_hash`); of the
    names and bytes of all files (`ssplab.data.files_hash`)."""

    @model_validator(mode="after")
    def _tables_or_files(self):
        if not self.files:
            if self.main_table not in self.tables:
                raise ValueError(
                    f"main_table is {self.main_table!r}, not one of {list(self.tables)}"
                )
            return self
        told = {"main_table", "tables", "truth", "margins", "difficulty", "contributors"}
        told |= {"images", "truth_images"}
        if told := sorted(told & self.model_fields_set):
            raise ValueError(f"a data set of files has no {', '.join(told)}")
        if self.builder != "build.py":
            raise ValueError(f"files are built by build.py, not by {self.builder}")
        return self

    @model_validator(mode="after")
    def _coherent(self):
        for name, table in {**self.tables, **self.truth}.items():
            for key in table.foreign_keys:
                target = self.tables.get(key.references)
                if target is None or len(target.key) != len(key.columns):
                    raise ValueError(f"{name}: foreign key {key.columns} fits no key of a table")
        columns = {name for table in self.tables.values() for name in table.variables}
        if unknown := self.contributors.keys() - columns:
            raise ValueError(f"contributors names columns that no table has: {sorted(unknown)}")
        if not self.files and (self.origin == "synthetic") != self.is_twin:
            raise ValueError(f"{self.origin} data are not built by {self.builder}")
        for name, table in self.tables.items():
            if (table.file is not None) != (self.package is not None):
                raise ValueError(
                    f"{name}: data that a package carries name its file, and no others do"
                )
        for name, official in self.official.items():
            if name not in self.tables:
                raise ValueError(f"official: there is no table {name}")
            columns = self.tables[name].variables.keys()
            named = official.columns.keys() | official.missing.keys() | official.left_out.keys()
            if unknown := sorted(named - columns):
                raise ValueError(f"official, {name}: no columns of the table: {unknown}")
            if lost := sorted(official.left_out.keys() & set(self.tables[name].identifiers)):
                raise ValueError(f"official, {name}: identifiers cannot be left out: {lost}")
        if self.is_twin and (self.seed is None or self.difficulty is None):
            raise ValueError("a synthetic data set needs a seed and its difficulty")
        if self.origin == "real" and (self.planted or self.truth or self.margins):
            raise ValueError("nothing is planted in real data, nor calibrated")
        if (self.images or self.truth_images) and not self.is_twin:
            raise ValueError("only a twin has images")
        return self

    @property
    def folder(self) -> Path:
        """The data set's folder."""
        return course_root() / "datasets" / self.name

    @property
    def files_folder(self) -> Path:
        """Where the files of a data set that consists of them lie, and nothing else does."""
        return self.folder / "files"

    @property
    def is_twin(self) -> bool:
        """Whether it is a synthetic twin, which its generator makes for any seed and scale."""
        return self.builder == "generate.py"

    @property
    def reading_call(self) -> str:
        """How a notebook reaches it: `load("payroll")`, or `folder(…)` of one made of files."""
        return f'{"folder" if self.files else "load"}("{self.name}")'

    @property
    def package(self) -> str | None:
        """The installed package that carries the data, None where they are built otherwise."""
        return self.builder.partition("package:")[2] or None


def card_tables(card: Card) -> dict[str, Table]:
    """Return a card's tables by their place in the data set's folder, `truth/…` for the truth."""
    return {**card.tables, **{f"truth/{name}": table for name, table in card.truth.items()}}


def card_images(card: Card) -> dict[str, Image]:
    """Return a card's images by their place in the data set's folder, `truth/…` for the truth."""
    return {**card.images, **{f"truth/{name}": one for name, one in card.truth_images.items()}}


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
        content = from_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SsplabError(f"{path.parent.name}/card.yml is not YAML: {error}") from error
    try:
        card = Card.model_validate(content)
    except ValidationError as error:
        places = "\n".join(f"  {fault}" for fault in model_faults(error, "card"))
        raise SsplabError(f"{path.parent.name}/card.yml breaks its schema:\n{places}") from error
    if card.name != path.parent.name:
        raise SsplabError(f"{path.parent.name}/card.yml says its name is {card.name!r}.")
    return card
