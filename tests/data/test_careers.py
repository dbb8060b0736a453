"""The careers twin: its margins, its process against the truth, and how simulations fail on it."""

import numpy as np
import pandas as pd
import pytest

from ssplab.course import load_card
from ssplab.data import generation

pytestmark = pytest.mark.slow  # generates twins

careers = generation.generator(load_card("careers"))
MARGINS = [margin.name for margin in load_card("careers").margins]
SEEDS = (1,)  # which all twins are generated from once more, see `test_twins`
ROW = ["person", "year"]
REPLICATES = 100
CHANCES = [f"chance_{state}" for state in careers.STATES]


@pytest.fixture(scope="module")
def card():
    return load_card("careers")


@pytest.fixture(scope="module")
def larger(generated):
    return generated("careers", scale=10)


@pytest.fixture(scope="module")
def reached(larger):
    """The margins of the larger twin."""
    return careers.measure_margins(larger)


@pytest.fixture(scope="module")
def rows(twin):
    return twin.tables["careers"]


@pytest.fixture(scope="module")
def process(twin):
    return twin.truth["process"]


@pytest.fixture(scope="module")
def marked(twin):
    """Rows with what they carry, and with what the process says of them."""
    return (
        twin.tables["careers"]
        .merge(twin.truth["planted"], on=ROW, how="left", validate="1:1")
        .merge(twin.truth["process"], on=ROW, suffixes=("", "_lived"), validate="1:1")
    )


@pytest.fixture(scope="module")
def difficulties(difficulty_of):
    return [difficulty_of("careers", seed) for seed in (None, *SEEDS)]


@pytest.fixture(scope="module")
def standard_errors(twin):
    """Of each margin, by a bootstrap that draws people."""
    rng = np.random.default_rng(0)
    person = twin.tables["careers"]["person"].factorize()[0]
    n = person.max() + 1
    drawn = [
        careers.measure_margins(twin, np.bincount(rng.integers(n, size=n), minlength=n)[person])
        for _ in range(REPLICATES)
    ]
    return pd.DataFrame(drawn).std()


# Margins


def test_the_card_tolerates_what_sampling_explains(card, standard_errors):
    tolerances = {margin.name: margin.tolerance for margin in card.margins}
    assert tolerances == pytest.approx((3 * standard_errors).to_dict(), rel=0.05)


@pytest.mark.parametrize("margin", MARGINS)
def test_margins_at_scale_10(margin, card, reached):
    published = {one.name: one.published for one in card.margins}[margin]
    if margin == "women minus men":
        assert reached[margin] == pytest.approx(published, abs=4)  # points, three standard errors
    else:
        # Three standard errors of P99 are 13 % there
        room = 0.13 if margin == "P99 net" else 0.02
        assert reached[margin] == pytest.approx(published, rel=room)


def test_net_over_gross_is_as_published(reached):
    assert reached["mean net"] / reached["mean gross"] == pytest.approx(2735 / 3613, abs=0.002)


def test_macro_targets_are_those_of_the_process(larger):
    context = larger.tables["context"].set_index("year")
    reached = careers.measure_years(larger)
    assert (reached["unemployment"] - context["unemployment"]).abs().max() < 0.015
    ratio = reached["average_pay"] / context["average_pay"]
    assert ratio.loc[1990:].between(0.97, 1.03).all()


# The source


def test_a_block_has_250_people_and_a_person_45_years_at_most(rows):
    assert rows["person"].drop_duplicates().str[:5].value_counts().eq(250).all()
    years = rows.groupby("person")["year"].agg(["min", "max", "size"])
    assert (years["max"] - years["min"] + 1 == years["size"]).all()
    assert years["size"].max() == 45
    assert years["min"].min() == careers.SOURCE_START
    born = rows.groupby("person")["birth_year"].first()
    assert (years["max"] == np.minimum(careers.LAST_YEAR, born + careers.LAST_AGE)).all()


def test_what_a_person_is_does_not_change(rows):
    lasting = rows.groupby("person")[["sex", "birth_year", "birth_country", "first_job_age"]]
    assert lasting.nunique().eq(1).all(axis=None)


