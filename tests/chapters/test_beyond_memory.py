"""What `beyond-memory` promises beside its outputs.

Its functions, and the query of `one-query-many-machines`, find the same homes whatever the order of
the records, in whatever pieces they are read, and where they are few.
"""

import duckdb
import pandas as pd
import polars as pl
import pytest

import ssplab
from ssplab import taught

night_counts = taught("beyond-memory", "night_counts")
home_of = taught("beyond-memory", "home_of")
add_up = taught("beyond-memory", "add_up")
counts_in_pieces = taught("beyond-memory", "counts_in_pieces")
counts_in_polars = taught("beyond-memory", "counts_in_polars")
homes_with = taught("one-query-many-machines", "homes_with")


def answers(records, folder, rows=7):
    """The homes by four programs, as rows in order; pieces of so many rows."""
    records.to_parquet(folder / "calls.parquet", index=False, row_group_size=rows)
    database = duckdb.connect()
    database.register("calls", records)
    plan = counts_in_polars(pl.from_pandas(records).lazy())
    tables = {
        "pandas": home_of(night_counts(records)),
        "pieces": home_of(counts_in_pieces(folder / "calls.parquet")),
        "DuckDB": homes_with(database).df(),
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


@pytest.mark.parametrize("rows", [1, 4])
def test_a_tie_is_the_first_by_name_and_the_hours_are_from_19_to_9(tmp_path, rows):
    homes = answers(TIES, tmp_path, rows)
    assert homes["pandas"] == [("u", "A", 1), ("v", "B", 1)], (
        "who has no event by night has no home"
    )
    assert homes["DuckDB"] == homes["Polars"] == homes["pieces"] == homes["pandas"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_records_changes_nothing(tmp_path, seed):
    records = ssplab.load("mobile_phones").head(20_000)
    expected = answers(records, tmp_path, 3000)
    assert expected["DuckDB"] == expected["Polars"] == expected["pieces"] == expected["pandas"]
    assert answers(records.sample(frac=1, random_state=seed), tmp_path, 3000) == expected


def test_counts_of_pieces_are_added_up_whatever_the_pieces():
    counts = night_counts(ssplab.load("mobile_phones").head(5000))
    halves = [counts.assign(events=1), counts.assign(events=counts["events"] - 1)]
    pd.testing.assert_frame_equal(add_up(halves), counts)


def test_homes_are_numbered_from_0_whatever_rows_were_dropped():
    homes = home_of(night_counts(TIES))
    assert list(homes.index) == list(range(len(homes)))


def test_without_records_there_are_no_homes(tmp_path):
    assert all(homes == [] for homes in answers(TIES.head(0), tmp_path).values())
