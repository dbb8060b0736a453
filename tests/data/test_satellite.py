"""The twin of satellite images: a city, what covers it, what sensors see, and what is planted."""

import re

import numpy as np
import pandas as pd
import pytest
import shapely

from ssplab.course import load_card
from ssplab.data import generation

pytestmark = pytest.mark.slow  # generates twins

satellite = generation.generator(load_card("satellite"))
CLASSES = list(satellite.CLASSES)
SEEDS = (1, 2, 3)
HECTARE = 10_000
Z = 1.96


@pytest.fixture(scope="module")
def card():
    return load_card("satellite")


@pytest.fixture(scope="module")
def twins(twin, generated):
    return [twin, *(generated("satellite", seed) for seed in SEEDS)]


def classes(twin):
    """Return the true class of each pixel of 10 m, row by row, from 0."""
    return twin.images["truth/classes"][0].ravel().astype(int) - 1


def shapes(table):
    return shapely.from_wkt(table["geometry"].to_numpy())


def numbered(labels):
    return labels.map(CLASSES.index).to_numpy()


# The city


def test_areas_are_those_of_the_image_and_of_the_square(twins):
    for twin in twins:
        areas = twin.truth["areas"]
        assert list(areas["class"]) == CLASSES
        assert areas["pixels"].tolist() == np.bincount(classes(twin), minlength=8).tolist()
        assert areas["area"].sum() == pytest.approx(satellite.SIDE**2 / HECTARE)
        assert areas["area_in_city"].sum() == pytest.approx(
            shapes(twin.tables["boundary"])[0].area / HECTARE, rel=0.001
        )
        assert (areas["area_in_city"] <= areas["area"]).all()
        assert areas["pixels"].min() > 3000  # each class is there


def test_streets_are_wider_in_truth_than_pixels_show(twins):
    """What is narrower than a pixel, or under trees, is lost where pixels are counted."""
    for twin in twins:
        city = shapes(twin.tables["boundary"])[0]
        seen = twin.truth["areas"].set_index("class").loc["street", "pixels_in_city"] / 100
        streets = twin.tables["streets"].merge(twin.truth["streets"], on="street_id")
        paved = shapely.union_all(
            [
                line.buffer(width / 2, cap_style="flat")
                for line, width in zip(shapes(streets), streets["true_width"], strict=True)
            ]
        )
        allocated = paved.intersection(city).area / HECTARE
        told = twin.truth["indicator"]["streets"].iloc[0]
        assert 0.9 * allocated < told <= allocated + 0.001  # as it is rounded
        assert told != pytest.approx(seen, rel=0.1)
        known = streets["width"].notna()
        assert (streets["width"] == streets["true_width"])[known].all()
        assert 0.08 < 1 - known.mean() < 0.16


def test_the_indicator_is_the_sum_of_its_parts(twins):
    for twin in twins:
        told = twin.truth["indicator"].iloc[0]
        parts = told["streets"] + told["open_public_space"]
        assert told["share"] == pytest.approx(100 * parts / told["built_up_area"], abs=0.001)
        city = shapes(twin.tables["boundary"])[0]
        assert told["built_up_area"] < city.area / HECTARE
        assert 15 < told["share"] < 40


def test_open_ground_is_counted_once_and_only_where_everybody_may_enter(twins):
    for twin in twins:
        parcels = twin.tables["parcels"].merge(twin.truth["parcels"], on="parcel_id")
        once = parcels[parcels["same_as"].eq("") | parcels["same_as"].isna()]
        city = shapes(twin.tables["boundary"])[0]

        def hectares(rows, city=city):
            return sum(shape.intersection(city).area for shape in shapes(rows)) / HECTARE

        told = twin.truth["indicator"]["open_public_space"].iloc[0]
        open_once = hectares(once[once["true_access"] == "open"])
        assert 0.9 * open_once < told <= open_once + 0.001  # streets between blocks are taken off
        assert hectares(parcels) > 1.3 * told  # what a sum over the register gives
        known = parcels["access"].notna() & parcels["access"].ne("")
        assert (parcels["access"] == parcels["true_access"])[known].all()


def test_a_second_entry_of_a_parcel_is_the_same_ground(twins):
    found = 0
    for twin in twins:
        parcels = twin.tables["parcels"].merge(twin.truth["parcels"], on="parcel_id")
        first = parcels.set_index("parcel_id")
        for _, row in parcels[parcels["same_as"].notna() & parcels["same_as"].ne("")].iterrows():
            other = first.loc[row["same_as"]]
            one, two = (shapely.from_wkt(each["geometry"]) for each in (row, other))
            assert one.intersection(two).area > 0.8 * two.area
            assert row["kind"] == other["kind"]
            found += 1
    assert found >= len(twins)