def test_the_source_begins_in_the_middle_of_careers(twin, process):
    people = twin.truth["people"].set_index("person")
    begun = people["first_year"] < careers.SOURCE_START
    assert 0.25 < begun.mean() < 0.35
    lived = process.groupby("person")["year"].min()
    assert (lived == people["first_year"]).all()
    seen = twin.tables["careers"].groupby("person")["year"].min()
    assert (people["entry"].dropna() == seen).all()
    unseen = process[process["person"].isin(people.index[~people["in_source"]])]
    assert (unseen.loc[unseen["year"] >= careers.SOURCE_START, "days"] == 0).all()
    late = people[begun & (people["entry"] > careers.SOURCE_START)]
    at_once = people[begun & (people["entry"] == careers.SOURCE_START)]
    assert late["attachment"].mean() < at_once["attachment"].mean() - 0.5


def test_entry_is_the_first_year_with_pay(marked, twin):
    entry = marked["person"].map(twin.truth["people"].set_index("person")["entry"])
    assert (marked.loc[marked["year"] == entry, "days_lived"] > 0).all()


def test_pay_days_and_quarters_hold_together(rows):
    paid = rows["days"] > 0
    assert paid.eq(rows["gross"] > 0).all()
    for name in ("sector", "category"):
        assert rows[name].notna().equals(paid)
    assert (rows["quarters"] == careers.quarters_of(rows["gross"], rows["year"])).all()
    never = rows["state"].isin(["retired", "abroad"])
    again = rows["person"].eq(rows["person"].shift()) & rows["state"].eq(rows["state"].shift())
    assert (rows.loc[never & again, "days"] == 0).all()


def test_quarters_follow_the_rule():
    # 200 hours at 9.43 EUR in 2013, 150 hours at 9.53 EUR in 2014
    gross = [1885.9, 1886, 7544, 80_000, 1429.4, 1429.5, 0]
    year = [2013, 2013, 2013, 2013, 2014, 2014, 2014]
    assert careers.quarters_of(gross, year).tolist() == [0, 1, 4, 4, 0, 1, 0]


def test_nobody_leaves_retirement(process):
    after = process["state"].shift()[process["person"].eq(process["person"].shift())]
    retired = after.index[after == "retired"]
    assert (process.loc[retired, "state"] == "retired").all()
    begins = process[(process["state"] == "retired") & (process["years_in_state"] == 1)]
    assert len(begins) > 400


def test_no_employee_is_paid_below_the_minimum(process):
    employee = process["state"].str.startswith(("private_", "civil_"))
    minimum = process["year"].map(careers.YEARS["minimum_pay"])
    ratio = (process["full_time_pay"] / minimum)[employee].dropna()
    assert ratio.min() > 0.9999
    at_minimum = (ratio < careers.AT_MINIMUM).groupby(process["year"]).mean()
    assert at_minimum.loc[careers.SOURCE_START :].between(0.02, 0.12).all()


# Errors


def test_only_errors_differ_from_the_truth(marked):
    wrong = marked["kind"] == "error"
    gross = marked["true_gross"].fillna(marked["gross_lived"])
    days = marked["true_days"].fillna(marked["days_lived"])
    assert (marked["gross"] != gross).equals(wrong & (marked["type"] != "days_filled"))
    assert (marked["days"] != days).equals(marked["type"] == "days_filled")
    extra = marked["type"].isin(["severance", "back_pay"])
    assert (marked["true_gross"] > marked["gross_lived"])[extra].all()
    plain = marked["kind"].isna()
    assert (marked["gross"] == marked["gross_lived"])[plain].all()


def test_severity_and_hardness_are_those_of_the_rows(marked):
    wrong = marked[marked["kind"] == "error"]
    gross = wrong["gross"] / wrong["true_gross"]
    factor = np.maximum(gross, 1 / gross) * wrong["days"] / wrong["true_days"]
    assert np.allclose(factor, wrong["severity"], atol=2e-3)
    assert (wrong["hard"] == (wrong["severity"] <= careers.HARD_FACTOR)).all()
    assert not marked.loc[marked["kind"] == "legitimate", "hard"].any()


def test_francs_stand_in_years_of_francs(marked):
    francs = marked[marked["type"] == "francs"]
    assert francs["year"].max() < 2002
    ratio = francs["gross"] / francs["true_gross"]
    assert ratio.between(6.55, 6.57).all()


# The process


def test_chances_are_those_of_the_states_that_come(process):
    chances = process[CHANCES].to_numpy()
    assert np.abs(chances.sum(axis=1) - 1).max() < 6e-4  # rounded, nine of them
    later = process[process["year"] > process.groupby("person")["year"].transform("min")]
    for state in careers.STATES:
        expected, variance = later[f"chance_{state}"], later[f"chance_{state}"]
        variance = (variance * (1 - variance)).sum()
        came = (later["state"] == state).sum()
        assert abs(came - expected.sum()) < 4 * np.sqrt(variance), state


