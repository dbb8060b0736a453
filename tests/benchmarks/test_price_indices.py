"""The benchmark of the price indices: that it runs and counts, and that what it stored still holds.

What is fast is for people to judge.
"""

import json
from importlib.util import find_spec
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scripts import run_script

import ssplab
from ssplab.course.cards import load_card
from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "price_indices.py"
STORED = SCRIPT.with_suffix(".json")
METHODS = ["GEKS-Törnqvist", "GEKS-Fisher", "Geary–Khamis", "time-product dummy"]
REORDERED = "GEKS-Törnqvist, example, products in another order"
INSTALLED = find_spec("PriceIndexCalc") is not None


@pytest.fixture(scope="module")
def script():
    """What the script defines; it imports `machine` from its own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        return SimpleNamespace(**run_path(str(SCRIPT)))


@pytest.fixture(scope="module")
def panels(script):
    """The methods, and the panels that are compared, prices and quantities, by name in the file."""
    own = script.functions()
    sales = script.rows(1)
    family = own.panel(sales[sales["family"] == script.FAMILY])
    return script.methods(own), {"example": script.example(), "family": family}


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


def sold_at_all():
    """Return how many families there are, and how many products are sold in some week."""
    sales = ssplab.load("scanner")
    sales = sales.merge(ssplab.load("scanner", "items")[["ean", "family"]], on="ean")
    sums = sales.groupby(["family", "outlet", "ean", "date"])[["quantity", "turnover"]].sum()
    sold = sums[(sums > 0).all(axis=1)].reset_index()
    return sold["family"].nunique(), len(sold[["outlet", "ean"]].drop_duplicates())


@pytest.mark.slow
def test_the_twin_that_ships_is_measured():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--scale", "1")
    missing = "" if INSTALLED else "PriceIndexCalc is not installed: not compared\n"
    assert (done.returncode, done.stderr) == (0, missing)
    measured = json.loads(done.stdout)
    large = measured["large"]
    assert large["rows"] == load_card("scanner").tables["sales"].rows
    assert large["weeks"] == ssplab.load("scanner")["date"].nunique()
    assert (large["families"], large["products"]) == sold_at_all()
    assert list(large["seconds"]) == ["lay out", *METHODS]
    assert list(large["times pandas' group-by"]) == ["lay out", *METHODS]
    assert large["seconds of pandas' group-by"] > 0
    assert large["peak GB"] > 0.05  # Python with pandas takes more
    assert all(measured["machine"].values())
    assert STORED.read_bytes() == before


@pytest.mark.skipif(INSTALLED, reason="PriceIndexCalc is installed: what is stored is whole")
def test_storing_without_the_comparison_is_refused_before_anything_is_measured():
    done = run_script(SCRIPT, "--store")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "PriceIndexCalc, which is not installed: leave --store out" in done.stderr


def test_a_panel_is_laid_out_by_row(script):
    months = pd.Index([1, 2, 10])
    prices = pd.DataFrame({7: [1.0, 1.5, 2.0], 3: [4.0, np.nan, 5.0]}, index=months)
    quantities = pd.DataFrame({7: [10.0, 20.0, 30.0], 3: [2.0, np.nan, 1.0]}, index=months)
    rows = script.by_row(prices, quantities)
    assert rows[["month", "id", "price", "quantity"]].to_numpy().tolist() == [
        ["0001", "3", 4.0, 2.0],
        ["0001", "7", 1.0, 10.0],
        ["0002", "7", 1.5, 20.0],
        ["0003", "3", 5.0, 1.0],
        ["0003", "7", 2.0, 30.0],
    ]


@pytest.mark.parametrize("source", ["example", "family"])
@pytest.mark.parametrize("name", METHODS)
def test_what_is_stored_is_what_the_chapters_functions_give(name, source, panels, stored):
    methods, compared = panels
    index = methods[name](*compared[source])[-1]
    recorded = stored["PriceIndexCalc"]["last period"][f"{name}, {source}"]
    assert recorded["this chapter"] == pytest.approx(index, rel=1e-9)
    assert recorded["PriceIndexCalc"] == pytest.approx(index, rel=1e-9)


def test_what_is_stored_has_what_the_chapter_reads(stored):
    comparison = stored["PriceIndexCalc"]
    assert comparison["version"] == "0.7"
    table = pd.DataFrame(comparison["last period"]).T
    assert list(table.columns) == ["this chapter", "PriceIndexCalc"]
    sources = [f"{name}, {source}" for source in ("example", "family") for name in METHODS]
    assert list(table.index) == [*sources, REORDERED]
    own, other = table.loc[REORDERED]
    assert own == table.loc["GEKS-Törnqvist, example", "this chapter"]
    assert abs(other - own) > 0.01  # that its index depends on the order is what the chapter shows


def test_what_is_stored_names_the_machine_and_counts_a_large_twin(stored):
    assert {"processor", "python", "numpy", "pandas", "scipy"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert stored["large"]["rows"] > 2_000_000
    assert list(stored["large"]["seconds"]) == ["lay out", *METHODS]


def test_two_million_rows_fit_and_no_step_takes_long(stored):
    """Under 4 GB; no step takes more than ten times what pandas takes to sum the same rows."""
    assert stored["large"]["peak GB"] < 4
    assert max(stored["large"]["times pandas' group-by"].values()) < 10
