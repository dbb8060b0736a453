"""Checks and hints of the exercise `price-indices`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Condition, Exercise, WrongAnswer, compare, mistake
from ssplab.system import _, ngettext

if TYPE_CHECKING:  # numpy and pandas are loaded when an answer is examined
    import numpy as np
    import pandas as pd

FAMILY = "EPICERIE SUCREE"
PRODUCT = ["outlet", "ean"]
LABELS, ROWS, VALUES = _("labels"), _("rows"), _("values")


# --- the data and the right answers


@cache
def _sales() -> pd.DataFrame:
    import ssplab

    items = ssplab.load("scanner", "items")
    sales = ssplab.load("scanner")
    return sales[sales["ean"].isin(items.loc[items["family"] == FAMILY, "ean"])]


@cache
def _four_weeks() -> pd.DataFrame:
    import pandas as pd

    return _sales()[_sales()["date"] < pd.Timestamp("2022-01-31")]


def _unit_values(rows: pd.DataFrame, product: list[str] = PRODUCT) -> pd.Series:
    sums = rows.groupby(product)[["turnover", "quantity"]].sum()
    return sums["turnover"] / sums["quantity"]


@cache
def _unit_value() -> pd.Series:
    return _unit_values(_four_weeks())


@cache
def _week(date: str) -> pd.DataFrame:
    rows = _sales()[_sales()["date"] == date]
    week = rows.groupby(PRODUCT)[["quantity", "turnover"]].sum()
    week = week[(week > 0).all(axis=1)]
    return week.assign(price=week["turnover"] / week["quantity"])


@cache
def _two_weeks() -> pd.DataFrame:
    """Return what is sold in the first and in the last week."""
    return _first().merge(_last(), on=PRODUCT, suffixes=("_first", "_last"))


def _first() -> pd.DataFrame:
    return _week("2022-01-03")


def _last() -> pd.DataFrame:
    return _week("2023-12-25")


def _basket(weights: str) -> float:
    both = _two_weeks()
    now = (both["price_last"] * both[weights]).sum()
    return float(now / (both["price_first"] * both[weights]).sum())


def _laspeyres() -> float:
    return _basket("quantity_first")


def _relatives() -> pd.Series:
    return _two_weeks()["price_last"] / _two_weeks()["price_first"]


def _drift(pairs: np.ndarray) -> float:
    import numpy as np

    return float(np.prod(np.diagonal(pairs, offset=1)) / pairs[0, -1])


def _linked(published: np.ndarray, window: np.ndarray) -> float:
    import numpy as np

    overlap = published[-(len(window) - 1) :]
    return float(np.exp(np.log(overlap * window[-1] / window[:-1]).mean()))


@cache
def _relaunches() -> pd.DataFrame:
    import ssplab

    items = ssplab.load("scanner", "items").set_index("ean")["size"]
    sales = ssplab.load("scanner")
    sold = sales[sales["quantity"] > 0].sort_values("date", kind="stable").groupby("ean")
    codes = ssplab.truth("scanner", "items").dropna(subset="replaces")
    codes = codes.set_index("ean")[["replaces"]]
    ends = sold.tail(50).groupby("ean")["price"].median()
    starts = sold.head(50).groupby("ean")["price"].median()
    return codes.assign(
        price_before=codes["replaces"].map(ends),
        price_after=starts.reindex(codes.index),
        size_before=codes["replaces"].map(items),
        size_after=items.reindex(codes.index),
    )


def _price_change() -> pd.Series:
    table = _relaunches()
    return table["price_after"] / table["price_before"]


def _content() -> pd.Series:
    return _relaunches()["size_after"] / _relaunches()["size_before"]


@cache
def _rise() -> pd.Series:
    return 100 * (_price_change() / _content() - 1)


# --- 1: unit values


def _without_refunds() -> pd.Series:
    return _unit_values(_four_weeks()[_four_weeks()["quantity"] > 0])


def _mean_price() -> pd.Series:
    return _four_weeks().groupby(PRODUCT)["price"].mean()


def _refunds_added() -> pd.Series:
    rows = _four_weeks()
    return _unit_values(rows.assign(**rows[["quantity", "turnover"]].abs()))


def _refunds_off_quantity() -> pd.Series:
    rows = _four_weeks()
    return _unit_values(rows.assign(turnover=rows["turnover"].clip(lower=0)))


def _price_times_quantity() -> pd.Series:
    rows = _four_weeks()
    return _unit_values(rows.assign(turnover=rows["price"] * rows["quantity"]))


def _mean_of_weeks() -> pd.Series:
    return _unit_values(_four_weeks(), [*PRODUCT, "date"]).groupby(PRODUCT).mean()


def _mean_of_rows() -> pd.Series:
    rows = _four_weeks()
    ratio = rows["turnover"] / rows["quantity"]
    return ratio.groupby([rows[name] for name in PRODUCT]).mean()


def _all_weeks() -> pd.Series:
    return _unit_values(_sales())


def _other_weeks(answer: pd.Series) -> str | None:
    more = answer.index.difference(_unit_value().index)
    if more.empty or not more.isin(_all_weeks().index).all():
        return None
    return ngettext(
        "{number:,} product is not sold in the four weeks: start from four_weeks.",
        "{number:,} products are not sold in the four weeks: start from four_weeks.",
        len(more),
    ).format(number=len(more))


def _exchanged_levels(answer: pd.Series) -> str | None:
    if list(answer.index.names) != PRODUCT[::-1]:
        return None
    return _(
        "The levels stand in the other order, ean before outlet: write outlet first in groupby, or "
        "take answer.swaplevel()."
    )


UNIT_VALUES = [
    mistake(
        "mean-price",
        _mean_price,
        "This is a mean of the column price: a row of one pack, or a refund, counts as much as a "
        "week's sales. Sum turnover and quantity, then divide.",
    ),
    mistake(
        "mean-of-weeks",
        _mean_of_weeks,
        "This is the mean of the weeks' unit values: a week with few packs counts as much as one "
        "with many. Sum over the four weeks, then divide.",
    ),
    mistake(
        "mean-of-rows",
        _mean_of_rows,
        "This is the mean of the rows' ratios: a row of one pack counts as much as one of many. "
        "Sum turnover and quantity, then divide.",
    ),
    mistake(
        "without-refunds",
        _without_refunds,
        "Refunds were left out: their packs were sold before, at another price perhaps, and are in "
        "the sums. Leave them in, with their minus.",
    ),
    mistake(
        "refunds-added",
        _refunds_added,
        "Refunds were counted as sales: their minus is lost.",
    ),
    mistake(
        "refunds-off-the-quantity-only",
        _refunds_off_quantity,
        "Refunds were taken off the quantity and not off the turnover.",
    ),
    mistake(
        "price-times-quantity",
        _price_times_quantity,
        "The turnover was rebuilt from price times quantity: the price is rounded to a cent. Take "
        "the column turnover.",
    ),
    mistake(
        "upside-down",
        lambda: 1 / _unit_value(),
        "The ratio is upside down: euros per pack is turnover over quantity.",
    ),
]
UNIT_VALUE = Exercise(
    expects=_("a Series of euros per pack, labelled by outlet and ean"),
    answer=_unit_value,
    conditions=compare.series(
        _unit_value,
        key=PRODUCT,
        unit=_("euros per pack"),
        labels=[
            Condition(
                LABELS,
                _exchanged_levels,
                [
                    WrongAnswer(
                        "levels-exchanged",
                        lambda: _unit_values(_four_weeks(), PRODUCT[::-1]),
                        "ean before outlet",
                    )
                ],
            )
        ],
        rows=[Condition(ROWS, _other_weeks, [WrongAnswer("all-weeks", _all_weeks, "four_weeks")])],
        mistakes=UNIT_VALUES,
        advice=_("Look at its rows in four_weeks, and compute this one by hand."),
        without=("sign", "unlabelled"),
    ),
    praise=_("Sums first, the ratio last, and a refund takes off what it gave."),
    hints=_(
        """
