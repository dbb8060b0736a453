"""`safe_totals`: which totals it masks, who can undo it, and what ACRO says of the same table."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import ssplab
from ssplab.course.cards import ContributorRule
from ssplab.course.paths import course_root
from ssplab.owndata.disclosure import MARK, MIME
from ssplab.owndata.dominance import protection, reason
from ssplab.owndata.reporting import TABLE_METHODS
from ssplab.system.errors import SsplabError

pytestmark = pytest.mark.slow  # solves thousands of linear programs

P10 = {"minimum": 3, "dominance": {"rule": "p_percent", "p": 10}}
K85 = {"minimum": 3, "dominance": {"rule": "nk", "n": 1, "k": 85}}
BY = {"index": "region", "columns": "a17", "values": "net"}


@pytest.fixture(scope="module")
def posts():
    """The twin's posts, with the region of their workplace."""
    communes = ssplab.load("communes").drop_duplicates("department").set_index("department")
    posts = ssplab.load("payroll", table="posts")
    return posts.assign(region=posts["department"].map(communes["region_name"]))


@pytest.fixture(scope="module")
def by_card(posts):
    """Net pay by region and activity under the card's rules."""
    return ssplab.safe_totals(posts, "payroll", **BY, rules="card")


def inner(table):
    """Return a table without its margins."""
    return table.drop(index="All").drop(columns="All", errors="ignore")


def made_up(contributed):
    """Return microdata of made-up contributions, by cell, which is (row, column), and by name."""
    return pd.DataFrame(
        [(*cell, *item) for cell, by_name in contributed.items() for item in by_name.items()],
        columns=["region", "a17", "siret", "net"],
    )


def small_table(contributed, **options):
    """Mask totals of made-up contributions."""
    return ssplab.safe_totals(
        made_up(contributed), "payroll", **{"rules": {"siret": P10}, **BY} | options
    )


# --- What it masks


def test_of_the_courses_data_nothing_is_masked(posts):
    table = ssplab.safe_totals(posts, "payroll", **BY)
    cross = pd.crosstab(posts["region"], posts["a17"], posts["net"], aggfunc="sum", margins=True)
    shown = table.frame
    pd.testing.assert_frame_equal(shown, cross.fillna(0), check_names=False, check_like=True)
    assert list(shown.index[:-1]) == sorted(posts["region"].unique())
    assert (table.masked, table.note) == (0, "")
    assert (table.reasons == "").all(axis=None)


def test_the_figures_of_the_chapter_under_the_cards_rules(posts, by_card):
    reasons = inner(by_card.reasons)
    filled = pd.crosstab(posts["region"], posts["a17"]) > 0
    assert filled.sum(axis=None) == 163
    assert (reasons == "contributors").sum(axis=None) == 40
    assert (reasons == "dominance").sum(axis=None) == 3
    assert not inner(by_card.frame)[~filled].eq(MARK).any(axis=None)
    at_p = ssplab.safe_totals(posts, "payroll", **BY, rules={"siret": P10})
    dominated = inner(at_p.reasons) == "dominance"
    assert dominated.sum(axis=None) == 7
    assert dominated[reasons == "dominance"].sum(axis=None) == 3
    assert (by_card.reasons.loc["All"] == "").all() and (by_card.reasons["All"] == "").all()


def test_a_total_less_what_is_printed_gives_a_primary_cell_back(posts, by_card):
    primary = by_card.reasons["C5"].isin(["contributors", "dominance"])
    assert primary.sum() == 1
    pay = posts[posts["a17"] == "C5"].groupby("region")["net"].sum() / 1000
    printed = pay[~primary.reindex(pay.index)]
    assert round(pay.sum() - printed.sum(), 1) == 1145.2
    assert (by_card.frame["C5"] == MARK).sum() > 1


