"""An office of statistics: series as pages, and by an API with a key and a quota, SDMX-like."""

import datetime
import math
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import ssplab
from ssplab.course import load_card
from ssplab.web.manners import Manners
from ssplab.web.site import MONTHS, Context, Site, slug
from ssplab.web.sites import parts
from ssplab.web.sites.panier_clair import AISLES, KINDS
from ssplab.web.world import World

RELEASE_DAY = 15  # of the next month
ROWS = 40  # on a page for people
SIZE, MOST = 20, 100  # series on a page of the API
WINDOW = 60  # seconds that a quota is for
QUOTA, TRIAL_QUOTA = 60, 10
TRIAL = "cle-d-essai"
HEADER = "x-cle-api"
MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])", re.ASCII)
ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
FORMATS = {code: name.capitalize() for code, name in KINDS.items()}


class Refused(Exception):
    """A request of the API that gets no data: a status, a sentence, and headers."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


@dataclass(frozen=True)
class Flow:
    """A set of monthly series.

    `table` has one row a series (its codes are the index, one level a dimension) and one column a
    month, as `2023-02`; what is missing was not measured.
    """

    id: str
    name: str
    description: str
    measure: str
    unit: str
    decimals: int
    dimensions: dict[str, tuple[str, dict[str, str]]]
    """Of each dimension its name for people, and its codes with their names."""
    table: pd.DataFrame

    @property
    def labels(self) -> list[str]:
        """The dimensions' names for people."""
        return [name for name, _ in self.dimensions.values()]

    def named(self, codes: Sequence[str]) -> list[str]:
        """Return the names of a series' codes."""
        return [
            names[code] for code, (_, names) in zip(codes, self.dimensions.values(), strict=True)
        ]


class Office:
    """The series of the office, made when they are asked for."""

    def __init__(self, world: World):
        self._world = world

    @cached_property
    def flows(self) -> dict[str, Flow]:
        """The sets of series by their identifiers."""
        made = [self._turnover(), self._prices()]
        if self._world.market is not None:
            made.insert(0, self._vacancies())
        return {flow.id: flow for flow in made}

    def _vacancies(self) -> Flow:
        market = self._world.market
        both = [("ENSEMBLE", "vacancies"), ("CADRES", "executives")]
        long = pd.concat(
            pd.DataFrame(
                {
                    "REGION": market["region"],
                    "FAMILLE": market["family"],
                    "CATEGORIE": category,
                    "month": market["month"].dt.strftime("%Y-%m"),
                    "value": market[column],
                }
            )
            for category, column in both
        )
        dimensions = {
            "REGION": ("Région", _labels(market["region"])),
            "FAMILLE": ("Famille de métiers", _labels(market["family"])),
            "CATEGORIE": ("Catégorie", {"ENSEMBLE": "Ensemble", "CADRES": "Cadres"}),
        }
        return Flow(
            id="POSTES_OFFERTS",
            name="Postes offerts",
            description="Postes offerts sur tout le marché du travail, par région et famille de "
            "métiers.",
            measure="Postes",
            unit="nombre de postes, arrondi à la dizaine",
            decimals=0,
            dimensions=dimensions,
            table=_wide(long, dimensions),
        )

    def _turnover(self) -> Flow:
        shop = self._world.shop
        sales = shop["sales"].merge(shop["items"][["ean", "family"]], on="ean")
        sales = sales.merge(shop["outlets"][["outlet", "format"]], on="outlet")
        families, codes = _families(shop["items"]["family"])
        formats = {
            code: FORMATS.get(code, code) for code in sorted(shop["outlets"]["format"].unique())
        }
        long = pd.DataFrame(
            {
                "FAMILLE": sales["family"].map(codes),
                "FORMAT": sales["format"].str.upper(),
                "month": sales["date"].dt.strftime("%Y-%m"),
                "value": sales["turnover"],
            }
        )
        dimensions = {
            "FAMILLE": ("Famille de produits", families),
            "FORMAT": ("Format", {code.upper(): FORMATS.get(code, code) for code in formats}),
        }
        return Flow(
            id="CHIFFRE_AFFAIRES",
            name="Chiffre d’affaires des magasins",
            description="Ventes des semaines dont le lundi est dans le mois, par famille de "
            "produits et format de magasin.",
            measure="Chiffre d’affaires",
            unit="euros, taxes comprises",
            decimals=0,
            dimensions=dimensions,
            table=_wide(long, dimensions, "sum").round(2),
        )

    def _prices(self) -> Flow:
        index = ssplab.truth("scanner", "index")
        index = index[index["coicop"] == "all"]
        families, codes = _families(index["family"])
        long = pd.DataFrame(
            {
                "FAMILLE": index["family"].map(codes),
                "month": index["date"].dt.strftime("%Y-%m"),
                "value": index["index_continuing"],
            }
        )
        dimensions = {"FAMILLE": ("Famille de produits", families)}
        monthly = _wide(long, dimensions, "mean")
        return Flow(
            id="INDICE_PRIX",
            name="Indice des prix en magasin",
            description="Indice du coût de la vie, à produits suivis, par famille de produits.",
            measure="Indice",
            unit=f"base 100 en {month_name(monthly.columns[0])}",
            decimals=2,
            dimensions=dimensions,
            table=monthly.div(monthly.iloc[:, 0], axis=0).mul(100).round(2),
        )


