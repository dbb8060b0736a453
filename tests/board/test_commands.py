"""The commands of a board, from the archive to the export, and what a team's own command does."""

import json
import os
import stat
import threading

import pandas as pd
import pytest
from browser import served
from processes import free_port
from sample_board import (
    FACTS,
    FORMS,
    METRIC,
    TIME,
    answers,
    board_process,
    halves_of,
    opened,
    organiser_archive,
)
from typer.testing import CliRunner

from ssplab import board
from ssplab.board import serving
from ssplab.cli import app
from ssplab.kits import submission
from ssplab.system import SsplabError, sockets

LATER = "2200-01-01T00:00"


def run(*arguments, code=0):
    done = CliRunner().invoke(app, ["board", *map(str, arguments)], catch_exceptions=True)
    if isinstance(done.exception, SsplabError):
        return str(done.exception)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder of the organisers'."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SSPLAB_BOARD", raising=False)
    return tmp_path


def test_from_the_archive_to_the_export(here):
    archive = organiser_archive(here)
    told = run("create", archive, "--closes", LATER, "--quota", 4, "--freezes", "2199-12-31 23:00")
    assert "Toy kit, edition abc123" in told
    assert "closes:  01 January 2200, 00:00 (Europe/Paris)" in told
    assert "freezes: 31 December 2199, 23:00 (Europe/Paris)" in told
    assert "quota:   4 files a team and day" in told
    lines = run("add", "Les Mésanges", "Two").splitlines()
    tokens = dict(line.split("  ", 1)[::-1] for line in lines)
    assert list(tokens) == ["Les Mésanges", "Two"]
    renewed = run("token", "two").split()[0]
    assert renewed != tokens["Two"]
    assert "quota:   9 files" in run("change", "--quota", 9)
    with board.Store("sqlite:///board.db") as store:
        team = store.team_of(tokens["Les Mésanges"])
        public, private = halves_of(answers(1))
        store.accept(
            team,
            content=answers(1),
            file_name="first try.csv",
            received_at=TIME,
            public={"percent right": public, "percent answered": 100.0},
            private={"percent right": private, "percent answered": 100.0},
        )
    assert "It holds private scores" in run("export", "results")
    event = json.loads((here / "results/event.json").read_text(encoding="utf-8"))
    assert (event["kit"], event["quota"], event["phase"]) == ("toy-kit", 9, "open")
    assert event["closes_at"] == "2200-01-01T00:00:00+01:00"
    ranking = pd.read_csv(here / "results/ranking.csv")
    assert list(ranking["team"]) == ["Les Mésanges", "Two"]
    assert ranking["score"].tolist()[0] == pytest.approx(public)
    rows = pd.read_csv(here / "results/submissions.csv")
    assert rows["private percent right"].tolist() == pytest.approx([private])
    assert rows["received_at"].tolist() == ["2026-03-19T11:00:00+01:00"]
    assert (here / f"results/files/{rows['submission'][0]}.csv").read_bytes() == answers(1)
    assert list(pd.read_csv(here / "results/teams.csv")["team"]) == ["Les Mésanges", "Two"]
    written = b"".join(path.read_bytes() for path in here.glob("results/**/*") if path.is_file())
    assert not any(token.encode() in written for token in (*tokens.values(), renewed))
    assert "is there already: name a new folder" in run("export", "results")
    if os.name == "posix":
        assert stat.S_IMODE((here / "results").stat().st_mode) == 0o700


def test_an_export_that_fails_writes_nothing(here, monkeypatch):
    run("create", organiser_archive(here), "--closes", LATER)
    with board.Store("sqlite:///board.db") as store:
        monkeypatch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(SsplabError, match="could not be written"):
            board.export(store, here / "results", TIME)
    assert [path.name for path in here.iterdir() if "results" in path.name] == []


def test_commands_say_what_is_missing(here):
    assert "`ssplab board create` begins a board" in run("serve")
    assert "is not there. It is the second archive" in run("create", "no.zip", "--closes", LATER)
    run("create", organiser_archive(here), "--closes", LATER)
    assert "holds a board already" in run("create", organiser_archive(here), "--closes", LATER)
    assert "There is no team Three. There are: none yet" in run("token", "Three")


def test_a_port_that_is_taken_is_told(here):
    run("create", organiser_archive(here), "--closes", LATER)
    with sockets.listen("127.0.0.1", 0) as taken:
        told = run("serve", "--port", taken.getsockname()[1])
    assert "Choose another port" in told


def test_a_board_that_cannot_score_does_not_start(here, monkeypatch):
    run("create", organiser_archive(here), "--closes", LATER)
    broken = organiser_archive(here)
    monkeypatch.setattr(board.Store, "archive", lambda self: broken.read_bytes())
    monkeypatch.setattr(serving.uvicorn.Server, "run", lambda self, sockets: None)
    assert "The board did not start" in run("serve", "--port", 0)


