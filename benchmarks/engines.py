"""What it costs five engines to find home antennas in call records, up to 50 million of them.

By hand: `python benchmarks/engines.py` prints, `--store` also writes `benchmarks/engines.json` with
the machine named; the chapter `beyond-memory` draws it. Linux only: it reads `/proc`.

The twin of mobile phone data is built at its largest size, and of its files of some hundred
thousand records each as many are read as make a size. Functions and SQL are the chapter's own,
taken by `taught`. Each engine works in a process of its own with two threads, and must give the
same homes as the first. Processor seconds are those of that process, of Spark also of its Java;
memory is the most that these ever held, libraries included. The start of an engine, some seconds of
Spark, counts. `pandas, categories` reads texts as categories, so that they are never in memory as
texts.

`limited` is pandas and DuckDB on the largest size with a fifth of a gigabyte: pandas is refused
more beside its libraries by the operating system; DuckDB is told by its own setting. `spilled GB`
is the most that DuckDB had written to disk at a time. `shuffle` is what Spark's exchanges wrote,
from its event log, at all sizes but the largest: rows and bytes, compressed as they are sent.
"""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

os.environ.update(
    {name: "2" for name in ("OMP_NUM_THREADS", "ARROW_NUM_THREADS", "POLARS_MAX_THREADS")}
)

import psutil
from machine import machine

from ssplab import spark_session, taught
from ssplab.course import load_card
from ssplab.data import build

CHAPTER = "beyond-memory"
STORED = Path(__file__).with_suffix(".json")
ROWS = (1_000_000, 5_000_000, 25_000_000, 50_000_000)
LIMIT = 0.2  # gigabytes
COLUMNS = ["user_id", "timestamp", "antenna_id"]
PACKAGES = ("pandas", "pyarrow", "polars", "duckdb", "pyspark")


def with_pandas(files: list[str]) -> "pd.DataFrame":  # noqa: F821
    import pandas as pd

    return homes_in(pd.read_parquet(files, columns=COLUMNS))


def with_categories(files: list[str]) -> "pd.DataFrame":  # noqa: F821
    import pandas as pd

    texts = ["user_id", "antenna_id"]
    records = pd.read_parquet(files, columns=COLUMNS, read_dictionary=texts)
    for name in texts:  # else ties are decided by the order in which the file names them
        ordered = records[name].cat.categories.sort_values()
        records[name] = records[name].cat.set_categories(ordered)
    return homes_in(records)


def homes_in(records: "pd.DataFrame") -> "pd.DataFrame":  # noqa: F821
    """Return the homes of a pandas table, by the functions of the chapter."""
    return taught(CHAPTER, "home_of")(taught(CHAPTER, "night_counts")(records))


def with_polars(files: list[str]) -> "pd.DataFrame":  # noqa: F821
    import polars as pl

    plan = taught(CHAPTER, "counts_in_polars")(pl.scan_parquet(files))
    return taught(CHAPTER, "home_of")(plan.collect(engine="streaming").to_pandas())


def with_duckdb(files: list[str], **settings: str) -> "pd.DataFrame":  # noqa: F821
    import duckdb

    for name, value in {"threads": "2", **settings}.items():
        duckdb.sql(f"SET {name} = '{value}'")
    duckdb.read_parquet(files).create_view("calls")
    return taught(CHAPTER, "homes_with")(duckdb).df()


def with_spark(files: list[str]) -> "pd.DataFrame":  # noqa: F821
    spark = spark_session()
    spark.read.parquet(*files).createOrReplaceTempView("calls")
    return taught(CHAPTER, "homes_with")(spark).toArrow().to_pandas()


ENGINES: dict[str, Callable] = {
    "pandas": with_pandas,
    "pandas, categories": with_categories,
    "Polars": with_polars,
    "DuckDB": with_duckdb,
    "Spark": with_spark,
}


def first_files(folder: Path, rows: int) -> tuple[list[str], int]:
    """Return the first files of a table that have at least so many rows, or all, and their rows."""
    import pyarrow.parquet as pq

    files, held = [], 0
    for file in sorted(folder.glob("*.parquet")):
        if held >= rows:
            break
        files.append(str(file))
        held += pq.read_metadata(file).num_rows
    return files, held


def used() -> dict[str, float]:
    """Return processor seconds and peak memory of this process, and of its Java if there is one."""
    seconds, peak = 0.0, 0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        spent = process.cpu_times()
        seconds += spent.user + spent.system
        told = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        held = [line.split()[1] for line in told.splitlines() if line.startswith("VmHWM")]
        peak += 1024 * int(held[0]) if held else 0
    return {"processor seconds": round(seconds, 1), "peak GB": round(peak / 1e9, 2)}


def digest(homes: "pd.DataFrame") -> str:  # noqa: F821
    """Return what two tables of homes share if they hold the same, whatever their order."""
    import pandas as pd

    same = homes[["user_id", "antenna_id"]].astype("str").sort_values("user_id", ignore_index=True)
    return f"{pd.util.hash_pandas_object(same).sum():x}"


def measure(engine: str, files: list[str]) -> dict[str, object]:
    """Find the homes with an engine in this process; return what it cost, and what was found."""
    start = time.perf_counter()
    homes = ENGINES[engine](files)
    wall = round(time.perf_counter() - start, 1)
    return {"wall seconds": wall, **used(), "customers": len(homes), "digest": digest(homes)}