def test_what_the_source_does_not_have_moves_states(process, twin):
    """Inactive years go with low attachment, at the same age and sex."""
    people = twin.truth["people"].set_index("person")
    inactive = (process["state"] == "inactive").groupby(process["person"]).mean()
    for woman in (False, True):
        chosen = people.index[people["woman"] == woman]
        assert inactive[chosen].corr(people.loc[chosen, "attachment"]) < -0.2


def test_pay_follows_its_parts(process, twin):
    """Away from the minimum, parts that a person keeps or carries on explain log pay."""
    people = twin.truth["people"].set_index("person")
    chosen = process[process["state"].eq("private_executive") & (process["days"] > 0)]
    ceiling = chosen["year"].map(careers.YEARS["ceiling"] * careers.YEARS["pay"])
    premium = np.log(
        (chosen["full_time_pay"] / ceiling) / np.exp(chosen["transitory"]) - careers.CONSTANTS.floor
    )
    own = chosen["person"].map(people["individual"]) + chosen["persistent"]
    rest = premium - own
    assert rest.var() < 0.3 * premium.var()


def test_the_persistent_part_has_its_persistence(process):
    working = process["state"].isin(careers.STATES[: careers.JOBS])
    stays = working & (process["years_in_state"] > 2)
    before = process["persistent"].shift()
    slope = np.polyfit(before[stays], process.loc[stays, "persistent"], 1)[0]
    assert slope == pytest.approx(careers.CONSTANTS.persistence, abs=0.01)


def test_the_spread_of_pay_grows_with_age(difficulties):
    for difficulty in difficulties:
        assert difficulty["variance_50"] > 1.2 * difficulty["variance_30"]


def test_pay_persists(difficulties):
    for difficulty in difficulties:
        assert 0.9 < difficulty["autocorrelation_1"] < 0.96
        assert 0.7 < difficulty["autocorrelation_10"] < 0.85


def test_the_recession_doubles_unemployment(difficulties):
    for difficulty in difficulties:
        assert difficulty["unemployment_2010"] > 1.6 * difficulty["unemployment_2007"]


def test_a_simulation_without_draws_loses_the_spread(difficulties):
    for difficulty in difficulties:
        assert difficulty["naive_variance_ratio"] < 0.3
        assert difficulty["naive_decile_ratio"] < 0.8


# Further courses


def test_further_courses_are_of_the_same_process(twin, process):
    """The career that was lived is one more draw: states, days and pay have the same means."""
    futures = twin.truth["futures"]
    lived = process[process["person"].isin(futures["person"].unique()) & (process["year"] > 2003)]
    assert len(futures) == careers.DRAWS * len(lived)
    for year in (2004, 2010, 2023):
        now, then = lived[lived["year"] == year], futures[futures["year"] == year]
        for state in ("private_other", "unemployed", "inactive"):
            share = (now["state"] == state).mean()
            bound = 4 * np.sqrt(share * (1 - share) * 1.2 / len(now)) + 1e-9
            assert abs((then["state"] == state).mean() - share) < bound, (year, state)
        # Draws of a person share the past, so that the spread of people's means bounds theirs
        error = now["gross"].std() / np.sqrt(len(now))
        assert abs(now["gross"].mean() - then["gross"].mean()) < 4 * error


def test_draws_differ_and_share_the_person(twin):
    futures = twin.truth["futures"].pivot_table(
        index="person", columns=["draw", "year"], values="gross"
    )
    first, second = futures[1], futures[2]
    both = (first[2023] > 0) & (second[2023] > 0)
    related = np.corrcoef(first.loc[both, 2023], second.loc[both, 2023])[0, 1]
    assert 0.3 < related < 0.95
    assert (first[2023] != second[2023])[both].mean() > 0.9


def test_other_errors_leave_the_process_alone():
    """The process and its further courses are drawn before anything is planted."""
    usual, harder = (next(careers.blocks(1, 0.01, harder=harder)) for harder in (False, True))
    for name in ("process", "futures", "people"):
        pd.testing.assert_frame_equal(usual.truth[name], harder.truth[name])
    errors = [block.truth["planted"]["kind"].eq("error").sum() for block in (usual, harder)]
    assert errors[1] > errors[0]


def test_order_and_identifiers_tell_nothing(twin):
    people = twin.truth["people"]
    number = people["person"].str[5:].astype(int)
    bound = 4 / np.sqrt(len(people))
    for name in ("birth_year", "skill", "attachment", "woman"):
        assert abs(number.corr(people[name].astype(float))) < bound
