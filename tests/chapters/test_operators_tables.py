"""What `operators-tables` teaches, by hand on a few customers and communes, and on extracts."""

import pandas as pd
import pytest
from call_records import office, shown

from ssplab import taught
from ssplab.course.naming import select

points_of, alone, given_back, hide_more, filled, hand_over = (
    taught("operators-tables", name)
    for name in ["points_of", "alone", "given_back", "hide_more", "filled", "hand_over"]
)
[CHAPTER] = [path for path in select(["operators-tables"]) if "chapters" in path.parts]
SECTOR = pd.Series({"a": "hill", "b": "hill", "c": "hill", "d": "vale", "e": "vale"})
COUNTS = pd.DataFrame(
    {"a": [4.0, 4.0], "b": [30.0, 5.0], "c": [12.0, 40.0], "d": [6.0, 20.0], "e": [7.0, 11.0]}
)


def test_only_who_shares_no_combination_of_points_is_alone():
    rows = [("x", "S1", 8), ("x", "S2", 9), ("y", "S1", 8), ("y", "S3", 9), ("z", "S1", 8)]
    records = pd.DataFrame(rows, columns=["user_id", "site_id", "hour"])
    points = points_of(pd.concat([records, records]), ["site_id", "hour"])
    assert len(points) == 5, "a point counts once, however many records it has"
    # With both points x and y are alone; z has one point only, and is not drawn
    assert alone(points, 2) == 100
    of_x = points[points["user_id"] == "x"]
    twins = pd.concat([of_x, of_x.assign(user_id="w")])
    assert alone(twins, 2) == 0


def test_what_is_hidden_together_is_a_cell():
    back = given_back(COUNTS, COUNTS < 10, SECTOR)
    # First hour: 4 alone on the hill, and 6 + 7 in the vale; second: 4 + 5 together, and nothing
    assert back.to_dict("list") == {"hill": [True, True], "vale": [False, False]}


def test_the_smallest_shown_is_hidden_besides_and_nothing_comes_back():
    hidden = hide_more(COUNTS, COUNTS < 10, SECTOR)
    assert hidden.loc[0].to_dict() == {"a": True, "b": False, "c": True, "d": True, "e": True}
    assert hidden.loc[1].to_dict() == {"a": True, "b": True, "c": True, "d": False, "e": False}
    assert not given_back(COUNTS, hidden, SECTOR).any(axis=None)


def test_a_sector_that_is_small_itself_stays_as_it_is():
    few = COUNTS[["a"]] < 10
    assert hide_more(COUNTS[["a"]], few, SECTOR[["a"]]).equals(few)


def test_a_small_sector_comes_back_from_the_total_of_the_hour_unless_more_is_hidden():
    counts = COUNTS[["a", "d", "e"]] + [0, 30, 20]
    hidden = hide_more(counts, counts < 10, SECTOR[["a", "d", "e"]])
    # The hill has nothing more to hide; the residents are known, so the smallest of all goes too
    assert hidden.to_dict("list") == {"a": [True] * 2, "d": [False] * 2, "e": [True] * 2}
    assert not given_back(counts, hidden, pd.Series("all", counts.columns)).any(axis=None)


def test_where_nothing_is_shown_the_residents_stand():
    shown = pd.DataFrame({"a": [50.0] * 6 + [100.0], "b": [None] * 6 + [80.0], "c": [0.0] * 7})
    estimate = filled(shown, pd.Series({"a": 40, "b": 30, "c": 20}))
    assert estimate.loc[6].to_dict() == {"a": 80, "b": 30, "c": 20}


def test_what_is_hidden_leaves_as_an_empty_row():
    rows = COUNTS.melt(ignore_index=False, var_name="commune", value_name="customers").reset_index()
    rows = rows.assign(persons=100 * rows["customers"], hidden=rows["customers"] < 10)
    handed = hand_over(rows)
    assert len(handed) == COUNTS.size and "hidden" not in handed
    confidential = handed["status"] == "confidential"
    assert confidential.sum() == (COUNTS < 10).sum().sum()
    assert handed.loc[confidential, ["persons", "customers"]].isna().all(axis=None)
    assert handed["customers"].min() == 11 and handed["persons"].min() == 1100


# --- own extracts


@pytest.mark.slow  # runs the chapter
def test_without_residents_who_is_alone_is_told_and_no_table(tmp_path):
    cells = shown(CHAPTER, office(tmp_path / "office"), tmp_path / "out")
    assert "single out" in cells["answer"] and "could not be made" in cells["answer"]


@pytest.mark.slow  # runs the chapter
def test_with_residents_the_table_is_told_and_not_scored(tmp_path):
    cells = shown(CHAPTER, office(tmp_path / "office", "grid", "communes"), tmp_path / "out")
    assert "rule of ten customers hides" in cells["answer"] and "not scored" in cells["answer"]
    assert "persons" not in cells["hand-over"], "only what passed `safe` is shown"
