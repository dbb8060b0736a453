"""Four price indices of the same sales: chained every week, two of them leave the truth."""

import numpy as np
from matplotlib.dates import DateFormatter, MonthLocator
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS


def draw(card, tables):
    """Draw the true index, chained Laspeyres and Törnqvist, and GEKS-Törnqvist, by week."""
    sales = tables["sales"]
    sales = sales[(sales["quantity"] > 0) & (sales["turnover"] > 0)]
    weeks = np.sort(sales["date"].unique())
    family = sales["ean"].map(tables["items"].set_index("ean")["family"])
    truth = tables["truth/index"]
    truth = truth[truth["coicop"] == "all"]
    truth = truth.groupby(["family", "date"])["index_continuing"].mean().unstack("date")

    logs, weights = [], []
    for name, part in sales.groupby(family):
        matrices = [
            part.pivot_table(
                index="date", columns=["outlet", "ean"], values=value, aggfunc="sum", fill_value=0
            )
            .reindex(weeks, fill_value=0)
            .to_numpy(float)
            for value in ("quantity", "turnover")
        ]
        logs.append({"truth": np.log(truth.loc[name, weeks].to_numpy()), **_indices(*matrices)})
        weights.append(part["turnover"].sum())
    index = {
        kind: 100 * np.exp(np.average([one[kind] for one in logs], axis=0, weights=weights))
        for kind in logs[0]
    }

    fig = Figure()
    ax = fig.subplots()
    for kind, label, colour, line in [
        ("laspeyres", "chained Laspeyres", COLOURS["vermilion"], "--"),
        ("truth", "truth", "black", "-"),
        ("tornqvist", "chained Törnqvist", COLOURS["blue"], "-."),
    ]:
        ax.plot(weeks, index[kind], color=colour, ls=line, label=label)
    ax.plot(
        weeks,
        index["geks"],
        "o",
        color=COLOURS["sky"],
        markeredgecolor="black",
        markersize=5,
        markevery=(6, 12),
        label="GEKS-Törnqvist",
    )
    ax.set(
        yscale="log",
        xlabel="week",
        ylabel="index, first week = 100 (logarithmic)",
        title="Chained every week, an index leaves the truth",
    )
    low, high = ax.get_ylim()
    ticks = [tick for tick in (25, 50, 100, 200, 400, 800, 1600, 3200) if low <= tick <= high]
    ax.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.xaxis.set_major_locator(MonthLocator(bymonth=(1, 7)))
    ax.xaxis.set_major_formatter(DateFormatter("%b %Y"))
    ax.legend(loc="upper left")
    last = {kind: values[-1] for kind, values in index.items()}
    return Picture(
        fig,
        "Four price indices by week over two years on a logarithmic axis. Chained Laspeyres climbs "
        "far above the truth, chained Törnqvist falls below it, and GEKS-Törnqvist stays close.",
        f"After two years prices stand at {last['truth']:.1f}, and GEKS-Törnqvist at "
        f"{last['geks']:.1f}. Laspeyres chained every week says {last['laspeyres']:,.0f}, since "
        f"promotions come and go; Törnqvist, chained too, says {last['tornqvist']:.1f}. Families "
        "are averaged with their turnover; the truth is that of continuing items.",
    )


def _indices(quantity: np.ndarray, turnover: np.ndarray) -> dict[str, np.ndarray]:
    """Return the logarithms of three indices of one family, by week, 0 in the first.

    Every pair of weeks is compared on the products sold in both, by matrix products.

    Parameters
    ----------
    quantity, turnover : ndarray of shape (weeks, products)
        0 where nothing is sold.
    """
    sold = (quantity > 0).astype(float)
    price = np.divide(turnover, quantity, out=np.zeros_like(turnover), where=quantity > 0)
    log_price = np.log(np.where(quantity > 0, price, 1.0))
    matched = turnover @ sold.T  # [t, u]: turnover of week t in what is sold in week u too
    change = (turnover @ log_price.T - (turnover * log_price) @ sold.T) / matched
    tornqvist = (change - change.T) / 2
    laspeyres = np.log(quantity @ price.T / matched)
    chained = {
        name: np.concatenate([[0.0], np.cumsum(np.diagonal(pairs, 1))])
        for name, pairs in [("laspeyres", laspeyres), ("tornqvist", tornqvist)]
    }
    return {**chained, "geks": (tornqvist[0][:, None] + tornqvist).mean(axis=0)}
