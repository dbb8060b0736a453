"""What several sites need: fixed texts, addresses with a query, counts, sitemaps, JSON in pages."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.site import Context
from ssplab.web.world import Ad

TERMS, ABOUT = "/conditions-utilisation", "/a-propos"


def texts(context: Context, headings: Mapping[str, str], **values: object) -> list[Route]:
    """Return the routes of fixed texts.

    Parameters
    ----------
    headings : mapping
        Path of each page and its heading; the text stands in `_NAME.html`, NAME being the first
        part of the path.
    **values
        For the texts.
    """
    return [
        Route(path, _text(context, path.split("/")[1], heading, values))
        for path, heading in headings.items()
    ]


def _text(context: Context, name: str, heading: str, values: Mapping[str, object]) -> Callable:
    text = name.removesuffix("-utilisation")

    async def shown(request: Request) -> Response:
        return context.render(request, "text.html", text=text, heading=heading, **values)

    return shown


def counted(ads: Iterable[Ad]) -> list[tuple[str, int]]:
    """Return the site's own categories with their numbers of ads, in alphabetical order."""
    return sorted(Counter(ad.occupation for ad in ads if ad.occupation).items())


def parameter(request: Request, name: str) -> str:
    """Return a text of the query, without blanks around it; empty where there is none."""
    return request.query_params.get(name, "").strip()


def pages_of(path: str, encoding: str = "utf-8", **query: str) -> Callable[[int], str]:
    """Return a function that gives the address of a page of a list; the first has no number."""

    def address(number: int) -> str:
        kept = {name: text for name, text in query.items() if text}
        if number > 1:
            kept["page"] = str(number)
        return f"{path}?{urlencode(kept, encoding=encoding)}" if kept else path

    return address


def sitemap(context: Context, request: Request, places: Iterable[tuple[str, str]]) -> Response:
    """Return a sitemap of paths and the ISO dates of their last change."""
    origin = context.origin(request)
    lines = [
        f"<url><loc>{escape(origin + path)}</loc><lastmod>{changed}</lastmod></url>"
        for path, changed in places
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    body = "\n".join([f'{head}<urlset xmlns="{space}">', *lines, "</urlset>", ""])
    return Response(body, media_type="application/xml")


def json_in_page(content: object) -> Markup:
    """Return content as JSON that may stand in a `script` element."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))
