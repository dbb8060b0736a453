"""Measure what a class on a hub costs a server: memory and processor, a trainee and in all.

    sudo .venv/bin/python benchmarks/class.py --trainees 20

opens a hub on this machine's loopback (`deploy/class/`), lets as many trainees as asked log in at
once, open the chapter by its link and run it, prints what that took, and removes all of it.
Memory is what a process has for itself (unique set size): what it would give back. The processor's
seconds are those of all processes of a trainee. `--store` keeps the numbers in class.json, with the
machine; deploy/README.md shows them.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from machine import tell

STORED = Path(__file__).with_suffix(".json")
TRAINEES = 12
CHAPTER = "chapters/data-science/first-table.ipynb"
PACKAGES = ("jupyterhub", "jupyterlab", "ipykernel", "pandas", "matplotlib")

# The class is no package: it is read where it stands.
sys.path.insert(0, str(STORED.parents[1] / "deploy/class"))


def seconds(processes: Sequence[psutil.Process]) -> float:
    """Return what processes have used of a processor, with what they have started and seen end."""
    return sum(sum(process.cpu_times()[:4]) for process in processes)


def memory(processes: Sequence[psutil.Process]) -> float:
    """Return what processes have of memory for themselves, in MiB."""
    return sum(process.memory_full_info().uss for process in processes) / 2**20


def parts(trainee) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Return a trainee's server and kernels, as lists of processes."""
    found = trainee.processes()
    kernels = [one for one in found if "ipykernel_launcher" in one.cmdline()]
    return [one for one in found if one not in kernels], kernels


def work(trainee) -> dict[str, float]:
    """Open the chapter by its link, run it, and return what that has taken."""
    import rehearsal

    trainee.follow(trainee.link(CHAPTER)).raise_for_status()
    page = seconds(trainee.processes())
    chapter = trainee.read(CHAPTER)
    kernel = trainee.open_kernel(CHAPTER)
    first: list[float] = []

    def shown(cell) -> None:
        if cell.outputs and not first:
            first.append(seconds(trainee.processes()))

    rehearsal.run_notebook(kernel, chapter, after_cell=shown)
    server, kernels = parts(trainee)
    return {
        "server, MiB": memory(server),
        "kernel, MiB": memory(kernels),
        "until the page opens, processor seconds": page,
        "until the first cell has shown something, processor seconds": first[0],
        "until the chapter has run, processor seconds": seconds(trainee.processes()),
    }


def of_all(costs: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return the median, the lowest and the highest of each cost over the trainees."""
    return {
        name: {
            "median": round(statistics.median(cost[name] for cost in costs), 1),
            "lowest": round(min(cost[name] for cost in costs), 1),
            "highest": round(max(cost[name] for cost in costs), 1),
        }
        for name in costs[0]
    }


def measure(trainees: int) -> dict[str, object]:
    """Return what was measured, and on what."""
    import rehearsal

    load = os.getloadavg()[0]
    with rehearsal.on_loopback(trainees) as opened:
        with ThreadPoolExecutor(trainees) as pool:
            costs = list(pool.map(work, opened.trainees))
        hub = psutil.Process(opened.process.pid).children(recursive=True)
        users = {one.pid for trainee in opened.trainees for one in trainee.processes()}
        hub = [one for one in hub if one.pid not in users]
        hub_memory = memory(hub)
    return {
        "chapter": Path(CHAPTER).stem,
        "trainees at once": trainees,
        "a trainee": of_all(costs),
        "hub and proxy, MiB": round(hub_memory, 1),
        "other load of the machine when it began": round(load, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainees", type=int, default=TRAINEES)
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    found = measure(asked.trainees)
    tell(found, PACKAGES, STORED if asked.store else None)


if __name__ == "__main__":
    main()
