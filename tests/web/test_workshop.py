"""A workshop on the practice web: a visitor each, and a board that everybody sees."""

import json
import math
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import axe
import httpx
import pytest
from bs4 import BeautifulSoup
from processes import LIMIT, started
from small_web import DAY, SITES, world
from typer.testing import CliRunner

from ssplab.cli import app
from ssplab.course import course_root
from ssplab.system import SsplabError, sockets
from ssplab.web import World, all_sites, serve_workshop, workshop
from ssplab.web.journal import RULES
from ssplab.web.scenarios import SCENARIOS
from ssplab.web.sites.fleuve_emploi import PER_PAGE

HOME = "http://fleuve-emploi.example"
LIST = f"{HOME}/offres"
QUICK = 20  # seconds of the sites in one of this machine's
PATIENT = 60  # seconds that a client waits on a busy machine
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
def small():
    return world()


@pytest.fixture
def opened(small):
    with serve_workshop(small, date=DAY, speed=QUICK) as served:
        yield served


def proxy_of(served, visitor):
    return f"http://{visitor.name}:{visitor.token}@127.0.0.1:{served.port}"


def robot(served, visitor, agent=None):
    """A client that comes under a visitor's name, and says in its user agent who it is."""
    agent = agent or f"{visitor.name}/1.0 (+mailto:workshop@office.example)"
    return httpx.Client(
        proxy=proxy_of(served, visitor), headers={"user-agent": agent}, timeout=PATIENT
    )


def browser_of(served, **options):
    """A client that keeps cookies, as a person's browser does, and uses no proxy."""
    headers = {"user-agent": BROWSER}
    return httpx.Client(
        base_url=served.url, headers=headers, timeout=PATIENT, follow_redirects=True, **options
    )


def pause(seconds=1):
    """Wait on the sites' clock, and a little longer."""
    time.sleep(1.2 * seconds / QUICK)


def row_of(served, name):
    return next(row for row in served.workshop.rows() if row.name == name)


def broken_by(served, name):
    return set(row_of(served, name).faults)


# Names


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "has 0 characters"),
        ("x", "has 1 characters"),
        ("a" * 25, "has 25 characters: it must have 2 to 24"),
        ("Les Mésanges", "letters a to z"),
        ("2-robots", "begins with a letter"),
        ("<b>bold</b>", "letters a to z"),
        ("a:b", "letters a to z"),
        ("robot@host", "letters a to z"),
        ("Taken", "There is a visitor called taken already"),
    ],
)
def test_a_name_that_cannot_be_taken_is_refused_with_its_reason(opened, name, told):
    opened.workshop.join("taken")
    with browser_of(opened) as browser:
        answer = browser.post("/_join", data={"name": name})
    assert answer.status_code == 400
    assert told in BeautifulSoup(answer.text, "html.parser").select_one(".told").get_text()
    assert list(opened.workshop.visitors) == ["taken"]


def test_a_workshop_has_room_for_so_many(opened, monkeypatch):
    monkeypatch.setattr(workshop, "MOST_VISITORS", 2)
    opened.workshop.join("one")
    opened.workshop.join("two")
    with pytest.raises(SsplabError, match="2 visitors already"):
        opened.workshop.join("three")


def test_a_page_gives_a_name_the_lines_to_type_and_they_work(opened):
    with browser_of(opened) as browser:
        page = BeautifulSoup(browser.post("/_join", data={"name": " Les-Mesanges "}).text, "lxml")
        assert page.h1.get_text() == "Workshop: les-mesanges"
        again = browser.post("/_join", data={"name": "another"})
        assert "Workshop: les-mesanges" in again.text  # a browser has one name
        lines = {box["id"]: box.get_text() for box in page.select("pre")}
        typed = {}
        exec(lines["httpx"], typed)
        assert typed["robots"].text.startswith("User-agent: *")
        pause()
        assert typed["client"].get(LIST).status_code == 200
        typed["client"].close()
        pause()
        exec(lines["requests"], typed)
        assert typed["session"].get(f"{LIST}?page=2", timeout=PATIENT).status_code == 200
        typed["session"].close()
        own = browser.get("/").text
        journal = browser.get("/_journal").text
        back = BeautifulSoup(journal, "lxml").select_one("header a")["href"]
        browser.get("/_see/jobflux")
        from_journal = {"referer": f"{opened.url}/_journal"}
        assert "Workshop: les-mesanges" in browser.get(back, headers=from_journal).text
        told = browser.get("/_journal.json").json()
    row = row_of(opened, "les-mesanges")
    assert (row.state, row.verdict.requests) == ("polite", 3), row.verdict
    assert "3 requests" in own and "/offres?page=2" in journal
    assert [one["path"] for one in told["requests"]] == ["/robots.txt", "/offres", "/offres?page=2"]


