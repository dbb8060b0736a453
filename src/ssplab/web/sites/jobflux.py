"""JobFlux: an aggregator whose list is an empty page that a script fills from a hidden JSON API."""

import base64
import binascii
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import Context, Site, extract
from ssplab.web.sites import parts
from ssplab.web.world import Ad

PER_PAGE = 12
CATEGORIES = 10  # on the home page


def offer_of(ad: Ad, whole: bool) -> dict:
    """Return an ad as version 2 of the API gives it; a list has the beginning of the text only."""
    pay = {"texte": ad.salary, "min": ad.salary_min, "max": ad.salary_max, "unite": ad.salary_unit}
    offer = {
        "id": ad.reference,
        "titre": ad.title,
        "entreprise": ad.company,
        "lieu": ad.location,
        "contrat": ad.contract,
        "salaire": pay if ad.salary else None,
        "categorie": ad.occupation,
        "publie_le": f"{ad.published.isoformat()}T00:00:00Z",
        "expire_le": ad.apply_by.isoformat() if ad.apply_by else None,
        "lien": f"/o/{ad.reference}",
        "extrait": extract(ad.description),
    }
    return {**offer, "description": ad.description} if whole else offer


def posting_of(ad: Ad, whole: bool) -> dict:
    """Return an ad as version 3 of the API gives it, after the redesign."""
    pay = {"label": ad.salary, "low": ad.salary_min, "high": ad.salary_max, "per": ad.salary_unit}
    posting = {
        "uid": ad.reference,
        "title": ad.title,
        "employer": {"name": ad.company} if ad.company else None,
        "place": ad.location,
        "contract": ad.contract,
        "pay": pay if ad.salary else None,
        "category": ad.occupation,
        "posted": ad.published.isoformat(),
        "expires": ad.apply_by.isoformat() if ad.apply_by else None,
        "url": f"/o/{ad.reference}",
        "summary": extract(ad.description),
    }
    return {**posting, "body": ad.description} if whole else posting


def error(status: int, message: str) -> JSONResponse:
    """Return an error of the API."""
    return JSONResponse({"erreur": {"code": status, "message": message}}, status)


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages, and the API that feeds its list."""
    content_of = posting_of if context.scenario.redesign else offer_of

    def matches(request: Request) -> list[Ad]:
        words, location, category = (
            parts.parameter(request, name) for name in ("q", "lieu", "categorie")
        )
        ads = [ad for ad in context.ads() if not category or ad.occupation == category]
        return context.search(ads, words, location)

    async def home(request: Request) -> Response:
        ads = context.ads()
        often = sorted(parts.counted(ads), key=lambda counted: -counted[1])
        return context.render(
            request,
            "home.html",
            total=len(ads),
            categories=[name for name, _ in often[:CATEGORIES]],
        )

    async def offers(request: Request) -> Response:
        return context.render(
            request, "list.html",
            q=parts.parameter(request, "q"), lieu=parts.parameter(request, "lieu"),
        )  # fmt: skip

    async def offer(request: Request) -> Response:
        ad = context.ad(request.path_params["reference"])
        return context.render(
            request, "ad.html", ad=ad, state=parts.json_in_page(content_of(ad, whole=True))
        )

    async def feed(request: Request) -> Response:
        start = 0
        if cursor := parts.parameter(request, "curseur"):
            day, start = _place(cursor)
            if day is None:
                return error(400, "Le curseur est illisible.")
            if day != context.today.isoformat():
                return error(410, "Le curseur est périmé. Reprenez le flux au début.")
        ads = matches(request)
        after = start + PER_PAGE
        context.shows(request, ads[start:after])
        return JSONResponse(
            {
                "total": len(ads),
                "offres": [offer_of(ad, whole=False) for ad in ads[start:after]],
                "curseur_suivant": _cursor(context, after) if after < len(ads) else None,
            }
        )

    async def postings(request: Request) -> Response:
        page = context.page(matches(request), context.number(request), PER_PAGE)
        context.shows(request, page.items)
        return JSONResponse(
            {
                "data": [posting_of(ad, whole=False) for ad in page.items],
                "meta": {"count": page.total, "page": page.number, "next_page": page.next},
            }
        )

    async def posting(request: Request) -> Response:
        ad = context.ad(request.path_params["reference"])
        context.shows(request, [ad])
        return JSONResponse(content_of(ad, whole=True))

    async def gone(request: Request) -> Response:
        return error(410, "Cette version de l’interface n’existe plus.")

    if context.scenario.redesign:
        api = [
            Route("/api/v3/postings", postings),
            Route("/api/v3/postings/{reference}", posting),
            Route("/api/v2/{rest:path}", gone),
        ]
    else:
        api = [Route("/api/v2/offres", feed), Route("/api/v2/offres/{reference}", posting)]
    fixed = {
        parts.TERMS: "Conditions d’utilisation",
        parts.ABOUT: "À propos",
        "/sortie/{reference}": "Vous quittez JobFlux",
    }
    return [
        Route("/", home),
        Route("/offres", offers),
        Route("/o/{reference}", offer),
        *api,
        *parts.texts(context, fixed),
    ]


def _cursor(context: Context, start: int) -> str:
    """Return where to go on, in a form that looks like nothing."""
    return base64.urlsafe_b64encode(f"{context.today}/{start}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[str | None, int]:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None, 0
    day, _, start = text.partition("/")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        return None, 0
    return day, int(start)


SITE = Site(
    name="jobflux",
    title="JobFlux",
    told="An endless list: the page is empty, and a script fills it from a hidden JSON API.",
    routes=routes,
    manners=Manners(
        disallow=("/sortie/",),
        crawl_delay=1,
        trap="/tout",
        retry_after_as_date=True,
    ),
    api=("/api/",),
)
