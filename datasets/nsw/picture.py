"""Earnings before and after a training programme, in an experiment and in a survey."""

from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS

YEARS = [1974, 1975, 1978]


def draw(card, tables):
    """Draw mean earnings by year of three groups: trained, drawn by lot, and of the survey."""
    experiment, survey = tables["experiment"], tables["comparison"]
    columns = [f"re{year - 1900}" for year in YEARS]
    means = {
        "trained": experiment.loc[experiment["treat"] == 1, columns].mean(),
        "not trained, by lot": experiment.loc[experiment["treat"] == 0, columns].mean(),
        "people of a survey (CPS)": survey[columns].mean(),
    }
    by_lot = means["trained"] - means["not trained, by lot"]
    to_survey = means["trained"] - means["people of a survey (CPS)"]

    fig = Figure()
    ax = fig.subplots()
    for (label, mean), colour, marker, line in zip(
        means.items(),
        [COLOURS["blue"], COLOURS["sky"], COLOURS["vermilion"]],
        "os^",
        ["-", "--", ":"],
        strict=True,
    ):
        ax.plot(YEARS, mean / 1000, color=colour, marker=marker, ls=line, label=label)
    ax.set(
        ylim=(0, None),
        xticks=YEARS,
        xticklabels=["1974\nbefore", "1975\nbefore", "1978\nafter"],
        xlabel="year",
        ylabel="mean earnings, thousand USD a year",
        title="People of a survey are no control group",
    )
    ax.legend(loc="upper left", bbox_to_anchor=(0, 0.8))
    return Picture(
        fig,
        "Mean earnings in 1974, 1975 and 1978 of three groups. Those trained and those left out by "
        "lot earn equally little before the programme, and the trained more after it. The people "
        "of the survey earn several times as much throughout.",
        f"Drawn by lot, the difference of 1978 is {by_lot.iloc[-1]:,.0f} dollars, an effect of "
        f"training. Against the survey it is −{-to_survey.iloc[-1]:,.0f}: the groups differed "
        "long before.",
        "LaLonde's experiment and the CPS, in the package causaldata.",
    )
