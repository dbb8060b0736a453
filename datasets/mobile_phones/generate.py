"""The synthetic twin of mobile phone data: call records in three cities whose residents are known.

Cities, residents by income group and antennas are drawn once for a seed; customers of an operator
are added with the scale. A customer has a home, mostly a workplace, places of leisure, sometimes a
second home, and a plan for each day. Events happen more often to those who move, and away from
home. What antenna serves an event follows from distance, direction, power and terrain, of which the
register of antennas tells a part only. Then errors are planted. The model, its sources and its
limits are told on the data set's card.
"""

import datetime
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.geography import centres
from ssplab.data.twins.words import Positive, Share, Text, Words, load_words

TILE, SQUARE, PATCH = 200, 1000, 600  # metres: of the grid, of presence, of terrain
START = datetime.date(2023, 1, 9)  # a Monday
WEEKS = 9
DAYS = 7 * WEEKS
DAY = 24 * 60  # minutes
GROUPS = ("low", "middle", "high")
OCCUPATIONS = np.array(["day_worker", "night_worker", "student", "none"])
DAY_WORKER, NIGHT_WORKER, STUDENT, NO_WORK = range(len(OCCUPATIONS))
SECOND_HOMES = np.array(["none", "same_city", "other_city", "outside"])
EVENT_TYPES = pd.array(["call", "text", "data"], dtype="str")
TECHNOLOGIES = np.array(["macro_900", "macro_1800", "small"])
SMALL = 2
AT_HOME, AT_SECOND, ON_TRIP, ELSEWHERE = range(4)  # where a day is spent
NIGHT_SHIFT = (5 * 60, 21 * 60)  # ends, begins
CANDIDATES = 14  # cells that may serve a tile
EPOCHS = 4  # of the network: sites are switched on and off on three days
CHANGES = (17, 31, 45)  # these days, from 0
OUTAGE = (20 * 60, 6 * 60)  # begins on the evening, ends in the morning
LEISURE = 3  # places of a person
KINDS = {
    "duplicate": "error",
    "unknown_antenna": "error",
    "misrouted": "error",
    "second_home": "legitimate",
    "trip": "legitimate",
    "night_shift": "legitimate",
    "repeat": "legitimate",
}
TYPES = pd.array(["", *KINDS], dtype="str")
KIND_OF = pd.array(["", *KINDS.values()], dtype="str")


class Pole(Words):
    """A place where jobs gather."""

    east: float
    north: float
    """Kilometres from the centre of the city."""
    share: Share
    """Of the city's jobs that are not spread."""
    high: Positive
    """How much more it has of the jobs of the high incomes than of the others."""


class Coast(Words):
    """A point of a coast, in kilometres from the centre."""

    north: float
    east: float


class City(Words):
    """A city, and what is assumed of it."""

    name: Text
    centre: Text
    """Code of the commune in its middle."""
    reach: Positive
    """Communes whose centre is within these kilometres belong to it."""
    density: Positive
    """Inhabitants per km², from which the size of a commune is guessed."""
    users: Annotated[int, Field(gt=0)]
    """Customers of a block."""
    sites: Annotated[int, Field(gt=0)]
    affluent: tuple[float, float]
    """Direction, east and north, towards which incomes rise."""
    poles: tuple[Pole, ...]
    holidays: tuple[datetime.date, datetime.date]
    """First and last day of the winter holidays of its schools."""
    coast: tuple[Coast, ...]
    """From south to north; land lies east. Empty inland."""

    @model_validator(mode="after")
    def _whole(self):
        if abs(sum(pole.share for pole in self.poles) - 1) > 1e-9:
            raise ValueError("the shares of the poles do not add up to 1")
        last = START + datetime.timedelta(DAYS - 1)
        if not START <= self.holidays[0] < self.holidays[1] <= last:
            raise ValueError(f"holidays must lie between {START} and {last}")
        if sorted(point.north for point in self.coast) != [point.north for point in self.coast]:
            raise ValueError("a coast goes from south to north")
        return self


class Outage(Words):
    """A night in which a part of a city's sites records nothing."""

    city: Text
    night: datetime.date
    share: Share


class PhoneWords(Words):
    """What `words.yml` holds."""

    cities: Annotated[dict[str, City], Field(min_length=2)]
    outage: Outage

    @model_validator(mode="after")
    def _known(self):
        if self.outage.city not in self.cities:
            raise ValueError(f"the outage is in {self.outage.city!r}, which is no city")
        if not 0 <= (self.outage.night - START).days < DAYS:
            raise ValueError("the night of the outage is not in the period")
        return self


WORDS = load_words("mobile_phones", PhoneWords)
CITIES = list(WORDS.cities)


class Behaviour(NamedTuple):
    """What people, networks and files do; fitted by simulation to the card's margins, or assumed.

    Triples are of the low, middle and high incomes.
    """

    # Residents
    segregation: float = 1.1
    """How strongly the income groups follow the affluence of a place."""
    young: tuple[float, float, float] = (0.17, 0.15, 0.14)
    """Share of children, who have no phone and stay in their square."""
    phone: tuple[float, float, float] = (0.86, 0.91, 0.94)
    """Share of the others who have one."""
    operator: tuple[float, float, float] = (0.36, 0.40, 0.44)
    """Share of these who are the operator's customers, on average over places."""
    operator_spread: float = 0.05
    two_sims: float = 0.04
    """Share of the operator's numbers that are somebody's second."""
    # What they do
    occupied: tuple[tuple[float, ...], ...] = (
        (0.42, 0.07, 0.14, 0.37),
        (0.55, 0.03, 0.13, 0.29),
        (0.60, 0.01, 0.13, 0.26),
    )
    """Share of each occupation in an income group."""
    attendance: tuple[float, float, float] = (0.92, 0.86, 0.76)
    """Share of working days spent at the workplace."""
    spread_jobs: tuple[float, float, float] = (0.75, 0.55, 0.18)
    """Share of the jobs of a group that are spread over the city and not at poles."""
    to_work: tuple[float, float, float] = (6.5, 4.5, 3.0)
    """Kilometres over which workplaces become e times rarer."""
    to_leisure: tuple[float, float, float] = (3.0, 2.5, 1.5)
    outing: tuple[float, float] = (0.30, 0.52)
    """Chance of an outing on a day of work, on another day."""
    outing_mobility: float = 0.13
    """What a standard deviation of mobility adds to it."""
    second_home: tuple[float, float, float] = (0.04, 0.10, 0.22)
    second_where: tuple[float, float, float] = (0.30, 0.30, 0.40)
    """In the same city's surroundings, in another of the cities, outside."""
    second_weekends: float = 0.35
    """Share of weekends spent there."""
    visits: float = 0.06
    """Share of weekends that others spend elsewhere."""
    holiday: tuple[float, float, float] = (0.25, 0.40, 0.60)
    """Share of people who leave during the winter holidays."""
    holiday_in_city: float = 0.25
    """Share of these, without a second home, who go to another of the cities."""
    # Events
    events: float = 1.82
    """Events of a day, of a person of average mobility, thinned at home."""
    events_mobility: float = 0.33
    events_spread: float = 0.52
    """Standard deviation of the logarithm, besides mobility."""
    day_shape: float = 1.4
    """Shape of the gamma distribution of a day's intensity."""
    kept: tuple[float, float, float] = (0.68, 1.0, 1.0)
    """Share of events that happen: at home, at work, elsewhere."""
    # Network
    loss: float = 35.0
    """Decibels lost by a tenfold distance."""
    unknown_power: float = 2.5
    """Standard deviation of what a site's power differs from the register, in decibels."""
    terrain: float = 5.5
    """Standard deviation of the terrain between a site and a patch of 600 m."""
    shadow: float = 3.5
    """Standard deviation of the shadow between a site and a tile."""
    flicker: float = 4.0
    """Decibels by which a cell must be stronger to be e times likelier to serve."""
    load: float = 5.0
    """Decibels that sites lose by day, at most."""
    changed: tuple[float, float] = (0.06, 0.05)
    """Share of sites that are switched on, and off, during the period."""
    # Files
    duplicate: float = 0.012
    duplicate_later: float = 0.6
    """Share of duplicates that carry the next minute."""
    unknown_antenna: float = 0.006
    misrouted: float = 0.007
    misrouted_near: float = 0.7
    """Share of misrouted records whose wrong antenna is of the same city."""


