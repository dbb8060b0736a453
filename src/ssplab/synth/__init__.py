"""Generators of the synthetic twins, one module a data set, and what they share.

A generator module has

- `blocks(seed, scale)`, which yields `Block`s: a fixed number of statistical units each, drawn from
  their own `numpy.random.SeedSequence(seed, spawn_key=(i,))`, so that a large twin streams;
- `n_blocks(scale)`, their number, for the progress bar;
- `measure_margins(twin)` and `measure_difficulty(twin)`, dictionaries of floats whose names are
  those of the card's `margins` and `difficulty.measures`: what the twin reaches;
- `WORDS`, what of the twin is data and not code, read from `words.yml` in the data set's folder
  (`ssplab.twins.words.load_words`);
- `count_planted(tables)`, only where the truth of the main table has no columns `kind` and `type`
  that tell it: rows by `(kind, type)` of the card's `planted`; tables by place, `truth/…`.

Content is the same on every processor: values are rounded to the card's decimals before they are
stored, and the hash is of that content, not of a file's bytes.
"""

import hashlib
import importlib
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ssplab.cards import Card, Table
from ssplab.errors import SsplabError

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
}


@dataclass
class Block:
    """Tables of a twin, or of a part of one, and the truth that is kept apart."""

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame] = field(default_factory=dict)

    def named(self) -> dict[str, pd.DataFrame]:
        """Return all tables by their place in the data set's folder, `truth/…` for the truth."""
        return {**self.tables, **{f"truth/{name}": frame for name, frame in self.truth.items()}}


def generator(card: Card):
    """Return the module that generates a synthetic data set.

    Raises
    ------
    SsplabError
        If the data set is real.
    """
    if card.origin != "synthetic":
        raise SsplabError(
            f"{card.name!r} holds real data: it has no generator, no seed and no scale. "
            f'Read it with ssplab.load("{card.name}").'
        )
    return importlib.import_module(card.builder)


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
            name: DTYPES[variable.type, variable.missing is not None]
            for name, variable in table.variables.items()
        }
    )
    decimals = {
        name: variable.decimals
        for name, variable in table.variables.items()
        if variable.decimals is not None
    }
    return frame.round(decimals).reset_index(drop=True)


def card_tables(card: Card) -> dict[str, Table]:
    """Return the card's tables by their place in the folder, as `Block.named` does."""
    return {**card.tables, **{f"truth/{name}": table for name, table in card.truth.items()}}


def generate(
    card: Card, seed: int, scale: float, *, advance: Callable[[], None] = lambda: None
) -> Block:
    """Generate a twin in memory; `advance` is called after each block."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for block in _blocks(card, seed, scale):
        for name, frame in block.named().items():
            parts.setdefault(name, []).append(frame)
        advance()
    whole = {
        name: conform(pd.concat(parts[name], ignore_index=True), table)
        for name, table in card_tables(card).items()
    }
    return Block(
        {name: frame for name, frame in whole.items() if not name.startswith("truth/")},
        {name.removeprefix("truth/"): f for name, f in whole.items() if name.startswith("truth/")},
    )


def build(
    card: Card,
    out: Path,
    *,
    seed: int,
    scale: float,
    advance: Callable[[], None] = lambda: None,
) -> Path:
    """Write a twin to the new folder `out`, block by block, in bounded memory.

    Each table becomes a folder `TABLE.parquet/` of parts, the truth stands in `truth/`. The folder
    appears whole or not at all: an interrupted build leaves nothing.

    Raises
    ------
    SsplabError
        If `out` exists, if seed or scale make no sense, or if the disk is full.
    """
    if out.exists():
        raise SsplabError(f"{out} exists already. Name another folder, or delete it first.")
    check_scale(scale)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise SsplabError(f"Cannot write to {out.parent}: {error.strerror}.") from error
    try:
        for number, block in enumerate(_blocks(card, seed, scale)):
            for name, frame in block.named().items():
                part = unfinished / f"{name}.parquet" / f"part-{number:05d}.parquet"
                part.parent.mkdir(parents=True, exist_ok=True)
                conform(frame, card_tables(card)[name]).to_parquet(part, index=False)
            advance()
        unfinished.chmod(0o755)  # mkdtemp makes it private
        os.replace(unfinished, out)
    except OSError as error:
        raise SsplabError(
            f"Could not write {card.name} to {out}: {error.strerror or error}. "
            "Nothing was kept. Free some space, name another --out, or take a smaller --scale."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return out


def _blocks(card: Card, seed: int, scale: float):
    check_scale(scale)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise SsplabError(f"seed is {seed!r}: it must be a whole number, 0 or more.")
    return generator(card).blocks(int(seed), float(scale))


def check_scale(scale: float) -> None:
    """Raise SsplabError unless `scale` is a finite number above 0."""
    if (
        isinstance(scale, bool)
        or not isinstance(scale, int | float | np.number)
        or not math.isfinite(scale)
        or scale <= 0
    ):
        raise SsplabError(
            f"scale is {scale!r}: it must be a number above 0 (1 is the size of the sample that "
            "ships, 10 is ten times as many statistical units)."
        )


def content_hash(tables: dict[str, pd.DataFrame], card: Card) -> str:
    """Return `sha256:…` of the canonical content of all tables of a data set.

    Floats count as whole numbers of their last stored decimal, dates as ISO days, so the hash
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
    elif variable.type == "date":
        days = values.dt.strftime("%Y-%m-%d")
        content = "\x1f".join(days.fillna("").tolist()).encode()
    else:
        content = "\x1f".join(values.fillna("").tolist()).encode()
    return np.packbits(missing).tobytes() + content
