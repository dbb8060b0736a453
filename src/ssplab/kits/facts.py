"""What the author of a kit says of it: `kits/SLUG/kit.yml`."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ssplab.course import course_root
from ssplab.system import SsplabError, from_yaml, model_faults, nearest

Text = Annotated[str, Field(min_length=3)]
FACTS = "kit.yml"
MIN_SEED = 10**12
"""A smaller seed could be found: generate the twin of each until one is the edition's."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Column(_Strict):
    """A column of what a team hands in."""

    type: Literal["string", "number"]
    meaning: Text
    missing: bool = False
    """Whether it may be left blank."""
    values: str | list[str] | None = None
    """Of a string, what is allowed: TABLE.COLUMN of a table in `data/`, or a list."""
    minimum: float | None = None
    maximum: float | None = None
    sample: str | float | None
    """What `sample_submission.csv` says in every row; null leaves it blank."""


class Submission(_Strict):
    key: str
    columns: Annotated[dict[str, Column], Field(min_length=1)]


class Metric(_Strict):
    name: Text
    """Of the metric that ranks, the first that `metric.py` returns."""
    meaning: Text
    decimals: Annotated[int, Field(ge=0, le=6)]


class Kit(_Strict):
    """`kits/SLUG/kit.yml`."""

    slug: str
    title: Text
    title_fr: Text
    question: Text
    question_fr: Text
    data: str
    """The card of the twin that an edition is made of."""
    main_table: str
    """Of the card: what there is a row to answer for."""
    context: list[str] = []
    """Tables of the card that all parts share."""
    other_context: dict[str, Text] = {}
    """Tables that stand on no card or on another one, and what they are."""
    columns: dict[str, Text] = {}
    """What columns mean that are not on the card, or mean something else here."""
    truth: Annotated[dict[str, Text], Field(min_length=1)]
    """What the columns of the truth mean."""
    group: str | None = None
    """A column of the rows of which equal values are kept in one part, and in one fold."""
    seed: Annotated[int, Field(ge=MIN_SEED)]
    """Of the reference edition, whose outputs are stored: it is public, and so is its truth."""
    submission: Submission
    metric: Metric
    margin: Annotated[float, Field(gt=0)]
    """By how much the baseline beats the trivial answer on every edition, as the metric counts."""

    @property
    def folder(self) -> Path:
        return course_root() / "kits" / self.slug

    @model_validator(mode="after")
    def _coherent(self):
        tables = {*self.context, *self.other_context}
        for name, column in self.submission.columns.items():
            if isinstance(column.values, str) and column.values.partition(".")[0] not in tables:
                raise ValueError(f"{name} takes values of {column.values}, of no context table")
        return self


def kits() -> list[str]:
    """Return the slugs of the course's kits, sorted."""
    return sorted(path.parent.name for path in (course_root() / "kits").glob(f"*/{FACTS}"))


def load_kit(slug: str) -> Kit:
    """Return what is said of a kit.

    Raises
    ------
    SsplabError
        If there is no such kit, or its `kit.yml` breaks its form; the message names each field.
    """
    if slug not in kits():
        raise SsplabError(f"There is no kit {slug}. {nearest(slug, kits())}")
    path = course_root() / "kits" / slug / FACTS
    try:
        said = from_yaml(path.read_text(encoding="utf-8")) or {}
        return Kit.model_validate({"slug": slug} | said)
    except yaml.YAMLError as error:
        raise SsplabError(f"kits/{slug}/{FACTS} is not YAML: {error}") from error
    except ValidationError as error:
        told = "; ".join(model_faults(error, "kit"))
        raise SsplabError(f"kits/{slug}/{FACTS} breaks its form: {told}.") from error