def test_the_lines_for_scrapy_are_settings(opened, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.office.example:3128")
    with browser_of(opened, trust_env=False) as browser:
        page = BeautifulSoup(browser.post("/_join", data={"name": "spider"}).text, "lxml")
    settings = {}
    exec(page.select_one("#scrapy").get_text(), settings)
    assert settings["ROBOTSTXT_OBEY"] is True and settings["USER_AGENT"].startswith("spider/")
    visitor = opened.workshop.visitors["spider"]
    assert settings["os"].environ["http_proxy"] == proxy_of(opened, visitor)


@pytest.mark.parametrize("credentials", [None, ("anna", "0" * 12), ("nobody", "0" * 12)])
def test_nobody_spoils_a_record_with_anothers_name(opened, credentials):
    opened.workshop.join("anna")
    begin = "" if credentials is None else f"{':'.join(credentials)}@"
    with httpx.Client(proxy=f"http://{begin}127.0.0.1:{opened.port}", timeout=PATIENT) as client:
        answer = client.get(LIST, headers={"user-agent": "anna/1.0 (+mailto:a@b.example)"})
    assert answer.status_code == 407
    assert answer.headers["proxy-authenticate"].startswith("Basic ")
    assert f"from {opened.address}/ in a browser" in answer.text
    assert row_of(opened, "anna").state == "not begun"


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ???", "Bearer YTpi", "Basic /w==", "Basic YWJj", "Basic YTpi\u00e9"],
)
def test_odd_credentials_are_nobodys(opened, header):
    opened.workshop.join("abc")
    agent = {"user-agent": "abc/1.0 (+mailto:a@b.example)"}
    sent = {**agent, "proxy-authorization": header.encode("latin-1")}
    with httpx.Client(proxy=opened.url, timeout=PATIENT) as client:
        assert client.get(LIST, headers=sent).status_code == 407


# A visitor each


def test_who_is_thrown_out_throws_out_nobody_else(small):
    with serve_workshop(small, date=DAY, scenario="strict", speed=QUICK) as served:
        hasty, calm = (served.workshop.join(name) for name in ("hasty", "calm"))
        with robot(served, hasty) as client:
            answers = [client.get(f"{LIST}?n={number}").status_code for number in range(20)]
            client.get("http://jobflux.example/tout")  # the trap
            assert client.get("http://jobflux.example/").status_code == 403
            # Another user agent is no other visitor.
            other = {"user-agent": "other/1.0 (+mailto:a@b.example)"}
            assert client.get("http://jobflux.example/", headers=other).status_code == 403
        assert answers.count(429) > 5
        with robot(served, calm) as client:
            assert client.get(f"{HOME}/robots.txt").status_code == 200
            pause(5)
            assert client.get(LIST).status_code == 200
            assert client.get("http://jobflux.example/").status_code == 200
        assert {"crawl-delay", "no trap", "robots.txt first"} <= broken_by(served, "hasty")
        assert broken_by(served, "calm") == {"robots.txt first"}  # jobflux has its own


def test_all_that_a_visitor_sends_is_one_record(opened):
    visitor = opened.workshop.join("reader")
    with robot(opened, visitor, "robots-reader/1.0 (+mailto:a@b.example)") as client:
        client.get(f"{HOME}/robots.txt")
    with robot(opened, visitor) as client:
        pause()
        client.get(LIST)
    assert row_of(opened, "reader").state == "polite"
    with robot(opened, visitor, "python-httpx/0.28") as client:
        pause()
        client.get(f"{LIST}?page=2")
    assert broken_by(opened, "reader") == {"identified"}


