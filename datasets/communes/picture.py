"""Where the largest communes are."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS

NAMED = 10
COAST = 43.4  # degrees north: south of it a name stands below its disc, in the sea


def draw(card, tables):
    """Draw the communes of metropolitan France as discs whose area is their population."""
    communes = tables["communes"]
    placed = communes.dropna(subset=["latitude", "longitude"])
    shown = placed[placed["zone"] == "metro"].sort_values("population", ascending=False)

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
            xytext=(6, 5 if commune.latitude > COAST else -14),
            textcoords="offset points",
            fontsize=9,
        )
    middle = np.deg2rad(shown["latitude"].mean())
    ax.set_aspect(1 / np.cos(middle))  # as long to the north as to the east
    ax.set(
        xlabel="longitude, degrees east",
        ylabel="latitude, degrees north",
        title=f"The {len(communes):,} largest communes",
    )
    return Picture(
        fig,
        "A map of metropolitan France made of discs, one a commune, whose area is the population. "
        "They crowd around Paris, Lyon and Lille, along the Mediterranean and the Rhône; in the "
        "middle of the country there are few.",
        f"The area of a disc is the population. {len(placed) - len(shown):,} communes overseas "
        f"are not on the map, and {len(communes) - len(placed):,} more have no coordinates.",
        "administrative codes and populations by Etalab, coordinates by GeoNames.",
    )
