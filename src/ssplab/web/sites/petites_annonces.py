"""Les Petites Annonces: broken HTML in latin-1; a header says so for lists, only `meta` for ads."""

import html.entities
from collections.abc import Sequence
from urllib.parse import parse_qs, quote

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import Context, Site
from ssplab.web.sites import parts

PER_PAGE = 25
LATEST = 6
ENCODING = "iso-8859-1"


def entities(text: str) -> Markup:
    """Return a text with named entities for whatever ASCII lacks and HTML 4 has a name for."""
    names = html.entities.codepoint2name
    return Markup(
        "".join(
            f"&{names[ord(character)]};"
            if ord(character) > 127 and ord(character) in names
            else str(escape(character))
            for character in text
        )
    )


def query(text: str) -> str:
    """Return a text as it stands in this site's queries."""
    return quote(text, safe="", encoding=ENCODING, errors="xmlcharrefreplace")


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""
    helpers = {"entities": entities, "query": query}

    def given(request: Request) -> dict[str, str]:
        held = parse_qs(request.url.query, encoding=ENCODING)
        return {name: held.get(name, [""])[0].strip() for name in ("mot", "ville", "rubrique")}

    async def home(request: Request) -> Response:
        ads = context.ads()
        return context.render(
            request, "home.html", ads=ads[:LATEST], total=len(ads), rubriques=parts.counted(ads),
            **helpers,
        )  # fmt: skip

    async def offers(request: Request) -> Response:
        asked = given(request)
        section = asked["rubrique"]
        ads = [ad for ad in context.ads() if not section or ad.occupation == section]
        matches = context.search(ads, asked["mot"], asked["ville"])
        return context.render(
            request, "list.html", page=context.page(matches, context.number(request), PER_PAGE),
            q=asked["mot"], lieu=asked["ville"], rubrique=section,
            page_url=parts.pages_of("/annonces", ENCODING, **asked), **helpers,
        )  # fmt: skip

    async def offer(request: Request) -> Response:
        ad = context.ad(request.path_params["reference"])
        return context.render(request, "ad.html", declare=False, ad=ad, **helpers)

    fixed = {
        parts.TERMS: "Conditions d'utilisation",
        parts.ABOUT: "Qui sommes-nous ?",
        "/repondre/{reference}": "Répondre",
    }
    return [
        Route("/", home),
        Route("/annonces", offers),
        Route("/annonce/{reference}", offer),
        *parts.texts(context, fixed),
    ]


SITE = Site(
    name="petites-annonces",
    title="Les Petites Annonces",
    told="Pages in latin-1, some of which say so in their head only, and HTML that no rule covers.",
    routes=routes,
    manners=Manners(
        disallow=("/repondre/",),
        crawl_delay=3,
        trap="/vieilles-annonces",
        per_second=1,
        burst=30,
        etag=False,
        slow=0.05,
    ),
    encoding=ENCODING,
    per_page=PER_PAGE,
)