def test_the_board_counts_offers_and_pages(opened, small):
    shown = small.ads_on("fleuve-emploi", date.fromisoformat(DAY))
    visitor = opened.workshop.join("counter")
    with robot(opened, visitor) as client:
        client.get(f"{HOME}/robots.txt")
        client.get(LIST)
        client.get(f"{HOME}/offre/nothing")
        client.head(f"{LIST}?page=2")
        [first] = row_of(opened, "counter").collected
        client.get(f"{HOME}/offre/{shown[0].reference}")  # was on the list already
        client.get(f"{HOME}/offre/{shown[-1].reference}")
        client.get("http://panier-clair.example/")
        offers, prices = row_of(opened, "counter").collected
    assert first == ("fleuve-emploi", 1, 20, len(shown))
    assert offers == ("fleuve-emploi", 3, 21, len(shown))
    assert prices == ("panier-clair", 1, 0, 0)


@pytest.mark.parametrize("scenario", ["calm", "redesign"])
def test_every_site_says_which_offers_it_shows(small, scenario):
    ways = {
        "fleuve-emploi": ("/offres", "/offre/"),
        "cadres-et-metiers": ("/offres", None),
        "jobflux": ("/api/v3/postings" if scenario == "redesign" else "/api/v2/offres", "/o/"),
        "petites-annonces": ("/annonces", "/annonce/"),
        "interim-express": ("/missions", "/mission/"),
    }
    assert {*ways, "guichet-emploi"} == set(SITES)  # whose offers stand behind a login
    with serve_workshop(small, date=DAY, scenario=scenario, speed=QUICK) as served:
        visitor = served.workshop.join("reader")
        with robot(served, visitor) as client:
            for site, (path, _) in ways.items():
                assert client.get(f"http://{site}.example{path}").status_code == 200
        collected = {one.site: one for one in row_of(served, "reader").collected}
    for site in ways:
        shown = {ad.reference for ad in small.ads_on(site, date.fromisoformat(DAY))}
        assert 0 < collected[site].offers <= len(shown) == collected[site].shown


def test_who_begins_again_has_a_clean_record_and_the_former_is_kept(opened):
    with browser_of(opened) as browser:
        browser.post("/_join", data={"name": "learner"})
        visitor = opened.workshop.visitors["learner"]
        with robot(opened, visitor) as client:
            client.get(LIST)
            assert broken_by(opened, "learner") == {"robots.txt first"}
            assert "robots.txt first" in browser.get("/").text
            assert "Visit 2" in browser.post("/_again").text
            assert row_of(opened, "learner").state == "not begun"
            client.get(f"{HOME}/robots.txt")
            pause()
            client.get(LIST)
    row = row_of(opened, "learner")
    assert (row.state, row.visit) == ("polite", 2), row.verdict
    [told] = opened.workshop.record()["visitors"]
    assert [len(visit["requests"]) for visit in told["visits"]] == [1, 2]
    assert [visit["verdicts"][0]["polite"] for visit in told["visits"]] == [False, True]


def test_who_has_no_name_cannot_begin_again(opened):
    with browser_of(opened) as browser:
        assert "Name of your robot" in browser.post("/_again").text
        assert "Name of your robot" in browser.get("/_journal").text


# People who look


def test_a_browser_without_a_proxy_looks_at_one_site_at_a_time(opened):
    with browser_of(opened) as browser:
        start = BeautifulSoup(browser.get("/").text, "lxml")
        seen = [link["href"] for link in start.select("ul.sites a")]
        assert len(seen) == len(all_sites())
        desk = {"referer": f"{opened.url}/"}
        page = browser.get("/_see/fleuve-emploi", headers=desk)
        assert "Fleuve Emploi" in page.text
        assert "annonce" in browser.get("/offres", headers=desk).text
        assert browser.get("/robots.txt").text.startswith("User-agent: *")
        assert browser.get("/static/style.css").headers["content-type"].startswith("text/css")
        assert "Name of your robot" in browser.get("/").text  # typed: it comes from no page
        for path in ("/_board", "/_organiser", "/_workshop", "/"):  # they lead back to the desk
            back = BeautifulSoup(browser.get(path).text, "lxml").select_one("header a")["href"]
            assert "Name of your robot" in browser.get(back, headers=desk).text
        browser.get("/_see/jobflux", headers=desk)
        assert "JobFlux" in browser.get("/offres", headers=desk).text
        assert browser.get("/_see/nowhere").status_code == 404
    assert opened.workshop.rows() == []


