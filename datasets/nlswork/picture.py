"""How many of the women are in the panel in each year, and how often each was seen."""

from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS


def draw(card, tables):
    """Draw the number of interviews a year, beside how many interviews a woman has."""
    panel = tables["interviews"]
    by_year = panel["year"].value_counts().sort_index()
    seen = panel.groupby("idcode").size()
    times = seen.value_counts().sort_index()

    fig = Figure(figsize=(6.4, 3.4), layout="constrained")
    left, right = fig.subplots(1, 2)
    left.bar(by_year.index, by_year, color=COLOURS["blue"])
    left.set(xlabel="year", ylabel="women with a wage", title="Interviews")
    right.bar(times.index, times, color=COLOURS["blue"])
    right.set(xlabel="interviews of a woman", ylabel="women", title="How often each was seen")
    for ax in (left, right):
        ax.grid(visible=False, axis="x")
    return Picture(
        fig,
        f"Two charts of bars. On the left women with a wage by year: from {by_year.min():,} to "
        f"{by_year.max():,}, with gaps in six years. On the right women by their number of "
        f"interviews: most often {times.idxmax()}, and fewer and fewer up to {times.index.max()}.",
        f"Only {times.loc[times.index.max()]:,} of {len(seen):,} women have a wage in all "
        f"{times.index.max()} interviews; half have at most {seen.median():.0f}. Who comes and "
        "goes is not drawn by chance, so a model of those who stay speaks of those who stay.",
        "National Longitudinal Survey of Young Women, through the package econtools.",
    )
