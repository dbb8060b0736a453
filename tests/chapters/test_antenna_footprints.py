"""What `antenna-footprints` teaches, worked out by hand on a strip of four tiles."""

import numpy as np
import pandas as pd
import pytest

from ssplab import taught

strength, signal_of, connection, posterior, by_commune, multiplied = (
    taught("antenna-footprints", name)
    for name in [
        "strength",
        "signal_of",
        "connection",
        "posterior",
        "by_commune",
        "multiplied",
    ]
)


@pytest.fixture
def tiles():
    """Four tiles of 200 m from west to east, the middle of the first at 100 m, in two communes."""
    return pd.DataFrame(
        {"x": [0, 200, 400, 600], "y": 0, "commune": ["a", "a", "a", "b"]}, index=[7, 5, 8, 6]
    )


def antenna(east, azimuth=np.nan, power=40.0):
    """Return an antenna on the line of the tiles' middles."""
    return pd.Series({"x": east, "y": 100.0, "azimuth": azimuth, "power": power})


def test_each_tenfold_distance_costs_ten_times_the_exponent():
    assert strength(46, 1000) == pytest.approx(46 - 37.5 * 3)
    assert strength(46, 100, exponent=2) - strength(46, 1000, exponent=2) == pytest.approx(20)


def test_an_antenna_without_a_direction_sends_all_around(tiles):
    signal = signal_of(antenna(400), tiles)
    assert signal.index.to_list() == [7, 5, 8, 6]
    assert signal[5] == signal[8] == pytest.approx(strength(40, 100))
    assert signal[7] == signal[6] == pytest.approx(strength(40, 300))


@pytest.mark.parametrize(
    ("azimuth", "east_loss", "west_loss"),
    [
        (90, 0, 30),  # it points east
        (270, 30, 0),
        (57.5, 3, 30),  # half of 65 degrees from the east
        (155, 12, 30),
        (359, 12 * (91 / 65) ** 2, 12 * (89 / 65) ** 2),  # over north, where the circle begins
    ],
)
def test_what_a_direction_costs(tiles, azimuth, east_loss, west_loss):
    signal, around = signal_of(antenna(400, azimuth), tiles), signal_of(antenna(400), tiles)
    assert around[8] - signal[8] == pytest.approx(east_loss)
    assert around[5] - signal[5] == pytest.approx(west_loss)


def test_nobody_is_nearer_than_fifty_metres(tiles):
    assert signal_of(antenna(100), tiles)[7] == pytest.approx(strength(40, 50))


def test_chances_are_e_times_as_large_for_each_step():
    signal = pd.DataFrame({"A": [-70.0, -90.0], "B": [-75.0, -90.0]})
    chance = connection(signal)
    assert chance.sum(axis=1).to_list() == pytest.approx([1, 1])
    assert chance.loc[0, "A"] / chance.loc[0, "B"] == pytest.approx(np.e)
    assert chance.loc[1].to_list() == pytest.approx([0.5, 0.5])
    wide = connection(signal, step=2.5)
    assert wide.loc[0, "A"] / wide.loc[0, "B"] == pytest.approx(np.e**2)


def test_weak_signals_have_chances_too():
    assert connection(pd.DataFrame({"A": [-9000.0], "B": [-9000.0]})).iloc[0].tolist() == [0.5, 0.5]


@pytest.fixture
def chance():
    """Chances of two antennas on four tiles."""
    return pd.DataFrame({"A": [0.8, 0.6, 0.4, 0.2], "B": [0.2, 0.4, 0.6, 0.8]}, index=[7, 5, 8, 6])


def test_the_posterior_is_one_over_the_tiles(chance):
    prior = pd.Series({7: 1.0, 5: 1.0, 8: 2.0, 6: 0.0})
    places = posterior(chance, prior)
    assert places.sum().to_list() == pytest.approx([1, 1])
    assert places["A"].to_list() == pytest.approx([0.8 / 2.2, 0.6 / 2.2, 0.8 / 2.2, 0])


def test_customers_by_commune_are_sums_of_chances(tiles, chance):
    places = posterior(chance, pd.Series(1.0, chance.index))
    weights = pd.DataFrame({"A": [1.0, 0.5], "B": [0.0, 0.5]}, index=["u", "v"])
    counts = by_commune(places, weights, tiles)
    assert counts["b"] == pytest.approx(1.5 * 0.1 + 0.5 * 0.4)
    assert counts.sum() == pytest.approx(2)


def test_nights_of_one_home_are_multiplied_and_the_prior_comes_in_once(chance):
    prior = pd.Series({7: 1.0, 5: 1.0, 8: 1.0, 6: 4.0})
    parts = pd.DataFrame({"A": [1.0, 2.0], "B": [1.0, 0.0]}, index=["u", "v"])
    homes = multiplied(parts, chance, prior)
    assert homes.loc["u"].to_list() == pytest.approx(
        np.array([0.16, 0.24, 0.24, 0.64]) / 1.28, abs=1e-5
    )
    assert homes.loc["v"].to_list() == pytest.approx(
        np.array([0.64, 0.36, 0.16, 0.16]) / 1.32, abs=1e-5
    )


def test_a_record_of_an_impossible_antenna_rules_nothing_out():
    chance = pd.DataFrame({"A": [1.0, 0.0], "B": [0.0, 1.0]})
    parts = pd.DataFrame({"A": [5.0], "B": [1.0]}, index=["u"])
    homes = multiplied(parts, chance, pd.Series([1.0, 1.0]))
    assert np.isfinite(homes.to_numpy()).all() and homes.loc["u", 0] > 0.999