def test_people_who_look_have_no_limit_and_no_record(small):
    with serve_workshop(small, date=DAY, scenario="strict", speed=QUICK) as served:
        visitor = served.workshop.join("somebody")
        headers = {"user-agent": BROWSER}
        with httpx.Client(proxy=served.url, headers=headers, timeout=PATIENT) as person:
            answers = {person.get(f"{LIST}?n={number}").status_code for number in range(60)}
            robots = person.get(f"{HOME}/robots.txt").text
        with robot(served, visitor, BROWSER) as disguised:  # who gives a name is judged
            disguised.get(f"{HOME}/robots.txt")
            disguised.get(LIST)
        assert answers == {200}
        assert "Crawl-delay: 5" in robots  # they read what robots are told
        assert "identified" in broken_by(served, "somebody")


@pytest.mark.parametrize("host", ["srv-atelier", "srv-atelier.office.example.org", "10.0.0.5"])
def test_the_workshop_answers_under_whatever_name_the_machine_has(opened, host):
    place = f"{host}:{opened.port}"
    with httpx.Client(timeout=PATIENT) as client:
        page = client.get(f"{opened.url}/", headers={"host": place})
        assert "Name of your robot" in page.text
        joined = client.post(
            f"{opened.url}/_join", data={"name": "abc"}, headers={"host": place},
            follow_redirects=False,
        )  # fmt: skip
        cookie = joined.headers["set-cookie"].partition(";")[0]
        own = client.get(f"{opened.url}/", headers={"host": place, "cookie": cookie})
        assert f"@{place}" in own.text  # the lines to type have that name too
    with httpx.Client(proxy=opened.url, timeout=PATIENT) as client:  # a browser with the proxy set
        assert "Name of your robot" in client.get(f"http://{place}/").text
        assert client.get("http://elsewhere.org/").status_code == 407


# The organiser


@pytest.fixture
def organiser(opened, monkeypatch):
    monkeypatch.setattr(workshop, "WRONG_CODE", 0)
    with browser_of(opened) as browser:
        yield browser


def test_the_organisers_page_asks_for_the_code(opened, organiser):
    opened.workshop.join("anna")
    wrong = organiser.post("/_organiser", data={"code": "0" * 8})
    assert (wrong.status_code, "This is not the code" in wrong.text) == (403, True)
    for data in ({"remove": "anna"}, {"scenario": "redesign", "day": DAY}):
        assert organiser.post("/_organiser", data=data).status_code == 403
    assert organiser.get("/_organiser/journal.json").status_code == 403
    assert list(opened.workshop.visitors) == ["anna"] and opened.workshop.round.number == 1
    assert "Change the sites" not in organiser.get("/_organiser").text
    right = organiser.post("/_organiser", data={"code": f" {opened.workshop.code} "})
    assert "Change the sites" in right.text


def test_a_redesign_overnight_begins_a_round_for_all(opened, organiser):
    anna = opened.workshop.join("anna")
    organiser.post("/_organiser", data={"code": opened.workshop.code})
    with robot(opened, anna) as client:
        before = client.get(LIST).text
        told = organiser.post("/_organiser", data={"scenario": "redesign", "day": "2023-04-11"})
        assert "Round 2 has begun: redesign, on 2023-04-11" in told.text
        assert row_of(opened, "anna").state == "not begun"
        client.get(f"{HOME}/robots.txt")
        pause()
        after = client.get(LIST).text
    assert "annonce" in before and "fe-card" not in before and "fe-card" in after
    row = row_of(opened, "anna")
    assert (row.state, row.visit) == ("polite", 1), row.verdict
    record = organiser.get("/_organiser/journal.json").json()
    assert [one["scenario"] for one in record["rounds"]] == ["calm", "redesign"]
    visits = record["visitors"][0]["visits"]
    assert [(visit["round"], len(visit["requests"])) for visit in visits] == [(1, 1), (2, 2)]
    assert visits[1]["requests"][0]["at"].startswith("2023-04-11T09:0")
    with browser_of(opened) as person:
        person.get("/_see/fleuve-emploi")
        assert "fe-card" in person.get("/offres").text  # who looks sees the same
    assert "Round 2, redesign, 2023-04-11" in organiser.get("/_board").text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"scenario": "clam", "day": DAY}, "Did you mean calm"),
        ({"scenario": "calm", "day": "2030-01-01"}, "no offers on 2030-01-01"),
        ({"scenario": "calm", "day": "tomorrow"}, "write it as in"),
        ({"scenario": "calm"}, "write it as in"),
        ({"remove": "nobody"}, "no visitor called"),
        ({}, "no scenario called"),
    ],
)
def test_what_an_organiser_cannot_do_is_a_sentence(opened, organiser, data, told):
    organiser.post("/_organiser", data={"code": opened.workshop.code})
    answer = organiser.post("/_organiser", data=data or {"nothing": "1"})
    assert answer.status_code == 400
    assert told in BeautifulSoup(answer.text, "lxml").select_one(".told").get_text()
    assert opened.workshop.round.number == 1


