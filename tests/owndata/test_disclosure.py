"""`safe`: what it masks, what it leaves, and an attacker who tries to undo it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import Bounds, LinearConstraint, milp

import ssplab
from ssplab.data import loading
from ssplab.owndata.disclosure import MIME, suppress
from ssplab.system.errors import SsplabError

THRESHOLD = 10
HOURS = pd.DataFrame(
    {"posts": [4938, 310, 7], "with_hours": [4100, 0, 7], "mean": [31.25, 0.0, 17.0]},
    index=pd.Index(["10", "20", "30"], name="unit"),
)


def masked(shown, **options):
    return ssplab.safe(shown, "payroll", threshold=THRESHOLD, **options)


def cells(counts, cross=False):
    return suppress(np.array(counts), THRESHOLD, cross=cross).astype(int).tolist()


def test_of_the_courses_data_nothing_is_masked():
    table = ssplab.safe(HOURS, "payroll")
    pd.testing.assert_frame_equal(table.frame, HOURS)
    data = table._repr_mimebundle_()
    assert data["text/plain"] == repr(HOURS)
    assert data["text/html"] == HOURS._repr_html_()
    assert data[MIME] == {"masked": 0}
    assert f"{ssplab.safe(3, 'payroll')} posts" == "3 posts"


def test_a_name_that_stands_for_own_data_is_protected_as_their_folder_is(tmp_path, monkeypatch):
    posts = ssplab.load("payroll").head(40)
    posts.to_parquet(tmp_path / "declarations.parquet")
    monkeypatch.setattr(loading, "_chosen", {"payroll": (str(tmp_path), None, None)})
    counts = pd.DataFrame({"posts": [30, 3, 7]}, index=["a", "b", "c"])
    own = ssplab.safe(counts, str(tmp_path))
    assert own.masked > 0
    pd.testing.assert_frame_equal(ssplab.safe(counts, "payroll").frame, own.frame)
    totals = [
        ssplab.safe_totals(posts, data, index="siret", values="gross").masked
        for data in (str(tmp_path), "payroll")
    ]
    assert totals[0] == totals[1] > 0


def test_a_small_count_takes_its_row_and_a_neighbour_along():
    table = masked(HOURS)
    assert table.frame.to_numpy().tolist() == [
        [4938, "c", "c"],
        ["c", 0, "c"],
        ["c", "c", "c"],
    ]
    assert table.masked == 7
    assert repr(table).endswith("or would give such a count away by subtraction.")
    assert f"<p>{table.note}</p>" in table._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[3], [40], [200]], [[1], [1], [0]]),  # the total is known, so one more, the smallest
        ([[3], [4], [200]], [[1], [1], [1]]),  # their sum would say that both are small
        ([[0], [30], [200]], [[0], [0], [0]]),
        ([[5]], [[1]]),
        ([[4938, 4933], [400, 300]], [[0, 1], [0, 1]]),  # five have no hours
        ([[100, 60, 35]], [[0, 0, 1]]),  # five are neither
        ([[20, 25], [30, 60]], [[1, 0], [1, 0]]),
        ([[40, 3], [30, 50], [70, 53]], [[0, 1], [0, 1], [0, 0]]),  # the last row is the total
    ],
)
def test_columns_that_are_statistics(counts, expected):
    assert cells(counts) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[20, 30, 50], [5, 40, 45], [25, 70, 95]], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]),
        ([[20, 25], [30, 60]], [[0, 0], [0, 0]]),  # a difference of two groups is no group
        ([[100, 3], [200, 4]], [[1, 1], [1, 1]]),  # known totals alone tell: nothing is shown
        ([[3, 400, 20], [50, 60, 300], [70, 80, 90]], [[1, 0, 1], [0, 0, 0], [1, 0, 1]]),
        ([[1, 1, 2], [900, 800, 700], [50, 60, 70]], [[1, 1, 1], [0, 0, 0], [1, 1, 1]]),
    ],
)
def test_columns_that_are_parts_of_a_whole(counts, expected):
    assert cells(counts, cross=True) == expected


def test_what_pandas_makes_is_taken_as_it_is_meant():
    sizes = pd.Series(["a"] * 3 + ["b"] * 40 + ["c"] * 200).value_counts()
    assert masked(sizes).frame["count"].tolist() == [200, "c", "c"]
    people = pd.DataFrame({"sex": ["m", "f"] * 60, "work": ["a"] * 5 + ["b"] * 95 + ["c"] * 20})
    crossed = pd.crosstab(people["work"], people["sex"], margins=True)
    assert masked(crossed).frame.loc["a", "All"] == "c"
    assert masked(crossed).frame.loc["All", "All"] == 120
    pivot = people.pivot_table(index="work", columns="sex", aggfunc="size")
    pivot.loc["a", "m"] = np.nan  # nobody: a pivot of floats
    assert masked(pivot, counts=list(pivot)).frame.loc["a", "f"] == "c"


def test_counts_are_named_where_other_integers_are_there():
    ages = pd.DataFrame({"age": [45, 55], "people": [50, 60]})
    assert masked(ages, counts=["people"]).masked == 0
    assert masked(ages).masked > 0


@pytest.mark.parametrize(
    ("shown", "options", "told"),
    [
        (HOURS[["mean"]], {}, "how many units"),
        (HOURS["mean"], {}, "how many units"),
        (HOURS.assign(name="x"), {}, "'name' holds no numbers"),
        (HOURS.assign(first=True), {}, "'first' holds no numbers"),
        (HOURS - 1000, {}, "negative or not whole"),
        (HOURS, {"counts": ["mean"]}, "negative or not whole"),
        (HOURS, {"counts": ["post"]}, "Did you mean posts"),
        (3.5, {}, "not float"),
        (True, {}, "not bool"),
        ([3], {}, "not list"),
    ],
)
def test_what_cannot_be_made_safe_is_refused_on_twins_too(shown, options, told):
    with pytest.raises(SsplabError, match=told):
        ssplab.safe(shown, "payroll", **options)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (1, "fewer than 10"), (9, "fewer than 10"), (1234, "1,234")]
)
def test_a_count_in_a_sentence(count, text):
    assert f"{masked(np.int64(count)):,}" == text
    assert masked(count)._repr_mimebundle_()[MIME] == {"masked": int("fewer" in text)}


def test_of_the_courses_data_every_number_is_said():
    assert f"{ssplab.safe_number(2.346, 'payroll', 3):.1f}" == "2.3"
    assert f"{ssplab.safe_share(1, 8, 'payroll'):.1%}" == "12.5%"
    assert f"{ssplab.safe_number(float('nan'), 'payroll', 3):.1f}" == "not known"
    assert f"{ssplab.safe_number(pd.NA, 'payroll', 3):,.0f}" == "not known"
    assert f"{ssplab.safe_share(0, 0, 'payroll'):.1%}" == "not known"


@pytest.mark.parametrize(
    ("units", "shown"), [(10, True), (9, False), (0, False), ([10, 0], True), ([40, 9], False)]
)
def test_a_number_is_shown_with_enough_units_behind_it(units, shown):
    number = ssplab.safe_number(2.346, "payroll", units, threshold=THRESHOLD)
    assert (number.shown is not None) == shown and repr(number) == ("2.346" if shown else "c")


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(10, 20, True), (9, 200, False), (195, 200, False), (0, 9, False)]
)
def test_a_share_is_shown_with_enough_units_on_either_side(part, whole, shown):
    share = ssplab.safe_share(np.int64(part), whole, "payroll", threshold=THRESHOLD)
    assert (share.shown is not None) == shown


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ssplab.safe_number("2", "payroll", 3), "takes one number, not str"),
        (lambda: ssplab.safe_number(2, "payroll", [3, -1]), "numbers of units"),
        (lambda: ssplab.safe_number(2, "payroll", []), "numbers of units"),
        (lambda: ssplab.safe_share(3, 2, "payroll"), "a part in its whole"),
        (lambda: ssplab.safe_share(0.5, 2, "payroll"), "a part in its whole"),
        (lambda: ssplab.safe_figure(None, "payroll", [-1]), "not negative"),
    ],
)
def test_what_is_no_number_of_units_is_refused(call, told):
    with pytest.raises(SsplabError, match=told):
        call()


@pytest.fixture
def extract(tmp_path):
    declarations = ssplab.load("payroll").head(200)
    declarations.loc[:20, "contract"] = "XX"
    declarations.to_parquet(tmp_path / "declarations.parquet")
    return tmp_path


def test_of_own_data_small_counts_and_private_labels_are_masked(extract):
    declarations = ssplab.load(extract)
    shown = ssplab.safe(pd.crosstab(declarations["contract"], declarations["siret"]), extract)
    assert "XX" not in shown.frame.index and "(not on the card)" in shown.frame.index
    assert set(shown.frame.columns) == {"(not on the card)"}
    by_both = declarations.groupby(["contract", "pcs"]).size()
    labels = ssplab.safe(by_both, str(extract)).frame.index
    assert ("(not on the card)", "3") in labels and ("01", "3") in labels
    assert repr(ssplab.safe(3, extract)) == "fewer than 10"


def test_the_cards_threshold_may_be_raised_only(extract):
    assert repr(ssplab.safe(15, extract, threshold=20)) == "fewer than 20"
    with pytest.raises(SsplabError, match="the card asks for 10"):
        ssplab.safe(3, extract, threshold=5)


def with_totals(inner, cross):
    """Return the matrix that takes a table's inner cells to all its cells, totals last."""
    rows, columns = inner.shape
    down = np.vstack([np.eye(rows), np.ones(rows)])
    across = np.vstack([np.eye(columns), np.ones(columns)]) if cross else np.eye(columns)
    return np.kron(down, across), (rows + 1, len(across))


