"""The benchmark of engines: that it runs, that all find the same, that what it stored is whole."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from scripts import as_module, run_script
from spark import require_spark

from ssplab.course import course_root

SCRIPT = course_root() / "benchmarks" / "engines.py"
STORED = SCRIPT.with_suffix(".json")
ENGINES = ["pandas", "pandas, categories", "pandas, in pieces", "Polars", "DuckDB", "Spark"]


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return as_module(SCRIPT)


@pytest.mark.slow  # starts Spark twice
def test_a_small_twin_is_measured_by_every_program():
    require_spark()
    before = STORED.read_bytes()
    small = ("--rows", "50000", "--runs", "1", "--limits", "0.002", "2")
    done = run_script(SCRIPT, *small)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    costs, [shuffle], limited = (
        [one for one in told if one["kind"] == kind] for kind in ("measured", "shuffle", "limited")
    )
    assert [(one["run"], one["engine"]) for one in costs] == [(1, engine) for engine in ENGINES]
    assert len({(one["rows"], one["customers"]) for one in costs}) == 1
    for one in costs:
        assert one["peak GB"] > 0.05  # Python with a library takes more
        assert one["processor seconds"] > 0
        assert ("warm processor seconds" in one) == (one["engine"] == "Spark")
    spark = costs[-1]
    assert spark["peak GB"] > costs[0]["peak GB"], "Java was not counted"
    assert spark["warm processor seconds"] < spark["processor seconds"]
    assert 0 < shuffle["rows sent"] <= 2 * costs[0]["rows"]
    assert shuffle["bytes sent"] > 0
    ended = {(one["engine"], one["GB"]): one["ended with"] for one in limited}
    assert len(ended) == 8
    for (engine, gigabytes), came in ended.items():
        assert came == ("homes" if gigabytes == 2 else "no memory"), engine
    assert STORED.read_bytes() == before


def test_a_process_that_fails_by_itself_is_no_lack_of_memory():
    ask = "import engines; engines.limited('pandas, categories', ['absent.parquet'], 4)"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=SCRIPT.parent, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 1
    assert "pandas, categories ended within 4 GB and found nothing" in done.stderr


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


@pytest.mark.parametrize("other", [("--rows", "1000"), ("--runs", "1"), ("--limits", "1")])
def test_another_measurement_than_the_usual_is_not_stored(other):
    done = run_script(SCRIPT, *other, "--store")
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave them out" in done.stderr


def test_what_is_stored_names_the_machine_and_has_every_program_at_every_size(benchmark):
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "processors", "python", *benchmark.PACKAGES} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    table = pd.DataFrame(stored["measured"])
    assert table.groupby(["rows", "run"])["engine"].apply(list).tolist() == (
        len(benchmark.ROWS) * benchmark.RUNS * [ENGINES]
    )
    assert len(table[["rows", "customers"]].drop_duplicates()) == len(benchmark.ROWS)
    sizes = sorted(table["rows"].unique())
    for size, asked in zip(sizes, benchmark.ROWS, strict=True):
        assert 0.98 * asked < size < 1.2 * asked
    assert [one["rows"] for one in stored["shuffle"]] == sizes[:-1]
    limited = pd.DataFrame(stored["limited"])
    assert set(limited["rows"]) == {sizes[-1]}
    assert limited[["GB", "engine"]].to_numpy().tolist() == [
        [gigabytes, engine] for gigabytes in benchmark.LIMITS for engine in benchmark.LIMITED
    ]


def test_what_the_chapters_say_of_every_measurement_is_what_is_stored():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    table = pd.DataFrame(stored["measured"])
    cost = table.groupby(["rows", "engine"])[
        ["processor seconds", "warm processor seconds", "peak GB"]
    ].median()
    largest, smallest = (cost.loc[size] for size in (table["rows"].max(), table["rows"].min()))
    all_records, in_pieces = ENGINES[:2], ENGINES[2:5]
    assert largest.loc[in_pieces, "peak GB"].max() < largest.loc[all_records, "peak GB"].min()
    spark = smallest.loc["Spark"]
    assert spark["warm processor seconds"] < 0.5 * spark["processor seconds"], (
        "most of its first answer is the start"
    )
    assert largest.loc["Spark", "processor seconds"] > largest.loc["DuckDB", "processor seconds"]
    limited = pd.DataFrame(stored["limited"])
    least = limited[limited["ended with"] == "homes"].groupby("engine")["GB"].min()
    assert "DuckDB" in least and least["DuckDB"] == least.min()
    assert all(one["rows sent"] < 0.2 * one["rows"] for one in stored["shuffle"])
