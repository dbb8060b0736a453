"""A workshop on the practice web: one server, a visitor each, and a board that everybody sees.

Each visitor has the sites alone, with limits, sessions and a journal of its own, so that who is
thrown out of a site throws nobody else out. A visitor is known by the name that it chose and by a
token, which its client sends as user and password of its HTTP proxy; the board shows names, and
neither the board nor the record holds a token or a user agent. Time is real, and the same for all.

Who only looks, with a browser, needs no name and is not judged.
"""

import asyncio
import base64
import datetime
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route
from starlette.types import ASGIApp

from ssplab.system import SsplabError, write_text
from ssplab.web.app import WORKSHOP, PracticeWeb, answer, is_desk, is_site
from ssplab.web.clock import SimulatedClock
from ssplab.web.desk import templates
from ssplab.web.journal import RULES, Journal, Verdict
from ssplab.web.manners import is_browser
from ssplab.web.scenarios import SCENARIOS, Scenario, scenario_of
from ssplab.web.world import World

MOST_VISITORS = 100
NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
SHORTEST, LONGEST = 2, 24  # characters of a name
REFRESH = 5  # seconds between two looks of a board's page
FRESH = 2  # seconds for which all who look are shown the same rows
WRONG_CODE = 1  # second that a wrong code costs
VISITOR, SITE, ORGANISER = "_visitor", "_site", "_organiser"  # cookies
NO_STORE = {"cache-control": "no-store", "referrer-policy": "same-origin"}


class Collected(NamedTuple):
    """What a visitor holds of a site."""

    site: str
    pages: int
    offers: int
    shown: int
    """Offers that the site shows today; 0 where it shows none."""


class Row(NamedTuple):
    """A visitor on the board."""

    name: str
    visit: int
    verdict: Verdict
    collected: tuple[Collected, ...]

    @property
    def faults(self) -> dict[str, str]:
        """Return the rules that were broken, and how often, in words."""
        return {fault.rule: fault.times for fault in self.verdict.broken}

    @property
    def state(self) -> str:
        """Return `polite`, `not yet` or `not begun`."""
        if not self.verdict.requests:
            return "not begun"
        return "polite" if self.verdict.polite else "not yet"


class Visit(NamedTuple):
    """A visit that is over."""

    round: int
    visit: int
    journal: Journal


@dataclass
class Visitor:
    """Somebody who takes part, under a name of their own choice."""

    name: str
    token: str
    web: PracticeWeb
    """The sites, as this visitor alone has them."""
    visit: int = 1
    """Of this round; who begins again is on the next."""
    former: list[Visit] = field(default_factory=list)
    _row: tuple[tuple[PracticeWeb, int], Row] | None = None

    def row(self) -> Row:
        """Return what the board says; it is computed when something was asked since."""
        web, seen = self.web, len(self.web.journal.entries)
        if self._row is None or self._row[0] != (web, seen):
            collected = tuple(
                Collected(site, got.pages, got.offers, len(web.contexts[site].ads()))
                for site, got in web.journal.collected().items()
                if site in web.contexts
            )
            self._row = (web, seen), Row(self.name, self.visit, web.journal.verdict(), collected)
        return self._row[1]


class Round(NamedTuple):
    """What the sites are like until the organiser changes them."""

    number: int
    scenario: Scenario
    day: datetime.date
    clock: SimulatedClock


