"""Fleuve Emploi: offers of regional newspapers, in server-rendered lists with pagination."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import Context, Site, slug
from ssplab.web.world import Ad

PER_PAGE = 20
LATEST = 6
OLD_ADDRESSES = 0.05  # share of ads that lists still link by their address of before


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""

    def address(ad: Ad) -> str:
        if context.world.draw("old address", ad.ad_id) < OLD_ADDRESSES:
            return f"/annonce.php?ref={quote(ad.reference)}"
        return f"/offre/{quote(ad.reference)}"

    def trades() -> list[tuple[str, int]]:
        counts = Counter(ad.occupation for ad in context.ads() if ad.occupation)
        return sorted(counts.items())

    async def home(request: Request) -> Response:
        ads = context.ads()
        return context.render(
            request, "accueil.html", ads=ads[:LATEST], total=len(ads), trades=trades(),
            address=address,
        )  # fmt: skip

    async def offers(request: Request) -> Response:
        wanted = request.query_params.get("metier", "")
        ads = context.ads()
        title = "Toutes les offres"
        if wanted:
            names = {slug(name): name for name, _ in trades()}
            if wanted not in names:
                raise HTTPException(404)
            title = names[wanted]
            ads = [ad for ad in ads if ad.occupation == title]
        page = context.page(ads, context.number(request), PER_PAGE)
        return context.render(
            request, "offres.html", page=page, title=title, address=address,
            base=f"/offres?metier={wanted}&" if wanted else "/offres?",
            words="", place="", searched=False,
        )  # fmt: skip

    async def search(request: Request) -> Response:
        words = request.query_params.get("mots", "").strip()
        location = request.query_params.get("lieu", "").strip()
        matches = context.search(context.ads(), words, location)
        page = context.page(matches, context.number(request), PER_PAGE)
        kept = request.url.include_query_params(mots=words, lieu=location).remove_query_params(
            "page"
        )
        return context.render(
            request, "offres.html", page=page, title="Résultats de la recherche", address=address,
            base=f"/recherche?{kept.query}&", words=words, place=location, searched=True,
        )  # fmt: skip

    async def offer(request: Request) -> Response:
        return context.render(
            request, "offre.html", ad=context.ad(request.path_params["reference"])
        )

    async def old_offer(request: Request) -> Response:
        reference = request.query_params.get("ref", "")
        context.ad(reference)
        return context.redirect(f"/offre/{quote(reference)}", 301)

    def fixed(template: str):
        async def shown(request: Request) -> Response:
            return context.render(request, template)

        return shown

    return [
        Route("/", home),
        Route("/offres", offers),
        Route("/recherche", search),
        Route("/offre/{reference:path}", offer),  # an own extract's may hold a slash
        Route("/annonce.php", old_offer),
        Route("/conditions", fixed("conditions.html")),
        Route("/a-propos", fixed("a_propos.html")),
    ]


SITE = Site(
    name="fleuve-emploi",
    title="Fleuve Emploi",
    told="Lists made by the server, twenty offers a page; some links lead to old addresses.",
    routes=routes,
    manners=Manners(
        disallow=("/recherche", "/espace-recruteur"),
        crawl_delay=1,
        trap="/archives",
        consent=True,
    ),
)
