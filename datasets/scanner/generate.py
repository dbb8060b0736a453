"""The synthetic twin of supermarket scanner data: outlet × item × week, 2022 and 2023.

Households of an area choose among the items of its outlets with constant tastes and a constant
elasticity of substitution (CES), so a true cost-of-living index exists. What they buy is what they
consume, plus what they put by when an item is on promotion, minus what they take from that store:
sales are Poisson draws around it. The model, its sources and its limits are told on the card.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.words import Positive, Share, Text, Texts, Words, load_words

WEEKS = 104
YEAR = 52
FIRST_MONDAY = np.datetime64("2022-01-03", "us")
MONDAYS = FIRST_MONDAY + np.arange(WEEKS) * np.timedelta64(7, "D").astype("timedelta64[us]")
HARD_FACTOR = 1.3
DRIFT_WEEK = 64  # the 65th week closes the fifteen months of the published drifts

CLOSES, OPENS = 4, 6  # positions of the outlet that closes and of the one that opens
GAPS = 3  # weeks and outlets whose file was never received, in an area
REFUND_ROWS = 1  # the chain whose refunds stand in rows of their own
WHOLE_EUROS = 2  # the chain that sends turnover in whole euros
REFUND_RATE = 0.001
STICKER_RATE, STICKER_DISCOUNT = 0.004, 0.3  # short-dated packs of fresh families

# Assumption: cumulated log inflation of food at home, steep until spring 2023, then nearly flat
INFLATION_WEEKS = np.array([0, 13, 26, 52, 65, 78, 103])
INFLATION = np.array([0.0, 0.02, 0.055, 0.115, 0.155, 0.170, 0.178])
REPRICING = 1 / 9  # chance that a chain revises a price in a week
DISCOUNTS = np.array([0.15, 0.20, 0.25, 0.30, 0.34])
DISCOUNT_SHARES = np.array([0.15, 0.30, 0.25, 0.20, 0.10])

LEAVES, LEAVES_LATER, ENTERS = 0.20, 0.12, 0.20
RELAUNCHED = 0.09
RELAUNCH_KINDS = np.array(["smaller", "same", "larger"])
RELAUNCH_SHARES = np.array([0.60, 0.25, 0.15])
CLEARED = 0.5
CLEARANCE = np.array([0.30, 0.40, 0.50, 0.60])  # discounts of a clearance's weeks
SHELF_LEFT = np.array([0.20, 0.12, 0.08, 0.05])  # what is left of the item's shelf space then
REUSED_AFTER = 57  # weeks
REUSING = (1, 3, 7, 10)  # families, by position, where a code is given again
UNCODED = 0.015  # items that the dictionary forgot
DICTIONARY_WEEK = 52  # items first sold from then on are not in the dictionary
SIZE_MISSING = 0.04

G, CL, ML, U = "G", "CL", "ML", "U"
PER_UNIT = {G: 1000, CL: 100, ML: 1000, U: 1}  # of these make a kilogram, a litre, a piece
LABEL_WIDTHS = (26, 30, 34)


class Chain(Words):
    """A chain of supermarkets, invented."""

    name: Text
    format: Literal["hypermarket", "supermarket", "discount"]
    own_brand: tuple[Text, Text]
    """How labels of its own items name it."""
    level: float
    """Log points of its prices, on the same item."""
    listing: Share
    """Share of national items that it lists."""
    promoting: Positive
    """How often it promotes, relative to the family."""


class Outlet(Words):
    """An outlet that every area has."""

    chain: Text
    size: Positive


class Segment(Words):
    """Products of one COICOP class within a retailer's family."""

    coicop: Annotated[str, Field(pattern=r"^\d\d\.\d\.\d\.\d$")]
    names: Texts
    sizes: Annotated[
        tuple[tuple[int, int, Literal["G", "CL", "ML", "U"]], ...], Field(min_length=1)
    ]
    """Packs, content of each, and its unit: G, CL, ML or U (pieces)."""
    price: Positive
    """EUR per kilogram, litre or piece, in January 2022."""
    weight: Positive = 1.0
    season: tuple[int, int] | None = None
    """First and last week of the year on sale; the last may be in the next year."""
    recoded: bool = False
    """Whether the item is sold under a new code every season."""


class Peak(Words):
    """The seasonal cycle of spending."""

    amplitude: Share = 0.0
    week: int = 0
    """Of its top."""


class Family(Words):
    """A family of the retailers' own classification, and how its items are bought."""

    name: Text
    sigma: Annotated[float, Field(gt=1)]
    """Elasticity of substitution."""
    stockers: Share
    """Share of consumption by households that put by when an item is on promotion."""
    storage: Positive
    """Weeks of their consumption that they put by at a discount of a quarter."""
    promotions: Positive
    """Promotions of an item in a year, up to what its chain and brand do."""
    inflation: Positive
    """Multiplies the common path of inflation."""
    volume: Positive
    """Mean packs a week of an item in an outlet."""
    national: int = 42
    """Number of items of national brands, and of each chain's own."""
    private: int = 8
    peak: Peak = Peak()
    fresh: bool = False
    in_store: bool = False
    """Whether chains' own items are sold under in-store codes, and prices move every week."""
    brands: Texts
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]


class ScannerWords(Words):
    """`datasets/scanner/words.yml`."""

    chains: tuple[Chain, Chain, Chain]
    outlets: tuple[Outlet, ...]
    departments: Texts
    """Codes of those that an area may lie in."""
    families: tuple[Family, ...]
    shortened: dict[str, Texts]
    """How a till's label may shorten a word."""


WORDS = load_words("scanner", ScannerWords)
CHAINS = np.array([chain.name for chain in WORDS.chains])
FORMATS = np.array([chain.format for chain in WORDS.chains])
CHAIN_LEVEL, LISTING, PROMOTING = np.array(
    [(chain.level, chain.listing, chain.promoting) for chain in WORDS.chains]
).T
OUTLET_CHAIN = np.array([CHAINS.tolist().index(outlet.chain) for outlet in WORDS.outlets])
OUTLET_SIZE = np.array([outlet.size for outlet in WORDS.outlets])
DEPARTMENTS = np.array(WORDS.departments)
FAMILIES = WORDS.families
FAMILY_COUNT = len(FAMILIES)

