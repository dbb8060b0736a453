"""Right answers by length of the log: what counts is not how much students do."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ssplab.book import Picture
from ssplab.data import generator
from ssplab.system import COLOURS

BOUNDS = (1, 7, 12, 20, np.inf)  # events, start and end included
LABELS = ("up to 7", "8 to 12", "13 to 20", "over 20")
FEWEST = 30  # students of a point
CHOSEN = "The first reset that comes fifth or later in its log, and the four rows before it,"


def choose(main):
    """Return the first reset that is no earlier than the fifth event, and the four before it."""
    place = np.flatnonzero((main["event_type"] == "reset") & (main["position"] >= 5))[0]
    return main.iloc[place - 4 : place + 1]


def draw(card, tables):
    """Draw the share of right answers by length of the log, in all and by sliders isolated."""
    events = tables["events"]
    events = events[events["event_type"] != "diagram"]
    isolated = generator(card).controls_isolated(events)
    length = events.groupby("student_id").size().loc[isolated.index]
    correct = tables["students"].set_index("student_id")["correct"].loc[isolated.index]
    group = pd.cut(length, BOUNDS, labels=LABELS)

    fig = Figure()
    ax = fig.subplots()
    told = {}
    for name, those, colour, line, above in [
        ("all three sliders isolated", isolated == 3, COLOURS["blue"], "-o", 0.10),
        ("all logs", isolated >= 0, COLOURS["grey"], "--s", 0.14),
        ("fewer isolated", isolated < 3, COLOURS["vermilion"], "-.^", -0.10),
    ]:
        by_length = correct[those].groupby(group[those], observed=True).agg(["mean", "size"])
        shares = by_length.loc[by_length["size"] >= FEWEST, "mean"]
        ax.plot(shares.index.astype(str), shares, line, color=colour)
        ax.text(1, shares.iloc[1] + above, name, color=colour, ha="center", va="center")
        told[name] = shares
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set(
        ylim=(0, 1),
        xlabel="length of the log, events",
        ylabel="right answers",
        title="What students do counts, not how much",
    )
    whole, three = told["all logs"], told["all three sliders isolated"]
    return Picture(
        fig,
        "Lines of the share of right answers by length of the log. Over all logs it rises with "
        "length. Of students who moved all three sliders alone it is high at any length, of the "
        "others low.",
        f"Of the shortest logs {100 * whole.iloc[0]:.0f} % end in a right answer, of the longest "
        f"{100 * whole.iloc[-1]:.0f} %. Where each slider was moved alone, it is "
        f"{100 * three.iloc[0]:.0f} % of the shortest and {100 * three.iloc[-1]:.0f} % of the "
        "longest.",
    )