A refund has a negative quantity and a negative turnover. What happens to both if you just sum?

`rows.groupby(["outlet", "ean"])[["turnover", "quantity"]].sum()` gives both sums for each product.

Keep that result in `sums`; then `sums["turnover"] / sums["quantity"]`.
"""
    ),
    wrong_answers=[
        WrongAnswer(
            "over-outlets", lambda: _unit_values(_four_weeks(), ["ean"]), "an index of 1 level"
        )
    ],
)


# --- 2: Laspeyres on matched products


def _unmatched_base() -> float:
    both = _two_weeks()
    now = (both["price_last"] * both["quantity_first"]).sum()
    return float(now / _first()["turnover"].sum())


def _fisher() -> float:
    return (_laspeyres() * _basket("quantity_last")) ** 0.5


def _jevons() -> float:
    import numpy as np

    return float(np.exp(np.log(_relatives()).mean()))


def _turnovers() -> float:
    return float(_last()["turnover"].sum() / _first()["turnover"].sum())


def _matched_turnovers() -> float:
    both = _two_weeks()
    return float(both["turnover_last"].sum() / both["turnover_first"].sum())


def _mean_prices() -> float:
    sums = [week[["turnover", "quantity"]].sum() for week in (_first(), _last())]
    before, now = (one["turnover"] / one["quantity"] for one in sums)
    return float(now / before)


def _crossed() -> float:
    """Return the index where each outlet's product meets its barcode in every outlet."""
    both = _first().merge(_last(), on="ean", suffixes=("_first", "_last"))
    now = (both["price_last"] * both["quantity_first"]).sum()
    return float(now / (both["price_first"] * both["quantity_first"]).sum())


