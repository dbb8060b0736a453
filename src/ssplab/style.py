"""The course's matplotlib style: one look for every figure.

Colours are those of Okabe and Ito (2008), told apart by readers with a colour vision deficiency,
ordered so that neighbours differ in lightness too and stay apart in print without colour.
"""

import matplotlib as mpl
from matplotlib.axes import Axes

COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "grey": "#6B6B6B",
}

_RC = {
    "figure.figsize": (7.2, 4.0),
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same glyphs on every machine
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": mpl.cycler(
        color=[COLOURS[name] for name in ("blue", "orange", "green", "vermilion", "sky", "purple")]
    ),
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def use() -> None:
    """Make the course's style the default of all figures drawn after this call."""
    mpl.rcParams.update(mpl.rcParamsDefault | _RC | {"backend": mpl.rcParams["backend"]})


def source(ax: Axes, text: str) -> None:
    """Write the source under a figure: the data, the coverage, the period.

    Parameters
    ----------
    ax : Axes
        Any axes of the figure.
    text : str
        Without the word "Source", which is added.
    """
    ax.figure.supxlabel(f"Source: {text}", x=0.01, ha="left", fontsize=8, color=COLOURS["grey"])
