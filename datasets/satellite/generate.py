"""The synthetic twin of satellite images: two summer scenes of an invented city and its fields.

A city is drawn once for a seed: a boundary, streets, blocks of eleven kinds, a river, and fields
around. Its land cover is known at 2.5 m. From it follow, at 10 and 20 m, the reflectances that a
sensor would see in two scenes, and at 100 m the temperature of the surface; then clouds and their
shadows come over it. Training points of a photo-interpreter and a random sample of reference pixels
are added with the scale. The model, its sources and its limits are told on the data set's card.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import shapely
from pydantic import Field, model_validator
from rasterio import Affine
from rasterio.features import rasterize
from scipy import ndimage
from scipy.special import ndtri
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.words import Odds, Positive, Share, Text, Words, load_words

WEST, NORTH = 500_000, 6_606_400  # of the images, metres in the projection of the card
SIDE = 6400  # metres, of the images
CORNER = np.array([WEST, NORTH - SIDE])  # in the south-west
FINE, HALF, PIXEL, COARSE, CELL = 2.5, 5, 10, 20, 100  # metres
PIXELS, CELLS = SIDE // PIXEL, SIDE // CELL  # across
SCENES = (1, 2)
CLASSES = ("built_up", "street", "trees", "grass", "bare", "water", "maize", "wheat")
BUILT_UP, STREET, TREES, GRASS, BARE, WATER, MAIZE, WHEAT = range(len(CLASSES))
BANDS_10, BANDS_20 = slice(0, 4), slice(4, 6)
RED, NIR = 2, 3
NOT_GREEN, ALL_GREEN = 0.18, 0.78  # vegetation index of bare ground and of closed green
REFLECTANCE = (0.0005, -0.1)  # scale and offset of counts
KELVIN = (0.00341802, 149.0)
SHARE, TRUE_KELVIN = 0.001, 0.01  # scales of the images of the truth
CLEAR, CLOUD, SHADOW = 1, 2, 3  # what the band of quality says
REACH = 2100  # metres from the centre to the boundary, on average
URBAN = 0.93  # of the way to the boundary blocks stand
STEP = 120  # metres between streets
AVENUE = 6  # each so many streets, one is an avenue
SITES, POINTS = 20, 12  # places that the interpreter visits for a block, points at each
REFERENCE = 250  # pixels of the reference sample for a block
NEAR = 150  # metres from sealed ground to where an interpreter goes
AROUND = 6  # pixels from a place to its points
BANDS_OF_DISTANCE = 500  # metres
VEGETATED = 0.8  # green share from which a cell is a reference of the heat island
# Fitted once, so that what is nearly all sealed, green or water has the temperatures of the card
SLOPE = -0.88  # kelvin for ten points of green share
HOT = (299.2, 303.2)  # kelvin, of a surface without green or water, by scene
COOL_WATER = -11.4  # kelvin, of water against that
KINDS = {"shifted": "error", "misread": "error", "mixed": "legitimate"}
SECOND = np.array([3, -2])  # metres by which the second entry of a parcel is off
MIXED = 0.6  # share of its main class below which a pixel is mixed


class Look(Words):
    """Reflectance of a class in six bands: its mean, and what a unit of vigour adds."""

    mean: Annotated[list[Share], Field(min_length=6, max_length=6)]
    spread: Annotated[list[float], Field(min_length=6, max_length=6)]


class ClassWords(Words):
    """A class of land cover."""

    green: bool = False
    """Whether it counts as green, as far as its own vegetation index says so."""
    look: Annotated[list[Look], Field(min_length=2, max_length=2)]
    """By scene."""


class Roof(Words):
    mean: Annotated[list[Share], Field(min_length=6, max_length=6)]
    odds: Positive
    industry: Positive


class Ring(Words):
    within: Positive
    odds: Odds


class Site(Words):
    kind: Text
    across: int
    number: int


class SatelliteWords(Words):
    """What of the twin is data: see `words.yml`."""

    classes: dict[str, ClassWords]
    roofs: dict[str, Roof]
    cover: dict[str, Odds]
    blocks: list[Ring]
    sites: list[Site]
    access: dict[str, dict[str, Share]]
    fields: Odds
    quotas: Odds
    mistaken: dict[str, list[str]]

    @model_validator(mode="after")
    def _known(self):
        for told in (self.classes, self.quotas, self.mistaken):
            if tuple(told) != CLASSES:
                raise ValueError(f"{list(told)} are not the classes {list(CLASSES)}")
        kinds = {kind for ring in self.blocks for kind in ring.odds}
        if unknown := (kinds | {site.kind for site in self.sites}) - self.cover.keys():
            raise ValueError(f"no cover is told of {sorted(unknown)}")
        return self


WORDS = load_words("satellite", SatelliteWords)
COVERS = list(WORDS.cover)
ROOFS = list(WORDS.roofs)
PLAN = BlockPlan("satellite", at_scale_1=4, most=400, streams=2)


class Behaviour(NamedTuple):
    """What is hard about a twin."""

    blur: float
    """Standard deviation of what a pixel sees of its neighbours, in pixels of 10 m."""
    noise: float
    """Standard deviation of a band's reflectance from pixel to pixel."""
    shifted: float
    """Share of training points whose place is a pixel off."""
    misread: float
    """Share of training points whose class the interpreter takes for another."""
    clouds: tuple[float, float]
    """Share of the sky that clouds and their rims take, by scene."""
    residual: float
    """Standard deviation of temperature that no land cover explains, in kelvin."""


USUAL = Behaviour(0.55, 0.004, 0.16, 0.045, (0.08, 0.13), 0.8)
HARDER = Behaviour(0.9, 0.008, 0.30, 0.09, (0.14, 0.22), 1.4)