# A block is a family of an area; areas go up to 1,000, so that identifiers keep their width.
PLAN = BlockPlan("scanner", at_scale_1=FAMILY_COUNT, most=1000 * FAMILY_COUNT, streams=6)
n_blocks = PLAN.count


class Behaviour(NamedTuple):
    """What may be switched off, so that the truth can be checked in its plain form."""

    stocking: float = 1.0
    """Multiplies the share of households that put by."""
    promotions: float = 1.0
    """Multiplies the number of promotions."""
    churn: float = 1.0
    """Multiplies exits, entries and relaunches; 0 also leaves seasons and outlets' changes out."""
    returns: bool = True
    """Whether there are refunds, short-dated packs and files that were not received."""


USUAL = Behaviour()
HARDER = Behaviour(stocking=1.6, churn=1.6)
PLAIN = Behaviour(stocking=0.0, churn=0.0, returns=False)


class Catalogue(NamedTuple):
    """A family's products, codes and chain prices: the same in every area.

    C chains, P products, K codes (sorted), T weeks.
    """

    items: pd.DataFrame
    """K rows: ean, label, size, …, and what is true of them."""
    product: np.ndarray
    """(K,) position of each code's product."""
    listed: np.ndarray
    """(T, C, K) share of its usual shelf space that a code has in a chain; 0 if not sold."""
    regular: np.ndarray
    """(T, C, P) regular prices before the outlets' zones and rounding, EUR."""
    promotion: np.ndarray
    """(T, C, P) discount of the promotion, 0 if there is none."""
    clearance: np.ndarray
    """(T, C, K) discount of the clearance, 0 if there is none."""
    popularity: np.ndarray
    """(P,) median expenditure share at January's prices, up to a factor."""
    base: np.ndarray
    """(P,) median price of January 2022, EUR a pack."""
    ratio: np.ndarray
    """(K,) content of a pack over the product's first pack."""


class Market(NamedTuple):
    """What happens in an area: T weeks, O outlets, K codes."""

    cents: np.ndarray
    """(T, O, K) shelf prices, cents."""
    taste: np.ndarray
    """(T, O, K) CES weights, 0 where the code is not sold."""
    consumption: np.ndarray
    """(T, O, K) packs."""
    purchases: np.ndarray
    """(T, O, K) expected packs: consumption, plus stocking, minus what comes from the store."""
    stock: np.ndarray
    """(T, O, K) packs that households have put by at the end of the week."""
    continuing: np.ndarray
    """(O, K) whether the code's product is sold in the outlet in every week."""


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block: a family in the seven outlets of an area.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one. Items and
    chain prices are those of the country: block `i` takes them from the stream of its family in
    the first area.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives an area with its twelve families, 10 ten areas, 0.25 three families of one.
    harder : bool, default False
        More stocking, entries, exits and relaunches.

    Yields
    ------
    Block
        Tables `sales`, `items`, `outlets`; truth `sales`, `index`, `consumption`, `items`,
        `families`, `missing_files`. Items stand in the first area's blocks, outlets in the first
        family's.
    """
    for number in range(n_blocks(scale)):
        yield _block(seed, number, HARDER if harder else USUAL)


def _block(seed: int, number: int, behaviour: Behaviour) -> Block:
    area, position = divmod(number, FAMILY_COUNT)
    family = FAMILIES[position]
    catalogue = _catalogue(seed, position, behaviour)
    outlets = _outlets(seed, area, behaviour)
    market = _market(_stream(seed, number, 3), family, catalogue, outlets, behaviour)
    sales, planted = _sales(_stream(seed, number, 4), family, catalogue, outlets, market, behaviour)
    block = Block(
        {"sales": sales},
        {
            "sales": planted,
            "index": _index(family, catalogue, market, area),
            "consumption": _consumed(catalogue, outlets, market),
        },
    )
    national = catalogue.items if area == 0 else catalogue.items.head(0)
    # A code given to a second product shows that product only, as a retailer's present file does
    current = national[~national.duplicated("ean", keep="last")]
    block.tables["items"] = current[["ean", "label", "family", "size", "unit", "coicop"]]
    block.truth["items"] = national[
        [
            *["ean", "since", "until", "product", "true_coicop", "brand", "seasonal", "cleared"],
            *["replaces", "size_ratio"],
        ]
    ]
    block.tables["outlets"] = outlets[
        ["outlet", "chain", "format", "area", "department", "opening", "closing"]
    ].head(len(outlets) if position == 0 else 0)
    lost, where = np.nonzero(~np.stack(outlets["received"].to_numpy(), axis=1))
    block.truth["missing_files"] = pd.DataFrame(
        {"outlet": outlets["outlet"].to_numpy()[where], "date": MONDAYS[lost]}
    ).head(len(lost) if position == 0 else 0)
    block.truth["families"] = pd.DataFrame(
        {
            "family": [family.name],
            "sigma": family.sigma,
            "stockers": round(family.stockers * behaviour.stocking, 3),
            "storage": family.storage,
        }
    ).head(1 if area == 0 else 0)
    return block


def _stream(seed: int, number: int, job: int) -> np.random.Generator:
    """Return the generator of one of a block's jobs (catalogue, labels, prices, market, sales)."""
    return PLAN.of_block(seed, number)[job]


def _strings(values) -> pd.arrays.ArrowStringArray:
    return pd.array(np.asarray(values, dtype=object), dtype="str")