@cache
def _chained() -> float:
    sums = _sales().groupby(["date", *PRODUCT])[["quantity", "turnover"]].sum()
    wide = sums[(sums > 0).all(axis=1)].pivot_table(index="date", columns=PRODUCT)
    quantities = wide["quantity"]
    prices = wide["turnover"] / quantities
    now = prices.shift(-1) * quantities
    before = (prices * quantities).where(now.notna())
    return float((now.sum(axis=1) / before.sum(axis=1)).iloc[:-1].prod())


def _relatives_weighted_by_quantity() -> float:
    weights = _two_weeks()["quantity_first"]
    return float((_relatives() * weights).sum() / weights.sum())


TURNOVERS = _(
    "This is a ratio of turnovers: quantities changed too. Value the same basket in both weeks."
)
LASPEYRES = Exercise(
    expects=_("a number, 1 if nothing changed"),
    answer=_laspeyres,
    conditions=compare.number(
        _laspeyres,
        mistakes=[
            mistake(
                "unmatched-in-the-base",
                _unmatched_base,
                "The divisor holds products that are not sold in the last week, the dividend does "
                "not: what has left counts as free. Take both over the products of both weeks.",
            ),
            mistake(
                "paasche",
                lambda: _basket("quantity_last"),
                "This is Paasche: the quantities are those of the last week.",
            ),
            mistake(
                "weeks-exchanged",
                lambda: 1 / _basket("quantity_last"),
                "The weeks are exchanged: this is the index from the last week back to the first, "
                "with the last week's basket.",
            ),
            mistake(
                "crossed-on-the-barcode",
                _crossed,
                "The tables were joined on ean alone: a barcode in one outlet met the same barcode "
                "in all others. A product is a barcode in an outlet; join on both.",
            ),
            mistake(
                "chained",
                _chained,
                "This is chained week by week, and drifts: compare the last week with the first "
                "directly.",
            ),
            mistake(
                "less-one",
                lambda: _laspeyres() - 1,
                "One was taken off: the index is 1 if nothing changed, not 0.",
            ),
            mistake("fisher", _fisher, "This is Fisher; Laspeyres is asked for."),
            mistake(
                "jevons",
                _jevons,
                "This is Jevons: each product counts the same, whatever is sold of it.",
            ),
            mistake(
                "carli",
                lambda: float(_relatives().mean()),
                "This is the mean of the price ratios, Carli: each product counts the same.",
            ),
            mistake(
                "relatives-weighted-by-quantity",
                _relatives_weighted_by_quantity,
                "This is a mean of price ratios weighted by packs: the weights of ratios are the "
                "first week's turnover. Or take two sums of price times quantity.",
            ),
            WrongAnswer("all-turnovers", _turnovers, TURNOVERS),
            WrongAnswer("matched-turnovers", _matched_turnovers, TURNOVERS),
            mistake(
                "mean-prices",
                _mean_prices,
                "This is a ratio of mean prices over all products: it moves with what is bought, "
                "even if no price does.",
            ),
        ],
        advice=_(
            "Both sums run over the products sold in both weeks, with the quantities of the first."
        ),
    ),
    praise=_("The first week's basket, as far as it is still on sale, at two weeks' prices."),
    hints=_(
        """
Which products have a price in both weeks? Only these can be compared.

`first.merge(last, on=["outlet", "ean"], suffixes=("_first", "_last"))` keeps the products of both
tables, and tells their columns apart.

Two sums of price times `quantity_first`: one with `price_last` above, one with `price_first` below.
"""
    ),
)


