"""What a board answers: files accepted, bad ones refused, nothing private before the close."""

import io
import json
import re
import socket
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from processes import wait_until
from sample_board import (
    AGREED,
    BASELINE,
    FORMS,
    TIME,
    Clock,
    answers,
    bearer,
    halves_of,
    opened,
    organiser_archive,
    upload,
)

from ssplab import board
from ssplab.board import app as module
from ssplab.board.store import Unavailable

pytestmark = pytest.mark.slow  # serves

HEADER = b"form,answer,p\n"
GOOD = answers(0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(store, tmp_path, clock):
    with opened(store, tmp_path, now=clock, workers=1) as client:
        yield client


@pytest.fixture
def tokens(store):
    return store.add_teams(["One", "<b>Two</b>"], TIME)


def hand_in(client, token, content, name="submission.csv", **headers):
    return client.post("/submissions", files=upload(content, name), headers=bearer(token) | headers)


def test_a_file_is_accepted_scored_and_seen_on_the_board(client, tokens):
    answer = hand_in(client, tokens["One"], GOOD)
    public, private = halves_of(GOOD)
    assert answer.status_code == 201
    told = answer.json()
    assert told["public_score"] == pytest.approx(public)
    assert told["told"] == (
        f"Accepted as submission {told['submission']}: {public:.1f} percent right on the public "
        "half. It is your best, so it counts. You may hand in 2 more today."
    )
    assert private != public
    assert f'<td class="number score">{public:.1f}</td>' in client.get("/").text
    again = hand_in(client, tokens["One"], GOOD)
    assert (again.status_code, again.json()["is_new"]) == (200, False)
    assert again.json()["submission"] == told["submission"]


def test_the_form_of_the_page_hands_in_with_its_token_and_answers_with_a_page(client, tokens):
    form = client.get("/hand-in").text
    assert 'action="/submissions"' in form
    answer = client.post(
        "/submissions",
        files=upload(GOOD),
        data={"token": f" {tokens['<b>Two</b>']}\n"},
        headers={"Accept": "text/html,application/xhtml+xml"},
    )
    assert answer.status_code == 201
    assert "<h1>&lt;b&gt;Two&lt;/b&gt;</h1>" in answer.text
    assert "Accepted as submission" in answer.text
    assert "<strong>counts</strong>" in answer.text
    refused = client.post(
        "/submissions",
        files=upload(GOOD.replace(b"yes", b"<script>", 1)),
        data={"token": tokens["One"]},
        headers={"Accept": "text/html"},
    )
    assert refused.status_code == 422
    assert "&lt;script&gt;" in refused.text
    assert "<script>" not in refused.text.replace("<script src", "")


def test_a_team_sees_what_it_has_handed_in_and_nobody_elses(client, tokens):
    hand_in(client, tokens["One"], GOOD, "first try.csv")
    own = client.post("/team", files={"token": (None, tokens["One"])})
    assert [row["file_name"] for row in own.json()["submissions"]] == ["first try.csv"]
    page = client.post(
        "/team", files={"token": (None, tokens["One"])}, headers={"Accept": "text/html"}
    )
    assert "first try.csv" in page.text
    other = client.post("/team", files={"token": (None, tokens["<b>Two</b>"])})
    assert other.json()["submissions"] == []
    assert client.post("/team", files={"token": (None, "x")}).status_code == 401


# --- bad uploads


def zipped(size):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("submission.csv", b"0" * size)
    return made.getvalue()


def changed(old, new):
    return GOOD.replace(old, new, 1)


MILLION = b"form,answer,p" + b"".join(b",c%d" % number for number in range(100_000))
BAD = {
    "empty": (b"", "submission.csv is empty. Its first line must be: form,answer,p"),
    "blanks": (b" \n \n", "is empty"),
    "header alone": (HEADER, "form R100 of data/test.parquet has no line"),
    "zip bomb": (zipped(100_000_000), "is a spreadsheet or a zip archive"),
    "a hundred thousand columns": (MILLION, "the column 'c0' is not asked for"),
    "Latin-1": (changed(b"yes", "été".encode("latin-1")), "line 3: not in UTF-8"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "line 1: not in UTF-8"),
    "NUL": (changed(b"yes", b"\0"), "line 3: answer '\\x00' is not allowed"),
    "NaN": (changed(b"R100,no,", b"R100,no,nan#"), "line 2: p 'nan#"),
    "infinity": (re.sub(rb"(R100,no),.*", rb"\1,inf", GOOD), "line 2: p 'inf' is not allowed"),
    "text in a number": (re.sub(rb"(R100,no),.*", rb"\1,high", GOOD), "line 2: p 'high' is not"),
    "a blank number": (re.sub(rb"(R100,no),.*", rb"\1,", GOOD), "line 2: p is blank"),
    "above 1": (re.sub(rb"(R100,no),.*", rb"\1,1.5", GOOD), "Give a number from 0 to 1"),
    "SQL in an identifier": (
        changed(b"R100", b"R100'); DROP TABLE submission;--"),
        "form R100'); DROP TABLE submission;-- is not in data/test.parquet",
    ),
    "HTML in a column": (changed(b"answer", b"<img src=x>"), "the column '<img src=x>' is not"),
    "a text without end": (changed(b"R100", b'"R100'), "double quote"),
    "a long text": (changed(b"R100", b"R" * 5_000), f"form '{'R' * 60}…' is not in"),
    "twice a row": (GOOD + b"R100,no,0.5\n", "was answered in line 2 already"),
    "a row is missing": (b"\n".join(GOOD.split(b"\n")[:-2]), "R139 of data/test.parquet has no"),
    "semicolons": (GOOD.replace(b",", b";"), "separated by semicolons"),
    "JSON": (json.dumps([{"form": "R100"}]).encode(), "line 1"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_with_its_place_and_counts_for_nothing(kind, shared):
    client, store, token = shared
    content, told = BAD[kind]
    answer = hand_in(client, token, content)
    assert answer.status_code == 422
    said = answer.json()["told"]
    assert told in said
    assert len(said) < 4_000
    assert not store.entries()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A client, a store and a token; for files that are all refused."""
    folder = tmp_path_factory.mktemp("board")
    url = f"sqlite:///{folder / 'board.db'}"
    board.create(organiser_archive(folder), url, **AGREED)
    with board.Store(url) as store:
        token = store.add_teams(["One"], TIME)["One"]
        with opened(store, folder, now=lambda: TIME, workers=1) as client:
            yield client, store, token


NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "..\\board.db",
    "a'; DROP TABLE team;--.csv",
    "<script>alert(1)</script>.csv",
    "x" * 81,
    ".csv",
    "a\x01.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_a_path_or_code_is_refused(name, shared):
    client, store, token = shared
    answer = hand_in(client, token, GOOD, name)
    assert answer.status_code == 400
    assert "call it submission.csv" in answer.json()["told"]
    assert not store.entries()


def test_of_a_path_on_windows_the_name_is_kept(client, tokens, store):
    """Browsers that are long gone sent the whole path; what reads forms leaves it out."""
    assert hand_in(client, tokens["One"], GOOD, "C:\\Users\\me\\answers.csv").status_code == 201
    assert store.entries()[0].file_name == "answers.csv"


def test_an_error_of_the_board_is_told_without_its_inside(client, tokens, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(module.picture, "history", broken)
    answer = client.get("/history.svg")
    assert answer.status_code == 500
    assert "inside" not in answer.text
    assert "Tell the organisers" in answer.json()["told"]


def body_of(client, content):
    request = client.build_request("POST", "/submissions", files=upload(content))
    return request.read(), dict(request.headers)


def test_what_is_no_form_or_no_file_is_refused(shared):
    client, _, token = shared
    head = bearer(token)
    body, headers = body_of(client, GOOD)
    post = client.post
    assert post("/submissions", content=GOOD, headers=head).status_code == 415
    assert post("/submissions", json={"file": "x"}, headers=head).status_code == 415
    assert post("/submissions", data={"file": "x"}, headers=head).status_code == 415
    packed = head | {"Content-Encoding": "gzip", "Content-Type": headers["content-type"]}
    assert post("/submissions", content=body, headers=packed).status_code == 415
    field = post("/submissions", files={"file": (None, "text")}, headers=head)
    assert (field.status_code, "no file in the field" in field.text) == (400, True)
    other = post("/submissions", files={"answers": ("a.csv", GOOD)}, headers=head)
    assert (other.status_code, "no file in the field" in other.text) == (400, True)
    two = post("/submissions", files=[("file", ("a.csv", GOOD))] * 2, headers=head)
    assert (two.status_code, "one file" in two.text) == (400, True)
    odd = head | {"Content-Type": f"{headers['content-type']}; charset=punycode"}
    assert post("/submissions", content=body, headers=odd).status_code == 400
    none = head | {"Content-Type": "multipart/form-data"}
    assert post("/submissions", content=body, headers=none).status_code == 400
    broken = head | {"Content-Type": "multipart/form-data; boundary=other"}
    assert post("/submissions", content=body, headers=broken).status_code == 400


def test_a_file_that_is_too_long_is_refused_whatever_length_it_says(shared):
    client, store, token = shared
    long = HEADER + b"R100,no,0.5\n" * 100_000
    assert hand_in(client, token, long).status_code == 413
    body, headers = body_of(client, long)
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    chunked = client.post(
        "/submissions",
        content=pieces,
        headers=bearer(token) | {"Content-Type": headers["content-type"]},
    )
    assert chunked.status_code == 413
    assert "longer than 1,000,000 bytes" in chunked.json()["told"]
    assert not store.entries()


def test_a_million_columns_are_too_long(shared):
    client, _, token = shared
    names = b",".join(b"c%d" % number for number in range(1_000_000))
    assert hand_in(client, token, names).status_code == 413


def test_who_sends_slowly_is_waited_for_no_longer_than_the_limit(shared, monkeypatch):
    client, _, token = shared
    monkeypatch.setattr(module, "UPLOAD_SECONDS", 0.2)
    body, headers = body_of(client, GOOD)
    headers = {**headers, **bearer(token)}

    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    address = client.base_url.host, client.base_url.port
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(f"POST /submissions HTTP/1.1\r\n{head}\r\n".encode() + body[:300])
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic x"}, bearer("x"), bearer("é")])
def test_without_a_teams_token_nothing_is_accepted(shared, headers):
    client, store, _ = shared
    raw = {name: value.encode() for name, value in headers.items()}
    answer = client.post("/submissions", files=upload(GOOD), headers=raw)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not store.entries()


def test_pages_and_methods_that_are_none(shared):
    client, _, _ = shared
    assert client.get("/submissions").status_code == 405
    assert client.post("/").status_code == 405
    for path in ("/nothing", "/static/app.py", "/static/..%2fapp.py", "/static/%2e%2e/store.py"):
        assert client.get(path).status_code == 404


# --- rules


def test_the_quota_is_told_with_when_to_come_again(client, tokens, clock):
    clock.now = TIME + timedelta(hours=2)
    for number in range(3):
        assert hand_in(client, tokens["One"], answers(number)).status_code == 201
    answer = hand_in(client, tokens["One"], answers(3))
    assert answer.status_code == 429
    assert "handed in 3 files today" in answer.json()["told"]
    assert answer.headers["retry-after"] == str(11 * 3600)  # one o'clock in the afternoon
    assert hand_in(client, tokens["One"], answers(1)).status_code == 200
    assert hand_in(client, tokens["<b>Two</b>"], answers(3)).status_code == 201


def test_a_refused_file_does_not_count_for_the_quota(client, tokens):
    for _ in range(5):
        assert hand_in(client, tokens["One"], b"nothing").status_code == 422
    assert hand_in(client, tokens["One"], GOOD).json()["left_today"] == 2


def test_after_the_close_nothing_is_accepted_and_a_receipt_is_still_given(client, tokens, clock):
    first = hand_in(client, tokens["One"], GOOD).json()
    clock.now = datetime.fromisoformat("2026-03-19T18:00+01:00")
    late = hand_in(client, tokens["One"], answers(1))
    assert (late.status_code, "The event is over" in late.text) == (403, True)
    again = hand_in(client, tokens["One"], GOOD)
    assert (again.status_code, again.json()["submission"]) == (200, first["submission"])


def test_private_scores_are_in_no_answer_before_the_close(client, tokens, clock, store):
    told = []
    for number in (5, 6):
        told.append(hand_in(client, tokens["One"], answers(number)).text)
    paths = ("/", "/standing", "/history.svg", "/hand-in", "/health")
    numbers = {f"{entry.private_score:.1f}" for entry in store.entries()}
    numbers -= {f"{entry.public_score:.1f}" for entry in store.entries()}
    numbers -= {f"{halves_of(BASELINE.encode())[0]:.1f}"}
    numbers.add(f"{halves_of(BASELINE.encode())[1]:.1f}")
    assert numbers
    for hours in (0, 5.5, 6.5):
        clock.now = TIME + timedelta(hours=hours)
        told += [client.get(path).text for path in paths]
        told.append(client.post("/team", files={"token": (None, tokens["One"])}).text)
    assert not [text for text in told for number in numbers if f">{number}<" in text]
    assert not [text for text in told for number in numbers if number in text and "<" not in text]
    clock.now = TIME + timedelta(hours=7)
    over = client.get("/").text
    assert "The event is over" in over
    best = max(store.entries(), key=lambda entry: entry.public_score)
    assert f'<td class="number score">{best.private_score:.1f}</td>' in over


def test_intervals_are_computed_at_the_close_and_a_later_close_forgets_them(
    store, tmp_path, tokens, clock, monkeypatch
):
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.05)
    with opened(store, tmp_path, now=clock, workers=1) as client:
        hand_in(client, tokens["One"], GOOD)
        clock.now = TIME + timedelta(hours=7)
        wait_until(store.results)
        (result,) = store.results().values()
        private = halves_of(GOOD)[1]
        assert result.low <= private <= result.high
        assert result.low < result.high
        assert f"{result.low:.1f} to {result.high:.1f}" in client.get("/").text
    store.change(closes_at=TIME + timedelta(hours=9))
    assert store.results() == {}


def test_a_file_that_came_in_time_and_is_scored_late_has_its_interval(
    store, tmp_path, tokens, clock, monkeypatch
):
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.05)
    with opened(store, tmp_path, now=clock, workers=1) as client:
        hand_in(client, tokens["One"], answers(1))
        clock.now = TIME + timedelta(hours=7)
        wait_until(store.results)
        late = store.accept(
            store.team_of(tokens["<b>Two</b>"]),
            content=answers(2),
            file_name="late.csv",
            received_at=TIME + timedelta(hours=6, minutes=59),
            public={"percent right": 99.0},
            private={"percent right": 98.0},
        )
        wait_until(lambda: late.entry.team_id in store.results())
        assert "being computed" not in client.get("/").text


def test_intervals_are_tried_again_after_any_error(store, tmp_path, tokens, clock, monkeypatch):
    written, failed = store.write_results, []

    def once(results):
        if not failed:
            failed.append(results)
            raise ZeroDivisionError
        written(results)

    monkeypatch.setattr(module, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(store, "write_results", once)
    with opened(store, tmp_path, now=clock, workers=1) as client:
        hand_in(client, tokens["One"], GOOD)
        clock.now = TIME + timedelta(hours=7)
        wait_until(store.results)
    assert failed


def test_many_visitors_have_one_picture_drawn(client, tokens, monkeypatch):
    hand_in(client, tokens["One"], GOOD)
    drawn, draw = [], module.picture.history
    monkeypatch.setattr(module.picture, "history", lambda *a: drawn.append(a) or draw(*a))

    def look(_):
        return client.get("/history.svg").content

    with ThreadPoolExecutor(20) as pool:
        pictures = list(pool.map(look, range(40)))
    assert len({*pictures}) == len(drawn) == 1


@pytest.mark.parametrize("name", ["A$$B", "$x^$", "100 % & co_1", "{}"])
def test_a_name_is_drawn_as_it_stands(client, store, name):
    token = store.add_teams([name], TIME)[name]
    hand_in(client, token, GOOD)
    assert client.get("/history.svg").status_code == 200


def test_a_frozen_board_does_not_tell_that_somebody_hands_in(client, tokens, clock):
    hand_in(client, tokens["One"], answers(1))
    clock.now = TIME + timedelta(hours=6.5)
    seen = client.get("/standing").headers["etag"]
    assert hand_in(client, tokens["One"], answers(2)).status_code == 201
    assert client.get("/standing", headers={"If-None-Match": seen}).status_code == 304


def test_a_metric_that_is_no_number_is_told(shared):
    client, store, token = shared
    lines = b"".join(form.encode() + b",yes,0.25\n" for form in FORMS)
    answer = hand_in(client, token, HEADER + lines)
    assert (answer.status_code, "no finite number" in answer.text) == (422, True)
    assert not store.entries()


def test_a_browser_is_told_too_that_the_database_does_not_answer(client, store, monkeypatch):
    def gone(*args, **options):
        raise Unavailable("gone")

    monkeypatch.setattr(store, "team_of", gone)
    answer = client.post(
        "/submissions", files=upload(GOOD), data={"token": "x"}, headers={"Accept": "text/html"}
    )
    assert (answer.status_code, answer.text[:20]) == (503, "The board's database")


def test_the_standing_is_sent_again_only_if_it_has_changed(client, tokens, clock):
    first = client.get("/standing")
    version = first.headers["etag"]
    assert client.get("/standing", headers={"If-None-Match": version}).status_code == 304
    hand_in(client, tokens["One"], GOOD)
    changed = client.get("/standing", headers={"If-None-Match": version})
    assert (changed.status_code, "One leads" in changed.text) == (200, True)
    version = changed.headers["etag"]
    clock.now = TIME + timedelta(hours=7)
    assert client.get("/standing", headers={"If-None-Match": version}).status_code == 200


def test_scoring_that_takes_too_long_is_ended_and_the_next_file_is_scored(
    store, tmp_path, tokens, clock
):
    slow = re.sub(rb",[0-9.]+\n", b",0.125\n", GOOD)
    with opened(store, tmp_path, now=clock, workers=1, score_seconds=15) as client:
        answer = hand_in(client, tokens["One"], slow)
        assert (answer.status_code, "longer than 15 seconds" in answer.text) == (422, True)
        assert hand_in(client, tokens["One"], GOOD).status_code == 201
    assert len(store.entries()) == 1


def test_a_database_that_does_not_answer_accepts_nothing(client, tokens, store, monkeypatch):
    def gone(*args, **options):
        raise Unavailable("gone")

    monkeypatch.setattr(store, "accept", gone)
    answer = hand_in(client, tokens["One"], GOOD)
    assert answer.status_code == 503
    assert (answer.headers["retry-after"], "try again" in answer.text) == ("5", True)
    monkeypatch.setattr(store, "mark", gone)
    assert client.get("/health").status_code == 503


def test_pages_let_nothing_in_from_outside(client, tokens):
    hand_in(client, tokens["One"], GOOD)
    for path in ("/", "/standing", "/hand-in", "/history.svg", "/static/board.css"):
        answer = client.get(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        links = re.findall(r"""(?:src|href|action)=["']([^"'#]+)""", answer.text)
        assert not [link for link in links if not link.startswith("/")], path


def test_the_answers_to_another_part_are_refused(client, tokens):
    rows = b"".join(form.encode() + b"x,yes,0.5\n" for form in FORMS)
    assert hand_in(client, tokens["One"], HEADER + rows).status_code == 422
