"""The phrases of SAS, R and pandas, read from `book/phrasebook.yml`.

The first lines of that file say what its words mean. The page shows the phrases, on paper too, and
the tests run what is Python and, where it is installed, what is R.
"""

from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ssplab.course import Page, chapters, course_root
from ssplab.system import SsplabError, from_yaml, model_faults, nearest

SOURCE = "book/phrasebook.yml"
LANGUAGES = {"sas": "SAS", "r": "R", "pandas": "pandas"}
WIDEST = 38
"""Characters of a line of code: three of them stand side by side on A4."""


def _narrow(code: str) -> str:
    for line in code.splitlines():
        if len(line) > WIDEST:
            raise ValueError(f"a line has {len(line)} characters, at most {WIDEST} fit: {line}")
    return code.strip()


Code = Annotated[str, AfterValidator(_narrow)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Phrase(Strict):
    """One thing to do, said in three languages."""

    do: str
    sas: Code
    r: Code
    pandas: Code
    then: str | None = None
    """What is looked at, if it is not the last expression of the Python."""
    gives: Any
    slip: tuple[str, str]
    """A part of the Python, and what somebody would write in its place who gets something else."""
    r_then: str | None = None
    """What is looked at in R, if it is not the last value, and the tests cannot tell by `then`."""
    differs: str
    paper: bool = True
    """Whether it is on the printed sheet too."""
    chapter: str | None = None
    """The slug of a chapter; None may mean that of the group, see `Group.chapter_of`."""

    @property
    def slipped(self) -> str:
        """The Python with the slip made.

        Raises
        ------
        SsplabError
            If the slip's first part does not stand in the code.
        """
        if self.slip[0] not in self.pandas:
            raise SsplabError(
                f"{SOURCE}: the slip of {self.do!r} changes {self.slip[0]!r}, which does not stand "
                "in its pandas code. Write a part of that code, as it stands there."
            )
        return self.pandas.replace(self.slip[0], self.slip[1])


class Group(Strict):
    title: str
    chapter: str
    phrases: list[Phrase]

    def chapter_of(self, phrase: Phrase) -> str | None:
        """Return the slug of the chapter that teaches a phrase; None if none does."""
        return phrase.chapter if "chapter" in phrase.model_fields_set else self.chapter


class Example(Strict):
    about: str
    columns: dict[str, list[Any]]


class Phrasebook(Strict):
    """All phrases, and the tables that they work on."""

    imports: str
    tables: dict[str, Example]
    files: dict[str, dict[str, Any]] = Field(default_factory=dict)
    groups: list[Group]

    @property
    def phrases(self) -> list[Phrase]:
        return [phrase for group in self.groups for phrase in group.phrases]

    def recipe(self) -> str:
        """Return Python that makes the tables, with the imports that the phrases need."""
        pieces = [self.imports.strip()]
        for name, table in self.tables.items():
            lines = [f"{name} = pd.DataFrame({{"]
            for column, values in table.columns.items():
                if any(hasattr(value, "isoformat") for value in values):
                    texts = [value.isoformat() for value in values]
                    lines.append(f'    "{column}": pd.to_datetime({_listed(texts)}),')
                else:
                    lines.append(f'    "{column}": {_listed(values)},')
            pieces.append("\n".join([*lines, "})"]))
        return "\n\n".join(pieces)


def _listed(values: list) -> str:
    """Return a list as Python writes it, in the course's quotes."""
    return repr(values).replace("'", '"')


def phrasebook() -> Phrasebook:
    """Return the phrases.

    Raises
    ------
    SsplabError
        If the file is not YAML, breaks its form, tells a phrase twice, or names a chapter that is
        not there.
    """
    text = (course_root() / SOURCE).read_text(encoding="utf-8")
    try:
        book = Phrasebook.model_validate(from_yaml(text))
    except yaml.YAMLError as error:
        raise SsplabError(f"{SOURCE} is not YAML: {error}") from error
    except ValidationError as error:
        told = "; ".join(model_faults(error, "phrasebook"))
        raise SsplabError(f"{SOURCE} breaks its form: {told}.") from error
    told = set()
    for phrase in book.phrases:
        if phrase.do in told:
            raise SsplabError(f"{SOURCE} has two phrases called {phrase.do!r}. Rename one of them.")
        told.add(phrase.do)
    known = list(chapters_by_slug())
    for group in book.groups:
        for slug in {group.chapter, *map(group.chapter_of, group.phrases)} - {None, *known}:
            raise SsplabError(
                f"{SOURCE} names the chapter {slug!r}, which is not in _toc.yml. "
                f"{nearest(slug, known)}"
            )
    return book


def chapters_by_slug() -> dict[str, Page]:
    """Return the chapters of the course by their slugs."""
    return {page.stem: page for page in chapters()}