def test_a_threshold_of_ten_posts_sees_no_establishments(posts, by_card):
    counts = pd.crosstab(posts["region"], posts["a17"])
    by_safe = ssplab.safe(counts, "payroll", threshold=10)
    primary = inner(by_card.reasons).isin(["contributors", "dominance"])
    assert primary[by_safe.frame != MARK].sum(axis=None) == 22
    shops = pd.crosstab(posts["region"], posts["a17"], posts["siret"], aggfunc="nunique")
    few = (counts >= 10) & (shops < 3)
    assert few.sum(axis=None) == 23  # one of them `safe` masks, to protect another
    as_counts = ssplab.safe_totals(posts, "payroll", index="region", columns="a17", rules="card")
    assert (inner(as_counts.frame)[few] == MARK).sum(axis=None) == 23
    small = (counts > 0) & (counts < 10)
    assert (inner(as_counts.reasons) == "threshold").equals(small)


@pytest.mark.parametrize(
    ("contributed", "rule", "expected"),
    [
        ([50, 40], P10, "contributors"),  # each knows the other
        ([40, 30, 30], P10, ""),
        ([100, 50, 9.99], P10, "dominance"),
        ([100, 50, 10], P10, ""),  # exactly p
        ([85, 10, 5], K85, ""),  # exactly k
        ([85.01, 10, 4.99], K85, "dominance"),
        ([100, 80, 9, 9], {"dominance": {"rule": "nk", "n": 2, "k": 90}}, "dominance"),
        ([100, 80, 10, 10], {"dominance": {"rule": "nk", "n": 2, "k": 90}}, ""),
        ([40, 30, 20, 10], {"minimum": 5} | {"dominance": K85["dominance"]}, "contributors"),
    ],
)
def test_the_rules(contributed, rule, expected):
    assert reason(np.array(contributed, float), ContributorRule(**rule)) == expected


@pytest.mark.parametrize("contributed", [[90.0], [70.0, 20.0], [100.0, 50.0, 4.0, 3.0]])
def test_the_level_is_no_less_than_the_handbooks(contributed):
    contributed = np.array(contributed)
    upper = 0.1 * contributed[0] - contributed[2:].sum()
    assert protection(contributed, ContributorRule(**P10)) >= upper
    upper = contributed[0] / 0.8 - contributed.sum()
    rule = ContributorRule(dominance={"rule": "nk", "n": 1, "k": 80})  # 1 / 0.8 is exact
    assert protection(contributed, rule) >= upper


def test_a_table_of_one_column(posts):
    few = posts[posts["siret"].isin(posts["siret"].unique()[:8])]
    table = ssplab.safe_totals(few, "payroll", index="a17", values="net", rules={"siret": P10})
    assert list(table.frame.columns) == ["net"]
    assert table.frame.loc["All", "net"] == pytest.approx(few["net"].sum())
    assert set(table.reasons["net"]) >= {"contributors", ""}


def test_a_contributor_of_two_cells_is_one_contributor_to_their_total():
    table = small_table(
        {("A", "x"): {"a": 50, "b": 40, "c": 30}, ("A", "y"): {"a": 50, "b": 45, "c": 20}}
    )
    assert table.masked == 0
    table = small_table({("A", "x"): {"a": 50, "b": 40}, ("A", "y"): {"a": 50, "b": 45}})
    assert (table.reasons == "contributors").all(axis=None)


def test_each_kind_of_contributor_has_its_rule(posts):
    rows = posts.head(40).assign(region="A", siret=[f"s{i % 4}" for i in range(40)])
    rules = {"siret": K85, "post_id": K85 | {"minimum": 50}}
    options = {"index": "region", "values": "net"}
    assert ssplab.safe_totals(rows, "payroll", **options, rules={"siret": K85}).masked == 0
    assert ssplab.safe_totals(rows, "payroll", **options, rules=rules).masked == 2


def test_a_missing_value_contributes_nothing():
    full = {("A", "x"): {"a": 50, "b": 40, "c": 30}, ("B", "x"): {"d": 50, "e": 40, "f": 30}}
    assert small_table(full).masked == 0
    full["B", "x"]["f"] = np.nan
    assert small_table(full).reasons.loc["B", "x"] == "contributors"