def test_a_robot_taken_off_the_board_frees_its_name(opened, organiser):
    former = opened.workshop.join("rude-word")
    organiser.post("/_organiser", data={"code": opened.workshop.code})
    assert "is off the board" in organiser.post("/_organiser", data={"remove": "rude-word"}).text
    with robot(opened, former) as client:
        assert client.get(LIST).status_code == 407
    assert opened.workshop.join("rude-word").token != former.token


def test_neither_board_nor_record_holds_a_token_or_a_user_agent(opened):
    visitors = [opened.workshop.join(f"robot-{number}") for number in range(3)]
    for visitor in visitors:
        with robot(opened, visitor, "secret-agent/1.0 (+mailto:a.person@office.example)") as client:
            client.get(LIST)
    with browser_of(opened) as browser:
        board = browser.get("/_board").text
    record = json.dumps(opened.workshop.record())
    for text in (board, record):
        assert all(visitor.name in text and visitor.token not in text for visitor in visitors)
        assert "secret-agent" not in text and "a.person" not in text


# Many at once


@pytest.mark.slow
def test_it_says_that_it_is_well_under_whatever_name_and_whoever_asks(opened):
    with browser_of(opened, cookies={"_site": "fleuve-emploi"}) as looks_at_a_site:
        for host in ("10.1.2.3:8800", "course-web:8800", "127.0.0.1"):
            answer = looks_at_a_site.get("/_health", headers={"host": host})
            assert (answer.status_code, answer.text) == (200, "ok\n")


def test_twenty_robots_and_five_boards_at_once(small):
    """Each asks for a page twenty times a second, on a clock on which that is a pause of 1.5 s."""
    with serve_workshop(small, date=DAY, speed=30) as served:
        visitors = [served.workshop.join(f"robot-{number:02}") for number in range(20)]
        done = threading.Event()

        def watch(_):
            looks = 0
            with browser_of(served) as browser:
                while not done.wait(0.1):
                    looks += browser.get("/_board/rows").status_code == 200
            return looks

        def crawl(visitor):
            with robot(served, visitor) as client:
                statuses = [client.get(f"{HOME}/robots.txt").status_code]
                for number in range(15):
                    time.sleep(0.05)
                    statuses.append(client.get(f"{LIST}?n={number}").status_code)
            return statuses

        with ThreadPoolExecutor(25) as pool:
            looking = [pool.submit(watch, number) for number in range(5)]
            try:
                answered = list(pool.map(crawl, visitors, timeout=300))
            finally:
                done.set()
        rows = served.workshop.rows()
        looks = [one.result(timeout=60) for one in looking]
    assert answered == [[200] * 16] * 20
    assert [row.verdict.requests for row in rows] == [16] * 20
    assert {row.state for row in rows} == {"polite"}, [row.verdict for row in rows]
    assert min(looks) > 0


def test_two_browsers_at_once(small, window):
    with serve_workshop(small, date=DAY, speed=QUICK) as served:
        pages = [window.new_context().new_page() for _ in range(2)]
        for page, name in zip(pages, ["les-mesanges", "les-pinsons"], strict=True):
            page.goto(served.url)
            page.get_by_label("Name of your robot").fill(name)
            page.get_by_role("button", name="Begin").click()
            page.get_by_role("heading", name=f"Workshop: {name}").wait_for()
        first, second = pages
        second.goto(f"{served.url}/_board")
        mesanges, pinsons = served.workshop.visitors.values()
        for visitor in (mesanges, pinsons):
            with robot(served, visitor) as client:
                if visitor is pinsons:
                    client.get(f"{HOME}/robots.txt")
                    pause()
                client.get(LIST)
        # The board of the second shows both without being asked.
        second.get_by_role("row", name="les-pinsons polite").wait_for(timeout=60_000)
        second.get_by_role("row", name="les-mesanges not yet").wait_for(timeout=60_000)
        second.get_by_role("button", name="Stop refreshing").click()
        first.reload()
        assert "not yet polite" in first.inner_text("main")
        first.get_by_role("button", name="Begin again").click()
        first.get_by_text("Visit 2").wait_for()
        assert row_of(served, "les-mesanges").state == "not begun"
        assert row_of(served, "les-pinsons").state == "polite"
        assert "✗ not yet" in second.inner_text("#rows")  # it stands still
        # A browser driven by a program is a robot once it gives a name.
        server = {"server": served.url, "username": pinsons.name, "password": pinsons.token}
        agent = "les-pinsons/2.0 (+mailto:workshop@office.example)"
        driven = window.new_context(proxy=server, user_agent=agent).new_page()
        before = row_of(served, "les-pinsons").verdict.requests
        assert driven.goto(f"{HOME}/offres?page=2").status == 200
        assert row_of(served, "les-pinsons").verdict.requests > before
        # One that gives none is a person's.
        person = window.new_context(proxy={"server": served.url}).new_page()
        assert person.goto(LIST).status == 200
        assert {row.name for row in served.workshop.rows()} == {"les-mesanges", "les-pinsons"}


