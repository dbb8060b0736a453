"""The pages that belong to no site: the index of all sites, and the journal."""

from collections.abc import Mapping
from functools import cache

import jinja2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ssplab.web.clock import SimulatedClock
from ssplab.web.journal import RULES, Journal
from ssplab.web.manners import is_browser
from ssplab.web.scenarios import Scenario
from ssplab.web.site import FILTERS, HERE, Context

EXAMPLES = 200  # requests that the journal's page lists; the JSON has them all


@cache
def templates() -> jinja2.Environment:
    """Return the templates of the pages that belong to no site."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates" / "_desk"),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(FILTERS)
    return environment


class Desk:
    """The index and the journal: none of their requests is written down, costs time or counts.

    `home` is the path of the page that theirs lead back to.
    """

    def __init__(
        self,
        contexts: Mapping[str, Context],
        journal: Journal,
        clock: SimulatedClock,
        scenario: Scenario,
        home: str = "/",
    ):
        self._contexts, self._journal = contexts, journal
        self._clock, self._scenario, self._home = clock, scenario, home
        self._pages = Starlette(
            routes=[
                Route("/", self._index),
                Route("/_journal", self._read),
                Route("/_journal.json", self._json),
            ]
        )

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request, as ASGI says."""
        await self._pages(scope, receive, send)

    def _render(self, template: str, **values: object) -> Response:
        return HTMLResponse(
            templates()
            .get_template(template)
            .render(now=self._clock.now, scenario=self._scenario, home=self._home, **values)
        )

    async def _index(self, request: Request) -> Response:
        address = request.headers["host"]
        host, mark, port = address.partition(":")
        # A browser on another machine finds NAME.localhost on that machine; it needs the proxy.
        end = f".localhost{mark}{port}" if host in ("127.0.0.1", "localhost") else ".example"
        sites = [(context.site, f"http://{name}{end}/") for name, context in self._contexts.items()]
        return self._render("index.html", sites=sites, proxy=f"http://{address}")

    async def _read(self, request: Request) -> Response:
        visitors = []
        for visitor in dict.fromkeys(name for name, _ in self._journal.visits()):
            sites = [site for who, site in self._journal.visits() if who == visitor]
            verdicts = {site: self._journal.verdict(visitor, site) for site in sites}
            broken = {
                site: {fault.rule: fault for fault in verdict.broken}
                for site, verdict in verdicts.items()
            }
            whole = self._journal.verdict(visitor)
            visitors.append((visitor, whole, broken, is_browser(visitor)))
        entries = self._journal.entries
        return self._render(
            "journal.html",
            visitors=visitors,
            rules=RULES,
            entries=list(reversed(entries[-EXAMPLES:])),
            total=len(entries),
        )

    async def _json(self, request: Request) -> Response:
        return JSONResponse(self._journal.record())