def shown_totals(counts, cross):
    """Return which totals an attacker knows although the table does not show them."""
    down, across = counts.sum(axis=0), counts.sum(axis=1)
    if not cross:
        return np.concatenate([np.zeros(counts.size, bool), down >= THRESHOLD])
    known = np.zeros(np.add(counts.shape, 1), dtype=bool)
    known[-1, :-1] = ~suppress(down[:, None], THRESHOLD, cross=False)[:, 0] & (down >= THRESHOLD)
    known[:-1, -1] = ~suppress(across[:, None], THRESHOLD, cross=False)[:, 0]
    known[:-1, -1] &= (across >= THRESHOLD) & (counts.shape[1] > 1)
    known[-1, -1] = counts.sum() >= THRESHOLD
    return known.ravel()


def widths(inner, hidden, targets, known):
    """Return how wide an attacker's range is for each target, a sum of a table's inner cells.

    Integer programming over the inner cells: `known` are sums whose values are seen or known; of a
    hidden cell it is known whether it is zero.
    """
    truth = inner.ravel().astype(float)
    low = np.where(hidden, np.minimum(truth, 1), truth)
    high = np.where(hidden, truth.sum() + 10 * THRESHOLD, truth)
    limits = Bounds(low, high)
    knowledge = [LinearConstraint(known, known @ truth, known @ truth)] if len(known) else []
    ends = [
        [
            milp(sign * target, integrality=1, bounds=limits, constraints=knowledge)
            for sign in (1, -1)
        ]
        for target in targets
    ]
    return [-highest.fun - lowest.fun for lowest, highest in ends]


