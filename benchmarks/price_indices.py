"""How fast the functions of `price-indices` are, in how much memory, and beside PriceIndexCalc.

By hand: `python benchmarks/price_indices.py` prints, `--store` also writes
`benchmarks/price_indices.json` with the machine named; the chapter shows some of it.

The functions are run from the chapter's own cells. Each method takes the scanner twin at `--scale`
in one process, which generates nothing; seconds are those of the processor, memory is the most that
the process ever held, libraries and tables included.

PriceIndexCalc computes the same indices. It is compared where it can be imported: on the example
of the chapter, also with the products of each month in another order, and on one family of the twin
that ships. It is not among the course's dependencies, since it imports statsmodels and seaborn
without declaring them and its default engine for the TPD fails with pandas 3.
In an environment of its own, beside the course's packages:
`pip install --no-deps PriceIndexCalc==0.7 statsmodels patsy seaborn`.
Linux and macOS only: it needs the module `resource`.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import resource
import sys
import time
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
from machine import machine

import ssplab

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "data-science" / "price-indices.ipynb"
STORED = Path(__file__).with_suffix(".json")
EXAMPLE = ["market", "pair", "filled", "laspeyres", "fisher", "log-change", "tornqvist", "geks"]
EXAMPLE += ["geary-khamis", "time-product-dummy"]
FAMILY = "EPICERIE SUCREE"
REPEATS = 50  # of the chapter's functions on one family, which take milliseconds
PACKAGES = ("numpy", "pandas", "scipy")


def chapter(cells: list[str], **names: object) -> SimpleNamespace:
    """Run some of the chapter's cells, by id, and return what they bind."""
    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    namespace = {"np": np, "pd": pd, "ssplab": ssplab, **names}
    with contextlib.redirect_stdout(io.StringIO()):  # what is printed here is JSON only
        for cell in cells:
            exec(compile(sources[cell], cell, "exec"), namespace)
    return SimpleNamespace(**namespace)


def methods(own: SimpleNamespace) -> dict:
    """Return the multilateral methods: each takes prices and quantities."""
    return {
        "GEKS-Törnqvist": lambda *panel: own.geks(own.tornqvist(*panel)),
        "GEKS-Fisher": lambda *panel: own.geks(own.fisher(*panel)),
        "Geary–Khamis": own.geary_khamis,
        "time-product dummy": own.time_product_dummy,
    }


def large(scale: float) -> dict[str, object]:
    """Run the methods on a large twin, which is in the cache already."""
    seconds = {}
    start = time.process_time()
    own = chapter([*EXAMPLE, "load", "panel", "panels"], data="scanner", seed=2023, scale=scale)
    base = own.panels(own.sales, "outlet", "ean")
    seconds["load and lay out"] = time.process_time() - start
    for name, method in methods(own).items():
        start = time.process_time()
        for panel in base.values():
            method(*panel)
        seconds[name] = time.process_time() - start
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "scale": scale,
        "rows": len(own.sales),
        "products": sum(panel[0].shape[1] for panel in base.values()),
        "families": len(base),
        "weeks": len(own.weeks),
        "seconds": {name: round(spent, 2) for name, spent in seconds.items()},
        "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 2),
    }


def by_row(prices: pd.DataFrame, quantities: pd.DataFrame) -> pd.DataFrame:
    """Return a panel as PriceIndexCalc takes it: a row a product sold in a period.

    Its order matters: periods are compared with the one in the first row, products by position.
    """
    long = prices.melt(var_name="id", value_name="price", ignore_index=False)
    long["quantity"] = quantities.melt()["value"].to_numpy()
    long = long.dropna().rename_axis("month").reset_index()
    positions = long["month"].rank(method="dense").astype(int)
    long = long.assign(month=positions.map("{:04d}".format), id=long["id"].astype(str))
    return long.sort_values(["month", "id"], ignore_index=True)


def compared() -> dict[str, object]:
    """Compare with PriceIndexCalc, on the example and on a family of the twin that ships."""
    from PriceIndexCalc.pandas_modules.index_methods import multilateral_methods

    def theirs(name: str, rows: pd.DataFrame) -> float:
        # the default engine of its TPD fails with pandas 3: the dummies are booleans there
        options = {
            "GEKS-Törnqvist": {"method": "geks", "bilateral_method": "tornqvist"},
            "GEKS-Fisher": {"method": "geks", "bilateral_method": "fisher"},
            "Geary–Khamis": {"method": "gk"},
            "time-product dummy": {"method": "tpd", "td_engine": "statsmodels"},
        }
        return float(multilateral_methods(rows.copy(), **options[name]).iloc[-1, 0])

    own = chapter([*EXAMPLE, "load", "panel", "panels"], data="scanner", seed=2023, scale=1)
    base = own.panels(own.sales, "outlet", "ean")
    family = next(panel for (_, name), panel in base.items() if name == FAMILY)
    rows, seconds = {}, {"ours": 0.0, "theirs": 0.0}
    for source, panel in {"example": (own.prices, own.quantities), "family": family}.items():
        for name, method in methods(own).items():
            start = time.process_time()
            ours = [float(method(*panel)[-1]) for _ in range(REPEATS)][-1]
            middle = time.process_time()
            calculated = theirs(name, by_row(*panel))
            if source == "family" and name.startswith("GEKS"):
                seconds["ours"] += (middle - start) / REPEATS
                seconds["theirs"] += time.process_time() - middle
            rows[f"{name}, {source}"] = {"this chapter": ours, "PriceIndexCalc": calculated}
    # within the months only: the first row's month is PriceIndexCalc's base, and must stay
    shuffled = by_row(own.prices, own.quantities).sample(frac=1, random_state=1)
    shuffled = shuffled.sort_values("month", kind="stable", ignore_index=True)
    rows["GEKS-Törnqvist, example, products in another order"] = {
        "this chapter": rows["GEKS-Törnqvist, example"]["this chapter"],
        "PriceIndexCalc": theirs("GEKS-Törnqvist", shuffled),
    }
    return {
        "version": version("PriceIndexCalc"),
        "last period": rows,
        "times as long": round(seconds["theirs"] / seconds["ours"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=7, help="of the twin: 7 is two million rows")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    compares = find_spec("PriceIndexCalc") is not None
    if asked.store and not compares:
        parser.error(
            "the chapter shows the comparison with PriceIndexCalc, which is not installed: leave "
            "--store out, or install it as the first lines of this file say"
        )
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(1) as pool:
        pool.apply(ssplab.load, ["scanner"], {"seed": 2023, "scale": asked.scale})
    with fresh.Pool(1) as pool:
        measured = {"large": pool.apply(large, [asked.scale])}
    if compares:
        warnings.simplefilter("ignore")  # of seaborn and of the programme
        measured["PriceIndexCalc"] = compared()
    else:
        print("PriceIndexCalc is not installed: not compared", file=sys.stderr)
    measured["machine"] = machine(PACKAGES)
    text = json.dumps(measured, indent=1, ensure_ascii=False)
    print(text)
    if asked.store:
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
