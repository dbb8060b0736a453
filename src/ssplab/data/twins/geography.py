"""Official codes, names and regions, from the data set `communes`; read once, when first asked."""

from functools import cache
from typing import NamedTuple

import pandas as pd

from ssplab.course import course_root


class OfficialDepartment(NamedTuple):
    """A département as the official geographic code has it."""

    name: str
    region: str
    """Code of its region."""
    region_name: str


@cache
def departments() -> dict[str, OfficialDepartment]:
    """Return the départements by their code."""
    columns = ["department", "department_name", "region", "region_name"]
    rows = _communes(columns).drop_duplicates("department")
    return {code: OfficialDepartment(*row) for code, *row in rows.itertuples(index=False)}


def commune_code(department: str, name: str) -> str:
    """Return the code of a commune; Paris, Lyon and Marseille are one each.

    Parameters
    ----------
    department, name : str
        Code of its département, and its official name.

    Raises
    ------
    KeyError
        If it is not among the communes of the data set.
    """
    return _commune_codes()[department, name]


@cache
def _commune_codes() -> dict[tuple[str, str], str]:
    rows = _communes(["department", "name", "code"])
    return {(department, name): code for department, name, code in rows.itertuples(index=False)}


def centres() -> pd.DataFrame:
    """Return the communes whose place is known, in the order of the data set.

    Returns
    -------
    DataFrame
        `code`, `name`, `population` (inhabitants), `latitude` and `longitude` (degrees, WGS 84) of
        the place that carries the commune's name.
    """
    columns = ["code", "name", "population", "latitude", "longitude"]
    return _communes(columns).dropna().reset_index(drop=True)


def _communes(columns: list[str]) -> pd.DataFrame:
    path = course_root() / "datasets" / "communes" / "communes.parquet"
    return pd.read_parquet(path, columns=columns)
