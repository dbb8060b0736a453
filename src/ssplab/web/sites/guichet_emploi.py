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


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""
    sessions = Sessions(context)
    names = FIELDS_REDESIGNED if context.scenario.redesign else FIELDS

    def show(request: Request, template: str, status: int = 200, **values: object) -> Response:
        session = sessions.of(request)
        account = session.account if session else None
        token = sessions.token(session) if session else ""
        known = {"account": account, "token": token, "demo": DEMO}
        return context.render(request, template, status=status, **{**known, **values})

    def keep(response: Response, session: Session) -> Response:
        response.set_cookie(COOKIE, session.key, httponly=True, samesite="lax")
        return response

    def inside(page):
        """Send to the login whoever is not logged in."""

        async def guarded(request: Request) -> Response:
            session = sessions.of(request)
            if session is None or session.account is None:
                query = f"?{request.url.query}" if request.url.query else ""
                then = urlencode({"suite": request.url.path + query})
                return context.redirect(f"/connexion?{then}", 302)
            return await page(request)

        return guarded

    async def home(request: Request) -> Response:
        ads = context.ads()
        return show(request, "home.html", total=len(ads), domaines=parts.counted(ads))

    def form(request: Request, session: Session, then: str, wrong: str = "", status: int = 200):
        response = show(
            request, "login.html", status, wrong=wrong, suite=then, minutes=MINUTES, account=None,
            token=sessions.token(session),
        )  # fmt: skip
        return keep(response, session)

    async def login(request: Request) -> Response:
        then = local(request.query_params.get("suite", "/offres"))
        session = sessions.of(request)
        if session and session.account:
            return context.redirect(then)
        return form(request, session or sessions.open(), then)

    async def enter(request: Request) -> Response:
        sent = await request.form()
        given = {name: str(sent.get(name, "")) for name in names}
        then = local(given[names.then])
        session = sessions.of(request)
        if session is None or not same(given[names.token], sessions.token(session)):
            wrong = "Le formulaire a expiré, ou son jeton n’est pas le vôtre. Recommencez."
            return form(request, session or sessions.open(), then, wrong, 403)
        if not (
            same(given[names.account], DEMO.name) and same(given[names.password], DEMO.password)
        ):
            context.mark(request, "login failed")
            wrong = "L’identifiant ou le mot de passe n’est pas le bon."
            return form(request, session, then, wrong, 401)
        sessions.close(session)
        return keep(context.redirect(then), sessions.open(DEMO.name))

    async def leave(request: Request) -> Response:
        sent = await request.form()
        session = sessions.of(request)
        if session and same(str(sent.get(names.token, "")), sessions.token(session)):
            sessions.close(session)
        response = context.redirect("/")
        response.delete_cookie(COOKIE)
        return response

    async def offers(request: Request) -> Response:
        words, place = parts.parameter(request, "motcle"), parts.parameter(request, "lieu")
        found = context.search(context.ads(), words, place)
        page = context.page(found, context.number(request), PER_PAGE)
        return show(
            request, "list.html", page=page, q=words, lieu=place,
            page_url=parts.pages_of("/offres", motcle=words, lieu=place),
        )  # fmt: skip

    async def offer(request: Request) -> Response:
        return show(request, "ad.html", ad=context.ad(request.path_params["reference"]))

    def fixed(text: str, heading: str):
        async def shown(request: Request) -> Response:
            return show(request, "text.html", text=text, heading=heading)

        return shown

    return [
        Route("/", home),
        Route("/connexion", login),
        Route("/connexion", enter, methods=["POST"]),
        Route("/deconnexion", leave, methods=["POST"]),
        Route("/offres", inside(offers)),
        Route("/offres/{reference}", inside(offer)),
        Route("/candidature/{reference}", inside(fixed("candidature", "Répondre à l’offre"))),
        Route("/aide", fixed("aide", "Aide")),
        Route(parts.TERMS, fixed("conditions", "Conditions d’utilisation")),
        Route(parts.ABOUT, fixed("a-propos", "À propos du service")),
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
