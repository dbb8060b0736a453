"""Gross pay per hour as declared: where errors are, and where true extremes are."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.data import generator
from ssplab.system import COLOURS

LOWEST, HIGHEST, BARS = 1, 1000, 90  # EUR an hour


def draw(card, tables):
    """Draw three distributions on logarithmic axes: all, true extremes, errors."""
    rows = tables["declarations"].merge(
        tables["truth/declarations"], on="declaration_id", how="left", validate="one_to_one"
    )
    rows = rows[(rows["gross"] > 0) & (rows["hours"] > 0)]
    hourly = (rows["gross"] / rows["hours"]).clip(LOWEST, HIGHEST)
    edges = np.geomspace(LOWEST, HIGHEST, BARS + 1)
    usual = hourly.quantile([0.01, 0.99])
    inside = hourly[rows["kind"] == "error"].between(*usual).mean()

    minimum_wage = generator(card).MINIMUM_WAGE[0]
    fig = Figure()
    ax = fig.subplots()
    ax.hist(hourly, edges, color="#C8C8C8", label="all declarations")
    for kind, label, colour in [
        ("legitimate", "extremes that are true", COLOURS["orange"]),
        ("error", "errors", COLOURS["blue"]),
    ]:
        counts, _ = np.histogram(hourly[rows["kind"] == kind], edges)
        ax.stairs(counts, edges, color=colour, lw=1.8, label=label)
    ax.axvline(minimum_wage, color="black", lw=0.8, ls=":")
    ax.text(minimum_wage * 0.93, 9_000, "minimum\nwage", ha="right", va="center", fontsize=9)
    ax.set(
        xscale="log",
        yscale="log",
        ylim=(0.8, 40_000),
        xticks=[1, 10, 100, 1000],
        xticklabels=["≤ 1", "10", "100", "≥ 1,000"],
        yticks=[1, 100, 10_000],
        yticklabels=["1", "100", "10,000"],
        xlabel="declared gross pay, EUR per hour (logarithmic)",
        ylabel="declarations (logarithmic)",
        title="Errors hide where most declarations are",
    )
    ax.legend(loc="upper right", fontsize=9)
    return Picture(
        fig,
        "Histogram of declared gross pay per hour on logarithmic axes. All declarations rise "
        "steeply at the minimum wage and fall off slowly above it. Most errors lie under the same "
        "hump, some far to the left of it; true extremes reach far to the right.",
        f"Of the errors shown, {100 * inside:.0f} % lie between the first and the last percentile "
        "of all declarations: a limit on pay per hour does not find them. Far out there are true "
        "extremes, such as footballers. Declarations without pay or hours are not shown.",
    )
