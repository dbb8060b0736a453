"""How fast the twins are generated, and in how much memory.

By hand: `python benchmarks/twins.py` prints a table, `--store` also writes `benchmarks/twins.json`
with the machine named.

Each twin is generated at two scales, in a process of its own that is bound to one core where the
system can do that, and in two ways: its blocks alone, in the card's types, then thrown away; and as
`ssplab data build` does, written to Parquet. Seconds are those of the processor, which other work
on the machine disturbs less than the clock. Memory is the most that the process ever held, the
libraries included. Linux and macOS only: it needs the module `resource`.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from machine import machine

SCALES = (1, 10)
WAYS = ("blocks", "build")
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow")
STORED = Path(__file__).with_suffix(".json")
HEADER = (
    "twin",
    "way",
    "scale",
    "rows",
    "all rows",
    "rows/s",
    "all rows/s",
    "peak MiB",
    "x memory",
)


def measure(name: str, way: str, scale: float) -> dict[str, float]:
    """Generate a twin in this process, from its card's seed.

    Returns
    -------
    dict
        `rows` of the main table, `all_rows` with the other tables and the truth, `seconds` of the
        processor, `peak_mib` that the process ever held.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    from ssplab.course import card_tables, load_card
    from ssplab.data import build, conform, generator

    card = load_card(name)
    module = generator(card)  # imported before the clock starts
    tables = card_tables(card)
    rows = dict.fromkeys(tables, 0)
    start = time.process_time()
    if way == "blocks":
        for block in module.blocks(card.seed, scale):
            for place, frame in block.named().items():
                rows[place] += len(conform(frame, tables[place]))
        seconds = time.process_time() - start
    else:
        import pyarrow.parquet as pq

        with tempfile.TemporaryDirectory() as folder:
            built = build(card, Path(folder) / name, seed=card.seed, scale=scale)
            seconds = time.process_time() - start
            for place in tables:
                for part in (built / f"{place}.parquet").iterdir():
                    rows[place] += pq.read_metadata(part).num_rows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rows": rows[card.main_table],
        "all_rows": sum(rows.values()),
        "seconds": seconds,
        "peak_mib": peak / 2 ** (20 if sys.platform == "darwin" else 10),
    }


def run(names: list[str], scales: tuple[float, ...]) -> list[dict]:
    """Return one measurement a twin, way and scale, each made in a fresh process.

    This process has to stay small: a new one counts the memory of the one that started it.
    """
    found = []
    for name in names:
        for way in WAYS:
            for scale in scales:
                with multiprocessing.get_context("spawn").Pool(1) as process:
                    done = process.apply(measure, (name, way, scale))
                found.append({"twin": name, "way": way, "scale": scale, **done})
    return found


def table(found: list[dict]) -> str:
    """Return the measurements as text; memory is also given over that of the first scale."""
    first: dict[tuple, float] = {}
    lines = [HEADER]
    for one in found:
        least = first.setdefault((one["twin"], one["way"]), one["peak_mib"])
        counts = [one[name] for name in ("rows", "all_rows")]
        speeds = [count / one["seconds"] for count in counts]
        lines.append(
            (
                *(one["twin"], one["way"], f"{one['scale']:g}"),
                *(f"{number:,.0f}" for number in (*counts, *speeds, one["peak_mib"])),
                f"{one['peak_mib'] / least:.2f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and store if asked to."""
    from ssplab.course import card_names, load_card

    twins = [name for name in card_names() if load_card(name).is_twin]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("twins", nargs="*", metavar="TWIN", help=f"of {', '.join(twins)}; else all")
    parser.add_argument("--scales", nargs="+", type=float, default=SCALES)
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}: all, as usual")
    options = parser.parse_args(arguments)
    if unknown := set(options.twins) - set(twins):
        parser.error(
            f"no twin is called {', '.join(sorted(unknown))}: choose of {', '.join(twins)}"
        )
    if options.store and (options.twins or tuple(options.scales) != SCALES):
        parser.error("--store keeps all twins at the usual scales: leave twins and --scales out")
    found = run(options.twins or twins, tuple(options.scales))
    print(table(found))
    if options.store:
        rounded = [
            {**one, "seconds": round(one["seconds"], 2), "peak_mib": round(one["peak_mib"])}
            for one in found
        ]
        stored = {"machine": machine(PACKAGES), "measured": rounded}
        STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        print(f"Stored in {STORED}")


if __name__ == "__main__":
    main()