def _labels(column: pd.Series) -> dict[str, str]:
    """Return the codes of a column of the market with their names, as on the card."""
    names = load_card("job_offers").tables["market"].variables[column.name].codes or {}
    return {code: names.get(code, code) for code in sorted(column.unique())}


def _families(families: pd.Series) -> tuple[dict[str, str], dict[str, str]]:
    """Return the families' codes with their names, and the codes by family."""
    codes = {family: slug(family).upper() for family in sorted(families.unique())}
    return {code: AISLES.get(family, family) for family, code in codes.items()}, codes


def _wide(long: pd.DataFrame, dimensions: dict, aggregate: str = "sum") -> pd.DataFrame:
    """Return one row a series, in the order of the codes, and one column a month."""
    wide = long.pivot_table(
        index=list(dimensions), columns="month", values="value", aggfunc=aggregate
    )
    codes = [list(names) for _, names in dimensions.values()]
    if len(codes) == 1:
        return wide.reindex(pd.Index(codes[0], name=wide.index.name)).dropna(how="all")
    return wide.reindex(pd.MultiIndex.from_product(codes, names=list(dimensions))).dropna(how="all")


def month_name(month: str) -> str:
    """Return a month as in `février 2023`."""
    year, _, number = month.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def last_published(today: datetime.date) -> str:
    """Return the last month that is published on a day."""
    back = 1 if today.day >= RELEASE_DAY else 2
    months = today.year * 12 + today.month - 1 - back
    return f"{months // 12}-{months % 12 + 1:02d}"


class Keys:
    """The keys that were given out, and how much each has asked."""

    def __init__(self, context: Context):
        self._context = context
        self._asked: dict[str, deque[float]] = {TRIAL: deque()}
        self.quota = self._scaled(QUOTA)
        self.trial_quota = self._scaled(TRIAL_QUOTA)

    def _scaled(self, quota: int) -> int:
        return max(1, round(quota * self._context.scenario.rate_factor))

    def give(self, organisation: str, contact: str) -> str:
        """Return the key of an organisation: always the same."""
        key = self._context.token("key", organisation, contact)[:24]
        self._asked.setdefault(key, deque())
        return key

    def count(self, key: str) -> dict[str, str]:
        """Count a request and return headers that say what is left.

        Raises
        ------
        Refused
            401 without a key, 403 if nobody was given it, 429 if the quota is used up.
        """
        if not key:
            raise Refused(401, "Il manque la clé : en-tête X-Cle-Api, ou paramètre cle.")
        if key not in self._asked:
            raise Refused(403, "Cette clé est inconnue. Demandez-en une à l’adresse /cle.")
        asked, now = self._asked[key], self._context.clock.elapsed
        quota = self.trial_quota if key == TRIAL else self.quota
        while asked and now - asked[0] >= WINDOW:
            asked.popleft()
        headers = {"x-quota": str(quota), "x-quota-restant": str(max(0, quota - len(asked) - 1))}
        if len(asked) >= quota:
            wait = str(max(1, math.ceil(WINDOW - (now - asked[0]))))
            raise Refused(
                429, f"Le quota de {quota} demandes par minute est atteint.",
                {**headers, "retry-after": wait},
            )  # fmt: skip
        asked.append(now)
        return headers


def chosen(flow: Flow, key: str) -> pd.DataFrame:
    """Return the series of a flow that a key means: `11..CADRES`, `A+B`, `all`.

    Raises
    ------
    Refused
        400 if it has not one place a dimension, 404 if a code is unknown.
    """
    places = [""] * len(flow.dimensions) if key == "all" else key.split(".")
    if len(places) != len(flow.dimensions):
        names = ".".join(flow.dimensions)
        raise Refused(400, f"La clé de série a {len(flow.dimensions)} places : {names}.")
    kept = flow.table
    for level, (position, (name, (_, codes))) in enumerate(
        zip(places, flow.dimensions.items(), strict=True)
    ):
        wanted = [code for code in position.split("+") if code]
        if unknown := [code for code in wanted if code not in codes]:
            raise Refused(404, f"La dimension {name} n’a pas de modalité {unknown[0][:40]!r}.")
        if wanted:
            kept = kept[kept.index.get_level_values(level).isin(wanted)]
    return kept


