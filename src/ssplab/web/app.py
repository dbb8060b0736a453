"""The practice web as one ASGI application: it tells the sites apart and guards them.

A request comes from a browser, to http://NAME.localhost:PORT, or through this server as an HTTP
proxy, to http://NAME.example with the whole address in the request line. What fits neither gets a
4xx, and so does what is oversized, oddly encoded, or points outside the site.
"""

import hashlib
import logging
import mimetypes
from collections.abc import Callable
from datetime import UTC, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ssplab.web.clock import SimulatedClock
from ssplab.web.desk import Desk
from ssplab.web.journal import Journal, is_identified
from ssplab.web.manners import Doorkeeper
from ssplab.web.scenarios import Scenario
from ssplab.web.site import HERE, Context
from ssplab.web.sites import all_sites
from ssplab.web.small_sites import small_site
from ssplab.web.world import World

TARGET_LIMIT = 2_000  # bytes of an address
HEADERS_LIMIT = 8_000  # bytes of all headers
BODY_LIMIT = 64_000  # bytes of a form
METHODS = ("GET", "HEAD", "POST")
WORKSHOP = "/_workshop"  # where a visitor of a workshop has the first page
CONSENT_FOR = 180 * 86_400  # seconds

log = logging.getLogger(__name__)


class Unfit(Exception):
    """A request that no site is bothered with: a status, and a sentence that says why."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status, self.message = status, message


async def answer(choose: Callable[[dict, str], ASGIApp], scope, receive, send) -> None:
    """Answer a request that is fit for it, as ASGI says.

    Parameters
    ----------
    choose : callable
        Gives the application that answers, from the scope and the host that was asked. What is in
        another encoding than its attribute `encoding`, UTF-8 if it has none, is unfit.
    """
    try:
        host = asked_host(scope)
        chosen = choose(scope, host)
        check_query(scope, getattr(chosen, "encoding", "utf-8"))
        body = await whole_body(scope, receive)
    except Unfit as unfit:
        response = PlainTextResponse(unfit.message, unfit.status, {"connection": "close"})
        await response(scope, receive, send)
        return
    await chosen(scope, body, send)


class PracticeWeb:
    """The application: all sites behind one door; `journal` holds what was asked of them.

    Parameters
    ----------
    world, scenario, clock
        What the sites show, how they behave, and what time it is there.
    visitor : str, optional
        Whose web it is, if all of it is one visitor's; by default there are as many visitors as
        user agents.
    """

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        clock: SimulatedClock,
        visitor: str | None = None,
    ):
        self.contexts = {
            site.name: Context(site, site.manners.under(scenario), world, clock, scenario)
            for site in all_sites()
        }
        self.journal = Journal({name: context.manners for name, context in self.contexts.items()})
        self.houses = {
            name: House(context, self.journal, visitor) for name, context in self.contexts.items()
        }
        self._visitor = visitor
        self._small: dict[str, House] = {}
        home = "/" if visitor is None else WORKSHOP
        self.desk = Desk(self.contexts, self.journal, clock, scenario, home)

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request, as ASGI says."""
        await answer(self.choose, scope, receive, send)

    def choose(self, scope, host: str) -> ASGIApp:
        """Return what answers for a host: a site, the desk, or a few words."""
        name, _, domain = host.partition(".")
        house = self._house(name) if domain in ("example", "localhost") else None
        if scope["path"] in ("/_journal", "/_journal.json") or is_desk(host):
            return self.desk
        if name == "www" and is_site(domain):
            return RedirectResponse(f"http://{domain}{_port(scope)}{_target(scope)}", 301)
        if house:
            return house
        message = f"The practice web has no site at {host}. There are: "
        message += ", ".join(f"http://{name}.example" for name in self.houses) + "."
        return PlainTextResponse(message, 421)

    def _house(self, name: str) -> "House | None":
        """Return the house of a site; that of a small one is opened when it is first asked."""
        house = self.houses.get(name) or self._small.get(name)
        if house:
            return house
        first = next(iter(self.contexts.values()))
        site = small_site(first.world, name)
        if site is None:
            return None
        manners = site.manners.under(first.scenario)
        self.journal.admit(name, manners)
        context = Context(site, manners, first.world, first.clock, first.scenario)
        return self._small.setdefault(name, House(context, self.journal, self._visitor))


