"""A card's table as a pandera schema: what the data room and own extracts are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ssplab.course import Table
from ssplab.data.content import DTYPES

if TYPE_CHECKING:  # dear to load, and a kernel that loads a twin holds it against no card
    import pandera.pandas as pa


def schema(table: Table, *, own: bool = False) -> pa.DataFrameSchema:
    """Return the pandera schema of a card's table.

    With `own`, for an extract that the course has not seen, extra columns and codes are allowed,
    and types are not looked at: reading has seen to them.
    """
    import pandera.pandas as pa

    columns = {}
    for name, variable in table.variables.items():
        checks = []
        if variable.codes and not own:
            checks.append(pa.Check.isin(list(variable.codes), error="not a code of the card"))
        if variable.minimum is not None:
            checks.append(pa.Check.ge(variable.minimum, error=f"below {variable.minimum:g}"))
        if variable.maximum is not None:
            checks.append(pa.Check.le(variable.maximum, error=f"above {variable.maximum:g}"))
        nullable = variable.missing is not None
        dtype = None if own else DTYPES[variable.type, nullable]
        columns[name] = pa.Column(dtype, checks, nullable=nullable)
    return pa.DataFrameSchema(columns, strict=not own, unique=table.key)


def failures(frame: pd.DataFrame, table: Table, *, own: bool = False) -> pd.DataFrame:
    """Return all that does not fit, one row a value: pandera's `failure_cases`.

    `check` names what is wrong with the value `failure_case` of `column` in the row `index`.
    """
    import pandera.pandas as pa

    try:
        schema(table, own=own).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        return error.failure_cases
    return pd.DataFrame(columns=["column", "check", "failure_case", "index"])
