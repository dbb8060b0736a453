"""Run a Scrapy spider on the practice web: in a notebook, and without waiting for its pauses.

The spider, its settings and Scrapy's own engine are what they are anywhere; only the sites stand
in the same process, and the clock of both jumps to the next moment at which something is due. So a
pause takes no time, and the same spider gets the same answers in the same order on any machine.
Scrapy runs without Twisted's reactor, which could be started once a process only.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from ssplab.system import SsplabError
from ssplab.web.app import PracticeWeb
from ssplab.web.clock import SimulatedClock
from ssplab.web.journal import Verdict
from ssplab.web.scenarios import Scenario, scenario_of
from ssplab.web.world import World

if TYPE_CHECKING:  # Scrapy is loaded when a spider runs
    import scrapy

LATENCY = 0.1  # seconds that a site takes over an answer
TICK = 1e-7  # seconds that a turn of the loop takes: no rounded remainder of a pause lasts for ever
MOST = 3_000  # requests of a crawl: a spider that goes in circles would ask for ever
ALWAYS = {  # what a notebook needs; whatever else Scrapy does by default, it does here
    "TWISTED_REACTOR_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOGSTATS_INTERVAL": 0,
    "WARN_ON_GENERATOR_RETURN_VALUE": False,  # it reads the spider's file, and a cell may have none
}
REAL = ("start_time", "finish_time", "elapsed_time_seconds", "memusage/", "items_per_minute",
        "responses_per_minute", "log_count/")  # fmt: skip
"""Beginnings of the statistics that tell of this machine, and differ from run to run."""

Answered = tuple[int, list[tuple[str, str]], bytes, bool]
"""Status, headers, body, and whether the body is whole."""
Ask = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Answered]]
"""Answers a method, an address, headers and a body."""


@dataclass(frozen=True)
class Crawl:
    """What a spider brought, and what it cost; `run_spider` makes it.

    Attributes
    ----------
    items : DataFrame
        One row an item that passed all pipelines, in the order in which they came.
    stats : dict
        Scrapy's statistics, without those that tell of this machine.
    log : tuple of str
        What Scrapy wrote into its log, warnings and worse.
    seconds : float
        How long it took on the sites' clock.
    date : date
        The day on which the sites were opened.
    scenario : str
        What they were like.
    """

    items: pd.DataFrame
    stats: dict[str, Any]
    log: tuple[str, ...]
    seconds: float
    date: datetime.date | None = None
    scenario: str = ""
    _web: PracticeWeb | None = None

    def __repr__(self) -> str:
        reason = self.stats.get("finish_reason")
        return f"<crawl: {reason}; {len(self.items)} items in {self.seconds:.0f} s>"

    def journal(self) -> pd.DataFrame:
        """Return what was asked of the sites, as `Web.journal` does."""
        return self._web.journal.frame()

    def verdict(self, visitor: str | None = None, site: str | None = None) -> Verdict:
        """Return whether the spider was polite, as `Web.verdict` does."""
        return self._web.journal.verdict(visitor, site)


def run_spider(
    spider: type[scrapy.Spider],
    settings: Mapping[str, Any] | None = None,
    *,
    data: object = "job_offers",
    seed: int | None = None,
    scale: float | None = None,
    date: str | datetime.date | None = None,
    scenario: str | Scenario = "calm",
    folder: Path | str | None = None,
    stop_after: int | None = None,
    **arguments: Any,
) -> Crawl:
    """Run a spider on sites that are opened for it, as `scrapy runspider` does on the web.

    Parameters
    ----------
    spider : type
        A class of spiders; http://NAME.example are the sites.
    settings : Mapping, optional
        Scrapy's, on top of the spider's own `custom_settings`.
    data, seed, scale, date, scenario
        As of `serve`; `data` may be a `World`.
    folder : Path or str, optional
        Where Scrapy keeps what a setting names by a relative path (`JOBDIR`, `HTTPCACHE_DIR`).
    stop_after : int, optional
        Interrupt the crawl, as Ctrl-C does, when so many items have come.
    **arguments
        Of the spider, as `-a` gives them.

    Returns
    -------
    Crawl
        What it brought, Scrapy's statistics and the sites' journal.

    Raises
    ------
    SsplabError
        If it is no spider, if there are no such data, scenario or date, or if it asks without end.
    """
    check_spider(spider)
    chosen = scenario_of(scenario)
    world = data if isinstance(data, World) else World.load(data, seed=seed, scale=scale)
    day = world.usual_day if date is None else world.day(date)
    loop = JumpingLoop()
    web = PracticeWeb(world, chosen, _LoopClock(day, loop))
    one = _Worker(_asking(web), spider, _at_home(settings, folder), loop, stop_after)
    log = _run(loop, [one], [arguments])
    stats = one.crawler.stats.get_stats()
    stats = {name: value for name, value in sorted(stats.items()) if not name.startswith(REAL)}
    items = pd.DataFrame(one.items)
    return Crawl(items, stats, log, loop.time(), day, chosen.name, web)


class InventedSites:
    """Sites for a calculation: a home page that links to pages, all alike, without any limit.

    Parameters
    ----------
    pages : Mapping of str to int
        Pages of each host, beside its home page.
    latency : float or Mapping of str to float
        Seconds that an answer takes, on all hosts or on each.
    """

    def __init__(self, pages: Mapping[str, int], latency: float | Mapping[str, float] = LATENCY):
        self.pages, self.latency = dict(pages), latency
        self.homes = [f"http://{host}/" for host in self.pages]

    @property
    def requests(self) -> int:
        """How many requests ask for all: the pages, and a home and `robots.txt` a host."""
        return sum(self.pages.values()) + 2 * len(self.pages)

    def asking(self, loop: JumpingLoop, log: list[dict], worker: int) -> Ask:
        """Return what asks these sites for a worker, and writes each request into a log."""

        async def ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
            split = urlsplit(url)
            host = split.netloc
            log.append({"worker": worker, "host": host, "path": split.path, "seconds": loop.time()})
            latency = self.latency if isinstance(self.latency, int | float) else self.latency[host]
            await asyncio.sleep(latency)
            if split.path == "/robots.txt":
                return 404, [], b"", True
            numbers = range(self.pages[host]) if split.path == "/" else ()
            links = "".join(f"<a href='/{number + 1}'>{number + 1}</a>" for number in numbers)
            page = f"<html><body><h1>{split.path}</h1>{links}</body></html>"
            return 200, [("content-type", "text/html; charset=utf-8")], page.encode(), True

        return ask


def run_workers(
    spider: type[scrapy.Spider],
    settings: Mapping[str, Any] | None,
    sites: InventedSites,
    arguments: Sequence[Mapping[str, Any]] = ({},),
) -> pd.DataFrame:
    """Run a spider on invented sites: one worker, or several at the same time.

    Parameters
    ----------
    spider : type
        A class of spiders.
    settings : Mapping, optional
        Scrapy's, the same for all workers.
    sites : InventedSites
        What they ask.
    arguments : sequence of Mapping
        Of the spider of each worker, as `-a` gives them.

    Returns
    -------
    DataFrame
        One row a request, in the order of time: `worker` (from 0), `host`, `path`, `seconds`.

    Raises
    ------
    SsplabError
        If it is no spider, or if a worker asks for ever: more than 3,000 times, and more than
        twice as often as all pages need.
    """
    check_spider(spider)
    loop, log = JumpingLoop(), []
    most = max(MOST, 2 * sites.requests)
    workers = [
        _Worker(sites.asking(loop, log, number), spider, dict(settings or {}), loop, most=most)
        for number in range(len(arguments))
    ]
    _run(loop, workers, arguments)
    return pd.DataFrame(log, columns=["worker", "host", "path", "seconds"])


def check_spider(spider: object) -> None:
    """Raise SsplabError where this is no class of spiders."""
    import scrapy

    if not (isinstance(spider, type) and issubclass(spider, scrapy.Spider)):
        raise SsplabError(f"{spider!r} is no class of spiders: give the class that you wrote.")


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock moves only when nothing is left to do: to what is due next."""

    def __init__(self):
        super().__init__()
        self._moment = 0.0
        self._selector = _Jumping(self._selector, self)

    def time(self) -> float:
        """Return the seconds since the loop was made, on its own clock."""
        return self._moment

    def jump(self, seconds: float) -> None:
        """Move the clock."""
        self._moment += seconds