USUAL = Behaviour()
HARDER = USUAL._replace(
    unknown_power=6.0, terrain=8.0, operator_spread=0.12, flicker=5.0, misrouted=0.02, events=1.2
)
HOURS = np.array(
    [
        *(1.1, 0.7, 0.45, 0.35, 0.35, 0.6, 1.4, 3.0, 4.8, 5.6, 6.0, 6.4),
        *(6.8, 6.4, 6.0, 6.0, 6.4, 7.2, 7.8, 7.6, 6.8, 5.4, 3.8, 2.3),
    ]
)
"""How likely an event is by hour of the day; an assumption."""
POWER = (46.0, 38.0, 30.0)  # dBm by technology
HEIGHTS = ((25, 45), (20, 35), (6, 12))  # metres
TECHNOLOGY_SHARES = (0.50, 0.44, 0.06)
BEAM, DAMPED = 65.0, 20.0  # degrees of a sector's beam; most that its direction costs, in decibels

PLAN = BlockPlan(twin="mobile_phones", at_scale_1=5, most=2500, streams=5)
n_blocks = PLAN.count


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each of 1,000 customers with some 100,000 records.

    Block `i` depends on `seed` and `i` only, and so do the cities, which stand in the first.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 5,000 customers and some half a million records. Cities do not grow with it.
    harder : bool
        Antennas reach less regularly, the operator's share varies more, and events are rarer.

    Yields
    ------
    Block
        Tables `records`, `antennas`, `grid`, `communes`; truth `records`, `users`, `antennas`,
        `grid`, `presence`, `commune_presence`.
    """
    behaviour = HARDER if harder else USUAL
    land = _land(seed, behaviour)
    for number, streams in PLAN.draw(seed, scale):
        block = _block(number, streams, land, behaviour)
        if number == 0:
            block.tables |= land.tables  # which no other block adds to
            block.truth |= land.truth
        yield block


# The cities


def lambert_93(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places in Lambert-93, in metres east and north, from degrees.

    Source: Snyder, Map projections: a working manual (1987), equations 15-1 to 15-11, with the
    parameters of EPSG:2154 (parallels 44° and 49°, origin 46.5° N 3° E, GRS 80).
    """
    flattening = 1 / 298.257222101
    e = np.sqrt(flattening * (2 - flattening))

    def narrowed(phi):
        return np.cos(phi) / np.sqrt(1 - (e * np.sin(phi)) ** 2)

    def isometric(phi):
        sine = e * np.sin(phi)
        return np.tan(np.pi / 4 - phi / 2) / ((1 - sine) / (1 + sine)) ** (e / 2)

    south, north, origin = np.radians([44.0, 49.0, 46.5])
    n = np.log(narrowed(south) / narrowed(north)) / np.log(isometric(south) / isometric(north))
    scale = 6378137 * narrowed(south) / (n * isometric(south) ** n)
    radius = scale * isometric(np.radians(latitude)) ** n
    theta = n * np.radians(np.asarray(longitude) - 3)
    x = 700_000 + radius * np.sin(theta)
    y = 6_600_000 + scale * isometric(origin) ** n - radius * np.cos(theta)
    return x, y


@dataclass
class _Town:
    """One city: its tiles, what they hold, and how people move between its squares."""

    communes: pd.DataFrame
    x: np.ndarray
    y: np.ndarray
    """South-west corners of the tiles, in metres, in the order of their squares."""
    commune: np.ndarray
    """Rank of each tile's commune."""
    residents: np.ndarray
    """By tile and group."""
    built_up: np.ndarray
    jobs: np.ndarray
    """By tile, weights of workplaces."""
    amenities: np.ndarray
    second: np.ndarray
    """By tile, weights of second homes."""
    share: np.ndarray
    """By tile and group, residents who are customers."""
    square: np.ndarray
    """Rank of each tile's square of a kilometre."""
    squares: pd.DataFrame
    to_work: np.ndarray
    """By group, square of home and square of work, weights in whole numbers."""
    to_leisure: np.ndarray


@dataclass
class _Land:
    """All cities together, tiles and antennas numbered through."""

    towns: list[_Town]
    first: np.ndarray
    """Number of each city's first tile, and of all tiles at the end."""
    x: np.ndarray
    y: np.ndarray
    lookup: list[np.ndarray]
    """For each city, the number of the tile at a row and column, -1 where there is none."""
    cells: np.ndarray
    """By tile, the candidates that may serve it: numbers of antennas."""
    odds: np.ndarray
    """By epoch, load and tile, cumulated weights of the candidates, in whole numbers."""
    city_of: np.ndarray
    """City of each antenna."""
    near: np.ndarray
    """By antenna, others of its city that it is taken for."""
    out: np.ndarray
    """Whether an antenna fails in the night of the outage."""
    names: pd.api.extensions.ExtensionArray
    """Identifiers of antennas, then some that the register does not have."""
    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]


def _whole(weights: np.ndarray, unit: float = 1e6) -> np.ndarray:
    """Return weights as whole numbers, whose sums are the same on every processor."""
    return np.rint(weights * unit).astype(np.int64)


