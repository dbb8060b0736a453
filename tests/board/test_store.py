"""The database of a board, on SQLite and on PostgreSQL: what is written, refused, told."""

import io
import os
import stat
import sys
import unicodedata
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from postgres import PASSWORD
from sample_board import AGREED, BASELINE, TIME, answers, halves_of, organiser_archive

from ssplab import board
from ssplab.board.store import Closed, QuotaReached, Unavailable, digest_of
from ssplab.system import SsplabError

BOTH = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
TOMORROW = timedelta(days=1)


@pytest.fixture
def teams(store):
    """Two teams."""
    store.add_teams(["Les Mésanges", "Two"], TIME)
    return store.teams()


def hand_in(store, team, number, at=TIME, public=50.0, private=40.0):
    content = answers(number)
    return store.accept(
        team,
        content=content,
        file_name="submission.csv",
        received_at=at,
        public={"percent right": public, "percent answered": 100.0},
        private={"percent right": private, "percent answered": 100.0},
    )


@BOTH
def test_what_is_agreed_and_what_is_handed_in_comes_back_as_it_was(store, teams, url):
    receipt = hand_in(store, teams[0], 1)
    assert (receipt.is_new, receipt.left, receipt.is_best) == (True, 2, True)
    again = board.Store(url)
    event = again.event()
    assert (event.kit, event.edition, event.metric) == ("toy-kit", "abc123", "percent right")
    assert (event.decimals, event.quota) == (1, 3)
    baseline = (event.baseline_public, event.baseline_private)
    assert baseline == pytest.approx(halves_of(BASELINE.encode()))
    assert event.closes_at == datetime(2026, 3, 19, 17, tzinfo=UTC)  # six o'clock in Paris
    assert event.freezes_at == datetime(2026, 3, 19, 16, tzinfo=UTC)
    assert [team.name for team in again.teams()] == ["Les Mésanges", "Two"]
    assert again.entries() == [receipt.entry]
    assert receipt.entry.received_at == TIME
    assert dict(again.contents()) == {receipt.entry.id: answers(1)}
    assert again.metrics()[receipt.entry.id][1] == {
        "percent right": 40.0,
        "percent answered": 100.0,
    }
    again.close()


@BOTH
def test_a_file_counts_once_for_a_team_and_once_for_each_team(store, teams):
    first = hand_in(store, teams[0], 1)
    second = hand_in(store, teams[0], 1, at=TIME + TOMORROW)  # after the close, too
    other = hand_in(store, teams[1], 1)
    assert (second.is_new, second.entry) == (False, first.entry)
    assert other.is_new
    assert [entry.id for entry in store.entries(teams[0])] == [first.entry.id]


@BOTH
def test_the_quota_is_by_day_where_the_event_is(store, teams):
    store.change(closes_at=TIME + 3 * TOMORROW)
    late = datetime(2026, 3, 19, 22, 59, tzinfo=UTC)  # a minute to midnight in Paris
    lefts = [hand_in(store, teams[0], number, at=late).left for number in range(3)]
    assert lefts == [2, 1, 0]
    with pytest.raises(QuotaReached):
        hand_in(store, teams[0], 3, at=late)
    with pytest.raises(QuotaReached):
        store.known(teams[0], digest_of(answers(3)), late)
    assert store.event().next_day(late) - late == timedelta(minutes=1)
    assert hand_in(store, teams[0], 3, at=late + timedelta(minutes=1)).left == 2
    assert hand_in(store, teams[1], 3, at=late).left == 2  # each team has its own


@BOTH
def test_many_files_of_a_team_at_once_do_not_exceed_the_quota(store, teams):
    def attempt(number):
        try:
            return hand_in(store, teams[0], number).is_new
        except QuotaReached:
            return False

    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(attempt, range(24)))
    assert sum(done) == 3
    assert len(store.entries()) == 3


@BOTH
def test_the_same_file_sent_many_times_at_once_is_one(store, teams):
    with ThreadPoolExecutor(12) as pool:
        receipts = list(pool.map(lambda _: hand_in(store, teams[0], 7), range(24)))
    assert sum(receipt.is_new for receipt in receipts) == 1
    assert len({receipt.entry.id for receipt in receipts}) == 1
    assert len(store.entries()) == 1


@BOTH
def test_what_came_before_the_close_counts_and_what_came_after_does_not(store, teams):
    closes = store.event().closes_at
    assert hand_in(store, teams[0], 1, at=closes - timedelta(microseconds=1)).is_new
    with pytest.raises(Closed):
        hand_in(store, teams[0], 2, at=closes)
    with pytest.raises(Closed):
        store.known(teams[0], digest_of(answers(2)), closes)
    store.change(closes_at=closes + timedelta(hours=1))
    assert hand_in(store, teams[0], 2, at=closes).is_new


