"""Cadres & Métiers: executives' posts, each page with a JobPosting in JSON-LD, and a sitemap."""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import Context, Site, slug
from ssplab.web.sites import parts
from ssplab.web.world import Ad, folded

PER_PAGE = 15
LATEST = 8
SIMILAR = 3
EMPLOYMENT = (  # words in the contract, folded, and schema.org's type of employment; first match
    (("alternance", "apprenti", "stage"), "INTERN"),
    (("interim", "mission"), "TEMPORARY"),
    (("cdd", "determinee"), "TEMPORARY"),
)


def path_of(ad: Ad) -> str:
    """Return the path of an ad: its title for people, its reference for the site."""
    return f"/offres/{slug(ad.title)}/{quote(ad.reference)}"


def employment_type(contract: str | None) -> str:
    """Return schema.org's type of employment for a contract as the ad spells it."""
    text = folded(contract or "")
    if "indeterminee" in text:
        return "FULL_TIME"
    for words, kind in EMPLOYMENT:
        if any(word in text for word in words):
            return kind
    return "FULL_TIME"


def job_posting(ad: Ad, url: str) -> dict:
    """Return an ad as schema.org's JobPosting."""
    posting = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": ad.title,
        "description": ad.description,
        "identifier": {
            "@type": "PropertyValue",
            "name": "Cadres & Métiers",
            "value": ad.reference,
        },
        "url": url,
        "datePosted": ad.published.isoformat(),
        "employmentType": employment_type(ad.contract),
        "occupationalCategory": ad.occupation,
        "hiringOrganization": {"@type": "Organization", "name": ad.company or "confidential"},
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "addressLocality": ad.location,
                "addressCountry": "FR",
            },
        },
    }
    if ad.apply_by:
        posting["validThrough"] = ad.apply_by.isoformat()
    bounds = {"minValue": ad.salary_min, "maxValue": ad.salary_max}
    bounds = {name: value for name, value in bounds.items() if value is not None}
    if bounds:
        posting["baseSalary"] = {
            "@type": "MonetaryAmount",
            "currency": "EUR",
            "value": {"@type": "QuantitativeValue", **bounds, "unitText": ad.salary_unit},
        }
    return posting


def breadcrumb(ad: Ad, origin: str) -> dict:
    """Return where an ad stands in the site, as schema.org's BreadcrumbList."""
    places = [("Accueil", "/"), ("Postes", "/offres"), (ad.title, path_of(ad))]
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": origin + path}
        for position, (name, path) in enumerate(places, 1)
    ]
    return {
        "@context": "https://schema.org/",
        "@type": "BreadcrumbList",
        "itemListElement": items,
    }


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""

    async def home(request: Request) -> Response:
        ads = context.ads()
        return context.render(request, "home.html", ads=ads[:LATEST], total=len(ads))

    async def offers(request: Request) -> Response:
        words, location, field = (
            parts.parameter(request, name) for name in ("q", "lieu", "fonction")
        )
        ads = [ad for ad in context.ads() if not field or ad.occupation == field]
        page = context.page(context.search(ads, words, location), context.number(request), PER_PAGE)
        return context.render(
            request, "list.html", page=page, q=words, lieu=location, fonction=field,
            fonctions=[name for name, _ in parts.counted(context.ads())],
            page_url=parts.pages_of("/offres", q=words, lieu=location, fonction=field),
        )  # fmt: skip

    async def offer(request: Request) -> Response:
        ad = context.ad(request.path_params["reference"])
        if request.path_params["title"] != slug(ad.title):
            return context.redirect(path_of(ad), 301)
        origin = context.origin(request)
        similar = [
            candidate
            for candidate in context.ads()
            if candidate.occupation == ad.occupation and candidate.ad_id != ad.ad_id
        ]
        return context.render(
            request, "ad.html", ad=ad, similar=similar[:SIMILAR],
            json_ld=parts.json_in_page(job_posting(ad, origin + path_of(ad))),
            breadcrumb_ld=parts.json_in_page(breadcrumb(ad, origin)),
        )  # fmt: skip

    async def fields(request: Request) -> Response:
        return context.render(request, "fonctions.html", fonctions=parts.counted(context.ads()))

    async def site_map(request: Request) -> Response:
        places = [(path_of(ad), ad.published.isoformat()) for ad in context.ads()]
        return parts.sitemap(context, request, places)

    fixed = {
        parts.TERMS: "Conditions d’utilisation",
        parts.ABOUT: "Qui sommes-nous",
        "/postuler/{reference}": "Postuler",
    }
    return [
        Route("/", home),
        Route("/offres", offers),
        Route("/offres/{title}/{reference}", offer),
        Route("/fonctions", fields),
        Route("/sitemap.xml", site_map),
        *parts.texts(context, fixed),
    ]


SITE = Site(
    name="cadres-et-metiers",
    title="Cadres & Métiers",
    told="Structured data (JSON-LD) in every ad’s page, and a sitemap that lists them all.",
    routes=routes,
    manners=Manners(
        disallow=("/postuler/",),
        crawl_delay=2,
        trap="/annuaire-complet",
        sitemap="/sitemap.xml",
    ),
)
