"""The machinery of the practice web: its clock, its manners, its journal, its walls."""

import gc
import math
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pandas as pd
import psutil
import pytest
from bs4 import BeautifulSoup
from jupyter_client import KernelManager
from processes import LIMIT, started, wait_for_text
from small_web import DAY, POLITE, ads, ask, world

from ssplab.course.paths import course_root
from ssplab.notebooks.kernel import connection
from ssplab.system.errors import SsplabError
from ssplab.web import World, serve
from ssplab.web.clock import RealClock, SimulatedClock
from ssplab.web.journal import RULES
from ssplab.web.manners import Doorkeeper, Manners, is_anonymous, is_browser
from ssplab.web.scenarios import SCENARIOS
from ssplab.web.site import Page, ago, euros, extract, long_date, paragraphs, slug
from ssplab.web.sites import all_sites

HOME = "http://fleuve-emploi.example"
LIST = f"{HOME}/offres"
CALM = SCENARIOS["calm"]
UNLIMITED = replace(CALM, rate_factor=0)


@pytest.fixture(scope="module")
def small():
    return world()


@pytest.fixture
def opened(small):
    with serve(small, date=DAY) as web:
        yield web


@pytest.fixture(scope="module")
def standing(small):
    with serve(small, date=DAY) as web:
        yield web


def is_open(port):
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


# The clock and the world


def test_simulated_time_passes_by_requests_and_sleep_only():
    clock = SimulatedClock(date(2023, 4, 10), cost=0.1)
    for _ in range(3):
        clock.tick()
    clock.sleep(2)
    assert clock.elapsed == 2.3
    assert clock.now == datetime(2023, 4, 10, 9, 0, 2, 300_000)
    clock.go(date(2023, 4, 1))
    assert clock.now == datetime(2023, 4, 1, 9)
    assert clock.elapsed > 86_400  # never back


def test_the_real_clock_runs_at_its_speed():
    clock = RealClock(date(2023, 4, 10), speed=1000)
    before, wall = clock.elapsed, time.monotonic()
    clock.sleep(30)
    passed = clock.elapsed - before
    assert 30 <= passed <= 1000 * (time.monotonic() - wall) + 1


def test_a_pause_takes_no_time(opened):
    wall = time.monotonic()
    opened.sleep(3600)
    assert opened.now == datetime(2023, 4, 10, 10)
    assert time.monotonic() - wall < 60


def test_clients_are_closed_with_it(small):
    with serve(small, date=DAY) as web:
        client = web.client(POLITE)
        client.get(HOME)
    assert client.is_closed


def test_the_ads_of_a_day_come_and_go(small):
    day = date(2023, 4, 10)
    frame = ads().query("site == 'jobflux'")
    shown = frame[(frame["first_seen"] <= DAY) & (frame["last_seen"] >= DAY)]
    there = small.ads_on("jobflux", day)
    assert {ad.ad_id for ad in there} == set(shown["ad_id"])
    assert [ad.published for ad in there] == sorted((ad.published for ad in there), reverse=True)
    gone = frame.loc[frame["last_seen"] < DAY, "reference"].iloc[0]
    coming = frame.loc[frame["first_seen"] > DAY, "reference"].iloc[0]
    assert small.find("jobflux", gone, day)[1] == "expired"
    assert small.find("jobflux", coming, day) == (None, "unknown")
    assert small.find("jobflux", "nothing", day) == (None, "unknown")


def test_the_order_of_rows_shows_nowhere(small):
    day = date(2023, 4, 10)
    shuffled = World(ads().sample(frac=1, random_state=3))
    assert shuffled.ads_on("jobflux", day) == small.ads_on("jobflux", day)
    other = World(ads(), seed=5).ads_on("jobflux", day)
    assert other != small.ads_on("jobflux", day)
    assert set(other) == set(small.ads_on("jobflux", day))


