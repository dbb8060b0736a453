"""The scanner twin: its true indices, how usual ones miss them, and what is planted in it."""

import numpy as np
import pandas as pd
import pytest

from ssplab.course import load_card
from ssplab.data import generation

pytestmark = pytest.mark.slow  # generates twins

scanner = generation.generator(load_card("scanner"))
MARGINS = {
    # name on the card: whether what is reached lies beyond the published end of the range
    "chained Fisher, least drift": lambda reached, end: reached < end,
    "chained Fisher, most drift": lambda reached, end: reached > end,
    "chained Laspeyres, least drift": lambda reached, end: reached > end,
    "chained Laspeyres, most drift": lambda reached, end: reached < end,
}
SEEDS = (1, 2, 3)
ROW = ["outlet", "ean", "date", "quantity"]
LAST = pd.Timestamp(scanner.MONDAYS[-1])


@pytest.fixture(scope="module")
def card():
    return load_card("scanner")


@pytest.fixture(scope="module")
def twins(twin, generated):
    return [twin, *(generated("scanner", seed) for seed in SEEDS)]


@pytest.fixture(scope="module")
def difficulties(difficulty_of):
    return [difficulty_of("scanner", seed) for seed in (None, *SEEDS)]


@pytest.fixture(scope="module")
def marked(twin):
    """Sales with what they carry, and the price on the shelf."""
    return (
        twin.tables["sales"]
        .merge(twin.truth["sales"], on=ROW, how="left", validate="1:1")
        .merge(twin.truth["consumption"], on=ROW[:3], how="left", validate="m:1")
        .merge(twin.tables["outlets"][["outlet", "chain"]], on="outlet", validate="m:1")
    )


@pytest.fixture(scope="module")
def consumed(twin):
    """Consumption by content, with the product behind each code in each week."""
    rows = twin.truth["consumption"].merge(twin.truth["items"], on="ean")
    rows = rows[(rows["date"] >= rows["since"]) & ~(rows["date"] > rows["until"])]
    assert len(rows) == len(twin.truth["consumption"])
    ratio = rows["size_ratio"].fillna(1)
    family = twin.tables["items"].set_index("ean")["family"]
    return rows.assign(
        price=rows["shelf_price"] / ratio,
        value=rows["shelf_price"] * rows["consumption"],
        family=rows["ean"].map(family),
        weeks=rows.groupby(["outlet", "product"])["date"].transform("nunique"),
    )


def sato_vartia(rows):
    """Return the Sato–Vartia index of each week on the first, and the value of all weeks."""
    price, value = (
        rows.pivot_table(index="date", columns=["outlet", "product"], values=name)
        for name in ("price", "value")
    )
    share = value.div(value.sum(axis=1), axis=0).to_numpy()
    difference, ratio = share - share[0], np.log(share / share[0])
    same = difference == 0
    weight = np.where(same, share, difference / np.where(same, 1, ratio))
    weight /= weight.sum(axis=1, keepdims=True)
    change = np.log(price.to_numpy() / price.to_numpy()[0])
    return np.exp((weight * change).sum(axis=1)), value.sum(axis=1).to_numpy()


@pytest.mark.parametrize("margin", MARGINS)
def test_chain_drift_stays_in_the_published_range(margin, card, twins):
    end = {one.name: one.published for one in card.margins}[margin]
    assert all(MARGINS[margin](scanner.measure_margins(one)[margin], end) for one in twins)


def test_chain_drift_is_no_smaller_than_it_takes_to_teach(twins):
    for one in twins:
        reached = scanner.measure_margins(one)
        assert reached["chained Fisher, most drift"] < -15
        assert reached["chained Laspeyres, most drift"] > 1000


def test_every_margin_of_the_card_is_tested(card):
    assert {margin.name for margin in card.margins} == set(MARGINS)


