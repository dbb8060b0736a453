"""The metric, on cases that can be counted by hand. Run it with `python -m pytest`."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

metrics = runpy.run_path(str(Path(__file__).with_name("metric.py")))["metrics"]
BLANK = float("nan")

# Two zones: in the first a recruitment with three ads and two with one ad, the last a ghost; in the
# second a recruitment with two ads. That is 3 + 1 true pairs, and 3 vacancies.
TRUTH = pd.DataFrame(
    {
        "ad_id": ["A1", "A2", "A3", "A4", "A5", "B1", "B2"],
        "recruitment": [10, 10, 10, 11, 12, 20, 20],
        "vacancy": [1, 1, 1, 1, 0, 1, 1],
        "of_zone": [*5 * ["A"], *2 * ["B"]],
    }
)
BEST = TRUTH[["ad_id", "recruitment", "vacancy"]]
SINGLE = BEST.assign(recruitment=BLANK, vacancy=1)


def points(answer, truth=TRUTH):
    return next(iter(metrics(truth, answer).values()))


def test_the_truth_itself_has_100_points():
    assert metrics(TRUTH, BEST) == {
        "points": 100,
        "percent right of pairs joined": 100,
        "percent joined of true pairs": 100,
        "percent F1 of pairs": 100,
        "percent error of vacancies by zone": 0,
        "percent vacancies too many": 0,
    }


def test_the_example_of_the_brief():
    """A4 is joined to A3, which is no longer with A1 and A2; all are thought to be vacancies."""
    answer = BEST.assign(recruitment=[1, 1, 2, 2, BLANK, 3, 3], vacancy=1)
    assert metrics(TRUTH, answer) == pytest.approx(
        {
            "points": 100 * (2 - 1) / 4 - 100 / 3,  # A1 A2 and B1 B2 are right, A3 A4 is wrong
            "percent right of pairs joined": 200 / 3,
            "percent joined of true pairs": 50,
            "percent F1 of pairs": 400 / 7,
            "percent error of vacancies by zone": 100 / 3,  # 4 in place of 3
            "percent vacancies too many": 100 / 3,
        }
    )


def test_all_ads_alone_have_no_pair_and_too_many_vacancies():
    scored = metrics(TRUTH, SINGLE)
    assert scored["points"] == pytest.approx(-100 * 4 / 3)  # 5 for 2, and 2 for 1
    assert scored["percent F1 of pairs"] == scored["percent right of pairs joined"] == 0


def test_one_recruitment_for_all_loses_the_wrong_pairs():
    """Of 10 + 1 pairs 4 are right, and there is one vacancy too few."""
    assert points(SINGLE.assign(recruitment=1)) == pytest.approx(100 * (4 - 7) / 4 - 100 / 3)


def test_it_is_worse_the_more_ads_there_are():
    """Ten recruitments with two ads each: 10 pairs are right and 180 wrong."""
    truth = pd.DataFrame(
        {"ad_id": range(20), "recruitment": [*range(10)] * 2, "vacancy": 1, "of_zone": "A"}
    )
    answer = truth[["ad_id"]].assign(recruitment=1, vacancy=1)
    assert points(answer, truth) == pytest.approx(100 * (10 - 180) / 10 - 90)


def test_a_number_joins_ads_of_its_zone_only():
    """A team may begin to count anew in each zone."""
    assert points(BEST.assign(recruitment=[1, 1, 1, 2, 3, 1, 1])) == 100


@pytest.mark.parametrize("numbers", [[0, 0, 0, -1, -2, 0, 0], [0.5, 0.5, 0.5, BLANK, BLANK, 7, 7]])
def test_any_number_will_do_and_a_blank_is_alone(numbers):
    assert points(BEST.assign(recruitment=numbers)) == 100


def test_a_blank_goes_with_no_other_ad_not_even_with_that_of_number_0():
    blanks = BEST.assign(recruitment=[BLANK, BLANK, 0, 1, BLANK, 2, 2])
    assert metrics(TRUTH, blanks)["percent joined of true pairs"] == 25


def test_of_the_chances_of_a_recruitment_the_mean_counts():
    answer = BEST.assign(vacancy=[1, 0.5, 0, 1, 0.5, 1, 1])  # 0.5 + 1 + 0.5, and 1
    assert points(answer) == pytest.approx(100)


def test_one_zone_does_not_make_up_for_another():
    answer = BEST.assign(vacancy=[1, 1, 1, 1, 1, 0, 0])
    scored = metrics(TRUTH, answer)
    assert scored["percent vacancies too many"] == pytest.approx(0)
    assert scored["percent error of vacancies by zone"] == pytest.approx(200 / 3)


@pytest.mark.parametrize("answer", [BEST, SINGLE, SINGLE.assign(recruitment=1)])
def test_a_zone_that_is_drawn_twice_counts_as_two(answer):
    """The interval of a score draws zones with replacement; copies of an ad are no duplicates."""
    places = [0, 1, 2, 3, 4, 5, 6, 5, 6]
    drawn = metrics(TRUTH.iloc[places], answer.iloc[places])
    other = pd.DataFrame({"ad_id": ["C1", "C2"], "of_zone": "C"}, index=[5, 6])
    truth = pd.concat([TRUTH, TRUTH.loc[[5, 6]].assign(**other)])
    given = pd.concat([answer, answer.loc[[5, 6]].assign(ad_id=other["ad_id"])])
    assert drawn == pytest.approx(metrics(truth, given))


def test_the_order_of_rows_does_not_matter():
    answer = BEST.assign(recruitment=[1, 1, 2, 2, BLANK, 3, 3])
    order = [6, 2, 0, 4, 3, 1, 5]
    assert metrics(TRUTH.iloc[order], answer.iloc[order]) == metrics(TRUTH, answer)


def test_other_ads_are_refused():
    with pytest.raises(ValueError, match="ad_id must be the same"):
        metrics(TRUTH, BEST.iloc[::-1])


def test_where_no_recruitment_has_two_ads_nothing_divides_by_zero():
    one = TRUTH.iloc[[3, 4]]
    assert points(BEST.iloc[[3, 4]], one) == 0
    assert points(BEST.iloc[[4]].assign(vacancy=0), TRUTH.iloc[[4]]) == 0
