"""What `antenna-coverage` teaches, worked out by hand on a strip of four tiles."""

from itertools import permutations

import geopandas as gpd
import pandas as pd
import pytest

from ssplab import taught

nearest_site, shares_of, moved, misplaced, missing, split, possible = (
    taught("antenna-coverage", name)
    for name in [
        "nearest_site",
        "shares_of",
        "moved",
        "misplaced",
        "missing",
        "split",
        "possible",
    ]
)


def points(places):
    """Return sites at places in metres along a line."""
    geometry = gpd.points_from_xy(list(places.values()), [0] * len(places))
    index = pd.Index(places, name="site_id")
    return gpd.GeoDataFrame(index=index, geometry=geometry, crs="EPSG:2154")


@pytest.fixture
def strip():
    """Four tiles of 200 m in two communes, three of them in the first."""
    middles = gpd.points_from_xy([100, 300, 500, 700], [0] * 4)
    tiles = gpd.GeoDataFrame(
        {"commune": ["a", "a", "a", "b"], "area": 0.04, "residents": [10, 30, 20, 60]},
        geometry=middles,
        crs="EPSG:2154",
        index=[7, 5, 8, 6],
    )
    return tiles.assign(geometry=tiles.buffer(100, cap_style="square"))


def test_the_nearest_site_of_each_tile_and_one_of_two_equally_near(strip):
    assert nearest_site(strip, points({"S1": 0, "S2": 900})).reindex(strip.index).to_list() == [
        "S1",
        "S1",
        "S2",
        "S2",
    ]
    tied = nearest_site(strip, points({"S1": 200, "S2": 400}))  # the second tile is between them
    assert len(tied) == 4 and tied[5] in {"S1", "S2"}


def test_shares_and_what_is_moved_by_them(strip):
    tiles = strip.assign(site=["S1", "S1", "S2", "S2"])
    by_area = shares_of(tiles, "site", "area")
    assert by_area.loc["S2"].to_dict() == {"a": 0.5, "b": 0.5}
    by_residents = shares_of(tiles, "site", "residents")
    assert by_residents.loc["S2"].to_dict() == {"a": 0.25, "b": 0.75}
    at_site = pd.Series({"S2": 8, "S9": 100})  # nobody at S1, and a site of no cell
    assert moved(at_site, by_area).to_dict() == {"a": 4, "b": 4}
    residents = tiles.groupby("site")["residents"].sum()
    assert moved(residents, by_residents).to_dict() == {"a": 60, "b": 60}, "a circle"


def test_a_site_without_weight_has_no_shares(strip):
    tiles = strip.assign(site=["S1", "S1", "S2", "S2"], residents=[0, 0, 1, 1])
    assert shares_of(tiles, "site", "residents").index.to_list() == ["S2"]


def test_misplaced_counts_each_once_and_ignores_the_scale():
    residents = pd.Series({"a": 60, "b": 40})
    assert misplaced(residents, residents) == 0
    assert misplaced(pd.Series({"a": 5, "b": 5}), residents) == pytest.approx(10)
    assert misplaced(pd.Series({"a": 3}), residents) == pytest.approx(40), "nobody in b"
    assert pd.isna(misplaced(pd.Series(dtype=float), residents)), "nobody at all is no score"


def test_the_parts_of_every_order_add_up_whatever_the_steps_do_together():
    def after(steps):
        return (
            3 * ("move" in steps) + 2 * ("share" in steps) - 4 * {"move", "share"}.issubset(steps)
        )

    first = split(["share", "move"], after)
    assert first.to_dict() == {"share": 2, "move": -1}
    assert split(["move", "share"], after).to_dict() == {"move": 3, "share": -2}
    assert first.sum() == after(["share", "move"])


def test_the_two_mistakes_of_the_table_by_hand():
    true = pd.Series({"a": 50, "b": 50})

    def after(steps):
        crossing = 30 * ("first" in steps) - 12 * ("second" in steps)  # persons of a counted in b
        return misplaced(true + pd.Series({"a": -crossing, "b": crossing}), true)

    rows = [split(["first", "second"], after), split(["second", "first"], after)]
    assert rows[0].to_dict() == {"first": 30, "second": -12}
    assert rows[1].to_dict() == {"second": 12, "first": 6}
    assert (sum(rows) / 2).to_dict() == {"first": 18, "second": 0}


@pytest.mark.parametrize(
    ("steps", "lacking"),
    [
        ([], set()),
        (["move", "coverage"], set()),
        (["draw"], {"share"}),
        (["share", "coverage", "rule", "move"], {"draw"}),
        (["share", "draw", "rule", "move"], {"coverage"}),
        (["draw", "coverage", "rule", "move"], {"share"}),
        (("move", "rule", "coverage", "draw", "share"), set()),
    ],
)
def test_what_a_set_of_steps_lacks(steps, lacking):
    assert set(missing(steps)) == lacking


def test_every_beginning_of_a_possible_order_lacks_nothing():
    for order in permutations(["share", "draw", "coverage", "rule", "move"]):
        assert possible(order) == (not any(missing(order[:number]) for number in range(6)))


def test_fifteen_orders_are_possible():
    orders = [one for one in permutations(["share", "draw", "coverage", "rule", "move"])]
    allowed = [one for one in orders if possible(one)]
    assert len(allowed) == 15
    assert ("share", "draw", "coverage", "rule", "move") in allowed
    assert all(one.index("rule") > one.index("draw") > one.index("share") for one in allowed)
    assert all(one.index("rule") > one.index("coverage") for one in allowed)