def test_sites_of_an_own_extract_are_shown_by_those_that_would_have_none():
    frame = ads()
    names = {"fleuve-emploi": "gazette", "jobflux": "flux", "interim-express": "agences"}
    own = frame.assign(site=frame["site"].replace(names))
    own = own[~(own["site"].eq("flux") & own["reference"].str.endswith("1"))]  # fewer ads
    there = World(own)
    for site, shown in {"agences": "fleuve-emploi", "gazette": "jobflux"}.items():
        seen = {ad.ad_id for day in (20, 30) for ad in there.ads_on(shown, date(2023, 3, day))}
        assert seen
        assert seen <= set(own.loc[own["site"].eq(site), "ad_id"])
    assert {ad.site for ad in there.ads_on("interim-express", date(2023, 4, 10))} == {"flux"}
    assert {ad.site for ad in there.ads_on("cadres-et-metiers", date(2023, 4, 10))} == {
        "cadres-et-metiers"
    }


def test_an_ad_does_not_show_the_renewal_that_is_to_come():
    renewed = ads().assign(published=pd.Timestamp("2023-04-12"))
    there = World(renewed).ads_on("jobflux", date(2023, 4, 10))
    assert all(ad.published == ad.first_seen for ad in there)
    there = World(renewed).ads_on("jobflux", date(2023, 4, 12))
    assert all(ad.published == date(2023, 4, 12) for ad in there)


def test_an_own_extract_has_its_sites_too(tmp_path):
    ads().to_parquet(tmp_path / "ads.parquet")
    with serve(tmp_path, date=DAY) as web, web.client(POLITE) as client:
        assert "Boulanger" in client.get(LIST).text
        assert client.get("http://statistique.example/").status_code == 200


def test_a_reference_of_an_own_extract_may_hold_any_letter(tmp_path):
    own = ads()
    own["reference"] = [f"n/{number} é?" for number in range(len(own))]
    own.to_parquet(tmp_path / "ads.parquet")
    with serve(tmp_path, date=DAY) as web, web.client(POLITE, follow_redirects=True) as client:
        links = BeautifulSoup(client.get(LIST).text, "html.parser").select("a[href]")
        paths = [link["href"] for link in links if "n/" in link["href"]]
        assert paths
        for path in paths:
            page = client.get(urljoin(LIST, path))
            assert page.status_code == 200 and "n/" in page.text


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (ads().drop(columns="reference"), "reference"),
        (ads().iloc[:0], "no rows"),
        (ads().assign(first_seen=pd.NaT), "first_seen"),
    ],
)
def test_ads_that_cannot_be_shown_are_refused(frame, told):
    with pytest.raises(SsplabError, match=told):
        World(frame)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"scenario": "clam"}, "Did you mean calm"),
        ({"date": "2022-01-01"}, "from 2023-03-20 to 2023-05-08"),
        ({"date": "soon"}, "write it as in"),
        ({"date": None, "clock": "sundial"}, "'simulated' or 'real'"),
        ({"speed": 3}, "no speed"),
        ({"clock": "real", "speed": 0}, "above 0"),
        ({"port": 99_999}, "port 99999"),
        ({"host": "no address"}, "no address"),
    ],
)
def test_wrong_use_is_a_sentence(small, options, told):
    with pytest.raises(SsplabError, match=told):
        serve(small, **options)


def test_a_taken_port_is_said(opened):
    with pytest.raises(SsplabError, match=f"port {opened.port}.*another port"):
        serve(world(), port=opened.port)


def test_another_day_must_be_one_of_the_twins(opened):
    opened.date = "2023-04-12"
    assert opened.date == date(2023, 4, 12)
    with pytest.raises(SsplabError, match="no offers on 2030"):
        opened.date = "2030-01-01"
    with pytest.raises(SsplabError, match="Cannot sleep"):
        opened.sleep(-1)


# What a site answers