def test_shapes_are_sound_and_lie_in_the_images(twins):
    frame = shapely.box(
        satellite.WEST,
        satellite.NORTH - satellite.SIDE,
        satellite.WEST + satellite.SIDE,
        satellite.NORTH,
    )
    for twin in twins:
        for name, kind in (("parcels", "Polygon"), ("streets", "LineString")):
            for shape in shapes(twin.tables[name]):
                assert shape.is_valid
                assert shape.geom_type == kind
                assert frame.covers(shape)


# What a sensor sees


def test_vegetation_is_told_by_its_index(twins):
    for twin in twins:
        clear = satellite.clear_pixels(twin)
        true = classes(twin)
        seen = satellite.features(twin)
        red, nir = seen[:, 2], seen[:, 3]
        index = pd.Series((nir - red) / (nir + red))[clear].groupby(true[clear]).median()
        index = index.rename(dict(enumerate(CLASSES)))
        assert index["trees"] > 0.7
        assert index["grass"] > index["maize"] > index["bare"]  # in June maize is small
        assert index[["built_up", "street", "water"]].max() < 0.35


def test_crops_change_places_between_the_scenes(twins):
    for twin in twins:
        true, seen = classes(twin), satellite.features(twin)
        clear = satellite.clear_pixels(twin)
        change = {}
        for crop in ("maize", "wheat"):
            here = clear & (true == CLASSES.index(crop))
            june, august = (
                np.median(
                    (seen[here, at + 1] - seen[here, at]) / (seen[here, at + 1] + seen[here, at])
                )
                for at in (2, 8)
            )
            change[crop] = august - june
        assert change["maize"] > 0.2
        assert change["wheat"] < -0.2


def test_a_mixed_pixel_looks_like_both_of_its_classes(twin):
    """Along the river pixels of half water are between water and land."""
    true = twin.images["truth/classes"][0] - 1
    wet = true == satellite.WATER
    inner = satellite.ndimage.binary_erosion(wet, np.ones((3, 3)))
    outer = satellite.ndimage.binary_dilation(wet, np.ones((5, 5)))
    nir = twin.images["scene_1"][3] * 0.0005 - 0.1
    clear = satellite.clear_pixels(twin).reshape(true.shape)
    within, edge, land = (
        np.median(nir[here & clear]) for here in (inner, wet & ~inner, ~wet & ~outer)
    )
    assert within < 0.04 < edge < land


def test_clouds_are_missed_where_thin_and_roofs_are_taken_for_clouds(twins):
    for twin in twins:
        for place, scene in enumerate(satellite.SCENES):
            opacity, shadow = twin.images["truth/clouds"][2 * place : 2 * place + 2]
            quality = twin.images[f"scene_{scene}"][4]
            thin, thick = (opacity > 0) & (opacity < 40), opacity > 50
            assert (quality[thick] == satellite.CLOUD).all()
            assert (quality[thin] == satellite.CLEAR).mean() > 0.3
            wrongly = (quality == satellite.CLOUD) & (opacity == 0)
            roofs = twin.images["truth/classes"][0] == 1 + satellite.BUILT_UP
            assert wrongly.sum() > 100
            far = ~satellite.ndimage.binary_dilation(opacity > 0, iterations=3)
            assert roofs[wrongly & far].mean() > 0.95
            assert (shadow > 0).any()


def test_temperature_is_sensed_at_100_m_and_delivered_at_20(twin):
    """Between the middles of cells counts lie on straight lines, but for their rounding."""
    for scene in satellite.SCENES:
        counts = twin.images[f"scene_{scene}_20m"][2].astype(int)
        bends = np.abs(np.diff(counts[2::5], 2, axis=1))
        at_middles = (np.arange(bends.shape[1]) + 1) % 5 == 2
        assert bends[:, ~at_middles].max() <= 2
        assert np.median(bends[:, at_middles]) > 5


def by_cell(twin, scene):
    """Return green and water shares, sensed temperature, and whether the sky is clear, by cell."""
    cells, place = satellite.CELLS, scene - 1
    counts = twin.images[f"scene_{scene}_20m"][2]
    sky = twin.images["truth/clouds"][2 * place : 2 * place + 2].max(axis=0)
    return (
        twin.images["truth/vegetation"][place] * satellite.SHARE,
        satellite._class_shares(twin, 10)[satellite.WATER],
        (counts * 0.00341802 + 149)[2::5, 2::5].reshape(cells, cells),
        satellite._mean(sky > 0, 10) == 0,
    )