# --- 3: chain drift


def _matrix(*rows: tuple[float, ...]) -> Callable[[], tuple[np.ndarray]]:
    def arguments() -> tuple[np.ndarray]:
        import numpy as np

        return (np.array(rows),)

    return arguments


def _drift_by(compute: Callable[[np.ndarray], float]) -> Callable[[], Callable]:
    return lambda: lambda pairs: float(compute(pairs))


def _chain(pairs: np.ndarray, offset: int = 1) -> float:
    import numpy as np

    return np.prod(np.diagonal(pairs, offset=offset))


def _sum_of_steps(pairs: np.ndarray) -> float:
    import numpy as np

    return (1 + (np.diagonal(pairs, offset=1) - 1).sum()) / pairs[0, -1]


def _first_row(pairs: np.ndarray) -> float:
    import numpy as np

    return np.prod(pairs[0]) / pairs[0, -1]


DRIFT = Exercise(
    expects=_("a function of a matrix of indices that returns a number"),
    answer=lambda: _drift,
    conditions=compare.function(
        lambda: _drift,
        [
            compare.Case(
                _("three weeks"),
                _matrix((1, 0.8, 1.02), (1.3, 1, 1.35), (0.99, 0.75, 1)),
            ),
            compare.Case(
                _("four weeks"),
                _matrix(
                    (1, 1.1, 0.9, 1.2),
                    (0.9, 1, 0.85, 1.15),
                    (1.12, 1.2, 1, 1.4),
                    (0.8, 0.9, 0.7, 1),
                ),
            ),
            compare.Case(_("two weeks"), _matrix((1, 1.25), (0.8, 1))),
        ],
        mistakes=[
            mistake(
                "upside-down",
                _drift_by(lambda pairs: pairs[0, -1] / _chain(pairs)),
                "The ratio is upside down: the chain over the direct index.",
            ),
            mistake(
                "less-one",
                _drift_by(lambda pairs: _drift(pairs) - 1),
                "One was taken off: the ratio itself is asked for.",
            ),
            mistake(
                "chain-only",
                _drift_by(_chain),
                "This is the chained index; divide it by the direct one.",
            ),
            mistake(
                "first-row",
                _drift_by(_first_row),
                "The first row was multiplied up: it holds direct comparisons. A chain goes from "
                "each week to the next, along the diagonal above the main one.",
            ),
            mistake(
                "below-the-diagonal",
                _drift_by(lambda pairs: _chain(pairs, -1) / pairs[0, -1]),
                "The steps go backwards: below the main diagonal a week is compared with the one "
                "before as the later with the earlier. Take the diagonal above it.",
            ),
            mistake(
                "changes-added",
                _drift_by(_sum_of_steps),
                "The steps' changes were added: a chain multiplies.",
            ),
            mistake(
                "round-trip",
                _drift_by(lambda pairs: _chain(pairs) * pairs[-1, 0]),
                "The way back was taken from the last row: with some formulas it is not one over "
                "the way there. Divide by the direct index, in the first row.",
            ),
        ],
        advice=_("Multiply the steps by hand, then divide by the direct index."),
        without=("returned", "printed"),
    ),
    praise=_("Any formula can be asked now whether it drifts."),
    hints=_(
        """
In `pairs`, row s and column t hold the index from week s to week t. Where are the steps from each
week to the next, and where is the direct way from the first week to the last?

`np.diagonal(pairs, offset=1)` gives the steps, `np.prod` multiplies, `pairs[0, -1]` is the first
row's last number.

```python
def drift(pairs):
    steps = np.diagonal(pairs, offset=1)
    return ...
```
"""
    ),
)


# --- 4: the mean splice


def _two(published: list[float], window: list[float]) -> Callable[[], tuple]:
    def arguments() -> tuple:
        import numpy as np

        return np.array(published), np.array(window)

    return arguments


