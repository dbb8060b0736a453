"""Which site serves a home: the nearest one, or another."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ssplab.book import Picture
from ssplab.system import COLOURS

HALF_TILE = 100  # metres
LAST = 5  # the fifth nearest and all beyond are one bar
LABELS = ("nearest", "second", "third", "fourth", "further")


def draw(card, tables):
    """Draw residents by how near the site is that serves their tile most often."""
    antennas, grid = tables["antennas"], tables["grid"]
    serving = tables["truth/grid"].merge(antennas, on="antenna_id", suffixes=("", "_site"))
    serving = grid.merge(serving, on=["x", "y"], validate="1:1")
    sites = antennas.groupby("site_id")[["x", "y"]].first().to_numpy()
    centre = serving[["x", "y"]].to_numpy() + HALF_TILE
    own = ((centre - serving[["x_site", "y_site"]].to_numpy()) ** 2).sum(axis=1)
    nearer = np.concatenate(
        [
            (((at[:, None] - sites) ** 2).sum(axis=2) < limit[:, None]).sum(axis=1)
            for at, limit in zip(np.array_split(centre, 20), np.array_split(own, 20), strict=True)
        ]
    )
    residents = serving[["low", "middle", "high"]].sum(axis=1)
    shares = np.bincount(np.minimum(nearer, LAST - 1), residents) / residents.sum()

    fig = Figure()
    ax = fig.subplots()
    ax.bar(LABELS, shares, color=[COLOURS["blue"], *[COLOURS["grey"]] * (LAST - 1)])
    for place, share in enumerate(shares):
        ax.text(place, share + 0.01, f"{100 * share:.0f} %", ha="center")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set(
        xlabel="site that serves the home most often, by distance",
        ylabel="residents",
        title="A phone is often not at the nearest antenna",
    )
    return Picture(
        fig,
        "Bars of the share of residents by how near the site is that serves their home most often. "
        "The bar of the nearest site is the tallest; those of the second, third and fourth nearest "
        "and of all that are further become smaller and smaller.",
        f"Of the residents, {100 * shares[0]:.0f} % are served by the nearest site, "
        f"{100 * shares[1]:.0f} % by the second and {100 * shares[2:].sum():.0f} % by one that is "
        "further.",
    )