@BOTH
def test_a_token_is_of_one_team_is_not_kept_and_can_be_replaced(store, url, tmp_path):
    tokens = store.add_teams(["One", "Two"], TIME)
    assert {name: store.team_of(token).name for name, token in tokens.items()} == {
        "One": "One",
        "Two": "Two",
    }
    assert len(set(tokens.values())) == 2
    assert store.team_of("x") is None
    renewed = store.new_token("one")  # written as it may be
    assert store.team_of(tokens["One"]) is None
    assert store.team_of(renewed).name == "One"
    if url.startswith("sqlite"):
        store.close()
        held = b"".join(path.read_bytes() for path in tmp_path.glob("board.db*"))
        assert b"Two" in held
        assert not any(token.encode() in held for token in (*tokens.values(), renewed))


def test_a_token_is_no_option_of_a_command(store):
    tokens = store.add_teams([f"Team {number}" for number in range(200)], TIME).values()
    assert not [token for token in tokens if not token.isalnum()]


def test_a_name_is_the_same_however_its_accents_are_written(store):
    store.add_teams([unicodedata.normalize("NFD", "Équipe")], TIME)
    assert store.teams()[0].name == unicodedata.normalize("NFC", "Équipe")
    with pytest.raises(SsplabError, match="already"):
        store.add_teams(["Équipe"], TIME)


@BOTH
def test_a_team_that_two_people_add_at_once_is_one(store):
    def add(_):
        try:
            return len(store.add_teams(["One"], TIME))
        except SsplabError as error:
            assert "already" in str(error)
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(16))) == 1
    assert len(store.teams()) == 1


def test_a_freeze_in_the_hour_that_comes_twice_is_before_the_close_or_not(tmp_path, url):
    """On 25 October 2026 in Paris it is half past two twice."""
    first, second = "2026-10-25T02:30+02:00", "2026-10-25T02:15+01:00"
    twice = AGREED | {"closes_at": first, "freezes_at": second}
    with pytest.raises(SsplabError, match="after it has closed"):
        board.create(organiser_archive(tmp_path), url, **twice)
    other = AGREED | {"closes_at": second, "freezes_at": first}
    assert board.create(organiser_archive(tmp_path), url, **other).freezes_at.tzinfo is UTC


def test_a_board_that_has_shown_private_scores_opens_again_only_if_one_insists(store):
    over = TIME + timedelta(hours=8)
    with pytest.raises(SsplabError, match="whoever hands in now may have seen them"):
        board.change(store, closes_at="2026-03-20T18:00", now=over)
    assert store.event().phase(over) == "closed"
    board.change(store, closes_at="2026-03-20T18:00", reopen=True, now=over)
    assert store.event().phase(over) != "closed"


@BOTH
def test_names_of_teams_are_data(store):
    names = ["Robert'); DROP TABLE team;--", "<script>alert(1)</script>", "Équipe n° 1"]
    store.add_teams(names, TIME)
    assert [team.name for team in store.teams()] == names


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["One", " one "], "same name"),
        (["One", "One"], "same name"),
        ([""], "1 to 40 characters"),
        (["x" * 41], "1 to 40 characters"),
        (["a\x07b"], "can be printed"),
        (["Three", "TWO"], "There is a team Two already"),
    ],
)
def test_teams_are_added_all_or_none(store, names, told):
    store.add_teams(["Two"], TIME)
    with pytest.raises(SsplabError, match=told):
        store.add_teams(names, TIME)
    assert [team.name for team in store.teams()] == ["Two"]


def test_a_team_that_is_not_there_gets_no_token(store, teams):
    with pytest.raises(SsplabError, match="There are: Les Mésanges, Two"):
        store.new_token("Three")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"closes_at": "2026-03-19T10:00"}, r"2026-03-19T10:00 \(Europe/Paris\) has passed"),
        ({"closes_at": "tomorrow"}, "'tomorrow' is no date and time: write it as 2026"),
        ({"freezes_at": "2026-03-19T19:00"}, "would freeze on 19 March 2026 at 19:00, after"),
        ({"zone": "Europe/Atlantis"}, "no time zone 'Europe/Atlantis'"),
        ({"zone": ".."}, "no time zone"),
    ],
)
def test_dates_that_cannot_be_are_refused_and_nothing_is_made(tmp_path, url, changed, told):
    with pytest.raises(SsplabError, match=told):
        board.create(organiser_archive(tmp_path), url, **AGREED | changed)
    assert not (tmp_path / "board.db").exists()


