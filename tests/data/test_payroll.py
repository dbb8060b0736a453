"""The payroll twin: its true margins, what is planted in it, and that nothing gives it away."""

import numpy as np
import pandas as pd
import pytest

from ssplab.course import load_card
from ssplab.data import generation

pytestmark = pytest.mark.slow  # generates twins

payroll = generation.generator(load_card("payroll"))
MARGINS = [margin.name for margin in load_card("payroll").margins]
AMOUNTS = ["gross", "net", "hours"]
REPLICATES = 100


@pytest.fixture(scope="module")
def card():
    return load_card("payroll")


@pytest.fixture(scope="module")
def published(card):
    return {margin.name: margin.published for margin in card.margins}


@pytest.fixture(scope="module")
def marked(twin):
    """Declarations with what they carry, and their establishment."""
    return (
        twin.tables["declarations"]
        .merge(twin.truth["declarations"], on="declaration_id", how="left", validate="one_to_one")
        .merge(twin.tables["establishments"][["siret", "software"]], on="siret", validate="m:1")
    )


@pytest.fixture(scope="module")
def standard_errors(twin):
    """Of each margin, by a bootstrap that draws whole establishments."""
    rng = np.random.default_rng(0)
    home = twin.tables["posts"]["siret"].factorize()[0]
    n = home.max() + 1
    drawn = [
        payroll.measure_margins(twin, np.bincount(rng.integers(n, size=n), minlength=n)[home])
        for _ in range(REPLICATES)
    ]
    return pd.DataFrame(drawn).std()


@pytest.mark.parametrize("margin", MARGINS)
def test_margin_within_three_clustered_standard_errors(margin, twin, published, standard_errors):
    reached = payroll.measure_margins(twin)[margin]
    assert abs(reached - published[margin]) < 3 * standard_errors[margin]


def test_the_standard_errors_leave_the_margins_no_room_to_be_wrong(published, standard_errors):
    relative = standard_errors / pd.Series(published).abs()
    assert (relative[["mean gross", "mean net", "median net", "D1 net"]] < 0.02).all()
    assert relative["P99 net"] < 0.06
    assert standard_errors["women minus men"] < 2  # points


def test_margins_within_two_per_cent_at_scale_10(card, published):
    reached = payroll.measure_margins(generation.generate(card, card.seed, 10))
    for margin in MARGINS:
        if margin == "women minus men":
            assert reached[margin] == pytest.approx(published[margin], abs=1.0)  # points
        else:
            few_payers = margin in ("P99 net", "mean bonus")
            assert reached[margin] == pytest.approx(
                published[margin], rel=0.04 if few_payers else 0.02
            )


def test_the_card_tolerates_what_sampling_explains(card, standard_errors):
    tolerances = {margin.name: margin.tolerance for margin in card.margins}
    assert tolerances == pytest.approx((3 * standard_errors).to_dict(), rel=0.05)


def test_true_pay_reaches_the_minimum_wage_and_gathers_there(marked):
    true = marked[marked["kind"].ne("error") & (marked["hours"] > 10)]
    minimum = np.where(true["month"] == "2023-04", 11.27, 11.52)
    ratio = true["gross"] / true["hours"] / minimum
    assert ratio.min() > 0.998  # hours and euros are rounded
    at_minimum = ratio.between(0.998, 1.002).groupby(true["month"]).mean()
    assert at_minimum.between(0.04, 0.15).all()
    just_above = ratio.between(1.002, 1.006).mean()
    assert at_minimum.min() > 10 * just_above


