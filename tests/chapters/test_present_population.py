"""What `present-population` teaches, by hand on three customers, and on extracts."""

import pandas as pd
import pytest
from call_records import office, shown

from ssplab import taught
from ssplab.course.naming import select

votes_of, weighted, present, by_change, customers_in = (
    taught("present-population", name)
    for name in ["votes_of", "weighted", "present", "by_change", "customers_in"]
)
[CHAPTER] = [path for path in select(["present-population"]) if "chapters" in path.parts]
HOMES = pd.Series({"a": "S1", "b": "S1", "c": "S2"})
RESIDENTS = pd.Series({"S1": 100, "S2": 60})
SHARES = pd.DataFrame({"x": [1.0, 0.5], "y": [0.0, 0.5]}, index=["S1", "S2"])
NOON, NIGHT = ("weekday", 12), ("weekday", 3)


@pytest.fixture
def places():
    """At noon `a` is seen at two sites, `b` outside, `c` at home; by night only `a` and `c`."""
    rows = [
        ("a", 12, "S1"),
        ("a", 12, "S2"),
        ("a", 12, "S2"),
        ("a", 12, "S2"),
        ("b", 12, "S9"),
        ("c", 12, "S2"),
        ("a", 3, "S1"),
        ("b", 3, None),
        ("c", 3, "S2"),
    ]
    return pd.DataFrame(rows, columns=["user_id", "hour", "site_id"]).assign(day_type="weekday")


def test_a_customer_has_one_vote_an_hour_shared_over_sites(places):
    votes = votes_of(places).set_index(["user_id", "hour", "site_id"])["vote"]
    assert votes["a", 12].to_dict() == {"S1": 0.25, "S2": 0.75}
    assert votes["a", 3, "S1"] == 1
    assert ("b", 3) not in votes.droplevel("site_id").index, "who is nowhere has no vote"


def test_the_persons_of_a_cell_are_its_residents_at_each_hour(places):
    persons = weighted(votes_of(places), HOMES, RESIDENTS)
    cell = persons["user_id"].map(HOMES)
    sums = persons.groupby(["hour", cell])["persons"].sum()
    assert sums.to_dict() == {(12, "S1"): 100, (12, "S2"): 60, (3, "S1"): 100, (3, "S2"): 60}


def test_residents_of_cells_without_a_vote_are_spread_so_that_persons_add_up(places):
    residents_of = pd.Series({"S1": 100, "S2": 60, "S3": 40})
    persons = weighted(votes_of(places), HOMES, residents_of)
    cell = persons["user_id"].map(HOMES)
    sums = persons.groupby(["hour", cell])["persons"].sum()
    # The 40 of the third cell go to the others as their residents are to each other
    assert sums.to_dict() == pytest.approx(
        {(12, "S1"): 125, (12, "S2"): 75, (3, "S1"): 125, (3, "S2"): 75}
    )


def test_who_is_seen_outside_is_away_and_the_others_are_moved_by_shares(places):
    estimate = present(weighted(votes_of(places), HOMES, RESIDENTS), SHARES)
    # At noon 50 of the first cell are away, 12.5 at S1 and 37.5 at S2, beside the 60 of the second
    assert estimate.loc[NOON].to_dict() == {"x": 12.5 + 97.5 / 2, "y": 97.5 / 2}
    assert estimate.loc[NIGHT].to_dict() == {"x": 130, "y": 30}


def test_by_night_the_change_gives_the_residents_back(places):
    estimate = present(weighted(votes_of(places), HOMES, RESIDENTS), SHARES)
    residents = pd.Series({"x": 120, "y": 40})
    changed = by_change(estimate, residents)
    assert changed.loc[NIGHT].to_dict() == {"x": 120, "y": 40}
    assert changed.loc[NOON, "y"] == pytest.approx(40 * 48.75 / 30)


def test_customers_are_counted_without_weights(places):
    counts = customers_in(votes_of(places), SHARES)
    assert counts.loc[NOON].to_dict() == {"x": 0.25 + 1.75 / 2, "y": 1.75 / 2}
    assert counts.loc[NIGHT].sum() == 2


# --- own extracts


@pytest.mark.slow  # runs the chapter
def test_without_residents_nothing_is_estimated(tmp_path):
    cells = shown(CHAPTER, office(tmp_path / "office"), tmp_path / "out")
    assert "could not be estimated" in cells["answer"]


@pytest.mark.slow  # runs the chapter
def test_with_residents_presence_is_estimated_and_not_scored(tmp_path):
    cells = shown(CHAPTER, office(tmp_path / "office", "grid", "communes"), tmp_path / "out")
    assert "places them in" in cells["answer"] and "not scored" in cells["answer"]
    assert "customers with a record" in cells["answer"]
    assert "persons, from" in cells["answer"]
