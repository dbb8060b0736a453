"""The small sites around the firms: any number of hosts, each with its own robots.txt and pages."""

from collections.abc import Sequence
from functools import cache, partial

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ssplab.web.firms import SmallWeb, small_web_of
from ssplab.web.manners import Manners
from ssplab.web.site import HERE, Context, Site
from ssplab.web.world import World

FOLDER = "small-sites"
LOOKS = 4  # of the small sites


def small_site(world: World, host: str) -> Site | None:
    """Return the small site of a host; None where there is none."""
    small = small_web_of(world)
    if host not in small.sites:
        return None
    return Site(
        name=host,
        title=small.sites[host]["/"].title,
        told="A small site.",
        routes=partial(_routes, small),
        manners=Manners(
            disallow=("/",) if small.is_closed(host) else (), crawl_delay=small.pause_of(host)
        ),
        folder=FOLDER,
    )


@cache
def _template() -> jinja2.Template:
    """Return the template of all small sites, compiled once: a crawl visits hundreds of them."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates" / FOLDER),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    ).get_template("page.html")


def _routes(small: SmallWeb, context: Context) -> Sequence[Route]:
    pages = small.sites[context.site.name]
    look = int(context.world.draw("look", context.site.name) * LOOKS)

    async def shown(request: Request) -> Response:
        page = pages.get(request.url.path)
        if page is None:
            raise HTTPException(404)
        return HTMLResponse(_template().render(shown=page, look=look))

    return [Route("/{path:path}", shown)]