def test_pages_robots_redirects_and_what_is_gone(opened):
    with opened.client(POLITE) as client:
        robots = client.get(f"{HOME}/robots.txt").text
        assert "Disallow: /recherche\n" in robots
        assert "Crawl-delay: 1\n" in robots
        assert client.get(LIST).status_code == 200
        frame = ads().query("site == 'fleuve-emploi'")
        gone = frame.loc[frame["last_seen"] < DAY, "reference"].iloc[0]
        shown = frame.query("first_seen <= @DAY <= last_seen")["reference"].iloc[0]
        expired = client.get(f"{HOME}/offre/{gone}")
        assert (expired.status_code, "Offre expirée" in expired.text) == (410, True)
        assert client.get(f"{HOME}/offre/nothing").status_code == 404
        old = client.get(f"{HOME}/annonce.php", params={"ref": shown})
        assert (old.status_code, old.headers["location"]) == (301, f"/offre/{shown}")
        www = client.get("http://www.fleuve-emploi.example/offres?page=2")
        assert (www.status_code, www.headers["location"]) == (301, f"{LIST}?page=2")
        assert client.get(f"{LIST}?page=99").status_code == 404
        assert client.get(f"{LIST}?page=abc").status_code == 400
        assert client.post(LIST).status_code == 405
        assert client.head(LIST).status_code == 200
        assert "&lt;maison&gt;" in client.get(f"{HOME}/offre/{shown}").text


def test_who_holds_a_page_is_told_that_it_is_the_same(opened):
    with opened.client(POLITE) as client:
        first = ask(opened, client, LIST)
        held = {"if-none-match": first.headers["etag"]}
        again = ask(opened, client, LIST, headers=held)
        assert (again.status_code, again.content) == (304, b"")
        opened.date = "2023-04-11"
        assert ask(opened, client, LIST, headers=held).status_code == 200


