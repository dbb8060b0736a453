"""How the search of `employer-detection` grows with the register: seconds and memory.

By hand: `python benchmarks/employer_detection.py` prints, `--store` also writes
`benchmarks/employer_detection.json` with the machine named; the chapter shows some of it.

The functions are the chapter's own, taken by `taught`. Each row is one process, which lists the
names of a twin at one scale and asks for the 20 units nearest to each of 2,000 forms, within the
département or in the whole register. Seconds are those of the processor, on one thread: `index`
those of weighing the trigrams of all names, which is done once, `search` those of comparing the
forms, and `product` those of the sparse product alone, which every search by trigrams needs: the
rest is `best_pairs`, which writes every row out in full and sorts it.
`recall@k` is the share of the forms whose right unit is among the first k, in per cent. Memory is
the most that the process ever held, libraries and tables included; `bytes_a_name` is the size of
the sparse table. `ten_million` goes on from the two largest twins to the establishments of
France and to a million forms: an extrapolation, not a measure. Linux and macOS only: it needs the
module `resource`.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import numpy as np
from machine import machine
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

import ssplab
from ssplab import taught

CHAPTER = "employer-detection"
STORED = Path(__file__).with_suffix(".json")
BLOCKS = ("département", "whole register")
SCALES = (1, 3, 10, 30)
ASKED = 2000
REPEATS = 3
PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn")


def multiply(table, wanted, in_block: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Multiply the rows asked by the names of their block, in the parts that `search` makes."""
    for rows, inside in in_block:
        within = table[inside].T.tocsr()
        for part in np.array_split(rows, 1 + len(rows) * len(inside) // 4_000_000):
            wanted[part] @ within


def measure(scale: float, block: str) -> dict[str, object]:
    """List the names of a register and search them, in a process of its own."""
    forms, establishments, enterprises = (
        ssplab.load("employers", table, seed=2018, scale=scale)
        for table in ("forms", "establishments", "enterprises")
    )
    register = taught(CHAPTER, "register_of")(establishments, enterprises).set_index("siret")
    forms = forms.set_index("cabbi").sort_index()
    names = taught(CHAPTER, "names_of")(register.reset_index()).set_index("siret")["name"]
    asked = taught("cleaning-labels", "clean")(forms["rs_x"])
    asked = asked.iloc[np.linspace(0, len(forms) - 1, ASKED).astype(int)]
    asked = asked.dropna()
    blocks, in_block = (), [(np.arange(len(asked)), np.arange(len(names)))]
    if block != "whole register":
        of_forms, of_units = taught(CHAPTER, "departments")(forms, register)
        blocks = of_forms[asked.index], of_units.loc[names.index]
        rows, inside = (one.groupby(one.to_numpy()).indices for one in blocks)
        in_block = [(rows[one], inside[one]) for one in rows if one in inside]
    trigrams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
    search = taught(CHAPTER, "search")
    with threadpool_limits(1):
        index, product, whole = [], [], []
        for _ in range(REPEATS):
            start = time.process_time()
            table = trigrams.fit_transform(names)
            indexed = time.process_time()
            multiply(table, trigrams.transform(asked), in_block)
            multiplied = time.process_time()
            found = search(asked, names, 20, *blocks)
            index.append(indexed - start)
            product.append(multiplied - indexed)
            whole.append(time.process_time() - multiplied)
    true = ssplab.truth("employers", seed=2018, scale=scale).set_index("cabbi")["siret"]
    is_right = found["listed"] == found["asked"].map(true)
    place = found.groupby("asked").cumcount()
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "scale": scale,
        "establishments": len(register),
        "names": len(names),
        "forms": int(found["asked"].nunique()),
        "block": block,
        "index": round(min(index), 2),
        "product": round(min(product), 2),
        "search": round(min(whole) - min(index), 2),
        "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 2),
        "recall@1": round(100 * float(is_right[place < 1].sum()) / ASKED, 1),
        "recall@20": round(100 * float(is_right.sum()) / ASKED, 1),
        "bytes_a_name": round((table.data.nbytes + table.indices.nbytes) / len(names)),
    }


def at_ten_million(measured: list[dict[str, object]]) -> dict[str, dict[str, float]]:
    """Go on to ten million establishments, by the power law through the two largest twins.

    A power below one cannot last where every name of a block is compared: the seconds that do not
    grow weigh in small registers only. So the least power taken is one.

    Returns
    -------
    dict
        Of each block, `index hours` and `search hours` of the processor, the second for a million
        forms; `peak GB` for as many forms as were asked; `power`, the exponent of the seconds of
        the search in the number of establishments, as measured; and `power taken`.
    """
    reached = {}
    for block in dict.fromkeys(row["block"] for row in measured):
        smaller, larger = [row for row in measured if row["block"] == block][-2:]
        step = np.log(larger["establishments"] / smaller["establishments"])
        left = np.log(10e6 / larger["establishments"])
        power = {
            name: np.log(larger[name] / smaller[name]) / step
            for name in ("index", "search", "peak GB")
        }
        taken = {**power, "search": max(1.0, power["search"])}
        then = {name: larger[name] * np.exp(taken[name] * left) for name in taken}
        reached[block] = {
            "index hours": round(float(then["index"]) / 3600, 2),
            "search hours": round(float(then["search"]) / 3600 * 1e6 / larger["forms"], 1),
            "peak GB": round(float(then["peak GB"])),
            "power": round(float(power["search"]), 2),
            "power taken": round(float(taken["search"]), 2),
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
