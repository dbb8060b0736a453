"""Official codes, names and regions of the départements, from the data set `communes`."""

from functools import cache
from pathlib import Path

import pandas as pd

from ssplab.paths import course_root


def departments() -> pd.DataFrame:
    """Return the départements by their code, a text.

    Returns
    -------
    DataFrame
        One row a département: `name`, `region` (official code, a text) and `region_name`. It is
        read once and shared: leave it as it is.
    """
    return _departments(course_root() / "datasets" / "communes" / "communes.parquet")


@cache
def _departments(path: Path) -> pd.DataFrame:
    columns = ["department", "department_name", "region", "region_name"]
    communes = pd.read_parquet(path, columns=columns).drop_duplicates("department")
    return communes.set_axis(["code", "name", *columns[2:]], axis=1).set_index("code")