def limited_pandas(files: list[str]) -> dict[str, object]:
    """Find the homes with pandas where the system gives little memory beside the libraries.

    Raises
    ------
    MemoryError
        If it does not suffice; or the process is ended.
    """
    import pandas.core.groupby  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    told = Path("/proc/self/status").read_text(encoding="utf-8")
    held = next(line.split()[1] for line in told.splitlines() if line.startswith("VmData"))
    most = 1024 * int(held) + int(LIMIT * 1e9)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    return {"ended with": "homes", "digest": digest(with_categories(files))}


def limited_duckdb(files: list[str], folder: Path) -> dict[str, object]:
    """Find the homes with DuckDB under a limit of memory; return what it wrote to disk."""
    spilled, ended = [0], threading.Event()

    def watch():
        while not ended.wait(0.05):
            spilled.append(sum(_size(file) for file in folder.rglob("*")))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        homes = with_duckdb(files, memory_limit=f"{LIMIT}GB", temp_directory=str(folder))
    finally:
        ended.set()
        watcher.join()
    return {
        "ended with": "homes",
        **used(),
        "spilled GB": round(max(spilled) / 1e9, 2),
        "digest": digest(homes),
    }


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # removed since it was listed
        return 0


def shuffled(files: list[str], log: Path) -> dict[str, int]:
    """Find the homes with Spark in this process; return what its exchanges wrote."""
    options = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    words = " ".join(f"--conf {name}={value}" for name, value in options.items())
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"{words} pyspark-shell"
    with_spark(files)
    spark_session().stop()
    written = {"rows sent": 0, "bytes sent": 0}
    [events] = [file for file in log.iterdir() if file.is_file()]
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            metrics = json.loads(line).get("Task Metrics", {}).get("Shuffle Write Metrics", {})
            written["rows sent"] += metrics.get("Shuffle Records Written", 0)
            written["bytes sent"] += metrics.get("Shuffle Bytes Written", 0)
    return written


def apart(function: Callable, *arguments) -> dict:
    """Return what a function gives in a process of its own, which is new and ends."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as process:
        return process.submit(function, *arguments).result()


def compare(table: Path, sizes: tuple[int, ...]) -> dict[str, object]:
    """Measure every engine at every size, then with little memory, then Spark's shuffles.

    Raises
    ------
    ValueError
        If two engines find different homes.
    """
    found = {"measured": [], "limited": {}, "shuffle": []}
    for size in sizes:
        files, rows = first_files(table, size)
        homes = {}
        for engine in ENGINES:
            cost = apart(measure, engine, files)
            homes[engine] = cost.pop("digest")
            found["measured"].append({"engine": engine, "rows": rows, **cost})
            print(json.dumps(found["measured"][-1]), flush=True)
        _all_equal(homes)
    for size in sizes[:-1] or sizes:
        shared, held = first_files(table, size)
        with tempfile.TemporaryDirectory() as log:
            written = apart(shuffled, shared, Path(log))
        found["shuffle"].append({"rows": held, **written})
        print(json.dumps(found["shuffle"][-1]), flush=True)
    with tempfile.TemporaryDirectory() as spill:
        found["limited"] = {
            "GB": LIMIT,
            "rows": rows,
            "pandas, categories": _if_memory_lasts(limited_pandas, files),
            "DuckDB": apart(limited_duckdb, files, Path(spill)),
        }
    for engine in ("pandas, categories", "DuckDB"):
        if "digest" in found["limited"][engine]:
            homes[f"{engine}, limited"] = found["limited"][engine].pop("digest")
    _all_equal(homes)
    print(json.dumps(found["limited"]), flush=True)
    return found


def _if_memory_lasts(function: Callable, *arguments) -> dict:
    try:
        return apart(function, *arguments)
    except (MemoryError, BrokenProcessPool):  # a thread of Arrow's that gets none ends the process
        return {"ended with": "no memory"}


def _all_equal(homes: dict[str, str]) -> None:
    if len(set(homes.values())) > 1:
        raise ValueError(f"the engines do not find the same homes: {homes}")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", help="sizes in rows; else the usual ones")
    parser.add_argument(
        "--data", type=Path, help="folder of the twin as `ssplab data build` made it; else built"
    )
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args(arguments)
    if asked.store and asked.rows:
        parser.error("what is stored has the usual sizes: leave --rows out")
    sizes = tuple(sorted(asked.rows or ROWS))
    card = load_card("mobile_phones")
    with tempfile.TemporaryDirectory() as folder:
        scale = max(sizes) / card.tables["records"].rows
        place = asked.data or apart(build_twin, Path(folder) / "twin", scale)
        found = compare(Path(place) / "records.parquet", sizes)
    if asked.store:
        text = json.dumps(found | {"machine": machine(PACKAGES)}, indent=1)
        STORED.write_text(text + "\n", encoding="utf-8")


def build_twin(folder: Path, scale: float) -> Path:
    """Generate the twin of the card's seed into a folder."""
    card = load_card("mobile_phones")
    return build(card, folder, seed=card.seed, scale=scale)


if __name__ == "__main__":
    main()
