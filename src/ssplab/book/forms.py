"""What authors write of the lab in YAML, read into models whose errors name the file and the field.

Also what the forms have in common: that a source is one of `book/references.bib`, that a place to
fill is filled.
"""

import re
from collections.abc import Iterable
from typing import Annotated, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ValidationError

from ssplab.course import MARK, course_root
from ssplab.system import SsplabError, from_yaml, model_faults, nearest

LAB = "book/lab"
REFERENCES = "book/references.bib"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Form = TypeVar("Form", bound=BaseModel)


def _is_written(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; where nothing is known, write that it is not stated")
    if MARK in text:
        raise ValueError(f"it still has the mark {MARK} in it; write what is so, or not stated")
    return text.strip()


Text = Annotated[str, AfterValidator(_is_written)]
"""Words of an author, in Markdown: not empty, and no place to fill."""


def read_form(model: type[Form], text: str, source: str) -> Form:
    """Return what a text in YAML says, as a model.

    Parameters
    ----------
    model : type
        A model of pydantic.
    text : str
    source : str
        The file, as errors name it.

    Raises
    ------
    SsplabError
        If the text is not YAML, or breaks its form; the fields at fault are named.
    """
    try:
        return model.model_validate(from_yaml(text) or {})
    except yaml.YAMLError as error:
        raise SsplabError(f"{source} is not YAML: {error}") from error
    except ValidationError as error:
        told = "; ".join(model_faults(error, "the file"))
        raise SsplabError(f"{source} breaks its form: {told}.") from error


def check_names(named: Iterable[str], known: Iterable[str], source: str, field: str) -> None:
    """Refuse a name that nothing has.

    Raises
    ------
    SsplabError
        If one of `named` is not in `known`; the file, the field and the nearest names are told.
    """
    known = list(known)
    for name in named:
        if name not in known:
            raise SsplabError(f"{source}, {field}: there is no {name}. {nearest(name, known)}")


def reference_keys() -> list[str]:
    """Return the keys of `book/references.bib`, in its order; none where there is no such file."""
    path = course_root() / REFERENCES
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE)


def cited(sources: Iterable[str]) -> str:
    """Return references as MyST cites them, with a space before; nothing where there are none."""
    keys = ",".join(sources)
    return f" {{cite:p}}`{keys}`" if keys else ""
