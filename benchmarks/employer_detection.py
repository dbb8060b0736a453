"""How the retriever of `employer-detection` grows with the register: seconds and memory.

By hand: `python benchmarks/employer_detection.py` prints, `--store` also writes
`benchmarks/employer_detection.json` with the machine named; the chapter shows some of it.

The functions are run from the chapter's own cells. Each row is one process, which indexes the
names of a twin at one scale and asks for the 20 nearest of 2,000 forms, within the département or
without a block. Seconds are those of the processor, on one thread: `seconds` those of index and
search, `index` those of the index alone. Memory is the most that the process ever held, libraries
and tables included; `bytes_a_name` is the size of the sparse index. `ten_million` goes on from the
two largest twins to the establishments of France: an extrapolation, not a measure. Linux and macOS
only: it needs the module `resource`.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from machine import machine
from threadpoolctl import threadpool_limits

import ssplab

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "textual-analysis" / "employer-detection.ipynb"
STORED = Path(__file__).with_suffix(".json")
CELLS = ["load", "register", "clean", "ours", "grams", "largest", "nearest"]
BLOCKS = ("département", "none")
SCALES = (1, 3, 10, 30)
ASKED = 2000
PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn")


def chapter(**names: object) -> dict[str, object]:
    """Run the cells of the chapter that make the retriever, and return what they bind."""
    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    namespace = {"np": np, "pd": pd, "ssplab": ssplab, **names}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in CELLS:
            exec(compile(sources[cell], cell, "exec"), namespace)
    return namespace


def measure(scale: float, block: str) -> dict[str, object]:
    """Index a register and search it, in a process of its own; the twin is in the cache."""
    own = chapter(data="employers", seed=2018, scale=scale)
    listed = own["names"].assign(name=own["bare"]).set_index("siret")["name"].dropna()
    rows = np.linspace(0, len(own["forms"]) - 1, ASKED).astype(int)
    asked, blocks = own["box"].iloc[rows], ()
    if block != "none":
        there = own["place"]["department"].reindex(listed.index)
        blocks = (own["ours"]["department"].iloc[rows], there)
    with threadpool_limits(1):
        start = time.process_time()
        index = own["TfidfVectorizer"](**own["GRAMS"]).fit_transform(listed)
        indexed = time.process_time()
        found = own["nearest"](asked, listed, 20, *blocks)
        ended = time.process_time()
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "scale": scale,
        "establishments": len(own["register"]),
        "names": len(listed),
        "forms": int(found["asked"].nunique()),
        "block": block,
        "index": round(indexed - start, 2),
        "seconds": round(ended - indexed, 2),
        "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 2),
        "bytes_a_name": round((index.data.nbytes + index.indices.nbytes) / len(listed)),
    }


def at_ten_million(measured: list[dict[str, object]]) -> dict[str, dict[str, float]]:
    """Go on to ten million establishments, by the power law through the two largest twins.

    Returns
    -------
    dict
        Of each block, `hours` of the processor and `peak GB` for as many forms as were asked, and
        `power`, the exponent of the seconds in the number of establishments.
    """
    reached = {}
    for block in dict.fromkeys(row["block"] for row in measured):
        smaller, larger = [row for row in measured if row["block"] == block][-2:]
        step = np.log(larger["establishments"] / smaller["establishments"])
        left = np.log(10e6 / larger["establishments"])
        power = {
            name: np.log(larger[name] / smaller[name]) / step for name in ("seconds", "peak GB")
        }
        then = {name: larger[name] * np.exp(power[name] * left) for name in power}
        reached[block] = {
            "hours": round(float(then["seconds"]) / 3600, 2),
            "peak GB": round(float(then["peak GB"])),
            "power": round(float(power["seconds"]), 2),
        }
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", type=float, nargs="+", help="of the twin; 1 is 20,000 units")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    if asked.store and asked.scales:
        parser.error("what is stored has all sizes: leave --scales out")
    fresh, measured = multiprocessing.get_context("spawn"), []
    for scale in asked.scales or SCALES:
        with fresh.Pool(1) as pool:
            pool.apply(ssplab.load, ["employers"], {"seed": 2018, "scale": scale})
        for block in BLOCKS:
            with fresh.Pool(1) as pool:
                measured.append(pool.apply(measure, [scale, block]))
            print(json.dumps(measured[-1], ensure_ascii=False), flush=True)
    if asked.store:
        stored = {"measured": measured, "ten_million": at_ten_million(measured)}
        stored["machine"] = machine(PACKAGES)
        text = json.dumps(stored, indent=1, ensure_ascii=False)
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