@pytest.mark.parametrize("width", [360, 1400])
def test_everyone_can_use_its_pages(small, window, width):
    with serve_workshop(small, date=DAY, speed=QUICK) as served:
        for name in ("polite-robot", "a-name-as-long-as-can-be", "nobody-yet"):
            served.workshop.join(name)
        with robot(served, served.workshop.visitors["a-name-as-long-as-can-be"], "rude") as client:
            for number in range(60):
                client.get(f"{HOME}/archives?n={number % 3}")
        with robot(served, served.workshop.visitors["polite-robot"]) as client:
            client.get(f"{HOME}/robots.txt")
        page = window.new_context(viewport={"width": width, "height": 800}).new_page()
        for path, then in {
            "/": None,
            "/_board": None,
            "/_organiser": ("Code", served.workshop.code, "Change the sites"),
            "/?": ("Name of your robot", "somebody", "What to type"),
        }.items():
            page.goto(served.url + path)
            assert axe.findings(page) == []
            if then:
                label, given, heading = then
                page.get_by_label(label).fill(given)
                page.keyboard.press("Enter")
                page.get_by_role("heading", name=heading).wait_for()
                assert axe.findings(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if path == "/_board":
                inner, outer = page.evaluate(
                    "[document.querySelector('.wide')].map(x => [x.scrollWidth, x.clientWidth])[0]"
                )
                assert inner <= outer  # all of it is seen at once
                told = page.inner_text("#rows")
                assert "✗ not yet" in told and "✓ polite" in told and "– not begun" in told
                assert re.search(r"✗\s+broken\s+\d+ times", told)


# The command


def test_the_record_is_kept_from_the_first_round_on(small, tmp_path):
    place = tmp_path / "kept" / "workshop.json"
    with serve_workshop(small, date=DAY, speed=QUICK, keep=place.parent) as served:
        assert json.loads(place.read_text())["visitors"] == []
        anna = served.workshop.join("anna")
        with robot(served, anna) as client:
            client.get(LIST)
    [told] = json.loads(place.read_text())["visitors"]
    assert told["name"] == "anna" and told["visits"][0]["requests"][0]["path"] == "/offres"
    with pytest.raises(SsplabError, match="record of another workshop"):
        serve_workshop(small, date=DAY, keep=place.parent)


def test_a_folder_that_cannot_be_written_to_is_told_at_once(small, tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SsplabError, match="could not be written"):
        serve_workshop(small, date=DAY, keep=file)


def test_the_address_for_others_is_no_loopback_where_there_is_a_network(monkeypatch):
    with sockets.listen(sockets.LOOPBACK, 0) as listening:
        assert sockets.network_address_of(listening) == sockets.address_of(listening)
    with sockets.listen(sockets.EVERYWHERE, 0) as listening:
        assert "0.0.0.0" not in sockets.network_address_of(listening)
        monkeypatch.setattr(sockets, "ELSEWHERE", ("255.255.255.255", 9))  # no way leads there
        monkeypatch.setattr("socket.gethostname", lambda: "srv-atelier")
        port = listening.getsockname()[1]
        assert sockets.network_address_of(listening) == f"http://srv-atelier:{port}"


def test_keep_is_for_a_workshop():
    shown = CliRunner().invoke(app, ["web", "--port", "0", "--keep", "x"])
    assert isinstance(shown.exception, SsplabError) and "add --workshop" in str(shown.exception)


@pytest.mark.slow
def test_the_command_opens_a_workshop_until_it_is_interrupted(tmp_path):
    command = [
        sys.executable, "-m", "ssplab", "web", "--workshop", "--port", "0",
        "--keep", str(tmp_path / "kept"), "--date", "2023-05-15",
    ]  # fmt: skip
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = []
        while "Only this machine" not in (lines or [""])[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr.read()
        told = "".join(lines)
        address = re.search(r"http://127\.0\.0\.1:\d+", told)[0]
        code = re.search(r"code: +(\w+)", told)[1]
        with httpx.Client(base_url=address, timeout=PATIENT, follow_redirects=True) as browser:
            assert "Name of your robot" in browser.get("/").text
            browser.post("/_join", data={"name": "anna"})
            assert "Take it off" in browser.post("/_organiser", data={"code": code}).text
            process.send_signal(signal.SIGINT)  # while a connection stands
            rest, errors = process.communicate(timeout=LIMIT)
    assert (process.returncode, errors) == (0, "")
    assert "What all have asked for" in rest
    record = json.loads((tmp_path / "kept" / "workshop.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in record["visitors"]] == ["anna"]
    assert record["rounds"] == [{"round": 1, "scenario": "calm", "day": "2023-05-15"}]
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_every_rule_is_on_the_board_in_words(opened):
    opened.workshop.join("anna")
    with browser_of(opened) as browser:
        board = BeautifulSoup(browser.get("/_board").text, "lxml")
    assert [one.get_text() for one in board.select("dt")] == list(RULES)
    assert [one.get_text() for one in board.select("thead th")][-len(RULES) :] == list(RULES)


# The page of the book


@pytest.fixture(scope="module")
def page():
    return (course_root() / "book" / "workshop-on-scraping.md").read_text(encoding="utf-8")


def test_the_answers_to_the_three_tasks_do_what_the_page_says(small, page, monkeypatch, capsys):
    first, second, third = re.findall(
        r"^```python\n(.+?)^```", page, flags=re.MULTILINE | re.DOTALL
    )
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(1.2 * seconds / QUICK))
    with serve_workshop(small, date=DAY, speed=QUICK) as served:
        visitor = served.workshop.join("anna")
        held = {"client": robot(served, visitor)}

        def run(answer):
            exec(answer, held)
            row = row_of(served, "anna")
            assert row.state == "polite", row.verdict
            return capsys.readouterr().out.strip()

        shown = len(small.ads_on("fleuve-emploi", date.fromisoformat(DAY)))
        assert run(first) == f"{shown} titles"
        served.workshop.begin_again(visitor)
        assert run(second) == "30 offers"
        row = row_of(served, "anna")
        assert row.verdict.requests == 32
        assert [(one.site, one.offers) for one in row.collected] == [("cadres-et-metiers", 30)]

        night = date.fromisoformat("2023-04-11")
        served.workshop.begin_round(SCENARIOS["redesign"], night)
        assert run(first) == "0 titles"
        served.workshop.begin_again(visitor)
        assert run(second) == "30 offers"
        shown = len(small.ads_on("fleuve-emploi", night))
        assert run(third) == f"{shown} titles, as many as the site says"
        served.workshop.begin_again(visitor)
        with pytest.raises(RuntimeError, match=f"0 titles of {shown} offers"):
            exec(third.replace(".fe-card__title", ".fe-card__titre"), held)
        with pytest.raises(RuntimeError, match="no longer says"):
            exec(third.replace(".fe-hits", ".fe-count"), held)
        held["client"].close()


def test_the_pauses_that_the_page_tells_are_those_of_the_sites(page):
    delays = {site.title: site.manners.crawl_delay for site in all_sites()}
    told = " ".join(page.split())
    assert (
        "three seconds on Les Petites Annonces, two on Cadres & Métiers and Guichet Emploi, "
        "one at most elsewhere" in told
    )
    assert {name: delay for name, delay in delays.items() if delay > 1} == {
        "Les Petites Annonces": 3,
        "Cadres & Métiers": 2,
        "Guichet Emploi": 2,
    }
    assert SCENARIOS["strict"].delay_factor == 5 and "five times as long" in told
    twin = World.load()
    pages = math.ceil(len(twin.ads_on("fleuve-emploi", twin.usual_day)) / PER_PAGE)
    assert f"has {pages} pages" in told