@lru_cache(maxsize=2)
def _outlets(seed: int, area: int, behaviour: Behaviour) -> pd.DataFrame:
    """Return an area's outlets, with their weeks and price zones."""
    rng = _stream(seed, area * FAMILY_COUNT, 5)
    n = len(OUTLET_CHAIN)
    opens, closes = np.zeros(n, int), np.full(n, WEEKS)
    opens[OPENS], closes[CLOSES] = rng.integers(30, 50), rng.integers(60, 80)
    if not behaviour.churn:
        opens[:], closes[:] = 0, WEEKS
    received = np.ones((WEEKS, n), bool)
    for outlet, week in zip(
        rng.choice(CLOSES, GAPS, replace=False), rng.integers(8, 96, GAPS), strict=True
    ):
        received[week, outlet] = not behaviour.returns
    order = rng.permutation(n)  # so that numbers tell neither chain nor fate
    frame = pd.DataFrame(
        {
            "outlet": [f"O{area:04d}{place + 1}" for place in order],
            "chain": CHAINS[OUTLET_CHAIN],
            "format": FORMATS[OUTLET_CHAIN],
            "area": f"A{area:04d}",
            "department": rng.choice(DEPARTMENTS),
            "opening": np.where(opens > 0, MONDAYS[opens], np.datetime64("NaT")),
            "closing": np.where(
                closes < WEEKS, MONDAYS[np.minimum(closes, WEEKS - 1)], np.datetime64("NaT")
            ),
            # What follows is never published
            "position": OUTLET_CHAIN,
            "opens": opens,
            "closes": closes,
            "weight": OUTLET_SIZE * np.exp(0.15 * rng.standard_normal(n)),
            "zone": rng.choice([-0.012, 0.0, 0.02], n) + 0.01 * rng.standard_normal(),
        }
    )
    frame["received"] = list(received.T)
    return frame.sort_values("outlet", ignore_index=True)


@lru_cache(maxsize=FAMILY_COUNT)
def _catalogue(seed: int, position: int, behaviour: Behaviour) -> Catalogue:
    """Return what a family is made of in the whole country."""
    family = FAMILIES[position]
    rng = _stream(seed, position, 0)
    products = _products(rng, family, position, behaviour)
    codes = _codes(rng, products, family)
    items = _items(_stream(seed, position, 1), products, codes, family, position)
    order = np.lexsort((codes["start"].min(axis=0), items["ean"].to_numpy(str)))
    items = items.iloc[order].reset_index(drop=True)
    product, ratio = codes["product"][order], codes["ratio"][order]
    start, stop = codes["start"][:, order], codes["stop"][:, order]
    cleared = codes["cleared"][order]

    week = np.arange(WEEKS)[:, None, None]
    season = products["season"].T[:, None, :]  # (T, 1, P)
    on_sale = (week >= start) & (week < stop) & season[:, :, product]
    left = stop - 1 - week  # weeks left after this one
    sold = on_sale.any(axis=1)  # (T, K)
    last = WEEKS - 1 - sold[::-1].argmax(axis=0)
    items["since"] = MONDAYS[sold.argmax(axis=0)]
    items["until"] = np.where(last < WEEKS - 1, MONDAYS[last], np.datetime64("NaT"))
    clearing = on_sale & (left < cleared)
    stage = np.clip(cleared - 1 - left, 0, len(CLEARANCE) - 1)
    prices = _stream(seed, position, 2)
    return Catalogue(
        items,
        product,
        on_sale * np.where(clearing, SHELF_LEFT[stage], 1.0),
        _regular(prices, products, family),
        _promotions(prices, products, family, behaviour),
        np.where(clearing, CLEARANCE[stage], 0.0),
        products["popularity"],
        products["base"],
        ratio,
    )


def _products(
    rng: np.random.Generator, family: Family, position: int, behaviour: Behaviour
) -> dict[str, np.ndarray]:
    """Return a family's products, P of them: what they are, when and where they are sold."""
    churn = behaviour.churn
    counts = [family.national, *[family.private] * len(CHAINS)]
    later = [round(count * ENTERS * churn) for count in counts]
    owner = np.repeat([-1, 0, 1, 2] * 2, counts + later)
    initial = np.arange(len(owner)) < sum(counts)
    n = len(owner)

    weights = np.array([segment.weight for segment in family.segments])
    segment = rng.choice(len(weights), n, p=weights / weights.sum())
    segment[: len(weights)] = np.arange(len(weights))  # each has a national item at least
    seasonal = np.array([one.season is not None for one in family.segments])[segment]
    recoded = np.array([one.recoded for one in family.segments])[segment]

    entry = np.where(initial, 0, rng.integers(6, 98, n))
    leaves = rng.random(n) < np.where(initial, LEAVES, LEAVES_LATER) * churn
    leaves &= ~seasonal
    exit_ = np.where(leaves, np.maximum(entry + 12, rng.integers(14, 101, n)), WEEKS)
    leaves &= exit_ < WEEKS - 2
    exit_ = np.where(leaves, exit_, WEEKS)
    relaunch = rng.integers(14, 94, n)
    relaunched = initial & ~leaves & ~seasonal & (rng.random(n) < RELAUNCHED * churn)
    relaunched &= (owner < 0) | (not family.in_store)
    cleared = np.where(leaves & (rng.random(n) < CLEARED), rng.integers(2, 5, n), 0)
    reuses = np.full(n, -1)
    plain = np.flatnonzero(initial & (owner < 0) & ~seasonal)
    new = np.flatnonzero(~initial & (owner < 0) & ~seasonal)
    week = rng.integers(18, 28)
    if churn and position in REUSING and len(new):
        old, new = plain[-1], new[0]
        leaves[old], exit_[old], cleared[old], relaunched[old] = True, week, 0, False
        leaves[new], entry[new], exit_[new], cleared[new] = False, week + REUSED_AFTER, WEEKS, 0
        reuses[new] = old

    season = np.ones((n, WEEKS), bool)
    if churn:
        week_of_year = np.arange(WEEKS) % YEAR
        for one in np.flatnonzero(seasonal):
            first, last = family.segments[segment[one]].season
            season[one] = (week_of_year - first) % YEAR <= last - first
        entry = np.where(recoded, YEAR * (np.arange(n) % 2), entry)
        exit_ = np.where(recoded, entry + YEAR, exit_)

    listed = np.where(owner < 0, rng.random((3, n)) < LISTING[:, None], False)
    listed[0] |= owner < 0
    listed |= owner == np.arange(3)[:, None]
    delay = rng.integers(0, 5, (3, n))
    stay, switch = rng.integers(0, 4, (2, 3, n))
    start = np.where(entry > 0, entry + delay * ~recoded, 0)
    stop = np.where(exit_ < WEEKS, exit_ + stay * ~recoded, WEEKS)
    start, stop = np.where(listed, start, WEEKS), np.where(listed, np.minimum(stop, WEEKS), WEEKS)

    size = rng.integers(0, 12, n)
    content = np.empty(n)
    price = np.empty(n)
    for one in range(n):
        sizes = family.segments[segment[one]].sizes
        size[one] %= len(sizes)
        packs, value, unit = sizes[size[one]]
        content[one] = packs * value / PER_UNIT[unit]
        usual = np.median([p * v / PER_UNIT[u] for p, v, u in sizes])
        price[one] = family.segments[segment[one]].price * content[one] ** 0.82 * usual**0.18
    private = owner >= 0
    base = (
        price
        * np.exp(0.22 * rng.standard_normal(n))
        * np.where(private & (not family.in_store), 0.75, 1.0)
    )
    log_popularity = 0.45 * rng.standard_normal(n)
    return {
        "owner": owner,
        "segment": segment,
        "seasonal": seasonal,
        "size": size,
        "base": base,
        "popularity": np.exp(log_popularity) * np.where(private, 1.2, 1.0),
        "start": start,
        "stop": stop,
        "season": season,
        "relaunch": np.where(relaunched, relaunch + switch, WEEKS + 1),
        "relaunch_kind": rng.choice(3, n, p=RELAUNCH_SHARES),
        "cleared": cleared,
        "reuses": reuses,
        # What is sold much and what is cheap rose more: an unweighted mean of prices misses it
        "inflation": 1
        + 0.12 * rng.standard_normal(n)
        + 0.55 * log_popularity
        + np.where(private, 0.10, -0.05),
        "promoted": rng.gamma(1.5, 1 / 1.5, n) * np.where(private, 0.25, 1.15),
    }


