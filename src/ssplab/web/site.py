"""What a site is made of, and what its pages are given."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from ssplab.web.clock import SimulatedClock
from ssplab.web.manners import Manners
from ssplab.web.scenarios import Scenario
from ssplab.web.world import Ad, World, folded

HERE = Path(__file__).parent
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
ERRORS = {
    400: ("Requête incomprise", "L’adresse ou le formulaire envoyé n’a pas la forme attendue."),
    401: ("Identification requise", "Connectez-vous pour voir cette page."),
    403: ("Accès refusé", "Ce site ne répond pas à cette demande. Si vous êtes un robot, dites qui "
          "vous êtes et comment vous joindre dans l’en-tête User-Agent, et relisez nos conditions "
          "d’utilisation."),
    404: ("Page introuvable", "Cette page n’existe pas, ou n’existe plus."),
    405: ("Méthode refusée", "Cette adresse ne se demande pas de cette façon."),
    410: ("Offre expirée", "Cette offre n’est plus en ligne."),
    429: ("Trop de demandes", "Vous demandez trop de pages. Attendez le temps qu’indique "
          "l’en-tête Retry-After, puis ralentissez."),
    500: ("Erreur du site", "Le site n’a pas pu répondre."),
    503: ("Service momentanément indisponible", "Le site est surchargé. Réessayez après le temps "
          "qu’indique l’en-tête Retry-After."),
}  # fmt: skip
NBSP, THIN = "\u00a0", "\u202f"  # no-break spaces: before units, and between thousands


@dataclass(frozen=True)
class Site:
    """A site of the practice web, as its module in `ssplab.web.sites` binds it to `SITE`."""

    name: str
    """Its host is http://NAME.example, its templates and style sheets stand in folders NAME."""
    title: str
    """How it calls itself, in French."""
    told: str
    """What there is to learn on it: a sentence in English, for the index."""
    routes: Callable[["Context"], Sequence[BaseRoute]]
    """Gives the pages; `robots.txt`, the trap, `/static/` and the answer about cookies are there
    already. Endpoints are `async def`."""
    manners: Manners = field(default_factory=Manners)
    encoding: str = "utf-8"
    """Of its pages, and of the queries that its forms send."""
    api: tuple[str, ...] = ()
    """Beginnings of paths where errors are JSON, not pages."""
    per_page: int | None = None
    """Items on a page of its list; None where the pages differ."""
    folder: str = ""
    """Of its templates, where that is not its name."""


@dataclass(frozen=True)
class Page:
    """A page of a list that is too long for one."""

    items: Sequence[Any]
    number: int
    """From 1."""
    pages: int
    total: int
    """Items on all pages."""

    @property
    def previous(self) -> int | None:
        """The number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The number of the page after."""
        return self.number + 1 if self.number < self.pages else None

    def around(self, reach: int = 2) -> list[int | None]:
        """Return the numbers to link to: first, last and neighbours; None stands for a gap."""
        near = range(self.number - reach, self.number + reach + 1)
        numbers = sorted({1, self.pages, *(page for page in near if 1 <= page <= self.pages)})
        linked: list[int | None] = []
        for page in numbers:
            if linked and page - linked[-1] == 2:
                linked.append(page - 1)
            elif linked and page - linked[-1] > 2:
                linked.append(None)
            linked.append(page)
        return linked


