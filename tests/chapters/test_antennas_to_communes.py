"""What `antennas-to-communes` and `weights-of-a-network` promise beside their outputs.

The functions that the first hands on are worked out by hand on two cells and two communes; the
second runs on call records in the open format, with residents and without them.
"""

import pandas as pd
import pytest
from call_records import office, shown

from ssplab import taught
from ssplab.course.naming import select

[WEIGHTS] = [path for path in select(["weights-of-a-network"]) if "chapters" in path.parts]
by_commune, to_communes, shares_by, scores = (
    taught("antennas-to-communes", name)
    for name in ["by_commune", "to_communes", "shares_by", "scores"]
)


@pytest.fixture
def pieces():
    """The first cell lies wholly in `a`, the second to a quarter."""
    return pd.DataFrame(
        {"site_id": ["S1", "S2", "S2"], "commune": ["a", "a", "b"], "share": [1, 0.25, 0.75]}
    )


def test_counts_go_where_the_pieces_of_their_cell_are(pieces):
    at_site = pd.Series({"S1": 3, "S2": 8, "S9": 100})  # the last is no cell of the city
    assert by_commune(at_site, pieces).to_dict() == {"a": 5, "b": 6}
    assert by_commune(pd.Series({"S2": 4}), pieces).to_dict() == {"a": 1, "b": 3}


def test_residents_of_communes_add_up_to_the_city_also_where_nobody_is_counted(pieces):
    residents = pd.Series({"a": 500, "b": 500, "c": 100})
    estimate = to_communes(pd.Series({"S1": 3, "S2": 8}), pieces, residents)
    assert estimate.to_dict() == pytest.approx({"a": 500, "b": 600, "c": 0})


def test_shares_of_a_cell_add_up_to_one():
    tiles = pd.DataFrame(
        {
            "site_id": ["S1", "S1", "S1", "S2"],
            "commune": ["a", "a", "b", "b"],
            "built": [1, 2, 1, 0],
        }
    )
    shares = shares_by(tiles, "built").set_index(["site_id", "commune"])["share"]
    assert shares["S1"].to_dict() == {"a": 0.75, "b": 0.25}
    assert shares["S2"].isna().all(), "a cell without anything built has no shares"


def test_scores_by_hand():
    census = pd.Series({"a": 100.0, "b": 200.0, "c": 100.0})
    km2 = pd.Series({"a": 1.0, "b": 4.0, "c": 2.0})
    right = scores(census, census, km2)
    assert right["to move, %"] == right["error, %"] == 0
    assert [right[name] for name in ["r", "r, per km²", "Lin, per km²"]] == pytest.approx([1, 1, 1])
    wrong = scores(pd.Series({"a": 140.0, "b": 180.0, "c": 80.0}), census, km2)
    assert wrong["to move, %"] == pytest.approx(10), "40 of 400 leave `a`"
    assert wrong["error, %"] == pytest.approx(20), "40, 10 and 20 %"
    assert wrong["Lin, per km²"] < wrong["r, per km²"]


@pytest.mark.slow  # runs the chapter twice
def test_own_records_say_how_far_they_change_and_not_what_of_it_is_people(tmp_path):
    for name, beside in {"alone": [], "with-residents": ["grid", "communes"]}.items():
        told = shown(WEIGHTS, office(tmp_path / name, *beside), tmp_path / f"{name}-out")["answer"]
        if beside:
            assert "the commune of the average resident changes by" in told
            assert "do not tell" in told and "Nobody moved" not in told
        else:
            assert "could not be measured" in told