def _codes(
    rng: np.random.Generator, products: dict[str, np.ndarray], family: Family
) -> dict[str, np.ndarray]:
    """Return the codes under which products are sold: one each, two if relaunched.

    Chains switch to the new pack within four weeks of each other.
    `start` and `stop` have shape (chains, codes); `ratio` is content over the product's first.
    """
    n = len(products["owner"])
    relaunch, start, stop = products["relaunch"], products["start"], products["stop"]
    again = np.flatnonzero((relaunch < WEEKS).any(axis=0))
    shrink = rng.uniform(0.80, 0.94, len(again))
    grow = rng.uniform(1.08, 1.25, len(again))
    ratio, packs, value = np.ones(len(again)), np.ones(len(again), int), np.ones(len(again), int)
    for one, product in enumerate(again):
        count, content, unit = family.segments[products["segment"][product]].sizes[
            products["size"][product]
        ]
        kind = RELAUNCH_KINDS[products["relaunch_kind"][product]]
        wanted = {"smaller": shrink[one], "same": 1.0, "larger": grow[one]}[kind]
        step = 5 if content >= 100 and unit == G else 1
        new = step * round(content * wanted / step)
        if kind != "same" and new == content:
            new = content + (step if kind == "larger" else -step)
        packs[one], value[one], ratio[one] = count, new, new / content
    position = np.concatenate([np.arange(n), again])
    first_stop = stop.copy()
    first_stop[:, again] = np.minimum(stop[:, again], relaunch[:, again])
    return {
        "product": position,
        "replaces": np.concatenate([np.full(n, -1), again]),
        "ratio": np.concatenate([np.ones(n), ratio]),
        "packs": np.concatenate([np.zeros(n, int), packs]),
        "value": np.concatenate([np.zeros(n, int), value]),
        "start": np.concatenate(
            [start, np.maximum(start[:, again], np.minimum(relaunch[:, again], WEEKS))], axis=1
        ),
        "stop": np.concatenate([first_stop, stop[:, again]], axis=1),
        "cleared": np.concatenate([products["cleared"], np.zeros(len(again), int)]),
    }


def _items(
    rng: np.random.Generator,
    products: dict[str, np.ndarray],
    codes: dict[str, np.ndarray],
    family: Family,
    position: int,
) -> pd.DataFrame:
    """Return the file of items, one row a code and product, with what is true of each."""
    product = codes["product"]
    k = len(product)
    owner = products["owner"][product]
    draws = rng.random((k, 16))
    brand = rng.integers(0, len(family.brands), len(products["owner"]))[product]
    names = rng.integers(0, 60, len(products["owner"]))[product]
    reference = rng.choice(100_000, k, replace=False)
    labels, sizes, units, stems = [], np.empty(k), [], []
    for one in range(k):
        segment = family.segments[products["segment"][product[one]]]
        packs, value, unit = segment.sizes[products["size"][product[one]]]
        if codes["replaces"][one] >= 0:
            packs, value = int(codes["packs"][one]), int(codes["value"][one])
        sizes[one] = packs * value / PER_UNIT[unit]
        units.append({G: "KG", CL: "L", ML: "L", U: "P"}[unit])
        name = segment.names[names[one] % len(segment.names)]
        if owner[one] < 0:
            maker = family.brands[brand[one]]
            stem = f"382{100 * position + brand[one]:04d}{reference[one]:05d}"
        elif family.in_store:
            maker = ""
            stem = f"2{owner[one] + 1}{position:02d}{reference[one]:05d}000"
        else:
            maker = WORDS.chains[owner[one]].own_brand[int(2 * draws[one, 0])]
            stem = f"382{9000 + 100 * owner[one] + position:04d}{reference[one]:05d}"
        stems.append(stem)
        labels.append(_label(draws[one], name, maker, packs, value, unit))
    ean = np.array([_gtin(stem) for stem in stems], dtype=object)
    for new in np.flatnonzero(products["reuses"] >= 0):
        ean[new] = ean[products["reuses"][new]]

    start = codes["start"].min(axis=0)
    coicop = np.array([one.coicop for one in family.segments])[products["segment"][product]]
    in_store = np.array([code.startswith("2") for code in ean])
    known = (start < DICTIONARY_WEEK) & ~in_store & (draws[:, 14] >= UNCODED)
    coded = np.where(known, coicop, None)
    again = np.flatnonzero(products["reuses"] >= 0)
    # The dictionary knows the code from its first product
    coded[again] = coicop[products["reuses"][again]]
    replaced = np.where(codes["replaces"] >= 0, ean[codes["replaces"]], None)
    return pd.DataFrame(
        {
            "ean": ean,
            "label": labels,
            "family": family.name,
            "size": np.where(draws[:, 15] < SIZE_MISSING, np.nan, sizes),
            "unit": units,
            "coicop": coded,
            "product": [f"P{position:02d}{one:04d}" for one in product],
            "true_coicop": coicop,
            "brand": np.where(owner < 0, "national", "private"),
            "seasonal": products["seasonal"][product],
            "cleared": codes["cleared"] > 0,
            "replaces": replaced,
            "size_ratio": np.where(codes["replaces"] >= 0, codes["ratio"], np.nan).round(6),
        }
    )


