"""The benchmark of engines: that it runs, that all find the same, that what it stored is whole."""

import json

import pandas as pd
import pytest
from scripts import as_module, run_script
from spark import require_spark

from ssplab.course import course_root

SCRIPT = course_root() / "benchmarks" / "engines.py"
STORED = SCRIPT.with_suffix(".json")
ENGINES = ["pandas", "pandas, categories", "Polars", "DuckDB", "Spark"]


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return as_module(SCRIPT)


@pytest.mark.slow  # starts Spark twice
def test_a_small_twin_is_measured_by_every_engine():
    require_spark()
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--rows", "50000")
    assert done.returncode == 0, done.stderr
    *costs, shuffle, limited = (
        json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")
    )
    assert [one["engine"] for one in costs] == ENGINES
    assert len({(one["rows"], one["customers"]) for one in costs}) == 1
    for one in costs:
        assert one["peak GB"] > 0.05  # Python with a library takes more
        assert one["processor seconds"] > 0
    assert costs[-1]["peak GB"] > costs[0]["peak GB"], "Java was not counted"
    assert 0 < shuffle["rows sent"] <= 2 * costs[0]["rows"]
    assert shuffle["bytes sent"] > 0
    assert limited["DuckDB"]["ended with"] == "homes"
    assert STORED.read_bytes() == before


def test_other_homes_are_refused(benchmark):
    homes = pd.DataFrame({"user_id": ["a", "b"], "antenna_id": ["x", "y"]})
    same = benchmark.digest(homes)
    assert benchmark.digest(homes.iloc[::-1].astype("category")) == same
    other = benchmark.digest(homes.assign(antenna_id=["x", "x"]))
    assert other != same
    benchmark._all_equal({"one": same, "two": same})
    with pytest.raises(ValueError, match="do not find the same homes"):
        benchmark._all_equal({"one": same, "two": other})


def test_files_are_taken_until_there_are_rows_enough(benchmark, tmp_path):
    for number in range(4):
        pd.DataFrame({"a": range(10)}).to_parquet(tmp_path / f"part-{number}.parquet")
    files, rows = benchmark.first_files(tmp_path, 15)
    assert ([file[-14:] for file in files], rows) == (["part-0.parquet", "part-1.parquet"], 20)
    assert benchmark.first_files(tmp_path, 1000)[1] == 40


def test_another_size_is_not_stored():
    done = run_script(SCRIPT, "--rows", "1000", "--store")
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave --rows out" in done.stderr


def test_what_is_stored_names_the_machine_and_has_every_engine_at_every_size(benchmark):
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "processors", "python", *benchmark.PACKAGES} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert len(stored["measured"]) == len(benchmark.ROWS) * len(ENGINES)
    table = pd.DataFrame(stored["measured"])
    assert table.groupby("rows")["engine"].apply(list).tolist() == len(benchmark.ROWS) * [ENGINES]
    assert len(table[["rows", "customers"]].drop_duplicates()) == len(benchmark.ROWS)
    sizes = sorted(table["rows"].unique())
    for size, asked in zip(sizes, benchmark.ROWS, strict=True):
        assert 0.98 * asked < size < 1.2 * asked
    assert [one["rows"] for one in stored["shuffle"]] == sizes[:-1]
    assert stored["limited"]["rows"] == sizes[-1]
    assert {"pandas, categories", "DuckDB"} <= stored["limited"].keys()


def test_what_the_chapter_says_of_the_largest_size_is_what_is_stored():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    table = pd.DataFrame(stored["measured"])
    largest = table[table["rows"] == table["rows"].max()].set_index("engine")
    peak, seconds = largest["peak GB"], largest["processor seconds"]
    assert peak.idxmin() == "DuckDB" and peak.idxmax() == "pandas"
    assert seconds.idxmin() == "DuckDB" and seconds.idxmax() == "Spark"
    assert set(table.loc[table.groupby("rows")["processor seconds"].idxmax(), "engine"]) == {
        "Spark"
    }
    smallest = table[table["rows"] == table["rows"].min()].set_index("engine")
    assert smallest.loc["Spark", "processor seconds"] > 5 * smallest["processor seconds"].median()
    assert stored["limited"]["pandas, categories"]["ended with"] == "no memory"
    assert stored["limited"]["DuckDB"]["ended with"] == "homes"
    assert stored["limited"]["DuckDB"]["spilled GB"] > 0
    assert all(one["rows sent"] < 0.2 * one["rows"] for one in stored["shuffle"])