def test_a_mask_does_not_tell_its_reason(by_card):
    told = by_card._repr_mimebundle_()
    assert told[MIME] == {"masked": by_card.masked}
    assert f"<p>{by_card.note}</p>" in told["text/html"]
    for text in (repr(by_card), told["text/plain"], told["text/html"]):
        assert "secondary" not in text and "contributors" not in text
    assert "reasons" in TABLE_METHODS  # nor may a sentence of a report tell it
    assert (by_card.frame == MARK).equals(by_card.reasons != "")


def test_safe_tells_the_holder_its_reasons_too():
    shown = pd.DataFrame(
        {"posts": [4938, 310, 7], "with_hours": [4100, 0, 7], "mean": [31.25, 0.0, 17.0]}
    )
    table = ssplab.safe(shown, "payroll", threshold=10)
    assert table.reasons.to_numpy().tolist() == [
        ["", "secondary", "beside a masked count"],
        ["secondary", "", "beside a masked count"],
        ["threshold", "threshold", "beside a masked count"],
    ]
    assert (ssplab.safe(shown, "payroll").reasons == "").all(axis=None)


# --- Wrong use


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (lambda posts: posts, {"values": "nett"}, "no column 'nett'. Did you mean net"),
        (lambda posts: posts.drop(columns="siret"), {}, "no column 'siret'"),
        (lambda posts: posts.drop(columns="post_id"), {}, "no column 'post_id'"),
        (lambda posts: posts, {"values": "pcs"}, "'pcs' holds no numbers"),
        (lambda posts: posts.assign(region=None), {}, "50 row.s. have no 'region'"),
        (lambda posts: posts.assign(siret=None), {}, "50 row.s. have no 'siret'"),
        (lambda posts: posts.assign(region="All"), {}, "'All' is a value of 'region'"),
        (lambda posts: posts.assign(net=-1.0), {}, "negative in sum"),
        (lambda posts: posts.assign(net=np.nan), {}, "no row to sum"),
        (lambda posts: posts.assign(net=np.inf), {}, "'net' holds infinite values"),
        (lambda posts: posts, {"rules": "house"}, "rules is 'house'"),
        (lambda posts: posts, {"rules": {"siret": {"minimum": 2}}}, "siret.minimum: .*or equal to"),
        (lambda posts: posts, {"rules": {"siret": {"minimum": 3}}}, "siret.dominance: Field requi"),
    ],
)
def test_wrong_use_is_refused_on_twins_too(posts, change, options, told):
    with pytest.raises(SsplabError, match=told):
        ssplab.safe_totals(change(posts.head(50)), "payroll", **BY | options)


def test_a_card_that_names_no_contributor_is_refused():
    communes = ssplab.load("communes")
    with pytest.raises(SsplabError, match="communes does not say who contributes"):
        ssplab.safe_totals(communes, "communes", index="region_name")


# --- An own extract


@pytest.fixture
def extract(tmp_path):
    declarations = ssplab.load("payroll").head(400)
    declarations.loc[:20, "contract"] = "XX"
    declarations.to_parquet(tmp_path / "declarations.parquet")
    return tmp_path


def test_of_own_data_the_cards_rules_hold_whatever_is_given(extract):
    declarations = ssplab.load(extract)
    declarations["siret"] = declarations["siret"].str[:4]  # one enterprise behind all
    options = {"index": "contract", "values": "gross"}
    loose = {"pcs": {"dominance": {"rule": "p_percent", "p": 0.001}}}
    for rules in (None, "card", loose):
        table = ssplab.safe_totals(declarations, extract, **options, rules=rules)
        assert table.masked == table.frame.size
    assert "XX" not in table.frame.index and "(not on the card)" in table.frame.index
    assert "XX" in table.reasons.index  # for the holder


# --- Who can undo it


