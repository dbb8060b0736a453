"""Open the practice web: a server for a notebook or for a person's browser.

A client reaches the sites under stable names, http://NAME.example, through the server as its HTTP
proxy; a browser also at http://NAME.localhost:PORT. The same requests get the same answers, and a
pause takes no time.
"""

import contextlib
import datetime
import logging
import socket
import threading
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Self

import httpx
import pandas as pd
import uvicorn
from starlette.types import ASGIApp

from ssplab.system import SsplabError, sockets
from ssplab.web.app import PracticeWeb
from ssplab.web.clock import RealClock, SimulatedClock
from ssplab.web.firms import small_web_of
from ssplab.web.journal import Verdict
from ssplab.web.scenarios import Scenario, scenario_of
from ssplab.web.workshop import Workshop
from ssplab.web.world import World

HEADERS_LIMIT = 16_384  # bytes of a request line and its headers, above which it is not read on
STOPPING = 60  # seconds that the server may take to stop, on a busy machine; elsewhere a tenth
WARM_UP = 120  # seconds that a site may take to read its tables, on a busy machine
RECORD = "workshop.json"
KEEP_ALIVE = 60  # seconds: longer than clients keep a connection, so that it is theirs to close


def serve(
    data: object = "job_offers",
    *,
    seed: int | None = None,
    scale: float | None = None,
    date: str | datetime.date | None = None,
    scenario: str | Scenario = "calm",
    clock: str = "simulated",
    speed: float = 1,
    port: int = 0,
    host: str = sockets.LOOPBACK,
) -> "Web":
    """Open the practice web on this machine.

    Parameters
    ----------
    data : str, Path or World
        The twin whose offers the sites show, or a folder with the same tables.
    seed, scale : optional
        As for `ssplab.load`.
    date : str or date, optional
        The day on which it begins, such as `2023-04-03`; a Monday in the middle by default.
    scenario : str or Scenario
        `calm`, `strict`, `flaky`, `redesign` or `partial`; or a Scenario, such as
        `dataclasses.replace(SCENARIOS["partial"], look_from=…)`.
    clock : {"simulated", "real"}
        Simulated, time passes only by requests and by `Web.sleep`; real, as it does.
    speed : float
        With the real clock: seconds there in a second here.
    port : int
        A free one by default.
    host : str
        The address to listen on; any but loopback opens it to the network.

    Returns
    -------
    Web
        It is open, and a context manager that closes it whatever happens.

    Raises
    ------
    SsplabError
        If there are no such data, scenario or date, or if the port is taken.
    """
    chosen = scenario_of(scenario)
    if clock not in ("simulated", "real"):
        raise SsplabError(f"clock is {clock!r}: it must be 'simulated' or 'real'.")
    if clock == "simulated" and speed != 1:
        raise SsplabError("A simulated clock has no speed: leave it out, or take clock='real'.")
    _check_speed(speed)
    with _listening(host, port) as listening:
        world, day = _world_and_day(data, seed, scale, date)
        time = SimulatedClock(day) if clock == "simulated" else RealClock(day, speed)
        return Web(world, chosen, time, listening)


def serve_workshop(
    data: object = "job_offers",
    *,
    seed: int | None = None,
    scale: float | None = None,
    date: str | datetime.date | None = None,
    scenario: str | Scenario = "calm",
    speed: float = 1,
    port: int = 0,
    host: str = sockets.LOOPBACK,
    keep: Path | None = None,
) -> "WebOfWorkshop":
    """Open the practice web for a workshop: a visitor each, and a board.

    Time is real: many visitors have one clock, and no one can move it for the others.

    Parameters
    ----------
    data, seed, scale, date, scenario, speed, port, host
        As for `serve`.
    keep : Path, optional
        A folder, in which `workshop.json` holds the record of all visits from each change of the
        sites and from the end on.

    Returns
    -------
    WebOfWorkshop
        It is open, and a context manager that closes it whatever happens.

    Raises
    ------
    SsplabError
        As `serve`, or if the folder holds a record already or cannot be written to.
    """
    chosen = scenario_of(scenario)
    _check_speed(speed)
    record = None if keep is None else Path(keep) / RECORD
    if record and record.exists():
        raise SsplabError(f"{record} is the record of another workshop: name another folder.")
    with _listening(host, port) as listening:
        world, day = _world_and_day(data, seed, scale, date)
        address = sockets.network_address_of(listening)
        workshop = Workshop(world, chosen, day, partial(RealClock, speed=speed), address, record)
        workshop.save()  # a folder that cannot be written to is told now, not at the end
        served = WebOfWorkshop(workshop, listening)
    try:
        served.warm_up()
    except BaseException:
        served.close()
        raise
    return served


