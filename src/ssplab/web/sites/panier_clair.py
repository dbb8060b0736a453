"""Panier Clair: a retailer whose products and prices are those of the twin `scanner`, by week."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ssplab.web.manners import Manners
from ssplab.web.site import NBSP, Context, Site, euros, number, slug
from ssplab.web.sites import parts
from ssplab.web.world import World, folded

PER_PAGE = 24
ON_HOME = 12
USUAL_STORE = "O00003"
COOKIE = "magasin"
PROMOTION = 0.9  # of the usual price, at most
USUAL_WEEKS = 8  # whose median is the usual price
USUAL_AT_LEAST = 3  # of these weeks with a price
AISLES = {  # the retailer's families, and the signs over its aisles
    "ULTRA FRAIS": "Yaourts et desserts",
    "CREMERIE OEUFS": "Crèmerie et œufs",
    "FROMAGES LS": "Fromages",
    "CHARCUTERIE TRAITEUR LS": "Charcuterie et traiteur",
    "FRUITS": "Fruits",
    "BOISSONS CHAUDES": "Café, thé, cacao",
    "EAUX SOFT JUS": "Eaux, sodas et jus",
    "EPICERIE SUCREE": "Épicerie sucrée",
    "PATES RIZ CEREALES": "Pâtes, riz et céréales",
    "CONSERVES CONDIMENTS": "Conserves et condiments",
    "SURGELES": "Surgelés",
    "DROGUERIE HYGIENE": "Entretien et hygiène",
}
KINDS = {
    "hypermarket": "hypermarché",
    "supermarket": "supermarché",
    "discount": "hard-discount",
}


class Aisle(NamedTuple):
    """An aisle: a family of products."""

    family: str
    name: str
    slug: str


class Store(NamedTuple):
    """An outlet, as its customers know it."""

    outlet: str
    kind: str
    department: str
    open: bool


class Item(NamedTuple):
    """A product in a store, in a week."""

    ean: str
    label: str
    aisle: Aisle
    content: str
    per_unit: str
    price: float
    """Euros a pack."""
    usual: float | None
    """Euros a pack, where the product is on promotion."""
    promotion: int
    """Percent off the usual price; 0 where there is none."""

    @property
    def whole(self) -> str:
        """The euros of the price."""
        return number(round(self.price * 100) // 100)

    @property
    def cents(self) -> str:
        """The cents of the price, two digits."""
        return f"{round(self.price * 100) % 100:02d}"


AISLE_OF = {family: Aisle(family, name, slug(name)) for family, name in AISLES.items()}


def monday_of(day: date) -> date:
    """Return the Monday on or before a day."""
    return day - timedelta(days=day.weekday())


def content_of(size: float, unit: str) -> str:
    """Return the content of a pack, as on its label; empty where it is not known."""
    if math.isnan(size):
        return ""
    if unit == "P":
        return f"{size:.0f}{NBSP}pièce{'s' if size >= 2 else ''}"
    small, large, factor = ("g", "kg", 1000) if unit == "KG" else ("cl", "l", 100)
    if size < 1:
        return f"{_plain(size * factor)}{NBSP}{small}"
    return f"{_plain(size)}{NBSP}{large}"


def per_unit_of(price: float, size: float, unit: str) -> str:
    """Return a price by kilogram, litre or piece; empty where the content is not known."""
    if math.isnan(size) or size <= 0:
        return ""
    name = {"KG": "le kg", "L": "le litre", "P": "la pièce"}[unit]
    return f"{euros(price / size, 2)} {name}"


def _plain(value: float) -> str:
    """Return a number with the decimals that it has, three at most."""
    return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", ",")


class Shelves:
    """What each store sells, week by week."""

    def __init__(self, world: World):
        self._world = world
        self.of = lru_cache(maxsize=64)(self._of)
        self._prices = lru_cache(maxsize=16)(self._prices_of)

    def stores(self, day: date) -> list[Store]:
        """Return the stores, those closed on a day too."""
        outlets = self._world.shop["outlets"]
        at = pd.Timestamp(day)
        opened = outlets["opening"].isna() | (outlets["opening"] <= at)
        closed = outlets["closing"].notna() & (outlets["closing"] <= at)
        return [
            Store(outlet, KINDS.get(kind, kind), department, bool(is_open))
            for outlet, kind, department, is_open in zip(
                outlets["outlet"], outlets["format"], outlets["department"], opened & ~closed,
                strict=True,
            )
        ]  # fmt: skip

    def _prices_of(self, outlet: str) -> pd.DataFrame:
        """Return unit values of sales, euros a pack: one row a week, one column a product."""
        sales = self._world.shop["sales"]
        sold = sales[(sales["outlet"] == outlet) & (sales["quantity"] > 0)]
        return sold.pivot_table(index="date", columns="ean", values="price", aggfunc="first")

    def _of(self, outlet: str, monday: date) -> dict[str, Item]:
        """Return what a store sells in a week by barcode, in the order of labels."""
        prices = self._prices(outlet)
        week = pd.Timestamp(monday)
        if week not in prices.index:
            return {}
        before = prices[(prices.index < week) & (prices.index >= week - USUAL_WEEKS * _WEEK)]
        usual = before.median().where(before.notna().sum() >= USUAL_AT_LEAST).round(2)
        now = prices.loc[week].dropna()
        items = self._world.shop["items"].set_index("ean").loc[now.index]
        shelf = []
        for ean, label, family, size, unit, price, former in zip(
            items.index, items["label"], items["family"], items["size"], items["unit"], now,
            usual[now.index], strict=True,
        ):  # fmt: skip
            cut = not np.isnan(former) and price <= PROMOTION * former
            shelf.append(
                Item(
                    ean=ean,
                    label=label,
                    aisle=AISLE_OF.get(family) or Aisle(family, family.capitalize(), slug(family)),
                    content=content_of(size, unit),
                    per_unit=per_unit_of(price, size, unit),
                    price=float(price),
                    usual=float(former) if cut else None,
                    promotion=round(100 * (1 - price / former)) if cut else 0,
                )
            )
        shelf.sort(key=lambda item: (item.label, item.ean))
        return {item.ean: item for item in shelf}


_WEEK = pd.Timedelta(weeks=1)
ORDERS = {
    "nom": lambda item: (item.label, item.ean),
    "prix": lambda item: (item.price, item.label, item.ean),
    "prix-desc": lambda item: (-item.price, item.label, item.ean),
}


shelves_of = lru_cache(maxsize=2)(Shelves)  # the same for all visitors of a workshop


class _Pages:
    """What the site answers, page by page."""

    def __init__(self, context: Context):
        self._context = context
        self._shelves = shelves_of(context.world)
        self._aisles = list(AISLE_OF.values())

    async def home(self, request: Request) -> Response:
        _, shelf = self._shelf_of(request)
        promoted = [item for item in shelf.values() if item.promotion]
        best = sorted(promoted, key=lambda item: (-item.promotion, item.ean))
        return self._show(
            request, "home.html", total=len(shelf), promoted=len(promoted), items=best[:ON_HOME]
        )

    async def aisle(self, request: Request) -> Response:
        aisle = next(
            (aisle for aisle in self._aisles if aisle.slug == request.path_params["aisle"]), None
        )
        if aisle is None:
            raise HTTPException(404)
        _, shelf = self._shelf_of(request)
        return self._listed(
            request, [item for item in shelf.values() if item.aisle == aisle], aisle.name
        )

    async def promotions(self, request: Request) -> Response:
        _, shelf = self._shelf_of(request)
        return self._listed(
            request, [item for item in shelf.values() if item.promotion], "Promotions"
        )

    async def search(self, request: Request) -> Response:
        words = parts.parameter(request, "q")
        wanted = folded(words).split()
        _, shelf = self._shelf_of(request)
        matches = [
            item for item in shelf.values() if all(word in folded(item.label) for word in wanted)
        ]
        heading = f"Résultats pour «{NBSP}{words}{NBSP}»" if words else "Tous les produits"
        return self._listed(request, matches, heading, q=words)

    async def product(self, request: Request) -> Response:
        ean = request.path_params["ean"]
        _, shelf = self._shelf_of(request)
        if ean not in shelf:
            known = (self._context.world.shop["items"]["ean"] == ean).any()
            raise HTTPException(410 if known else 404)
        monday = monday_of(self._context.today)
        return self._show(
            request, "product.html", item=shelf[ean], week=(monday, monday + timedelta(days=6))
        )

    async def stores(self, request: Request) -> Response:
        return self._show(request, "stores.html", stores=self._shelves.stores(self._context.today))

    async def choose(self, request: Request) -> Response:
        sent = await request.form()
        chosen = sent.get(COOKIE)
        if chosen not in {
            store.outlet for store in self._shelves.stores(self._context.today) if store.open
        }:
            raise HTTPException(400)
        response = self._context.redirect("/")
        response.set_cookie(COOKIE, str(chosen), samesite="lax")
        return response

    async def site_map(self, request: Request) -> Response:
        _, shelf = self._shelf_of(request)
        monday = monday_of(self._context.today).isoformat()
        places = [(f"/rayon/{aisle.slug}", monday) for aisle in self._aisles]
        places += [(f"/produit/{ean}", monday) for ean in shelf]
        return parts.sitemap(self._context, request, places)

    def _listed(
        self, request: Request, items: Sequence[Item], heading: str, **query: str
    ) -> Response:
        order = parts.parameter(request, "tri") or "nom"
        if order not in ORDERS:
            raise HTTPException(400)
        page = self._context.page(
            sorted(items, key=ORDERS[order]), self._context.number(request), PER_PAGE
        )
        path = request.url.path
        sorting = "" if order == "nom" else order
        return self._show(
            request,
            "list.html",
            page=page,
            heading=heading,
            order=order,
            page_url=parts.pages_of(path, **query, tri=sorting),
            order_url=lambda key: parts.pages_of(path, **query, tri=key)(1),
        )

    def _show(self, request: Request, template: str, **values: object) -> Response:
        known = {"aisles": self._aisles, "store": self._store_of(request)}
        return self._context.render(request, template, **{**known, **values})

    def _store_of(self, request: Request) -> Store:
        stores = {store.outlet: store for store in self._shelves.stores(self._context.today)}
        chosen = stores.get(request.cookies.get(COOKIE, ""))
        if chosen and chosen.open:
            return chosen
        return stores.get(USUAL_STORE) or next(iter(stores.values()))

    def _shelf_of(self, request: Request) -> tuple[Store, dict[str, Item]]:
        store = self._store_of(request)
        return store, self._shelves.of(store.outlet, monday_of(self._context.today))


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages."""
    pages = _Pages(context)
    fixed = {parts.TERMS: "Conditions d’utilisation", parts.ABOUT: "L’enseigne"}
    return [
        Route("/", pages.home),
        Route("/rayon/{aisle}", pages.aisle),
        Route("/promotions", pages.promotions),
        Route("/recherche", pages.search),
        Route("/produit/{ean}", pages.product),
        Route("/magasins", pages.stores),
        Route("/magasins", pages.choose, methods=["POST"]),
        Route("/sitemap.xml", pages.site_map),
        *parts.texts(context, fixed, aisles=list(AISLE_OF.values()), usual_store=USUAL_STORE),
    ]


SITE = Site(
    name="panier-clair",
    title="Panier Clair",
    told="A supermarket: prices by week and store, promotions, barcodes that come and go.",
    routes=routes,
    manners=Manners(
        disallow=("/recherche",),
        crawl_delay=1,
        trap="/produits-internes",
        sitemap="/sitemap.xml",
    ),
)