def attackable(microdata, table, levels, contributors=True):
    """Yield what an attacker learns too closely of masked totals, on either side.

    An attacker knows what is shown, and that contributions are not negative; if it is one of the
    `contributors`, also the cells to which it alone contributes. `levels` are the distances that
    must remain, by cell.
    """
    hidden = (table.frame == MARK).to_numpy()
    number = np.arange(hidden.size).reshape(hidden.shape)
    labels = {"index": table.frame.index, "columns": table.frame.columns}
    truth = totals(microdata).reindex(**labels).to_numpy().ravel()
    sums = np.zeros((sum(hidden.shape), hidden.size))
    for relation, line in zip(sums, [*number, *number.T], strict=True):
        relation[line] = [1] * (len(line) - 1) + [-1]
    alone = alone_in(microdata, table.frame) if contributors else ()
    for cell, level in levels.items():
        for owned in [set(), *(cells for cells in alone if cell not in cells)]:
            seen = ~hidden.ravel() | np.isin(number.ravel(), list(owned))
            free = np.flatnonzero(~seen)
            target = (free == cell).astype(float)
            for sign, wanted in ((1, truth[cell] + level), (-1, max(truth[cell] - level, 0))):
                found = linprog(
                    -sign * target,
                    A_eq=sums[:, free],
                    b_eq=-sums[:, seen] @ truth[seen] / level,
                    bounds=(0, None),
                )
                reached = sign * np.inf if found.status == 3 else -sign * found.fun * level
                if sign * (reached - wanted) < -1e-5 * level:
                    yield cell, sorted(owned), sign, reached, wanted


def totals(microdata):
    """Return the true totals with margins."""
    return pd.crosstab(
        microdata["region"], microdata["a17"], microdata["net"], aggfunc="sum", margins=True
    ).fillna(0)


def in_cells(microdata, frame):
    """Return contributions by cell, margins included, and contributor; cells row by row."""
    copies = [
        microdata.assign(**dict.fromkeys(margins, "All"))
        for margins in ([], ["region"], ["a17"], ["region", "a17"])
    ]
    long = pd.concat(copies)
    cell = frame.index.get_indexer(long["region"]) * frame.shape[1]
    cell += frame.columns.get_indexer(long["a17"])
    return long.groupby([cell, "siret"])["net"].sum()


def alone_in(microdata, frame):
    by_cell = in_cells(microdata, frame)
    lonely = by_cell[by_cell.groupby(level=0).transform("size") == 1]
    return {frozenset(cells) for _, cells in lonely.reset_index(0)["level_0"].groupby("siret")}


def levels_of(microdata, table, share):
    """Return, by masked primary cell, a share of its largest contribution."""
    primary = table.reasons.isin(["contributors", "dominance"]).to_numpy().ravel()
    largest = in_cells(microdata, table.frame).groupby(level=0).max()
    return {cell: share * largest[cell] for cell in np.flatnonzero(primary)}


contribution = st.one_of(st.integers(1, 12), st.integers(13, 400))
rows = st.tuples(st.sampled_from("ABCD"), st.sampled_from("wxyz"), st.integers(0, 3), contribution)


def with_names(drawn):
    """Return microdata: most contributors work in one cell, number 0 in all."""
    frame = pd.DataFrame(drawn, columns=["region", "a17", "siret", "net"])
    everywhere = frame["siret"] == 0
    name = frame["region"] + frame["a17"] + frame["siret"].astype(str)
    return frame.assign(siret=name.mask(everywhere, "everywhere"))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(drawn=st.lists(rows, min_size=30, max_size=70), p=st.sampled_from([5, 10, 40]))
def test_no_masked_total_can_be_estimated(drawn, p):
    microdata = with_names(drawn)
    rule = {"minimum": 3, "dominance": {"rule": "p_percent", "p": p}}
    table = ssplab.safe_totals(microdata, "payroll", **BY, rules={"siret": rule})
    shown = table.frame != MARK
    truth = totals(microdata).reindex(index=shown.index, columns=shown.columns)
    assert (table.frame[shown].fillna(-1) == truth[shown].fillna(-1)).all(axis=None)
    if not shown.any(axis=None):
        return
    assert list(attackable(microdata, table, levels_of(microdata, table, p / 100))) == []