class _Pages:
    """What the site answers to people."""

    def __init__(self, context: Context, office: Office, keys: Keys):
        self._context, self._office, self._keys = context, office, keys

    async def home(self, request: Request) -> Response:
        return self._show(request, "home.html")

    async def data(self, request: Request) -> Response:
        return self._show(request, "data.html")

    async def flow_page(self, request: Request) -> Response:
        flow = self._office.flows.get(request.path_params["flow"])
        if flow is None:
            return self._context.error(request, 404)
        months = _published(flow.table, self._context.today)
        last = months.iloc[:, -1].dropna() if len(months.columns) else pd.Series(dtype=float)
        page = self._context.page(list(last.items()), self._context.number(request), ROWS)
        rows = [(flow.named(_codes(code)), value) for code, value in page.items]
        latest = month_name(months.columns[-1]) if len(months.columns) else ""
        return self._show(request, "flow.html", flow=flow, rows=rows, page=page, latest=latest)

    async def documentation(self, request: Request) -> Response:
        return self._show(
            request,
            "api.html",
            trial=TRIAL,
            quota=self._keys.quota,
            trial_quota=self._keys.trial_quota,
            size=SIZE,
            most=MOST,
        )

    async def ask_key(self, request: Request) -> Response:
        return self._show(request, "key.html", key="", wrong="")

    async def give_key(self, request: Request) -> Response:
        sent = await request.form()
        organisation, contact = (
            str(sent.get(name, "")).strip()[:80] for name in ("organisme", "contact")
        )
        as_json = "application/json" in request.headers.get("accept", "")
        if not organisation or not ADDRESS.fullmatch(contact):
            wrong = "Donnez le nom de l’organisme et une adresse de contact valable."
            if as_json:
                return _error(Refused(400, wrong))
            return self._show(request, "key.html", 400, key="", wrong=wrong)
        key = self._keys.give(organisation, contact)
        if as_json:
            return JSONResponse({"cle": key, "quota_par_minute": self._keys.quota}, 201)
        return self._show(request, "key.html", 201, key=key, wrong="")

    def _show(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> Response:
        known = {
            "flows": list(self._office.flows.values()),
            "latest": month_name(last_published(self._context.today)),
            "release": RELEASE_DAY,
        }
        return self._context.render(request, template, status=status, **{**known, **values})


class _Api:
    """What the site answers to programmes, which have a key."""

    def __init__(self, context: Context, office: Office, keys: Keys):
        self._context, self._office, self._keys = context, office, keys

    def catalogue(self, request: Request) -> dict:
        flows = [
            {"id": flow.id, "name": flow.name, "description": flow.description, "unit": flow.unit}
            for flow in self._office.flows.values()
        ]
        return {"meta": _meta(self._context), "data": {"dataflows": flows}}

    def structure(self, request: Request) -> dict:
        flow = self._flow_of(request)
        months = list(_published(flow.table, self._context.today).columns)
        return {"meta": _meta(self._context), "data": {"structures": [_structure(flow, months)]}}

    def series(self, request: Request) -> dict:
        flow = self._flow_of(request)
        selection = _published(chosen(flow, request.path_params["key"]), self._context.today)
        first, last = (
            _month(request, name, usual)
            for name, usual in (("startPeriod", "0000-00"), ("endPeriod", "9999-99"))
        )
        selection = selection.loc[
            :, (selection.columns >= first) & (selection.columns <= last)
        ].dropna(how="all")
        size = _whole(request, "taille", SIZE, MOST)
        pages = max(1, math.ceil(len(selection) / size))
        number = _whole(request, "page", 1, pages)
        on_page = selection.iloc[(number - 1) * size : number * size]
        positions = {
            name: {code: position for position, code in enumerate(codes)}
            for name, (_, codes) in flow.dimensions.items()
        }
        sets = {}
        for code, row in zip(on_page.index, on_page.itertuples(index=False), strict=True):
            ranks = (
                str(positions[name][value_code])
                for name, value_code in zip(positions, _codes(code), strict=True)
            )
            sets[":".join(ranks)] = {
                "observations": {
                    str(rank): [_shown(value, flow.decimals)]
                    for rank, value in enumerate(row)
                    if not pd.isna(value)
                }
            }
        following = None
        if number < pages:
            url = request.url.include_query_params(page=number + 1)
            following = f"{self._context.origin(request)}{url.path}?{url.query}"
        pagination = {
            "page": number, "taille": size, "pages": pages, "series": len(selection),
            "suivante": following,
        }  # fmt: skip
        return {
            "meta": {**_meta(self._context), "pagination": pagination},
            "data": {
                "structures": [_structure(flow, list(selection.columns))],
                "dataSets": [{"structure": 0, "action": "Information", "series": sets}],
            },
        }

    def guarded(self, answer: Callable[[Request], dict]):
        """Answer who has a key and quota left; say in JSON what is wrong."""

        async def endpoint(request: Request) -> Response:
            key = request.headers.get(HEADER, "") or parts.parameter(request, "cle")
            try:
                headers = self._keys.count(key)
                message = answer(request)
            except Refused as refused:
                return _error(refused)
            following = message.get("meta", {}).get("pagination", {}).get("suivante")
            if following:
                headers["link"] = f'<{following}>; rel="next"'
            return JSONResponse(message, headers=headers)

        return endpoint

    def _flow_of(self, request: Request) -> Flow:
        flow = self._office.flows.get(request.path_params["flow"])
        if flow is None:
            raise Refused(404, f"Jeu de données inconnu. Il y a : {', '.join(self._office.flows)}.")
        return flow


# Not made anew for each visitor of a workshop: it takes a third of a second, in which all wait.
office_of = lru_cache(maxsize=2)(Office)


def routes(context: Context) -> Sequence[Route]:
    """Return the site's pages, and its API."""
    office, keys = office_of(context.world), Keys(context)
    pages, api = _Pages(context, office, keys), _Api(context, office, keys)
    fixed = {parts.TERMS: "Conditions d’utilisation", parts.ABOUT: "À propos"}
    return [
        Route("/", pages.home),
        Route("/donnees", pages.data),
        Route("/donnees/{flow}", pages.flow_page),
        Route("/api", pages.documentation),
        Route("/cle", pages.ask_key),
        Route("/cle", pages.give_key, methods=["POST"]),
        Route("/api/v1/dataflow", api.guarded(api.catalogue)),
        Route("/api/v1/dataflow/{flow}", api.guarded(api.structure)),
        Route("/api/v1/data/{flow}/{key}", api.guarded(api.series)),
        *parts.texts(context, fixed, release=RELEASE_DAY),
    ]


def _published(values: pd.DataFrame, today: datetime.date) -> pd.DataFrame:
    """Return the months of a table that are out on a day."""
    return values.loc[:, values.columns <= last_published(today)]


def _codes(code: object) -> tuple[str, ...]:
    return code if isinstance(code, tuple) else (code,)


def _shown(value: float, decimals: int) -> float | int:
    return int(value) if decimals == 0 and float(value).is_integer() else float(value)


def _error(refused: Refused) -> JSONResponse:
    error = {"erreur": {"code": refused.status, "message": refused.message}}
    return JSONResponse(error, refused.status, refused.headers)


def _meta(context: Context) -> dict:
    return {
        "schema": "voisin de SDMX-JSON 2.0",
        "sender": {"id": "OSE", "name": "Office statistique d’exercice"},
        "prepared": context.today.isoformat(),
        "contentLanguages": ["fr"],
    }


def _structure(flow: Flow, months: list[str]) -> dict:
    series = [
        {
            "id": name,
            "name": label,
            "keyPosition": position,
            "values": [{"id": code, "name": named} for code, named in codes.items()],
        }
        for position, (name, (label, codes)) in enumerate(flow.dimensions.items())
    ]
    periods = {
        "id": "TIME_PERIOD",
        "name": "Mois",
        "values": [{"id": month, "name": month_name(month)} for month in months],
    }
    return {
        "dataflow": flow.id,
        "name": flow.name,
        "unit": flow.unit,
        "dimensions": {"series": series, "observation": [periods]},
    }


def _month(request: Request, name: str, usual: str) -> str:
    text = parts.parameter(request, name)
    if not text:
        return usual
    if not MONTH.fullmatch(text):
        raise Refused(400, f"{name} s’écrit comme 2023-02.")
    return text


def _whole(request: Request, name: str, usual: int, most: int) -> int:
    text = parts.parameter(request, name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise Refused(400, f"{name} est un nombre de 1 à {most}.")
    return int(text)


SITE = Site(
    name="statistique",
    title="Office statistique d’exercice",
    told="An API with a key, a quota, pages and SDMX-like JSON; it survives the redesign.",
    routes=routes,
    manners=Manners(
        disallow=("/brouillons",),
        crawl_delay=0,
        trap="/series-internes",
        per_second=10,
        burst=200,
    ),
    api=("/api/v1/",),
)
