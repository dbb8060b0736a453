"""What footprints gain where the register tells less, and with ten times the customers.

By hand: `python benchmarks/antenna_footprints.py` prints, `--store` also writes
`benchmarks/antenna_footprints.json`; the chapter `antenna-footprints` shows it.

The chapter's own cells are run on two other twins of the card's seed: one of the generator's
option `harder` (powers, walls and hills of which the register tells less, an operator's share that
varies more, fewer events), by city; and one with ten times the customers, in Lyon. What is stored
is of 100 residents: misplaced by Voronoi cells, by land without phones, by footprints with a prior
of built-up land, and by nights multiplied with a flat prior; and for Lyon the interval of what
footprints gain over cells.
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
    "totals",
    "multiply",
    "persons",
    "bootstrap",
]
METHODS = ["Voronoi cells, by area", "footprints, land", "nights multiplied, flat"]


def twin(scale: float, *, harder: bool) -> dict[str, pd.DataFrame]:
    """Return the tables of a twin of the card's seed, those of the truth as `truth/NAME`."""
    tables, parts = card_tables(CARD), {}
    for block in generator(CARD).blocks(CARD.seed, scale, harder=harder):
        for name, frame in block.named().items():
            parts.setdefault(name, []).append(conform(frame, tables[name]))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def run(cells: list[str], scale: float, *, harder: bool) -> dict[str, object]:
    """Run cells of the chapter on a twin; return what they bind."""
    tables = twin(scale, harder=harder)

    def load(_, name="records"):
        return tables[name].copy()

    def truth(_, name):
        return tables[f"truth/{name}"].copy()

    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    names: dict[str, object] = {"ssplab": ssplab}
    silent = contextlib.redirect_stdout(io.StringIO())  # what is printed here is JSON only
    with silent, mock.patch.multiple(ssplab, load=load, truth=truth, create=True):
        for cell in cells:
            exec(compile(sources[cell], cell, "exec"), names)
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    mpl.use("agg")
    harder = run([*CELLS, "cities"], 1, harder=True)["cities"]
    larger = run(CELLS, 10, harder=False)
    measured = {
        "harder": harder.astype("float").round(2).to_dict("index"),
        "ten times the customers": {
            "customers": len(larger["weights"]),
            **{name: round(float(larger["scores"][name]), 2) for name in METHODS},
            **{name: round(float(larger[name]), 2) for name in ["gain", "low", "high"]},
        },
    }
    text = json.dumps(measured, indent=1, ensure_ascii=False)
    print(text)
    if asked.store:
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