def test_some_of_the_tables_that_are_attacked_are_shown_in_part():
    rng = np.random.default_rng(3)
    drawn = zip(
        rng.choice(list("ABCD"), 80),
        rng.choice(list("wxyz"), 80),
        rng.integers(0, 4, 80),
        rng.integers(1, 400, 80),
        strict=True,
    )
    microdata = with_names(list(drawn))
    table = ssplab.safe_totals(microdata, "payroll", **BY, rules={"siret": P10})
    assert 0 < table.masked < table.frame.size
    levels = levels_of(microdata, table, 0.1)
    assert levels and list(attackable(microdata, table, levels)) == []


def test_the_attacker_undoes_primary_suppression_alone(posts, by_card):
    careless = by_card.frame.mask(by_card.reasons == "secondary", totals(posts))
    levels = levels_of(posts, by_card, 100 / 85 - 1)
    assert len(levels) == 43
    bare = replace(by_card, frame=careless)
    told = attackable(posts, bare, levels, contributors=False)
    c5 = [reached for cell, _, _, reached, _ in told if cell % 16 == 3]
    assert c5 == pytest.approx([1_145_200] * 2, abs=50), "the same from above and from below"
    assert list(attackable(posts, by_card, levels, contributors=False)) == []


def test_nor_do_those_who_contribute_undo_it(posts, by_card):
    levels = levels_of(posts, by_card, 100 / 85 - 1)
    dominated = np.flatnonzero(by_card.reasons == "dominance")
    assert len(dominated) == 3
    some = {cell: levels[cell] for cell in dominated}
    assert list(attackable(posts, by_card, some)) == []


def three(each):
    """Return contributions that break no rule."""
    return {"a": each, "b": each, "c": each}


