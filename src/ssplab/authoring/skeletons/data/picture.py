"""The telling figure of `{{ name }}`: where its planted errors are."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS


def draw(card, tables):
    """Draw the distribution of turnover per employee, of all enterprises and of those in error."""
    firms = tables["firms"]
    per_employee = firms["turnover"] / firms["employees"]
    is_error = firms["firm_id"].isin(tables["truth/firms"]["firm_id"])
    edges = np.geomspace(per_employee.min(), per_employee.max(), 61)
    fig = Figure()
    ax = fig.subplots()
    ax.hist(per_employee, edges, color="#C8C8C8", label="all enterprises")
    counts, _ = np.histogram(per_employee[is_error], edges)
    ax.stairs(counts, edges, color=COLOURS["blue"], lw=1.8, label="errors")
    ax.set(
        xscale="log",
        yscale="symlog",
        xlabel="reported turnover, thousand EUR per employee (logarithmic)",
        ylabel="enterprises (logarithmic)",
        title="Some errors stand out, most do not",
    )
    ax.legend()
    return Picture(
        fig,
        "Histogram of reported turnover per employee on logarithmic axes: one hump holds almost "
        "all enterprises and about two thirds of the errors; the other errors stand far to the "
        "right, a factor of a thousand away.",
        "FILL IN: what to see in your own figure, in two sentences.",
    )
