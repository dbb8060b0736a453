"""What footprints gain with ten times the customers, and where the register tells less.

By hand: `python benchmarks/antenna_footprints.py` prints, `--store` also writes
`benchmarks/antenna_footprints.json`; the chapter `antenna-footprints` shows some of it.

The chapter's own cells are run on Lyon of other twins: of the same seeds as they are, with the
generator's option `harder` (powers, walls and hills of which the register tells less, an operator's
share that varies more, fewer events), and once with ten times the customers. What is stored is of
100 residents: misplaced by Voronoi cells, by footprints with a prior of built-up land, and by
nights multiplied with a flat prior; and the interval of the first less the second.
"""

import argparse
import contextlib
import io
import json
from pathlib import Path
from unittest import mock

import matplotlib as mpl
import nbformat
import pandas as pd

import ssplab
from ssplab.course import card_tables, load_card
from ssplab.data import conform, generator

CARD = load_card("mobile_phones")
STORED = Path(__file__).with_suffix(".json")
CHAPTER = ssplab.course_root() / "chapters" / "machine-learning" / "antenna-footprints.ipynb"
CELLS = [
    "prepare",
    "voronoi",
    "register",
    "strength",
    "signal",
    "connection",
    "posterior",
    "parts",
    "weights",
    "score",
    "decide",
    "multiply",
    "persons",
    "bootstrap",
]
SEEDS = (2023, 1, 2, 3, 4)
METHODS = ["Voronoi cells, by area", "footprints, land", "nights multiplied, flat"]


def twin(seed: int, scale: float, *, harder: bool) -> dict[str, pd.DataFrame]:
    """Return the tables of a twin, those of the truth as `truth/NAME`."""
    tables, parts = card_tables(CARD), {}
    for block in generator(CARD).blocks(seed, scale, harder=harder):
        for name, frame in block.named().items():
            parts.setdefault(name, []).append(conform(frame, tables[name]))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def scored(seed: int, scale: float, *, harder: bool) -> dict[str, float]:
    """Return what the chapter's cells find on a twin, of 100 residents."""
    tables = twin(seed, scale, harder=harder)

    def load(_, name="records"):
        return tables[name].copy()

    def truth(_, name):
        return tables[f"truth/{name}"].copy()

    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    names: dict[str, object] = {"ssplab": ssplab}
    silent = contextlib.redirect_stdout(io.StringIO())  # what is printed here is JSON only
    with silent, mock.patch.multiple(ssplab, load=load, truth=truth, create=True):
        for cell in CELLS:
            exec(compile(sources[cell], cell, "exec"), names)
    found = {name: names["scores"][name] for name in METHODS}
    found |= {"customers": len(names["weights"]), "low": names["low"], "high": names["high"]}
    return {name: round(float(value), 2) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    mpl.use("agg")
    measured = {
        "seeds": list(SEEDS),
        "as they are": [scored(seed, 1, harder=False) for seed in SEEDS],
        "harder": [scored(seed, 1, harder=True) for seed in SEEDS],
        "ten times the customers": scored(2023, 10, harder=False),
    }
    text = json.dumps(measured, indent=1, ensure_ascii=False)
    print(text)
    if asked.store:
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
