"""What a browser costs beside an HTTP client, where both bring home the same list.

By hand: `python benchmarks/browser.py` prints, `--store` also writes `benchmarks/browser.json` with
the machine named.

The list is that of JobFlux, which a script writes. The client asks the API behind it; the browser
opens the page and lets its script ask, once as the chapter `one-schema` does it, without what is
only seen (style sheets, images, fonts), and once with all that a page asks for. The practice web is
in a process of its own, with limits lifted and a clock that takes no time, so that what is measured
is the visitor's: processor seconds of this process and of all that it has started, and the memory
that they hold at the end (the sum of their resident sets, in which shared pages count more than
once). The client reads the list twenty times in a round, and its mean counts, since one reading is
too short for the processor's clock. Opening the browser is measured by itself, since an office
opens it once for many pages. Rounds take the ways in turn, the two of the browser now in one order
and now in the other, so that what else the machine does hits all; medians count.
"""

import argparse
import multiprocessing
import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
from machine import tell
from playwright.sync_api import Browser, sync_playwright

STORED = Path(__file__).with_suffix(".json")
SITE = "jobflux"
HOME = f"http://{SITE}.example"
AGENT = "benchmark/1.0 (+http://benchmark.example)"
PACKAGES = ("httpx", "playwright")
SERVERS: set[int] = set()  # processes that are not the visitor's
SPENT: dict[tuple[int, float], float] = {}  # processor seconds by process, as last seen
NAMES = ("client, API", "browser, lean", "browser, whole page")
READINGS = 20  # by the client in a round: processor seconds are told in hundredths
NEEDED = ("document", "script", "fetch", "xhr")


def serve(pipe) -> None:
    """Serve until told to end; tell the address, and after each word the journal since the last."""
    from ssplab.web import SCENARIOS, World
    from ssplab.web import serve as open_web

    read = 0
    with open_web(
        World.load("job_offers"), scenario=replace(SCENARIOS["calm"], rate_factor=0)
    ) as web:
        pipe.send((web.url, len(web._world.ads_on(SITE, web.date))))
        while pipe.recv() == "journal":
            log = web.journal().iloc[read:]
            read += len(log)
            pipe.send((len(log), int(log["size"].sum())))


def tree() -> list[psutil.Process]:
    """Return this process and all that it has started, without the practice web."""
    here = psutil.Process()
    others = [child for child in here.children(recursive=True) if child.pid not in SERVERS]
    return [here, *others]


def of_each(read: Callable[[psutil.Process], float]) -> dict[tuple[int, float], float]:
    """Return a number of each process of the visitor, without those that end meanwhile."""
    found = {}
    for process in tree():
        with suppress(psutil.NoSuchProcess):
            found[process.pid, process.create_time()] = read(process)
    return found


def processor() -> float:
    """Return the processor seconds of the visitor so far; of an ended process, as last seen."""
    SPENT.update(of_each(lambda process: sum(process.cpu_times()[:2])))
    return sum(SPENT.values())


def memory() -> float:
    """Return what the visitor holds, in MiB."""
    return sum(of_each(lambda process: process.memory_info().rss).values()) / 2**20


def by_client(url: str) -> int:
    """Return how many offers the API gives to an HTTP client."""
    found, cursor = 0, None
    with httpx.Client(proxy=url, base_url=HOME, headers={"user-agent": AGENT}) as client:
        while True:
            asked = {"curseur": cursor} if cursor else {}
            page = client.get("/api/v2/offres", params=asked).raise_for_status().json()
            found += len(page["offres"])
            cursor = page["curseur_suivant"]
            if cursor is None:
                return found


def by_browser(browser: Browser, url: str, lean: bool) -> int:
    """Return how many offers the page shows once its script has written all."""
    page = browser.new_page(user_agent=AGENT, proxy={"server": url})
    if lean:
        page.route(
            "**/*",
            lambda route: (
                route.continue_() if route.request.resource_type in NEEDED else route.abort()
            ),
        )
    page.goto(f"{HOME}/offres")
    cards, more = page.locator("article"), page.locator("#encore")
    cards.first.wait_for()
    while True:
        shown = cards.count()
        if not more.is_visible():
            break
        more.evaluate("button => button.hidden || button.click()")
        page.wait_for_function(
            "shown => document.querySelectorAll('article').length > shown", arg=shown
        )
    page.close()
    return shown


@contextmanager
def opened() -> Iterator[Browser]:
    """Open Debian's Chromium."""
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=options
        )
        yield browser
        browser.close()


def measured(way: Callable[[], int], pipe, offers: int, times: int = 1) -> dict[str, float]:
    """Return what one reading of the whole list took, as the mean of so many in a row."""
    processor_before, start = processor(), time.perf_counter()
    found = [way() for _ in range(times)]
    seconds, spent = time.perf_counter() - start, processor() - processor_before
    held = memory()
    pipe.send("journal")
    requests, size = pipe.recv()
    if set(found) != {offers}:
        raise RuntimeError(f"{found} of {offers} offers")
    return {
        "requests": requests / times,
        "kilobytes": size / 1000 / times,
        "seconds": seconds / times,
        "processor seconds": spent / times,
        "memory MiB": held,
    }


def measure(rounds: int) -> dict[str, object]:
    """Return what was measured."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(there,))
    process.start()
    try:
        there.close()
        # The tracker of the module multiprocessing is no visitor either.
        SERVERS.update(child.pid for child in psutil.Process().children(recursive=True))
        url, offers = here.recv()
        runs: dict[str, list[dict[str, float]]] = {}
        openings = []
        measured(lambda: by_client(url), here, offers)  # templates are compiled once
        for number in range(rounds):
            runs.setdefault("client, API", []).append(
                measured(lambda: by_client(url), here, offers, READINGS)
            )
            before, start = processor(), time.perf_counter()
            with opened() as browser:
                browser.new_page().close()
                openings.append(
                    {
                        "seconds": time.perf_counter() - start,
                        "processor seconds": processor() - before,
                    }
                )
                ways = [("browser, lean", True), ("browser, whole page", False)]
                for name, lean in ways if number % 2 == 0 else reversed(ways):
                    way = measured(lambda lean=lean: by_browser(browser, url, lean), here, offers)
                    runs.setdefault(name, []).append(way)
        here.send("end")
        process.join(20)
    finally:
        process.kill()
    return {
        "site": SITE,
        "offers": offers,
        "rounds": rounds,
        "ways": {name: medians(runs[name]) for name in NAMES},
        "opening the browser": medians(openings),
    }


def medians(found: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each number."""
    return {key: round(statistics.median(one[key] for one in found), 3) for key in found[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    found = measure(asked.rounds)
    with opened() as browser:
        found["browser"] = f"Chromium {browser.version}"
    tell(found, PACKAGES, STORED if asked.store else None)


if __name__ == "__main__":
    main()