def _check_speed(speed: float) -> None:
    if not speed > 0:
        raise SsplabError(f"speed is {speed!r}: it must be a number above 0.")


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket that listens, and close it if the block raises."""
    listening = sockets.listen(host, port)
    try:
        yield listening
    except BaseException:
        listening.close()
        raise


def _world_and_day(data, seed, scale, date) -> tuple[World, datetime.date]:
    world = data if isinstance(data, World) else World.load(data, seed=seed, scale=scale)
    return world, world.usual_day if date is None else world.day(date)


class Served:
    """An application of this room while it is open.

    Attributes
    ----------
    url : str
        Where this machine reaches it.
    port : int
        Where it listens.
    is_local : bool
        Whether only this machine reaches it.
    """

    def __init__(self, app: ASGIApp, listening: socket.socket):
        self.port = listening.getsockname()[1]
        self.is_local = sockets.is_local(listening)
        self.url = sockets.address_of(listening)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level=logging.CRITICAL,
                access_log=False,
                date_header=False,
                server_header=False,
                h11_max_incomplete_event_size=HEADERS_LIMIT,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=1,
            )
        )
        self.thread = threading.Thread(
            target=server.run, args=([listening],), name="practice web", daemon=True
        )
        self._clients: list[httpx.Client] = []
        # Also when the last reference goes, as when a notebook's cell opens it a second time.
        self._close = weakref.finalize(self, _stop, server, self.thread, listening, self._clients)
        try:
            self.thread.start()
            while not server.started and self.thread.is_alive():
                self.thread.join(0.005)
        except BaseException:  # interrupted before anyone holds it
            self.close()
            raise
        if not server.started:
            raise SsplabError("The practice web did not start.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it and its clients; the journal can still be read. Closing twice does nothing."""
        self._close()

    def wait(self) -> None:
        """Stay until Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            while self.thread.is_alive():
                self.thread.join(0.5)


class WebOfWorkshop(Served):
    """The practice web of a workshop while it is open; `serve_workshop` makes it.

    Attributes
    ----------
    url, port, is_local
        As of any that is served here.
    address : str
        Where other machines reach it: for the whiteboard.
    workshop : Workshop
        Its visitors, rounds and record, and the organiser's code.
    """

    def __init__(self, workshop: Workshop, listening: socket.socket):
        self.workshop = workshop
        self.address = sockets.network_address_of(listening)
        super().__init__(workshop, listening)

    def warm_up(self) -> None:
        """Ask each site once, as a person would: what it reads for that, nobody waits for later."""
        person = {"user-agent": "Mozilla/5.0"}
        with httpx.Client(proxy=self.url, headers=person, timeout=WARM_UP) as client:
            for name in self.workshop.people.houses:
                client.get(f"http://{name}.example/").raise_for_status()

    def close(self) -> None:
        """Close it, and write the record that is to be kept."""
        super().close()
        self.workshop.save()

    def __repr__(self) -> str:
        names = len(self.workshop.visitors)
        return (
            f"<practice web of a workshop, {self.workshop.round.scenario.name}, {names} visitors>"
        )


class Web(Served):
    """The practice web while it is open; `serve` makes it.

    Attributes
    ----------
    url : str
        The index, and the proxy's address: `httpx.Client(proxy=web.url)`,
        `requests.get(…, proxies={"http": web.url})`.
    port, is_local
        As of any that is served here.
    sites : tuple of str
        Their names.
    scenario : Scenario
        What the sites are like.
    """

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        clock: SimulatedClock,
        listening: socket.socket,
    ):
        self._world, self._clock, self.scenario = world, clock, scenario
        app = PracticeWeb(world, scenario, clock)
        self._journal = app.journal
        self.sites = tuple(app.contexts)
        super().__init__(app, listening)

    def __repr__(self) -> str:
        state = "open" if self._close.alive else "closed"
        return f"<practice web, {self.scenario.name}, {self.date}, {state}>"

    def client(self, user_agent: str | None = None, **options: object) -> httpx.Client:
        """Return an HTTP client for which http://NAME.example are the sites.

        Parameters
        ----------
        user_agent : str, optional
            Who asks, and how to reach them; the library's own by default, which is impolite.
        **options
            As of `httpx.Client`.

        Returns
        -------
        httpx.Client
            It is closed with the web, if not before.
        """
        headers = httpx.Headers(options.pop("headers", None))
        if user_agent is not None:
            headers["user-agent"] = user_agent
        client = httpx.Client(proxy=self.url, headers=headers, **options)
        self._clients.append(client)
        return client

    def sleep(self, seconds: float) -> None:
        """Wait on the sites' clock; a simulated one takes no time.

        Raises
        ------
        SsplabError
            If it is less than 0.
        """
        if not seconds >= 0:
            raise SsplabError(f"Cannot sleep {seconds!r} seconds.")
        self._clock.sleep(seconds)

    @property
    def now(self) -> datetime.datetime:
        """Date and time on the sites' clock."""
        return self._clock.now

    @property
    def date(self) -> datetime.date:
        """The sites' day; set it to go to nine o'clock of another.

        Raises
        ------
        SsplabError
            If the twin has no such day.
        """
        return self._clock.today

    @date.setter
    def date(self, day: str | datetime.date) -> None:
        self._clock.go(self._world.day(day))

    def journal(self) -> pd.DataFrame:
        """Return what was asked: one row a request, as `journal.Journal.frame` says."""
        return self._journal.frame()

    def own_sites(self) -> pd.DataFrame:
        """Return what is planted: which host of the small sites is each firm's own.

        One row a firm: `host` (missing where the firm has no site), `domain` (what the host's name
        is made of), `notice` (how the legal notice gives the identifier).
        """
        return small_web_of(self._world).own_sites

    def verdicts(self) -> pd.DataFrame:
        """Return which rules were kept: one row a visitor, site and rule."""
        return self._journal.verdicts()

    def verdict(self, visitor: str | None = None, site: str | None = None) -> Verdict:
        """Return whether a visitor was polite, and why not; all visitors and sites by default.

        Parameters
        ----------
        visitor : str, optional
            The user agent, whole.
        site : str, optional
            Such as `fleuve-emploi`.
        """
        return self._journal.verdict(visitor, site)


def _stop(
    server: uvicorn.Server,
    thread: threading.Thread,
    listening: socket.socket,
    clients: list[httpx.Client],
) -> None:
    for client in clients:
        client.close()
    server.should_exit = True
    if thread is not threading.current_thread():
        thread.join(STOPPING)  # its socket is closed under it otherwise
    listening.close()
