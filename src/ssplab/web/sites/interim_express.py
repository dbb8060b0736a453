"""Intérim Express: dates relative to the day of reading, pay as the agencies write it."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import MONTHS, NBSP, Context, Site, long_date
from ssplab.web.sites import parts
from ssplab.web.world import Ad

PER_PAGE = 18
LATEST = 8
LONG_AGO = 30  # days, after which a date stands in the place of their number
WEEKS = {1: "une semaine", 2: "deux semaines", 3: "trois semaines"}
SOON = 14  # days, within which a date to come is told by their number


def day_and_month(day: date) -> str:
    """Return a date without its year, as in `3 avril`."""
    return f"{'1er' if day.day == 1 else day.day}{NBSP}{MONTHS[day.month - 1]}"


def since(published: date, today: date, hour: int, draw: float) -> str:
    """Return when an ad was published, as a reader of today is told.

    Parameters
    ----------
    hour : int
        Of the reader's clock, 0 to 23.
    draw : float
        From 0 to 1: the ad's own way to say it, where there are several.
    """
    days = (today - published) // timedelta(days=1)
    if days <= 0:
        hours = hour - math.floor(draw * min(hour, 9))
        if draw > 0.8 or not hours:
            return "aujourd’hui"
        return f"il y a {hours}{NBSP}heure{'s' if hours > 1 else ''}"
    if days == 1:
        return "hier"
    if days == 2 and draw < 0.5:
        return "avant-hier"
    if days in (7, 14, 21) and draw < 0.5:
        return {7: "il y a une semaine", 14: "il y a deux semaines", 21: "il y a trois semaines"}[
            days
        ]
    if days <= LONG_AGO:
        return f"il y a {days}{NBSP}jours"
    return f"le {day_and_month(published)}"


def before(day: date, today: date) -> str:
    """Return until when to answer, as a reader of today is told."""
    days = (day - today) // timedelta(days=1)
    if days == 0:
        return "aujourd’hui au plus tard"
    if days == 1:
        return "demain au plus tard"
    if 1 < days <= SOON:
        return f"dans {days}{NBSP}jours au plus tard"
    return f"avant le {long_date(day)}"


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""

    def relative(ad: Ad) -> str:
        draw = context.world.draw("way", ad.ad_id)
        return since(ad.published, context.today, context.clock.now.hour, draw)

    def until(ad: Ad) -> str:
        return before(ad.apply_by, context.today)

    async def home(request: Request) -> Response:
        ads = context.ads()
        return context.render(
            request, "home.html", ads=ads[:LATEST], total=len(ads), relative=relative
        )

    async def offers(request: Request) -> Response:
        words, location, section = (
            parts.parameter(request, name) for name in ("metier", "ville", "secteur")
        )
        ads = [ad for ad in context.ads() if not section or ad.occupation == section]
        page = context.page(context.search(ads, words, location), context.number(request), PER_PAGE)
        return context.render(
            request, "list.html", page=page, q=words, lieu=location, occupation=section,
            relative=relative,
            page_url=parts.pages_of("/missions", metier=words, ville=location, secteur=section),
        )  # fmt: skip

    async def offer(request: Request) -> Response:
        ad = context.ad(request.path_params["reference"])
        return context.render(request, "ad.html", ad=ad, relative=relative, until=until)

    async def sectors(request: Request) -> Response:
        return context.render(request, "secteurs.html", occupations=parts.counted(context.ads()))

    fixed = {
        parts.TERMS: "Conditions d’utilisation",
        parts.ABOUT: "L’enseigne",
        "/inscription/{reference:path}": "Inscription",
    }
    return [
        Route("/", home),
        Route("/missions", offers),
        # References hold slashes here.
        Route("/missions/{reference:path}", offer),
        Route("/secteurs", sectors),
        *parts.texts(context, fixed),
    ]


SITE = Site(
    name="interim-express",
    per_page=PER_PAGE,
    title="Intérim Express",
    told="Dates such as “il y a 3 jours”; pay by the hour, the month or the year, gross or net.",
    routes=routes,
    manners=Manners(
        disallow=("/inscription/",),
        crawl_delay=1,
        trap="/missions-archivees",
        consent=True,
    ),
)
