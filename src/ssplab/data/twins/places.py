"""Towns and streets of French addresses."""

from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from ssplab.data.twins.words import Positive, Text, Texts, Words, read_words

Postcodes = Annotated[tuple[Annotated[str, Field(pattern=r"^\d{5}$")], ...], Field(min_length=1)]


class Town(Words):
    """A commune, or an arrondissement of Paris, Lyon or Marseille."""

    code: Annotated[str, Field(pattern=r"^\d{5}$")]
    """Official code."""
    name: Text
    postcodes: Postcodes
    weight: Positive
    """Thousands of inhabitants, about."""


class Abroad(Words):
    """Where people of a département work abroad."""

    country: Text
    """In capitals, as forms have it."""
    towns: Texts


class Department(Words):
    """A département and its largest towns."""

    code: Annotated[str, Field(pattern=r"^\d\d$")]
    of: Text
    """“Of” the département in French: “du Rhône”."""
    adjective: Text
    """What firms call themselves after it: “Lyonnaise”."""
    area: Text
    """What firms call the country around: “Rhône-Alpes”."""
    abroad: Abroad | None = None
    towns: Annotated[tuple[Town, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _own_towns(self):
        for town in self.towns:
            if not all(code.startswith(self.code) for code in (town.code, *town.postcodes)):
                raise ValueError(f"{town.name} is not in département {self.code}")
        return self


class Places(Words):
    """`places.yml`."""

    departments: tuple[Department, ...]
    streets: dict[str, Texts]
    """Names of streets, by SIRENE's code of their type."""
    street_words: dict[str, Texts]
    """How people write the type, by the same code."""
    zones: Texts
    """Types that are zones of activity."""


class Commune(NamedTuple):
    """A town, and the position of its département in `DEPARTMENTS`."""

    code: str
    name: str
    postcodes: tuple[str, ...]
    department: int


class Street(NamedTuple):
    """A street: SIRENE's code of its type, and its name."""

    kind: str
    name: str


_PLACES = read_words(Path(__file__).with_name("places.yml"), Places)
DEPARTMENTS = _PLACES.departments
COMMUNES = [
    Commune(town.code, town.name, town.postcodes, position)
    for position, department in enumerate(DEPARTMENTS)
    for town in department.towns
]
_WEIGHTS = [town.weight for department in DEPARTMENTS for town in department.towns]
COMMUNE_SHARES = np.array(_WEIGHTS) / sum(_WEIGHTS)
NEIGHBOURS = [
    [i for i, commune in enumerate(COMMUNES) if commune.department == position]
    for position in range(len(DEPARTMENTS))
]
"""Positions of the communes of each département; its own bodies are in the first of them."""
STREETS = [Street(kind, name) for kind, names in _PLACES.streets.items() for name in names]
STREET_WORDS = _PLACES.street_words
ZONES = frozenset(_PLACES.zones)


def department_of(town: int) -> Department:
    """Return the département of the commune at a position."""
    return DEPARTMENTS[COMMUNES[town].department]


def name_and_rank(name: str) -> tuple[str, str]:
    """Return a town's name without the number of its arrondissement, and the number, "" if none."""
    stem = name.rstrip("0123456789 ")
    return stem, name[len(stem) + 1 :]
