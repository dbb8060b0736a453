"""Guichet Emploi: offers behind a login, with a CSRF token and a session cookie."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import Context, Site
from ssplab.web.sites import parts

PER_PAGE = 20
MINUTES = 30  # without a request, after which a session ends
COOKIE = "session"
MOST_SESSIONS = 10_000  # the oldest is forgotten


class Account(NamedTuple):
    """The account that the login page shows to everyone."""

    name: str
    password: str


DEMO = Account("stagiaire", "bonjour-2023")


class Names(NamedTuple):
    """What the fields of the login form are called."""

    account: str
    password: str
    token: str
    then: str


FIELDS = Names("identifiant", "mot_de_passe", "jeton", "suite")
FIELDS_REDESIGNED = Names("login", "password", "_csrf", "next")


@dataclass
class Session:
    """What the site knows of a visitor who holds the cookie."""

    key: str
    account: str | None
    used: float
    """Seconds on the site's clock."""


class Sessions:
    """The sessions of a site; keys depend on the seed and on how many came before."""

    def __init__(self, context: Context):
        self._context = context
        self._held: dict[str, Session] = {}
        self._opened = 0

    def of(self, request: Request) -> Session | None:
        """Return a visitor's session, if it has not ended."""
        session = self._held.get(request.cookies.get(COOKIE, ""))
        now = self._context.clock.elapsed
        if session is None or now - session.used > MINUTES * 60:
            return None
        session.used = now
        return session

    def open(self, account: str | None = None) -> Session:
        """Return a new session."""
        self._opened += 1
        key = self._context.token("session", self._opened)
        session = Session(key, account, self._context.clock.elapsed)
        self._held[key] = session
        if len(self._held) > MOST_SESSIONS:
            del self._held[next(iter(self._held))]
        return session

    def close(self, session: Session) -> None:
        """Forget a session."""
        self._held.pop(session.key, None)

    def token(self, session: Session) -> str:
        """Return the token that a session's forms hold."""
        return self._context.token("form", session.key)


def local(path: str) -> str:
    """Return a path of this site to go to after the login, and the list's where it is another's."""
    fits = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if fits and path.isprintable() else "/offres"


class _Pages:
    """What the site answers, page by page."""

    def __init__(self, context: Context):
        self._context = context
        self._sessions = Sessions(context)
        self._names = FIELDS_REDESIGNED if context.scenario.redesign else FIELDS

    async def home(self, request: Request) -> Response:
        ads = self._context.ads()
        return self._show(request, "home.html", total=len(ads), domaines=parts.counted(ads))

    async def login(self, request: Request) -> Response:
        then = local(request.query_params.get("suite", "/offres"))
        session = self._sessions.of(request)
        if session and session.account:
            return self._context.redirect(then)
        return self._form(request, session or self._sessions.open(), then)

    def _form(
        self, request: Request, session: Session, then: str, wrong: str = "", status: int = 200
    ) -> Response:
        response = self._show(
            request, "login.html", status, wrong=wrong, suite=then, minutes=MINUTES, account=None,
            token=self._sessions.token(session),
        )  # fmt: skip
        return self._keep(response, session)

    async def enter(self, request: Request) -> Response:
        sent = await request.form()
        given = {name: str(sent.get(name, "")) for name in self._names}
        then = local(given[self._names.then])
        session = self._sessions.of(request)
        if session is None or not same(given[self._names.token], self._sessions.token(session)):
            wrong = "Le formulaire a expiré, ou son jeton n’est pas le vôtre. Recommencez."
            return self._form(request, session or self._sessions.open(), then, wrong, 403)
        if not (
            same(given[self._names.account], DEMO.name)
            and same(given[self._names.password], DEMO.password)
        ):
            self._context.mark(request, "login failed")
            wrong = "L’identifiant ou le mot de passe n’est pas le bon."
            return self._form(request, session, then, wrong, 401)
        self._sessions.close(session)
        return self._keep(self._context.redirect(then), self._sessions.open(DEMO.name))

    async def leave(self, request: Request) -> Response:
        sent = await request.form()
        session = self._sessions.of(request)
        if session and same(str(sent.get(self._names.token, "")), self._sessions.token(session)):
            self._sessions.close(session)
        response = self._context.redirect("/")
        response.delete_cookie(COOKIE)
        return response

    async def offers(self, request: Request) -> Response:
        words, location = parts.parameter(request, "motcle"), parts.parameter(request, "lieu")
        matches = self._context.search(self._context.ads(), words, location)
        page = self._context.page(matches, self._context.number(request), PER_PAGE)
        return self._show(
            request,
            "list.html",
            page=page,
            q=words,
            lieu=location,
            page_url=parts.pages_of("/offres", motcle=words, lieu=location),
        )

    async def offer(self, request: Request) -> Response:
        return self._show(request, "ad.html", ad=self._context.ad(request.path_params["reference"]))

    def inside(self, page):
        """Send to the login whoever is not logged in."""

        async def guarded(request: Request) -> Response:
            session = self._sessions.of(request)
            if session is None or session.account is None:
                query = f"?{request.url.query}" if request.url.query else ""
                then = urlencode({"suite": request.url.path + query})
                return self._context.redirect(f"/connexion?{then}", 302)
            return await page(request)

        return guarded

    def fixed(self, text: str, heading: str):
        async def shown(request: Request) -> Response:
            return self._show(request, "text.html", text=text, heading=heading)

        return shown

    def _show(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> Response:
        session = self._sessions.of(request)
        account = session.account if session else None
        token = self._sessions.token(session) if session else ""
        known = {"account": account, "token": token, "demo": DEMO}
        return self._context.render(request, template, status=status, **{**known, **values})

    def _keep(self, response: Response, session: Session) -> Response:
        response.set_cookie(COOKIE, session.key, httponly=True, samesite="lax")
        return response


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""
    pages = _Pages(context)
    return [
        Route("/", pages.home),
        Route("/connexion", pages.login),
        Route("/connexion", pages.enter, methods=["POST"]),
        Route("/deconnexion", pages.leave, methods=["POST"]),
        Route("/offres", pages.inside(pages.offers)),
        Route("/offres/{reference}", pages.inside(pages.offer)),
        Route(
            "/candidature/{reference}",
            pages.inside(pages.fixed("candidature", "Répondre à l’offre")),
        ),
        Route("/aide", pages.fixed("aide", "Aide")),
        Route(parts.TERMS, pages.fixed("conditions", "Conditions d’utilisation")),
        Route(parts.ABOUT, pages.fixed("a-propos", "À propos du service")),
    ]


def same(given: str, right: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing about where they differ."""
    return secrets.compare_digest(given.encode(), right.encode())


SITE = Site(
    name="guichet-emploi",
    title="Guichet Emploi",
    told="A login with a form’s token and a session cookie before any offer is shown.",
    routes=routes,
    manners=Manners(
        disallow=("/candidature/",),
        crawl_delay=2,
        trap="/offres-internes",
        slow=0.02,
    ),
)
