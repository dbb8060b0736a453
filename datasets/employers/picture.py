"""How people write where they work: what stands between a form and the register."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ssplab.book import Picture
from ssplab.system import COLOURS

KEPT_APART = {"cabbi", "kind", "type", "hard", "siret", "siren"}  # columns that are no pattern


def draw(card, tables):
    """Draw how many forms carry each pattern, those hard to match in darker colour."""
    truth = tables["truth/forms"]
    patterns = truth[[column for column in truth if column not in KEPT_APART]].astype(bool)
    hard = truth["hard"].eq(True)
    counts = patterns.sum().sort_values()
    of_hard = patterns[hard].sum()[counts.index]
    many = (patterns.sum(axis=1) >= 2).mean()

    fig = Figure(figsize=(5.4, 5.0))
    ax = fig.subplots()
    names = [name.replace("_", " ") for name in counts.index]
    ax.barh(names, of_hard, color=COLOURS["blue"], label="hard to match")
    ax.barh(names, counts - of_hard, left=of_hard, color=COLOURS["sky"], label="other forms")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", labelsize=8, length=0)
    ax.margins(y=0.01)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set(xlabel="census forms", title="What stands between form and register")
    ax.legend(loc="lower right")
    most = [names[place] for place in np.argsort(counts.to_numpy(), kind="stable")[::-1][:3]]
    return Picture(
        fig,
        f"Horizontal bars: the number of census forms that carry each of {len(names)} patterns, "
        f"parted into forms that are hard to match and others. The longest bars are "
        f"{', '.join(most)}.",
        f"What is written on a form differs from the register in many small ways, and "
        f"{100 * many:.0f} % of the forms carry two or more of them. The names of the patterns are "
        "explained below.",
    )
