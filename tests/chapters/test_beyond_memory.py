"""What `beyond-memory` promises beside its outputs: the cells that need Spark run on a server too.

Its functions find the same homes whatever the order of the records, and where they are few.
"""

import duckdb
import pandas as pd
import polars as pl
import pytest
from spark import REMOTE, REQUIRE, connect_server, require_spark

import ssplab
from ssplab import taught
from ssplab.course import normal
from ssplab.course.naming import select
from ssplab.notebooks import run

[CHAPTER] = [path for path in select(["beyond-memory"]) if "chapters" in path.parts]
NEEDS_SPARK = "needs-spark"

night_counts = taught("beyond-memory", "night_counts")
home_of = taught("beyond-memory", "home_of")
counts_in_polars = taught("beyond-memory", "counts_in_polars")
homes_with = taught("beyond-memory", "homes_with")


def shown(path):
    """What the cells that need Spark show, by their ids."""
    return {
        cell.id: [one.get("text") or one.get("data") for one in cell.outputs]
        for cell in normal.read(path).cells
        if NEEDS_SPARK in cell.metadata.get("tags", [])
    }


@pytest.mark.slow  # starts a server, and runs the chapter
def test_on_a_server_its_cells_show_what_is_stored(tmp_path, monkeypatch):
    require_spark()
    with connect_server(tmp_path) as address:
        monkeypatch.setenv(REMOTE, address)
        monkeypatch.setenv(REQUIRE, "1")
        result = run(CHAPTER, {}, tmp_path / "out", progress=False, tell=lambda _: None)
    there, here = shown(result.notebook), shown(CHAPTER)
    assert len(here) >= 3 and any(here.values())
    assert there == here


def answers(records):
    """The homes by three engines, as rows in order."""
    folder = duckdb.connect()
    folder.register("calls", records)
    plan = counts_in_polars(pl.from_pandas(records).lazy())
    tables = {
        "pandas": home_of(night_counts(records)),
        "DuckDB": homes_with(folder).df(),
        "Polars": home_of(plan.collect(engine="streaming").to_pandas()),
    }
    return {
        engine: sorted(map(tuple, table[["user_id", "antenna_id", "events"]].to_numpy().tolist()))
        for engine, table in tables.items()
    }


TIES = pd.DataFrame(
    {
        "user_id": pd.array(["u", "u", "u", "v", "v", "w"], dtype="str"),
        "timestamp": pd.to_datetime(
            [
                *("2023-01-09 19:00", "2023-01-09 08:59", "2023-01-09 12:00"),
                *("2023-01-10 02:00", "2023-01-10 09:00", "2023-01-11 18:59"),
            ]
        ),
        "antenna_id": pd.array(["B", "A", "B", "B", "A", "A"], dtype="str"),
    }
)


def test_a_tie_is_the_first_by_name_and_the_hours_are_from_19_to_9():
    homes = answers(TIES)
    assert homes["pandas"] == [("u", "A", 1), ("v", "B", 1)], (
        "who has no event by night has no home"
    )
    assert homes["DuckDB"] == homes["Polars"] == homes["pandas"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_records_changes_nothing(seed):
    records = ssplab.load("mobile_phones").head(20_000)
    expected = answers(records)
    assert expected["DuckDB"] == expected["Polars"] == expected["pandas"]
    assert answers(records.sample(frac=1, random_state=seed)) == expected


def test_without_records_there_are_no_homes():
    assert all(homes == [] for homes in answers(TIES.head(0)).values())
