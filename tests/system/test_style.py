"""Figures: colours that everybody tells apart, on white, in grey, and with a colour deficiency."""

from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ssplab.system import style

# Linear RGB as seen without one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1.
SEEN = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(axis=1)
APART = 12  # distance in CIELAB: several times what an eye just notices
GREY_APART = 12  # lightness, from 0 black to 100 white


def linear(colour):
    """Return a colour's linear RGB, as sRGB defines it."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, seen="all cones"):
    """Return a colour's place in CIELAB: lightness, green to red, blue to yellow."""
    ratio = XYZ @ np.clip(SEEN[seen] @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast_on_white(colour):
    """Return the contrast ratio of WCAG."""
    return 1.05 / ((XYZ @ linear(colour))[1] + 0.05)


def cycle():
    style.use()
    return mpl.rcParams["axes.prop_cycle"]


@pytest.mark.parametrize("name", style.COLOURS)
def test_a_colour_keeps_three_to_one_on_white(name):
    assert contrast_on_white(style.COLOURS[name]) >= 3


def test_the_contrast_is_that_of_wcag():
    assert contrast_on_white("black") == pytest.approx(21)
    assert contrast_on_white("#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast_on_white("#E69F00") < 3  # the orange of Okabe and Ito


@pytest.mark.parametrize("seen", SEEN)
def test_two_colours_are_apart_for_every_eye(seen):
    distances = {
        pair: np.linalg.norm(lab(style.COLOURS[pair[0]], seen) - lab(style.COLOURS[pair[1]], seen))
        for pair in combinations(style.CYCLE, 2)
    }
    assert {pair: round(d) for pair, d in distances.items() if d < APART} == {}


def test_red_and_green_are_not_apart_for_every_eye():
    red, green = "#B03A2E", "#5F7A1E"
    assert np.linalg.norm(lab(red) - lab(green)) > 4 * APART
    assert np.linalg.norm(lab(red, "deuteranopia") - lab(green, "deuteranopia")) < APART


def test_neighbours_are_apart_in_grey():
    lightness = [lab(colour)[0] for colour in cycle().by_key()["color"]]
    assert len(lightness) == len(style.CYCLE)
    assert min(abs(one - other) for one, other in pairwise(lightness)) > GREY_APART


def test_lines_differ_without_colour():
    style.use()
    axes = Figure().subplots()
    lines = [axes.plot([0, 1], [n, n])[0] for n in range(len(style.CYCLE))]
    assert [line.is_dashed() for line in lines] == [False, True, True, True, True, True]
    assert len(set(map(str, cycle().by_key()["linestyle"]))) == len(lines)
    assert [line.get_color() for line in lines] == [style.COLOURS[name] for name in style.CYCLE]


def test_the_source_is_written_under_the_figure():
    axes = Figure().subplots()
    style.source(axes, "payroll, all months.")
    assert axes.figure.get_supxlabel() == "Source: payroll, all months."


@pytest.mark.parametrize("name", ["extract", "Paie, définitive 2023"])
@pytest.mark.parametrize("rest", ["", ", scored half; the line is the budget.", " (all)"])
def test_of_a_folder_of_own_data_the_source_tells_the_name(tmp_path, name, rest):
    folder = tmp_path / name
    folder.mkdir()
    axes = Figure().subplots()
    style.source(axes, f"{folder}{rest}")
    told = axes.figure.get_supxlabel()
    assert told == f"Source: {name}{rest}"