def _pick(cumulated: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return choices from cumulated whole weights, one for each uniform draw."""
    return np.searchsorted(cumulated, (draws * cumulated[-1]).astype(np.int64), side="right")


def _field(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, step: float) -> np.ndarray:
    """Return a smooth random field at places, of variance 1 at the nodes of its net."""
    u, v = (x - x.min()) / step, (y - y.min()) / step
    i, j = u.astype(int), v.astype(int)
    nodes = rng.standard_normal((i.max() + 2, j.max() + 2))
    u, v = u - i, v - j
    west = nodes[i, j] * (1 - v) + nodes[i, j + 1] * v
    east = nodes[i + 1, j] * (1 - v) + nodes[i + 1, j + 1] * v
    return west * (1 - u) + east * u


@lru_cache(maxsize=1)
def _land(seed: int, behaviour: Behaviour) -> _Land:
    """Return the cities of a seed, whatever the scale."""
    streams = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(PLAN.most + number,)))
        for number in range(2 * len(CITIES) + 1)
    ]
    towns = [
        _town(rng, city, behaviour)
        for rng, city in zip(streams, WORDS.cities.values(), strict=False)
    ]
    sizes = [len(town.x) for town in towns]
    first = np.r_[0, np.cumsum(sizes)]
    networks = [
        _network(rng, town, city, behaviour)
        for rng, town, city in zip(
            streams[len(CITIES) :], towns, WORDS.cities.values(), strict=False
        )
    ]
    offsets = np.r_[0, np.cumsum([len(antennas) for antennas, *_ in networks])]
    antennas = pd.concat([antennas for antennas, *_ in networks], ignore_index=True)
    city_of = np.repeat(np.arange(len(CITIES)), np.diff(offsets))
    named = streams[-1].permutation(9000)[: len(antennas) // 2 + 200] + 1000
    site = city_of * 1000 + antennas["site"].to_numpy()
    known, site = np.unique(site, return_inverse=True)
    antennas["site_id"] = [f"S{named[one]}" for one in site]
    antennas["antenna_id"] = antennas["site_id"] + "-" + (antennas["sector"] + 1).astype(str)
    unknown = [f"S{one}-1" for one in named[len(known) : len(known) + 60]]
    fails = streams[-1].random(len(known)) < WORDS.outage.share
    out = fails[site] & (city_of == CITIES.index(WORDS.outage.city))
    antennas["outage"] = out
    order = np.arange(len(antennas))
    near = np.empty((len(antennas), 8), dtype=np.int64)
    for number in range(len(CITIES)):
        own = order[city_of == number]
        places = antennas.loc[own, ["x", "y"]].to_numpy()
        apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)).round(3)
        apart[apart < 1500] = np.inf  # far enough to mislead
        near[own] = own[np.argsort(apart, axis=1, kind="stable")[:, :8]]
    shown = antennas.sort_values("antenna_id", ignore_index=True)
    tables = {
        "antennas": shown.assign(
            valid_from=_days(shown["on"]), valid_to=_days(shown["off"].where(shown["off"] < DAYS))
        ),
        "grid": pd.concat([_grid(town) for town in towns], ignore_index=True),
        "communes": pd.concat([town.communes for town in towns], ignore_index=True),
    }
    odds = np.concatenate([odds for *_, odds in networks], axis=2)
    cells = np.concatenate(
        [cells + offset for (_, cells, _), offset in zip(networks, offsets, strict=False)]
    )
    likeliest = np.argmax(np.diff(odds[0, 0], axis=1, prepend=0), axis=1)
    best = cells[np.arange(len(cells)), likeliest]
    truth = {
        "antennas": shown,
        "grid": pd.concat([_truth_of_grid(town) for town in towns], ignore_index=True).assign(
            antenna_id=antennas["antenna_id"].to_numpy()[best]
        ),
        **_presence(streams[-1], towns, behaviour),
    }
    return _Land(
        towns=towns,
        first=first,
        x=np.concatenate([town.x for town in towns]),
        y=np.concatenate([town.y for town in towns]),
        lookup=[_raster(town, start) for town, start in zip(towns, first, strict=False)],
        cells=cells,
        odds=odds,
        city_of=city_of,
        near=near,
        out=out,
        names=pd.array([*antennas["antenna_id"], *unknown], dtype="str"),
        tables=tables,
        truth=truth,
    )


def _days(numbers) -> pd.Series:
    return pd.Timestamp(START) + pd.to_timedelta(numbers, unit="D")


def _raster(town: _Town, first: int) -> np.ndarray:
    i, j = (town.x - town.x.min()) // TILE, (town.y - town.y.min()) // TILE
    raster = np.full((i.max() + 1, j.max() + 1), -1)
    raster[i, j] = first + np.arange(len(i))
    return raster


def _town(rng: np.random.Generator, city: City, behaviour: Behaviour) -> _Town:
    """Return a city: tiles, their communes, residents, workplaces, and who goes where."""
    every = centres()
    x, y = lambert_93(every["latitude"].to_numpy(), every["longitude"].to_numpy())
    every = every.assign(x=x.round().astype(int), y=y.round().astype(int))
    middle = every[every["code"] == city.centre].iloc[0]
    distance = np.hypot(every["x"] - middle["x"], every["y"] - middle["y"])
    communes = every[distance <= 1000 * city.reach].sort_values("code", ignore_index=True)
    size = 1000 * np.sqrt(communes["population"] / (np.pi * city.density))
    # The power of a centre: a large commune reaches further than half the way to a small one
    communes = communes.assign(city=city.name, radius=(0.72 * size).round().astype(int))

    side = np.arange(-25_000, 25_000, TILE)
    corners = np.array([middle["x"], middle["y"]]) // SQUARE * SQUARE
    x, y = (
        part.ravel() for part in np.meshgrid(corners[0] + side, corners[1] + side, indexing="ij")
    )
    east, north = (x + TILE / 2 - middle["x"]) / 1000, (y + TILE / 2 - middle["y"]) / 1000
    to = (x[:, None] + TILE // 2 - communes["x"].to_numpy()) ** 2
    to += (y[:, None] + TILE // 2 - communes["y"].to_numpy()) ** 2
    commune = np.argmin(to - communes["radius"].to_numpy() ** 2, axis=1)
    apart = np.sqrt(to[np.arange(len(x)), commune])
    inside = apart <= 1.25 * size.to_numpy()[commune] + 300
    if city.coast:
        points = [(point.north, point.east) for point in city.coast]
        inside &= east > np.interp(north, *np.transpose(points))
    inside = np.flatnonzero(inside)
    inside = inside[np.lexsort((y[inside] // SQUARE, x[inside] // SQUARE))]
    x, y, east, north, commune, apart = (
        part[inside] for part in (x, y, east, north, commune, apart)
    )

    size = size.to_numpy()[commune]
    housing = np.exp(
        1.0 * _field(rng, x, y, 1300) + 0.5 * rng.standard_normal(len(x)) - 0.9 * apart / size
    ) * (rng.random(len(x)) < 0.86)
    weights = _whole(housing, 1e3)
    residents = np.zeros(len(x), dtype=np.int64)
    for rank, population in enumerate(communes["population"]):
        own = np.flatnonzero(commune == rank)
        residents[own] = rng.multinomial(population, weights[own] / weights[own].sum())

    reach = 1000 * city.reach
    direction = (east * city.affluent[0] + north * city.affluent[1]) * 1000 / reach
    affluence = 1.1 * direction + 0.75 * _field(rng, x, y, 2200) + 0.6 * _field(rng, x, y, 700)
    affluence = np.round(behaviour.segregation * affluence, 6)
    low, high = np.exp(-affluence - 0.95), np.exp(affluence - 0.95)
    poor = rng.binomial(residents, (low / (1 + low + high)).round(9))
    rich = rng.binomial(residents - poor, (high / (1 + high)).round(9))
    residents = np.column_stack([poor, residents - poor - rich, rich])

    spread = np.exp(0.7 * _field(rng, x, y, 1300) + 0.8 * rng.standard_normal(len(x)))
    spread *= 0.4 + residents.sum(axis=1) / max(1, residents.sum(axis=1).mean())
    gathered = np.zeros((len(GROUPS), len(x)))
    for pole in city.poles:
        near = np.exp(-((east - pole.east) ** 2 + (north - pole.north) ** 2) / (2 * 0.65**2))
        near = near / near.sum()
        gathered += np.outer([1, 1, pole.high], pole.share * near)
    gathered /= gathered.sum(axis=1, keepdims=True)
    spread /= spread.sum()
    by_group = np.array(
        [
            share * spread + (1 - share) * own
            for share, own in zip(behaviour.spread_jobs, gathered, strict=True)
        ]
    )
    jobs = by_group.mean(axis=0)
    amenities = 0.5 * spread + 0.5 * gathered[1]
    built = 14 + 11 * np.log1p(residents.sum(axis=1) / 150) + 13 * np.log1p(8e3 * jobs)
    built_up = np.clip(np.rint(built + 7 * rng.standard_normal(len(x))), 0, 98).astype(int)
    operator = np.clip(
        np.array(behaviour.operator)
        + behaviour.operator_spread * (1.3 * _field(rng, x, y, 3500))[:, None],
        0.06,
        0.85,
    )
    share = (operator * behaviour.phone * (1 - np.array(behaviour.young))).round(4)

    squares, square = np.unique(
        np.column_stack([x // SQUARE, y // SQUARE]), axis=0, return_inverse=True
    )
    squares = SQUARE * squares
    between = np.hypot(*(squares[:, None] - squares[None]).transpose(2, 0, 1)) / 1000

    def summed(weights):
        return np.bincount(square.ravel(), weights, len(squares))

    to_work = [
        _whole(summed(jobs_of) * np.exp(-between / length), 1e9)
        for jobs_of, length in zip(by_group, behaviour.to_work, strict=True)
    ]
    to_leisure = [
        _whole(summed(amenities) * np.exp(-between / length), 1e9)
        for length in behaviour.to_leisure
    ]
    second = 1 / (20 + residents.sum(axis=1)) * (1 + 3 * apart / apart.max())
    return _Town(
        communes=communes,
        x=x,
        y=y,
        commune=commune,
        residents=residents,
        built_up=built_up,
        jobs=_whole(jobs, 1e8) + 1,
        amenities=_whole(amenities, 1e8) + 1,
        second=_whole(second, 1e6),
        share=share,
        square=square.ravel(),
        squares=pd.DataFrame(squares, columns=["x", "y"]),
        to_work=np.array(to_work),
        to_leisure=np.array(to_leisure),
    )


def _grid(town: _Town) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": town.x,
            "y": town.y,
            "commune": town.communes["code"].to_numpy()[town.commune],
            **dict(zip(GROUPS, town.residents.T, strict=True)),
            "built_up": town.built_up,
        }
    )


def _truth_of_grid(town: _Town) -> pd.DataFrame:
    return pd.DataFrame(
        {"x": town.x, "y": town.y, "jobs": town.jobs}
        | {f"share_{group}": town.share[:, rank] for rank, group in enumerate(GROUPS)}
    )


# The network


def _network(
    rng: np.random.Generator, town: _Town, city: City, behaviour: Behaviour
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return a city's antennas, the cells that may serve each tile, and how likely they do.

    Returns
    -------
    DataFrame, ndarray of shape (tiles, CANDIDATES), ndarray of shape (EPOCHS, 2, tiles, CANDIDATES)
        Antennas; numbers of cells; cumulated weights, in whole numbers, by night and by day.
    """
    people = town.residents.sum(axis=1)
    demand = np.sqrt(people) + 3e-4 * np.sqrt(people.sum()) * np.sqrt(town.jobs)
    bounds = _whole(demand, 1e3).cumsum()
    places = np.empty((0, 2))
    apart = 550.0  # metres between two sites, at least; less where many are wanted
    while len(places) < city.sites:
        tile = _pick(bounds, rng.random(1))[0]
        place = np.array([town.x[tile], town.y[tile]]) + rng.integers(0, TILE, 2)
        apart *= 0.9995
        if len(places) == 0 or np.hypot(*(places - place).T).min() > apart:
            places = np.vstack([places, place])
    kind = rng.choice(len(TECHNOLOGIES), city.sites, p=TECHNOLOGY_SHARES)
    height = np.array([rng.integers(*HEIGHTS[one], endpoint=True) for one in kind])
    deviation = (behaviour.unknown_power * rng.standard_normal(city.sites)).round(2)
    base = rng.integers(0, 120, city.sites)
    fate = rng.random(city.sites)
    moment = np.array(CHANGES)[rng.integers(0, len(CHANGES), city.sites)]
    starts, stops = fate < behaviour.changed[0], fate > 1 - behaviour.changed[1]
    earlier = -rng.integers(200, 4000, city.sites)
    on, off = np.where(starts, moment, earlier), np.where(stops, moment - 1, DAYS)

    sectors = np.where(kind == SMALL, 1, 3)
    site = np.repeat(np.arange(city.sites), sectors)
    sector = np.concatenate([np.arange(number) for number in sectors])
    azimuth = (base[site] + 120 * sector).astype(float)
    antennas = pd.DataFrame(
        {
            "site": site,
            "sector": sector,
            "x": places[site, 0].astype(int),
            "y": places[site, 1].astype(int),
            "azimuth": np.where(kind[site] == SMALL, np.nan, azimuth),
            "technology": TECHNOLOGIES[kind[site]],
            "height": height[site],
            "power": np.array(POWER)[kind[site]],
            "deviation": deviation[site],
            "on": on[site],
            "off": off[site],
        }
    )

    x, y = town.x + TILE / 2, town.y + TILE / 2
    patches, patch = np.unique(
        np.column_stack([town.x // PATCH, town.y // PATCH]), axis=0, return_inverse=True
    )
    east, north = x[:, None] - places[:, 0], y[:, None] - places[:, 1]
    distance = np.hypot(east, north)
    level = np.array(POWER)[kind] + deviation - behaviour.loss * np.log10((distance + 40) / 1000)
    level += behaviour.terrain * rng.standard_normal((len(patches), city.sites))[patch.ravel()]
    level += behaviour.shadow * rng.standard_normal(level.shape)
    bearing = np.degrees(np.arctan2(east, north))
    turned = np.abs((bearing[:, site] - azimuth + 180) % 360 - 180)
    damping = np.where(kind[site] == SMALL, 0, np.minimum(12 * (turned / BEAM) ** 2, DAMPED))
    received = np.round(level[:, site] - damping, 3)
    cells = np.argsort(-received, axis=1, kind="stable")[:, :CANDIDATES]
    lasts = ((antennas["on"] < 0) & (antennas["off"] == DAYS)).to_numpy()
    served = lasts[cells].any(axis=1)  # or the tile would be without a network for a while
    cells[~served, -1] = np.argmax(np.where(lasts, received[~served], -np.inf), axis=1)
    received = np.take_along_axis(received, cells, axis=1)
    lost = (behaviour.load * rng.random(city.sites)).round(3)[site]
    odds = np.empty((EPOCHS, 2, *cells.shape), dtype=np.int64)
    for epoch, day in enumerate((0, *CHANGES)):
        works = ((antennas["on"] <= day) & (antennas["off"] >= day)).to_numpy()
        for load in (0, 1):
            power = np.where(works[cells], received - load * lost[cells], -np.inf)
            weights = np.exp((power - power.max(axis=1, keepdims=True)) / behaviour.flicker)
            odds[epoch, load] = _whole(weights).cumsum(axis=1)
    return antennas, cells, odds


# Customers and what they plan


class _Days(NamedTuple):
    """Plans of people's days, arrays by person and day; minutes from midnight."""

    spent: np.ndarray
    """Where the day is spent: at home, at the second home, on a trip, elsewhere."""
    works: np.ndarray
    leave: np.ndarray
    back: np.ndarray
    out: np.ndarray
    """When an outing begins; `DAY` if there is none."""
    home: np.ndarray
    """When it ends."""
    leisure: np.ndarray
    """Which of a person's places it leads to."""


def _plan(
    rng: np.random.Generator,
    people: pd.DataFrame,
    holidays: np.ndarray,
    behaviour: Behaviour,
) -> _Days:
    """Return what people do on each day.

    Parameters
    ----------
    people : DataFrame
        With `group`, `occupation`, `second`, `mobility`, numbers all.
    holidays : ndarray of bool, shape (people, days)
        Whether schools have holidays; days begin with a Monday.
    """
    shape = holidays.shape
    group, second = people["group"].to_numpy(), people["second"].to_numpy()
    occupation = people["occupation"].to_numpy()[:, None]
    weekday = np.arange(shape[1]) % 7
    weekend = weekday >= 5

    owner = second > 0
    week = np.arange(shape[1]) // 7
    leaves = rng.random((shape[0], week.max() + 1)) < np.where(
        owner, behaviour.second_weekends, behaviour.visits
    ).reshape(-1, 1)
    spent = np.where(owner, AT_SECOND, ELSEWHERE)[:, None] * (leaves[:, week] & weekend)
    travels = rng.random(shape[0]) < np.array(behaviour.holiday)[group]
    place = np.where(
        owner,
        AT_SECOND,
        np.where(rng.random(shape[0]) < behaviour.holiday_in_city, ON_TRIP, ELSEWHERE),
    )
    begins, length = rng.integers(0, 9, shape[0]), rng.integers(4, 10, shape[0])
    free = holidays.cumsum(axis=1) - 1
    gone = holidays & (free >= begins[:, None]) & (free < (begins + length)[:, None])
    spent = np.where(gone & travels[:, None], place[:, None], spent)
    spent = np.where((spent == AT_SECOND) & (second == 3)[:, None], ELSEWHERE, spent)

    attends = rng.random(shape) < np.array(behaviour.attendance)[group][:, None]
    works = ~weekend & (spent == AT_HOME) & attends & (occupation != NO_WORK)
    works &= ~((occupation == STUDENT) & holidays)
    usual_start = 515 + 55 * rng.standard_normal((shape[0], 1))
    usual_length = 555 + 60 * rng.standard_normal((shape[0], 1))
    leave = np.clip(usual_start + 18 * rng.standard_normal(shape), 300, 720).astype(int)
    back = leave + np.clip(usual_length + 35 * rng.standard_normal(shape), 240, 700).astype(int)
    back = np.minimum(back, DAY - 60)

    by_day = works & (occupation != NIGHT_WORKER)
    chance = np.where(by_day, behaviour.outing[0], behaviour.outing[1])
    chance = chance + behaviour.outing_mobility * people["mobility"].to_numpy()[:, None]
    goes = (rng.random(shape) < chance) & (spent == AT_HOME)
    begin = np.where(by_day, back + 90 * rng.random(shape), 570 + 600 * rng.random(shape))
    end = begin + 45 + 150 * rng.random(shape)
    latest = np.where(occupation == NIGHT_WORKER, NIGHT_SHIFT[1] - 30, DAY)
    out = np.where(goes, begin, DAY).astype(int)
    home = np.where(goes, np.minimum(end, latest), DAY).astype(int)
    leisure = (LEISURE * rng.random(shape) ** 1.6).astype(int)
    return _Days(spent, works, leave, back, out, home, leisure)


def _doing(
    plan: _Days, occupation: np.ndarray, person: np.ndarray, day: np.ndarray, minute: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether people work, and whether they are on an outing, at moments; arrays alike."""
    works = plan.works[person, day]
    night = occupation[person] == NIGHT_WORKER
    shift = (minute < NIGHT_SHIFT[0]) | (minute >= NIGHT_SHIFT[1])
    by_day = (minute >= plan.leave[person, day]) & (minute < plan.back[person, day])
    works = works & np.where(night, shift, by_day)
    out = (minute >= plan.out[person, day]) & (minute < plan.home[person, day])
    return works, out & ~works


def _characters(rng: np.random.Generator, group: np.ndarray, behaviour: Behaviour) -> pd.DataFrame:
    """Return people's occupation, second home and mobility, from their income group."""
    bounds = np.cumsum(behaviour.occupied, axis=1).round(9)
    occupation = (bounds[group] <= rng.random(len(group))[:, None]).sum(axis=1)
    owner = rng.random(len(group)) < np.array(behaviour.second_home)[group]
    where = 1 + np.searchsorted(
        np.cumsum(behaviour.second_where).round(9), rng.random(len(group)), side="right"
    )
    return pd.DataFrame(
        {
            "group": group,
            "occupation": occupation,
            "second": np.where(owner, where, 0),
            "mobility": rng.standard_normal(len(group)).round(6),
        }
    )


def _presence(
    rng: np.random.Generator, towns: list[_Town], behaviour: Behaviour
) -> dict[str, pd.DataFrame]:
    """Return who is present by hour, in squares of a kilometre and in communes.

    It is an expectation over all residents, not only customers: the share of a group that is at
    home, at work or out comes from plans of 9,000 people over two usual weeks, the places from the
    odds by which customers get theirs. Who is on the way to work or back counts as there.
    """
    group = np.repeat(np.arange(len(GROUPS)), 3000)
    people = _characters(rng, group, behaviour)
    days = 14
    plan = _plan(rng, people, np.zeros((len(group), days), dtype=bool), behaviour)
    person, day = (part.ravel() for part in np.indices((len(group), days)))
    kind = (day % 7 >= 5).astype(int)
    occupation = people["occupation"].to_numpy()
    second = people["second"].to_numpy()[person]
    spent = plan.spent[person, day]
    total = np.bincount(2 * group[person] + kind, minlength=6).reshape(3, 2)

    def share(flags):
        counts = np.bincount(2 * group[person] + kind, flags, minlength=6).reshape(3, 2)
        return counts / total

    away = [share((spent == AT_SECOND) & (second == where)) for where in (1, 2)]
    gone = share(spent == ELSEWHERE)
    working, outside = np.empty((2, 24, 3, 2))
    for hour in range(24):
        works, out = _doing(plan, occupation, person, day, np.full(len(day), 60 * hour + 30))
        working[hour] = share(works & (spent == AT_HOME))
        outside[hour] = share(out & (spent == AT_HOME))

    young = np.array(behaviour.young)
    guests = [
        np.bincount(town.square, town.second, len(town.squares)) / town.second.sum()
        for town in towns
    ]
    everybody = np.array([town.residents.sum(axis=0) for town in towns]) * (1 - young)
    squares, communes = [], []
    for number, town in enumerate(towns):
        residents = np.array(
            [np.bincount(town.square, one, len(town.squares)) for one in town.residents.T]
        )
        # Of a square's jobs, outings and homes, the part in each commune
        splits = [_split(town, weights) for weights in (town.jobs, town.amenities, town.second)] + [
            _split(town, one) for one in town.residents.T
        ]
        for kind_number, day_type in enumerate(("weekday", "weekend")):
            for hour in range(24):
                present, by_commune = [], []
                for rank in range(len(GROUPS)):
                    adults = residents[rank] * (1 - young[rank])
                    work, leisure = (
                        adults @ (odds[rank] / odds[rank].sum(axis=1, keepdims=True))
                        for odds in (town.to_work, town.to_leisure)
                    )
                    at = (rank, kind_number)
                    others = np.delete(everybody[:, rank], number) / (len(towns) - 1)
                    visiting = guests[number] * (
                        away[0][at] * adults.sum() + away[1][at] * others.sum()
                    )
                    stays = 1 - working[hour][at] - outside[hour][at]
                    stays -= away[0][at] + away[1][at] + gone[at]
                    parts = (
                        working[hour][at] * work,
                        outside[hour][at] * leisure,
                        visiting,
                        stays * adults + young[rank] * residents[rank],
                    )
                    present.append(sum(parts))
                    by_commune.append(
                        sum(
                            part @ split
                            for part, split in zip(
                                parts, [*splits[:3], splits[3 + rank]], strict=True
                            )
                        )
                    )
                named = {"day_type": day_type, "hour": hour}
                whole = [
                    dict(zip(GROUPS, np.rint(one).astype(int), strict=True))
                    for one in (present, by_commune)
                ]
                squares.append(town.squares.assign(**named, **whole[0]))
                codes = town.communes[["code"]].rename(columns={"code": "commune"})
                communes.append(codes.assign(**named, **whole[1]))
    return {
        "presence": pd.concat(squares, ignore_index=True),
        "commune_presence": pd.concat(communes, ignore_index=True),
    }


def _split(town: _Town, weights: np.ndarray) -> np.ndarray:
    """Return by square and commune the part of the square's weights that the commune has."""
    shape = (len(town.squares), len(town.communes))
    at = np.ravel_multi_index((town.square, town.commune), shape)
    held = np.bincount(at, weights, shape[0] * shape[1]).reshape(shape)
    return held / np.maximum(held.sum(axis=1, keepdims=True), 1)


def _customers(
    rng: np.random.Generator, block: int, land: _Land, behaviour: Behaviour
) -> pd.DataFrame:
    """Return the customers of a block with their places, as numbers of tiles."""
    number = np.repeat(np.arange(len(CITIES)), [city.users for city in WORDS.cities.values()])
    home, group = np.empty((2, len(number)), dtype=np.int64)
    for rank, town in enumerate(land.towns):
        own = np.flatnonzero(number == rank)
        chosen = _pick(
            _whole(town.residents * town.share, 1e4).ravel().cumsum(), rng.random(len(own))
        )
        home[own], group[own] = land.first[rank] + chosen // 3, chosen % 3
    users = _characters(rng, group, behaviour).assign(city=number, home=home)
    works = users["occupation"].to_numpy() != NO_WORK
    work = np.where(works, _go(rng, users, land, "to_work", "jobs"), -1)
    places = [_go(rng, users, land, "to_leisure", "amenities") for _ in range(LEISURE)]
    other = (number + rng.integers(1, len(CITIES), len(number))) % len(CITIES)
    second = users["second"].to_numpy()
    in_city = np.where(second == 2, other, number)
    draws = rng.random((2, len(number)))
    country, trip = np.empty((2, len(number)), dtype=np.int64)
    for rank, town in enumerate(land.towns):
        bounds = [town.second.cumsum(), town.amenities.cumsum()]
        for target, of, weights, draw in (
            (country, in_city, bounds[0], draws[0]),
            (trip, other, bounds[1], draws[1]),
        ):
            target[of == rank] = land.first[rank] + _pick(weights, draw[of == rank])
    country = np.where((second == 1) | (second == 2), country, -1)
    users = users.assign(work=work, second_tile=country, trip=trip)
    users = users.assign(**{f"leisure_{rank}": place for rank, place in enumerate(places)})

    twice = rng.random(len(users)) < behaviour.two_sims
    person = np.arange(len(users))
    starts = np.searchsorted(number, number)  # of the block's customers of the same city
    person[twice] = starts[twice] + (
        rng.random(twice.sum()) * (person[twice] - starts[twice])
    ).astype(int)
    spread = behaviour.events_spread * rng.standard_normal(len(users))
    users = users.iloc[person].reset_index(drop=True)
    second_number = person != np.arange(len(users))
    rate = behaviour.events * np.exp(behaviour.events_mobility * users["mobility"] + spread)
    rate = (rate * np.where(second_number, 0.6, 1)).round(4)
    numbers = block * len(users) + np.arange(len(users))
    # An odd factor modulo a power of two: pseudonyms are unique, and their order means nothing
    pseudonyms = (numbers * 0x9E3779B1 + 0x5BD1E995) % 2**32
    return users.assign(
        person=block * len(users) + person,
        rate=rate,
        user_id=[f"{one:08x}" for one in pseudonyms],
    )


def _go(
    rng: np.random.Generator, users: pd.DataFrame, land: _Land, odds: str, weights: str
) -> np.ndarray:
    """Return a tile for each person: first a square by the way there, then a tile of the square."""
    draws = rng.random((2, len(users)))
    chosen = np.empty(len(users), dtype=np.int64)
    for rank, town in enumerate(land.towns):
        own = np.flatnonzero(users["city"] == rank)
        square = town.square[users["home"].to_numpy()[own] - land.first[rank]]
        bounds = getattr(town, odds)[users["group"].to_numpy()[own], square].cumsum(axis=1)
        reached = (draws[0, own] * bounds[:, -1]).astype(np.int64)
        target = (bounds <= reached[:, None]).sum(axis=1)
        cumulated = np.r_[0, getattr(town, weights).cumsum()]
        edges = np.searchsorted(town.square, np.arange(len(town.squares) + 1))
        low, high = cumulated[edges[target]], cumulated[edges[target + 1]]
        reached = low + (draws[1, own] * (high - low)).astype(np.int64)
        chosen[own] = land.first[rank] + np.searchsorted(cumulated, reached, "right") - 1
    return chosen


# Records


def _block(
    number: int, streams: list[np.random.Generator], land: _Land, behaviour: Behaviour
) -> Block:
    people, planning, happening, serving, spoiling = streams
    users = _customers(people, number, land, behaviour)
    holidays = np.array([_holidays(city) for city in WORDS.cities.values()])[users["city"]]
    plan = _plan(planning, users, holidays, behaviour)
    person, day, minute, tile, legit = _events(happening, users, plan, land, behaviour)
    type_ = _event_types(serving, minute)
    antenna = _serve(serving, land, tile, day, minute)
    night = (WORDS.outage.night - START).days
    dark = ((day == night) & (minute >= OUTAGE[0])) | ((day == night + 1) & (minute < OUTAGE[1]))
    kept = ~(dark & land.out[antenna])
    fields = (part[kept] for part in (person, day, minute, type_, antenna, legit))
    records, planted = _spoil(spoiling, *fields, land, behaviour)
    names = pd.array(users["user_id"].to_numpy(), dtype="str")
    for frame in (records, planted):
        frame["user_id"] = names.take(frame.pop("person").to_numpy())
    return Block({"records": records}, {"records": planted, "users": _told(users, land)})


def _holidays(city: City) -> np.ndarray:
    day = np.arange(DAYS)
    first, last = ((one - START).days for one in city.holidays)
    return (day >= first) & (day <= last)


def _events(
    rng: np.random.Generator, users: pd.DataFrame, plan: _Days, land: _Land, behaviour: Behaviour
) -> tuple[np.ndarray, ...]:
    """Return events in the order of people and time.

    Returns
    -------
    tuple of ndarray
        Person, day, minute, tile, and which legitimate oddity the event is (a number of `TYPES`).
    """
    shape = plan.works.shape
    busy = rng.standard_gamma(behaviour.day_shape, shape) / behaviour.day_shape
    busy *= np.where(np.arange(shape[1]) % 7 >= 5, 0.85, 1.06)
    mean = (busy * users["rate"].to_numpy()[:, None]).round(6)
    mean[plan.spent == ELSEWHERE] = 0
    number = rng.poisson(mean).ravel()
    key = np.repeat(np.arange(len(number), dtype=np.int64) * DAY, number)
    hour = _pick(_whole(HOURS, 100).cumsum(), rng.random(len(key)))
    key += 60 * hour + rng.integers(0, 60, len(key))
    key.sort()
    minute, slot = key % DAY, key // DAY
    person, day = slot // shape[1], slot % shape[1]
    occupation = users["occupation"].to_numpy()
    works, out = _doing(plan, occupation, person, day, minute)
    spent = plan.spent[person, day]
    works, out = works & (spent == AT_HOME), out & (spent == AT_HOME)
    state = np.where(works, 1, np.where(out | (spent != AT_HOME), 2, 0))
    happens = rng.random(len(key)) < np.array(behaviour.kept)[state]
    person, day, minute, works, out, spent = (
        part[happens] for part in (person, day, minute, works, out, spent)
    )

    tile = users["home"].to_numpy()[person]
    tile = np.where(works, users["work"].to_numpy()[person], tile)
    leisure = users[[f"leisure_{rank}" for rank in range(LEISURE)]].to_numpy()
    goes = np.flatnonzero(out)
    tile[goes] = leisure[person[goes], plan.leisure[person[goes], day[goes]]]
    tile = np.where(spent == AT_SECOND, users["second_tile"].to_numpy()[person], tile)
    tile = np.where(spent == ON_TRIP, users["trip"].to_numpy()[person], tile)

    by_day = works & (occupation[person] != NIGHT_WORKER)
    moving = np.flatnonzero(by_day)
    there = minute[moving] - plan.leave[person[moving], day[moving]]
    return_ = plan.back[person[moving], day[moving]] - minute[moving]
    home, work = (users[name].to_numpy()[person[moving]] for name in ("home", "work"))
    way = np.hypot(land.x[home] - land.x[work], land.y[home] - land.y[work]).round(3)
    takes = 12 + way / 300  # minutes, door to door
    done = np.minimum(1, np.minimum(there, return_) / takes)
    x = np.rint(land.x[home] + done * (land.x[work] - land.x[home])).astype(np.int64)
    y = np.rint(land.y[home] + done * (land.y[work] - land.y[home])).astype(np.int64)
    city = users["city"].to_numpy()[person[moving]]
    for rank, raster in enumerate(land.lookup):
        own = np.flatnonzero((city == rank) & (done < 1))
        i = (x[own] - land.towns[rank].x.min()) // TILE
        j = (y[own] - land.towns[rank].y.min()) // TILE
        passed = raster[i, j]
        tile[moving[own]] = np.where(passed >= 0, passed, tile[moving[own]])

    legit = np.zeros(len(tile), dtype=np.int64)
    legit[works & (occupation[person] == NIGHT_WORKER)] = _type("night_shift")
    legit[spent == AT_SECOND] = _type("second_home")
    legit[spent == ON_TRIP] = _type("trip")
    return person, day, minute, tile, legit


def _type(name: str) -> int:
    return ["", *KINDS].index(name)


def _event_types(rng: np.random.Generator, minute: np.ndarray) -> np.ndarray:
    """Return kinds of events: by night, data that phones ask for by themselves."""
    night = (minute < 6 * 60) | (minute >= 23 * 60)
    draws = rng.random(len(minute))
    return (draws >= np.where(night, 0.15, 0.36)).astype(int) + (
        draws >= np.where(night, 0.40, 0.62)
    )


def _serve(
    rng: np.random.Generator,
    land: _Land,
    tile: np.ndarray,
    day: np.ndarray,
    minute: np.ndarray,
) -> np.ndarray:
    """Return the antenna that serves each event."""
    epoch = np.searchsorted(CHANGES, day, side="right")
    load = ((minute >= 8 * 60) & (minute < 21 * 60)).astype(int)
    bounds = land.odds[epoch, load, tile]
    reached = (rng.random(len(tile)) * bounds[:, -1]).astype(np.int64)
    return land.cells[tile, (bounds <= reached[:, None]).sum(axis=1)]


def _spoil(
    rng: np.random.Generator,
    person: np.ndarray,
    day: np.ndarray,
    minute: np.ndarray,
    type_: np.ndarray,
    antenna: np.ndarray,
    legit: np.ndarray,
    land: _Land,
    behaviour: Behaviour,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the records as delivered, and what of them is wrong, or true and misleading."""
    moment = day * DAY + minute
    same = (np.diff(person) == 0) & (np.diff(moment) == 0)
    same &= (np.diff(type_) == 0) & (np.diff(antenna) == 0)
    carries = np.where(np.r_[False, same] & (legit == 0), _type("repeat"), legit)
    hard = np.zeros(len(person), dtype=bool)
    draws = rng.random(len(person))
    shown, true = antenna.copy(), np.full(len(person), -1)

    bounds = np.cumsum([behaviour.unknown_antenna, behaviour.misrouted, behaviour.duplicate])
    lost = np.flatnonzero(draws < bounds[0])
    true[lost] = antenna[lost]
    shown[lost] = len(land.city_of) + rng.integers(
        0, len(land.names) - len(land.city_of), len(lost)
    )
    carries[lost] = _type("unknown_antenna")
    wrong = np.flatnonzero((draws >= bounds[0]) & (draws < bounds[1]))
    true[wrong] = antenna[wrong]
    near = rng.random(len(wrong)) < behaviour.misrouted_near
    beside = land.near[antenna[wrong], rng.integers(0, land.near.shape[1], len(wrong))]
    start = np.searchsorted(land.city_of, np.arange(len(CITIES) + 1))
    city = (land.city_of[antenna[wrong]] + rng.integers(1, len(CITIES), len(wrong))) % len(CITIES)
    far = start[city] + (rng.random(len(wrong)) * (start[city + 1] - start[city])).astype(int)
    shown[wrong] = np.where(near, beside, far)
    carries[wrong], hard[wrong] = _type("misrouted"), near

    copied = np.flatnonzero((draws >= bounds[1]) & (draws < bounds[2]))
    later = rng.random(len(copied)) < behaviour.duplicate_later
    at = copied + 1
    last = np.r_[np.diff(person) != 0, True]
    room = np.where(last[copied], DAY * DAYS - 1, moment[np.minimum(at, len(moment) - 1)])
    stamp = np.where(later, np.minimum(moment[copied] + 1, room), moment[copied])

    def with_copies(values, of_copies):
        return np.insert(values, at, of_copies)

    person = with_copies(person, person[copied])
    first = np.flatnonzero(np.r_[True, np.diff(person) != 0])
    position = 1 + np.arange(len(person)) - np.repeat(first, np.diff(np.r_[first, len(person)]))
    carries = with_copies(carries, _type("duplicate"))
    records = pd.DataFrame(
        {
            "person": person,
            "position": position,
            "timestamp": np.datetime64(START, "s")
            + 60 * with_copies(moment, stamp).astype("timedelta64[s]"),
            "event_type": EVENT_TYPES.take(with_copies(type_, type_[copied])),
            "antenna_id": land.names.take(with_copies(shown, shown[copied])),
        }
    )
    hard = with_copies(hard, stamp > moment[copied])
    true = with_copies(true, -1)
    odd = np.flatnonzero(carries)
    planted = pd.DataFrame(
        {
            "person": person[odd],
            "position": position[odd],
            "type": TYPES.take(carries[odd]),
            "kind": KIND_OF.take(carries[odd]),
            "hard": hard[odd],
            "true_antenna_id": land.names.take(true[odd], allow_fill=True),
        }
    )
    return records, planted


def _told(users: pd.DataFrame, land: _Land) -> pd.DataFrame:
    """Return the truth about customers."""

    def place(name, tiles):
        known = tiles >= 0
        return {
            f"{name}_{axis}": pd.array(np.where(known, values[tiles], 0), dtype="Int64")
            for axis, values in (("x", land.x), ("y", land.y))
        }, known

    home = users["home"].to_numpy()
    city = users["city"].to_numpy()
    told = users[["user_id"]].assign(
        person_id=[f"P{one:07d}" for one in users["person"]],
        city=np.array([one.name for one in WORDS.cities.values()])[city],
    )
    for name in ("home", "work", "second"):
        tiles = users["second_tile" if name == "second" else name].to_numpy()
        columns, known = place(name, tiles)
        told = told.assign(**{key: pd.Series(value).where(known) for key, value in columns.items()})
    commune, share = np.empty(len(users), dtype=object), np.empty(len(users))
    for rank, town in enumerate(land.towns):
        own = city == rank
        local = home[own] - land.first[rank]
        commune[own] = town.communes["code"].to_numpy()[town.commune[local]]
        share[own] = town.share[local, users["group"].to_numpy()[own]]
    return told.assign(
        commune=commune,
        income=np.array(GROUPS)[users["group"]],
        occupation=OCCUPATIONS[users["occupation"]],
        second_home=SECOND_HOMES[users["second"]],
        mobility=users["mobility"],
        share=share,
    )


# What the twin reaches


def home_sites(twin: Block) -> pd.DataFrame:
    """Return the site at which five rules see each user's home.

    Rules of the kinds that studies compare: the site with most events; on most days; with most
    events from 19:00 to 09:00; with most events of sites within a kilometre of it; the last two
    together. Of several, the one with most events. Antennas that the register lacks are left out.

    Returns
    -------
    DataFrame
        By user, a column for each rule: numbers of sites in the order of their identifiers.
    """
    sites = _sites(twin)
    records, antennas = twin.tables["records"], twin.tables["antennas"]
    site = records["antenna_id"].map(antennas.set_index("antenna_id")["site_id"])
    known = site.notna().to_numpy()
    records = records[known]
    place = np.searchsorted(sites.index.to_numpy(dtype="U"), site[known].to_numpy(dtype="U"))
    user, names = pd.factorize(records["user_id"])
    shape = (len(names), len(sites))

    def counted(users, places):
        return np.bincount(users * shape[1] + places, minlength=shape[0] * shape[1]).reshape(shape)

    stamp = records["timestamp"]
    day = ((stamp - stamp.min().normalize()).dt.days).to_numpy()
    hour = stamp.dt.hour.to_numpy()
    night = (hour >= 19) | (hour < 9)
    events = counted(user, place)
    each_day = np.unique((user * shape[1] + place) * 1000 + day) // 1000
    days = np.bincount(each_day, minlength=shape[0] * shape[1]).reshape(shape)
    nightly = counted(user[night], place[night])
    apart = np.hypot(*(sites.to_numpy()[:, None] - sites.to_numpy()).transpose(2, 0, 1))
    near = (apart <= 1000).astype(float)
    around, nightly_around = (
        np.rint(counts @ near).astype(int) * (counts > 0) for counts in (events, nightly)
    )
    scores = {
        "events": events,
        "days": days,
        "night": nightly,
        "around": around,
        "night_around": nightly_around,
    }
    most = events.max() + 1
    return pd.DataFrame(
        {rule: np.argmax(score * most + events, axis=1) for rule, score in scores.items()},
        index=pd.Index(names, name="user_id"),
    )


def _sites(twin: Block) -> pd.DataFrame:
    """Return the places of sites, `x` and `y` in metres, by their identifiers in order."""
    antennas = twin.tables["antennas"]
    return antennas.groupby("site_id")[["x", "y"]].first().sort_index()


def nearest_site(twin: Block) -> np.ndarray:
    """Return for each tile of the grid the number of the site next to its centre."""
    sites, grid = _sites(twin).to_numpy(), twin.tables["grid"][["x", "y"]].to_numpy() + TILE // 2
    return np.concatenate(
        [
            np.argmin(((part[:, None] - sites) ** 2).sum(axis=2), axis=1)
            for part in np.array_split(grid, 20)
        ]
    )


def dissimilarity(counts: np.ndarray, others: np.ndarray) -> float:
    """Return the index of dissimilarity of two groups over places, 0 to 1 (Duncan, 1955)."""
    return float(np.abs(counts / counts.sum() - others / others.sum()).sum() / 2)


def dissimilarity_by_hour(twin: Block, group: str) -> pd.Series:
    """Return by hour of a weekday the index of a group and the others, mean over cities."""
    presence = twin.truth["presence"]
    presence = presence[presence["day_type"] == "weekday"]
    far = presence["x"] // 150_000  # cities are further from each other than they are wide
    rest = presence[list(GROUPS)].sum(axis=1) - presence[group]
    indices = [
        (hour, dissimilarity(presence.loc[rows, group], rest[rows]))
        for (hour, _), rows in presence.groupby(["hour", far]).groups.items()
    ]
    return pd.DataFrame(indices, columns=["hour", "index"]).groupby("hour")["index"].mean()


def commune_errors(twin: Block) -> dict[str, float]:
    """Return how far residents of communes are off, by where the error comes from.

    Each is the sum of absolute errors over communes by all residents. `sampling` has users at
    their true homes; `voronoi` has all residents at the site next to them, and spreads sites over
    communes by the area of Voronoi cells; `coverage` does so from the site that serves their homes
    most often; `rule` is what the site of most events differs from that one, of the same users;
    `naive` has detected homes, and all of it.
    """
    grid, communes = twin.tables["grid"], twin.tables["communes"].set_index("code")
    users = twin.truth["users"].set_index("user_id")
    code, rank = np.unique(grid["commune"].to_numpy(dtype="U"), return_inverse=True)
    city = communes["city"].loc[code].to_numpy()
    residents = grid[list(GROUPS)].sum(axis=1).to_numpy()
    truth = np.bincount(rank, residents, len(code))
    sites, nearest = _sites(twin), nearest_site(twin)
    area = np.zeros((len(sites), len(code)))
    np.add.at(area, (nearest, rank), 1)
    area /= np.maximum(area.sum(axis=1, keepdims=True), 1)
    site_of = twin.tables["antennas"].set_index("antenna_id")["site_id"]
    numbers = pd.Series(np.arange(len(sites)), sites.index)
    best = numbers.loc[site_of.loc[twin.truth["grid"]["antenna_id"]]].to_numpy()
    tiles = pd.MultiIndex.from_frame(grid[["x", "y"]])
    seen = home_sites(twin)["events"]
    users = users.loc[seen.index]
    home = tiles.get_indexer(pd.MultiIndex.from_frame(users[["home_x", "home_y"]]))

    def scaled(estimate):
        whole = {
            name: truth[city == name].sum() / estimate[city == name].sum()
            for name in np.unique(city)
        }
        return estimate * np.array([whole[name] for name in city])

    def spread(site, weights):
        return scaled(np.bincount(site, weights, len(sites)) @ area)

    def off(one, other):
        return float(np.abs(one - other).sum() / truth.sum())

    ones = np.ones(len(users))
    naive = spread(seen.to_numpy(), ones)
    return {
        "sampling": off(scaled(np.bincount(rank[home], minlength=len(code))), truth),
        "rule": off(naive, spread(best[home], ones)),
        "voronoi": off(spread(nearest, residents), truth),
        "coverage": off(spread(best, residents), truth),
        "naive": off(naive, truth),
    }


def measure_margins(twin: Block) -> dict[str, float]:
    """Return what the twin reaches of published figures, by the name of the margin on the card."""
    homes = home_sites(twin)
    changed = max(
        float((homes[one] != homes[other]).mean())
        for one, other in itertools.combinations(homes, 2)
    )
    grid = twin.tables["grid"]
    counts = grid[list(GROUPS)].sum(axis=1).to_numpy()
    sites = len(_sites(twin))
    residents = np.bincount(nearest_site(twin), counts, sites)
    correlation = max(
        float(np.corrcoef(np.bincount(homes[rule], minlength=sites), residents)[0, 1])
        for rule in homes
    )
    lowest = {group: dissimilarity_by_hour(twin, group).idxmin() for group in ("low", "high")}
    return {
        "homes changed by the rule": 100 * changed,
        "correlation of homes with residents": correlation,
        "hour of least dissimilarity, low incomes": float(lowest["low"]),
        "hour of least dissimilarity, high incomes": float(lowest["high"]),
        "residents": float(counts.sum()) / 1000,
    }


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how common what misleads is, and where the error of residents comes from.

    Returns
    -------
    dict
        `prevalence`, records in error of all; `hard_share` of these that neither an identical row
        nor the register nor another city tells. `away`, records made at a second home or on a
        trip. `second_homes` and `two_sims`, shares of users; `over_30_days`, users seen on more
        than 30 distinct days; `homes_at_stake`, users whom five rules do not give one home;
        `mobility`, correlation of mobility with the logarithm of a user's number of records.
        `error_…`: see `commune_errors`. `low_night`, `low_day`, `high_night`, `high_day`: index of
        dissimilarity of low or high incomes and all others in squares of a kilometre, mean over
        cities, from 0 to 4 o'clock and from 10 to 18 o'clock of a weekday.
    """
    records, planted = twin.tables["records"], twin.truth["records"]
    users = twin.truth["users"].set_index("user_id")
    errors = planted[planted["kind"] == "error"]
    days = records.assign(day=records["timestamp"].dt.normalize())[["user_id", "day"]]
    days = days.drop_duplicates().groupby("user_id").size()
    numbers, homes = records.groupby("user_id").size(), home_sites(twin)
    measures = {
        "prevalence": len(errors) / len(records),
        "hard_share": errors["hard"].mean(),
        "away": planted["type"].isin(["second_home", "trip"]).sum() / len(records),
        "second_homes": (users["second_home"] != "none").mean(),
        "two_sims": users["person_id"].duplicated().mean(),
        "over_30_days": (days > 30).mean(),
        "homes_at_stake": homes.ne(homes["events"], axis=0).any(axis=1).mean(),
        "mobility": np.corrcoef(np.log(numbers), users["mobility"].loc[numbers.index])[0, 1],
    }
    measures |= {f"error_{name}": value for name, value in commune_errors(twin).items()}
    for group in ("low", "high"):
        index = dissimilarity_by_hour(twin, group)
        measures |= {
            f"{group}_night": index.loc[:4].mean(),
            f"{group}_day": index.loc[10:17].mean(),
        }
    return {name: float(value) for name, value in measures.items()}