def _gtin(stem: str) -> str:
    """Return twelve digits with the check digit of a GTIN-13 behind them."""
    digits = np.array(list(stem), dtype=int)
    return f"{stem}{-(digits[::2].sum() + 3 * digits[1::2].sum()) % 10}"


def _label(draws: np.ndarray, name: str, maker: str, packs: int, value: int, unit: str) -> str:
    """Return a label as a retailer types it: shortened words, no accents, cut at a width."""
    short = WORDS.shortened
    words = [
        short[word][int(draws[2 + i % 8] * len(short[word]))] if word in short else word
        for i, word in enumerate(name.split())
    ]
    if unit == U:
        size = f"X{value}"
    elif not maker and value == 1000:
        size = "VRAC KG" if draws[10] < 0.6 else "AU KG"
    else:
        litres = unit == CL and value % 50 == 0 and draws[10] < 0.6
        one = f"{value / 100:g}L".replace(".", ",") if litres else f"{value}{unit}"
        if unit == G and value % 1000 == 0 and draws[10] < 0.5:
            one = f"{value // 1000}KG"
        if draws[11] < 0.25:
            digits = one.rstrip("KGCML")
            one = f"{digits} {one[len(digits) :]}"
        size = one if packs == 1 else f"{packs}X{one}"
    order = int(3 * draws[12])
    text = " ".join(words)
    parts = ([text, maker, size], [maker, text, size], [text, size, maker])[order]
    label = " ".join(part for part in parts if part)
    return label[: LABEL_WIDTHS[int(len(LABEL_WIDTHS) * draws[13])]].strip()


def _regular(
    rng: np.random.Generator, products: dict[str, np.ndarray], family: Family
) -> np.ndarray:
    """Return regular prices by week, chain and product: revised now and then, not every week."""
    n = len(products["owner"])
    path = np.interp(np.arange(WEEKS), INFLATION_WEEKS, INFLATION) * family.inflation
    often, spread = (0.6, 0.06) if family.in_store else (REPRICING, 0.015)
    revised = rng.random((WEEKS, 3, n)) < often
    week = np.maximum.accumulate(np.where(revised, np.arange(WEEKS)[:, None, None], 0), axis=0)
    wanted = (
        np.log(products["base"])
        + CHAIN_LEVEL[:, None]
        + 0.03 * rng.standard_normal((3, n))
        + path[:, None, None] * products["inflation"]
        + spread * rng.standard_normal((WEEKS, 3, n))
    )
    return np.exp(np.take_along_axis(wanted, week, axis=0))


def _promotions(
    rng: np.random.Generator,
    products: dict[str, np.ndarray],
    family: Family,
    behaviour: Behaviour,
) -> np.ndarray:
    """Return the discounts of promotions by week, chain and product; they last a week or two."""
    shape = (WEEKS, 3, len(products["owner"]))
    rate = family.promotions * behaviour.promotions / YEAR
    chance = rate * PROMOTING[:, None] * products["promoted"]
    starts = rng.random(shape) < chance
    discount = np.where(starts, rng.choice(DISCOUNTS, shape, p=DISCOUNT_SHARES), 0.0)
    second = np.where(rng.random(shape) < 0.5, discount, 0.0)
    discount[1:] = np.maximum(discount[1:], second[:-1])
    return discount


def _market(
    rng: np.random.Generator,
    family: Family,
    catalogue: Catalogue,
    outlets: pd.DataFrame,
    behaviour: Behaviour,
) -> Market:
    """Return prices, tastes, consumption and purchases of an area's households."""
    chain = outlets["position"].to_numpy()
    product = catalogue.product
    week = np.arange(WEEKS)[:, None]
    is_open = (week >= outlets["opens"].to_numpy()) & (week < outlets["closes"].to_numpy())
    shelf = catalogue.listed[:, chain] * is_open[:, :, None]

    zone = np.exp(outlets["zone"].to_numpy())[:, None]
    regular = _cents(catalogue.regular[:, chain][:, :, product] * zone, chain[:, None] == 2)
    promotion = catalogue.promotion[:, chain][:, :, product]
    discount = np.maximum(promotion, catalogue.clearance[:, chain])
    cents = np.maximum(np.rint(regular * (1 - discount)), 1).astype(np.int64)

    n_products = len(catalogue.popularity)
    local = np.exp(0.3 * rng.standard_normal((len(chain), n_products)))[:, product]
    weight = outlets["weight"].to_numpy()[:, None] * local * catalogue.popularity[product]
    sigma = family.sigma
    taste = shelf * weight * (catalogue.base[product] * catalogue.ratio) ** (sigma - 1)
    top = family.peak
    season = 1 + top.amplitude * np.cos(2 * np.pi * (np.arange(WEEKS) - top.week) / YEAR)
    nominal = np.interp(np.arange(WEEKS), INFLATION_WEEKS, 0.8 * INFLATION)
    spending = (
        family.volume
        * np.count_nonzero(shelf[0])
        * np.mean(catalogue.base)
        * season
        * np.exp(nominal + 0.03 * rng.standard_normal(WEEKS))
    )
    price = cents / 100
    consumption = ces_demand(price, taste, sigma, spending)
    stockers = family.stockers * behaviour.stocking
    # Put by in proportion to what they consume at the regular price
    theirs = stockers * consumption
    put_by = family.storage * theirs * (1 - discount) ** sigma * promotion / 0.25
    purchases, stock = _stocked(consumption, theirs, np.where(shelf == 1, put_by, 0.0))
    # Sold every week, under whichever code: the product's shelf space is then never 0 nor cleared
    space = np.zeros((WEEKS, len(chain), n_products))
    for code, its in enumerate(product):
        space[:, :, its] += shelf[:, :, code]
    continuing = (space == 1).all(axis=0)[:, product]
    return Market(cents, taste, consumption, purchases, stock, continuing)