def test_the_ces_functions_give_the_published_example():
    """Diewert and Fox's design: four products, twelve periods; the truth is 1.137003."""
    price = np.array(
        [
            [2, 1.75, 1.6, 1.5, 1.45, 1.4, 1.35, 1.3, 1.25, 1.2, 1.15, 1.1],
            [1, 0.5, 1.05, 1.1, 1.12, 1.15, 1.18, 0.6, 1.2, 1.25, 1.28, 1.3],
            [1, 0.95, 0.9, 0.85, 0.4, 0.8, 0.75, 0.72, 0.7, 0.4, 0.7, 0.65],
            [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.7, 0.65, 0.7, 0.75, 0.75, 0.8],
        ]
    ).T
    spending = np.array([10, 13, 11, 12, 15, 13, 14, 17, 15, 18, 16, 17.0])
    taste = np.broadcast_to([0.2, 0.2, 0.2, 0.4], price.shape)
    assert scanner.ces_index(price, taste, 2)[-1] == pytest.approx(1.137003, abs=1e-6)
    quantity = scanner.ces_demand(price, taste, 2, spending)
    assert np.allclose((price * quantity).sum(axis=1), spending)
    panel = scanner._Panel("", "", quantity, price * quantity)
    chained = scanner._chained(panel, 11)
    assert np.exp(chained["laspeyres"]) == pytest.approx(2.200047, abs=1e-6)
    assert np.exp(chained["fisher"]) == pytest.approx(1.124285, abs=1e-6)
    assert np.exp(chained["tornqvist"]) == pytest.approx(1.134617, abs=1e-6)
    assert np.exp(scanner._direct(panel, 11)["jevons"]) == pytest.approx(0.928613, abs=1e-6)
    assert np.exp(scanner._geks(panel)) == pytest.approx(1.132820, abs=1e-6)


@pytest.mark.parametrize("family", [one.name for one in scanner.FAMILIES])
def test_the_true_indices_follow_from_consumption(family, twin, consumed):
    """Sato–Vartia is exact for CES, and Feenstra's factor adjusts it for variety."""
    index = twin.truth["index"].query("coicop == 'all' and family == @family")
    sigma = twin.truth["families"].set_index("family").loc[family, "sigma"]
    rows = consumed[consumed["family"] == family]
    kept = rows[rows["weeks"] == scanner.WEEKS]
    continuing, value = sato_vartia(kept)
    # Consumption is rounded to a hundredth of a pack, the index to six decimals
    assert np.abs(continuing / index["index_continuing"] - 1).max() < 1e-5
    share = value / rows.groupby("date")["value"].sum().to_numpy()
    variety = continuing * (share / share[0]) ** (1 / (sigma - 1))
    assert np.abs(variety / index["index_variety"] - 1).max() < 3e-5


def test_a_subclass_has_its_own_true_index(twin, consumed):
    rows = consumed[(consumed["true_coicop"] == "01.1.4.5") & (consumed["weeks"] == scanner.WEEKS)]
    index = twin.truth["index"].query("coicop == '01.1.4.5' and family == 'FROMAGES LS'")
    found = sato_vartia(rows)[0]
    assert np.abs(found / index["index_continuing"] - 1).max() < 1e-5


def test_weekly_chained_indices_go_astray(difficulties):
    for difficulty in difficulties:
        assert difficulty["chained_laspeyres_error"] > 10
        assert -0.3 < difficulty["chained_tornqvist_error"] < -0.1


def test_geks_ends_within_one_and_a_half_per_cent_of_the_truth(difficulties):
    for difficulty in difficulties:
        error = abs(difficulty["geks_tornqvist_error"])
        assert error < 0.015
        assert error < 0.1 * abs(difficulty["chained_tornqvist_error"])


def test_jevons_and_unit_values_over_outlets_are_biased_downwards(difficulties):
    for difficulty in difficulties:
        assert difficulty["jevons_error"] < difficulty["geks_tornqvist_error"] - 0.004
        assert difficulty["outlet_unit_value_error"] < difficulty["geks_tornqvist_error"] - 0.004


def test_a_tenth_of_the_rows_or_more_misleads(difficulties):
    for difficulty in difficulties:
        assert 0.1 < difficulty["prevalence"] < 0.3


