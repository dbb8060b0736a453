"""How many pages a second the practice web serves, and in how much memory.

By hand: `python benchmarks/web.py` prints, `--store` also writes `benchmarks/web.json` with the
machine named.

One server, one worker, in a process of its own that is bound to one core where the system can do
that; the visitors are in this process, on another core. They keep their connections and ask for
list pages and for ad pages in turn, a round of each, so that what else the machine does hits both;
the median round counts. The clock is simulated and the limits are lifted; the journal is kept, as
always. Processor seconds are the server's own, which other work disturbs less. Memory is what the
server holds at the end, libraries and twin included.
"""

import argparse
import http.client
import multiprocessing
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
from machine import tell

STORED = Path(__file__).with_suffix(".json")
SITE = "fleuve-emploi"
AGENT = "benchmark/1.0 (+http://benchmark.example)"
CONNECTIONS = 4
PACKAGES = ("starlette", "uvicorn", "jinja2", "h11")


def core(number: int) -> None:
    """Bind this process to one of the cores that it may use."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def serve(scale: float, pipe) -> None:
    """Serve until told to end; tell the port, and the addresses of lists and ads."""
    core(0)
    from ssplab.web import SCENARIOS, World
    from ssplab.web import serve as open_web

    world = World.load(scale=scale)
    with open_web(world, scenario=replace(SCENARIOS["calm"], rate_factor=0)) as web:
        ads = world.ads_on(SITE, web.date)
        pages = -(-len(ads) // 20)
        lists = [f"/offres?page={number + 1}" for number in range(pages)]
        pipe.send((web.port, lists, [f"/offre/{ad.reference}" for ad in ads]))
        pipe.recv()


def ask(port: int, paths: list[str]) -> int:
    """Ask for these over one connection, and return the bytes received."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    received = 0
    for path in paths:
        connection.request("GET", path, headers={"Host": f"{SITE}.example", "User-Agent": AGENT})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        received += len(body)
    connection.close()
    return received


def load(server: psutil.Process, port: int, paths: list[str], requests: int) -> dict[str, float]:
    """Ask for `requests` pages, and return pages a second, on the clock and of the processor."""
    each = [paths[number % len(paths)] for number in range(requests)]
    before, start = sum(server.cpu_times()[:2]), time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sizes = list(
            pool.map(
                lambda share: ask(port, share), [each[n::CONNECTIONS] for n in range(CONNECTIONS)]
            )
        )
    seconds = time.perf_counter() - start
    return {
        "pages/s": requests / seconds,
        "pages/processor s": requests / (sum(server.cpu_times()[:2]) - before),
        "bytes/page": sum(sizes) / requests,
    }


def measure(scale: float, requests: int, rounds: int) -> dict[str, object]:
    """Return what was measured, and on what."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(scale, there))
    process.start()
    try:
        there.close()
        core(1)
        port, lists, ads = here.recv()
        server = psutil.Process(process.pid)
        kinds = {"list": lists, "ad": ads}
        for paths in kinds.values():
            load(server, port, paths, requests // 4)  # templates are compiled once
        runs = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, paths in kinds.items():
                runs[name].append(load(server, port, paths, requests))
        memory = server.memory_info().rss / 2**20
        here.send("end")
        process.join(20)
    finally:
        process.kill()
    median = {
        name: {key: round(statistics.median(one[key] for one in found)) for key in found[0]}
        for name, found in runs.items()
    }
    ratios = [one["pages/s"] / two["pages/s"] for one, two in zip(*runs.values(), strict=True)]
    return {
        "scale": scale,
        "ads shown on the site": len(ads),
        "requests a round": requests,
        "rounds": rounds,
        "connections": CONNECTIONS,
        **median,
        "list pages an ad page": round(statistics.median(ratios), 2),
        "memory MiB": round(memory),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1, help="of the twin job_offers")
    parser.add_argument("--requests", type=int, default=2000, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    found = measure(asked.scale, asked.requests, asked.rounds)
    tell(found, PACKAGES, STORED if asked.store else None)


if __name__ == "__main__":
    main()