def test_upper_tail_is_paretian(twin):
    posts = twin.tables["posts"].merge(twin.truth["posts"], on="post_id")
    wage = (posts["true_net"] / posts["fte"])[posts["days"] > 300].sort_values(ascending=False)
    top = np.log(wage.head(len(wage) // 50))
    hill = 1 / (top - top.iloc[-1]).iloc[:-1].mean()
    assert 1.7 < hill < 3.7


def test_prevalence_fits_the_review_budget_and_true_extremes_mislead(twin, generated):
    for one in [twin, generated("payroll", 1), generated("payroll", 2)]:
        difficulty = payroll.measure_difficulty(one)
        assert 0.015 < difficulty["prevalence"] < 0.025
        assert difficulty["naive_legitimate_share"] > 0.8 * difficulty["naive_precision"]


def test_hard_errors_are_near_the_truth(marked):
    errors = marked[marked["kind"] == "error"]
    declared, true = errors[AMOUNTS], errors[[f"true_{name}" for name in AMOUNTS]]
    pairs = zip(declared.to_numpy(), true.to_numpy(), strict=True)
    near = [
        all(
            before == after
            or np.isnan(before)
            or (after / before > 0 and 1 / 1.3 <= after / before <= 1.3)
            for after, before in zip(*pair, strict=True)
        )
        for pair in pairs
    ]
    expected = np.array(near) & errors["type"].ne("duplicate")
    assert errors["hard"].eq(True).equals(expected)


def test_only_errors_differ_from_the_truth(marked):
    legitimate = marked[marked["kind"] == "legitimate"]
    for name in AMOUNTS:
        pd.testing.assert_series_equal(
            legitimate[name], legitimate[f"true_{name}"], check_names=False
        )
    errors = marked[(marked["kind"] == "error") & (marked["type"] != "duplicate")]
    differs = [
        errors[name].ne(errors[f"true_{name}"]) & errors[f"true_{name}"].notna() for name in AMOUNTS
    ]
    assert np.logical_or.reduce(differs).all()


@pytest.mark.parametrize(
    ("type_", "holds"),
    [
        ("hours_in_days", lambda row: (7 * row["hours"] / row["true_hours"]).between(0.9, 1.1)),
        ("hours_in_hundredths", lambda row: row["hours"].eq((100 * row["true_hours"]).round(2))),
        ("annual_hours", lambda row: (row["hours"] / row["quota"]).round().isin([1607, 1820])),
        ("gross_net_swapped", lambda row: row["gross"].eq(row["true_net"])),
        ("gross_net_swapped", lambda row: row["net"].eq(row["true_gross"])),
        ("net_above_gross", lambda row: row["net"] > row["gross"]),
        ("hours_without_pay", lambda row: row["gross"].eq(0) & row["net"].eq(0)),
        ("hours_without_pay", lambda row: row["hours"] > 0),
        ("pay_without_hours", lambda row: row["hours"].eq(0) & (row["gross"] > 0)),
        ("part_time_as_full", lambda row: row["work_time"].eq("10") & row["quota"].eq(1)),
        ("part_time_as_full", lambda row: row["hours"] > row["true_hours"]),
        ("below_minimum", lambda row: row["gross"] / row["hours"] < 11.52 * 0.99),
        ("duplicate", lambda row: row["true_gross"].isna() & row["true_net"].isna()),
    ],
)
def test_an_error_is_what_its_type_says(type_, holds, marked):
    rows = marked[(marked["kind"] == "error") & (marked["type"] == type_)]
    assert len(rows) > 0
    assert holds(rows).all()


def test_decimal_shifts_move_pay_by_powers_of_ten(marked):
    rows = marked[marked["type"] == "decimal_shift"]
    moved = pd.concat([rows[name] / rows[f"true_{name}"] for name in ("gross", "net")])
    power = np.log10(moved)
    assert np.allclose(power, power.round(), atol=0.01)
    assert set(power.round().astype(int)) == {-1, 0, 1, 2}


def test_a_duplicate_repeats_a_declaration_and_nothing_else_does(marked):
    repeated = marked[marked.duplicated(["post_id", "month"], keep=False)]
    assert repeated.groupby(["post_id", "month"]).size().eq(2).all()
    assert repeated.groupby(["post_id", "month"])[["gross", "net"]].nunique().eq(1).all(axis=None)
    copies = marked[marked["type"] == "duplicate"]
    assert len(copies) == len(repeated) // 2
    assert repeated["declaration_id"].isin(copies["declaration_id"]).sum() == len(copies)


def test_establishments_wrong_as_a_whole(marked):
    faulty = marked[marked["type"] == "establishment_software"]
    assert faulty["siret"].nunique() == payroll.FAULTY_PER_BLOCK * payroll.PLAN.at_scale_1
    from_may = marked[marked["siret"].isin(faulty["siret"]) & (marked["month"] > "2023-04")]
    payable = from_may[(from_may["gross"] > 20) & from_may["hours"].gt(0)]
    assert payable["kind"].eq("error").mean() > 0.97


def test_errors_gather_in_payroll_software(marked):
    days = marked["type"].eq("hours_in_days").groupby(marked["software"]).mean()
    assert days["Tempo"] > 3 * days["Cirrus"]
    errors = marked["kind"].eq("error").groupby(marked["siret"]).agg(["sum", "size"])
    expected = errors["size"] * errors["sum"].sum() / errors["size"].sum()
    spread = ((errors["sum"] - expected) ** 2 / expected).mean()
    assert spread > 2  # 1 if errors fell on declarations at random


def test_level_and_coherence_find_different_errors(marked):
    positive = marked[(marked["net"] > 0) & (marked["gross"] > 0) & (marked["hours"] > 0)]
    level = np.log(positive["net"] / positive["hours"])
    coherence = np.log((positive["net"] - positive["bonus"]).clip(lower=0.01) / positive["gross"])
    top = [
        set(((value - value.median()).abs()).nlargest(round(0.02 * len(marked))).index)
        for value in (level, coherence)
    ]
    errors = set(positive.index[positive["kind"] == "error"])
    found = [rows & errors for rows in top]
    assert min(map(len, found)) > 100
    assert len(found[0] & found[1]) < 0.3 * len(found[0] | found[1])


def test_harder_hides_more_of_the_errors():
    twins = [
        generation.Block(block.tables, block.truth)
        for harder in (False, True)
        for block in payroll.blocks(3, 0.125, harder=harder)
    ]
    usual, harder = (payroll.measure_difficulty(one)["hard_share"] for one in twins)
    assert harder > usual + 0.15


def test_neither_order_nor_identifier_gives_errors_away(marked):
    """Ranks among the declarations of an establishment, against those of the other rows."""
    error = marked["kind"].eq("error").to_numpy()
    places = {
        "identifier": marked["declaration_id"].rank(),
        "post identifier": marked["post_id"].rank(method="dense"),
        "row": pd.Series(np.arange(len(marked))),
    }
    mixed = marked.assign(error=error).groupby("siret")["error"].transform("nunique") == 2
    for name, place in places.items():
        by_home = place[mixed].groupby(marked["siret"][mixed])
        rank = (by_home.rank() - 0.5) / by_home.transform("size")
        centred = rank[error[mixed]] - 0.5
        per_home = centred.groupby(marked["siret"]).sum()
        z = per_home.sum() / np.sqrt((per_home**2).sum())
        assert abs(z) < 3.5, name


def test_a_copy_stands_after_its_original_as_often_as_before(marked):
    repeated = marked[marked.duplicated(["post_id", "month"], keep=False)]
    last = ~repeated.duplicated(["post_id", "month"], keep="last")
    share = last[repeated["type"] == "duplicate"].mean()
    assert abs(share - 0.5) < 3.5 * 0.5 / np.sqrt(len(repeated) / 2)


def test_missing_values_tell_the_contract_not_the_error(marked):
    assert marked["hours"].isna().equals(marked["unit"] == "20")
    assert marked["days"].isna().equals(marked["unit"] == "10")


def test_corrupted_amounts_have_no_more_decimals_than_others(twin):
    for name in AMOUNTS:
        amount = twin.tables["declarations"][name].dropna()
        assert np.allclose(100 * amount, (100 * amount).round(), rtol=0, atol=1e-4)


def test_legitimate_zero_hours_and_net_above_gross_exist(marked):
    true = marked[marked["kind"] != "error"]
    assert ((true["hours"] == 0) & (true["gross"] > 0)).sum() > 20
    assert (true["net"] > true["gross"]).sum() > 20
    assert (true["gross"] < 0).sum() > 0


def test_annual_pay_is_the_sum_of_what_was_declared(twin, marked):
    posts = twin.tables["posts"].merge(twin.truth["posts"], on="post_id").set_index("post_id")
    wrong = marked[marked["kind"] == "error"]
    for name in ("gross", "net"):
        drift = (wrong[name] - wrong[f"true_{name}"].fillna(0)).groupby(wrong["post_id"]).sum()
        annual = posts[f"true_{name}"].add(drift, fill_value=0)
        assert np.allclose(annual, posts[name].reindex(annual.index), atol=0.02)


def test_hours_per_full_time_equivalent_exceed_the_legal_ones(twin):
    posts = twin.tables["posts"].merge(twin.truth["posts"], on="post_id")
    volume = (posts["true_quota"] * posts["days"] / 365).sum()
    assert 153 < posts["true_hours"].sum() / (12 * volume) < 156
    untouched = posts["quota"] == posts["true_quota"]
    computed = (posts["quota"] * posts["days"] / 365).round(4)
    assert np.allclose(computed[untouched], posts["fte"][untouched], atol=1e-4)


def test_declarations_cover_the_contract(twin):
    rows = twin.tables["declarations"].merge(
        twin.tables["posts"][["post_id", "start", "end"]], on="post_id", validate="m:1"
    )
    month = pd.to_datetime(rows["month"])
    assert (rows["period_start"] == np.maximum(month, rows["start"])).all()
    month_end = month + pd.offsets.MonthEnd(0)
    leaves = rows["end"] < month_end
    assert (rows["period_end"] == month_end.mask(leaves, rows["end"])).all()
