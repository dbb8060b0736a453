"""Trouvetout: a search over the small sites of firms, for people a page, for programs an API."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ssplab.web.firms import MOST, Result, small_web_of
from ssplab.web.manners import Manners
from ssplab.web.site import Context, Site
from ssplab.web.sites import parts

LONGEST = 200  # characters of a query


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""

    def results_of(request: Request, query: str, most: int) -> list[dict[str, object]]:
        # A browser without the proxy finds them at NAME.localhost:PORT, as it finds this site.
        domain = context.origin(request).partition(".")[2]
        return [
            {
                "rang": result.rank,
                "url": f"http://{result.host}.{domain}{result.path}",
                "titre": result.title,
                "extrait": result.extract,
            }
            for result in _search(query, most)
        ]

    def _search(query: str, most: int) -> list[Result]:
        return small_web_of(context.world).search(query, most) if query else []

    def query_of(request: Request) -> str:
        query = parts.parameter(request, "q")
        if len(query) > LONGEST:
            raise HTTPException(400)
        return query

    async def home(request: Request) -> Response:
        # The number is told, and the small sites are there before anybody waits for a search.
        return context.render(request, "home.html", total=len(small_web_of(context.world).firms))

    async def found(request: Request) -> Response:
        query = query_of(request)
        return context.render(
            request, "list.html", query=query, results=results_of(request, query, MOST)
        )

    async def api(request: Request) -> Response:
        query = query_of(request)
        most = context.number(request, "n", MOST)
        if not query or not 1 <= most <= MOST:
            raise HTTPException(400)
        return JSONResponse({"requete": query, "resultats": results_of(request, query, most)})

    fixed = {parts.TERMS: "Conditions d’utilisation", parts.ABOUT: "Qui sommes-nous ?",
             "/programmes": "Pour les programmes"}  # fmt: skip
    return [
        Route("/", home),
        Route("/recherche", found),
        Route("/api/recherche", api),
        *parts.texts(context, fixed, most=MOST),
    ]


SITE = Site(
    name="trouvetout",
    title="Trouvetout",
    told="A search page: the candidates for a firm's own site, among directories and namesakes.",
    routes=routes,
    manners=Manners(disallow=("/recherche",), crawl_delay=1, trap="/archives"),
    api=("/api/",),
)
