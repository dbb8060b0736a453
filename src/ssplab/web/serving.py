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

import httpx
import pandas as pd
import uvicorn

from ssplab.system import SsplabError, sockets
from ssplab.web.app import PracticeWeb
from ssplab.web.clock import RealClock, SimulatedClock
from ssplab.web.journal import Verdict
from ssplab.web.scenarios import Scenario, scenario_of
from ssplab.web.world import World

HEADERS_LIMIT = 16_384  # bytes of a request line and its headers, above which it is not read on
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
    scenario : str
        `calm`, `strict`, `flaky` or `redesign`.
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
    if not speed > 0:
        raise SsplabError(f"speed is {speed!r}: it must be a number above 0.")
    listening = sockets.listen(host, port)
    try:
        world = data if isinstance(data, World) else World.load(data, seed=seed, scale=scale)
        day = world.usual_day if date is None else day_of(date, world)
        time = SimulatedClock(day) if clock == "simulated" else RealClock(day, speed)
        return Web(world, chosen, time, listening)
    except BaseException:
        listening.close()
        raise


class Web:
    """The practice web while it is open; `serve` makes it.

    Attributes
    ----------
    url : str
        The index, and the proxy's address: `httpx.Client(proxy=web.url)`,
        `requests.get(…, proxies={"http": web.url})`.
    port : int
        Where it listens.
    sites : tuple of str
        Their names.
    scenario : Scenario
        What the sites are like.
    is_local : bool
        Whether only this machine reaches it.
    """

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        clock: SimulatedClock,
        listening: socket.socket,
    ):
        self._world, self._clock, self.scenario = world, clock, scenario
        self.port = listening.getsockname()[1]
        self.is_local = sockets.is_local(listening)
        self.url = sockets.address_of(listening)
        app = PracticeWeb(world, scenario, clock)
        self._journal = app.journal
        self.sites = tuple(app.contexts)
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

    def __enter__(self) -> "Web":
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
        self._clock.go(day_of(day, self._world))

    def journal(self) -> pd.DataFrame:
        """Return what was asked: one row a request, as `journal.Journal.frame` says."""
        return self._journal.frame()

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


def day_of(day: str | datetime.date, world: World) -> datetime.date:
    """Return a day on which the sites have offers.

    Raises
    ------
    SsplabError
        If it is no date, or none of those.
    """
    try:
        chosen = pd.Timestamp(day).date() if not isinstance(day, bool) else None
    except (ValueError, TypeError):
        chosen = None
    if chosen is None or chosen is pd.NaT:
        raise SsplabError(f"date is {day!r}: write it as in {world.usual_day}.")
    if not world.first_day <= chosen <= world.last_day:
        raise SsplabError(
            f"There are no offers on {chosen}: choose a date from {world.first_day} "
            f"to {world.last_day}."
        )
    return chosen


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
        thread.join(10)
    listening.close()