class Workshop:
    """The application.

    Parameters
    ----------
    world : World
        What the sites show.
    scenario : Scenario
        How they behave at first.
    day : date
        The day of the first round.
    clock : callable
        Makes the clock of a round from its day.
    address : str
        Where visitors find it, for those who come without a name.
    keep : Path, optional
        A file, to which `save` writes the record of all visits.

    Attributes
    ----------
    world : World
        What the sites show.
    code : str
        What the organiser's page asks for.
    visitors : dict
        By name.
    """

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        day: datetime.date,
        clock: Callable[[datetime.date], SimulatedClock],
        address: str,
        keep: Path | None = None,
    ):
        self.code = secrets.token_hex(4)
        self.visitors: dict[str, Visitor] = {}
        self.rounds: list[Round] = []
        self.world = world
        self._clock, self._address, self._keep = clock, address, keep
        self._open_round(scenario, day)
        self._desk = _Desk(self)

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request, as ASGI says."""
        await answer(self.choose, scope, receive, send)

    def choose(self, scope, host: str) -> ASGIApp:
        """Return what answers for a host: the desk, or a site as this visitor alone has it."""
        request = Request(scope)
        if self._is_here(request, host):
            return self._looked_at(request) or self._desk
        name, token = credentials(request.headers.get("proxy-authorization", ""))
        visitor = self.known(name, token)
        if visitor:
            return visitor.web.choose(scope, host)
        if not name and is_browser(request.headers.get("user-agent", "")):
            return self.people.choose(scope, host)
        told = (
            "There is no visitor of this name with this token: copy the proxy's address anew"
            if name
            else "Each visitor of this workshop has a name: choose one, copy the proxy's address"
        )
        # A browser that has the name and the token sends them when it is asked for them so.
        asked = {"proxy-authenticate": 'Basic realm="Name and token of the workshop"'}
        return PlainTextResponse(f"{told} from {self._address}/ in a browser.", 407, asked)

    def _is_here(self, request: Request, host: str) -> bool:
        """Whether this machine itself is asked, under whatever name it has, and no site."""
        if not request.scope["ssplab.proxied"]:
            return not is_site(host)
        here = str((request.scope.get("server") or ("", ""))[1])
        return is_desk(host) or (
            not is_site(host) and request.headers["host"].partition(":")[2] == here
        )

    def _looked_at(self, request: Request) -> ASGIApp | None:
        """Return the site that a browser without a proxy looks at, in place of the desk.

        The sites' own addresses begin at the root, and so they are answered there. Who types the
        workshop's address comes from no page, and wants the desk.
        """
        path = request.url.path
        if path.startswith("/_"):
            return None
        came_from = urlsplit(request.headers.get("referer", "")).netloc
        if path == "/" and came_from.lower() != request.headers["host"]:
            return None
        return self.people.houses.get(request.cookies.get(SITE, ""))

    @property
    def round(self) -> Round:
        """The present one."""
        return self.rounds[-1]

    def known(self, name: str, token: str) -> Visitor | None:
        """Return the visitor who has this name and this token."""
        visitor = self.visitors.get(name)
        held = visitor.token if visitor else ""
        return visitor if held and secrets.compare_digest(held, token) else None

    def join(self, given: str) -> Visitor:
        """Return a new visitor; capitals in the name do not count.

        Raises
        ------
        SsplabError
            If the name cannot be taken; the message says why.
        """
        name = given.strip().lower()
        if not SHORTEST <= len(name) <= LONGEST:
            raise SsplabError(
                f"The name has {len(name)} characters: it must have {SHORTEST} to {LONGEST}."
            )
        if not NAME.fullmatch(name):
            raise SsplabError(
                "A name is made of the letters a to z, digits and hyphens, and begins with a "
                "letter, as les-mesanges does."
            )
        if name in self.visitors:
            raise SsplabError(f"There is a visitor called {name} already: choose another name.")
        if len(self.visitors) >= MOST_VISITORS:
            raise SsplabError(f"There are {MOST_VISITORS} visitors already: no more can come.")
        visitor = Visitor(name, secrets.token_hex(6), self._web_of(name))
        self.visitors[name] = visitor
        return visitor

    def begin_again(self, visitor: Visitor) -> None:
        """Have a visitor's sites forget what it did; the record keeps it."""
        visitor.former.append(Visit(self.round.number, visitor.visit, visitor.web.journal))
        visitor.web = self._web_of(visitor.name)
        visitor.visit += 1

    def begin_round(self, scenario: Scenario, day: datetime.date) -> None:
        """Change what the sites are like, at nine o'clock of a day: for all a new visit begins."""
        former = self.round
        self._open_round(scenario, day)
        for visitor in self.visitors.values():
            visitor.former.append(Visit(former.number, visitor.visit, visitor.web.journal))
            visitor.web, visitor.visit = self._web_of(visitor.name), 1

    def _open_round(self, scenario: Scenario, day: datetime.date) -> None:
        number = len(self.rounds) + 1
        self.rounds.append(Round(number, scenario, day, self._clock(day)))
        # Twenty people who click at once are no robot: the sites have no limit for them.
        at_ease = changed(
            scenario, rate_factor=0, burst_every=0, break_every=0, slow=0, ban_trapped=False
        )
        self.people = PracticeWeb(self.world, at_ease, self.round.clock)

    def _web_of(self, name: str) -> PracticeWeb:
        return PracticeWeb(self.world, self.round.scenario, self.round.clock, visitor=name)

    def rows(self) -> list[Row]:
        """Return the board, by name."""
        return [visitor.row() for _, visitor in sorted(self.visitors.items())]

    def record(self) -> dict:
        """Return all visits, ready for JSON; no token and no user agent is in it.

        Returns
        -------
        dict
            `rounds`: number, scenario and day; `visitors`: name and `visits`, each with its round,
            its number, and the log and verdicts as `Journal.record` gives them.
        """
        return {
            "rounds": [
                {"round": one.number, "scenario": one.scenario.name, "day": one.day.isoformat()}
                for one in self.rounds
            ],
            "visitors": [
                {
                    "name": name,
                    "visits": [
                        {"round": visit.round, "visit": visit.visit, **visit.journal.record()}
                        for visit in (
                            *visitor.former,
                            Visit(self.round.number, visitor.visit, visitor.web.journal),
                        )
                    ],
                }
                for name, visitor in sorted(self.visitors.items())
            ],
        }

    def save(self) -> None:
        """Write the record to the file that is to keep it, if there is one.

        Raises
        ------
        SsplabError
            If the system refuses.
        """
        if self._keep:
            write_text(json.dumps(self.record(), indent=1) + "\n", self._keep)