def test_without_stocking_and_churn_nothing_drifts():
    """The traps make the errors, not the tills: sales are then draws around consumption."""
    chained = []
    for seed in (1, 2, 3, 4):
        outlets = scanner._block(seed, 0, scanner.PLAIN).tables["outlets"]
        for number in (5, 11):  # families that drift much
            block = scanner._block(seed, number, scanner.PLAIN)
            (panel,) = scanner._panels(generation.Block({**block.tables, "outlets": outlets}))
            index = block.truth["index"].query("coicop == 'all'")
            assert index["index_continuing"].equals(index["index_variety"])
            assert block.truth["consumption"]["stock"].eq(0).all()
            true = np.log(index["index_continuing"].iloc[-1])
            assert abs(scanner._geks(panel) - true) < 0.006
            chained.append(scanner._chained(panel, scanner.WEEKS - 1)["tornqvist"] - true)
    assert abs(np.mean(chained)) < 0.015


def test_stores_are_filled_in_promotions_and_emptied_after_them(marked):
    rows = marked[marked["quantity"] > 0].sort_values(["outlet", "ean", "date"])
    before = rows.groupby(["outlet", "ean"])["stock"].shift().fillna(0)
    promotion = rows["type"] == "promotion"
    quiet = rows["type"].isna()
    excess = rows["quantity"] - rows["consumption"]
    assert excess[promotion & (before == 0)].mean() > 0.2 * rows["consumption"][promotion].mean()
    after = quiet & (before > 0)
    assert excess[after].mean() < -0.02 * rows["consumption"][after].mean()
    rest = excess[quiet & (before == 0) & (rows["stock"] == 0)]
    assert abs(rest.mean()) < 4 * rest.std() / np.sqrt(len(rest))


def check_digits(codes):
    digits = np.array([list(code) for code in codes], dtype=int)
    return (digits @ np.array([1, 3] * 6 + [1])) % 10


def test_codes_are_valid_and_of_no_country(twin):
    codes = twin.tables["items"]["ean"]
    assert codes.str.fullmatch(r"(382|2\d\d)\d{10}").all()
    assert (check_digits(codes) == 0).all()
    assert codes.str.startswith("2").sum() > 10
    assert codes.is_unique


def test_labels_look_like_a_till_s(twin):
    labels = twin.tables["items"]["label"]
    assert labels.str.fullmatch(r"[A-Z0-9 /%.,]+").all()
    assert labels.str.len().max() <= max(scanner.LABEL_WIDTHS)
    assert labels.str.len().ge(26).mean() > 0.2  # cut


@pytest.mark.parametrize(
    ("type_", "holds"),
    [
        ("refund", lambda row: (row["quantity"] < 0) & (row["turnover"] < 0)),
        ("refund_netted", lambda row: (row["quantity"] > 0) & (row["turnover"] > 0)),
        ("refund_netted", lambda row: row["chain"] != "PROVICINE"),
        ("promotion", lambda row: row["price"] <= row["shelf_price"] + 0.5),
        ("short_dated", lambda row: row["price"] <= row["shelf_price"] + 0.5),
        ("clearance", lambda row: row["quantity"] > 0),
    ],
)
def test_a_row_is_what_its_type_says(type_, holds, marked):
    rows = marked[marked["type"] == type_]
    assert len(rows) > 500
    assert holds(rows).all()


def test_an_ordinary_row_is_sold_at_the_shelf_price(marked):
    exact = marked[marked["chain"] != "DISCANOR"]
    plain = exact["type"].isna() | exact["type"].isin(
        ["promotion", "relaunched", "relaunched_smaller"]
    )
    assert np.allclose(exact["price"][plain], exact["shelf_price"][plain])
    short = exact[exact["type"] == "short_dated"]
    assert (short["turnover"] < short["quantity"] * short["shelf_price"] - 0.01).all()


def test_price_is_turnover_over_quantity_and_a_chain_rounds_to_euros(marked):
    unit_value = marked["turnover"] / marked["quantity"]
    assert (unit_value - marked["price"]).abs().max() < 0.00501
    whole = marked["turnover"] == marked["turnover"].round()
    assert whole[marked["chain"] == "DISCANOR"].all()
    assert whole[marked["chain"] != "DISCANOR"].mean() < 0.1


def test_negative_quantities_are_refunds(marked):
    assert (marked["quantity"] != 0).all()
    assert marked["type"].eq("refund").equals(marked["quantity"] < 0)


