"""The sites are not the labour market: families of occupations on each, beside the market's."""

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ssplab.book import Picture
from ssplab.system import COLOURS

MARKET = "the labour market"
CHOSEN = "For each site but the aggregator, its shortest row"


def choose(main):
    """Return an ad of each site that writes its own, short enough for a page."""
    own = main[main["site"] != "jobflux"]
    lengths = own["description"].str.len()
    return own.loc[lengths.groupby(own["site"]).idxmin()]


def draw(card, tables):
    """Draw the share of executives' posts on each site and in the labour market."""
    ads = tables["ads"].merge(tables["truth/ads"], on="ad_id", validate="one_to_one")
    vacancies, market = tables["truth/vacancies"], tables["market"]
    executive = set(vacancies.loc[vacancies["executive"], "rome"])
    shares = ads["rome"].isin(executive).groupby(ads["site"]).mean()
    names = tables["sites"].set_index("site")["name"]
    shares.index = shares.index.map(names)
    everywhere = ads["rome"].isin(executive).mean()
    reference = market["executives"].sum() / market["vacancies"].sum()
    shares["all six sites"] = everywhere
    shares = shares.sort_values()

    fig = Figure(figsize=(5.4, 3.6))
    ax = fig.subplots()
    whole = shares.index == "all six sites"
    colours = [COLOURS["blue"] if one else COLOURS["sky"] for one in whole]
    bars = ax.barh(shares.index, shares, color=colours)
    ax.bar_label(bars, [f"{share:.0%}".replace("%", " %") for share in shares], padding=3)
    ax.axvline(reference, color=COLOURS["vermilion"], linestyle="--")
    ax.annotate(
        f"{MARKET}: {100 * reference:.0f} %",
        (reference, 0),
        (8, 0),
        textcoords="offset points",
        va="center",
        color=COLOURS["vermilion"],
    )
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, shares.max() * 1.15)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set(xlabel="share of ads for executives", title="The sites are not the labour market")
    told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares[::-1].items())
    return Picture(
        fig,
        f"Horizontal bars: the share of ads for executives on each site: {told}. "
        f"A dashed line marks their share in the labour market, {100 * reference:.0f} %.",
        f"On the six sites together, {100 * everywhere:.0f} % of the ads are for executives; of "
        f"all vacancies opened in the six months, {100 * reference:.0f} % are. "
        "The table `market` gives what is needed to weight.",
    )
