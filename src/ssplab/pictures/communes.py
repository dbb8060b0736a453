"""Where the largest communes are."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.pictures import Picture
from ssplab.style import COLOURS

EUROPE = {"longitude": (-5.5, 10.0), "latitude": (41.0, 51.5)}  # degrees
NAMED = 8


def draw(card, tables):
    """Draw the communes of metropolitan France as discs whose area is their population."""
    communes = tables["communes"]
    placed = communes.dropna(subset=["latitude", "longitude"])
    inside = np.logical_and.reduce([placed[name].between(*ends) for name, ends in EUROPE.items()])
    shown = placed[inside].sort_values("population", ascending=False)

    fig = Figure(figsize=(5.4, 5.4))
    ax = fig.subplots()
    ax.scatter(
        shown["longitude"],
        shown["latitude"],
        s=shown["population"] / 3_000,
        color=COLOURS["blue"],
        alpha=0.55,
        linewidths=0,
    )
    for commune in shown.head(NAMED).itertuples():
        ax.annotate(
            commune.name,
            (commune.longitude, commune.latitude),
            xytext=(6, 5),
            textcoords="offset points",
            fontsize=9,
        )
    middle = np.deg2rad(np.mean(EUROPE["latitude"]))
    ax.set_aspect(1 / np.cos(middle))  # as long to the north as to the east
    ax.set(
        xlim=EUROPE["longitude"],
        ylim=EUROPE["latitude"],
        xlabel="longitude, degrees east",
        ylabel="latitude, degrees north",
        title=f"The {len(communes):,} largest communes",
    )
    return Picture(
        fig,
        "A map of metropolitan France made of discs, one a commune, whose area is the population. "
        "They crowd around Paris, Lyon and Lille, along the Mediterranean and in the valleys; the "
        "middle of the country is nearly empty.",
        f"The area of a disc is the population. {len(placed) - len(shown):,} communes overseas lie "
        f"outside the map, and {len(communes) - len(placed):,} have no coordinates.",
        "administrative codes and populations by Etalab, coordinates by GeoNames.",
    )
