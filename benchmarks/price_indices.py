"""How fast the functions of the chapters on prices are, in how much memory, beside PriceIndexCalc.

By hand: `python benchmarks/price_indices.py` prints, `--store` also writes
`benchmarks/price_indices.json` with the machine named; `multilateral-indices` shows how it compares
with PriceIndexCalc, `production-indices` how long it takes.

The functions are those that `price-indices` and `multilateral-indices` teach. Each method takes the
scanner twin at `--scale` in one process, which generates nothing; seconds are those of the
processor, and each is also told as a multiple of what pandas takes to sum quantity and turnover of
the same rows by week and product, since seconds are of one machine. Memory is the most that the
process ever held, libraries and tables included.

PriceIndexCalc computes the same indices. It is compared where it can be imported: on the example
of the chapters, also with the products of each month in another order, and on one family of the
twin that ships. It is not among the course's dependencies, since it imports statsmodels and seaborn
without declaring them and its default engine for the TPD fails with pandas 3.
In an environment of its own, beside the course's packages:
`pip install --no-deps PriceIndexCalc==0.7 statsmodels patsy seaborn`.
Linux and macOS only: it needs the module `resource`.
"""

import argparse
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
import pandas as pd
from machine import tell

import ssplab
from ssplab import taught

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "data-science" / "price-indices.ipynb"
STORED = Path(__file__).with_suffix(".json")
TAUGHT = {
    "price-indices": ["panel", "tornqvist", "fisher"],
    "multilateral-indices": ["geks", "geary_khamis", "time_product_dummy"],
}
FAMILY = "EPICERIE SUCREE"
REPEATS = 50  # of the chapters' functions on one family, which take milliseconds
PACKAGES = ("numpy", "pandas", "scipy")


def functions() -> SimpleNamespace:
    """Return the functions that the chapters teach."""
    named = {name: taught(chapter, name) for chapter, names in TAUGHT.items() for name in names}
    return SimpleNamespace(**named)


def example() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return prices and quantities of the small market, from the cells that make it."""
    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    namespace: dict[str, object] = {}
    for cell in ("market", "households"):
        exec(compile(sources[cell], cell, "exec"), namespace)
    return namespace["prices"], namespace["quantities"]


def rows(scale: float) -> pd.DataFrame:
    """Return the sales of a twin, with their family and the number of their product."""
    sales = ssplab.load("scanner", seed=2023, scale=scale)
    items = ssplab.load("scanner", "items", seed=2023, scale=scale)[["ean", "family"]]
    sales = sales.merge(items, on="ean", validate="many_to_one")
    return sales.assign(product=sales.groupby(["outlet", "ean"]).ngroup())


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
    own = functions()
    sales = rows(scale)
    start = time.process_time()
    sales.groupby(["date", "product"])[["quantity", "turnover"]].sum()
    by_pandas = time.process_time() - start
    start = time.process_time()
    base = {family: own.panel(part) for family, part in sales.groupby("family")}
    seconds["lay out"] = time.process_time() - start
    for name, method in methods(own).items():
        start = time.process_time()
        for panel in base.values():
            method(*panel)
        seconds[name] = time.process_time() - start
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "scale": scale,
        "rows": len(sales),
        "products": sum(panel[0].shape[1] for panel in base.values()),
        "families": len(base),
        "weeks": sales["date"].nunique(),
        "seconds of pandas' group-by": round(by_pandas, 2),
        "seconds": {name: round(spent, 2) for name, spent in seconds.items()},
        "times pandas' group-by": {
            name: round(spent / by_pandas, 2) for name, spent in seconds.items()
        },
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

    own = functions()
    sales = rows(1)
    family = own.panel(sales[sales["family"] == FAMILY])
    market = example()
    compared_rows, seconds = {}, {"ours": 0.0, "theirs": 0.0}
    for source, panel in {"example": market, "family": family}.items():
        for name, method in methods(own).items():
            start = time.process_time()
            ours = [float(method(*panel)[-1]) for _ in range(REPEATS)][-1]
            middle = time.process_time()
            calculated = theirs(name, by_row(*panel))
            if source == "family" and name.startswith("GEKS"):
                seconds["ours"] += (middle - start) / REPEATS
                seconds["theirs"] += time.process_time() - middle
            compared_rows[f"{name}, {source}"] = {
                "this chapter": ours,
                "PriceIndexCalc": calculated,
            }
    # within the months only: the first row's month is PriceIndexCalc's base, and must stay
    shuffled = by_row(*market).sample(frac=1, random_state=1)
    shuffled = shuffled.sort_values("month", kind="stable", ignore_index=True)
    compared_rows["GEKS-Törnqvist, example, products in another order"] = {
        "this chapter": compared_rows["GEKS-Törnqvist, example"]["this chapter"],
        "PriceIndexCalc": theirs("GEKS-Törnqvist", shuffled),
    }
    return {
        "version": version("PriceIndexCalc"),
        "last period": compared_rows,
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
    tell(measured, PACKAGES, STORED if asked.store else None)


if __name__ == "__main__":
    main()
