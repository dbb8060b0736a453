"""How fast an own extract is read from CSV, beside the same in Parquet, and in how much memory.

By hand: `python benchmarks/reading.py` prints, `--store` also writes `benchmarks/reading.json` with
the machine named.

The extract is the table `sales` of the scanner twin, cut to 1.6 million rows: in Parquet, in a
plain CSV, in a CSV as a French office writes it (semicolons, decimal commas, days first, all fields
in quotation marks, Windows-1252), and in a CSV of 200 MB with decimal commas and days first. Each
is read and checked in a process of its own, as a cell of a chapter does; then `price-indices` is
run on all but the last, as `ssplab run` does. Times are those of the processor, of this process and
those that it starts, over that of Parquet in the same run, since seconds are of one machine. Memory
is the most that one process ever held, libraries included; of a run it is mostly the chapter's own.
Linux and macOS only: it needs the module `resource`.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
from pathlib import Path

from machine import tell

STORED = Path(__file__).with_suffix(".json")
ROWS = 1_600_000
MEGABYTES = 200  # of the longest
CHAPTER = "price-indices"
TABLES = ("sales", "items", "outlets")
FORMS = ("Parquet", "CSV", "French CSV", "large CSV")
PACKAGES = ("numpy", "pandas", "pyarrow")


def extracts(folder: Path, rows: int, megabytes: float) -> None:
    """Write the extract into a folder a form, named as the form."""
    from ssplab import load
    from ssplab.course import load_card

    scale = max(1, -(-rows // load_card("scanner").tables["sales"].rows))
    tables = {name: load("scanner", name, scale=scale) for name in TABLES}
    sales = tables["sales"] = tables["sales"].head(rows)
    euros = {
        name: sales[name].map("{:.2f}".format).str.replace(".", ",")
        for name in ("turnover", "price")
    }
    french = sales.assign(date=sales["date"].dt.strftime("%d/%m/%Y"), **euros)
    for form in FORMS:
        place = folder / form
        place.mkdir()
        for name, frame in tables.items():
            if form == "Parquet":
                frame.to_parquet(place / f"{name}.parquet", index=False)
            elif name != "sales" or form == "CSV":
                frame.to_csv(place / f"{name}.csv", index=False)
        if form == "French CSV":
            office = {"sep": ";", "index": False, "encoding": "cp1252", "quoting": 1}
            french.to_csv(place / "sales.csv", **office)
    large, copies = folder / "large CSV" / "sales.csv", 0
    while not copies or large.stat().st_size < megabytes * 1e6:
        part = french.assign(outlet=french["outlet"] + f"-{copies}")
        part.to_csv(large, mode="a", header=not copies, index=False, sep=";")
        copies += 1


def measure(folder: Path, whole_run: bool) -> dict[str, float]:
    """Read the sales in a folder, or run the chapter on them, in this process.

    Returns
    -------
    dict
        `rows` read (0 of a run), `seconds` of the processor, `peak GB`.
    """
    from ssplab.data import load
    from ssplab.notebooks import run

    before, rows = used(), 0
    if whole_run:
        with tempfile.TemporaryDirectory() as out:
            run(CHAPTER, {"data": str(folder)}, out, progress=False, tell=lambda _: None)
    else:
        rows = len(load(folder, "sales"))
    spent = used()
    return {
        "rows": rows,
        "seconds": spent["seconds"] - before["seconds"],
        "peak GB": round(spent["peak GB"], 2),
    }


def used() -> dict[str, float]:
    """Return what this process, and those that it started and that have ended, used so far."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": sum(one.ru_utime + one.ru_stime for one in both),
        "peak GB": max(one.ru_maxrss for one in both) * unit / 1e9,
    }


def compare(folder: Path, *, whole_run: bool) -> dict[str, dict[str, float]]:
    """Return, of each form, what was measured, with its time over that of Parquet."""
    fresh, found = multiprocessing.get_context("spawn"), {}
    for form in FORMS[: 3 if whole_run else 4]:
        with fresh.Pool(1) as process:
            done = process.apply(measure, [folder / form, whole_run])
        seconds = done.pop("seconds")
        first = found["Parquet"]["seconds"] if found else seconds
        found[form] = {**done, "times Parquet": round(seconds / first, 2), "seconds": seconds}
    for done in found.values():
        del done["seconds"]
        if whole_run:
            del done["rows"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help=f"of the table; by default {ROWS:,}")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    if asked.store and asked.rows:
        parser.error("what is stored has the usual size: leave --rows out")
    rows = asked.rows or ROWS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with multiprocessing.get_context("spawn").Pool(1) as process:
            process.apply(extracts, [folder, rows, MEGABYTES * rows / ROWS])
        found = {
            "megabytes": {
                form: round(
                    sum(one.stat().st_size for one in (folder / form).glob("sales.*")) / 1e6, 3
                )
                for form in FORMS
            },
            "reading": compare(folder, whole_run=False),
        }
        if not asked.rows:  # the chapter needs whole weeks
            found["whole run"] = compare(folder, whole_run=True)
    tell(found, PACKAGES, STORED if asked.store else None)


if __name__ == "__main__":
    main()