def test_the_answer_about_cookies_is_kept_and_leads_nowhere_else(opened):
    with opened.client(POLITE) as client:
        assert "Ce site dépose" in client.get(HOME).text
        answer = client.post(f"{HOME}/consentement", data={"choix": "non", "retour": "/offres"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/offres")
        assert client.cookies["consentement"] == "non"
        assert "Ce site dépose" not in client.get(LIST).text
        for outside in ("//example.org", "http://example.org/", "/\\example.org"):
            answer = client.post(f"{HOME}/consentement", data={"choix": "oui", "retour": outside})
            assert answer.headers["location"] == "/"
        assert client.post(f"{HOME}/consentement", data={"choix": "peut-être"}).status_code == 400


def test_who_asks_too_much_is_sent_away_until_it_has_waited(opened):
    with opened.client(POLITE) as client:
        answers = [client.get(LIST) for _ in range(60)]
        refused = next(one for one in answers if one.status_code == 429)
        assert answers[-1].status_code == 429
        other = client.get(LIST, headers={"user-agent": "another/1.0 (a@b.example)"})
        assert other.status_code == 429  # another name is no way round
        assert client.get(f"{HOME}/robots.txt").status_code == 200
        opened.sleep(float(refused.headers["retry-after"]))
        assert client.get(LIST).status_code == 200


def doorkeeper(scenario=CALM, **manners):
    clock = SimulatedClock(date(2023, 4, 10), cost=0)
    kept = Manners(**manners).under(scenario)
    return Doorkeeper("a-site", kept, scenario, world(), clock), clock


def test_the_allowance_grows_back():
    door, clock = doorkeeper(per_second=2, burst=4, retry_after=5)
    assert [door.refuses("x") for _ in range(4)] == [None] * 4
    assert door.refuses("x").retry_after == 5
    clock.sleep(4.5)
    assert door.refuses("x").retry_after == 1
    clock.sleep(1)
    assert [door.refuses("x") for _ in range(4)] == [None] * 4


PACED = [site for site in all_sites() if site.manners.crawl_delay]


@pytest.mark.parametrize("site", PACED, ids=lambda site: site.name)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)
def test_who_keeps_the_crawl_delay_never_asks_too_much(site, scenario):
    manners = site.manners.under(scenario)
    calm = replace(scenario, burst_every=0, refuse_default_agents=False)
    clock = SimulatedClock(date(2023, 4, 10))
    door = Doorkeeper(site.name, manners, calm, world(), clock)
    for _ in range(400):
        assert door.refuses(POLITE) is None
        clock.tick()
        clock.sleep(manners.crawl_delay)


def test_a_burst_of_503_ends_when_one_has_waited():
    door, clock = doorkeeper(SCENARIOS["flaky"], per_second=0)
    bursts = 0
    for _ in range(240):
        refusal = door.refuses("x")
        if refusal:
            bursts += 1
            clock.sleep(refusal.retry_after - 1)
            assert door.refuses("x").status == 503
            clock.sleep(1)
            assert door.refuses("x") is None
    assert bursts == math.ceil(door.requests / 24)


def test_strict_sites_refuse_who_names_nobody_and_who_was_trapped(small):
    with serve(small, date=DAY, scenario="strict") as web:
        with web.client() as client:
            assert ask(web, client, HOME).status_code == 403
        with web.client(POLITE) as client:
            assert ask(web, client, HOME).status_code == 200
            assert ask(web, client, f"{HOME}/archives").status_code == 200
            assert ask(web, client, HOME).status_code == 403
            web.date = "2023-04-11"
            assert ask(web, client, HOME).status_code == 200


@pytest.mark.parametrize(
    ("agent", "anonymous", "browser"),
    [
        ("", True, False),
        ("python-requests/2.34.2", True, False),
        ("Scrapy/2.19.0 (+https://scrapy.org)", True, False),
        ("python-httpx/0.28 (equipe@statistique.example)", False, False),
        (POLITE, False, False),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", False, True),
        ("Mozilla/5.0 (compatible; InsBot/1.0; +http://stat.example/bot)", False, False),
    ],
)
def test_user_agents_are_looked_at(agent, anonymous, browser):
    assert (is_anonymous(agent), is_browser(agent)) == (anonymous, browser)


def test_flaky_sites_give_everything_to_the_patient(small):
    with serve(small, date=DAY, scenario="flaky") as web, web.client(POLITE) as client:
        ask(web, client, f"{HOME}/robots.txt")
        for ad in small.ads_on("fleuve-emploi", web.date):
            assert ad.title in ask(web, client, f"{HOME}/offre/{ad.reference}").text
        log = web.journal()
        assert (log["status"] == 503).any()
        assert (log["marks"] == "truncated").any()
        assert web.verdict().polite, web.verdict()


def crawl(scenario):
    """Ask a fixed list of things, some of them rudely, and return all that came back."""
    answers = []
    with serve(world(seed=3), date=DAY, scenario=scenario) as web, web.client(POLITE) as client:
        for site in web.sites:
            for path in ("/robots.txt", "/", "/nowhere", *(f"/?n={n}" for n in range(60))):
                try:
                    answer = client.get(f"http://{site}.example{path}")
                    answers.append((answer.status_code, answer.headers.raw, answer.content))
                except httpx.RemoteProtocolError as error:
                    answers.append(type(error))
        log = web.journal()
    return answers, log


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_requests_get_the_same_bytes(scenario):
    (answers, log), (again, log_again) = crawl(scenario), crawl(scenario)
    assert answers == again
    pd.testing.assert_frame_equal(log, log_again)
    if scenario == "flaky":
        assert 503 in set(log["status"])


@pytest.fixture(scope="module")
def twin():
    return World.load()


@pytest.mark.parametrize("scenario", ["calm", "redesign"])
def test_every_offer_of_the_twin_is_listed_and_has_its_page(twin, scenario):
    parsers = {
        "calm": (".annonce .intitule a", ".compte strong", ".reperes dd", ".texte p"),
        "redesign": (".fe-card__link", ".fe-hits", ".fe-facts td", ".fe-detail__body p"),
    }
    link, count, facts, text = parsers[scenario]
    with serve(twin, scenario=scenario) as web, web.client(POLITE) as client:
        ask(web, client, f"{HOME}/robots.txt")
        shown = {ad.reference: ad for ad in twin.ads_on("fleuve-emploi", web.date)}
        links, address = [], LIST
        while address:
            page = BeautifulSoup(ask(web, client, address).text, "html.parser")
            links += [one["href"] for one in page.select(link)]
            total = int(re.search(r"\d+", page.select_one(count).text)[0])
            onward = [one for one in page.select("a") if re.search("^Suivante|→$", one.text)]
            address = f"{HOME}{onward[0]['href']}" if onward else None
        assert len(links) == len(set(links)) == total == len(shown)
        for path in links[:40]:
            answer = ask(web, client, f"{HOME}{path}", follow_redirects=True)
            page = BeautifulSoup(answer.text, "html.parser")
            ad = shown[answer.url.path.rpartition("/")[2]]
            told = [one.get_text() for one in page.select(facts)]
            expected = [ad.location, ad.contract, ad.salary, ad.occupation, ad.reference]
            assert {one for one in expected if one} <= set(told)
            assert long_date(ad.published) in told
            assert page.h1.get_text() == ad.title
            assert "\n".join(p.get_text() for p in page.select(text)) == ad.description
        assert any(path.startswith("/annonce.php") for path in links)
        assert web.verdict().polite, web.verdict()


# The journal


def test_a_polite_crawl_is_found_polite(opened, small):
    with opened.client(POLITE, follow_redirects=True) as client:
        client.get(f"{HOME}/robots.txt")
        for page in (1, 2):
            opened.sleep(1)
            listed = client.get(LIST, params={"page": page})
        for ad in small.ads_on("fleuve-emploi", opened.date):
            opened.sleep(1)
            client.get(f"{HOME}/annonce.php", params={"ref": ad.reference})  # moved
        opened.date = "2023-04-12"
        opened.sleep(1)
        client.get(LIST, params={"page": 2}, headers={"if-none-match": listed.headers["etag"]})
    verdict = opened.verdict(POLITE, "fleuve-emploi")
    assert verdict.polite, verdict
    assert opened.verdicts()["kept"].all()
    assert verdict.requests == len(opened.journal()) > 50


RUDE = {
    "identified": lambda web, client: client.get(LIST, headers={"user-agent": "robot/1.0"}),
    "robots.txt first": lambda web, client: client.get(LIST),
    "allowed paths": lambda web, client: client.get(f"{HOME}/recherche?mots=pain"),
    "crawl-delay": lambda web, client: [client.get(f"{LIST}?page={page}") for page in (1, 2)],
    "back-off": lambda web, client: [client.get(f"{HOME}/?n={n}") for n in range(70)],
    "no repeats": lambda web, client: [client.get(LIST), web.sleep(5), client.get(LIST)],
    "no trap": lambda web, client: client.get(f"{HOME}/archives"),
}


def test_an_etag_that_was_never_given_is_no_excuse(opened):
    with opened.client(POLITE, headers={"if-none-match": '"anything"'}) as client:
        client.get(f"{HOME}/robots.txt")
        for _ in range(2):
            opened.sleep(5)
            client.get(LIST)
    assert [one.rule for one in opened.verdict().broken] == ["no repeats"]


@pytest.mark.parametrize("rule", RUDE)
def test_what_is_rude_is_found_with_an_example(opened, rule):
    with opened.client(POLITE) as client:
        if rule != "robots.txt first":
            agent = "robot/1.0" if rule == "identified" else POLITE
            client.get(f"{HOME}/robots.txt", headers={"user-agent": agent})
        RUDE[rule](opened, client)
    verdict = opened.verdict(site="fleuve-emploi")
    expected = {rule} | {"no trap": {"allowed paths"}, "back-off": {"crawl-delay"}}.get(rule, set())
    assert {one.rule for one in verdict.broken} == expected
    assert not verdict.polite
    assert all(one.count and one.example.startswith(HOME) for one in verdict.broken)
    assert f"- {rule}: " in str(verdict)


def test_a_robot_that_takes_another_name_each_time_is_not_polite(opened):
    with opened.client() as client:
        for number in range(3):
            opened.sleep(5)
            client.get(f"{LIST}?page=1", headers={"user-agent": f"r{number}/1 (a@b.example)"})
    assert [one.rule for one in opened.verdict().broken] == ["robots.txt first"]


def test_nobody_was_polite_where_nobody_came(opened):
    assert not opened.verdict().polite
    assert "no request" in str(opened.verdict())
    assert opened.journal().empty and opened.verdicts().empty


def test_the_journal_is_a_page_and_json(opened):
    with opened.client("<b>bold</b>/1.0") as client:
        client.get(LIST)
        page = client.get(f"{HOME}/_journal").text
        assert page == httpx.get(f"{opened.url}/_journal").text
        told = client.get(f"{opened.url}/_journal.json").json()
    assert "&lt;b&gt;bold" in page and "<b>bold" not in page
    assert "http://fleuve-emploi.example/offres" in page
    assert [one["path"] for one in told["requests"]] == ["/offres"]
    assert told["verdicts"][0]["polite"] is False
    assert len(opened.journal()) == 1  # reading it is not written down
    index = httpx.get(opened.url).text
    assert f"http://fleuve-emploi.localhost:{opened.port}/" in index


def test_many_at_once_lose_nothing(small):
    with serve(small, date=DAY, scenario=UNLIMITED) as web:

        def visit(number):
            with web.client(f"{number}/1.0 (a@b.example)") as client:
                return [client.get(f"{LIST}?page={1 + n % 2}").status_code for n in range(100)]

        with ThreadPoolExecutor(8) as pool:
            answered = list(pool.map(visit, range(8)))
        log = web.journal()
    assert answered == [[200] * 100] * 8
    assert log.groupby("visitor").size().tolist() == [100] * 8
    assert log.index.is_unique


# The walls


def raw(port, text):
    """Send bytes, and return the status and the whole answer."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        try:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was answered, and closed, before all was said
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
    return int(answer.split()[1]), answer


def request(path="/", *lines, method="GET", host="fleuve-emploi.example", body=b""):
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("/static/../base.html"), 400),
        (request("/static/%2e%2e/%2e%2e/site.py"), 400),
        (request("/static/%252e%252e/site.py"), 400),
        (request("/static/..%5c..%5csite.py"), 400),
        (request("/static//etc/passwd"), 404),
        (request("//etc/passwd"), 400),
        (request("/static/%00"), 400),
        (request("/offre/%ff%fe"), 400),
        (request("/offre/%c0%ae%c0%ae"), 400),
        (request("/recherche?mots=%ff"), 400),
        (request("/offre/a%0d%0aSet-Cookie:x"), 400),
        (request("http://fleuve-emploi.example/../x"), 400),
        (request("http://user:word@fleuve-emploi.example/"), 400),
        (request("http://fleuve-emploi.example:x/"), 400),
        (request("ftp://fleuve-emploi.example/"), 400),
        (request("https://fleuve-emploi.example/"), 400),
        (request("http:///"), 400),
        (request("*", method="OPTIONS"), 405),
        (request("fleuve-emploi.example:443", method="CONNECT"), 501),
        (request("/", method="DELETE"), 405),
        (request("/", method="BREW"), 405),
        (request("/" + "a" * 3000), 414),
        (request("/", "X-Long: " + "a" * 9000), 431),
        (request("/", "X-Long: " + "a" * 2_000_000), 400),
        (request("/", *(f"X-{n}: {n}" for n in range(2000))), 431),
        (request("/consentement", "Content-Length: 99999999", method="POST"), 413),
        (request("/consentement", "Content-Length: 70000", method="POST", body=b"a" * 70_000), 413),
        (request("/consentement", "Transfer-Encoding: chunked", method="POST",
                 body=b"11170\r\n" + b"a" * 70_000 + b"\r\n0\r\n\r\n"), 413),
        (request("/consentement", "Content-Length: -1", method="POST"), 400),
        (request("/consentement", "Content-Length: 2", "Content-Length: 3", method="POST"), 400),
        (request("/consentement", "Content-Type: multipart/form-data", "Content-Length: 2",
                 method="POST", body=b"ab"), 415),
        (request("/", host="elsewhere.example"), 421),
        (request("/", host="fleuve-emploi.example.org"), 421),
        (request("/", host="a b"), 400),
        (request("/", host=""), 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: fleuve-emploi.example\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_no_browser_sends_gets_a_4xx(standing, sent, status):
    answered, text = raw(standing.port, sent)
    assert answered == status, text[:300]
    assert b"Traceback" not in text and b"passwd:" not in text
    assert raw(standing.port, request("/robots.txt"))[0] == 200  # it still stands


def test_it_listens_on_loopback_only(opened):
    mine = psutil.Process().net_connections("tcp")
    listening = [one.laddr for one in mine if one.laddr and one.laddr.port == opened.port]
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_nothing_is_handed_on_to_the_outside(opened):
    with opened.client(POLITE) as client:
        assert client.get("http://192.0.2.1/").text.startswith("<!doctype html>")  # the index
        assert client.get("http://insee.fr/").status_code == 421
        with pytest.raises(httpx.ProxyError):
            client.get("https://fleuve-emploi.example/")


# The end


def test_it_is_closed_whatever_happens(small):
    with pytest.raises(ZeroDivisionError), serve(small) as web:
        assert is_open(web.port)
        1 / 0  # noqa: B018
    assert not is_open(web.port)
    assert not web.thread.is_alive()
    assert "closed" in repr(web)
    web.close()
    assert len(web.journal()) == 0


def test_it_is_closed_when_nobody_holds_it(small):
    web = serve(small)
    port, thread = web.port, web.thread
    with web.client() as client:
        client.get(LIST)
    del web
    gc.collect()
    assert not is_open(port)
    assert not thread.is_alive()


CELL = """
import sys, time
sys.path.insert(0, {tests!r})
from small_web import world
from ssplab.web import serve
with serve(world()) as web:
    print(web.port, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def kernel():
    with connection() as config:
        manager = KernelManager(config=config)
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield manager, client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def test_an_interrupted_notebook_leaves_no_server(kernel):
    cell = CELL.format(tests=str(Path(__file__).parents[1]))
    manager, client = kernel
    request = client.execute(cell)
    port = None
    while port is None:
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "stream":
            port = int(message["content"]["text"])
    assert is_open(port)
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=60)
    while reply["parent_header"]["msg_id"] != request:  # on a slow machine, one from its start
        reply = client.get_shell_msg(timeout=60)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert not is_open(port)
    assert manager.is_alive()


def test_a_killed_process_leaves_no_server(tmp_path):
    told = tmp_path / "port"
    command = [sys.executable, "-c", CELL.format(tests=str(Path(__file__).parents[1]))]
    with told.open("w") as out, started(command, stdout=out, stderr=subprocess.PIPE) as process:
        port = int(wait_for_text(told, process))
        assert is_open(port)
        process.kill()
        process.communicate(timeout=LIMIT)
        assert not is_open(port)


# What pages are made with


@pytest.mark.parametrize(
    ("number", "linked"),
    [(1, [1, 2, 3, None, 9]), (4, [1, 2, 3, 4, 5, 6, None, 9]), (9, [1, None, 7, 8, 9])],
)
def test_a_long_list_links_to_its_ends_and_neighbours(number, linked):
    assert Page([], number, 9, 90).around() == linked


def test_texts_are_written_as_the_french_do():
    assert long_date(date(2023, 5, 1), weekday=True) == "lundi 1er\u00a0mai 2023"
    assert [ago(date(2023, 5, day), date(2023, 5, 3)) for day in (3, 2, 1)] == [
        "aujourd’hui", "hier", "il y a 2\u00a0jours",
    ]  # fmt: skip
    assert euros(25_000) == "25\u202f000\u00a0€"
    assert euros(11.5, 2) == "11,50\u00a0€"
    assert extract("un mot, puis un autre", 10) == "un mot…"
    assert slug("Chargé d’affaires (H/F)") == "charge-d-affaires-h-f"
    assert paragraphs("a < b\n\nc") == "<p>a &lt; b</p>\n<p>c</p>"


def test_the_books_page_names_every_site_scenario_and_rule():
    page = (course_root() / "book" / "practice-web.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `?([\w. -]+?)`? \|", page, flags=re.MULTILINE))
    assert told - {"host", "scenario", "rule"} == {
        *(f"{site.name}.example" for site in all_sites()),
        *SCENARIOS,
        *RULES,
    }
