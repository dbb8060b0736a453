"""What `web-and-rules` promises beside its outputs.

It runs on strict sites too and leaves no process behind; its functions, which later chapters take
from it, wait when a site asks them to, and take a site that fails for closed.
"""

import httpx
import psutil
import pytest
from papermill.exceptions import PapermillExecutionError
from small_web import DAY, POLITE, world

from ssplab import taught
from ssplab.course import normal
from ssplab.notebooks.runs import run
from ssplab.system import SsplabError
from ssplab.web import serve

HOME = "http://fleuve-emploi.example"
fetch = taught("web-and-rules", "fetch")
next_page = taught("web-and-rules", "next_page")
read_rules = taught("web-and-rules", "read_rules")


def printed(path, cell):
    """Return what a cell of a notebook has printed."""
    cells = {one.id: one for one in normal.read(path).cells}
    return "".join(output.get("text", "") for output in cells[cell].outputs)


@pytest.mark.slow  # executes the chapter
def test_it_runs_on_strict_sites_and_leaves_no_process(tmp_path):
    before = set(psutil.Process().children(recursive=True))
    result = run("web-and-rules", {"scenario": "strict"}, tmp_path, progress=False)
    assert "not polite" in printed(result.notebook, "rude")
    assert ": polite, " in printed(result.notebook, "polite")
    assert not set(psutil.Process().children(recursive=True)) - before


@pytest.mark.slow
def test_other_scenarios_are_refused_in_a_sentence(tmp_path):
    with pytest.raises((SsplabError, PapermillExecutionError), match='reads "calm" and "strict"'):
        run("web-and-rules", {"scenario": "redesign"}, tmp_path, progress=False)


@pytest.mark.parametrize("scenario", ["calm", "strict"])
def test_who_asks_by_fetch_is_polite_and_gets_every_page(scenario):
    with serve(world(), date=DAY, scenario=scenario) as web:
        client = web.client(POLITE, base_url=HOME)
        pause = read_rules(client).crawl_delay(POLITE)
        address, read = "/offres", []
        while address:
            page = fetch(web, client, address, pause)
            read.append(page.status_code)
            address = next_page(page.text)
        assert set(read) == {200}
        assert web.verdict(POLITE).polite


class Sleeper:
    """A practice web that only counts the seconds for which somebody sleeps."""

    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)


def answering(*answers):
    """Return a client whose requests get these answers in turn: status and headers."""
    waiting = iter(answers)

    def answer(request):
        status, headers = next(waiting)
        return httpx.Response(status, headers=headers)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url=HOME)


def test_fetch_waits_as_long_as_the_site_says_and_longer_each_time_where_it_says_nothing():
    web = Sleeper()
    client = answering((429, {"retry-after": "7"}), (503, {}), (503, {}), (200, {}))
    assert fetch(web, client, "/offres", 2).status_code == 200
    assert web.slept == [2, 7, 2, 60, 2, 120, 2]


def test_fetch_gives_up_after_five_refusals():
    web = Sleeper()
    with pytest.raises(RuntimeError, match="leave the site alone today"):
        fetch(web, answering(*[(429, {"retry-after": "1"})] * 5), "/offres", 1)
    assert len(web.slept) == 10


def test_without_rules_nothing_is_closed_and_a_failing_server_closes_everything():
    assert read_rules(answering((404, {}))).can_fetch(POLITE, "/offres")
    with pytest.raises(RuntimeError, match="everything as closed"):
        read_rules(answering((503, {})))


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_where_robots_txt_is_refused_or_fails_everything_is_closed(status):
    with pytest.raises(RuntimeError, match=f"status {status}: take everything as closed"):
        read_rules(answering((status, {})))


def test_rules_that_have_moved_are_followed_to_another_host():
    def answer(request):
        if request.url.host == "www.fleuve-emploi.example":
            return httpx.Response(200, text="User-agent: *\nDisallow: /")
        return httpx.Response(
            301, headers={"location": "https://www.fleuve-emploi.example/robots.txt"}
        )

    moved = httpx.Client(transport=httpx.MockTransport(answer), base_url=HOME)
    assert not read_rules(moved).can_fetch(POLITE, "/offres")


@pytest.mark.parametrize("status", [304, 404, 500])
def test_fetch_hands_on_what_is_no_refusal_and_asks_once(status):
    web = Sleeper()
    assert fetch(web, answering((status, {})), "/offres", 1).status_code == status
    assert web.slept == [1]