def test_the_slope_of_temperature_on_green_is_the_planted_one(twins):
    for twin in twins:
        for _, told in twin.truth["temperature"].iterrows():
            green, wet, sensed, clear = by_cell(twin, int(told["scene"]))
            design = np.stack([np.ones(clear.sum()), 10 * green[clear], wet[clear]], axis=1)
            level, slope, water = np.linalg.lstsq(design, sensed[clear])[0]
            assert slope == pytest.approx(told["slope"], abs=0.08)
            assert level == pytest.approx(told["without_green"], abs=0.6)
            assert water == pytest.approx(told["water"], abs=2)


def test_what_land_cover_does_not_explain_is_alike_among_neighbours(twins):
    for twin in twins:
        green, wet, _, _ = by_cell(twin, 1)
        told = twin.truth["temperature"].iloc[0]
        kelvin = twin.images["truth/temperature"][0] * satellite.TRUE_KELVIN
        left = kelvin - told["without_green"] - 10 * told["slope"] * green - told["water"] * wet
        assert left.std() == pytest.approx(satellite.USUAL.residual, rel=0.1)
        assert np.corrcoef(left[:, 1:].ravel(), left[:, :-1].ravel())[0, 1] > 0.8
        assert abs(np.corrcoef(left[:, 20:].ravel(), left[:, :-20].ravel())[0, 1]) < 0.3


def test_clouds_are_cold(twin):
    _, _, sensed, clear = by_cell(twin, 2)
    opacity = satellite._mean(twin.images["truth/clouds"][2], 10)
    assert sensed[opacity > 80].max() < np.quantile(sensed[clear], 0.01)


def test_the_heat_island_falls_from_the_centre(twins):
    for twin in twins:
        for _, rings in twin.truth["heat_island"].groupby("scene"):
            differences = rings.sort_values("distance")["difference"]
            assert differences.iloc[0] > differences.iloc[-1] > 0
            assert 2 < differences.iloc[0] < 10


# Points and reference pixels


def test_points_carry_what_the_truth_says_and_nothing_else(twins):
    for twin in twins:
        points = twin.tables["points"].merge(
            twin.truth["points"], on="point_id", how="left", validate="1:1"
        )
        true = classes(twin)[satellite.pixels_of(points)]
        wrong = numbered(points["label"]) != true
        assert (wrong == (points["kind"] == "error")).all()
        told = points[points["kind"].notna()]
        assert (numbered(told["true_label"]) == true[told.index]).all()
        assert (points.loc[points["type"] == "mixed", "share"] < satellite.MIXED).all()
        counts = points["type"].value_counts()
        assert counts.min() > 15


def test_a_shifted_point_has_the_label_of_a_neighbour(twins):
    for twin in twins:
        points = twin.tables["points"].merge(twin.truth["points"], on="point_id", validate="1:1")
        shifted = points[points["type"] == "shifted"]
        across = satellite.PIXELS
        row, column = np.divmod(satellite.pixels_of(shifted), across)
        image = np.pad(classes(twin).reshape(across, across), 1, constant_values=-1)
        around = np.stack(
            [image[row + down, column + right] for down in range(3) for right in range(3)]
        )
        assert (around == numbered(shifted["label"])).any(axis=0).all()


def test_points_gather_near_sealed_ground_and_tell_nothing_of_areas(twins):
    for twin in twins:
        points = twin.tables["points"]
        spread = points.groupby("site_id")[["x", "y"]].agg(np.ptp)
        assert spread.max().max() <= 2 * (satellite.AROUND + 1) * satellite.PIXEL
        sealed = twin.images["truth/classes"][0] == 1 + satellite.STREET
        away = satellite.ndimage.distance_transform_edt(~sealed) * satellite.PIXEL
        assert away.ravel()[satellite.pixels_of(points)].max() < satellite.NEAR + 150
        assert (away > satellite.NEAR + 150).mean() > 0.1  # where nobody goes
        share = (points["label"] == "built_up").mean()
        area = twin.truth["areas"].set_index("class")["pixels"]
        assert share > 2 * area["built_up"] / area.sum()