def _levels(published: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return the new week's value over each week that both series have."""
    return published[-(len(window) - 1) :] * window[-1] / window[:-1]


def _linked_by(compute: Callable[..., float]) -> Callable[[], Callable]:
    return lambda: lambda published, window: float(compute(published, window))


def _of_window_length(published: np.ndarray, window: np.ndarray) -> float:
    """Link as if the last week published were the new one."""
    import numpy as np

    overlap = published[-len(window) :]
    return np.exp(np.log(overlap * window[-1] / window[-len(overlap) :]).mean())


def _from_the_start(published: np.ndarray, window: np.ndarray) -> float:
    import numpy as np

    overlap = published[: len(window) - 1]
    return np.exp(np.log(overlap * window[-1] / window[:-1]).mean())


def _in_logs(published: np.ndarray, window: np.ndarray) -> float:
    import numpy as np

    return np.log(_levels(published, window)).mean()


def _median(published: np.ndarray, window: np.ndarray) -> float:
    import numpy as np

    return np.median(_levels(published, window))


def _half(published: np.ndarray, window: np.ndarray) -> float:
    levels = _levels(published, window)
    return levels[len(levels) // 2]


LINK = Exercise(
    expects=_("a function of two arrays that returns a number, the new week's index"),
    answer=lambda: _linked,
    conditions=compare.function(
        lambda: _linked,
        [
            compare.Case(
                _("six weeks published and a window of five"),
                _two([1, 1.02, 0.9, 1.05, 1.3, 1.08], [1, 1.2, 1.04, 1.25, 1.1]),
            ),
            compare.Case(
                _("a window as long as the index, and the new week"),
                _two([1, 1.1, 0.95], [1, 1.15, 0.9, 1.05]),
            ),
            compare.Case(_("a window of two weeks"), _two([1, 1.1, 1.2], [1, 0.9])),
        ],
        mistakes=[
            mistake(
                "arithmetic-mean",
                _linked_by(lambda published, window: _levels(published, window).mean()),
                "This is the arithmetic mean of the linked values; take the geometric one: the "
                "mean of their logarithms, then exp.",
            ),
            mistake(
                "movement",
                _linked_by(lambda published, window: _levels(published, window)[-1]),
                "This is the movement splice: only the last published week carries the link.",
            ),
            mistake(
                "window",
                _linked_by(lambda published, window: _levels(published, window)[0]),
                "This is the window splice: only the window's first week carries the link.",
            ),
            mistake(
                "half",
                _linked_by(_half),
                "This is the half splice: only the week in the middle carries the link.",
            ),
            mistake(
                "median",
                _linked_by(_median),
                "This is the median of the linked values; take their geometric mean.",
            ),
            mistake(
                "not-linked",
                _linked_by(lambda published, window: window[-1]),
                "This is the window's own index, which starts at 1: it must be linked to what is "
                "published.",
            ),
            mistake(
                "one-week-off",
                _linked_by(_of_window_length),
                "The two series are one week off: the window's last week is not published yet, so "
                "only its other weeks have a published value.",
            ),
            mistake(
                "from-the-start",
                _linked_by(_from_the_start),
                "The first published weeks were taken: the window covers the last ones.",
            ),
            mistake(
                "still-in-logs",
                _linked_by(_in_logs),
                "The result is still a logarithm: np.exp brings it back.",
            ),
        ],
        advice=_("With a window of two weeks there is one link: check that by hand."),
        without=("returned", "printed"),
    ),
    praise=_("Nothing published is touched, and no single week decides the link."),
    hints=_(
        """
All weeks of the window but its last are published. Each of them gives a value for the new week:
the published value times the change in the window from that week to the last.

`published[-(len(window) - 1):]` are those published values, `window[:-1]` the window's values of
the same weeks.

The geometric mean of an array is `np.exp(np.log(values).mean())`.
"""
    ),
)


# --- 5: the smaller pack


def _per_content(content: pd.Series, change: pd.Series | None = None) -> pd.Series:
    return 100 * ((_price_change() if change is None else change) / content - 1)


def _logarithm() -> pd.Series:
    import numpy as np

    return 100 * np.log(_price_change() / _content())


def _without_brackets() -> pd.Series:
    table = _relaunches()
    after = table["price_after"] / table["size_after"]
    return 100 * (after / table["price_before"] / table["size_before"] - 1)


def _by_the_old_code() -> pd.Series:
    return _rise().set_axis(_relaunches()["replaces"])


def _old_labels(answer: pd.Series) -> str | None:
    if len(answer) != len(_rise()) or not answer.index.isin(_relaunches()["replaces"]).all():
        return None
    return _(
        "The Series is labelled by the old code, replaces: a relaunch is known by its new code, "
        "ean, the index of relaunches."
    )


def _filled(answer: pd.Series) -> str | None:
    unknown = _rise()[_rise().isna()].index
    given = answer.reindex(unknown).dropna()
    if given.empty:
        return None
    return _(
        "{number} relaunches whose content is not known have a value, such as {label}. Leave it "
        "missing: an unknown content is not an unchanged one."
    ).format(number=len(given), label=given.index[0])


def _unknown_lost(answer: pd.Series) -> str | None:
    lost = _rise().index.difference(answer.index)
    if lost.empty or _rise().reindex(lost).notna().any():
        return None
    return _(
        "The relaunches whose content is not known have no row, such as {label}. Keep them, with a "
        "missing value, so that whoever reads the result sees how many there are."
    ).format(label=lost[0])


RISE_VALUES = [
    mistake(
        "per-pack",
        lambda: 100 * (_price_change() - 1),
        "This is the change of the price per pack: the smaller pack's rise is not in it. Divide "
        "each price by its size first.",
    ),
    mistake(
        "content-only",
        lambda: 100 * (_content() - 1),
        "This is the change of the content; the price per content is asked for.",
    ),
    mistake(
        "multiplied-by-the-content",
        lambda: _per_content(1 / _content()),
        "The content works the wrong way: less in the pack at the same price is a rise. Divide "
        "each price by its own size.",
    ),
    mistake(
        "before-over-after",
        lambda: 100 * (_content() / _price_change() - 1),
        "Before and after are exchanged: after over before.",
    ),
    mistake(
        "over-the-price-after",
        lambda: 100 * (1 - _content() / _price_change()),
        "The change was divided by the price after; a change in per cent is of the price before.",
    ),
    mistake(
        "price-unchanged",
        lambda: _per_content(_content(), _price_change() * 0 + 1),
        "This would be the rise if the price of the pack had not changed: it changed too.",
    ),
    mistake(
        "logarithm",
        _logarithm,
        "This is a difference of logarithms, times 100: near the change in per cent where it is "
        "small, and not the change.",
    ),
    mistake(
        "without-brackets",
        _without_brackets,
        "a / b / c / d divides by all three: put brackets around the price per content before, "
        "(a / b) / (c / d).",
    ),
    mistake(
        "a-ratio-in-percent",
        lambda: 100 * _price_change() / _content(),
        "This is the ratio in per cent; take off 100 for the change.",
    ),
    Condition(
        VALUES,
        _filled,
        [
            WrongAnswer(
                "unknown-as-unchanged",
                lambda: _per_content(_content().fillna(1)),
                "not an unchanged one",
            )
        ],
    ),
]
RISE = Exercise(
    expects=_("a Series of percentages, labelled by ean, with missing values"),
    answer=_rise,
    conditions=compare.series(
        _rise,
        key="ean",
        unit=_("per cent"),
        labels=[
            Condition(
                LABELS,
                _old_labels,
                [WrongAnswer("labelled-by-the-old-code", _by_the_old_code, "by the old code")],
            )
        ],
        rows=[
            Condition(
                ROWS,
                _unknown_lost,
                [WrongAnswer("dropped", lambda: _rise().dropna(), "have no row")],
            )
        ],
        mistakes=RISE_VALUES,
        advice=_("Look at its row in relaunches, and compute its two prices per content."),
    ),
    praise=_("A price belongs to a content; what is not known stays missing, and visible."),
    hints=_(
        """
The price is of a pack. What is the price of a kilogram, a litre or a piece, before and after?

`relaunches["price_after"] / relaunches["size_after"]` is the price per content after; a missing
size gives a missing price by itself.

The change in per cent is `100 * (after / before - 1)`.
"""
    ),
)


# --- 6: an open exercise

OWN_INDEX = Exercise(
    expects=_("an index of one family, published week by week, and what it rests on"),
    hints=_(
        """
Start from the functions of the chapter, and from one family. Say first what a product is.

The check of an index without a truth: go round. Compare chained with direct, one product's
definition with another, one window with another, and explain the largest difference.

For a window, take the part `pairs[first:last, first:last]` of the matrix of all pairs.
"""
    ),
)

EXERCISES = {1: UNIT_VALUE, 2: LASPEYRES, 3: DRIFT, 4: LINK, 5: RISE, 6: OWN_INDEX}