def _cents(price: np.ndarray, plain: np.ndarray) -> np.ndarray:
    """Return shelf prices in cents: 9 at the end, 49 or 99 from ten euros; discounters any cent."""
    charm = np.where(
        price < 1,
        np.maximum(np.rint(100 * price), 15),
        np.where(price < 10, 10 * np.floor(10 * price) + 9, 50 * np.floor(2 * price) + 49),
    )
    return np.where(plain, np.maximum(np.rint(100 * price), 15), charm)


def ces_demand(
    price: np.ndarray, taste: np.ndarray, sigma: float, spending: np.ndarray
) -> np.ndarray:
    """Return the quantities that CES households consume.

    Parameters
    ----------
    price, taste : ndarray of shape (weeks, …)
        EUR a pack; taste 0 for what is not sold.
    sigma : float
        Elasticity of substitution, not 1.
    spending : ndarray of shape (weeks,)
        EUR.

    Returns
    -------
    ndarray of the same shape as `price`
        Packs: shares of spending are `taste * price ** (1 - sigma)`, up to their sum.
    """
    value = taste * price ** (1 - sigma)
    total = value.reshape(len(value), -1).sum(axis=1)
    factor = np.divide(spending, total, out=np.zeros(len(value)), where=total > 0)
    return factor.reshape((-1,) + (1,) * (value.ndim - 1)) * value / price


def ces_index(price: np.ndarray, taste: np.ndarray, sigma: float) -> np.ndarray:
    """Return the cost of a unit of CES utility by week, over that of the first week.

    Parameters
    ----------
    price, taste, sigma
        As in `ces_demand`.

    Returns
    -------
    ndarray of shape (weeks,)
        Missing where nothing is sold in that week or in the first one.
    """
    total = (taste * price ** (1 - sigma)).reshape(len(price), -1).sum(axis=1)
    known = (total > 0) & (total[0] > 0)
    relative = np.divide(total, total[0], out=np.ones_like(total), where=known)
    return np.where(known, relative ** (1 / (1 - sigma)), np.nan)