def n_blocks(scale: float) -> int:
    """Return the number of blocks at a scale."""
    return PLAN.count(scale)


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each of 20 visited places and 250 reference pixels.

    Block `i` depends on `seed` and `i` only, and so does the city, which stands in the first with
    its images.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives some 900 training points and 1,000 reference pixels, 100 is the most. The city and
        its images do not grow with it.
    harder : bool
        Pixels see more of their neighbours and are noisier, points are more often wrong, more
        clouds are there.

    Yields
    ------
    Block
        Tables `points`, `reference`, `parcels`, `streets`, `boundary`; truth `points`, `reference`,
        `parcels`, `streets`, `areas`, `indicator`, `temperature`, `heat_island`; images.
    """
    PLAN.count(scale)  # a scale that is refused costs no city
    behaviour = HARDER if harder else USUAL
    city = _city(seed, behaviour)
    for number, streams in PLAN.draw(seed, scale):
        block = _block(number, streams, city, behaviour)
        if number == 0:
            block.tables |= city.tables  # which no other block adds to
            block.truth |= city.truth
            block.images |= city.images
        yield block


@dataclass(frozen=True)
class City:
    """What all blocks have in common."""

    shares: np.ndarray
    """Of each class in each pixel of 10 m: class, row, column."""
    near: np.ndarray
    """Pixels near sealed ground, to which an interpreter goes."""
    order: np.ndarray
    """All pixels in random order: of the reference sample, block after block takes the next."""
    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    images: dict[str, np.ndarray]

    @property
    def majority(self) -> np.ndarray:
        """The class that has most of each pixel of 10 m."""
        return self.images["truth/classes"][0] - 1


# The city, at 2.5 and 5 m


@lru_cache(maxsize=1)
def _city(seed: int, behaviour: Behaviour) -> City:
    streams = np.random.SeedSequence(seed, spawn_key=(PLAN.most,)).spawn(6)
    plan, pattern, country, light, sky, order = map(np.random.default_rng, streams)
    boundary, inside = _boundary(plan)
    town = _town(plan, inside)
    river = _river(plan)
    streets, surfaces = _streets(plan, town, river)
    parcels, open_ground = _parcels(plan, town, river)
    fine, urban, unit, industry = _land(pattern, country, town, river, surfaces)
    shares = np.stack([_mean((fine == one).astype("float32"), 4) for one in range(len(CLASSES))])
    # Of classes that have the same share of a pixel, none is preferred: shares are sixteenths.
    drawn = order.random(shares.shape, dtype="float32") / 1000
    classes = (shares + drawn).argmax(axis=0).astype("uint8")
    images = {"truth/classes": classes[None] + np.uint8(1)}
    images |= _scenes(light, sky, shares, unit, industry, behaviour)
    city = rasterize([boundary], (len(fine), len(fine)), transform=_grid(FINE), dtype="uint8") > 0
    truth = _truth(fine, classes, city, urban, boundary, streets, open_ground)
    truth |= _heat(images, boundary, town.centre)
    near = ndimage.distance_transform_edt(shares[STREET] < 0.3) * PIXEL < NEAR
    name = pd.DataFrame({"boundary_id": ["B1"], "geometry": [_wkt(boundary)]})
    return City(
        shares=shares,
        near=near,
        order=order.permutation(PIXELS**2),
        tables={
            "parcels": parcels.drop(columns=["same_as", "true_access"]),
            "streets": streets.drop(columns=["true_width"]),
            "boundary": name,
        },
        truth={
            "parcels": parcels[["parcel_id", "same_as", "true_access"]],
            "streets": streets[["street_id", "true_width"]],
            **truth,
        },
        images=images,
    )


def _grid(size: float):
    return Affine(size, 0, WEST, 0, -size, NORTH)


def _smooth(rng: np.random.Generator, across: int, sigma: float) -> np.ndarray:
    """Return a field of mean 0 and standard deviation 1 that varies over `sigma` of its cells."""
    every = max(1, int(sigma // 2))  # a smooth field is drawn on fewer cells
    small = rng.standard_normal((-(-across // every) + 1,) * 2, dtype="float32")
    field = ndimage.gaussian_filter(small, sigma / every, mode="wrap")
    if every > 1:
        field = ndimage.zoom(field, every, order=1)
    field = field[:across, :across]
    # Sums of short floats depend on the processor, those of long ones hardly
    centred = field - np.float32(field.mean(dtype=float))
    return centred / np.float32(centred.std(dtype=float))


def _mean(field: np.ndarray, by: int) -> np.ndarray:
    """Return means of squares of `by` cells across."""
    across = len(field) // by
    return field.reshape(across, by, across, by).mean(axis=(1, 3))


def _wkt(shape) -> str:
    return shapely.to_wkt(shape, rounding_precision=1)


def _rounded(shape):
    """Return a shape as its well-known text has it, to a decimetre."""
    return shapely.from_wkt(_wkt(shape))


def _boundary(rng: np.random.Generator):
    """Return the city's boundary, and a function that tells how far out places are, 1 on it."""
    centre = CORNER + SIDE / 2 + rng.uniform(-200, 200, 2)
    waves = np.arange(2, 6)
    size, phase = rng.uniform(0.02, 0.07, 4), rng.uniform(0, 2 * np.pi, 4)

    def reach(angle):
        return REACH * (1 + (size * np.cos(waves * np.asarray(angle)[..., None] + phase)).sum(-1))

    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    ring = centre + reach(angles)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def out(places):
        away = np.asarray(places, dtype=float) - centre
        return np.hypot(away[..., 0], away[..., 1]) / reach(np.arctan2(away[..., 1], away[..., 0]))

    out.centre = centre
    return shapely.Polygon(np.round(ring)), out