class House:
    """One site behind its doorkeeper."""

    def __init__(self, context: Context, journal: Journal, visitor: str | None = None):
        self.context, self.journal, self.visitor = context, journal, visitor
        site = context.site
        self.encoding = site.encoding
        self.door = Doorkeeper(
            site.name, context.manners, context.scenario, context.world, context.clock
        )
        self._static = static_files(site.name)
        routes = [
            Route("/robots.txt", self._robots),
            Route("/favicon.ico", self._no_icon),
            Route("/static/{name:path}", self._file),
            *([Route("/consentement", self._consent, methods=["POST"])] * context.manners.consent),
            *site.routes(context),
        ]
        if context.manners.trap:
            routes.append(Route(context.manners.trap, self._trap))
        self._pages = Starlette(routes=routes, exception_handlers={HTTPException: self._error})

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request to this site and write it into the journal."""
        context, clock = self.context, self.context.clock
        headers = Headers(scope=scope)
        agent = headers.get("user-agent", "")
        visitor = self.visitor or agent
        scope["ssplab.marks"], scope["ssplab.offers"] = marks, offers = set(), set()
        free = scope["path"].startswith(context.manners.unlimited)
        arrived, at = clock.elapsed, clock.now
        refusal = None
        if not free:
            refusal = self.door.refuses(agent, visitor)
            clock.tick()
        answer = Answer()
        if refusal:
            extra = {"retry-after": self._wait(refusal.retry_after)} if refusal.retry_after else {}
            response = context.error(Request(scope), refusal.status, extra)
            await response(scope, receive, answer)
        else:
            if not free and (seconds := self.door.seconds_slow()):
                await clock.spend(seconds)
            try:
                await self._pages(scope, receive, answer)
            except Exception:
                # Starlette has answered by 500 before it raises.
                log.exception("%s failed on %s", context.site.name, scope["path"])
            self._remember(scope, headers, answer)
        sent = answer.body
        if (
            answer.status == 200
            and scope["method"] == "GET"
            and not free
            and self._breaks_off(sent)
        ):
            sent = sent[: len(sent) // 2]
            marks.add("truncated")
        if "trap" in marks:
            self.door.ban(visitor)
        moved = urlsplit(answer.headers.get("location", ""))
        self.journal.write(
            site=context.site.name,
            visitor=visitor,
            method=scope["method"],
            path=_target(scope),
            status=answer.status,
            elapsed=arrived,
            at=at,
            size=len(sent),
            etag=answer.headers.get("etag"),
            holds=headers.get("if-none-match"),
            retry_after=refusal.retry_after if refusal else _wait_of(answer),
            location=moved.path + (f"?{moved.query}" if moved.query else "") or None,
            identified=is_identified(agent, headers.get("from", "")),
            free=free,
            marks=frozenset(marks),
            offers=frozenset(offers),
        )
        answer.headers["date"] = self._http_date(0)
        answer.headers["server"] = context.site.name
        await answer.replay(send, sent)

    def _remember(self, scope, headers: Headers, answer: "Answer") -> None:
        """Give a page its ETag, and answer by 304 who holds it already."""
        if not self.context.manners.etag or answer.status != 200:
            return
        if scope["method"] not in ("GET", "HEAD"):
            return
        etag = f'"{hashlib.blake2b(answer.body, digest_size=10).hexdigest()}"'
        answer.headers["etag"] = etag
        # Not `no-cache`, which means the same: Scrapy's cache would ask for the whole page anew.
        answer.headers["cache-control"] = "private, max-age=0, must-revalidate"
        held = [etag_given.strip() for etag_given in headers.get("if-none-match", "").split(",")]
        if etag in held or f"W/{etag}" in held or "*" in held:
            answer.status, answer.body = 304, b""
            for name in ("content-length", "content-type"):
                answer.headers.pop(name, None)

    def _breaks_off(self, body: bytes) -> bool:
        return len(body) > 500 and self.door.breaks_off()

    def _wait(self, seconds: int) -> str:
        if self.context.manners.retry_after_as_date:
            return self._http_date(seconds + 1)  # dates have whole seconds
        return str(seconds)

    def _http_date(self, seconds: int) -> str:
        # The site's clock stands for UTC here: HTTP dates have no other zone.
        now = self.context.clock.now.replace(tzinfo=UTC, microsecond=0)
        return format_datetime(now + timedelta(seconds=seconds), usegmt=True)

    async def _error(self, request: Request, error: HTTPException) -> Response:
        return self.context.error(request, error.status_code, error.headers)

    async def _robots(self, request: Request) -> Response:
        return PlainTextResponse(self.context.manners.robots_txt(self.context.origin(request)))

    async def _no_icon(self, request: Request) -> Response:
        return Response(status_code=204)

    async def _file(self, request: Request) -> Response:
        held = self._static.get(request.path_params["name"])
        if held is None:
            raise HTTPException(404)
        return Response(held[0], media_type=held[1])

    async def _consent(self, request: Request) -> Response:
        form = await request.form()
        answer = form.get("choix")
        if answer not in ("oui", "non"):
            raise HTTPException(400)
        back = str(form.get("retour", "/"))
        local = back.startswith("/") and not back.startswith(("//", "/\\"))
        response = self.context.redirect(back if local else "/")
        response.set_cookie("consentement", answer, max_age=CONSENT_FOR, samesite="lax")
        return response

    async def _trap(self, request: Request) -> Response:
        self.context.mark(request, "trap")
        depth = self.context.number(request, "n", 1)
        return self.context.render(request, "trap.html", depth=depth)


class Answer:
    """An answer held back until it is whole; called as ASGI's `send`."""

    def __init__(self):
        self.status = 500
        self.headers: dict[str, str] = {}
        self.cookies: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def __call__(self, message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                if name == b"set-cookie":
                    self.cookies.append((name, value))
                else:
                    self.headers[name.decode("latin-1")] = value.decode("latin-1")
        else:
            self.body += message.get("body", b"")

    async def replay(self, send, body: bytes) -> None:
        """Send the answer with this body; one that is too short breaks the connection off."""
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in self.headers.items()
        ]
        start = {"type": "http.response.start", "status": self.status}
        await send({**start, "headers": [*headers, *self.cookies]})
        whole = len(body) == len(self.body)
        await send({"type": "http.response.body", "body": body, "more_body": not whole})