class _Desk:
    """The workshop's own pages: to begin, the board, the organiser's."""

    def __init__(self, workshop: Workshop):
        self._workshop = workshop
        self._drawn: tuple[float, str] | None = None
        self._drawing = asyncio.Lock()
        self._pages = Starlette(
            routes=[
                Route("/", self._start),
                Route(WORKSHOP, self._start),
                Route("/_join", self._join, methods=["POST"]),
                Route("/_again", self._again, methods=["POST"]),
                Route("/_see/{name}", self._see),
                Route("/_journal", self._own_journal),
                Route("/_journal.json", self._own_journal),
                Route("/_board", self._board),
                Route("/_board/rows", self._fragment),
                Route("/_health", self._health),
                Route("/_organiser", self._organiser),
                Route("/_organiser", self._change, methods=["POST"]),
                Route("/_organiser/journal.json", self._whole_journal),
            ],
            exception_handlers={HTTPException: self._error},
        )

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request, as ASGI says."""
        await self._pages(scope, receive, send)

    def _render(self, template: str, status: int = 200, **values: object) -> Response:
        return HTMLResponse(_text(self._workshop, template, **values), status, headers=NO_STORE)

    def _visitor(self, request: Request) -> Visitor | None:
        name, _, token = request.cookies.get(VISITOR, "").partition(".")
        return self._workshop.known(name, token)

    async def _start(self, request: Request) -> Response:
        return self._first_page(request)

    def _first_page(self, request: Request, wrong: str = "", status: int = 200) -> Response:
        visitor = self._visitor(request)
        contexts = self._workshop.people.contexts
        return self._render(
            "workshop.html",
            status,
            visitor=visitor,
            row=visitor.row() if visitor else None,
            place=request.headers["host"],
            sites=[(context.site, f"/_see/{name}") for name, context in contexts.items()],
            lengths=(SHORTEST, LONGEST),
            wrong=wrong,
        )

    async def _join(self, request: Request) -> Response:
        form = await request.form()
        if self._visitor(request):
            return _onward(WORKSHOP)
        try:
            visitor = self._workshop.join(str(form.get("name", "")))
        except SsplabError as error:
            return self._first_page(request, str(error), 400)
        response = _onward(WORKSHOP)
        response.set_cookie(
            VISITOR, f"{visitor.name}.{visitor.token}", httponly=True, samesite="lax"
        )
        return response

    async def _again(self, request: Request) -> Response:
        visitor = self._visitor(request)
        if visitor:
            self._workshop.begin_again(visitor)
        return _onward(WORKSHOP)

    async def _see(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._workshop.people.houses:
            raise HTTPException(404)
        response = _onward("/")
        response.set_cookie(SITE, name, httponly=True, samesite="lax")
        return response

    async def _own_journal(self, request: Request) -> ASGIApp:
        visitor = self._visitor(request)
        return visitor.web.desk if visitor else _onward(WORKSHOP)

    async def _board(self, request: Request) -> Response:
        return self._render("board.html", rows=await self._rows(), rules=RULES, refresh=REFRESH)

    async def _fragment(self, request: Request) -> Response:
        return HTMLResponse(await self._rows(), headers=NO_STORE)

    async def _health(self, request: Request) -> Response:
        """Say that the workshop answers; nothing is drawn for that."""
        return PlainTextResponse("ok\n", headers=NO_STORE)

    async def _rows(self) -> str:
        """Return the board's rows; one who looks has them drawn, and the others wait for that."""
        async with self._drawing:
            if self._drawn is None or time.monotonic() - self._drawn[0] > FRESH:
                text = await to_thread.run_sync(self._draw)
                self._drawn = time.monotonic(), text
            return self._drawn[1]

    def _draw(self) -> str:
        workshop = self._workshop
        return _text(workshop, "rows.html", rows=workshop.rows(), rules=RULES, round=workshop.round)

    def _is_organiser(self, request: Request) -> bool:
        given = request.cookies.get(ORGANISER, "")
        return secrets.compare_digest(given.encode(), self._workshop.code.encode())

    async def _organiser(self, request: Request) -> Response:
        return self._organisers_page(request)

    def _organisers_page(self, request: Request, told: str = "", status: int = 200) -> Response:
        workshop = self._workshop
        return self._render(
            "organiser.html",
            status,
            known=self._is_organiser(request),
            told=told,
            scenarios=SCENARIOS.values(),
            round=workshop.round,
            names=sorted(workshop.visitors),
        )

    async def _change(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if "code" in form:
            return await self._enter(request, form["code"].strip())
        if not self._is_organiser(request):
            return self._organisers_page(request, status=403)
        try:
            told = await self._do(form)
        except SsplabError as error:
            return self._organisers_page(request, str(error), 400)
        self._drawn = None
        return self._organisers_page(request, told)

    async def _enter(self, request: Request, code: str) -> Response:
        if not secrets.compare_digest(code.encode(), self._workshop.code.encode()):
            await asyncio.sleep(WRONG_CODE)  # so that nobody tries them all
            return self._organisers_page(request, "This is not the code.", 403)
        response = _onward("/_organiser")
        response.set_cookie(ORGANISER, code, httponly=True, samesite="strict")
        return response

    async def _do(self, form: dict[str, str]) -> str:
        """Do what the organiser asks for, and return a sentence that says what was done."""
        workshop = self._workshop
        if "remove" in form:
            if workshop.visitors.pop(form["remove"], None) is None:
                raise SsplabError(f"There is no visitor called {form['remove']!r}.")
            return f"{form['remove']} is off the board, and the name is free."
        scenario = scenario_of(form.get("scenario", ""))
        day = workshop.world.day(form.get("day", ""))
        workshop.begin_round(scenario, day)
        await to_thread.run_sync(workshop.save)
        return f"Round {workshop.round.number} has begun: {scenario.name}, on {day}."

    async def _whole_journal(self, request: Request) -> Response:
        if not self._is_organiser(request):
            return self._organisers_page(request, status=403)
        record = await to_thread.run_sync(self._workshop.record)
        name = 'attachment; filename="workshop.json"'
        return JSONResponse(record, headers={**NO_STORE, "content-disposition": name})

    async def _error(self, request: Request, error: HTTPException) -> Response:
        return PlainTextResponse(f"{error.detail}: the workshop begins at /.", error.status_code)


def credentials(header: str) -> tuple[str, str]:
    """Return the user and the password of a header `Proxy-Authorization`, empty if it has none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
    except ValueError:  # no base64, or no text
        return "", ""
    name, _, token = text.partition(":")
    return name, token


def _text(workshop: Workshop, template: str, **values: object) -> str:
    held = workshop.round
    return templates().get_template(template).render(
        now=held.clock.now, scenario=held.scenario, home=WORKSHOP, **values
    )  # fmt: skip


def _onward(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, NO_STORE)
