"""What it costs six programs to find home antennas in call records, up to 50 million of them.

By hand: `python benchmarks/engines.py` prints, `--store` also writes `benchmarks/engines.json` with
the machine named; the chapters `beyond-memory` and `one-query-many-machines` read it. Linux only:
it reads `/proc`.

The twin of mobile phone data is built at its largest size, and of its files of some hundred
thousand records each as many are read as make a size. Functions and SQL are the chapters' own,
taken by `taught`. Each program works in a process of its own with two threads, several times, and
must give the same homes as the first. Processor seconds are those of that process, of Spark also of
its Java; memory is the most that these ever held, libraries included. The start of an engine, some
seconds of Spark, counts; Spark then answers once more in the same session, `warm`. `pandas,
categories` reads texts as categories, so that they are never in memory as texts; `pandas, in
pieces` reads a row group at a time and adds up the counts.

`limited` is the largest size with little memory, the same mechanism for all programs: a watcher
looks every few milliseconds at the anonymous memory of the process (what a control group would
count beside the cache of files), takes off what Python held with the libraries imported, and ends
the process when it is more than the limit. DuckDB and Polars, which have a setting for it, are told
half of the limit. Spark is not among them: its Java has a limit of its own. `spilled GB` is the
most that lay on disk at a time. `shuffle` is what Spark's exchanges wrote, from its event log, at
all sizes but the largest: rows and bytes, compressed as they are sent.
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.update(
    {name: "2" for name in ("OMP_NUM_THREADS", "ARROW_NUM_THREADS", "POLARS_MAX_THREADS")}
)

import psutil
from machine import machine

from ssplab import spark_session, taught
from ssplab.course import load_card
from ssplab.data import build

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import pandas as pd

CHAPTER, CLUSTER = "beyond-memory", "one-query-many-machines"
STORED = Path(__file__).with_suffix(".json")
ROWS = (1_000_000, 5_000_000, 25_000_000, 50_000_000)
RUNS = 3
LIMITS = (0.25, 0.5, 1.0, 2.0, 4.0)  # gigabytes
LOOK = 0.005  # seconds between two looks at a process of limited memory
TEXTS = ["user_id", "antenna_id"]
COLUMNS = ["user_id", "timestamp", "antenna_id"]
PACKAGES = ("pandas", "pyarrow", "polars", "duckdb", "pyspark")


def with_pandas(files: list[str]) -> "pd.DataFrame":
    import pandas as pd

    return homes_in(pd.read_parquet(files, columns=COLUMNS))


def with_categories(files: list[str]) -> "pd.DataFrame":
    import pandas as pd

    records = pd.read_parquet(files, columns=COLUMNS, read_dictionary=TEXTS)
    for name in TEXTS:  # else ties are decided by the order in which the file names them
        ordered = records[name].cat.categories.sort_values()
        records[name] = records[name].cat.set_categories(ordered)
    return homes_in(records)


def homes_in(records: "pd.DataFrame") -> "pd.DataFrame":
    """Return the homes of a pandas table, by the functions of the chapter."""
    return taught(CHAPTER, "home_of")(taught(CHAPTER, "night_counts")(records))


def in_pieces(files: list[str]) -> "pd.DataFrame":
    counts = [taught(CHAPTER, "counts_in_pieces")(file) for file in files]
    return taught(CHAPTER, "home_of")(taught(CHAPTER, "add_up")(counts))


def with_polars(files: list[str]) -> "pd.DataFrame":
    import polars as pl

    plan = taught(CHAPTER, "counts_in_polars")(pl.scan_parquet(files))
    return taught(CHAPTER, "home_of")(plan.collect(engine="streaming").to_pandas())


def with_duckdb(files: list[str], **settings: str) -> "pd.DataFrame":
    import duckdb

    for name, value in {"threads": "2", **settings}.items():
        duckdb.sql(f"SET {name} = '{value}'")
    duckdb.read_parquet(files).create_view("calls")
    return taught(CLUSTER, "homes_with")(duckdb).df()


def with_spark(files: list[str]) -> "pd.DataFrame":
    spark = spark_session()
    spark.read.parquet(*files).createOrReplaceTempView("calls")
    return taught(CLUSTER, "homes_with")(spark).toArrow().to_pandas()


ENGINES: dict[str, Callable] = {
    "pandas": with_pandas,
    "pandas, categories": with_categories,
    "pandas, in pieces": in_pieces,
    "Polars": with_polars,
    "DuckDB": with_duckdb,
    "Spark": with_spark,
}
LIMITED = ("pandas, categories", "pandas, in pieces", "Polars", "DuckDB")


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


def digest(homes: "pd.DataFrame") -> str:
    """Return what two tables of homes share if they hold the same, whatever their order."""
    import pandas as pd

    same = homes[["user_id", "antenna_id"]].astype("str").sort_values("user_id", ignore_index=True)
    return f"{pd.util.hash_pandas_object(same).sum():x}"


def measure(engine: str, files: list[str]) -> dict[str, object]:
    """Find the homes with an engine in this process; return what it cost, and what was found."""
    start = time.perf_counter()
    homes = ENGINES[engine](files)
    cost = {"wall seconds": round(time.perf_counter() - start, 1), **used()}
    if engine == "Spark":
        before = cost["processor seconds"]
        with_spark(files)
        cost["warm processor seconds"] = round(used()["processor seconds"] - before, 1)
    return {**cost, "customers": len(homes), "digest": digest(homes)}


def limited(engine: str, files: list[str], gigabytes: float) -> dict[str, object]:
    """Find the homes in a process that is ended when it holds more than its limit.

    Returns
    -------
    dict
        `ended with`: "homes" or "no memory"; `held GB` and `spilled GB`, the most that was seen, of
        the processes that end with homes also `processor seconds` and the `digest`.

    Raises
    ------
    RuntimeError
        If the process ends by itself and has found nothing.
    """
    fresh = multiprocessing.get_context("spawn")
    here, there = fresh.Pipe()
    held, spilled = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        process = fresh.Process(
            target=_work_within, args=(there, engine, files, gigabytes, folder), daemon=True
        )
        process.start()
        there.close()
        try:
            here.recv()
            libraries = _anonymous(process.pid)
            here.send("go")
            while not here.poll(LOOK) and held <= gigabytes * 1e9:
                held = max(held, _anonymous(process.pid) - libraries)
                spilled = max(spilled, sum(_size(file) for file in Path(folder).rglob("*")))
            beyond = held > gigabytes * 1e9
            ended = {"ended with": "no memory"} if beyond else here.recv()
        except EOFError as error:
            raise RuntimeError(f"{engine} ended within {gigabytes} GB and found nothing") from error
        finally:
            process.kill()
            process.join()
    seen = {"held GB": round(held / 1e9, 2), "spilled GB": round(spilled / 1e9, 2)}
    return {"engine": engine, "GB": gigabytes, **ended, **seen}


def _work_within(
    connection: "Connection", engine: str, files: list[str], gigabytes: float, folder: str
) -> None:
    """Import what an engine needs, wait for the word, find the homes and send what came of it."""
    os.environ["POLARS_OOC_MEMORY_BUDGET_MB"] = str(round(gigabytes * 1000 / 2))
    os.environ["POLARS_OOC_SPILL_DIR"] = folder
    import duckdb
    import pandas.core.groupby  # noqa: F401
    import polars  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    duckdb.sql(f"SET memory_limit = '{gigabytes / 2}GB'")
    duckdb.sql(f"SET temp_directory = '{folder}'")
    connection.send("ready")
    connection.recv()
    before = used()["processor seconds"]
    try:
        homes = ENGINES[engine](files)
    except (MemoryError, duckdb.OutOfMemoryException):
        connection.send({"ended with": "no memory"})
        return
    spent = round(used()["processor seconds"] - before, 1)
    connection.send({"ended with": "homes", "processor seconds": spent, "digest": digest(homes)})


def _anonymous(process: int) -> int:
    """Return the bytes that a process holds beside what is mapped from files; 0 once it ended."""
    try:
        told = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    held = (line.split() for line in told if line.startswith(("RssAnon", "RssShmem")))
    return sum(1024 * int(words[1]) for words in held)


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


def compare(
    table: Path, sizes: tuple[int, ...], runs: int, limits: tuple[float, ...]
) -> dict[str, list[dict[str, object]]]:
    """Measure every program at every size, then Spark's shuffles, then with little memory.

    Raises
    ------
    ValueError
        If two programs find different homes.
    """
    found = {"measured": [], "shuffle": [], "limited": []}

    def keep(kind: str, **row: object) -> None:
        found[kind].append(row)
        print(json.dumps({"kind": kind, **row}), flush=True)

    for size in sizes:
        files, rows = first_files(table, size)
        homes = {}
        for run in range(1, runs + 1):
            for engine in ENGINES:
                cost = apart(measure, engine, files)
                homes[f"{engine}, run {run}"] = cost.pop("digest")
                keep("measured", engine=engine, rows=rows, run=run, **cost)
        _all_equal(homes)
    for size in sizes[:-1] or sizes:
        shared, held = first_files(table, size)
        with tempfile.TemporaryDirectory() as log:
            keep("shuffle", rows=held, **apart(shuffled, shared, Path(log)))
    for gigabytes in limits:
        for engine in LIMITED:
            ended = limited(engine, files, gigabytes)
            if "digest" in ended:
                homes[f"{engine}, {gigabytes} GB"] = ended.pop("digest")
            keep("limited", rows=rows, **ended)
    _all_equal(homes)
    return found


def _all_equal(homes: dict[str, str]) -> None:
    if len(set(homes.values())) > 1:
        raise ValueError(f"the engines do not find the same homes: {homes}")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", help="sizes in rows; else the usual ones")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each is measured")
    parser.add_argument("--limits", type=float, nargs="*", default=LIMITS, help="in gigabytes")
    parser.add_argument(
        "--data", type=Path, help="folder of the twin as `ssplab data build` made it; else built"
    )
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args(arguments)
    if asked.store and (asked.rows or asked.runs != RUNS or asked.limits != LIMITS):
        parser.error("what is stored has the usual sizes, runs and limits: leave them out")
    sizes = tuple(sorted(asked.rows or ROWS))
    card = load_card("mobile_phones")
    with tempfile.TemporaryDirectory() as folder:
        scale = max(sizes) / card.tables["records"].rows
        place = asked.data or apart(build_twin, Path(folder) / "twin", scale)
        table = Path(place) / "records.parquet"
        found = compare(table, sizes, asked.runs, tuple(asked.limits))
    if asked.store:
        text = json.dumps(found | {"machine": machine(PACKAGES)}, indent=1)
        STORED.write_text(text + "\n", encoding="utf-8")


def build_twin(folder: Path, scale: float) -> Path:
    """Generate the twin of the card's seed into a folder."""
    card = load_card("mobile_phones")
    return build(card, folder, seed=card.seed, scale=scale)


if __name__ == "__main__":
    main()