@dataclass(frozen=True)
class Town:
    """Crossings of a warped lattice, and what stands between them."""

    centre: np.ndarray
    nodes: np.ndarray
    """Metres east and north of the crossings: line, line, 2."""
    urban: np.ndarray
    """Crossings that are within the town."""
    kind: np.ndarray
    """Number of a block's kind, -1 outside the town: line, line."""
    site: np.ndarray
    """Number of what takes several blocks, -1 for a block of its own."""

    def outline(self, i: int, j: int, across: int = 1) -> shapely.Polygon:
        """Return the polygon of a block, or of a square of them, along its crossings."""
        n, k = self.nodes, across
        ring = [*n[i, j : j + k], *n[i : i + k, j + k], *n[i + k, j + k : j : -1]]
        return shapely.Polygon([*ring, *n[i + k : i : -1, j]])


def _town(rng: np.random.Generator, out) -> Town:
    half = int(1.25 * REACH / STEP)
    lines = np.arange(-half, half + 1) * STEP
    angle = rng.uniform(0, np.pi / 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    nodes = np.stack(np.meshgrid(lines, lines, indexing="ij"), axis=-1) @ turn
    bend = rng.uniform(0, 2 * np.pi, (2, 3))
    for axis, other in ((0, 1), (1, 0)):
        for wave, phase in enumerate(bend[axis], start=1):
            nodes[..., axis] += 45 / wave * np.sin(nodes[..., other] * wave / 1100 + phase)
    nodes = np.round(out.centre + nodes + rng.uniform(-9, 9, nodes.shape), 1)
    urban = out(nodes) < URBAN
    across = len(lines) - 1
    within = urban[1:, 1:] & urban[:-1, 1:] & urban[1:, :-1] & urban[:-1, :-1]
    far = out((nodes[1:, 1:] + nodes[:-1, :-1]) / 2) / URBAN
    kind, site = np.full((across, across), -1), np.full((across, across), -1)
    drawn = rng.random((across, across))
    before = 0.0
    for ring in WORDS.blocks:
        ours = within & (far >= before) & (far < ring.within)
        bounds = np.cumsum(list(ring.odds.values()))
        numbers = np.array([COVERS.index(one) for one in ring.odds])
        chosen = np.searchsorted(bounds / bounds[-1], drawn[ours], side="right")
        kind[ours] = numbers[np.minimum(chosen, len(numbers) - 1)]
        before = ring.within
    taken = 0
    for told in WORDS.sites:
        for _ in range(told.number):
            k = told.across
            for _ in range(400):  # a place that is free is found long before
                i, j = rng.integers(0, across - k, 2)
                part = np.s_[i : i + k, j : j + k]
                if within[part].all() and (site[part] < 0).all() and far[part].min() > 0.2:
                    kind[part], site[part] = COVERS.index(told.kind), taken
                    taken += 1
                    break
    return Town(out.centre, nodes, urban, kind, site)


def _river(rng: np.random.Generator):
    """Return the water: a river from south to north or west to east, and a lake."""
    along = np.linspace(-100, SIDE + 100, 60)
    phase = rng.uniform(0, 2 * np.pi, 2)
    across = SIDE / 2 + rng.uniform(-700, 700)
    across = across + 350 * np.sin(along / 1500 + phase[0]) + 120 * np.sin(along / 560 + phase[1])
    course = [along, across] if rng.random() < 0.5 else [across, along]
    line = shapely.LineString(np.round(CORNER + np.stack(course, axis=1)))
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(2450, 2800)
    middle = (
        np.array([WEST, NORTH - SIDE])
        + SIDE / 2
        + away * np.round([np.cos(angle), np.sin(angle)], 6)
    )
    lake = shapely.Point(np.round(middle)).buffer(rng.uniform(160, 280))
    return _rounded(shapely.union(line.buffer(rng.uniform(38, 55), cap_style="flat"), lake))


def _streets(rng: np.random.Generator, town: Town, river):
    """Return the register of streets with their true widths, and the surface of all of them."""
    across = len(town.nodes)
    rows = []
    for axis, line in itertools.product((0, 1), range(across)):
        avenue = line % AVENUE == across // 2 % AVENUE
        drawn = rng.random(across)
        run: list[np.ndarray] = []
        for step in range(across):
            here = (line, step) if axis == 0 else (step, line)
            kept = step + 1 < across and town.urban[here] and (avenue or drawn[step] > 0.22)
            if kept:
                there = (line, step + 1) if axis == 0 else (step + 1, line)
                kept = town.urban[there] and not _within_site(town, axis, line, step)
            if kept:
                run = run or [town.nodes[here]]
                run.append(town.nodes[there])
            if run and (not kept or step % AVENUE == AVENUE - 1):
                width = rng.uniform(18, 26) if avenue else rng.uniform(7, 12.5)
                whole = shapely.LineString(run)
                parts = whole if avenue else whole.difference(river)
                for part in shapely.get_parts(parts):
                    if part.length > 20:
                        rows.append(("avenue" if avenue else "street", width, part))
                run = []
    for road in range(8):
        angle = 2 * np.pi * (road + rng.uniform(-0.2, 0.2)) / 8
        way = np.round([np.cos(angle), np.sin(angle)], 6)
        start, bend = town.centre + 0.82 * REACH * way, rng.uniform(-250, 250)
        side = way[::-1] * [-1, 1]
        ring = [start, start + 1000 * way + bend * side, start + 4500 * way]
        clipped = shapely.LineString(np.round(ring)).intersection(_frame())
        rows.append(("road", rng.uniform(7, 9), clipped))
    frame = pd.DataFrame(rows, columns=["street_type", "true_width", "shape"])
    frame["true_width"] = frame["true_width"].round(1)
    frame["shape"] = [_rounded(shape) for shape in frame["shape"]]
    shapes = [
        shape.buffer(width / 2, cap_style="flat")
        for shape, width in zip(frame["shape"], frame["true_width"], strict=True)
    ]
    frame["width"] = frame["true_width"].mask(rng.random(len(frame)) < 0.12)
    frame["geometry"] = [_wkt(shape) for shape in frame["shape"]]
    frame["street_id"] = [f"R{number:04d}" for number in range(1, len(frame) + 1)]
    columns = ["street_id", "street_type", "width", "geometry", "true_width"]
    return frame[columns], shapes


def _frame() -> shapely.Polygon:
    return shapely.box(WEST, NORTH - SIDE, WEST + SIDE, NORTH)


def _within_site(town: Town, axis: int, line: int, step: int) -> bool:
    """Whether a stretch of street would lie between two blocks of one site."""
    if not 0 < line < len(town.site):
        return False
    one, other = ((line - 1, step), (line, step)) if axis == 0 else ((step, line - 1), (step, line))
    return town.site[one] >= 0 and town.site[one] == town.site[other]


def _parcels(rng: np.random.Generator, town: Town, river):
    """Return the register of open spaces, and what of them is open to the public in truth."""
    rows, done = [], set()
    for i, j in np.argwhere(town.kind >= 0):
        kind, site = COVERS[town.kind[i, j]], int(town.site[i, j])
        if kind not in WORDS.access or site in done:
            continue
        across = 1
        if site >= 0:
            done.add(site)
            across = round(float(np.sqrt((town.site == site).sum())))
        shape = town.outline(i, j, across).buffer(-8, join_style="mitre").difference(river)
        odds = WORDS.access[kind]
        access = str(rng.choice(list(odds), p=list(odds.values())))
        parts = [part for part in shapely.get_parts(shape) if part.area > 2000]
        rows += [(kind, access, _rounded(part)) for part in parts]
    frame = pd.DataFrame(rows, columns=["kind", "true_access", "shape"])
    frame["access"] = frame["true_access"].mask(rng.random(len(frame)) < 0.06)
    frame["parcel_id"] = [f"G{number:04d}" for number in range(1, len(frame) + 1)]
    frame["same_as"] = None
    twice = frame[rng.permutation(len(frame)) < max(1, round(0.05 * len(frame)))].copy()
    twice["same_as"] = twice["parcel_id"]
    twice["shape"] = [
        _rounded(shapely.transform(shape, lambda places: places + SECOND))
        for shape in twice["shape"]
    ]
    twice["parcel_id"] = [f"G{len(frame) + 1 + number:04d}" for number in range(len(twice))]
    open_ground = shapely.union_all(frame.loc[frame["true_access"] == "open", "shape"].to_list())
    frame = pd.concat([frame, twice], ignore_index=True)
    frame["geometry"] = [_wkt(shape) for shape in frame["shape"]]
    columns = ["parcel_id", "kind", "access", "geometry", "same_as", "true_access"]
    return frame[columns], open_ground


def _land(pattern, country, town: Town, river, streets: list):
    """Return the land cover at 2.5 m, what is town there, and units of variation at 10 m.

    Returns
    -------
    tuple of ndarray
        Class and whether it is town, at 2.5 m; number of the block or field, and whether it is
        industry, at 10 m.
    """
    across = SIDE // HALF
    shape = (across, across)
    patches, mixture = _smooth(pattern, across, 2.2), _smooth(pattern, across, 1.8)
    cells = [tuple(cell) for cell in np.argwhere(town.kind >= 0)]
    outlines = [(town.outline(i, j), number) for number, (i, j) in enumerate(cells, start=1)]
    block = rasterize(outlines, shape, transform=_grid(HALF), dtype="int32")
    kinds = np.array([-1, *(town.kind[cell] for cell in cells)])
    fields, field_kinds = _fields(country, across)
    kind = np.where(block > 0, kinds[block], -1)
    land = np.full(shape, GRASS, dtype="uint8")  # margins of fields
    sown = {name: number for number, name in enumerate(WORDS.fields)}
    for name, number in sown.items():
        if name in CLASSES:
            land[field_kinds[fields] == number] = CLASSES.index(name)
    kind[(block == 0) & (field_kinds[fields] == sown["houses"])] = COVERS.index("houses")
    wood = _smooth(country, across, 70) > 1.45
    land[wood] = TREES
    for number, name in enumerate(COVERS):
        _fill(land, kind == number, WORDS.cover[name], patches, mixture)
    fine = land.repeat(2, axis=0).repeat(2, axis=1)
    town_here = (block > 0).repeat(2, axis=0).repeat(2, axis=1)
    wet = rasterize([river], fine.shape, transform=_grid(FINE), dtype="uint8") > 0
    fine[wet] = WATER
    sealed = rasterize(streets, fine.shape, transform=_grid(FINE), dtype="uint8") > 0
    canopy = (mixture > ndtri(0.88)).repeat(2, axis=0).repeat(2, axis=1)
    fine[sealed & ~(canopy & ~wet)] = STREET
    fine[sealed & canopy & ~wet] = TREES
    middle = np.s_[1::2, 1::2]
    unit = np.where(block > 0, block, fields + len(kinds))[middle]
    return fine, town_here & ~wet, unit, (kind == COVERS.index("industry"))[middle]


def _fields(rng: np.random.Generator, across: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the field of each 5 m cell, 0 between fields, and each field's kind."""
    angle = rng.uniform(0, np.pi / 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    rows, columns = np.arange(-6000, 6001, 270), np.arange(-6000, 6001, 180)
    nodes = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1) @ turn
    nodes += rng.uniform(-28, 28, nodes.shape)
    nodes = np.round(CORNER + SIDE / 2 + nodes, 1)
    corners = np.stack([nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]], axis=2)
    middle = corners.mean(axis=2, keepdims=True)
    corners = np.round(middle + 0.97 * (corners - middle), 1).reshape(-1, 4, 2)
    shapes = [(shape, number) for number, shape in enumerate(shapely.polygons(corners), start=1)]
    numbers = rasterize(shapes, (across, across), transform=_grid(HALF), dtype="int32")
    # Neighbours tend to grow the same: each takes the kind of its place in a coarser division.
    odds = np.array(list(WORDS.fields.values()))
    own = rng.choice(len(odds), len(shapes), p=odds / odds.sum())
    wide = nodes.shape[1] - 1
    row, column = np.divmod(np.arange(len(shapes)), wide)
    leader = row // 2 * 2 * wide + column // 2 * 2
    follows = rng.random(len(shapes)) < 0.35
    return numbers, np.array([-1, *np.where(follows, own[leader], own)])


def _fill(land: np.ndarray, where: np.ndarray, cover: dict[str, float], patches, mixture) -> None:
    """Give cells of one kind of block the classes that it is covered with, in patches."""
    built = cover["built_up"]
    rest = [(CLASSES.index(name), cover[name]) for name in ("bare", "street", "grass", "trees")]
    upper = np.cumsum([share for _, share in rest]) / (1 - built)
    level = ndtri(np.minimum(upper[:-1], 1 - 1e-9))
    classes = np.array([number for number, _ in rest], dtype="uint8")
    land[where] = classes[np.searchsorted(level, mixture[where])]
    land[where & (patches < ndtri(built))] = BUILT_UP


# What a sensor sees


def _scenes(light, sky, shares, unit, industry, behaviour: Behaviour) -> dict[str, np.ndarray]:
    """Return the images of both scenes, and those of their truth."""
    _, unit = np.unique(unit, return_inverse=True)
    count = unit.max() + 1
    odds = np.array([[roof.odds, roof.industry] for roof in WORDS.roofs.values()])
    bounds = np.cumsum(odds / odds.sum(axis=0), axis=0)
    drawn = light.random(count)[unit]
    roof = (drawn[None] > bounds[:-1, industry.astype(int)]).sum(axis=0)
    vigour = []
    for _ in range(3):  # of what is green, of what is mineral, of crops
        of_unit = light.standard_normal(count)[unit]
        vigour.append(
            0.8 * of_unit
            + 0.55 * _smooth(light, PIXELS, 15)
            + 0.25 * light.standard_normal((PIXELS, PIXELS))
        )
    moods = {TREES: 0, GRASS: 0, MAIZE: 2, WHEAT: 2}
    images: dict[str, list] = {}
    green_shares, temperatures, skies = [], [], []
    for scene in SCENES:
        surface = np.zeros((6, PIXELS, PIXELS))
        green = np.zeros((PIXELS, PIXELS))
        for number, name in enumerate(CLASSES):
            words = WORDS.classes[name]
            look = words.look[scene - 1]
            mean = np.array(look.mean)[:, None, None]
            if number == BUILT_UP:
                mean = np.array([WORDS.roofs[one].mean for one in ROOFS]).T[:, roof]
            varied = mean + np.array(look.spread)[:, None, None] * vigour[moods.get(number, 1)]
            surface += shares[number] * varied
            if words.green:
                index = (varied[NIR] - varied[RED]) / (varied[NIR] + varied[RED])
                share = np.clip((index - NOT_GREEN) / (ALL_GREEN - NOT_GREEN), 0, 1)
                green += share * shares[number]
        opacity, shadow = _clouds(sky, behaviour.clouds[scene - 1])
        seen = ndimage.gaussian_filter(surface, (0, behaviour.blur, behaviour.blur))
        seen = seen * (1 - 0.55 * shadow) * (1 - opacity) + 0.56 * opacity
        fine = seen[BANDS_10] + behaviour.noise * light.standard_normal((4, PIXELS, PIXELS))
        coarse = np.stack([_mean(band, COARSE // PIXEL) for band in seen[BANDS_20]])
        coarse += behaviour.noise * light.standard_normal(coarse.shape)
        bright = (shares[BUILT_UP] > 0.75) & (roof == ROOFS.index("metal"))
        quality = np.full((PIXELS, PIXELS), CLEAR)
        quality[ndimage.binary_dilation(shadow > 0.5)] = SHADOW
        taken = bright & (sky.random((PIXELS, PIXELS)) < 0.7)  # a bright roof looks like a cloud
        quality[ndimage.binary_dilation(opacity > 0.45) | taken] = CLOUD
        images[f"scene_{scene}"] = np.concatenate([_counts(fine, REFLECTANCE), quality[None]])

        green_share, wet = _mean(green, 10), _mean(shares[WATER], 10)
        left = behaviour.residual * _smooth(light, CELLS, 3)
        truth = HOT[scene - 1] + 10 * SLOPE * green_share + COOL_WATER * wet + left
        sensed = ndimage.gaussian_filter(truth, 0.3) + 0.2 * light.standard_normal(truth.shape)
        sensed -= 14 * _mean(opacity, 10) + 1.5 * _mean(shadow, 10)
        # What is sensed at 100 m is delivered at 20 m, in straight lines between middles
        sensed = ndimage.zoom(sensed, CELL // COARSE, order=1, mode="nearest", grid_mode=True)
        images[f"scene_{scene}_20m"] = np.concatenate(
            [_counts(coarse, REFLECTANCE), _counts(sensed[None], KELVIN)]
        )
        green_shares.append(green_share)
        temperatures.append(truth)
        skies += [opacity, shadow]
    truth = {
        "truth/vegetation": np.rint(np.stack(green_shares) / SHARE),
        "truth/temperature": np.rint(np.stack(temperatures) / TRUE_KELVIN),
    }
    sky_image = {"truth/clouds": np.rint(100 * np.stack(skies)).astype("uint8")}
    return {name: np.asarray(image, "uint16") for name, image in (images | truth).items()} | (
        sky_image
    )


def _counts(values: np.ndarray, units: tuple[float, float]) -> np.ndarray:
    """Return the counts that stand for values, from 1 on since 0 says that there are none."""
    scale, offset = units
    return np.clip(np.rint((values - offset) / scale), 1, 65_535)


def _clouds(rng: np.random.Generator, cover: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how much clouds hide of each pixel, and how deep their shadows are, 0 to 1."""
    field = 0.85 * _smooth(rng, PIXELS, 60) + 0.53 * _smooth(rng, PIXELS, 14)
    from_here = np.quantile(field, 1 - cover)
    opacity = np.clip((field - from_here) / 0.7, 0, 1)
    shadow = np.zeros_like(opacity)
    shadow[:-38, :-30] = opacity[38:, 30:]  # the sun stands in the south-east
    return opacity, shadow * (1 - opacity)


# What is true of the whole


def _truth(fine, classes, city, urban, boundary, streets, open_ground) -> dict[str, pd.DataFrame]:
    """Return areas of classes and the parts of the indicator, in hectares."""
    hectare = 10_000 / FINE**2
    counts = np.bincount(fine.ravel(), minlength=len(CLASSES))
    in_city = np.bincount(fine[city], minlength=len(CLASSES))
    city_pixels = city[2::4, 2::4]
    areas = pd.DataFrame(
        {
            "class": CLASSES,
            "pixels": np.bincount(classes.ravel(), minlength=len(CLASSES)),
            "pixels_in_city": np.bincount(classes[city_pixels], minlength=len(CLASSES)),
            "area": counts / hectare,
            "area_in_city": in_city / hectare,
        }
    )
    shapes = [
        shapely.from_wkt(line).buffer(width / 2, cap_style="flat")
        for line, width in zip(streets["geometry"], streets["true_width"], strict=True)
    ]
    paved = shapely.union_all(shapes)
    within = paved.intersection(boundary)
    # Each street within the boundary is built up, country roads between fields, too
    drawn = rasterize([paved], fine.shape, transform=_grid(FINE), dtype="uint8") > 0
    built = (urban | drawn) & city
    in_streets = within.area / 10_000
    ground = open_ground.intersection(boundary).difference(paved).area / 10_000
    built_up = float(built.sum()) / hectare
    indicator = pd.DataFrame(
        {
            "boundary_id": ["B1"],
            "streets": [in_streets],
            "open_public_space": [ground],
            "built_up_area": [built_up],
            "share": [100 * (in_streets + ground) / built_up],
        }
    )
    return {"areas": areas, "indicator": indicator}


def _heat(images, boundary, centre) -> dict[str, pd.DataFrame]:
    """Return what temperature follows in truth, and the heat island by distance of the centre."""
    middle = (np.arange(CELLS) + 0.5) * CELL
    x, y = np.meshgrid(WEST + middle, NORTH - middle)
    in_city = shapely.contains_xy(boundary, x, y)
    distance = np.hypot(x - centre[0], y - centre[1]) // BANDS_OF_DISTANCE * BANDS_OF_DISTANCE
    green = images["truth/vegetation"] * SHARE
    kelvin = images["truth/temperature"] * TRUE_KELVIN
    slopes, rings = [], []
    for place, scene in enumerate(SCENES):
        slopes.append((scene, SLOPE, HOT[place], COOL_WATER))
        reference = kelvin[place][(green[place] >= VEGETATED) & ~in_city].mean()
        for far in np.unique(distance[in_city]):
            ours = in_city & (distance == far)
            rings.append((scene, int(far), int(ours.sum()), kelvin[place][ours].mean() - reference))
    return {
        "temperature": pd.DataFrame(slopes, columns=["scene", "slope", "without_green", "water"]),
        "heat_island": pd.DataFrame(rings, columns=["scene", "distance", "cells", "difference"]),
    }


# What is added with the scale


def _block(number: int, streams, city: City, behaviour: Behaviour) -> Block:
    visits, sample = streams
    points, planted = _points(number, visits, city, behaviour)
    reference, true = _reference(number, sample, city)
    return Block({"points": points, "reference": reference}, {"points": planted, "reference": true})


def _place(row: np.ndarray, column: np.ndarray) -> dict[str, np.ndarray]:
    """Return the middle of pixels of 10 m, in metres east and north."""
    half = PIXEL // 2
    return {"x": WEST + PIXEL * column + half, "y": NORTH - PIXEL * row - half}


def _points(number: int, rng: np.random.Generator, city: City, behaviour: Behaviour):
    """Return training points of a block, and what is planted in them."""
    majority, share = city.majority, city.shares.max(axis=0)
    quotas = np.array(list(WORDS.quotas.values()))
    wanted = np.rint(np.cumsum(SITES * quotas / quotas.sum())).astype(int)
    wanted = np.diff(np.concatenate([[0], wanted]))
    margin = AROUND + 1
    inner = np.zeros_like(city.near)
    inner[margin:-margin, margin:-margin] = True
    rows = []
    for class_, sites in enumerate(wanted):
        there = np.flatnonzero(city.near & inner & (majority == class_) & (share > 0.5))
        if not len(there):
            continue  # a city without the class has no points of it
        for site in rng.choice(there, min(sites, len(there)), replace=False):
            row, column = np.divmod(site, PIXELS)
            around = np.s_[row - AROUND : row + AROUND + 1, column - AROUND : column + AROUND + 1]
            same = np.argwhere((majority[around] == class_) & (share[around] > 0.4))
            chosen = same[rng.permutation(len(same))[:POINTS]] + [row - AROUND, column - AROUND]
            rows += [(class_, len(rows), int(site), *place) for place in chosen]
    read, _, site, row, column = np.array(rows).T
    order = rng.permutation(len(read))
    read, site, row, column = read[order], site[order], row[order], column[order]
    _, site = np.unique(site, return_inverse=True)
    moved = rng.random(len(read)) < behaviour.shifted
    ways = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
    way = ways[rng.integers(0, len(ways), len(read))] * moved[:, None]
    row, column = row + way[:, 0], column + way[:, 1]
    true = majority[row, column]
    label, alike = _mistaken(rng, read, behaviour.misread)
    ids = [f"P{number * 1000 + place:06d}" for place in range(1, len(read) + 1)]
    points = pd.DataFrame(
        {
            "point_id": ids,
            "site_id": [f"S{number * 100 + place + 1:05d}" for place in site],
            **_place(row, column),
            "label": np.array(CLASSES)[label],
        }
    )
    wrong = label != true
    kind = np.where(wrong & (label != read), "misread", np.where(wrong, "shifted", "mixed"))
    planted = wrong | (share[row, column] < MIXED)
    # A place that is off is hard to tell where the two classes share a pixel; a wrong class where
    # it looks like the right one.
    hard = wrong & np.where(kind == "misread", alike, city.shares[label, row, column] >= 0.3)
    truth = pd.DataFrame(
        {
            "point_id": ids,
            "kind": pd.Series(kind).map(KINDS),
            "type": kind,
            "hard": hard,
            "true_label": np.array(CLASSES)[true],
            "share": share[row, column],
        }
    )
    return points, truth[planted]


def _mistaken(rng: np.random.Generator, read: np.ndarray, rate: float):
    """Return classes of which some are taken for others, and where the two look alike."""
    others = np.array([[CLASSES.index(one) for one in WORDS.mistaken[name]] for name in CLASSES])
    # As many as the rate says, and of them as many that look alike, so that a block is like another
    order = rng.permutation(len(read))
    wrong = order < round(rate * len(read))
    which = np.searchsorted([0.8, 0.95], (order + 0.5) / wrong.sum(), side="right")
    which = np.minimum(which, others.shape[1] - 1)
    return np.where(wrong, others[read, which], read), wrong & (which == 0)


def _reference(number: int, rng: np.random.Generator, city: City):
    """Return pixels of a simple random sample, as an interpreter labels them, and their classes."""
    pixels = city.order[number * REFERENCE : (number + 1) * REFERENCE]
    row, column = np.divmod(pixels, PIXELS)
    shares = city.shares[:, row, column]
    true = city.majority[row, column]
    ranked = np.sort(shares, axis=0)
    others = np.where(np.arange(len(CLASSES))[:, None] == true, -1, shares).argmax(axis=0)
    # Of two classes that have nearly the same share of a pixel, the lesser one is named at times.
    close = ranked[-2] >= 0.75 * ranked[-1]
    label = np.where(close & (rng.random(len(pixels)) < 0.3), others, true)
    ids = [f"Q{number * 1000 + place:06d}" for place in range(1, len(pixels) + 1)]
    reference = pd.DataFrame(
        {
            "pixel_id": ids,
            **_place(row, column),
            "label": np.array(CLASSES)[label],
            "sure": ranked[-1] >= MIXED,
        }
    )
    truth = pd.DataFrame(
        {"pixel_id": ids, "true_label": np.array(CLASSES)[true], "share": ranked[-1]}
    )
    return reference, truth


# What the twin reaches


def _values(counts: np.ndarray, units: tuple[float, float]) -> np.ndarray:
    return counts * units[0] + units[1]


def _class_shares(twin: Block, by: int) -> np.ndarray:
    """Return by class the share of pixels of 10 m that are of it, in squares of `by` across."""
    classes = twin.images["truth/classes"][0]
    return np.stack([_mean(classes == one, by) for one in range(1, len(CLASSES) + 1)])


def measure_margins(twin: Block) -> dict[str, float]:
    """Return what the twin reaches of published figures, by the name of the margin on the card."""
    shares = _class_shares(twin, 10)
    sealed = shares[BUILT_UP] + shares[STREET]
    covers = {
        "urban": sealed >= 0.8,
        "vegetation": twin.images["truth/vegetation"][0] * SHARE >= 0.95,
        "water": shares[WATER] >= 0.8,
    }
    kelvin = twin.images["truth/temperature"][0] * TRUE_KELVIN
    reached = {f"{name} temperature": float(kelvin[here].mean()) for name, here in covers.items()}
    scene = _values(twin.images["scene_1"][:4], REFLECTANCE)
    clear = np.all(twin.images["truth/clouds"][:2] == 0, axis=0)
    classes = twin.images["truth/classes"][0] - 1
    pixels = {"urban": classes <= STREET, "vegetation": classes == TREES, "water": classes == WATER}
    for name, here in pixels.items():
        # Away from other covers, of which a pixel sees a part
        whole = ndimage.binary_erosion(here, np.ones((3, 3))) & clear
        for band, word in ((2, "red"), (3, "near infrared")):
            reached[f"{name} {word}"] = float(scene[band][whole].mean())
    in_city = np.add.reduce(shares[[BUILT_UP, STREET]]) > 0.3
    green = twin.images["truth/vegetation"][0] * SHARE >= VEGETATED
    reached["largest heat island"] = float(
        np.quantile(kelvin[in_city], 0.99) - kelvin[green & ~in_city].mean()
    )
    return reached


def features(twin: Block) -> np.ndarray:
    """Return the reflectances of both scenes in each pixel of 10 m: pixel, band."""
    bands = []
    for scene in SCENES:
        bands += list(_values(twin.images[f"scene_{scene}"][:4], REFLECTANCE))
        for band in twin.images[f"scene_{scene}_20m"][:2]:
            wide = band.repeat(2, axis=0).repeat(2, axis=1)
            bands.append(_values(wide, REFLECTANCE))
    return np.stack([band.ravel() for band in bands], axis=1).astype("float32")


def pixels_of(table: pd.DataFrame) -> np.ndarray:
    """Return the numbers of the pixels of 10 m, row by row, in which places lie."""
    row = (NORTH - table["y"].to_numpy()) // PIXEL
    return row * PIXELS + (table["x"].to_numpy() - WEST) // PIXEL


def clear_pixels(twin: Block) -> np.ndarray:
    """Return whether the band of quality calls a pixel of 10 m clear in both scenes."""
    flags = [twin.images[f"scene_{scene}"][4] for scene in SCENES]
    return np.all(np.stack(flags) == CLEAR, axis=0).ravel()


def forest() -> RandomForestClassifier:
    """Return a plain classifier, as somebody would take it who thinks of nothing."""
    return RandomForestClassifier(60, min_samples_leaf=2, random_state=0)


def plain_map(twin: Block) -> tuple[np.ndarray, np.ndarray]:
    """Return the class that a plain classifier gives each pixel of 10 m, and where it is clear."""
    seen, clear, points = features(twin), clear_pixels(twin), twin.tables["points"]
    place = pixels_of(points)
    usable = clear[place]
    labels = np.searchsorted(sorted(CLASSES), points["label"])
    fitted = forest().fit(seen[place[usable]], labels[usable])
    names = np.array([CLASSES.index(one) for one in sorted(CLASSES)])
    return names[fitted.predict(seen)], clear


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how common what misleads is, and what a plain classifier reaches.

    Returns
    -------
    dict
        `prevalence`, training points whose label is not that of their pixel; `hard_share` of these
        where the two classes share the pixel or look alike. `mixed_pixels` of all pixels of 10 m,
        `mixed_points` of the points. `clouds_1`, `clouds_2`, share of pixels of which clouds hide a
        tenth or more; `clouds_missed` of these that quality calls clear, `flagged_clear` of pixels
        without cloud or shadow that it calls cloud or shadow.
        A random forest on the bands of both scenes: `accuracy`, and as means over classes `recall`
        and `iou`, against all clear pixels; `recall_random_cv` and `recall_blocked_cv`, what folds
        of points and folds of squares of 1 km suggest, against the labels; `count_bias`, sum over
        classes of |counted - true| by all pixels; `worst_bias`, the largest of a class by its true
        pixels.
    """
    points = twin.tables["points"]
    planted = twin.truth["points"]
    wrong = planted[planted["kind"] == "error"]
    clouds = twin.images["truth/clouds"]
    measures = {
        "prevalence": len(wrong) / len(points),
        "hard_share": wrong["hard"].mean(),
        "mixed_pixels": (twin.truth["reference"]["share"] < MIXED).mean(),
        "mixed_points": (planted["share"] < MIXED).sum() / len(points),
    }
    missed, hidden, flagged, open_sky = 0, 0, 0, 0
    for place, scene in enumerate(SCENES):
        opacity, shadow = clouds[2 * place], clouds[2 * place + 1]
        quality = twin.images[f"scene_{scene}"][4]
        cloudy, free = opacity >= 10, (opacity == 0) & (shadow == 0)
        measures[f"clouds_{scene}"] = cloudy.mean()
        missed, hidden = missed + (cloudy & (quality == CLEAR)).sum(), hidden + cloudy.sum()
        flagged, open_sky = flagged + (free & (quality != CLEAR)).sum(), open_sky + free.sum()
    measures |= {"clouds_missed": missed / hidden, "flagged_clear": flagged / open_sky}

    mapped, clear = plain_map(twin)
    true = twin.images["truth/classes"][0].ravel().astype(int) - 1
    table = np.zeros((len(CLASSES), len(CLASSES)))
    np.add.at(table, (mapped[clear], true[clear]), 1)
    hits, counted, there = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    measures |= {
        "accuracy": hits.sum() / table.sum(),
        "recall": (hits / there).mean(),
        "iou": (hits / (counted + there - hits)).mean(),
        "count_bias": np.abs(counted - there).sum() / table.sum(),
        "worst_bias": np.abs(counted / there - 1).max(),
    }
    place = pixels_of(points)
    usable = clear[place]
    seen, labels = features(twin)[place[usable]], points["label"].to_numpy(dtype="U")[usable]
    square = points["x"] // 1000 * 100_000 + points["y"] // 1000
    for name, folds, groups in (
        ("random_cv", KFold(5, shuffle=True, random_state=0), None),
        ("blocked_cv", GroupKFold(5, shuffle=True, random_state=0), square[usable]),
    ):
        splits = list(folds.split(seen, labels, groups))
        given = cross_val_predict(forest(), seen, labels, cv=splits)
        right = pd.Series(given == labels).groupby(labels).mean()
        measures[f"recall_{name}"] = right.mean()
    return {name: float(value) for name, value in measures.items()}
