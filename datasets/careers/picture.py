"""The spread of pay by age: what a simulation must reproduce, and what one without draws gives."""

import numpy as np
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.data import generator
from ssplab.system import COLOURS

AGES = np.arange(20, 61)
WINDOW = 2  # years of age on either side


def draw(card, tables):
    """Draw deciles of full-time pay of private employees by age, in ceilings of the year."""
    module = generator(card)
    rows = tables["careers"]
    rows = rows[rows["state"].str.startswith("private_") & (rows["days"] > 0)]
    carried = tables["truth/planted"]
    wrong = carried.loc[carried["kind"] == "error", ["person", "year"]].assign(wrong=True)
    rows = rows.merge(wrong, on=["person", "year"], how="left", validate="1:1")
    rows = rows[rows["wrong"].isna()]
    context = tables["context"].set_index("year")
    ceiling = rows["year"].map(context["ceiling"])
    pay = rows["gross"] / rows["days"] * module.FULL_YEAR / ceiling
    age = rows["year"] - rows["birth_year"]
    deciles = np.array(
        [
            pay[(age - centre).abs() <= WINDOW].quantile([0.1, 0.5, 0.9]).to_numpy()
            for centre in AGES
        ]
    )
    minimum = (context["minimum_pay"] / context["ceiling"]).mean()

    fig = Figure()
    ax = fig.subplots()
    for column, label, line in [
        (2, "ninth decile", "--"),
        (1, "median", "-"),
        (0, "first decile", "-."),
    ]:
        ax.plot(AGES, deciles[:, column], color=COLOURS["blue"], ls=line, label=label)
    ax.axhline(minimum, color="black", lw=0.8, ls=":")
    ax.text(AGES[-1], minimum * 0.97, "minimum wage", ha="right", va="top", fontsize=9)
    ax.set(
        yscale="log",
        xlabel="age",
        ylabel="full-time pay, ceilings (logarithmic)",
        title="Pay spreads as careers go on",
    )
    ticks = [0.4, 0.6, 1.0, 1.5, 2.0]
    ax.set_ylim(0.38, 2.4)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left")
    ratio = deciles[:, 2] / deciles[:, 0]
    young, old = ratio[AGES == 25][0], ratio[AGES == 55][0]
    return Picture(
        fig,
        "Ninth decile, median and first decile of full-time pay of private employees by age, on a "
        "logarithmic axis. The first decile stays close to the minimum wage, the median rises "
        "above it, and the ninth decile rises most.",
        f"D9/D1 is {young:.1f} at 25 and {old:.1f} at 55. A simulation that carries every wage to "
        "its mean loses this spread. Pay is in social security ceilings of its year, and rows in "
        "error are left out.",
    )