class _Jumping:
    """A selector that never waits for the time to pass."""

    def __init__(self, selector, loop: JumpingLoop):
        self._inner, self._loop = selector, loop

    def select(self, timeout: float | None = None):
        if timeout is None:
            return self._inner.select(timeout)
        ready = self._inner.select(0)
        self._loop.jump(TICK if ready else max(timeout, TICK))
        return ready

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _LoopClock(SimulatedClock):
    """The sites' clock, where it is that of a loop."""

    def __init__(self, day: datetime.date, loop: JumpingLoop):
        super().__init__(day, cost=0)
        self._loop = loop

    @property
    def elapsed(self) -> float:
        """Seconds since the loop was made."""
        return round(self._loop.time(), 6)

    async def spend(self, seconds: float) -> None:
        """Let a site take its time over an answer."""
        await asyncio.sleep(seconds)


def _run(
    loop: JumpingLoop, workers: Sequence[_Worker], arguments: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Run workers together, in a thread, since a notebook has a loop already; return their log."""
    errors: list[BaseException] = []

    async def together() -> None:
        await asyncio.gather(
            *(worker.crawl(of) for worker, of in zip(workers, arguments, strict=True))
        )

    def work() -> None:
        try:
            with _pauses_by(loop):
                asyncio.set_event_loop(loop)
                loop.run_until_complete(together())
        except BaseException as error:  # told to whoever waits for this thread
            errors.append(error)
        finally:
            _tidy(loop)
            asyncio.set_event_loop(None)
            loop.close()

    thread = threading.Thread(target=work, name="spider", daemon=True)
    with _log_kept() as log, _repeatable():
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.2)
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            raise
    if errors:
        raise errors[0]
    return tuple(log)


def _tidy(loop: JumpingLoop) -> None:
    """End what is left of a crawl that was stopped in the middle."""
    if tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=1))
    loop.run_until_complete(loop.shutdown_asyncgens())


class _Worker:
    """One spider at work."""

    def __init__(self, ask, spider, settings, loop, stop_after=None, most=None):
        self.ask, self.spider, self.loop = ask, spider, loop
        self.stop_after = stop_after
        self.most = MOST if most is None else most
        self.settings = {**settings, **ALWAYS}
        self.items: list[dict] = []
        self.asked = 0
        self.too_many: asyncio.Future | None = None
        self.crawler = None

    async def crawl(self, arguments: Mapping[str, Any]) -> None:
        """Crawl to the end."""
        from itemadapter import ItemAdapter
        from scrapy import signals
        from scrapy.crawler import AsyncCrawlerRunner

        settings = {**self.settings, "DOWNLOAD_HANDLERS": self._handlers()}
        runner = AsyncCrawlerRunner(settings)
        crawler = self.crawler = runner.create_crawler(self.spider)
        stopping = []

        def keep(item, response, spider):
            self.items.append(ItemAdapter(item).asdict())
            if self.stop_after is not None and len(self.items) >= self.stop_after and not stopping:
                stop = crawler.engine.close_spider_async(reason="shutdown")
                stopping.append(asyncio.ensure_future(stop))

        crawler.signals.connect(keep, signals.item_scraped, weak=False)
        self.too_many = self.loop.create_future()
        crawl = asyncio.ensure_future(runner.crawl(crawler, **arguments))
        await asyncio.wait({crawl, self.too_many}, return_when=asyncio.FIRST_COMPLETED)
        if self.too_many.done():
            raise SsplabError(f"After {self.most:,} requests the spider still asks: does it end?")
        await crawl

    def _handlers(self) -> dict[str, Any]:
        """Return the part of Scrapy that asks the web, which asks here instead."""
        from scrapy import Request
        from scrapy.core.downloader.handlers.base import BaseDownloadHandler
        from scrapy.exceptions import IgnoreRequest, ResponseDataLossError
        from scrapy.http import Headers, Response
        from scrapy.responsetypes import responsetypes

        crawling = self

        class Handler(BaseDownloadHandler):
            """Asks whoever answers this crawl, and measures how long that takes."""

            async def download_request(self, request: Request) -> Response:
                crawling.asked += 1
                if crawling.asked > crawling.most:
                    if not crawling.too_many.done():
                        crawling.too_many.set_result(True)
                    raise IgnoreRequest("enough")
                began = crawling.loop.time()
                headers = {
                    name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
                    for name, values in request.headers.items()
                }
                status, answered, body, whole = await crawling.ask(
                    request.method, request.url, headers, request.body
                )
                request.meta["download_latency"] = crawling.loop.time() - began
                if not whole:
                    raise ResponseDataLossError(f"{request.url} broke off")
                given = Headers()
                for name, value in answered:
                    given.appendlist(name, value)
                kind = responsetypes.from_args(headers=given, url=request.url, body=body)
                return kind(url=request.url, status=status, headers=given, body=body)

        return {"http": Handler, "https": None}


def _asking(web: PracticeWeb) -> Ask:
    """Return what asks the practice web, in the loop in which it is called."""

    async def ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        split = urlsplit(url)
        head = [(b"host", split.netloc.encode("latin-1"))]
        head += [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": split.path or "/",
            "raw_path": url.partition("?")[0].encode("ascii"),
            "query_string": split.query.encode("ascii"),
            "root_path": "",
            "headers": head,
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 0),
        }
        sent: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        await web(scope, receive, send)
        await asyncio.sleep(LATENCY)
        answered = [(name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in sent[0]["headers"]]  # fmt: skip
        whole = not sent[-1].get("more_body", False)
        received = b"".join(one.get("body", b"") for one in sent[1:])
        return sent[0]["status"], answered, received, whole

    return ask


def _at_home(settings: Mapping[str, Any] | None, folder: Path | str | None) -> dict[str, Any]:
    """Return the settings with their relative paths in a folder."""
    settings = dict(settings or {})
    for name in ("JOBDIR", "HTTPCACHE_DIR"):
        if folder is not None and settings.get(name):
            settings[name] = str(Path(folder) / settings[name])
    return settings


@contextlib.contextmanager
def _pauses_by(loop: JumpingLoop) -> Iterator[None]:
    """Let Scrapy measure its pauses by the loop's clock, on which it also waits for their end."""
    from scrapy.core import downloader

    before = downloader.monotonic
    downloader.monotonic = loop.time
    try:
        yield
    finally:
        downloader.monotonic = before


@contextlib.contextmanager
def _log_kept() -> Iterator[list[str]]:
    """Keep what Scrapy warns of, in place of printing it below a cell."""
    kept: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            why = f": {record.exc_info[1]!r}" if record.exc_info else ""
            kept.append(record.getMessage() + why)

    handler = Keeping(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("scrapy", "spider", "py.warnings")]
    before = [(logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    try:
        yield kept
    finally:
        for logger, (propagate, level) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagate
            logger.setLevel(level)


@contextlib.contextmanager
def _repeatable() -> Iterator[None]:
    """Let Scrapy draw its pauses alike each time, and leave others' random numbers alone."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)
