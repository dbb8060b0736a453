"""How unevenly the classification parts the economy."""

from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS

CHOSEN = "The first row of each level"
LONGEST = 42  # characters of a label


def choose(main):
    """Return a section and what is below it: one row a level."""
    return main.drop_duplicates("level")


def draw(card, tables):
    """Draw the number of sub-classes of each section."""
    counts = tables["subclasses"]["section"].value_counts().sort_index(ascending=False)
    labels = tables["activities"].set_index("code")["label"]
    names = [f"{_short(labels[code])}  {code}" for code in counts.index]

    fig = Figure(figsize=(5.4, 5.0))
    ax = fig.subplots()
    bars = ax.barh(names, counts, color=COLOURS["blue"])
    ax.bar_label(bars, padding=2, fontsize=8)
    ax.grid(visible=False)
    ax.tick_params(axis="y", labelsize=8, length=0)
    ax.margins(x=0.1, y=0.01)
    ax.set(xlabel="sub-classes", title="Sub-classes by section")
    first, second = counts.nlargest(2).index
    return Picture(
        fig,
        f"Horizontal bars: the number of sub-classes in each of {len(counts)} sections. Sections "
        f"{first} and {second} have the longest, most others have short ones.",
        f"Sections {first} ({labels[first].lower()}) and {second} ({labels[second].lower()}) have "
        f"{counts[[first, second]].sum()} of {counts.sum()} sub-classes. A score averaged over "
        "sub-classes weighs the sections so, whatever people work in.",
        "NAF rev. 2, © Insee.",
    )


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else label[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