# --- a team's side


@pytest.fixture
def kit(tmp_path):
    """A team's folder of the kit."""
    folder = tmp_path / "kit"
    (folder / "data").mkdir(parents=True)
    (folder / "kit.json").write_text(json.dumps(FACTS), encoding="utf-8")
    (folder / "metric.py").write_text(METRIC, encoding="utf-8")
    rows = pd.DataFrame({"form": FORMS})
    rows.to_parquet(folder / "data/test.parquet")
    rows.assign(form=rows["form"] + "p").to_parquet(folder / "data/public.parquet")
    (folder / "my submission é.csv").write_bytes(answers(1))
    return folder


def test_a_team_hands_in_from_its_folder(store, tmp_path, kit):
    token = store.add_teams(["One"], TIME)["One"]
    path = kit / "my submission é.csv"
    with opened(store, tmp_path, now=lambda: TIME, workers=1) as client:
        address = f"{str(client.base_url).rstrip('/')}/"
        told = submission.hand_in(path, address, token, kit)
        again = submission.hand_in(path, address, token, kit)
        with pytest.raises(submission.Refused, match="The token is of no team"):
            submission.hand_in(path, address, "x", kit)
        with pytest.raises(submission.Refused, match="no such page"):
            submission.hand_in(path, f"{address}nothing", token, kit)
        for number in (2, 3):
            path.write_bytes(answers(number))
            submission.hand_in(path, address, token, kit)
        path.write_bytes(answers(4))
        with pytest.raises(submission.Refused, match="handed in 3 files today"):
            submission.hand_in(path, address, token, kit)
    assert told.startswith("Accepted as submission 1: ")
    assert again.startswith("Handed in before, and counted once, as submission 1: ")
    assert store.entries()[0].file_name == "my_submission__.csv"


def test_what_is_wrong_is_told_before_it_is_sent(kit):
    path = kit / "bad.csv"
    path.write_bytes(answers(1).replace(b"yes", b"perhaps", 1))
    with pytest.raises(submission.Refused, match="answer 'perhaps' is not allowed"):
        submission.hand_in(path, "http://127.0.0.1:1", "x", kit)
    path.write_bytes(answers(1).replace(b",no,", b"p,no,").replace(b",yes,", b"p,yes,"))
    with pytest.raises(submission.Refused, match="hand in the answers to the test part"):
        submission.hand_in(path, "http://127.0.0.1:1", "x", kit)
    with pytest.raises(submission.Refused, match="is not there"):
        submission.hand_in(kit / "none.csv", "http://127.0.0.1:1", "x", kit)


def test_a_server_that_is_no_board_is_told(kit, tmp_path):
    with (
        served(tmp_path) as address,
        pytest.raises(submission.Refused, match="The board answers 501"),
    ):
        submission.hand_in(kit / "my submission é.csv", address, "x", kit)


def answering(content):
    """Listen for one request, and answer it with these bytes."""
    listening = sockets.listen("127.0.0.1", 0)

    def answer():
        with listening, listening.accept()[0] as connection:
            connection.settimeout(60)
            connection.recv(65_536)
            connection.sendall(content)

    threading.Thread(target=answer, daemon=True).start()
    return sockets.address_of(listening)


@pytest.mark.parametrize(
    "content",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n[]",
    ],
)
def test_what_answers_as_no_board_does_is_told(kit, content):
    with pytest.raises(submission.Refused, match=r"gives no answer|The board answers 500"):
        submission.hand_in(kit / "my submission é.csv", answering(content), "x", kit)


ADDRESSES = ["http://127.0.0.1:1", "127.0.0.1:8900", "board", "", "http://host:89 71"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_board_that_is_not_there_is_told(kit, address):
    with pytest.raises(submission.Refused, match="gives no answer"):
        submission.hand_in(kit / "my submission é.csv", address, "x", kit)


def test_the_command_of_a_team_asks_for_board_and_token(kit, capsys, monkeypatch):
    monkeypatch.delenv("BOARD_TOKEN", raising=False)
    with pytest.raises(SystemExit):
        submission.main(["submit", str(kit / "my submission é.csv"), "--board", "http://x"])
    assert "submit needs --board and --token" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_serves_until_it_is_ended(here):
    run("create", organiser_archive(here), "--closes", LATER)
    port = free_port()
    with board_process("sqlite:///board.db", port) as process:
        process.terminate()
        assert process.wait(60) != 0
    with board.Store("sqlite:///board.db") as store:
        assert store.entries() == []