small_or_large = st.one_of(st.integers(0, 12), st.integers(13, 400))
tables = st.tuples(st.integers(2, 5), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=small_or_large)
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(inner=tables, margins=st.booleans(), cross=st.booleans())
def test_no_masked_count_can_be_recovered(inner, margins, cross):
    matrix, shape = with_totals(inner, cross)
    whole = (matrix @ inner.ravel()).reshape(shape).astype(int)
    is_inner = np.zeros(shape, dtype=bool)
    is_inner[: len(inner), : inner.shape[1]] = True
    counts = whole if margins else inner
    hidden = suppress(counts, THRESHOLD, cross=cross)
    assert hidden[(counts > 0) & (counts < THRESHOLD)].all()
    if hidden.all():
        return
    assert not hidden[counts == 0].any()
    cells = matrix if margins else matrix[is_inner.ravel()]  # those that the table has
    targets = list(cells[hidden.ravel()])
    if not cross:
        for i, j in zip(*np.triu_indices(len(cells), 1), strict=True):
            same_row = i // counts.shape[1] == j // counts.shape[1]
            if same_row and 0 < abs(counts.ravel()[i] - counts.ravel()[j]) < THRESHOLD:
                targets.append(cells[i] - cells[j])
    known = matrix[~hidden.ravel()] if margins else matrix[shown_totals(inner, cross)]
    inner_hidden = hidden[is_inner] if margins else hidden.ravel()
    assert all(width >= THRESHOLD for width in widths(inner, inner_hidden, targets, known))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(inner=arrays(np.int64, (4, 3), elements=st.integers(10, 400)))
def test_a_table_without_a_small_count_stays_whole(inner):
    assert not suppress(inner, THRESHOLD, cross=True).any()


def test_the_attacker_recovers_what_is_masked_carelessly():
    inner = np.array([[3], [40], [200]])
    matrix, _ = with_totals(inner, False)
    hidden = np.array([True, False, False])
    assert widths(inner, hidden, [matrix[0]], matrix[shown_totals(inner, False)]) == [0]