def test_a_netted_refund_is_paid_back_at_the_price_of_the_week_before(marked, twin):
    family = marked["ean"].map(twin.tables["items"].set_index("ean")["family"])
    fresh = family.isin([one.name for one in scanner.FAMILIES if one.fresh])
    shelf = twin.truth["consumption"].set_index(["outlet", "ean", "date"])["shelf_price"]
    last_week = pd.MultiIndex.from_arrays(
        [marked["outlet"], marked["ean"], marked["date"] - pd.Timedelta(weeks=1)]
    )
    before = shelf.reindex(last_week).to_numpy()
    netted = (marked["type"] == "refund_netted") & ~fresh & (marked["chain"] == "MARCHEO")
    change = (before - marked["shelf_price"])[netted]
    # Paid back more than now: what is left is worth less than it costs
    gap = (marked["quantity"] * marked["shelf_price"] - marked["turnover"])[netted].round(2)
    assert (change != 0).sum() > 50
    assert gap[change == 0].eq(0).all()
    assert (np.sign(gap) == np.sign(change.round(2)))[change.notna()].all()


def test_prices_fall_in_promotions_and_clearances(marked):
    plain = marked["shelf_price"].where(marked["type"].isna())
    usual = plain.groupby([marked["outlet"], marked["ean"]]).transform("median")
    level = marked["shelf_price"] / usual
    assert level[marked["type"] == "promotion"].median() < 0.85
    assert level[marked["type"] == "clearance"].median() < 0.75


def test_what_is_sold_off_leaves_at_a_low_price(marked):
    sold = marked[marked["quantity"] > 0].sort_values("date").groupby(["outlet", "ean"])
    cleared = marked[marked["type"] == "clearance"].groupby(["outlet", "ean"]).size().index
    usual = marked[marked["type"].isna()].groupby(["outlet", "ean"])["shelf_price"].median()
    fall = (sold["shelf_price"].last() / usual)[cleared].dropna()
    assert len(fall) > 100
    assert fall.max() < 0.85
    assert (sold["quantity"].last() / sold["quantity"].median())[cleared].median() < 1


def test_relaunches_hide_a_rise_in_a_new_code(twin):
    items = twin.truth["items"]
    new = items.dropna(subset="replaces")
    old = items[items["replaces"].isna()].set_index("product")["ean"]
    assert (new["product"].map(old) == new["replaces"]).all()
    smaller = new[new["size_ratio"] < 1]
    assert smaller["size_ratio"].between(0.7, 0.97).all()
    assert len(smaller) > 15
    known = twin.tables["items"].set_index("ean")["size"]
    ratio = smaller["ean"].map(known) / smaller["replaces"].map(known)
    assert np.allclose(ratio.dropna(), smaller["size_ratio"][ratio.notna()], atol=1e-3)
    # The pack costs what it cost: the price of a kilogram jumps
    shelf = twin.truth["consumption"].groupby("ean")["shelf_price"].median()
    change = smaller["ean"].map(shelf) / smaller["replaces"].map(shelf)
    assert (change / smaller["size_ratio"]).median() > 1.08


def test_a_reused_code_has_two_products_and_the_class_of_the_first(twin):
    items = twin.truth["items"]
    twice = items[items.duplicated("ean", keep=False)].sort_values(["ean", "since"])
    assert len(twice) == 2 * len(scanner.REUSING)
    first, second = twice.iloc[::2], twice.iloc[1::2]
    weeks = (second["since"].to_numpy() - first["until"].to_numpy()) / np.timedelta64(7, "D")
    assert (weeks >= 52).all()  # a year, as standards once asked for
    described = twin.tables["items"].set_index("ean").loc[first["ean"], "coicop"]
    assert (described.to_numpy() == first["true_coicop"].to_numpy()).all()
    errors = twin.truth["sales"].query("kind == 'error'")
    assert set(errors["ean"]) == set(first["ean"])
    assert (errors["date"] <= errors["ean"].map(first.set_index("ean")["until"])).all()