def _stocked(
    consumption: np.ndarray, theirs: np.ndarray, put_by: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return expected purchases and the store at the end of each week.

    In a promotion stocking households fill their store up to `put_by`; else what they consume,
    `theirs`, comes out of the store while there is any.
    """
    purchases, stock = consumption.copy(), np.zeros_like(consumption)
    held = np.zeros(consumption.shape[1:])
    for week in range(len(consumption)):
        change = np.where(
            put_by[week] > 0, np.maximum(put_by[week] - held, 0), -np.minimum(held, theirs[week])
        )
        purchases[week] += change
        held = held + change
        stock[week] = held
    return purchases, stock


def _index(family: Family, catalogue: Catalogue, market: Market, area: int) -> pd.DataFrame:
    """Return the true index of a family and of each of its COICOP subclasses, by week."""
    coicop = catalogue.items["true_coicop"].to_numpy(str)
    parts = {"all": np.ones(len(coicop), bool)}
    parts.update((one, coicop == one) for one in np.unique(coicop))
    frames = []
    for name, rows in parts.items():
        price, taste = market.cents[:, :, rows] / 100, market.taste[:, :, rows]
        kept = taste * market.continuing[:, rows]
        indices = {
            "index_continuing": ces_index(price, kept, family.sigma),
            "index_variety": ces_index(price, taste, family.sigma),
        }
        frames.append(pd.DataFrame({"coicop": name, "date": MONDAYS, **indices}))
    return pd.concat(frames, ignore_index=True).assign(area=f"A{area:04d}", family=family.name)


def _consumed(catalogue: Catalogue, outlets: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Return what is consumed, kept and charged, for all that is on sale."""
    sold = np.transpose(market.taste > 0, (1, 2, 0))
    outlet, code, week = np.nonzero(sold)
    cells = (week, outlet, code)
    return pd.DataFrame(
        {
            "outlet": _strings(outlets["outlet"]).take(outlet),
            "ean": _strings(catalogue.items["ean"]).take(code),
            "date": MONDAYS[week],
            "consumption": market.consumption[cells].round(2),
            "stock": market.stock[cells].round(1),
            "shelf_price": market.cents[cells] / 100,
        }
    )


# What a row may carry: of several, the last one counts
TYPES = (
    *("", "relaunched", "relaunched_smaller", "promotion", "short_dated", "clearance"),
    *("refund_netted", "gtin_reused", "refund"),
)
CODE = {name: code for code, name in enumerate(TYPES)}
KINDS = tuple("error" if name == "gtin_reused" else "legitimate" for name in TYPES)


def _sales(
    rng: np.random.Generator,
    family: Family,
    catalogue: Catalogue,
    outlets: pd.DataFrame,
    market: Market,
    behaviour: Behaviour,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows that tills send, and what each carries."""
    chain = outlets["position"].to_numpy()
    # By outlet, code, week: the order of the file
    quantity = np.transpose(rng.poisson(market.purchases), (1, 2, 0)).astype(np.int64)
    cents = np.ascontiguousarray(np.transpose(market.cents, (1, 2, 0)))
    turnover = quantity * cents
    stickers = np.zeros_like(quantity)
    refunds = np.zeros_like(quantity)
    if behaviour.returns:
        if family.fresh:
            stickers = np.minimum(rng.poisson(STICKER_RATE * quantity), quantity)
            turnover -= stickers * np.rint(STICKER_DISCOUNT * cents).astype(np.int64)
        # Brought back the week after, at the price then paid
        refunds[:, :, 1:] = rng.poisson(REFUND_RATE * quantity[:, :, :-1])
    repaid = refunds * np.concatenate([cents[:, :, :1], cents[:, :, :-1]], axis=2)
    received = np.stack(outlets["received"].to_numpy())[:, None, :]
    is_open = np.zeros_like(received)
    for one, (opens, closes) in enumerate(zip(outlets["opens"], outlets["closes"], strict=True)):
        is_open[one, :, opens:closes] = True
    refunds = refunds * (received & is_open)
    netted = (refunds > 0) & (chain != REFUND_ROWS)[:, None, None]
    netted &= (quantity > refunds) & (turnover > repaid)
    quantity = quantity - netted * refunds
    turnover = turnover - netted * repaid
    euros = (chain == WHOLE_EUROS)[:, None, None]

    carried = np.zeros(quantity.shape, np.int8)
    items = catalogue.items
    ratio = items["size_ratio"].to_numpy()
    carried[:, ~np.isnan(ratio)] = CODE["relaunched"]
    carried[:, ratio < 1] = CODE["relaunched_smaller"]
    by_outlet = np.transpose(catalogue.promotion[:, chain][:, :, catalogue.product], (1, 2, 0))
    carried[by_outlet > 0] = CODE["promotion"]
    carried[stickers > 0] = CODE["short_dated"]
    carried[np.transpose(catalogue.clearance[:, chain], (1, 2, 0)) > 0] = CODE["clearance"]
    carried[netted] = CODE["refund_netted"]
    carried[:, items.duplicated("ean", keep="last").to_numpy()] = CODE["gtin_reused"]

    sold = (quantity > 0) & received
    back = (refunds > 0) & ~netted
    at, also = np.flatnonzero(sold), np.flatnonzero(back)
    rows = np.concatenate([at, also])
    packs = np.concatenate([quantity.ravel()[at], -refunds.ravel()[also]])
    amount = np.concatenate([turnover.ravel()[at], -repaid.ravel()[also]])
    flag = np.concatenate([carried.ravel()[at], np.full(len(also), CODE["refund"], np.int8)])
    order = np.argsort(rows, kind="stable") if len(also) else slice(None)
    rows, packs, amount, flag = rows[order], packs[order], amount[order], flag[order]
    outlet, code, week = np.unravel_index(rows, quantity.shape)
    size = np.abs(amount)
    rounded = np.maximum((size + 50) // 100, 1) * 100
    size = np.where(euros[outlet, 0, 0], rounded, size)
    unit_value = (2 * size + np.abs(packs)) // (2 * np.abs(packs))
    sales = pd.DataFrame(
        {
            "outlet": _strings(outlets["outlet"]).take(outlet),
            "ean": _strings(items["ean"]).take(code),
            "date": MONDAYS[week],
            "quantity": packs,
            "turnover": np.sign(packs) * size / 100,
            "price": unit_value / 100,
        }
    )
    marked = np.flatnonzero(flag)
    planted = pd.DataFrame(
        {
            "outlet": _strings(outlets["outlet"]).take(outlet[marked]),
            "ean": _strings(items["ean"]).take(code[marked]),
            "date": MONDAYS[week[marked]],
            "quantity": packs[marked],
            "kind": _strings(KINDS).take(flag[marked]),
            "type": _strings(TYPES).take(flag[marked]),
        }
    )
    return sales, planted


class _Panel(NamedTuple):
    """Positive sales of a family in an area: weeks × products, 0 where there are none."""

    area: str
    family: str
    quantity: np.ndarray
    value: np.ndarray


def _panels(twin: Block, products: tuple[str, ...] = ("outlet", "ean")) -> list[_Panel]:
    """Return quantity and turnover by week and product; refunds and empty rows are left out."""
    sales = twin.tables["sales"]
    sales = sales[(sales["quantity"] > 0) & (sales["turnover"] > 0)]
    outlets = twin.tables["outlets"].set_index("outlet")
    area = sales["outlet"].map(outlets["area"])
    family = sales["ean"].map(twin.tables["items"].set_index("ean")["family"])
    week = ((sales["date"] - pd.Timestamp(FIRST_MONDAY)).dt.days // 7).to_numpy()
    panels = []
    for (where, what), rows in sales.groupby([area, family], sort=True).indices.items():
        part = sales.iloc[rows]
        product = part.groupby(list(products), sort=True).ngroup().to_numpy()
        shape = (WEEKS, product.max() + 1)
        cell = week[rows] * shape[1] + product
        quantity, value = (
            np.bincount(cell, part[name].to_numpy(float), shape[0] * shape[1]).reshape(shape)
            for name in ("quantity", "turnover")
        )
        panels.append(_Panel(where, what, quantity, value))
    return panels


def _bilateral(panel: _Panel, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    """Return the logarithms of bilateral indices on matched products, one a pair of weeks."""
    v0, v1 = panel.value[before], panel.value[after]
    q0, q1 = panel.quantity[before], panel.quantity[after]
    matched = (q0 > 0) & (q1 > 0)
    v0, v1, q0, q1 = (np.where(matched, one, 0.0) for one in (v0, v1, q0, q1))
    p0, p1 = (np.divide(v, q, out=np.ones_like(v), where=matched) for v, q in ((v0, q0), (v1, q1)))
    change = np.log(p1 / p0)
    total0, total1 = v0.sum(axis=1), v1.sum(axis=1)
    laspeyres = np.log((p1 * q0).sum(axis=1) / total0)
    paasche = np.log(total1 / (p0 * q1).sum(axis=1))
    shares = v0 / total0[:, None] + v1 / total1[:, None]
    return {
        "laspeyres": laspeyres,
        "fisher": (laspeyres + paasche) / 2,
        "tornqvist": (shares * change).sum(axis=1) / 2,
        "jevons": change.sum(axis=1) / matched.sum(axis=1),
    }


def _chained(panel: _Panel, week: int) -> dict[str, float]:
    links = _bilateral(panel, np.arange(week), np.arange(1, week + 1))
    return {name: float(link.sum()) for name, link in links.items()}


def _direct(panel: _Panel, week: int) -> dict[str, float]:
    links = _bilateral(panel, np.array([0]), np.array([week]))
    return {name: float(link[0]) for name, link in links.items()}


def _geks(panel: _Panel) -> float:
    """Return the logarithm of GEKS-Törnqvist from the first week to the last, all as bridges."""
    every = np.arange(len(panel.value))
    there = _bilateral(panel, np.zeros_like(every), every)["tornqvist"]
    back = _bilateral(panel, every, np.full_like(every, every[-1]))["tornqvist"]
    return float(np.mean(there + back))


def measure_margins(twin: Block) -> dict[str, float]:
    """Return the ranges of weekly chain drift over families, on the first 65 weeks.

    Fruits, sold loose and in season, are left out: the published ranges are of other goods.

    Returns
    -------
    dict
        By the name of the margin on the card, in percent: the chained index of the 65th week over
        the direct one, less 1, where it is nearest to zero and where it is furthest.
    """
    drifts = []
    for panel in _panels(twin):
        if panel.family != "FRUITS":
            chained, direct = _chained(panel, DRIFT_WEEK), _direct(panel, DRIFT_WEEK)
            drifts.append({name: 100 * np.expm1(chained[name] - direct[name]) for name in chained})
    fisher, laspeyres = ([one[name] for one in drifts] for name in ("fisher", "laspeyres"))
    reached = {
        "chained Fisher, least drift": max(fisher),
        "chained Fisher, most drift": min(fisher),
        "chained Laspeyres, least drift": min(laspeyres),
        "chained Laspeyres, most drift": max(laspeyres),
    }
    return {name: float(value) for name, value in reached.items()}


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how wrong usual indices are at the end of two years, and what makes them so.

    Errors compare the last week with the first, by family, with the true index of continuing
    items; families are averaged geometrically with their turnover as weights.

    Returns
    -------
    dict
        Relative errors: `chained_laspeyres_error`, `chained_tornqvist_error`,
        `geks_tornqvist_error`, `jevons_error` (items sold in both weeks, unweighted),
        `outlet_unit_value_error` (GEKS-Törnqvist on items' unit values over outlets). Then
        `geks_worst_family`, the largest error of a family in absolute value; `variety_gap`, the
        true index adjusted for variety over that of continuing items, less 1; `shrinkage_error`,
        the mean relative error of prices where a smaller pack is linked to the old one as if
        nothing had changed. Shares: `prevalence`, rows that carry something; `hard_share`, those
        among them whose unit value is within a factor 1.3 of the item's median, so that no limit on
        prices finds them; `new_turnover_share`, items first sold in the second year in
        the turnover of the last quarter, and `uncoded_turnover_share`, those without a COICOP code;
        `promotion_share` and `refund_share` of rows. Counts: `smaller_packs`, `reused_codes`,
        `seasonal_items`, `missing_files`, `outlets_opening` and `outlets_closing`.
    """
    panels = _panels(twin)
    truth = twin.truth["index"]
    last = truth[(truth["coicop"] == "all") & (truth["date"] == pd.Timestamp(MONDAYS[-1]))]
    last = last.set_index(["area", "family"])
    keys = [(panel.area, panel.family) for panel in panels]
    true = np.log(last.loc[keys, "index_continuing"].to_numpy())
    variety = np.log(last.loc[keys, "index_variety"].to_numpy())
    weight = np.array([panel.value.sum() for panel in panels])
    weight = weight / weight.sum()

    chained = pd.DataFrame([_chained(panel, WEEKS - 1) for panel in panels])
    jevons = np.array([_direct(panel, WEEKS - 1)["jevons"] for panel in panels])
    geks = np.array([_geks(panel) for panel in panels])
    over_outlets = np.array([_geks(panel) for panel in _panels(twin, ("ean",))])

    def error(estimate) -> float:
        return np.expm1((weight * (np.asarray(estimate) - true)).sum())

    sales = twin.tables["sales"]
    start = sales.groupby("ean")["date"].min()
    quarter = sales[sales["date"] >= MONDAYS[-13]]
    new = quarter["ean"].map(start) >= MONDAYS[YEAR]
    uncoded = twin.tables["items"].set_index("ean")["coicop"].isna()
    without = quarter["ean"].map(uncoded).to_numpy(bool)
    planted = twin.truth["sales"]["type"].value_counts()
    prices = sales.set_index(["outlet", "ean", "date", "quantity"])["price"]
    usual = sales.groupby("ean")["price"].median()
    carrying = pd.MultiIndex.from_frame(twin.truth["sales"][["outlet", "ean", "date", "quantity"]])
    total = quarter["turnover"].sum()
    away = np.log(prices.loc[carrying].to_numpy() / usual.loc[carrying.get_level_values("ean")])
    items, outlets = twin.truth["items"], twin.tables["outlets"]
    ratio = items["size_ratio"]
    reached = {
        "chained_laspeyres_error": error(chained["laspeyres"]),
        "chained_tornqvist_error": error(chained["tornqvist"]),
        "geks_tornqvist_error": error(geks),
        "jevons_error": error(jevons),
        "outlet_unit_value_error": error(over_outlets),
        "geks_worst_family": np.abs(np.expm1(geks - true)).max(),
        "variety_gap": np.expm1((weight * (variety - true)).sum()),
        "shrinkage_error": (ratio[ratio < 1] - 1).mean(),
        "prevalence": len(twin.truth["sales"]) / len(sales),
        "hard_share": (np.abs(away) <= np.log(HARD_FACTOR)).mean(),
        "new_turnover_share": quarter.loc[new, "turnover"].sum() / total,
        "uncoded_turnover_share": quarter.loc[without, "turnover"].sum() / total,
        "promotion_share": planted.get("promotion", 0) / len(sales),
        "refund_share": planted.get("refund", 0) / len(sales),
        "smaller_packs": (ratio < 1).sum(),
        "reused_codes": items["ean"].duplicated().sum(),
        "seasonal_items": items["seasonal"].sum(),
        "missing_files": len(twin.truth["missing_files"]),
        "outlets_opening": outlets["opening"].notna().sum(),
        "outlets_closing": outlets["closing"].notna().sum(),
    }
    return {name: float(value) for name, value in reached.items()}
