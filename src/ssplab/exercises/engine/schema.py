"""The words in which an author writes down an exercise: `checks/PART/SLUG.yml`.

A file maps the numbers of the exercises to tasks. `read` says which line of which exercise is not
as it must be; what the words mean is in the docstrings below.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ssplab.course import course_path
from ssplab.system import SsplabError, from_yaml

MOST_LINES = 3  # of code below a solution: more is another solution, not one mistake

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[\w'-]+$")]  # as the diary and an export may hold it
Values = Literal["numbers", "text", "booleans", "dates"]
Match = Literal["all", "rows", "some", "every row", "generic"]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Words):
    """What makes the solution wrong.

    Parameters
    ----------
    from_, to : str
        Every occurrence of the first in the solution's code becomes the second.
    code : str
        Or up to three lines that run below the solution.
    """

    from_: Text | None = Field(None, alias="from")
    to: str | None = None
    code: Text | None = None

    @model_validator(mode="after")
    def _is_one_edit(self) -> Edit:
        if (self.from_ is None) != (self.to is None):
            raise ValueError("`from` and `to` go together")
        if self.from_ is not None and self.code is not None:
            raise ValueError("an edit is either `from` and `to`, or `code`")
        if self.code and len(self.code.strip().splitlines()) > MOST_LINES:
            raise ValueError(f"`code` has more than {MOST_LINES} lines")
        return self

    @property
    def is_empty(self) -> bool:
        return self.from_ is None and self.code is None


class Wrong(Edit):
    """A mistake that people make, as one edit of the solution, and the cause that it reveals.

    Parameters
    ----------
    name : str
        Unique in its exercise: `bonus-kept`.
    ways : list of Edit
        In place of one edit, several that reveal the same cause.
    match : {"all", "rows", "some", "every row", "generic"}
        When an answer that is not right is told this cause:

        - `all`: it equals what the edited solution gives.
        - `rows`: most of the rows that it lacks, or has too much, are such rows of the edit's.
        - `some`: over half of the values that the edit changes are in it as the edit gives them.
        - `every row`: all of its rows are rows of what the edited solution gives.
        - `generic`: never; what the comparator says of it is a sufficient cause, and contains
          `told`. Such an edit is a test only.
    told : str
        The cause. `{rows}` and `{label}` are filled with the number of the answer's rows concerned
        and the first of them (`rows`, `some`, `every row`), other names by the task's `fill`;
        a brace of the text itself is written twice.
    """

    name: Name
    ways: list[Edit] = []
    match: Match = "all"
    told: Text

    @model_validator(mode="after")
    def _is_made_somehow(self) -> Wrong:
        if self.is_empty != bool(self.ways):
            raise ValueError("it needs `from` and `to`, `code`, or `ways`, and one of them only")
        if any(way.is_empty for way in self.ways):
            raise ValueError("each of `ways` needs `from` and `to`, or `code`")
        return self

    @property
    def edits(self) -> list[Edit]:
        return self.ways or [self]


class Number(_Words):
    """A number. `tolerance` is in its unit; a text is an expression over the solution's names."""

    kind: Literal["number"]
    tolerance: float | Text = 0.0
    within: tuple[float, float] = (-math.inf, math.inf)
    unit: str = ""
    advice: str = ""


class TextAnswer(_Words):
    """A text. `among` is an expression that gives those that can be answered."""

    kind: Literal["text"]
    among: Text | None = None
    options: str = ""
    advice: str = ""


class Series(_Words):
    """A Series with unique labels; `key` says what they are."""

    kind: Literal["series"]
    key: Text | list[Text]
    values: Values = "numbers"
    unit: str = ""
    advice: str = ""
    ordered: bool = False


class Table(_Words):
    """A table with its key in columns; `values` says what the other columns hold."""

    kind: Literal["table"]
    key: Text | list[Text]
    values: dict[Text, Values]
    units: dict[Text, Text] = {}
    advice: str = ""
    ordered: bool = False


class Mapping(_Words):
    """A dictionary: how the value of each key is compared."""

    kind: Literal["mapping"]
    values: dict[Text, Number | TextAnswer]


class Case(_Words):
    """A case that a function is called on.

    `words` stands after "for"; `arguments` is the expression of a tuple, evaluated anew for each
    call, and `keywords` that of a dictionary of arguments given by name; `told` is what is said
    where the result is not right, in place of the general sentence.
    """

    words: Text
    arguments: Text
    keywords: Text = "{}"
    told: str = ""


class Function(_Words):
    """A function, called on cases that the trainee does not see, from the plain to the odd."""

    kind: Literal["function"]
    cases: list[Case] = Field(min_length=1)
    advice: str = ""


class Own(_Words):
    """What words do not express: `CONDITIONS` of `checks/PART/SLUG.py` has it by number."""

    kind: Literal["own"]


Compare = Annotated[
    Number | TextAnswer | Series | Table | Mapping | Function | Own, Field(discriminator="kind")
]


class Task(_Words):
    """One exercise.

    Parameters
    ----------
    expects : str
        What the answer is, as it stands after "the check expects".
    hints : list of str
        Two or three in Markdown, graded: a direction, the tool, nearly the line.
    compare : Compare, optional
        How an answer is compared with the solution's; an open exercise has none.
    praise : str
        What is said of a right answer.
    wrong : list of Wrong
        Examined in this order when an answer is not right.
    fill : dict of str to str
        Names in `praise` and `told`, and the expression over the solution's names that gives each.
    """

    expects: Text
    hints: list[Text]
    compare: Compare | None = None
    praise: str = ""
    wrong: list[Wrong] = []
    fill: dict[Text, Text] = {}

    @model_validator(mode="after")
    def _is_open_or_whole(self) -> Task:
        if self.compare is None and (self.praise or self.wrong or self.fill):
            raise ValueError("an exercise without `compare` is open: it has only words and hints")
        return self


TASKS = TypeAdapter(dict[int, Task])


def read(path: Path) -> dict[int, Task]:
    """Return the tasks of a file by number.

    Raises
    ------
    SsplabError
        If it is no YAML, or not of this form: each place is named with what is wrong there.
    """
    try:
        content = from_yaml(path.read_text(encoding="utf-8"))
        return TASKS.validate_python(content)
    except yaml.YAMLError as error:
        raise SsplabError(f"{course_path(path)} is not YAML: {error}") from error
    except ValidationError as error:
        lines = [
            f"- exercise {_place(problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise SsplabError("\n".join([f"{course_path(path)}:", *lines])) from error


def _place(location: tuple[int | str, ...]) -> str:
    kinds = {"number", "text", "series", "table", "mapping", "function", "own"}
    return ", ".join(
        str(part + 1) if isinstance(part, int) and place else str(part)
        for place, part in enumerate(location)
        if part not in kinds and part != "[key]"
    )
