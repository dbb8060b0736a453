"""The course's matplotlib style: one look for every figure.

Colours have the hues of Okabe and Ito (2008), told apart by readers with a colour vision
deficiency. The light ones of that palette fade on white (2.2 to 1): here each keeps 3 to 1, as
WCAG asks of what a figure is read by. Dark and light alternate, so that neighbours stay apart in
print without colour, and lines take dashes in turn.
"""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes

COLOURS = {
    "blue": "#0072B2",
    "orange": "#C98400",
    "green": "#00634A",
    "sky": "#3E97CC",
    "vermilion": "#A13500",
    "purple": "#C065A0",
    "grey": "#6B6B6B",
}
CYCLE = ("blue", "orange", "green", "sky", "vermilion", "purple")
DASHES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (3, 1, 1, 1, 1, 1)))

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
    "axes.prop_cycle": (
        mpl.cycler(color=[COLOURS[name] for name in CYCLE]) + mpl.cycler(linestyle=DASHES)
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
        Without the word "Source", which is added. Of a folder of own data that it begins with, only
        the name is written: where the folder lies is nobody else's affair.
    """
    ax.figure.supxlabel(
        f"Source: {_named(text)}", x=0.01, ha="left", fontsize=8, color=COLOURS["grey"]
    )


def _named(text: str) -> str:
    """Return a text in which the folder that it begins with is called by its name."""
    if Path(text[:1]).is_absolute() or Path(text[:3]).is_absolute():
        for end in range(len(text), 1, -1):  # the longest: folders' names hold spaces and commas
            folder = Path(text[:end])
            if not text[end : end + 1].isalnum() and folder.is_dir():
                return folder.name + text[end:]
    return text