def asked_host(scope) -> str:
    """Find out which host is asked; leave in `scope` the path on it, and whether by a proxy.

    Raises
    ------
    Unfit
        If the request is oversized, oddly encoded or points outside.
    """
    if scope["method"] == "CONNECT":
        raise Unfit(501, "There is no https in the practice web: ask for http:// addresses.")
    if scope["method"] not in METHODS:
        raise Unfit(405, "Only GET, HEAD and POST are understood.")
    headers = scope["headers"]
    if sum(len(name) + len(value) for name, value in headers) > HEADERS_LIMIT:
        raise Unfit(431, f"The headers are longer than {HEADERS_LIMIT} bytes.")
    if Headers(scope=scope).get("content-type", "").lower().startswith("multipart/"):
        raise Unfit(415, "No form here sends files: write it as application/x-www-form-urlencoded.")
    raw = scope["raw_path"]
    if len(raw) + len(scope["query_string"]) > TARGET_LIMIT:
        raise Unfit(414, f"The address is longer than {TARGET_LIMIT} bytes.")
    named = [value for name, value in headers if name == b"host"]
    proxied = not raw.startswith(b"/")
    if not proxied:
        authority = named[0] if len(named) == 1 else b""
    else:
        scheme, mark, rest = raw.partition(b"://")
        if scheme.lower() != b"http" or not mark:
            raise Unfit(400, "The request line holds neither a path nor an http:// address.")
        authority, slash, path = rest.partition(b"/")
        raw = slash + path or b"/"
    scope["raw_path"], scope["path"] = raw, decoded_path(raw)
    scope["ssplab.proxied"] = proxied
    host, _, port = authority.decode("latin-1").lower().partition(":")
    if (
        not host
        or not all(character.isalnum() or character in ".-" for character in host)
        or not host.isascii()
    ):
        raise Unfit(400, "The request does not say which host it is for.")
    if port and not (port.isascii() and port.isdigit()):
        raise Unfit(400, "The port is not a number.")
    # What the site reads is the host that was meant, also where a proxy's client says another.
    others = [(name, value) for name, value in headers if name != b"host"]
    scope["headers"] = [(b"host", authority.lower()), *others]
    return host


def decoded_path(raw: bytes) -> str:
    """Return a path as text.

    Raises
    ------
    Unfit
        If it is no UTF-8, holds control characters, or leads upwards.
    """
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unfit(400, "The path is not UTF-8.") from error
    if any(ord(character) < 32 or ord(character) == 127 for character in path) or "\\" in path:
        raise Unfit(400, "The path holds characters that no address has.")
    # Twice encoded dots and slashes are nobody's address either.
    if ".." in path.split("/") or "%" in path or path.startswith("//"):
        raise Unfit(400, "The path leads outside the site.")
    return path


async def whole_body(scope, receive):
    """Read a request's body and return a `receive` that gives it again.

    Raises
    ------
    Unfit
        If it is too long.
    """
    length = dict(scope["headers"]).get(b"content-length", b"0")
    body = b""
    more = True
    too_long = not length.isdigit() or int(length) > BODY_LIMIT
    while more and not too_long:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        too_long = len(body) > BODY_LIMIT
    if too_long:
        raise Unfit(413, f"The body is longer than {BODY_LIMIT} bytes.")

    async def again():
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def static_files(site: str) -> dict[str, tuple[bytes, str]]:
    """Return a site's style sheets and scripts by name, with their types: no path is looked up."""
    folder = HERE / "static" / site
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), _type(path.name))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _type(name: str) -> str:
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    suffix = PurePosixPath(name).suffix
    return types.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def _wait_of(answer: Answer) -> int | None:
    """Return the seconds to wait that a site's own page asks for, as where a quota is used up."""
    seconds = answer.headers.get("retry-after", "")
    return int(seconds) if seconds.isdigit() and answer.status in (429, 503) else None


def is_desk(host: str) -> bool:
    """Whether a host is this machine itself, and no site on it."""
    if host == "localhost":
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_site(host: str) -> bool:
    """Whether a host is one of the names that are the practice web's own, with a site or not."""
    return host.endswith((".example", ".localhost"))


def _target(scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return scope["raw_path"].decode("ascii") + (f"?{query}" if query else "")


def _port(scope) -> str:
    _, mark, port = dict(scope["headers"])[b"host"].decode("latin-1").partition(":")
    return mark + port


def check_query(scope, encoding: str) -> None:
    """Raise Unfit if a query is not in the encoding of the site's forms."""
    try:
        parse_qs(scope["query_string"].decode("ascii"), encoding=encoding, errors="strict")
    except ValueError as error:
        raise Unfit(400, f"The query is not {encoding}.") from error
