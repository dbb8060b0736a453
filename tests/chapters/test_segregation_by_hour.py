"""What `segregation-by-hour` teaches, worked out by hand, and what it says of own extracts."""

import numpy as np
import pandas as pd
import pytest
from call_records import office, shown

from ssplab import taught
from ssplab.course.naming import select

[CHAPTER] = [path for path in select(["segregation-by-hour"]) if "chapters" in path.parts]
dissimilarity, index_of, by_chance, in_squares = (
    taught("segregation-by-hour", name)
    for name in ["dissimilarity", "index_of", "by_chance", "in_squares"]
)


# --- what it teaches


def test_the_index_is_the_part_that_would_have_to_move():
    group, others = pd.Series([8, 2, 0]), pd.Series([50, 25, 25])
    assert dissimilarity(group, others) == pytest.approx(0.3), "three of ten leave the first area"
    assert dissimilarity(others, group) == pytest.approx(0.3)
    assert dissimilarity(10 * group, others) == pytest.approx(0.3), "sizes do not matter"
    assert dissimilarity(group, 3 * group) == 0
    assert dissimilarity(pd.Series([1, 0]), pd.Series([0, 5])) == 1


def test_a_customer_in_two_cells_counts_there_by_parts():
    where = pd.DataFrame({"a": [1.0, 0.5, 0.0], "b": [0.0, 0.5, 1.0]}, index=["u", "v", "w"])
    drawn = pd.Series([1, 0, 0], where.index)
    assert index_of(drawn, where) == pytest.approx(0.75), "1 of 1 in a, and a quarter of the others"
    equal = pd.Series(0.3, where.index)
    assert index_of(equal, where) == pytest.approx(0), "who are all alike are spread alike"


def test_shuffling_leaves_an_index_that_falls_with_more_customers():
    rng = np.random.default_rng(0)

    def lot(people):
        where = np.eye(20)[rng.integers(20, size=people)]
        return by_chance(rng.binomial(1, 0.25, people), where, shuffles=20)

    few, many = lot(200), lot(3200)
    assert 0.2 < few < 0.4
    assert many == pytest.approx(few / 4, rel=0.25), (
        "sixteen times as many, a quarter of the chance"
    )


def test_shuffling_does_not_move_anybody():
    where = np.eye(2)[[0, 0, 1, 1]]
    assert by_chance(np.array([1, 1, 1, 1]) * 0.5, where) == pytest.approx(0)
    apart = np.array([1, 1, 0, 0])
    assert index_of(apart, where) == 1
    assert by_chance(apart, where, shuffles=2000) == pytest.approx(1 / 3, abs=0.03), "2 of 6 orders"


def test_chance_is_taken_away_in_squares_and_never_below_nothing():
    assert in_squares(0.5, 0.3) == pytest.approx(0.4)
    assert in_squares(0.2, 0.3) == 0
    assert in_squares(pd.Series([0.5, 0.2]), pd.Series([0.3, 0.3])).tolist() == [
        pytest.approx(0.4),
        0,
    ]


# --- own extracts


@pytest.mark.slow  # runs the chapter
def test_without_residents_no_index_is_computed(tmp_path):
    answer = shown(CHAPTER, office(tmp_path / "office"), tmp_path / "out")["answer"]
    assert "was not computed" in answer
    assert "In truth" not in answer


@pytest.mark.slow  # runs the chapter
def test_with_residents_the_index_stands_beside_chance_and_is_not_scored(tmp_path):
    cells = shown(CHAPTER, office(tmp_path / "office", "grid", "communes"), tmp_path / "out")
    assert "shuffled among the customers it would still be" in cells["answer"]
    assert "is not scored" in cells["answer"]
    assert "In truth" not in str(cells)