def test_a_change_of_dates_is_checked_against_the_other_date(store):
    before = store.event()
    with pytest.raises(SsplabError, match="after it has closed"):
        board.change(store, closes_at="2026-03-19T16:30", now=TIME)
    with pytest.raises(SsplabError, match="Say what is to change"):
        board.change(store, now=TIME)
    assert store.event() == before
    event = board.change(store, closes_at="2026-03-19T19:00", quota=9, now=TIME)
    assert event == replace(before, quota=9, closes_at=before.closes_at + timedelta(hours=1))


def test_only_the_organisers_archive_begins_a_board(tmp_path, url):
    whole = organiser_archive(tmp_path)
    with pytest.raises(SsplabError, match="is not there"):
        board.create(tmp_path / "none.zip", url, **AGREED)
    (tmp_path / "text.zip").write_text("no archive", encoding="utf-8")
    with pytest.raises(SsplabError, match="is no kit"):
        board.create(tmp_path / "text.zip", url, **AGREED)
    with pytest.raises(SsplabError, match="no two halves"):
        one = organiser_archive(tmp_path, group=None, key="form")
        _cut_to_one_row(one)
        board.create(one, url, **AGREED)
    assert whole.exists()
    assert not (tmp_path / "board.db").exists()


def _cut_to_one_row(archive):
    with zipfile.ZipFile(archive) as read:
        files = {name: read.read(name) for name in read.namelist()}
    with zipfile.ZipFile(archive, "w") as written:
        for name, content in files.items():
            if name.endswith(".parquet"):
                made = io.BytesIO()
                table = pd.read_parquet(io.BytesIO(content)).sort_values("form").head(1)
                table.to_parquet(made, index=False)
                content = made.getvalue()
            written.writestr(name, content)


@BOTH
def test_a_database_begins_one_board(store, url, tmp_path):
    store.add_teams(["One"], TIME)
    with pytest.raises(SsplabError, match="holds a board already"):
        board.create(organiser_archive(tmp_path), url, **AGREED)
    assert [team.name for team in store.teams()] == ["One"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("board.db", "is no address of a database: write it as sqlite:///board.db"),
        ("sqlite://", "in memory would be lost"),
        ("sqlite:///nowhere/board.db", "is not there"),
        ("oracle://host/name", "No driver for oracle"),
        ("nothing://host/name", "No driver for nothing"),
        ("postgresql://board:secret@127.0.0.1:1/name", "does not answer"),
    ],
)
def test_a_database_that_is_none_is_told_without_its_password(url, told, request):
    with pytest.raises(SsplabError, match=told) as raised:
        board.Store(url)
    assert "secret" not in str(raised.value)


def test_a_password_may_stand_apart_from_the_address(postgres, tmp_path, monkeypatch):
    """As on a cluster, where a secret gives it: no address that is shown or logged holds it."""
    whole = postgres.new_database()
    url = whole.replace(f":{PASSWORD}@", "@")
    assert url != whole
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(SsplabError, match="does not answer"):
        board.Store(url, is_new=True)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    board.create(organiser_archive(tmp_path), url, **AGREED)
    with board.Store(url) as store:
        assert store.event().quota == AGREED["quota"]


def test_without_the_driver_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SsplabError, match=r"-r requirements-board\.txt"):
        board.Store("postgresql://host/name")


def test_an_empty_database_is_no_board(postgres, tmp_path):
    with pytest.raises(SsplabError, match="holds no board: `ssplab board create`"):
        board.Store(postgres.new_database())
    (tmp_path / "board.db").touch()
    with pytest.raises(SsplabError, match="holds no board"):
        board.Store(f"sqlite:///{tmp_path / 'board.db'}")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere permissions are not these")
def test_nobody_else_reads_the_file(store, tmp_path):
    assert stat.S_IMODE((tmp_path / "board.db").stat().st_mode) == 0o600


def test_a_database_that_goes_away_is_told_and_found_again(postgres, tmp_path):
    url = postgres.new_database()
    board.create(organiser_archive(tmp_path), url, **AGREED)
    store = board.Store(url)
    store.add_teams(["One"], TIME)
    team = store.teams()[0]
    assert hand_in(store, team, 1).is_new
    postgres.stop("immediate")
    try:
        with pytest.raises(Unavailable, match="does not answer"):
            hand_in(store, team, 2)
    finally:
        postgres.start()
    assert hand_in(store, team, 2).is_new
    assert len(store.entries()) == 2
    store.close()
