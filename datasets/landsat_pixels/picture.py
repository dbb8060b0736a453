"""Green is cool, built-up is warm."""

from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS

CHOSEN = "Five evenly spaced rows"
MARKS = {
    "Urban": ("#B34A00", "s"),
    "Vegetation": (COLOURS["green"], "o"),
    "Water": (COLOURS["sky"], "^"),
}


def choose(main):
    """Return five rows from the first to the last."""
    return main.iloc[[round(place * (len(main) - 1) / 4) for place in range(5)]]


def draw(card, tables):
    """Draw surface temperature against the vegetation index, by class."""
    pixels = tables["samples"]
    red, infrared = pixels["SR_B4"], pixels["SR_B5"]
    index = (infrared - red) / (infrared + red)
    means = pixels.groupby("class")["ST_B10"].mean()

    fig = Figure()
    ax = fig.subplots()
    for name, (colour, marker) in MARKS.items():
        of = pixels["class"] == name
        ax.scatter(
            index[of], pixels.loc[of, "ST_B10"], s=16, color=colour, marker=marker, label=name
        )
    ax.set(
        xlabel="vegetation index NDVI, −1 to 1",
        ylabel="surface temperature, K",
        title="Built-up ground is warmer than green",
    )
    ax.legend(loc="upper right")
    return Picture(
        fig,
        "Surface temperature against the vegetation index of pixels of three classes, which lie "
        "apart: urban pixels are warm with little vegetation, vegetation is cooler with a high "
        "index, water is coolest with a low one.",
        f"Urban pixels are {means['Urban'] - means['Vegetation']:.1f} K warmer than vegetation on "
        "average. Water is cooler than both, though its index is the lowest: the index, (near "
        "infrared − red) / (near infrared + red), does not give the temperature alone.",
        "Landsat 8, in the package spyndex.",
    )
