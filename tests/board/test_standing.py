"""Who is first: ties, freezes, the close, and how sure a score is."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sample_board import FIRMS, FORMS, ROWS, SEED, TIME, answers, halves_of, organiser_archive

from ssplab.board.judging import Judge, Judged, Refusal, certainty, public_half
from ssplab.board.standing import improvements, standing
from ssplab.board.store import Entry, Event, Result, Team
from ssplab.kits import unpacked

EVENT = Event(
    kit="toy-kit",
    edition="abc123",
    title="Toy kit",
    metric="percent right",
    decimals=1,
    baseline_public=60.0,
    baseline_private=61.0,
    quota=5,
    freezes_at=TIME + timedelta(hours=2),
    closes_at=TIME + timedelta(hours=3),
    zone="Europe/Paris",
    created_at=TIME,
)
OPEN, FROZEN, OVER = (TIME + timedelta(hours=hours) for hours in (1, 2.5, 3))
TEAMS = [Team(number, name) for number, name in enumerate("ABCD", 1)]


def entries(*given):
    """Return submissions, in this order: team, minutes, public score, private score."""
    return [
        Entry(number, "ABCD".index(team) + 1, TIME + timedelta(minutes=minutes), "x.csv", *scores)
        for number, (team, minutes, *scores) in enumerate(given, 1)
    ]


def ranks(shown):
    return [(line.team, line.rank) for line in shown.lines]


def test_the_best_public_score_of_each_team_ranks_and_who_has_none_is_there():
    some = entries(("B", 1, 10.0, 90.0), ("A", 2, 20.0, 0.0), ("B", 3, 30.0, 1.0), ("B", 4, 5, 99))
    shown = standing(EVENT, TEAMS, some, OPEN)
    assert ranks(shown) == [("B", 1), ("A", 2), ("C", None), ("D", None)]
    first = shown.lines[0]
    assert (first.score, first.handed_in, first.at) == (30.0, 3, TIME + timedelta(minutes=3))
    assert [(step.team, step.score) for step in shown.steps] == [("B", 10), ("A", 20), ("B", 30)]
    assert shown.told == "B leads; 4 files were handed in."


def test_scores_that_are_shown_equal_share_a_rank_and_the_earlier_stands_first():
    some = entries(("B", 1, 20.04, 0.0), ("A", 2, 20.01, 0.0), ("C", 3, 19.94, 0), ("D", 4, 25, 0))
    shown = standing(EVENT, TEAMS, some, OPEN)
    assert ranks(shown) == [("D", 1), ("B", 2), ("A", 2), ("C", 4)]


def test_of_a_teams_equal_scores_the_earliest_counts():
    some = entries(("A", 1, 20.0, 1.0), ("A", 2, 20.0, 9.0))
    assert [entry.id for entry in improvements(some)] == [1]
    assert standing(EVENT, TEAMS, some, OVER).lines[0].score == 1.0


def test_a_frozen_board_shows_what_had_come_before():
    some = entries(("A", 119, 20.0, 0.0), ("B", 120, 90.0, 0.0))
    before = standing(EVENT, TEAMS, some, OPEN)
    frozen = standing(EVENT, TEAMS, some, FROZEN)
    assert ranks(before)[0] == ("B", 1)
    assert ranks(frozen)[0] == ("A", 1)
    assert (frozen.handed_in, len(frozen.steps)) == (1, 1)
    assert frozen.told == "A led; 1 file was handed in."


def test_the_close_ranks_by_the_private_score_of_what_counted_in_public():
    some = entries(("A", 1, 30.0, 10.0), ("B", 2, 20.0, 40.0), ("A", 3, 25.0, 99.0))
    shown = standing(EVENT, TEAMS, some, OVER)
    assert [(line.team, line.rank, line.score, line.moved) for line in shown.lines[:2]] == [
        ("B", 1, 40.0, 1),
        ("A", 2, 10.0, -1),
    ]
    assert shown.told == "B is first; 3 files were handed in."


def test_no_private_score_is_in_a_standing_before_the_close():
    some = entries(("A", 1, 30.0, 12.34), ("B", 2, 20.0, 43.21))
    results = {1: Result(1, 1, 11.11, 13.13, True)}
    for now in (OPEN, FROZEN):
        told = repr(standing(EVENT, TEAMS, some, now, results))
        assert not any(number in told for number in ("12.34", "43.21", "11.11", "13.13"))
    assert "11.11" in repr(standing(EVENT, TEAMS, some, OVER, results))


def test_an_interval_of_another_submission_is_not_shown():
    some = entries(("A", 1, 30.0, 12.0))
    line = standing(EVENT, TEAMS, some, OVER, {1: Result(1, 99, 0.0, 1.0, True)}).lines[0]
    assert line.result is None


@pytest.mark.parametrize(("now", "verb"), [(OPEN, "lead"), (FROZEN, "led"), (OVER, "are first")])
def test_who_shares_the_first_rank_is_told_together(now, verb):
    some = entries(("A", 1, 30.0, 12.0), ("B", 2, 30.0, 12.0))
    assert standing(EVENT, TEAMS, some, now).told == f"A and B {verb}; 2 files were handed in."
    assert standing(EVENT, TEAMS, [], now).told == "No team has handed in anything yet."


# --- the two halves


def test_the_halves_share_no_group_and_only_the_seed_tells_them():
    groups = np.array(FIRMS, dtype=object)
    half = public_half(groups, SEED)
    assert half.sum() == ROWS / 2
    assert not {*groups[half]} & {*groups[~half]}
    assert (public_half(groups, SEED) == half).all()
    others = {tuple(public_half(groups, f"{SEED}{number}")) for number in range(20)}
    assert len(others) > 15


def test_halves_of_groups_of_unlike_size_are_near_to_halves():
    rng = np.random.default_rng(3)
    groups = np.repeat([f"g{number}" for number in range(200)], rng.integers(1, 30, 200))
    shares = [public_half(groups.astype(object), str(seed)).mean() for seed in range(30)]
    assert min(shares) > 0.47
    assert max(shares) < 0.53


@pytest.fixture
def judge(tmp_path):
    with unpacked(organiser_archive(tmp_path)) as folder:
        yield Judge(folder)


def test_a_file_is_scored_on_each_half_as_by_hand(judge):
    for number in range(5):
        content = answers(number)
        judged = judge.judge(content, "submission.csv")
        assert isinstance(judged, Judged)
        scores = tuple(metrics["percent right"] for metrics in (judged.public, judged.private))
        assert scores == pytest.approx(halves_of(content))


def test_lines_in_another_order_have_the_same_score(judge):
    header, *lines = answers(1).decode().split()
    mixed = "\n".join([header, *reversed(lines)]).encode()
    assert judge.judge(mixed, "x.csv") == judge.judge(answers(1), "x.csv")


def test_what_cannot_be_scored_is_refused_with_its_remedy(judge):
    refusal = judge.judge(answers(1).replace(b"yes", b"maybe", 1), "x.csv")
    assert isinstance(refusal, Refusal)
    assert "answer 'maybe' is not allowed. Give one of yes, no" in refusal.told


# --- how sure a score is


def test_intervals_hold_the_score_and_a_worse_team_is_told_apart(judge):
    better, near, worse = answers(1, right=0.95), answers(2, right=0.9), answers(3, right=0.3)
    draws = judge.private_draws([better, near, worse], draws=300)
    scores = [judge.judge(one, "x").private["percent right"] for one in (better, near, worse)]
    assert draws.shape == (300, 3)
    sure = certainty(scores, draws)
    for score, (low, high, _) in zip(scores, sure, strict=True):
        assert low <= score <= high
    assert [level for _, _, level in sure] == [True, True, False]


def test_a_difference_is_judged_in_pairs_not_by_whether_intervals_overlap():
    rng = np.random.default_rng(0)
    common = rng.normal(50, 10, 1000)
    draws = np.column_stack([common, common - 1 + rng.normal(0, 0.1, 1000)])
    (low, high, _), (_, second_high, level) = certainty([50.0, 49.0], draws)
    assert second_high > low  # they overlap widely
    assert not level
    assert high > low


def test_of_many_equal_teams_hardly_any_is_denied_to_be_level():
    """Compared with the first alone, which is the luckiest, a quarter of ten equals would be."""
    rng = np.random.default_rng(1)
    denied = []
    for _ in range(300):
        scores = rng.normal(size=10)
        draws = scores + rng.normal(size=(400, 10))  # whose errors are those of the scores
        denied += [not level for _, _, level in certainty(list(scores), draws)]
    assert np.mean(denied) < 0.07


def test_groups_are_drawn_whole(judge):
    """A score that is one firm's alone takes only the values that whole firms give."""
    private = np.flatnonzero(~judge.is_public)
    firm = judge.groups[private[0]]
    given = {form: "yes" if of == firm else "" for form, of in zip(FORMS, FIRMS, strict=True)}
    lines = [f"{form},{one},0.5" for form, one in given.items()]
    draws = judge.private_draws(["\n".join(["form,answer,p", *lines]).encode()], draws=200)
    truth = judge.kit.truth("test").set_index("form")["answer"]
    right = sum(truth[form] == "yes" for form, one in given.items() if one)
    # Each time the firm is drawn, among five of four rows each, it brings its right rows.
    assert {*np.round(draws[:, 0], 6)} <= {round(100 * right * n / 20, 6) for n in range(6)}
    assert len({*draws[:, 0]}) > 2


def test_times_are_those_of_the_event():
    assert EVENT.phase(OPEN) == "open"
    assert EVENT.phase(FROZEN) == "frozen"
    assert EVENT.phase(OVER) == "closed"
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert EVENT.day(summer).isoformat() == "2026-07-02"