def test_new_items_and_in_store_codes_are_not_in_the_dictionary(twin):
    items = twin.tables["items"].merge(
        twin.truth["items"].drop_duplicates("ean", keep="first"), on="ean"
    )
    new = items["since"] >= scanner.MONDAYS[scanner.DICTIONARY_WEEK]
    in_store = items["ean"].str.startswith("2")
    assert new.sum() > 50
    assert items["coicop"][new | in_store].isna().all()
    assert 0 < items["coicop"][~(new | in_store)].isna().mean() < 0.05
    coded = items.dropna(subset="coicop")
    assert (coded["coicop"] == coded["true_coicop"]).all()
    assert 0.01 < items["size"].isna().mean() < 0.10


def test_seasonal_items_are_missing_out_of_season(twin):
    sales = twin.tables["sales"].merge(twin.truth["items"][["ean", "seasonal", "true_coicop"]])
    seasonal = sales[sales["seasonal"] & (sales["true_coicop"] == "01.1.6.4")]
    week = seasonal["date"].dt.isocalendar().week
    assert week.min() >= 12
    assert week.max() <= 40
    everyday = sales[~sales["seasonal"]].groupby("ean")["date"].nunique()
    assert everyday.median() == scanner.WEEKS


def test_christmas_chocolate_has_a_new_code_every_year(twin):
    labels = twin.tables["items"].set_index("ean")["label"]
    christmas = labels.index[labels.str.contains("NOEL")]
    sales = twin.tables["sales"].query("quantity > 0")  # some are brought back in January
    years = sales[sales["ean"].isin(christmas)].groupby("ean")["date"].agg(["min", "max"])
    assert set(years["min"].dt.year) == {2022, 2023}
    assert (years["min"].dt.year == years["max"].dt.year).all()


def test_an_outlet_opens_and_another_closes(twin):
    outlets = twin.tables["outlets"].set_index("outlet")
    span = twin.tables["sales"].groupby("outlet")["date"].agg(["min", "max"])
    opened, closed = outlets["opening"].dropna(), outlets["closing"].dropna()
    assert len(opened) == len(closed) == 1
    assert span["min"][opened.index].equals(opened.rename("min"))
    assert span["max"][closed.index[0]] == closed.iloc[0] - pd.Timedelta(weeks=1)
    rest = outlets.index.difference([*opened.index, *closed.index])
    assert span.loc[rest, "min"].eq(scanner.MONDAYS[0]).all()
    assert span.loc[rest, "max"].eq(LAST).all()


def test_files_are_missing_where_the_truth_says(twin):
    missing = pd.MultiIndex.from_frame(twin.truth["missing_files"])
    sent = pd.MultiIndex.from_frame(twin.tables["sales"][["outlet", "date"]]).unique()
    due = pd.MultiIndex.from_frame(twin.truth["consumption"][["outlet", "date"]]).unique()
    assert set(due.difference(sent)) == set(missing)
    assert len(missing) == scanner.GAPS


def test_harder_has_more_churn_and_stocking():
    usual, harder = (next(scanner.blocks(3, 0.01, harder=one)) for one in (False, True))
    until = [one.truth["items"]["until"].notna().mean() for one in (usual, harder)]
    stock = [one.truth["consumption"]["stock"].mean() for one in (usual, harder)]
    assert until[1] > until[0]
    assert stock[1] > 1.2 * stock[0]


def test_outlet_numbers_tell_neither_chain_nor_fate():
    outlets = pd.concat(scanner._outlets(seed, 0, scanner.USUAL) for seed in range(1, 21))
    for column in ("opening", "closing"):
        assert outlets.loc[outlets[column].notna(), "outlet"].nunique() > 4
    assert outlets.groupby("chain")["outlet"].nunique().eq(7).all()


def test_a_second_area_has_its_own_outlets_and_the_same_items(generated, twin):
    wide = generated("scanner", scale=13 / 12)
    pd.testing.assert_frame_equal(wide.tables["items"], twin.tables["items"])
    pd.testing.assert_frame_equal(wide.truth["families"], twin.truth["families"])
    added = wide.tables["sales"].iloc[len(twin.tables["sales"]) :]
    outlets = wide.tables["outlets"]
    assert len(outlets) == 14
    assert set(added["outlet"]) == set(outlets.loc[outlets["area"] == "A0001", "outlet"])
    assert set(added["ean"]) <= set(twin.tables["items"]["ean"])
