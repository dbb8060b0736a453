"""The board is killed while fifty teams hand in twenty files each: none is lost, none is there
twice, none is scored wrong. On PostgreSQL, the database is stopped as by a crash, too.
"""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from processes import alive, free_port, wait_until
from sample_board import (
    AGREED,
    TIME,
    answers,
    bearer,
    board_process,
    halves_of,
    organiser_archive,
    upload,
)

from ssplab import board
from ssplab.board.store import digest_of

pytestmark = pytest.mark.slow  # starts servers

TEAMS, FILES, AT_ONCE = 50, 20, 8
KILLED_AFTER = (150, 400, 650)
CRASHED_AFTER = 800
TRIES = 400  # of one file; the board is away for some seconds at a time


class Teams:
    """Teams that hand in until each file has its receipt."""

    def __init__(self, address, tokens):
        self.address, self.tokens = address, tokens
        self.receipts = {}
        self.seen = Counter()
        self._lock = threading.Lock()

    def play(self, number):
        """Hand in all files of a team, each until it is acknowledged."""
        token = list(self.tokens.values())[number]
        with httpx.Client(base_url=self.address, timeout=120) as client:
            for file in range(FILES):
                content = answers(1_000 * number + file)
                receipt = self._acknowledged(client, token, content)
                with self._lock:
                    self.receipts[number, file] = receipt
                    self.seen["already there"] += not receipt["is_new"]

    def _acknowledged(self, client, token, content):
        for _ in range(TRIES):
            try:
                answer = client.post("/submissions", files=upload(content), headers=bearer(token))
            except httpx.TransportError:
                self._count("no answer")
                time.sleep(0.1)
                continue
            if answer.status_code in (200, 201):
                return answer.json()
            assert answer.status_code == 503, answer.text
            self._count("not available")
            time.sleep(0.1)
        raise AssertionError(f"no receipt in {TRIES} tries")

    def _count(self, what):
        with self._lock:
            self.seen[what] += 1


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_nothing_accepted_is_lost_or_doubled_when_the_board_is_killed(
    url, tmp_path, request, record_property
):
    agreed = AGREED | {"closes_at": "2200-01-01T00:00", "freezes_at": None, "quota": FILES}
    board.create(organiser_archive(tmp_path), url, **agreed)
    with board.Store(url) as store:
        tokens = store.add_teams([f"Team {number}" for number in range(TEAMS)], TIME)
    port = free_port()
    teams = Teams(f"http://127.0.0.1:{port}", tokens)
    stops = [(after, "board") for after in KILLED_AFTER]
    if url.startswith("postgresql"):
        stops.append((CRASHED_AFTER, "database"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = [pool.submit(teams.play, number) for number in range(TEAMS)]
        try:
            serve_and_kill(url, port, teams, stops, done, request)
        finally:
            for one in done:
                one.cancel()
        for one in done:
            one.result()

    assert len(teams.receipts) == TEAMS * FILES
    with board.Store(url) as store:
        entries = {entry.id: entry for entry in store.entries()}
        contents = dict(store.contents())
        numbers = {team.name: team.id for team in store.teams()}
    assert len(entries) == TEAMS * FILES  # with all receipts kept: none is there twice
    for (number, file), receipt in teams.receipts.items():
        content = answers(1_000 * number + file)
        entry = entries.pop(receipt["submission"])
        assert entry.team_id == numbers[f"Team {number}"]
        assert digest_of(contents[entry.id]) == digest_of(content)
        assert (entry.public_score, entry.private_score) == pytest.approx(halves_of(content))
        assert receipt["public_score"] == pytest.approx(entry.public_score)
    assert not entries
    assert teams.seen["no answer"] > 0  # files were on their way when it was killed
    for what, times in teams.seen.items():
        record_property(what, times)


def serve_and_kill(url, port, teams, stops, done, request):
    """Serve until all is handed in; kill and begin again whenever so much is acknowledged."""

    def reached(number):
        return len(teams.receipts) >= number or all(one.done() for one in done)

    for after, what in [*stops, (TEAMS * FILES, None)]:
        with board_process(url, port) as process:
            wait_until(lambda after=after: reached(after), process)
            if what == "database":
                cluster = request.getfixturevalue("postgres")
                cluster.stop("immediate")
                cluster.start()
                wait_until(lambda: reached(TEAMS * FILES), process)
                return
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
        wait_until(lambda children=children: not any(alive(child.pid) for child in children))
