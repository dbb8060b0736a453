"""The telling figure of `activity_labels`: a few sub-classes make most of it, and many are rare."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS


def draw(card, tables):
    """Draw the number of declarations of each sub-class, most frequent first."""
    counts = tables["descriptions"]["code"].value_counts().to_numpy()
    half = int(np.searchsorted(counts.cumsum(), counts.sum() / 2)) + 1
    rare = int((counts < 10).sum())
    fig = Figure(figsize=(5.8, 3.6))
    ax = fig.subplots()
    ax.step(np.arange(1, len(counts) + 1), counts, where="mid", color=COLOURS["blue"])
    ax.axvspan(0.9, half + 0.5, color="#DDDDDD", zorder=0)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="rank of the sub-class, most frequent first (logarithmic)",
        ylabel="declarations (logarithmic)",
        title="A few activities are most of what is declared",
    )
    ax.annotate(f"half of all declarations:\n{half} sub-classes", (1.2, counts[-1] * 2))
    return Picture(
        fig,
        f"Line on logarithmic axes: the number of declarations of each of {len(counts)} "
        f"sub-classes by rank, falling from {counts[0]:,} to {counts[-1]}. A shaded band marks the "
        f"first {half}, which hold half of the declarations.",
        f"{half} of the {len(counts)} sub-classes hold half of the declarations, and {rare} have "
        "fewer than ten each: what a model learns of these it learns from hardly any example.",
    )