@dataclass
class Context:
    """What a site's pages are made from."""

    site: Site
    manners: Manners
    """Under the scenario."""
    world: World
    clock: SimulatedClock
    scenario: Scenario

    @property
    def today(self) -> date:
        """The date on the site's clock."""
        return self.clock.today

    def ads(self) -> tuple[Ad, ...]:
        """Return the ads that the site shows today, in the order of display."""
        return self.world.ads_on(self.site.name, self.today)

    def ad(self, reference: str) -> Ad:
        """Return an ad that is shown today.

        Raises
        ------
        HTTPException
            404 if the site has no such ad, 410 if it has expired: the template `404.html` or
            `410.html` is shown.
        """
        ad, state = self.world.find(self.site.name, reference, self.today)
        if state == "shown":
            return ad
        raise HTTPException(410 if state == "expired" else 404)

    def search(self, ads: Sequence[Ad], words: str = "", location: str = "") -> list[Ad]:
        """Return the ads that hold all words in title, company or text, and the place in theirs.

        Accents and capitals do not count.
        """
        wanted, where = folded(words).split(), folded(location).strip()
        return [
            ad
            for ad in ads
            if where in folded(ad.location or "")
            and (
                not wanted
                or all(
                    word in folded(f"{ad.title} {ad.company or ''} {ad.description or ''}")
                    for word in wanted
                )
            )
        ]

    def has_look(self, ad: Ad) -> bool:
        """Whether the page of an ad has the scenario's other look today."""
        scenario = self.scenario
        begun = scenario.look_from is None or self.today >= scenario.look_from
        return (
            bool(scenario.look)
            and begun
            and self.world.draw("look", ad.ad_id) < scenario.look_share
        )

    def page(self, items: Sequence[Any], number: int, size: int) -> Page:
        """Return a page of a list; the first is there even if the list is empty.

        Raises
        ------
        HTTPException
            404 if there is no page of that number.
        """
        pages = max(1, math.ceil(len(items) / size))
        if not 1 <= number <= pages:
            raise HTTPException(404)
        return Page(items[(number - 1) * size : number * size], number, pages, len(items))

    def number(self, request: Request, name: str = "page", usual: int = 1) -> int:
        """Return a whole number of the query.

        Raises
        ------
        HTTPException
            400 if something else stands there.
        """
        text = request.query_params.get(name, "").strip()
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise HTTPException(400)
        return int(text)

    def origin(self, request: Request) -> str:
        """Return the site's address as this visitor calls it, without a path."""
        return f"http://{request.headers['host']}"

    def render(
        self, request: Request, template: str, *, status: int = 200, declare: bool = True,
        media_type: str = "text/html", **values: object,
    ) -> Response:  # fmt: skip
        """Return a page.

        Parameters
        ----------
        template : str
            In `templates/NAME/`; in the scenario `redesign`, the one in `templates/NAME/redesign/`
            if it is there. Of an ad that has another look, it takes what `templates/NAME/LOOK/`
            has from there.
        declare : bool
            Whether the header says in which encoding the page is.
        **values
            For the template, which also has `site`, `manners`, `today`, `request`, `path`,
            `consent` (`oui`, `non` or None), `status` and the filters of this module. The offer
            `ad`, or those of `page`, are written into the journal.
        """
        shown = values["page"].items if "page" in values else [values.get("ad")]
        self.shows(request, [one for one in shown if isinstance(one, Ad)])
        ad = values.get("ad")
        templates = (
            self._templates_of_look if isinstance(ad, Ad) and self.has_look(ad) else self._templates
        )
        text = templates.get_template(template).render(
            request=request,
            path=request.url.path,
            today=self.today,
            consent=request.cookies.get("consentement"),
            status=status,
            **values,
        )
        body = text.encode(self.site.encoding, "xmlcharrefreplace")
        header = f"{media_type}; charset={self.site.encoding}" if declare else media_type
        return Response(body, status, {"content-type": header})

    def error(self, request: Request, status: int, headers: dict | None = None) -> Response:
        """Return the page of an error: `404.html` of the site, else its `error.html`.

        Both have `status`, `heading` and `told`.
        """
        heading, advice = ERRORS.get(status, ERRORS[400])
        if request.url.path.startswith(self.site.api):
            error = {"erreur": {"code": status, "message": f"{heading}. {advice}"}}
            return JSONResponse(error, status, headers)
        template = self._templates.select_template([f"{status}.html", "error.html"])
        response = self.render(request, template.name, status=status, heading=heading, told=advice)
        response.headers.update(headers or {})
        return response

    def redirect(self, path: str, status: int = 303) -> RedirectResponse:
        """Return an answer that sends to another path of the site."""
        return RedirectResponse(path, status)

    def mark(self, request: Request, what: str) -> None:
        """Have something said of this request in the journal: `login failed`."""
        request.scope["ssplab.marks"].add(what)

    def shows(self, request: Request, ads: Iterable[Ad]) -> None:
        """Have the journal say which offers an answer shows; `render` does it for a page."""
        request.scope["ssplab.offers"].update(ad.reference for ad in ads)

    def token(self, *about: object) -> str:
        """Return 32 hexadecimal digits for a session, a form or a key."""
        return self.world.token(self.site.name, *about)

    @cached_property
    def _templates(self) -> jinja2.Environment:
        return self._environment(*(["redesign"] * self.scenario.redesign))

    @cached_property
    def _templates_of_look(self) -> jinja2.Environment:
        return self._environment(self.scenario.look, *(["redesign"] * self.scenario.redesign))

    def _environment(self, *looks: str) -> jinja2.Environment:
        """Return the site's templates; those in the folders of looks come first."""
        folder = HERE / "templates"
        own = folder / (self.site.folder or self.site.name)
        folders = [*(own / look for look in looks), own, folder / "_shared"]
        templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        templates.globals.update(site=self.site, manners=self.manners)
        templates.filters.update(FILTERS)
        return templates


def long_date(day: date, weekday: bool = False) -> str:
    """Return a date as in `3 avril 2023`, or `lundi 3 avril 2023`."""
    number = "1er" if day.day == 1 else str(day.day)
    text = f"{number}{NBSP}{MONTHS[day.month - 1]} {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {text}" if weekday else text


def short_date(day: date) -> str:
    """Return a date as in `03/04/2023`."""
    return f"{day:%d/%m/%Y}"


def ago(day: date, today: date) -> str:
    """Return how long ago a day was: `aujourd'hui`, `hier`, `il y a 3 jours`."""
    days = (today - day) // timedelta(days=1)
    if days <= 0:
        return "aujourd’hui"
    if days == 1:
        return "hier"
    return f"il y a {days}{NBSP}jours"


def euros(amount: float, decimals: int = 0) -> str:
    """Return an amount as in `25 000 €`, with no-break spaces."""
    return f"{number(amount, decimals)}{NBSP}€"


def number(value: float, decimals: int = 0) -> str:
    """Return a number as the French write it: `1 234,5`, with no-break spaces."""
    return f"{value:,.{decimals}f}".replace(",", THIN).replace(".", ",")


def extract(text: str | None, length: int = 160) -> str:
    """Return the beginning of a text, cut between words."""
    text = " ".join((text or "").split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def paragraphs(text: str | None) -> Markup:
    """Return a text as HTML paragraphs, one a line."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(line) for line in lines)


def slug(text: str) -> str:
    """Return a text as it may stand in an address: `charge-d-affaires`."""
    return "-".join(re.findall(r"[a-z0-9]+", folded(text).replace("œ", "oe")))


FILTERS = {
    "long_date": long_date,
    "short_date": short_date,
    "ago": ago,
    "euros": euros,
    "number": number,
    "extract": extract,
    "paragraphs": paragraphs,
    "slug": slug,
}