@pytest.mark.parametrize(
    ("contributed", "careless", "open_side"),
    [
        # The cheapest neighbour can rise, and hardly fall: it hides how small the total may be, and
        # not how large
        (
            {("A", "x"): {"g": 100}, ("B", "x"): three(1), ("C", "x"): three(100)},
            [("A", "x"), ("A", "All"), ("B", "x"), ("B", "All")],
            1,
        ),
        # The cell across can rise, and hardly fall: it hides how large the total may be, and not
        # how small
        (
            {("A", "x"): {"g": 100}, ("A", "y"): three(60), ("A", "z"): three(700)}
            | {("B", "x"): three(60), ("B", "y"): three(1), ("B", "z"): three(800)}
            | {("C", "x"): three(700), ("C", "y"): three(800), ("C", "z"): three(900)},
            [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")],
            -1,
        ),
    ],
)
def test_a_range_must_reach_to_both_sides(contributed, careless, open_side):
    microdata, table = made_up(contributed), small_table(contributed)
    levels = levels_of(microdata, table, 0.1)
    frame = totals(microdata).astype(object)
    for row, column in careless:
        frame.loc[row, column] = MARK
    told = attackable(microdata, replace(table, frame=frame), levels, contributors=False)
    assert {side for _, _, side, _, _ in told} == {open_side}
    assert list(attackable(microdata, table, levels)) == []


def test_a_neighbour_that_knows_its_own_cell_is_no_protection():
    """Two cells of one contributor each would hide each other from all but these two."""
    contributed = {(row, column): three(200) for row in "ABC" for column in "xyz"}
    contributed |= {("A", "x"): {"g": 90}, ("A", "y"): {"h": 95}}
    contributed |= {("B", "x"): {"i": 90}, ("B", "y"): {"j": 95}}
    # others, in the way of none of these, whose numbers come first
    contributed |= {(row, column): three(300) for row in "012" for column in "uvwxyz"}
    contributed |= {("0", "u"): {"k": 90}, ("0", "v"): {"l": 95}}
    contributed |= {("1", "u"): {"m": 90}, ("1", "v"): {"n": 95}}
    microdata, table = made_up(contributed), small_table(contributed)
    primary = table.reasons == "contributors"
    levels = levels_of(microdata, table, 0.1)
    assert len(levels) == primary.sum(axis=None) == 8
    bare = replace(table, frame=totals(microdata).astype(object).mask(primary, MARK))
    assert list(attackable(microdata, bare, levels, contributors=False)) == []
    assert len(list(attackable(microdata, bare, levels))) > 0
    assert (table.reasons == "secondary").sum(axis=None) > 0
    assert list(attackable(microdata, table, levels)) == []


# --- ACRO's second opinion, stored by `benchmarks/acro_verdict.py`


@pytest.fixture(scope="module")
def acro():
    path = course_root() / "benchmarks" / "acro_verdict.json"
    return json.loads(path.read_text(encoding="utf-8"))


def unsafe(verdict, check):
    return {tuple(cell) for cell in verdict["unsafe"][check]}


def because(table, why):
    return cells_where(inner(table.reasons) == why)


def cells_where(chosen):
    return {
        (chosen.index[row], chosen.columns[column])
        for row, column in np.argwhere(chosen.to_numpy())
    }


def test_acro_finds_the_same_primary_cells(posts, by_card, acro):
    verdict = acro["verdicts"]["establishments"]
    shops = {"siret": K85}
    assert (
        verdict["parameters"]
        | {
            "safe_threshold": 3,
            "safe_nk_n": 1,
            "safe_nk_k": 0.85,
            "safe_pratio_p": 0.1,
        }
        == verdict["parameters"]
    ), "the rules that are compared"
    empty = cells_where(pd.crosstab(posts["region"], posts["a17"]) == 0)
    assert len(empty) == 17 and verdict["cells"] == 180
    # ACRO counts nobody in an empty cell, fewer than three; here a zero is shown
    few = unsafe(verdict, "MinimumThresholdCheck") - empty
    assert unsafe(verdict, "MinimumThresholdCheck") & empty == empty
    by_shops = ssplab.safe_totals(posts, "payroll", **BY, rules=shops)
    assert few == because(by_shops, "contributors") == because(by_card, "contributors")
    # ACRO asks of every cell who dominates, here only of those that have enough contributors
    assert unsafe(verdict, "NKCheck") - few == because(by_shops, "dominance")
    at_p = ssplab.safe_totals(posts, "payroll", **BY, rules={"siret": P10})
    assert unsafe(verdict, "PPercentCheck") - few == because(at_p, "dominance")
    # and it masks none of what gives them away
    assert because(by_shops, "secondary").isdisjoint(few | unsafe(verdict, "NKCheck"))


def test_acro_with_its_defaults_takes_posts_for_contributors(by_card, acro):
    """Ten posts of one employer pass: who does not add up by establishment is told nothing."""
    verdict = acro["verdicts"]["posts, defaults"]
    assert verdict["parameters"]["safe_threshold"] == 10
    assert (verdict["parameters"]["safe_nk_n"], verdict["parameters"]["safe_nk_k"]) == (2, 0.9)
    found = set.union(*(unsafe(verdict, check) for check in verdict["unsafe"]))
    primary = because(by_card, "contributors") | because(by_card, "dominance")
    assert len(primary - found) == 26


def test_where_acros_definitions_differ(acro):
    contributed = {
        (row, column): dict(enumerate(np.array(values, float)))
        for row, column, values in acro["made up"]
    }
    verdict = acro["verdicts"]["made up"]
    at_k, at_p = (small_table(contributed, rules={"siret": rule}) for rule in (K85, P10))
    ours = {
        "MinimumThresholdCheck": because(at_p, "contributors"),
        "PPercentCheck": because(at_p, "dominance"),
        "NKCheck": because(at_k, "dominance"),
    }
    filled = set(contributed)
    missing, zero = ("a value is missing", "x"), ("a contribution is zero", "x")
    differ = {check: unsafe(verdict, check) & filled ^ ours[check] for check in ours}
    assert differ == {
        # ACRO counts a row whose value is missing or zero as a contributor; here it is none. Both
        # mask the cell, ACRO since nothing is left beside the two largest (p %)
        "MinimumThresholdCheck": {missing, zero},
        "PPercentCheck": {missing, zero},
        # ACRO takes a share of exactly k for dominance, the handbook more than k
        "NKCheck": {("exactly at k", "x")},
    }