def test_reference_pixels_are_a_simple_random_sample(twins):
    totals = np.zeros((2, len(CLASSES)))
    for twin in twins:
        reference = twin.tables["reference"].merge(twin.truth["reference"], on="pixel_id")
        pixels = satellite.pixels_of(reference)
        assert len(np.unique(pixels)) == len(reference)
        assert (numbered(reference["true_label"]) == classes(twin)[pixels]).all()
        share = np.bincount(classes(twin), minlength=8) / satellite.PIXELS**2
        totals += [np.bincount(numbered(reference["true_label"]), minlength=8), 1000 * share]
        assert ((pixels // satellite.PIXELS) < satellite.PIXELS / 2).mean() == pytest.approx(
            0.5, abs=0.06
        )
    found, expected = totals
    assert (np.abs(found - expected) < 3.5 * np.sqrt(expected)).all()


def test_the_interpreter_of_the_reference_errs_where_two_classes_share_a_pixel(twins):
    for twin in twins:
        reference = twin.tables["reference"].merge(twin.truth["reference"], on="pixel_id")
        wrong = reference["label"] != reference["true_label"]
        assert wrong.mean() < 0.04
        assert (reference.loc[wrong, "share"] < satellite.MIXED).all()
        assert (reference["sure"] == (reference["share"] >= satellite.MIXED)).all()
    assert any(
        (twin.tables["reference"]["label"] != twin.truth["reference"]["true_label"]).any()
        for twin in twins
    )


# What the chapters can find


def poststratified(twin):
    """Return estimated and true shares of classes among clear pixels, and their standard errors.

    Source: Olofsson, Foody, Herold, Stehman, Woodcock and Wulder, Good practices for estimating
    area and assessing accuracy of land change, Remote Sensing of Environment 148 (2014), equations
    9 to 11.
    """
    mapped, clear = satellite.plain_map(twin)
    reference = twin.tables["reference"]
    pixels = satellite.pixels_of(reference)
    here = clear[pixels]
    table = np.zeros((len(CLASSES), len(CLASSES)))
    np.add.at(table, (mapped[pixels[here]], numbered(reference["label"])[here]), 1)
    weight = np.bincount(mapped[clear], minlength=len(CLASSES)) / clear.sum()
    drawn = table.sum(axis=1)
    shares = table / drawn[:, None]
    variance = weight[:, None] ** 2 * shares * (1 - shares) / (drawn[:, None] - 1)
    true = np.bincount(classes(twin)[clear], minlength=len(CLASSES)) / clear.sum()
    return weight, weight @ shares, np.sqrt(variance.sum(axis=0)), true


def test_a_confusion_matrix_mends_what_counting_pixels_gets_wrong(twins):
    covered, counted_off, estimated_off = [], [], []
    for twin in twins:
        counted, estimated, error, true = poststratified(twin)
        known = error > 0  # where each reference pixel agrees, there is no interval
        covered += list((np.abs(estimated - true) <= Z * error)[known])
        counted_off.append(np.abs(counted - true).sum())
        estimated_off.append(np.abs(estimated - true).sum())
        assert counted[satellite.BUILT_UP] > 1.1 * true[satellite.BUILT_UP]
    assert np.mean(covered) >= 0.85
    assert np.mean(estimated_off) < 0.5 * np.mean(counted_off)


def test_folds_of_points_promise_more_than_folds_of_squares(difficulty_of):
    for seed in (None, *SEEDS):
        measures = difficulty_of("satellite", seed)
        assert measures["recall_random_cv"] > measures["recall_blocked_cv"] + 0.02
    gaps = [
        difficulty_of("satellite", seed)["recall_random_cv"]
        - difficulty_of("satellite", seed)["recall"]
        for seed in (None, *SEEDS)
    ]
    assert np.mean(gaps) > 0.01


def test_harder_is_harder(twin):
    blocks = list(satellite.blocks(1, 1, harder=True))
    points = pd.concat([block.tables["points"] for block in blocks])
    planted = pd.concat([block.truth["points"] for block in blocks])
    wrong = (planted["kind"] == "error").sum() / len(points)
    usual = twin.truth["points"]
    assert wrong > 1.5 * (usual["kind"] == "error").sum() / len(twin.tables["points"])
    sky, before = (one["truth/clouds"] for one in (blocks[0].images, twin.images))
    assert (sky > 0).mean() > 1.3 * (before > 0).mean()


def test_images_come_with_the_first_block_only():
    blocks = list(satellite.blocks(1, 0.5))
    assert [sorted(block.images) for block in blocks] == [sorted(blocks[0].images), []]
    assert set(blocks[1].tables) == {"points", "reference"}


def test_words_name_the_classes_and_kinds_of_blocks():
    content = satellite.WORDS.model_dump()
    del content["quotas"]["maize"]
    with pytest.raises(ValueError, match=r"are not the classes"):
        satellite.SatelliteWords.model_validate(content)
    content = satellite.WORDS.model_dump()
    content["sites"][0]["kind"] = "castle"
    with pytest.raises(ValueError, match=re.escape("no cover is told of ['castle']")):
        satellite.SatelliteWords.model_validate(content)
