"""Read what of a twin is data and not code, `words.yml`, and hold it against a schema."""

import json
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ssplab.course import course_root
from ssplab.system import SsplabError, from_yaml, model_faults

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Odds = Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
"""Weights of choices; they need not add up to anything."""


def pattern(*fields: str):
    """Return the type of a text that may hold these fields in braces, and no others: `{town}`."""

    def holding_these(text: str) -> str:
        try:
            text.format(**dict.fromkeys(fields, ""))
        except (LookupError, ValueError) as error:
            allowed = ", ".join(f"{{{field}}}" for field in fields)
            raise ValueError(f"{text!r} may hold {allowed}, and no other braces") from error
        return text

    return Annotated[str, AfterValidator(holding_these)]


class Words(BaseModel):
    """A mapping of a words file. A generator declares one for its own words, with others in it.

    A field that is misspelt, missing or of another type is an error, not a silence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


SomeWords = TypeVar("SomeWords", bound=Words)


def load_words(name: str, model: type[SomeWords]) -> SomeWords:
    """Read and validate a data set's words, `datasets/NAME/words.yml`.

    Parameters
    ----------
    name : str
        The data set's.
    model : type
        What its generator declares.

    Raises
    ------
    SsplabError
        If the file is missing, is not YAML or breaks its schema: every broken field is named with
        its place.
    """
    return read_words(course_root() / "datasets" / name / "words.yml", model)


def read_words(path: Path, model: type[SomeWords]) -> SomeWords:
    """Read and validate the words in `path`; see `load_words`."""
    where = f"{path.parent.name}/{path.name}"
    try:
        content = from_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SsplabError(f"{path} is missing. Restore it with git.") from error
    except yaml.YAMLError as error:
        raise SsplabError(f"{where} is not YAML: {error}") from error
    try:
        # As JSON, where a strict model takes a list for a tuple, and still no number for a text
        return model.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        places = "\n".join(f"  {fault}" for fault in model_faults(error, "words"))
        raise SsplabError(f"{where} breaks its schema:\n{places}") from error
