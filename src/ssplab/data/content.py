"""The content of a table as its card has it: columns, types, decimals, and a hash of the whole.

Content is the same on every processor: values are rounded to the card's decimals before they are
stored, and the hash is of that content, not of a file's bytes.
"""

import hashlib

import numpy as np
import pandas as pd

from ssplab.course import Card, Table, Variable, card_tables

DTYPES = {
    # (type on the card, may be missing): pandas dtype
    ("string", False): "str",
    ("string", True): "str",
    ("integer", False): "int64",
    ("integer", True): "Int64",
    ("float", False): "float64",
    ("float", True): "float64",
    ("boolean", False): "bool",
    ("boolean", True): "boolean",
    ("date", False): "datetime64[us]",
    ("date", True): "datetime64[us]",
    ("datetime", False): "datetime64[us]",
    ("datetime", True): "datetime64[us]",
}


def dtype_of(values: pd.Series, variable: Variable, *, optional: bool) -> str:
    """Return the pandas dtype of a variable: that of its type, but for integers with fractions.

    An own extract may have these where the card says so.
    """
    if variable.fractions and pd.api.types.is_float_dtype(values) and (values % 1).any():
        return "float64"
    return DTYPES[variable.type, optional]


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return `frame` with the card's columns in the card's order, types and decimals.

    Raises
    ------
    KeyError
        If a column of the card is missing.
    TypeError, ValueError
        If values cannot be read as the card's type.
    """
    frame = frame[list(table.variables)]
    frame = frame.astype(
        {
            name: dtype_of(frame[name], variable, optional=variable.missing is not None)
            for name, variable in table.variables.items()
        }
    )
    decimals = {
        name: variable.decimals
        for name, variable in table.variables.items()
        if variable.decimals is not None
    }
    return frame.round(decimals).reset_index(drop=True)


def content_hash(tables: dict[str, pd.DataFrame], card: Card) -> str:
    """Return `sha256:…` of the canonical content of all tables of a data set.

    Floats count as whole numbers of their last stored decimal, dates as ISO days,
    moments as microseconds, so the hash
    depends neither on the processor nor on Parquet, pandas or the compression.
    """
    digest = hashlib.sha256()
    for name, table in card_tables(card).items():
        for column, variable in table.variables.items():
            digest.update(f"\x1d{name}\x1e{column}\x1e{variable.type}\x1e".encode())
            digest.update(_canonical(tables[name][column], variable))
    return f"sha256:{digest.hexdigest()}"


def _canonical(values: pd.Series, variable) -> bytes:
    missing = values.isna().to_numpy()
    if variable.type == "float":
        numbers = np.rint(values.fillna(0).to_numpy(float) * 10**variable.decimals)
        content = numbers.astype("<i8").tobytes()
    elif variable.type in ("integer", "boolean"):
        content = values.fillna(0).to_numpy("int64").astype("<i8").tobytes()
    elif variable.type == "datetime":
        moments = values.fillna(pd.Timestamp(0)).to_numpy("datetime64[us]")
        content = moments.astype("<i8").tobytes()
    elif variable.type == "date":
        days = values.dt.strftime("%Y-%m-%d")
        content = "\x1f".join(days.fillna("").tolist()).encode()
    else:
        content = "\x1f".join(values.fillna("").tolist()).encode()
    return np.packbits(missing).tobytes() + content
